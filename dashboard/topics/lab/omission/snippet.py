"""Average what students recognise of the digits that they never saw."""

from statistics import mean

from kdengine.offsets import criteria, evaluation, thresholds
from kdengine.offsets.rule import OffsetRule
from kdengine.store import runs as store
from kdengine.studies import sweep_table

omitted = [0, 1, 2, 3, 4, 5, 6, 9]
key = "student-mnist-omit3-seed0-e5ec7b42"  # used where no sweep has such a student

found = {}
for name in ("omit-one", "keep-two", "keep-one", "paper-pair"):
    for row in (sweep_table.load_table(name) or {"rows": []})["rows"]:
        if sorted(row["parameters"].get("omitted_classes", [])) == omitted:
            tables = row["details"]["confusion_before"], row["details"]["confusion_after"]
            found[row["seed"]] = tables
if not found:
    run = store.load(key)
    chosen = criteria.choose_offsets(OffsetRule(), run, omitted_classes=omitted)
    shifted = thresholds.apply_offsets(run.test_logits, chosen["classes"], chosen["value"])
    logits = run.test_logits, shifted
    found[0] = [evaluation.confusion_matrix(z, run.test_labels).tolist() for z in logits]
for stage in (0, 1):
    shares = []
    for tables in found.values():
        right = sum(tables[stage][digit][digit] for digit in omitted)
        shares.append(right / sum(sum(tables[stage][digit]) for digit in omitted))
    print(f"{('before', 'with offsets')[stage]}: {100 * mean(shares):.3f} %")

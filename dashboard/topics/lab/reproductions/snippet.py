"""Set a source's first figure beside our runs, and count how many figures differ."""

from statistics import mean

from kdengine.studies import differences, reproduction_table

name = "hinton-problems"

table = reproduction_table.load_table(name)
rows = [row for row in table["figures"] if row["digit"] in (None, 3)]
for verdict in differences.Verdict:
    print(f"{verdict}: {sum(row['verdict'] == verdict for row in rows)} of {len(rows)}")

units = {"errors": 1, "accuracy": 100}  # errors are counted, accuracies shown in per cent
row = next(row for row in rows if row["measure"] in units and row["digit"] is None)
unit = units[row["measure"]]
published, ours = unit * row["value"], unit * mean(row["ours"])
print(f"{row['quantity']}: published {published:.2f}, ours {ours:.2f}")

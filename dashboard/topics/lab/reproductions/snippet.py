"""Set a source's first figure beside our runs, and count how many figures agree."""

from statistics import mean

from kdengine.studies import reproduction_measures, reproduction_table

name = "hinton-problems"

table = reproduction_table.load_table(name)
rows = table["figures"]
for verdict in reproduction_measures.VERDICTS:
    print(f"{verdict}: {sum(row['verdict'] == verdict for row in rows)} of {len(rows)}")

units = {"errors": 1, "accuracy": 100}  # errors are counted, accuracies shown in per cent
row = next(row for row in rows if row["measure"] in units and row["digit"] is None)
unit = units[row["measure"]]
published, ours = unit * row["value"], unit * mean(row["ours"])
print(f"{row['quantity']}: published {published:.2f}, ours {ours:.2f}")

"""Average a sweep's figures over its seeds, setting by setting."""

from statistics import mean, stdev

from kdengine.studies import sweep_table

name = "temperature-by-size"
figure = "errors"  # or "omitted_accuracy"

scale = 1 if figure == "errors" else 100  # counts, or percent
seeds = {}
for row in sweep_table.load_table(name)["rows"]:
    value = scale * row["student_after"][figure]
    seeds.setdefault(str(row["parameters"]), []).append(value)
for setting, found in sorted(seeds.items(), key=lambda item: mean(item[1])):
    print(f"{setting}: {mean(found):.1f} ± {stdev(found) if found[1:] else 0:.1f}")

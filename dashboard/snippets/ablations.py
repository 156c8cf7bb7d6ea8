"""Average a sweep's errors over its seeds, setting by setting."""

from statistics import mean, stdev

from kdengine import sweep_table

name = "temperature-by-size"

errors = {}
for row in sweep_table.load_table(name)["rows"]:
    setting = str(row["parameters"])
    errors.setdefault(setting, []).append(row["student_after"]["errors"])
for setting, found in sorted(errors.items(), key=lambda item: mean(item[1])):
    print(f"{setting}: {mean(found):.0f} ± {stdev(found) if found[1:] else 0:.0f}")

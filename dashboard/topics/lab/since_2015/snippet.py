"""Average a study's figures over its seeds, variant by variant."""

from statistics import mean, stdev

from kdengine.studies import sweep_table

name = "inherited"

seeds = sweep_table.load_table(name)["seeds"]
for variant, figures in seeds[0]["rows"].items():
    for figure in figures:
        found = [seed["rows"][variant][figure] for seed in seeds]
        spread = stdev(found) if found[1:] else 0
        print(f"{variant}, {figure}: {mean(found):.4g} ± {spread:.2g}")

"""Average the test errors on one synthetic data set over the seeds."""

from statistics import mean

from kdengine.synthetic import table as synthetic_table

separation = 0.2
informative = 0.5

table = synthetic_table.load_table()
own = [
    record
    for seed in table["seeds"]
    for record in seed["data_sets"]
    if (record["class_separation"], record["informative_share"]) == (separation, informative)
]
print(f"teacher: {mean(record['teacher'] for record in own):.0f} errors")
print(f"hard labels: {mean(record['hard_student'] for record in own):.0f}")
distilled = [mean(errors) for errors in zip(*(record["distilled"] for record in own), strict=True)]
best = distilled.index(min(distilled))
print(f"distilled at T = {table['settings']['temperatures'][best]:g}: {distilled[best]:.0f}")

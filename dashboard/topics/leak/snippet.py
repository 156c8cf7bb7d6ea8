"""Average what students recognise when one thing is taken away."""

from statistics import mean

from kdengine.studies import sweep_table, sweeps

variant = "shuffled-in-class"

rows = sweep_table.load_table("causality")["rows"]
own = [row for row in rows if row["parameters"] == sweeps.CAUSALITY[variant]]
for stage in ("student_before", "student_after"):
    rate = mean(row[stage]["omitted_accuracy"] for row in own)
    print(f"{stage}: {100 * rate:.1f} % of the omitted class, {len(own)} seeds")

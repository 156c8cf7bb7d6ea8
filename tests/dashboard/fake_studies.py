"""Tables of the studies since 2015 with made-up figures, for pages and commands."""

import numpy as np

from kdengine.studies.since_2015 import known
from tests.kdengine import tiny_tables

ENVIRONMENT = {"device": "cpu", "precision": "fp32", "thread_count": 1}
SHARES = {"right", "threes-right", "agree", "share"}
POINTS = [float(value) for i in range(9) for value in (i, -i, (3, 5, 8)[i % 3])]


def seed(name, number):
    """Return one seed of the study called *name*."""
    random = np.random.default_rng(number)
    study = known.STUDIES[name]

    def figure(place, label):
        value = 100.0 + 10.0 * place + round(random.uniform(0, 5), 2)
        return value / 1000.0 if label in SHARES else value

    rows = {
        variant: {label: figure(place, label) for label in study.figures}
        for place, variant in enumerate(study.variants)
    }
    lists = {name: [0.0] if most else POINTS for name, most in study.lists.items()}
    if name == "inherited":
        lists = {"wrong": [0.0, 1.0, 5.0, 2.0]}
    wall = {"environment": ENVIRONMENT, "wall_seconds": 1.5}
    return {"seed": number, **wall, "rows": rows, "lists": lists}


def table(name, seeds=3):
    """Return a whole table of some seeds."""
    made_by = f"python -m kdengine sweep {name}"
    return known.make(name, [seed(name, number) for number in range(seeds)], made_by=made_by)


def install(name, seeds=3):
    """Put such a table where pages look for it."""
    tiny_tables.put(known.table_of(name), table(name, seeds))

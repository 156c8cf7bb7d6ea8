"""The studies of what came after 2015: their tables as frames, and words with their numbers.

What is compared, drawn and said lies in `words.toml`; there a study's figure is written
``{variant.figure}``, and becomes its mean ± standard deviation over the seeds.
"""

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.core import numbers, presenter, prose, show
from dashboard.core.experiment import Experiment
from dashboard.figures import sweep_rows, verdicts
from kdengine.studies import differences
from kdengine.studies.since_2015 import inherited
from kdengine.studies.since_2015.known import STUDIES

Table = dict[str, Any]
NAMES = tuple(STUDIES)
SHARES = {"right", "threes-right", "agree", "share"}  # the other figures are counts, or ratios
_FIGURE = re.compile(r"\{([a-z0-9-]+)\.([a-z0-9-]+)\}")


def told(name: str) -> dict[str, Any]:
    """Return the words of a study."""
    words: dict[str, Any] = prose.beside(__file__)["studies"][name]
    return words


def values(table: Table, variant: str, figure: str) -> NDArray[np.float64]:
    """Return a figure of a variant, one a seed."""
    return np.array([seed["rows"][variant][figure] for seed in table["seeds"]], dtype=np.float64)


def spread(table: Table, variant: str, figure: str) -> str:
    """Return a figure's mean ± standard deviation over the seeds."""
    found = pd.Series(values(table, variant, figure))
    if figure == "noise":  # neither a share nor a count
        return f"{found.mean():.1f} ± {found.std(ddof=min(1, len(found) - 1)):.1f}"
    return sweep_rows.spread_of(found, percent=figure in SHARES)


def filled(text: str, table: Table) -> str:
    """Return *text* with the table's numbers, and the first seed's groups of digits, in it."""
    told = _FIGURE.sub(lambda m: spread(table, *m.groups()), text)
    groups: dict[float, list[str]] = {}
    for digit, group in enumerate(table["seeds"][0]["lists"].get("groups", ())):
        groups.setdefault(group, []).append(str(digit))
    several = (numbers.several(digits) for digits in groups.values() if digits[1:])
    return told.replace("{groups}", "; ".join(several))


def points(table: Table, picture: dict[str, Any]) -> pd.DataFrame:
    """Return what a picture of `words.toml` shows.

    Returns
    -------
    DataFrame, one row a curve and place
        ``series``, ``x`` (a number where the picture has an axis, else a variant's name in words),
        ``stage`` and `sweep_rows.over_seeds` of the figure.
    """
    axis, scale, found = picture.get("axis"), picture.get("scale", 1.0), []
    for key, series in picture.get("series", {"": ""}).items():
        group, _, figure = key.partition(".")
        for variant, setting in STUDIES[table["name"]].variants.items():
            if axis is None:
                x = picture["names"].get(variant)
            else:
                own = axis in setting and variant.partition("-")[0] == group
                x = scale * setting[axis] if own else None
            if x is not None:
                own_values = values(table, variant, figure or picture["figure"])
                found += [{"series": series, "x": x, "value": value} for value in own_values]
    frame = sweep_rows.over_seeds(pd.DataFrame(found), ["series", "x"], "value")
    return frame.assign(stage=sweep_rows.AFTER)


def compared(table: Table, told: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the study's comparisons, each two settings and whether they differ by the one rule.

    All are taken together. What is compared is a variant, or a variant's own ``.figure``.
    """
    about = told["compared"]
    of = {each: f"{each}.{about['figure']}".split(".")[:2] for each in about["names"]}
    pairs = [(a, b) for a, b in about["pairs"]]
    found = differences.between(
        {(a, b): values(table, *of[a]) - values(table, *of[b]) for a, b in pairs}
    )
    one = {each: f"{name}: **{spread(table, *of[each])}**" for each, name in about["names"].items()}
    return [(one[a], one[b], str(found[a, b] or verdicts.NO_VERDICT)) for a, b in pairs]


def verdict(table: Table, told: dict[str, Any]) -> str:
    """Return `compared` as a Markdown table."""
    rows = [f"| {' | '.join(row)} |" for row in compared(table, told)]
    return "\n".join(
        [f"| {told['compared']['what']} | beside it | verdict |", "|---|---|---|", *rows]
    )


def long(table: Table) -> pd.DataFrame:
    """Return every figure of every seed."""
    return pd.DataFrame(
        {"seed": seed["seed"], "variant": variant, **figures}
        for seed in table["seeds"]
        for variant, figures in seed["rows"].items()
    )


def origin(table: Table) -> str:
    """Return which command made the table, when and where."""
    first = table["seeds"][0]["environment"]
    seeds = ", ".join(str(seed["seed"]) for seed in table["seeds"])
    where = show.told(first.get("processor", first.get("device", "?")))
    return presenter.public(
        f"Seeds {seeds}, {table['created']}, on {where}, {first.get('thread_count', '?')} thread a "
        f"network. Made by `{table['made_by']}`."
    )


def clusters(table: Table) -> pd.DataFrame:
    """Return the clusters of the first seed's teachers: ``teacher``, ``x``, ``y`` and ``digit``."""
    lists, frames = table["seeds"][0]["lists"], []
    for name, label in told("smoothing")["clustered"].items():
        places = np.array(lists[f"points-{name}"], dtype=np.float64).reshape(-1, 3)
        frame = pd.DataFrame(places, columns=["x", "y", "digit"])
        frames.append(frame.assign(teacher=label, digit=frame["digit"].astype(int).astype(str)))
    return pd.concat(frames)


def right_threes(table: Table, variant: str, count: int) -> NDArray[np.bool_]:
    """Return which of *count* test threes the first seed's student of smoothed labels has right."""
    right = np.ones(count, dtype=bool)
    right[[int(number) for number in table["seeds"][0]["lists"][f"missed-{variant}"]]] = False
    return right


def mistakes(table: Table, shown: Experiment) -> dict[str, Any]:
    """Return the run's teacher beside its own student and another teacher's, for the wall.

    Returns
    -------
    dict
        ``teacher`` (wrong answers), ``own`` and ``other`` (how many of them each student repeats),
        ``agree`` (share of all test images), and ``cards`` for `grid.part`, an image each.
    """
    teacher, student = shown.teacher, shown.student
    taught, said = (run.test_logits.argmax(axis=1) for run in (teacher, student))
    truth = teacher.test_labels.astype(np.int64)
    other = truth.copy()
    seeds = [seed for seed in table["seeds"] if seed["seed"] != teacher.config.seed]
    wrong = np.array(seeds[0]["lists"]["wrong"], dtype=np.int64).reshape(-1, 2)
    other[wrong[:, 0]] = wrong[:, 1]
    images = np.flatnonzero(taught != truth)
    is_inherited = said[images] == taught[images]
    order = np.argsort(~is_inherited, kind="stable")
    answers = {"teacher": taught, "its student": said, "another's": other}
    cards = [
        {
            "image": image,
            "title": f"a {truth[image]}",
            "badge": f"a {truth[image]}",
            "tone": "bad" if said[image] == taught[image] else "good",
            "note": "",
            "lines": [
                {
                    "name": name,
                    "said": int(digits[image]),
                    "sure": "",
                    "right": bool(digits[image] == truth[image]),
                }
                for name, digits in answers.items()
            ],
        }
        for image in images[order].tolist()
    ]
    return {
        "teacher": len(images),
        "own": int(is_inherited.sum()),
        "other": int((other[images] == taught[images]).sum()),
        "agree": inherited.compared(teacher, student)["agree"],
        "cards": cards,
    }

"""Published figures beside ours: tidy frames of one reproduction's table."""

import math
from typing import Any

import pandas as pd

from dashboard.core.numbers import percent, signed
from dashboard.core.presenter import public
from dashboard.core.show import told
from kdengine.recipes import known
from kdengine.recipes.source import CLASS_MEAN, ERRORS, OFFSET
from kdengine.studies import reproduction_measures

Table = dict[str, Any]
SOURCES = {name: source.short for name, source in known.SOURCES.items()}
FIRST_SOURCE = "hinton-problems"  # shown when no other is asked for
FLOOR = 0.0005  # of an axis of error rates that is logarithmic: 5 of 10,000 images


def figures(table: Table) -> pd.DataFrame:
    """Return every published figure with ours beside it, in the source's order.

    Returns
    -------
    DataFrame
        ``quantity``, ``measure``, ``digit``, ``published``, ``mean``, ``sd`` (NaN for one seed),
        ``difference``, ``verdict``, ``network``, ``step``, ``note``, ``seeds`` (how many of ours),
        ``run`` (key of the first seed's run), ``images`` (how many are counted; NaN for offsets),
        and as error rates from 0 to 1 ``published_wrong``, ``wrong``, ``low``, ``high`` (one
        deviation either way).
    """
    found = []
    for row in table["figures"]:
        mean, deviation = row["mean"], 0.0 if row["sd"] is None else row["sd"]
        images = reproduction_measures.images_of(row["measure"], row["digit"])
        rates = [
            _error_rate(value, row["measure"], images)
            for value in (row["value"], mean, mean - deviation, mean + deviation)
        ]
        found.append(
            {
                "quantity": row["quantity"],
                "measure": row["measure"],
                "digit": row["digit"],
                "published": row["value"],
                "mean": mean,
                "sd": math.nan if row["sd"] is None else deviation,
                **{
                    name: row[name] for name in ("difference", "verdict", "network", "step", "note")
                },
                "seeds": len(row["ours"]),
                "run": table["networks"][row["network"]]["runs"][0],
                "images": images,
                "published_wrong": rates[0],
                "wrong": rates[1],
                "low": min(rates[2:]),
                "high": max(rates[2:]),
            }
        )
    return pd.DataFrame(found)


def headline(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of the main chart: no offsets, and of single digits only the threes'."""
    is_rate = frame["measure"] != OFFSET
    single = frame["digit"].notna() & (frame["digit"] != 3)
    shown = frame[is_rate & ~single & (frame["measure"] != CLASS_MEAN)].copy()
    for column in ("published_wrong", "wrong", "low", "high"):
        shown[column] = shown[column].clip(lower=FLOOR, upper=1.0)
    return shown


def shown_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table of figures as it is read: numbers in their units, as text."""
    rows, seeds = frame.to_dict("records"), int(frame["seeds"].max())
    return pd.DataFrame(
        {
            "quantity": frame["quantity"],
            "published": [in_units(row["published"], row["measure"]) for row in rows],
            "ours": [_ours(row, seeds) for row in rows],
            "difference": [difference(row["difference"], row["measure"]) for row in rows],
            "verdict": frame["verdict"].fillna("–"),
            "the source's own note": frame["note"],
            "run (first seed)": frame["run"],
        }
    )


def in_units(value: float, measure: str) -> str:
    """Return a figure as ``74``, ``98.39 %`` or ``+2.70``."""
    if measure == ERRORS:
        return f"{value:,.1f}".removesuffix(".0")
    if measure == OFFSET:
        return signed(value)
    return percent(value) if value < 0.9 else percent(value, 2)


def difference(value: float, measure: str) -> str:
    """Return ours less published, with its sign and unit."""
    if measure == OFFSET:
        return signed(value)
    if measure == ERRORS:
        return signed(value, 1).removesuffix(".0")
    return f"{signed(100 * value)} points"


def origin(table: Table) -> str:
    """Return which command made the table, when, with which seeds and where."""
    seeds = ", ".join(map(str, table["seeds"]))
    where = table["environment"].get("processor") or table["environment"].get("device", "?")
    networks = sum(len(one["runs"]) for one in table["networks"].values())
    counts = {n for one in table["networks"].values() for n in one.get("threads", ()) if n}
    counts = counts or {table["environment"].get("thread_count", "?")}
    threads = " or ".join(map(str, sorted(counts, key=str)))
    named = "seed" if len(table["seeds"]) == 1 else "seeds"
    return public(
        f"{networks} networks, {named} {seeds}, {table['created']}, on {told(where)}, precision "
        f"{table['environment'].get('precision', '?')}, threads a network: {threads}. Made by "
        f"`{table['made_by']}`."
    )


def missing(table: Table) -> str:
    """Return which figures have no run yet and how to make them; empty if all have."""
    if not table["missing"]:
        return ""
    return public(
        f"{len(table['missing'])} more published figures wait for their runs: "
        f"{'; '.join(table['missing'])}. `python -m kdengine reproduce {table['name']}` trains "
        "what is missing."
    )


def link(name: str) -> str:
    """Return a source's name as Markdown, linked where it has an address."""
    one = known.SOURCES[name]
    return f"[{one.title}]({one.link})" if one.link else f"{one.title} (no stable address)"


def _ours(row: dict[Any, Any], seeds: int) -> str:
    """Return our mean and deviation, with the number of seeds if it is not the table's."""
    forms = {ERRORS: "{:,.1f}", OFFSET: "{:.2f}"}
    deviation = row["sd"] if row["measure"] in forms else 100 * row["sd"]
    text = in_units(row["mean"], row["measure"])
    if not math.isnan(deviation):
        text += " ± " + forms.get(row["measure"], "{:.2f}").format(deviation)
    if row["seeds"] == seeds:
        return text
    return f"{text} ({row['seeds']} seed{'' if row['seeds'] == 1 else 's'})"


def _error_rate(value: float, measure: str, images: float) -> float:
    """Return a figure as the share of wrong answers; NaN for an offset."""
    if measure == OFFSET:
        return math.nan
    return value / images if measure == ERRORS else 1.0 - value

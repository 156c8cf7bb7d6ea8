"""The synthetic experiment's table as frames: counts, means over seeds, the best temperatures."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.core.numbers import percent
from kdengine.studies import differences
from kdengine.studies.differences import Verdict
from kdengine.synthetic.data import Place

Table = dict[str, Any]
MIDDLE = 3.0  # within the 2.5 to 5 that the source calls best; chosen before ours were trained
TEACHER, STUDENT, HARD = "teacher", "student", "hard-label student"


def name_of(place: Place) -> str:
    """Return what the address calls a data set, such as ``0.2-0.5``."""
    return f"{place.class_separation:g}-{place.informative_share:g}"


def places(table: Table) -> dict[str, Place]:
    """Return the table's data sets by their names in the address."""
    found = [
        Place(record["class_separation"], record["informative_share"])
        for record in table["seeds"][0]["data_sets"]
    ]
    return {name_of(place): place for place in found}


def counts(table: Table) -> pd.DataFrame:
    """Return the test errors of every network.

    Returns
    -------
    DataFrame, one row a network
        ``place`` str, ``class_separation``, ``informative_share``, ``seed`` int, ``role`` (of
        teacher, hard-label student, student), ``temperature`` (NaN if it has none), ``errors``.
    """
    networks = [(TEACHER, np.nan), (HARD, np.nan)]
    networks += [(STUDENT, temperature) for temperature in table["settings"]["temperatures"]]
    rows = []
    for seed in table["seeds"]:
        for record in seed["data_sets"]:
            place = Place(record["class_separation"], record["informative_share"])
            errors = [record["teacher"], record["hard_student"], *record["distilled"]]
            for (role, temperature), count in zip(networks, errors, strict=True):
                rows.append(
                    {
                        "place": name_of(place),
                        **place._asdict(),
                        "seed": seed["seed"],
                        "role": role,
                        "temperature": temperature,
                        "errors": count,
                    }
                )
    return pd.DataFrame(rows)


def means(table: Table) -> pd.DataFrame:
    """Return mean and standard deviation over the seeds, and the accuracies they stand for.

    Returns
    -------
    DataFrame, one row a data set, role and temperature
        ``place``, ``class_separation``, ``informative_share``, ``role``, ``temperature``,
        ``mean`` and ``deviation`` (errors; the deviation of a single seed is 0), ``accuracy``,
        ``low``, ``high`` (one deviation either way, 0 to 1) and ``seeds``.
    """
    by = ["place", "class_separation", "informative_share", "role", "temperature"]
    groups = counts(table).groupby(by, sort=False, dropna=False)["errors"]
    frame = groups.agg(mean="mean", deviation="std", seeds="count").reset_index()
    frame["deviation"] = frame["deviation"].fillna(0.0)
    tested = table["settings"]["test_samples"]
    frame["accuracy"] = 1.0 - frame["mean"] / tested
    frame["low"] = (1.0 - (frame["mean"] + frame["deviation"]) / tested).clip(lower=0.0)
    frame["high"] = (1.0 - (frame["mean"] - frame["deviation"]) / tested).clip(upper=1.0)
    return frame


def figures(table: Table, place: str) -> dict[str, Any]:
    """Return one data set's rows of `means`: ``teacher``, ``hard`` and ``distilled`` by T."""
    rows = means(table)
    by_role = dict(list(rows[rows["place"] == place].groupby("role")))
    return {
        "teacher": by_role[TEACHER].iloc[0],
        "hard": by_role[HARD].iloc[0],
        "distilled": by_role[STUDENT].set_index("temperature"),
    }


def errors(table: Table, network: str = "distilled") -> NDArray[np.int64]:
    """Return errors, (seeds, data sets, temperatures); of ``hard_student`` (seeds, data sets)."""
    return np.array([[record[network] for record in s["data_sets"]] for s in table["seeds"]])


def compared(table: Table) -> dict[tuple[str, float | None], Verdict | None]:
    """Return the verdicts of all that the page compares, by data set and temperature.

    Of each data set: distilled students, the mean over all T, against hard labels (None); and the
    lowest and the highest T against `MIDDLE`, if that is among the temperatures.
    """
    distilled, hard = errors(table), errors(table, "hard_student")
    temperatures = table["settings"]["temperatures"]
    family: dict[tuple[str, float | None], Any] = {}
    for index, place in enumerate(places(table)):
        own = distilled[:, index]
        family[place, None] = own.mean(axis=1) - hard[:, index]
        for t in ends(table):
            family[place, t] = own[:, temperatures.index(t)] - own[:, temperatures.index(MIDDLE)]
    return differences.between(family)


def ends(table: Table) -> list[float]:
    """Return the lowest and the highest T, which are compared with `MIDDLE`."""
    temperatures = table["settings"]["temperatures"]
    return [min(temperatures), max(temperatures)] if MIDDLE in temperatures else []


def saved(table: Table) -> list[float]:
    """Return for each data set which share of the hard-label student's errors is avoided."""
    distilled, hard = errors(table).mean(axis=(0, 2)), errors(table, "hard_student").mean(axis=0)
    return [float(1.0 - a / max(b, 1.0)) for a, b in zip(distilled, hard, strict=True)]


def best_temperatures(table: Table) -> dict[str, float]:
    """Return each data set's T of the lowest mean of errors over the seeds."""
    mean = errors(table).mean(axis=0)
    temperatures = table["settings"]["temperatures"]
    return {
        place: temperatures[int(row.argmin())]
        for place, row in zip(places(table), mean, strict=True)
    }


def points(table: Table, place: str) -> pd.DataFrame:
    """Return the scatter picture of a data set.

    Returns
    -------
    DataFrame, one row a test sample
        ``x``, ``y`` (standard deviations within a class), ``label`` int, ``name`` str.
    """
    picture = table["pictures"][list(places(table)).index(place)]
    frame = pd.DataFrame({name: picture[name] for name in ("x", "y", "label")})
    return frame.assign(name=frame["label"].astype(str))


def nearest_own(shown: pd.DataFrame) -> float:
    """Return the share of points that lie nearest to the centre of their own class."""
    centres = shown.groupby("label")[["x", "y"]].mean()
    place = shown[["x", "y"]].to_numpy()[:, None] - centres.to_numpy()[None]
    nearest = centres.index.to_numpy()[(place**2).sum(axis=2).argmin(axis=1)]
    return float((nearest == shown["label"].to_numpy()).mean())


def summary(table: Table) -> pd.DataFrame:
    """Return the page's table: one row a data set, a column each network, means ± deviations."""
    rows = []
    for name, place in places(table).items():
        one = figures(table, name)
        row = {
            "Class separation": f"{place.class_separation:g}",
            "Informative": percent(place.informative_share, 0),
            "Teacher": spread(one["teacher"]),
            "Hard labels": spread(one["hard"]),
        }
        row |= {f"T = {t:g}": spread(record) for t, record in one["distilled"].iterrows()}
        rows.append(row)
    return pd.DataFrame(rows)


def spread(record: Any) -> str:
    """Return the mean errors of a row of `means`, with the deviation if there are seeds for one."""
    deviation = f" ± {record['deviation']:.0f}" if record["seeds"] > 1 else ""
    return f"{record['mean']:,.0f}{deviation}"

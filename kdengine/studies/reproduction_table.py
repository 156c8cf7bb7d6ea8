"""A reproduction's table: every published figure beside the same quantity of stored runs.

Pages read it; it holds no logits and needs no torch.
"""

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import Meta

from kdengine.config import run_key, to_dict
from kdengine.recipes import known
from kdengine.recipes.source import ERRORS, OFFSET, Figure, Measure
from kdengine.store import runs, tables
from kdengine.store.run_files import StoredRun
from kdengine.store.shapes import Digit, Environment, Number
from kdengine.store.tables import Table
from kdengine.studies import differences
from kdengine.studies.reproduction_measures import images_of, measure


class _Row(msgspec.Struct):
    """A published figure (see `source.Figure`) with ours beside it."""

    quantity: str
    value: Number
    network: str
    measure: Measure
    step: str
    digit: Digit | None
    note: str
    corrected: Number | None
    ours: Annotated[list[Number], Meta(min_length=1)]  # a number a stored seed
    mean: Number
    sd: Number | None  # none of one seed
    difference: Number  # ours less published
    verdict: str | None  # told anew when it is read, since a file may be older than the rule


class _Network(msgspec.Struct):
    """A network over its stored seeds; its configuration is that of the first."""

    config: dict[str, Any]
    runs: list[str]
    wall_seconds: list[Number]
    threads: list[int | None] = []  # of each run; older tables have none


class _Reproduction(tables.Shape):
    name: str
    title: str
    link: str
    choices: list[str]
    seeds: Annotated[list[int], Meta(min_length=1)]
    environment: Environment
    figures: Annotated[list[_Row], Meta(min_length=1)]
    missing: list[str]  # quantities without a run
    networks: dict[str, _Network]


def table_of(name: str) -> Table:
    """Return which table the reproduction called *name* has; ValueError if there is none."""
    source = known.source(name)
    quantities = {figure.quantity for figure in source.figures}
    trained = source.networks(0).keys()

    def fits(content: dict[str, Any]) -> bool:
        """Every published figure is there or missing, and so is every figure's network."""
        figures, networks = content["figures"], content["networks"].keys()
        return {row["quantity"] for row in figures} | set(content["missing"]) == quantities and {
            row["network"] for row in figures
        } <= networks <= trained

    def size(content: dict[str, Any]) -> tuple[int, int]:
        return max(len(row["ours"]) for row in content["figures"]), len(content["figures"])

    return Table(f"reproduction-{name}", name, _Reproduction, size, fits)


def make(name: str, seeds: Iterable[int], *, made_by: str) -> dict[str, Any]:
    """Measure published figures on the stored runs of *seeds* and return the table.

    It is as `_Reproduction` and `_Row` say. The command *made_by* makes it. A figure whose network
    has no stored run is named and left out; the rest is made.

    ValueError for an unknown name, RunNotFound if no run at all is stored.
    """
    source, chosen = known.source(name), tuple(seeds)
    by_seed = [source.networks(seed) for seed in chosen]
    networks: dict[str, dict[str, Any]] = {}
    ours: dict[str, list[float]] = {}
    environment = None
    for network in source.networks(0):  # one network at a time: a run's logits are 3 MB
        keys = [run_key(configs[network]) for configs in by_seed if network in configs]
        stored = [runs.load(key) for key in keys if runs.exists(key)]
        if not stored:
            continue
        networks[network] = _over_seeds(stored)
        environment = environment or stored[0].metrics["environment"]
        for figure in source.figures:
            if figure.network == network:
                ours[figure.quantity] = [measure(figure, run) for run in stored]
    if not networks:
        raise runs.RunNotFound(
            f"no network of {name} is stored, so it has no table; train them: "
            f"python -m kdengine reproduce {name}"
        )
    return {
        **tables.header(made_by),
        "name": name,
        "title": source.title,
        "link": source.link,
        "choices": list(source.choices),
        "seeds": list(chosen),
        "environment": environment,
        "figures": [_row(f, ours[f.quantity]) for f in source.figures if f.quantity in ours],
        "missing": [f.quantity for f in source.figures if f.quantity not in ours],
        "networks": networks,
    }


def load_table(name: str) -> dict[str, Any] | None:
    """Return the table of a reproduction that pages show, or None; see `tables.shown`."""
    content = tables.load(table_of(name))
    if content is None:
        return None
    networks = content["networks"]
    # The file has them in the order of the alphabet.
    order = [network for network in known.source(name).networks(0) if network in networks]
    return {
        **content,
        "figures": [{**row, "verdict": judged(row)} for row in content["figures"]],
        "networks": {network: networks[network] for network in order},
    }


def judged(row: dict[str, Any]) -> differences.Verdict | None:
    """Return the verdict on one figure of a table, from the numbers of its *row* alone.

    None for single digits but the 3: ten a network are too many to look at one by one.
    """
    if row["digit"] not in (None, 3):
        return None
    return differences.against_published(*counted(row), images_of(row["measure"], row["digit"]))


def counted(row: dict[str, Any]) -> tuple[list[float], float]:
    """Return our seeds and the published figure as wrong answers; offsets as they are."""
    theirs = row["value"] if row["corrected"] is None else row["corrected"]
    if row["measure"] in (ERRORS, OFFSET):
        return row["ours"], theirs
    images = images_of(row["measure"], row["digit"])
    return [images * (1.0 - value) for value in row["ours"]], images * (1.0 - theirs)


def _over_seeds(stored: list[StoredRun]) -> dict[str, Any]:
    """Return what the table holds of one network."""
    return {
        "config": to_dict(stored[0].config),
        "runs": [run.key for run in stored],
        "threads": [run.metrics["environment"].get("thread_count") for run in stored],
        "wall_seconds": [round(run.metrics["wall_seconds"], 1) for run in stored],
    }


def _row(figure: Figure, ours: list[float]) -> dict[str, Any]:
    mean = float(np.mean(ours))
    sd = float(np.std(ours, ddof=1)) if len(ours) > 1 else None
    row = {
        **vars(figure),
        "ours": [round(value, 5) for value in ours],
        "mean": round(mean, 5),
        "sd": None if sd is None else round(sd, 5),
        "difference": round(mean - figure.value, 5),
    }
    return {**row, "verdict": judged(row)}

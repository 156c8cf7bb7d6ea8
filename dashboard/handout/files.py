"""The files of a stored run's hand-out: made, put into a zip, written into a folder."""

import io
import json
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.core import runs
from dashboard.core.cache import cached
from dashboard.core.experiment import Experiment
from dashboard.handout import contents, figures, page
from dashboard.handout.figures import Material
from dashboard.topics.learning import figures as learning
from kdengine.files import written
from kdengine.store import runs as store

Tell = Callable[[float, str], object]
_LOOK_AGAIN = 0.5  # seconds


@dataclass(frozen=True)
class Handout:
    """A finished hand-out."""

    files: dict[str, bytes]  # By their names
    left_out: list[str]  # What could not be made, and why; one sentence each


def make(
    shown: Experiment,
    images: Any,
    tell: Tell = lambda share, name: None,
    drawn: dict[str, bytes] | None = None,
) -> Handout:
    """Return the hand-out of an experiment; what it lacks is named and left out.

    Parameters
    ----------
    images : uint8 array of shape (N, 28, 28), or None
        The test images.
    tell : callable, optional
        Told before each picture which share is done and what comes; it may raise.
    drawn : dict, optional
        Pictures by their names, which are not drawn again; those drawn are added.
    """
    made_of = material(shown, images)
    files = {} if drawn is None else drawn
    left_out = []
    todo = figures.figures(made_of)
    for place, (name, draw) in enumerate(todo.items()):
        tell(place / len(todo), name)
        if name in files:
            continue
        try:
            files[name] = draw()
        except ValueError as error:  # Missing, or what nobody foresaw: the rest is worth having
            left_out.append(f"{name}: {contents.reason(error)}")
    files = dict(files)
    for name, table in contents.tables(shown, made_of.offset, made_of.played).items():
        files[f"{name}.csv"] = table().to_csv(index=False, lineterminator="\n").encode()
    results = {**contents.results(shown), "left_out": left_out}
    files["results.json"] = (json.dumps(results, indent=1, sort_keys=True) + "\n").encode()
    files["report.html"] = page.page(made_of, files, left_out).encode()
    return Handout(files, left_out)


def material(shown: Experiment, images: Any) -> Material:
    """Return what the figures are made of, with the reasons for what is not there."""
    offset = played = None
    no_offset = no_replay = no_images = ""
    if images is None:
        no_images = f"the images of {shown.dataset} were not there when this was made"
    try:
        offset = runs.chosen_offset(shown)
    except ValueError as error:
        no_offset = no_replay = f"no offset can be chosen for this run ({error})"
    else:
        try:
            played = learning.played_by(shown)
            if played is None:
                no_replay = "the run does not hold the student's answers after each epoch"
        except (store.RunNotFound, store.RunDamaged, ValueError) as error:
            no_replay = str(error)
    return Material(shown, offset, played, images, no_offset, no_replay, no_images)


def zip_for(shown: Experiment, dataset: str, tell: Tell) -> bytes:
    """Return the hand-out of a run as a zip, with the pictures of *dataset* where there are.

    Whoever asks for the same waits for it and is given the same, which a class holds once.
    """
    lock, drawn, packed = cached(_shelf, shown, dataset)
    while not lock.acquire(timeout=_LOOK_AGAIN):
        tell(0.0, "what somebody else has asked for")
    try:
        if not packed:
            made = make(shown, runs.test_images(dataset), tell, drawn)
            packed.append(zip_of(made, shown.key))
            drawn.clear()  # all of it is in there
        return packed[0]
    finally:
        lock.release()


def _shelf(shown: Experiment, dataset: str) -> tuple[threading.Lock, dict[str, bytes], list[bytes]]:
    """Return who is drawing one run, and where everybody finds its pictures, then its zip."""
    return threading.Lock(), {}, []


def zip_of(made: Handout, folder: str) -> bytes:
    """Return a hand-out as a zip whose files lie in *folder*."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.files.items():
            archive.writestr(f"{folder}/{name}", content)
    return buffer.getvalue()


def write(made: Handout, folder: Path) -> None:
    """Write a hand-out into *folder*, each file in one step.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    for name, content in made.files.items():
        with written(folder / name) as file:
            file.write(content)

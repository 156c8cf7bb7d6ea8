"""The files of a stored run's hand-out: made, put into a zip, written into a folder."""

import errno
import io
import json
import tempfile
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.core import runs
from dashboard.core.cache import cached
from dashboard.core.experiment import Experiment
from dashboard.handout import contents, edition, figures, page
from dashboard.handout.figures import Material
from dashboard.topics.learning import figures as learning
from kdengine.store import runs as store

Tell = Callable[[float, str], object]
_LOOK_AGAIN = 0.5  # seconds
_LIST = "files.json"  # the names of all files, by which a hand-out is known again


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
    for place, (name, picture) in enumerate(todo.items()):
        tell(place / len(todo), name)
        if name in files:
            continue
        try:
            files[name] = figures.file(picture)
        except ValueError as error:  # something lacks: the rest is worth having
            left_out.append(f"{name}: {contents.reason(error)}")
    files = dict(files)
    for name, table in contents.tables(shown, made_of.offset, made_of.played).items():
        files[f"{name}.csv"] = table.to_csv(index=False, lineterminator="\n").encode()
    results = {**contents.results(shown), "left_out": left_out}
    files["results.json"] = (json.dumps(results, indent=1, sort_keys=True) + "\n").encode()
    files |= edition.files(made_of)
    files |= page.written(made_of, files, left_out)
    files.pop(edition.FIRST, None)  # the page holds it
    return Handout(files, left_out)


def material(shown: Experiment, images: Any) -> Material:
    """Return what the figures are made of, with the reasons for what is not there."""
    offset = played = None
    no_offset = no_replay = ""
    try:
        offset = runs.chosen_offset(shown)
        played = learning.played_by(shown)
        if played is None:
            no_replay = "the run does not hold the student's answers after each epoch"
    except (store.RunNotFound, ValueError) as error:
        no_replay = str(error)
        if offset is None:
            no_offset = no_replay = f"no offset can be chosen for this run ({error})"
    return Material(shown, offset, played, images, no_offset, no_replay)


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
    """Write a hand-out as *folder*: it is made beside it and takes its name when it is whole.

    Raises
    ------
    OSError
        If it cannot be written; FileExistsError if the folder holds anything but a hand-out.
    """
    check_free(folder)
    with tempfile.TemporaryDirectory(prefix=".", dir=folder.parent) as beside:
        new = Path(beside, "new")
        told = json.dumps(sorted({*made.files, _LIST})).encode()
        for name, content in (made.files | {_LIST: told}).items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(content)
        old = Path(beside, "old")
        try:
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
        finally:  # or what was there would go with the temporary folder
            if old.exists() and not folder.exists():
                old.rename(folder)


def check_free(folder: Path) -> None:
    """Raise FileExistsError if *folder* holds anything that a hand-out's last writing did not."""
    if not folder.is_dir():
        if folder.exists():
            raise FileExistsError(errno.EEXIST, "it is a file", str(folder))
        return
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        # Links, pipes and empty folders are somebody's too.
        if path.is_symlink() or not path.is_dir() or not any(path.iterdir())
    }
    try:
        written = set(json.loads((folder / _LIST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        written = set()
    if others := sorted(there - written):
        told = f"it holds something else, {others[0]} for instance"
        raise FileExistsError(errno.EEXIST, told, str(folder))

"""A stored run as a hand-out: one HTML page that needs no server and no network, and its parts.

``python -m dashboard.handout KEY --out DIR`` writes report.html, results.json, a PNG of every
chart, the replay as a GIF and a CSV of every table.
"""

import argparse
import io
import json
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.core import runs
from dashboard.core.experiment import Experiment, focused, offset_of
from dashboard.handout import contents as views
from dashboard.handout import figures as report_figures
from dashboard.handout import page as report_page
from dashboard.handout.figures import Material
from dashboard.topics.learning import figures as replays
from kdengine.cli import arguments
from kdengine.data import datasets, mnist_files
from kdengine.files import data_dir, written
from kdengine.store import experiments
from kdengine.store import runs as store


@dataclass(frozen=True)
class Report:
    """A finished hand-out.

    Parameters
    ----------
    files : dict of str to bytes
        By their names.
    left_out : list of str
        What could not be made, and why; one sentence each.
    """

    files: dict[str, bytes]
    left_out: list[str]


def make(shown: Experiment, images: Any) -> Report:
    """Return the hand-out of an experiment; what it lacks is named and left out.

    Parameters
    ----------
    images : uint8 array of shape (N, 28, 28), or None
        The test images.
    """
    made_of = material(shown, images)
    files: dict[str, bytes] = {}
    left_out = []
    for name, draw in report_figures.figures(made_of).items():
        try:
            files[name] = draw()
        except ValueError as error:  # Missing, or what nobody foresaw: the rest is worth having
            left_out.append(f"{name}: {views.reason(error)}")
    for name, table in views.tables(shown, made_of.offset, made_of.played).items():
        files[f"{name}.csv"] = table().to_csv(index=False, lineterminator="\n").encode()
    results = views.results(shown) if made_of.offset is not None else views.plain_results(shown)
    results["left_out"] = left_out
    files["results.json"] = (json.dumps(results, indent=1, sort_keys=True) + "\n").encode()
    files["report.html"] = report_page.page(made_of, files, left_out).encode()
    return Report(files, left_out)


def material(shown: Experiment, images: Any) -> Material:
    """Return what the figures are made of, with the reasons for what is not there."""
    reasons = {"no_images": "" if images is not None else _no_images(shown.dataset)}
    offset, played = None, None
    try:
        offset = offset_of(shown, "frequency")
    except ValueError as error:
        reasons["no_offset"] = f"no offset can be chosen for this run ({error})"
    try:
        logits = store.load_replay(shown.key)
        if logits is None or offset is None:
            reasons["no_replay"] = reasons.get("no_offset") or (
                "the run does not hold the student's answers after each epoch"
            )
        else:
            played = replays.replay(shown, logits, offset)
    except (store.RunNotFound, store.RunDamaged, ValueError) as error:
        reasons["no_replay"] = str(error)
    return Material(shown, offset, played, images, **reasons)


def zip_for(shown: Experiment, dataset: str) -> bytes:
    """Return the hand-out of a run as a zip, with the pictures of *dataset* where there are."""
    return zip_of(make(shown, runs.test_images(dataset)), shown.key)


def zip_of(made: Report, folder: str) -> bytes:
    """Return a hand-out as a zip whose files lie in *folder*."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.files.items():
            archive.writestr(f"{folder}/{name}", content)
    return buffer.getvalue()


def write(made: Report, folder: Path) -> None:
    """Write a hand-out into *folder*, each file in one step.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    for name, content in made.files.items():
        with written(folder / name) as file:
            file.write(content)


def experiment(key: str, focus: int | None = None) -> Experiment:
    """Return the stored experiment *key*; *focus* picks one of several omitted classes.

    Raises
    ------
    store.RunNotFound, store.RunDamaged
        If it, or its teacher, cannot be had, or they do not belong together.
    ValueError
        If *focus* is not one of its omitted classes.
    """
    found = experiments.find(key)
    omitted = found.omitted_classes
    if focus is not None and focus not in omitted:
        raise ValueError(
            f"--focus {focus}: this run omits {omitted or 'no class'}; choose of those"
        )
    return focused(found, focus)


def test_images(dataset: str) -> Any:
    """Return a dataset's test images, (N, 28, 28), or None where they are not to be had."""
    if dataset == "mnist" and not mnist_files.present():
        return None
    try:
        return datasets.load(dataset).test_images
    except (mnist_files.DataMissing, mnist_files.DataCorrupt):
        return None


def main(words: list[str] | None = None) -> int:
    """Run the command; return its exit status: 0 done, 1 failed, 2 unusable arguments."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.handout", description=__doc__)
    parser.add_argument(
        "key", type=arguments.a_key, help="a student's run; `python -m kdengine list` shows them"
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder to write into")
    parser.add_argument("--focus", type=int, help="the omitted class, if the run has several")
    options = parser.parse_args(words)
    try:
        shown = experiment(options.key, options.focus)
    except (store.RunNotFound, store.RunDamaged) as error:
        return _failed(str(error), 1)
    except ValueError as error:
        return _failed(str(error), 2)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=options.out):
            pass  # it can be written: found out before anything is computed
    except OSError as error:
        return _unwritable(options.out, error)
    made = make(shown, test_images(shown.dataset))
    try:
        write(made, options.out)
    except OSError as error:
        return _unwritable(options.out, error)
    for reason in made.left_out:
        print(f"left out {reason}", file=sys.stderr)
    print(f"{len(made.files)} files in {options.out}; open {options.out / 'report.html'}")
    return 0


def _unwritable(folder: Path, error: OSError) -> int:
    """Say that nothing can be written there and return the exit status."""
    reason = error.strerror or error
    return _failed(f"{folder} cannot be written ({reason}); name another folder with --out", 2)


def _failed(message: str, status: int) -> int:
    """Say what went wrong and return the exit status."""
    print(f"error: {message}", file=sys.stderr)
    return status


def _no_images(dataset: str) -> str:
    """Return why there are no pictures and how to get them."""
    return (
        f"the images of {dataset} are not here; `python -m kdengine data` fetches them into "
        f"{data_dir()}"
    )


if __name__ == "__main__":
    sys.exit(main())

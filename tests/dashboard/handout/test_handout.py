"""The hand-out: files as real images and tables, figures against counts, what lacks is named."""

import csv
import html
import html.parser
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from dashboard.core import numbers, runs
from dashboard.core.experiment import offset_of
from dashboard.handout import __main__ as command
from dashboard.handout import figures as handout_figures
from dashboard.handout import files as handout
from dashboard.handout import page as handout_page
from kdengine.data import datasets, own
from kdengine.store import runs as store
from tests.conftest import make_store
from tests.dashboard import fake_sweeps
from tests.kdengine.data import tiny_set

PNGS = {
    "teacher-curves.png",
    "student-curves.png",
    "class-accuracy.png",
    "offset-sweep.png",
    "called-instead.png",
    "confusion-teacher.png",
    "confusion-student.png",
    "confusion-student-offset.png",
    "confusion-baseline.png",
    "soft-targets-teacher.png",
    "soft-targets-student.png",
    "misclassified.png",
}
SCRIPTS = {
    f"parts/{name}.js"
    for name in ("gallery", "wall", "scene", "pad", "charts")
    + ("weights-teacher", "weights-student", "weights-baseline")
}
CSVS = {
    "learning-accuracy",
    "learning-loss",
    "class-accuracy",
    "soft-targets",
    "offset-criteria",
    "offset-accuracy",
    "offset-mass",
    "called-instead",
    "misclassified",
    "confusion",
    "replay",
}


def leak_table():
    """Return a table of students from whom one thing was taken each."""
    return fake_sweeps.table("causality", lambda point, stage: (0.9, 0.9))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache with one digits experiment and one sweep of MNIST, for the whole module."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("handout") / "cache"
        patch.setenv("KDENGINE_CACHE_DIR", str(folder))
        make_store(folder)
        fake_sweeps.install(leak_table())
        yield folder


@pytest.fixture(scope="module")
def shown(cache):
    """That experiment."""
    key = next(e.key for e in store.list_runs() if e.config.kind == "student")
    return runs.experiment(key)


@pytest.fixture(scope="module")
def made(shown):
    """Its hand-out, made once."""
    return handout.make(shown, datasets.load("digits").test_images)


class Addresses(html.parser.HTMLParser):
    """Collects what a page would load or link to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in {"src", "href", "srcset", "data"}]


def test_every_file_is_there_and_nothing_was_left_out(made):
    csvs = {f"{name}.csv" for name in CSVS}
    assert set(made.files) == PNGS | csvs | SCRIPTS | {"replay.gif", "results.json", "index.html"}
    assert made.left_out == []


@pytest.mark.parametrize("name", sorted(PNGS))
def test_pictures_are_images_of_a_slides_size_and_not_blank(made, name):
    opened = Image.open(io.BytesIO(made.files[name]))
    assert opened.format == "PNG"
    assert opened.width >= 1000
    assert opened.height >= 400
    pixels = np.asarray(opened.convert("RGB"))
    assert (pixels[0, 0] == 255).all()  # on white, whatever the slide's ground is
    assert len(opened.convert("RGB").getcolors(1 << 24)) > 20
    assert (pixels != 255).any(axis=-1).mean() > 0.01


def test_the_gif_plays_to_a_corrected_frame(made):
    opened = Image.open(io.BytesIO(made.files["replay.gif"]))
    assert (opened.format, opened.n_frames, opened.size) == ("GIF", 4, (1280, 720))
    opened.seek(2)
    before = np.asarray(opened.convert("RGB"))
    opened.seek(3)
    assert (np.asarray(opened.convert("RGB")) != before).any()
    assert opened.info["duration"] == 3000


def test_tables_count_what_the_logits_say(made, shown):
    student, labels = shown.student.test_logits, shown.student.test_labels
    offset = offset_of(shown, "frequency")
    rows = list(csv.DictReader(io.StringIO(made.files["class-accuracy.csv"].decode())))
    shifted = student.astype(np.float64)
    shifted[:, 3] += offset
    for network, logits in (
        ("teacher", shown.teacher.test_logits),
        ("student", student),
        ("student + offset", shifted),
    ):
        for row in rows:
            if row["network"] == network:
                own = labels == int(row["digit"])
                right = int((logits[own].argmax(axis=1) == int(row["digit"])).sum())
                assert (int(row["right"]), int(row["images"])) == (right, int(own.sum()))
    cells = list(csv.DictReader(io.StringIO(made.files["confusion.csv"].decode())))
    assert sum(int(cell["images"]) for cell in cells) == 4 * len(labels)
    replay = list(csv.DictReader(io.StringIO(made.files["replay.csv"].decode())))
    assert [row["step"] for row in replay] == ["1", "2", "3", "offset"]
    last = int((shifted[labels == 3].argmax(axis=1) == 3).sum())
    assert int(replay[-1]["right"]) == last


def test_results_hold_configuration_environment_and_figures(made, shown):
    results = json.loads(made.files["results.json"])
    assert results["config"]["student"]["omitted_classes"] == [3]
    assert results["environment"]["student"] == shown.student.metrics["environment"]
    assert results["run_keys"]["student"] == shown.key
    wrong = (shown.student.test_logits.argmax(axis=1) != shown.student.test_labels).sum()
    assert results["student_before"]["errors"] == wrong
    assert results["offset"]["value"] == pytest.approx(offset_of(shown, "frequency"))
    assert results["left_out"] == []


def test_the_page_needs_nothing_from_elsewhere(made):
    page = made.files["index.html"].decode()
    body = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    addresses = Addresses()
    addresses.feed(body)
    beside = [address for address in addresses.found if not address.startswith("data:")]
    assert beside
    assert set(beside) <= set(made.files)
    assert not re.search(r"https?://", body)
    assert "@import" not in page.split("<body>")[0]


def test_the_page_says_the_runs_numbers_and_carries_both_sliders(made, shown):
    page = made.files["index.html"].decode()
    before = int(
        (shown.student.test_logits.argmax(axis=1) == 3)[shown.student.test_labels == 3].sum()
    )
    assert f"<b>{before} of 61</b>" in page
    script = made.files["parts/charts.js"].decode()
    specs = json.loads(script.rpartition("edition.charts = ")[2].rstrip().removesuffix(";"))
    assert set(specs) == {"temperature", "offset"}
    for spec in specs.values():
        assert spec["params"][0]["bind"]["input"] == "range"
    pictures = dict(re.findall(r'<img src="([\w.-]+)" alt="([^"]+)"', page))
    after = json.loads(made.files["results.json"])["student_after"]["omitted_accuracy"]
    assert f"makes it {round(61 * after)}." in pictures["replay.gif"]  # in words what it shows


def test_a_name_from_the_run_cannot_break_out_of_the_page(shown):
    assert handout_page._bold("a **b** <c>") == "a <b>b</b> &lt;c&gt;"


def text_of(page):
    """Return what a page shows, without tags and scripts; of attributes, what is told aloud."""
    body = re.sub(r"<script>.*?</script>", "", page.partition("<body")[2], flags=re.DOTALL)
    aloud = re.findall(r' (?:alt|aria-label|data-missing)="([^"]*)"', body)
    return html.unescape(" ".join([re.sub(r"<[^>]+>", "", body), *aloud]))


def test_the_text_holds_no_markdown_and_no_link_to_the_dashboard(made):
    told = text_of(made.files["index.html"].decode())
    assert "recipe classroom" in told and "the folder “parts”" in told
    assert not re.findall(r".{20}(?:\]\(|`|\*).{20}", told)


def test_the_edition_of_ones_own_set_speaks_of_its_classes(empty_store, tmp_path, monkeypatch):
    monkeypatch.setenv("KDENGINE_DATA_DIR", str(tmp_path))
    tiny_set.write_npz(tmp_path / "things", tiny_set.arrays())
    make_store(empty_store, dataset="things-0123456789ab")
    fake_sweeps.install(leak_table())  # of MNIST
    key = next(e.key for e in store.list_runs() if e.config.kind == "student")
    with numbers.speaking("things-0123456789ab"):
        told = text_of(handout.make(runs.experiment(key), None).files["index.html"].decode())
    assert "The student that never saw a fox" in told and "learned all ten classes" in told
    assert "Pictures: made up; CC0." in told
    first, leak = told.partition("Could it be a leak? Tried on MNIST")[::2]
    leak, rest = leak.partition("Draw your own")[::2]
    assert "1,000 threes" in leak and "fox" not in leak and rest
    assert not re.search(r"\b([Dd]igits?|threes?)\b", first + rest)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "Pictures: Little things; no source or licence was given."),
        ({"source": "made up"}, "Pictures: made up."),
        ({"licence": "CC0"}, "Pictures: CC0."),
    ],
)
def test_the_credit_says_what_the_set_gives(shown, monkeypatch, given, told):
    described = own.Description(title="Little things", **given)
    monkeypatch.setattr(numbers, "described", lambda dataset: described)
    monkeypatch.setitem(handout_page.WORDS, "credits", {})  # they are in nobody's words but its
    page = handout_page.written(handout_figures.Material(shown, None, None, None), {}, [])
    assert told in page["index.html"].decode()


def test_what_a_run_says_is_no_place_of_the_template(shown):
    hostile = "{{host}}{{body}}<b>"
    student = replace(
        shown.student,
        metrics={**shown.student.metrics, "environment": {"device": "cpu", "torch": hostile}},
    )
    material = handout_figures.Material(replace(shown, student=student), None, None, None)
    page = handout_page.written(material, {}, [])["index.html"].decode()
    assert "torch {{host}}{{body}}&lt;b&gt;." in page


def test_the_zip_holds_the_same_files(made, shown):
    with zipfile.ZipFile(io.BytesIO(handout.zip_of(made, shown.key))) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {f"{shown.key}/{name}" for name in made.files}


def test_who_cancels_and_asks_again_waits_for_the_rest_alone(made, shown, monkeypatch):
    pictures = {n: made.files[n] for n in made.files if n.endswith((".png", ".gif"))}
    todo = {
        name: handout_figures.Picture(lambda name=name: pictures[name], name, str)
        for name in pictures
    }
    monkeypatch.setattr(handout.figures, "figures", lambda made_of: todo)
    told = []

    def cancel(share, name):
        told.append((share, name))
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        handout.zip_for(shown, shown.dataset, cancel)
    assert told == [(place / len(todo), name) for place, name in enumerate([*todo][:3])]
    for name in [*todo][:2]:
        todo[name] = todo[name]._replace(draw=pytest.fail)  # nor is it drawn again
    packed = handout.zip_for(shown, shown.dataset, lambda share, name: None)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {f"{shown.key}/{name}" for name in todo} < set(archive.namelist())
    # A class that asks for it holds one, not sixty of some megabytes each.
    assert handout.zip_for(shown, shown.dataset, cancel) is packed


# What a run may lack


def left_out_by(made):
    """Return the names of what could not be made."""
    return {line.partition(":")[0] for line in made.left_out}


def test_without_pictures_the_rest_is_made(shown):
    made = handout.make(shown, None)
    assert left_out_by(made) == {"misclassified.png"}
    assert "the images of digits were not there" in made.left_out[0]
    assert PNGS - set(made.files) == {"misclassified.png"}
    assert "the images of digits were not there" in made.files["index.html"].decode()


def test_without_history_and_replay_the_rest_is_made(shown, monkeypatch):
    monkeypatch.setattr(runs, "replay", lambda key: None)
    student = replace(shown.student, metrics={**shown.student.metrics, "history": []})
    made = handout.make(replace(shown, student=student), None)
    assert left_out_by(made) == {"misclassified.png", "student-curves.png", "replay.gif"}
    assert any("no history of the student" in line for line in made.left_out)
    assert any("answers after each epoch" in line for line in made.left_out)
    assert json.loads(made.files["results.json"])["left_out"] == made.left_out


def test_a_student_that_saw_every_digit(empty_store):
    make_store(empty_store, omitted=())
    key = next(e.key for e in store.list_runs() if e.config.kind == "student")
    made = handout.make(runs.experiment(key), None)
    assert {"offset-sweep.png", "replay.gif", "called-instead.png"} <= left_out_by(made)
    assert {"class-accuracy.png", "teacher-curves.png", "soft-targets-teacher.png"} <= set(
        made.files
    )
    assert json.loads(made.files["results.json"])["offset"] is None
    assert "The student that saw every digit" in made.files["index.html"].decode()


def test_several_omitted_classes_are_reported_one_at_a_time(empty_store):
    make_store(empty_store, omitted=(3, 5))
    key = next(e.key for e in store.list_runs() if e.config.kind == "student")
    assert runs.experiment(key).omitted_class == 3
    assert runs.experiment(key, 5).omitted_class == 5


# Offsets far beyond the usual ones


def lowered(shown, by):
    """Return the experiment with a student whose logits of 3 lie *by* lower."""
    st.cache_resource.clear()  # what pages keep goes by a run's name
    shift = np.where(np.arange(10) == 3, by, 0.0).astype(np.float32)
    student = replace(
        shown.student,
        train_logits=shown.student.train_logits - shift,
        test_logits=shown.student.test_logits - shift,
    )
    return replace(shown, student=student)


@pytest.mark.parametrize("by", [45.0, 300.0])
def test_a_large_offset_leaves_nothing_out(shown, by):
    far = lowered(shown, by)
    made = handout.make(far, datasets.load("digits").test_images)
    assert made.left_out == []
    assert set(made.files) == PNGS | SCRIPTS | {f"{name}.csv" for name in CSVS} | {
        "replay.gif",
        "results.json",
        "index.html",
    }
    # Lowering every logit of 3 by a number raises the offset by that number.
    offset = offset_of(far, "frequency")
    assert offset == pytest.approx(offset_of(shown, "frequency") + by, abs=1e-3)
    rows = list(csv.DictReader(io.StringIO(made.files["offset-mass.csv"].decode())))
    offsets, masses = (np.array([float(row[name]) for row in rows]) for name in ("offset", "mass"))
    assert offsets[0] <= 0 and offset < offsets[-1]
    odds = np.exp(far.student.train_logits.astype(np.float64) + offset * np.eye(10)[3])
    mass = (odds[:, 3] / odds.sum(axis=1)).mean()
    assert np.interp(offset, offsets, masses) == pytest.approx(mass, abs=1e-6)
    script = len(made.files["parts/charts.js"]) - len(handout_page.vl_convert.javascript_bundle())
    words = len(made.files["index.html"]) + script
    assert words < 1_000_000


@pytest.mark.parametrize("by", [45.0, 300.0])
def test_a_slider_that_reaches_far_needs_few_more_rows(shown, by):
    """A browser goes through them whenever the slider moves."""
    usual, _ = handout_figures.offset_tables(handout.material(shown, None))
    far, _ = handout_figures.offset_tables(handout.material(lowered(shown, by), None))
    assert far.high - far.low > by
    assert len(far.mass) < 2 * len(usual.mass)


# What fails although nothing is lacking


def test_a_figure_that_fails_is_named_and_the_rest_is_made(shown, monkeypatch):
    def fail(*_):
        raise ValueError("the table is too long.\nTry another one.")

    monkeypatch.setattr(handout_figures, "offset_explorer", fail)
    monkeypatch.setattr(handout_figures, "softened_explorer", fail)
    made = handout.make(shown, datasets.load("digits").test_images)
    assert made.left_out == ["offset-sweep.png: the table is too long"]
    assert PNGS - set(made.files) == {"offset-sweep.png"}
    page = made.files["index.html"].decode()
    assert page.count('<p class="">Left out: the table is too long.</p>') == 2
    assert "<li>offset-sweep.png: the table is too long</li>" in page
    assert json.loads(made.files["results.json"])["left_out"] == made.left_out


# The command


def run_command(*arguments):
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "dashboard.handout", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_writes_the_files_and_leaves_nothing_else(cache, shown, tmp_path):
    done = run_command(shown.key, "--out", tmp_path / "new" / "folder")
    assert done.returncode == 0, done.stderr
    written = {path.name for path in (tmp_path / "new" / "folder").iterdir()}
    assert PNGS | {"index.html", "results.json", "replay.gif"} <= written
    assert not [name for name in written if name.startswith(".")]
    assert "index.html" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("key", ["nope", "../../etc"])
def test_what_cannot_be_a_key_is_an_unusable_argument(empty_store, tmp_path, capsys, key):
    with pytest.raises(SystemExit) as end:
        command.main([key, "--out", str(tmp_path)])
    assert end.value.code == 2
    assert "is not a run key" in capsys.readouterr().err


def test_an_unknown_run_is_named_with_what_to_do(empty_store, tmp_path, capsys):
    key = "student-digits-omit3-seed0-00000000"
    assert command.main([key, "--out", str(tmp_path)]) == 1
    assert "python -m kdengine list" in capsys.readouterr().err
    assert not any(path.name == "index.html" for path in tmp_path.rglob("*"))


def test_a_teachers_run_is_refused(cache, tmp_path, capsys):
    key = next(e.key for e in store.list_runs() if e.config.kind == "teacher")
    assert command.main([key, "--out", str(tmp_path)]) == 1
    assert "not a student's run" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_made(
    cache, shown, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(handout, "make", lambda *_: pytest.fail("made all the same"))
    (tmp_path / "file").write_text("")
    assert command.main([shown.key, "--out", str(tmp_path / "file")]) == 2
    assert "name another folder" in capsys.readouterr().err


def test_only_what_cannot_be_written_is_said_to_be_so(cache, shown, tmp_path, capsys, monkeypatch):
    def fail(*_):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(handout, "make", fail)
        assert command.main([shown.key, "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "error: Input/output error\n"
    monkeypatch.setattr(handout, "make", lambda *_: handout.Handout({"a.csv": b"a"}, []))
    monkeypatch.setattr(Path, "write_bytes", fail)
    assert command.main([shown.key, "--out", str(tmp_path)]) == 2
    assert "name another folder" in capsys.readouterr().err


# The folder


def contents_of(folder):
    """Return the files below a folder with their bytes."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_folder_that_holds_something_else_is_refused_and_stays_as_it_is(
    cache, shown, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(handout, "make", lambda *_: pytest.fail("made all the same"))
    (tmp_path / "thesis.txt").write_text("mine")
    assert command.main([shown.key, "--out", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "thesis.txt" in told and "name another folder" in told
    assert contents_of(tmp_path) == {"thesis.txt": b"mine"}


def test_what_was_written_before_gives_way_as_a_whole(tmp_path):
    folder = tmp_path / "site"
    handout.write(handout.Handout({"a.csv": b"a", "parts/b.js": b"b"}, []), folder)
    handout.write(handout.Handout({"a.csv": b"new"}, []), folder)
    assert contents_of(folder) == {"a.csv": b"new", "files.json": b'["a.csv", "files.json"]'}
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    (folder / "own.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="own.txt"):
        handout.write(handout.Handout({"a.csv": b"newer"}, []), folder)
    assert (folder / "a.csv").read_bytes() == b"new"


def test_links_pipes_and_empty_folders_are_something_else_too(tmp_path):
    for name, make in (
        ("empty", Path.mkdir),
        ("broken", lambda path: path.symlink_to(tmp_path / "nowhere")),
        ("away", lambda path: path.symlink_to(tmp_path, target_is_directory=True)),
        ("pipe", os.mkfifo),
    ):
        folder = tmp_path / f"of_{name}"
        handout.write(handout.Handout({"a.csv": b"a"}, []), folder)
        make(folder / name)
        with pytest.raises(FileExistsError, match=name):
            handout.check_free(folder)


def test_a_new_folder_that_cannot_take_its_place_leaves_the_old_one_there(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    handout.write(handout.Handout({"a.csv": b"a"}, []), folder)
    before, rename = contents_of(folder), Path.rename

    def fail(path, target):
        if path.name == "new":
            raise OSError(13, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="Permission"):
        handout.write(handout.Handout({"a.csv": b"new"}, []), folder)
    assert contents_of(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_who_fails_half_way_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    handout.write(handout.Handout({"a.csv": b"a"}, []), folder)
    before = contents_of(folder)
    write = Path.write_bytes

    def fail(path, content):
        if path.name == "b.csv":
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(OSError, match="No space"):
        handout.write(handout.Handout({"a.csv": b"new", "b.csv": b""}, []), folder)
    assert contents_of(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_the_command_loads_no_torch():
    code = (
        "import sys, dashboard.handout.__main__; print(*{n.partition('.')[0] for n in sys.modules})"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "vl_convert" in found
    assert "torch" not in found

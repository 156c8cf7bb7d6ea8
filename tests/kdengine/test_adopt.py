"""Networks of plain PyTorch, taken in as teachers and students, and handed out again."""

import io
import itertools
import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from kdengine import pipeline
from kdengine.cli.main import main
from kdengine.config import StudentConfig, TeacherConfig, run_key
from kdengine.data import datasets
from kdengine.nets.foreign import SCALINGS
from kdengine.recipes import plans
from kdengine.store import archive, experiments, foreign_files, run_files, runs
from kdengine.store.run_files import RunDamaged

ROOT = Path(__file__).resolve().parents[2]
TEACHER = TeacherConfig(epochs=1, dataset="digits")
INTO, OUT_OF = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs/networks.md").read_text(), re.DOTALL
)


@pytest.fixture(autouse=True)
def files_are_read_once(monkeypatch):
    """Read the same bytes but once in a process of their own, which loads torch each time."""
    monkeypatch.setattr(
        foreign_files, "read", lambda name, file: dict(read(Path(name).suffix, file.read()))
    )


@cache
def read(suffix, content, really=foreign_files.read):
    """Return what is read from a file's *content*."""
    return really(f"a{suffix}", io.BytesIO(content))


@cache
def trained(scaling="0-1", hidden=(40,), seed=0, epochs=60):
    """Train a plain network on digits; return it and its errors on the test images."""
    data, (mean, deviation) = datasets.load("digits"), SCALINGS[scaling]
    torch.manual_seed(seed)
    sizes = [784, *hidden, 10]
    layers = [nn.Linear(*pair) for pair in itertools.pairwise(sizes)]
    network = nn.Sequential(*[m for layer in layers for m in (layer, nn.ReLU())][:-1])

    def inputs(images):
        return (torch.tensor(images).flatten(1) / 255 - mean) / deviation

    images, labels = inputs(data.train_images), torch.tensor(data.train_labels)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    for _ in range(epochs):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()
    with torch.no_grad():
        said = network(inputs(data.test_images)).argmax(1).numpy()
    return network, int((said != data.test_labels).sum())


def file_of(network, change=lambda state: None):
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    change(state)
    return io.BytesIO(safetensors.torch.save({n: t.contiguous() for n, t in state.items()}))


def adopt(
    network,
    like=TEACHER,
    change=lambda state: None,
    name="my net.safetensors",
    is_upload=False,
    **options,
):
    taken = pipeline.examine(name, file_of(network, change), like, **options)
    pipeline.keep(taken, is_upload=is_upload)
    return taken


@pytest.mark.parametrize("scaling", SCALINGS)
def test_the_scaling_that_fits_is_found_and_the_errors_are_those_of_torch(scaling, empty_store):
    network, errors = trained(scaling)
    taken = adopt(network)
    assert f"scaling {scaling}," in taken.told
    stored = runs.load(run_key(taken.config))
    wrong = int((stored.test_logits.argmax(1) != stored.test_labels).sum())
    assert abs(wrong - errors) <= 1  # weights are stored in float16
    assert f"{wrong} of 597 test images wrong" in taken.told
    assert taken.config.hidden_sizes == (40,)
    assert stored.metrics["file"] == "my_net.safetensors"
    assert pipeline.verify(stored.key)["ok"]


def test_one_network_has_one_key_whatever_its_file(empty_store):
    network, _ = trained()
    key = run_key(adopt(network).config)
    written = (runs.find(key) / "metrics.json").read_bytes()
    assert run_key(adopt(network, name="other.safetensors").config) == key
    assert (runs.find(key) / "metrics.json").read_bytes() == written
    assert run_key(adopt(trained(seed=1)[0]).config) != key
    assert key != run_key(plans.experiment(dataset="digits").teacher)


def transpose(state):
    state["0.weight"] = state["0.weight"].reshape(-1, 28, 28).mT.flatten(1)


def transpose_without_biases(state):
    """Grey values 255 times larger then change no answer."""
    transpose(state)
    for name in ("0.bias", "2.bias"):
        state[name].zero_()


def invert(state):
    state["0.bias"] = state["0.bias"] + state["0.weight"].sum(1)
    state["0.weight"] = -state["0.weight"]


def reorder(state):
    for name in ("2.weight", "2.bias"):
        state[name] = state[name].roll(1, 0)


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (transpose, r"with scaling 0-1 and transposed pictures it would have \d\d% right"),
        (invert, r"0-1 and inverted pictures, black on white, it would have \d\d% right"),
        (reorder, r"0-1 and the classes in the order 1,2,3,4,5,6,7,8,9,0 it would have \d\d% r"),
        (transpose_without_biases, r"with scaling 0-1 and transposed pictures it would have"),
        (lambda state: state["2.weight"].zero_(), "it is not trained, or its hidden units are no"),
    ],
)
def test_a_network_that_answers_wrongly_is_refused_with_the_cause(change, cause, empty_store):
    network, _ = trained()
    with pytest.raises(ValueError, match=cause) as refused:
        adopt(network, change=change)
    assert str(refused.value).startswith("'my net.safetensors' was not taken: with scaling")
    assert "--accept" in str(refused.value)
    assert runs.list_runs() == []
    assert adopt(network, change=change, accept=True).config.source
    assert len(runs.list_runs()) == 1


def test_a_scaling_that_was_named_is_kept_and_a_better_one_told(empty_store):
    network, _ = trained("mean-deviation")
    taken = adopt(network, scaling="0-255", accept=True)
    assert "scaling 0-255 (scaling mean-deviation fits better)" in taken.told
    with pytest.raises(ValueError, match="'0-2' is not one of 0-1, mean-deviation"):
        adopt(network, scaling="0-2")


def test_logits_that_pages_cannot_show_are_refused(empty_store):
    def shout(state):
        state["2.weight"] *= 3000

    with pytest.raises(ValueError, match=r"its logits reach [\d,]+, and ±3,000 are allowed"):
        adopt(trained()[0], change=shout, accept=True)
    with pytest.raises(ValueError, match=r"hidden_sizes=10001 is outside 1 to 10000"):
        adopt(nn.Sequential(nn.Linear(784, 10001), nn.ReLU(), nn.Linear(10001, 10)))
    assert runs.list_runs() == []


def test_a_student_learns_from_it_as_from_any_teacher(empty_store, tmp_path, capsys):
    network, errors = trained()
    torch.save(network.state_dict(), tmp_path / "teacher.pt")
    command = ["run", "--dataset", "digits", "--student-epochs", "30"]
    command += ["--teacher-file", str(tmp_path / "teacher.pt")]
    for again in ([], ["--fresh"]):  # a network from a file is not trained anew
        assert main([*command, *again, "--json", str(tmp_path / "out.json")]) == 0
    result = json.loads((tmp_path / "out.json").read_text())
    assert abs(result["teacher"]["errors"] - errors) <= 1
    assert result["student_after"]["accuracy"] > 0.8
    student = experiments.find(result["run_keys"]["student"]).student
    assert "own teacher, teacher.pt: layers 784-40-10, scaling 0-1" in capsys.readouterr().out
    assert student.config.teacher == result["run_keys"]["teacher"]
    assert main(["list"]) == 0
    assert "teacher.pt" in capsys.readouterr().out
    assert main(["prune", student.config.teacher]) == 1
    told = capsys.readouterr().err
    assert f"of {student.key}, which need" in told and "only --teacher-file brings it back" in told
    # It goes elsewhere and comes back, unless it is another network by then.
    target = tmp_path / "all.zip"
    assert main(["export", student.key, str(target)]) == 0
    for run in runs.list_runs():
        runs.delete(run.key)
    images = datasets.load("digits")
    came = archive.import_runs(target, lambda _, name: getattr(images, name))
    assert [run.outcome for run in came] == ["stored", "stored"]


def test_a_run_whose_weights_are_not_its_sources_is_no_import(empty_store, tmp_path):
    key = run_key(adopt(trained()[0]).config)
    folder = runs.find(key)
    weights = {name: array.copy() for name, array in run_files.read_weights(folder, key).items()}
    weights["layers.2.bias"] += 0.0005  # still the same answers, within what is allowed
    stored, metrics = runs.load(key), json.loads((folder / "metrics.json").read_text())
    logits = {name: getattr(stored, name) for name in run_files.LOGITS_NAMES}
    runs.save(stored.config, metrics, weights=weights, logits=logits)
    archive.export_runs([key], tmp_path / "forged.zip")
    runs.delete(key)
    (came,) = archive.import_runs(tmp_path / "forged.zip")
    assert came.outcome == "skipped" and "not of the network that it came from" in came.why


def test_a_student_from_a_file_is_an_experiment(empty_store, tmp_path, capsys):
    network, errors = trained(seed=2)
    torch.save(network.state_dict(), tmp_path / "student.pth")
    command = ["run", "--dataset", "digits", "--teacher-epochs", "5", "--omit", "3,5"]
    assert main([*command, "--student-file", str(tmp_path / "student.pth")]) == 0
    (entry,) = [e for e in runs.list_runs() if isinstance(e.config, StudentConfig)]
    shown = experiments.find(entry.key)
    assert shown.omitted_classes == (3, 5) and shown.baseline is None
    assert runs.load_replay(entry.key) is None
    wrong = int((shown.student.test_logits.argmax(1) != shown.student.test_labels).sum())
    assert abs(wrong - errors) <= 1


def test_a_student_is_asked_only_about_digits_that_it_is_said_to_know(empty_store):
    def forget(state):
        state["2.bias"][:6] -= 90

    network, _ = trained()
    few = StudentConfig(
        epochs=1, dataset="digits", teacher=run_key(TEACHER), omitted_classes=(0, 1, 2, 3, 4, 5)
    )
    with pytest.raises(ValueError, match="test images right, and 50% are asked for"):
        adopt(network, change=forget, scaling="0-1")
    assert adopt(network, few, forget, scaling="0-1").config.omitted_classes == (0, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (["--accept"], "go with --teacher-file", 2),
        (["--student-file", "a.pt", "--baseline"], "leave one of them out", 2),
        (["--teacher-file", "nowhere.pt"], "nowhere.pt is no file; give one that holds", 2),
        (["--teacher-file", "/dev/zero"], "/dev/zero is no file", 2),
        (["--teacher-file", __file__, "--scaling", "0-2"], "'0-2' is not one of 0-1, mean", 2),
        (["--teacher-file", __file__, "--teacher-epochs", "7"], "leave one of them out", 2),
        (["--student-file", __file__, "--student-epochs", "9"], "leave one of them out", 2),
        (["--teacher-file", __file__, "--student-file", __file__, "--fresh"], "leave it out", 2),
        (["--teacher-file", __file__], "'test_adopt.py' was not taken: it is a '.py'", 1),
    ],
)
def test_what_cannot_be_done_is_said(arguments, message, code, empty_store, capsys):
    assert main(["run", "--dataset", "digits", *arguments]) == code
    assert message in capsys.readouterr().err
    assert runs.list_runs() == []


@pytest.mark.parametrize(("student", "code"), [("nope.npz", 2), ("wrong.npz", 1)])
def test_a_teacher_whose_student_is_refused_is_not_stored(
    student, code, empty_store, tmp_path, capsys
):
    torch.save(trained()[0].state_dict(), tmp_path / "ok.pt")
    np.savez(tmp_path / "wrong.npz", a=np.zeros((3, 3)))
    command = ["run", "--dataset", "digits", "--teacher-file", str(tmp_path / "ok.pt")]
    assert main([*command, "--student-file", str(tmp_path / student)]) == code
    assert student in capsys.readouterr().err
    assert runs.list_runs() == []


def test_both_networks_may_come_from_files(empty_store, tmp_path, capsys):
    command = ["run", "--dataset", "digits"]
    for seed, role in enumerate(("teacher", "student")):
        torch.save(trained(seed=seed)[0].state_dict(), tmp_path / f"{role}.pt")
        command += [f"--{role}-file", str(tmp_path / f"{role}.pt")]
    assert main(command) == 0
    teacher, student = capsys.readouterr().out.splitlines()[:2]
    assert teacher.startswith("own teacher, t") and student.startswith("own student, s")
    configs = {entry.config.kind: entry.config for entry in runs.list_runs()}
    assert configs["student"].teacher == run_key(configs["teacher"])


def test_a_lost_network_is_not_trained_in_its_place(empty_store):
    plan = plans.experiment(dataset="digits", teacher=adopt(trained()[0]).config)
    runs.delete(run_key(plan.teacher))
    with pytest.raises(ValueError, match="came from a file, and cannot be trained; load that file"):
        pipeline.run(plan)


def test_an_upload_counts(empty_store, monkeypatch):
    adopt(trained()[0], is_upload=True)
    monkeypatch.setattr(archive, "MOST_UPLOADED_RUNS", 1)
    with pytest.raises(RunDamaged, match="uploads may store 1 runs"):
        adopt(trained(seed=1)[0], is_upload=True)
    assert len(runs.list_runs()) == 1


# Out again


def plain(weights):
    """Return the Sequential that has such weights, by their shapes alone."""
    matrices = [weights[name] for name in weights if name.endswith("weight")]
    layers = [nn.Linear(matrix.shape[1], matrix.shape[0]) for matrix in matrices]
    network = nn.Sequential(*[m for layer in layers for m in (layer, nn.ReLU())][:-1])
    network.load_state_dict(weights)
    return network


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
@pytest.mark.parametrize("scaling", ["0-1", "mean-deviation"])
def test_a_network_goes_out_as_a_plain_sequential(suffix, scaling, empty_store, tmp_path, capsys):
    key = run_key(adopt(trained(scaling)[0]).config)
    target = tmp_path / f"out{suffix}"
    assert main(["export", key, str(target)]) == 0
    assert f"the weights of {key}" in capsys.readouterr().out
    if suffix == ".pt":
        weights = torch.load(target, weights_only=True)
    else:
        weights = safetensors.torch.load_file(target)
    images = torch.tensor(datasets.load("digits").test_images)
    with torch.no_grad():
        again = plain(weights)(images.flatten(1) / 255).numpy()
    assert np.abs(again - runs.load(key).test_logits).max() < 1e-3
    assert f"-{run_key(TEACHER)[-8:]}" not in key


def test_what_no_plain_sequential_can_be_is_refused(empty_store, tmp_path):
    config = TeacherConfig(epochs=1, dataset="digits", hidden_sizes=(5,), members=2)
    pipeline.train_missing(config, recipe="classroom")
    with pytest.raises(ValueError, match="several members, which no plain nn.Sequential"):
        archive.export_network(run_key(config), tmp_path / "out.pt")
    assert not (tmp_path / "out.pt").exists()


SHIPPED = sorted(path.name for path in (ROOT / "cache/shipped").glob("student-mnist-*"))


@pytest.mark.mnist
@pytest.mark.parametrize("key", SHIPPED)
def test_the_shipped_student_makes_its_errors_in_the_documents_lines(
    key, mnist, tmp_path, monkeypatch
):
    """Exactly those of its metrics.json, in lines that know nothing of this project."""
    monkeypatch.setenv("KDENGINE_CACHE_DIR", str(ROOT / "cache"))
    monkeypatch.chdir(tmp_path)
    archive.export_network(key, Path("student.safetensors"))
    names = {"images": torch.tensor(mnist.test_images)}
    exec(OUT_OF, names)
    metrics = json.loads((ROOT / "cache/shipped" / key / "metrics.json").read_text())
    wrong = int((names["answers"].numpy() != mnist.test_labels).sum())
    assert wrong == 10_000 - int(np.trace(metrics["confusion"]))


def test_the_documents_ten_lines_make_a_teacher(empty_store, tmp_path, monkeypatch):
    data = datasets.load("digits")
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    names = {"images": torch.tensor(data.train_images), "labels": torch.tensor(data.train_labels)}
    exec(INTO, {**names, "epochs": 5})
    assert len(INTO.strip().splitlines()) <= 11 and len(OUT_OF.strip().splitlines()) <= 11
    with Path("teacher.pt").open("rb") as file:
        taken = pipeline.examine("teacher.pt", file, TEACHER)
    assert taken.config.hidden_sizes == (256,)

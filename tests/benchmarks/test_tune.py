"""The tuning tool on digits, a few steps: its split, its changes, its figures."""

import numpy as np
import pytest
import torch

from benchmarks import tune
from kdengine.config import StudentConfig, TeacherConfig
from kdengine.data import datasets
from kdengine.training import fit

QUICK = ["hidden_sizes=[16]", "epochs=2", "minimum_steps=0", "batch_size=64"]


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Networks this small are slower with two threads, and much slower on a busy machine."""
    usual = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(usual)


def test_the_last_sixth_of_the_training_images_is_held_out_and_no_test_image_is_there():
    data = datasets.load("digits")
    parts = tune.held_out(data)
    assert len(parts.train_labels) == len(parts.train_images) == 1000
    assert len(parts.test_labels) == 200
    for kind in ("images", "labels"):
        both = [getattr(parts, f"{part}_{kind}") for part in ("train", "test")]
        np.testing.assert_array_equal(np.concatenate(both), getattr(data, f"train_{kind}"))


def test_digits_are_tuned_without_their_test_images(monkeypatch, capsys):
    seen = []
    real = fit.fit

    def spy(network, config, **given):
        seen.append((config, given))
        return real(network, config, **given)

    monkeypatch.setattr(fit, "fit", spy)
    changes = ["--teacher", *QUICK, "--student", *QUICK, "temperature=4"]
    assert tune.main(["--dataset", "digits", "--seeds", "10-11", *changes]) == 0
    printed = capsys.readouterr().out
    assert "learns from 1,000 training images, counts errors on the last 200" in printed
    assert "mean ± standard deviation over 2 seeds" in printed
    for name in ("teacher", "no offset", *tune.LABEL_FREE):
        assert f"\n{name} " in printed
    assert "test-optimal" not in printed
    assert [config.seed for config, _ in seen] == [10, 10, 11, 11]
    teacher, student = seen[0], seen[1]
    assert teacher[0].hidden_sizes == student[0].hidden_sizes == (16,)
    assert student[0].temperature == 4.0
    assert len(teacher[1]["labels"]) == 1000
    assert 3 in teacher[1]["labels"]
    assert 3 not in student[1]["labels"]
    np.testing.assert_array_equal(
        student[1]["test_images"], datasets.load("digits").train_images[1000:]
    )


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        (["jitter_pixels=0", "rotation_degrees=10"], 900),
        (["transfer_size=70"], 70),
        (['selection="top-tenth"'], 90),
    ],
    ids=["rotation without shift", "transfer size", "selection"],
)
def test_every_setting_of_a_student_counts(monkeypatch, changed, shown):
    """About 900 of 1,000 digits are no threes; whoever turns them needs the teacher itself."""
    seen = []
    real = fit.fit
    monkeypatch.setattr(fit, "fit", lambda n, c, **g: seen.append(g) or real(n, c, **g))
    student = ["--student", *QUICK, *changed]
    assert tune.main(["--dataset", "digits", "--seeds", "10", "--teacher", *QUICK, *student]) == 0
    assert len(seen[1]["labels"]) == pytest.approx(shown, abs=5)


def test_a_student_that_saw_all_gets_no_offset_and_one_without_two_gets_two():
    assert tune.served(0) == ()
    assert tune.served(1) == ("frequency", "predicted-share", "teacher-mass", "teacher-agreement")
    assert tune.served(2) == ("frequency", "teacher-mass")


def test_values_are_json_or_text():
    found = tune.changes(
        StudentConfig,
        ["epochs=9", "hidden_sizes=[30,30]", "optimizer=adamw", 'schedule="constant"'],
    )
    assert found == {
        "epochs": 9,
        "hidden_sizes": [30, 30],
        "optimizer": "adamw",
        "schedule": "constant",
    }


@pytest.mark.parametrize("assignment", ["epoch=9", "epochs", "seed=3", "teacher=x", "=1"])
def test_unknown_fields_are_refused_with_the_known_ones(assignment):
    with pytest.raises(ValueError, match="FIELD=VALUE with a field of epochs, hidden_sizes"):
        tune.changes(StudentConfig, [assignment])
    with pytest.raises(ValueError, match="sets no field of a teacher"):
        tune.changes(TeacherConfig, ["temperature=4"])


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--teacher", "temperature=4"], "sets no field of a teacher"),
        (["--student", "dropout=3"], "dropout"),
        (["--recipe", "nope"], "the recipes are"),
    ],
)
def test_unusable_arguments_end_before_any_training(flags, message, capsys):
    with pytest.raises(SystemExit) as end:
        tune.main(["--dataset", "digits", *flags])
    assert end.value.code == 2
    assert message in capsys.readouterr().err

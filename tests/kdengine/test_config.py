"""Every field's limits, the run key, and configurations as JSON."""

import hashlib
import json
from dataclasses import dataclass, fields, replace

import numpy as np
import pytest

from kdengine.config import (
    BaselineConfig,
    StudentConfig,
    TeacherConfig,
    check_key,
    check_omitted,
    distorted_sets,
    from_dict,
    on_hard_labels,
    other_classes,
    run_key,
    to_dict,
)

TEACHER = TeacherConfig(epochs=6)
STUDENT = StudentConfig(epochs=10, teacher="teacher-mnist-all-seed0-5d05a209")
BASELINE = BaselineConfig(epochs=10)
KINDS = (TEACHER, STUDENT, BASELINE)
HUGE = 10**400  # a whole number that no float can hold

NOT_WHOLE = [True, 1.0, "banana", None, float("nan"), [1], np.int64(3)]
NOT_FINITE = [True, "banana", None, float("nan"), float("inf"), -float("inf"), [1.0], HUGE]
WRONG = {
    "epochs": [0, -1, 10_001, HUGE, *NOT_WHOLE],
    "seed": [-1, 2**31, HUGE, *NOT_WHOLE],
    "batch_size": [0, -5, 100_001, *NOT_WHOLE],
    "minimum_steps": [-1, 1_000_001, *NOT_WHOLE],
    "jitter_pixels": [-1, 5, *NOT_WHOLE],
    "learning_rate": [0, 0.0, -1e-3, 10.5, *NOT_FINITE],
    "weight_decay": [-0.1, 11.0, *NOT_FINITE],
    "dropout": [-0.1, 1.0, 0.96, *NOT_FINITE],
    "beta2": [0.4, 1.0, *NOT_FINITE],
    "rotation_degrees": [-1.0, 46.0, *NOT_FINITE],
    "shear_degrees": [-1.0, 46.0, *NOT_FINITE],
    "scale_share": [-0.1, 0.6, *NOT_FINITE],
    "dataset": ["cifar", "", "MNIST", None, 3, ["mnist"]],
    "schedule": ["banana", None, 1],
    "column_shift_share": [-0.1, 0.26, *NOT_FINITE],
    "frozen_distortions": [1, 0, "yes", None],
    "distortion_epochs": [0, 10_001, *NOT_WHOLE],
    "elastic_pixels": [-0.1, 4.1, *NOT_FINITE],
    "margin_pixels": [-1, 11, *NOT_WHOLE],
    "shuffled": [1, 0, "yes", None],
    "normalised": [1, 0, "yes", None],
    "max_norm": [-1.0, 1001.0, *NOT_FINITE],
    "source": ["teacher.pt", "0123456789ABCDEF", "0" * 15, 3, None],
    "initial_bias": [-101.0, 101.0, *NOT_FINITE],
    "optimizer": ["banana", None],
    "initialisation": ["zeros", None],
    "hidden_sizes": [0, (0,), (-1,), (10_001,), (HUGE,), (5,) * 9, (2.0,), (True,), "800", None],
}
WRONG_FOR_STUDENTS = {
    "temperature": [0, 0.0, -1.0, 1000.5, *NOT_FINITE],
    "soft_weight": [-0.1, 1001.0, *NOT_FINITE],
    "hard_weight": [-0.1, 1001.0, *NOT_FINITE],
    "scale_soft_by_t2": [1, 0, "yes", None],
    "teacher": ["", None, 3, "../../etc", "teacher-mnist-all-seed0", "teacher"],
    "transfer_size": [-1, 60_001, HUGE, *NOT_WHOLE],
    "target_temperature": [-1.0, 1000.5, *NOT_FINITE],
    "selection": ["banana", "", None, 1],
    "target_change": ["banana", "", None, 1],
}
WRONG_FOR_TEACHERS = {
    "label_smoothing": [-0.1, 0.6, *NOT_FINITE],
    "members": [0, 11, -1, HUGE, *NOT_WHOLE],
    "architecture": ["banana", "CNN", "", None, 1],
}
WRONG_CLASSES = [10, (10,), (-1,), (3, 10), "3", (True,), (3.0,), None, (HUGE,)]


def refusal(config, name, value) -> str:
    """Return why *config* cannot hold *value* in the field *name*; nothing if it can."""
    try:
        replace(config, **{name: value})
    except ValueError as error:
        return str(error)
    return ""


def accepted(configs, wrong, expected=None) -> list:
    """Return which wrong values some of *configs* take, or refuse without *expected*'s words."""
    return [
        (config.kind, name, str(value)[:20])
        for config in configs
        for name, values in wrong.items()
        for value in values
        if (expected or {}).get(name, name) not in refusal(config, name, value)
    ]


def test_every_field_has_wrong_values_here():
    classes = {"omitted_classes", "initial_bias_classes"}
    checked_here = {field.name for field in fields(StudentConfig)} - classes
    assert checked_here == set(WRONG) | set(WRONG_FOR_STUDENTS)
    checked_here = {field.name for field in fields(TeacherConfig)} - classes
    assert checked_here == set(WRONG) | set(WRONG_FOR_TEACHERS)


def test_wrong_values_are_refused_by_the_fields_name():
    assert accepted(KINDS, WRONG) == []
    assert accepted([STUDENT], WRONG_FOR_STUDENTS, {"teacher": " is not a "}) == []
    assert accepted([TEACHER], WRONG_FOR_TEACHERS) == []
    # The check can fail: both of these are allowed.
    assert accepted([TEACHER], {"epochs": [0, 5], "seed": [7]}) == [
        ("teacher", "epochs", "5"),
        ("teacher", "seed", "7"),
    ]


@pytest.mark.parametrize("name", ["omitted_classes", "initial_bias_classes"])
def test_impossible_classes_are_refused_by_the_fields_name(name):
    reasons = [refusal(config, name, value) for config in KINDS for value in WRONG_CLASSES]
    assert all(name in reason for reason in reasons)
    assert all(
        "outside 0 to 9" in reason or "list of whole numbers" in reason for reason in reasons
    )


def test_all_ten_classes_may_be_biased_but_not_omitted():
    everything = tuple(range(10))
    biased = replace(STUDENT, initial_bias=3.5, initial_bias_classes=everything[::-1])
    assert biased.initial_bias_classes == everything
    for config in KINDS:
        assert "all ten classes are omitted" in refusal(config, "omitted_classes", everything)


@pytest.mark.parametrize(
    "changed", [{"selection": "top-tenth"}, {"target_change": "omitted-removed"}]
)
def test_what_goes_by_the_omitted_classes_needs_one(changed):
    assert replace(STUDENT, **changed).omitted_classes == (3,)
    with pytest.raises(ValueError, match="none is omitted; omit one"):
        replace(STUDENT, **changed, omitted_classes=())


def test_a_transfer_set_is_no_larger_than_the_dataset():
    assert replace(STUDENT, transfer_size=60_000).transfer_size == 60_000
    digits = replace(STUDENT, dataset="digits", teacher="teacher-digits-all-seed0-5d05a209")
    with pytest.raises(ValueError, match="transfer_size=1201 is outside 0 to 1200"):
        replace(digits, transfer_size=1201)


@pytest.mark.parametrize(
    "other",
    [
        {"jitter_pixels": 1},
        {"rotation_degrees": 5.0},
        {"shear_degrees": 5.0},
        {"scale_share": 0.1},
        {"elastic_pixels": 1.0},
    ],
)
def test_sideways_shifts_go_with_no_other_distortion(other):
    assert replace(STUDENT, **other)
    with pytest.raises(ValueError, match="goes with no other distortion; set jitter_pixels"):
        replace(STUDENT, column_shift_share=0.07, **other)


def test_images_are_frozen_or_come_in_sets_but_not_both():
    assert distorted_sets(replace(STUDENT, frozen_distortions=True), 12) == 1
    assert distorted_sets(replace(STUDENT, distortion_epochs=3), 12) == 4
    assert distorted_sets(replace(STUDENT, distortion_epochs=3), 13) == 5
    assert distorted_sets(replace(STUDENT, distortion_epochs=4), 3) == 1
    assert distorted_sets(STUDENT, 12) == 12
    with pytest.raises(ValueError, match="distortion_epochs=4 anew; set one of the two"):
        replace(STUDENT, frozen_distortions=True, distortion_epochs=4)


def test_a_convolution_looks_at_whole_images():
    with pytest.raises(ValueError, match="margin_pixels=2 goes with architecture 'mlp' alone"):
        TeacherConfig(epochs=1, architecture="cnn", margin_pixels=2)


def test_a_message_says_what_was_given_and_what_is_allowed():
    with pytest.raises(ValueError, match=r"epochs=0 is outside 1 to 10000; choose one inside"):
        replace(STUDENT, epochs=0)
    with pytest.raises(ValueError, match=r"'cifar' is not one of mnist, digits"):
        replace(STUDENT, dataset="cifar")
    with pytest.raises(
        ValueError, match=r"temperature=0.0 is outside 0 to 1000, 0 excluded; choose"
    ):
        replace(STUDENT, temperature=0)
    with pytest.raises(ValueError, match=r"omitted_classes=10 is outside 0 to 9; choose"):
        check_omitted((10,))
    with pytest.raises(ValueError, match="all ten classes are omitted"):
        check_omitted(tuple(range(10)))


def test_messages_stay_readable_for_enormous_values():
    with pytest.raises(ValueError, match="seed=1000") as caught:
        replace(STUDENT, seed=HUGE)
    assert len(str(caught.value)) < 200


def test_two_weights_of_zero_are_refused_and_one_is_not():
    with pytest.raises(ValueError, match="set one above 0"):
        replace(STUDENT, soft_weight=0.0)
    assert replace(STUDENT, soft_weight=0.0, hard_weight=1.0).hard_weight == 1.0


def test_the_limits_themselves_are_allowed():
    allowed = {
        "epochs": (1, 10_000),
        "hidden_sizes": ((), (1,) * 8, (10_000,)),
        "dropout": (0.0, 0.95),
        "jitter_pixels": (0, 4),
        "beta2": (0.5,),
        "temperature": (1000,),
        "omitted_classes": ((), tuple(range(9))),
    }
    assert [
        (name, value)
        for name, values in allowed.items()
        for value in values
        if refusal(STUDENT, name, value)
    ] == []


def test_values_are_normalised():
    changed = replace(STUDENT, hidden_sizes=[30], omitted_classes=[9, 3, 9], temperature=4)
    assert changed.hidden_sizes == (30,)
    assert changed.omitted_classes == (3, 9)
    assert type(changed.temperature) is float


CLASSROOM = StudentConfig(
    teacher="teacher-mnist-all-seed0-5d05a209",
    epochs=10,
    hidden_sizes=(800, 800),
    dataset="mnist",
    seed=0,
    batch_size=256,
    learning_rate=2e-3,
    schedule="one_cycle",
    optimizer="adam",
    weight_decay=0.0,
    dropout=0.0,
    jitter_pixels=0,
    initialisation="pytorch",
    minimum_steps=600,
    omitted_classes=(3,),
    temperature=20.0,
    soft_weight=1.0,
    hard_weight=0.0,
    scale_soft_by_t2=True,
)


def test_the_key_of_a_configuration_never_changes():
    """Written down once: whoever changes the key's making loses every stored run."""
    assert run_key(CLASSROOM) == "student-mnist-omit3-seed0-49a7d71d"
    assert run_key(TeacherConfig(epochs=6, seed=4)) == "teacher-mnist-all-seed4-57219672"
    assert (
        run_key(BaselineConfig(epochs=10, dataset="digits", omitted_classes=(3, 5)))
        == "baseline-digits-omit35-seed0-61ae914d"
    )


def test_the_keys_hash_is_that_of_the_fields_off_their_defaults():
    distinct = {
        "kind": "student",
        "epochs": 10,
        "teacher": "teacher-mnist-all-seed0-5d05a209",
        "batch_size": 256,
        "learning_rate": 0.002,
        "schedule": "one_cycle",
        "minimum_steps": 600,
    }
    text = json.dumps(distinct, sort_keys=True)
    assert run_key(CLASSROOM).endswith("-" + hashlib.sha256(text.encode()).hexdigest()[:8])


def test_a_field_added_later_changes_no_old_key():
    @dataclass(frozen=True, kw_only=True)
    class LaterStudent(StudentConfig):
        label_noise: float = 0.0

    values = {field.name: getattr(CLASSROOM, field.name) for field in fields(CLASSROOM)}
    assert run_key(LaterStudent(**values)) == run_key(CLASSROOM)
    assert run_key(LaterStudent(**values, label_noise=15.0)) != run_key(CLASSROOM)


OTHERS = {
    "epochs": 11,
    "hidden_sizes": (800,),
    "seed": 1,
    "batch_size": 128,
    "learning_rate": 1e-3,
    "schedule": "constant",
    "optimizer": "adamw",
    "weight_decay": 0.1,
    "dropout": 0.1,
    "jitter_pixels": 1,
    "initialisation": "he",
    "minimum_steps": 0,
    "beta2": 0.95,
    "rotation_degrees": 5.0,
    "shear_degrees": 5.0,
    "scale_share": 0.1,
    "column_shift_share": 0.1,
    "frozen_distortions": True,
    "distortion_epochs": 2,
    "elastic_pixels": 1.0,
    "margin_pixels": 2,
    "shuffled": False,
    "normalised": True,
    "max_norm": 15.0,
    "source": "0123456789abcdef",
    "initial_bias_classes": (3,),
    "omitted_classes": (3, 5),
    "temperature": 4.0,
    "target_temperature": 3.0,
    "soft_weight": 0.5,
    "hard_weight": 0.5,
    "scale_soft_by_t2": False,
    "transfer_size": 1000,
    "selection": "top-tenth",
    "target_change": "shuffled-in-class",
    "teacher": "teacher-mnist-all-seed0-00000000",
}
TEACHERS_OTHERS = {"label_smoothing": 0.1, "architecture": "cnn", "members": 5}


def test_every_field_changes_the_key():
    """A bias of no class cannot be had, nor another dataset with this one's teacher."""
    keys = [run_key(replace(CLASSROOM, **{name: value})) for name, value in OTHERS.items()]
    digits = {"dataset": "digits", "teacher": "teacher-digits-all-seed0-5d05a209"}
    keys.append(run_key(replace(CLASSROOM, **digits)))
    biased = replace(CLASSROOM, initial_bias_classes=(3,))
    keys += [run_key(CLASSROOM), run_key(replace(biased, initial_bias=1.0))]
    assert len(set(keys)) == len(keys)
    named = {*OTHERS, "dataset", "initial_bias"}
    assert named == {field.name for field in fields(StudentConfig)}
    teachers = [replace(TEACHER, **{name: v}) for name, v in TEACHERS_OTHERS.items()]
    assert len({run_key(config) for config in (TEACHER, *teachers)}) == 4
    assert named | set(TEACHERS_OTHERS) >= {field.name for field in fields(TeacherConfig)}


def test_equal_settings_written_differently_have_one_key():
    again = replace(CLASSROOM, temperature=20, hidden_sizes=[800, 800], omitted_classes=[3, 3])
    assert run_key(again) == run_key(CLASSROOM)


@pytest.mark.parametrize(
    ("omitted", "name"),
    [((), "all"), ((3,), "omit3"), ((5, 3), "omit35"), ((0, 1, 2, 3, 4), "omit01234")]
    + [((0, 1, 2, 3, 4, 5, 6, 9), "keep78"), ((0, 1, 2, 3, 4, 5), "keep6789")],
)
def test_the_key_names_what_is_left_out(omitted, name):
    assert run_key(replace(STUDENT, omitted_classes=omitted)).split("-")[2] == name


@pytest.mark.parametrize("config", [*KINDS, CLASSROOM])
def test_a_configuration_survives_json(config):
    record = json.loads(json.dumps(to_dict(config), allow_nan=False))
    assert record["format"] == 1
    assert from_dict(record) == config
    assert type(from_dict(record)) is type(config)


def test_missing_fields_take_their_defaults():
    """So that a run stored before a field existed can still be read."""
    record = {"format": 1, "kind": "teacher", "epochs": 6}
    assert from_dict(record) == TEACHER


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"format": 2}, "update the project"),
        ({"format": 0}, "not known"),
        ({"format": "1"}, "not known"),
        ({"format": True}, "not known"),
        ({"format": 1.0}, "not known"),
        ({"format": None}, "not known"),
        ({"kind": "ensemble"}, "teacher, student, baseline"),
        ({"kind": None}, "teacher, student, baseline"),
        ({"kind": ["student"]}, "teacher, student, baseline"),
        ({"kind": {}}, "teacher, student, baseline"),
        ({"label_noise": 15.0}, "unexpected keyword argument 'label_noise'"),
        ({"epochs": 0}, "epochs"),
        ({"temperature": HUGE}, "temperature"),
        ({"hidden_sizes": [HUGE]}, "hidden_sizes"),
        ({"omitted_classes": {"3": 1}}, "whole number"),
        ({"teacher": "../../etc"}, "is not a run key"),
    ],
)
def test_a_damaged_record_is_refused(damage, message):
    with pytest.raises(ValueError, match=message):
        from_dict({**to_dict(STUDENT), **damage})


@pytest.mark.parametrize("missing", ["format", "kind", "epochs", "teacher"])
def test_an_incomplete_record_is_refused(missing):
    record = to_dict(STUDENT)
    del record[missing]
    with pytest.raises(ValueError, match="is not known|missing 1 required"):
        from_dict(record)


@pytest.mark.parametrize("record", [None, [], "student", 3, [["format", 1]]])
def test_a_record_that_is_no_object_is_refused(record):
    with pytest.raises(ValueError, match="JSON object"):
        from_dict(record)


NO_KEYS = (
    "../../etc",
    "..",
    "",
    "/etc/passwd",
    "student-mnist-omit3-seed0-../../x",
    "student-mnist-omit3-seed0",
    "student-mnist-omit3-seed0-abc-def",
    "student-cifar-omit3-seed0-49a7d71d",
    "pupil-mnist-omit3-seed0-49a7d71d",
    "student-mnist-omit3-seed0-49a7d71d\n",
    "student-mnist-omit3-seed0-49a7d71d\x00",
    "student-mnist-omit3-seed0-",
    "student-mnist-omit3-seed0-४९",
    "student-mnist-omit3-seed0-" + "a" * 100,
    "student\\mnist",
    None,
    3,
    ["student"],
    b"student-mnist-omit3-seed0-49a7d71d",
)


def test_what_is_no_key_is_refused():
    for key in NO_KEYS:
        with pytest.raises(ValueError, match="python -m kdengine list") as refused:
            check_key(key)
        assert repr(str(key)[:60]) in str(refused.value)


@pytest.mark.parametrize("config", KINDS, ids=lambda config: config.kind)
@pytest.mark.parametrize("omitted", [(), (3,), (0, 1, 2, 3, 4, 5, 6, 9)])
def test_every_key_made_is_a_key(config, omitted):
    if config is not TEACHER:
        config = replace(config, omitted_classes=omitted)
    key = run_key(replace(config, seed=2**31 - 100))
    assert check_key(key) == key


def test_the_baseline_differs_in_nothing_but_its_labels():
    student = replace(CLASSROOM, omitted_classes=(3, 5), dropout=0.2, seed=7)
    baseline = on_hard_labels(student)
    ours, theirs = to_dict(student), to_dict(baseline)
    for name in theirs.keys() - {"kind"}:
        assert theirs[name] == ours[name], name
    loss = {"teacher", "temperature", "target_temperature", "soft_weight", "hard_weight"}
    loss |= {"scale_soft_by_t2"}
    changes = {"transfer_size", "selection", "target_change"}
    assert ours.keys() - theirs.keys() == loss | changes


def test_a_teacher_omits_nothing_unless_it_is_told_to():
    assert TEACHER.omitted_classes == ()
    blind = replace(TEACHER, omitted_classes=[3])
    assert blind.omitted_classes == (3,)
    assert run_key(blind).startswith("teacher-mnist-omit3-")
    assert replace(STUDENT, omitted_classes=(5, 3)).omitted_classes == (3, 5)


def test_configurations_cannot_be_changed():
    with pytest.raises(AttributeError):
        STUDENT.epochs = 3


def test_other_classes():
    assert other_classes((3,)) == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert other_classes((), 3) == [0, 1, 2]


def test_an_initial_bias_names_its_classes():
    with pytest.raises(ValueError, match="is given to no class; name some in"):
        TeacherConfig(epochs=1, initial_bias=3.5)
    TeacherConfig(epochs=1, initial_bias=3.5, initial_bias_classes=(3,))


@pytest.mark.parametrize(
    "key",
    [
        "student-mnist-omit3-seed0-00000000",
        "baseline-mnist-omit3-seed0-00000000",
        "teacher-digits-all-seed0-00000000",
    ],
)
def test_a_student_of_no_teacher_of_its_dataset_is_refused(key):
    with pytest.raises(ValueError, match="whose key starts with teacher-mnist-"):
        replace(STUDENT, teacher=key)
    record = {**to_dict(STUDENT), "teacher": key}
    with pytest.raises(ValueError, match="whose key starts with teacher-mnist-"):
        from_dict(record)

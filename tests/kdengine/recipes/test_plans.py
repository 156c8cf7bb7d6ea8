"""The recipes against what their sources state, written down here a second time."""

import json
from dataclasses import replace

import pytest

from kdengine.config import planned_epochs, run_key
from kdengine.offsets.rule import OffsetRule
from kdengine.recipes import known, plans
from kdengine.recipes.known import RECIPES
from kdengine.recipes.own import BEST, CLASSROOM
from kdengine.recipes.plans import experiment
from kdengine.training.fit import build_network

PROBLEMS = known.RECIPES["hinton-problems"]
# "MNIST distillation with omitted digit 3", a chapter of the hinton-problems book.
TEACHER_OF_HINTON_PROBLEMS = {
    "hidden_sizes": (1200, 1200),
    "initialisation": "he",
    "jitter_pixels": 2,
    "dropout": 0.0,
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "schedule": "constant",
    "weight_decay": 0.0,
    "batch_size": 128,
    "epochs": 12,
}
STUDENT_OF_HINTON_PROBLEMS = {
    "hidden_sizes": (800, 800),
    "initialisation": "he",
    "omitted_classes": (3,),
    "temperature": 20.0,
    "soft_weight": 1.0,
    "hard_weight": 0.0,
    "scale_soft_by_t2": True,
    "jitter_pixels": 0,
    "dropout": 0.0,
    "optimizer": "adam",
    "learning_rate": 1e-3,
    "schedule": "constant",
    "weight_decay": 0.0,
    "batch_size": 128,
    "epochs": 20,
}


@pytest.mark.parametrize(
    ("role", "expected"),
    [("teacher", TEACHER_OF_HINTON_PROBLEMS), ("student", STUDENT_OF_HINTON_PROBLEMS)],
)
def test_hinton_problems_is_its_source_to_the_letter(role, expected):
    config = getattr(experiment(PROBLEMS), role)
    assert {name: getattr(config, name) for name in expected} == expected


def test_hinton_problems_chooses_its_offset_on_the_first_5000_images():
    made = experiment(PROBLEMS)
    assert made.rule == OffsetRule(probe_size=5000)


@pytest.mark.parametrize(
    ("role", "images", "epochs"), [("teacher", 60000, 12), ("student", 53869, 20)]
)
def test_on_mnist_the_floor_on_steps_adds_nothing(role, images, epochs):
    assert planned_epochs(getattr(experiment(PROBLEMS), role), images) == epochs


@pytest.mark.parametrize("seed", [0, 7])
def test_weights_take_the_seed_for_the_teacher_and_the_next_for_the_student(seed):
    """The student of one seed and the teacher of the next draw the same numbers."""
    made = experiment(PROBLEMS, seed=seed)
    after = experiment(PROBLEMS, seed=seed + 1)
    as_wide = replace(after.teacher, hidden_sizes=made.student.hidden_sizes)
    student, teacher = build_network(made.student), build_network(as_wide)
    assert student.state_dict()["layers.0.weight"].equal(teacher.state_dict()["layers.0.weight"])


def test_the_default_is_classroom_on_mnist_without_threes():
    made = experiment()
    assert made.recipe is CLASSROOM
    assert made == experiment(CLASSROOM, dataset="mnist", seed=0, omitted_classes=(3,))
    assert made.student.teacher == run_key(made.teacher)
    assert made.rule == OffsetRule()
    assert made.teacher.hidden_sizes == (1200, 1200)
    assert made.student.hidden_sizes == (800, 800)
    assert made.teacher.jitter_pixels == made.student.jitter_pixels == 1
    assert made.teacher.label_smoothing == 0.0  # it would blur what the student learns 3 from
    assert (made.student.soft_weight, made.student.hard_weight) == (1.0, 0.0)
    assert made.student.scale_soft_by_t2


@pytest.mark.parametrize("recipe", sorted(RECIPES))
@pytest.mark.parametrize("dataset", ["mnist", "digits"])
def test_every_recipe_makes_a_whole_experiment(recipe, dataset):
    made = experiment(RECIPES[recipe], dataset=dataset, seed=3, omitted_classes=(3, 5))
    for config in (made.teacher, made.student, made.baseline):
        assert (config.dataset, config.seed) == (dataset, 3)
    assert made.student.omitted_classes == made.baseline.omitted_classes == (3, 5)
    assert made.student.teacher == run_key(made.teacher)
    json.dumps(made.to_dict(), allow_nan=False)


@pytest.mark.parametrize(("dataset", "images"), [("mnist", 54_000), ("digits", 1080)])
@pytest.mark.parametrize("recipe", sorted(RECIPES))
def test_the_epochs_that_were_asked_for_are_the_epochs_made(recipe, dataset, images):
    made = experiment(RECIPES[recipe], dataset=dataset, teacher_epochs=1, student_epochs=2)
    assert planned_epochs(made.teacher, images) == 1
    assert planned_epochs(made.student, images) == 2
    other = experiment(RECIPES[recipe], dataset=dataset, student_epochs=2)
    assert planned_epochs(other.teacher, images) == planned_epochs(
        experiment(RECIPES[recipe], dataset=dataset).teacher, images
    )


def test_the_best_recipes_baseline_has_no_regularisation():
    """The paper's 146 errors are those of plain training on the images as they are."""
    made = experiment(BEST, omitted_classes=())
    baseline = made.baseline
    plain = (baseline.jitter_pixels, baseline.dropout, baseline.weight_decay)
    assert plain == (0, 0.0, 0.0)
    assert (baseline.rotation_degrees, baseline.shear_degrees, baseline.scale_share) == (0, 0, 0)
    assert baseline.hidden_sizes == made.student.hidden_sizes == (800, 800)
    assert known.baseline_of(made.student, "best") == baseline
    assert known.baseline_of(made.student, "classroom") != baseline
    assert known.baseline_of(made.student, None) == known.baseline_of(made.student, "gone")


@pytest.mark.parametrize("recipe", sorted(RECIPES))
def test_digits_gets_as_many_steps_as_it_needs(recipe):
    """1,200 images would otherwise see a few dozen updates."""
    made = experiment(RECIPES[recipe], dataset="digits")
    for config in (made.teacher, made.student, made.baseline):
        steps_per_epoch = -(-1080 // config.batch_size)
        assert planned_epochs(config, 1080) * steps_per_epoch >= plans.MINIMUM_STEPS >= 500
    assert made.rule.probe_size is None


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("temperature", 4.0, "temperature"),
        ("soft_weight", 0.5, "soft_weight"),
        ("hard_weight", 0.25, "hard_weight"),
        ("student_epochs", 3, "epochs"),
        ("omitted_classes", (5,), "omitted_classes"),
    ],
)
def test_a_parameter_changes_the_student_and_leaves_the_teacher_alone(name, value, field):
    made = experiment(**{name: value})
    assert getattr(made.student, field) == value
    assert made.teacher == experiment().teacher
    assert run_key(made.student) != run_key(experiment().student)


def test_other_teacher_epochs_make_another_teacher_and_so_another_student():
    made = experiment(teacher_epochs=2)
    assert made.teacher.epochs == 2
    assert made.student.teacher == run_key(made.teacher) != experiment().student.teacher
    assert made.student.epochs == experiment().student.epochs


def test_criterion_and_probe_belong_to_the_experiment_not_to_the_run():
    made = experiment(PROBLEMS, criterion="paper", probe_size=100)
    assert made.rule == OffsetRule("paper", 100)
    assert run_key(made.student) == run_key(experiment(PROBLEMS).student)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"dataset": "cifar"}, "mnist, digits"),
        (
            {"criterion": "magic"},
            "frequency, predicted-share, teacher-mass, teacher-agreement, paper",
        ),
        ({"probe_size": 0}, "at least 1"),
        ({"temperature": 0.0}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"teacher_epochs": 0}, "epochs"),
        ({"student_epochs": 0}, "epochs"),
        ({"omitted_classes": (10,)}, "0 to 9"),
        ({"omitted_classes": range(10)}, "all ten"),
        ({"soft_weight": 0.0}, "set one above 0"),
        ({"seed": -1}, "seed"),
    ],
)
def test_unusable_parameters_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        experiment(**changed)


@pytest.mark.parametrize("name", ["banana", None])
def test_an_unknown_recipe_is_refused_with_those_there_are(name):
    with pytest.raises(ValueError, match="the recipes are classroom, best, hinton-problems"):
        known.recipe(name)


# Several digits left out

ALL_BUT_78 = (0, 1, 2, 3, 4, 5, 6, 9)
# As they were when the runs that ship with the project were made.
SHIPPED = {
    ("mnist", 0): "student-mnist-omit3-seed0-e5ec7b42",
    ("mnist", 1): "student-mnist-omit3-seed1-be1b0d28",
    ("digits", 0): "student-digits-omit3-seed0-c7a494c9",
}


@pytest.mark.parametrize(("which", "key"), SHIPPED.items())
def test_a_student_without_one_digit_keeps_its_key(which, key):
    dataset, seed = which
    assert run_key(experiment(dataset=dataset, seed=seed).student) == key


@pytest.mark.parametrize("omitted", [(3, 5), ALL_BUT_78, tuple(range(1, 10))])
def test_small_transfer_sets_get_as_many_steps_as_they_need(omitted):
    student = experiment(omitted_classes=omitted).student
    images = 6000 * (10 - len(omitted))
    batches = -(-images // student.batch_size)
    steps = planned_epochs(student, images) * batches
    needed = max(plans.MINIMUM_STEPS, student.epochs * batches)
    assert needed <= steps < needed + batches
    assert experiment(omitted_classes=omitted).baseline.minimum_steps == plans.MINIMUM_STEPS


@pytest.mark.parametrize(
    ("omitted", "match"),
    [((), "omitted"), ((3,), "omitted"), ((3, 5), "omitted"), (range(5), "omitted"),
     (range(6), "all"), (ALL_BUT_78, "all")],
)  # fmt: skip
def test_all_ten_are_matched_if_more_are_omitted_than_kept(omitted, match):
    assert experiment(omitted_classes=omitted).rule.match_for(omitted) == match
    for asked in ("omitted", "all"):
        assert experiment(omitted_classes=omitted, match=asked).rule.match == asked


def test_match_and_frequencies_are_no_part_of_the_run():
    plain, other = experiment(), experiment(match="all", frequencies={3: 0.3})
    assert plain.student == other.student
    assert other.rule.frequencies == ((3, 0.3),)
    assert json.loads(json.dumps(other.to_dict()))["frequencies"] == {"3": 0.3}


def test_an_unknown_match_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="not one of omitted, all"):
        experiment(match="kept")


@pytest.mark.parametrize("recipe", ["hinton-problems", "hiverxd", "am207", "rp13"])
def test_nothing_lengthens_a_published_recipe(recipe):
    made = experiment(RECIPES[recipe], omitted_classes=(0, 1, 2, 3, 4, 5, 6, 9))
    assert made.student.minimum_steps == made.teacher.minimum_steps == 0
    assert experiment(omitted_classes=(0, 1, 2, 3, 4, 5, 6, 9)).student.minimum_steps == 600

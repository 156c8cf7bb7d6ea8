"""Chosen offsets against brute force, plain numpy, brentq and finite differences."""

import numpy as np
import pytest
from hypothesis import given
from scipy import optimize, special

from kdengine.offsets import criteria
from kdengine.offsets.evaluation import Answers
from kdengine.offsets.rule import CRITERIA, OffsetRule
from kdengine.store.run_files import LARGEST_LOGIT
from tests.kdengine.offset_problems import (
    brute_force_correct,
    every_relevant_offset,
    exact,
    numpy_masses,
    random_logits,
    tied_problems,
)


@pytest.mark.parametrize("lowered", [-3.0, 0.0, 2.5, 8.0])
@pytest.mark.parametrize("digit", [0, 3, 9])
def test_the_frequency_offset_is_brentqs_root(digit, lowered):
    logits, labels = random_logits(500, seed=4, lowered=lowered, digit=digit)
    frequency = float(np.mean(labels == digit))
    (offset,) = criteria.mass_matching_offsets(logits, [digit], [frequency])

    def difference(b):
        return numpy_masses(logits, b * np.eye(10)[digit])[digit] - frequency

    assert abs(difference(offset)) <= 1e-6
    assert offset == pytest.approx(optimize.brentq(difference, -30.0, 30.0, xtol=1e-12), abs=1e-4)


@pytest.mark.parametrize("lowered", [12.0, 18.0, 40.0, 80.0])
def test_the_frequency_offset_of_a_network_that_never_says_three(lowered):
    """A hard-label network gives the class some 1e-7 of its mass or less: the gradient is flat."""
    logits, labels = random_logits(1000, seed=5)
    # No image looks like a three to it: every three is called something else.
    logits[labels == 3, 3] -= 6.0
    logits[labels == 3, 5] += 6.0
    logits[:, 3] -= lowered
    before = numpy_masses(logits, np.zeros(10))[3]
    assert before < 1e-5 if lowered == 12.0 else before < 1e-7
    (offset,) = criteria.mass_matching_offsets(logits, [3], [0.1022])
    assert offset >= 12.0
    assert abs(numpy_masses(logits, offset * np.eye(10)[3])[3] - 0.1022) <= 1e-6


@pytest.mark.parametrize("classes", [(3, 5), (0, 4, 9), (9, 1), tuple(range(9))])
def test_several_frequency_offsets_solve_the_equations_together(classes):
    logits, labels = random_logits(400, seed=6, lowered=5.0)
    logits[:, 5] -= 3.0
    frequencies = [float(np.mean(labels == digit)) for digit in classes]
    offsets = criteria.mass_matching_offsets(logits, classes, frequencies)

    def differences(values):
        spread = np.zeros(10)
        spread[list(classes)] = values
        return numpy_masses(logits, spread)[list(classes)] - frequencies

    assert np.abs(differences(offsets)).max() <= 1e-6
    independent = optimize.root(differences, np.zeros(len(classes)), tol=1e-12)
    assert independent.success
    np.testing.assert_allclose(offsets, independent.x, atol=1e-3)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0, 300.0])
def test_masses_are_met_however_flat_the_function_is(scale, seed):
    """Logits of hundreds saturate every softmax: a step by the curvature alone would leap away."""
    rng = np.random.default_rng([seed, 5])
    logits = rng.normal(0.0, scale, (400, 10)) - scale * rng.uniform(0.0, 3.0, 10)
    targets = rng.dirichlet(np.ones(10))[:3] * 0.9 + 0.01
    try:
        offsets = criteria.mass_matching_offsets(logits, [2, 5, 9], targets)
    except ValueError:
        assert scale == 300.0  # images flip one by one there: no offset has a mass in between
        return
    spread = np.zeros(10)
    spread[[2, 5, 9]] = offsets
    np.testing.assert_allclose(numpy_masses(logits, spread)[[2, 5, 9]], targets, atol=1e-6)


# All classes at once


@pytest.mark.parametrize("seed", range(4))
def test_ten_offsets_are_found_however_far_apart_a_stored_runs_logits_are(seed):
    """Closed form: one image's mass is its target once its logit is the target's logarithm."""
    rng = np.random.default_rng(seed)
    logits, targets = (
        rng.choice([-LARGEST_LOGIT, LARGEST_LOGIT], (1, 10)),
        rng.dirichlet(np.ones(10)),
    )
    offsets = criteria.mass_matching_offsets(logits, range(10), targets)
    expected = np.log(targets) - logits[0]
    np.testing.assert_allclose(offsets, expected - expected.mean(), atol=1e-3)


def test_ten_offsets_of_logits_that_know_nothing_are_the_logarithms_of_the_frequencies():
    """Closed form: softmax(b) is the mass itself, so b = log π but for a constant."""
    targets = np.arange(1, 11) / 55.0
    offsets = criteria.mass_matching_offsets(np.zeros((7, 10)), range(10), targets)
    np.testing.assert_allclose(offsets, np.log(targets) - np.log(targets).mean(), atol=1e-5)


@pytest.mark.parametrize("lowered", [0.0, 8.0, 25.0])
def test_ten_offsets_bring_every_mass_to_its_target_and_sum_to_zero(lowered):
    logits, labels = random_logits(500, seed=6, lowered=lowered)
    logits[:, [0, 5]] -= lowered / 2
    targets = np.bincount(labels, minlength=10) / len(labels)
    offsets = criteria.mass_matching_offsets(logits, range(10), targets)
    np.testing.assert_allclose(numpy_masses(logits, offsets), targets, atol=2e-6)
    assert offsets.sum() == pytest.approx(0.0, abs=1e-9)


def test_no_three_offsets_of_a_grid_lie_lower_than_those_found():
    """Brute force on a toy of three classes; a constant moves nothing, so one stays at 0."""
    logits, targets = np.random.default_rng(3).normal(0.0, 2.0, (8, 3)), np.array([0.5, 0.2, 0.3])

    def objective(b):
        return np.log(np.exp(logits + b).sum(axis=1)).mean() - targets @ b

    found = criteria.mass_matching_offsets(logits, range(3), targets)
    grid = np.linspace(-6.0, 6.0, 241)
    lowest = min((objective(np.array([a, b, 0.0])), a, b) for a in grid for b in grid)
    assert objective(found) <= lowest[0] + 1e-12
    assert lowest[1:] == pytest.approx(found[:2] - found[2], abs=0.05)
    slope = optimize.approx_fprime(found, objective, 1e-6)
    np.testing.assert_allclose(slope, 0.0, atol=1e-5)


@pytest.mark.parametrize("wrong", [np.full(10, 0.2), np.eye(10)[3], np.full(10, 0.1) * -1])
def test_ten_masses_that_do_not_sum_to_one_or_are_zero_are_refused(wrong):
    with pytest.raises(ValueError, match="above 0 .* on all classes to 1"):
        criteria.mass_matching_offsets(random_logits(20, seed=8)[0], range(10), wrong)


@pytest.mark.parametrize(
    ("classes", "frequencies"),
    [
        ([3], [0.0]),
        ([3], [1.0]),
        ([3], [-0.1]),
        ([3], [float("nan")]),
        ([3, 4], [0.6, 0.5]),
        ([3, 4], [0.2, 0.0]),
    ],
)
def test_frequencies_that_no_offset_reaches_are_refused(classes, frequencies):
    with pytest.raises(ValueError, match="above 0 and sum to less than 1"):
        criteria.mass_matching_offsets(random_logits(20, seed=8)[0], classes, frequencies)


def test_the_predicted_share_is_the_wanted_one():
    logits, _ = random_logits(1000, seed=9, lowered=5.0)
    offset = criteria.predicted_share_offset(logits, 3, 0.102)
    shifted = logits.astype(np.float64)
    shifted[:, 3] += offset
    assert int((shifted.argmax(axis=1) == 3).sum()) == 102


def test_the_predicted_share_lies_midway_between_two_thresholds():
    logits = np.zeros((4, 10))
    logits[:, 7] = [1.0, 2.0, 6.0, 9.0]
    assert criteria.predicted_share_offset(logits, 3, 0.5) == 4.0


@pytest.mark.parametrize("frequency", [0.0, 0.04, 1.0])
def test_a_share_of_none_or_of_all_is_refused(frequency):
    with pytest.raises(ValueError, match="use more probe images"):
        criteria.predicted_share_offset(random_logits(10, seed=10)[0], 3, frequency)


@exact
@given(tied_problems())
def test_the_most_agreeing_offset_is_brute_forces(problem):
    logits, labels, digit, _ = problem
    best = max(
        sum(brute_force_correct(logits, labels, digit, offset))
        for offset in every_relevant_offset(logits, digit)
    )
    chosen = criteria.most_agreeing_offset(logits, labels, digit)
    assert sum(brute_force_correct(logits, labels, digit, chosen)) == best


def test_the_most_agreeing_offset_may_be_a_tie_and_nothing_beside_it():
    # At 2 the three beats 5 while the one still beats 3; below the three, above the one is lost.
    logits = np.zeros((2, 10))
    logits[0, 5] = logits[1, 1] = 2.0
    assert criteria.most_agreeing_offset(logits, np.array([3, 1]), 3) == 2.0


def test_the_most_agreeing_offset_is_the_middle_of_the_widest_best_interval():
    # Threes flip at 1 and 6, a right seven at 2, a right eight at 10.
    # Right answers: 2 up to 1, 3 up to 2, 2 up to 6, 3 up to 10, then 2.
    logits = np.zeros((4, 10))
    logits[0, 4], logits[1, 4], logits[2, 7], logits[3, 8] = 1.0, 6.0, 2.0, 10.0
    labels = np.array([3, 3, 7, 8])
    assert criteria.most_agreeing_offset(logits, labels, 3) == pytest.approx(8.0)


@pytest.mark.parametrize("digit", [0, 3, 9])
@pytest.mark.parametrize("step", [None, 0.5])  # on a grid of halves, ties abound
def test_no_offset_of_a_fine_grid_agrees_more_with_a_teacher(digit, step):
    logits, _ = random_logits(150, seed=digit, lowered=4.0, digit=digit)
    teacher_logits, _ = random_logits(150, seed=digit, digit=digit)
    if step is not None:
        logits, teacher_logits = (np.round(z / step) * step for z in (logits, teacher_logits))
    predictions = teacher_logits.argmax(axis=1)

    def agreements(offset):
        shifted = logits + offset * np.eye(10)[digit]
        return int((shifted.argmax(axis=1) == predictions).sum())

    chosen = criteria.most_agreeing_offset(logits, predictions, digit)
    assert agreements(chosen) == max(agreements(offset) for offset in np.linspace(-20, 30, 4001))
    assert agreements(chosen) > agreements(0.0)


def test_the_most_agreeing_offset_enters_an_endless_interval_by_one_unit():
    logits = np.zeros((1, 10))
    logits[0, 7] = 5.0
    assert criteria.most_agreeing_offset(logits, np.array([3]), 3) == pytest.approx(6.0)
    assert criteria.most_agreeing_offset(logits, np.array([7]), 3) == pytest.approx(4.0)


@pytest.fixture
def problem():
    """Return logits and labels of one student without threes, and the teacher's logits."""
    train_logits, train_labels = random_logits(600, seed=11, lowered=4.0)
    test_logits, test_labels = random_logits(300, seed=12, lowered=4.0)
    teacher_logits, _ = random_logits(600, seed=11)
    return {
        "train_logits": train_logits,
        "train_labels": train_labels,
        "test_logits": test_logits,
        "test_labels": test_labels,
        "teacher_logits": teacher_logits + np.random.default_rng(13).normal(0.0, 1.0, (600, 10)),
    }


def choose(criterion, problem, omitted_classes=(3,), **rule):
    """Choose offsets for a *problem* whose teacher may be missing."""
    own = {name: value for name, value in problem.items() if name != "teacher_logits"}
    teacher = None
    if problem["teacher_logits"] is not None:
        teacher = Answers(**own | {"train_logits": problem["teacher_logits"]})
    return criteria.choose_offsets(
        OffsetRule(criterion, **rule), Answers(**own), teacher, omitted_classes=omitted_classes
    )


@pytest.mark.parametrize("criterion", CRITERIA)
def test_choose_offsets_reports_what_it_did(problem, criterion):
    chosen = choose(criterion, problem)
    logits, share = problem["train_logits"], float(np.mean(problem["train_labels"] == 3))
    teacher_logits = problem["teacher_logits"]
    assert chosen["criterion"] == criterion
    assert chosen["target_frequency"] == share
    assert chosen["probe_size"] == 600
    assert chosen["mean_mass_before"] == pytest.approx(numpy_masses(logits, np.zeros(10))[3])
    after = numpy_masses(logits, chosen["value"] * np.eye(10)[3])[3]
    assert chosen["mean_mass_after"] == pytest.approx(after)
    expected = {
        "frequency": lambda: criteria.mass_matching_offsets(logits, [3], [share])[0],
        "predicted-share": lambda: criteria.predicted_share_offset(logits, 3, share),
        "teacher-mass": lambda: criteria.teacher_mass_offsets(logits, teacher_logits, [3])[0],
        "teacher-agreement": lambda: criteria.most_agreeing_offset(
            logits, teacher_logits.argmax(axis=1), 3
        ),
        "paper": lambda: 3.5,
        "test-optimal": lambda: criteria.most_agreeing_offset(
            problem["test_logits"], problem["test_labels"], 3
        ),
    }
    assert chosen["value"] == expected[criterion]()


@pytest.mark.parametrize("criterion", [name for name in CRITERIA if name != "test-optimal"])
def test_only_test_optimal_looks_at_the_test_set(problem, criterion):
    nothing = {"test_logits": None, "test_labels": None}
    assert choose(criterion, {**problem, **nothing}) == choose(criterion, problem)


def test_the_training_labels_serve_for_the_frequency_alone(problem):
    shuffled = np.random.default_rng(0).permutation(problem["train_labels"])
    again = choose("frequency", {**problem, "train_labels": shuffled})
    assert again == choose("frequency", problem)


@pytest.mark.parametrize("criterion", ["teacher-mass", "teacher-agreement"])
def test_the_teachers_criteria_use_no_label_not_even_a_frequency(problem, criterion):
    others = {**problem, "train_labels": np.full(600, 3), "test_labels": np.zeros(300, dtype=int)}
    value = choose(criterion, problem)["value"]
    assert choose(criterion, others)["value"] == value


@pytest.mark.parametrize("criterion", ["teacher-mass", "teacher-agreement"])
def test_the_teachers_criteria_see_the_probe_alone(problem, criterion):
    changed = {name: problem[name].copy() for name in ("train_logits", "teacher_logits")}
    for logits in changed.values():
        logits[200:] = 0.0
    value = choose(criterion, problem, probe_size=200)["value"]
    again = choose(criterion, {**problem, **changed}, probe_size=200)["value"]
    assert again == value != choose(criterion, problem)["value"]


def test_with_the_teachers_mass_the_student_gives_a_class_what_the_teacher_gives_it(problem):
    chosen = choose("teacher-mass", problem, (3, 7))
    assert chosen["mean_mass_after"] == pytest.approx(
        numpy_masses(problem["teacher_logits"], np.zeros(10))[[3, 7]], abs=1e-6
    )


def test_the_teachers_mass_minimises_the_mean_divergence_from_the_teacher(problem):
    """The derivative of mean KL(teacher ‖ student + b) by b is the difference of mean masses."""
    targets = special.softmax(problem["teacher_logits"], axis=1)

    def divergence(offset):
        shifted = problem["train_logits"] + offset * np.eye(10)[3]
        return special.rel_entr(targets, special.softmax(shifted, axis=1)).sum(axis=1).mean()

    found = optimize.minimize_scalar(divergence, bounds=(-10.0, 20.0), options={"xatol": 1e-9})
    chosen = choose("teacher-mass", problem)["value"]
    assert found.x == pytest.approx(chosen, abs=1e-4)


def test_a_probe_is_the_first_images_and_the_frequency_is_still_everybodys(problem):
    chosen = choose("frequency", problem, probe_size=50)
    assert chosen["probe_size"] == 50
    assert chosen["target_frequency"] == float(np.mean(problem["train_labels"] == 3))
    first = problem["train_logits"][:50]
    mass = numpy_masses(first, chosen["value"] * np.eye(10)[3])[3]
    assert mass == pytest.approx(chosen["target_frequency"], abs=1e-6)


def test_several_classes_give_lists_in_their_order(problem):
    chosen = choose("frequency", problem, (3, 7))
    labels = problem["train_labels"]
    assert chosen["target_frequency"] == [float(np.mean(labels == digit)) for digit in (3, 7)]
    for name in ("value", "mean_mass_before", "mean_mass_after"):
        assert len(chosen[name]) == 2, name
    assert chosen["mean_mass_after"] == pytest.approx(chosen["target_frequency"], abs=1e-6)


def test_all_classes_are_matched_with_the_kept_ones_around_zero(problem):
    omitted = (0, 1, 2, 3, 4, 9)
    chosen = choose("frequency", problem, omitted)
    assert (chosen["match"], chosen["classes"]) == ("all", list(range(10)))
    shares = np.bincount(problem["train_labels"], minlength=10) / 600
    np.testing.assert_allclose(chosen["target_frequency"], shares)
    masses = numpy_masses(problem["train_logits"], chosen["value"])
    np.testing.assert_allclose(masses, shares, atol=2e-6)
    np.testing.assert_allclose(chosen["mean_mass_after"], masses)
    assert np.mean([chosen["value"][kept] for kept in (5, 6, 7, 8)]) == pytest.approx(0.0)


def test_the_teachers_mass_can_be_matched_on_all_classes(problem):
    chosen = choose("teacher-mass", problem, match="all")
    teachers = numpy_masses(problem["teacher_logits"], np.zeros(10))
    np.testing.assert_allclose(chosen["mean_mass_after"], teachers, atol=2e-6)


@pytest.mark.parametrize("match", ["omitted", "all"])
def test_a_frequency_given_by_hand_is_met(problem, match):
    chosen = choose("frequency", problem, match=match, frequencies=((3, 0.3),))
    masses = numpy_masses(
        problem["train_logits"],
        chosen["value"] if match == "all" else chosen["value"] * np.eye(10)[3],
    )
    assert masses[3] == pytest.approx(0.3, abs=1e-6)
    if match == "all":
        labels = problem["train_labels"]
        rest = np.bincount(labels, minlength=10) / (labels != 3).sum() * 0.7
        others = np.arange(10) != 3
        np.testing.assert_allclose(masses[others], rest[others], atol=2e-6)


def test_the_predicted_share_may_be_given_by_hand(problem):
    chosen = choose("predicted-share", problem, frequencies=((3, 0.25),))
    shifted = problem["train_logits"] + chosen["value"] * np.eye(10)[3]
    assert int((shifted.argmax(axis=1) == 3).sum()) == 150


@pytest.mark.parametrize(
    ("criterion", "changed", "message"),
    [
        ("paper", {"match": "all"}, "10 classes get one"),
        ("frequency", {"probe_size": 601}, "outside 1 to 600"),
        ("frequency", {"omitted_classes": ()}, "no class is omitted"),
        ("paper", {"omitted_classes": (3, 5)}, "use 'frequency'"),
        ("predicted-share", {"omitted_classes": (3, 5)}, "use 'frequency'"),
        ("test-optimal", {"omitted_classes": (3, 5)}, "use 'frequency' or 'teacher-mass'"),
        ("teacher-agreement", {"omitted_classes": (3, 5)}, "use 'frequency' or 'teacher-mass'"),
        ("teacher-agreement", {"teacher_logits": None}, r"given: none\); pass the teacher's run"),
        ("teacher-mass", {"teacher_logits": None}, r"given: none\); pass the teacher's run"),
        ("teacher-mass", {"teacher_logits": np.zeros((50, 10))}, "600 training images .given: 50"),
    ],
)
def test_choices_that_cannot_be_made_are_refused(problem, criterion, changed, message):
    given = {name: value for name, value in changed.items() if name in problem}
    others = {name: value for name, value in changed.items() if name not in problem}
    with pytest.raises(ValueError, match=message):
        choose(criterion, problem | given, **others)

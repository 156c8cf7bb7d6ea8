"""Offsets against brute-force argmax, plain numpy, brentq and finite differences."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from scipy import optimize, special

from kdengine import bias

# Multiples of 1/8 are exact in float64, so sums and differences of them tie exactly.
GRID = 8.0
exact = settings(max_examples=150, deadline=None, derandomize=True)


@st.composite
def tied_problems(draw):
    """Draw logits on a coarse grid, labels, a class and offsets: ties are everywhere."""
    images = draw(st.integers(1, 25))
    reach = draw(st.sampled_from([1, 4, 40]))
    logits = draw(hnp.arrays(np.int8, (images, 10), elements=st.integers(-reach, reach))) / GRID
    labels = draw(hnp.arrays(np.int64, images, elements=st.integers(0, 9)))
    offsets = draw(hnp.arrays(np.int16, 12, elements=st.integers(-3 * reach, 3 * reach))) / GRID
    return logits, labels, draw(st.integers(0, 9)), offsets


def brute_force_correct(logits, labels, digit, offset):
    """Count right answers by true class the slow way: add, argmax, compare."""
    shifted = np.array(logits, dtype=np.float64)
    shifted[:, digit] += offset
    counts = [0] * shifted.shape[1]
    for row, label in zip(shifted, labels, strict=True):
        counts[label] += int(np.argmax(row) == label)
    return counts


def every_relevant_offset(logits, digit):
    """Return each threshold, a point between each two, and one beyond each end."""
    others = np.delete(np.array(logits, dtype=np.float64), digit, axis=1)
    thresholds = np.unique(others.max(axis=1) - logits[:, digit])
    between = (thresholds[1:] + thresholds[:-1]) / 2
    return np.concatenate([thresholds, between, [thresholds[0] - 1, thresholds[-1] + 1]])


def random_logits(images, seed, lowered=0.0, digit=3):
    """Return float32 logits and labels of a network that is usually right."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, images)
    logits = rng.normal(0.0, 2.0, (images, 10)).astype(np.float32)
    logits[np.arange(images), labels] += 6.0
    logits[:, digit] -= lowered
    return logits, labels


def numpy_masses(logits, offsets):
    """Return the mean softmax mass of all ten classes, written out in numpy."""
    shifted = np.asarray(logits, dtype=np.float64) + np.asarray(offsets)
    odds = np.exp(shifted - shifted.max(axis=1, keepdims=True))
    return (odds / odds.sum(axis=1, keepdims=True)).mean(axis=0)


@exact
@given(tied_problems())
def test_the_sweep_is_argmax_at_every_offset_ties_included(problem):
    logits, labels, digit, offsets = problem
    sweep = bias.offset_sweep(logits, labels, digit)
    for offset in np.concatenate([offsets, every_relevant_offset(logits, digit)]):
        expected = brute_force_correct(logits, labels, digit, offset)
        assert bias.correct_at(sweep, offset).tolist() == expected, offset


@pytest.mark.parametrize("digit", range(10))
def test_the_sweep_is_argmax_for_real_valued_logits(digit):
    logits, labels = random_logits(200, seed=digit, lowered=4.0, digit=digit)
    sweep = bias.offset_sweep(logits, labels, digit)
    drawn = np.random.default_rng(digit).uniform(-15.0, 25.0, 60)
    # Differences of these float32 logits are exact in float64: thresholds are true ties.
    offsets = np.concatenate([drawn, every_relevant_offset(logits, digit)])
    correct = bias.correct_at(sweep, offsets)
    assert correct.shape == (len(offsets), 10)
    for offset, counts in zip(offsets, correct, strict=True):
        assert counts.tolist() == brute_force_correct(logits, labels, digit, offset)


def test_a_tie_goes_to_the_lower_index_in_both_directions():
    # Image 0 prefers 5, image 1 prefers 1; both give class 3 exactly 2 logit units less.
    logits = np.zeros((2, 10))
    logits[0, 5] = logits[1, 1] = 2.0
    sweep = bias.offset_sweep(logits, np.array([3, 3]), 3)
    below, tie, above = bias.correct_at(sweep, [np.nextafter(2.0, 0.0), 2.0, 2.0000001])[:, 3]
    assert (below, tie, above) == (0, 1, 2)  # at the tie 3 beats 5 and 1 beats 3


def test_the_sweep_counts_by_hand():
    # Thresholds for class 3: 1 (a three), 2 (a seven, right), 3 (an eight called 0).
    logits = np.zeros((3, 10))
    logits[0, 8], logits[1, 7], logits[2, 0] = 1.0, 2.0, 3.0
    sweep = bias.offset_sweep(logits, np.array([3, 7, 8]), 3)
    assert sweep.class_counts.tolist() == [0, 0, 0, 1, 0, 0, 0, 1, 1, 0]
    assert bias.correct_at(sweep, [0.5, 1.5, 2.5, 3.5])[:, [3, 7, 8]].tolist() == [
        [0, 1, 0],
        [1, 1, 0],
        [1, 0, 0],
        [1, 0, 0],
    ]
    assert bias.correct_at(sweep, 1.5).sum() == 2


def test_flip_thresholds_and_runner_up_by_hand():
    logits = np.array([[5.0, 1.0, 5.0, 2.0, *[0.0] * 6], [0.0, 9.0, 0.0, 12.0, *[0.0] * 6]])
    assert bias.flip_thresholds(logits, 3).tolist() == [3.0, -3.0]
    assert bias.runner_up(logits, 3).tolist() == [0, 1]
    assert bias.runner_up(logits, 0).tolist() == [2, 3]
    assert bias.flip_thresholds(logits, 3).dtype == np.float64


def test_thresholds_are_exact_for_float32_logits():
    """In float32 this difference would lose the small logit altogether."""
    logits = np.zeros((1, 10), dtype=np.float32)
    logits[0, 7], logits[0, 3] = 2.0**24, 1.0
    assert bias.flip_thresholds(logits, 3)[0] == 2.0**24 - 1.0


@exact
@given(tied_problems())
def test_the_test_optimal_offset_makes_the_fewest_errors(problem):
    logits, labels, digit, _ = problem
    best = max(
        sum(brute_force_correct(logits, labels, digit, offset))
        for offset in every_relevant_offset(logits, digit)
    )
    chosen = bias.best_offset_on_test_set(logits, labels, digit)
    assert sum(brute_force_correct(logits, labels, digit, chosen)) == best


def test_the_test_optimal_offset_may_be_a_tie_and_nothing_beside_it():
    # At 2 the three beats 5 while the one still beats 3; below the three, above the one is lost.
    logits = np.zeros((2, 10))
    logits[0, 5] = logits[1, 1] = 2.0
    assert bias.best_offset_on_test_set(logits, np.array([3, 1]), 3) == 2.0


def test_the_test_optimal_offset_is_the_middle_of_the_widest_best_interval():
    # Threes flip at 1 and 6, a right seven at 2, a right eight at 10.
    # Right answers: 2 up to 1, 3 up to 2, 2 up to 6, 3 up to 10, then 2.
    logits = np.zeros((4, 10))
    logits[0, 4], logits[1, 4], logits[2, 7], logits[3, 8] = 1.0, 6.0, 2.0, 10.0
    labels = np.array([3, 3, 7, 8])
    assert bias.best_offset_on_test_set(logits, labels, 3) == pytest.approx(8.0)


def test_the_test_optimal_offset_enters_an_endless_interval_by_one_unit():
    logits = np.zeros((1, 10))
    logits[0, 7] = 5.0
    assert bias.best_offset_on_test_set(logits, np.array([3]), 3) == pytest.approx(6.0)
    assert bias.best_offset_on_test_set(logits, np.array([7]), 3) == pytest.approx(4.0)


@pytest.mark.parametrize("digit", [0, 3, 9])
def test_mean_mass_is_the_mean_of_scipys_softmax(digit):
    logits, _ = random_logits(300, seed=1)
    offsets = np.array([-10.0, -1.3, 0.0, 2.7, 10.0])
    found = bias.mean_mass(logits, digit, offsets)
    for offset, mass in zip(offsets, found, strict=True):
        shifted = logits.astype(np.float64)
        shifted[:, digit] += offset
        assert mass == pytest.approx(special.softmax(shifted, axis=1)[:, digit].mean(), rel=1e-12)
    assert bias.mean_mass(logits, digit, 2.7).shape == ()
    assert float(bias.mean_mass(logits, digit, 2.7)) == found[3]


def test_mean_mass_survives_enormous_logits(recwarn):
    logits = np.zeros((2, 10))
    logits[0, 3], logits[1, 5] = 5000.0, 5000.0
    assert bias.mean_mass(logits, 3, [-10.0, 0.0, 10.0]) == pytest.approx([0.5, 0.5, 0.5])
    assert not recwarn.list


def test_log_odds_are_the_logit_of_the_mass():
    logits, _ = random_logits(50, seed=2)
    mass = special.softmax(logits.astype(np.float64), axis=1)[:, 4]
    np.testing.assert_allclose(bias.log_odds(logits, 4), np.log(mass / (1 - mass)), rtol=1e-9)


@pytest.mark.parametrize("logits", [random_logits(400, seed=3, lowered=3.0)[0], np.zeros((5, 10))])
def test_interpolating_the_mass_table_errs_by_at_most_one_millionth(logits):
    """Equal images are the worst case: then the mean is one sigmoid, the most curved there is."""
    offsets, masses = bias.mean_mass_table(logits, 3)
    assert (offsets[0], offsets[-1]) == (-10.0, 10.0)
    anywhere = np.random.default_rng(0).uniform(-10.0, 10.0, 3000)
    true = np.array([numpy_masses(logits, offset * np.eye(10)[3])[3] for offset in anywhere])
    assert np.abs(np.interp(anywhere, offsets, masses) - true).max() <= 1e-6


@pytest.mark.parametrize("lowered", [-3.0, 0.0, 2.5, 8.0])
@pytest.mark.parametrize("digit", [0, 3, 9])
def test_the_frequency_offset_is_brentqs_root(digit, lowered):
    logits, labels = random_logits(500, seed=4, lowered=lowered, digit=digit)
    frequency = float(np.mean(labels == digit))
    (offset,) = bias.frequency_offsets(logits, [digit], [frequency])

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
    (offset,) = bias.frequency_offsets(logits, [3], [0.1022])
    assert offset >= 12.0
    assert abs(numpy_masses(logits, offset * np.eye(10)[3])[3] - 0.1022) <= 1e-6


@pytest.mark.parametrize("classes", [(3, 5), (0, 4, 9), (9, 1), tuple(range(9))])
def test_several_frequency_offsets_solve_the_equations_together(classes):
    logits, labels = random_logits(400, seed=6, lowered=5.0)
    logits[:, 5] -= 3.0
    frequencies = [float(np.mean(labels == digit)) for digit in classes]
    offsets = bias.frequency_offsets(logits, classes, frequencies)

    def differences(values):
        spread = np.zeros(10)
        spread[list(classes)] = values
        return numpy_masses(logits, spread)[list(classes)] - frequencies

    assert np.abs(differences(offsets)).max() <= 1e-6
    independent = optimize.root(differences, np.zeros(len(classes)), tol=1e-12)
    assert independent.success
    np.testing.assert_allclose(offsets, independent.x, atol=1e-3)


def test_gradient_and_hessian_of_the_criterion_are_its_finite_differences(monkeypatch):
    handed_over = {}

    def spy(function, start, *, hess, **options):
        handed_over.update(function=function, hess=hess)
        return optimize.minimize(function, start, hess=hess, **options)

    monkeypatch.setattr(bias, "minimize", spy)
    logits, _ = random_logits(60, seed=7)
    bias.frequency_offsets(logits, [3, 8], [0.2, 0.05])
    for point in np.random.default_rng(0).normal(0.0, 2.0, (5, 2)):
        slope = optimize.approx_fprime(point, lambda b: handed_over["function"](b)[0], 1e-7)
        np.testing.assert_allclose(handed_over["function"](point)[1], slope, atol=1e-6)
        curve = optimize.approx_fprime(point, lambda b: handed_over["function"](b)[1], 1e-7)
        np.testing.assert_allclose(handed_over["hess"](point), curve, atol=1e-6)


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
        bias.frequency_offsets(random_logits(20, seed=8)[0], classes, frequencies)


def test_the_predicted_share_is_the_wanted_one():
    logits, _ = random_logits(1000, seed=9, lowered=5.0)
    offset = bias.predicted_share_offset(logits, 3, 0.102)
    shifted = logits.astype(np.float64)
    shifted[:, 3] += offset
    assert int((shifted.argmax(axis=1) == 3).sum()) == 102


def test_the_predicted_share_lies_midway_between_two_thresholds():
    logits = np.zeros((4, 10))
    logits[:, 7] = [1.0, 2.0, 6.0, 9.0]
    assert bias.predicted_share_offset(logits, 3, 0.5) == 4.0


@pytest.mark.parametrize("frequency", [0.0, 0.04, 1.0])
def test_a_share_of_none_or_of_all_is_refused(frequency):
    with pytest.raises(ValueError, match="use more probe images"):
        bias.predicted_share_offset(random_logits(10, seed=10)[0], 3, frequency)


@pytest.fixture
def problem():
    """Return the arguments of `choose_offsets` for one student without threes."""
    train_logits, train_labels = random_logits(600, seed=11, lowered=4.0)
    test_logits, test_labels = random_logits(300, seed=12, lowered=4.0)
    return {
        "omitted_classes": (3,),
        "train_logits": train_logits,
        "train_labels": train_labels,
        "test_logits": test_logits,
        "test_labels": test_labels,
    }


@pytest.mark.parametrize("criterion", ["frequency", "predicted-share", "paper", "test-optimal"])
def test_choose_offsets_reports_what_it_did(problem, criterion):
    chosen = bias.choose_offsets(criterion, **problem)
    logits, share = problem["train_logits"], float(np.mean(problem["train_labels"] == 3))
    assert chosen["criterion"] == criterion
    assert chosen["target_frequency"] == share
    assert chosen["probe_size"] == 600
    assert chosen["mean_mass_before"] == pytest.approx(numpy_masses(logits, np.zeros(10))[3])
    after = numpy_masses(logits, chosen["value"] * np.eye(10)[3])[3]
    assert chosen["mean_mass_after"] == pytest.approx(after)
    expected = {
        "frequency": lambda: bias.frequency_offsets(logits, [3], [share])[0],
        "predicted-share": lambda: bias.predicted_share_offset(logits, 3, share),
        "paper": lambda: 3.5,
        "test-optimal": lambda: bias.best_offset_on_test_set(
            problem["test_logits"], problem["test_labels"], 3
        ),
    }
    assert chosen["value"] == expected[criterion]()


@pytest.mark.parametrize("criterion", ["frequency", "predicted-share", "paper"])
def test_only_test_optimal_looks_at_the_test_set(problem, criterion):
    nothing = {"test_logits": None, "test_labels": None}
    assert bias.choose_offsets(criterion, **{**problem, **nothing}) == bias.choose_offsets(
        criterion, **problem
    )


def test_the_training_labels_serve_for_the_frequency_alone(problem):
    shuffled = np.random.default_rng(0).permutation(problem["train_labels"])
    again = bias.choose_offsets("frequency", **{**problem, "train_labels": shuffled})
    assert again == bias.choose_offsets("frequency", **problem)


def test_a_probe_is_the_first_images_and_the_frequency_is_still_everybodys(problem):
    chosen = bias.choose_offsets("frequency", **problem, probe_size=50)
    assert chosen["probe_size"] == 50
    assert chosen["target_frequency"] == float(np.mean(problem["train_labels"] == 3))
    first = problem["train_logits"][:50]
    mass = numpy_masses(first, chosen["value"] * np.eye(10)[3])[3]
    assert mass == pytest.approx(chosen["target_frequency"], abs=1e-6)


def test_several_classes_give_lists_in_their_order(problem):
    several = {**problem, "omitted_classes": (3, 7)}
    chosen = bias.choose_offsets("frequency", **several)
    labels = problem["train_labels"]
    assert chosen["target_frequency"] == [float(np.mean(labels == digit)) for digit in (3, 7)]
    for name in ("value", "mean_mass_before", "mean_mass_after"):
        assert len(chosen[name]) == 2, name
    assert chosen["mean_mass_after"] == pytest.approx(chosen["target_frequency"], abs=1e-6)


@pytest.mark.parametrize(
    ("criterion", "changed", "message"),
    [
        ("magic", {}, "frequency, predicted-share, paper, test-optimal"),
        ("frequency", {"probe_size": 0}, "outside 1 to 600"),
        ("frequency", {"probe_size": -5}, "outside 1 to 600"),
        ("frequency", {"probe_size": 601}, "outside 1 to 600"),
        ("frequency", {"omitted_classes": ()}, "no class is omitted"),
        ("paper", {"omitted_classes": (3, 5)}, "use 'frequency'"),
        ("predicted-share", {"omitted_classes": (3, 5)}, "use 'frequency'"),
        ("test-optimal", {"omitted_classes": (3, 5)}, "use 'frequency'"),
    ],
)
def test_choices_that_cannot_be_made_are_refused(problem, criterion, changed, message):
    with pytest.raises(ValueError, match=message):
        bias.choose_offsets(criterion, **{**problem, **changed})


def test_applying_offsets_copies():
    logits = np.zeros((2, 10), dtype=np.float32)
    logits.setflags(write=False)
    shifted = bias.apply_offsets(logits, (3, 5), [1.5, -2.0])
    assert shifted[:, [3, 5]].tolist() == [[1.5, -2.0]] * 2
    assert np.abs(shifted).sum() == 7.0
    assert not logits.any()
    assert bias.apply_offsets(logits, (3,), 0.1).dtype == np.float64

"""Target frequencies given by hand, against sums done by hand."""

import pytest

from kdengine.offsets import matching

EVEN = [0.1] * 10


def test_without_any_the_own_frequencies_stay():
    own = [0.05, 0.15, *[0.1] * 8]
    assert matching.filled_frequencies(own, ()) == own


def test_the_others_share_what_is_left_in_proportion():
    own = [0.05, 0.15, *[0.1] * 8]
    filled = matching.filled_frequencies(own, ((2, 0.55),))
    # 0.45 is left for what was 0.9: each of the others is halved.
    assert filled == pytest.approx([0.025, 0.075, 0.55, *[0.05] * 7])
    assert sum(filled) == pytest.approx(1.0)


def test_all_ten_by_hand_are_taken_as_they_are():
    given = tuple((digit, (digit + 1) / 55) for digit in range(10))
    assert matching.filled_frequencies(EVEN, given) == pytest.approx([s for _, s in given])


def test_ten_rounded_frequencies_are_stretched_to_one():
    given = matching.check_frequencies({digit: 0.0999 for digit in range(9)} | {9: 0.1004})
    assert sum(matching.filled_frequencies(EVEN, given)) == pytest.approx(1.0, abs=1e-15)


def test_classes_that_never_occur_cannot_share_what_is_left():
    with pytest.raises(ValueError, match="give the frequencies of all ten"):
        matching.filled_frequencies([1.0, *[0.0] * 9], ((0, 0.5),))


def test_mappings_and_pairs_are_read_alike_and_sorted():
    assert matching.check_frequencies({5: 0.1, 3: 0.3}) == ((3, 0.3), (5, 0.1))
    assert matching.check_frequencies([[5, 0.1], (3, 0.3)]) == ((3, 0.3), (5, 0.1))
    assert matching.check_frequencies(None) == matching.check_frequencies({}) == ()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({3: 0.0}, "not above 0 and below 1"),
        ({3: 1.0}, "not above 0 and below 1"),
        ({3: -0.2}, "not above 0 and below 1"),
        ({3: float("nan")}, "not above 0 and below 1"),
        ({3: float("inf")}, "not above 0 and below 1"),
        ({3: True}, "not above 0 and below 1"),
        ({3: "0.3"}, "not above 0 and below 1"),
        ({10: 0.3}, "digits 0 to 9"),
        ({-1: 0.3}, "digits 0 to 9"),
        ({"3": 0.3}, "digits 0 to 9"),
        ({True: 0.3}, "digits 0 to 9"),
        ([(3, 0.3), (3, 0.2)], "give each class one"),
        ({3: 0.5, 4: 0.5}, "leave nothing for the other 8"),
        ({digit: 0.11 for digit in range(10)}, "sum to 1.1, not to 1"),
        ({digit: 0.09 for digit in range(10)}, "sum to 0.9, not to 1"),
        ("3=0.3", "no pairs of class and share"),
        (3, "no pairs of class and share"),
    ],
)
def test_frequencies_that_cannot_be_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        matching.check_frequencies(given)


@pytest.mark.parametrize(("match", "classes"), [("omitted", (3, 5)), ("all", tuple(range(10)))])
def test_what_is_matched(match, classes):
    assert matching.matched_classes(match, (3, 5)) == classes

"""What a rule refuses, which classes it moves, and target frequencies against sums by hand."""

import pytest

from kdengine.offsets import rule
from kdengine.offsets.rule import OffsetRule

EVEN = [0.1] * 10


def test_without_any_the_own_frequencies_stay():
    own = [0.05, 0.15, *[0.1] * 8]
    assert rule.filled_frequencies(own, ()) == own


def test_the_others_share_what_is_left_in_proportion():
    own = [0.05, 0.15, *[0.1] * 8]
    filled = rule.filled_frequencies(own, ((2, 0.55),))
    # 0.45 is left for what was 0.9: each of the others is halved.
    assert filled == pytest.approx([0.025, 0.075, 0.55, *[0.05] * 7])
    assert sum(filled) == pytest.approx(1.0)


def test_all_ten_by_hand_are_taken_as_they_are():
    given = tuple((digit, (digit + 1) / 55) for digit in range(10))
    assert rule.filled_frequencies(EVEN, given) == pytest.approx([s for _, s in given])


def test_ten_rounded_frequencies_are_stretched_to_one():
    given = rule.check_frequencies({digit: 0.0999 for digit in range(9)} | {9: 0.1004})
    assert sum(rule.filled_frequencies(EVEN, given)) == pytest.approx(1.0, abs=1e-15)


def test_classes_that_never_occur_cannot_share_what_is_left():
    with pytest.raises(ValueError, match="give the frequencies of all ten"):
        rule.filled_frequencies([1.0, *[0.0] * 9], ((0, 0.5),))


def test_mappings_and_pairs_are_read_alike_and_sorted():
    assert rule.check_frequencies({5: 0.1, 3: 0.3}) == ((3, 0.3), (5, 0.1))
    assert rule.check_frequencies([[5, 0.1], (3, 0.3)]) == ((3, 0.3), (5, 0.1))
    assert rule.check_frequencies(None) == rule.check_frequencies({}) == ()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({3: 0.0}, "above 0 and below 1"),
        ({3: 1.0}, "above 0 and below 1"),
        ({3: -0.2}, "above 0 and below 1"),
        ({3: float("nan")}, "above 0 and below 1"),
        ({3: float("inf")}, "above 0 and below 1"),
        ({3: True}, "above 0 and below 1"),
        ({3: "0.3"}, "above 0 and below 1"),
        ({10: 0.3}, "digits 0 to 9"),
        ({-1: 0.3}, "digits 0 to 9"),
        ({"3": 0.3}, "digits 0 to 9"),
        ({True: 0.3}, "digits 0 to 9"),
        ([(3, 0.3), (3, 0.2)], "each once"),
        ({3: 0.5, 4: 0.5}, "sum to 1; .* those of fewer to less"),
        ({digit: 0.11 for digit in range(10)}, "sum to 1.1; those of all ten classes sum to 1"),
        ({digit: 0.09 for digit in range(10)}, "sum to 0.9; "),
        ("3=0.3", "such as {3: 0.3}"),
        (3, "such as {3: 0.3}"),
    ],
)
def test_frequencies_that_cannot_be_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        rule.check_frequencies(given)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"criterion": "magic"},
            "frequency, predicted-share, teacher-mass, teacher-agreement, paper, test-optimal",
        ),
        ({"match": "some"}, "omitted, all"),
        ({"probe_size": 0}, "at least 1"),
        ({"probe_size": -5}, "at least 1"),
        ({"criterion": "paper", "frequencies": ((3, 0.3),)}, "uses no target frequency"),
        ({"criterion": "test-optimal", "frequencies": ((3, 0.3),)}, "or 'predicted-share'"),
        ({"frequencies": ((3, 0.0),)}, "above 0 and below 1"),
        ({"frequencies": ((3, 0.6), (4, 0.6))}, "sum to 1.2"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        OffsetRule(**changed)


def test_frequencies_are_kept_sorted_whatever_form_they_had():
    assert OffsetRule(frequencies={5: 0.1, 3: 0.3}).frequencies == ((3, 0.3), (5, 0.1))


@pytest.mark.parametrize(
    ("match", "omitted", "meant"),
    [
        (None, (3,), "omitted"),
        (None, (0, 1, 2, 3, 4), "omitted"),
        (None, (0, 1, 2, 3, 4, 5), "all"),
        (None, (), "omitted"),
        ("all", (), "all"),
        ("all", (3, 5), "all"),
        ("omitted", (0, 1, 2, 3, 4, 5), "omitted"),
    ],
)
def test_all_classes_are_matched_if_asked_or_if_few_are_kept(match, omitted, meant):
    asked = OffsetRule(match=match)
    assert asked.match_for(omitted) == meant
    assert asked.classes_for(omitted) == (tuple(range(10)) if meant == "all" else omitted)


@pytest.mark.parametrize(
    ("asked", "omitted", "message"),
    [
        (OffsetRule("paper"), (3, 5), "chooses one offset, but 2 classes get one"),
        (OffsetRule("predicted-share", match="all"), (3,), "but 10 classes get one"),
        (OffsetRule(frequencies=((3, 0.3),)), (), "no digit is left out"),
    ],
)
def test_classes_that_a_rule_cannot_serve_are_refused(asked, omitted, message):
    with pytest.raises(ValueError, match=message):
        asked.classes_for(omitted)


def test_a_probe_is_as_large_as_it_says_and_no_larger_than_what_there_is():
    assert OffsetRule().images_of(600) == OffsetRule(probe_size=600).images_of(600) == 600
    with pytest.raises(ValueError, match="outside 1 to 600"):
        OffsetRule(probe_size=601).images_of(600)

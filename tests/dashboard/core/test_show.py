"""What comes from outside is shown as text, whatever it says."""

import pytest

from dashboard.core import show


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cpu", "` cpu `"),
        ("![](http://host/a)", "` ![](http://host/a) `"),
        ("a`b", "`` a`b ``"),
        ("``", "``` `` ```"),
        ("two\nlines", "` two\ufffdlines `"),
        ("\ud800", "` \ufffd `"),  # a lone surrogate cannot be sent to a browser at all
        ("\u202eabc", "` \ufffdabc `"),  # turns the direction of the line
        ("", "` `"),
        ("x" * 61, f"` {'x' * 59}… `"),
    ],
)
def test_text_from_outside_is_a_code_span_that_holds_it(text, expected):
    assert show.shown(text) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "train_labels differ (3.5 of 4); look at -1.",
            "train_labels differ (3.5 of 4); look at -1.",
        ),
        ("no [x](y), *z*", "no \\[x\\](y), \\*z\\*"),
        ("_x_ `y` $z$ ~w~ <b> a&lt;", "\\_x\\_ \\`y\\` \\$z\\$ \\~w\\~ \\<b\\> a\\&lt;"),
        ("at http://h/a: b", "at ` http://h/a: ` b"),
        (":red[x] :smile: me@h.org", "` :red[x] ` ` :smile: ` ` me@h.org `"),
        ("# title", "\\# title"),
        ("3. point", "3\\. point"),
        ("two\n\n    lines", "two lines"),
        ("\ud800\0\u202e", "\ufffd" * 3),
        ("x" * 1001, "x" * 999 + "…"),
        (ValueError("a`b"), "a\\`b"),
        ("", ""),
    ],
)
def test_a_sentence_with_text_from_outside_is_escaped(message, expected):
    assert show.told(message) == expected


def test_the_first_sentence_is_the_lead_and_the_rest_is_left():
    told = "**Yes, 0.5 %: a rule.** Of Hinton et al. 2015 all."
    assert show.opening(told) == ("**Yes, 0.5 %: a rule.**", "Of Hinton et al. 2015 all.")
    assert show.opening("Of Hinton et al. 2015 all.") == ("Of Hinton et al. 2015 all.", "")

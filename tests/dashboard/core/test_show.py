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

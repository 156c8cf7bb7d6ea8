"""The page of noise: the guess comes first, and no answer before it."""

import numpy as np

from dashboard.topics.noise import figures
from tests.dashboard.pages import open_page, parts


def test_a_guess_opens_the_scene_which_gets_no_picture_but_the_walls(taught_store):
    page = open_page("noise")
    assert not page.exception
    assert not parts(page, "noise_scene") and len(page.get("image")) == 1
    page.button(key="noise_most").click().run()
    assert not page.exception
    assert not page.get("image")
    (sent,) = parts(page, "noise_scene")
    assert (sent["mode"], sent["sources"]) == ("noise", ["noise"])
    assert set(sent["contents"]["noise"]) == {"dataset", "wall", "wallLabels", "teacher"}
    assert any("You guessed: most." in text.value for text in page.main.markdown)
    (address,) = parts(page, "frame_address") or [{"query": ""}]
    assert "guess" in page.query_params or "guess=most" in address["query"]


def test_a_link_that_carries_a_guess_skips_the_question(taught_store):
    page = open_page("noise", guess="show")
    assert parts(page, "noise_scene")
    page = open_page("noise", guess="<b>")
    assert any("guess=" in warning.value for warning in page.warning)
    assert not parts(page, "noise_scene")


def test_without_a_teacher_of_noise_the_page_says_so(small_store):
    page = open_page("noise", guess="most")
    assert not page.exception
    assert any("teacher of noise" in info.value for info in page.main.info)


def test_the_static_is_even_and_framed_in_white():
    """Two pictures of 14 pixels, eight wide, beside each other, and a white line between them."""
    drawn = figures.static(rows=1, columns=2)
    assert drawn.shape == (14 * 8, 29 * 8)
    assert (drawn[:, 14 * 8 : 15 * 8] == 255).all()
    pixels = drawn[::8, ::8][:, np.arange(29) != 14].astype(float) / 127.5 - 1
    expected = np.random.default_rng(0).uniform(-1, 1, (2, 14, 14))
    assert np.abs(pixels - np.hstack(expected)).max() <= 0.5 / 127.5 + 1e-6

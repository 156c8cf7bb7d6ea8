"""The page of noise: the guess comes first, and no answer before it."""

from tests.dashboard.pages import open_page, parts


def test_a_guess_opens_the_scene_which_gets_no_picture_but_the_walls(taught_store):
    page = open_page("noise")
    assert not page.exception
    assert not parts(page, "noise_scene")
    page.button(key="noise_most").click().run()
    assert not page.exception
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

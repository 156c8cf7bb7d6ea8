"""The browser's Back, Forward and address with the pages' parameters, in real Chromium."""

from urllib.parse import parse_qs, urlparse

import pytest

from tests.dashboard.conftest import settle

pytestmark = pytest.mark.browser
STUDENT = "The student's answer too"


def heading(tab) -> str:
    """Return the page's heading once the page stands still."""
    settle(tab)
    return tab.locator('[data-testid="stMain"] h1').inner_text()


def asked(tab) -> dict[str, str]:
    """Return the query of the address once the page stands still."""
    settle(tab)
    return {name: values[0] for name, values in parse_qs(urlparse(tab.url).query).items()}


def has_student(tab) -> bool:
    """Return whether the student's answer is drawn beside the teacher's."""
    settle(tab)
    return tab.get_by_role("switch", name=STUDENT).is_checked()


def shows(tab, image: int) -> bool:
    """Return whether the page shows that test image."""
    settle(tab)
    return tab.get_by_text(f"Test image {image}:").first.is_visible()


def test_back_undoes_a_choice_and_leads_to_the_page_before(server, tab):
    tab.goto(server)
    first = heading(tab)
    tab.get_by_role("link", name="Soft targets").first.click()
    tab.wait_for_url("**/soft_targets**")
    assert heading(tab) == "Soft targets" and tab.title() == "Soft targets – The missing 3"
    tab.go_back()
    assert heading(tab) == first and tab.title() == "The missing 3"
    tab.go_forward()
    assert heading(tab) == "Soft targets"

    tab.get_by_role("button", name="Next", exact=True).click()
    tab.wait_for_url("**image=**")
    image = asked(tab)["image"]
    tab.locator('[data-testid="stCheckbox"] label', has_text=STUDENT).click()
    tab.wait_for_url("**student=1**")
    assert asked(tab) | {"image": image, "student": "1"} == asked(tab)
    tab.go_back()
    assert "student" not in asked(tab) and not has_student(tab)
    tab.go_back()
    assert "image" not in asked(tab) and heading(tab) == "Soft targets"
    tab.go_back()
    assert heading(tab) == first


def test_an_address_typed_into_an_open_page_is_followed_and_what_was_left_comes_back(server, tab):
    tab.goto(f"{server}/soft_targets?student=1&image=12")
    assert has_student(tab)
    tab.goto(f"{server}/soft_targets?image=13")
    assert not has_student(tab) and shows(tab, 13)
    tab.get_by_role("link", name="Glossary").first.click()
    tab.wait_for_url("**/glossary**")
    settle(tab)
    tab.get_by_role("link", name="Soft targets").first.click()
    tab.wait_for_url("**/soft_targets?*image=13*")
    assert asked(tab)["image"] == "13" and shows(tab, 13)

"""Live training in real Chromium: a click, growing curves, a second tab, the end, a cancel."""

import os
import re
import time

import psutil
import pytest

from kdengine.data import mnist_files
from tests.dashboard.conftest import ROOT, settle

pytestmark = pytest.mark.browser

POINTS = '[data-testid="stVegaLiteChart"] .mark-symbol.role-mark path'


@pytest.fixture(autouse=True)
def no_worker_left(server):
    """Whatever a test does, no training outlives it."""
    yield
    for process in workers():
        process.kill()


def is_ours(process):
    """Return whether these tests started it, not others that run beside them."""
    name = "PYTEST_XDIST_WORKER"
    try:
        return process.environ().get(name) == os.environ.get(name)
    except psutil.Error:
        return False


def workers():
    """Return the training processes that were started from this folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        if "dashboard.jobs.worker" in (process.info["cmdline"] or []):
            if process.info["cwd"] == str(ROOT) and is_ours(process):
                found.append(process)
    return found


def open_train(tab, server, dataset):
    """Open the page with nothing running and choose the dataset."""
    tab.goto(f"{server}/train")
    settle(tab)
    chooser = tab.get_by_role("combobox", name="Dataset")
    if chooser.input_value() != dataset:
        chooser.click()
        tab.get_by_role("option", name=dataset, exact=True).click()
        settle(tab)


def set_number(tab, label, value):
    """Type a number into one of the page's fields."""
    field = tab.get_by_role("spinbutton", name=label, exact=True)
    field.fill(str(value))
    field.press("Enter")
    settle(tab)


def start(tab):
    """Start the training and wait for its first point."""
    tab.get_by_role("button", name="Start", exact=True).click()
    tab.get_by_text(re.compile("^So far the ")).wait_for(timeout=90_000)
    tab.wait_for_function("s => document.querySelectorAll(s).length > 0", arg=POINTS)


def cancel(tab):
    """Cancel the training, and wait until no process of it is left and the page says so."""
    tab.get_by_role("button", name="Cancel").first.click()
    wait_for_no_worker(tab)
    tab.get_by_text("Cancelled:").wait_for(timeout=30_000)


def wait_for_no_worker(tab):
    """Wait until no process of a training is left; one that hangs fails the test."""
    limit = time.monotonic() + 60.0
    while workers():
        assert time.monotonic() < limit
        tab.wait_for_timeout(20)


def test_a_training_grows_is_seen_in_another_tab_and_ends_as_a_run(server, tab, browser):
    open_train(tab, server, "digits")
    set_number(tab, "Seed", 41)
    set_number(tab, "Teacher's epochs", 60)
    set_number(tab, "Student's epochs", 10)
    start(tab)
    few = tab.locator(POINTS).count()
    tab.wait_for_function("([s, n]) => document.querySelectorAll(s).length > n", arg=[POINTS, few])
    other = browser.new_context().new_page()
    other.goto(f"{server}/train")
    # It may have ended before the second tab is up.
    other.get_by_text(re.compile(r"seed 41|Done in")).first.wait_for(timeout=60_000)
    other.locator(POINTS).first.wait_for(state="attached", timeout=60_000)
    other.context.close()
    tab.get_by_role("button", name="Look at it").wait_for(timeout=240_000)
    settle(tab)
    told = re.search(r"Done in \d+ s: the student recognises ([\d.]+)", tab.inner_text("body"))
    # The wall is the last epoch's.
    wall = tab.get_by_role("img", name=re.compile("^Wall of 61 threes, "))
    lit = int(re.search(r"(\d+) of them lit", wall.get_attribute("aria-label")).group(1))
    assert f"{100 * lit / 61:.1f}" == told.group(1)
    tab.get_by_text("The student, after epoch 10 of 10").wait_for()
    tab.get_by_role("button", name="Look at it").click()
    tab.wait_for_url(re.compile(r"/story\?.*run=student-digits-omit3-seed41-"))
    settle(tab)
    # The run is stored, and offered, before its process has put everything away.
    wait_for_no_worker(tab)


def test_cancel_ends_the_processes_and_stores_nothing(server, tab):
    open_train(tab, server, "digits")
    set_number(tab, "Seed", 42)
    set_number(tab, "Teacher's epochs", 200)
    start(tab)
    assert workers()
    cancel(tab)
    settle(tab)
    tab.get_by_role("combobox", name="Stored run").click()
    offered = tab.get_by_role("option").all_inner_texts()
    assert offered and not any("seed 42" in option for option in offered)


def test_mnist_trains_too_until_it_is_cancelled(server, tab):
    if not mnist_files.present():
        pytest.skip("needs the MNIST files; set KDENGINE_DATA_DIR")
    open_train(tab, server, "mnist")
    set_number(tab, "Seed", 43)
    start(tab)
    cancel(tab)

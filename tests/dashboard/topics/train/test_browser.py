"""Live training in real Chromium: a click, growing curves, a second tab, the end, a cancel."""

import os
import re
import time

import psutil
import pytest
import torch

from kdengine.data import datasets, mnist_files
from tests.dashboard.conftest import ROOT, settle
from tests.kdengine.test_adopt import file_of, trained

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
    chart = other.locator('[data-testid="stVegaLiteChart"]').first
    chart.wait_for(timeout=60_000)
    chart.scroll_into_view_if_needed()  # a finished run's words push it below the fold
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


def load(tab, role, network):
    """Load a network's file as a teacher or a student, and wait until it is taken."""
    content = file_of(network).getvalue()
    upload = {"name": f"my {role}.safetensors", "mimeType": "application/x", "buffer": content}
    tab.locator('[data-testid="stFileUploader"] input').set_input_files(upload)
    tab.get_by_test_id("stRadioGroup").get_by_text(role, exact=True).click()
    settle(tab)
    tab.get_by_role("button", name="Load it").click()
    tab.get_by_text(re.compile(f"^Own {role}, my_{role}.safetensors")).wait_for()
    settle(tab)


def test_files_of_a_teacher_and_a_student_are_loaded_and_every_page_shows_them(server, tab):
    open_train(tab, server, "digits")
    network = trained(seed=5)[0]
    load(tab, "teacher", trained(seed=6)[0])
    load(tab, "student", network)
    tab.get_by_role("button", name="Look at it").click()
    tab.wait_for_url(re.compile(r"/story\?.*run=student-digits-omit3-seed\d-"))
    settle(tab)
    tab.get_by_text("whoever brought it says that it").first.wait_for()
    data = datasets.load("digits")
    threes = torch.tensor(data.test_images[data.test_labels == 3]).flatten(1) / 255
    right = int((network(threes).argmax(1) == 3).sum())
    wall = tab.locator(".st-key-story_wall")
    wall.get_by_role("button", name="Show me").click()
    wall.get_by_role("radio", name="Distilled", exact=True).click()
    wall.locator(".count strong").get_by_text(str(right), exact=True).wait_for()
    settle(tab)
    tab.get_by_role("link", name="Mistakes", exact=True).first.click()
    tab.wait_for_url(re.compile("/mistakes"))
    settle(tab)
    assert tab.locator('[data-testid="stException"]').count() == 0

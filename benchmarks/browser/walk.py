"""A random walk over every control of every page in real Chromium, and the shortest way to a fault.

Two tabs of one browser, Back and Forward, the menu, runs, buttons, menus, fields, sliders, charts.
A walk is its steps: each names a control by its kind, its name and its place among those called
so, and says what is done with it; so it is walked again, with steps left out, until as few as
possible still fail. What fails: an exception on the page, an error in the console, a request that
failed or that went elsewhere, a page that never stands still.
"""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, BrowserContext, ElementHandle, Page
from playwright.sync_api import Error as BrowserError

from benchmarks.browser.dashboard import note_problems, settle

CONTROLS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
WEIGHTS = {"press": 6, "choose": 4, "menu": 3, "slide": 2, "type": 2, "point": 1, "browser": 2}
KEYS = ("Home", "End", "ArrowRight", "ArrowLeft", "PageUp", "PageDown")
TYPED = ("0", "3", "77", "9999", "-1", "1e9", "2.5", "", "bias", "3=0.3,5=0.2", "![](x)")
MOVES = ("back", "forward", "other tab", "reload", "Escape")
# They train or fetch.
LEFT_ALONE = {"Start", "Train it now", "Fetch MNIST now"}
TAKES_MS = 3000
SETTLES_SECONDS = 30.0
EXCEPTIONS = "all => all.map(each => each.innerText.slice(0, 300))"


class Step(NamedTuple):
    """One step: which control, and what is done with it."""

    kind: str
    name: str
    nth: int
    value: Any = None

    def __str__(self) -> str:
        """Return the step in words."""
        which = f" (no. {self.nth + 1})" if self.nth else ""
        return f"{self.kind} {self.name!r}{which}" + (
            "" if self.value is None else f": {self.value!r}"
        )


class Walker:
    """A browser of two tabs that begins at *url*, in a context of its own."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.problems: list[str] = []
        self.context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 900})
        self.tabs = [self._tab()]
        self.page = self.tabs[0]

    def take(self, step: Step) -> bool:
        """Take a step and note what goes wrong; return whether there was such a control."""
        try:
            done = self._browse(step.name) if step.kind == "browser" else self._use(step)
        except BrowserError:
            done = False  # covered by something, or gone meanwhile: nobody could do it
            self.page.keyboard.press("Escape")
        try:
            settle(self.page, SETTLES_SECONDS)
        except BrowserError:
            self.problems.append(f"{self.page.url} has not stood still for {SETTLES_SECONDS:g} s")
        self.problems += self.page.eval_on_selector_all('[data-testid="stException"]', EXCEPTIONS)
        return done

    def controls(self) -> list[Step]:
        """Return what could be used now, without a value."""
        found = [Step(*each) for each in self.page.evaluate(f"{CONTROLS}.list()")]
        return [step for step in found if step.name not in LEFT_ALONE]

    def next_step(self, chance: random.Random) -> Step:
        """Return a step, left to *chance*, for the page as it is."""
        found = [*self.controls(), *(Step("browser", move, 0) for move in MOVES)]
        kinds = sorted({step.kind for step in found})
        (kind,) = chance.choices(kinds, [WEIGHTS[each] for each in kinds])
        step = chance.choice([each for each in found if each.kind == kind])
        values = {"slide": KEYS, "type": TYPED, "choose": range(12)}.get(kind)
        if kind == "point":
            return step._replace(value=(round(chance.random(), 2), round(chance.random(), 2)))
        return step if values is None else step._replace(value=chance.choice(values))

    def _tab(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(TAKES_MS)
        note_problems(page, self.problems)
        page.goto(self.url, timeout=60_000)
        settle(page)
        return page

    def _browse(self, move: str) -> bool:
        page = self.page
        if move == "other tab":
            if len(self.tabs) == 1:
                self.tabs.append(self._tab())
            self.page = next(tab for tab in self.tabs if tab != page)
            self.page.bring_to_front()
        elif move == "Escape":
            page.keyboard.press("Escape")
        else:
            {"back": page.go_back, "forward": page.go_forward, "reload": page.reload}[move]()
            if not page.url.startswith("http"):  # before the first page
                page.go_forward()
        return True

    def _use(self, step: Step) -> bool:
        place = self.page.evaluate_handle(f"{CONTROLS}.find", [step.kind, step.name, step.nth])
        control = place.as_element()
        if control is None:
            return False
        if step.kind in ("press", "menu"):
            control.click(timeout=TAKES_MS)
        elif step.kind == "slide":
            control.press(step.value)
        elif step.kind == "type":
            control.fill(step.value)
            control.press("Enter")
        elif step.kind == "point":
            box = control.bounding_box() or {"width": 0, "height": 0}
            across, down = step.value
            position = {"x": box["width"] * across, "y": box["height"] * down}
            control.click(position=position, timeout=TAKES_MS)
        else:
            return self._choose(control, step.value)
        return True

    def _choose(self, control: ElementHandle, number: int) -> bool:
        control.click(timeout=TAKES_MS)
        options = self.page.locator('[role="option"]')
        options.first.wait_for(timeout=TAKES_MS)
        options.nth(number % options.count()).click(timeout=TAKES_MS)
        return True


def walk(browser: Browser, url: str, seed: int, count: int) -> tuple[list[Step], list[str]]:
    """Take *count* steps from *url*, or until one fails; return them and what failed."""
    chance, walker, steps = random.Random(seed), Walker(browser, url), []
    while len(steps) < count and not walker.problems:
        steps.append(walker.next_step(chance))
        walker.take(steps[-1])
    walker.context.close()
    return steps, walker.problems


def again(browser: Browser, url: str, steps: Sequence[Step]) -> list[str]:
    """Take *steps* anew, as far as there are such controls; return what failed."""
    walker = Walker(browser, url)
    for step in steps:
        if not walker.problems:
            walker.take(step)
    walker.context.close()
    return walker.problems


def shortest(steps: list[Step], fails: Callable[[list[Step]], Any], tries: int = 60) -> list[Step]:
    """Return as few of *steps* as still fail: ever smaller parts are left out of them."""
    size = len(steps) // 2
    while size:
        begin = 0
        while begin < len(steps) and tries:
            fewer, tries = steps[:begin] + steps[begin + size :], tries - 1
            if fails(fewer):
                steps = fewer
            else:
                begin += size
        size //= 2
    return steps


def told(browser: Browser, url: str, seed: int, count: int) -> str:
    """Walk; return "" or what failed, with the shortest way there that was found."""
    steps, problems = walk(browser, url, seed, count)
    if not problems:
        return ""
    way = shortest(steps, lambda fewer: again(browser, url, fewer))
    lines = [f"After {len(steps)} steps of seed {seed}: {problems[0]}", "The shortest way there:"]
    return "\n".join([*lines, *(f"  {number}. {step}" for number, step in enumerate(way, 1))])

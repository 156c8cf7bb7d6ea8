"""A class on one server: many sessions, with one action each every so many seconds.

    python -m benchmarks.sessions [--sessions 30] [--seconds 180] [--every 10] [--json PATH]
    python -m benchmarks.sessions --mixed --sessions 60 --seconds 300
    python -m benchmarks.sessions --vote --sessions 100
    python -m benchmarks.sessions --walk 300 --seed 1

Starts the real server with the shipped runs and speaks Streamlit's protocol to it over loopback,
from a process of its own. An action chooses another option of a control on the session's page
(a menu, a segmented control, a toggle, the run) or, one time in five, another page. Measures the
time from each action to the end of the script that answers it, and the server's memory.

``--mixed``: every other action opens the page that the session has seen least; it aims at less
memory, which must not grow. ``--vote``: a presenter asks the class; all arrive on the page of the
question, and one action in three is a guess, or the way back there. ``--walk``: no sessions but
so many random steps of one person in Chromium; what fails is told with the shortest sequence of
steps that was found to lead there.
"""

import asyncio
import collections
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote

import psutil

from benchmarks.browser.dashboard import launched, served
from benchmarks.browser.wire import Viewer
from benchmarks.measurement import options_of, p95, write
from kdengine.cli import command_line

TARGETS = {"p95_seconds": 1.0, "memory_mib": 1536.0}
# Growth: from the second quarter of the time to the last.
MIXED_TARGETS = {"p95_seconds": 1.0, "memory_mib": 600.0, "growth_mib": 60.0}
# The class arrives within this time; then everybody works.
ARRIVAL_SECONDS = 10.0
ARRIVING = ("open", "first page")
_MOVES, _MIXED_MOVES, _GUESSES = 0.2, 0.5, 1 / 3
SESSIONS = 30  # usually
_KEY = "the presenter's of this measurement"
_QUESTION = "3"  # the tour's first step that asks
_SAMPLE_SECONDS = 0.25


class Action(NamedTuple):
    """One action: on which page, with what, how long it took; None if no answer came."""

    page: str
    what: str
    seconds: float | None


class Course(NamedTuple):
    """How many viewers do what, how often and for how long."""

    sessions: int
    seconds: float
    every: float
    seed: int
    mixed: bool = False
    vote: bool = False


def main() -> int:
    """Measure, print, write; return 1 where a target is missed."""
    options = options_of(
        "sessions",
        __doc__,
        sessions=SESSIONS,
        seconds=180.0,
        every=10.0,
        seed=0,
        mixed=False,
        vote=False,
        walk=0,
    )
    path, steps, mixed = options.pop("json"), options.pop("walk"), options["mixed"]
    kind = " --mixed" * mixed + " --vote" * options["vote"]
    many = f" --sessions {options['sessions']}" * (options["sessions"] != SESSIONS)
    if steps:
        return walked(steps, options["seed"])
    if path.stem == "sessions":
        path = path.with_name(f"sessions{kind.replace(' --', '-')}.json")
    with served(**({"KDENGINE_PRESENTER_KEY": _KEY} if options["vote"] else {})) as server:
        figures = asyncio.run(measure(server.url, server.process, **options))
    targets = MIXED_TARGETS if mixed else TARGETS
    print("\n".join(lines(figures, targets)))
    write(path, f"python -m benchmarks.sessions{kind}{many}", targets=targets, figures=figures)
    return 0 if is_reached(figures, targets) else 1


def walked(steps: int, seed: int) -> int:
    """Walk at random through a dashboard in Chromium; return 1 if something failed."""
    from playwright.sync_api import sync_playwright

    from benchmarks.browser import walk

    with served() as server, sync_playwright() as driver:
        failure = walk.told(launched(driver), f"{server.url}/story", seed, steps)
    print(failure or f"{steps} steps of seed {seed}: nothing failed")
    return 1 if failure else 0


async def measure(url: str, server: psutil.Process, **given: Any) -> dict[str, Any]:
    """Return what the viewers of *url* and its process *server* measure; *given* is a `Course`."""
    course = Course(**given)
    memory: list[float] = []
    watching = asyncio.create_task(watch(server, memory))
    await asyncio.sleep(0)  # the first value is of the server without viewers
    if course.vote:
        async with Viewer(url) as presenter:
            await presenter.open("tour", f"step={_QUESTION}&key={quote(_KEY)}")
    viewers = [Viewer(url) for _ in range(course.sessions)]
    tasks = [view(viewer, number, course) for number, viewer in enumerate(viewers)]
    actions = [action for found in await asyncio.gather(*tasks) for action in found]
    watching.cancel()
    return {
        "sessions": course.sessions,
        "seconds": course.seconds,
        "every": course.every,
        **summary(actions),
        "exceptions": sum(len(viewer.trouble) for viewer in viewers),
        "memory": {
            "before_mib": memory[0],
            "after_mib": memory[-1],
            "peak_mib": max(memory),
            "growth_mib": growth(memory),
        },
    }


async def view(viewer: Viewer, number: int, course: Course) -> list[Action]:
    """Be one viewer: arrive, then act once in each interval, at a moment left to chance.

    *number* says when among the others it arrives, and at which page.
    """
    chance, place = random.Random(f"{course.seed} {number}"), number / course.sessions
    await asyncio.sleep(ARRIVAL_SECONDS * place)
    async with viewer:
        landing = "vote" if course.vote else "story"
        done = [await timed(landing, "open", lambda: viewer.open(landing))]
        pages = list(viewer.pages)
        if pages and not course.vote:
            first = pages[int(place * len(pages))]
            done.append(await timed(first, "first page", lambda: viewer.go(first)))
        await viewer.wait(time.monotonic() + ARRIVAL_SECONDS * (1 - place))
        began = time.monotonic()
        for slot in range(int(course.seconds / course.every)):
            await viewer.wait(began + (slot + chance.random()) * course.every)
            if course.vote and chance.random() < _GUESSES:
                done.append(await guess(viewer, chance))
                continue
            visits = collections.Counter(action.page for action in done) if course.mixed else None
            done.append(await act(viewer, chance, visits))
        # Nobody leaves before the end: the memory is that of all sessions.
        await viewer.wait(began + course.seconds)
    return done


async def act(
    viewer: Viewer, chance: random.Random, visits: collections.Counter[str] | None = None
) -> Action:
    """Choose another option or, one time in five or where there is none, another page.

    With *visits*, how often the viewer was on each page, it is one of those seen least, every
    other time.
    """
    usable = [control for control in viewer.controls.values() if control.others()]
    if not usable or chance.random() < (_MOVES if visits is None else _MIXED_MOVES):
        pages = [name for name in viewer.pages if name != viewer.page]
        least = min(visits[name] for name in pages) if visits is not None else 0
        page = chance.choice([p for p in pages if visits is None or visits[p] == least])
        return await timed(page, "another page", lambda: viewer.go(page))
    control = chance.choice(sorted(usable, key=lambda control: control.id))
    option = chance.choice(control.others())
    return await timed(viewer.page, control.label, lambda: viewer.choose(control, option))


async def guess(viewer: Viewer, chance: random.Random) -> Action:
    """Send a guess, or go to where that can be done."""
    button = next((label for label in viewer.inputs if label.endswith("my guess")), None)
    if button is None:
        return await timed("vote", "another page", lambda: viewer.open("vote", ""))
    return await timed("vote", "guess", lambda: viewer.send(chance.randrange(0, 101, 5), button))


async def timed(page: str, what: str, do: Callable[[], Any]) -> Action:
    """Do it and return how long it took."""
    try:
        return Action(page, what, await do())
    except TimeoutError:
        return Action(page, what, None)


async def watch(server: psutil.Process, memory: list[float]) -> None:
    """Note the memory of *server* and of what it has started, in MiB, until cancelled."""
    while True:
        held = [each.memory_info().rss for each in (server, *server.children(recursive=True))]
        memory.append(sum(held) / 2**20)
        await asyncio.sleep(_SAMPLE_SECONDS)


def growth(memory: list[float]) -> float:
    """Return by how many MiB the memory grew from the second quarter of the time to the last."""
    quarter = max(1, len(memory) // 4)
    earlier = memory[quarter : 2 * quarter] or memory
    return statistics.mean(memory[-quarter:]) - statistics.mean(earlier)


def summary(actions: list[Action]) -> dict[str, Any]:
    """Return the waits of all actions, and by page; arriving stands apart."""
    working = [action for action in actions if action.what not in ARRIVING]
    arriving = [action for action in actions if action.what in ARRIVING]
    found: dict[str, Any] = {"actions": waits(working), "arrivals": waits(arriving)}
    groups: dict[str, list[Action]] = collections.defaultdict(list)
    for action in working:
        groups[action.page].append(action)
    return found | {"by_page": {page: waits(groups[page]) for page in sorted(groups)}}


def waits(actions: list[Action]) -> dict[str, Any]:
    """Return count, unanswered, and median, 95th percentile and largest of the waits, in s."""
    took = [action.seconds for action in actions if action.seconds is not None]
    found: dict[str, Any] = {"count": len(actions), "unanswered": len(actions) - len(took)}
    if took:
        found |= {"p50": statistics.median(took), "p95": p95(took), "max": max(took)}
    return found


def is_reached(figures: dict[str, Any], targets: dict[str, float] = TARGETS) -> bool:
    """Return whether every action was answered without an exception, quickly, in little memory."""
    done = figures["actions"]
    lost = done["unanswered"] + figures["arrivals"]["unanswered"] + figures["exceptions"]
    return (
        done["count"] > 0
        and not lost
        and done["p95"] <= targets["p95_seconds"]
        and figures["memory"]["peak_mib"] <= targets["memory_mib"]
        and figures["memory"]["growth_mib"] <= targets.get("growth_mib", float("inf"))
    )


def lines(figures: dict[str, Any], targets: dict[str, float] = TARGETS) -> list[str]:
    """Return the figures in words, one line each."""
    memory = figures["memory"]
    told = [
        f"{figures['sessions']} sessions; exceptions: {figures['exceptions']}; memory "
        f"{memory['peak_mib']:.0f} MiB at most, grown by {memory['growth_mib']:.0f} MiB; "
        f"aims: {targets}"
    ]
    groups = {"all actions": figures["actions"], "arriving": figures["arrivals"]}
    for name, found in (groups | figures["by_page"]).items():
        numbers = "".join(f"{key:>6} {found[key]:.3f} s" for key in ("p50", "p95") if key in found)
        told.append(f"{name[:34]:<34}{found['count']:>5}, lost {found['unanswered']}{numbers}")
    return told


if __name__ == "__main__":
    sys.exit(command_line.run(main))

"""Every page once: its address, its section, title, icon and question.

The navigation, links between pages, the tour, the tests and the README read it. A page is added
by a folder in `topics/` and a line here.
"""

from dataclasses import dataclass
from pathlib import Path

DASHBOARD = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Page:
    """One page of the dashboard."""

    name: str  # Its address, and its folder below `topics/`
    # Where the menu shows it, if it does, and what it says there
    section: str
    title: str
    icon: str
    question: str  # What the page answers, for the README
    # The module below `topics/` that holds its lesson, if another than the one beside the page;
    # ``{tab}`` stands for the value of that parameter
    lesson: str = ""
    # Whether it shows the run that the sidebar chooses; of a page of tabs, those that do
    shows_run: bool | tuple[str, ...] = True
    elsewhere: str = ""  # The title where classes are no digits; ``{omitted}`` is the missing one

    def has_run(self, tab: str) -> bool:
        """Return whether the page, with *tab* open, shows the run chosen in the sidebar."""
        return tab in self.shows_run if isinstance(self.shows_run, tuple) else self.shows_run

    @property
    def path(self) -> str:
        """Its file as Streamlit's links take it, relative to `frame.py`."""
        return f"topics/{self.name}/page.py"

    @property
    def lesson_module(self) -> str:
        """The module that holds the lesson of what the page shows; there may be none."""
        return f"dashboard.topics.{self.lesson or f'{self.name}.lesson'}"


_STORY, _TURN, _LAB, _CLASS = "The story", "Your turn", "The lab", "For a class"
NOWHERE = ""  # in the menu; whoever is to open such a page is led there
PAGES = {
    page.name: page
    for page in (
        Page(
            "story",
            _STORY,
            "The missing 3",
            ":material/home:",
            "can one learn what one never saw? A guess, then every held-out three on one wall",
            elsewhere="The missing {omitted}",
        ),
        Page(
            "soft_targets",
            _STORY,
            "Soft targets",
            ":material/bar_chart:",
            "what does a temperature do to a teacher's answer?",
        ),
        Page(
            "dark_knowledge",
            _STORY,
            "Where the 3 hides",
            ":material/blur_on:",
            "which images carry the missing class, and how much of it each of them?",
            elsewhere="Where the {omitted} hides",
        ),
        Page(
            "learning",
            _STORY,
            "Watch it learn",
            ":material/play_circle:",
            "when do the threes appear? A student trained in the viewer's browser, on digits or on "
            "noise alone; below it the stored run's epochs, as GIF and pictures too",
        ),
        Page(
            "offset",
            _STORY,
            "The offset",
            ":material/tune:",
            "one number more: who chooses it, what does it cost, and is “the learned bias much "
            "too low”?",
        ),
        Page(
            "mistakes",
            _STORY,
            "Mistakes",
            ":material/grid_on:",
            "what is taken for what, image by image?",
        ),
        Page(
            "noise",
            _STORY,
            "Not a single digit",
            ":material/grain:",
            "what if the student sees nothing but noise? A guess, then it learns in the browser",
            elsewhere="Nothing but noise",
        ),
        Page(
            "leak",
            _STORY,
            "Could it be a leak?",
            ":material/policy:",
            "students from whom one thing was taken away: what carries the threes?",
            shows_run=False,
        ),
        Page(
            "draw",
            _TURN,
            "Draw your own",
            ":material/draw:",
            "a pad answered at every stroke by four networks; a photo to mend, pictures to alter; "
            "a morph between two",
        ),
        Page("train", _TURN, "Train", ":material/model_training:", "one's own run, live"),
        Page(
            "lab",
            _LAB,
            "Lab",
            ":material/science:",
            "which digits can be left out, what matters, what the published recipes give here, "
            "does distilling help on any data, what has been found since 2015, and why T²?",
            lesson="lab.{tab}.lesson",
            shows_run=("omission", "since_2015", "t_squared"),
        ),
        Page(
            "tour",
            _CLASS,
            "Tour",
            ":material/slideshow:",
            "the story step by step, for a class; PageDown plays what moves and leads on",
        ),
        Page(
            "vote",
            NOWHERE,
            "Vote",
            ":material/how_to_vote:",
            "guesses from phones in the room",
            shows_run=False,
        ),
        Page(
            "glossary",
            _CLASS,
            "Glossary",
            ":material/menu_book:",
            "the terms, each with its source",
            shows_run=False,
        ),
    )
}


def path(name: str) -> str:
    """Return the file of the page at the address *name*, as Streamlit's links take it."""
    return PAGES[name].path

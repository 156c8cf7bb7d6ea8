"""Every page once: its address, where it lies, its section, title, icon and question.

The navigation, links between pages, the tour, the tests and the README read it. A page is added
by a folder in `topics/` and a line here.
"""

from dataclasses import dataclass
from pathlib import Path

DASHBOARD = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Page:
    """One page of the dashboard.

    Parameters
    ----------
    name : str
        Its address.
    section, title, icon : str
        Where the menu shows it and what it says there.
    question : str
        What the page answers, for the README.
    script : str
        Its file below `topics/`.
    lesson : str
        The module below `topics/` that holds its lesson, if another than the one beside the page;
        ``{tab}`` stands for the value of that parameter.
    """

    name: str
    section: str
    title: str
    icon: str
    question: str
    script: str
    lesson: str = ""

    @property
    def path(self) -> str:
        """Its file as Streamlit's links take it, relative to `Home.py`."""
        return f"topics/{self.script}"

    @property
    def lesson_module(self) -> str:
        """The module that holds the lesson of what the page shows; there may be none."""
        beside = self.script.removesuffix("page.py").replace("/", ".") + "lesson"
        return f"dashboard.topics.{self.lesson or beside}"


_STORY, _CLOSER, _LAB, _CLASS = "The story", "Look closer", "The lab", "The class"
PAGES = {
    page.name: page
    for page in (
        Page(
            "story",
            _STORY,
            "The missing 3",
            ":material/home:",
            "every held-out three on one wall: which of them flips at which offset?",
            "story/page.py",
        ),
        Page(
            "tour",
            _STORY,
            "Tour",
            ":material/slideshow:",
            "the story in twelve steps, for a class; PageDown leads on",
            "tour/page.py",
        ),
        Page(
            "soft_targets",
            _STORY,
            "Soft targets",
            ":material/bar_chart:",
            "what does a temperature do to a teacher's answer?",
            "soft_targets/page.py",
        ),
        Page(
            "dark_knowledge",
            _STORY,
            "Dark knowledge",
            ":material/blur_on:",
            "which images carry the missing class, what “the bias is too low” means on this run, "
            "and why T²",
            "dark_knowledge/page.py",
        ),
        Page(
            "offset",
            _STORY,
            "The offset",
            ":material/tune:",
            "how is that one number chosen, and what does it cost?",
            "offset/page.py",
        ),
        Page(
            "learning",
            _STORY,
            "Replay",
            ":material/play_circle:",
            "when, in the student's training, do the threes appear? GIF and pictures to take along",
            "learning/page.py",
        ),
        Page(
            "draw",
            _CLOSER,
            "Draw your own",
            ":material/draw:",
            "a pad answered at every stroke by four networks; pictures to alter; a morph between "
            "two",
            "draw/page.py",
        ),
        Page(
            "mistakes",
            _CLOSER,
            "Mistakes",
            ":material/grid_on:",
            "what is taken for what, image by image?",
            "mistakes/page.py",
            lesson="mistakes.{view}_lesson",
        ),
        Page(
            "leak",
            _LAB,
            "Could it be a leak?",
            ":material/policy:",
            "students from whom one thing was taken away: what carries the threes?",
            "leak/page.py",
        ),
        Page(
            "lab",
            _LAB,
            "Lab",
            ":material/science:",
            "which digits can be left out, what matters, what the published recipes give here, and "
            "does distilling help on any data?",
            "lab/page.py",
            lesson="lab.{tab}.lesson",
        ),
        Page(
            "train",
            _LAB,
            "Train",
            ":material/model_training:",
            "one's own run, live",
            "train/page.py",
        ),
        Page(
            "vote",
            _CLASS,
            "Vote",
            ":material/how_to_vote:",
            "guesses from phones in the room",
            "vote/page.py",
        ),
        Page(
            "glossary",
            _CLASS,
            "Glossary",
            ":material/menu_book:",
            "the terms, each with its source",
            "glossary/page.py",
        ),
    )
}


def path(name: str) -> str:
    """Return the file of the page at the address *name*, as Streamlit's links take it."""
    return PAGES[name].path

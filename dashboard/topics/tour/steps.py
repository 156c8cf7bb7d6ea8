"""The steps of the tour one by one: each a page with its state, a text and a speaker's note.

Every number is the run's. What a question asks is not told on any page before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.core.digits import a_digit, plural
from dashboard.core.numbers import fine_percent, percent
from dashboard.figures import sweep_rows
from dashboard.figures.criteria import signed
from dashboard.figures.sweep_rows import BEFORE, Table
from dashboard.topics.lab.omission import cases as omission_cases
from dashboard.topics.lab.omission import figures as lab
from dashboard.topics.leak import figures as leaks
from dashboard.topics.tour.facts import Facts
from kdengine.recipes.recipe import PAPER_TWO_DIGITS
from kdengine.studies.ablations import CAUSALITY

TOUR_PAGE = "tour"
LEAKS, PAIR = leaks.SWEEP, "paper-pair"  # sweeps that steps tell of


@dataclass(frozen=True)
class Step:
    """One step of the tour.

    Parameters
    ----------
    page : str
        The topic whose page is shown; `TOUR_PAGE` for a question to the class.
    title, text, note : str
        A few words; what the audience reads (Markdown); what the speaker may add.
    state : mapping of str to str
        The query parameters that set the page's controls.
    look : str
        What to look at there.
    spot : str
        How the key of the container begins that is brought into view; empty for the page's top.
    question : str
        The question that is asked; empty for a step that shows a page.
    """

    page: str
    title: str
    text: str
    note: str
    state: Mapping[str, str] = field(default_factory=dict)
    look: str = ""
    spot: str = ""
    question: str = ""


def at_one(found: Facts) -> Step:
    """Show an answer of the teacher as it is."""
    omitted, things = found.omitted, plural(found.omitted)
    return Step(
        "soft_targets",
        f"A student that never sees a {omitted}",
        f"The teacher learnt all ten digits. The student learns only from the teacher's answers to "
        f"{found.transfer_images:,} images, **{found.transfer_omitted or 'none'} of them a "
        f"{omitted}**. Here is such an answer, to {a_digit(found.label)}.",
        f"Let it sink in that the student's images hold no {omitted} at all. How it does on "
        f"{things} comes later, after the class has guessed. Upper bars: the teacher.",
        {"image": str(found.image), "T": "1", "log": "0"},
        f"At T = 1 the teacher says {found.label} and seems to say nothing else.",
        "soft_targets_wide_picture",
    )


def softened(found: Facts) -> Step:
    """Show the same answer at the temperature of the training."""
    second = found.second
    return Step(
        "soft_targets",
        "The temperature brings the rest to light",
        f"The same answer at T = {found.temperature:g}, where the student learnt: "
        f"**{fine_percent(found.soft)}** for **{second}**, up from {fine_percent(found.plain)}. "
        f"To the teacher this {found.label} looks a little like {a_digit(second)}.",
        "Drag the slider slowly from 1 upwards: the order of the bars never changes, their sizes "
        "do. These ten numbers, not the label, are what the student learns to give.",
        {"image": str(found.image), "T": f"{found.temperature:g}", "log": "0"},
        f"The bar of {second} grows.",
        "soft_targets_wide_picture",
    )


def dark_knowledge(found: Facts) -> Step:
    """Show where the omitted class is in the transfer set."""
    omitted = found.omitted
    return Step(
        "dark_knowledge",
        f"Where the {plural(omitted)} hide",
        f"On images of the other digits the teacher gives {omitted} on average "
        f"{fine_percent(found.mean_plain)} at T = 1 and **{fine_percent(found.mean_soft)}** at "
        f"T = {found.temperature:g}.",
        "Ask which digits they are before reading them out. The average is over the test images "
        "of the classes the student was taught.",
        {"T": f"{found.temperature:g}"},
        f"The images that most look like {a_digit(omitted)} to the teacher.",
    )


def ask_accuracy(found: Facts) -> Step:
    """Ask how the student does on what it never saw."""
    return Step(
        TOUR_PAGE,
        "Your guess first",
        f"The student has never seen a {found.omitted}. How does it do on them?",
        "Give them half a minute; the number of guesses counts up. PageDown shows the guesses, "
        "PageDown again the answer.",
        question="accuracy",
    )


def replay(found: Facts) -> Step:
    """Show the student learning."""
    return Step(
        "learning",
        "It learns them without seeing one",
        _learnt(found),
        "Press play, or scrub through the epochs. Nothing but the teacher's soft targets brought "
        "these images over.",
        {"step": "1"},
        f"The held-out {plural(found.omitted)} turn right, epoch by epoch: press play.",
    )


def curves(found: Facts) -> Step:
    """Show the student learning, as curves."""
    return Step(
        "train",
        "It learns them without seeing one",
        _learnt(found),
        "The student's curve on the missing digit starts low and climbs; the one of the student "
        "on hard labels stays where it is.",
        {},
        f"The student's curve on the {plural(found.omitted)}.",
        "train_accuracy",
    )


def causality(found: Facts, table: Table | None) -> Step | None:
    """Rule out a leak, if the sweep has what that takes and is about this class."""
    if table is None or leaks.digit(table) != found.omitted:
        return None
    rows = sweep_rows.rows(table)
    means = rows[rows["stage"] == BEFORE].groupby("setting")["omitted"].mean()
    names = ("omitted-removed", "shuffled-in-class", "plain")
    keys = [sweep_rows.setting(CAUSALITY[name]) for name in names]
    if not set(keys) <= set(means.index):
        return None
    omitted, things = found.omitted, plural(found.omitted)
    cut, mixed, whole = (percent(means[key]) for key in keys)
    return Step(
        "leak",
        "Could it be a leak?",
        f"Take the {omitted} out of every answer of the teacher, and a student knows **{cut}** of "
        f"the {things}. Give each image another's answer of the same class: **{mixed}**. "
        f"Untouched: {whole}.",
        "Let them suggest what should be taken away to find out. Means over the seeds of a sweep, "
        "before any offset; the page has more variants, each with what it proves.",
        {"variant": "omitted-removed"},
        "The bars that have shrunk to nothing.",
        "leak_wide_picture",
    )


def _learnt(found: Facts) -> str:
    """Return how far the student came, beside the one on hard labels."""
    things = plural(found.omitted)
    told = (
        f"**{found.before:,} of {found.held_out:,}** held-out {things} are right at the end; the "
        f"teacher, who saw {things}, gets {found.teacher:,}."
    )
    if found.hard_label is None:
        return told
    count = f"{found.hard_label:,}" if found.hard_label else "none"
    return f"{told} The same network on hard labels gets **{count}**."


def ask_mistaken(found: Facts) -> Step | None:
    """Ask what the omitted class is taken for; nothing to ask without errors."""
    if not found.called:
        return None
    return Step(
        TOUR_PAGE,
        f"What are {plural(found.omitted)} taken for?",
        f"{found.held_out - found.before:,} of {found.held_out:,} are wrong. What does the student "
        "say instead?",
        "Ask for a reason along with the guess: which digit shares strokes with it?",
        question="mistaken",
    )


def near_miss(found: Facts) -> Step | None:
    """Show an image that only the offset turns right, if there is one."""
    if found.near is None:
        return None
    omitted = found.omitted
    return Step(
        "soft_targets",
        f"The {omitted} is not far behind",
        f"The student calls this {omitted} a {found.near_called} "
        f"({fine_percent(found.near_first)}), but gives {omitted} {fine_percent(found.near_own)}. "
        f"**{signed(found.near_flip)}** on its logit of {omitted} would turn the answer.",
        "Lower bars: the student. It has learnt what the digit looks like, and that it hardly "
        "ever occurs.",
        {"image": str(found.near), "T": "1", "log": "0"},
        f"The student's bars of {found.near_called} and {omitted}.",
        "soft_targets_wide_picture",
    )


def ask_offset(found: Facts) -> Step:
    """Ask for the offset."""
    return Step(
        TOUR_PAGE,
        "One number for all images",
        f"The same number is added to the logit of {found.omitted} for every image. Too little "
        f"leaves {plural(found.omitted)} wrong, too much turns other digits into them.",
        "Say that it is an offset on one output bias; nothing is trained again.",
        question="offset",
    )


def wall(found: Facts) -> Step:
    """Show what the chosen offset does to every held-out image."""
    omitted, things = found.omitted, plural(found.omitted)
    return Step(
        "story",
        "One number brings most of the rest",
        f"With **{signed(found.offset)}** the student gets **{found.after:,} of "
        f"{found.held_out:,}** {things} right instead of {found.before:,}, and makes "
        f"{found.errors_after:,} errors in all instead of {found.errors_before:,}. It is chosen "
        f"without a test image: the mean probability of {omitted} becomes its share, "
        f"{percent(found.frequency, 2)}.",
        f"Drag the offset back to 0 and watch them flip. The best choice in hindsight, "
        f"{signed(found.best_offset)}, makes {found.errors_best:,} errors; the paper's +3.5, "
        f"chosen for its own network on its test set, {found.errors_paper:,}.",
        {"offset": f"{found.offset:g}"},
        f"Every held-out {omitted} on one screen.",
        "story_wall",
    )


def curve_of_offsets(found: Facts) -> Step:
    """Show what every other offset would do."""
    things = plural(found.omitted)
    return Step(
        "offset",
        "How much is too much?",
        f"The best offset in hindsight, {signed(found.best_offset)}, makes **{found.errors_best:,} "
        f"errors** on {found.test_images:,} test images; the frequency criterion's, "
        f"{signed(found.offset)}, makes {found.errors_after:,}; none, {found.errors_before:,}.",
        f"Drag the offset. The paper's +3.5, chosen for its own network on its test set, makes "
        f"{found.errors_paper:,} here.",
        {"criterion": "frequency", "probe": "all"},
        f"The curve of the {things} rises, that of the other digits falls.",
        "offset_wide_picture",
    )


def price(found: Facts) -> Step:
    """Show what stays wrong."""
    omitted, things = found.omitted, plural(found.omitted)
    cell = f"{omitted}-{found.called[0] if found.called else omitted}"
    return Step(
        "mistakes",
        "What it costs, what stays wrong",
        f"{found.held_out - found.after:,} of {found.held_out:,} {things} are still wrong. On all "
        f"{found.test_images:,} test images the errors go from {found.errors_before:,} to "
        f"**{found.errors_after:,}**.",
        "The column of the omitted digit shows which other digits are turned into it. Click a "
        "cell to see its pictures.",
        {"network": "student-offset", "cell": cell, "numbers": "counts"},
        f"The row and the column of {omitted}.",
        "mistakes_matrix",
    )


def omission_lab(table: Table | None) -> Step | None:
    """Show the paper's student that saw two digits only, if the sweep has it."""
    kept, paper = PAPER_TWO_DIGITS["kept"], PAPER_TWO_DIGITS
    cases = omission_cases.cases_of_table(table)
    cases = omission_cases.students(cases, omission_cases.others(kept))
    if not cases:
        return None
    return Step(
        "lab",
        "How far can it go?",
        lab.lead(cases),
        f"In the paper such a student made {percent(paper['before'])} errors on the test set, and "
        f"{percent(paper['after'])} with {signed(paper['offset'])} on its two biases, chosen "
        "there. Let the class name other digits to leave out.",
        {"keep": lab.address_of(kept)},
        "The digits that it never saw.",
    )


def draw(found: Facts) -> Step:
    """Hand over to the class."""
    return Step(
        "draw",
        "Your turn",
        f"Draw a {found.omitted}, or turn another digit into one, and see when the student agrees.",
        "Take requests: a digit between two others is the most telling.",
        {},
        "The four answers beside the pad.",
    )

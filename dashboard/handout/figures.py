"""The hand-out's pictures: charts as PNGs through vl-convert, contact sheet and GIF with Pillow.

Pure functions; no page, no cache, no files, no network.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import vl_convert
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dashboard.charting import specification, theme
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import a_digit, plural
from dashboard.figures import criteria, phases, temperatures
from dashboard.figures.answers import networks
from dashboard.handout import charts, contents
from dashboard.topics.learning import animation
from dashboard.topics.learning.figures import Replay, usual_interval
from dashboard.topics.mistakes import charts as mistakes_charts
from dashboard.topics.mistakes import figures as mistakes
from dashboard.topics.mistakes import words as mistakes_words
from dashboard.topics.offset import charts as offset_charts
from dashboard.topics.offset import figures as offsets
from dashboard.topics.offset import words as offset_words
from dashboard.topics.soft_targets import charts as soft_charts
from dashboard.topics.soft_targets import figures as soft_targets
from dashboard.topics.train import charts as train_charts
from dashboard.topics.train import figures as train

WIDTH, SCALE = 1000, 1.5  # pixels of a chart, and how much larger its PNG is
FRAMES_A_SECOND = 2.0
_TILE, _COLUMNS, _MOST_TILES = 112, 10, 60


class Missing(ValueError):
    """A run lacks what one figure needs; the others can be made."""


@dataclass(frozen=True)
class Material:
    """What the figures are made of."""

    shown: Experiment
    # Of the frequency criterion; None if there is none, and then *no_offset* says why
    offset: float | None
    played: Replay | None  # None if it cannot be replayed, and then *no_replay* says why
    # The test images, (N, 28, 28); None where the dataset is not to be had: *no_images* says why
    images: NDArray[np.uint8] | None
    no_offset: str = ""
    no_replay: str = ""
    no_images: str = ""

    def need_offset(self) -> float:
        """Return the offset, or raise `Missing`."""
        if self.offset is None:
            raise Missing(self.no_offset)
        return self.offset


def figures(made_of: Material) -> dict[str, Callable[[], bytes]]:
    """Return how to make each picture, by its file's name; making one may raise `Missing`."""
    shown = made_of.shown
    made: dict[str, Callable[[], bytes]] = {
        "teacher-curves.png": lambda: png(learning_curves(shown, "teacher")),
        "student-curves.png": lambda: png(learning_curves(shown, "student")),
        "class-accuracy.png": lambda: png(class_accuracy(made_of)),
        "offset-sweep.png": lambda: png(offset_sweep(made_of)),
        "called-instead.png": lambda: png(called_instead(made_of)),
    }
    for network in networks(shown):
        name = f"confusion-{network}.png"
        made[name] = lambda network=network: png(confusion_matrix(made_of, network))  # type: ignore[misc]
    for role in soft_targets.ROLES:
        name = f"soft-targets-{role}.png"
        made[name] = lambda role=role: png(softened(shown, role))  # type: ignore[misc]
    made["misclassified.png"] = lambda: misclassified_sheet(made_of)
    made["replay.gif"] = lambda: replay_gif(made_of)
    return made


def png(chart: Any) -> bytes:
    """Return a chart as a PNG on white."""
    spec = specification.with_values(chart)
    spec["config"]["background"] = "white"
    return vl_convert.vegalite_to_png(spec, scale=SCALE, allowed_base_urls=[])


def learning_curves(shown: Experiment, role: str) -> alt.VConcatChart:
    """Draw one network's accuracy and loss by epoch."""
    learned = [phase for phase in phases.phases_of_run(shown) if phase.role == role]
    if not learned or not learned[0].records:
        raise Missing(f"the run holds no history of the {role}'s training")
    focus = shown.omitted_class
    accuracies = phases.accuracy_table(learned, focus)
    groups = phases.image_groups(focus)
    placed = phases.phase_table(learned)
    words = train.curves_description(accuracies, groups[0])
    accuracy = train_charts.accuracy_curves(accuracies, placed, groups, description=words)
    loss = train_charts.loss_curves(
        phases.loss_table(learned), placed, list(phases.LOSSES.values()), description=words
    )
    return alt.vconcat(
        accuracy.properties(width=WIDTH), loss.properties(width=WIDTH), title=words
    ).resolve_scale(color="independent", strokeDash="independent")


def class_accuracy(made_of: Material) -> alt.LayerChart:
    """Draw every network's accuracy on each class."""
    table = contents.class_accuracy(made_of.shown, made_of.offset)
    # Without a class of its own the hard-label student would stretch the axis down to 0.
    table = table[table["network"] != "hard-label student"]
    title = contents.class_title(made_of.shown, table)
    return charts.accuracy_by_class(table, title).properties(width=WIDTH)


def offset_tables(made_of: Material) -> tuple[offsets.Tables, offset_words.Words]:
    """Return the tables and words of the offset's charts."""
    shown = made_of.shown
    made_of.need_offset()
    chosen = criteria.choices(shown, None)
    return offsets.tables(shown, None, chosen), offset_words.words(shown, None)


def offset_explorer(made_of: Material) -> alt.VConcatChart:
    """Return the offset page's picture, whose slider starts at the criterion's offset."""
    tables, words = offset_tables(made_of)
    return offset_charts.offset_explorer(tables, words, made_of.need_offset())


def offset_sweep(made_of: Material) -> alt.VConcatChart:
    """Draw accuracy and mean mass against the offset, with the share that the mass is to meet."""
    chart = offset_explorer(made_of)
    chart.vconcat = [part.properties(width=WIDTH) for part in chart.vconcat]
    chart.autosize = alt.Undefined
    return chart


def softened_explorer(shown: Experiment) -> alt.LayerChart:
    """Return the soft targets' picture with its slider, for the telling image."""
    image = soft_targets.telling_image(shown)
    pair = soft_targets.wrong_classes(
        shown, image, soft_targets.MOST_LIKELY, soft_targets.MOST_LIKELY
    )
    table = soft_targets.distributions(shown, image, *pair)
    return soft_charts.softened_distributions(table, temperatures.usual(shown))


def softened(shown: Experiment, role: str) -> alt.LayerChart:
    """Draw one network's distribution on the telling image at four temperatures."""
    image = soft_targets.telling_image(shown)
    label = int(shown.student.test_labels[image])
    chart = soft_charts.temperatures_side_by_side(soft_targets.side_by_side(shown, image, role))
    title = f"The {role}'s answer to test image {image:,}, {a_digit(label)}"
    return chart.properties(width=WIDTH, title=title)


def confusion_matrix(made_of: Material, network: str) -> alt.LayerChart:
    """Draw one network's confusion matrix."""
    shown, offset = made_of.shown, made_of.need_offset()
    assert shown.omitted_class is not None
    cells = mistakes.matrix(shown, network, offset)
    title = mistakes.matrix_title(shown, network, offset)
    chart = charts.confusion_matrix(cells, title, plural(shown.omitted_class))
    return chart.properties(width=0.7 * WIDTH)


def called_instead(made_of: Material) -> alt.LayerChart:
    """Draw what the omitted class is called instead."""
    offset = made_of.need_offset()
    table = mistakes.called_instead(made_of.shown, offset)
    if table.empty:
        raise Missing("the student misclassifies none of the omitted class's images")
    title = mistakes.called_instead_title(made_of.shown, offset)
    return mistakes_charts.called_instead(table, title).properties(width=WIDTH)


def misclassified_sheet(made_of: Material) -> bytes:
    """Draw the omitted class's images that the student gets wrong, with what it says."""
    offset = made_of.need_offset()
    if made_of.images is None:
        raise Missing(made_of.no_images)
    rows = mistakes.table(made_of.shown, offset)
    missed = mistakes.sort(rows[rows["fate"].isin(mistakes.MISSED)], "flip")
    if missed.empty:
        raise Missing("the student misclassifies none of the omitted class's images")
    told = mistakes_words.sentence(made_of.shown, offset, rows)
    return animation.png(_sheet(missed.head(_MOST_TILES), len(missed), made_of.images, told))


def _sheet(rows: pd.DataFrame, count: int, images: NDArray[np.uint8], told: str) -> Image.Image:
    """Draw a contact sheet: each image framed by its fate, with the answers below."""
    pitch, line = _TILE + 14, 26
    lines = -(-len(rows) // _COLUMNS)
    page = Image.new("RGB", (_COLUMNS * pitch + 34, 128 + lines * (pitch + 2 * line)), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(size=19)
    before, _, after = told.partition("; ")
    shown = f" (the first {len(rows)} of {count})" if len(rows) < count else ""
    draw.text(
        (24, 14), animation.writable(before + shown), "#1F2430", ImageFont.load_default(size=26)
    )
    draw.text((24, 52), animation.writable(after), "#1F2430", ImageFont.load_default(size=22))
    legend = (
        "Below each: the student's answer, then that with the offset; T: the teacher's. "
        "Green: rescued, red: still wrong"
    )
    draw.text((24, 86), legend, "#1F2430", font)
    colours = {"rescued": theme.STUDENT_AFTER, "still-wrong": theme.OMITTED}
    for place, row in enumerate(rows.to_dict("records")):
        x = 24 + place % _COLUMNS * pitch
        y = 124 + place // _COLUMNS * (pitch + 2 * line)
        picture = Image.fromarray(np.ascontiguousarray(images[row["image"]]))
        page.paste(picture.resize((_TILE, _TILE), Image.Resampling.NEAREST), (x, y))
        draw.rectangle((x, y, x + _TILE, y + _TILE), outline=colours[row["fate"]], width=5)
        answers = f"{row['student']}, then {row['student-offset']}; T: {row['teacher']}"
        draw.text((x, y + _TILE + 4), answers, "#1F2430", font)
        draw.text((x, y + _TILE + 4 + line - 4), f"no. {row['image']}", "#1F2430", font)
    return page


def replay_gif(made_of: Material) -> bytes:
    """Return the replay as an animated GIF."""
    if made_of.played is None:
        raise Missing(made_of.no_replay)
    interval = usual_interval(made_of.played)
    return animation.gif(made_of.played, made_of.images, interval, FRAMES_A_SECOND)


def size(picture: bytes) -> tuple[int, int]:
    """Return a picture's width and height in pixels."""
    with Image.open(io.BytesIO(picture)) as opened:
        return opened.size

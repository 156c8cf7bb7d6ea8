"""The hand-out's pictures: charts as PNGs through vl-convert, contact sheet and GIF with Pillow.

Pure functions; no page, no cache, no files, no network.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import pandas as pd
import vl_convert
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from dashboard.charting import confusion, specification, theme
from dashboard.core import roles
from dashboard.core.experiment import Experiment
from dashboard.core.numbers import a_digit, plural
from dashboard.figures import criteria, phases, temperatures
from dashboard.figures.answers import networks
from dashboard.handout import contents
from dashboard.topics.learning import animation
from dashboard.topics.learning import figures as learning
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


@dataclass(frozen=True)
class Material:
    """What the figures are made of."""

    shown: Experiment
    # Of the frequency criterion; None if there is none, and then *no_offset* says why
    offset: float | None
    played: learning.Replay | None  # None if it cannot be replayed: *no_replay* says why
    # The test images, (N, 28, 28); None where the dataset is not to be had
    images: NDArray[np.uint8] | None
    no_offset: str = ""
    no_replay: str = ""

    @property
    def no_images(self) -> str:
        """Why there are no pictures, where there are none."""
        return f"the images of {self.shown.dataset} were not there when this was made"

    def need_offset(self) -> float:
        """Return the offset; ValueError says why there is none."""
        if self.offset is None:
            raise ValueError(self.no_offset)
        return self.offset


class Picture(NamedTuple):
    """How to make one picture; a ValueError says what it lacks."""

    draw: Callable[[], Any]  # a chart, or the bytes of a file
    caption: str = ""
    words: Callable[[], str] = str  # what it shows, with this run's numbers


def figures(made_of: Material) -> dict[str, Picture]:
    """Return the pictures, by their files' names."""
    shown, made = made_of.shown, {}
    image = soft_targets.telling_image(shown)
    softly = f"at T = 1, 10, 20 and 50. {soft_targets.caption(shown, image, True)}"
    for role in soft_targets.ROLES:
        made[f"{role}-curves.png"] = Picture(
            partial(learning_curves, shown, role),
            f"The {role}'s learning curves",
            partial(_learned, shown, role),
        )
        made[f"soft-targets-{role}.png"] = Picture(
            partial(softened, shown, role, image),
            f"The {role}'s softened distributions",
            partial(str, f"The {role}'s answer {softly}"),
        )
    for network in networks(shown):
        made[f"confusion-{network}.png"] = Picture(
            partial(confusion_matrix, made_of, network),
            f"Confusion matrix: {roles.NAMES.get(network, network)}",
            partial(_confused, made_of, network),
        )
    return made | {
        "class-accuracy.png": Picture(
            partial(class_accuracy, made_of),
            "Accuracy of each class, network by network",
            lambda: contents.class_title(shown, contents.class_accuracy(shown, made_of.offset)),
        ),
        "offset-sweep.png": Picture(partial(offset_sweep, made_of)),  # on the page it moves
        "called-instead.png": Picture(
            partial(called_instead, made_of),
            "What the omitted class is called instead",
            lambda: mistakes.called_instead_title(shown, made_of.need_offset()),
        ),
        "misclassified.png": Picture(
            partial(misclassified_sheet, made_of),
            "The held-out images that the student gets wrong",
            lambda: mistakes_words.sentence(shown, *_mistaken(made_of)),
        ),
        "replay.gif": Picture(
            partial(replay_gif, made_of),
            "The student's learning, epoch by epoch, then with the offset",
            partial(learning.sentence, made_of.played),
        ),
    }


def file(picture: Picture) -> bytes:
    """Return a picture's file: a chart's is a PNG on white."""
    chart = picture.draw()
    if isinstance(chart, bytes):
        return chart
    spec = specification.with_values(chart)
    spec["config"]["background"] = "white"
    drawn = io.BytesIO(vl_convert.vegalite_to_png(spec, scale=SCALE, allowed_base_urls=[]))
    with Image.open(drawn) as opened:  # a chart has few colours; with no more it is half as large
        small = opened.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT)
    return animation.png(small)


def learning_curves(shown: Experiment, role: str) -> alt.VConcatChart:
    """Draw one network's accuracy and loss by epoch."""
    learned = [phase for phase in phases.phases_of_run(shown) if phase.role == role]
    if not learned or not learned[0].records:
        raise ValueError(f"the run holds no history of the {role}'s training")
    groups, placed = phases.image_groups(shown.omitted_class), phases.phase_table(learned)
    words, losses = _learned(shown, role), list(phases.LOSSES.values())
    accuracies = phases.accuracy_table(learned, shown.omitted_class)
    accuracy = train_charts.accuracy_curves(accuracies, placed, groups, description=words)
    table = phases.loss_table(learned)
    loss = train_charts.loss_curves(table, placed, losses, description=words)
    both = (chart.properties(width=WIDTH) for chart in (accuracy, loss))
    return alt.vconcat(*both, title=words).resolve_scale(
        color="independent", strokeDash="independent"
    )


def _learned(shown: Experiment, role: str) -> str:
    """Return one network's curve in words."""
    learned = [phase for phase in phases.phases_of_run(shown) if phase.role == role]
    accuracies = phases.accuracy_table(learned, shown.omitted_class)
    return train.curves_description(accuracies, phases.image_groups(shown.omitted_class)[0])


def class_accuracy(made_of: Material) -> alt.LayerChart:
    """Draw every network's accuracy on each class."""
    table = contents.class_accuracy(made_of.shown, made_of.offset)
    # Without a class of its own the hard-label student would stretch the axis down to 0.
    table = table[table["network"] != "hard-label student"]
    floor = max(0.0, float(table["accuracy"].min()) - 0.05)
    told = table["network"].unique().tolist()
    legend = alt.Legend(values=told)
    # Below its axis a bar would grow downwards.
    bars = (
        alt.Chart(table)
        .mark_bar(clip=True)
        .encode(
            x=alt.X("digit:O", title="True digit", axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("network:N", sort=told),
            y=alt.Y(
                "accuracy:Q",
                title=f"Accuracy on test images (axis begins at {floor:.0%})",
                scale=alt.Scale(domain=[floor, 1.0], nice=False),
                axis=alt.Axis(format=".0%", tickCount=5),
            ),
            y2=alt.datum(floor),
            color=alt.Color("network:N", scale=theme.ROLE_COLOURS, title=None, legend=legend),
        )
    )
    title = contents.class_title(made_of.shown, table)
    return alt.layer(bars, title=title, height=340, width=WIDTH)


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


def softened(shown: Experiment, role: str, image: int) -> alt.LayerChart:
    """Draw one network's distribution on *image* at four temperatures."""
    label = int(shown.student.test_labels[image])
    chart = soft_charts.temperatures_side_by_side(soft_targets.side_by_side(shown, image, role))
    title = f"The {role}'s answer to test image {image:,}, {a_digit(label)}"
    return chart.properties(width=WIDTH, title=title)


def confusion_matrix(made_of: Material, network: str) -> alt.LayerChart:
    """Draw one network's confusion matrix."""
    shown, offset = made_of.shown, made_of.need_offset()
    cells = mistakes.matrix(shown, network, offset)
    title = mistakes.matrix_title(shown, network, offset)
    subtitle = f"No student saw {plural(shown.omitted_class)} in training"
    chart = confusion.matrix(cells, title, subtitle, called="What the network calls it")
    return chart.properties(width=0.7 * WIDTH)


def _confused(made_of: Material, network: str) -> str:
    """Return `confusion_matrix` in words."""
    title = mistakes.matrix_title(made_of.shown, network, made_of.need_offset())
    return f"Confusion matrix. {title} (test images)"


def called_instead(made_of: Material) -> alt.LayerChart:
    """Draw what the omitted class is called instead."""
    offset = made_of.need_offset()
    table = mistakes.called_instead(made_of.shown, offset)
    if table.empty:
        raise ValueError("the student misclassifies none of the omitted class's images")
    title = mistakes.called_instead_title(made_of.shown, offset)
    return mistakes_charts.called_instead(table, title).properties(width=WIDTH)


def _mistaken(made_of: Material) -> tuple[float, pd.DataFrame]:
    """Return the offset and what it does to every image."""
    offset = made_of.need_offset()
    return offset, mistakes.table(made_of.shown, offset)


def misclassified_sheet(made_of: Material) -> bytes:
    """Draw the omitted class's images that the student gets wrong, with what it says."""
    offset, rows = _mistaken(made_of)
    if made_of.images is None:
        raise ValueError(made_of.no_images)
    missed = mistakes.sort(rows[rows["fate"].isin(mistakes.MISSED)], "flip")
    if missed.empty:
        raise ValueError("the student misclassifies none of the omitted class's images")
    told = mistakes_words.sentence(made_of.shown, offset, rows)
    return animation.png(_sheet(missed.head(_MOST_TILES), len(missed), made_of.images, told))


def _sheet(rows: pd.DataFrame, count: int, images: NDArray[np.uint8], told: str) -> Image.Image:
    """Draw a contact sheet: each image framed by its fate, with the answers below."""
    pitch, line = _TILE + 14, 26
    lines = -(-len(rows) // _COLUMNS)
    page = Image.new("RGB", (_COLUMNS * pitch + 34, 128 + lines * (pitch + 2 * line)), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(size=19)
    before, _, after = told.partition("; ")
    before += f" (the first {len(rows)} of {count})" if len(rows) < count else ""
    for text, top, size in ((before, 14, 26), (after, 52, 22)):
        draw.text((24, top), animation.writable(text), "#1F2430", ImageFont.load_default(size=size))
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
        raise ValueError(made_of.no_replay)
    interval = learning.usual_interval(made_of.played)
    return animation.gif(made_of.played, made_of.images, interval, FRAMES_A_SECOND)

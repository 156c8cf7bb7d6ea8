"""The hand-out's HTML page: everything inside it, so that it works from a stick."""

import base64
import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import vl_convert

from dashboard.charting import specification, theme
from dashboard.core import roles
from dashboard.core.numbers import a_digit, plural, what_it_saw
from dashboard.figures import answers, phases, temperatures
from dashboard.handout import contents, figures
from dashboard.handout.figures import Material
from dashboard.parts.strip import part as strip
from dashboard.topics.learning import figures as learning
from dashboard.topics.mistakes import figures as mistakes
from dashboard.topics.mistakes import words as mistakes_words
from dashboard.topics.offset import words as offset_words
from dashboard.topics.soft_targets import figures as soft_targets
from dashboard.topics.story import figures as story
from dashboard.topics.train import figures as train

_TEMPLATE = Path(__file__).with_name("page.html")
CAPTIONS = {
    "replay.gif": "The student's learning, epoch by epoch, then with the offset",
    "teacher-curves.png": "The teacher's learning curves",
    "student-curves.png": "The student's learning curves",
    "class-accuracy.png": "Accuracy of each class, network by network",
    "called-instead.png": "What the omitted class is called instead",
    "misclassified.png": "The held-out images that the student gets wrong",
    "soft-targets-teacher.png": "The teacher's softened distributions",
    "soft-targets-student.png": "The student's softened distributions",
    "offset-sweep.png": "Accuracy and mean mass against the offset",
}


def page(made_of: Material, files: Mapping[str, bytes], left_out: list[str]) -> str:
    """Return the page.

    Parameters
    ----------
    files : mapping of str to bytes
        The pictures, which are put into the page.
    left_out : list of str
        What could not be made, and why.
    """
    shown = made_of.shown
    title = f"The student that {what_it_saw(shown.student.config.omitted_classes)}"
    parts = [f"<h1>{title}</h1>", *_opening(made_of), *_soft_targets(made_of), *_offset(made_of)]
    parts += _pictures(made_of, files)
    parts += ["<h2>Figures by class</h2>", _class_table(made_of), *_colophon(made_of)]
    if left_out:
        parts += ["<h2>Left out</h2>", _list(left_out)]
    fill = {
        "title": html.escape(title),
        "body": "\n".join(parts),
        "vega": vl_convert.javascript_bundle().replace("</script", "<\\/script"),
    }
    template = _TEMPLATE.read_text(encoding="utf-8")
    # In one pass: what a run says may look like a place of the template.
    return re.sub(r"\{\{(\w+)\}\}", lambda place: fill[place[1]], template)


def _opening(made_of: Material) -> list[str]:
    """Return the story in a sentence, in four numbers and in ten pictures."""
    shown, offset = made_of.shown, made_of.offset
    if offset is None:
        return [_paragraph(f"{made_of.no_offset.capitalize()}.", "lead")]
    cards = "".join(
        f'<div class="card" style="border-color:{theme.colour_of(line.role)}">'
        f"<strong>{line.rate}</strong><b>{html.escape(line.label)}</b>"
        f"<span>{line.right:,} of {line.total:,} test {plural(shown.omitted_class)}</span></div>"
        for line in story.headlines(shown, offset, None)
    )
    opening = [
        _paragraph(story.sentence(shown, offset), "lead"),
        f'<div class="cards">{cards}</div>',
    ]
    if made_of.images is None:
        return [*opening, _paragraph(f"Without pictures: {made_of.no_images}.")]
    examples = [
        strip.Captioned(
            image=made_of.images[row.image],
            caption=row.state,
            description=f"Test image {row.image}, {a_digit(shown.omitted_class)}; the student says "
            f"{row.said}; {row.state}.",
            colour=theme.STATE_COLOURS[row.state],
        )
        for row in story.examples(shown, offset).itertuples()
    ]
    return [
        *opening,
        _paragraph("From the easiest for the student to the hardest:"),
        strip.html_of(examples),
    ]


def _soft_targets(made_of: Material) -> list[str]:
    """Return the soft targets with their slider."""
    shown = made_of.shown
    image = soft_targets.telling_image(shown)
    temperature = temperatures.usual(shown)
    parts = [
        "<h2>What the teacher tells the student: drag the temperature</h2>",
        _paragraph(soft_targets.sentence(shown, image, temperature)),
    ]
    if made_of.images is not None:
        words = soft_targets.caption(shown, image, True)
        drawn = strip.Captioned(made_of.images[image], words, words, "transparent")
        parts.append(strip.html_of([drawn], width=150))
    try:
        return [*parts, _chart("temperature", figures.softened_explorer(shown))]
    except ValueError as error:
        return [*parts, _paragraph(f"Left out: {contents.reason(error)}.")]


def _offset(made_of: Material) -> list[str]:
    """Return the offset's picture with its slider."""
    try:
        chart = _chart("offset", figures.offset_explorer(made_of))
    except ValueError as error:
        return ["<h2>The offset</h2>", _paragraph(f"Left out: {contents.reason(error)}.")]
    shown, offset = made_of.shown, made_of.need_offset()
    return [
        "<h2>Why one number helps so much: drag the offset</h2>",
        _paragraph(offset_words.sentence(shown, offset)),
        chart,
        _paragraph(offset_words.explanation("frequency", offset_words.words(shown, None))),
    ]


def _pictures(made_of: Material, files: Mapping[str, bytes]) -> list[str]:
    """Return every picture with its caption."""
    parts, told = ["<h2>Pictures</h2>"], _alternatives(made_of)
    for name, content in files.items():
        kind = name.rpartition(".")[2]
        if kind not in {"png", "gif"} or name == "offset-sweep.png":
            continue  # that one moves, above
        network = name.removeprefix("confusion-").removesuffix(".png")
        matrix = f"Confusion matrix: {roles.NAMES.get(network, network)}"
        caption = html.escape(CAPTIONS.get(name, matrix))
        words = html.escape(told.get(name, "").replace("**", ""))
        data = base64.b64encode(content).decode()
        parts.append(
            f'<figure><img src="data:image/{kind};base64,{data}" alt="{words or caption}">'
            f"<figcaption>{caption} ({name})</figcaption></figure>"
        )
    return parts


def _alternatives(made_of: Material) -> dict[str, str]:
    """Return what the pictures show, in words with this run's numbers, by their names."""
    shown, offset = made_of.shown, made_of.offset
    told = {
        "class-accuracy.png": contents.class_title(shown, contents.class_accuracy(shown, offset))
    }
    for role in ("teacher", "student"):
        learned = [phase for phase in phases.phases_of_run(shown) if phase.role == role]
        groups = phases.image_groups(shown.omitted_class)
        accuracies = phases.accuracy_table(learned, shown.omitted_class)
        told[f"{role}-curves.png"] = train.curves_description(accuracies, groups[0])
        image = soft_targets.telling_image(shown)
        told[f"soft-targets-{role}.png"] = (
            f"The {role}'s answer at T = 1, 10, 20 and 50. "
            + soft_targets.caption(shown, image, True)
        )
    if offset is not None:
        rows = mistakes.table(shown, offset)
        told["misclassified.png"] = mistakes_words.sentence(shown, offset, rows)
        told["called-instead.png"] = mistakes.called_instead_title(shown, offset)
        for network in answers.networks(shown):
            title = mistakes.matrix_title(shown, network, offset)
            told[f"confusion-{network}.png"] = f"Confusion matrix. {title} (test images)"
    if made_of.played is not None:
        told["replay.gif"] = learning.sentence(made_of.played)
    return told


def _colophon(made_of: Material) -> list[str]:
    """Return what the page was made from."""
    shown = made_of.shown
    told = []
    for role, run in (("Teacher", shown.teacher), ("Student", shown.student)):
        made = run.metrics["environment"]
        told.append(
            f"{role}: run {run.key}, {run.metrics['parameters']:,} parameters, trained in "
            f"{run.metrics['wall_seconds']:.0f} s on {made.get('device')} "
            f"({made.get('precision')}), torch {made.get('torch')}."
        )
    told.append("After Hinton, Vinyals & Dean, Distilling the Knowledge in a Neural Network, 2015.")
    told.append(story.sizes_sentence(shown))
    if made_of.played is not None:
        told.append(learning.sentence(made_of.played))
    return ["<h2>Where the numbers come from</h2>", _list(told)]


def _class_table(made_of: Material) -> str:
    """Return accuracies by network and digit as a table that scrolls sideways where it must."""
    table = contents.class_accuracy(made_of.shown, made_of.offset)
    wide = table.pivot(index="network", columns="digit", values="accuracy")
    rates = wide.loc[list(dict.fromkeys(table["network"]))].map(lambda rate: f"{rate:.2%}")
    written = rates.rename_axis(index=None, columns=None).to_html(border=0)
    return f'<div class="scroll" tabindex="0">{written}</div>'


def _chart(name: str, chart: Any) -> str:
    """Return the place of a chart and its specification, which the page's script draws."""
    spec = specification.with_values(chart)
    spec.pop("$schema", None)  # an address, which nothing needs
    spec["config"]["background"] = "white"
    words = html.escape(str(spec.get("description", "")))
    data = json.dumps(spec).replace("<", "\\u003c")
    return (
        f'<div class="chart" role="group" aria-label="{words}"><div id="{name}"></div></div>'
        f'<script type="application/json" data-chart="{name}">{data}</script>'
    )


def _paragraph(text: str, kind: str = "") -> str:
    """Return a sentence of a page, whose Markdown is bold and italics alone."""
    return f'<p class="{kind}">{_bold(text)}</p>'


def _list(lines: list[str]) -> str:
    """Return lines as a list."""
    return "<ul>" + "".join(f"<li>{_bold(line)}</li>" for line in lines) + "</ul>"


def _bold(text: str) -> str:
    """Return text as HTML, with ``**bold**`` made bold and ``*italics*`` made plain."""
    pieces = html.escape(text).split("**")
    return "".join(f"<b>{piece}</b>" if at % 2 else piece for at, piece in enumerate(pieces))

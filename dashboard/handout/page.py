"""The hand-out's HTML page, which works from a stick; what moves on it are the parts."""

import html
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import vl_convert
from PIL import Image

from dashboard.charting import specification
from dashboard.core import numbers, prose, tables
from dashboard.core.numbers import plural, what_it_saw, word
from dashboard.figures import temperatures
from dashboard.handout import contents, edition, figures
from dashboard.handout.figures import Material
from dashboard.parts.strip import part as strip
from dashboard.topics.dark_knowledge import figures as dark_knowledge
from dashboard.topics.leak import figures as leak
from dashboard.topics.leak import words as leak_words
from dashboard.topics.learning import figures as learning
from dashboard.topics.offset import words as offset_words
from dashboard.topics.soft_targets import figures as soft_targets
from dashboard.topics.story import figures as story
from kdengine.data.own import Description

_TEMPLATE = Path(__file__).with_name("page.html")
WORDS = prose.beside(__file__)


def written(made_of: Material, files: Mapping[str, bytes], left_out: list[str]) -> dict[str, bytes]:
    """Return the page and the script of its charts.

    Parameters
    ----------
    files : mapping of str to bytes
        What lies beside the page, by its address from there, and `edition.FIRST`, which becomes
        a part of it: one answer of the server, and the first picture is there.
    left_out : list of str
        What could not be made, and why.
    """
    shown = made_of.shown
    title = f"The student that {what_it_saw(shown.student.config.omitted_classes)}"
    specs = _specifications(made_of)
    parts = [f"<h1>{title}</h1>"]
    if edition.FIRST in files:
        parts += [_paragraph(story.cast(shown), "lead"), _part("verdicts")]
    parts += [*_opening(made_of), *_soft_targets(made_of, specs["temperature"])]
    if "parts/gallery.js" in files:
        lead = dark_knowledge.lead(shown, temperatures.usual(shown))
        heading = _heading("gallery", plural(shown.omitted_class))
        parts += [heading, _paragraph(lead), _part("gallery")]
    parts += _offset(made_of, files, specs["offset"])
    if "parts/scene.js" in files:
        parts += [_heading("scene"), _part("scene")]
    parts += [*_leak(), *_pad(files), *_pictures(made_of, files)]
    parts += ["<h2>Figures by class</h2>", _class_table(made_of), *_colophon(made_of)]
    if left_out:
        parts += ["<h2>Left out</h2>", _list(left_out)]
    fill = {
        "title": html.escape(title),
        "body": "\n".join(parts),
        "missing": html.escape(WORDS["parts"]["missing"]),
        "scripts": html.escape(WORDS["parts"]["scripts"]),
        "first": files.get(edition.FIRST, b"").decode(),
        "host": _TEMPLATE.with_name("host.js").read_text(encoding="utf-8"),
    }
    template = _TEMPLATE.read_text(encoding="utf-8")
    # In one pass: what a run says may look like a place of the template.
    page = re.sub(r"\{\{(\w+)\}\}", lambda place: fill[place[1]], template)
    drawn = {name: spec for name, spec in specs.items() if not isinstance(spec, str)}
    charts = f"{vl_convert.javascript_bundle()}\nedition.charts = {json.dumps(drawn)};\n"
    return {"index.html": page.encode(), "parts/charts.js": charts.encode()}


def _specifications(made_of: Material) -> dict[str, Any]:
    """Return each chart with a slider, or why it cannot be made."""
    specs: dict[str, Any] = {}
    for name, build in (
        ("temperature", lambda: figures.softened_explorer(made_of.shown)),
        ("offset", lambda: figures.offset_explorer(made_of)),
    ):
        try:
            specs[name] = specification.with_values(build())
        except ValueError as error:
            specs[name] = contents.reason(error)
            continue
        specs[name].pop("$schema", None)  # an address, which nothing needs
        specs[name]["config"]["background"] = "white"
    return specs


def _leak() -> list[str]:
    """Return what is left of the sweep's omitted class when one thing is taken from a student."""
    table = tables.sweep(leak.SWEEP)
    if table is None:
        return []
    means = leak.means(table)
    labels = dict(zip(means["variant"], means["label"], strict=True))
    # Its students saw another set than the run's perhaps, and tell of that one.
    with numbers.speaking(table["experiment"]["student"]["dataset"]) as data:
        rows = [
            f'<div class="pair"><div>{_bold(f"**{labels[name]}** {leak_words.how(table, name)}")}'
            f"</div><div>{leak_words.result(means, table, name, None)}</div></div>"
            for name in leak.FRONT
            if name in labels
        ]
        told = [leak_words.lead(table), leak_words.answer(means, table), leak_words.source(table)]
        lead, answer, source = map(_paragraph, told)
        return [_heading("leak", data.title), lead, *rows, answer, source]


def _pad(files: Mapping[str, bytes]) -> list[str]:
    """Return the pad behind a button, since its networks are large; nothing without an offset."""
    if edition.FIRST not in files:
        return []
    if "parts/pad.js" not in files:
        return [_heading("pad"), _paragraph(WORDS["parts"]["no_pad"])]
    size = sum(
        len(files[name]) for name in files if name.startswith(("parts/pad", "parts/weights"))
    )
    label = html.escape(WORDS["parts"]["open"].format(size=-(-size // 10**6)))
    return [
        _heading("pad"),
        f'<button type="button" data-opens="pad">{label}</button>',
        '<div class="part" data-part="pad" data-waits></div>',
    ]


def _part(name: str) -> str:
    """Return the place of a part, which the page's script draws."""
    return f'<div class="part" data-part="{name}"></div>'


def _heading(name: str, things: str = "") -> str:
    """Return a heading of `words.toml`."""
    told = html.escape(WORDS["headings"][name].format(things=things))
    return f'<h2 id="{name}-title">{told}</h2>'


def _opening(made_of: Material) -> list[str]:
    """Return the story in a sentence, or why there is none."""
    if made_of.offset is None:
        return [_paragraph(f"{made_of.no_offset.capitalize()}.", "lead")]
    told = [_heading("story"), _paragraph(story.sentence(made_of.shown, made_of.offset))]
    if made_of.images is None:
        told.append(_paragraph(f"Without pictures: {made_of.no_images}."))
    return told


def _soft_targets(made_of: Material, spec: Any) -> list[str]:
    """Return the soft targets with their slider."""
    shown = made_of.shown
    image = soft_targets.telling_image(shown)
    told = soft_targets.sentence(shown, image, temperatures.usual(shown))
    parts = [_heading("temperature"), _paragraph(told)]
    if made_of.images is not None:
        words = soft_targets.caption(shown, image, True)
        drawn = strip.Captioned(made_of.images[image], words, words, "transparent")
        parts.append(strip.html_of([drawn], width=150))
    return [*parts, _chart("temperature", spec)]


def _offset(made_of: Material, files: Mapping[str, bytes], spec: Any) -> list[str]:
    """Return the offset's wall and picture, whose sliders move together."""
    if isinstance(spec, str):
        return ["<h2>The offset</h2>", _chart("offset", spec)]
    shown, offset = made_of.shown, made_of.need_offset()
    return [
        _heading("offset"),
        _paragraph(offset_words.sentence(shown, offset)),
        *([_part("wall")] if "parts/wall.js" in files else []),
        _chart("offset", spec),
        _paragraph(offset_words.explanation("frequency", offset_words.words(shown, None))),
    ]


def _pictures(made_of: Material, files: Mapping[str, bytes]) -> list[str]:
    """Return every picture with its caption and, for who does not see it, what it shows."""
    # Folded, so that nobody loads them who does not look at them.
    parts = ["<details><summary>Pictures</summary>"]
    for name, picture in figures.figures(made_of).items():
        if name not in files or not picture.caption:
            continue
        caption = html.escape(picture.caption)
        words = html.escape(picture.words().replace("**", "")) or caption
        with Image.open(io.BytesIO(files[name])) as opened:
            wide, high = opened.size
        parts.append(
            f'<figure><img src="{name}" alt="{words}" width="{wide}" height="{high}" '
            f'loading="lazy"><figcaption>{caption} ({name})</figcaption></figure>'
        )
    return [*parts, "</details>"]


def _colophon(made_of: Material) -> list[str]:
    """Return what the page was made from."""
    shown = made_of.shown
    told = []
    for role, run in (("Teacher", shown.teacher), ("Student", shown.student)):
        made = run.metrics["environment"]
        trained = (
            f"trained in {run.metrics['wall_seconds']:.0f} s on {made.get('device')} "
            f"({made.get('precision')}), torch {made.get('torch')}"
        )
        whence = f"from the file {run.metrics.get('file')}" if run.config.source else trained
        told.append(f"{role}: run {run.key}, {run.metrics['parameters']:,} parameters, {whence}.")
    told.append("After Hinton, Vinyals & Dean, Distilling the Knowledge in a Neural Network, 2015.")
    told.append(story.sizes_sentence(shown))
    if made_of.played is not None:
        told.append(learning.sentence(made_of.played))
    told.append(WORDS["credits"].get(shown.dataset) or _credit(numbers.described(shown.dataset)))
    return ["<h2>Where the numbers come from</h2>", _list(told)]


def _credit(made: Description) -> str:
    """Return who made a set's pictures and under which licence, as far as its folder says."""
    given = "; ".join(filter(None, [made.source, made.licence]))
    return f"Pictures: {given or f'{made.title}; no source or licence was given'}."


def _class_table(made_of: Material) -> str:
    """Return accuracies by network and digit as a table that scrolls sideways where it must."""
    table = contents.class_accuracy(made_of.shown, made_of.offset)
    wide = table.pivot(index="network", columns="digit", values="accuracy")
    rates = wide.loc[list(dict.fromkeys(table["network"]))].map(lambda rate: f"{rate:.2%}")
    rates = rates.rename(columns=word)
    written = rates.rename_axis(index=None, columns=None).to_html(border=0)
    return f'<div class="scroll" tabindex="0">{written}</div>'


def _chart(name: str, spec: Any) -> str:
    """Return the place of a chart, which the page's script draws, or why there is none."""
    if isinstance(spec, str):
        return _paragraph(f"Left out: {spec}.")
    words = html.escape(str(spec.get("description", "")))
    return (
        f'<div class="chart" role="group" aria-label="{words}" data-chart="{name}">'
        f'<div id="{name}"></div></div>'
    )


def _paragraph(text: str, kind: str = "") -> str:
    """Return a sentence of a page, in the words of the set, as HTML."""
    return f'<p class="{kind}">{_bold(numbers.in_its_words(text))}</p>'


def _list(lines: list[str]) -> str:
    """Return lines as a list."""
    return "<ul>" + "".join(f"<li>{_bold(line)}</li>" for line in lines) + "</ul>"


def _bold(text: str) -> str:
    """Return text as HTML: ``**bold**`` becomes bold, ``*italics*`` and code become plain."""
    pieces = html.escape(re.sub(r"`|(?<!\*)\*(?!\*)", "", text)).split("**")
    return "".join(f"<b>{piece}</b>" if at % 2 else piece for at, piece in enumerate(pieces))

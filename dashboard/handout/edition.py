"""The dashboard's parts as scripts that carry their data, for pages that no server answers."""

import base64
import json
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.core import prose, runs, tables
from dashboard.figures import criteria, distil, temperatures, wall
from dashboard.handout.figures import Material
from dashboard.parts import sources
from dashboard.parts.distil import part as scene
from dashboard.parts.gallery import part as gallery
from dashboard.parts.pad import part as pad
from dashboard.parts.verdicts import part as verdicts_wall
from dashboard.parts.wall import part as threes_wall
from dashboard.topics.dark_knowledge import figures as dark_knowledge
from dashboard.topics.draw import figures as draw
from dashboard.topics.story import figures as story
from dashboard.topics.story import verdicts
from kdengine.nets.architecture import layer_names
from kdengine.store import runs as store

FIRST = "parts/verdicts.js"
_HERE = Path(__file__).parent


def files(made_of: Material) -> dict[str, bytes]:
    """Return the scripts of the parts, by their names; none where no offset can be chosen."""
    if made_of.offset is None:
        return {}
    with sources.collected() as placed:
        _place(made_of)
        answering = _pad(made_of)
    made = {f"parts/{name}.js": script(name, *drawn) for name, drawn in placed.items()}
    if answering is not None:
        told = f"edition.parts.pad.answering = {json.dumps(answering)};\n"
        form = _classic(sources.read("pad", "mnist_form.js"))
        block = f"{{\n{form}{(_HERE / 'answering.js').read_text(encoding='utf-8')}}}\n"
        made["parts/pad.js"] += (told + block).encode()
        for name in answering["networks"]:
            weights = json.dumps(packed(runs.weights(made_of.shown.runs[name].key)))
            made[f"parts/weights-{name}.js"] = f'edition.weights["{name}"] = {weights};\n'.encode()
    return made


def script(name: str, part: sources.Part, data: Any) -> bytes:
    """Return a part with its data as a classic script: pages on a disk may load no modules."""
    code = _classic(part.js).replace("export default function", "return function")
    told = json.dumps({"html": part.html, "css": part.css, "data": data}).replace("</", r"<\/")
    lines = (
        f'edition.parts["{name}"] = {told};',
        f'edition.parts["{name}"].run = (() => {{\n{code}\n}})();\n',
    )
    return "\n".join(lines).encode()


def _classic(code: str) -> str:
    """Return a script without what only a module may say."""
    return re.sub(r"^export (?!default)", "", code, flags=re.MULTILINE)


def packed(weights: Mapping[str, NDArray[Any]]) -> list[list[dict[str, str]]]:
    """Return a network's members, each its layers, as the browser reads them.

    Weights become whole numbers of ten bits times one scale a unit. That takes two thirds of what
    their 16-bit floats take and moves a probability by half a percentage point at most, on MNIST.
    """
    return [[_layer(weights, layer) for layer in own] for own in layer_names(weights)]


def _layer(weights: Mapping[str, NDArray[Any]], name: str) -> dict[str, str]:
    """Return one layer: scales and biases a unit, the weights' upper eight bits and lower two."""
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    scale = np.maximum(np.abs(weight).max(axis=1), 1e-30) / 511
    steps = (np.rint(weight / scale[:, None]) + 512).astype(np.uint16).ravel()
    lower = np.append(steps & 3, np.zeros(-len(steps) % 4, np.uint16)).reshape(-1, 4)
    parts = {
        "scale": np.asarray(scale, dtype="<f4"),
        "bias": np.asarray(bias, dtype="<f4"),
        "upper": (steps >> 2).astype(np.uint8),
        "lower": (lower @ np.array([1, 4, 16, 64])).astype(np.uint8),
    }
    return {
        kind: base64.b64encode(zlib.compress(part.tobytes(), 9)).decode()
        for kind, part in parts.items()
    }


def _place(made_of: Material) -> None:
    """Place what asks nothing of Python: two walls, the gallery, the student that learns."""
    shown, offset = made_of.shown, made_of.need_offset()
    spreads = story.spreads(
        shown, tables.seeds(shown.student.metrics.get("recipe", ""), shown.dataset)
    )
    words = prose.beside(verdicts.__file__)["networks"]
    contents = verdicts.contents(shown, shown.dataset, offset, words, spreads)
    verdicts_wall.draw(contents, verdicts.words_beside(contents), key="verdicts")

    digit, temperature = shown.omitted_class, temperatures.usual(shown)
    assert digit is not None
    ranked = dark_knowledge.ranking(shown, None)
    gallery.draw(
        dark_knowledge.contents(ranked, digit, runs.train_images(shown.dataset)),
        temperature=temperature,
        image=dark_knowledge.first_image(ranked, digit, temperature),
        mark="edition",
        key="gallery",
    )

    chosen = criteria.choices(shown, None)
    low, high = criteria.slider_range(chosen)
    threes_wall.draw(
        wall.packed(shown, shown.dataset, high),
        wall.marks(criteria.on_the_slider(chosen)),
        offset=offset,
        low=low,
        high=high,
        key="wall",
        invites=True,
        partner='#offset input[type="range"]',  # the chart's below it: they move together
    )

    distilled = distil.source(shown)
    if distilled is not None:  # there are pictures for it
        scene.draw(distil.offered(distilled), about=distil.about(distilled), key="scene")


def _pad(made_of: Material) -> dict[str, Any] | None:
    """Place the pad; return what it needs to answer by itself, None if the networks cannot."""
    shown, offset = made_of.shown, made_of.need_offset()
    digit = shown.omitted_class
    assert digit is not None
    try:
        weights = {name: runs.weights(run.key) for name, run in shown.runs.items()}
        draw.check_answering(weights)
        held = draw.gallery(shown, shown.dataset)
    except (store.RunNotFound, store.RunDamaged, ValueError):
        return None
    first = held.images[draw.telling_image(held, digit, offset)]
    said = draw.answers(weights, [first], digit, 0.0)
    networks, near = draw.networks(shown), draw.near_misses(held, digit)
    starts = draw.starts(held, near, digit)
    for start in starts:
        start["pixels"] = held.images[start["image"]].ravel().tolist()
    words, names = prose.beside(draw.__file__), draw.names_of(digit)
    pad.draw(
        [draw.panel(network, shown, said) for network in networks],
        starts,
        {name: text.format(**names) for name, text in words["pad"].items()},
        pixels=first,
        seen=first,
        omitted=shown.student.config.omitted_classes,
        focus=digit,
        offset=pad.Offset(offset, offset, *draw.offset_range(offset)),
        key="pad",
    )
    return {
        "networks": list(weights),
        "asked": ["student" if network == "student-offset" else network for network in networks],
        "words": words["notices"],
        "full": draw.MOST_INK,
        "faint": draw.LEAST_PIXELS,
    }

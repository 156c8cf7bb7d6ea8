"""The lesson on noise, against counting and a singular value decomposition; its Python."""

import re

import numpy as np
import pytest

from dashboard.parts import sources
from dashboard.topics.noise import figures
from dashboard.topics.noise.lesson import LESSON
from kdengine.data import datasets
from kdengine.synthetic import noise_teacher
from tests.dashboard.lesson import agrees, unshown, walk


def static():
    """Return the lesson's pictures of noise."""
    return np.random.default_rng(0).uniform(-1, 1, (20_000, 196)).astype(np.float32)


def expected_equations(c):
    weights = 196 * 64 + 64 + 64 * 10 + 10
    return ["**200,000**", f"**{weights:,}**", f"{200_000 / weights:.1f} answers"]


def expected_every_digit(c):
    weights, counts = noise_teacher.weights("digits"), [0] * 10
    units = np.where((units := static() @ weights["first"] + weights["firstBias"]) > 0, units, 0)
    for row in units @ weights["second"] + weights["secondBias"]:
        counts[max(range(10), key=lambda digit: row[digit])] += 1
    return [f"(**{100 * count / 20_000:.1f}\u00a0%**)" for count in (max(counts), min(counts))]


def expected_directions(c):
    told = []
    for inputs in (noise_teacher.scaled(datasets.load("digits").train_images), static()):
        lengths = np.linalg.svd(inputs - inputs.mean(axis=0), compute_uv=False) ** 2
        needed = 0
        while lengths[:needed].sum() < 0.9 * lengths.sum():
            needed += 1
        told.append(f"**{needed}**")
    return told


@pytest.mark.parametrize("answer", LESSON.answers)
def test_an_answer_says_what_another_computation_finds(context_of, answer):
    agrees(answer, globals(), context_of())


def test_the_formula_says_what_static_does_to_the_first_unit(context_of):
    latex, _ = LESSON.formula(context_of())
    moved = static() @ noise_teacher.weights("digits")["first"][:, 0]
    told = float(re.search(r"= ([\d.]+)\\end", latex).group(1))
    assert told == pytest.approx(float((moved**2).mean()), rel=0.03)


def test_the_panel_answers_and_its_python_gives_the_numbers_of_the_page(full_store):
    text, source, printed = walk("noise", guess="show")
    assert "pictures = 20000" in source and 'dataset = "digits"' in source
    assert unshown(printed, text) == []


def test_the_scene_shows_as_many_pictures_as_the_page_tells():
    (noise,) = re.findall(r"noise: \[\[([\d_]+),", sources.read("distil", "sizes.js"))
    assert int(noise) == figures.PICTURES

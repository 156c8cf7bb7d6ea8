"""Each page's formula with the numbers of the run shown, as LaTeX and a sentence."""

import math

import numpy as np

from dashboard.core.experiment import plural
from dashboard.core.lessons import Context, number
from dashboard.core.numbers import fine_percent, percent, signed
from dashboard.core.teaching_more import soft_loss
from dashboard.core.teaching_story import image_shown, temperature_shown
from dashboard.core.teaching_sweeps import lab_omitted
from dashboard.core.teaching_tables import ablation_shown, accuracy_of, by_errors, causality_table
from kdengine.config import omitted_classes
from kdengine.offsets import evaluation
from kdengine.offsets import thresholds as bias

Formula = tuple[str, str]


def answer_rule(context: Context) -> Formula:
    """Return how the offset turns one answer, with the image it only just rescues."""
    student, digit, offset = context.run.student, context.digit, context.chosen
    flips = bias.flip_thresholds(student.test_logits, digit)
    flips[student.test_labels != digit] = np.nan
    near = np.where((flips > 0) & (flips < offset), flips, -np.inf)
    image = int(near.argmax()) if np.isfinite(near).any() else int(np.nanargmin(flips))
    z = student.test_logits[image].astype(np.float64)
    other = int(bias.runner_up(student.test_logits[[image]], digit)[0])
    sign = ">" if z[digit] + offset > z[other] else r"\leq"
    return (
        _lines(
            rf"\text{{answer}} &= \arg\max_j\,(z_j + b\,[j = {digit}])",
            rf"z_{{{digit}}} + b &= {z[digit]:.2f} {_plus(offset)} = {z[digit] + offset:.2f} "
            rf"{sign} {z[other]:.2f} = z_{{{other}}}",
        ),
        f"Test image {image:,}, {_a(digit)}: of all that the offset turns right it needs the "
        "largest one."
        if np.isfinite(near).any()
        else f"Test image {image:,}, {_a(digit)}: the offset turns no answer in this run.",
    )


def softened(context: Context) -> Formula:
    """Return equation 1 with the teacher's second choice for the image shown."""
    image, temperature = image_shown(context), temperature_shown(context)
    z = context.run.teacher.test_logits[image].astype(np.float64)
    second = int(np.argsort(-z, kind="stable")[1])
    powers = np.exp((z - z.max()) / temperature)
    mass = powers[second] / powers.sum()
    return (
        _lines(
            rf"p_{{{second}}} &= \frac{{e^{{z_{{{second}}}/T}}}}{{\sum_j e^{{z_j/T}}}} = "
            rf"\frac{{e^{{{z[second] - z.max():.2f}/{temperature:g}}}}}"
            rf"{{\sum_j e^{{(z_j {_plus(-z.max())})/{temperature:g}}}}}",
            rf"&= \frac{{{number(powers[second])}}}{{{number(powers.sum())}}} = {number(mass)}",
        ),
        f"The teacher's probability of {second}, its second choice, for test image {image:,} at "
        f"T = {temperature:g}: {fine_percent(mass)}. The largest logit, {z.max():.2f}, is taken "
        "off all ten first; that changes no probability.",
    )


def mass_matching(context: Context) -> Formula:
    """Return the frequency criterion with this run's offset, mass and frequency."""
    student, digit, offset = context.run.student, context.digit, context.chosen
    images = len(student.train_labels)
    before, after = bias.mean_mass(student.train_logits, digit, [0.0, offset])
    frequency = float(np.mean(student.train_labels == digit))
    return (
        _lines(
            rf"\frac1{{{_int(images)}}}\sum_{{i=1}}^{{{_int(images)}}} "
            rf"\frac{{e^{{z_{{i{digit}}} + b}}}}{{e^{{z_{{i{digit}}} + b}} + "
            rf"\sum_{{j\neq {digit}}} e^{{z_{{ij}}}}}} &= \pi_{{{digit}}}",
            rf"{after:.4f} &= {frequency:.4f}\quad\text{{at }} b = {offset:+.3f}",
        ),
        f"Left: the student's mean probability of {digit} over all {images:,} unlabelled training "
        f"images; without the offset it is {before:.4f}. Right: the share of {context.things} "
        "among them.",
    )


def rates(context: Context) -> Formula:
    """Return recall and precision of the omitted class from the confusion matrix."""
    digit = context.digit
    student = context.run.student
    logits = bias.apply_offsets(student.test_logits, [digit], context.chosen)
    n = evaluation.confusion_matrix(logits, student.test_labels)
    right, row, column = int(n[digit, digit]), int(n[digit].sum()), int(n[:, digit].sum())
    return (
        _lines(
            rf"\text{{recall}} &= \frac{{n_{{{digit}{digit}}}}}{{\sum_j n_{{{digit}j}}}} = "
            rf"\frac{{{_int(right)}}}{{{_int(row)}}} = {right / max(row, 1):.4f}",
            rf"\text{{precision}} &= \frac{{n_{{{digit}{digit}}}}}{{\sum_i n_{{i{digit}}}}} = "
            rf"\frac{{{_int(right)}}}{{{_int(column)}}} = {right / max(column, 1):.4f}",
        ),
        f"n counts test images by true digit (row) and answer (column), for the student with the "
        f"offset {signed(context.chosen)}.",
    )


def flip_threshold(context: Context) -> Formula:
    """Return the flip threshold of the image that needs the largest offset."""
    student, digit = context.run.student, context.digit
    flips = bias.flip_thresholds(student.test_logits, digit)
    flips[student.test_labels != digit] = -np.inf
    image = int(flips.argmax())
    z = student.test_logits[image].astype(np.float64)
    other = int(bias.runner_up(student.test_logits[[image]], digit)[0])
    return (
        _lines(
            rf"b &> \max_{{j\neq {digit}}} z_j - z_{{{digit}}} = z_{{{other}}} - z_{{{digit}}}",
            rf"&= {z[other]:.2f} {_plus(-z[digit])} = {z[other] - z[digit]:.2f}",
        ),
        f"The offset that test image {image:,} needs, the most of all held-out {context.things}; "
        f"the student says {other if z[other] >= z[digit] else digit} without one.",
    )


def share_right(context: Context) -> Formula:
    """Return the accuracy on the omitted class after the first epoch and the last."""
    logits, digit = context.replay(), context.digit
    first = int((evaluation.predictions(logits[0]) == digit).sum())
    student = context.run.student
    own = student.test_labels == digit
    last = int((evaluation.predictions(student.test_logits[own]) == digit).sum())
    images = int(own.sum())
    terms = [rf"a_1 &= \frac{{{_int(first)}}}{{{_int(images)}}} = {first / images:.4f}"]
    if len(logits) > 1:
        terms.append(
            rf"a_{{{len(logits)}}} &= \frac{{{_int(last)}}}{{{_int(images)}}} = {last / images:.4f}"
        )
    return (
        _lines(rf"a_t &= \frac{{\#\{{i : \arg\max_j z^{{(t)}}_{{ij}} = {digit}\}}}}{{N}}", *terms),
        f"z⁽ᵗ⁾ are the student's logits after epoch t, N = {images:,} held-out {context.things}.",
    )


def odds(context: Context) -> Formula:
    """Return what the offset does to the odds of any picture."""
    offset, digit = context.chosen, context.digit
    even = 1 / (1 + math.exp(-offset))
    return (
        _lines(
            rf"\frac{{p'_{{{digit}}}}}{{1 - p'_{{{digit}}}}} &= e^{{b}}\,"
            rf"\frac{{p_{{{digit}}}}}{{1 - p_{{{digit}}}}}",
            rf"&= e^{{{offset:.2f}}}\,\frac{{p_{{{digit}}}}}{{1 - p_{{{digit}}}}} = "
            rf"{number(math.exp(offset))}\,\frac{{p_{{{digit}}}}}{{1 - p_{{{digit}}}}}",
        ),
        f"Whatever is drawn (at T = 1): a picture for which the student gives {digit} one half "
        f"gets {percent(even)} with the frequency criterion's offset.",
    )


def loss(context: Context) -> Formula:
    """Return the loss with the run's weights and temperature, and its value at the end."""
    config = context.run.student.config
    divergence, temperature = soft_loss(context)
    student = context.run.student
    hard = evaluation.cross_entropy(student.test_logits, student.test_labels)
    scale = temperature**2 if config.scale_soft_by_t2 else 1.0
    total = config.soft_weight * scale * divergence + config.hard_weight * hard
    factor = rf"{temperature:g}^2" if config.scale_soft_by_t2 else "1"
    return (
        _lines(
            rf"L &= w_\text{{soft}}\,{'T^2' if config.scale_soft_by_t2 else ''}\,"
            r"\mathrm{KL}_T + w_\text{hard}\,\mathrm{CE}",
            rf"&= {config.soft_weight:g}\cdot {factor}\cdot {number(divergence)} + "
            rf"{config.hard_weight:g}\cdot {number(hard)} = {number(total)}",
        ),
        f"The finished student's loss in nats, the mean over {len(student.test_labels):,} test "
        f"images: KL is its divergence from the teacher at T = {temperature:g}, CE its "
        "cross-entropy with the labels.",
    )


def transfer_mass(context: Context) -> Formula:
    """Return the teacher's mean mass on the omitted class over the transfer set."""
    digit, teacher = context.digit, context.run.teacher
    config = context.run.student.config
    kept = ~np.isin(teacher.train_labels, omitted_classes(config))
    plain, soft = (
        float(evaluation.softmax(teacher.train_logits[kept], t)[:, digit].mean())
        for t in (1.0, config.temperature)
    )
    images = int(kept.sum())
    return (
        _lines(
            rf"\bar p_{{{digit}}}(T) &= \frac1{{{_int(images)}}}\sum_{{i}} "
            rf"\frac{{e^{{v_{{i{digit}}}/T}}}}{{\sum_j e^{{v_{{ij}}/T}}}}",
            rf"\bar p_{{{digit}}}(1) &= {number(plain)}",
            rf"\bar p_{{{digit}}}({config.temperature:g}) &= {number(soft)}",
        ),
        f"v are the teacher's logits, i runs over {images:,} training images, none of them "
        f"{_a(digit)}.",
    )


def several_offsets(context: Context) -> Formula:
    """Return how many equations the frequency criterion solves for the digits left out."""
    omitted = lab_omitted(context)
    labels = context.run.student.train_labels
    shares = [rf"\pi_{{{k}}} = {float(np.mean(labels == k)):.4f}" for k in omitted[:3]]
    frequencies = r",\; ".join(shares).replace("=", "&=", 1)
    frequencies += r",\;\ldots" if len(omitted) > 3 else ""
    return (
        _lines(
            r"\frac1N\sum_i \frac{e^{z_{ik} + b_k}}{\sum_j e^{z_{ij} + b_j}} &= \pi_k",
            rf"k &\in \{{{', '.join(map(str, omitted))}\}}",
            frequencies,
        ),
        f"One equation for each of the {len(omitted)} digits left out, one offset each: the mean "
        f"probability over N = {len(labels):,} unlabelled training images becomes the digit's "
        "share. Where more than half of the digits are left out all ten get an offset.",
    )


def seed_mean(context: Context) -> Formula:
    """Return mean and standard deviation over seeds of the best setting."""
    table = ablation_shown(context)
    best, _ = by_errors(table)
    seeds = len({row["seed"] for row in table["rows"]})
    return (
        _lines(
            rf"\bar e &= \frac1{{{seeds}}}\sum_s e_s = {best.mean:.1f}",
            rf"s &= \sqrt{{\frac1{{{max(seeds - 1, 1)}}}\sum_s (e_s - \bar e)^2}} = "
            rf"{best.deviation:.1f}",
        ),
        f"e are the errors of {best.images:,} test images with the offset, one for each of "
        f"{seeds} seeds; here of the setting with the fewest: {best.name}.",
    )


def carried(context: Context) -> Formula:
    """Return which share of the effect the mislabelled images could carry."""
    table = causality_table(context)
    plain, hard, rest = (
        accuracy_of(table, name, "student_before")
        for name in ("plain", "hard-labels", "not-called-omitted")
    )
    gap = plain - hard
    kept = (rest - hard) / gap if gap else float("nan")
    return (
        _lines(
            r"\text{share kept} &= \frac{a_\text{without} - a_\text{hard}}"
            r"{a_\text{plain} - a_\text{hard}}",
            rf"&= \frac{{{rest:.4f} - {hard:.4f}}}{{{plain:.4f} - {hard:.4f}}} = {kept:.3f}",
        ),
        "a is the accuracy on the omitted digit before any offset, the mean over the seeds: of "
        "the student without the images that the teacher itself calls that digit, of hard labels, "
        "and of the student as it is.",
    )


def _lines(*lines: str) -> str:
    """Return equations below each other, their ``&`` in one column."""
    return r"\begin{aligned}" + r" \\[4pt] ".join(lines) + r"\end{aligned}"


def _plus(value: float) -> str:
    """Return ``+ 1.50`` or ``- 1.50``."""
    return f"{'+' if value >= 0 else '-'} {abs(value):.2f}"


def _int(value: int) -> str:
    """Return a count for LaTeX, its thousands set apart without a space after the comma."""
    return f"{value:,}".replace(",", "{,}")


def _a(digit: int) -> str:
    """Return ``one of the threes``."""
    return f"one of the {plural(digit)}"

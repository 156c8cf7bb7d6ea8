"""What the page of drawings asks, computed from the run and the drawing shown."""

import math
from typing import Any

import numpy as np

from dashboard.classroom.lessons import Context, Lesson, aligned, number
from dashboard.core.numbers import percent
from dashboard.figures import temperatures
from kdengine.data import mnist_files
from kdengine.nets import forward
from kdengine.offsets import evaluation


def built_in(context: Context) -> str:
    """Answer which parameter the offset can be built into."""
    weights = context.weights("student")
    name = max((n for n in weights if n.endswith(".bias")), key=lambda n: int(n.split(".")[-2]))
    bias = forward.output_biases(weights)[context.digit]
    return (
        f"The last layer's bias of class {context.digit} (`{name}[{context.digit}]`): a logit is "
        f"a weighted sum plus that bias, so raising the one raises the other. It is "
        f"{bias:+.3f} and becomes **{bias + context.chosen:+.3f}**; none of the other "
        f"{sum(w.size for w in weights.values()) - 1:,} numbers changes.".replace("-", "−")
    )


def empty_pad(context: Context) -> str:
    """Answer what the networks would say to a picture without a stroke."""
    told = []
    if not forward.is_dense(context.weights("teacher")):
        return "This run's teacher has convolutions, which the pad does not know."
    for role in ("teacher", "student"):
        logits = forward.logits(context.weights(role), np.zeros((1, 28, 28)))[0]
        best = int(logits.argmax())
        told.append(f"the {role} **{best}** ({percent(evaluation.softmax(logits)[best])})")
    return (
        f"It would answer all the same, from its biases alone: {' and '.join(told)}, at T = 1. A "
        "network can only choose among ten; none of them means “nothing”. So the page asks "
        "nobody about an empty pad."
    )


def multiplications(context: Context) -> str:
    """Answer how many multiplications one answer takes."""
    counted = []
    for role in ("teacher", "student"):
        sizes = [784, *getattr(context.run, role).config.hidden_sizes, 10]
        counted.append(sum(i * o for i, o in zip(sizes[:-1], sizes[1:], strict=True)))
    teacher, student = counted
    return (
        f"One for each weight: the teacher **{teacher:,}**, the student **{student:,}**, "
        f"{number(teacher / student)} times fewer. Biases are added, not multiplied."
    )


def odds(context: Context) -> tuple[str, str]:
    """Return what the offset does to the odds of any picture."""
    offset, digit = context.chosen, context.digit
    even = 1 / (1 + math.exp(-offset))
    return (
        aligned(
            rf"\frac{{p'_{{{digit}}}}}{{1 - p'_{{{digit}}}}} &= e^{{b}}\,"
            rf"\frac{{p_{{{digit}}}}}{{1 - p_{{{digit}}}}}",
            rf"&= e^{{{offset:.2f}}}\,\frac{{p_{{{digit}}}}}{{1 - p_{{{digit}}}}} = "
            rf"{number(math.exp(offset))}\,\frac{{p_{{{digit}}}}}{{1 - p_{{{digit}}}}}",
        ),
        f"Whatever is drawn (at T = 1): a picture for which the student gives {digit} one half "
        f"gets {percent(even)} with the frequency criterion's offset.",
    )


def drawn_image(context: Context) -> dict[str, Any]:
    """Return the networks that answer, the image that the drawing began with, T and the offset."""
    shown = context.run
    if shown.dataset == "mnist" and not mnist_files.present():
        raise ValueError("its pictures are MNIST's, whose files are not here.")
    networks = (shown.teacher, shown.baseline, shown.student)
    by_hand = context.number("offset", -100.0, 100.0)
    offset = (context.offset or 0.0) if by_hand is None else by_hand
    return {
        "keys": [run.key for run in networks if run is not None],
        "digit": shown.omitted_class or 0,
        "dataset": shown.dataset,
        "image": int(context.number("image", 0, len(shown.teacher.test_labels) - 1) or 0),
        "temperature": context.number("T", temperatures.LOWEST, temperatures.HIGHEST) or 1.0,
        "offset": 0.0 if shown.omitted_class is None else offset,
    }


LESSON = Lesson(__file__, (built_in, empty_pad, multiplications), odds, drawn_image)

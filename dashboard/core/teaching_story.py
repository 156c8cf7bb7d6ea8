"""Answers to the exercises of the pages that tell the story, each computed from the run shown."""

import math

import numpy as np
from numpy.typing import NDArray

from dashboard.core.experiment import plural
from dashboard.core.lessons import Context, Exercise, number
from dashboard.core.numbers import percent, signed
from dashboard.topics.soft_targets.address import read_image, read_temperature
from dashboard.topics.soft_targets.figures import default_temperature, telling_image
from kdengine.offsets import evaluation
from kdengine.offsets import thresholds as bias


def rescued(context: Context) -> str:
    """Answer how many of the misses the offset turns right."""
    before, after, total = _right(context)
    missed, gained = total - before, after - before
    if not missed:
        return f"The student misses none of {total:,} {context.things}: nothing is left to win."
    return (
        f"It misses {total:,} − {before:,} = {missed:,} of {total:,} without the offset and "
        f"{total:,} − {after:,} = {total - after:,} with it: the offset wins **{gained:,} of "
        f"{missed:,}**, {percent(gained / missed)} of what was missed."
    )


def parameters(context: Context) -> str:
    """Answer how many weights the two networks have."""
    counted = {}
    for role in ("teacher", "student"):
        sizes = [784, *getattr(context.run, role).config.hidden_sizes, 10]
        pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
        written = " + ".join(f"{i:,}·{o:,} + {o:,}" for i, o in pairs)
        counted[role] = sum(i * o + o for i, o in pairs), written
    (teacher, how), (student, own) = counted["teacher"], counted["student"]
    return (
        f"Each layer has inputs·outputs weights and as many biases as outputs. Teacher: {how} = "
        f"**{teacher:,}**; student: {own} = **{student:,}**; {number(teacher / student)} times "
        "as many."
    )


def guessing(context: Context) -> str:
    """Answer how the student compares with guessing."""
    before, _, total = _right(context)
    chance = total / 10
    return (
        f"Guessing gets one in ten right, {number(chance)} of {total:,} on average. The student "
        f"gets **{before:,}**, {number(before / chance)} times as many: it cannot be guessing, "
        f"although no {context.digit} was among the images it learned from."
    )


def odds_of_the_first(context: Context) -> str:
    """Answer how much more probable the first class is than the second, at two temperatures."""
    first, second, gap, temperature = _two_largest(context)
    return (
        f"The ratio of two probabilities is e to the difference of their logits divided by T. "
        f"The logits of {first} and {second} differ by {gap:.2f}, so {first} is "
        f"e^{gap:.2f} = **{number(math.exp(gap))} times** as probable at T = 1 and "
        f"e^({gap:.2f}/{temperature:g}) = **{number(math.exp(gap / temperature))} times** at "
        f"T = {temperature:g}."
    )


def temperature_of_a_half(context: Context) -> str:
    """Answer at which T the second choice is half as probable as the first."""
    first, second, gap, _ = _two_largest(context)
    if gap == 0:
        return f"Never: {first} and {second} have the same logit, so they are always level."
    return (
        f"e^(−{gap:.2f}/T) = 1/2 gives T = {gap:.2f}/ln 2 = **{number(gap / math.log(2))}**. "
        f"Whatever T is, {second} never overtakes {first}: T changes sizes, not the order."
    )


def spread(context: Context) -> str:
    """Answer what the distribution tends to as T grows."""
    _, _, _, temperature = _two_largest(context)
    logits = context.run.teacher.test_logits[image_shown(context)]
    plain, soft = (
        float(evaluation.entropy(evaluation.softmax(logits, t))) for t in (1.0, temperature)
    )
    return (
        f"All logits divided by a large T are nearly 0, so all ten probabilities tend to 1/10, "
        f"whose entropy is ln 10 = **{math.log(10):.3f} nats**, the most there can be. For this "
        f"image it is {number(plain)} nats at T = 1 and {number(soft)} at T = {temperature:g}."
    )


def half_right(context: Context) -> str:
    """Answer which offset makes half of the held-out images right."""
    flips = np.sort(_own_flips(context))
    needed = math.ceil(len(flips) / 2)
    return (
        f"An image turns right once the offset exceeds its flip threshold. So sort the "
        f"{len(flips):,} thresholds: the one in place {needed:,}, **{signed(flips[needed - 1])}** "
        f"logit units, is where half of the {context.things} are right."
        + (" That is below 0: they are right without any." if flips[needed - 1] < 0 else "")
    )


def odds_factor(context: Context) -> str:
    """Answer what the offset does to the odds and to the mean mass."""
    student, offset = context.run.student, context.chosen
    before, after = bias.mean_mass(student.train_logits, context.digit, [0.0, offset])
    return (
        f"Adding b to one logit multiplies that class's odds by e^b: here by e^{signed(offset)} = "
        f"**{number(math.exp(offset))}** for every image alike. The mean mass does not grow by "
        f"that factor, since most images are far from undecided: over "
        f"{len(student.train_labels):,} training images it goes from {percent(before, 2)} to "
        f"**{percent(after, 2)}**."
    )


def price(context: Context) -> str:
    """Answer how many other digits the offset costs for each image it gains."""
    student, digit = context.run.student, context.digit
    sweep = bias.offset_sweep(student.test_logits, student.test_labels, digit)
    before, after = bias.correct_at(sweep, [0.0, context.chosen])
    gained = int(after[digit] - before[digit])
    lost = int(before.sum() - before[digit] - after.sum() + after[digit])
    each = f", {number(lost / gained, 2)} for each" if gained > 0 and lost > 0 else ""
    return (
        f"With {signed(context.chosen)} the student gains **{gained:,}** {context.things} and "
        f"loses **{lost:,}** images of other digits{each}. The total is {gained - lost:+,} right "
        f"answers of {len(student.test_labels):,}.".replace("+-", "−")
    )


def precision(context: Context) -> str:
    """Answer how many of the images called the omitted class are of it."""
    table = _confusion(context, context.chosen)
    called, right = int(table[:, context.digit].sum()), int(table[context.digit, context.digit])
    own = int(table[context.digit].sum())
    if not called:
        return f"It calls no image {context.digit}, so there is no precision to speak of."
    return (
        f"Add up the column of {context.digit}: the student with the offset calls {called:,} test "
        f"images {context.digit}, and **{right:,}** of them are: precision "
        f"{percent(right / called)}. The row tells something else: of {own:,} {context.things} it "
        f"finds {right:,}, recall {percent(right / max(own, 1))}."
    )


def teachers_pair(context: Context) -> str:
    """Answer which two digits the teacher mixes up most."""
    teacher = context.run.teacher
    table = evaluation.confusion_matrix(teacher.test_logits, teacher.test_labels)
    both = np.triu(table + table.T, k=1)
    low, high = divmod(int(both.argmax()), len(both))
    if not both.any():
        return "None: the teacher makes no mistake on the test images."
    return (
        f"Add each cell to its mirror image: **{low} and {high}**, {both[low, high]:,} test images "
        f"({table[low, high]:,} {plural(low)} called {high} and {table[high, low]:,} "
        f"{plural(high)} called {low})."
    )


def errors_elsewhere(context: Context) -> str:
    """Answer how many errors are on other digits."""
    counted = []
    for offset in (0.0, context.chosen):
        table = np.delete(_confusion(context, offset), context.digit, axis=0)
        right = np.delete(np.arange(10), context.digit)
        counted.append((int(table.sum() - table[np.arange(9), right].sum()), int(table.sum())))
    (before, total), (after, _) = counted
    return (
        f"Leave out the row of {context.digit}: of {total:,} images of the other nine digits "
        f"**{before:,}** are wrong before the offset and **{after:,}** with it. The difference is "
        f"what the {context.things} cost."
    )


def rescue_all(context: Context) -> str:
    """Answer what it would cost to rescue every miss."""
    student, digit = context.run.student, context.digit
    flips = bias.flip_thresholds(student.test_logits, digit)
    own = student.test_labels == digit
    if not own.any():
        return f"The test set holds no {context.things}."
    needed = float(flips[own].max())
    turned = int((flips[~own] < needed).sum())
    return (
        f"The offset has to exceed the largest flip threshold, **{signed(needed)}**. By then "
        f"**{turned:,}** of {int((~own).sum()):,} images of other digits are called {digit} too. "
        f"The criterion stops at {signed(context.chosen)}."
    )


def shared_misses(context: Context) -> str:
    """Answer how many misses teacher and student share."""
    labels = context.run.student.test_labels
    own = labels == context.digit
    student = evaluation.predictions(context.run.student.test_logits)[own] != context.digit
    teacher = evaluation.predictions(context.run.teacher.test_logits)[own] != context.digit
    both = int((student & teacher).sum())
    rate = f" ({percent(both / student.sum())} of the student's)" if student.any() else ""
    return (
        f"Without the offset the student misses {int(student.sum()):,} of {int(own.sum()):,} "
        f"{context.things}, the teacher {int(teacher.sum()):,}, both **{both:,}**{rate}. The "
        "others the student lost on the way from its teacher."
    )


def second_choices(context: Context) -> str:
    """Answer for how many misses the right answer is the student's second choice."""
    student, digit = context.run.student, context.digit
    logits = student.test_logits[student.test_labels == digit]
    missed = logits[evaluation.predictions(logits) != digit]
    above = (missed > missed[:, [digit]]).sum(axis=1)
    if not len(missed):
        return f"The student misses none of the {context.things}."
    second = int((above == 1).sum())
    return (
        f"For **{second:,}** of {len(missed):,} missed {context.things} "
        f"({percent(second / len(missed))}) only one logit is larger than that of {digit}. One "
        "number can bring these back, because they lost by one place."
    )


def image_shown(context: Context) -> int:
    """Return the test image that the page of soft targets shows."""
    count = len(context.run.teacher.test_labels)
    image, problem = read_image(context.address.get("image", ""), count)
    return telling_image(context.run) if problem else int(image)


def temperature_shown(context: Context) -> float:
    """Return the T in the address, else the student's own."""
    temperature, problem = read_temperature(context.address.get("T", ""))
    return default_temperature(context.run) if problem else float(temperature)


def _two_largest(context: Context) -> tuple[int, int, float, float]:
    """Return the teacher's first and second choice, their logits' difference, and another T."""
    logits = context.run.teacher.test_logits[image_shown(context)].astype(np.float64)
    first, second = (int(digit) for digit in np.argsort(-logits, kind="stable")[:2])
    temperature = temperature_shown(context)
    if temperature == 1.0:
        temperature = default_temperature(context.run)
    return first, second, float(logits[first] - logits[second]), temperature


def _right(context: Context) -> tuple[int, int, int]:
    """Return the omitted class's right answers before and after the offset, and its images."""
    student, digit = context.run.student, context.digit
    sweep = bias.offset_sweep(student.test_logits, student.test_labels, digit)
    before, after = bias.correct_at(sweep, [0.0, context.chosen])
    return int(before[digit]), int(after[digit]), int(sweep.class_counts[digit])


def _own_flips(context: Context) -> NDArray[np.float64]:
    """Return the flip thresholds of the omitted class's test images."""
    student = context.run.student
    own = student.test_labels == context.digit
    if not own.any():
        raise ValueError(f"the test set of this run holds no {context.things}.")
    return bias.flip_thresholds(student.test_logits[own], context.digit)


def _confusion(context: Context, offset: float) -> NDArray[np.int64]:
    """Return the student's confusion matrix at an offset."""
    student = context.run.student
    logits = bias.apply_offsets(student.test_logits, [context.digit], offset)
    return evaluation.confusion_matrix(logits, student.test_labels)


EXERCISES = {
    "story": (
        Exercise(
            "What share of the held-out {things} that the student misses does {offset} win back?",
            rescued,
        ),
        Exercise(
            "The networks' layers are fully connected. How many numbers does the teacher consist "
            "of, and how many the student?",
            parameters,
        ),
        Exercise(
            "Somebody claims that the student merely guesses when it sees {a_digit}. How many "
            "{things} would guessing get right, and how many does the student, without any offset?",
            guessing,
        ),
    ),
    "soft_targets": (
        Exercise(
            "By what factor is the teacher's first choice for this image more probable than its "
            "second, at T = 1 and at a higher T?",
            odds_of_the_first,
        ),
        Exercise(
            "At which T is the second choice half as probable as the first? Can it overtake it?",
            temperature_of_a_half,
        ),
        Exercise(
            "What do the ten probabilities tend to as T grows, and what is their entropy then?",
            spread,
        ),
    ),
    "offset": (
        Exercise("Which offset makes half of the held-out {things} right?", half_right),
        Exercise(
            "By what factor does {offset} multiply the odds of class {digit} for each image? Why "
            "does the mean probability of {digit} not grow by the same factor?",
            odds_factor,
        ),
        Exercise(
            "What does {offset} cost: how many images of other digits are lost for the {things} "
            "gained?",
            price,
        ),
    ),
    "confusion": (
        Exercise(
            "Of the test images that the student with {offset} calls {digit}, how many are? "
            "(The page shows rows; this is about a column.)",
            precision,
        ),
        Exercise(
            "Which two digits does the teacher mix up most, both ways together?", teachers_pair
        ),
        Exercise(
            "How many images of the other nine digits are wrong, before and with {offset}?",
            errors_elsewhere,
        ),
    ),
    "misclassified": (
        Exercise(
            "How large must the offset be to rescue every held-out {digit}, and how many other "
            "images would be called {digit} by then?",
            rescue_all,
        ),
        Exercise(
            "Are the student's mistakes on {things} its teacher's? How many do both make?",
            shared_misses,
        ),
        Exercise(
            "On how many of the {things} it misses, without the offset, is {digit} the student's "
            "second choice?",
            second_choices,
        ),
    ),
}

"""Why did a reproduction get that? What a bias step does, and what its tables say of the rest."""

from typing import Any

import pandas as pd

from dashboard.core import prose
from dashboard.core.numbers import percent, signed
from dashboard.figures import sweep_rows
from dashboard.figures.sweep_rows import BEFORE
from dashboard.topics.lab.reproductions.figures import seed_without_three
from kdengine.nets.architecture import PICTURE_CHANNELS, STRIP_CHANNELS
from kdengine.recipes.sources import hinton_problems
from kdengine.studies.reproduction_measures import (
    SPREAD_DEVIATIONS,
    counting_spread,
    prediction_half_width,
)

Table = dict[str, Any]
BY_SIZE = "temperature-by-size"  # the ablation that tells size and temperature apart
SHIFTS = "transfer-shift"  # the ablation that moves the student's images
MIX = "soft-weight"  # the ablation that varies how much of the loss are hard labels


def treatments(table: Table) -> pd.DataFrame:
    """Return what each treatment of the biases leaves of errors.

    Returns
    -------
    DataFrame
        ``what is done``, ``offset on 3`` (text), ``errors`` and ``errors on threes``, which name
        the one seed that they are of.
    """
    seed, words = seed_without_three(table), prose.beside(__file__)["treatments"]
    return pd.DataFrame(
        [
            {
                "what is done": words[row["name"]],
                "offset on 3": "–" if row["offset"] is None else signed(row["offset"]),
                f"errors (seed {seed})": row["errors"],
                f"errors on threes (seed {seed})": row["omitted_errors"],
            }
            for row in table["biases"]["treatments"]
        ]
    )


def overwriting(table: Table) -> str:
    """State what overwriting all ten biases with one number does."""
    learned, rows = table["biases"]["learned"], _by_name(table)
    before, equal, plus = rows["none"], rows["all-equal"], rows["plus"]
    lower = sum(value < learned[3] for value in learned)
    gap = equal["omitted_errors"] - before["omitted_errors"]
    threes = f"{before['omitted_errors']} on threes stay"
    if gap:
        threes = (
            f"{before['omitted_errors']} on threes become {equal['omitted_errors']}, "
            f"{sweep_rows.chance([gap])}"
        )
    return (
        f"The ten learned biases of the student without 3 (seed {seed_without_three(table)}) run "
        f"from {signed(min(learned))} to {signed(max(learned))}; that of 3 is "
        f"{signed(learned[3])}, with {lower or 'none'} of the others lower. Ten equal numbers "
        "raise no class against another, so writing 3.5 into all of them only erases what was "
        f"learned: {before['errors']} errors become **{equal['errors']}**; beside that, {threes}. "
        f"Raising 3 alone by 3.5 gives {plus['errors']} ({plus['omitted_errors']} on threes)."
    )


def probe(table: Table) -> str:
    """State what the first 5,000 images do to the frequency criterion."""
    rows, biases = _by_name(table), table["biases"]
    part, whole = rows["frequency-probe"], rows["frequency-all"]
    seed = seed_without_three(table)
    return (
        f"The first 5,000 training images hold {percent(biases['probe_share'], 2)} threes, but the "
        f"criterion makes the mass on 3 meet {percent(biases['share'], 2)}: the offset comes out "
        f"at **{signed(part['offset'])}** ({part['errors']} errors, {part['omitted_errors']} on "
        f"threes) instead of **{signed(whole['offset'])}** from all 60,000 "
        f"({whole['errors']} errors, {whole['omitted_errors']} on threes; seed {seed})."
    )


def mixing(table: Table) -> str:
    """State what hard labels in the loss cost where a class is missing, from the ablation."""
    frame = sweep_rows.rows(table)
    own = frame[frame["stage"] == BEFORE].copy()
    own["soft"] = [row["parameters"]["soft_weight"] for row in table["rows"]]
    own["scaled"] = [row["parameters"]["scale_soft_by_t2"] for row in table["rows"]]
    means = own.groupby(["scaled", "soft"])["omitted"].mean()
    pure = means[(True, 1.0)]
    told = []
    for scaled, words in ((True, "with T²"), (False, "without T²")):
        group = means[scaled]
        mixed = group[(group.index > 0.0) & (group.index < 1.0)]
        told.append(
            f"{words} it is {percent(mixed.iloc[-1])} at a hard weight of "
            f"{1.0 - mixed.index[-1]:.1f} and {percent(mixed.iloc[0])} at "
            f"{1.0 - mixed.index[0]:.1f}"
        )
    return (
        f"Pure soft targets bring {percent(pure)} of the threes before any offset; mixed with hard "
        f"labels, which say that no image is a 3, {'; '.join(told)}."
    )


def small_students(table: Table) -> str:
    """State what size and T do to the threes, from the ablation of temperatures by size."""
    frame = sweep_rows.rows(table)
    own = frame[frame["stage"] == BEFORE].copy()
    own["units"] = [row["parameters"]["hidden_sizes"][0] for row in table["rows"]]
    own["temperature"] = [row["parameters"]["temperature"] for row in table["rows"]]
    means = own.groupby(["units", "temperature"])["omitted"].mean()
    small, large = min(own["units"]), max(own["units"])
    told = [
        f"{units} units {percent(means[(units, t)])} at T = {t:g}"
        for units in (small, large)
        for t in (3.0, 20.0)
    ]
    return (
        "Size or temperature? With everything else as in the recipe `classroom`, threes right "
        f"before any offset: {told[0]} and {told[1].partition(' units ')[2]}; {told[2]} and "
        f"{told[3].partition(' units ')[2]}."
    )


def shifts(table: Table) -> str:
    """State what moving the transfer images does to the threes, from the ablation of shifts."""
    frame = sweep_rows.rows(table)
    own = frame[frame["stage"] == BEFORE].copy()
    recipe = table["experiment"]["student"]["jitter_pixels"]
    own["shift"] = [row["parameters"].get("jitter_pixels", recipe) for row in table["rows"]]
    means = own.groupby("shift")[["omitted", "errors"]].mean()
    told = "; ".join(
        f"{'not moved' if shift == 0 else f'moved by up to {shift} px'}: {percent(row['omitted'])} "
        f"of the threes, {row['errors']:,.0f} errors"
        for shift, row in means.iterrows()
    )
    return (
        "What the paper says nothing of, and what our recipe does, is to distort the student's "
        "images too, the teacher answering the distorted image. Before any offset, with "
        f"everything else as in the recipe `classroom`: {told}."
    )


def strip(table: Table) -> str:
    """Answer whether seeing strips is why the convolutional teacher stops where it does.

    Empty unless the table has the network over pictures.
    """
    picture = table["networks"].get("cnn-picture")
    row = next((row for row in table["figures"] if row["network"] == "cnn"), None)
    if picture is None or row is None:
        return ""
    errors = sum(sum(line) - line[digit] for digit, line in enumerate(picture["confusion"]))
    told = f"{row['mean']:,.1f}".removesuffix(".0")
    told += f" ± {row['sd']:,.1f}" if row["sd"] is not None else ""
    gap = row["mean"] - errors
    near = spread = counting_spread(row["mean"] / 10_000, 10_000)
    if row["sd"] is not None:
        near = SPREAD_DEVIATIONS * row["sd"]
        spread = prediction_half_width(row["sd"], len(row["ours"]))
    if gap > spread:
        verdict = "The strip **is why**: true pictures leave fewer errors than any run of it would"
    elif gap < -spread:
        verdict = "So reduced, pictures do worse: the strip is **not shown to be** why"
    elif abs(gap) <= near:
        verdict = "The strip **may not be why**: the two are within the spread over seeds"
    else:
        verdict = "Whether the strip **is why** so few seeds cannot tell"
    return (
        "The convolutional teacher's input is declared as (1, 28, 28) to a library that puts "
        "channels last, so that as written it sees a strip of 28 places with 28 channels. There "
        f"it makes {told} errors (published: {row['value']}). Over pictures of 28×28, with "
        f"{PICTURE_CHANNELS} of its {STRIP_CHANNELS} channels to be trainable here and everything "
        "else as written, it makes "
        f"**{errors}** (one seed). {verdict}."
    )


def machines(table: Table) -> str:
    """Answer how far the source's teacher is from itself: on two machines, and over our seeds."""
    row = next(row for row in table["figures"] if row["quantity"] == "teacher, accuracy")
    errors = [f"{10_000 * (1.0 - value):,.0f}" for value in row["ours"]]
    there = 10_000 * (1.0 - row["value"])
    told = (
        f"One seed is not one number. The source's script gave a teacher of **{there:,.0f}** "
        f"errors on one machine and, with the same seed, **{hinton_problems.ERRORS_ELSEWHERE}** on "
        "another: sums in another order are rounded otherwise, and training makes much of it. "
    )
    if row["sd"] is None:
        return f"{told}Our one seed gives {errors[0]}."
    half = 10_000 * prediction_half_width(row["sd"], len(errors))
    gap = abs(there - hinton_problems.ERRORS_ELSEWHERE)
    verdict = "tells nothing about a recipe" if gap <= half else "is more than our seeds scatter"
    return (
        f"{told}Our seeds give {', '.join(errors)}: one more would fall within ± {half:,.0f} "
        f"errors of their mean 95 times of 100, so a difference of {gap:.0f} {verdict}."
    )


def _by_name(table: Table) -> dict[str, dict[str, Any]]:
    """Return the treatments by their names."""
    return {row["name"]: row for row in table["biases"]["treatments"]}

"""Why did a reproduction get that? One thing changed at a time, and what a bias step does."""

from typing import Any

import pandas as pd

from dashboard.views import sweep_rows
from dashboard.views.number_words import percent, signed
from dashboard.views.reproductions import seed_without_three
from dashboard.views.sweep_rows import AFTER, BEFORE
from kdengine import why_sweeps
from kdengine.config import PICTURE_CHANNELS, STRIP_CHANNELS
from kdengine.published import ACCURACY, ERRORS, FIGURES, HINTON_PROBLEMS_ELSEWHERE
from kdengine.reproduction_measures import (
    SPREAD_DEVIATIONS,
    TEST_IMAGES,
    counting_spread,
    images_of,
    prediction_half_width,
)

Table = dict[str, Any]
SWEEPS = {"hiverxd": "why-hiverxd", "am207": "why-am207"}
BY_SIZE = "temperature-by-size"  # the ablation that tells size and temperature apart
SHIFTS = "transfer-shift"  # the ablation that moves the student's images
MIX = "soft-weight"  # the ablation that varies how much of the loss are hard labels
PLUS, FREQUENCY = "with +3.5", "with the frequency criterion's offset"
STAGES = (BEFORE, PLUS, FREQUENCY)
TREATMENTS = {
    "none": "as trained",
    "plus": "3 raised by 3.5",
    "all-equal": "all ten set to 3.5",
    "all-equal-plus": "all ten set to 3.5, then 3 raised by 3.5",
    "frequency-all": "3 raised by the frequency criterion (all 60,000 images)",
    "frequency-probe": "3 raised by the frequency criterion (first 5,000 images)",
}
PAPER_RIGHT = (
    1.0
    - next(
        f.value
        for f in FIGURES["hinton2015"]
        if f.step == "test-optimal" and f.digit == 3 and f.measure == "errors"
    )
    / TEST_IMAGES[3]
)


def variants(table: Table) -> pd.DataFrame:
    """Return the threes right of every variant of a sweep of single changes.

    Returns
    -------
    DataFrame, one row a variant and stage
        ``variant``, ``stage`` (of `STAGES`), ``mean``, ``deviation``, ``low``, ``high`` (accuracy
        on threes), ``count``, ``offset`` (mean, logit units), ``errors`` (mean, all test images),
        ``apart`` (whether the seeds tell it from the first variant at that stage), ``text``.
    """
    names = {
        sweep_rows.setting({**changed, "criterion": criterion}): (name, criterion)
        for name, changed in why_sweeps.VARIANTS[table["name"]].items()
        for criterion in why_sweeps.CRITERIA
    }
    frame = sweep_rows.rows(table)
    frame = frame[frame["setting"].isin(names)]
    frame["variant"] = [names[setting][0] for setting in frame["setting"]]
    frame["stage"] = [
        _stage(names[setting][1], stage)
        for setting, stage in zip(frame["setting"], frame["stage"], strict=True)
    ]
    # Both criteria belong to one network, whose figures before the offset come twice.
    frame = frame.drop_duplicates(["variant", "stage", "seed"])
    shown = sweep_rows.over_seeds(frame, ["variant", "stage"], "omitted")
    for column in ("offset", "errors"):
        means = frame.groupby(["variant", "stage"], sort=False)[column].mean()
        shown[column] = [
            means[(v, s)] for v, s in zip(shown["variant"], shown["stage"], strict=True)
        ]
    by_seed = frame.pivot_table(index="seed", columns=["stage", "variant"], values="omitted")
    base = next(iter(why_sweeps.VARIANTS[table["name"]]))
    shown["apart"] = [
        (stage, base) in by_seed
        and sweep_rows.told_apart((by_seed[(stage, variant)] - by_seed[(stage, base)]).dropna())
        for stage, variant in zip(shown["stage"], shown["variant"], strict=True)
    ]
    shown["low"], shown["high"] = shown["low"].clip(lower=0.0), shown["high"].clip(upper=1.0)
    shown["text"] = [_text(row) for row in shown.to_dict("records")]
    order = {name: i for i, name in enumerate(why_sweeps.VARIANTS[table["name"]])}
    return shown.sort_values(
        ["variant", "stage"],
        key=lambda c: c.map(order if c.name == "variant" else STAGES.index),
        kind="stable",
        ignore_index=True,
    )


def treatments(table: Table) -> pd.DataFrame:
    """Return what each treatment of the biases leaves of errors.

    Returns
    -------
    DataFrame
        ``what is done``, ``offset on 3`` (text), ``errors`` and ``errors on threes``, which name
        the one seed that they are of.
    """
    seed = seed_without_three(table)
    return pd.DataFrame(
        [
            {
                "what is done": TREATMENTS[row["name"]],
                "offset on 3": "–" if row["offset"] is None else f"{row['offset']:+.2f}",
                f"errors (seed {seed})": row["errors"],
                f"errors on threes (seed {seed})": row["omitted_errors"],
            }
            for row in table["biases"]["treatments"]
        ]
    )


def variants_sentence(shown: pd.DataFrame) -> str:
    """State which single changes move the threes right with +3.5, and what is left."""
    plus = shown[shown["stage"] == PLUS].set_index("variant")
    base = plus.iloc[0]
    others = plus.iloc[1:].drop(why_sweeps.TOGETHER, errors="ignore")
    best = others["mean"].idxmax()
    frequency = shown[shown["stage"] == FREQUENCY].set_index("variant")
    own = frequency.iloc[0]
    ranked = others["mean"].sort_values(ascending=False)
    listed = ", ".join(f"{name} {percent(value)}" for name, value in ranked.items())
    apart = [name for name in ranked.index if others.loc[name, "apart"]]
    seeds = f"{int(base['count'])} seed{'' if base['count'] == 1 else 's'}"
    told = f"{seeds} {'tells' if base['count'] == 1 else 'tell'} none of them from chance"
    if apart:
        named = ", ".join(f"“{name}”" for name in apart)
        told = f"beyond chance over {seeds}: {named}"
        told += f"; the largest is **{best}**" if best in apart else ""
    together = ""
    if why_sweeps.TOGETHER in plus.index:
        together = (
            f" {why_sweeps.TOGETHER.capitalize()}: "
            f"{percent(plus.loc[why_sweeps.TOGETHER, 'mean'])}."
        )
    return (
        f"As published, +3.5 brings **{percent(base['mean'])}** of the threes (the paper: "
        f"{percent(PAPER_RIGHT)}). One change at a time: {listed} ({told})."
        f"{together} And +3.5 is not this student's number: the frequency criterion asks for "
        f"{own['offset']:+.2f} and gives {percent(own['mean'])}."
    )


def initialised(shown: pd.DataFrame) -> str:
    """State what S1's bias, set before training, brings beside the same number added after it."""
    figures = {f.quantity: f.value for f in FIGURES["am207"]}
    published = 1.0 - figures["no 3, “bias tuned”, errors on threes"] / TEST_IMAGES[3]
    cells = shown.set_index(["variant", "stage"])
    plain, begun = cells.loc[("as published", BEFORE)], cells.loc[("bias initialised", BEFORE)]
    after = cells.loc[("as published", PLUS)]
    return (
        f"The source tunes no bias after training: it lets that of 3 *begin* at 3.5, and gets "
        f"{percent(published)} of the threes. Training moves it like any other weight: here "
        f"{_spread(begun)} that way, {_spread(plain)} without, and **{_spread(after)}** if the "
        "same 3.5 is added to the finished student."
    )


def twice(table: Table, compared: Table) -> str:
    """State where one network has two results: among the figures, and in a sweep of changes.

    The same key is the same network: seed, data and settings. Empty if no result differs.

    Parameters
    ----------
    table : dict
        The reproduction's.
    compared : dict
        The sweep's.
    """
    found = [pair for row in table["figures"] if (pair := _pair(table, row, compared)) is not None]
    if not found:
        return ""
    row, ours, theirs = max(found, key=lambda pair: abs(pair[1].mean() - pair[2].mean()))
    here, there = (one["environment"].get("processor", "?") for one in (table, compared))
    where = f"on {here} and on {there}" if here != there else f"on {here} twice"
    widest = 100.0 * (ours - theirs).abs().max()
    seeds = "seed" if len(ours) == 1 else "seeds"
    return (
        f"**The same network has two results**: “{row['quantity']}” is "
        f"{sweep_rows.spread_of(ours, percent=True)} among the figures and "
        f"{sweep_rows.spread_of(theirs, percent=True)} in these comparisons ({seeds} "
        f"{', '.join(map(str, ours.index))}). Data, settings and seeds are the same, but it "
        f"was trained {where}: sums in another order are rounded otherwise, and training makes "
        f"much of it, up to {widest:.1f} points in one seed. A change of that size in one seed "
        "says nothing about its cause."
    )


def _pair(
    table: Table, row: dict[str, Any], compared: Table
) -> tuple[dict[str, Any], pd.Series, pd.Series] | None:
    """Return a figure with its shares right by seed, here and in a sweep; None if they agree."""
    stage = {"none": BEFORE, "paper-offset": AFTER}.get(row["step"])
    if stage is None or row["measure"] not in (ERRORS, ACCURACY) or row["digit"] not in (None, 3):
        return None
    keys = table["networks"][row["network"]]["runs"]
    if len(keys) != len(row["ours"]):
        return None
    images = images_of(row["measure"], row["digit"])
    right = {
        key: 1.0 - value / images if row["measure"] == ERRORS else value
        for key, value in zip(keys, row["ours"], strict=True)
    }
    name = "accuracy" if row["digit"] is None else "omitted_accuracy"
    stored = "student_before" if stage == BEFORE else "student_after"
    both = {
        one["seed"]: (right[one["run_keys"]["student"]], one[stored][name])
        for one in compared["rows"]
        if one["run_keys"]["student"] in right
        and name in one[stored]
        and (stage == BEFORE or one["parameters"].get("criterion") == "paper")
    }
    shares = pd.DataFrame.from_dict(both, orient="index", columns=["ours", "theirs"])
    # Shares are stored to five digits; one image of 10,000 is 1e-4.
    if not len(shares) or (shares["ours"] - shares["theirs"]).abs().max() < 5e-5:
        return None
    return row, shares["ours"], shares["theirs"]


def variants_title(shown: pd.DataFrame) -> str:
    """Return the chart's finding."""
    plus = shown[shown["stage"] == PLUS].set_index("variant")["mean"]
    return (
        f"Threes right with +3.5: {percent(plus.iloc[0])} as published, {percent(plus.max())} with "
        f"“{plus.idxmax()}”"
    )


def variants_description(shown: pd.DataFrame) -> str:
    """Return the chart's text alternative."""
    listed = "; ".join(
        f"{row['variant']}, {row['stage']}: {row['text']}" for row in shown.to_dict("records")
    )
    return f"Accuracy on held-out threes. {listed}."


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
        f"learnt: {before['errors']} errors become **{equal['errors']}**; beside that, {threes}. "
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
        f"at **{part['offset']:+.2f}** ({part['errors']} errors, {part['omitted_errors']} on "
        f"threes) instead of **{whole['offset']:+.2f}** from all 60,000 ({whole['errors']} errors, "
        f"{whole['omitted_errors']} on threes; seed {seed})."
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
        f"errors on one machine and, with the same seed, **{HINTON_PROBLEMS_ELSEWHERE}** on "
        "another: sums in another order are rounded otherwise, and training makes much of it. "
    )
    if row["sd"] is None:
        return f"{told}Our one seed gives {errors[0]}."
    half = 10_000 * prediction_half_width(row["sd"], len(errors))
    gap = abs(there - HINTON_PROBLEMS_ELSEWHERE)
    verdict = "tells nothing about a recipe" if gap <= half else "is more than our seeds scatter"
    return (
        f"{told}Our seeds give {', '.join(errors)}: one more would fall within ± {half:,.0f} "
        f"errors of their mean 95 times of 100, so a difference of {gap:.0f} {verdict}."
    )


def _by_name(table: Table) -> dict[str, dict[str, Any]]:
    """Return the treatments by their names."""
    return {row["name"]: row for row in table["biases"]["treatments"]}


def _stage(criterion: str, stage: str) -> str:
    """Return which of `STAGES` a row of the sweep is."""
    if stage == BEFORE:
        return BEFORE
    return PLUS if criterion == "paper" else FREQUENCY


def _spread(row: pd.Series) -> str:
    """Return mean and standard deviation of a share in per cent."""
    return f"{100 * row['mean']:.1f} ± {percent(row['deviation'])}"


def _text(row: dict[Any, Any]) -> str:
    """Return a bar's number, with the offset where the criterion chose it."""
    text = percent(row["mean"])
    return text + (f" ({row['offset']:+.1f})" if row["stage"] == FREQUENCY else "")

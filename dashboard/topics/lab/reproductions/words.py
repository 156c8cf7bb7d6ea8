"""What a reproduction found, in sentences computed from its table."""

import pandas as pd

from dashboard.core.numbers import percent, several
from dashboard.topics.lab.reproductions.figures import SOURCES, Table, headline, in_units
from kdengine.recipes.source import ACCURACY
from kdengine.studies.reproduction_measures import (
    CLOSE,
    CLOSE_SHARE,
    FAR,
    FEWEST_SEEDS,
    SPREAD_DEVIATIONS,
    UNDECIDED,
    VERDICTS,
    WITHIN,
    prediction_half_width,
)

_STEPS = ((1.0, "Yes, all"), (0.9, "Yes, nearly all"), (0.6, "Mostly"))


def lead(frame: pd.DataFrame, name: str) -> str:
    """Answer whether a source's `figures.figures` come out again."""
    counts = verdicts(frame)
    far = frame[frame["verdict"] == FAR]
    share = (counts[WITHIN] + counts[CLOSE]) / len(frame)
    # What cannot be told is neither a yes nor a no.
    is_open = share + counts[UNDECIDED] / len(frame) >= _STEPS[-1][0]
    otherwise = "Too early to tell" if is_open else "No"
    answer = next((word for least, word in _STEPS if share >= least), otherwise)
    told = f"**{answer}**: of {len(frame)} figures of {SOURCES[name]} {_counted(counts)}."
    if far.empty:
        return told
    rates = far.dropna(subset=["wrong"])
    is_better = len(rates) > 0 and bool((rates["wrong"] < rates["published_wrong"]).all())
    told += " Where they differ ours errs less." if is_better else ""
    worst = _farthest(far)
    return (
        f"{told} The widest gap: {worst['quantity']}, published "
        f"{in_units(worst['published'], worst['measure'])}, ours "
        f"{in_units(worst['mean'], worst['measure'])}."
    )


def verdicts(frame: pd.DataFrame) -> dict[str, int]:
    """Return how many figures have each judgement."""
    return {verdict: int((frame["verdict"] == verdict).sum()) for verdict in VERDICTS}


def title(frame: pd.DataFrame, name: str) -> str:
    """Return the main chart's finding."""
    shown = headline(frame)
    above = int((shown["wrong"] > shown["published_wrong"]).sum())
    below = int((shown["wrong"] < shown["published_wrong"]).sum())
    return f"Against {SOURCES[name]} ours has fewer errors in {below} figures, more in {above}"


def description(frame: pd.DataFrame) -> str:
    """Return the main chart's text alternative: every figure, published and ours."""
    listed = "; ".join(
        f"{row['quantity']}: published {in_units(row['published'], row['measure'])}, ours "
        f"{in_units(row['mean'], row['measure'])}, {row['verdict']}"
        for row in headline(frame).to_dict("records")
    )
    return f"Published figures and ours as shares of wrong answers. {listed}."


def rule(table: Table) -> str:
    """Return how the judgement is made from the numbers, in one sentence."""
    seeds = len(table["seeds"])
    counted = (
        f"with fewer than {FEWEST_SEEDS} seeds, which have no spread, within two standard "
        "deviations of the difference of two such counts of test images"
    )
    if seeds >= FEWEST_SEEDS:
        reach = prediction_half_width(1.0, seeds)
        spread = (
            f"within {SPREAD_DEVIATIONS:g} standard deviations of the mean of our {seeds} seeds "
            f"({counted}); "
            f"**{UNDECIDED}**: farther, but inside the 95\u00a0% interval in which one more run "
            "would "
            f"fall, which by Student's t reaches {reach:.2f} standard deviations either way from "
            f"the mean of only {seeds} seeds"
        )
    else:
        spread = counted
    close = percent(CLOSE_SHARE, 0)
    return (
        f"**{WITHIN}**: {spread}; **{CLOSE}**: off by at most {close} of the published "
        "errors (of the right answers where those are fewer, of the size of an offset); "
        f"**{FAR}**: none of these."
    )


def learning(curves: pd.DataFrame, network: str) -> str:
    """State what a network's losses did: the test loss's turn is where overfitting begins."""
    own = curves[curves["network"] == network].sort_values("epoch")
    first, last = own.iloc[0], own.iloc[-1]
    best = own.loc[own["test_loss"].idxmin()]
    told = (
        f"**{network}** (seed {first['seed']}): its training loss goes from "
        f"{first['training_loss']:.3g} to {last['training_loss']:.3g} nats, its test loss "
        f"from {first['test_loss']:.3g} to {last['test_loss']:.3g}, accuracy "
        f"{percent(first['accuracy'], 2)} to {percent(last['accuracy'], 2)}"
    )
    if best["epoch"] < last["epoch"] and last["test_loss"] > 1.02 * best["test_loss"]:
        return f"{told}. The test loss is lowest after epoch {best['epoch']:.0f} and rises since."
    return f"{told}. The test loss does not turn up."


def learning_title(curves: pd.DataFrame, networks: list[str]) -> str:
    """Return which of the *networks* ends with the highest test loss and which with the lowest."""
    last = curves[curves["network"].isin(networks)].sort_values("epoch").groupby("network").last()
    losses = last["test_loss"]
    worst, best = losses.idxmax(), losses.idxmin()
    if worst == best:
        return f"The test loss of {best} ends at {losses[best]:.3g} nats ({seeds_of(last)})"
    return (
        f"The test loss ends highest with {worst} ({losses[worst]:.3g} nats), lowest with {best} "
        f"({losses[best]:.3g}); {seeds_of(last)}"
    )


def seeds_of(shown: pd.DataFrame) -> str:
    """Return ``seed 0``, or ``seeds 0, 1`` where what is shown is not all of one."""
    seeds = sorted(set(shown["seed"]))
    return f"seed{'' if len(seeds) == 1 else 's'} {', '.join(map(str, seeds))}"


def overfitting(curves: pd.DataFrame) -> str:
    """Answer HiverXD's finding on losses, from the two students without 3."""
    ends = curves.sort_values("epoch").groupby("network")[["training_loss", "test_loss"]]
    first, last = ends.first(), ends.last()
    hard_first, hard_last = first.loc["hard-no-3"], last.loc["hard-no-3"]
    kd_first, kd_last = first.loc["kd-no-3"], last.loc["kd-no-3"]
    holds = (
        hard_last["training_loss"] < hard_first["training_loss"]
        and hard_last["test_loss"] > hard_first["test_loss"]
    )
    answer = "**It does here too**" if holds else "**Not here**"
    return (
        "The source finds that without KD and without 3 the training loss falls while the test "
        f"loss rises. {answer}: the training loss goes from {hard_first['training_loss']:.3f} to "
        f"{hard_last['training_loss']:.3f} nats and the test loss from "
        f"{hard_first['test_loss']:.2f} to {hard_last['test_loss']:.2f}; with KD the test loss "
        f"goes from {kd_first['test_loss']:.2f} to {kd_last['test_loss']:.2f} "
        f"({seeds_of(curves[curves['network'].isin(['hard-no-3', 'kd-no-3'])])})."
    )


def classes_title(classes: pd.DataFrame) -> str:
    """Return where ours and the published accuracies differ most."""
    wide = classes.pivot_table(index=["column", "digit"], columns="who", values="accuracy")
    gaps = wide["ours"] - wide["published"]
    column, digit = gaps.abs().idxmax()
    return (
        f"Widest apart on the {digit} of “{column}”: published "
        f"{in_units(wide.loc[(column, digit), 'published'], ACCURACY)}, ours "
        f"{in_units(wide.loc[(column, digit), 'ours'], ACCURACY)}"
    )


def classes_description(classes: pd.DataFrame) -> str:
    """Return the text alternative of the bars by digit."""
    parts = []
    for (column, who), group in classes.groupby(["column", "who"], sort=False):
        listed = ", ".join(
            f"{row.digit}: {in_units(row.accuracy, ACCURACY)}" for row in group.itertuples()
        )
        parts.append(f"{column}, {who}: {listed}")
    return "Accuracy by digit. " + "; ".join(parts) + "."


def digits_title(shown: pd.DataFrame, network: str) -> str:
    """Return which digit one network gets wrong most often."""
    worst = shown.loc[shown["errors"].idxmax()]
    return (
        f"{network}: {shown['errors'].sum():,} errors, most of them on {worst['digit']} "
        f"({worst['errors']:,}); {seeds_of(shown)}"
    )


def digits_description(shown: pd.DataFrame, network: str) -> str:
    """Return the text alternative of the errors by digit."""
    listed = ", ".join(f"{row.digit}: {row.errors}" for row in shown.itertuples())
    return f"Test images that {network} gets wrong, by true digit ({seeds_of(shown)}): {listed}."


def temperature_title(shown: pd.DataFrame) -> str:
    """Return what T does to the smallest students, published and ours."""
    small = shown[shown["units"] == "30 units"]
    told: dict[str, list[str]] = {}
    for row in small.sort_values("temperature", kind="stable").itertuples():
        told.setdefault(row.who, []).append(f"{row.errors:,.0f} at T = {row.temperature:g}")
    return "30 units: " + "; ".join(f"{who} {' to '.join(told[who])}" for who in told)


def sweep_title(sweep: pd.DataFrame, seed: int) -> str:
    """Return what the offset does to the threes and to everything else."""
    best = sweep.loc[sweep["all"].idxmax()]
    return (
        f"Threes right: {percent(sweep['omitted'].iloc[0], 2)} at 0, "
        f"{percent(sweep['omitted'].iloc[-1], 2)} at "
        f"+5; best in all ({percent(best['all'], 2)}) at +{best['offset']:.2f} (seed {seed})"
    )


def sweep_description(sweep: pd.DataFrame) -> str:
    """Return the text alternative of the two panels."""
    ends = sweep.iloc[[0, -1]]
    told = "; ".join(
        f"{words} {percent(ends[column].iloc[0], 2)} to {percent(ends[column].iloc[1], 2)}"
        for column, words in (
            ("all", "accuracy on all digits"),
            ("omitted", "on threes"),
            ("others", "on the other digits"),
            ("mass", "mean softmax mass on 3"),
        )
    )
    return f"As the offset on class 3 goes from 0 to 5: {told}."


def _counted(counts: dict[str, int]) -> str:
    """Return the judgements with their counts, as words."""
    told = (
        (counts[WITHIN] + counts[CLOSE], "agree with ours", "agrees with ours"),
        (counts[FAR], "differ", "differs"),
        (counts[UNDECIDED], "are too uncertain to tell", "is too uncertain to tell"),
    )
    return several([f"{n} {one if n == 1 else more}" for n, more, one in told if n])


def _farthest(far: pd.DataFrame) -> pd.Series:
    """Return the figure whose counts differ most; of offsets, only if there is nothing else."""
    rates = far.dropna(subset=["wrong"])
    if rates.empty:
        return far.iloc[0]
    return rates.loc[((rates["wrong"] - rates["published_wrong"]) * rates["images"]).abs().idxmax()]

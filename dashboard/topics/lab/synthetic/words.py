"""What the synthetic experiment shows, in sentences computed from its table."""

import pandas as pd

from dashboard.core import prose
from dashboard.core.numbers import WORDS, percent, several, signed
from dashboard.core.show import told
from dashboard.topics.lab.synthetic import figures
from dashboard.topics.lab.synthetic.figures import Table
from kdengine.synthetic import data as synthetic_data
from kdengine.synthetic.data import PUBLISHED, ROUNDED_DOWN, Place

_NUMBERS = ("no", *WORDS[1:], "ten")


def lead(table: Table) -> str:
    """Return the answer to the page's question: the judgement on both claims."""
    compared = figures.beaten(table)
    wins, trials = int(compared["wins"].sum()), int(compared["seeds"].sum())
    answer = "Yes" if wins == trials else "Mostly" if wins > trials / 2 else "No"
    in_all = f"all {trials:,}" if wins == trials else f"{wins:,} of {trials:,}"
    first = f"**{answer}**: distilled students make fewer errors in {in_all} comparisons"
    return f"{first} with hard labels. {_second_claim(table)}"


def first_claim(table: Table) -> str:
    """Return how the claim that distilled always beats hard labels fares, with its exceptions."""
    compared = figures.beaten(table)
    wins, trials = int(compared["wins"].sum()), int(compared["seeds"].sum())
    verdict = "confirmed" if wins == trials else "refuted"
    least, most = compared.loc[compared["saved"].idxmin()], compared.loc[compared["saved"].idxmax()]
    text = (
        f"**“Distilled always beats hard labels”: {verdict}.** "
        f"In {wins:,} of {trials:,} comparisons (data sets × temperatures × seeds) the distilled "
        f"student makes fewer test errors. Over the seeds it avoids between "
        f"{_saved(table, least)} and {_saved(table, most)} of the hard-label student's errors."
    )
    lost = compared[compared["wins"] < compared["seeds"]]
    if lost.empty:
        return text
    where = lost.groupby("place", sort=False)["temperature"].apply(list)
    parts = [
        f"{short(figures.places(table)[place])} at T = {_listed(found)}"
        for place, found in where.items()
    ]
    return f"{text} Not in every seed: {'; '.join(parts)}."


def second_claim(table: Table) -> str:
    """Return how the claim that data quality does not move the best T fares."""
    best, common = figures.best_temperatures(table), figures.common_temperatures(table)
    seeds = len(table["seeds"])
    by_t = {t: [name for name, own in best.items() if own == t] for t in sorted(set(best.values()))}
    tops = ", ".join(f"T = {t:g} on {_number(len(names))}" for t, names in by_t.items())
    cost = figures.costs(table)
    cheapest = cost.idxmin()
    verdict = "refuted" if not common else "not refuted" if len(by_t) > 1 else "confirmed"
    text = (
        f"**“Data quality does not move the best T”: {verdict}.** "
        f"The fewest errors (mean of {seeds} seed{'s' if seeds > 1 else ''}) come at {tops} of the "
        f"{_number(len(best))} data sets. "
    )
    if common:
        text += f"T = {_listed(common)} cannot be told from the best on any of them"
    else:
        text += "No T is as good as the best on all of them"
    chance = " (95\u00a0% interval of the seed-by-seed difference)" if seeds > 1 else ""
    return (
        f"{text}{chance}. T = {cheapest:g} everywhere costs at most "
        f"{cost[cheapest]:.0f} errors of {table['settings']['test_samples']:,} more than each "
        f"data set's own best T; T = {cost.idxmax():g} costs up to {cost.max():.0f}."
    )


def title(table: Table) -> str:
    """Return the finding above the grid."""
    best = figures.best_temperatures(table).values()
    low, high = min(best), max(best)
    where = (
        f"at T = {low:g} on every data set" if low == high else f"between T = {low:g} and {high:g}"
    )
    return f"Distilled students do best {where}"


def description(table: Table) -> str:
    """Return the grid in words."""
    parts = []
    for name, place in figures.places(table).items():
        one = figures.figures(table, name)
        distilled = one["distilled"]["accuracy"]
        parts.append(
            f"{long(place)}: teacher {percent(one['teacher'].accuracy, 2)}, hard labels "
            f"{percent(one['hard'].accuracy, 2)}, distilled from {percent(distilled.min(), 2)} to "
            f"{percent(distilled.max(), 2)}, best at T = {distilled.idxmax():g}"
        )
    return f"Test accuracy against temperature, one panel a data set. {'. '.join(parts)}."


def chosen(table: Table, name: str) -> str:
    """Return the figures of the data set that was chosen."""
    one, place = figures.figures(table, name), figures.places(table)[name]
    best = one["distilled"].loc[one["distilled"]["mean"].idxmin()]
    hard = one["hard"]
    less = 1.0 - best["mean"] / max(float(hard["mean"]), 1.0)
    change = f"{percent(abs(less), 0)} {'fewer' if less >= 0 else 'more'} than on hard labels"
    tested = table["settings"]["test_samples"]
    return (
        f"**{long(place).capitalize()}**: of {tested:,} test samples the teacher gets "
        f"**{figures.spread(one['teacher'])}** wrong, the student **{figures.spread(hard)}** on "
        f"hard labels and **{figures.spread(best)}** distilled at T = {best.name:g}, its best: "
        f"{change}."
    )


def picture_description(table: Table, name: str) -> str:
    """Return the scatter picture in words."""
    shown = figures.points(table, name)
    return (
        f"{len(shown):,} test samples of the data set {long(figures.places(table)[name])}, each "
        f"drawn as the number of its class, in the plane that sets the classes apart best; "
        f"{percent(figures.nearest_own(shown), 0)} lie nearest to the centre of their own class."
    )


def picture_caption(table: Table, name: str) -> str:
    """Return how the picture was made."""
    shown, settings = figures.points(table, name), synthetic_data.from_dict(table["settings"])
    place = figures.places(table)[name]
    informative = round(place.informative_share * settings.features)
    return (
        f"{len(shown):,} test samples (seed {table['seeds'][0]['seed']}), each the number of its "
        f"class, along the two of {informative} directions that separate the classes best; "
        f"{percent(settings.flip_share, 0)} of the labels are drawn at random, so that even a "
        f"perfect network gets about {synthetic_data.expected_floor(settings):.0f} of "
        f"{settings.test_samples:,} wrong."
    )


def published(table: Table) -> pd.DataFrame | None:
    """Return the published counts beside ours; None if the table lacks that data set.

    Returns
    -------
    DataFrame
        ``Network``, ``Published``, ``Ours``, ``Difference``, ``The source's own note``.
    """
    name = figures.name_of(PUBLISHED.place)
    if name not in figures.places(table):
        return None
    one = figures.figures(table, name)
    rows = [
        ("teacher", PUBLISHED.teacher, one["teacher"]),
        ("student, hard labels", PUBLISHED.hard_student, one["hard"]),
    ] + [
        (f"student, T = {temperature:g}", errors, one["distilled"].loc[temperature])
        for temperature, errors in PUBLISHED.distilled
        if temperature in one["distilled"].index
    ]
    return pd.DataFrame(
        {
            "Network": label,
            "Published": errors,
            "Ours": figures.spread(record),
            "Difference": signed(record["mean"] - errors, 0),
            "The source's own note": (
                f"the count rounds down: {errors + 1:,} by its accuracy"
                if errors in ROUNDED_DOWN
                else ""
            ),
        }
        for label, errors, record in rows
    )


def published_sentence(table: Table) -> str:
    """Return which published figures there are and what its text says of T."""
    place = PUBLISHED.place
    best = figures.best_temperatures(table)[figures.name_of(place)]
    lowest = min(PUBLISHED.distilled, key=lambda pair: pair[1])[0]
    return (
        f"Published counts exist for one data set, {long(place)} (errors of "
        f"{table['settings']['test_samples']:,}). The source's text puts the best T between "
        f"{PUBLISHED.best_from:g} and {PUBLISHED.best_to:g}; of the counts it prints, the lowest "
        f"is at T = {lowest:g}; ours is at T = {best:g}."
    )


def choices(table: Table) -> str:
    """Return what is as published and what the source leaves open, as Markdown."""
    settings = synthetic_data.from_dict(table["settings"])
    teacher = "-".join(map(str, settings.teacher_sizes))
    student = "-".join(map(str, settings.student_sizes))
    return (
        f"As published: {settings.samples:,} samples, {settings.test_samples:,} of them for the "
        f"test, {settings.features} features, {settings.classes} classes of one cluster each; all "
        f"features that are not informative are redundant mixtures; standardised; teacher "
        f"{teacher} with dropout {settings.teacher_dropout:g}, students {student}, ReLU, Adam "
        f"{settings.learning_rate:g}, batches of {settings.batch_size}, {settings.epochs} epochs; "
        f"the students learn from soft targets alone, without T².\n\n"
        f"{prose.beside(__file__)['left_open']}"
    )


def origin(table: Table) -> str:
    """Return which command made the table, when, how long it took and where."""
    seeds = [seed["seed"] for seed in table["seeds"]]
    settings = table["settings"]
    networks = len(table["seeds"][0]["data_sets"]) * (2 + len(settings["temperatures"]))
    environment = table["seeds"][0]["environment"]
    where = environment.get("processor") or environment.get("device", "?")
    walls = [sum(seed["wall_seconds"].values()) / 60.0 for seed in table["seeds"]]
    return (
        f"{networks * len(seeds):,} networks: {networks} a seed, trained side by side; seeds "
        f"{', '.join(map(str, seeds))}, {table['created']}, on {told(where)} with "
        f"{environment.get('thread_count', '?')} thread(s), {min(walls):.0f} to {max(walls):.0f} "
        f"minutes a seed. Made by `{table['made_by']}`."
    )


def long(place: Place) -> str:
    """Return a data set's name in words."""
    return (
        f"class separation {place.class_separation:g}, {percent(place.informative_share, 0)} of "
        "the features informative"
    )


def short(place: Place) -> str:
    """Return a data set's name for a menu."""
    return (
        f"separation {place.class_separation:g}, {percent(place.informative_share, 0)} informative"
    )


def _second_claim(table: Table) -> str:
    """Return the judgement on the second claim in one sentence."""
    best, common = figures.best_temperatures(table), figures.common_temperatures(table)
    low, high = min(best.values()), max(best.values())
    if low == high:
        return f"The quality of the data does not move the best T: it is **{low:g}** everywhere."
    between = f"the best T lies between {low:g} and {high:g}"
    if common:
        return (
            f"The quality of the data does not clearly move the best T: {between}, and "
            f"**T = {_listed(common)}** is as good as the best on every data set."
        )
    return f"The quality of the data **does move** the best T: {between}, and no T suits them all."


def _saved(table: Table, compared: pd.Series) -> str:
    """Return a share of avoided errors with where it is."""
    place = figures.places(table)[compared["place"]]
    return f"{percent(compared['saved'], 0)} ({short(place)}, T = {compared['temperature']:g})"


def _listed(temperatures: list[float]) -> str:
    """Return ``2``, ``2 or 3``, ``2, 3 or 4``."""
    return several([f"{t:g}" for t in temperatures], "or")


def _number(count: int) -> str:
    """Return a small count as a word."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)

"""What the synthetic experiment shows, in sentences computed from its table."""

import pandas as pd

from dashboard.core import prose
from dashboard.core.numbers import percent, signed
from dashboard.core.show import told
from dashboard.figures import verdicts
from dashboard.topics.lab.synthetic import figures
from dashboard.topics.lab.synthetic.figures import Table
from kdengine.studies.differences import Verdict
from kdengine.synthetic import data as synthetic_data
from kdengine.synthetic.data import PUBLISHED, ROUNDED_DOWN, Place


def lead(table: Table) -> str:
    """Answer the page's question: the verdicts on both of the source's claims."""
    found, avoided = figures.compared(table), figures.saved(table)
    told = (
        f"Distilled students beside hard labels, {_differing(table, found, None)}; they avoid "
        f"{percent(min(avoided), 0)} to {percent(max(avoided), 0)} of the errors."
    )
    for t in figures.ends(table):
        told += f" T = {t:g} beside T = {figures.MIDDLE:g}, {_differing(table, found, t)}."
    return told


def claims(table: Table) -> str:
    """Return where each comparison of the page comes out, as a Markdown list."""
    found = figures.compared(table)
    what = {None: "**“Distilled always beats hard labels”**: distilled (mean over all T)"}
    what |= {
        t: f"**“Data quality does not move the best T”**: T = {t:g} less T = {figures.MIDDLE:g}"
        for t in figures.ends(table)
    }
    lines = [
        f"- {words}, by data set, {verdicts.listed((_brief(p), found[n, t]) for n, p in places)}."
        for t, words in what.items()
        if (places := figures.places(table).items())
    ]
    lowest = figures.best_temperatures(table)
    listed = ", ".join(
        f"{_brief(place)}: {lowest[name]:g}" for name, place in figures.places(table).items()
    )
    return "\n".join([*lines, f"- The T of the lowest mean, read off the test set: {listed}."])


def _brief(place: Place) -> str:
    """Return a data set as ``0.2 with 50 %``: its separation, and what share is informative."""
    return f"{place.class_separation:g} with {percent(place.informative_share, 0)}"


def _differing(
    table: Table, found: dict[tuple[str, float | None], Verdict | None], what: float | None
) -> str:
    """Return on how many data sets something differs."""
    own = [verdict for (_, t), verdict in found.items() if t == what]
    if None in own:
        return verdicts.NO_VERDICT
    return f"{Verdict.DIFFERS}: **{own.count(Verdict.DIFFERS)} of {len(own)}** data sets"


def title(table: Table) -> str:
    """Return the finding above the grid."""
    best = figures.best_temperatures(table).values()
    low, high = min(best), max(best)
    where = f"T = {low:g}" if low == high else f"T = {low:g} to {high:g}"
    return f"The lowest mean of errors lies at {where}, by data set"


def description(table: Table) -> str:
    """Return the grid in words."""
    parts = []
    for name, place in figures.places(table).items():
        one = figures.figures(table, name)
        distilled = one["distilled"]["accuracy"]
        parts.append(
            f"{long(place)}: teacher {percent(one['teacher'].accuracy, 2)}, hard labels "
            f"{percent(one['hard'].accuracy, 2)}, distilled from {percent(distilled.min(), 2)} to "
            f"{percent(distilled.max(), 2)}, highest at T = {distilled.idxmax():g}"
        )
    return f"Test accuracy against temperature, one panel a data set. {'. '.join(parts)}."


def chosen(table: Table, name: str) -> str:
    """Return the figures of the data set that was chosen."""
    one, place = figures.figures(table, name), figures.places(table)[name]
    best = one["distilled"].loc[one["distilled"]["mean"].idxmin()]
    hard = one["hard"]
    tested = table["settings"]["test_samples"]
    return (
        f"**{long(place).capitalize()}**: of {tested:,} test samples the teacher gets "
        f"**{figures.spread(one['teacher'])}** wrong, the student **{figures.spread(hard)}** on "
        f"hard labels and **{figures.spread(best)}** distilled at T = {best.name:g}, which has the "
        "lowest mean here."
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

"""Learning curves: accuracy and loss, epoch by epoch, the networks one after the other."""

import itertools
import math
from collections.abc import Iterator

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.core.numbers import in_its_words

ACCURACY_HEIGHT, LOSS_HEIGHT = 280, 210
# Both charts begin at the same place, so that an epoch stands above itself.
_AXIS_WIDTH = 62
_MANY_EPOCHS = 60
_MOST_TICKS = 18
_DASHES = ([1, 0], [8, 4], [2, 3])
_PLACE = ("network:N", "epoch:Q")  # told over every point
_TOTAL = "all digits"
_OTHERS = "other digits"


def accuracy_curves(
    accuracies: pd.DataFrame, phases: pd.DataFrame, groups: list[str], *, description: str
) -> alt.LayerChart:
    """Draw the accuracies on groups of test images against the epochs.

    Parameters
    ----------
    accuracies : DataFrame
        ``at``, ``network``, ``epoch``, ``images``, ``accuracy``.
    phases : DataFrame
        ``network``, ``start``, ``middle``, ``end`` on the axis of all epochs.
    groups : list of str
        The values of ``images`` that there may be, the omitted class first.
    """
    colours = {in_its_words(_TOTAL): theme.STUDENT_AFTER, in_its_words(_OTHERS): theme.OTHERS}
    lines = (
        alt.Chart(accuracies)
        .mark_line(strokeWidth=3)
        .encode(
            x=_epochs_axis(phases, None),
            y=alt.Y(
                "accuracy:Q",
                title="Accuracy, test images",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", tickCount=5, minExtent=_AXIS_WIDTH),
            ),
            detail="network:N",
            tooltip=[*_PLACE, alt.Tooltip("accuracy:Q", format=".2%"), "images:N"],
            **_told_apart(
                "images:N", groups, [colours.get(name, theme.OMITTED) for name in groups]
            ),
        )
    )
    return _framed(lines, phases, labelled=True, height=ACCURACY_HEIGHT, description=description)


def loss_curves(
    losses: pd.DataFrame, phases: pd.DataFrame, names: list[str], *, description: str
) -> alt.LayerChart:
    """Draw training and test loss against the epochs on a logarithmic axis.

    Parameters
    ----------
    losses : DataFrame
        ``at``, ``network``, ``epoch``, ``loss``, ``nats``.
    names : list of str
        The values of ``loss``: training loss, test loss.
    phases : DataFrame
        As in `accuracy_curves`.
    """
    lines = (
        alt.Chart(losses)
        .mark_line(strokeWidth=3)
        .encode(
            x=_epochs_axis(phases, "Epoch of each network" if len(phases) > 1 else "Epoch"),
            y=alt.Y(
                "nats:Q",
                title="Loss (nats)",
                scale=alt.Scale(type="log", nice=False),
                axis=alt.Axis(
                    values=[step * 10.0**power for power in range(-6, 4) for step in (1, 3)],
                    labelOverlap="greedy",
                    format="~g",
                    minExtent=_AXIS_WIDTH,
                ),
            ),
            detail="network:N",
            tooltip=[*_PLACE, alt.Tooltip("nats:Q", format=".3g"), "loss:N"],
            **_told_apart("loss:N", names, [theme.STUDENT, theme.BASELINE]),
        )
    )
    return _framed(lines, phases, labelled=False, height=LOSS_HEIGHT, description=description)


def _told_apart(field: str, names: list[str], colours: list[str]) -> dict[str, alt.Color]:
    """Return the encodings that tell lines apart by colour and by dashes, with one legend."""
    legend = alt.Legend(symbolType="stroke", symbolStrokeWidth=3, symbolSize=500, offset=26)
    dashes = [list(dash) for dash in _DASHES[: len(names)]]
    return {
        "color": alt.Color(
            field, title=None, scale=alt.Scale(domain=names, range=colours), legend=legend
        ),
        "strokeDash": alt.StrokeDash(
            field, title=None, scale=alt.Scale(domain=names, range=dashes), legend=legend
        ),
    }


def _epochs_axis(phases: pd.DataFrame, title: str | None) -> alt.X:
    """Return the axis of all epochs, as long as it will be when all is done.

    Its numbers begin anew with each network.
    """
    end = int(phases["end"].max()) if len(phases) else 1
    step = next(step for step in _steps() if end <= _MOST_TICKS * step)
    starts = [int(start) for start in phases["start"]]
    ends = [int(last) for last in phases["end"]]
    values = [
        start + epoch
        for start, last in zip(starts, ends, strict=True)
        for epoch in range(step if start else 0, last - start + 1, step)
    ]
    number = "datum.value"
    for start in starts:
        number = f"(datum.value > {start} ? datum.value - {start} : {number})"
    return alt.X(
        "at:Q",
        title=title,
        scale=alt.Scale(domain=[0, end], nice=False),
        axis=alt.Axis(values=values, labelExpr=f"format({number}, 'd')", grid=False),
    )


def _steps() -> Iterator[int]:
    """Return the steps that an axis of epochs may have: 1, 2, 5, 10, 20, 50 and so on."""
    return (digit * 10**power for power in itertools.count() for digit in (1, 2, 5))


def _framed(
    lines: alt.Chart, phases: pd.DataFrame, *, labelled: bool, height: int, description: str
) -> alt.LayerChart:
    """Add a dot an epoch, a rule between the networks and, if asked for, their names.

    Of many epochs only some have a dot: thousands would hold up the browser for half a second.
    """
    end = int(phases["end"].max()) if len(phases) else 1
    every = math.ceil(end / _MANY_EPOCHS)
    dots = lines.mark_circle(size=34 if every == 1 else 14, opacity=1.0).encode(
        strokeDash=alt.Undefined
    )
    if every > 1:
        dots = dots.transform_filter(f"datum.epoch % {every} == 0 || datum.epoch < 2")
    rules = alt.Chart(phases[phases["start"] > 0]).mark_rule(strokeWidth=1).encode(x="start:Q")
    layers = [rules, lines, dots]
    if labelled:
        names = alt.Chart(phases).mark_text(baseline="bottom", dy=-4)
        layers.append(names.encode(x="middle:Q", y=alt.YValue(0), text="network:N"))
    return alt.layer(*layers, height=height, description=description)

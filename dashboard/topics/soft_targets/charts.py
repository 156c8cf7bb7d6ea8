"""Distributions over the digits; the softening itself is done by Vega, in the browser."""

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.core.numbers import spoken

SELECTION, FIELD = "temperature", "T"
# The signal that Vega-Lite makes of a point selection's bound field.
_T = f"{SELECTION}_{FIELD}"
_LOG_FLOOR = 1e-6
_PERCENT = (
    "{p} < 1e-6 ? '< 0.0001 %' : {p} < 0.00995 ? format(100 * {p}, '.2~r') + ' %' : "
    "format(100 * {p}, {p} > 0.995 ? '.2f' : '.1f') + ' %'"
)
_TIMES = (
    "datum.ratio >= 1e9 ? 'over 1e9' : datum.ratio >= 100 ? format(datum.ratio, ',.0f') : "
    "format(datum.ratio, '.3~r')"
)
_READOUT_HEIGHT = 28
_ANSWER = (
    alt.Tooltip("digit:O", title="Digit"),
    alt.Tooltip("probability:Q", title="Probability", format=".4%"),
)


def softened_distributions(
    logits: pd.DataFrame, temperature: float, *, log_scale: bool = False
) -> alt.LayerChart:
    """Draw both networks' probabilities with a slider for T that redraws in the browser.

    Parameters
    ----------
    logits : DataFrame, one row per (role, digit)
        ``role`` str, ``digit`` int, ``name`` str, ``logit`` float, ``is_omitted`` bool,
        ``first`` and ``second`` str, ``gap`` float.
    temperature : float
        Where the slider stands at first.
    log_scale : bool
        Of the probabilities.

    Returns
    -------
    LayerChart
        Its specification depends on *temperature* and *log_scale* only, so another image
        changes the picture without rebuilding it, and the slider keeps its place.
    """
    slider = alt.selection_point(
        name=SELECTION,
        fields=[FIELD],
        bind=alt.binding_range(min=1, max=50, step=0.1, name="Temperature T"),
        value=[{FIELD: temperature}],
    )
    names = alt.Y(
        "name:N",
        sort=alt.EncodingSortField("digit", op="min"),
        title=None,
        scale=alt.Scale(paddingInner=0.06),
        axis=alt.Axis(ticks=False, labelFontSize=18, labelPadding=8),
    )
    rows = alt.Chart(name="soft_targets_bars").encode(
        y=names,
        yOffset=alt.YOffset("role:N", sort=list(theme.ROLE_NAMES[:2])),
        x=alt.X("shown:Q", scale=_probability_scale(log_scale), axis=_probability_axis(log_scale)),
    )
    labels = rows.mark_text(align="left", dx=6, baseline="middle", fontSize=14)
    frame = (
        alt.Chart(name="soft_targets_omitted")
        .transform_filter("datum.is_omitted && datum.role == 'teacher'")
        .mark_rect(
            fill=theme.OMITTED,
            fillOpacity=0.1,
            stroke=theme.OMITTED,
            strokeDash=[6, 4],
            strokeWidth=2,
        )
        .encode(y=names, x=alt.XValue(0), x2=alt.X2Value("width"))
    )
    layers = [
        frame,
        _bars(rows).add_params(slider),
        labels.encode(text="percent:N").properties(name="soft_targets_labels"),
    ]
    for place, role in enumerate(theme.ROLE_NAMES[:2]):
        layers += _readout(role, _READOUT_HEIGHT * (place - 2) + 8)
    return alt.layer(
        *layers,
        data=logits,
        transform=_softened().transform,
        height=430,
        resolve={"scale": {"color": "independent"}},
        usermeta={"embedOptions": {"renderer": "svg"}},
        description="Bars: the probability that the teacher, and the student where it is shown, "
        "give each of the ten digits at the temperature of the slider; above them the ratio of "
        "two wrong classes.",
    )


def temperatures_side_by_side(
    probabilities: pd.DataFrame, *, log_scale: bool = False
) -> alt.LayerChart:
    """Draw one distribution at several temperatures, side by side.

    Parameters
    ----------
    probabilities : DataFrame, one row per (temperature, digit)
        ``temperature`` str, ``digit`` int, ``probability`` float, ``is_omitted`` bool,
        ``role`` str.
    log_scale : bool
        Of the probabilities.
    """
    role = str(probabilities["role"].iloc[0])
    rows = (
        alt.Chart(probabilities)
        .transform_calculate(shown=f"max(datum.probability, {_LOG_FLOOR})")
        .encode(
            x=alt.X(
                "temperature:N",
                sort=None,
                title=None,
                scale=alt.Scale(paddingInner=0.12),
                axis=alt.Axis(orient="top", labelFontSize=18, labelAngle=0, ticks=False),
            ),
            xOffset=alt.XOffset("digit:O"),
            y=alt.Y(
                "shown:Q",
                scale=_probability_scale(log_scale),
                axis=_probability_axis(log_scale, title="Probability"),
                stack=None,
            ),
        )
    )
    colour = theme.colour_of(role)
    bars = rows.mark_bar(fill=colour, stroke=theme.OMITTED).encode(
        y2=alt.datum(_LOG_FLOOR if log_scale else 0.0),
        strokeWidth=alt.condition("datum.is_omitted", alt.value(3), alt.value(0)),
        strokeDash=alt.condition("datum.is_omitted", alt.value([4, 3]), alt.value([1, 0])),
        fillOpacity=alt.condition("datum.is_omitted", alt.value(0.35), alt.value(1)),
        tooltip=[alt.Tooltip("temperature:N", title="Temperature"), *_ANSWER],
    )
    digits = rows.mark_text(dy=-10, fontSize=theme.LABEL_SIZE).encode(text="digit:O")
    if not spoken().has_digits:  # names have room above one bar
        digits = digits.transform_filter("datum.is_omitted")
    largest = probabilities.groupby("temperature", sort=False)["probability"].max()
    return alt.layer(
        bars,
        digits,
        height=230,
        description=f"The {role}'s distribution over the ten digits at {', '.join(largest.index)}; "
        "its largest probability is "
        + ", ".join(f"{share:.3f} at {name}" for name, share in largest.items())
        + ".",
    )


def _softened() -> alt.Chart:
    """Return a chart with softmax and the ratio of two wrong classes at the slider's T."""
    return (
        alt.Chart()
        .transform_joinaggregate(largest="max(logit)", groupby=["role"])
        # Without the largest logit taken off, exp() overflows where logits exceed 709.
        .transform_calculate(scaled=f"(datum.logit - datum.largest) / {_T}")
        .transform_calculate(weight="exp(datum.scaled)")
        .transform_joinaggregate(total="sum(weight)", groupby=["role"])
        .transform_calculate(
            probability="datum.weight / datum.total", ratio=f"exp(datum.gap / {_T})"
        )
        .transform_calculate(
            shown=f"max(datum.probability, {_LOG_FLOOR})",
            percent=_PERCENT.format(p="datum.probability"),
            readout="(datum.role == 'teacher' ? 'Teacher: ' : 'Student: ') + datum.first + "
            f"' is ' + ({_TIMES}) + ' times as likely as ' + datum.second",
        )
    )


def _bars(rows: alt.Chart) -> alt.Chart:
    """Return the bars: the teacher's solid, the student's hollow."""
    return rows.mark_bar(strokeWidth=2).encode(
        x2=alt.datum(_LOG_FLOOR),
        color=alt.Color("role:N", scale=theme.ROLE_COLOURS, legend=None),
        stroke=alt.Stroke("role:N", scale=theme.ROLE_COLOURS, legend=None),
        fillOpacity=alt.condition("datum.role == 'teacher'", alt.value(1), alt.value(0.25)),
        tooltip=[
            alt.Tooltip("role:N", title="Network"),
            *_ANSWER,
            alt.Tooltip("logit:Q", title="Logit", format=".2f"),
        ],
    )


def _readout(role: str, y: int) -> list[alt.Chart]:
    """Return one network's ratio in words, with its mark as in the bars."""
    row = alt.Chart().transform_filter(f"datum.role == '{role}' && datum.digit == 0")
    colour = theme.colour_of(role)
    mark = row.mark_point(
        shape="square",
        size=220,
        filled=False,
        fill=colour,
        fillOpacity=1 if role == "teacher" else 0.25,
        stroke=colour,
        strokeWidth=2,
        aria=False,  # the readout beside it says it
    ).encode(x=alt.XValue(-48), y=alt.YValue(y))
    text = row.mark_text(align="left", baseline="middle", fontSize=17, fontWeight="bold").encode(
        x=alt.XValue(-32), y=alt.YValue(y), text="readout:N"
    )
    return [
        mark.properties(name=f"soft_targets_mark_{role}"),
        text.properties(name=f"soft_targets_readout_{role}"),
    ]


def _probability_scale(log_scale: bool) -> alt.Scale:
    """Return the scale of the probabilities, with room for figures at the end of the bars."""
    if log_scale:
        return alt.Scale(type="log", domain=[_LOG_FLOOR, 15.0], clamp=True, nice=False)
    return alt.Scale(domain=[0.0, 1.16], nice=False)


def _probability_axis(log_scale: bool, title: str = "Probability at temperature T") -> alt.Axis:
    """Return the axis of the probabilities, in percent."""
    values = [1e-6, 1e-4, 1e-2, 1.0] if log_scale else [0.0, 0.25, 0.5, 0.75, 1.0]
    return alt.Axis(values=values, format=".4~%", title=title)

"""The offset page's picture: readouts, curves and classes that follow one slider in the browser.

Everything that moves is a Vega expression over exact tables of `figures`; nothing is
asked of the server while the slider moves.
"""

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.topics.offset.figures import SLIDER, Tables, axis_floor
from dashboard.topics.offset.readouts import (
    AT,
    COLOURS,
    DASHES,
    at_offset,
    here,
    hundred,
    mass_at_offset,
    readouts,
)
from dashboard.topics.offset.words import Words

LABEL_ROW = 17  # pixels from one mark's label to the next
_MARK = {"strokeDash": [2, 3], "opacity": 0.8, "strokeWidth": 1.5}
_DOT = {"filled": True, "size": 170, "opacity": 1}


def offset_explorer(tables: Tables, words: Words, start: float) -> alt.VConcatChart:
    """Draw readouts, accuracy, mean mass and classes against a slider that starts at *start*."""
    # The wall's slider leads this one, and tells Python where it came to rest.
    added = f"Added to its score for {words.digit}"
    ends = alt.binding_range(min=tables.low, max=tables.high, step=0.01, name=added)
    slider = alt.param(name=SLIDER, value=start, bind=ends)
    # Without "fit-x" a concatenated chart of layers would not take the page's width.
    return alt.vconcat(
        readouts(tables.flips, tables.mass, words),
        accuracy_by_offset(tables, words),
        mass_by_offset(tables, words),
        accuracy_by_class(tables),
        params=[slider.param],
        spacing=14,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        description=description(tables, words),
    )


def description(tables: Tables, words: Words) -> str:
    """Return the text alternative: the curves' ends and marks in words."""
    omitted = tables.steps[tables.steps["group"] == "omitted"]["accuracy"]
    others = tables.steps[tables.steps["group"] == "others"]["accuracy"]
    return (
        f"As the offset on class {words.digit} goes from {tables.low:g} to {tables.high:g}, "
        f"accuracy on {words.name} goes from {omitted.iloc[0]:.1%} to {omitted.iloc[-1]:.1%} and "
        f"on the other digits from {others.iloc[0]:.1%} to {others.iloc[-1]:.1%} "
        f"({words.test_images:,} test images). Marks: " + "; ".join(tables.marks["label"]) + "."
    )


def accuracy_by_offset(tables: Tables, words: Words) -> alt.LayerChart:
    """Draw the exact accuracy curves, the marks above them and the slider's place."""
    x = _offset_axis(tables, words)
    y = alt.Y(
        "accuracy:Q",
        title="Accuracy (test)",
        axis=alt.Axis(format=".0%", tickCount=5, grid=True),
        scale=alt.Scale(domain=[axis_floor(tables.steps["accuracy"].min()), 1.0], nice=False),
    )
    # step-after: a count changes where an image flips, and holds until the next one does.
    curves = (
        alt.Chart(tables.steps)
        .mark_line(interpolate="step-after", strokeWidth=3)
        .encode(
            x=x,
            y=y,
            color=alt.Color("group:N", scale=COLOURS, legend=None),
            strokeDash=alt.StrokeDash("group:N", scale=DASHES, legend=None),
        )
    )
    dots = (
        at_offset(tables.flips, ["group", "images"])
        .transform_calculate(at=AT, accuracy="datum.right / datum.images")
        .mark_point(**_DOT)
        .encode(x="at:Q", y=y, color=alt.Color("group:N", scale=COLOURS, legend=None))
    )
    # The labels' rows are pixels, not accuracies: their y scale stays apart.
    return alt.layer(
        _marks(tables.marks),
        alt.layer(curves, _slider_rule(), dots),
        height=150,
        resolve={"scale": {"y": "independent"}},
    )


def mass_by_offset(tables: Tables, words: Words) -> alt.LayerChart:
    """Draw the mean softmax mass and the share that the frequency criterion makes it meet."""
    y = alt.Y("mass:Q", title="Mean mass", axis=alt.Axis(format=".0%", tickCount=4))
    curve = (
        alt.Chart(tables.mass)
        .mark_line(color=theme.STUDENT, strokeWidth=3)
        .encode(x=_offset_axis(tables, words), y=y)
    )
    # Its words stand below the line: at the left end where the curve is still far from it.
    is_far = tables.mass["mass"].iloc[0] < words.frequency / 2.0
    end, side = (tables.low, "left") if is_far else (tables.high, "right")
    share = alt.Chart(pd.DataFrame({"share": [words.frequency], "at": [end]}))
    line = share.mark_rule(strokeDash=[6, 4], strokeWidth=2).encode(y="share:Q")
    label = share.mark_text(
        align=side,
        baseline="top",
        dy=5,
        text=f"{100 * words.frequency:.2f} % of the training images are {words.name}",
    ).encode(x="at:Q", y="share:Q")
    dot = (
        mass_at_offset(tables.mass)
        .transform_calculate(at=AT)
        .mark_point(**_DOT, color=theme.STUDENT)
        .encode(x="at:Q", y="now:Q")
    )
    criterion = tables.marks[tables.marks["mark"] == "frequency"]
    rule = alt.Chart(criterion).mark_rule(**_MARK).encode(x="offset:Q")
    return alt.layer(
        *([rule] if len(criterion) else []),
        curve,
        line,
        label,
        _slider_rule(),
        dot,
        height=150,
        title=_title(
            f"Mean probability of {words.digit} (T = 1) over {words.probe} unlabelled training "
            "images"
        ),
    )


def accuracy_by_class(tables: Tables) -> alt.LayerChart:
    """Draw each class's accuracy with no offset and at the slider's; the numbers are exact."""
    y = alt.Y(
        "accuracy:Q",
        title="Accuracy (test)",
        axis=alt.Axis(format=".0%", tickCount=4),
        # A dot below the frame stays on its edge; its number above stays exact.
        scale=alt.Scale(domain=[tables.class_floor, 1.0], clamp=True, nice=False),
    )
    x = alt.X("label:O", title="True class", axis=alt.Axis(labelAngle=0))
    before = alt.Chart(tables.before).transform_calculate(text=hundred("datum.accuracy"))
    after = (
        at_offset(tables.flips, ["group", "label", "class_images"])
        .transform_filter("datum.group == 'all'")
        .transform_calculate(accuracy="datum.right / datum.class_images")
        .transform_calculate(text=hundred("datum.accuracy"))
    )
    layers = []
    for base, colour, filled, row, name in (
        (before, theme.STUDENT, False, -44, "before"),
        (after, theme.STUDENT_AFTER, True, -22, "after"),
    ):
        style = {"filled": filled, "color": colour, "strokeWidth": 3, "opacity": 1}
        layers += [
            base.mark_point(size=190, **style).encode(x=x, y=y),
            base.mark_text(color=colour, fontWeight="bold").encode(
                x=x, y=alt.YValue(row), text="text:N"
            ),
            here()
            .mark_text(align="right", color=colour, fontWeight="bold", text=name)
            .encode(x=alt.XValue(-8), y=alt.YValue(row)),
        ]
    return alt.layer(
        *layers,
        height=170,
        title=_title(
            "Accuracy of each class in %: before (no offset, open) and after (slider, filled)"
        ),
    )


def _slider_rule() -> alt.Chart:
    """Draw the vertical line at the slider's offset."""
    return here().transform_calculate(at=AT).mark_rule(strokeWidth=3).encode(x="at:Q")


def _marks(marks: pd.DataFrame) -> alt.LayerChart:
    """Draw the marks: each line reaches up to its label in a row of its own above the curves."""
    pixels = alt.Scale(domain=[-1000, 0], range=[-1000, 0])
    base = (
        alt.Chart(marks)
        .transform_calculate(top=f"-{LABEL_ROW} * datum.row - 12")
        .encode(x="offset:Q", y=alt.Y("top:Q", scale=pixels, axis=None))
    )
    labels = [
        base.transform_filter(f"datum.side == '{side}'")
        .mark_text(align=side, dx=away)
        .encode(text="label:N")
        for side, away in (("left", 6), ("right", -6))
    ]
    return alt.layer(base.mark_rule(**_MARK).encode(y2=alt.Y2Value("height")), *labels)


def _offset_axis(tables: Tables, words: Words) -> alt.X:
    """Return the x axis that the curves share."""
    return alt.X(
        "offset:Q",
        title=f"Added to the score for {words.digit} (logit units)",
        axis=alt.Axis(
            format="d",
            labelExpr="datum.value > 0 ? '+' + datum.label : datum.label",
            grid=False,
            tickCount=14,
        ),
        scale=alt.Scale(domain=[tables.low, tables.high], nice=False),
    )


def _title(text: str) -> alt.TitleParams:
    """Return a title that begins where the plot begins."""
    return alt.TitleParams(text, frame="group")

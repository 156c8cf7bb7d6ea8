"""Published figures against ours, and the sources' own charts drawn from our runs."""

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.charting.layers import layered, stacked

PUBLISHED, OURS = "published", "ours"
OFFSET = "reproductions_offset"  # the slider's name in the browser
_WHO = alt.Scale(domain=[PUBLISHED, OURS], range=[theme.STUDENT, theme.TEACHER])
_SHAPES = alt.Scale(domain=[PUBLISHED, OURS], range=["diamond", "circle"])
_NETWORKS = (
    theme.TEACHER,
    theme.STUDENT,
    theme.STUDENT_AFTER,
    theme.OMITTED,
    theme.OTHERS,
    theme.BASELINE,
)
_LOSSES = {"training_loss": "training (what it minimises)", "test_loss": "test"}
_ROW = 34
_RATES = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]
# Where all rates lie within a factor of ten, more of them, so that there are some to read.
_CLOSE_RATES = [
    round(digit * 10.0**power, 5)
    for power in (-4, -3, -2, -1)
    for digit in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 7)
]


def published_and_ours(shown: pd.DataFrame, *, title: str, description: str) -> alt.LayerChart:
    """Draw each row of `figures.headline`: a published diamond, our dot, one deviation."""
    x = alt.X(
        "rate:Q",
        title="Wrong answers, share of the test images counted (log scale)",
        scale=alt.Scale(type="log", nice=False, padding=12),
        axis=alt.Axis(format="~%", grid=True, values=_ticks(shown)),
    )
    y = alt.Y(
        "quantity:N",
        sort=None,
        title=None,
        axis=alt.Axis(labelLimit=460, ticks=False, domain=False),
    )
    rates = (
        shown.assign(who=PUBLISHED, rate=shown["published_wrong"]),
        shown.assign(who=OURS, rate=shown["wrong"]),
    )
    long = pd.concat(rates)
    rows = alt.Chart(shown)
    gap = rows.mark_rule(strokeWidth=2, strokeDash=[3, 4], opacity=0.7).encode(
        x=alt.X("published_wrong:Q"), x2="wrong:Q", y=y
    )
    spread = rows.mark_rule(strokeWidth=7, opacity=0.45, color=theme.TEACHER).encode(
        x=alt.X("low:Q"), x2="high:Q", y=y
    )
    points = (
        alt.Chart(long)
        .mark_point(filled=True, size=190, opacity=1)
        .encode(
            x=x,
            y=y,
            color=alt.Color("who:N", scale=_WHO, title=None),
            shape=alt.Shape("who:N", scale=_SHAPES, title=None),
            tooltip=[
                alt.Tooltip("quantity:N"),
                alt.Tooltip("who:N"),
                alt.Tooltip("rate:Q", title="wrong", format=".2%"),
                alt.Tooltip("verdict:N", title="judgement"),
            ],
        )
    )
    return layered(
        spread,
        gap,
        points,
        height=alt.Step(_ROW),
        title=alt.TitleParams(title),
        description=description,
    )


def _ticks(shown: pd.DataFrame) -> list[float]:
    """Return the rates at which the axis of `published_and_ours` has a line."""
    rates = shown[["published_wrong", "wrong", "low", "high"]].to_numpy()
    return _RATES if rates.max() > 10.0 * rates.min() else _CLOSE_RATES


def learning(
    curves: pd.DataFrame, networks: list[str], *, title: str, description: str
) -> alt.VConcatChart:
    """Draw losses and accuracy of the *networks* among `figures.curves` against the epoch."""
    frame = curves[curves["network"].isin(networks)]
    losses = frame.melt(["network", "epoch"], list(_LOSSES), var_name="loss", value_name="nats")
    losses["loss"] = losses["loss"].map(_LOSSES)
    colour = alt.Color(
        "network:N", scale=alt.Scale(domain=networks, range=list(_NETWORKS)), title=None
    )
    x = alt.X("epoch:Q", title="Epoch", axis=alt.Axis(tickMinStep=1, grid=False))
    dashes = alt.Scale(domain=list(_LOSSES.values()), range=[[6, 4], [1, 0]])
    loss = (
        alt.Chart(losses)
        .mark_line(strokeWidth=3)
        .encode(
            x=x,
            y=alt.Y(
                "nats:Q",
                title="Loss (nats, log)",
                axis=alt.Axis(tickCount=5, format="~g"),
                scale=alt.Scale(type="log", nice=False),
            ),
            color=colour,
            strokeDash=alt.StrokeDash("loss:N", scale=dashes, title=None),
            tooltip=["network:N", "loss:N", "epoch:Q", alt.Tooltip("nats:Q", format=".4f")],
        )
        .properties(height=230)
    )
    accuracy = (
        alt.Chart(frame)
        .mark_line(strokeWidth=3, point=alt.OverlayMarkDef(size=45))
        .encode(
            x=x,
            y=alt.Y(
                "accuracy:Q",
                title="Accuracy (test)",
                axis=alt.Axis(format=".0%", tickCount=5),
                scale=alt.Scale(zero=False),
            ),
            color=colour,
            tooltip=["network:N", "epoch:Q", alt.Tooltip("accuracy:Q", format=".2%")],
        )
        .properties(height=200)
    )
    return stacked(
        loss,
        accuracy,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        title=alt.TitleParams(title),
        description=description,
    )


def by_class(
    classes: pd.DataFrame, columns: list[str], *, title: str, description: str
) -> alt.FacetChart:
    """Draw each digit's accuracy from `figures.classes`, a panel a network."""
    base = alt.Chart(classes)
    bars = base.mark_bar().encode(
        x=alt.X("digit:O", title="Digit", axis=alt.Axis(labelAngle=0)),
        xOffset=alt.XOffset("who:N", sort=[PUBLISHED, OURS]),
        y=alt.Y(
            "accuracy:Q",
            title="Accuracy",
            axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
            scale=alt.Scale(domain=[0, 1]),
        ),
        color=alt.Color("who:N", scale=_WHO, title=None),
        tooltip=["column:N", "digit:O", "who:N", alt.Tooltip("accuracy:Q", format=".1%")],
    )
    return (
        bars.properties(width=395, height=130)
        .facet(
            facet=alt.Facet(
                "column:N",
                sort=columns,
                title=None,
                header=alt.Header(labelFontSize=theme.LABEL_SIZE, labelAnchor="start"),
            ),
            columns=2,
        )
        .properties(title=alt.TitleParams(title), description=description)
    )


def errors_by_digit(shown: pd.DataFrame, *, title: str, description: str) -> alt.Chart:
    """Draw how many test images of each ``digit`` one network gets wrong: its ``errors``."""
    base = alt.Chart(shown).encode(
        x=alt.X("digit:O", title="True digit", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("errors:Q", title="Errors (test images)", axis=alt.Axis(tickCount=5)),
        tooltip=["digit:O", "errors:Q"],
    )
    bars = base.mark_bar().encode(
        color=alt.condition("datum.digit == 3", alt.value(theme.OMITTED), alt.value(theme.TEACHER))
    )
    numbers = base.mark_text(dy=-10, fontWeight="bold").encode(text="errors:Q")
    return layered(bars, numbers, height=300, title=alt.TitleParams(title), description=description)


def errors_by_temperature(shown: pd.DataFrame, *, title: str, description: str) -> alt.LayerChart:
    """Draw `figures.by_temperature`: errors of RP13's students against T, published and ours."""
    base = alt.Chart(shown).encode(
        x=alt.X(
            "temperature:Q",
            title="Temperature T",
            scale=alt.Scale(zero=False, nice=True),
            axis=alt.Axis(format="d", tickCount=10, tickMinStep=1),
        ),
        y=alt.Y("errors:Q", title="Errors (test images)", scale=alt.Scale(zero=False)),
        color=alt.Color("who:N", scale=_WHO, title=None),
        detail="units:N",
        tooltip=["units:N", "temperature:Q", "who:N", "errors:Q"],
    )
    points = base.mark_point(filled=True, size=190, opacity=1).encode(
        shape=alt.Shape("who:N", scale=_SHAPES, title=None)
    )
    # Each size once, beside its last point of ours: published ones are often under it.
    ours = shown[shown["who"] == OURS].sort_values("temperature")
    last = alt.Chart(ours.drop_duplicates("units", keep="last")).mark_text(align="left", dx=14)
    names = last.encode(x="temperature:Q", y="errors:Q", text="units:N")
    return layered(
        base.mark_line(strokeWidth=2),
        points,
        names,
        height=300,
        title=alt.TitleParams(title),
        description=description,
    )


def offset_sweep(
    sweep: pd.DataFrame, start: float, share: float, *, title: str, description: str
) -> alt.VConcatChart:
    """Draw hinton-problems' two panels against the offset, with a slider that reads them off.

    Parameters
    ----------
    sweep : DataFrame
        Columns ``offset``, ``all``, ``omitted``, ``others``, ``mass``: rates at each offset.
    start : float
        Where the slider begins, in logit units.
    share : float
        The class's share of the training images.
    """
    slider = alt.selection_point(
        name=OFFSET,
        fields=["offset"],
        bind=alt.binding_range(
            min=0, max=5, step=0.05, name="Offset added to the logit of class 3"
        ),
        value=[{"offset": start}],
    )
    at = f"{OFFSET}_offset"
    groups = {"all": "all digits", "omitted": "threes", "others": "other digits"}
    long = sweep.melt(["offset"], list(groups), var_name="group", value_name="accuracy")
    long["group"] = long["group"].map(groups)
    colour = alt.Color(
        "group:N",
        scale=alt.Scale(
            domain=list(groups.values()), range=[theme.STUDENT, theme.OMITTED, theme.OTHERS]
        ),
        title=None,
    )
    x = alt.X(
        "offset:Q",
        title="Offset on class 3 (logit units)",
        axis=alt.Axis(tickCount=6, grid=False),
        scale=alt.Scale(domain=[0, 5]),
    )
    lines = (
        alt.Chart(long)
        .mark_line(strokeWidth=3)
        .encode(
            x=x,
            y=alt.Y(
                "accuracy:Q",
                title="Accuracy (test)",
                axis=alt.Axis(format=".1%", tickCount=5),
                scale=alt.Scale(zero=False),
            ),
            color=colour,
        )
    )
    nearest = f"abs(datum.offset - {at}) < 0.026"
    here = alt.Chart(long).transform_filter(nearest)
    dots = here.mark_point(filled=True, size=150, opacity=1).encode(
        x=x, y="accuracy:Q", color=colour
    )
    numbers = (
        here.transform_calculate(text="format(datum.accuracy, '.2%')")
        .mark_text(
            align="left",
            dx=10,
            # Two of the curves run close together: one number above, the others below.
            dy=alt.expr("datum.group === 'other digits' ? -12 : 14"),
            fontWeight="bold",
        )
        .encode(x=x, y="accuracy:Q", color=colour, text="text:N")
    )
    masses = alt.Chart(sweep)
    mass = masses.mark_line(strokeWidth=3, color=theme.STUDENT).encode(
        x=x,
        y=alt.Y(
            "mass:Q",
            title="Mean p(3), training",
            axis=alt.Axis(format=".1%", tickCount=4),
            scale=alt.Scale(zero=False),
        ),
    )
    dot = masses.transform_filter(nearest).encode(x=x, y="mass:Q")
    mass_here = dot.mark_point(filled=True, size=150, opacity=1, color=theme.STUDENT)
    level = alt.Chart(pd.DataFrame({"share": [share]}))
    line = level.mark_rule(strokeDash=[6, 4], strokeWidth=2).encode(y="share:Q")
    return stacked(
        layered(lines.add_params(slider), dots, numbers, height=230),
        layered(mass, line, mass_here, height=150),
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        title=alt.TitleParams(title),
        description=description,
    )

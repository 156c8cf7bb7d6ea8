"""Where the student falls short for the omitted class, and how large the gradients are."""

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.charting.layers import layered

# term -> colour, dashes, words at the line
TERM_STYLES = {
    "with T²": (theme.STUDENT_AFTER, [1, 0], "soft term × T²"),
    "without T²": (theme.STUDENT, [9, 5], "soft term, no T²"),
    "hard labels": (theme.BASELINE, [3, 3], "hard labels"),
    "limit": (theme.OTHERS, [2, 6], "matching logits (limit)"),
}


def by_class(rows: pd.DataFrame, title: str, subtitle: str, axis: str) -> alt.LayerChart:
    """Draw one quantity of teacher and student for each class, the omitted class framed.

    Parameters
    ----------
    rows : DataFrame, one row per (role, digit)
        ``role`` str, ``digit`` int, ``value`` float, ``is_omitted`` bool.
    title, subtitle, axis : str
    """
    x = alt.X(
        "place:Q",
        title="Class",
        scale=alt.Scale(domain=[-0.5, 9.5], nice=False),
        axis=alt.Axis(values=list(range(10)), format="d", grid=False, labelOverlap=False),
    )
    base = alt.Chart(rows).transform_calculate(
        place="datum.digit + (datum.role == 'teacher' ? -0.19 : 0.19)",
        left="datum.digit - 0.45",
        right="datum.digit + 0.45",
    )
    frame = (
        base.transform_filter("datum.is_omitted && datum.role == 'student'")
        .mark_rect(fillOpacity=0.12, **theme.OMITTED_FRAME)
        .encode(x="left:Q", x2="right:Q", y=alt.YValue(0), y2=alt.Y2Value("height"))
    )
    zero = alt.Chart(pd.DataFrame({"value": [0.0]})).mark_rule(opacity=0.6).encode(y="value:Q")
    points = base.mark_point(size=170, strokeWidth=3, opacity=1).encode(
        x=x,
        y=alt.Y(
            "value:Q",
            title=axis,
            scale=alt.Scale(padding=14, nice=False),
            axis=alt.Axis(tickCount=5),
        ),
        # Teacher and student alone, so that the legend names no other; the student's are open.
        color=alt.Color("role:N", scale=_of_roles(theme.TEACHER, theme.STUDENT), title=None),
        shape=alt.Shape("role:N", scale=_of_roles("circle", "diamond"), title=None),
        fill=alt.Fill("role:N", scale=_of_roles(theme.TEACHER, "transparent"), title=None),
        tooltip=["role:N", "digit:O", alt.Tooltip("value:Q", format="+.4f")],
    )
    in_words = [
        f"{role}: " + ", ".join(f"{row.digit}: {row.value:+.3f}" for row in of.itertuples())
        for role, of in rows.groupby("role", sort=False)
    ]
    return layered(
        frame,
        zero,
        points,
        title=alt.Title(title, subtitle=subtitle),
        height=250,
        description=f"{title}. {subtitle}. {axis}, by class. " + "; ".join(in_words) + ".",
    )


def gradient_by_temperature(
    rows: pd.DataFrame, here: pd.DataFrame, learned: float, title: str
) -> alt.LayerChart:
    """Draw the size of each term's gradient against T, both on logarithmic axes.

    Parameters
    ----------
    rows : DataFrame, one row per (term, temperature)
        ``term`` str, ``temperature`` float, ``size`` float > 0.
    here : DataFrame
        The same columns, one row a term, at the temperature that is looked at: dots.
    learned : float
        The temperature that the student learned at, marked.
    title : str
    """
    rows, here = (table[table["size"] > 0] for table in (rows, here))  # logarithms have no 0
    colours, dashes = theme.style_scales(TERM_STYLES)
    legend = ", ".join(f"'{term}': '{style[2]}'" for term, style in TERM_STYLES.items())
    x = alt.X(
        "temperature:Q",
        title="Temperature T",
        scale=alt.Scale(type="log", domain=[1, 200], nice=False),
        axis=alt.Axis(values=[1, 2, 5, 10, 20, 50, 100, 200], format="d", grid=False),
    )
    y = alt.Y(
        "size:Q",
        title="Mean length of the gradient (nats per logit)",
        scale=alt.Scale(type="log", nice=True),
        axis=alt.Axis(format="~g", tickCount=6),
    )
    curves = (
        alt.Chart(rows)
        .mark_line(strokeWidth=4)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "term:N",
                scale=colours,
                title=None,
                legend=alt.Legend(
                    labelExpr=f"({{{legend}}})[datum.value]",
                    symbolType="stroke",
                    symbolSize=900,
                    symbolStrokeWidth=4,
                ),
            ),
            strokeDash=alt.StrokeDash("term:N", scale=dashes, title=None),
            tooltip=[
                alt.Tooltip("term:N", title="Term"),
                alt.Tooltip("temperature:Q", title="T", format=".3~g"),
                alt.Tooltip("size:Q", title="Length", format=".3~g"),
            ],
        )
    )
    mark = alt.Chart(
        pd.DataFrame({"temperature": [learned], "label": [f"T = {learned:g}, this student's"]})
    )
    rule = mark.mark_rule(strokeDash=[4, 4], strokeWidth=2).encode(x=x)
    label = mark.mark_text(align="left", dx=8, baseline="top").encode(
        x=x, y=alt.YValue(4), text="label:N"
    )
    dots = (
        alt.Chart(here[here["term"] != "limit"])
        .mark_point(size=160, strokeWidth=3, filled=False, opacity=1)
        .encode(x=x, y=y, color="term:N")
    )
    ends = [
        f"{TERM_STYLES[term][2]}: "
        + ", ".join(
            f"{of['size'].iloc[i]:.3g} at T = {of['temperature'].iloc[i]:.3g}" for i in (0, -1)
        )
        for term, of in rows.groupby("term", sort=False)
    ]
    return layered(
        rule,
        label,
        curves,
        dots,
        title=title,
        height=380,
        description=f"{title}. Size of the gradient against temperature. {'; '.join(ends)}.",
    )


def _of_roles(teacher: str, student: str) -> alt.Scale:
    """Return what marks the teacher, and what the student."""
    return alt.Scale(domain=list(theme.ROLE_NAMES[:2]), range=[teacher, student])

"""How large the gradient of each term of the loss is at each temperature."""

import altair as alt
import pandas as pd

from dashboard.charting import theme

# term -> colour, dashes, words at the line
TERM_STYLES = {
    "with T²": (theme.STUDENT_AFTER, [1, 0], "soft term × T²"),
    "without T²": (theme.STUDENT, [9, 5], "soft term, no T²"),
    "hard labels": (theme.BASELINE, [3, 3], "hard labels"),
    "limit": (theme.OTHERS, [2, 6], "matching logits (limit)"),
}


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
    return alt.layer(
        rule,
        label,
        curves,
        dots,
        title=title,
        height=380,
        description=f"{title}. Size of the gradient against temperature. {'; '.join(ends)}.",
    )

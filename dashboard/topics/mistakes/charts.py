"""What the omitted class is called instead, as bars."""

import altair as alt
import pandas as pd

from dashboard.charting import theme


def called_instead(table: pd.DataFrame, title: str) -> alt.LayerChart:
    """Draw `figures.called_instead`: before and after the offset, the largest first."""
    order = list(dict.fromkeys(table.sort_values("rank")["called"]))
    networks = table["network"].unique().tolist()
    x = alt.X(
        "called:O",
        sort=order,
        title="Student's answer",
        axis=alt.Axis(labelAngle=0, labelFontSize=20, ticks=False, domain=False),
    )
    bars = alt.Chart(table).encode(
        x=x,
        xOffset=alt.XOffset("network:N", sort=list(theme.ROLE_NAMES)),
        y=alt.Y(
            "images:Q",
            title="Test images",
            axis=alt.Axis(tickMinStep=1, tickCount=4),
            scale=alt.Scale(domain=[0, 1.15 * float(table["images"].max())], nice=False),
        ),
        tooltip=["network:N", alt.Tooltip("called:O"), "images:Q"],
    )
    colour = alt.Color(
        "network:N", scale=theme.ROLE_COLOURS, title=None, legend=alt.Legend(values=networks)
    )
    told = [f"{row.network}, called {row.called}: {row.images}" for row in table.itertuples()]
    return alt.layer(
        bars.mark_bar(cornerRadiusEnd=2).encode(color=colour),
        bars.mark_text(dy=-10, fontSize=17, fontWeight="bold").encode(text="images:Q"),
        title=title.replace(": ", ":\n").split("\n"),  # in one line, a phone cuts it
        height=330,
        description=f"{title}. {'; '.join(told)}.",
    )

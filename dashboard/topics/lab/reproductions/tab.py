"""Tab: every published recipe run as its source says, figure by figure beside what it claimed."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.charting import display
from dashboard.charting.bars import bars
from dashboard.core import show, tables
from dashboard.core.params import Params
from dashboard.figures import sweep_rows, verdicts
from dashboard.topics.lab.reproductions import charts, figures, why, words


def draw(at: Params) -> None:
    """Draw one source: its figures beside ours, and why it got them where a sweep tells."""
    st.title("Do the published figures come out again?")
    source = at.choice("source", figures.SOURCES, figures.FIRST_SOURCE)
    st.segmented_control("Source", required=True, **at.bind("source", figures.SOURCES))
    table = tables.reproduction(source)
    if table is None:
        st.info(tables.reproduction_help(source))
        show.end_page()
    frame = figures.figures(table)
    first, rest = show.opening(words.lead(frame, source))
    show.lead(first)
    shown = figures.headline(frame)
    title, text = words.title(frame, source), words.description(frame)
    _picture("figures", charts.published_and_ours, shown, title=title, description=text)
    st.markdown(f"{rest} {figures.link(source)}.")
    if table["missing"]:
        st.info(figures.missing(table))
    st.subheader("Every figure")
    st.dataframe(
        figures.shown_table(frame), hide_index=True, width="stretch", key="lab_reproductions_table"
    )
    if source in why.SWEEPS:
        _draw_why(why.SWEEPS[source], table)
    with st.expander("For engineers"):
        st.markdown(
            f"Whole networks and threes are judged, single digits not. {verdicts.EXPLAINED}"
        )
        st.caption(figures.origin(table))
        st.markdown("What the source leaves open, and what is done otherwise here:")
        st.markdown("\n".join(f"- {show.told(choice)}" for choice in table["choices"]))
        st.download_button(
            "Every figure (CSV)",
            sweep_rows.csv(frame),
            file_name=f"reproduction-{source}.csv",
            mime="text/csv",
            key="lab_reproductions_csv",
        )


def _picture(key: str, build: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """Draw the wide chart ``build(*arguments, **options)``; it scrolls sideways on a phone."""
    figure = display.figure(build, *arguments, **options)
    with st.container(key=f"lab_{key}_wide_picture"):
        display.chart(figure, key=f"lab_chart_{key}")


def _draw_why(sweep: str, table: tables.Table) -> None:
    """Draw the sweep that changes one thing of the source at a time."""
    st.subheader("Why did they get that?")
    compared = tables.sweep(sweep)
    if compared is None:
        st.info(tables.sweep_help(sweep))
        return
    shown = why.variants(compared)
    axis = "Threes right with +3.5 (share of the test threes)"
    _picture("why", bars, shown, axis, title=why.title(shown), is_share=True)
    st.markdown(f"{why.sentence(compared)} {why.twice(compared, table)}")
    st.caption(sweep_rows.origin(compared))

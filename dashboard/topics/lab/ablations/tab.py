"""Tab: what matters for learning the missing digit, one varied parameter at a time."""

import streamlit as st

from dashboard.charting import display
from dashboard.core import show, tables
from dashboard.core.cache import cached
from dashboard.core.params import Params
from dashboard.figures import sweep_rows, verdicts
from dashboard.topics.lab.ablations import charts, figures, words


def draw(at: Params) -> None:
    """Draw one ablation: its choices, its sentence, its chart."""
    name = at.choice("ablation", figures.ABLATIONS, figures.BY_SIZE)
    ablation = figures.ABLATIONS[name]
    st.title(ablation.question)
    labels = {key: one.label for key, one in figures.ABLATIONS.items()}
    st.selectbox("What varies", **at.bind("ablation", labels))
    table = tables.sweep(name)
    told = None if table is None else cached(words.told, table, name)
    if told is None or told["shown"].empty:
        st.info(tables.sweep_help(name))
        show.end_page()
    first, rest = show.opening(told["lead"])
    show.lead(first)
    draw_means = charts.kinds if ablation.groups is not None else charts.curves
    things = sweep_rows.omitted_name(table)
    figure = display.figure(draw_means, told, ablation, things)
    with st.container(key="lab_ablations_wide_picture"):
        display.chart(figure, key=f"lab_ablations_chart_{name}")
    if rest:
        st.markdown(rest)
    with st.expander("For engineers"):
        if told["more"]:
            st.markdown(told["more"])
        over = "over random probes and seeds" if name == figures.PROBE else "over the seeds"
        st.caption(
            f"Mean and one standard deviation {over}. {verdicts.EXPLAINED} "
            f"{sweep_rows.origin(table)} Errors are of "
            f"{sweep_rows.images(table, 'test')}test images, "
            f"{sweep_rows.images(table, 'omitted')}of them {things}."
        )
        st.download_button(
            "The table behind it (CSV)",
            sweep_rows.csv(cached(figures.points, table, name)),
            file_name=f"{name}.csv",
            mime="text/csv",
            key="lab_ablations_csv",
        )

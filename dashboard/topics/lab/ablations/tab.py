"""Tab: what matters for learning the missing digit, one varied parameter at a time."""

import streamlit as st

from dashboard.charting import display
from dashboard.core import show, tables
from dashboard.core.cache import cached
from dashboard.core.params import Params
from dashboard.figures import sweep_rows
from dashboard.topics.lab.ablations import charts, figures, words


def draw(at: Params) -> None:
    """Draw one ablation: its choices, its sentence, its chart."""
    name = at.choice("ablation", figures.ABLATIONS, figures.BY_SIZE)
    ablation, offered = figures.ABLATIONS[name], figures.measures(name)
    measure = at.choice("measure", offered, ablation.measure, of=name)
    stage = at.choice("stage", figures.STAGE_NAMES, "with")
    st.title(ablation.question)
    left, middle, right = st.columns([1.8, 2.2, 1.4], vertical_alignment="bottom")
    labels = {key: one.label for key, one in figures.ABLATIONS.items()}
    left.selectbox("What varies", **at.bind("ablation", labels))
    labels = {key: figures.MEASURES[key] for key in offered}
    middle.segmented_control("What is measured", required=True, **at.bind("measure", labels))
    if name == figures.BY_SIZE:
        stages = at.bind("stage", figures.SHORT_STAGES)
        right.segmented_control("Which answers", required=True, **stages)

    table = tables.sweep(name)
    told = None
    if table is not None:
        told = cached(words.told, table, name, figures.STAGE_NAMES[stage], measure)
    if told is None or told["shown"].empty:
        st.info(tables.sweep_help(name))
        show.end_page()
    first, rest = show.opening(told["lead"])
    show.lead(first)
    draw_means = charts.kinds if ablation.groups is not None else charts.curves
    things = sweep_rows.omitted_name(table)
    figure = display.figure(draw_means, told, ablation, measure, things)
    with st.container(key="lab_ablations_wide_picture"):
        display.chart(figure, key=f"lab_ablations_chart_{name}_{measure}_{stage}")
    if rest:
        st.markdown(rest)
    with st.expander("For engineers"):
        if told["more"]:
            st.markdown(told["more"])
        over = "over random probes and seeds" if name == figures.PROBE else "over the seeds"
        st.caption(
            f"Mean and one standard deviation {over}. {sweep_rows.CHANCE_HELP} "
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

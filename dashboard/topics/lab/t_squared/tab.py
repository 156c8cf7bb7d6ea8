"""Tab: how hard each term of the loss pulls at each temperature, and what T² has to do with it."""

import streamlit as st

from dashboard.charting import display
from dashboard.core import runs, show
from dashboard.core.cache import cached
from dashboard.core.params import Params
from dashboard.figures import temperatures
from dashboard.topics.lab.t_squared import charts, figures


def draw(at: Params) -> None:
    """Draw the size of the gradients of one run's student."""
    st.title("Why T²?")
    shown = runs.need_run()
    usual = temperatures.usual(shown)
    temperature = at.number("T", *temperatures.RANGE, usual)
    here = cached(figures.at, shown, temperature)
    show.lead(figures.lead(here))
    st.slider("Temperature T", *temperatures.RANGE, step=0.5, format="%.1f", **at.bind("T"))
    table = cached(figures.gradients, shown)
    figure = display.figure(
        charts.gradient_by_temperature, table, here, usual, figures.finding(table)
    )
    with st.container(key="lab_t_squared_wide_picture"):
        display.chart(figure, key="lab_t_squared_gradient")
    st.markdown(figures.lengths(here, figures.sample_size(shown)))
    st.latex(figures.EQUATIONS)
    st.latex(figures.formula(here))
    st.markdown(figures.WORDS)

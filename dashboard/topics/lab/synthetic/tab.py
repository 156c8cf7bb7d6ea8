"""Tab: nine synthetic data sets, whether distilling beats hard labels there, and at which T."""

import streamlit as st

from dashboard.charting import display
from dashboard.core import presenter, show, tables
from dashboard.core.cache import Table, cached
from dashboard.core.params import Params
from dashboard.figures import sweep_rows, verdicts
from dashboard.topics.lab.synthetic import charts, figures, words


def draw(at: Params) -> None:
    """Draw the grid of data sets, one of them, and the two claims of the source."""
    st.title("Is distilling better on any data?")
    table = tables.synthetic()
    if table is None:
        st.info(tables.synthetic_help())
        show.end_page()
    names = list(figures.places(table))
    name = at.choice("data", names, names[0])
    first, rest = show.opening(cached(words.lead, table))
    show.lead(first)
    with st.container(key="lab_synthetic_wide_picture"):
        display.chart(
            display.figure(
                charts.accuracy_by_temperature,
                cached(figures.means, table),
                title=cached(words.title, table),
                description=cached(words.description, table),
            ),
            key="lab_synthetic_grid",
        )
    st.markdown(rest)
    labels = {key: words.short(place) for key, place in figures.places(table).items()}
    left, right = st.columns(2, gap="medium")
    left.selectbox("Data set", **at.bind("data", labels))
    left.markdown(cached(words.chosen, table, name))
    left.caption(cached(words.picture_caption, table, name))
    with right:
        display.chart(
            display.figure(
                charts.scatter,
                cached(figures.points, table, name),
                title="What its classes look like",
                description=cached(words.picture_description, table, name),
            ),
            key="lab_synthetic_scatter",
        )
    _draw_claims(table)


def _draw_claims(table: Table) -> None:
    """Draw what the source claims, all figures, and what had to be chosen."""
    st.subheader("The two claims of the source")
    st.markdown(cached(words.claims, table))
    st.caption(verdicts.EXPLAINED)
    published = cached(words.published, table)
    if published is not None:
        st.markdown(cached(words.published_sentence, table))
        st.dataframe(published, hide_index=True, width="stretch")
    with st.expander("For engineers"):
        st.markdown("All networks: test errors, mean ± standard deviation")
        st.dataframe(cached(figures.summary, table), hide_index=True, width="stretch")
        st.markdown(cached(words.choices, table))
        st.caption(presenter.public(cached(words.origin, table)))
        st.download_button(
            "The table behind it (CSV)",
            sweep_rows.csv(cached(figures.counts, table)),
            file_name="synthetic.csv",
            mime="text/csv",
            key="lab_synthetic_csv",
        )

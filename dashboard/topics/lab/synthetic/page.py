"""Page: nine synthetic data sets, whether distilling beats hard labels there, and at which T."""

import streamlit as st

from dashboard.charting import display
from dashboard.core import show, tables
from dashboard.core.cache import cached
from dashboard.figures import answers
from dashboard.topics.lab.synthetic import charts, words
from dashboard.topics.lab.synthetic import figures as views

state, address = st.session_state, st.query_params


def enter(names: list[str]) -> None:
    """Take the data set from the address, else as the viewer left it."""
    state["synthetic_data"], complaint = answers.checked(
        address.get("data"), names, names[0], "the data set", state.get("synthetic_kept")
    )
    if complaint:
        st.warning(complaint)


def choose_clicked(key: str) -> None:
    """Take over the panel that was clicked."""
    for point in state[key]["selection"][charts.PLACE][:1]:
        state["synthetic_data"] = point["place"]
    forget_click()


def forget_click() -> None:
    """Give the chart a new key, so that the panel last clicked can be clicked again."""
    state["synthetic_chart"] = state.get("synthetic_chart", 0) + 1


st.title("Is distilling better on any data?")
table = tables.synthetic()
if table is None:
    st.info(tables.synthetic_help())
    st.stop()
places = views.places(table)
names = list(places)
if state.get("synthetic_data") not in places:
    enter(names)

show.lead(cached(words.lead, table))
left, right = st.columns([2.1, 1], gap="medium")
with right:
    name = st.selectbox(
        "Data set (or click a panel)",
        names,
        format_func=lambda key: words.short(places[key]),
        key="synthetic_data",
        on_change=forget_click,
    )
    display.chart(
        display.figure(
            charts.scatter,
            cached(views.points, table, name),
            title=cached(words.picture_title, table, name),
            description=cached(words.picture_description, table, name),
        ),
        key="synthetic_scatter",
    )
with left:
    key = f"synthetic_grid_{state.get('synthetic_chart', 0)}"
    with st.container(key="synthetic_wide_picture"):
        display.chart(
            display.figure(
                charts.accuracy_by_temperature,
                cached(views.means, table),
                name,
                title=cached(words.title, table),
                description=cached(words.description, table),
            ),
            key=key,
            on_select=lambda: choose_clicked(key),
            selection_mode=charts.PLACE,
        )
st.markdown(cached(words.chosen, table, name))
st.caption(cached(words.picture_caption, table, name))

st.subheader("The two claims of the source")
st.markdown(f"- {cached(words.first_claim, table)}\n- {cached(words.second_claim, table)}")
published = cached(words.published, table)
if published is not None:
    st.markdown(cached(words.published_sentence, table))
    st.dataframe(published, hide_index=True, width="stretch")
with st.expander("All networks: test errors, mean ± standard deviation"):
    st.dataframe(cached(views.summary, table), hide_index=True, width="stretch")
with st.expander("What was done as published, and what had to be chosen"):
    st.markdown(cached(words.choices, table))
st.caption(cached(words.origin, table))
st.download_button(
    "The table behind it (CSV)",
    cached(views.csv, table),
    file_name="synthetic.csv",
    mime="text/csv",
    key="synthetic_csv",
)

state["synthetic_kept"] = name
if name == names[0]:
    address.pop("data", None)
else:
    address["data"] = name

"""Page: nine synthetic data sets, whether distilling beats hard labels there, and at which T."""

import streamlit as st

from dashboard.core import runs, show, tables
from dashboard.figures import answers
from dashboard.topics.lab.synthetic import charts, words
from dashboard.topics.lab.synthetic import figures as views

state, address = st.session_state, st.query_params
made = tables.made_of_synthetic


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

show.lead(made(words.lead))
left, right = st.columns([2.1, 1], gap="medium")
with right:
    name = st.selectbox(
        "Data set (or click a panel)",
        names,
        format_func=lambda key: words.short(places[key]),
        key="synthetic_data",
        on_change=forget_click,
    )
    show.chart(
        runs.cached_chart(
            charts.scatter,
            made(views.points, name),
            title=made(words.picture_title, name),
            description=made(words.picture_description, name),
        ),
        key="synthetic_scatter",
    )
with left:
    key = f"synthetic_grid_{state.get('synthetic_chart', 0)}"
    with st.container(key="synthetic_wide_picture"):
        show.chart(
            runs.cached_chart(
                charts.accuracy_by_temperature,
                made(views.means),
                name,
                title=made(words.title),
                description=made(words.description),
            ),
            key=key,
            on_select=lambda: choose_clicked(key),
            selection_mode=charts.PLACE,
        )
st.markdown(made(words.chosen, name))
st.caption(made(words.picture_caption, name))

st.subheader("The two claims of the source")
st.markdown(f"- {made(words.first_claim)}\n- {made(words.second_claim)}")
published = made(words.published)
if published is not None:
    st.markdown(made(words.published_sentence))
    st.dataframe(published, hide_index=True, width="stretch")
with st.expander("All networks: test errors, mean ± standard deviation"):
    st.dataframe(made(views.summary), hide_index=True, width="stretch")
with st.expander("What was done as published, and what had to be chosen"):
    st.markdown(made(words.choices))
st.caption(made(words.origin))
st.download_button(
    "The table behind it (CSV)",
    made(views.csv),
    file_name="synthetic.csv",
    mime="text/csv",
    key="synthetic_csv",
)

state["synthetic_kept"] = name
if name == names[0]:
    address.pop("data", None)
else:
    address["data"] = name

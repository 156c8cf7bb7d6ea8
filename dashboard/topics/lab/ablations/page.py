"""Page: what matters for learning the missing digit, one varied parameter at a time."""

import streamlit as st

from dashboard.charting import display
from dashboard.core import show, tables
from dashboard.core.cache import cached
from dashboard.figures import answers, sweep_rows
from dashboard.topics.lab.ablations import charts, words
from dashboard.topics.lab.ablations import figures as views

USUAL = {"ablation": views.BY_SIZE, "stage": "with"}
state, address = st.session_state, st.query_params


def enter() -> None:
    """Take the choices from the address, else as the viewer left them."""
    kept = state.get("ablations_kept", {})
    take("ablation", views.ABLATIONS, USUAL["ablation"], kept)
    usual = views.ABLATIONS[state["ablations_ablation"]].measure
    take("measure", views.MEASURES, usual, {} if "ablation" in address else kept)
    take("stage", views.STAGE_NAMES, USUAL["stage"], kept)


def take(name, allowed, usual, kept) -> None:  # type: ignore[no-untyped-def]
    """Take one choice; a bad one in the address is told."""
    state[f"ablations_{name}"], complaint = answers.checked(
        address.get(name), allowed, usual, f"the {name}", kept.get(name)
    )
    if complaint:
        st.warning(complaint)


def ask_its_question() -> None:
    """Show what the question of the ablation just chosen is about."""
    state["ablations_measure"] = views.ABLATIONS[state["ablations_ablation"]].measure


if "ablations_ablation" not in state:
    enter()
st.title(views.ABLATIONS[state["ablations_ablation"]].question)
left, middle, right = st.columns([1.8, 2.2, 1.4], vertical_alignment="bottom")
name = left.selectbox(
    "What varies",
    list(views.ABLATIONS),
    format_func=lambda key: views.ABLATIONS[key].label,
    key="ablations_ablation",
    on_change=ask_its_question,
)
ablation = views.ABLATIONS[name]
offered = views.measures(name)
if state.get("ablations_measure") not in offered:
    state["ablations_measure"] = ablation.measure
measure = middle.segmented_control(
    "What is measured",
    offered,
    format_func=views.MEASURES.get,
    required=True,
    key="ablations_measure",
)
stage = state.get("ablations_kept", {}).get("stage", state.get("ablations_stage", USUAL["stage"]))
if views.has_stages(name):
    if state.get("ablations_stage") not in views.STAGE_NAMES:
        state["ablations_stage"] = stage
    stage = right.segmented_control(
        "Which answers",
        list(views.STAGE_NAMES),
        format_func=views.SHORT_STAGES.get,
        required=True,
        key="ablations_stage",
    )

chosen = {"ablation": name, "measure": measure, "stage": stage}
state["ablations_kept"] = chosen
for key, value in chosen.items():
    if value == {**USUAL, "measure": ablation.measure}[key]:
        address.pop(key, None)
    else:
        address[key] = value

table = tables.sweep(name)
if table is None:
    st.info(tables.sweep_help(name))
    st.stop()
told = cached(words.told, table, name, views.STAGE_NAMES[stage], measure)
if told["shown"].empty:
    st.info(tables.sweep_help(name))
    st.stop()

show.lead(told["lead"])
figure = display.figure(
    charts.kinds if ablation.groups is not None else charts.curves,
    told["shown"],
    ablation,
    measure,
    sweep_rows.omitted_name(table),
    title=told["title"],
    words=told["words"],
)
with st.container(key="ablations_wide_picture"):
    display.chart(figure, key=f"ablations_chart_{name}_{measure}_{stage}")
if told["more"]:
    st.markdown(told["more"])
over = "over random probes and seeds" if name == views.PROBE else "over the seeds"
st.caption(
    f"Mean and one standard deviation {over}. {sweep_rows.CHANCE_HELP} "
    f"{sweep_rows.origin(table)} Errors are of "
    f"{sweep_rows.images(table, 'test')}test images, "
    f"{sweep_rows.images(table, 'omitted')}of them {sweep_rows.omitted_name(table)}."
)
st.download_button(
    "The table behind it (CSV)",
    sweep_rows.csv(cached(views.points, table, name)),
    file_name=f"{name}.csv",
    mime="text/csv",
    key="ablations_csv",
)

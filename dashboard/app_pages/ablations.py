"""Page: what matters for learning the missing digit, one varied parameter at a time."""

import streamlit as st

from dashboard import runs, show
from dashboard.charts import ablations as charts
from dashboard.views import ablations as views
from dashboard.views import ablations_words as words
from dashboard.views import answers, sweep_rows

USUAL = {"ablation": views.BY_SIZE, "measure": "errors", "stage": "with"}
state, address = st.session_state, st.query_params


def enter() -> None:
    """Take the choices from the address, else as the viewer left them."""
    kept = state.get("ablations_kept", {})
    allowed = {
        "ablation": views.ABLATIONS,
        "measure": views.MEASURES,
        "stage": views.STAGE_NAMES,
    }
    for name, usual in USUAL.items():
        state[f"ablations_{name}"], complaint = answers.checked(
            address.get(name), allowed[name], usual, f"the {name}", kept.get(name)
        )
        if complaint:
            st.warning(complaint)


st.title("Ablations")
if "ablations_ablation" not in state:
    enter()
left, middle, right = st.columns([2, 2.2, 1.4], vertical_alignment="bottom")
name = left.selectbox(
    "What varies",
    list(views.ABLATIONS),
    format_func=lambda key: views.ABLATIONS[key].label,
    key="ablations_ablation",
)
ablation = views.ABLATIONS[name]
offered = views.measures(name)
if state.get("ablations_measure") not in offered:
    state["ablations_measure"] = USUAL["measure"]
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
        format_func=views.STAGE_NAMES.get,
        required=True,
        key="ablations_stage",
    )

chosen = {"ablation": name, "measure": measure, "stage": stage}
state["ablations_kept"] = chosen
for key, value in chosen.items():
    if value == USUAL[key]:
        address.pop(key, None)
    else:
        address[key] = value

table = runs.sweep_table(name)
if table is None:
    st.info(runs.sweep_table_help(name))
    st.stop()
points = views.points(table, name)
shown = views.means(points, measure)
if views.has_stages(name):
    shown = shown[shown["stage"] == views.STAGE_NAMES[stage]]
if shown.empty:
    st.info(runs.sweep_table_help(name))
    st.stop()

st.subheader(ablation.question)
show.lead(words.lead(table, points, name, views.STAGE_NAMES[stage]))
draw = charts.kinds if ablation.groups is not None else charts.curves
figure = runs.cached_chart(
    draw,
    shown,
    ablation,
    measure,
    sweep_rows.omitted_name(table),
    title=words.title(table, shown, name, measure),
    words=words.description(shown, name, measure),
)
with st.container(key="ablations_wide_picture"):
    show.chart(figure, key=f"ablations_chart_{name}_{measure}_{stage}")
st.caption(
    f"Mean and one standard deviation. {sweep_rows.origin(table)} Errors are of "
    f"{sweep_rows.images(table, 'test')}test images, "
    f"{sweep_rows.images(table, 'omitted')}of them {sweep_rows.omitted_name(table)}."
)
st.download_button(
    "The table behind it (CSV)",
    sweep_rows.csv(points),
    file_name=f"{name}.csv",
    mime="text/csv",
    key="ablations_csv",
)

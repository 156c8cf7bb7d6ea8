"""Page: every published recipe run as its source says, figure by figure beside what it claimed."""

from collections.abc import Iterable

import streamlit as st

from dashboard.charting import display
from dashboard.core import show, tables
from dashboard.figures import answers, sweep_rows
from dashboard.topics.lab.reproductions import charts, why, why_charts, why_variants, words
from dashboard.topics.lab.reproductions import figures as views

USUAL = {"source": views.FIRST_SOURCE, "look": "figures"}
OWN = {"curves": "networks", "classes": "network"}  # what a look alone has in the address
state, address = st.session_state, st.query_params


def enter() -> None:
    """Take the choices from the address, else as the viewer left them."""
    kept = state.get("reproductions_kept", {})
    for name, allowed in (("source", views.SOURCES), ("look", views.LOOKS)):
        state[f"reproductions_{name}"], complaint = answers.checked(
            address.get(name), allowed, USUAL[name], f"the {name}", kept.get(name)
        )
        if complaint:
            st.warning(complaint)


def keep(**chosen: str) -> None:
    """Keep the choices and write them into the address."""
    state["reproductions_kept"] = chosen
    for name, value in chosen.items():
        write(name, value, USUAL[name])


def write(name: str, value: str, usual: str) -> None:
    """Write a choice into the address, unless it is the usual one."""
    if value in ("", usual):
        address.pop(name, None)
    else:
        address[name] = value


def forget(looks: Iterable[str]) -> None:
    """Take out of the address what is of *looks*; other sources have other networks."""
    for name in looks:
        address.pop(OWN[name], None)


def label(network: str) -> str:
    """Return what a network is called in a menu."""
    return views.network_label(network, table["networks"][network]["config"])


def enter_networks(key: str) -> None:
    """Take the networks whose curves are shown from the address, else the usual ones."""
    if key not in state:
        state[key], complaint = views.networks_asked(address.get("networks"), table)
        if complaint:
            st.warning(complaint)


def enter_network(key: str) -> None:
    """Take the network whose errors are shown from the address, else the last one."""
    if key not in state:
        names = list(table["networks"])
        state[key], complaint = answers.checked(
            address.get("network"), names, names[-1], "the network"
        )
        if complaint:
            st.warning(complaint)


def picture(key, build, *arguments, **options) -> None:  # type: ignore[no-untyped-def]
    """Draw the wide chart ``build(*arguments, **options)``; it scrolls sideways on a phone."""
    figure = display.figure(build, *arguments, **options)
    with st.container(key=f"reproductions_{key}_wide_picture"):
        display.chart(figure, key=f"reproductions_chart_{source}_{key}")


def draw_figures() -> None:
    """Draw published against ours, and the table of all figures."""
    shown = views.headline(frame)
    title, text = words.title(frame, source), words.description(frame)
    picture("figures", charts.published_and_ours, shown, title=title, description=text)
    warm = views.by_temperature(table)
    if not warm.empty:
        title = words.temperature_title(warm)
        text = title + "."
        picture("temperature", charts.errors_by_temperature, warm, title=title, description=text)
    st.subheader("Every figure")
    st.dataframe(
        views.shown_table(frame), hide_index=True, width="stretch", key="reproductions_table"
    )
    st.markdown(words.rule(table))


def draw_curves() -> None:
    """Draw losses and accuracies of chosen networks."""
    curves = views.curves(table)
    key = f"reproductions_networks_{source}"
    enter_networks(key)
    shown = st.multiselect(
        "Networks",
        list(table["networks"]),
        format_func=label,
        max_selections=views.CURVES_AT_MOST,
        key=key,
    )
    write("networks", ",".join(shown), ",".join(views.usual_networks(table)))
    if not shown:
        st.info("Choose a network to see how it learnt.")
        return
    if source == "hiverxd" and {"hard-no-3", "kd-no-3"} <= table["networks"].keys():
        st.markdown(words.overfitting(curves))
    told = [words.learning(curves, network) for network in shown]
    title = words.learning_title(curves, shown)
    text = " ".join(told).replace("**", "")
    picture("curves", charts.learning, curves, shown, title=title, description=text)
    st.markdown("  \n".join(told))


def draw_classes() -> None:
    """Draw accuracies by digit beside the published ones, and who gets which digit wrong."""
    classes = views.classes(table)
    whole = classes.groupby("column")["digit"].nunique()
    full = [c for c in dict.fromkeys(classes["column"]) if whole[c] == 10]
    if full:
        own = classes[classes["column"].isin(full)]
        title, text = words.classes_title(own), words.classes_description(own)
        picture("classes", charts.by_class, own, full, title=title, description=text)
    wrong = views.misclassified(table)
    names = list(table["networks"])
    key = f"reproductions_network_{source}"
    enter_network(key)
    network = st.selectbox(
        "How often each digit is misclassified by", names, format_func=label, key=key
    )
    write("network", network, names[-1])
    shown = wrong[wrong["network"] == network]
    title = words.digits_title(shown, network)
    text = words.digits_description(shown, network)
    picture("digits", charts.errors_by_digit, shown, title=title, description=text)


def draw_offset() -> None:
    """Draw the two panels against the offset."""
    sweep, biases = views.sweep(table), table["biases"]
    seed = views.seed_without_three(table)
    chosen = next(r["offset"] for r in biases["treatments"] if r["name"] == "frequency-all")
    st.html(display.slider_style())
    picture(
        "offset",
        charts.offset_sweep,
        sweep,
        min(5.0, max(0.0, round(chosen * 20) / 20)),
        biases["share"],
        title=words.sweep_title(sweep, seed),
        description=words.sweep_description(sweep),
    )
    st.caption(
        "Lower panel: the mean softmax mass on 3 over all training images; the dashed line is "
        f"the share of threes among them. All of it is seed {seed}'s."
    )


def draw_why() -> None:
    """Draw the controlled comparisons of this source."""
    sweep = why_variants.SWEEPS.get(source)
    if sweep is not None:
        compared = tables.sweep(sweep)
        if compared is None:
            st.info(tables.sweep_help(sweep))
        else:
            shown = why_variants.variants(compared)
            st.markdown(why_variants.sentence(shown))
            if source == "am207":
                st.markdown(why_variants.initialised(shown))
            if doubled := why_variants.twice(table, compared):
                st.markdown(doubled)
            title, text = why_variants.title(shown), why_variants.description(shown)
            picture("why", why_charts.variants, shown, title=title, description=text)
            st.caption(sweep_rows.origin(compared))
    sized = tables.sweep(why.BY_SIZE) if source == "am207" else None
    if sized is not None:
        st.markdown(why.small_students(sized))
        st.caption(sweep_rows.origin(sized))
    if strip := why.strip(table):
        st.subheader("What the convolutions see")
        st.markdown(strip)
    moved = tables.sweep(why.SHIFTS) if source == "hinton2015" else None
    if moved is not None:
        st.markdown(why.shifts(moved))
        st.caption(sweep_rows.origin(moved))
    if source == "hinton-problems":
        st.subheader("The same seed on another machine")
        st.markdown(why.machines(table))
    if table["biases"] is not None:
        st.subheader("What is done to the biases")
        st.markdown(why.overwriting(table))
        st.markdown(why.probe(table))
        st.dataframe(
            why.treatments(table), hide_index=True, width="stretch", key="reproductions_biases"
        )
    mixed = tables.sweep(why.MIX)
    if mixed is not None:
        st.subheader("Hard labels in the mix")
        st.markdown(why.mixing(mixed))
        st.caption(sweep_rows.origin(mixed))


DRAW = {
    "figures": draw_figures,
    "curves": draw_curves,
    "classes": draw_classes,
    "offset": draw_offset,
    "why": draw_why,
}

st.title("Reproductions")
if "reproductions_source" not in state:
    enter()
source = st.segmented_control(
    "Source",
    list(views.SOURCES),
    format_func=views.SOURCES.get,
    required=True,
    key="reproductions_source",
    on_change=lambda: forget(OWN),
)
table = tables.reproduction(source)
if table is None:
    keep(source=source)
    st.info(tables.reproduction_help(source))
    st.stop()
frame = views.figures(table)
offered = views.looks(table)
if state.get("reproductions_look") not in offered:
    state["reproductions_look"] = state.get("reproductions_kept", {}).get("look", "figures")
    if state["reproductions_look"] not in offered:
        state["reproductions_look"] = "figures"
show.lead(words.lead(frame, source))
look = st.segmented_control(
    "Look at",
    offered,
    format_func=views.LOOKS.get,
    required=True,
    key="reproductions_look",
)
keep(source=source, look=look)
forget(OWN.keys() - {look})
DRAW[look]()
if table["missing"]:
    st.info(views.missing(table))
st.caption(f"{views.link(source)}. {views.origin(table)}")
with st.expander("What the source leaves open, and what is done otherwise here"):
    st.markdown("\n".join(f"- {choice}" for choice in table["choices"]))
st.download_button(
    "Every figure (CSV)",
    sweep_rows.csv(frame),
    file_name=f"reproduction-{source}.csv",
    mime="text/csv",
    key="reproductions_csv",
)

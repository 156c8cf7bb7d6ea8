"""Tab: every published recipe run as its source says, figure by figure beside what it claimed."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charting import display
from dashboard.core import show, tables
from dashboard.core.cache import Table
from dashboard.core.params import Params, Refused
from dashboard.figures import sweep_rows
from dashboard.topics.lab.reproductions import charts, figures, why, why_charts, why_variants, words


def draw(at: Params) -> None:
    """Draw one source: its figures beside ours, in the look that is chosen."""
    st.title("Do the published figures come out again?")
    source = at.choice("source", figures.SOURCES, figures.FIRST_SOURCE)
    st.segmented_control("Source", required=True, **at.bind("source", figures.SOURCES))
    table = tables.reproduction(source)
    if table is None:
        st.info(tables.reproduction_help(source))
        show.end_page()
    frame = figures.figures(table)
    offered = {look: figures.LOOKS[look] for look in figures.looks(table)}
    look = at.choice("look", offered, "figures")
    first, rest = show.opening(words.lead(frame, source))
    show.lead(first)
    st.segmented_control("Look at", required=True, **at.bind("look", offered))
    LOOKS[look](at, table, frame, source)
    st.markdown(f"{rest} {figures.link(source)}.")
    if table["missing"]:
        st.info(figures.missing(table))
    with st.expander("For engineers"):
        counts = words.verdicts(frame).items()
        st.markdown("; ".join(f"{verdict}: {count}" for verdict, count in counts) + ".")
        st.markdown(words.rule(table))
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


def _draw_figures(at: Params, table: Table, frame: pd.DataFrame, source: str) -> None:
    """Draw published against ours, and the table of all figures."""
    shown = figures.headline(frame)
    title, text = words.title(frame, source), words.description(frame)
    _picture("figures", charts.published_and_ours, shown, title=title, description=text)
    warm = figures.by_temperature(table)
    if not warm.empty:
        title = words.temperature_title(warm)
        text = title + "."
        _picture("temperature", charts.errors_by_temperature, warm, title=title, description=text)
    st.subheader("Every figure")
    st.dataframe(
        figures.shown_table(frame), hide_index=True, width="stretch", key="lab_reproductions_table"
    )


def _draw_curves(at: Params, table: Table, frame: pd.DataFrame, source: str) -> None:
    """Draw losses and accuracies of chosen networks."""
    curves = figures.curves(table)
    names = list(table["networks"])

    def read(text: str) -> tuple[str, ...]:
        asked = tuple(dict.fromkeys(text.split(","))) if text else ()
        if len(asked) > figures.CURVES_AT_MOST or not set(asked) <= set(names):
            raise Refused(f"up to {figures.CURVES_AT_MOST} of {', '.join(names)}, commas between")
        return asked

    def take(networks: list[str]) -> None:
        at.set(networks=tuple(networks))

    shown = at.take("networks", read, tuple(figures.usual_networks(table)), of=source)
    st.multiselect(
        "Networks",
        names,
        format_func=lambda network: _label(table, network),
        max_selections=figures.CURVES_AT_MOST,
        **at.mirror("networks", list(shown), take=take),
    )
    if not shown:
        st.info("Choose a network to see how it learned.")
        return
    if source == "hiverxd" and {"hard-no-3", "kd-no-3"} <= table["networks"].keys():
        st.markdown(words.overfitting(curves))
    told = [words.learning(curves, network) for network in shown]
    title = words.learning_title(curves, shown)
    text = " ".join(told).replace("**", "")
    _picture("curves", charts.learning, curves, shown, title=title, description=text)
    st.markdown("  \n".join(told))


def _draw_classes(at: Params, table: Table, frame: pd.DataFrame, source: str) -> None:
    """Draw accuracies by digit beside the published ones, and who gets which digit wrong."""
    classes = figures.classes(table)
    whole = classes.groupby("column")["digit"].nunique()
    full = [c for c in dict.fromkeys(classes["column"]) if whole[c] == 10]
    if full:
        own = classes[classes["column"].isin(full)]
        title, text = words.classes_title(own), words.classes_description(own)
        _picture("classes", charts.by_class, own, full, title=title, description=text)
    wrong = figures.misclassified(table)
    names = {name: _label(table, name) for name in table["networks"]}
    network = at.choice("network", names, list(names)[-1], of=source)
    st.selectbox("How often each digit is misclassified by", **at.bind("network", names))
    shown = wrong[wrong["network"] == network]
    title = words.digits_title(shown, network)
    text = words.digits_description(shown, network)
    _picture("digits", charts.errors_by_digit, shown, title=title, description=text)


def _draw_offset(at: Params, table: Table, frame: pd.DataFrame, source: str) -> None:
    """Draw the two panels against the offset."""
    sweep, biases = pd.DataFrame(table["sweep"]), table["biases"]
    seed = figures.seed_without_three(table)
    chosen = next(r["offset"] for r in biases["treatments"] if r["name"] == "frequency-all")
    st.html(display.slider_style())
    _picture(
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


def _draw_why(at: Params, table: Table, frame: pd.DataFrame, source: str) -> None:
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
            _picture("why", why_charts.variants, shown, title=title, description=text)
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
            why.treatments(table), hide_index=True, width="stretch", key="lab_reproductions_biases"
        )
    mixed = tables.sweep(why.MIX)
    if mixed is not None:
        st.subheader("Hard labels in the mix")
        st.markdown(why.mixing(mixed))
        st.caption(sweep_rows.origin(mixed))


def _label(table: Table, network: str) -> str:
    """Return what a network is called in a menu."""
    return figures.network_label(network, table["networks"][network]["config"])


LOOKS = {
    "figures": _draw_figures,
    "curves": _draw_curves,
    "classes": _draw_classes,
    "offset": _draw_offset,
    "why": _draw_why,
}

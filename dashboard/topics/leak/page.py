"""Page: what exactly carries the omitted class to a student that never saw it; guess first."""

import streamlit as st

from dashboard import catalogue
from dashboard.charting import display
from dashboard.core import prose, show, tables
from dashboard.core.cache import cached
from dashboard.core.params import Params
from dashboard.figures import sweep_rows, verdicts
from dashboard.topics.leak import charts, figures, words


def show_front() -> None:
    """Ask about one variant after another, and draw the bar of each that was guessed."""
    header = st.container(horizontal=True, vertical_alignment="center", key="leak_header")
    guesses = {name: at.choice(name, figures.GUESSES, None) for name in front}
    given = {name: guess for name, guess in guesses.items() if guess is not None}
    is_told = shows_all or len(given) == len(front)
    with header:
        if is_told:
            st.markdown(words.score(shown, given) + words.answer(shown, table))
        else:
            st.markdown(prose.beside(__file__)["guess"], width="content")
            st.button("Show all", key="leak_all", on_click=at.set, kwargs={"all": True})
    with st.container(key="leak_rows", gap="small"):
        for name in front:
            left, right = st.columns([5, 6], gap="xsmall", vertical_alignment="center")
            mark, label = "▶ " if name == variant else "", labels[name]
            left.markdown(f"**{mark}{label[0].upper()}{label[1:]}**  \n{words.how(table, name)}")
            if is_told or guesses[name] is not None:
                right.html(words.result(shown, table, name, guesses[name]))
            else:
                right.segmented_control(
                    f"How many does it recognise: {label}?",
                    label_visibility="collapsed",
                    **at.bind(name, figures.GUESSES),
                )


st.title(catalogue.PAGES["leak"].title)
table = tables.sweep(figures.SWEEP)
if table is None:
    st.info(tables.sweep_help(figures.SWEEP))
    show.end_page()
shown = cached(figures.means, table)
labels = dict(zip(shown["variant"], shown["label"], strict=True))
front = [name for name in figures.FRONT if name in labels and "plain" in labels]

at = Params("leak")
variant = at.choice("variant", labels, None)
shows_all = at.flag("all") or variant is not None
show.lead(words.lead(table))
show_front()
with st.expander("For engineers: every variant, with the offset, with its spread"):
    chosen = variant or (figures.DEFAULT if figures.DEFAULT in labels else next(iter(labels)))
    figure = display.figure(
        charts.accuracy_by_variant,
        shown,
        chosen,
        things=sweep_rows.omitted_name(table),
        description=words.description(shown, table),
    )
    display.chart(figure, key="leak_bars")
    st.selectbox(
        "What is taken away",
        list(labels),
        format_func=labels.__getitem__,
        **at.mirror("variant", chosen, take=at.set),
    )
    st.markdown(words.sentence(shown, table, chosen))
    st.markdown(words.surprise(shown, table))
    st.caption(f"{words.source(table)} {verdicts.EXPLAINED}")
    st.download_button(
        "The table behind it (CSV)",
        sweep_rows.csv(figures.seeds_table(table)),
        file_name=f"{figures.SWEEP}.csv",
        mime="text/csv",
        key="leak_csv",
    )

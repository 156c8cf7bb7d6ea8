"""Tab: what has been found since 2015, on networks trained here: a guess, a picture, both sides."""

import streamlit as st

from dashboard.charting import display
from dashboard.classroom import guesses
from dashboard.core import runs, show, tables
from dashboard.core.cache import Table, cached, loaded, stored_data
from dashboard.core.numbers import percent
from dashboard.core.params import Params
from dashboard.figures import verdicts
from dashboard.parts.grid import part as picture_grid
from dashboard.topics.lab.since_2015 import charts, figures
from dashboard.topics.train import wall


def draw(at: Params) -> None:
    """Draw one study: its question, what it found once that was guessed, what it means."""
    name = at.choice("study", figures.NAMES, figures.NAMES[0])
    words = figures.told(name)
    labels = {each: figures.told(each)["label"] for each in figures.NAMES}
    st.title(words["title"])
    st.selectbox("Study", **at.bind("study", labels))
    show.lead(words["lead"])
    guess = guesses.asked(at, words["guesses"], words["question"], of=name)
    table = tables.sweep(name)
    if table is None:
        st.info(tables.sweep_help(name))
        show.end_page()
    st.markdown(f"**{words['question']}** {guess}")
    _draw_pictures(name, words, table)
    if name == "inherited":
        _draw_mistakes(words, table)
    if name == "smoothing":
        title, points = words["clusters"], cached(figures.clusters, table)
        with st.container(key="lab_since_2015_clusters_wide_picture"):
            drawn = display.figure(charts.clusters, points, title)
            display.chart(drawn, key="lab_since_2015_clusters")
        _draw_walls(words, table)
    st.markdown(cached(figures.filled, words["told"], table))
    st.markdown(cached(figures.verdict, table, words))
    st.caption(verdicts.EXPLAINED)
    if "sides" in words:
        st.subheader("Two sides")
        for place, side in zip(st.columns(2), words["sides"], strict=True):
            place.markdown(cached(figures.filled, side, table))
    with st.expander("For engineers"):
        st.markdown(words["how"])
        st.dataframe(cached(figures.long, table), hide_index=True, width="stretch")
        st.caption(figures.origin(table))


def _draw_pictures(name: str, words: dict, table: Table) -> None:
    """Draw the study's pictures."""
    for number, about in enumerate(words["pictures"]):
        drawn = display.figure(
            charts.picture,
            cached(figures.points, table, about),
            about,
            about["figure"] in figures.SHARES,
            cached(figures.filled, about["title"], table),
        )
        with st.container(key=f"lab_since_2015_{number}_wide_picture"):
            display.chart(drawn, key=f"lab_since_2015_{name}_{number}")


def _draw_walls(words: dict, table: Table) -> None:
    """Draw the threes that two students miss, beside each other."""
    held = loaded(wall.held_out, stored_data("mnist"), (3,))
    if held is not None:
        st.html(wall.style(held))
        for place, (variant, whose) in zip(st.columns(2), words["walls"].items(), strict=True):
            place.html(wall.html(held, figures.right_threes(table, variant, held.count), whose))


def _draw_mistakes(words: dict, table: Table) -> None:
    """Draw the wrong answers of the run's teacher, with what two students say."""
    shown = runs.selected()
    if shown is None or shown.dataset != "mnist":
        st.caption(words["no_run"])
        return
    found = cached(figures.mistakes, table, shown)
    st.markdown(words["run"].format(**found | {"agree": percent(found["agree"])}))
    pictures = runs.test_images(shown.dataset)
    with st.container(height=520):
        picture_grid.draw(found["cards"], pictures, run=shown.key, key="lab_since_2015_mistakes")

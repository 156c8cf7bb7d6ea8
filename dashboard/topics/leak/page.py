"""Page: what exactly carries the omitted class to a student that never saw it."""

import streamlit as st

from dashboard.charting import display, theme
from dashboard.core import presenter, runs, show, tables
from dashboard.core.cache import cached
from dashboard.core.params import Params
from dashboard.figures import sweep_rows
from dashboard.parts.strip import part as strip
from dashboard.topics.leak import charts, figures, words
from kdengine.store import runs as store

PICTURES = 24

st.title("Could it be a leak?")
table = tables.sweep(figures.SWEEP)
if table is None:
    st.info(tables.sweep_help(figures.SWEEP))
    show.end_page()
shown = cached(figures.means, table)
sentences = cached(words.sentences, table)
labels = dict(zip(shown["variant"], shown["label"], strict=True))

at = Params("leak")
variant = at.choice(
    "variant", labels, figures.DEFAULT if figures.DEFAULT in labels else next(iter(labels))
)
pictured = at.flag("images")

show.lead(words.lead(shown, table))
run = runs.selected()
if another := words.whose(table, None if run is None else run.student.config):
    st.info(another)
left, right = st.columns([2.2, 1], gap="medium")
with right:
    st.selectbox("What is taken away", **at.bind("variant", labels))
    st.markdown(sentences[variant])
    st.toggle("Show the images behind it", **at.bind("images"))
figure = display.figure(
    charts.accuracy_by_variant,
    shown,
    variant,
    things=sweep_rows.omitted_name(table),
    title=words.title(shown, table),
    description=words.description(shown, table),
)
with left, st.container(key="leak_wide_picture"):
    display.chart(figure, key="leak_bars")
if pictured:
    try:
        first = runs.experiment(table["rows"][0]["run_keys"]["student"])
        behind = figures.behind(first, variant)
        st.markdown(words.behind_sentence(behind, variant, figures.digit(table), PICTURES))
        train_images = runs.train_images(first.dataset)
        if train_images is None:
            st.info(runs.pictures_help())
        else:
            st.html(
                strip.html_of(
                    [
                        strip.Captioned(
                            image=train_images[row.image],
                            caption=words.caption(row, figures.digit(table)),
                            description=words.alternative(row, figures.digit(table)),
                            colour=theme.OMITTED if row.said != row.label else "transparent",
                        )
                        for row in behind.head(PICTURES).itertuples()
                    ],
                    width=92,
                )
            )
    except (store.RunNotFound, store.RunDamaged) as error:
        st.info(f"The images need the run behind them: {presenter.told(error)}")

st.markdown(words.surprise(shown, table))
with st.expander("What each of them proves"):
    for name in figures.variants(shown):
        st.markdown(f"**{labels[name]}.** {sentences[name]}")
st.caption(
    "Bars: mean over the seeds; thin lines: one standard deviation. "
    f"{sweep_rows.CHANCE_HELP} {sweep_rows.origin(table)}"
)
st.download_button(
    "The table behind it (CSV)",
    sweep_rows.csv(figures.seeds_table(table)),
    file_name=f"{figures.SWEEP}.csv",
    mime="text/csv",
    key="leak_csv",
)

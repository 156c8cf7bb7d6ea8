"""Page: what is taken for what: a matrix that moves with the offset, and the pictures behind it."""

from pathlib import Path

import streamlit as st

from dashboard import catalogue
from dashboard.charting import display
from dashboard.core import params, prose, runs, show
from dashboard.core.cache import cached
from dashboard.core.numbers import plural
from dashboard.core.params import Params, Refused
from dashboard.figures import answers, criteria
from dashboard.parts.grid import part as picture_grid
from dashboard.parts.guess import part as guessing
from dashboard.parts.matrix import part as matrix
from dashboard.topics.mistakes import charts, figures, words

ON_A_PAGE = 24
at = Params("mistakes")


def take_left() -> None:
    """Keep what the viewer has left the matrix at."""
    left = matrix.left_at(st.session_state.get("mistakes_matrix"), begin.visit, networks, low, high)
    if left is None:
        return
    network, offset, cell = left
    at.hold(network=network, offset=None if abs(offset - chosen) < 0.005 else offset)
    try:
        if cell is not None:
            at.hold(cell=figures.read_cell(cell), show="cell")
    except Refused:
        pass  # no cell of ours


st.title(catalogue.PAGES["mistakes"].title)
shown = runs.need_omission()
omitted, chosen = shown.omitted_class, runs.need_offset(shown)
told = prose.beside(__file__)
said = {
    name: text.format(digit=omitted, things=plural(omitted))
    for name, text in told["matrix"].items()
}

networks = answers.networks(shown)
low, high = criteria.slider_range(cached(criteria.choices, shown, None))
network = at.choice("network", networks, "student")
by_hand = at.number("offset", low, high, None)
offset = chosen if by_hand is None else by_hand
cell = at.take("cell", figures.read_cell, figures.default_cell(shown))
shares = at.choice("numbers", figures.NUMBERS, "counts") == "shares"
rows = figures.images(shown, offset)
filters = figures.filters(rows, omitted, network, cell)
kind = at.choice("show", filters, "cell")
order = at.choice("sort", figures.SORTS, "flip")

show.lead(words.lead(shown))
left, right = st.columns(2)
begin = at.begin(
    "matrix",
    (network, offset, cell if kind == "cell" else None),
    by=["network", "offset", "cell", "show"],
    when=(shown.key, omitted),
)
with left:
    matrix.draw(
        cached(figures.contents, shown) | {"words": said},
        begin=begin.value,
        visit=begin.visit,
        chosen=chosen,
        low=low,
        high=high,
        shares=shares,
        follow=".st-key-mistakes_shown",
        key="mistakes_matrix",
        on_left=take_left,
    )
    st.segmented_control(
        "Numbers",
        required=True,
        label_visibility="collapsed",
        **at.bind("numbers", figures.NUMBERS),
    )
pictures = runs.test_images(shown.dataset)
with right:
    asked = figures.game(rows, omitted)
    if pictures is None:
        st.info(runs.pictures_help())
    elif asked:
        guessing.draw(asked, pictures, told["guess"], key="mistakes_guess")
    choosers = st.container(key="mistakes_shown").columns([3, 2])
    for place, label, name, options in zip(
        choosers,
        ("Pictures", "Order"),
        ("show", "sort"),
        (filters, figures.SORTS),
        strict=True,
    ):
        place.selectbox(label, label_visibility="collapsed", **at.bind(name, options))
    st.markdown(words.shown(rows, kind, network, cell, omitted))
    part = figures.sort(figures.filtered(rows, kind, network, cell), order)
    pages = max(1, -(-len(part) // ON_A_PAGE))
    about = (shown.key, omitted, kind, order, network, offset, cell)
    page = at.whole("page", range(1, pages + 1), 1, of=about)
    if len(part):
        cards = figures.cards(part.iloc[(page - 1) * ON_A_PAGE : page * ON_A_PAGE], network)
        st.html(Path(__file__).with_name("page.css"))
        with st.container(key="mistakes_scroll"):
            image = picture_grid.draw(cards, pictures, run=shown.key, key="mistakes_pictures")
        if image is not None:
            params.go("soft_targets", {"run": shown.key, "image": str(image)})
    if pages > 1:
        st.pagination(pages, max_visible_pages=5, **at.bind("page"))
instead = figures.called_instead(shown, offset)
if not instead.empty:
    st.subheader(told["instead"].format(things=plural(omitted)))
    title = figures.called_instead_title(shown, offset)
    display.chart(display.figure(charts.called_instead, instead, title), key="mistakes_instead")
st.caption(told["flips"].format(digit=omitted))

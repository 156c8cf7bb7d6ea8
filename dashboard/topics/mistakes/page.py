"""Page: what is taken for what, as a matrix, and the misclassified images, as pictures."""

import streamlit as st

from dashboard.charting import display
from dashboard.core import params, roles, runs, show
from dashboard.core.cache import cached
from dashboard.core.numbers import plural
from dashboard.core.params import Params
from dashboard.figures import answers
from dashboard.parts.grid import part as picture_grid
from dashboard.topics.mistakes import charts, confusion, misclassified

VIEWS = {"confusion": "Confusions", "misclassified": "Misclassified images"}
UNLABELLED = {"label_visibility": "collapsed"}
IN_A_CELL, ON_A_PAGE = 24, 48
at = Params("mistakes")


def take_digit(**digit: int) -> None:
    """Take one of the cell's two digits from its menu."""
    true, called = confusion.digits_of(at.value("cell"))
    at.set(cell=confusion.cell(digit.get("true", true), digit.get("called", called)))


def take_clicked(key: str) -> None:
    """Take over the cell that was clicked in the chart."""
    for point in st.session_state[key]["selection"][charts.CELL][:1]:
        at.set(cell=confusion.cell(point["true"], point["called"]))


def show_pictures(cards: list[dict], key: str) -> None:
    """Draw pictures, each of which leads to its soft targets."""
    pictures = runs.test_images(shown.dataset)
    chosen = picture_grid.draw(cards, pictures, run=shown.key, key=key)
    if chosen is not None:
        params.go("soft_targets", {"run": shown.key, "image": str(chosen)})


def need_pictures() -> None:
    """Say how to get the pictures if there are none."""
    if runs.test_images(shown.dataset) is None:
        st.info(runs.pictures_help())


def show_confusions() -> None:
    """Draw what the omitted class is called instead, the matrix, and the pictures of one cell."""
    networks = answers.networks(shown)
    network = at.choice("network", networks, "student")
    numbers = at.choice("numbers", confusion.NUMBERS, "counts")
    usual = confusion.cell(*confusion.default_cell(shown, offset))
    true, called = confusion.digits_of(at.take("cell", confusion.read_cell, usual))
    show.lead(confusion.sentence(shown, offset))
    instead = cached(confusion.called_instead, shown, offset)
    if not instead.empty:
        title = confusion.called_instead_title(shown, offset)
        figure = display.figure(charts.called_instead, instead, title)
        display.chart(figure, key="mistakes_instead")

    st.subheader("All ten digits: click a cell to see its pictures")
    left, right = st.columns([2, 1])
    for place, label, name, options in (
        (left, "Network", "network", {n: roles.NAMES[n] for n in networks}),
        (right, "Numbers", "numbers", confusion.NUMBERS),
    ):
        place.segmented_control(label, required=True, wrap=True, **at.bind(name, options))
    left, right = st.columns([3, 2])
    # With another cell the chart is another, so that the one last clicked can be clicked again.
    matrix_key = f"mistakes_matrix_{at.begin('matrix', None, by=['cell']).visit}"
    with left:
        display.chart(
            display.figure(
                charts.matrix,
                cached(confusion.matrix, shown, network, offset, numbers),
                title=confusion.matrix_title(shown, network, offset),
                omitted_class=omitted,
                omitted_words=plural(omitted),
                chosen=(true, called),
            ),
            key=matrix_key,
            on_select=lambda: take_clicked(matrix_key),
            selection_mode=charts.CELL,
        )
    with right:
        for place, label, name, digit in zip(
            st.columns(2), ("True digit", "Called"), ("true", "called"), (true, called), strict=True
        ):
            place.selectbox(label, range(10), **at.mirror(name, digit, take=take_digit))
        st.markdown(confusion.cell_sentence(shown, network, offset, true, called))
        images = cached(confusion.cell_images, shown, network, offset, true, called)
        pages, page = max(1, -(-len(images) // IN_A_CELL)), 1
        if pages > 1:
            key = f"mistakes_page_{shown.key}_{network}_{true}_{called}"
            page = st.pagination(pages, max_visible_pages=3, key=key)
        need_pictures()
        if len(images):
            part = images.iloc[(page - 1) * IN_A_CELL : page * IN_A_CELL]
            with st.container(height=440, border=False):
                show_pictures(confusion.cards(shown, part), "mistakes_cell")


def show_misclassified() -> None:
    """Draw the omitted class's images that the student gets wrong, filtered and ordered."""
    rows = cached(misclassified.table, shown, offset)
    filters = misclassified.filters(rows, omitted)
    kind = at.choice("show", filters, "all")
    order = at.choice("sort", misclassified.SORTS, "flip")
    show.lead(misclassified.sentence(shown, offset, rows))
    st.pills("Show", required=True, wrap=True, **UNLABELLED, **at.bind("show", filters))
    left, right = st.columns([5, 2], vertical_alignment="center")
    right.selectbox("Order", **UNLABELLED, **at.bind("sort", misclassified.SORTS))
    told = misclassified.filter_sentence(rows, kind, omitted)
    left.markdown(told + " Click a picture for its soft targets.")
    chosen = misclassified.sort(misclassified.filtered(rows, kind), order)
    pages = max(1, -(-len(chosen) // ON_A_PAGE))
    page = at.whole("page", range(1, pages + 1), 1, of=(shown.key, omitted, kind, order))
    if pages > 1:
        st.pagination(pages, **at.bind("page"))
    need_pictures()
    part = chosen.iloc[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
    show_pictures(misclassified.cards(part), "mistakes_pictures")


st.title("Mistakes")
shown = runs.need_omission()
omitted = shown.omitted_class
offset = runs.need_offset(shown)
view = at.choice("view", VIEWS, "confusion")
st.segmented_control("What to show", required=True, **UNLABELLED, **at.bind("view", VIEWS))
show_confusions() if view == "confusion" else show_misclassified()

"""Page: what images are called instead, before and after the offset."""

import streamlit as st

from dashboard.charting import display
from dashboard.core import runs, show
from dashboard.core.cache import cached
from dashboard.core.digits import plural
from dashboard.figures import answers
from dashboard.parts.grid import part as picture_grid
from dashboard.topics.mistakes import charts
from dashboard.topics.mistakes import confusion as views

PER_PAGE = 24

st.title("Confusions")
shown = runs.need_omission()
omitted = shown.omitted_class
offset = runs.need_offset(shown)
networks = answers.networks(shown)
digits = list(range(10))
first_cell = "{}-{}".format(*views.default_cell(shown, offset))
state = st.session_state


def take_address() -> None:
    """Start from the network and the cell that the address names, or those last looked at."""
    kept, asked = state.get("confusion_kept", {}), st.query_params
    network, complaint = answers.checked(
        asked.get("network"), networks, "student", "the network", kept.get("network")
    )
    cell, other = answers.checked(
        asked.get("cell"), views.cell_names(), first_cell, "the cell", kept.get("cell")
    )
    state["confusion_network"] = network
    state["confusion_true"], state["confusion_called"] = views.parse_cell(cell)
    for message in filter(None, (complaint, other)):
        st.warning(message)


def choose_clicked(key: str) -> None:
    """Take over the cell that was clicked in the chart."""
    for point in state[key]["selection"][charts.CELL][:1]:
        state["confusion_true"], state["confusion_called"] = point["true"], point["called"]


def forget_click() -> None:
    """Give the chart a new key, so that the cell last clicked can be clicked again."""
    state["confusion_chart"] = state.get("confusion_chart", 0) + 1


if "confusion_true" not in state:
    take_address()
if state["confusion_network"] not in networks:
    state["confusion_network"] = "student"

show.lead(views.sentence(shown, offset))
instead = cached(views.called_instead, shown, offset)
if not instead.empty:
    display.chart(
        display.figure(charts.called_instead, instead, views.called_instead_title(shown, offset)),
        key="confusion_instead",
    )

st.subheader("All ten digits: click a cell to see its pictures")
left, right = st.columns([2, 1])
network = left.segmented_control(
    "Network",
    networks,
    format_func=answers.NETWORKS.get,
    required=True,
    wrap=True,
    key="confusion_network",
)
numbers = right.segmented_control(
    "Numbers",
    list(views.NUMBERS),
    format_func=views.NUMBERS.get,
    default="counts",
    required=True,
    key="confusion_numbers",
)
left, right = st.columns([3, 2])
with right:
    one, two = st.columns(2)
    true = one.selectbox("True digit", digits, key="confusion_true", on_change=forget_click)
    called = two.selectbox("Called", digits, key="confusion_called", on_change=forget_click)
with left:
    chart_key = f"confusion_matrix_{state.get('confusion_chart', 0)}"
    display.chart(
        display.figure(
            charts.matrix,
            cached(views.matrix, shown, network, offset, numbers),
            title=views.matrix_title(shown, network, offset),
            omitted_class=omitted,
            omitted_words=plural(omitted),
            chosen=(true, called),
        ),
        key=chart_key,
        on_select=lambda: choose_clicked(chart_key),
        selection_mode=charts.CELL,
    )
state["confusion_kept"] = {"network": network, "cell": f"{true}-{called}"}

with right:
    st.markdown(views.cell_sentence(shown, network, offset, true, called))
    images = cached(views.cell_images, shown, network, offset, true, called)
    pages = max(1, -(-len(images) // PER_PAGE))
    page = 1
    if pages > 1:
        page = st.pagination(
            pages,
            max_visible_pages=3,
            key=f"confusion_page_{shown.key}_{network}_{true}_{called}",
        )
    pictures = runs.test_images(shown.dataset)
    if pictures is None:
        st.info(runs.pictures_help())
    if len(images):
        with st.container(height=440, border=False):
            part = images.iloc[(page - 1) * PER_PAGE : page * PER_PAGE]
            chosen = picture_grid.draw(
                views.cards(shown, part), pictures, run=shown.key, key="confusion_pictures"
            )
        if chosen is not None:
            st.switch_page(
                "topics/soft_targets/page.py", query_params={"run": shown.key, "image": str(chosen)}
            )

# Last, so that an address stands for a page that is complete; what is usual is left out of it.
for name, usual in (("network", "student"), ("cell", first_cell)):
    value = state["confusion_kept"][name]
    if value == usual:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value

"""Page: the held-out images of the omitted class that the student gets wrong, as pictures."""

import streamlit as st

from dashboard.core import runs, show
from dashboard.core.cache import cached
from dashboard.figures import answers
from dashboard.parts.grid import part as picture_grid
from dashboard.topics.mistakes import misclassified as views

PER_PAGE = 48

st.title("Misclassified")
shown = runs.need_omission()
omitted = shown.omitted_class
offset = runs.need_offset(shown)
rows = cached(views.table, shown, offset)
filters = views.filters(rows, omitted)
state, address = st.session_state, st.query_params

first_page = None
if "misclassified_show" not in state:
    kept = state.get("misclassified_kept", {})
    state["misclassified_show"], complaint = answers.checked(
        address.get("show"), filters, "all", "the filter", kept.get("show")
    )
    state["misclassified_sort"], other = answers.checked(
        address.get("sort"), views.SORTS, "flip", "the order", kept.get("sort")
    )
    first_page = address.get("page")
    for message in filter(None, (complaint, other)):
        st.warning(message)
if state["misclassified_show"] not in filters:
    state["misclassified_show"] = "all"

show.lead(views.sentence(shown, offset, rows))
kind = st.pills(
    "Show",
    list(filters),
    format_func=filters.get,
    required=True,
    wrap=True,
    key="misclassified_show",
    label_visibility="collapsed",
)
left, right = st.columns([5, 2], vertical_alignment="center")
order = right.selectbox(
    "Order",
    list(views.SORTS),
    format_func=views.SORTS.get,
    key="misclassified_sort",
    label_visibility="collapsed",
)
left.markdown(views.filter_sentence(rows, kind, omitted) + " Click a picture for its soft targets.")
chosen_rows = views.sort(views.filtered(rows, kind), order)
pages = max(1, -(-len(chosen_rows) // PER_PAGE))
page, complaint = views.page_of(first_page, pages)
if complaint:
    st.warning(complaint)
if pages > 1:
    page = st.pagination(
        pages, default=page, key=f"misclassified_page_{shown.key}_{omitted}_{kind}_{order}"
    )

state["misclassified_kept"] = {"show": kind, "sort": order}

pictures = runs.test_images(shown.dataset)
if pictures is None:
    st.info(runs.pictures_help())
part = chosen_rows.iloc[(page - 1) * PER_PAGE : page * PER_PAGE]
chosen = picture_grid.draw(views.cards(part), pictures, run=shown.key, key="misclassified_pictures")
if chosen is not None:
    st.switch_page(
        "topics/soft_targets/page.py", query_params={"run": shown.key, "image": str(chosen)}
    )

# Last, so that an address stands for a page that is complete; what is usual is left out of it.
for name, value, usual in (("show", kind, "all"), ("sort", order, "flip"), ("page", page, 1)):
    if value == usual:
        address.pop(name, None)
    else:
        address[name] = str(value)

"""The link and the QR code of what is on the screen, with an address that phones can reach."""

import html
import socket

import psutil
import segno
import streamlit as st

from dashboard.classroom import addresses
from dashboard.core import params

_CHOICE = "share_base_choice"
_TYPED = "share_base_typed"
_KEPT = "share_base"
_OTHER = "another address …"


def qr_code(address: str, width: str = "min(100%, 26rem)") -> str:
    """Return a QR code as HTML: black on white in either theme, its address as its name."""
    picture = segno.make(address, error="m", micro=False).png_data_uri(scale=8, border=4)
    return (
        f'<img src="{picture}" class="qr-code" alt="QR code of {html.escape(address)}" '
        f'style="display:block;width:{width};border-radius:8px">'
    )


def base() -> str:
    """Return the beginning of links that the viewer chose, else the likeliest."""
    return st.session_state.get(_KEPT) or offered()[0]


def offered() -> list[str]:
    """Return the beginnings of links on offer."""
    port, page = st.get_option("server.port"), st.session_state.get("page_name", "")
    url = (st.context.url or f"http://localhost:{port}").rstrip("/")
    try:  # what the viewer's browser has before the page's name
        own = addresses.checked_base(url.removesuffix(f"/{page}") if page else url)
    except ValueError:  # a browser behind something unusual; the machine's addresses remain
        own = f"http://localhost:{port}"
    return addresses.bases(own, _addresses())


def current_link(page: str) -> str:
    """Return the link to what is on the screen; it names the run, which may not stay the usual."""
    run = st.session_state.get("run_key")
    return addresses.link(base(), page, ({"run": run} if run else {}) | params.query())


@st.dialog("This view on another screen", width="large", icon=":material/qr_code_2:")
def open_dialog(page: str) -> None:
    """Show the current view's QR code large, with its link and the choice of address."""
    picture, choice = st.columns([1.4, 1])
    with choice:
        choose_base()
        address = current_link(page)
        st.code(address, language=None, wrap_lines=True)
    picture.html(qr_code(address, "min(100%, 62vh)"))


def choose_base() -> None:
    """Let the viewer choose or type the address that other machines reach this server by."""
    options = [*offered(), _OTHER]
    kept = base()
    if _CHOICE not in st.session_state:
        st.session_state[_CHOICE] = kept if kept in options else _OTHER
    chosen = st.selectbox(
        "Address of this machine",
        options,
        key=_CHOICE,
        help="Phones have to be in the same network as this machine.",
    )
    if chosen == _OTHER:
        typed = st.text_input(
            "Host or IP address, with the port", key=_TYPED, placeholder="192.168.1.20:8501"
        )
        chosen = kept
        if typed:
            try:
                chosen = addresses.checked_base(typed, st.get_option("server.port"))
            except ValueError as error:
                st.warning(str(error))
    st.session_state[_KEPT] = chosen
    warning = addresses.reach_warning(chosen, st.get_option("server.address"))
    if warning:
        st.caption(warning)


def _addresses() -> list[str]:
    """Return the machine's IPv4 addresses."""
    try:
        interfaces = psutil.net_if_addrs().values()
    except OSError:
        return []
    return [card.address for cards in interfaces for card in cards if card.family == socket.AF_INET]

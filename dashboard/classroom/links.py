"""The link and the QR code of what is on the screen, with an address that phones can reach."""

import html
import socket

import psutil
import segno
import streamlit as st

from dashboard.classroom import addresses
from dashboard.core import params, show

# The choice; whether it is typed, and what
_KEPT, _TYPES, _TEXT = "share_base", "share_base_types", "share_base_text"
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
    return addresses.bases(own, machine_addresses())


def current_link(page: str) -> str:
    """Return the link to what is on the screen; it names the run, which may not stay the usual."""
    run = st.session_state.get("run_key")
    return addresses.link(base(), page, ({"run": run} if run else {}) | params.query())


@st.dialog("This view on another screen", width="large", icon=":material/qr_code_2:")
def open_dialog(page: str) -> None:
    """Show the current view's QR code large, with its link and the choice of address."""
    picture, choice = st.columns([1.4, 1])
    with choice:
        choose_base("dialog")
        address = current_link(page)
        st.code(address, language=None, wrap_lines=True)
    try:
        picture.html(qr_code(address, "min(100%, 62vh)"))
    except segno.DataOverflowError:
        picture.info("This link is too long for a QR code; copy it instead.")


def choose_base(where: str) -> None:
    """Let the viewer choose or type the address that other machines reach this server by.

    Parameters
    ----------
    where : str
        Begins the widgets' keys: a page that asks may be open behind a dialog that asks.
    """
    state, kept = st.session_state, base()
    options = [*offered(), _OTHER]
    choice, typed = f"{where}_share_base", f"{where}_share_base_typed"

    def take() -> None:
        state[_TYPES] = state[choice] == _OTHER
        if not state[_TYPES]:
            state[_KEPT] = state[choice]

    def take_typed() -> None:
        state[_TEXT] = state[typed]

    types = state.get(_TYPES, False) or kept not in options
    state[choice] = _OTHER if types else kept
    st.selectbox(
        "Address of this machine",
        options,
        key=choice,
        on_change=take,
        help="Phones have to be in the same network as this machine.",
    )
    if types:
        state[typed] = text = state.get(_TEXT, "")
        st.text_input(
            "Host or IP address, with the port",
            key=typed,
            on_change=take_typed,
            placeholder="192.168.1.20:8501",
        )
        try:
            kept = addresses.checked_base(text, st.get_option("server.port")) if text else kept
        except ValueError as error:
            st.warning(show.told(error))
    state[_KEPT] = kept
    warning = addresses.reach_warning(kept, st.get_option("server.address"))
    if warning:
        st.caption(warning)


def machine_addresses() -> list[str]:
    """Return the machine's IPv4 addresses."""
    try:
        interfaces = psutil.net_if_addrs().values()
    except OSError:
        return []
    return [card.address for cards in interfaces for card in cards if card.family == socket.AF_INET]

"""Who may change what everybody sees: whoever opened the link that carries the server's key.

A server has the key of its environment or makes one, which the terminal alone tells. Where nobody
has set one and only this machine reaches the server, its own browsers present without any.
"""

import hashlib
import hmac
import ipaddress
import logging
import os
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from urllib.parse import quote, urlsplit

import streamlit as st
from streamlit import config, runtime
from streamlit.runtime.context import StreamlitHeaders
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.core import params, show

ENVIRONMENT = "KDENGINE_PRESENTER_KEY"
_PARAMETER = "key"
_FLAG, _WRONG, _HERE = "presenter_admitted", "presenter_refused", "presenter_is_here"
_REFUSED = (
    "The key in this link is not this server's, so you are in the audience: every page is open to "
    "you; training and driving the tour are not. Ask whoever started the server for the link."
)
_MOST_REMEMBERED = 1024
# Who passes a request on says so in one of these, none of which a browser sends.
_FORWARDING = ("X-", "Forwarded", "Via", "Cf-", "True-Client-", "Fly-", "Tailscale-", "Client-Ip")
_PAUSE_SECONDS = 2.0
_pause = time.sleep
_SENTENCE = re.compile(r"(?:`[^`]*`|[^`.]|\.(?=\S))+(?:\.(?=\s|$))?\s*")
_log = logging.getLogger(__name__)
_made = secrets.token_urlsafe(18)
_admitted: OrderedDict[str, None] = OrderedDict()  # the sessions that present


class Allowance:
    """How often each address may do something: so often at once, then so often a second.

    The addresses last heard of are remembered, no more than `_MOST_REMEMBERED`.
    """

    def __init__(
        self, at_once: float, a_second: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._at_once, self._a_second, self._clock = at_once, a_second, clock
        self._lock = threading.Lock()
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()  # how often, and when

    def is_left(self, address: str) -> bool:
        """Return whether *address* may once more."""
        with self._lock:
            return self._spent(address) + 1 <= self._at_once

    def take(self, address: str) -> bool:
        """Return whether *address* may once more; if so, that is counted."""
        with self._lock:
            spent = self._spent(address)
            may = spent + 1 <= self._at_once
            self._used.pop(address, None)
            self._used[address] = (spent + may, self._clock())
            if len(self._used) > _MOST_REMEMBERED:
                self._used.popitem(last=False)
        return may

    def renew(self, address: str) -> None:
        """Let *address* begin anew."""
        with self._lock:
            self._used.pop(address, None)

    def _spent(self, address: str) -> float:
        """Return how much of its allowance an address has used up; the lock is held."""
        spent, then = self._used.get(address, (0.0, 0.0))
        return max(0.0, spent - (self._clock() - then) * self._a_second)


_WRONG_KEYS = Allowance(at_once=10, a_second=0.1)


def needs_key() -> bool:
    """Return whether this session presents with the server's key only."""
    return everybody_needs_key() or not _comes_from_here()


def everybody_needs_key() -> bool:
    """Return whether even a browser of this machine presents with the server's key only."""
    return bool(_set_key()) or not _listens_here_alone()


def admit() -> None:
    """Take a key out of the address and remember whether it was right."""
    offered = st.query_params.get(_PARAMETER)
    if offered is not None:
        # A key that stays in the address would be on the projector and in every link passed on.
        params.drop(_PARAMETER)
        if needs_key():
            _check(offered)
    context = get_script_run_ctx()
    if context is not None and is_presenter():
        _admitted[context.session_id] = None
        while len(_admitted) > _MOST_REMEMBERED:
            _admitted.popitem(last=False)


def refusal() -> str:
    """Return, once, what to say of a wrong key; empty if there is nothing to say."""
    return _REFUSED if st.session_state.pop(_WRONG, False) else ""


def is_right(offered: str) -> bool:
    """Return whether *offered* is the server's key, in a time that tells nothing about it."""
    return hmac.compare_digest(_digest(offered), _digest(_set_key() or _made))


def is_presenter() -> bool:
    """Return whether this session may train and drive the tour."""
    return not needs_key() or st.session_state.get(_FLAG, False) is True


def is_admitted(session_id: str) -> bool:
    """Return whether the session called so presents, as its last run of a page knew."""
    return session_id in _admitted


def require(action: str) -> None:
    """Stop an *action* (``"train"``) that is the presenter's alone; call it where that is done.

    PermissionError if this session has not opened the presenter's link.
    """
    if not is_presenter():
        raise PermissionError(
            f"Only the presenter may {action} on this server. Everything else is open to you; "
            "whoever presents opens the link that carries the key (…/?key=…), which the terminal "
            "shows in which the server was started."
        )


def told(reason: object) -> str:
    """Return why something failed, as Markdown; what may name a path, to the presenter alone."""
    names_no_path = isinstance(reason, Exception) and not isinstance(reason, OSError)
    if is_presenter() or names_no_path:
        return show.told(reason)
    return "Whoever presents is told why."


def public(text: str) -> str:
    """Return *text* without its sentences that hold a command, unless the presenter reads it."""
    if is_presenter():
        return text
    return "".join(s for s in _SENTENCE.findall(text) if "python -m" not in s).rstrip()


def link(base: str) -> str:
    """Return the presenter's link, for the terminal alone; empty where the key has been set."""
    return "" if _set_key() else f"{base}/?{_PARAMETER}={quote(_made)}"


def address() -> str:
    """Return the network address of this session's browser; empty if it is this machine."""
    given = st.context.ip_address
    return network_of(given) if isinstance(given, str) else ""


def network_of(given: str) -> str:
    """Return an address as rates count it: one machine has a whole IPv6 network to choose from."""
    try:
        ip = ipaddress.ip_address(given)
    except ValueError:
        return given[:64]
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip
    if ip.is_loopback:
        return ""
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((ip, 64), strict=False))


def is_direct(headers: StreamlitHeaders) -> bool:
    """Return whether a browser of this machine asked for this machine, and nobody in between.

    A proxy names another host or says that it is one. A foreign page whose name has been made to
    point here is named in the host too.
    """
    hosts = headers.get_all("Host")
    origins = [urlsplit(origin).netloc for origin in headers.get_all("Origin")]
    return (
        len(hosts) == 1
        and is_this_machine(hosts[0])
        and all(origin == hosts[0] for origin in origins)
        and not any(name.startswith(_FORWARDING) for name in headers)
    )


def is_this_machine(host: str) -> bool:
    """Return whether a host, with or without a port, is a name that a machine has for itself."""
    is_bare = host.count(":") > 1 and not host.startswith("[")  # an IPv6 address to listen on
    try:
        name = urlsplit(f"//[{host}]" if is_bare else f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _check(offered: str) -> None:
    """Admit whoever has the right key; who guesses waits, and nobody else with them."""
    whence = address()
    if not _WRONG_KEYS.is_left(whence):
        _pause(_PAUSE_SECONDS)  # before it is looked at: how long it takes tells nothing
    if is_right(offered):
        st.session_state[_FLAG] = True
        return
    st.session_state[_WRONG] = True
    if _WRONG_KEYS.take(whence):  # what comes faster would fill the terminal
        _log.warning("A wrong presenter's key was offered from %r.", whence or "this machine")


def _listens_here_alone() -> bool:
    """Return whether this machine alone reaches the server, and nothing says that a proxy does."""
    bound_to = st.get_option("server.address") or ""
    is_passed_on = st.get_option("server.baseUrlPath") or not st.get_option("server.enableCORS")
    return is_this_machine(bound_to) and not is_passed_on


def _comes_from_here() -> bool:
    """Return whether this session's browser runs on this machine."""
    if config.get_option("global.appTest"):  # nobody has connected
        return True
    if get_script_run_ctx() is None:
        return not runtime.exists()  # a program that uses the dashboard's functions
    headers = st.context.headers
    if headers:  # a browser that has just left has none any more
        st.session_state[_HERE] = is_direct(headers) and not address()
    return st.session_state.get(_HERE, False) is True


def _digest(text: str) -> bytes:
    """Return bytes that tell nothing about a key, its length included."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _set_key() -> str:
    """Return the key in the server's environment, empty if there is none."""
    return os.environ.get(ENVIRONMENT, "").strip()

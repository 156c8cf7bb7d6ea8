"""Links to what is on the screen, with an address that other machines can reach."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote, urlencode, urlsplit

from dashboard.core.presenter import is_this_machine

# What is one session's own is in no link that is passed on.
_PRIVATE = {"key", "voter", "present", "embed", "embed_options"}
_LONGEST = 200
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
# What a proxy's paths are made of: JupyterHub's hold user names such as jane@uni or jane%40uni.
_IN_PATHS = "@+,;=:"
_PATH = re.compile(rf"(/[A-Za-z0-9._~%{_IN_PATHS}-]+)*/?")


def link(base: str, page: str, query: Mapping[str, str]) -> str:
    """Return the address of *page* in the state that *query* names.

    Parameters
    ----------
    base : str
        As `checked_base` returns it.
    """
    public = {name: value for name, value in query.items() if name not in _PRIVATE}
    address = f"{base}/{page}"
    return f"{address}?{urlencode(public)}" if public else address


def checked_base(text: str, usual_port: int | None = None) -> str:
    """Return the beginning of all links: scheme, host, port and path, without a last slash.

    Parameters
    ----------
    text : str
        ``192.168.1.20``, ``lab.example.org:8501`` or a whole ``https://…`` address.
    usual_port : int, optional
        Added where neither a port nor a scheme is given.

    Raises
    ------
    ValueError
        If it is no such address.
    """
    given = text.strip()
    has_scheme = "://" in given
    harmless = "".join(c for c in given[:60] if c.isalnum() or c in ".:-/")
    wrong = ValueError(
        f"'{harmless}' is no address of this server. Type a host or an IP address, with a "
        "port if it is not the usual one: 192.168.1.20:8501"
    )
    if not given or len(given) > _LONGEST:
        raise wrong
    try:
        parts = urlsplit(given if has_scheme else f"http://{given}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise wrong from error
    if parts.scheme not in ("http", "https") or parts.username or parts.query or parts.fragment:
        raise wrong
    if not _PATH.fullmatch(parts.path) or not (_is_ip(host) or _HOST.fullmatch(host)):
        raise wrong
    if port is None and not has_scheme:
        port = usual_port
    named = f"[{host}]" if ":" in host else host
    ending = "" if port is None else f":{port}"
    return f"{parts.scheme}://{named}{ending}{_encoded(parts.path.rstrip('/'))}"


def _encoded(path: str) -> str:
    """Return *path* percent-encoded once, whether it was already or not."""
    return "/".join(quote(unquote(part), safe=_IN_PATHS) for part in path.split("/"))


def is_loopback(base: str) -> bool:
    """Return whether only the machine itself reaches *base*."""
    return is_this_machine(urlsplit(base).netloc)


def bases(own: str, addresses: Iterable[str]) -> list[str]:
    """Return the beginnings of links on offer, the likeliest to be reached by phones first.

    Parameters
    ----------
    own : str
        What the viewer's own browser uses, as `checked_base` returns it.
    addresses : iterable of str
        The machine's IP addresses in its networks.
    """
    parts = urlsplit(own)
    port = "" if parts.port is None else f":{parts.port}"
    usable = sorted(filter(_is_reachable, set(addresses)), key=_likeliest_first)
    found = [f"{parts.scheme}://{address}{port}{parts.path}" for address in usable]
    offered = [*found, own] if is_loopback(own) else [own, *found]
    return list(dict.fromkeys(offered))


def reach_warning(base: str, bound_to: str | None) -> str:
    """Return why phones cannot reach *base*, empty if nothing speaks against it.

    Parameters
    ----------
    bound_to : str or None
        The address that the server listens on; None for all.
    """
    if bound_to and is_this_machine(bound_to):
        return (
            "This server listens on its own machine only. Start it with "
            "`--server.address 0.0.0.0` so that phones in the room can reach it."
        )
    if is_loopback(base):
        return "Only this machine reaches this address. Choose one of its addresses in the network."
    return ""


def _is_ip(host: str) -> bool:
    """Return whether *host* is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_reachable(address: str) -> bool:
    """Return whether another machine may reach an IPv4 address."""
    if not _is_ip(address):
        return False
    ip = ipaddress.ip_address(address)
    return ip.version == 4 and not (ip.is_loopback or ip.is_link_local or ip.is_unspecified)


def _likeliest_first(address: str) -> tuple[bool, bool, str]:
    """Sort home and campus networks before those of virtual machines and containers."""
    return (address.startswith("172."), not ipaddress.ip_address(address).is_private, address)

"""The server's door: what is told when it opens, and what it stops before anybody reads it."""

import asyncio
import importlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any

import streamlit as st
from google.protobuf.message import DecodeError
from streamlit import cli_util, env_util, net_util, runtime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.starlette import App
from streamlit.web.server import server_util

from dashboard.classroom import addresses, links, live, votes
from dashboard.core import presenter

# What a page sends. The rest would empty everybody's cache, tell of the source's folder, or write.
_USUAL = {"rerun_script", "stop_script", "app_heartbeat"}
_USUAL_OPERATIONS = {"deferred_file", "dataframe_chunk"}
# A page sends a few thousand bytes. Megabytes, of countless widgets, hold up everybody for seconds.
LONGEST_MESSAGE = 128 * 1024
# A page reads a file as soon as it has come; of those that came before, few need to be kept.
MOST_UPLOADS = 2
_UPLOAD_SECONDS = 120.0
# What phones ask every other second, below whatever path a proxy has put before; to run a part of
# the page each time took six times as long.
_NEWS = "/vote/news"
_CONNECTIONS = 8192  # a browser takes several; macOS allows 256 files, most Linuxes 1,024
Message = dict[str, Any]


@asynccontextmanager
async def opened(app: App) -> AsyncIterator[None]:
    """Tell where the dashboard is and how to present, and open a browser there."""
    # Streamlit asks a host on the Internet for this machine's outer address, and again whenever
    # a foreign page knocks; nobody here needs to know.
    net_util.get_external_ip = lambda: None
    # To learn that `streamlit run` is no prompt it asks for the source file of every module.
    env_util.is_repl = lambda: False
    make_room()
    own = own_address()
    with suppress(OSError, ValueError):  # a terminal that has gone
        sys.stdout.write(welcome(own))
        sys.stdout.flush()
    loop = asyncio.get_running_loop()
    if not st.get_option("server.headless"):
        loop.run_in_executor(None, cli_util.open_browser, own)
    loop.run_in_executor(None, make_ready)
    yield


def make_ready() -> None:
    """Import what the first page imports and read its pictures: the browser opens meanwhile."""
    importlib.import_module("dashboard.topics.tour.state")
    importlib.import_module("dashboard.core.runs").test_images("mnist")


def own_address() -> str:
    """Return the dashboard's address on this machine."""
    host = server_util.get_display_address(st.get_option("server.address") or "localhost")
    return server_util.get_url(f"[{host}]" if ":" in host else host)


def make_room() -> None:
    """Allow more connections than the system's usual, after which nobody else gets in."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # not there on Windows, which has no such limit

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = _CONNECTIONS if hard == resource.RLIM_INFINITY else min(_CONNECTIONS, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def welcome(own: str) -> str:
    """Return what the terminal says of a dashboard whose address on this machine is *own*."""
    reached = own
    if not presenter.is_this_machine(st.get_option("server.address") or ""):
        reached = addresses.bases(own, links.machine_addresses())[0]
    link = presenter.link(reached) or f"{reached}/?key= and the key in {presenter.ENVIRONMENT}"
    rule = "Whoever presents opens"
    if not presenter.everybody_needs_key():
        rule = "A browser of this machine presents. Through a proxy, whoever presents adds"
        link = link.removeprefix(reached)
    return f"\n  The dashboard is open at {reached}\n  {rule} {link}\n\n"


class Doorkeeper:
    """Lets through what pages send, and the files of whoever presents; the rest it turns away."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._uploads = 0

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Serve one request or connection, as ASGI has it."""
        if scope["type"] == "websocket":
            await self._app(scope, _heard(receive), send)
        elif scope.get("method") == "GET" and scope["path"].endswith(_NEWS):
            await _answer(send, HTTPStatus.OK, f"{votes.BOX.news()} {live.news()}")
        elif scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS", "DELETE"):
            await self._app(scope, receive, send)
        elif not may_upload(scope):
            await _answer(send, 403, "Only the presenter may upload files.")
        elif self._uploads >= MOST_UPLOADS:
            await _answer(send, 429, "Other files are being uploaded; try again in a minute.")
        else:
            self._uploads += 1
            try:
                forget_uploads(MOST_UPLOADS - self._uploads)
                async with asyncio.timeout(_UPLOAD_SECONDS):
                    await self._app(scope, receive, send)
            finally:
                self._uploads -= 1


def may_upload(scope: Message) -> bool:
    """Return whether a request uploads a file for a session that presents."""
    *_, folder, session, _file = ["", "", "", *scope["path"].split("/")]
    return scope["method"] == "PUT" and folder == "upload_file" and presenter.is_admitted(session)


def forget_uploads(most: int) -> None:
    """Drop the uploaded files that came first, until *most* are held."""
    manager: Any = runtime.get_instance().uploaded_file_mgr
    held = [
        (session, file) for session, own in list(manager.file_storage.items()) for file in list(own)
    ]
    for session, file in held[: max(0, len(held) - most)]:
        manager.remove_file(session, file)


def is_usual(sent: bytes | None) -> bool:
    """Return whether a message is one that pages send, and no text, which comes as None."""
    if sent is None or len(sent) > LONGEST_MESSAGE:
        return False
    message = BackMsg()
    try:
        message.ParseFromString(sent)
    except DecodeError:
        return False
    kind = message.WhichOneof("type")
    if kind == "file_urls_request":  # thousands at once take seconds, and no page asks for two
        return len(message.file_urls_request.file_names) <= MOST_UPLOADS
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in _USUAL_OPERATIONS
    return kind is None or kind in _USUAL


def _heard(receive: Any) -> Any:
    """Return *receive* without the messages that no page sends."""

    async def hear() -> Message:
        while True:
            message: Message = await receive()
            if message["type"] != "websocket.receive" or is_usual(message.get("bytes")):
                return message

    return hear


async def _answer(send: Any, status: int, words: str) -> None:
    """Answer without having read what was sent, of which more may come if it is refused."""
    body = words.encode()
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
    headers.append((b"content-length", str(len(body)).encode()))
    if status != HTTPStatus.OK:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

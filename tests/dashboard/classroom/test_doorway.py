"""A server for a room: what it tells at its start, and what it does not take from whom."""

import asyncio
import contextlib
import http.client
import os
import re
import resource
import shutil
import socket
import time
import urllib.request
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake

from benchmarks.browser.dashboard import ROOT, start_server
from benchmarks.browser.wire import Viewer
from dashboard.classroom import doorway, links, live, votes
from dashboard.core import presenter
from tests.benchmarks.browser import loops


class Caller(Viewer):
    """A viewer who knows the own session's name, as every browser does."""

    session = ""

    def __init__(self, url: str, query: str = "") -> None:
        super().__init__(url)
        self._query = query

    def _is_last(self, raw: bytes) -> bool:
        message = ForwardMsg.FromString(raw)
        if message.WhichOneof("type") == "new_session":
            self.session = message.new_session.initialize.session_id or self.session
        return super()._is_last(raw)


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A dashboard that listens on all addresses and to which nobody has given a key."""
    folder = tmp_path_factory.mktemp("room")
    shutil.copytree(ROOT / "cache" / "shipped", folder / "cache" / "shipped")
    with socket.create_server(("127.0.0.1", 0)) as outside:
        outside.setblocking(False)
        environment = {
            **os.environ,
            "KDENGINE_CACHE_DIR": str(folder / "cache"),
            "KDENGINE_OFFLINE": "1",
            "http_proxy": f"http://127.0.0.1:{outside.getsockname()[1]}",
            "https_proxy": f"http://127.0.0.1:{outside.getsockname()[1]}",
            "no_proxy": "",
        }
        environment.pop(presenter.ENVIRONMENT, None)
        log = folder / "app.log"
        usual = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, usual[1]))  # what macOS gives a program
        try:
            process, url = start_server(environment, log, bound_to="0.0.0.0")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, usual)
        yield SimpleNamespace(url=url, log=log, outside=outside)
        process.terminate()
        process.wait(10)


def key_of(room) -> str:
    """Return the key that the terminal told."""
    return re.search(r"/\?key=(\S+)", room.log.read_text())[1]


def put(url: str, session: str, name: str, size: int) -> int:
    """Upload a file as the browser does and return the answer's status."""
    answer = urllib.request.urlopen(f"{url}/_stcore/health")
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.zip"\r\n\r\n'
    headers = {
        "Content-Type": "multipart/form-data; boundary=b",
        "Cookie": cookie,
        "X-Xsrftoken": cookie.partition("=")[2],
    }
    with contextlib.closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)) as line:
        place = f"/_stcore/upload_file/{session}/{name}"
        line.request("PUT", place, head + bytes(size) + b"\r\n--b--\r\n", headers)
        return line.getresponse().status


def held(url: str) -> int:
    """Return the bytes of all uploads that the server keeps, as it says itself."""
    told = urllib.request.urlopen(f"{url}/_stcore/metrics?families=cache_memory_bytes").read()
    found = re.search(r'cache_type="UploadedFileManager"[^}]*} (\d+)', told.decode())
    return int(found[1]) if found else 0


def test_the_terminal_tells_the_presenters_link_once_and_no_outer_host_is_asked(room):
    told = room.log.read_text()
    assert told.count("key=") == 1 and len(key_of(room)) >= 22
    assert "External URL" not in told

    async def knock() -> None:
        """Come from a foreign page, for which Streamlit would look its own address up."""
        with pytest.raises(InvalidHandshake):
            address = f"ws://{urlsplit(room.url).netloc}/_stcore/stream"
            await connect(address, origin="http://evil.example")

    loops.run(knock())
    with pytest.raises(BlockingIOError):
        room.outside.accept()


def test_the_audience_uploads_nothing_and_the_presenter_few_files(room):
    async def visit() -> None:
        async with Caller(room.url) as viewer, Caller(room.url, f"key={key_of(room)}") as speaker:
            assert await asyncio.to_thread(put, room.url, viewer.session or "none", "a", 100) == 403
            await viewer.open("train")
            await speaker.open("train")
            assert viewer.session and speaker.session
            assert await asyncio.to_thread(put, room.url, viewer.session, "a", 100) == 403
            for number in range(5):
                status = await asyncio.to_thread(
                    put, room.url, speaker.session, f"f{number}", 1 << 20
                )
                assert status == 204
            assert await asyncio.to_thread(held, room.url) == doorway.MOST_UPLOADS << 20

    loops.run(visit())


def test_on_all_addresses_a_browser_of_the_machine_is_in_the_audience_too(room):
    async def visit() -> None:
        async with Caller(room.url) as viewer, Caller(room.url, "key=wrong") as guesser:
            for caller in (viewer, guesser):
                await caller.open("train")
                assert caller.session
                assert await asyncio.to_thread(put, room.url, caller.session, "a", 1) == 403

    loops.run(visit())
    assert "wrong presenter's key was offered" in room.log.read_text()
    assert "key=wrong" not in room.log.read_text()


def test_idle_connections_keep_nobody_out(room):
    """A class of fifty, or one script, opens more than a program may at first."""
    host, port = urlsplit(room.url).netloc.split(":")
    with contextlib.ExitStack() as idle:
        for _ in range(300):
            idle.enter_context(socket.create_connection((host, int(port))))
        with urllib.request.urlopen(f"{room.url}/_stcore/health", timeout=20) as answer:
            assert answer.read() == b"ok"


def sent(**fields: object) -> bytes:
    """Return a message to the server with one of its fields set."""
    message = BackMsg()
    for name, value in fields.items():
        field = getattr(message, name)
        field.SetInParent() if hasattr(field, "SetInParent") else setattr(message, name, value)
    return message.SerializeToString()


@pytest.mark.parametrize(
    ("message", "is_usual"),
    [
        (sent(rerun_script=1), True),
        (sent(stop_script=True), True),
        (sent(app_heartbeat=True), True),
        (sent(file_urls_request=1), True),
        (sent(clear_cache=True), False),
        (sent(load_git_info=True), False),
        (sent(set_run_on_save=True), False),
        (sent(backend_operation_request=1), False),
        (b"", True),
        (b"\xff" * 20, False),
        (None, False),
    ],
)
def test_what_no_page_sends_does_not_get_in(message, is_usual):
    """Whoever has a socket could empty everybody's cache with one message."""
    assert doorway.is_usual(message) is is_usual


@pytest.mark.parametrize(("count", "is_usual"), [(1000, True), (1_300_000, False)])
def test_countless_widgets_do_not_get_in(count, is_usual):
    """One such message, below Streamlit's own limit, held every viewer up for five seconds."""
    message = BackMsg()
    message.rerun_script.widget_states.MergeFromString(b"\x0a\x00" * count)
    assert doorway.is_usual(message.SerializeToString()) is is_usual


def test_a_page_asks_for_the_address_of_few_uploads():
    message = BackMsg()
    message.file_urls_request.file_names.append("run.zip")
    assert doorway.is_usual(message.SerializeToString())
    message.file_urls_request.file_names.extend(["run.zip"] * 5000)
    assert not doorway.is_usual(message.SerializeToString())


def test_operations_are_those_of_pages():
    message = BackMsg()
    message.backend_operation_request.deferred_file.file_id = "a"
    assert doorway.is_usual(message.SerializeToString())
    message.backend_operation_request.install_skills.SetInParent()
    assert not doorway.is_usual(message.SerializeToString())


def answered(scope: dict, app=None) -> list[dict]:
    """Return what the doorkeeper, or the *app* behind it, sends."""
    messages: list[dict] = []

    async def send(message: dict) -> None:
        messages.append(message)

    async def receive() -> dict:
        raise AssertionError("what is turned away is not read")

    loops.run((app or doorway.Doorkeeper(None))(scope, receive, send))
    return messages


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "BREW"])
@pytest.mark.parametrize(
    "path", ["/_stcore/upload_file/strange/a", "/_stcore/agent/interact", "/", "", "/a/b/c\n"]
)
def test_whatever_sends_a_body_is_turned_away_unread(method, path):
    begun, ended = answered({"type": "http", "method": method, "path": path})
    assert begun["status"] == 403 and (b"connection", b"close") in begun["headers"]
    assert b"presenter" in ended["body"]


@pytest.mark.parametrize("path", ["/vote/news", "/missing-3/vote/news", "/a/b/vote/news"])
def test_news_are_told_below_any_path_and_no_page_is_run(path, monkeypatch):
    """Two words that the box and the tour alone decide; nobody may keep them."""
    box = votes.BallotBox()
    monkeypatch.setattr(votes, "BOX", box)
    begun, ended = answered({"type": "http", "method": "GET", "path": path})
    headers = dict(begun["headers"])
    assert begun["status"] == 200 and headers[b"cache-control"] == b"no-store"
    assert int(headers[b"content-length"]) == len(ended["body"])
    assert ended["body"].decode().split(" ") == [box.news(), live.news()]
    begun, _ = answered({"type": "http", "method": "POST", "path": path})
    assert begun["status"] == 403


def test_a_phone_that_waits_runs_no_page_until_the_presenter_asks(room):
    """The room's server counts: a page begins with each run, which the viewer sees."""

    async def visit() -> tuple[int, int, int]:
        async with Caller(room.url) as phone, Caller(room.url) as speaker:
            await phone.open("vote")
            idle = phone._run
            await phone.wait(time.monotonic() + 5)
            waited = phone._run
            await speaker.open("tour", f"step=3&key={key_of(room)}")
            await phone.wait(time.monotonic() + 3)
            assert "number_input" in phone.inputs
            return idle, waited, phone._run

    idle, waited, asked = loops.run(visit())
    assert idle == waited and asked == waited + 1


def test_no_more_uploads_than_two_at_once(monkeypatch):
    monkeypatch.setattr(presenter, "is_admitted", lambda session: True)
    monkeypatch.setattr(doorway, "forget_uploads", lambda most: None)
    scope = {"type": "http", "method": "PUT", "path": "/_stcore/upload_file/s/f"}
    seen = []

    async def app(scope, receive, send) -> None:
        if len(seen) < doorway.MOST_UPLOADS:
            seen.append("let in")
            await keeper(scope, receive, send)

    keeper = doorway.Doorkeeper(app)
    begun, _ = answered(scope, keeper)
    assert begun["status"] == 429 and len(seen) == doorway.MOST_UPLOADS
    assert answered(scope, keeper) == []  # the places are free again


def test_the_oldest_uploads_are_forgotten(monkeypatch):
    manager = MemoryUploadedFileManager("/upload")
    monkeypatch.setattr(
        doorway.runtime, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=manager)
    )
    for number in range(5):
        manager.add_file(f"s{number % 2}", UploadedFileRec(str(number), "a", "b", b"c"))
    doorway.forget_uploads(2)
    assert sum(len(files) for files in manager.file_storage.values()) == 2


@pytest.mark.parametrize(
    ("bound_to", "key", "told"),
    [
        (
            "127.0.0.1",
            "",
            ["http://127.0.0.1:8501\n", "A browser of this machine presents", "/?key="],
        ),
        ("::1", "", ["http://[::1]:8501\n", "A browser of this machine presents", "/?key="]),
        ("0.0.0.0", "", ["http://10.0.0.5:8501/?key="]),
        ("0.0.0.0", "secret", ["http://10.0.0.5:8501/?key= and the key in KDENGINE_PRESENTER_KEY"]),
    ],
)
def test_the_terminal_says_where_and_how_to_present(monkeypatch, bound_to, key, told):
    monkeypatch.setenv(presenter.ENVIRONMENT, key)
    options = {"server.address": bound_to, "server.baseUrlPath": "", "server.enableCORS": True}
    monkeypatch.setattr(presenter.st, "get_option", options.get)
    monkeypatch.setattr(doorway.server_util, "get_url", lambda host: f"http://{host}:8501")
    monkeypatch.setattr(links, "machine_addresses", lambda: ["127.0.0.1", "10.0.0.5"])
    text = doorway.welcome(doorway.own_address())
    assert all(part in text for part in told)
    assert "secret" not in text

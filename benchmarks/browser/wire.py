"""One viewer without a browser: Streamlit's own protocol over a WebSocket.

It does what the browser's side does: keeps the widgets' states, the address and the hashes of large
messages that need not be sent twice, tells all of them to the server with each action, and between
two asks for what is to run anew by itself. It draws nothing and fetches no files.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
KINDS = ("selectbox", "radio", "button_group", "checkbox")
# The browser forgets a large message that two runs did not use.
_MESSAGE_AGE = 2
_LIMIT = 60.0  # seconds for an answer


class Control(NamedTuple):
    """A control with a few values to choose among."""

    id: str
    kind: str  # one of `KINDS`
    label: str
    options: tuple[str, ...]
    chosen: str | None  # None where nothing is chosen
    fragment: str = ""  # the part of the page that runs anew alone; empty: the whole page

    def others(self) -> list[str]:
        """Return the options that could be chosen instead."""
        return [option for option in self.options if option != self.chosen]

    def state(self) -> WidgetState:
        """Return what the browser tells the server about the control."""
        if self.kind == "checkbox":
            return WidgetState(id=self.id, bool_value=self.chosen == "on")
        state = WidgetState(id=self.id, string_value=self.chosen)
        if self.kind == "button_group":
            state.string_array_value.data[:] = [] if self.chosen is None else [self.chosen]
        return state


def control_of(delta: Delta, known: Mapping[str, Control]) -> Control | None:
    """Return the control that *delta* draws, if it draws one that may be used.

    One that is drawn without a value of its own stands as that of its id is *known* to stand.
    """
    kind = delta.new_element.WhichOneof("type")
    drawn = getattr(delta.new_element, kind) if kind in KINDS else None
    if drawn is None or drawn.disabled:
        return None
    if kind == "checkbox":
        options: tuple[str, ...] = ("off", "on")
        chosen = options[drawn.value if drawn.set_value else drawn.default]
    elif kind == "button_group":
        options = tuple(option.content or option.content_icon for option in drawn.options)
        default = [options[place] for place in drawn.default]
        chosen = next(iter(drawn.raw_values if drawn.set_value else default), None)
    else:
        options = tuple(drawn.options)
        default = options[drawn.default] if drawn.HasField("default") else None
        chosen = drawn.raw_value if drawn.set_value else default
    before = known.get(drawn.id)
    if before is not None and before.chosen in options and not drawn.set_value:
        chosen = before.chosen
    return Control(drawn.id, kind, drawn.label, options, chosen, delta.fragment_id)


class Viewer:
    """A session of the dashboard at *url*, opened with ``async with``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.controls: dict[str, Control] = {}  # those on the page, by their ids
        self.pages: dict[str, str] = {}  # from a page's name in the address to its hash
        self.inputs: dict[str, str] = {}  # ids of buttons by their labels; of a number by its kind
        self.trouble: list[str] = []  # the exceptions that pages have shown
        self.received_bytes = 0
        self._query = self._page = ""
        self._polled: dict[str, float] = {}  # parts of the page, and every how many seconds
        self._news: dict[str, Mapping[str, Any]] = {}  # by part: the news seen, and when to ask
        self._drawn: dict[str, Control] = {}
        self._cached: dict[str, int] = {}  # large messages, and the last run that used each
        self._run = 0
        self._partly = False
        self._socket: ClientConnection

    async def __aenter__(self) -> Self:
        """Connect."""
        address = f"ws://{urlsplit(self.url).netloc}/_stcore/stream"
        # The server's own pings are answered; ours would count against a busy server.
        self._socket = await connect(
            address, subprotocols=["streamlit"], max_size=None, ping_interval=None
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        """Leave."""
        await self._socket.close()

    async def open(self, page: str, query: str | None = None) -> float:
        """Open the page that the address calls *page*; return the seconds to its last message.

        The address keeps its query if none is given.
        """
        self._page, self._query = "", self._query if query is None else query
        return await self._ask(page_name=page)

    async def go(self, page: str) -> float:
        """Go to another page through the sidebar."""
        self._page, self._query = self.pages[page], ""
        return await self._ask()

    async def send(self, number: float, button: str) -> float:
        """Type *number* where the page asks for one, and press *button*."""
        typed = WidgetState(id=self.inputs["number_input"], double_value=number)
        pressed = WidgetState(id=self.inputs[button], trigger_value=True)
        return await self._ask(typed, pressed)

    async def wait(self, until: float) -> None:
        """Wait until the clock `time.monotonic` says *until*, as a page that runs parts anew."""
        while (left := until - time.monotonic()) > 0:
            pauses = [each["seconds"] for each in self._news.values()]
            await asyncio.sleep(min([left, *pauses, *self._polled.values()]))
            if time.monotonic() < until:
                for watch in list(self._news.values()):
                    if watch["seen"] not in (await self._told()).split(" "):
                        await self._ask()
                for fragment in list(self._polled):
                    if fragment in self._polled:  # it may have drawn another page
                        await self._ask(fragment=fragment, by_itself=True)

    async def _told(self) -> str:
        """Ask for the news, each time over a line of its own: a browser would keep one open."""
        place = urlsplit(self.url)
        listen, say = await asyncio.open_connection(place.hostname, place.port)
        lines = ["GET /vote/news HTTP/1.1", f"Host: {place.netloc}", "Connection: close", "", ""]
        say.write("\r\n".join(lines).encode())
        told = await listen.read()
        say.close()
        return told.decode().rpartition("\r\n\r\n")[2]

    async def choose(self, control: Control, option: str) -> float:
        """Choose another option of a control of the page."""
        self.controls[control.id] = control._replace(chosen=option)
        return await self._ask(fragment=control.fragment)

    @property
    def page(self) -> str:
        """The name of the page that is shown, as the address has it."""
        return next((name for name, key in self.pages.items() if key == self._page), "")

    async def _ask(
        self, *more: WidgetState, page_name: str = "", fragment: str = "", by_itself: bool = False
    ) -> float:
        """Send an action; return the seconds until the script that answers has finished."""
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.fragment_id = self._query, fragment
        asked.page_script_hash, asked.page_name = self._page, page_name
        asked.is_auto_rerun = by_itself
        asked.widget_states.widgets.extend(control.state() for control in self.controls.values())
        asked.widget_states.widgets.extend(more)
        asked.cached_message_hashes.extend(self._cached)
        asked.context_info.url = f"{self.url}/{page_name or self.page}"
        asked.context_info.color_scheme = "light"
        began = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        async with asyncio.timeout(_LIMIT):
            while not self._is_last(await self._socket.recv(decode=False)):
                pass
        return time.perf_counter() - began

    def _is_last(self, raw: bytes) -> bool:
        """Take a message in; return whether it says that the answer is complete."""
        self.received_bytes += len(raw)
        message = ForwardMsg.FromString(raw)
        kind = message.WhichOneof("type")
        if message.metadata.cacheable or kind == "ref_hash":
            self._cached[message.ref_hash or message.hash] = self._run
        if kind == "new_session":
            self._run, self._drawn = self._run + 1, {}
            self._partly = bool(message.metadata.run.fragment_ids)
            if not self._partly:
                self.inputs, self._polled, self._news = {}, {}, {}
        elif kind == "auto_rerun":
            self._polled[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "navigation":
            pages = (page for page in message.navigation.app_pages if not page.is_hidden)
            self.pages = {page.url_pathname: page.page_script_hash for page in pages}
            self._page = message.navigation.page_script_hash or self._page
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "delta":
            self._draw(message.delta)
        elif kind == "script_finished":
            return self._finish(message.script_finished)
        return False

    def _draw(self, delta: Delta) -> None:
        if delta.new_element.HasField("exception"):
            self.trouble.append(delta.new_element.exception.message)
        if (kind := delta.new_element.WhichOneof("type")) in ("button", "number_input"):
            element = getattr(delta.new_element, kind)
            self.inputs[element.label if kind == "button" else kind] = element.id
        part = delta.new_element.bidi_component
        if part.component_name == "news":
            self._news[part.id] = json.loads(part.mixed.json or part.json)
        drawn = control_of(delta, self.controls)
        if drawn is not None:
            self._drawn[drawn.id] = self.controls[drawn.id] = drawn

    def _finish(self, status: int) -> bool:
        """Forget what the page does not show any more; return whether nothing else follows."""
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            raise RuntimeError("a page could not be compiled")
        if status not in DONE:
            return False  # it begins anew by itself
        if not self._partly:
            self.controls = self._drawn
        used = self._run - _MESSAGE_AGE
        self._cached = {key: run for key, run in self._cached.items() if run > used}
        return True

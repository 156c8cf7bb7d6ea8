"""The two hosts of the parts: the dashboard, and a site of plain files from a disk or a server."""

import functools
import http.server
import threading
from contextlib import contextmanager
from pathlib import Path

from tests.dashboard.conftest import settle

# Where a part is: on which page of the dashboard, and in which element there.
PAGES = {
    "verdicts": ("story", ".st-key-story_wall"),
    "gallery": ("dark_knowledge", ".st-key-dark_knowledge_gallery"),
    "wall": ("offset", ".st-key-offset_wall"),
    "scene": ("learning", ".st-key-learning_scene"),
    "pad": ("draw", ".st-key-draw_pad"),
}
OPEN = "Open the pad"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A plain server of files, which writes no log."""

    def log_message(self, *_):
        pass


@contextmanager
def served(folder: Path):
    """Serve *folder* below a sub-path; yield the address of its page."""
    handler = functools.partial(Quiet, directory=str(folder.parents[1]))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        below = "/".join(folder.parts[-2:])
        yield f"http://127.0.0.1:{server.server_address[1]}/{below}/index.html"
        server.shutdown()


def open_part(page, address: str, key: str, part: str):
    """Open *part* of the run *key* at a host's *address*; return where it is, once it is drawn."""
    if not address.endswith(".html"):
        topic, place = PAGES[part]
        page.goto(f"{address}/{topic}?run={key}")
        settle(page)  # a part listens when its script has come
        return page.locator(place)
    page.goto(address)
    place = page.locator(f'[data-part="{part}"]')
    if part == "pad":
        page.get_by_role("button", name=OPEN).click()
    else:
        place.scroll_into_view_if_needed()
    page.locator(f'[data-part="{part}"][data-ready]').wait_for(state="attached")
    return place

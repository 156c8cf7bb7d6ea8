"""Links: what is in them and what is not, addresses that phones reach, the QR code read back."""

import base64
import io
import re
from types import SimpleNamespace
from urllib.parse import parse_qs, quote, unquote, urlsplit

import numpy as np
import pytest
from PIL import Image

from dashboard.classroom import addresses as views
from dashboard.classroom import links as share
from tests.dashboard.pages import open_page

zxingcpp = pytest.importorskip("zxingcpp", reason="needs zxing-cpp to read QR codes")


def test_a_link_holds_the_view_and_nothing_private():
    query = {"run": "student-x", "T": "4.5", "cell": "3-5", "tour": "2"}
    private = {"key": "secret", "voter": "ab", "embed": "true"}
    link = views.link("http://10.0.0.5:8501", "mistakes", {**query, **private})
    parts = urlsplit(link)
    assert (parts.netloc, parts.path) == ("10.0.0.5:8501", "/mistakes")
    assert parse_qs(parts.query) == {name: [value] for name, value in query.items()}
    assert views.link("http://a", "vote", {"key": "s"}) == "http://a/vote"


def test_what_is_special_in_addresses_survives():
    query = {"keep": "7,8", "word": "a b&c=d#é"}
    parts = urlsplit(views.link("http://a", "p", query))
    assert parse_qs(parts.query) == {name: [value] for name, value in query.items()}
    assert not parts.fragment


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("192.168.1.20", "http://192.168.1.20:8501"),
        (" 192.168.1.20:9000 ", "http://192.168.1.20:9000"),
        ("lab.example.org", "http://lab.example.org:8501"),
        ("https://lab.example.org", "https://lab.example.org"),
        ("https://lab.example.org/kd/", "https://lab.example.org/kd"),
        ("[fe80::1]:8501", "http://[fe80::1]:8501"),
        # As browsers write the paths of JupyterHub's users, and as people do
        ("https://hub.org/user/jane@uni.org/proxy/1/", "https://hub.org/user/jane@uni.org/proxy/1"),
        ("https://hub.org/user/jane%40uni.org", "https://hub.org/user/jane@uni.org"),
        ("https://hub.org/user/a+b/c%2fd%20e", "https://hub.org/user/a+b/c%2Fd%20e"),
        ("https://hub.org/user/j%C3%B6rg/100%25", "https://hub.org/user/j%C3%B6rg/100%25"),
        ("https://hub.org/100%", "https://hub.org/100%25"),
        ("https://hub.org/%2540", "https://hub.org/%2540"),
    ],
)
def test_addresses_are_completed(typed, base):
    assert views.checked_base(typed, 8501) == base


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "a b", "ftp://a", "javascript:alert(1)", "http://a:99999", "http://u:p@a"]
    + ["http://a/?q=1", "http://a/#x", "-a", "http://", "x" * 300, "a:b:c", '"><script>'],
)
def test_what_is_no_address_is_refused_with_an_example(typed):
    with pytest.raises(ValueError, match=re.escape("192.168.1.20:8501")) as refused:
        views.checked_base(typed, 8501)
    assert "<" not in str(refused.value)


@pytest.mark.parametrize("user", ["jane@uni.org", "a+b", "100% jörg", "c/d", "%40", "[x](y)"])
def test_below_a_proxy_the_links_lead_through_it(user, monkeypatch):
    """The container's own address, which no phone reaches, does not take the place."""
    base = f"https://hub.org/user/{quote(user, safe='')}/proxy/8501"
    context = SimpleNamespace(url=f"{base}/mistakes")
    monkeypatch.setattr(share.st, "context", context)
    monkeypatch.setitem(share.st.session_state, "page_name", "mistakes")
    link = views.link(share.offered()[0], "mistakes", {"cell": "3-5"})
    parts = urlsplit(link)
    assert parts.netloc == "hub.org"
    _, users, named, *rest = parts.path.split("/")
    assert (users, unquote(named), rest) == ("user", user, ["proxy", "8501", "mistakes"])
    assert views.checked_base(share.offered()[0]) == share.offered()[0]
    assert not set(link) & set("[]()<>* ")


def test_addresses_in_the_room_come_before_the_machines_own():
    addresses = ["127.0.0.1", "172.17.0.1", "192.168.1.20", "169.254.3.3", "0.0.0.0", "no"]
    assert views.bases("http://localhost:8501", addresses) == [
        "http://192.168.1.20:8501",
        "http://172.17.0.1:8501",
        "http://localhost:8501",
    ]
    # Who came by a name that works keeps it first.
    assert views.bases("https://lab.example.org", ["10.1.1.1"])[0] == "https://lab.example.org"


def test_what_phones_cannot_reach_is_said():
    for bound_to in ("127.0.0.1", "localhost", "::1"):
        assert "--server.address 0.0.0.0" in views.reach_warning("http://10.0.0.5", bound_to)
    assert "Only this machine" in views.reach_warning("http://localhost:8501", None)
    assert views.reach_warning("http://10.0.0.5:8501", None) == ""
    assert views.reach_warning("http://10.0.0.5:8501", "0.0.0.0") == ""


def picture_in(html):
    """Return the picture of an <img> with its data in its address."""
    data = re.search(r'src="data:image/png;base64,([^"]+)"', html)[1]
    return Image.open(io.BytesIO(base64.b64decode(data))).convert("L")


@pytest.mark.parametrize("query", [{}, {"run": "student-mnist-omit3-seed0-1f3a9c2e", "T": "20"}])
def test_the_qr_code_is_read_back(query):
    address = views.link("http://192.168.1.20:8501", "vote", query)
    html = share.qr_code(address)
    (found,) = zxingcpp.read_barcodes(np.array(picture_in(html)))
    assert found.text == address
    assert f'alt="QR code of {address.replace("&", "&amp;")}"' in html


def test_a_qr_code_cannot_smuggle_markup():
    assert "<b>" not in share.qr_code('http://a/"><b>')


def test_the_dialog_shows_the_views_own_link(small_store):
    page = open_page("mistakes", cell="8-8", key="secret")
    page.button(key="sidebar_share").click().run()
    assert not page.exception
    (address,) = [code.value for code in page.get("code") if "/mistakes" in code.value]
    asked = parse_qs(urlsplit(address).query)
    assert asked["cell"] == ["8-8"] and asked["run"] == [page.session_state["run_key"]]
    assert "secret" not in address


@pytest.mark.parametrize("where", ["tour", "dialog"])
def test_a_typed_address_is_checked_and_used(where, small_store):
    page = open_page("tour", step="3")  # the first question
    if where == "dialog":
        page.button(key="sidebar_share").click().run()
    page.selectbox(key=f"{where}_share_base").select("another address …").run()
    if where == "dialog":  # which a whole run closes here, a browser keeps it open
        page.button(key="sidebar_share").click().run()
    page.text_input(key=f"{where}_share_base_typed").input("a b").run()
    assert any("no address of this server" in w.value for w in page.warning)
    if where == "dialog":
        page.button(key="sidebar_share").click().run()
    page.text_input(key=f"{where}_share_base_typed").input("192.168.7.7:8599").run()
    assert page.session_state["share_base"] == "http://192.168.7.7:8599"
    page.run()
    assert 'alt="QR code of http://192.168.7.7:8599/vote?run=' in "".join(
        element.proto.body for element in page.main.get("html")
    )
    page.selectbox(key="tour_share_base").select_index(0).run()
    assert page.session_state["share_base"] != "http://192.168.7.7:8599"


def test_a_link_that_no_qr_code_holds_is_said(small_store):
    page = open_page("mistakes", word="x" * 5000)
    page.button(key="sidebar_share").click().run()
    assert not page.exception
    assert any("too long for a QR code" in info.value for info in page.info)

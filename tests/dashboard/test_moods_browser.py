"""A browser's other moods: translated, over plain http, in forced colours, on paper, enlarged.

What a page should tell is what it tells when it is opened at the same address untranslated.
"""

import io
import re

import pytest
from PIL import Image

from tests.dashboard.conftest import next_frame, settle
from tests.dashboard.test_phone import cut
from tests.dashboard.topics.mistakes.test_confusion_browser import shipped
from tests.dashboard.window import new_page

pytestmark = pytest.mark.browser
# As Google's translator does it: each text gives way to a <font> in a <font>, and whatever comes
# later, too. Formulas are left alone: in pieces they are not to be compared.
TRANSLATE = """() => {
    const inFont = inner => { const made = document.createElement('font');
        made.append(inner); return made; };
    const left = 'font, script, style, textarea, svg, .katex, [translate=no]';
    const put = root => {
        if (!root.isConnected) return;
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        const texts = root.nodeType === Node.TEXT_NODE ? [root] : [];
        while (walker.nextNode()) texts.push(walker.currentNode);
        for (const text of texts)
            if (text.data.trim() && !text.parentElement.closest(left))
                text.replaceWith(inFont(inFont(`¿${text.data}¿`)));
    };
    put(document.body);
    new MutationObserver(records => records.forEach(record =>
        [record.target, ...record.addedNodes].filter(node =>
            record.type === 'childList' ? node !== record.target : true).forEach(put)
    )).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""
TOLD = """() => [...document.querySelector('[data-testid="stMain"]')
    .querySelectorAll('p, li, h1, h2, h3, td, th')]
    .filter(e => e.checkVisibility()).map(e => { const copy = e.cloneNode(true);
        copy.querySelectorAll('.katex').forEach(formula => formula.remove());
        return copy.textContent.replaceAll('¿', ''); })"""
IN_FONTS = """() => document.querySelectorAll('[data-testid="stMain"] p font font').length"""
OF_RUN = '[data-testid="stSidebar"] [data-testid="stSelectbox"] input'
# Paper is narrower than the screen, and no script sees it: what is measured here is measured
# before an observer of sizes is told.
ON_PAPER = """parts => {
    const main = document.querySelector('[data-testid="stMainBlockContainer"]');
    main.style.cssText = 'width:620px;max-width:620px;zoom:1';
    const right = main.getBoundingClientRect().right;
    const inside = root => [...root.querySelectorAll('*')]
        .flatMap(e => e.shadowRoot ? [e, ...inside(e.shadowRoot)] : [e]);
    const beyond = inside(main).filter(e => e.matches(parts)
        && e.getBoundingClientRect().right > right + 1).map(e => e.outerHTML.slice(0, 80));
    main.style.cssText = '';
    return beyond;
}"""


@pytest.mark.parametrize("view", ["mistakes", "dark_knowledge"])
def test_a_translated_page_tells_the_numbers_of_the_run_it_shows(view, server, tab):
    tab.goto(f"{server}/{view}?run={shipped('mnist')}")
    settle(tab)
    tab.evaluate(TRANSLATE)
    before = tab.evaluate(TOLD)
    tab.locator(OF_RUN).first.click()
    tab.get_by_role("option").filter(has_text="digits").first.click()
    settle(tab)
    told, translated, address = tab.evaluate(TOLD), tab.evaluate(IN_FONTS), tab.url
    tab.goto("about:blank")
    tab.goto(address)
    settle(tab)
    assert told == tab.evaluate(TOLD)
    assert told != before
    assert translated > 5  # the translator took up the new sentences, too
    assert tab.locator("code", has_text=re.compile(r"\bNone\b")).count() == 0


def test_over_plain_http_links_are_copied_and_dark_charts_saved(server, browser, tmp_path):
    page = new_page(browser)
    page.emulate_media(color_scheme="dark")
    page.goto(f"{server.replace('127.0.0.1', 'lecture.example')}/mistakes")
    settle(page)
    assert not page.evaluate("isSecureContext")
    ground = page.eval_on_selector(".stApp", "e => getComputedStyle(e).backgroundColor")
    page.hover('[data-testid="stVegaLiteChart"] >> nth=0')
    for kind in ("PNG", "SVG"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"Download as {kind}").first.click()
        name = waiting.value.suggested_filename
        assert name.startswith("mistakes-held-out-threes-called-something-else")
        assert name.endswith(f".{kind.lower()}")
        waiting.value.save_as(tmp_path / kind)
    corner = Image.open(tmp_path / "PNG").convert("RGBA").getpixel((0, 0))
    assert corner[3] == 255
    assert ground == f"rgb{corner[:3]}"
    assert f'height="378" fill="{ground}"' in (tmp_path / "SVG").read_text()

    page.get_by_role("button", name="Link and QR code").click()
    code = page.locator('[role="dialog"] [data-testid="stCode"]')
    code.hover()
    code.get_by_role("button").click()
    code.get_by_role("button", name="Copied").wait_for()
    page.evaluate("""() => { const made = document.createElement('textarea');
        document.querySelector('[role="dialog"]').append(made); made.focus(); }""")
    page.keyboard.press("Control+V")
    address = code.inner_text()
    assert "lecture.example" in address
    assert page.input_value("textarea") == address
    # Where a browser forbids that, too, it says so, and the link stands selected.
    page.evaluate("() => { document.execCommand = () => false; }")
    code.get_by_role("button", name="Copied").wait_for(state="detached")
    code.hover()
    code.get_by_role("button").click()
    page.get_by_text("does not let a button copy").wait_for()
    assert page.evaluate("() => getSelection().toString()") == address
    page.context.close()


def is_seen(part) -> bool:
    """Return whether *part* is drawn at both ends of its middle line."""
    picture = Image.open(io.BytesIO(part.screenshot(animations="disabled"))).convert("RGB")
    middle = picture.height // 2
    ends = [picture.getpixel((int(picture.width * share), middle)) for share in (0.06, 0.94)]
    return all(end not in ((255, 255, 255), (0, 0, 0)) for end in ends)


def test_forced_colours_paper_and_zoom_take_nothing_away(server, tab):
    tab.goto(f"{server}/offset")
    settle(tab)
    tab.emulate_media(forced_colors="active")
    assert is_seen(tab.locator("input.range"))
    tab.emulate_media(forced_colors="none", media="print")
    assert not tab.locator('[data-testid="stSidebar"]').is_visible()
    assert tab.evaluate(ON_PAPER, "canvas, .mark, .count") == []
    assert tab.pdf(format="A4").startswith(b"%PDF")

    tab.emulate_media(media="screen")
    tab.goto(f"{server}/draw")
    settle(tab)
    tab.emulate_media(forced_colors="active")
    assert is_seen(tab.locator('.vega-bind input[type="range"]'))
    assert is_seen(tab.locator('.bar[data-share^="0.9"]').first)
    tab.emulate_media(forced_colors="none")
    for size in ({"width": 640, "height": 360}, {"width": 320, "height": 256}):  # 200 %, 400 %
        tab.set_viewport_size(size)
        next_frame(tab)
        settle(tab)
        assert cut(tab) == []

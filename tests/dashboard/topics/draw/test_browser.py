"""The pad in real Chromium: mouse, touch, keyboard, tools, sliders, what is sent and what not."""

import base64
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from dashboard.parts.pad import part as component
from dashboard.topics.draw import figures, morph
from dashboard.topics.draw import strokes as read
from kdengine.data import datasets, drawing, mnist_files
from kdengine.nets import forward
from kdengine.offsets import evaluation, thresholds
from kdengine.store import runs as store
from tests.dashboard.conftest import KEY, settle
from tests.dashboard.topics.mistakes.test_confusion_browser import usual

pytestmark = pytest.mark.browser

PAINTING = Path(component.__file__).with_name("painting.js").read_text(encoding="utf-8")
THREE = [(9, 7), (14, 5), (18, 8), (13, 12), (18, 16), (15, 21), (9, 20)]
NAMES = ["Teacher", "Hard-label student", "Student", "Student + offset"]
KINDS = ("teacher", "baseline", "student", "student")
SHARES = """() => {
    const all = [...document.querySelectorAll('*')].find(
        e => e.shadowRoot && e.shadowRoot.querySelector('.digit-pad')).shadowRoot;
    return [...all.querySelectorAll('.network')].map(
        n => [...n.querySelectorAll('.bar')].map(b => b.dataset.share)).filter(s => s[0] !== '');
}"""
MORPH_SLIDER = '.st-key-draw_picture input[type="range"]'


def open_page(tab, server, query="?image=empty"):
    """Open the page and wait for the pad."""
    tab.goto(f"{server}/draw{query}")
    tab.wait_for_selector("canvas.pad")
    settle(tab)
    tab.wait_for_selector(MORPH_SLIDER)


def asked(tab) -> dict[str, str]:
    """Return what the address asks for."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(tab.url).query).items()}


def run_of(tab) -> str:
    """Return the key of the run shown; the usual one is not in the address."""
    return asked(tab).get("run", usual())


def on_screen(tab, point):
    """Return where on the screen a point of the pad is, given in its pixels."""
    box = tab.locator("canvas.pad").bounding_box()
    return box["x"] + box["width"] * point[0] / 28, box["y"] + box["height"] * point[1] / 28


def stroke(tab, *points):
    """Draw a line through *points* with the mouse."""
    tab.mouse.move(*on_screen(tab, points[0]))
    tab.mouse.down()
    for point in points[1:]:
        tab.mouse.move(*on_screen(tab, point), steps=4)
    tab.mouse.up()


def answered(tab, action):
    """Do *action* and return the shares on the page once they have changed."""
    before = tab.evaluate(SHARES)
    action()
    tab.wait_for_function(f"before => JSON.stringify(({SHARES})()) !== before", arg=to_json(before))
    settle(tab)
    return tab.evaluate(SHARES)


def to_json(shares) -> str:
    """Return *shares* as JavaScript writes them."""
    return str(shares).replace("'", '"').replace(" ", "")


def pixels_of(tab) -> np.ndarray:
    """Return the grey values on the pad."""
    values = tab.locator("canvas.pad").evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 == 0)"
    )
    return np.array(values, dtype=np.uint8).reshape(28, 28)


def weights_of(tab) -> dict:
    """Return the weights of the run on the page, by role."""
    student = store.load(run_of(tab))
    (baseline,) = [
        entry.key
        for entry in store.list_runs()
        if entry.config is not None
        and entry.config.kind == "baseline"
        and entry.config.dataset == student.config.dataset
        and entry.metrics["recipe"] == student.metrics["recipe"]
        and "shipped" in entry.path.parts
    ]
    keys = {"teacher": student.config.teacher, "baseline": baseline, "student": student.key}
    return {role: store.load_weights(key) for role, key in keys.items()}


def invited(tab) -> str:
    """Return what stands on the pad; empty if nothing does."""
    invite = tab.locator(".invite")
    return invite.inner_text() if invite.is_visible() else ""


def assert_engine_agrees(tab, temperature=1.0):
    """Compare all forty probabilities on the page with the engine's for the same pixels."""
    offset = float(tab.locator("input.offset").input_value())
    image = pixels_of(tab)
    if "drawing" in asked(tab):  # a picture as it is gets the answers of other pages
        image = drawing.to_mnist_form(image)
    weights, shares = weights_of(tab), tab.evaluate(SHARES)
    assert len(shares) == 4
    for place, kind in enumerate(KINDS):
        logits = forward.logits(weights[kind], [image])
        if place == 3:
            logits = thresholds.apply_offsets(logits, [3], [offset])
        expected = evaluation.softmax(logits, temperature)[0]
        np.testing.assert_allclose(np.array(shares[place], dtype=float), expected, atol=1e-4)
        panel = tab.locator(".network").nth(place)
        assert panel.locator(".said").inner_text() == str(expected.argmax())
        assert panel.locator(".mass").inner_text().startswith("on 3: ")


def test_a_three_drawn_with_the_mouse_is_answered_at_every_stroke(server, tab):
    open_page(tab, server)
    assert tab.evaluate(SHARES) == [] and invited(tab) == "Draw a 3 here"
    seen = []
    for start, end in zip(THREE[:-1], THREE[1:], strict=True):
        seen.append(str(answered(tab, lambda s=start, e=end: stroke(tab, s, e))))
        assert_engine_agrees(tab)
    assert len(set(seen)) == 6 and invited(tab) == ""
    assert tab.locator(".network h2").all_inner_texts() == NAMES
    said = tab.locator(".said").all_inner_texts()
    spoken = tab.locator(".spoken").text_content()
    assert all(f"{name}: {digit}, " in spoken for name, digit in zip(NAMES, said, strict=True))
    assert np.array_equal(read.decode(asked(tab)["drawing"]), pixels_of(tab))


def test_a_stroke_is_one_message_and_its_link_shows_the_same(server, tab):
    open_page(tab, server)
    before = len(tab.sent)
    shares = answered(tab, lambda: stroke(tab, *THREE))
    assert len(tab.sent) - before == 1
    picture, link = pixels_of(tab), tab.url
    tab.goto("about:blank")
    tab.goto(link)
    tab.wait_for_selector("canvas.pad")
    settle(tab)
    assert np.array_equal(pixels_of(tab), picture)
    assert tab.evaluate(SHARES) == shares


def test_a_pad_full_of_ink_is_answered_with_a_word_of_caution(server, tab):
    full = read.encode(np.full((28, 28), 255, dtype=np.uint8))
    open_page(tab, server, f"?drawing={full}")
    assert "100\u00a0% of the pad is ink" in tab.locator(".notice").inner_text()
    assert_engine_agrees(tab)


def test_undo_clear_and_eraser(server, tab):
    open_page(tab, server)
    tool = {name: tab.get_by_role("button", name=name, exact=True) for name in ("Undo", "Clear")}
    assert tool["Undo"].is_disabled() and tool["Clear"].is_disabled()
    first = answered(tab, lambda: stroke(tab, (8, 5), (8, 22)))
    one = pixels_of(tab)
    second = answered(tab, lambda: stroke(tab, (8, 14), (20, 14)))
    both = pixels_of(tab)
    assert answered(tab, tool["Undo"].click) == first
    assert np.array_equal(pixels_of(tab), one)
    assert answered(tab, lambda: stroke(tab, (8, 14), (20, 14))) == second
    eraser = tab.get_by_role("button", name="Eraser", exact=True)
    eraser.click()
    assert eraser.get_attribute("aria-pressed") == "true"
    answered(tab, lambda: stroke(tab, (20, 14), (15, 14)))
    erased = pixels_of(tab)
    assert (erased <= both).all() and erased[13:15, 15:20].max() == 0 and erased[10, 8] > 0
    assert_engine_agrees(tab)
    assert answered(tab, tool["Clear"].click) == []
    assert not pixels_of(tab).any() and invited(tab) == "Draw a 3 here"
    answered(tab, tool["Undo"].click)
    assert np.array_equal(pixels_of(tab), erased)


def test_the_keyboard_draws(server, tab):
    open_page(tab, server)
    tab.locator("canvas.pad").focus()
    for key in ["ArrowLeft"] * 3 + ["ArrowUp"] * 8:
        tab.keyboard.press(key)
    assert tab.locator(".cursor").is_visible() and not pixels_of(tab).any()
    answered(tab, lambda: tab.keyboard.press("Space"))
    dot = pixels_of(tab)
    assert np.unravel_index(dot.argmax(), dot.shape) in ((5, 10), (5, 11), (6, 10), (6, 11))
    assert 3 < np.count_nonzero(dot) < 20
    before = len(tab.sent)

    def line():
        tab.keyboard.down("Space")
        for _ in range(14):
            tab.keyboard.press("ArrowDown")
        assert len(tab.sent) == before
        tab.keyboard.up("Space")

    answered(tab, line)
    assert (pixels_of(tab)[6:20, 10] > 200).all()
    assert_engine_agrees(tab)


def thumb(tab, name, share):
    """Return where a slider of the pad has to be pressed for a *share* of its way."""
    box = tab.locator(f"input.{name}").bounding_box()
    return box["x"] + 8 + (box["width"] - 16) * share, box["y"] + box["height"] / 2


@pytest.mark.parametrize("name", ["temperature", "offset"])
def test_sliders_move_the_bars_in_the_browser_without_a_rerun(server, tab, name):
    open_page(tab, server)
    answered(tab, lambda: stroke(tab, *THREE))
    slider = tab.locator(f"input.{name}")
    low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
    at = (float(slider.input_value()) - low) / (high - low)
    tab.mouse.move(*thumb(tab, name, at))
    tab.mouse.down()
    before, pictures = len(tab.sent), set()
    for step in range(1, 31):
        tab.mouse.move(*thumb(tab, name, at + (0.9 - at) * step / 30))
        pictures.add(str(tab.evaluate(SHARES)))
    assert len(tab.sent) == before and len(pictures) >= 25
    value = float(slider.input_value())
    assert_engine_agrees(tab, value if name == "temperature" else 1.0)
    tab.mouse.up()
    parameter = "T" if name == "temperature" else name
    tab.wait_for_function(
        "name => new URLSearchParams(location.search).get(name) !== null", arg=parameter
    )
    settle(tab)
    assert float(asked(tab)[parameter]) == pytest.approx(value, abs=0.01)
    assert float(slider.input_value()) == pytest.approx(value, abs=0.01)
    if name == "offset":
        tab.get_by_role("button", name="Reset").click()
        tab.wait_for_function("() => !location.search.includes('offset=')")
        settle(tab)
        assert float(slider.input_value()) == pytest.approx(low + (high - low) * at)
    else:
        assert f"At T = {value:.1f}: " in tab.locator(".spoken").text_content()


TEACHERS = f"() => JSON.stringify((({SHARES})())[0])"


@pytest.mark.parametrize(("name", "goal"), [("offset", 6.0), ("temperature", 30.0)])
def test_an_answer_leaves_a_slider_that_is_held_where_it_is(server, tab, name, goal):
    open_page(tab, server)
    answered(tab, lambda: stroke(tab, (8, 5), (8, 22)))
    answered(tab, lambda: stroke(tab, (8, 14), (20, 14)))
    slider = tab.locator(f"input.{name}")
    low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
    tab.mouse.move(*thumb(tab, name, (float(slider.input_value()) - low) / (high - low)))
    tab.mouse.down()
    tab.mouse.move(*thumb(tab, name, (goal - low) / (high - low)), steps=5)
    held, before = slider.input_value(), tab.evaluate(TEACHERS)
    assert float(held) == pytest.approx(goal, abs=(high - low) / 100)
    # The teacher's shares know no offset: when they change, the answer has come.
    tab.get_by_role("button", name="Undo").evaluate("button => button.click()")
    tab.wait_for_function(f"before => ({TEACHERS})() !== before", arg=before)
    settle(tab)
    assert slider.input_value() == held
    assert_engine_agrees(tab, 1.0 if name == "offset" else float(held))
    tab.mouse.up()
    parameter = "T" if name == "temperature" else name
    tab.wait_for_function("name => new URLSearchParams(location.search).has(name)", arg=parameter)
    settle(tab)
    assert float(slider.input_value()) == pytest.approx(float(held), abs=0.05)
    assert float(asked(tab)[parameter]) == pytest.approx(float(held), abs=0.05)


def test_a_picture_to_alter_comes_with_its_button_and_undo_brings_the_drawing_back(server, tab):
    open_page(tab, server)
    answered(tab, lambda: stroke(tab, *THREE))
    drawn = pixels_of(tab)
    idea = tab.get_by_role("button", name=re.compile("^Turn this . into a 3$")).first
    answered(tab, idea.click)
    assert "drawing" not in asked(tab) and asked(tab)["image"].isdigit()
    begun = pixels_of(tab)
    assert begun.any() and not np.array_equal(begun, drawn)
    assert_engine_agrees(tab)
    digit = re.search(r"this (\d)", idea.get_attribute("title")).group(1)
    assert tab.locator(".said").first.inner_text() == digit
    assert invited(tab) == "Add strokes or erase some until they say 3"
    answered(tab, lambda: stroke(tab, (3, 3), (3, 8)))
    assert invited(tab) == ""
    answered(tab, tab.get_by_role("button", name="Undo").click)
    assert np.array_equal(pixels_of(tab), begun)
    answered(tab, tab.get_by_role("button", name="Undo").click)
    assert np.array_equal(pixels_of(tab), drawn)


def test_a_drawing_outlives_a_visit_to_another_page(server, tab):
    open_page(tab, server)
    answered(tab, lambda: stroke(tab, *THREE))
    drawn = pixels_of(tab)
    tab.get_by_role("link", name="Mistakes").click()
    tab.wait_for_url(re.compile("/mistakes"))
    settle(tab)
    tab.get_by_role("link", name="Draw your own").click()
    tab.wait_for_selector("canvas.pad")
    settle(tab)
    assert np.array_equal(pixels_of(tab), drawn)
    assert_engine_agrees(tab)


def forge(tab, report):
    """Let the pad report what the JavaScript *report* says in place of its pixels."""
    tab.evaluate(
        f"""() => {{
            const real = Array.real ??= Array.from;
            Array.from = (from, ...rest) => from instanceof Uint8Array && from.length === 784
                ? {report} : real.call(Array, from, ...rest);
        }}"""
    )


def test_a_hand_made_report_gets_a_message_and_loses_nothing(server, tab):
    open_page(tab, server)
    shares = answered(tab, lambda: stroke(tab, *THREE))
    for report in ("[1, 2, 3]", "Array(784).fill(999)", "'x'", "Array(784)"):
        before = len(tab.sent)
        forge(tab, report)
        stroke(tab, (3, 3), (3, 5))
        while len(tab.sent) == before:
            tab.wait_for_timeout(20)
        settle(tab)
        tab.get_by_text(re.compile("the drawing|no drawing")).wait_for()
        assert tab.evaluate(SHARES) == shares, report
        assert tab.locator('[data-testid="stException"]').count() == 0


def test_the_morphs_slider_moves_in_the_browser_and_agrees_with_the_engine(server, tab):
    open_page(tab, server, "?image=empty&first=3&last=18&digit=3&T=2")
    slider = tab.locator(MORPH_SLIDER)
    slider.scroll_into_view_if_needed()
    settle(tab)
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + box["width"] / 2, middle)
    tab.mouse.down()
    before, readouts = len(tab.sent), set()
    for step in range(20):
        tab.mouse.move(box["x"] + box["width"] * (0.5 + 0.02 * step), middle)
        tab.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        readouts.add(tab.inner_text(".st-key-draw_picture .vega-bind"))
    assert len(tab.sent) == before and len(readouts) >= 10
    tab.mouse.up()
    way = float(slider.input_value())
    shown = store.load(run_of(tab))
    weights = weights_of(tab)
    images = gallery_images(shown.config.dataset)
    offset = float(tab.locator("input.offset").input_value())
    table = morph.table(weights, (images[3], images[18]), 2.0, 3, offset)
    curve = morph.curves(table, 3)
    texts = " ".join(tab.locator(".st-key-draw_picture svg text").all_text_contents())
    for role in figures.NETWORKS.values():
        at = curve[(curve["role"] == role) & np.isclose(curve["way"], way)].iloc[0]
        share = 100 * at["probability"]
        shown_share = "<1" if share < 0.5 else ">99" if share > 99.5 else f"{share:.0f}"
        assert f"{role}: {shown_share} %, answers {at['answer']:.0f}" in texts


def test_the_morphs_slider_stays_in_the_hand_when_its_curves_change(server, tab):
    open_page(tab, server, "?image=empty&first=3&last=18&digit=3")
    slider = tab.locator(MORPH_SLIDER)
    slider.scroll_into_view_if_needed()
    settle(tab)
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    texts = ".st-key-draw_picture svg text"
    tab.mouse.move(box["x"] + 0.5 * box["width"], middle)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.8 * box["width"], middle, steps=4)
    held, before = slider.input_value(), tab.locator(texts).all_text_contents()
    assert float(held) == pytest.approx(0.8, abs=0.05)
    tab.locator("input.temperature").evaluate(
        "e => { e.value = 9; for (const n of ['input', 'change']) e.dispatchEvent(new Event(n)) }"
    )
    tab.wait_for_function(
        f"before => [...document.querySelectorAll('{texts}')].map(e => e.textContent).join() "
        "!== before",
        arg=",".join(before),
    )
    settle(tab)
    assert slider.input_value() == held
    tab.mouse.move(box["x"] + 0.3 * box["width"], middle, steps=4)
    assert float(slider.input_value()) == pytest.approx(0.3, abs=0.05)
    tab.mouse.up()


def gallery_images(dataset) -> np.ndarray:
    """Return the images that the page begins with on this machine."""
    has_own = dataset != "mnist" or mnist_files.present()
    images = datasets.load(dataset if has_own else "digits").test_images
    return images if has_own else np.array([drawing.to_mnist_form(image) for image in images])


@pytest.fixture
def phone(browser):
    """A tab of a phone's size that takes touches."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    yield page
    context.close()


def test_on_a_phone_a_finger_draws_and_nothing_scrolls(server, phone):
    open_page(phone, server, "?image=empty")
    box = phone.locator("canvas.pad").bounding_box()
    assert 0 <= box["x"] and box["x"] + box["width"] <= 390 and box["width"] >= 220
    assert box["y"] + box["height"] <= 844
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert phone.locator('[data-testid="stMain"]').evaluate("e => e.scrollWidth") <= 390
    for panel in phone.locator(".network").all():
        place = panel.bounding_box()
        assert 0 <= place["x"] and place["x"] + place["width"] <= 390
    before = phone.locator("canvas.pad").bounding_box()["y"]
    touch = phone.context.new_cdp_session(phone)

    def draw():
        for place, point in enumerate(THREE):
            x, y = on_screen(phone, point)
            touch.send(
                "Input.dispatchTouchEvent",
                {
                    "type": "touchMove" if place else "touchStart",
                    "touchPoints": [{"x": x, "y": y}],
                },
            )
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    answered(phone, draw)
    assert pixels_of(phone)[6:21].any(axis=1).all()
    assert_engine_agrees(phone)
    lead_moves = phone.locator("canvas.pad").bounding_box()["y"] - before
    scrolled = phone.locator('[data-testid="stMain"]').evaluate("e => e.scrollTop")
    assert scrolled == 0 and abs(lead_moves) < 200
    heads = phone.locator(".said").last.bounding_box()
    assert heads["y"] + heads["height"] <= 844
    # A picture to begin with brings the pad back into sight and says what to do.
    phone.set_viewport_size({"width": 390, "height": 500})
    start = phone.get_by_role("button", name=re.compile("^Turn this")).first
    start.scroll_into_view_if_needed()
    phone.locator('[data-testid="stMain"]').evaluate("e => e.scrollBy(0, 260)")
    answered(phone, start.click)
    box = phone.locator("canvas.pad").bounding_box()
    assert box["y"] >= 60 and invited(phone).startswith("Add strokes")


# The class's drawings

GALLERY = ".st-key-draw_gallery img"


def offered(phone):
    """Wait for the button that shows a drawing to the class, and return it."""
    button = phone.locator("button.offer")
    button.wait_for()
    settle(phone)
    return button


def expected_alt(tab, pixels) -> str:
    """Return what the gallery has to say of a drawing, by the engine."""
    weights, told = weights_of(tab), []
    offset = float(tab.locator("input.offset").input_value())
    for name, kind in (
        ("teacher", "teacher"),
        ("student", "student"),
        ("student + offset", "student"),
    ):
        logits = forward.logits(weights[kind], [drawing.to_mnist_form(pixels)])[0]
        logits[3] += offset if "offset" in name else 0
        told.append(f"{name}: {logits.argmax()}")
    return "A drawing. " + "; ".join(told)


def test_the_class_shows_drawings_on_the_presenters_page_when_it_is_asked(
    keyed_server, tab, phones
):
    tab.goto(f"{keyed_server}/draw?key={KEY}")
    settle(tab)
    for phone in phones:
        open_page(phone, keyed_server)
        assert not phone.locator("button.offer").is_visible()
        assert phone.get_by_text("Collect drawings from phones").count() == 0
    tab.get_by_text("Collect drawings from phones").click()
    tab.get_by_text("No drawing yet").wait_for()
    first, second = phones
    assert offered(first).is_disabled()
    answered(first, lambda: stroke(first, *THREE))
    answered(second, lambda: stroke(second, (8, 5), (20, 22)))
    for phone in phones:
        offered(phone).click()
        phone.get_by_text("The class sees it").wait_for()
    pictures = tab.locator(GALLERY)
    pictures.nth(1).wait_for()
    assert [picture.get_attribute("alt") for picture in pictures.all()] == [
        expected_alt(tab, pixels_of(phone)) for phone in (second, first)
    ]
    box = pictures.first.bounding_box()
    assert box["width"] >= 150 and box["y"] + box["height"] < 720
    # Garbage is refused, and a second drawing takes the first one's place.
    answered(first, lambda: stroke(first, (3, 3), (3, 8)))
    forge(first, "Array(784).fill(999)")
    offered(first).click()
    first.get_by_text("outside 0 to 255").wait_for()
    assert pictures.count() == 2
    first.evaluate("() => { Array.from = Array.real; }")
    offered(first).click()
    first.get_by_text("The class sees it").wait_for()
    tab.wait_for_function(
        "([all, alt]) => document.querySelectorAll(all)[0].alt === alt",
        arg=[GALLERY, expected_alt(tab, pixels_of(first))],
    )
    assert pictures.count() == 2
    # Viewers see the gallery if it is shown to them, and can remove nothing.
    assert second.locator(GALLERY).count() == 0
    tab.get_by_text("Show them on all phones").click()
    second.locator(GALLERY).nth(1).wait_for()
    assert second.get_by_role("button", name="Remove").count() == 0
    assert second.evaluate("document.documentElement.scrollWidth") <= 390
    settle(tab)
    tab.get_by_role("button", name="Remove").first.click()
    for page in (tab, second):
        page.wait_for_function("all => document.querySelectorAll(all).length === 1", arg=GALLERY)
    tab.get_by_text("Collect drawings from phones").click()
    for phone in phones:
        phone.locator("button.offer").wait_for(state="hidden")
        phone.locator(GALLERY).first.wait_for(state="detached")
    assert pictures.count() == 0


# The pad's arithmetic


def in_browser(tab, expression):
    """Return what an expression over the names of painting.js is worth in Chromium."""
    source = base64.b64encode(PAINTING.encode()).decode()
    return tab.evaluate(
        f"import('data:text/javascript;base64,{source}').then("
        "({ paint, pressed, Sheet, probabilities, percent, fine, signed }) => "
        f"{expression})"
    )


def painted(tab, start, end, radius) -> np.ndarray:
    """Return what painting.js makes of one segment on a blank sheet."""
    points = [f"{{x: {x}, y: {y}}}" for x, y in (start, end)]
    values = in_browser(
        tab,
        "(() => { const p = new Uint8Array(784); "
        f"paint(p, {points[0]}, {points[1]}, {radius}, false); return [...p] }})()",
    )
    return np.array(values).reshape(28, 28)


def covered(start, end, radius, fine=16) -> np.ndarray:
    """Return the share of each pixel within *radius* of the segment, by counting points."""
    middle = (np.arange(28 * fine) + 0.5) / fine
    x, y = np.meshgrid(middle, middle)
    (x0, y0), (x1, y1) = start, end
    length = (x1 - x0) ** 2 + (y1 - y0) ** 2
    along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / (length or 1)
    along = np.clip(along, 0, 1)
    inside = np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)) <= radius
    return inside.reshape(28, fine, 28, fine).mean(axis=(1, 3))


@pytest.mark.parametrize(
    ("start", "end", "radius"),
    [
        ((5, 6), (20, 6), 1.15),
        ((14, 3.3), (14.2, 24), 1.15),
        ((4, 5), (23, 19), 1.15),
        ((10, 10), (10, 10), 3.0),
        ((0, 0), (28, 28), 2.0),
    ],
)
def test_a_stroke_covers_what_counting_points_finds(tab, start, end, radius):
    found = painted(tab, start, end, radius) / 255
    expected = covered(start, end, radius)
    # An edge that crosses a pixel askew is taken for a straight one: a tenth of a pixel at most.
    assert np.abs(found - expected).max() < 0.14
    assert found.sum() == pytest.approx(expected.sum(), rel=0.03)
    assert ((0 < found) & (found < 1)).any()


def test_erasing_undoes_painting_and_touches_nothing_else(tab):
    values = in_browser(
        tab,
        "(() => { const p = new Uint8Array(784).fill(90); p[0] = 200; "
        "paint(p, {x: 9, y: 9}, {x: 20, y: 9}, 1.2, false); const drawn = [...p]; "
        "paint(p, {x: 9, y: 9}, {x: 20, y: 9}, 2.5, true); return [drawn, [...p]] })()",
    )
    drawn, erased = (np.array(v).reshape(28, 28) for v in values)
    assert drawn[8, 9:20].tolist() == [255] * 11 and drawn[9, 9:20].tolist() == [255] * 11
    assert erased[8:10, 9:20].max() == 0
    assert (drawn[14:] == 90).all() and (erased[14:] == 90).all() and erased[0, 0] == 200


def test_only_a_pen_that_reports_pressure_changes_the_stroke(tab):
    found = in_browser(
        tab,
        "[['pen', 0.1], ['pen', 0.5], ['pen', 1], ['pen', 0], ['mouse', 0.5], ['touch', 1]]"
        ".map(([pointerType, pressure]) => pressed(1, {pointerType, pressure}))",
    )
    assert found == pytest.approx([0.64, 1.0, 1.45, 1, 1, 1])


def test_undo_goes_back_step_by_step(tab):
    found = in_browser(
        tab,
        "(() => { const s = new Sheet(new Uint8Array(784)); const seen = []; "
        "for (let i = 1; i < 100; i++) { s.begin(); s.pixels[0] = i } "
        "while (s.undo()) seen.push(s.pixels[0]); return [seen, s.blank] })()",
    )
    assert found == [list(range(98, 38, -1)), False]


@pytest.mark.parametrize(("temperature", "offset"), [(1, 0), (4.3, 2.5), (50, -3.1)])
def test_probabilities_equal_the_engines(tab, temperature, offset):
    logits = np.random.default_rng(8).normal(0, 300, 10)
    found = in_browser(tab, f"probabilities({logits.tolist()}, {temperature}, 3, {offset})")
    expected = evaluation.softmax(
        thresholds.apply_offsets(logits[None], [3], [offset]), temperature
    )
    np.testing.assert_allclose(found, expected[0], atol=1e-6)


def test_numbers_are_written_so_that_nothing_rounds_to_zero_or_certainty(tab):
    shares = [0, 0.004, 0.006, 0.5, 0.994, 0.996, 1]
    assert in_browser(tab, f"{shares}.map(percent)") == [
        *("<1 %", "<1 %", "1 %", "50 %", "99 %", ">99 %", ">99 %")
    ]
    shares = [1e-8, 0.00000123, 0.000456, 0.0312, 0.0999, 0.5, 0.9997]
    assert in_browser(tab, f"{shares}.map(fine)") == [
        *("<0.0001 %", "0.00012 %", "0.046 %", "3.1 %", "10.0 %", "50.0 %", ">99.9 %")
    ]
    assert in_browser(tab, "[1.504, -2, 0].map(signed)") == ["+1.50", "−2.00", "+0.00"]

"""Text is told from its ground by 4.5:1, marks and the focus by 3:1, in light and in dark.

The grounds of Streamlit's own two themes are theirs; axe-core and `accessibility.pale` measure
the same in a browser.
"""

import re
import tomllib
from itertools import product
from pathlib import Path

import pytest

from dashboard.charting import theme
from dashboard.core import roles, show

ROOT = Path(__file__).resolve().parents[3]
PARTS = ROOT / "dashboard" / "parts"
TEXT, MARK = 4.5, 3.0
GROUNDS = {"light": "#FFFFFF", "dark": "#171614"}
STREAMLITS = {
    "light": {"background": "#FFFFFF", "secondary-background": "#F0F2F6", "text": "#31333F"},
    "dark": {"background": "#171614", "secondary-background": "#262522", "text": "#EDEBE8"},
}
COLOURS = (*(role.colour for role in roles.ROLES.values()), *roles.IN_DARK)
ON = {".invite": "#000"}  # what lies on another ground than the page's: here the pad
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def luminance(colour):
    """Return the relative luminance of ``#rgb`` or ``#rrggbb`` (WCAG 2.2, 1.4.3)."""
    digits = colour.lstrip("#")
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """Return the contrast of two colours, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def primary(mode):
    """Return the colour of buttons, sliders and the focus."""
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    return settings["theme"][mode]["primaryColor"]


def pale(colours, in_dark, mode):
    """Return the roles' colours that are not to be read as text on the ground of *mode*."""
    used = [in_dark[colour] for colour in colours] if mode == "dark" else colours
    return [colour for colour in used if contrast(colour, GROUNDS[mode]) < TEXT]


def rules(text):
    """Yield selector and declarations of each rule of a style sheet that sets a colour."""
    for selector, body in RULE.findall(re.sub(r"/\*.*?\*/", "", text, flags=re.S)):
        pairs = (line.partition(":") for line in body.split(";"))
        yield selector.strip(), {name.strip(): value.strip() for name, _, value in pairs}


def resolved(value, mode, palette):
    """Return what a colour in a style sheet is in *mode*; None for what is no fixed colour."""
    name = re.fullmatch(r"var\(--(st-)?([a-z-]+?)(-color)?(, .*)?\)", value)
    if name:
        return (palette[mode] if name[1] else {}).get(name[2])
    both = re.fullmatch(r"light-dark\((#\w+), (#\w+)\)", value)
    if both:
        return both[("light", "dark").index(mode) + 1]
    return value if re.fullmatch(r"#\w{3,6}", value) else None


def unreadable(text, primaries):
    """Return the rules whose text stands out too little from their own ground, or the page's."""
    palette = {mode: {**STREAMLITS[mode], "primary": primaries[mode]} for mode in GROUNDS}
    found = []
    for (selector, said), mode in product(rules(text), GROUNDS):
        ink, ground = (said.get(name, "") for name in ("color", "background"))
        colours = [
            resolved(ink, mode, palette) or palette[mode]["text"],
            resolved(ground, mode, palette) or ON.get(selector, GROUNDS[mode]),
        ]
        writes = ink not in ("", "inherit") or ("background" in said and "font" in said)
        if writes and contrast(*colours) < TEXT:
            found.append(f"{selector}: {colours} in {mode}")
    return found


def test_contrast_is_that_of_the_standard():
    """Black on white is 21; the grey #767676 is known as the palest to be read on white."""
    assert contrast("#000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#777777", "#fff") < TEXT


@pytest.mark.parametrize("mode", GROUNDS)
def test_each_roles_colour_can_be_read(mode):
    assert roles.IN_DARK.keys() == {*COLOURS}
    assert pale(COLOURS, roles.IN_DARK, mode) == []
    text, _, ground = theme.DARK if mode == "dark" else theme.LIGHT
    assert ground == GROUNDS[mode]
    assert contrast(text, ground) >= TEXT
    # The browser's parts have one colour for both: marks, and white pictures on what is right.
    assert all(contrast(colour, GROUNDS[mode]) >= MARK for colour in COLOURS)
    assert contrast("#fff", roles.AFTER.colour) >= TEXT


def test_colours_as_they_were_would_be_found():
    before = ["#D57A00", "#1A9A80", "#8A8A8A", "#3D8BD4", "#D1495B", "#7A6FC2"]
    assert pale(before, {}, "light") == before
    assert pale(before, {c: c for c in before}, "dark") == before[-2:]


def test_a_chart_in_the_dark_has_the_lighter_colours():
    spec = {"mark": {"color": theme.STUDENT}, "layer": [{"scale": [theme.TEACHER, "red"]}, 4]}
    assert theme.in_mode(spec, "light") == spec
    assert theme.in_mode(spec, "dark") == {
        "mark": {"color": roles.IN_DARK[theme.STUDENT]},
        "layer": [{"scale": [roles.IN_DARK[theme.TEACHER], "red"]}, 4],
    }


def test_text_on_buttons_and_in_the_browsers_parts_can_be_read():
    primaries = {mode: primary(mode) for mode in GROUNDS}
    frame = show.FRAME.read_text().replace("[data-testid^", "\n[data-testid^")
    button = next(said["color"] for name, said in rules(frame) if name.endswith("[data-tag] *"))
    for mode, colour in primaries.items():
        assert contrast(resolved(button, mode, {}), colour) >= TEXT
        assert contrast(colour, GROUNDS[mode]) >= MARK  # the focus, sliders, the chosen one
    for path in sorted(PARTS.glob("*/*.css")):
        assert unreadable(path.read_text("utf-8"), primaries) == [], path.parent.name
    assert contrast("#FFFFFF", primaries["dark"]) < TEXT  # what Streamlit writes there


def test_what_can_hardly_be_read_is_found_in_a_style_sheet():
    primaries = {"light": "#B3324A", "dark": "#E8798A"}
    bad = ".a { color: #fff; background: var(--st-primary-color); }\n.b { color: #888; }"
    assert unreadable(bad, primaries) == [
        ".a: ['#fff', '#E8798A'] in dark",
        ".b: ['#888', '#FFFFFF'] in light",
    ]


def test_what_can_be_reached_by_keyboard_shows_its_focus():
    """By three pixels of the theme's colour, which is told from the ground above."""
    for path in sorted(PARTS.glob("*/part.css")):
        shown = [said for name, said in rules(path.read_text("utf-8")) if ":focus-visible" in name]
        assert any(s.get("outline") == "3px solid var(--st-primary-color)" for s in shown), path

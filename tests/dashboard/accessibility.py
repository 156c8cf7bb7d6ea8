"""axe-core on a page, and which of its findings lie in the project's own elements.

The project's own elements are

- what `st.html` shows (`stHtml`) and what `st.markdown` and headings show (`stMarkdown`,
  `stHeading`): the markup is the project's, whoever wraps it;
- charts, with the controls that a chart carries (`stVegaLiteChart`);
- components, with everything in their shadow roots (`stBidiComponent…`).

Everything else is Streamlit's: widgets, with their labels and menus, the sidebar's and the
toolbar's chrome, the boxes of layout and the document itself. A chart's menu is drawn by Streamlit
(it is the same on all charts), so it counts as Streamlit's, too.
"""

from importlib.resources import files
from typing import NamedTuple

COUNTED = ("serious", "critical")
OWN = ", ".join(
    [
        '[data-testid="stHtml"]',
        '[data-testid="stMarkdown"]',
        '[data-testid="stHeading"]',
        '[data-testid="stVegaLiteChart"]',
        '[data-testid^="stBidiComponent"]',
    ]
)
# Streamlit's own parts within those.
STREAMLITS = '[data-testid="stWidgetLabel"], [data-testid="stElementToolbar"], .vega-actions'
# Whether an element is the project's: the nearest ancestor that says so decides, through the
# boundaries of shadow roots.
IS_OWN = """(element, own, streamlits) => {
    for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
        if (at.matches(streamlits)) return false;
        if (at.matches(own)) return true;
    }
    return false;
}"""
RUN = f"""async ({{ own, streamlits, rules }}) => {{
    const isOwn = {IS_OWN};
    const {"{ violations }"} = await axe.run(document, {{
        elementRef: true, resultTypes: ['violations'],
        ...(rules && {{ runOnly: {{ type: 'rule', values: rules }} }}) }});
    return violations.flatMap(rule => rule.nodes.map(node => ({{
        rule: rule.id, impact: node.impact ?? rule.impact, target: node.target.flat().join(' '),
        html: node.html.slice(0, 200), why: node.failureSummary,
        own: isOwn(node.element, own, streamlits) }})));
}}"""


# axe-core does not judge what a chart writes. Its ground is the shape below it, or the page.
PALE = """() => {
    const parts = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = colour => colour.slice(0, 3).map(v => v / 255)
        .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0.05);
    const over = (colour, ground, share) =>
        ground.map((v, at) => v + (colour[at] - v) * share * (colour[3] ?? 1));
    const opacity = (element, own) => { let all = getComputedStyle(element)[own];
        for (let at = element; at.tagName !== 'DIV'; at = at.parentElement)
            all *= getComputedStyle(at).opacity;
        return all; };
    const page = parts(getComputedStyle(document.querySelector('.stApp')).backgroundColor);
    return [...document.querySelectorAll('svg.marks text')].filter(e => e.textContent.trim())
        .map(text => {
            const box = text.getBoundingClientRect();
            const below = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2)
                .filter(e => e.matches('svg.marks :is(path, rect)')
                    && e.closest('svg') === text.closest('svg')
                    && getComputedStyle(e).fill.startsWith('rgb'))
                .reverse();
            const ground = below.reduce((under, e) => over(
                parts(getComputedStyle(e).fill), under, opacity(e, 'fillOpacity')), page);
            const ink = over(parts(getComputedStyle(text).fill), ground,
                opacity(text, 'fillOpacity'));
            const [low, high] = [light(ink), light(ground)].sort((a, b) => a - b);
            const is_seen = opacity(text, 'fillOpacity') > 0 && box.width > 0;
            return is_seen && high / low < 4.5
                ? `${text.textContent}: ${(high / low).toFixed(2)}, ${ink} on ${ground}` : '';
        }).filter(Boolean);
}"""


class Finding(NamedTuple):
    """One element that breaks one rule."""

    rule: str
    impact: str
    target: str
    html: str
    why: str
    own: bool


def findings(page, rules: list[str] | None = None) -> list[Finding]:
    """Return what axe-core finds on *page*, serious or critical, in anybody's elements.

    All its rules are asked, or those named *rules*.
    """
    if not page.evaluate("() => 'axe' in window"):
        # evaluate, not add_script_tag: the page's own security policy has no say in it.
        page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found = page.evaluate(RUN, {"own": OWN, "streamlits": STREAMLITS, "rules": rules})
    return [Finding(**entry) for entry in found if entry["impact"] in COUNTED]


def pale(page) -> list[str]:
    """Return what a chart on *page* writes that is told from its ground by less than 4.5:1."""
    return page.evaluate(PALE)


def own_findings(page, rules: list[str] | None = None) -> list[Finding]:
    """Return the `findings` in the project's own elements."""
    return [finding for finding in findings(page, rules) if finding.own]

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


def own_findings(page, rules: list[str] | None = None) -> list[Finding]:
    """Return the `findings` in the project's own elements."""
    return [finding for finding in findings(page, rules) if finding.own]

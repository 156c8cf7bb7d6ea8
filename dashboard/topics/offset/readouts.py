"""The numbers that follow the offset's slider in the browser, and how Vega computes them.

`at_offset` and `mass_at_offset` are all that the browser knows of the engine: sums over exact
tables of `figures`, held against `kdengine.offsets.thresholds` in a real browser by the tests.
"""

import altair as alt
import pandas as pd

from dashboard.charting import theme
from dashboard.core.numbers import in_its_words
from dashboard.topics.offset.figures import SLIDER
from dashboard.topics.offset.words import Words

AT = SLIDER  # the signal of the parameter's name
GROUP_STYLES = {
    "omitted": (theme.OMITTED, [1, 0]),
    "others": (theme.OTHERS, [9, 4]),
    "all": (theme.STUDENT_AFTER, [3, 3]),
}
SLOTS = ("offset", "omitted", "all", "others", "mass")
VALUE_SIZE = 28
COLOURS, DASHES = theme.style_scales(GROUP_STYLES)
_COLUMNS = alt.Scale(type="band", domain=list(SLOTS), paddingInner=0.06)


def readouts(flips: pd.DataFrame, mass: pd.DataFrame, words: Words) -> alt.LayerChart:
    """Draw the five numbers at the slider's offset; the bars above them are the curves' key."""
    of = "format(datum.right, ',') + ' of ' + format(datum.images, ',')"
    groups = at_offset(flips, ["group", "images"]).transform_calculate(
        slot="datum.group",
        value="datum.group == 'all' ? format(datum.images - datum.right, ',')"
        f" : {percent('datum.right / datum.images')}",
        caption="datum.group == 'all' ? 'errors among all\\n' + format(datum.images, ',') + "
        f"' test images' : {of} + (datum.group == 'omitted' ? '\\n{words.name} right'"
        f" : '\\n{in_its_words('other digits')} right')",
    )
    share = mass_at_offset(mass).transform_calculate(
        slot="'mass'",
        value=percent("datum.now"),
        caption=f"'mean mass on {words.digit}\\n(its share: ' + "
        f"{percent(repr(words.frequency))} + ')'",
    )
    offset = here().transform_calculate(
        slot="'offset'",
        value=f"format({AT}, '+.2f')",
        caption=f"'added to its\\nscore for {words.digit}'",
    )
    layers = [part for base in (groups, share, offset) for part in _readout(base)]
    return alt.layer(_key(), *layers, height=84)


def at_offset(flips: pd.DataFrame, groupby: list[str]) -> alt.Chart:
    """Return a chart over the counts of right answers at the slider's offset."""
    return (
        alt.Chart(flips)
        .transform_filter(f"datum.flip < {AT}")
        .transform_aggregate(right="sum(gain)", groupby=groupby)
    )


def mass_at_offset(mass: pd.DataFrame) -> alt.Chart:
    """Return a chart over one row whose ``now`` is the mean mass at the slider's offset."""
    return (
        alt.Chart(mass)
        .transform_filter(f"datum.offset <= {AT} && {AT} < datum.until")
        .transform_calculate(now=f"datum.mass + datum.slope * ({AT} - datum.offset)")
    )


def here() -> alt.Chart:
    """Return a chart over one row, for what is drawn once."""
    return alt.Chart(pd.DataFrame({"row": [0]}))


def percent(expression: str) -> str:
    """Return a Vega expression that writes a share as ``98.32 %``."""
    return f"{hundred(expression, 2)} + ' %'"


def hundred(expression: str, digits: int = 1) -> str:
    """Return a Vega expression that writes a share times 100."""
    return f"format(100 * ({expression}), '.{digits}f')"


def _readout(base: alt.Chart) -> list[alt.Chart]:
    """Draw ``value`` large and ``caption`` below it in the column ``slot``."""
    x = alt.X("slot:N", bandPosition=0, axis=None, scale=_COLUMNS)
    common = {"align": "left", "baseline": "top"}
    return [
        base.mark_text(fontSize=VALUE_SIZE, fontWeight="bold", **common).encode(
            x=x, y=alt.YValue(8), text=alt.Text("value:N")
        ),
        base.mark_text(lineBreak="\n", lineHeight=18, **common).encode(
            x=x, y=alt.YValue(42), text=alt.Text("caption:N")
        ),
    ]


def _key() -> alt.Chart:
    """Draw each curve's colour and dashes above its readout, in place of a legend."""
    return (
        alt.Chart(pd.DataFrame({"group": list(GROUP_STYLES)}))
        .mark_rule(strokeWidth=4)
        .encode(
            x=alt.X("group:N", bandPosition=0, scale=_COLUMNS, axis=None),
            x2=alt.X2("group:N", bandPosition=0.6),
            y=alt.YValue(2),
            color=alt.Color("group:N", scale=COLOURS, legend=None),
            strokeDash=alt.StrokeDash("group:N", scale=DASHES, legend=None),
        )
    )

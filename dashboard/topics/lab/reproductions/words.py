"""What a reproduction found, in sentences computed from its table."""

import pandas as pd

from dashboard.figures import verdicts
from dashboard.topics.lab.reproductions.figures import SOURCES, headline, in_units
from kdengine.studies.differences import LEVEL, Verdict


def lead(frame: pd.DataFrame, name: str) -> str:
    """Answer whether a source's `figures.figures` come out again."""
    judged = frame[frame["verdict"].notna()]
    if judged.empty:
        return f"The figures of {SOURCES[name]} beside ours: {verdicts.NO_VERDICT}."
    count = {verdict: int((judged["verdict"] == verdict).sum()) for verdict in Verdict}
    told = (
        f"Of {len(judged)} figures of {SOURCES[name]}, {Verdict.DIFFERS}: "
        f"**{count[Verdict.DIFFERS]}** (about {LEVEL * len(judged):.1f} would by chance); "
        f"{Verdict.AGREES}: {count[Verdict.AGREES]}; {Verdict.CANNOT_TELL}: "
        f"{count[Verdict.CANNOT_TELL]}."
    )
    far = judged[judged["verdict"] == Verdict.DIFFERS]
    if far.empty:
        return told
    worst = _farthest(far)
    return (
        f"{told} The widest gap of what {Verdict.DIFFERS}: {worst['quantity']}, published "
        f"{in_units(worst['published'], worst['measure'])}, ours "
        f"{in_units(worst['mean'], worst['measure'])}."
    )


def title(frame: pd.DataFrame, name: str) -> str:
    """Return what the main chart shows, and where ours lies farther than chance would have it."""
    far = headline(frame)
    far = far[far["verdict"] == Verdict.DIFFERS]
    below = int((far["wrong"] < far["published_wrong"]).sum())
    sides = ((below, "below"), (len(far) - below, "above"))
    told = ", ".join(f"{count} {side}" for count, side in sides if count)
    where = f"ours is {told} the published errors" if told else "none"
    return f"{SOURCES[name]} and ours; {Verdict.DIFFERS}: {where}"


def description(frame: pd.DataFrame) -> str:
    """Return the main chart's text alternative: every figure, published and ours."""
    judged = {verdict.value: verdict for verdict in Verdict}
    listed = "; ".join(
        f"{row['quantity']}: published {in_units(row['published'], row['measure'])}, ours "
        f"{in_units(row['mean'], row['measure'])}, "
        f"{judged.get(row['verdict'], verdicts.NO_VERDICT)}"
        for row in headline(frame).to_dict("records")
    )
    return f"Published figures and ours as shares of wrong answers. {listed}."


def _farthest(far: pd.DataFrame) -> pd.Series:
    """Return the figure whose counts differ most; of offsets, only if there is nothing else."""
    rates = far.dropna(subset=["wrong"])
    if rates.empty:
        return far.iloc[0]
    return rates.loc[((rates["wrong"] - rates["published_wrong"]) * rates["images"]).abs().idxmax()]

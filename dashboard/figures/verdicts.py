"""The engine's verdicts on differences as parts of sentences."""

from collections.abc import Iterable

from kdengine.studies.differences import FEWEST_SEEDS, Verdict

EXPLAINED = "[What *differs*, *agrees* and *cannot tell* mean](glossary?q=verdict)."
NO_VERDICT = f"numbers without a verdict, which takes {FEWEST_SEEDS} seeds"


def listed(found: Iterable[tuple[str, Verdict | None]]) -> str:
    """Return ``differs: a, b; cannot tell: c`` of what is told and the verdicts on it."""
    groups: dict[Verdict | None, list[str]] = {verdict: [] for verdict in (*Verdict, None)}
    for told, verdict in found:
        groups[verdict].append(told)
    return "; ".join(
        f"{NO_VERDICT if verdict is None else verdict}: {', '.join(told)}"
        for verdict, told in groups.items()
        if told
    )

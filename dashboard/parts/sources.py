"""The files that a component in a folder beside this one is made of."""

from pathlib import Path

_HERE = Path(__file__).parent


def read(component: str, *names: str) -> str:
    """Return files of one component, one after the other.

    Several scripts become one module: a component written in place cannot import another file.
    """
    return "".join((_HERE / component / name).read_text(encoding="utf-8") for name in names)

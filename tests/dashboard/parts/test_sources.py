"""Parts and their hosts: none of them needs Streamlit, and what is drawn for files is gathered."""

import subprocess
import sys
from pathlib import Path

from dashboard.parts import sources

PARTS = Path(sources.__file__).parent


def test_every_part_can_be_had_without_streamlit():
    names = [path.parent.name for path in PARTS.glob("*/part.py")]
    assert len(names) > 10
    lines = ["import sys", "sys.modules['streamlit'] = None"]
    lines += [f"import dashboard.parts.{name}.part" for name in names]
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, cwd=PARTS.parents[1])


def test_what_is_drawn_for_files_is_gathered_and_remembers_nothing():
    part = sources.Part("toy", html="<p></p>", js="export default function () {}")
    with sources.collected() as placed:
        sources.session()["a"] = 1
        assert "a" not in sources.session()
        part(data={"n": 1}, key="first", on_rest_change=print)
        with sources.collected() as inner:
            part(key="second", height="content")
        part(data={"n": 3}, key="third")
    assert placed == {"first": (part, {"n": 1}), "third": (part, {"n": 3})}
    assert inner == {"second": (part, None)}

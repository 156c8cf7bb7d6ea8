"""The arrows between rooms point one way, and nothing that is read from disk is executed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# From left to right; a room imports only what lies to its right.
ENGINE = (
    {"__main__"},
    {"cli"},
    {"studies"},
    {"pipeline", "synthetic"},
    {"training"},
    {"store"},
    {"data"},
    {"recipes"},
    {"offsets", "nets"},
    {"config", "files"},
)
MOST_ARROWS = 45
DASHBOARD = (
    {"Home", "frame"},
    {"topics", "handout"},
    {"figures", "charting", "parts", "classroom", "jobs"},
    {"core"},
    {"catalogue"},
)
# Topics, and the hand-out, that may read what other topics show; the others stand alone.
READ_OTHERS = {"tour", "vote", "lab", "handout"}
MOST_MODULES = 12
# Modules that need torch; every other can be imported without waiting for it.
WITH_TORCH = {
    "training.fit",
    "training.descent",
    "training.stepping",
    "training.devices",
    "training.losses",
    "training.target_changes",
    "data.augmentation",
    "nets.models",
    "studies.since_2015.less_data",
    "studies.since_2015.measuring",
    "studies.since_2015.noise",
    "studies.since_2015.small",
    "studies.since_2015.specialists",
    "synthetic.experiment",
    "training.stacks",
}
UNPICKLERS = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}
EXECUTING_CALLS = {"torch.load", "joblib.load", "joblib.Memory", "torch.jit.load", "torch.hub.load"}
# With such an argument they read numbers and run nothing.
SAFELY = {"torch.load": ("weights_only", True), "np.load": ("allow_pickle", False)}
EXECUTING_CALLS |= {"numpy.load", "np.load", "pandas.read_pickle", "pd.read_pickle", "eval", "exec"}


def test_the_engine_loads_no_dashboard_library():
    """In a process of its own: this one has them all."""
    loaded = loaded_after(engine_modules() - {"__main__"})
    assert "torch" in loaded
    assert loaded & {"streamlit", "altair", "pandas", "dashboard"} == set()


def test_torch_is_loaded_by_those_who_need_it_alone():
    """A command's help and a page must not wait seconds for it."""
    assert "torch" not in loaded_after(engine_modules() - {"__main__"} - WITH_TORCH)


def test_the_first_page_waits_for_no_library_that_it_does_not_use():
    """Scipy alone would take a fifth of what all its other imports do."""
    slow = {"torch", "scipy", "sklearn", "altair"}
    assert loaded_after({"topics.tour.state"}, "dashboard") & slow == set()


def test_the_project_keeps_the_rules():
    assert violations(ROOT) == []


def test_the_engines_rooms_are_few_and_so_are_the_arrows_between_them():
    assert len({module.partition(".")[0] for module in engine_modules()}) <= 13
    assert len(arrows(ROOT, "kdengine")) <= MOST_ARROWS


def test_dashboard_files_take_no_librarys_name():
    """Their folder is first on the path when Streamlit runs, so they would hide it."""
    names = {path.stem for path in (ROOT / "dashboard").iterdir()}
    libraries = {"streamlit", "altair", "pandas", "numpy", "torch", "PIL", "matplotlib"}
    assert names & (set(sys.stdlib_module_names) | libraries) <= {"__init__"}


def loaded_after(modules: set[str], package: str = "kdengine") -> set[str]:
    """Import a package's modules in a new process; return all top-level modules it has then."""
    lines = [f"import {package}.{module}" for module in sorted(modules)]
    lines.append("import sys; print(*{name.partition('.')[0] for name in sys.modules})")
    command = [sys.executable, "-c", "\n".join(lines)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(found.stdout.split())


def engine_modules() -> set[str]:
    """Return the engine's modules, dotted, but for the empty ``__init__``."""
    return {name.partition(".")[2] for name, _ in modules(ROOT, "kdengine")} - {""}


def modules(root: Path, package: str) -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and the file of every module of *package*."""
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def violations(root: Path) -> list[str]:
    """Return what in *root*'s two packages breaks a rule, one line each."""
    found = []
    for package, check in (("kdengine", engine_violations), ("dashboard", dashboard_violations)):
        for name, path in modules(root, package):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            problems = dangers(tree) + check(name, tree)
            if path.name == "__init__.py" and tree.body:
                problems.append("is not empty")
            found += [f"{path.relative_to(root).as_posix()}: {problem}" for problem in problems]
        found += folder_violations(root, package)
    return found


def folder_violations(root: Path, package: str) -> Iterator[str]:
    """Yield the folders that hold too many modules, or lie too deep."""
    for folder in [root / package, *(root / package).rglob("*/")]:
        inside = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
        depth = len(folder.relative_to(root / package).parts)
        is_tab = folder.relative_to(root).parts[:3] == ("dashboard", "topics", "lab")
        if len(inside) > MOST_MODULES + (package == "kdengine" and depth == 0):
            yield f"{folder.relative_to(root).as_posix()}: {len(inside)} modules"
        most = 2 + is_tab  # a room, and one level of folders in it
        if inside and depth > most:
            yield f"{folder.relative_to(root).as_posix()}: lies too deep"


def engine_violations(name: str, tree: ast.AST) -> list[str]:
    """Return what is wrong in one module of the engine."""
    found = arrow_violations(name, tree, ENGINE)
    for imported in imports(tree):
        package = imported.partition(".")[0]
        if package in {"streamlit", "altair", "pandas", "dashboard"}:
            found.append(f"imports {package}")
    for called in calls(tree):
        if called.rpartition(".")[2] in {"import_module", "__import__"}:
            found.append(f"imports through {called}, which no check can follow")
    return found


def dashboard_violations(name: str, tree: ast.AST) -> list[str]:
    """Return what is wrong in one module of the dashboard."""
    found = arrow_violations(name, tree, DASHBOARD)
    imported = set(imports(tree))
    packages = {other.partition(".")[0] for other in imported}
    parts = name.split(".")
    room, module = parts[1] if len(parts) > 1 else "", parts[-1]
    is_script = module.endswith(("page", "tab", "snippet", "bar", "follow", "state", "exhibit"))
    is_pure = room in {"figures"} or (room == "topics" and not is_script)
    if is_pure and "streamlit" in packages:
        found.append("imports streamlit")
    if is_pure and module in {"figures", "words"} and "altair" in packages:
        found.append("imports altair")
    if "torch" in packages:
        found.append("imports torch, which the server never does")
    if room == "parts" and module != "sources" and "streamlit" in packages:
        found.append("imports streamlit, which is only one of a part's hosts")
    own = parts[2] if room == "topics" and len(parts) > 2 else room
    for other in imported:
        place = other.split(".")
        is_topic = place[:2] == ["dashboard", "topics"] and len(place) > 2
        if is_topic and place[2] != own and own not in READ_OTHERS and room != "frame":
            found.append(f"imports {place[2]}, another topic")
    if "st.stop" in calls(tree) and name != "dashboard.core.show":
        found.append("calls st.stop, after which the address is not written: show.end_page()")
    if room != "core" and uses_cache(tree, imported):
        found.append("uses st.cache_, which belongs into core")
    return found


def arrow_violations(name: str, tree: ast.AST, layers: tuple[set[str], ...]) -> list[str]:
    """Return the imports of a module that point to no room on its right."""
    package, _, rest = name.partition(".")
    room = rest.partition(".")[0]
    depth = {each: index for index, layer in enumerate(layers) for each in layer}
    if not room:
        return []
    if room not in depth:
        return ["is in no room"]
    found = []
    for imported in imports(tree):
        first, _, others = imported.partition(".")
        other = others.partition(".")[0]
        if {room, other} == {"topics", "handout"} and not imported.endswith((".page", ".tab")):
            continue  # a page offers the hand-out, which is made of what other pages show
        if first == package and other != room and depth.get(other, -1) <= depth[room]:
            found.append(f"imports {other or 'the package'}, which is not to its right")
    return found


def arrows(root: Path, package: str) -> set[tuple[str, str]]:
    """Return the pairs of rooms of which the first imports the second."""
    found = set()
    for name, path in modules(root, package):
        room = name.split(".")[1] if "." in name else ""
        for imported in imports(ast.parse(path.read_text(encoding="utf-8"))):
            first, _, others = imported.partition(".")
            other = others.partition(".")[0]
            if first == package and room and other != room:
                found.add((room, other))
    return found


def uses_cache(tree: ast.AST, imported: set[str]) -> bool:
    """Return whether ``st.cache_…`` occurs, or is imported by name."""
    by_name = any(name.startswith("streamlit.cache_") for name in imported)
    return by_name or any(
        name.startswith(("st.cache_", "streamlit.cache_")) for name in dotted_names(tree)
    )


def dangers(tree: ast.AST) -> list[str]:
    """Return what would let stored bytes run as code, and relative imports."""
    found = []
    for imported in imports(tree):
        if imported.partition(".")[0] in UNPICKLERS or imported in EXECUTING_CALLS:
            found.append(f"imports {imported}, which executes what it reads")
        if imported.startswith("."):
            found.append("imports relatively")
    executing = EXECUTING_CALLS & set(calls(tree, but=SAFELY))
    return found + [f"calls {name}, which executes what it reads" for name in sorted(executing)]


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield every imported name in full, those inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield "." * node.level + (node.module or "")
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(tree: ast.AST, but: dict[str, tuple[str, bool]] | None = None) -> Iterator[str]:
    """Yield the dotted name of what is called, *but* for calls with such an argument."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name, given = dotted(node.func), [(k.arg, k.value) for k in node.keywords]
            constants = {(arg, v.value) for arg, v in given if isinstance(v, ast.Constant)}
            if (but or {}).get(name) not in constants:
                yield name


def dotted_names(tree: ast.AST) -> Iterator[str]:
    """Yield every dotted name that occurs."""
    return (dotted(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute))


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for such an expression, else an empty name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


# The check itself


@pytest.fixture
def toy(tmp_path):
    """Return a function that writes one file of a toy project and returns its violations."""
    (tmp_path / "kdengine").mkdir()
    (tmp_path / "dashboard").mkdir()

    def write(name: str, text: str) -> list[str]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
        return violations(tmp_path)

    return write


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("kdengine/offsets/a.py", "import streamlit as st", "imports streamlit"),
        ("kdengine/offsets/a.py", "def f():\n    import pandas as pd", "imports pandas"),
        ("kdengine/cli/main.py", "from dashboard import runs", "imports dashboard"),
        ("kdengine/offsets/a.py", "from kdengine.nets import models", "imports nets, which"),
        ("kdengine/offsets/a.py", "from kdengine.recipes import own", "imports recipes, which"),
        ("kdengine/offsets/a.py", "from kdengine.store.runs import load", "imports store, which"),
        ("kdengine/offsets/a.py", "import kdengine.store", "imports store, which"),
        ("kdengine/offsets/a.py", "import kdengine", "imports the package, which"),
        ("kdengine/store/a.py", "def f():\n    from kdengine import pipeline", "imports pipeline"),
        ("kdengine/store/a.py", "from kdengine.training import fit", "imports training"),
        ("kdengine/data/a.py", "if 1:\n    from kdengine.store import runs", "imports store"),
        ("kdengine/files.py", "from kdengine import config", "imports config"),
        ("kdengine/config.py", "from kdengine.files import cache_dir", "imports files"),
        ("kdengine/config.py", "from kdengine import utils", "imports utils"),
        ("kdengine/__init__.py", "from kdengine import bias", "is not empty"),
        ("kdengine/offsets/__init__.py", "x = 1", "is not empty"),
        ("kdengine/utils.py", "", "is in no room"),
        ("kdengine/offsets/more/and/deep.py", "", "lies too deep"),
        ("kdengine/cli/main.py", "from . import pipeline", "imports relatively"),
        ("kdengine/offsets/a.py", "import importlib\nimportlib.import_module('x')", "no check"),
        ("kdengine/store/a.py", "import pickle", "executes what it reads"),
        ("kdengine/store/a.py", "def f():\n    from pickle import loads", "executes"),
        ("kdengine/training/a.py", "import torch\ntorch.load('x')", "calls torch.load"),
        ("kdengine/store/a.py", "torch.load('x', weights_only=False)", "calls torch.load"),
        ("kdengine/store/a.py", "np.load('x', allow_pickle=chosen)", "calls np.load"),
        ("kdengine/training/a.py", "from torch import load", "imports torch.load"),
        ("kdengine/store/a.py", "import numpy as np\nnp.load('x')", "calls np.load"),
        ("kdengine/pipeline.py", "from joblib import Memory", "imports joblib.Memory"),
        ("dashboard/jobs/a.py", "import joblib\njoblib.load('x')", "calls joblib.load"),
        ("dashboard/jobs/a.py", "eval('1')", "calls eval"),
        ("dashboard/core/a.py", "from dashboard.topics.offset import words", "imports topics"),
        ("dashboard/figures/a.py", "from dashboard.parts.wall import part", "imports parts"),
        ("dashboard/parts/wall/a.py", "from dashboard.figures import wall", "imports figures"),
        ("dashboard/figures/a.py", "import streamlit", "imports streamlit"),
        ("dashboard/topics/a/words.py", "def f():\n    import altair as alt", "imports altair"),
        ("dashboard/topics/a/charts.py", "from streamlit import button", "imports streamlit"),
        ("dashboard/topics/a/page.py", "from dashboard.topics.b import words", "another topic"),
        ("dashboard/topics/a/page.py", "import torch", "imports torch"),
        ("dashboard/jobs/a.py", "import streamlit as st\n@st.cache_data\ndef f(): 1", "st.cache_"),
        ("dashboard/jobs/a.py", "import streamlit as st\nst.cache_data.clear()", "st.cache_"),
        ("dashboard/topics/a/page.py", "from streamlit import cache_resource", "st.cache_"),
        ("dashboard/topics/a/b/c/page.py", "", "lies too deep"),
        ("dashboard/topics/a/page.py", "import streamlit as st\nst.stop()", "calls st.stop"),
        ("dashboard/handout/a.py", "from dashboard.topics.a import page", "imports topics"),
        ("dashboard/parts/a/part.py", "import streamlit", "only one of a part's hosts"),
    ],
)
def test_the_check_notices(toy, name, text, problem):
    found = toy(name, text)
    place = name.rsplit("/", 1)[0] if "deep" in problem else name
    assert any(line.startswith(f"{place}: ") for line in found)
    assert any(problem in line for line in found)


def test_the_check_notices_a_full_folder(toy):
    for number in range(MOST_MODULES):
        assert toy(f"dashboard/core/a{number}.py", "") == []
    assert toy("dashboard/core/one_more.py", "") == ["dashboard/core: 13 modules"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "kdengine/cli/main.py",
            "from kdengine import config, pipeline\nfrom kdengine.cli import x",
        ),
        ("kdengine/store/a.py", "from kdengine import files\nfrom kdengine.store.b import FILES"),
        ("kdengine/pipeline.py", "def f():\n    from kdengine.training import fit"),
        ("kdengine/store/a.py", "from safetensors.numpy import load"),
        ("dashboard/core/runs.py", "import streamlit as st\n@st.cache_data\ndef f(): 1"),
        ("dashboard/topics/a/charts.py", "import altair as alt\nfrom dashboard.charting import b"),
        ("dashboard/topics/tour/steps.py", "from dashboard.topics.leak import figures"),
        ("dashboard/jobs/a.py", "import json\njson.load(open('x'))  # st.cache_data is elsewhere"),
    ],
)
def test_the_check_is_content_with_what_is_right(toy, name, text):
    assert toy(name, text) == []


def test_no_environment_is_committed():
    """A worktree's link to it, merged, would take the place of the folder that it leads to."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = ["git", "ls-files", "--", ".venv"]
    assert subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout == b""

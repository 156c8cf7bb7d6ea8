"""The arrows between modules point one way, and nothing that is read from disk is executed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# From left to right; a module imports only what lies to its right.
LAYERS = (
    {"__main__"},
    {"cli"},
    {"cli_sweep", "cli_reproduce", "cli_synthetic"},
    {"cli_networks"},
    {"arguments", "terminal"},
    {"sweep", "sweep_table", "reproduction_table", "estimate"},
    {"reproductions", "reproduction_measures"},
    {"pipeline", "archive", "sweeps", "workers", "synthetic_table"},
    {"training", "store", "recipes", "probes", "omission_details", "synthetic"} | {"table_choice"},
    {"run_files", "stepping", "augmentation", "criteria", "transfer", "stacks"},
    {"datasets", "devices", "models", "losses", "target_changes"},
    {"bias", "evaluation", "matching", "forward", "drawing", "omission_sweeps"} | {"operations"},
    {"config", "paths", "files", "ablations", "source_settings", "published", "why_sweeps"}
    | {"synthetic_data"},
    {"limits"},
)
# Modules that need torch; every other can be imported without waiting for it.
WITH_TORCH = {
    "training",
    "stepping",
    "augmentation",
    "devices",
    "models",
    "losses",
    "target_changes",
    "stacks",
    "synthetic",
}
UNPICKLERS = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal"}
EXECUTING_CALLS = {"torch.load", "joblib.load", "joblib.Memory", "torch.jit.load", "torch.hub.load"}
EXECUTING_CALLS |= {"numpy.load", "np.load", "pandas.read_pickle", "pd.read_pickle", "eval", "exec"}


def test_the_engine_loads_no_dashboard_library():
    """In a process of its own: this one has them all."""
    loaded = loaded_after(engine_modules(ROOT) - {"__main__"})
    assert "torch" in loaded
    assert loaded & {"streamlit", "altair", "pandas", "dashboard"} == set()


def test_torch_is_loaded_by_those_who_need_it_alone():
    """A command's help and a page must not wait seconds for it."""
    assert "torch" not in loaded_after(engine_modules(ROOT) - {"__main__"} - WITH_TORCH)


def test_the_project_keeps_the_rules():
    assert violations(ROOT) == []


def test_dashboard_files_take_no_librarys_name():
    """Their folder is first on the path when Streamlit runs, so they would hide it."""
    names = {path.stem for path in (ROOT / "dashboard").iterdir()}
    libraries = {"streamlit", "altair", "pandas", "numpy", "torch", "PIL", "matplotlib"}
    assert names & (set(sys.stdlib_module_names) | libraries) <= {"__init__"}


def loaded_after(modules: set[str]) -> set[str]:
    """Import engine modules in a new process and return all top-level modules it has then."""
    lines = [f"import kdengine.{module}" for module in sorted(modules)]
    lines.append("import sys; print(*{name.partition('.')[0] for name in sys.modules})")
    command = [sys.executable, "-c", "\n".join(lines)]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(found.stdout.split())


def engine_modules(root: Path) -> set[str]:
    """Return the engine's modules but its empty ``__init__``."""
    return {path.stem for path in (root / "kdengine").glob("*.py")} - {"__init__"}


def violations(root: Path) -> list[str]:
    """Return what in *root*'s two packages breaks a rule, one line each."""
    found = [f"kdengine/{p.name}: a folder" for p in (root / "kdengine").iterdir() if is_package(p)]
    for path in sorted((root / "kdengine").glob("*.py")):
        found += engine_violations(path)
    for path in sorted((root / "dashboard").rglob("*.py")):
        found += dashboard_violations(path, path.relative_to(root / "dashboard"))
    return found


def is_package(path: Path) -> bool:
    """Return whether *path* is a folder with code: the engine is flat."""
    return path.is_dir() and any(path.rglob("*.py"))


def engine_violations(path: Path) -> list[str]:
    """Return what is wrong in one module of the engine."""
    name, tree = path.stem, ast.parse(path.read_text(encoding="utf-8"))
    found = dangers(tree)
    depth = {module: index for index, layer in enumerate(LAYERS) for module in layer}
    if name != "__init__" and name not in depth:
        found.append("is in no layer")
    for imported in imports(tree):
        package, _, rest = imported.partition(".")
        if package in {"streamlit", "altair", "pandas", "dashboard"}:
            found.append(f"imports {package}")
        if package == "kdengine" and name != "__init__":
            other = rest.partition(".")[0]
            if depth.get(other, -1) <= depth.get(name, -1):
                found.append(f"imports {other or 'the package'}, which is not to its right")
        if package == "kdengine" and name == "__init__":
            found.append("is not empty")
    for called in calls(tree):
        if called.rpartition(".")[2] in {"import_module", "__import__"}:
            found.append(f"imports through {called}, which no check can follow")
    return [f"kdengine/{path.name}: {problem}" for problem in found]


def dashboard_violations(path: Path, relative: Path) -> list[str]:
    """Return what is wrong in one module of the dashboard."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = dangers(tree)
    imported = set(imports(tree))
    packages = {name.partition(".")[0] for name in imported}
    folder = relative.parts[0]
    if folder in {"views", "charts"} and "streamlit" in packages:
        found.append("imports streamlit")
    if folder == "views" and "altair" in packages:
        found.append("imports altair")
    if folder in {"views", "charts"} and "dashboard.app_pages" in {up_to(2, n) for n in imported}:
        found.append("imports a page")
    if relative.as_posix() not in {"runs.py", "tables.py"} and uses_cache(tree, imported):
        found.append("uses st.cache_, which belongs into runs.py or tables.py")
    return [f"dashboard/{relative.as_posix()}: {problem}" for problem in found]


def up_to(parts: int, name: str) -> str:
    """Return the first *parts* of a dotted name."""
    return ".".join(name.split(".")[:parts])


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
    executing = EXECUTING_CALLS & set(calls(tree))
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


def calls(tree: ast.AST) -> Iterator[str]:
    """Yield the dotted name of everything that is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func)


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
        ("kdengine/bias.py", "import streamlit as st", "imports streamlit"),
        ("kdengine/bias.py", "def f():\n    import pandas as pd", "imports pandas"),
        ("kdengine/cli.py", "from dashboard import runs", "imports dashboard"),
        ("kdengine/bias.py", "from kdengine import evaluation", "imports evaluation, which"),
        ("kdengine/bias.py", "from kdengine import criteria", "imports criteria, which"),
        ("kdengine/bias.py", "from kdengine.store import load", "imports store, which"),
        ("kdengine/bias.py", "import kdengine.store", "imports store, which"),
        ("kdengine/bias.py", "import kdengine", "imports the package, which"),
        ("kdengine/store.py", "def f():\n    from kdengine import pipeline", "imports pipeline"),
        ("kdengine/store.py", "from kdengine import paths, training", "imports training"),
        ("kdengine/run_files.py", "if 1:\n    from kdengine import store", "imports store"),
        ("kdengine/paths.py", "from kdengine import config", "imports config"),
        ("kdengine/config.py", "from kdengine.paths import cache_dir", "imports paths"),
        ("kdengine/config.py", "from kdengine import utils", "imports utils"),
        ("kdengine/__init__.py", "from kdengine import bias", "is not empty"),
        ("kdengine/utils.py", "", "is in no layer"),
        ("kdengine/more/deep.py", "", "a folder"),
        ("kdengine/cli.py", "from . import pipeline", "imports relatively"),
        ("kdengine/bias.py", "import importlib\nimportlib.import_module('x')", "no check"),
        ("kdengine/store.py", "import pickle", "executes what it reads"),
        ("kdengine/store.py", "def f():\n    from pickle import loads", "executes"),
        ("kdengine/training.py", "import torch\ntorch.load('x')", "calls torch.load"),
        ("kdengine/training.py", "from torch import load", "imports torch.load"),
        ("kdengine/store.py", "import numpy as np\nnp.load('x')", "calls np.load"),
        ("kdengine/pipeline.py", "from joblib import Memory", "imports joblib.Memory"),
        ("dashboard/jobs.py", "import joblib\njoblib.load('x')", "calls joblib.load"),
        ("dashboard/jobs.py", "eval('1')", "calls eval"),
        ("dashboard/views/a.py", "import streamlit", "imports streamlit"),
        ("dashboard/views/a.py", "def f():\n    import altair as alt", "imports altair"),
        ("dashboard/views/a.py", "from dashboard.app_pages import train", "imports a page"),
        ("dashboard/charts/a.py", "from streamlit import cache_data", "imports streamlit"),
        ("dashboard/jobs.py", "import streamlit as st\n@st.cache_data\ndef f(): 1", "st.cache_"),
        ("dashboard/jobs.py", "import streamlit as st\nst.cache_data.clear()", "st.cache_"),
        ("dashboard/app_pages/a.py", "from streamlit import cache_resource", "st.cache_"),
    ],
)
def test_the_check_notices(toy, name, text, problem):
    found = toy(name, text)
    assert any(line.startswith(f"{name.rsplit('/deep', 1)[0]}: ") for line in found)
    assert any(problem in line for line in found)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("kdengine/cli.py", "from kdengine import archive, config, pipeline, terminal"),
        ("kdengine/store.py", "from kdengine import paths\nfrom kdengine.run_files import FILES"),
        ("kdengine/pipeline.py", "def f():\n    from kdengine import training"),
        ("kdengine/store.py", "from safetensors.numpy import load"),
        ("dashboard/runs.py", "import streamlit as st\n@st.cache_data\ndef f(): 1"),
        ("dashboard/charts/a.py", "import altair as alt\nfrom dashboard.charts import theme"),
        ("dashboard/jobs.py", "import json\njson.load(open('x'))  # st.cache_data is elsewhere"),
    ],
)
def test_the_check_is_content_with_what_is_right(toy, name, text):
    assert toy(name, text) == []

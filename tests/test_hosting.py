"""What other people's machines run: pinned packages, the container's steps, workflows."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dashboard.core import presenter
from tests.test_without_torch import WITHOUT

yaml = pytest.importorskip("yaml", reason="comes with requirements-dev.txt")
ROOT = Path(__file__).resolve().parents[1]


def pins(name):
    """Return the versions that a file of requirements names, by package."""
    text = (ROOT / name).read_text(encoding="utf-8")
    found = re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, flags=re.MULTILINE)
    return {package.lower(): version for package, version in found}


def instructions():
    """Return the Dockerfile's instructions, name and arguments, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(" ", 1)) for line in lines]


def of(kind):
    """Return the arguments of all instructions of one kind."""
    return [arguments for name, arguments in instructions() if name == kind]


def test_the_lock_pins_all_that_serving_needs_with_hashes_and_names_no_index():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = pins("requirements.lock")
    assert pins("requirements-serve.txt").items() <= locked.items()
    assert "torch" not in locked
    blocks = re.split(r"\n(?=[\w.-]+==)", text)[1:]
    assert len(blocks) == len(locked)
    assert all("--hash=sha256:" in block for block in blocks)
    asked = [line for line in text.splitlines() if not line.startswith("#")]
    assert not re.search(r"https?:|file:|index|find-links", "\n".join(asked))


def test_training_needs_torch_besides_and_hosts_of_streamlit_leave_it_out():
    assert set(pins("requirements.txt")) == {"torch"}
    assert "-r requirements-serve.txt" in (ROOT / "requirements.txt").read_text().splitlines()
    beside = (ROOT / "dashboard" / "requirements.txt").read_text().splitlines()
    assert beside[-1] == "-r ../requirements-serve.txt"


def test_the_container_has_no_torch_no_root_and_a_health_check():
    ((_, health),) = [i for i in instructions() if i[0] == "HEALTHCHECK"]
    assert "_stcore/health" in health
    names = [name for name, _ in instructions()]
    assert names.index("USER") < names.index("CMD")
    assert of("USER") == ["viewer"]
    assert any("--uid 1000" in run for run in of("RUN"))
    (install,) = [run for run in of("RUN") if "pip install" in run]
    assert "--require-hashes" in install and "requirements.lock" in install
    given = dict(pair.split("=", 1) for env in of("ENV") for pair in shlex.split(env))
    assert given["STREAMLIT_SERVER_ADDRESS"] == "0.0.0.0"
    assert presenter.ENVIRONMENT not in given  # a key in an image is everybody's
    owned = [copy.split()[-1] for copy in of("COPY") if "--chown" in copy]
    assert owned == ["cache"] and given["KDENGINE_CACHE_DIR"] == "/app/cache"


def test_the_containers_steps_serve_in_a_clean_folder_and_write_only_the_cache(tmp_path):
    """All but the container itself, in this Python, where torch cannot be imported."""
    app, home, path = (tmp_path / name for name in ("app", "home", "path"))
    for folder in (app, home, path):
        folder.mkdir()
    (path / "sitecustomize.py").write_text(WITHOUT)
    shutil.copytree(ROOT / "cache" / "shipped", tmp_path / "cache" / "shipped")
    for copy in of("COPY"):
        *sources, target = [word for word in copy.split() if not word.startswith("--")]
        for name in sources:
            source = tmp_path / "cache" if name == "cache" else ROOT / name
            to = app / target / source.name if target.endswith("/") else app / target
            if source.is_dir():
                shutil.copytree(source, to, symlinks=True)
            else:
                shutil.copy(source, to)
    given = dict(pair.split("=", 1) for env in of("ENV") for pair in shlex.split(env))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    given |= {"STREAMLIT_SERVER_PORT": port, "KDENGINE_CACHE_DIR": str(app / "cache")}
    given |= {"HOME": str(home), "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    given |= {"KDENGINE_OFFLINE": "1", presenter.ENVIRONMENT: "of-all-replicas"}
    environment = {**os.environ, **given}

    def outside_the_cache():
        files = [file for file in app.rglob("*") if file.is_file()]
        return {f: f.stat().st_mtime_ns for f in files if (app / "cache") not in f.parents}

    before = outside_the_cache()
    _, *arguments = json.loads(of("CMD")[0])
    log = (tmp_path / "log").open("w")
    command = [sys.executable, "-m", "streamlit", *arguments]
    server = subprocess.Popen(command, cwd=app, env=environment, stdout=log, stderr=log)
    try:
        check = json.loads(of("HEALTHCHECK")[0].partition("CMD ")[2])
        check[0] = sys.executable
        end = time.monotonic() + 60
        while subprocess.run(check, env=environment, capture_output=True).returncode:
            assert time.monotonic() < end, (tmp_path / "log").read_text()
            time.sleep(0.5)
    finally:
        server.terminate()
        server.wait(20)
    assert subprocess.run(check, env=environment, capture_output=True).returncode != 0
    told = (tmp_path / "log").read_text()
    assert "The dashboard is open at" in told and "Traceback" not in told
    assert "of-all-replicas" not in told
    assert outside_the_cache() == before


def test_the_workflows_and_the_development_container_name_what_is_there():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
            runs = [step["run"] for step in job["steps"] if "run" in step]
            files = re.findall(r"-r (\S+)", "\n".join(runs))
            assert files and all((ROOT / name).is_file() for name in files)
    pages = yaml.safe_load((ROOT / ".github" / "workflows" / "pages.yml").read_text())
    steps = pages["jobs"]["edition"]["steps"]
    made = [step["run"].partition("--out ")[2] for step in steps if "--out" in step.get("run", "")]
    assert made == [step["with"]["path"] for step in steps if "upload" in step.get("uses", "")]
    assert pages["permissions"]["contents"] == "read"
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    assert container["forwardPorts"] == [8501]
    assert (ROOT / "dashboard" / "Home.py").is_file()
    assert "dashboard/Home.py" in container["postAttachCommand"]

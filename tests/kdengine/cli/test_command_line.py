"""What every command line does where its output, its memory or its folders fail it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.handout import __main__ as handout
from kdengine import files, pipeline
from kdengine.cli import command_line, terminal
from kdengine.cli import main as cli

ROOT = Path(__file__).resolve().parents[3]
MAIN = [sys.executable, "-m", "kdengine"]


def shell(redirections: str, *words: str, **variables: str) -> subprocess.CompletedProcess:
    """Run a command with *redirections* such as ``2>&-``, and return what came of it."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirections}', "sh", *words],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )


def test_progress_needs_no_error_output(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert not command_line.is_terminal()
    terminal.Progress().start(total=1)


@pytest.mark.parametrize("closed", ["2>&-", ">&-", "<&- >&- 2>&-"])
def test_no_file_gets_the_number_of_a_closed_stream(closed, tmp_path):
    """Else what a library says to the error output would be written into a run."""
    code = (
        "import os, sys\nfrom kdengine.cli import command_line\n"
        "def command():\n"
        "    number = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)\n"
        "    os.write(number, str(number).encode())\n"
        "    print('to nobody', flush=True), print('nor this', file=sys.stderr, flush=True)\n"
        "    return os.spawnl(os.P_WAIT, '/bin/sh', 'sh', '-c', 'echo >&1 && echo >&2')\n"
        "sys.exit(command_line.run(command))"
    )
    done = shell(closed, sys.executable, "-c", code, str(tmp_path / "run"))
    assert (done.returncode, done.stderr) == (0, "" if "2" in closed else "nor this\n\n")
    assert int((tmp_path / "run").read_text()) > 2


def test_a_closed_error_output_keeps_the_exit_code():
    done = shell("2>&-", *MAIN, "show", "student-mnist-omit3-seed0-00000000")
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize("words", [["-m", "kdengine", "reproduce"], ["-c", ""]])
def test_characters_that_the_output_lacks_become_question_marks(words):
    code = "from kdengine.cli import command_line as c; c.run(lambda: print('93 ± 2 – ε \\udcff'))"
    words = ["-c", code] if words == ["-c", ""] else words
    done = shell("", sys.executable, *words, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "?" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_takes_nothing_is_named(unbuffered):
    done = shell(">/dev/full", *MAIN, "sweep", PYTHONUNBUFFERED=unbuffered)
    told = "error: the output could not be written (No space left on device)\n"
    assert (done.returncode, done.stderr) == (1, told)
    if unbuffered:
        assert shell(">/dev/full 2>/dev/full", *MAIN, "sweep").returncode == 1


def test_a_reader_that_has_gone_ends_a_command_quietly():
    """With the code of a command that ended for it: a training is not done."""
    reading, writing = os.pipe()
    os.close(reading)
    for command in (MAIN, [sys.executable, "-m", "dashboard.handout"]):
        words = [*command, "sweep"] if command is MAIN else [*command, "--help"]
        done = subprocess.run(words, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE)
        assert done.stderr == b""
        assert done.returncode == (141 if command is MAIN else 0)  # argparse ends by itself
    os.close(writing)


@pytest.mark.parametrize("variable", ["KDENGINE_CACHE_DIR", "KDENGINE_DATA_DIR"])
@pytest.mark.parametrize("folder", ["{}/file", "{}/file/in", "~nobody-of-that-name/x"])
def test_a_folder_that_cannot_be_used_is_named_with_its_variable(
    variable, folder, tmp_path, monkeypatch, capsys
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(variable, folder.format(tmp_path))
    for main, words in (
        (cli.main, ["list"]),
        (handout.main, ["student-digits-omit3-seed0-c7a494c9", "--out", str(tmp_path / "out")]),
    ):
        assert main(words) == 1
        told = capsys.readouterr().err
        assert f"{variable} is {folder.format(tmp_path)}, which is no folder" in told
        assert "name another, or unset it" in told
    monkeypatch.setenv(variable, str(tmp_path / "not" / "yet"))
    assert files.unusable() == ""


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("CUDA out of memory."),
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
        OSError(12, os.strerror(12)),
    ],
)
def test_a_lack_of_memory_is_told_in_words(error, monkeypatch, capsys):
    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr(pipeline, "run", fail)
    assert cli.main(["run", "--dataset", "digits", "--quiet"]) == 1
    assert capsys.readouterr().err.startswith("error: there is not enough memory (")


def test_what_nobody_foresaw_keeps_its_traceback(monkeypatch):
    def fail(*arguments, **options):
        raise RuntimeError("the size of tensor a must match the size of tensor b")

    monkeypatch.setattr(pipeline, "run", fail)
    with pytest.raises(RuntimeError, match="tensor a"):
        cli.main(["run", "--dataset", "digits", "--quiet"])

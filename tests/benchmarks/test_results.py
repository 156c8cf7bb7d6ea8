"""The documents' tables between their marks: written, checked, and refused."""

import json

import pytest

from benchmarks import results
from benchmarks.tables import speed
from tests.benchmarks.tables.records import pages_record, pipeline_record

TEXT = """# Title

Before.

<!-- begin pipeline table -->
old
<!-- end pipeline table -->

Between.

<!-- begin dashboard table -->
<!-- end dashboard table -->
After.
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A document with two tables, and the figures of the first one."""
    path = tmp_path / "README.md"
    path.write_text(TEXT)
    (tmp_path / "pipeline.json").write_text(json.dumps(pipeline_record()))
    tables = {
        "pipeline": results.Table(speed.pipeline_table, (tmp_path / "pipeline.json",), "make it"),
        "dashboard": results.Table(speed.pages_table, (tmp_path / "pages.json",), "measure it"),
        "best": results.Table(no_table, (tmp_path / "pipeline.json",)),
    }
    monkeypatch.setattr(results, "DOCUMENTS", (path,))
    monkeypatch.setattr(results, "TABLES", tables)
    return path


def no_table(record):
    raise AssertionError("the document has no marks of this table")


def test_tables_are_written_between_their_marks_and_nothing_else_changes(project):
    assert results.main([]) == 0
    text = project.read_text()
    assert "| another checkout | 12 + 20 | 200.0 s |" in text
    assert "pages.json is not there; make it: `measure it`." in text
    assert "\nold\n" not in text
    for kept in ("# Title\n\nBefore.\n\n<!--", "-->\n\nBetween.\n\n<!--", "-->\nAfter.\n"):
        assert kept in text


def test_a_second_time_changes_nothing_and_the_check_is_content(project, capsys):
    (project.parent / "pages.json").write_text(json.dumps(pages_record()))
    assert results.main(["--check"]) == 1
    assert project.read_text() == TEXT
    results.main([])
    text = project.read_text()
    assert results.main(["--check"]) == results.main([]) == 0
    assert project.read_text() == text
    project.write_text(text.replace("200.0 s", "100.0 s"))
    assert results.main(["--check"]) == 1
    assert (
        "README.md differs; write it anew: python -m benchmarks.results" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    "damaged",
    [
        TEXT.replace("<!-- end dashboard table -->", ""),
        TEXT.replace("<!-- begin dashboard table -->", ""),
        TEXT + "<!-- begin dashboard table -->",
    ],
)
def test_half_a_pair_of_marks_is_refused(project, capsys, damaged):
    project.write_text(damaged)
    assert results.main([]) == 1
    assert "once each; mend it" in capsys.readouterr().err
    assert project.read_text() == damaged


def test_the_projects_own_documents_are_what_its_figures_say():
    """Fails after a measurement or an edit: python -m benchmarks.results."""
    assert results.main(["--check"]) == 0
    every = "".join(path.read_text() for path in results.DOCUMENTS)
    assert all(every.count(f"<!-- begin {name} table -->") == 1 for name in results.TABLES)
    assert "is not there; make it" not in every

"""The README's tables between their marks: written, checked, and refused."""

import json

import pytest

from benchmarks import readme
from benchmarks.tables.page_tables import pages_table
from benchmarks.tables.tables import pipeline_table
from tests.benchmarks.tables.records import pages_record, pipeline_record

TEXT = """# Title

Before.

<!-- begin pipeline table -->
old
<!-- end pipeline table -->

Between.

<!-- begin pages table -->
<!-- end pages table -->
After.
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A README with two tables, and the figures of the first one."""
    (tmp_path / "README.md").write_text(TEXT)
    (tmp_path / "pipeline.json").write_text(json.dumps(pipeline_record()))
    monkeypatch.setattr(readme, "README", tmp_path / "README.md")
    sources = {
        "pipeline": readme.Source(tmp_path / "pipeline.json", pipeline_table),
        "pages": readme.Source(tmp_path / "pages.json", pages_table),
        "best": readme.Source(tmp_path / "best.json", no_table),
    }
    monkeypatch.setattr(readme, "SOURCES", sources)
    return tmp_path


def no_table(record):
    raise AssertionError("the README has no marks of this table")


def test_tables_are_written_between_their_marks_and_nothing_else_changes(project):
    assert readme.main([]) == 0
    text = (project / "README.md").read_text()
    assert "| plain numpy | 12 + 20 | 200.0 s |" in text
    assert "make it with `python -m benchmarks.pages`" in text
    assert "\nold\n" not in text
    for kept in ("# Title\n\nBefore.\n\n<!--", "-->\n\nBetween.\n\n<!--", "-->\nAfter.\n"):
        assert kept in text


def test_a_second_time_changes_nothing_and_the_check_is_content(project):
    (project / "pages.json").write_text(json.dumps(pages_record()))
    assert readme.main(["--check"]) == 1
    assert (project / "README.md").read_text() == TEXT
    readme.main([])
    text = (project / "README.md").read_text()
    assert readme.main(["--check"]) == readme.main([]) == 0
    assert (project / "README.md").read_text() == text


def test_one_changed_digit_fails_the_check(project, capsys):
    readme.main([])
    path = project / "README.md"
    path.write_text(path.read_text().replace("200.0 s", "100.0 s"))
    assert readme.main(["--check"]) == 1
    assert "python -m benchmarks.readme" in capsys.readouterr().err


def test_a_quick_measurement_is_refused(project, capsys):
    (project / "pipeline.json").write_text(json.dumps(pipeline_record(quick=True)))
    assert readme.main([]) == 1
    assert "--quick" in capsys.readouterr().err
    assert (project / "README.md").read_text() == TEXT


@pytest.mark.parametrize(
    "damaged",
    [
        TEXT.replace("<!-- end pages table -->", ""),
        TEXT.replace("<!-- begin pages table -->", ""),
        TEXT + "<!-- begin pages table -->",
    ],
)
def test_half_a_pair_of_marks_is_refused(project, capsys, damaged):
    (project / "README.md").write_text(damaged)
    assert readme.main([]) == 1
    assert "once each; mend it" in capsys.readouterr().err
    assert (project / "README.md").read_text() == damaged


def test_the_projects_own_readme_is_what_its_figures_say():
    """Fails after a measurement or an edit: python -m benchmarks.readme."""
    assert readme.main(["--check"]) == 0

"""The overview's numbers and sentence, against counting by hand and by brute force."""

import re
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st

from dashboard.core import runs
from dashboard.topics.story import figures as views
from dashboard.topics.story import published
from kdengine import files
from kdengine.config import StudentConfig, run_key
from kdengine.recipes import plans
from kdengine.store import runs as store
from kdengine.store import shapes, tables
from kdengine.studies import cost_table
from kdengine.studies import seed_table as seed_tables
from tests.conftest import make_store
from tests.dashboard.pages import open_page, parts, values


def stored_experiment():
    key = next(e.key for e in store.list_runs() if isinstance(e.config, StudentConfig))
    return runs.experiment(key)


@pytest.fixture
def shown(small_store):
    st.cache_resource.clear()
    return stored_experiment()


def with_student_logits(shown, logits):
    return replace(shown, student=replace(shown.student, test_logits=logits))


def brute_force_right(logits, labels, offset, digit=3):
    right = 0
    for row, label in zip(logits.astype(np.float64), labels, strict=True):
        row = row.copy()
        row[digit] += offset
        right += int(label == digit and max(range(10), key=lambda c: (row[c], -c)) == digit)
    return right


@pytest.mark.parametrize("offset", [-2.0, 0.0, 1.5, 4.0])
def test_right_answers_are_counted(shown, offset):
    labels, total = shown.student.test_labels, int((shown.student.test_labels == 3).sum())
    for network, run, added in (
        ("teacher", shown.teacher, 0.0),
        ("baseline", shown.baseline, 0.0),
        ("student", shown.student, 0.0),
        ("student-offset", shown.student, offset),
    ):
        expected = (brute_force_right(run.test_logits, labels, added), total)
        assert views.right_of(shown, network, offset) == expected


def test_sentence_follows_the_logits(shown):
    sentence = views.sentence(shown, 2.0)
    labels = shown.student.test_labels
    before = brute_force_right(shown.student.test_logits, labels, 0.0)
    after = brute_force_right(shown.student.test_logits, labels, 2.0)
    assert before != after
    assert f"{before:,} of {int((labels == 3).sum()):,}" in sentence
    assert f"it gets {after:,}." in sentence
    rng = np.random.default_rng(0)
    perturbed = shown.student.test_logits + rng.normal(0, 5, (len(labels), 10)).astype("f4")
    assert views.sentence(with_student_logits(shown, perturbed), 2.0) != sentence


def test_sentence_claims_no_gain_where_there_is_none(shown):
    assert "leaves it there" in views.sentence(shown, 0.0)
    assert "it gets" not in views.sentence(shown, 0.0)


def test_who_the_networks_are_is_told_with_the_runs_numbers_and_not_what_comes_of_it(shown):
    told = views.cast(shown)
    assert "from 1,200 images" in told
    assert "1,000 of them, **none of which shows a 3**" in told
    right, _ = views.right_of(shown, "student")
    assert not re.search(rf"\b{right}\b|recognise", told)


def test_who_the_networks_are_where_few_digits_are_kept(empty_store):
    make_store(empty_store, omitted=(0, 1, 2, 3, 4, 5, 6, 9))
    assert "**which show only sevens and eights**" in views.cast(stored_experiment())


def seed_table(shown, rates):
    rows = [
        {
            role: {"accuracy": 0.9, "per_class_accuracy": [0.5] * 3 + [rate] + [0.5] * 6}
            for role in ("teacher", "student_before", "student_after")
        }
        for rate in rates
    ]
    experiment = plans.experiment(dataset="digits", seed=0).to_dict()
    return {**tables.header("seeds"), "experiment": experiment, "environment": {}, "rows": rows}


def test_spread_over_seeds_is_mean_and_standard_deviation(shown):
    spreads = views.spreads(shown, seed_table(shown, [0.90, 0.94]))
    images = int((shown.student.test_labels == 3).sum())
    counting = 100 * (0.92 * 0.08 / images) ** 0.5
    assert spreads["teacher"] == (
        f"92.0\u00a0% in 2 trainings, give or take 2.83 (counting {images} images alone: "
        f"{counting:.2f})"
    )
    assert "baseline" not in spreads


def test_spread_of_another_configuration_is_not_shown(shown):
    table = seed_table(shown, [0.90, 0.94])
    table["experiment"]["student"]["temperature"] = 4.0
    assert set(views.spreads(shown, table).values()) == {""}


def test_the_shipped_run_has_its_spread_over_the_shipped_seeds():
    """Also a table older than some field of a configuration, which then has its default."""
    student = plans.experiment(dataset="mnist").student
    shown = runs.experiment(run_key(student))
    table = seed_tables.load_table("classroom", "mnist")
    del table["experiment"]["student"]["elastic_pixels"]
    spreads = views.spreads(shown, table)
    assert set(spreads) == {"teacher", "student", "student-offset"}
    rates = [100 * row["student_before"]["per_class_accuracy"][3] for row in table["rows"]]
    mean, deviation = np.mean(rates), np.std(rates, ddof=1)
    counting = (mean * (100 - mean) / 1010) ** 0.5
    in_words = f"in {len(rates)} trainings, give or take {deviation:.2f}"
    assert spreads["student"] == (
        f"{mean:.1f}\u00a0% {in_words} (counting 1,010 images alone: {counting:.2f})"
    )


def test_seed_table_on_disk_is_read_and_a_damaged_one_is_none(shown):
    path = files.shipped_dir() / "seeds-classroom-digits.json"
    path.parent.mkdir()
    shapes.write_json(path, seed_table(shown, [0.9, 0.8]))
    assert len(seed_tables.load_table("classroom", "digits")["rows"]) == 2
    path.write_text(path.read_text()[:50])
    assert seed_tables.load_table("classroom", "digits") is None
    assert seed_tables.load_table("classroom", "mnist") is None


def test_sizes_are_those_of_the_stored_runs(shown):
    table = views.sizes(shown, None)
    teacher = 784 * 300 + 300 + 300 * 300 + 300 + 300 * 10 + 10
    assert list(table["Parameters"])[0] == f"{teacher:,}"
    assert list(table.index) == ["Teacher 784-300-300-10, fp32", "Student 784-200-200-10, fp32"]
    assert list(table["As the teacher in fp32"])[0] == "100.00\u00a0%"
    wrong = sum(shown.student.test_logits.argmax(axis=1) != shown.student.test_labels)
    assert list(table["Errors"])[1] == f"{wrong}"


def test_sizes_that_were_measured_take_the_place_of_those_of_the_training(shown):
    cost = {"bytes": 2_500_000, "microseconds": 8.0, "errors": 1234, "agreement": 0.9876}
    costs = {p: cost | {"microseconds": 8.0 / n} for n, p in enumerate(cost_table.PRECISIONS, 1)}
    measured = {"costs": {"teacher": costs, "student": costs}, "environment": {"thread_count": 3}}
    table = views.sizes(shown, measured)
    assert [name.partition(", ")[2] for name in table.index] == ["fp32", "bf16", "int8"] * 2
    row = ["2.5\u00a0MB", "4.0\u00a0µs", "1,234", "98.76\u00a0%"]
    assert [cell.replace(" ", "\u00a0") for cell in table.iloc[1]][1:] == row
    assert "answers 1.0 times as fast (measured in fp32; CPU threads: 3; " in views.sizes_sentence(
        shown, measured
    )


def test_published_figures_name_their_source():
    table = published.published()
    paper = table[table.index.str.contains("https://arxiv.org/abs/1503.02531", regex=False)]
    after = paper[paper["What"].str.contains("after")]
    assert list(after["Figure"]) == ["109 (14)"]
    assert after["Measured on"].str.contains("chosen on the test set").all()


def test_page_names_another_omitted_class(empty_store):
    make_store(empty_store, omitted=(7,))
    page = open_page("story")
    assert page.title[0].value == "The student that never saw a 7"
    assert not any("three" in text.value for text in page.markdown)


@pytest.mark.parametrize("asked", ["../../etc", "student-digits-omit3-seed0-00000000", "<b>x</b>"])
def test_an_address_that_names_no_run_gets_a_message_and_a_default(small_store, asked):
    page = open_page("story", run=asked)
    assert not page.exception
    (warning,) = page.warning
    assert f"run=` {asked} `, which is not stored here" in warning.value
    assert len(page.title) == 1


@pytest.mark.parametrize(
    ("omitted", "title"),
    [
        ((3, 8), "The student that never saw a 3 or an 8"),
        ((0, 1, 2, 3, 4, 5, 6, 9), "The student that saw only sevens and eights"),
        ((), "The student that saw every digit"),
    ],
)
def test_the_title_is_true_of_a_run_that_omits_several_digits_or_none(empty_store, omitted, title):
    make_store(empty_store, omitted=omitted)
    page = open_page("story")
    assert not page.exception
    assert page.title[0].value == title
    seen = title.partition(" saw ")[2]
    assert not omitted or any(seen in text.value for text in page.main.markdown)


def test_an_address_that_names_a_run_shows_it(empty_store):
    make_store(empty_store, omitted=(3,))
    make_store(empty_store, omitted=(7,), seed=1)
    key = next(
        e.key
        for e in store.list_runs()
        if isinstance(e.config, StudentConfig) and e.config.seed == 1
    )
    page = open_page("story", run=key)
    assert page.title[0].value == "The student that never saw a 7"


def test_a_damaged_run_is_named_and_the_others_stay_usable(empty_store):
    make_store(empty_store)
    make_store(empty_store, seed=1)
    broken = next(e for e in store.list_runs() if e.key.startswith("student") and "seed1" in e.key)
    (broken.path / "logits.safetensors").write_bytes(b"half")
    page = open_page("story", run=broken.key)
    assert not page.exception
    assert any("SHA-256" in warning.value for warning in page.warning)
    assert open_page("story").title[0].value == "The student that never saw a 3"


def test_the_page_tells_no_count_before_a_guess_and_keeps_whose_answers_are_shown(small_store):
    page = open_page("story")
    assert values(page, "story")["network"] is None
    (wall,) = parts(page, "story_wall")
    assert wall["network"] is None
    right, total = views.right_of(stored_experiment(), "student")
    told = [text.value for text in (*page.main.markdown, *page.main.title)]
    assert not [text for text in told if re.search(rf"\b{right}\b", text)]
    page = open_page("story", network="teacher")
    assert parts(page, "story_wall")[0]["network"] == "teacher"
    page = open_page("story", network="nobody")
    assert any("network=" in warning.value for warning in page.warning)
    assert parts(page, "story_wall")[0]["network"] is None

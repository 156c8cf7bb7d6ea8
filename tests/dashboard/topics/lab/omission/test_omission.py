"""Omission lab: frames and sentences against counting by hand, charts, the page."""

import json
from itertools import combinations

import numpy as np
import pytest

from dashboard.core import runs
from dashboard.core.experiment import Experiment
from dashboard.jobs import processes as jobs
from dashboard.topics.lab.omission import cases as cases_of
from dashboard.topics.lab.omission import charts, findings
from dashboard.topics.lab.omission import figures as views
from kdengine.config import run_key
from kdengine.data import datasets
from kdengine.recipes import plans
from kdengine.store import runs as store
from kdengine.store import tables
from kdengine.studies import sweep_table
from tests.conftest import make_store
from tests.dashboard.pages import open_page, values

ALL_BUT_78 = (0, 1, 2, 3, 4, 5, 6, 9)


def confusion(right, called=1):
    """Return a matrix of 100 images a digit, *right* of each right, the others called *called*."""
    table = np.zeros((10, 10), dtype=int)
    for digit in range(10):
        rate = right[digit] if isinstance(right, dict) else right
        table[digit, digit] = rate
        table[digit, called if digit != called else 0] += 100 - rate
    return table


def case(omitted, seed=0, before=60, after=80, classes=None, offsets=None):
    """Return a student of made-up counts."""
    moved = classes or omitted
    return cases_of.Case(
        omitted=tuple(omitted),
        seed=seed,
        before=confusion(before),
        after=confusion(after),
        classes=tuple(moved),
        offsets=tuple(offsets or [1.0] * len(moved)),
        seconds=8.0,
    )


def row_of(made):
    """Return a case as a row of a sweep's table."""
    config = plans.experiment(seed=made.seed, omitted_classes=made.omitted)
    figures = {
        role: {
            "errors": int(table.sum() - np.trace(table)),
            "accuracy": float(np.trace(table) / table.sum()),
            "omitted_accuracy": 0.5,
            "other_accuracy": 0.5,
            "per_class_accuracy": [0.5] * 10,
        }
        for role, table in (
            ("teacher", made.after),
            ("student_before", made.before),
            ("student_after", made.after),
        )
    }
    keys = {"teacher": run_key(config.teacher), "student": run_key(config.student)}
    values = list(made.offsets)
    return {
        "parameters": {"omitted_classes": list(made.omitted)},
        "seed": made.seed,
        **figures,
        "baseline": None,
        "offset": {
            "criterion": "frequency",
            "classes": list(made.classes),
            "value": values if len(values) > 1 else values[0],
        },
        "details": {
            "confusion_before": made.before.tolist(),
            "confusion_after": made.after.tolist(),
            "other_match": {"match": "omitted", "errors": 250},
            "curve": [[0.2, 0.0, 0.5], [0.7, 0.6, 0.9]],
        },
        "run_keys": keys,
        "wall_seconds": {"teacher": 9.0, "student": made.seconds},
        "environment": {},
    }


def write_table(name, cases):
    """Store the table of a sweep in the cache in use."""
    path = tables.path_of(sweep_table.table_of(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    table = {
        "format": 1,
        "name": name,
        "made_by": f"python -m kdengine sweep {name}",
        "created": "2026-01-02",
        "experiment": plans.experiment().to_dict(),
        "environment": {},
        "rows": [row_of(one) for one in cases],
        "failed": [],
    }
    path.write_text(json.dumps(table))
    return table


def kept_pairs():
    """Return 45 students of two digits: the more they add up to, the more they recognise."""
    return [
        case(views.others(pair), before=50, after=60 + sum(pair), classes=range(10))
        for pair in combinations(range(10), 2)
    ]


# Cases


def test_a_table_becomes_cases_and_rows_without_details_are_left_out():
    made = case((3,), seed=2, offsets=[0.75])
    rows = [row_of(made), {k: v for k, v in row_of(made).items() if k != "details"}]
    (found,) = cases_of.cases_of_table({"rows": rows})
    assert (found.omitted, found.seed, found.offsets) == ((3,), 2, (0.75,))
    assert (found.before == made.before).all() and (found.after == made.after).all()
    assert cases_of.cases_of_table(None) == []


def test_students_are_those_of_the_digits_a_seed_once():
    mixed = [case((3,), 1), case((3, 5)), case((3,), 0), case((3,), 1)]
    assert [one.seed for one in cases_of.students(mixed, (3,))] == [0, 1]


def test_a_stored_run_is_measured_from_its_logits(small_store):
    by_kind = {entry.config.kind: store.load(entry.key) for entry in store.list_runs()}
    student = by_kind["student"]
    found = cases_of.case_of_run(Experiment(student, by_kind["teacher"], None, 3))
    answers = student.test_logits.argmax(axis=1)
    right = int((answers == student.test_labels).sum())
    assert np.trace(found.before) == right and found.before.sum() == len(answers)
    moved = np.float64(student.test_logits)
    moved[:, 3] += found.offsets[0]
    assert np.trace(found.after) == int((moved.argmax(axis=1) == student.test_labels).sum())
    odds = np.exp(student.train_logits + found.offsets[0] * np.eye(10)[3])
    mass = (odds / odds.sum(axis=1, keepdims=True)).mean(axis=0)[3]
    assert mass == pytest.approx((student.train_labels == 3).mean(), abs=1e-5)


# Frames and sentences


def test_lead_counts_by_hand():
    assert views.lead([case((3,))]) == (
        "A student that saw no threes recognises **60\u00a0%** of the 100 test threes; with its "
        "offset **80\u00a0%**."
    )
    both = [case(ALL_BUT_78, seed, 60, 80 + 2 * seed, classes=range(10)) for seed in (0, 1)]
    told = views.lead(both)
    assert "saw nothing but sevens and eights" in told
    assert "the 800 test images of the digits it never saw" in told
    assert "with 10 offsets" in told
    assert "**81\u00a0%**" in told
    assert "81.0 ± 1.4\u00a0% (2 seeds)" in views.exact(both)  # 80 and 82: deviation √2


@pytest.mark.parametrize(
    ("omitted", "words"),
    [
        ((3,), "saw no threes"),
        ((3, 5), "saw no threes and no fives"),
        (tuple(range(1, 10)), "saw nothing but zeros"),
        ((0, 1, 2, 3, 4), "saw no zeros, ones, twos, threes and no fours"),
    ],
)
def test_who_the_student_is(omitted, words):
    assert views.transfer_words(omitted) == f"A student that {words}"


def test_missed_shares_and_their_title():
    right = {digit: 90 for digit in range(10)} | {5: 70}
    made = case((3, 5), after=right, before=40)
    table = views.per_class([made]).set_index(["digit", "role"])
    assert table.loc[("5", "student + offset"), "missed"] == pytest.approx(0.3)
    assert table.loc[("3", "student"), "missed"] == pytest.approx(0.6)
    assert not table.loc[("5", "student"), "seen"] and table.loc[("4", "student"), "seen"]
    assert "5 (30.0" in views.per_class_title([made])
    single = views.per_class_title([case((3,), before=40, after=90)])
    assert single == "Threes missed: 60.0\u00a0% before the offset, 10.0\u00a0% after"


def test_offsets_are_means_over_seeds_and_stand_at_their_class():
    both = [case((3, 5), 0, offsets=[1.0, -2.0]), case((3, 5), 1, offsets=[2.0, -1.0])]
    table = views.offsets(both)
    assert table["offset"].tolist() == [0, 0, 0, 1.5, 0, -1.5, 0, 0, 0, 0]
    assert table["label"].tolist()[3:6] == ["+1.50", "", "−1.50"]
    assert views.offsets_title(both) == "2 offsets, the largest +1.50 on class 3"


def test_a_matrix_is_headed_by_its_largest_confusion():
    title = views.matrix_title([case((3,), after={d: 100 - d for d in range(10)})], views.AFTER)
    assert title == "Seed 0: 45 of 1,000 wrong; most often 9 called 1 (9)"
    assert views.matrix_title([case((3,), after=100)], views.AFTER) == "Seed 0: 0 of 1,000 wrong"


def test_the_papers_case_is_told_beside_ours():
    ours = [case(ALL_BUT_78, before=90, after=97, classes=range(10))]
    assert [figure[0] for figure in views.paper_figures(ours)] == [
        "47.3\u00a0%",
        "13.2\u00a0%",
        "10.0\u00a0%",
        "3.0\u00a0%",
    ]


# What the sweeps found


def test_the_map_holds_every_pair_and_single_digit():
    singles = [case(views.others((d,)), after=50 + d, classes=range(10)) for d in range(10)]
    cells = findings.pair_map([*kept_pairs(), *singles], (7, 8))
    by_digits = cells.set_index(["high", "low"])
    assert len(cells) == 55
    assert by_digits.loc[("8", "7"), "label"] == "75.0"
    assert by_digits.loc[("4", "4"), "label"] == "54.0"
    assert by_digits[by_digits["selected"]].index.tolist() == [("8", "7")]
    assert by_digits[by_digits["paper"]].index.tolist() == [("8", "7")]
    assert findings.map_title(cells) == [
        "One network each: from 61.0\u00a0% (0 and 1)",
        "to 77.0\u00a0% (8 and 9)",
    ]


def test_like_is_set_beside_like():
    """Seeds that not every pair has are no part of the map: 7 and 8 stay at 75, not at 80."""
    more = [case(ALL_BUT_78, seed, after=80 + seed, classes=range(10)) for seed in range(1, 9)]
    cells = findings.pair_map([*kept_pairs(), *more], (0, 1))
    assert set(cells["seeds"]) == {1}
    assert cells.set_index(["high", "low"]).loc[("8", "7"), "label"] == "75.0"
    told = "\n".join(findings.findings([*kept_pairs(), *more]))
    assert "(one network each). From 61.0\u00a0% of the digits never seen (0 and 1) to " in told
    assert "Among them the paper's 7 and 8 are number 4 of 45 (75.0\u00a0%)." in told
    assert "**The paper's 7 and 8** (mean ± standard deviation of 9 seeds)" in told


def test_findings_tell_from_where_to_where():
    singles = [case((d,), before=30 + d, after=99 - d) for d in range(10)]
    alone = [case(views.others((d,)), before=10, after=50 + d) for d in range(10)]
    told = findings.findings([*singles, *kept_pairs(), *alone])
    assert len(told) == 3
    assert told[0].startswith(
        "**Each digit left out alone** (one network each). The lowest mean is that of 9: 90.0"
    )
    assert "numbers without a verdict, which takes 3 seeds: 0 (99.0\u00a0%), 1 (98.0" in told[0]
    assert "From 61.0\u00a0% of the digits never seen (0 and 1) to 77.0\u00a0% (8 and 9)" in told[1]
    assert "From 50.0\u00a0% of them (nothing but zeros) to 59.0\u00a0% (nothing" in told[2]
    assert not any(word in " ".join(told) for word in ("differs", "cannot tell", "best", "hardest"))


def test_the_lowest_digit_is_compared_with_every_other_by_all_pairs():
    """Fives are lowest; nines are seed by seed 1 better, 1 worse and 1 better, the rest 9."""
    singles = [
        case((d,), seed, after={5: 80, 9: 80 + (1, -1, 1)[seed]}.get(d, 89))
        for d in range(10)
        for seed in range(3)
    ]
    (told,) = findings.findings(singles)
    assert "that of 5: 80.0 ± 0.0\u00a0% of its images right" in told
    assert "Beside it, differs: 0 (89.0 ± 0.0\u00a0%), 1 (89.0" in told
    assert told.endswith("cannot tell: 9 (80.3 ± 1.2\u00a0%).")


def test_the_papers_pair_is_compared_with_those_of_as_many_seeds():
    compared = [
        case(views.others(pair), seed, after=right + wobble, classes=range(10))
        for pair, right in (((7, 8), 75), ((4, 8), 75), ((6, 8), 60))
        for seed, wobble in enumerate((0, 1, 2) if pair == (7, 8) else (1, 0, 2))
    ]
    told = findings.findings([*kept_pairs(), *compared])[-1]
    assert "**The paper's 7 and 8** (mean ± standard deviation of 3 seeds): 76.0 ± 1.0" in told
    assert told.endswith(
        "Beside that, differs: 6 and 8 (61.0 ± 1.0\u00a0%); cannot tell: 4 and 8 (76.0 ± 1.0"
        "\u00a0%)."
    )


def test_without_tables_there_is_nothing_to_tell():
    assert findings.findings([]) == []
    assert len(findings.findings(kept_pairs())) == 1
    assert views.sources(lambda name: None) == "No sweep over omitted classes is stored."


def test_seeds_are_averaged_not_counted_twice():
    cases = [case((3,), 0, after=80), case((3,), 1, after=90), case((3,), 1, after=90)]
    assert findings.shares(cases, 1, kept=False)["3"].tolist() == [0.8, 0.9]


# The address


@pytest.mark.parametrize(
    ("text", "digits"), [("7,8", (7, 8)), ("8,7,8", (7, 8)), ("3", (3,)), ("0,1,2", (0, 1, 2))]
)
def test_digits_are_read_from_the_address(text, digits):
    assert views.parse_keep(text) == digits
    assert views.parse_keep(",".join(map(str, digits))) == digits


@pytest.mark.parametrize(
    "text", ["", ",", "7,", "78", "a", "7;8", "-1", "10", "７", "0,1,2,3,4,5,6,7,8,9", "7, 8"]
)
def test_no_digits_are_read_from_nonsense(text):
    assert views.parse_keep(text) is None


# Charts


def test_charts_say_in_words_what_they_hold():
    made = [case((3, 5), after=90)]
    drawn = {
        "missed": charts.missed_by_digit(views.per_class(made), "Title"),
        "offsets": charts.offset_by_digit(views.offsets(made), "Title"),
        "matrix": charts.matrix(made[0].after, "Title; more"),
        "map": charts.pair_map(findings.pair_map(kept_pairs(), (0, 1)), ["One,", "two"]),
    }
    specs = {name: chart.to_dict() for name, chart in drawn.items()}
    assert all(spec["description"] for spec in specs.values())
    assert "3, student + offset: 10.0%" in specs["missed"]["description"]
    rows = [row for rows in specs["missed"]["datasets"].values() for row in rows]
    labels = {row["name"]: row["label"] for row in rows if "label" in row}
    assert len(labels) == 10 and labels["3 never seen"].endswith(" → 10.0")  # one a digit
    assert "class 3: +1.00" in specs["offsets"]["description"]
    assert "2 called 1: 10" in specs["matrix"]["description"]
    assert specs["matrix"]["title"] == {"text": "Title", "subtitle": "more"}
    assert "Map of 45 transfer sets. One, two." in specs["map"]["description"]
    assert [param["name"] for param in specs["map"]["params"]] == [charts.PAIR]


# The page


def text_of(page):
    """Return the page's sentences, warnings and infos."""
    elements = [*page.main.markdown, *page.main.warning, *page.main.info, *page.main.caption]
    return "\n".join(element.value for element in elements)


def html_of(page):
    """Return the page's cards."""
    return "".join(html.proto.body for html in page.main.get("html"))


@pytest.fixture
def swept(small_store):
    """A store with an MNIST run, the tables of two sweeps, and nothing else."""
    make_store(small_store, dataset="mnist")
    three = case((3,), before=60, after=80)
    write_table("keep-two", kept_pairs())
    write_table("omit-one", [three, *(case((d,), after=90) for d in range(10) if d != 3)])
    return small_store


def test_page_shows_what_the_tables_hold(swept):
    page = open_page("lab")
    assert not page.exception
    assert values(page, "lab")["keep"] == (7, 8)
    assert "saw nothing but sevens and eights recognises **50\u00a0%**" in text_of(page)
    assert "errors in the paper" in html_of(page)
    assert "**Two digits kept** (one network each)" in text_of(page)


def test_page_takes_the_digits_of_the_address_and_of_the_toggles(swept):
    page = open_page("lab", keep="0,1")
    assert "saw nothing but zeros and ones" in text_of(page)
    page.pills(key="lab_keep").set_value([8, 9]).run()
    assert not page.exception
    assert "saw nothing but eights and nines recognises" in text_of(page)
    assert page.query_params["keep"] == "8,9"
    page.pills(key="lab_keep").set_value([9, 8, 3]).run()
    # The answer leaves the toggles alone: one more may have been pressed meanwhile.
    (toggles,) = [each.proto for each in page.get("button_group") if "lab_keep" in each.proto.id]
    assert not toggles.set_value
    assert page.query_params["keep"] == "3,8,9"
    page.button(key="lab_paper").click().run()
    (toggles,) = [each.proto for each in page.get("button_group") if "lab_keep" in each.proto.id]
    assert toggles.set_value


@pytest.mark.parametrize(
    ("picked", "words"), [([], "Keep at least one digit"), (list(range(10)), "All ten digits")]
)
def test_a_choice_that_cannot_be_loses_nothing(swept, picked, words):
    page = open_page("lab", keep="8,9")
    page.pills(key="lab_keep").set_value(picked).run()
    assert not page.exception
    assert words in text_of(page)
    assert "saw nothing but eights and nines recognises" in text_of(page)
    assert values(page, "lab")["keep"] == (8, 9)


@pytest.mark.parametrize(
    "query",
    [{"keep": "<script>"}, {"keep": "0,1,2,3,4,5,6,7,8,9"}, {"confusions": "../../etc"}],
)
def test_page_refuses_nonsense_in_the_address(swept, query):
    page = open_page("lab", **query)
    assert not page.exception
    assert len(page.main.warning) == 1
    ((name, text),) = query.items()
    assert f"{name}=` {text} `, which is not" in page.main.warning[0].value
    assert values(page, "lab")["keep"] == (7, 8)


def test_what_is_not_stored_can_be_trained(swept, mnist, monkeypatch):
    started = []
    monkeypatch.setattr(jobs, "start", lambda request: started.append(request))
    page = open_page("lab", keep="1,2,3")
    assert "python -m kdengine run --keep 1,2,3" in text_of(page)
    page.button(key="lab_train").click().run()
    assert not page.exception
    assert started == [{"dataset": "mnist", "seed": 0, "omitted_classes": [0, 4, 5, 6, 7, 8, 9]}]


def test_a_full_queue_is_told(swept, mnist, monkeypatch):
    def refuse(request):
        raise jobs.QueueFull("8 trainings wait already")

    monkeypatch.setattr(jobs, "start", refuse)
    page = open_page("lab", keep="1,2,3")
    page.button(key="lab_train").click().run()
    assert "8 trainings wait already" in text_of(page)


def test_without_mnist_nothing_can_be_trained_and_the_page_says_why(swept, no_mnist):
    run = next(entry.key for entry in runs.students() if "mnist" in entry.key)
    page = open_page("lab", keep="1,2,3", run=run)
    assert not page.exception
    assert "Keras's" in text_of(page)
    assert not [button for button in page.main.button if button.key == "lab_train"]


def test_a_stored_run_beside_the_tables_counts_as_another_seed(empty_store):
    make_store(empty_store, dataset="mnist", omitted=(3,), seed=1)
    write_table("omit-one", [case((3,), 0)])
    page = open_page("lab", keep="0,1,2,4,5,6,7,8,9")
    assert not page.exception
    assert "(2 seeds)" in text_of(page)


def test_on_digits_the_stored_runs_are_shown_without_a_map(small_store):
    run = next(e.key for e in store.list_runs() if e.config.kind == "student")
    page = open_page("lab", run=run, keep="0,1,2,4,5,6,7,8,9")
    assert not page.exception
    threes = int((datasets.load("digits").test_labels == 3).sum())
    assert f"of the {threes} test threes" in text_of(page)
    assert "made on MNIST" in text_of(page)
    assert "errors in the paper" not in html_of(page)

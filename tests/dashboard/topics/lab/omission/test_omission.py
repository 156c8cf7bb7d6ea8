"""Omission lab: frames and sentences against counting by hand, charts, the page."""

import json
from itertools import combinations

import numpy as np
import pytest

from dashboard.core import runs
from dashboard.core.experiment import Experiment
from dashboard.jobs import processes as jobs
from dashboard.topics.lab.omission import cases as cases_of
from dashboard.topics.lab.omission import charts, findings, frequencies
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


def case(omitted, seed=0, before=60, after=80, other_errors=250, classes=None, offsets=None):
    """Return a student of made-up counts."""
    moved = classes or omitted
    return cases_of.Case(
        omitted=tuple(omitted),
        seed=seed,
        before=confusion(before),
        after=confusion(after),
        classes=tuple(moved),
        offsets=tuple(offsets or [1.0] * len(moved)),
        other_errors=other_errors,
        curve=((0.2, 0.0, 0.5), (0.7, 0.6, 0.9)),
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
            "other_match": {"match": "omitted", "errors": made.other_errors},
            "curve": [list(rates) for rates in made.curve],
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
    assert len(found.curve) == 3


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


def test_curves_hold_each_epoch_of_each_seed():
    table = views.curve([case((3,), 0), case((3,), 1)])
    assert len(table) == 2 * 2 * 2
    unseen = table[table["images"] == views.CURVES[0]]
    assert unseen["accuracy"].tolist() == [0.0, 0.6, 0.0, 0.6]
    assert views.curve_title([case((3,))]) == "Never seen: 0\u00a0% at epoch 1, 60\u00a0% at 2"


def test_matrix_is_the_counts_and_its_title_the_largest_confusion():
    cells = views.matrix([case((3,), after={d: 100 - d for d in range(10)})], views.AFTER)
    assert cells["images"].to_numpy().reshape(10, 10)[9].tolist() == [0, 9, *[0] * 7, 91]
    assert cells["label"].tolist()[:3] == ["100", "", ""]
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
    told = views.paper_sentence(ours)
    assert (
        "47.3\u00a0%" in told
        and "13.2\u00a0%" in told
        and "10.0\u00a0%, and 3.0\u00a0% with" in told
    )


# What the sweeps found


def test_the_map_holds_every_pair_and_single_digit():
    singles = [case(views.others((d,)), after=50 + d, classes=range(10)) for d in range(10)]
    groups = findings.groups([*kept_pairs(), *singles], "kept")
    cells = findings.pair_map(groups, "kept", (7, 8)).set_index(["high", "low"])
    assert len(cells) == 55
    assert cells.loc[("8", "7"), "label"] == "75.0" and cells.loc[("4", "4"), "label"] == "54.0"
    assert cells[cells["selected"]].index.tolist() == [("8", "7")]
    assert cells[cells["paper"]].index.tolist() == [("8", "7")]
    assert findings.map_title(groups, "kept") == [
        "Best teachers of all others: 8 and 9,",
        "worst: 0 and 1",
    ]


def test_a_map_of_pairs_left_out_marks_no_paper():
    pairs = [case(pair, after=60 + sum(pair)) for pair in combinations(range(10), 2)]
    groups = findings.groups(pairs, "omitted")
    assert not findings.pair_map(groups, "omitted", (3, 5))["paper"].any()
    assert findings.map_title(groups, "omitted")[0] == "Hardest to do without: 0 and 1,"


def test_findings_name_the_extremes():
    singles = [case((d,), before=30 + d, after=99 - d) for d in range(10)]
    omitted = [case(pair, after=90 - pair[0]) for pair in combinations(range(10), 2)]
    alone = [case(views.others((d,)), before=10, after=50 + d) for d in range(10)]
    told = findings.findings([*singles, *omitted, *kept_pairs(), *alone])
    assert len(told) == 5
    assert "**Hardest to do without: 9.**" in told[0] and "90.0\u00a0% of them" in told[0]
    assert (
        "easiest is 0 with 99.0\u00a0% (30.0\u00a0% before; 10 transfer sets, seed 0 alone)"
        in told[0]
    )
    assert told[0].endswith("Before the offset it is 0 (30.0\u00a0%).")
    assert "**Hardest pair to do without: 8 and 9**, 82.0\u00a0%" in told[1]
    assert "**The pair that teaches all the others best: 8 and 9.**" in told[2]
    # 8+9, 7+9 come before; 7 and 8 add up to 15 as do 6 and 9, which come first in order.
    assert "The paper's 7 and 8 are number 4 of 45 with 75.0\u00a0%." in told[2]
    assert "chance" not in " ".join(told)  # with one seed of everything nothing is known of it
    # The ten best: nine that add up to 13 or more, and 3 and 9. The worst: up to 5, and 2 and 4.
    assert told[2].endswith("6 of the ten best hold a 9, 5 of the ten worst hold a 0.")
    assert "nothing but nines recognises 59.0\u00a0%" in told[3]
    # Sums of pairs average 9: 31 % errors; the other match has 250 of 1,000.
    assert "31.00\u00a0% errors with all ten matched, 25.00\u00a0%" in told[4]


def test_extremes_that_the_seeds_do_not_tell_apart_are_named():
    """Fives are hardest; nines are seed by seed 1 better, 1 worse and 1 better, the rest 9."""
    singles = [
        case((d,), seed, after={5: 80, 9: 80 + (1, -1, 1)[seed]}.get(d, 89))
        for d in range(10)
        for seed in range(3)
    ]
    (told,) = findings.findings(singles)
    assert "**Hardest to do without: 5.**" in told
    assert "80.0 ± 0.0\u00a0% of them" in told
    assert "3 seeds do not tell 5 from 9." in told


def test_one_seed_is_measured_by_how_much_others_vary():
    """The paper's pair varies by ± 0.14, so two of one seed by chance by 2·√2·0.14 = 0.4."""
    varied = [
        case(ALL_BUT_78, seed, after={d: 75 + (1, -1, 1)[seed] * (d == 9) for d in range(10)})
        for seed in range(3)
    ]
    rates = cases_of.omitted_rates(varied, cases_of.AFTER)
    assert np.std(rates, ddof=1) == pytest.approx(0.0125 / 8 * 0.9238, rel=0.01)  # 1 of 800 images
    told = findings.findings([*kept_pairs(), *varied])[0]
    assert "7 and 8 are number" in told and "± 0.1\u00a0%" in told
    assert "within chance" not in told  # the next pair is a whole point away
    close = [case(views.others(pair), after=75) for pair in ((7, 9), (8, 9))]
    told = findings.findings([*close, *varied])[0]
    assert "2 other pairs are within chance of 7 and 8: the pairs with several seeds vary" in told


def test_without_tables_there_is_nothing_to_tell():
    assert findings.findings([]) == []
    assert len(findings.findings(kept_pairs())) == 2


def test_seeds_are_averaged_not_counted_twice():
    cases = [case((3,), 0, after=80), case((3,), 1, after=90), case((3,), 1, after=90)]
    (group,) = findings.groups(cases, "omitted")
    assert (group.after, group.seeds) == (pytest.approx(0.85), 2)


# Frequencies by hand


@pytest.fixture
def stored(small_store):
    """The small store's experiment."""
    by_kind = {entry.config.kind: store.load(entry.key) for entry in store.list_runs()}
    return Experiment(by_kind["student"], by_kind["teacher"], None, 3)


def test_a_deployment_weighs_each_digit_by_its_frequency(stored):
    given = frequencies.parse_frequencies("3 = 0.3")
    table = frequencies.deployment(stored, given).set_index("way")
    labels, train = stored.student.test_labels, stored.student.train_labels
    shares = np.bincount(train, minlength=10) / len(train)
    targets = np.where(np.arange(10) == 3, 0.3, shares * 0.7 / (1 - shares[3]))
    answers = stored.student.test_logits.argmax(axis=1)
    rates = np.array([(answers == labels)[labels == d].mean() for d in range(10)])
    assert table.loc[frequencies.NONE, "accuracy"] == pytest.approx((targets * rates).sum())
    assert table.loc[frequencies.NONE, "named"] == pytest.approx(rates[3])
    # Told of more threes, the student calls more images a three.
    named = table["named"]
    assert named[frequencies.TOLD] >= named[frequencies.TRAINING] >= named[frequencies.NONE]
    told = frequencies.sentence(stored, given, table.reset_index())
    assert "30\u00a0% of the images are threes" in told
    for way in (frequencies.TRAINING, frequencies.TOLD, frequencies.SHOWN, frequencies.RATIO):
        assert f"{100 * (1 - table.loc[way, 'accuracy']):.2f}\u00a0%" in told


def test_images_as_there_have_each_digit_as_often_as_there():
    labels = np.repeat(np.arange(10), [40] * 9 + [8])
    targets = np.full(10, 0.1)
    chosen = frequencies._images_as_there(labels, targets)
    assert np.bincount(labels[chosen]).tolist() == [8] * 10  # no digit more often than nines
    targets = np.where(np.arange(10) == 3, 0.55, 0.05)
    chosen = frequencies._images_as_there(labels, targets)
    assert np.bincount(labels[chosen]).tolist() == [4] * 3 + [40] + [4] * 6  # all threes
    assert len(set(chosen)) == len(chosen)


def test_the_training_sets_own_frequencies_change_nothing(stored):
    train = stored.student.train_labels
    own = ((3, float((train == 3).mean())),)
    table = frequencies.deployment(stored, own).set_index("way")["accuracy"]
    assert table[frequencies.TOLD] == pytest.approx(table[frequencies.TRAINING], abs=1e-9)
    assert table[frequencies.RATIO] == pytest.approx(table[frequencies.TRAINING], abs=1e-9)


@pytest.mark.parametrize(
    "text", ["", "3", "3=", "=0.3", "3=0", "3=1", "3=1.5", "a=0.3", "3=0.3,3=0.3", "10=0.2",
             "3=nan", "3=0.7,5=0.4", ",".join(f"{d}=0.2" for d in range(10))],
)  # fmt: skip
def test_frequencies_that_cannot_be_are_refused(text):
    with pytest.raises(ValueError, match=r".") as caught:
        frequencies.parse_frequencies(text)
    assert "--frequencies" not in str(caught.value)


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
        "curves": charts.learning_curves(views.curve(made), list(views.CURVES), "Title"),
        "matrix": charts.matrix(views.matrix(made, views.AFTER), "Title; more"),
        "map": charts.pair_map(
            findings.pair_map(findings.groups(kept_pairs(), "kept"), "kept", (0, 1)),
            title=["One,", "two"],
            subtitle=["three"],
        ),
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
    assert "The paper's own case" in text_of(page)
    assert "The pair that teaches all the others best: 8 and 9." in text_of(page)


def test_page_takes_the_digits_of_the_address_and_of_the_toggles(swept):
    page = open_page("lab", keep="0,1")
    assert "saw nothing but zeros and ones" in text_of(page)
    page.pills(key="lab_keep").set_value([8, 9]).run()
    assert not page.exception
    assert "saw nothing but eights and nines recognises" in text_of(page)
    assert page.query_params["keep"] == "8,9"


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
    [{"keep": "<script>"}, {"keep": "0,1,2,3,4,5,6,7,8,9"}, {"map": "../../etc"}],
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
    assert "The paper's own case" not in text_of(page)


def test_frequencies_come_from_the_address(swept):
    asked = "5=0.25,3=0.1"
    page = open_page("lab", keep="0,1,2,4,5,6,7,8,9", frequencies=asked)
    assert not page.exception
    assert page.text_input(key="lab_frequencies").value == asked
    assert "10\u00a0% of the images are threes" in text_of(page)
    assert "25\u00a0% of the images are fives" in text_of(page)


@pytest.mark.parametrize("asked", ["3=0", "3=0.6,5=0.6", "x" * 5000])
def test_frequencies_that_cannot_be_are_told_and_nothing_is_lost(swept, asked):
    page = open_page("lab", keep="0,1,2,4,5,6,7,8,9", frequencies=asked)
    assert not page.exception
    assert "No such frequencies" in text_of(page)
    assert "saw no threes recognises **60\u00a0%**" in text_of(page)

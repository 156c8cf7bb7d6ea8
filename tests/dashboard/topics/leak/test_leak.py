"""The leak page: figures by hand, what is claimed at every outcome, the address."""

import numpy as np
import pytest

from dashboard.charting.specification import with_values
from dashboard.topics.leak import charts, words
from dashboard.topics.leak import figures as views
from kdengine.studies import sweeps
from tests.dashboard import fake_sweeps
from tests.dashboard.pages import open_page

WOBBLE = np.array([-1, 1, 0, 1, -1, 0, 1, -1]) / 1000  # what seeds add, nothing on average
BY_SETTING = {str(changed): name for name, changed in sweeps.CAUSALITY.items()}


def made(before, after=0.9, others=0.95):
    """Return a table in which each variant recognises what *before* says, else 0.96."""

    def figures(point, stage):
        name = BY_SETTING[str(point.parameters)]
        if stage == "after":
            return after, others
        return before.get(name, 0.96) + WOBBLE[point.plan.student.seed], 0.99

    return fake_sweeps.table("causality", figures)


OUTCOMES = tuple(views.GUESSES)
CLEAR = {**dict.fromkeys(views.CUT, 0.001), "temperature-1": 0.5}


def text_of(page):
    """Return all that the page says."""
    return " ".join(element.value for element in [*page.main.markdown, *page.main.caption])


def test_every_variant_of_the_sweep_has_a_label_words_and_proofs():
    assert views.VARIANTS.keys() == sweeps.CAUSALITY.keys()
    assert set(views.CUT) | set(views.FRONT) < sweeps.CAUSALITY.keys()
    for name, told in views.VARIANTS.items():
        assert told.keys() == {"label", "how", *OUTCOMES}, name
        assert len(set(told.values())) == len(told)


def test_means_are_over_the_seeds_in_the_order_of_the_labels():
    table = made(CLEAR)
    shown = views.means(table)
    assert list(dict.fromkeys(shown["variant"])) == list(views.VARIANTS)
    one = shown[(shown["variant"] == "temperature-1") & (shown["stage"] == "before the offset")]
    assert one["mean"].item() == pytest.approx(0.5)
    assert one["deviation"].item() == pytest.approx(np.std(WOBBLE, ddof=1))
    assert one["others"].item() == pytest.approx(0.99)
    assert "column of 3 removed" in set(shown["label"])


def test_the_question_gives_no_answer_and_the_answer_follows_the_figures():
    clear = made(CLEAR)
    asked = words.lead(clear)
    assert "1,000 threes" in asked and len(asked.split()) <= 20 and "%" not in asked
    told = words.answer(views.means(clear), clear)
    assert told.startswith("**No leak.**")
    assert told.endswith("(those without it beside the reference, differs: 5 of 5).")
    for changed in ({"hard-labels": 0.3}, {"not-called-omitted": 0.2}):
        other = made({**CLEAR, **changed})
        assert words.answer(views.means(other), other).startswith("**Not so clear:**")


def test_guesses_are_counted_and_none_is_said_as_none():
    table = made({**CLEAR, "hard-labels": 0.0, "temperature-1": 0.5})
    shown = views.means(table)
    guesses = {"plain": "most", "hard-labels": "none", "temperature-1": "most"}
    assert words.score(shown, guesses) == "You guessed 2 of 3. "
    assert words.score(shown, {}) == ""
    told = words.result(shown, table, "temperature-1", "most")
    assert "50.0\u00a0%" in told and "width:calc(0.500 * 100%)" in told and "most\u00a0✗" in told
    for name, said in (("plain", "96.0"), ("hard-labels", ">none<")):
        told = words.result(shown, table, name, None)
        assert said in told and "said" not in told
        assert ("calc(0.000 " in told) == (name == "hard-labels")  # the bar's width


@pytest.mark.parametrize("name", sorted(views.VARIANTS.keys() - {"plain"}))
@pytest.mark.parametrize(("before", "which"), [(0.005, 0), (0.5, 1), (0.93, 2)])
def test_a_proof_is_the_one_of_its_outcome(name, before, which):
    table = made({name: before})
    told = words.sentence(views.means(table), table, name)
    expected = [
        views.VARIANTS[name][outcome].format(digit=3, things="threes") for outcome in OUTCOMES
    ]
    assert [proof in told for proof in expected] == [place == which for place in range(3)]
    assert f"{100 * before:.1f} ± 0.1\u00a0%" in told
    assert "makes that 90.0\u00a0% of the threes" in told
    assert "from 99.0\u00a0% to 95.0\u00a0%" in told


def test_what_one_variant_proves_does_not_deny_what_another_proves():
    """Each of three sets brings most of it: so none carries all, and none is all."""
    enough = ("top-tenth", "random-tenth", "other-nine-tenths")
    table = made({"plain": 0.96, **dict.fromkeys(enough, 0.95)})
    shown = views.means(table)
    for name in enough:
        told = words.sentence(shown, table, name)
        assert "most of it" in told and "enough" not in told
        for denied in (" it all", "all of them", "Any tenth", " only source"):
            assert denied not in told
    # A random tenth that brings none of it says nothing of a chosen one.
    table = made({"plain": 0.96, "top-tenth": 0.95, "random-tenth": 0.001})
    told = words.sentence(views.means(table), table, "random-tenth")
    assert "drawn at random brings none of it" in told


def test_each_variant_is_judged_beside_the_reference_by_the_one_rule():
    table = made({**CLEAR, "temperature-1": 0.5, "top-tenth": 0.96})
    shown, found = views.means(table), views.compared(table)
    assert found["temperature-1"] == found["hard-labels"] == "differs"
    assert found["top-tenth"] == "cannot tell" and "plain" not in found
    told = words.sentence(shown, table, "temperature-1")
    assert "before the offset (beside the reference, differs). " in told
    assert "beside the reference" not in words.sentence(shown, table, "plain")
    few = {**table, "rows": [row for row in table["rows"] if row["seed"] < 2]}
    assert set(views.compared(few).values()) == {None}
    told = words.sentence(views.means(few), few, "temperature-1")
    assert "(beside the reference, numbers without a verdict, which takes 3 seeds)" in told
    assert "differs" not in words.answer(views.means(few), few)


def test_the_surprise_is_told_only_where_there_is_one():
    table = made(CLEAR, after=0.7, others=0.93)
    told = words.surprise(views.means(table), table)
    assert "reach 70.0\u00a0% to 70.0\u00a0% with it" in told
    assert "end at 93.0\u00a0%" in told
    table = made({})
    assert words.surprise(views.means(table), table) == ""


def test_a_table_that_lacks_variants_still_serves():
    table = made(CLEAR)
    gone = str(sweeps.CAUSALITY["top-tenth"])
    table["rows"] = [row for row in table["rows"] if str(row["parameters"]) != gone]
    shown = views.means(table)
    assert "top-tenth" not in views.variants(shown)
    assert words.answer(shown, table) == ""


def test_the_chart_has_two_bars_a_variant_and_says_the_same_in_words():
    table = made(CLEAR)
    shown = views.means(table)
    described = words.description(shown, table)
    assert described.count("before the offset") == len(views.VARIANTS)
    figure = with_values(
        charts.accuracy_by_variant(shown, "plain", things="threes", description=described)
    )
    assert figure["description"] == described
    (data,) = [rows for rows in figure["datasets"].values() if len(rows) == 22]
    assert all(0.0 <= row["low"] <= row["mean"] <= row["high"] <= 1.0 for row in data)
    names = [row["label"] for rows in figure["datasets"].values() for row in rows]
    assert [name for name in names if name.startswith("▶")] == [
        "▶ the student as it is (reference)"
    ]


def test_page_says_what_the_table_says(small_store):
    table = made(CLEAR)
    fake_sweeps.install(table)
    page = open_page("leak")
    assert not page.exception
    shown = views.means(table)
    told = text_of(page)
    assert words.lead(table) in told
    assert words.sentence(shown, table, views.DEFAULT) in told
    assert "MNIST. Bars: mean" in told and "`python -m kdengine sweep causality`" in told


def results(page):
    """Return what the page shows beside each variant that was guessed."""
    bodies = (html.proto.body for html in page.main.get("html"))
    return [body for body in bodies if "* 100%);height" in body]


def test_each_bar_comes_after_its_guess_and_the_answer_after_the_last(small_store):
    fake_sweeps.install(made(CLEAR))
    page = open_page("leak")
    for told, name in enumerate(views.FRONT, start=1):
        assert len(results(page)) == told - 1 and "No leak" not in text_of(page)
        page.get("button_group")[0].set_value("most").run()
        assert page.query_params[name] == "most"
    assert not page.exception
    assert "You guessed 2 of 5. **No leak.**" in text_of(page)


@pytest.mark.parametrize("asked", [{"all": "1"}, {"variant": "hard-labels"}])
def test_a_link_that_carries_a_state_skips_the_guessing(small_store, asked):
    fake_sweeps.install(made(CLEAR))
    page = open_page("leak", **asked)
    assert len(results(page)) == 5 and not page.get("button_group")
    assert "No leak" in text_of(page) and "You guessed" not in text_of(page)
    assert ("**▶ Hard labels**" in text_of(page)) == ("variant" in asked)


def test_show_all_shows_every_bar(small_store):
    fake_sweeps.install(made(CLEAR))
    page = open_page("leak")
    page.button(key="leak_all").click().run()
    assert page.query_params["all"] == "1" and len(results(page)) == 5


def test_page_takes_the_variant_from_the_address_and_keeps_it_there(small_store):
    table = made(CLEAR)
    fake_sweeps.install(table)
    page = open_page("leak", variant="hard-labels")
    assert not page.main.warning
    assert page.selectbox(key="leak_variant").value == "hard-labels"
    page.selectbox(key="leak_variant").select("top-tenth").run()
    assert page.query_params["variant"] == "top-tenth"


@pytest.mark.parametrize("asked", ["banana", "", "<b>", "x" * 500])
def test_page_refuses_nonsense_in_the_address(small_store, asked):
    fake_sweeps.install(made(CLEAR))
    page = open_page("leak", variant=asked)
    assert not page.exception
    assert page.selectbox(key="leak_variant").value == views.DEFAULT
    assert len(page.main.warning) == 1


@pytest.mark.parametrize(("content", "told"), [(None, "is not stored"), ("{", "is damaged")])
def test_page_says_how_to_make_a_table_that_is_missing_or_damaged(small_store, content, told):
    if content:
        (small_store / "sweep-causality.json").write_text(content)
    page = open_page("leak")
    assert not page.exception
    (info,) = [info.value for info in page.main.info if "sweep" in info.value]
    assert told in info
    assert "`python -m kdengine sweep causality`" in info

"""The page of reproductions: findings from tables of known numbers, charts, the address."""

import re

import pytest

from dashboard.charting.specification import with_values
from dashboard.topics.lab.reproductions import charts, why, words
from dashboard.topics.lab.reproductions import figures as views
from kdengine.recipes import known
from kdengine.studies import sweeps
from tests.dashboard import fake_reproductions, fake_sweeps
from tests.dashboard.pages import open_page


def text_of(page):
    """Return all that the page says."""
    shown = [*page.main.markdown, *page.main.caption, *page.main.subheader]
    return " ".join(element.value for element in shown)


def drawn(figure):
    """Return a chart's specification as the page draws it."""
    return with_values(figure)


def test_error_rates_are_errors_over_images_and_accuracies_turned_round():
    table = fake_reproductions.table("hiverxd")
    frame = views.figures(table).set_index("quantity")
    row = frame.loc["KD no 3 + 3.5, accuracy on 3"]
    assert row["published_wrong"] == pytest.approx(0.609)
    assert row["images"] == 1010
    table = fake_reproductions.table("am207", lambda f: [f.value - 10, f.value + 10])
    row = views.figures(table).set_index("quantity").loc["no 3, soft T=3, errors on threes"]
    assert row["wrong"] == pytest.approx(523 / 1010)
    assert row["sd"] == pytest.approx(200**0.5, abs=1e-4)
    assert row["high"] == pytest.approx((523 + 200**0.5) / 1010, abs=1e-6)
    offsets = views.figures(fake_reproductions.table("hinton-problems"))
    assert offsets[offsets["measure"] == "offset"]["wrong"].isna().all()


def test_the_main_chart_leaves_single_digits_but_three_to_the_bars():
    frame = views.headline(views.figures(fake_reproductions.table("hiverxd")))
    assert set(frame["digit"].dropna()) == {3}
    assert len(frame) == 12  # seven on threes, five on all
    assert frame["published_wrong"].max() == 1.0
    perfect = fake_reproductions.table("hiverxd", lambda figure: [1.0, 1.0])
    assert views.headline(views.figures(perfect))["wrong"].min() == views.FLOOR  # of a log axis


def test_the_lead_counts_the_verdicts_and_names_the_widest_gap():
    def ours(figure):
        if figure.quantity == "no 3, soft T=3, errors on threes":
            return [300.0, 301.0, 302.0]
        return [figure.value] * 3

    frame = views.figures(fake_reproductions.table("am207", ours))
    assert words.lead(frame, "am207") == (
        "Of 18 figures of Harvard AM207, differs: **1** (about 0.9 would by chance); agrees: 16; "
        "cannot tell: 1. The widest gap of what differs: no 3, soft T=3, errors on threes, "
        "published 523, ours 301."
    )
    assert words.title(frame, "am207") == (
        "Harvard AM207 and ours; differs: ours is 1 below the published errors"
    )
    same = views.figures(fake_reproductions.table("am207"))
    assert "differs: **0** " in words.lead(same, "am207") and "gap" not in words.lead(same, "am207")
    assert words.title(same, "am207").endswith("differs: none")
    none = views.figures(fake_reproductions.table("am207", lambda figure: [1.0] * 3))
    assert "differs: **18** (about 0.9 would by chance); agrees: 0" in words.lead(none, "am207")


def test_fewer_seeds_than_a_verdict_needs_are_numbers_alone():
    frame = views.figures(fake_reproductions.table("am207", lambda f: [f.value] * 2))
    assert words.lead(frame, "am207") == (
        "The figures of Harvard AM207 beside ours: numbers without a verdict, which takes 3 seeds."
    )
    assert set(views.shown_table(frame)["verdict"]) == {"–"}


def test_single_digits_but_the_three_are_shown_without_a_verdict():
    frame = views.figures(fake_reproductions.table("hiverxd"))
    alone = frame["digit"].notna() & (frame["digit"] != 3)
    assert frame[alone]["verdict"].isna().all() and frame[~alone]["verdict"].notna().all()
    assert f"Of {(~alone).sum()} figures" in words.lead(frame, "hiverxd")


def test_the_table_reads_in_units():
    table = fake_reproductions.table("hinton-problems", lambda f: [f.value, f.value + 0.001])
    shown = views.shown_table(views.figures(table)).set_index("quantity")
    row = shown.loc["student, offset"]
    assert (row["published"], row["ours"], row["difference"]) == ("+2.70", "+2.70 ± 0.00", "+0.00")
    row = shown.loc["student after, accuracy"]
    assert (row["published"], row["ours"]) == ("98.07\u00a0%", "98.12\u00a0% ± 0.07")
    assert row["difference"] == "+0.05 points"
    uneven = fake_reproductions.table(
        "hinton2015", lambda f: [f.value] * (2 if f.network == "7-8" else 3)
    )
    shown = views.shown_table(views.figures(uneven)).set_index("quantity")["ours"]
    assert shown["student of 7 and 8 alone, offset on both"] == "−7.60 ± 0.00 (2 seeds)"
    assert shown["teacher, errors"] == "67 ± 0.0"
    errors = fake_reproductions.table("am207", lambda figure: [figure.value - 12.5])
    shown = views.shown_table(views.figures(errors)).set_index("quantity")
    row = shown.loc["no 3, hard labels, errors"]
    assert (row["published"], row["ours"], row["difference"]) == ("1,328", "1,315.5", "−12.5")
    note = shown.loc["all digits, mix, errors", "the source's own note"]
    assert note == "the count rounds down: 324 by its accuracy"


def single_changes(name):
    """Return a sweep in which T² alone helps, to 0.9, and the frequency's offset always does."""

    def figures(point, stage):
        if stage == "before":
            return 0.05, 0.97
        if point.plan.rule.criterion == "frequency":
            return 0.95, 0.96
        return (0.9 if point.plan.student.scale_soft_by_t2 else 0.4), 0.97

    return fake_sweeps.table(name, figures, offset=7.0)


def why_of(name):
    """Return the variants of a sweep."""
    return known.SOURCES[name.removeprefix("why-")].why


@pytest.mark.parametrize("name", why.SWEEPS.values())
def test_single_changes_are_told_apart(name):
    table = single_changes(name)
    shown = why.variants(table)
    assert list(shown["x"]) == list(why_of(name))
    assert set(shown["count"]) == {len(sweeps.SWEEPS[name].seeds)}
    told = why.sentence(table)
    assert (
        "As published, +3.5 brings **40.0\u00a0%** of the threes (the paper: 98.6\u00a0%)" in told
    )
    raised = [n for n, changed in why_of(name).items() if changed.get("scale_soft_by_t2")]
    differing = re.search("beside that, differs: ([^;]*); cannot tell: ", told).group(1)
    assert sorted(differing.split(", ")) == sorted(f"{n} 90.0\u00a0%" for n in raised)
    assert "asks for +7.00 and gives 95.0\u00a0%" in told
    assert "40.0\u00a0% as published, 90.0\u00a0% with “with T²”" in why.title(shown)


def test_single_changes_that_seeds_do_not_tell_from_chance_are_no_finding():
    """T² brings 9, −1 and 4 points: mean 4, deviation 5, and 4 < 4.303 · 5 / √3 = 12.4."""
    more = (0.09, -0.01, 0.04)

    def figures(point, stage):
        student = point.plan.student
        is_raised = stage == "after" and point.plan.rule.criterion == "paper"
        return 0.5 + (more[student.seed] if is_raised and student.scale_soft_by_t2 else 0.0), 0.97

    told = why.sentence(fake_sweeps.table("why-hiverxd", figures))
    assert "beside that, cannot tell: with T² 54.0\u00a0%, " in told and "differs" not in told


def test_one_network_with_two_results_is_told():
    """The sweep has 40 % of the threes on all seeds; the made-up run is that of the first."""
    table = single_changes("why-hiverxd")

    def ours(rate):
        return fake_reproductions.table("hiverxd", lambda f: [rate if f.value < 1 else f.value])

    told = why.twice(table, ours(0.52))
    assert "52.0\u00a0% above and 40.0\u00a0% here, up to 12 points apart" in told
    assert why.twice(table, ours(0.4)) == ""
    for row in table["rows"]:
        row["run_keys"]["student"] += "x"
    assert why.twice(table, ours(0.52)) == ""


@pytest.mark.parametrize("name", views.SOURCES)
def test_charts_carry_their_finding_and_their_words(name):
    table = fake_reproductions.table(name, lambda f: [f.value * 0.9, f.value * 0.95])
    frame = views.figures(table)
    shown = views.headline(frame)
    spec = drawn(charts.published_and_ours(shown, title="found", description="in words"))
    assert (spec["title"]["text"], spec["description"]) == ("found", "in words")
    counts = sorted(len(data) for data in spec["datasets"].values())
    assert counts == [len(shown), 2 * len(shown)]
    assert len(words.description(frame)) > 100


def test_a_narrow_axis_has_lines_to_read():
    table = fake_reproductions.table("rp13", lambda f: [f.value + 3 * (f.measure == "errors")])
    narrow = views.headline(views.figures(table))
    wide = views.headline(views.figures(fake_reproductions.table("am207")))
    assert {0.01, 0.015, 0.02} < {round(rate, 4) for rate in charts._ticks(narrow)}
    assert 0.015 not in charts._ticks(wide)


@pytest.mark.parametrize("source", views.SOURCES)
def test_page_draws_every_source(small_store, source):
    fake_reproductions.install(fake_reproductions.table(source))
    if source in why.SWEEPS:
        fake_sweeps.install(single_changes(why.SWEEPS[source]))
    page = open_page("lab", tab="reproductions", source=source)
    assert not page.exception
    assert not page.main.warning
    told = text_of(page)
    assert f"`python -m kdengine reproduce {source}`" in told
    judged = sum(f.digit in (None, 3) for f in known.SOURCES[source].figures)
    assert f"Of {judged} figures of {views.SOURCES[source]}" in told
    assert ("As published, +3.5 brings" in told) == (source in why.SWEEPS)
    link = known.source(source).link
    assert (link in told) if link else ("no stable address" in told)


@pytest.mark.parametrize("source", ["banana", ""])
def test_page_refuses_nonsense_in_the_address(small_store, source):
    fake_reproductions.install(fake_reproductions.table("hinton-problems"))
    page = open_page("lab", tab="reproductions", source=source)
    assert not page.exception
    assert len(page.main.warning) == 1
    assert "Every figure" in text_of(page)


def test_page_changes_with_its_control_and_writes_its_address(small_store):
    for source in views.SOURCES:
        fake_reproductions.install(fake_reproductions.table(source))
    page = open_page("lab", tab="reproductions")
    page.segmented_control(key="lab_source").set_value("rp13").run()
    assert not page.exception
    assert page.query_params["source"] in ("rp13", ["rp13"])
    assert f"figures of {views.SOURCES['rp13']}" in text_of(page)


@pytest.mark.parametrize(("content", "told"), [(None, "is not stored"), ("[]", "is damaged")])
def test_page_says_how_to_make_a_table_that_is_missing_or_damaged(small_store, content, told):
    if content:
        (small_store / "reproduction-rp13.json").write_text(content)
    page = open_page("lab", tab="reproductions", source="rp13")
    assert not page.exception
    (info,) = [info.value for info in page.main.info if "reproduce" in info.value]
    assert told in info
    assert "`python -m kdengine reproduce rp13`" in info


def test_page_says_which_figures_wait_for_a_run(small_store):
    table = fake_reproductions.table("hinton2015")
    lost = [row for row in table["figures"] if row["network"] == "7-8"]
    table["figures"] = [row for row in table["figures"] if row not in lost]
    table["missing"] = [row["quantity"] for row in lost]
    del table["networks"]["7-8"]
    fake_reproductions.install(table)
    page = open_page("lab", tab="reproductions", source="hinton2015")
    assert not page.exception
    (info,) = [info.value for info in page.main.info if "wait for" in info.value]
    assert info.startswith(f"{len(lost)} more published figures wait for their runs: ")
    assert all(row["quantity"] in info for row in lost)
    assert "`python -m kdengine reproduce hinton2015`" in info
    assert views.missing(fake_reproductions.table("rp13")) == ""


def test_a_choice_that_a_table_names_is_text(small_store):
    choice = "![](http://host.invalid/a.png)"
    fake_reproductions.install({**fake_reproductions.table("rp13"), "choices": [choice]})
    page = open_page("lab", tab="reproductions", source="rp13")
    assert not page.exception
    assert f"- ` {choice} `" in [text.value for text in page.main.markdown]


def test_every_source_is_linked_by_its_public_name():
    for source in views.SOURCES:
        linked = views.link(source)
        assert not re.search(r"\.\./|shared", linked)

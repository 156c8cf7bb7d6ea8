"""The page of reproductions: findings from tables of known numbers, charts, the address."""

import re

import pandas as pd
import pytest

from dashboard.charting.specification import with_values
from dashboard.topics.lab.reproductions import charts, why, why_variants, words
from dashboard.topics.lab.reproductions import figures as views
from kdengine.config import run_key
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


def test_the_lead_counts_the_judgements_and_names_the_widest_gap():
    def ours(figure):
        if figure.quantity == "no 3, soft T=3, errors on threes":
            return [300.0, 301.0]
        return [figure.value] * 2

    frame = views.figures(fake_reproductions.table("am207", ours))
    assert words.lead(frame, "am207") == (
        "**Yes, nearly all**: of 18 figures of Harvard AM207 17 agree with ours and 1 differs. "
        "Where they differ ours errs less. The widest gap: no 3, soft T=3, errors on "
        "threes, published 523, ours 300.5."
    )
    same = views.figures(fake_reproductions.table("am207"))
    assert words.lead(same, "am207").endswith("of Harvard AM207 18 agree with ours.")
    none = views.figures(fake_reproductions.table("am207", lambda figure: [1.0, 1.0]))
    assert words.lead(none, "am207").startswith("**No**: of 18")
    assert "has fewer errors in 18 figures, more in 0" in words.title(none, "am207")


def test_what_so_few_seeds_cannot_tell_is_no_yes_and_no_no():
    """Of three seeds: 4.5 is 3 deviations of 1.5 from the published, 1.5 one of them."""

    def ours(figure, off):
        unit = 1.0 if figure.measure in ("errors", "offset") else 1e-4
        middle = (figure.value if figure.corrected is None else figure.corrected) + off * unit
        return [middle - 1.5 * unit, middle, middle + 1.5 * unit]

    one = "30 units, KD T=20, errors"
    table = fake_reproductions.table("rp13", lambda f: ours(f, 4.5 if f.quantity == one else 1.5))
    told = words.lead(views.figures(table), "rp13")
    assert "**Mostly**" in told  # seven of eight
    assert told.endswith("7 agree with ours and 1 is too uncertain to tell.")
    shown = views.shown_table(views.figures(table)).set_index("quantity")["judgement"]
    assert shown[one] == "too few seeds to tell"
    told = words.lead(
        views.figures(fake_reproductions.table("rp13", lambda f: ours(f, 4.5))), "rp13"
    )
    assert "**Too early to tell**: of 8" in told


def test_one_close_figure_is_close():
    def ours(figure):
        return [figure.value * (1.2 if figure.quantity == "30 units, KD T=20, errors" else 1)] * 2

    told = words.lead(views.figures(fake_reproductions.table("rp13", ours)), "rp13")
    assert told.endswith("8 agree with ours.")


def test_the_rule_says_what_one_seed_means():
    several = fake_reproductions.table("rp13", lambda figure: [figure.value] * 3)
    told = words.rule(several)
    assert "**within spread**: within 2 standard deviations of the mean of our 3 seeds" in told
    # t of two degrees of freedom is 4.303, times √(4/3)
    assert "**too few seeds to tell**: farther, but inside the 95\u00a0% interval" in told
    assert "reaches 4.97 standard deviations either way" in told
    assert told.count(". ") == 0 and told.endswith(".")
    assert "at most 25\u00a0% of the published" in words.rule(several)
    one = fake_reproductions.table("rp13", lambda figure: [figure.value])
    assert "with fewer than 3 seeds, which have no spread, within two" in words.rule(one)
    assert words.rule(fake_reproductions.table("rp13")) == words.rule(one)


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


def test_where_a_test_loss_turns_up():
    curves = views.curves(fake_reproductions.table("hiverxd"))
    told = words.learning(curves, "kd-no-3")
    assert "its training loss goes from 0.5 to 0.1 nats, its test loss from 0.9 to 0.6" in told
    assert "The test loss is lowest after epoch 2 and rises since." in told
    table = fake_reproductions.table("hiverxd")
    table["networks"]["kd-no-3"]["history"].pop()
    assert "does not turn up" in words.learning(views.curves(table), "kd-no-3")


def test_the_curves_title_names_the_highest_and_the_lowest_test_loss():
    table = fake_reproductions.table("hiverxd")
    table["networks"]["hard-no-3"]["history"][-1][1] = 2.5
    curves = views.curves(table)
    assert words.learning_title(curves, ["kd-no-3", "hard-no-3"]) == (
        "The test loss ends highest with hard-no-3 (2.5 nats), lowest with kd-no-3 (0.6); seed 0"
    )
    assert words.learning_title(curves, ["kd"]) == "The test loss of kd ends at 0.6 nats (seed 0)"


def test_hiverxds_finding_on_overfitting_is_checked():
    table = fake_reproductions.table("hiverxd")
    assert "**Not here**" in words.overfitting(views.curves(table))
    table["networks"]["hard-no-3"]["history"][-1][1] = 2.5
    told = words.overfitting(views.curves(table))
    assert "**It does here too**" in told
    assert "the test loss from 0.90 to 2.50; with KD the test loss goes from 0.90 to 0.60" in told


def test_digits_are_named_by_how_often_they_go_wrong():
    table = fake_reproductions.table("am207")
    shown = views.misclassified(table)
    own = shown[shown["network"] == "soft-no-3"]
    assert words.digits_title(own, "soft-no-3") == (
        "soft-no-3: 27 errors, most of them on 3 (20); seed 0"
    )
    assert "3: 20, 4: 0, 5: 7" in words.digits_description(own, "soft-no-3")


def test_the_widest_gap_of_a_digit_heads_the_bars():
    def ours(figure):
        return [0.95] if figure.quantity == "KD no 3 + 3.5, accuracy on 3" else [figure.value]

    classes = views.classes(fake_reproductions.table("hiverxd", ours))
    assert words.classes_title(classes) == (
        "Widest apart on the 3 of “kd-no-3 + 3.5”: published 39.1\u00a0%, ours 95.00\u00a0%"
    )
    assert len(classes) == 2 * 70


def test_rp13s_students_against_temperature():
    shown = views.by_temperature(fake_reproductions.table("rp13", lambda f: [f.value + 10]))
    assert set(shown["units"]) == {"800 units", "300 units", "30 units"}
    assert words.temperature_title(shown) == (
        "30 units: published 222 at T = 2.5 to 236 at T = 20; ours 232 at T = 2.5 to 246 at T = 20"
    )
    assert views.by_temperature(fake_reproductions.table("am207")).empty


def test_what_overwriting_and_the_probe_do():
    table = fake_reproductions.table("rp13")
    told = why.overwriting(table)
    assert (
        "student without 3 (seed 0) run from −0.30 to +0.40; that of 3 is −0.30, with none" in told
    )
    assert (
        "120 errors become **131**; beside that, 40 on threes become 44, a difference that " in told
    )
    assert "Raising 3 alone by 3.5 gives 110 (15 on threes)" in told
    rows = {row["name"]: row for row in table["biases"]["treatments"]}
    # Eleven that become ten, in one network: no cause is named.
    rows["none"]["omitted_errors"], rows["all-equal"]["omitted_errors"] = 11, 10
    told = why.overwriting(table)
    assert "11 on threes become 10, a difference that 1 seed does not tell from chance." in told
    assert "because" not in told and "helps" not in told
    rows["all-equal"]["omitted_errors"] = 11
    assert "beside that, 11 on threes stay. Raising" in why.overwriting(table)
    table["biases"]["learned"][3] = 0.05
    assert "that of 3 is +0.05, with 7 of the others lower" in why.overwriting(table)
    told = why.probe(table)
    assert "hold 9.86\u00a0% threes" in told
    assert "**+2.70** (105 errors, 17 on threes) instead of **+1.50** from all 60,000" in told
    assert list(why.treatments(table)["errors (seed 0)"]) == [120, 110, 131, 118, 101, 105]


def test_what_is_of_one_seed_names_it():
    """The first stored seed is 5 here, of one network 7."""
    table = fake_reproductions.table("hiverxd")
    for network, one in table["networks"].items():
        one["config"]["seed"] = 7 if network == "hard-no-3" else 5
    curves = views.curves(table)
    assert words.learning(curves, "kd").startswith("**kd** (seed 5): its training")
    assert words.learning_title(curves, ["kd", "teacher"]).endswith("(seed 5)")
    assert words.learning_title(curves, ["kd", "hard-no-3"]).endswith("(seeds 5, 7)")
    assert words.overfitting(curves).endswith("(seeds 5, 7).")
    wrong = views.misclassified(table)
    shown = wrong[wrong["network"] == "hard-no-3"]
    assert words.digits_title(shown, "hard-no-3").endswith("; seed 7")
    assert "(seed 7): 0:" in words.digits_description(shown, "hard-no-3")
    assert views.seed_without_three(table) == 5
    assert "(seed 5)" in why.overwriting(table) and why.probe(table).endswith("; seed 5).")
    assert list(why.treatments(table))[2:] == ["errors (seed 5)", "errors on threes (seed 5)"]


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


@pytest.mark.parametrize("name", why_variants.SWEEPS.values())
def test_single_changes_are_told_apart(name):
    shown = why_variants.variants(single_changes(name))
    assert set(shown["variant"]) == set(why_of(name))
    assert list(shown["stage"].unique()) == list(why_variants.STAGES)
    assert len(shown) == 3 * len(why_of(name))
    assert set(shown["count"]) == {len(sweeps.SWEEPS[name].seeds)}
    told = why_variants.sentence(shown)
    assert (
        "As published, +3.5 brings **40.0\u00a0%** of the threes (the paper: 98.6\u00a0%)" in told
    )
    assert "(beyond chance over 3 seeds: “with T²”; the largest is **with T²**)" in told
    assert "asks for +7.00 and gives 95.0\u00a0%" in told
    together = "All of these but the epochs: 90.0\u00a0%."
    assert (together in told) == (why_variants.TOGETHER in set(shown["variant"]))
    assert "40.0\u00a0% as published, 90.0\u00a0% with “with T²”" in why_variants.title(shown)
    assert why_variants.description(shown).count("%") == len(shown)


def test_single_changes_that_seeds_do_not_tell_from_chance_are_no_finding():
    """T² brings 9, −1 and 4 points: mean 4, deviation 5, and 4 < 4.303 · 5 / √3 = 12.4."""
    more = (0.09, -0.01, 0.04)

    def figures(point, stage):
        student = point.plan.student
        is_raised = stage == "after" and point.plan.rule.criterion == "paper"
        return 0.5 + (more[student.seed] if is_raised and student.scale_soft_by_t2 else 0.0), 0.97

    told = why_variants.sentence(why_variants.variants(fake_sweeps.table("why-hiverxd", figures)))
    assert "with T² 54.0\u00a0%" in told
    assert "(3 seeds tell none of them from chance)" in told


def agreeing(extra):
    """Return HiverXD's table as the sweep of single changes has it, but for *extra* on threes."""
    compared = single_changes("why-hiverxd")
    own = next(row for row in compared["rows"] if row["parameters"] == {"criterion": "paper"})

    def ours(figure):
        stage = "student_after" if figure.step == "paper-offset" else "student_before"
        if figure.network != "kd-no-3" or figure.measure != "accuracy":
            return [figure.value] * 3
        values = own[stage]
        right = values["accuracy"] if figure.digit is None else values["omitted_accuracy"]
        if figure.step == "paper-offset" and figure.digit == 3:
            return [right + more for more in extra]
        return [right] * 3

    table = fake_reproductions.table("hiverxd", ours)
    keys = [run_key(known.source("hiverxd").networks(s)["kd-no-3"]) for s in range(3)]
    table["networks"]["kd-no-3"]["runs"] = keys
    return table, compared


def test_one_network_with_two_results_is_told():
    """In the sweep 40 % in every seed; here 40, 43 and 49: mean 44, deviation √21 = 4.58."""
    table, compared = agreeing((0.0, 0.03, 0.09))
    compared["environment"]["processor"] = "another one"
    told = why_variants.twice(table, compared)
    assert (
        "“KD no 3 + 3.5, accuracy on 3” is 44.0 ± 4.6\u00a0% among the figures and 40.0 ± "
        "0.0\u00a0%" in told
    )
    assert "(seeds 0, 1, 2)" in told and "on a test's and on another one" in told
    assert "up to 9.0 points in one seed" in told
    assert why_variants.twice(*agreeing((0.0, 0.0, 0.0))) == ""
    table["networks"]["kd-no-3"]["runs"] = ["student-mnist-omit3-seed0-00000000"] * 3
    assert why_variants.twice(table, compared) == ""  # others' keys: two networks


def test_the_page_tells_of_a_network_with_two_results(small_store):
    table, compared = agreeing((0.0, 0.03, 0.09))
    fake_reproductions.install(table)
    fake_sweeps.install(compared)
    page = open_page("lab", tab="reproductions", source="hiverxd", look="why")
    assert not page.exception
    assert "The same network has two results" in text_of(page)


def test_a_bias_that_begins_high_is_told_from_one_that_is_raised():
    """Before 5 %, after +3.5 40 %; 442 of 1,010 published errors leave 56.2 %."""
    told = why_variants.initialised(why_variants.variants(single_changes("why-am207")))
    assert "gets 56.2\u00a0% of the threes" in told
    assert (
        "here 5.0 ± 0.0\u00a0% that way, 5.0 ± 0.0\u00a0% without, and **40.0 ± 0.0\u00a0%**"
        in told
    )


def test_what_hard_labels_cost():
    def figures(point, stage):
        config = point.plan.student
        kept = config.soft_weight ** (1 if config.scale_soft_by_t2 else 3)
        return 0.96 * kept, 0.99

    told = why.mixing(fake_sweeps.table(why.MIX, figures))
    assert "Pure soft targets bring 96.0\u00a0% of the threes" in told
    assert "with T² it is 86.4\u00a0% at a hard weight of 0.1 and 9.6\u00a0% at 0.9" in told
    assert "without T² it is 70.0\u00a0% at a hard weight of 0.1 and 0.1\u00a0% at 0.9" in told
    assert why.MIX in sweeps.SWEEPS


def test_size_and_temperature_are_told_apart():
    def figures(point, stage):
        config = point.plan.student
        return 0.001 * config.hidden_sizes[0] + 0.001 * config.temperature, 0.99

    told = why.small_students(fake_sweeps.table(why.BY_SIZE, figures))
    assert (
        "20 units 2.3\u00a0% at T = 3 and 4.0\u00a0% at T = 20; 800 units 80.3\u00a0% at T = 3"
        in told
    )
    assert told.endswith("and 82.0\u00a0% at T = 20.")
    assert why.BY_SIZE in sweeps.SWEEPS


def test_what_moving_the_images_does():
    def figures(point, stage):
        return 0.90 + 0.02 * point.plan.student.jitter_pixels, 0.99

    told = why.shifts(fake_sweeps.table(why.SHIFTS, figures))
    assert (
        "not moved: 90.0\u00a0% of the threes, 190 errors; moved by up to 1 px: 92.0\u00a0%" in told
    )
    assert told.endswith("moved by up to 2 px: 94.0\u00a0% of the threes, 150 errors.")
    assert why.SHIFTS in sweeps.SWEEPS


@pytest.mark.parametrize("name", views.SOURCES)
def test_charts_carry_their_finding_and_their_words(name):
    table = fake_reproductions.table(name, lambda f: [f.value * 0.9, f.value * 0.95])
    frame = views.figures(table)
    shown = views.headline(frame)
    spec = drawn(charts.published_and_ours(shown, title="found", description="in words"))
    assert (spec["title"]["text"], spec["description"]) == ("found", "in words")
    counts = sorted(len(data) for data in spec["datasets"].values())
    assert counts == [len(shown), 2 * len(shown)]
    networks = list(table["networks"])[:3]
    curves = views.curves(table)
    spec = drawn(charts.learning(curves, networks, title="found", description="in words"))
    sizes = sorted(len(data) for data in spec["datasets"].values())
    assert sizes == [3 * len(networks), 6 * len(networks)]
    assert len(words.description(frame)) > 100


def test_each_size_is_named_once_and_a_narrow_axis_has_lines_to_read():
    table = fake_reproductions.table("rp13", lambda f: [f.value + 3])
    warm = views.by_temperature(table)
    spec = drawn(charts.errors_by_temperature(warm, title="t", description="d"))
    named = [data for data in spec["datasets"].values() if len(data) == 3]
    assert [sorted(row["units"] for row in data) for data in named] == [
        ["30 units", "300 units", "800 units"]
    ]
    assert all(row["who"] == "ours" for row in named[0])
    narrow = views.headline(views.figures(table))
    wide = views.headline(views.figures(fake_reproductions.table("am207")))
    assert {0.01, 0.015, 0.02} < {round(rate, 4) for rate in charts._ticks(narrow)}
    assert 0.015 not in charts._ticks(wide)


def test_the_sweeps_slider_begins_where_it_is_told():
    sweep = pd.DataFrame(fake_reproductions.table("hinton-problems")["sweep"])
    spec = drawn(charts.offset_sweep(sweep, 1.5, 0.1022, title="t", description="d"))
    (slider,) = [p for p in spec["params"] if p["name"] == charts.OFFSET]
    assert slider["value"] == [{"offset": 1.5}]
    assert (slider["bind"]["min"], slider["bind"]["max"]) == (0, 5)
    assert words.sweep_title(sweep, 4) == (
        "Threes right: 90.00\u00a0% at 0, 99.00\u00a0% at +5; best in all (98.00\u00a0%) at +2.00 "
        "(seed 4)"
    )


@pytest.mark.parametrize(
    ("strips", "verdict"),
    [
        ((60.0, 62.0, 64.0), "**is why**"),
        ((8.0, 10.0, 12.0), "not shown to be** why"),
        ((20, 30, 34), "may not be why"),
        # 10 errors are 2.5 deviations, of the 4.97 that another run may be off by
        ((33.0, 37.0, 41.0), "so few seeds cannot tell"),
    ],
)
def test_what_the_convolutions_see_is_judged_by_the_spread(strips, verdict):
    """The network over pictures makes 27 errors; t of two degrees of freedom is 4.30."""
    table = fake_reproductions.table(
        "am207", lambda f: list(strips) if f.network == "cnn" else [f.value] * 3
    )
    told = why.strip(table)
    assert f"it makes {sum(strips) / 3:g} ± " in told
    assert "(published: 97)" in told and "**27** (one seed)" in told
    assert verdict in told
    del table["networks"]["cnn-picture"]
    assert why.strip(table) == ""
    assert why.strip(fake_reproductions.table("rp13")) == ""


def test_how_far_a_teacher_is_from_itself():
    table = fake_reproductions.table("hinton-problems", lambda f: [f.value, f.value + 0.0012])
    told = why.machines(table)
    assert "**161** errors on one machine" in told and "**148** on another" in told
    # Student's t of one degree of freedom: tan(0.475 π) = 12.706; sd 8.485, times √1.5.
    assert "Our seeds give 161, 149: one more would fall within ± 132 errors" in told
    assert told.endswith("so a difference of 13 tells nothing about a recipe.")
    near = fake_reproductions.table("hinton-problems", lambda f: [f.value, f.value + 0.0001])
    assert why.machines(near).endswith("a difference of 13 is more than our seeds scatter.")
    one = why.machines(fake_reproductions.table("hinton-problems", lambda f: [f.value]))
    assert one.endswith("Our one seed gives 161.")


def test_a_menu_says_what_each_network_is():
    networks = fake_reproductions.table("am207")["networks"]
    said = {name: views.network_label(name, one["config"]) for name, one in networks.items()}
    assert said["teacher"] == "teacher: 1200-1200, hard labels, all digits"
    assert said["cnn"] == "cnn: convolutions over a strip, hard labels, all digits"
    assert said["hard"] == "hard: student 20-20, hard labels, all digits"
    assert said["mix-no-3"] == "mix-no-3: student 20-20, soft and hard targets, T = 5, no threes"
    assert said["bias-7-8"] == (
        "bias-7-8: student 20-20, soft targets, T = 3, only sevens, eights, bias begins at 1"
    )


def test_networks_too_many_or_unknown_are_refused(small_store):
    table = fake_reproductions.table("rp13")
    fake_reproductions.install(table)
    names = list(table["networks"])
    assert len(names) == 7 > views.CURVES_AT_MOST
    for asked in (",".join(names), "kd-30,<script>"):
        page = open_page("lab", tab="reproductions", source="rp13", look="curves", networks=asked)
        assert all(name in page.main.warning[0].value for name in names)
        assert page.multiselect(key="lab_networks").value == views.usual_networks(table)


def test_a_looks_own_choices_are_in_the_address_and_leave_it_with_the_look(small_store):
    for source in ("rp13", "hinton2015"):
        fake_reproductions.install(fake_reproductions.table(source))
    page = open_page(
        "lab", tab="reproductions", source="rp13", look="curves", networks="kd-30,teacher"
    )
    assert not page.exception and not page.main.warning
    assert page.multiselect(key="lab_networks").value == ["kd-30", "teacher"]
    page.segmented_control(key="lab_source").set_value("hinton2015").run()
    assert not page.exception and not page.main.warning
    assert "networks" not in page.query_params
    page.segmented_control(key="lab_look").set_value("classes").run()
    page.selectbox(key="lab_network").set_value("teacher").run()
    assert page.query_params["network"] in ("teacher", ["teacher"])
    page.segmented_control(key="lab_look").set_value("figures").run()
    assert "network" not in page.query_params
    asked = open_page("lab", tab="reproductions", source="rp13", look="classes", network="kd-30")
    assert asked.selectbox(key="lab_network").value == "kd-30"


@pytest.mark.parametrize("source", views.SOURCES)
@pytest.mark.parametrize("look", views.LOOKS)
def test_page_draws_every_source_and_look(small_store, source, look):
    fake_reproductions.install(fake_reproductions.table(source))
    if source in why_variants.SWEEPS:
        fake_sweeps.install(single_changes(why_variants.SWEEPS[source]))
    page = open_page("lab", tab="reproductions", source=source, look=look)
    assert not page.exception
    assert not page.main.warning
    told = text_of(page)
    assert f"`python -m kdengine reproduce {source}`" in told
    assert f"of {len(known.SOURCES[source].figures)} figures of {views.SOURCES[source]}" in told
    if look == "why" and source in why_variants.SWEEPS:
        assert "As published, +3.5 brings" in told
    link = known.source(source).link
    assert (link in told) if link else ("no stable address" in told)


@pytest.mark.parametrize(
    "query",
    [
        {"source": "banana"},
        {"look": "<script>"},
        {"source": ""},
        {"look": "classes", "network": "banana"},
        {"look": "curves", "networks": "teacher,<script>"},
    ],
)
def test_page_refuses_nonsense_in_the_address(small_store, query):
    fake_reproductions.install(fake_reproductions.table("hinton-problems"))
    page = open_page("lab", tab="reproductions", **query)
    assert not page.exception
    assert len(page.main.warning) == 1
    assert "Every figure" in text_of(page) or "look" in query


def test_page_changes_with_its_controls_and_writes_its_address(small_store):
    for source in views.SOURCES:
        fake_reproductions.install(fake_reproductions.table(source))
    page = open_page("lab", tab="reproductions")
    page.segmented_control(key="lab_source").set_value("rp13").run()
    assert not page.exception
    assert page.query_params["source"] in ("rp13", ["rp13"])
    page.segmented_control(key="lab_look").set_value("curves").run()
    assert not page.exception
    assert page.query_params["look"] in ("curves", ["curves"])
    assert "its training loss goes from" in text_of(page)


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

"""The lab's ablations: findings computed from toys whose answer is known, charts, the address."""

import pytest

from dashboard.charting.specification import with_values
from dashboard.core import show
from dashboard.figures.sweep_rows import AFTER, BEFORE
from dashboard.topics.lab.ablations import charts, temperature, words
from dashboard.topics.lab.ablations import figures as views
from kdengine.recipes.own import CLASSROOM
from kdengine.studies import sweeps
from tests.dashboard import fake_sweeps
from tests.dashboard.pages import open_page, values


def made(name, before, after=lambda point: 0.98):
    """Return a table in which the threes right are what the functions say of a point."""

    def figures(point, stage):
        share = (before if stage == "before" else after)(point)
        return share + 0.001 * (point.plan.student.seed - 1), 0.99

    table = fake_sweeps.table(name, figures)
    if name == views.PROBE:
        for row in table["rows"]:
            row["probes"] = [
                {
                    "criterion": criterion,
                    "size": size,
                    "offsets": [2.0 - width, 2.0, 2.0 + width],
                    "errors": [100 + size // 100] * 3,
                    "omitted_errors": [10, 20, 30],
                }
                for size in (100, 1000, 60_000)
                for criterion, width in (("frequency", 200 / size), ("teacher-mass", 10 / size))
            ]
    return table


def student(point):
    """Return the student's configuration of a point."""
    return point.plan.student


def lead(table, name, stage=AFTER, measure="errors"):
    """Return the page's sentence."""
    return words.lead(table, views.points(table, name), name, stage, measure)


def title_of(table, name, measure):
    """Return the chart's title of an ablation that draws both stages."""
    points = views.points(table, name)
    return words.title(table, points, views.means(points, measure), name, measure)


def wobbling(amount):
    """Return what seeds 0, 1, 2 add: amounts that no three seeds tell from zero."""
    return lambda seed: amount * (1.0, -1.0, 0.5)[seed]


def text_of(page):
    """Return all that the page says."""
    return " ".join(element.value for element in [*page.main.markdown, *page.main.caption])


def test_there_is_an_ablation_for_every_sweep_but_causality():
    own = {name for name, sweep in sweeps.SWEEPS.items() if sweep.recipe is CLASSROOM}
    omitting = {name for name, sweep in sweeps.SWEEPS.items() if sweep.with_details}
    assert views.ABLATIONS.keys() == own - omitting - {"causality"}
    for ablation in views.ABLATIONS.values():
        if ablation.groups is not None:
            assert ablation.names.keys() == ablation.groups.keys()


@pytest.mark.parametrize("name", views.ABLATIONS)
def test_every_place_on_the_axis_is_a_setting_of_the_sweep(name):
    table = made(name, lambda point: 0.9)
    points = views.points(table, name)
    if name != views.PROBE:
        places = points.groupby(["x", "series"]).size()
        assert len(places) == len(sweeps.SWEEPS[name].settings)
        assert set(places) == {6}  # three seeds, before and with the offset
    for measure in views.measures(name):
        shown = views.means(points, measure)
        assert not shown[["mean", "deviation"]].isna().any().any()
        told = words.description(shown, name, measure)
        assert told.count("±") == len(shown)


def test_the_recipes_own_value_is_a_place_too():
    points = views.points(made("teacher-epochs", lambda point: 0.9), "teacher-epochs")
    assert 6.0 in set(points["x"])  # the recipe's, named in no setting
    points = views.points(made("transfer-size", lambda point: 0.9), "transfer-size")
    assert points["x"].max() == 53_869


def turning(change):
    """Return threes right that rise by *change* of the units from T ≤ 4 to T ≥ 8.

    In every seed alike; 1,000 threes, so 0.1 is 100 errors.
    """

    def right(point):
        config = student(point)
        high = config.temperature >= 8.0
        return 0.5 + (change(config.hidden_sizes[0], config.seed) if high else 0.0)

    return right


def test_gains_are_means_over_low_and_high_temperatures():
    table = made(views.BY_SIZE, lambda p: 0.5, turning(lambda units, seed: units / 8000))
    found = temperature.gains(views.points(table, views.BY_SIZE), AFTER, "errors")
    assert found["units"].tolist() == [800, 300, 100, 30, 20]
    assert found["gain"].tolist() == pytest.approx([100, 37.5, 12.5, 3.75, 2.5], abs=0.7)
    assert found["sure"].all()
    assert set(found["seeds"]) == {3}
    shares = temperature.gains(views.points(table, views.BY_SIZE), AFTER, "omitted")
    assert shares["gain"].tolist() == pytest.approx([0.1, 0.0375, 0.0125, 0.00375, 0.0025])


def test_a_small_student_that_loses_by_a_high_temperature_is_a_yes():
    table = made(
        views.BY_SIZE, lambda p: 0.5, turning(lambda units, seed: 0.1 if units > 50 else -0.2)
    )
    told = lead(table, views.BY_SIZE)
    assert told.startswith("**Yes: small students need a low temperature")
    assert "go from 590 to **490** with 800 units" in told  # 500 threes and 90 others wrong
    assert "from 590 to **790** with 20 (mean of 3 seeds; both beyond chance)" in told
    assert title_of_stage(table, AFTER)[1] == (
        "−100 (800), −100 (300), −100 (100), +200 (30), +200 (20)"
    )


def title_of_stage(table, stage):
    """Return the title of the temperatures' chart."""
    points = views.points(table, views.BY_SIZE)
    shown = views.means(points, "errors")
    return words.title(table, points, shown[shown["stage"] == stage], views.BY_SIZE, "errors")


def test_a_loss_that_the_seeds_do_not_tell_from_chance_is_called_so():
    shake = wobbling(0.1)
    table = made(
        views.BY_SIZE,
        lambda p: 0.5,
        turning(lambda units, seed: 0.1 if units > 50 else -0.02 + shake(seed)),
    )
    told = lead(table, views.BY_SIZE)
    # −0.02 + 0.1 · (1 − 1 + 0.5) / 3 is a loss of 3 errors, with seeds a hundred apart.
    assert told.startswith("**It tends to, but these seeds do not tell it from chance.**")
    assert "only with 800 units beyond chance" in told


def test_students_that_all_gain_are_a_no():
    table = made(views.BY_SIZE, turning(lambda units, seed: units / 8000))
    for measure in ("errors", "omitted"):
        assert lead(table, views.BY_SIZE, BEFORE, measure).startswith("**No: small students")


def test_the_papers_window_is_compared_seed_by_seed():
    """30 units: 100 errors fewer at T = 3 and 4 than above, and as many below."""

    def right(point):
        config = student(point)
        return 0.6 if config.temperature <= 4 else 0.5

    table = made(views.BY_SIZE, lambda p: 0.5, right)
    told = words.more(table, views.points(table, views.BY_SIZE), views.BY_SIZE, AFTER, "errors")
    assert (
        "30 units make 490 inside that range, 590 above it (a difference beyond chance over "
        "3 seeds) and 490 below it (a difference that 3 seeds do not tell from chance)" in told
    )
    assert (
        "800 units make 590 to 590, 300 units make 590 to 590 at T = 8 to 50 "
        "(no difference beyond chance)" in told
    )
    assert "100 units make" not in told
    assert "no recipe" in told


@pytest.mark.parametrize("name", views.ABLATIONS)
def test_a_table_of_one_seed_or_of_one_setting_serves_too(name):
    """As after `sweep NAME --seeds 0`, or where most networks failed."""
    table = made(name, lambda point: 0.9)
    one_seed = {**table, "rows": [row for row in table["rows"] if row["seed"] == 0]}
    one_setting = {**table, "rows": table["rows"][:3]}
    for few in (one_seed, one_setting, {**table, "rows": table["rows"][:1]}):
        for measure in views.measures(name):
            told = words.told(few, name, AFTER, measure)
            text = " ".join([told["lead"], told["more"], *told["title"], told["words"]])
            assert text.strip()
            assert "nan" not in text
            assert "beyond chance over 1 seed" not in text


def test_where_small_students_collapse():
    table = made(
        "student-size", lambda point: 0.96 if student(point).hidden_sizes[0] >= 200 else 0.4
    )
    told = lead(table, "student-size")
    assert "From **200 units** a layer on" in told
    assert "from 200 to 100 units, 96.0 ± 0.1\u00a0% to 40.0 ± 0.1\u00a0%" in told
    assert "With 10 units it is 40.0 ± 0.1\u00a0%, while the other digits are still 99.0 ±" in told
    assert "makes that 98.0 ± 0.1\u00a0% and 99.0" in told
    whole = made("student-size", lambda point: 0.9)
    assert "From **10 units**" in lead(whole, "student-size")
    assert "steepest" not in lead(whole, "student-size")


def test_a_dip_above_a_good_size_counts():
    """30 units are good by themselves, but 50 are not."""
    bad = (10, 20, 50)
    table = made(
        "student-size", lambda point: 0.2 if student(point).hidden_sizes[0] in bad else 0.95
    )
    assert "From **100 units**" in lead(table, "student-size")


def test_which_soft_weight_is_enough():
    def right(point):
        config = student(point)
        needed = 0.3 if config.scale_soft_by_t2 else 1.0
        return 0.95 if config.soft_weight >= needed else 0.1

    table = made("soft-weight", right)
    told = lead(table, "soft-weight")
    assert "with T² **0.3** (95.0 ± 0.1\u00a0%, at 0.1 it is 10.0 ± 0.1\u00a0%)" in told
    assert "without T² **1** (95.0 ± 0.1\u00a0%, at 0.9 it is 10.0 ± 0.1\u00a0%)" in told
    assert "With hard labels alone it is 10.0\u00a0%" in told
    assert title_of(table, "soft-weight", "omitted") == [
        "Threes right before the offset, soft weight 0.3:",
        "95.0 ± 0.1\u00a0% with T², 10.0 ± 0.1\u00a0% without T²",
    ]


@pytest.mark.parametrize(("less", "words_of_it"), [(0.0, "not tell from"), (0.1, "beyond")])
def test_pure_soft_targets_with_and_without_t2(less, words_of_it):
    table = made(
        "soft-weight",
        lambda p: 0.5,
        lambda p: 0.9 - (0.0 if student(p).scale_soft_by_t2 else less),
    )
    told = words.more(table, views.points(table, "soft-weight"), "soft-weight", AFTER, "errors")
    assert f"190 ± 1 with T² and {190 + 1000 * less:.0f} ± 1 without T² errors" in told
    assert words_of_it in told


def test_how_many_images_are_enough():
    table = made(
        "transfer-size", lambda point: 0.5 if 0 < student(point).transfer_size < 5000 else 0.9
    )
    told = lead(table, "transfer-size")
    assert told.startswith("**5,000 images** are enough")
    assert "1,000 give 50.0 ± 0.1\u00a0%" in told


def test_a_longer_taught_teacher():
    table = made("teacher-epochs", lambda p: 0.9 + 0.001 * p.plan.teacher.epochs)
    told = lead(table, "teacher-epochs")
    assert told.startswith("**The longer, the better**")
    table = made("teacher-epochs", lambda p: 0.98 - 0.01 * p.plan.teacher.epochs)
    told = lead(table, "teacher-epochs")
    assert told.startswith("**Not too long: a teacher that learns on passes on less.** One of 1 ep")
    assert "1 epoch (100 errors of its own) passes on **97.0 ± 0.1\u00a0%**" in told
    assert "one of 24 epochs (100 errors) **74.0 ± 0.1\u00a0%**" in told
    assert title_of(table, "teacher-epochs", "omitted")[0].endswith(
        "best 97.0 ± 0.1\u00a0% (1 epoch),"
    )
    shake = wobbling(0.02)
    table = made(
        "teacher-epochs",
        lambda p: 0.9 + (0.01 + shake(student(p).seed) if p.plan.teacher.epochs == 6 else 0),
    )
    assert lead(table, "teacher-epochs").startswith("**These seeds do not tell.**")


def able(name, errors, before, after=lambda p: 0.98):
    """Return a table of teachers in which the convolutional one makes *errors* of its own."""
    table = made(name, before, after)
    for row in table["rows"]:
        if "teacher.architecture" in row["parameters"]:
            row["teacher"]["errors"] = errors
    return table


def test_whether_the_ablest_teacher_teaches_best():
    name = "teacher-architecture"
    told = lead(able(name, 200, lambda p: 0.9 + 0.01 * (p.plan.teacher.members == 1)), name)
    assert told.startswith("**The ablest teacher, MLP 1200-1200, teaches it best**")
    told = lead(able(name, 50, lambda p: 0.9 + 0.01 * p.plan.teacher.members), name)
    assert told.startswith("**No: the ablest teacher, small CNN, does not teach it best**")
    assert (
        "most threes come with **five MLPs**, 95.0 ± 0.1\u00a0%; beyond chance fewer: MLP" in told
    )
    assert "MLP 1200-1200 100, small CNN 50, five MLPs 100" in told
    shake = wobbling(0.05)

    def uncertain(point):
        is_ensemble = point.plan.teacher.members == 5
        return 0.9 + (0.01 + shake(student(point).seed) if is_ensemble else 0.0)

    told = lead(able(name, 50, uncertain), name)
    assert told.startswith("**No clear answer: the ablest teacher, small CNN")
    assert "not told from it by 3 seeds: MLP 1200-1200 90.0 ± 0.1\u00a0%, small CNN 90.0" in told


def test_what_shifts_bring():
    told = lead(
        made("transfer-shift", lambda p: 0.9 + 0.01 * student(p).jitter_pixels), "transfer-shift"
    )
    assert told.startswith("**Before the offset it matters.**")
    assert (
        "come with **2 pixels**, 92.0 ± 0.1\u00a0%; beyond chance fewer: not shifted 90.0" in told
    )
    table = made("transfer-shift", lambda p: 0.9, lambda p: 0.9 + 0.01 * student(p).jitter_pixels)
    told = words.more(
        table, views.points(table, "transfer-shift"), "transfer-shift", AFTER, "omitted"
    )
    assert told.startswith("**With the offset** 90.0 to 92.0\u00a0% of the threes are right.")
    assert "2 pixels leaves the fewest errors, 170 ± 1; beyond chance more: not shifted 190" in told
    shake = wobbling(0.03)
    torn = made(
        "transfer-shift",
        lambda p: 0.9 + (shake(student(p).seed) if student(p).jitter_pixels == 2 else 0.0),
    )
    assert lead(torn, "transfer-shift").startswith("**It makes no difference that these seeds")


def test_what_the_probes_say():
    told = lead(made(views.PROBE, lambda point: 0.9), views.PROBE)
    # 100 + a hundredth of the size: the fewest come from the smallest probes.
    assert "than with all 60,000 images (700)" in told
    assert "the frequency criterion needs **100** and the teacher's mass needs **100**" in told
    assert "from 100 images they leave 101 ± 0 and 101 ± 0 errors." in told
    assert "The teacher's mass is the steadier" in told
    table = made(views.PROBE, lambda point: 0.9)
    for row in table["rows"]:
        for found in row["probes"]:  # 700, 250 and 205 errors
            found["errors"] = [200 + 50_000 // found["size"]] * 2 + [200 + 50_000 // found["size"]]
    assert "the frequency criterion needs **60,000**" in lead(table, views.PROBE)
    turned = made(views.PROBE, lambda point: 0.9)
    for row in turned["rows"]:
        for found in row["probes"]:
            found["criterion"] = {"frequency": "teacher-mass", "teacher-mass": "frequency"}[
                found["criterion"]
            ]
    assert "steadier" not in lead(turned, views.PROBE)
    points = views.points(made(views.PROBE, lambda point: 0.9), views.PROBE)
    assert set(points["omitted"].round(3)) == {0.97, 0.98, 0.99}


@pytest.mark.parametrize("name", views.ABLATIONS)
def test_charts_draw_every_measure_with_its_words(name):
    table = made(name, lambda point: 0.9)
    points = views.points(table, name)
    ablation = views.ABLATIONS[name]
    draw = charts.kinds if ablation.groups is not None else charts.curves
    for measure in views.measures(name):
        shown = views.means(points, measure)
        if name == views.BY_SIZE:
            shown = shown[shown["stage"] == BEFORE]
        title = words.title(table, points, shown, name, measure)
        told = {"shown": shown, "title": title, "words": "in words"}
        figure = with_values(draw(told, ablation, measure, "threes"))
        assert figure["title"]["text"] == title
        assert figure["description"] == "in words"
        assert len(title) == 2
        assert all(len(line) < 90 for line in title)  # else it is cut off
        (data,) = figure["datasets"].values()
        assert len(data) == len(shown)
        if measure == "omitted":
            assert all(0.0 <= row["low"] <= row["high"] <= 1.0 for row in data)


def test_a_title_names_the_best_and_the_worst_place():
    table = made("student-size", lambda p: 0.0001 * student(p).hidden_sizes[0] + 0.8)
    assert title_of(table, "student-size", "omitted") == [
        "Threes right before the offset: best 92.0 ± 0.1\u00a0% (1,200 units),",
        "worst 80.1 ± 0.1\u00a0% (10 units)",
    ]
    table = made("student-size", lambda p: 0.9, lambda p: 0.0001 * student(p).hidden_sizes[0])
    assert title_of(table, "student-size", "errors") == [
        "Errors with the offset: best 970 ± 1 (1,200 units),",
        "worst 1,089 ± 1 (10 units)",
    ]


@pytest.mark.parametrize("name", views.ABLATIONS)
def test_page_draws_every_ablation(small_store, name):
    table = made(name, lambda point: 0.9)
    fake_sweeps.install(table)
    page = open_page("lab", tab="ablations", ablation=name, measure="omitted")
    assert not page.exception
    assert not page.main.warning
    assert all(told in text_of(page) for told in show.opening(lead(table, name, measure="omitted")))
    assert page.title[0].value == views.ABLATIONS[name].question
    assert f"`python -m kdengine sweep {name}`" in text_of(page)
    assert "seeds 0, 1, 2" in text_of(page)
    assert values(page, "lab")["measure"] == "omitted"


def test_page_changes_with_its_controls_and_writes_its_address(small_store):
    table = made(views.BY_SIZE, turning(lambda units, seed: units / 8000))
    fake_sweeps.install(table)
    page = open_page("lab", tab="ablations", stage="before", measure="omitted")
    assert show.opening(lead(table, views.BY_SIZE, BEFORE, "omitted"))[0] in text_of(page)
    assert values(page, "lab")["measure"] == "omitted"
    page.selectbox(key="lab_ablation").select("student-size").run()
    assert not page.exception
    assert "measure" not in page.query_params  # what its question is about
    assert page.session_state["lab_measure"] == "omitted"
    assert page.query_params["ablation"] == "student-size"
    assert any("python -m kdengine sweep student-size" in info.value for info in page.main.info)
    page.selectbox(key="lab_ablation").select(views.BY_SIZE).run()
    assert "ablation" not in page.query_params
    assert page.session_state["lab_measure"] == "errors"
    assert page.query_params["stage"] == "before"


@pytest.mark.parametrize(
    "query",
    [{"ablation": "banana"}, {"measure": "<b>"}, {"stage": "x" * 500}, {"ablation": ""}],
)
def test_page_refuses_nonsense_in_the_address(small_store, query):
    fake_sweeps.install(made(views.BY_SIZE, lambda point: 0.5))
    page = open_page("lab", tab="ablations", **query)
    assert not page.exception
    assert len(page.main.warning) == 1
    assert page.selectbox(key="lab_ablation").value == views.BY_SIZE


def test_a_measure_that_the_ablation_lacks_is_left(small_store):
    fake_sweeps.install(made("student-size", lambda point: 0.9))
    page = open_page("lab", tab="ablations", ablation="student-size", measure="offset")
    assert not page.exception
    assert values(page, "lab")["measure"] == views.ABLATIONS["student-size"].measure


@pytest.mark.parametrize(("content", "told"), [(None, "is not stored"), ("[]", "is damaged")])
def test_page_says_how_to_make_a_table_that_is_missing_or_damaged(small_store, content, told):
    if content:
        (small_store / "sweep-soft-weight.json").write_text(content)
    page = open_page("lab", tab="ablations", ablation="soft-weight")
    assert not page.exception
    (info,) = [info.value for info in page.main.info if "sweep" in info.value]
    assert told in info
    assert "`python -m kdengine sweep soft-weight`" in info

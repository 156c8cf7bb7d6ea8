"""The ablations page: findings computed from toys whose answer is known, charts, the address."""

import numpy as np
import pytest

from dashboard.charts import ablations as charts
from dashboard.charts import theme
from dashboard.views import ablations as views
from dashboard.views import ablations_words as words
from dashboard.views.sweep_rows import AFTER, BEFORE
from kdengine import ablations
from tests.dashboard import fake_sweeps
from tests.dashboard.pages import open_page


def made(name, before, after=lambda point: 0.98):
    """Return a table in which the threes right are what the functions say of a point."""

    def figures(point, stage):
        share = (before if stage == "before" else after)(point)
        return share + 0.001 * (point.experiment.student.seed - 1), 0.99

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
    return point.experiment.student


def lead(table, name, stage=AFTER):
    """Return the page's sentence."""
    return words.lead(table, views.points(table, name), name, stage)


def text_of(page):
    """Return all that the page says."""
    return " ".join(element.value for element in [*page.main.markdown, *page.main.caption])


def test_there_is_an_ablation_for_every_sweep_but_causality():
    assert views.ABLATIONS.keys() == ablations.SWEEPS.keys() - {"causality"}
    for ablation in views.ABLATIONS.values():
        if ablation.groups is not None:
            assert ablation.names.keys() == ablation.groups.keys()


@pytest.mark.parametrize("name", views.ABLATIONS)
def test_every_place_on_the_axis_is_a_setting_of_the_sweep(name):
    table = made(name, lambda point: 0.9)
    points = views.points(table, name)
    if name != views.PROBE:
        places = points.groupby(["x", "series"]).size()
        assert len(places) == len(ablations.SWEEPS[name][1])
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


BEST = {800: 20.0, 300: 12.0, 100: 8.0, 30: 4.0, 20: 2.0}


def by_temperature(best):
    """Return threes right that are fewer the further T is from each size's best."""

    def right(point):
        config = student(point)
        return 0.98 - 0.05 * abs(np.log(config.temperature / best[config.hidden_sizes[0]]))

    return right


def test_the_best_temperature_of_each_size_is_found():
    table = made(views.BY_SIZE, lambda point: 0.5, by_temperature(BEST))
    found = words.best_temperatures(views.points(table, views.BY_SIZE), AFTER)
    assert dict(zip(found["units"], found["best"], strict=True)) == BEST
    assert (found["low"] == found["best"]).all()
    assert lead(table, views.BY_SIZE).startswith("**Yes, the best T falls")
    assert "800 units: T = 20 (" in lead(table, views.BY_SIZE)
    assert "no other T is as good" in lead(table, views.BY_SIZE)


def test_a_temperature_within_the_seeds_spread_is_as_good():
    """Seed by seed T = 12 is better by 3, worse by 3 and better by 1 than T = 20."""

    def right(point):
        config = student(point)
        wobble = {12.0: (0.003, -0.003, 0.001), 20.0: (0.0, 0.0, 0.0)}
        return 0.9 + wobble.get(config.temperature, (-0.05,) * 3)[config.seed]

    table = made(views.BY_SIZE, lambda point: 0.5, right)
    found = words.best_temperatures(views.points(table, views.BY_SIZE), AFTER)
    assert set(found["low"]) == {12.0}
    assert set(found["high"]) == {20.0}
    assert lead(table, views.BY_SIZE).startswith("**No, the best T does not fall")


def test_ranges_that_overlap_are_no_proof():
    best = {**BEST, 20: 12.0, 30: 12.0, 100: 12.0, 300: 12.0}

    def right(point):
        config = student(point)
        near = config.temperature in (12.0, 20.0)
        lift = 0.001 if config.temperature == best[config.hidden_sizes[0]] else 0.0
        return 0.9 + (lift * (-1, 2, 2)[config.seed] if near else -0.1)

    table = made(views.BY_SIZE, lambda point: 0.5, right)
    assert lead(table, views.BY_SIZE).startswith("**It tends to fall, but")


def test_where_small_students_collapse():
    table = made(
        "student-size", lambda point: 0.96 if student(point).hidden_sizes[0] >= 200 else 0.4
    )
    told = lead(table, "student-size")
    assert "From **200 units** a layer on" in told
    assert "With 10 units it is 40.0 %, and 98.0 % with the offset" in told
    whole = made("student-size", lambda point: 0.9)
    assert "From **10 units**" in lead(whole, "student-size")


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

    told = lead(made("soft-weight", right), "soft-weight")
    assert "With T² a soft weight of **0.3** keeps" in told
    assert "without T² a soft weight of **1** keeps" in told
    assert "With no soft target at all it is 10.0 %" in told


def test_how_many_images_are_enough():
    table = made(
        "transfer-size", lambda point: 0.5 if 0 < student(point).transfer_size < 5000 else 0.9
    )
    told = lead(table, "transfer-size")
    assert told.startswith("**5,000 images** are enough")
    assert "1,000 give 50.0 %" in told


def test_a_longer_taught_teacher():
    table = made("teacher-epochs", lambda p: 0.9 + 0.001 * p.experiment.teacher.epochs)
    told = lead(table, "teacher-epochs")
    assert "A teacher of 1 epoch (100 errors of its own) passes on 90.1 %" in told
    assert "one of 24 (100 errors) 92.4 %; most at 24: 92.4 %" in told


def test_the_best_kind_and_whether_the_seeds_agree():
    table = made("teacher-architecture", lambda p: 0.9 + 0.01 * p.experiment.teacher.members)
    told = lead(table, "teacher-architecture")
    assert "most threes come with **five MLPs**, 95.0 %" in told
    assert "in every seed" in told
    assert "fewest errors in all has MLP 1200-1200 (110 ± 1)" in told
    for row in table["rows"]:  # a convolutional teacher that is better and teaches no better
        if "teacher.architecture" in row["parameters"]:
            row["teacher"]["errors"] = 50
    told = lead(table, "teacher-architecture")
    assert told.startswith("**Able is not enough**: small CNN makes the fewest errors")
    torn = made(
        "transfer-shift",
        lambda p: 0.9 + 0.01 * (student(p).jitter_pixels - 1) ** (student(p).seed + 1),
    )
    assert "but not in every seed" in lead(torn, "transfer-shift")


def test_what_the_probes_say():
    told = lead(made(views.PROBE, lambda point: 0.9), views.PROBE)
    spread = np.std([0.0, 2.0, 4.0] * 3, ddof=1)
    assert f"the frequency criterion scatters by ± {spread:.2f} logit units (101 errors)" in told
    assert "All 60,000 give 700 errors" in told
    assert "the teacher's mass is the steadier" in told
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
        if views.has_stages(name):
            shown = shown[shown["stage"] == BEFORE]
        title = words.title(table, shown, name, measure)
        figure = theme.themed(
            draw(shown, ablation, measure, "threes", title=title, words="in words")
        ).to_dict()
        assert figure["title"]["text"] == title
        assert figure["description"] == "in words"
        assert len(title) < 140
        (data,) = figure["datasets"].values()
        assert len(data) == len(shown)
        if measure == "omitted":
            assert all(0.0 <= row["low"] <= row["high"] <= 1.0 for row in data)


def test_a_title_names_the_best_and_the_worst_place():
    table = made("student-size", lambda p: 0.0001 * student(p).hidden_sizes[0] + 0.8)
    points = views.points(table, "student-size")
    title = words.title(table, views.means(points, "omitted"), "student-size", "omitted")
    assert title == (
        "Threes right before the offset: 92.0 ± 0.1 % (1,200 units) to 80.1 ± 0.1 % (10 units)"
    )
    table = made("student-size", lambda p: 0.9, lambda p: 0.0001 * student(p).hidden_sizes[0])
    points = views.points(table, "student-size")
    title = words.title(table, views.means(points, "errors"), "student-size", "errors")
    assert title == "Errors with the offset: 970 ± 1 (1,200 units) to 1,089 ± 1 (10 units)"


@pytest.mark.parametrize("name", views.ABLATIONS)
def test_page_draws_every_ablation(small_store, name):
    table = made(name, lambda point: 0.9)
    fake_sweeps.install(table)
    page = open_page("ablations", ablation=name, measure="omitted")
    assert not page.exception
    assert not page.main.warning
    assert lead(table, name) in text_of(page)
    assert f"`python -m kdengine sweep {name}`" in text_of(page)
    assert "seeds 0, 1, 2" in text_of(page)
    assert page.query_params.get("measure") == ["omitted"] or page.query_params["measure"]


def test_page_changes_with_its_controls_and_writes_its_address(small_store):
    fake_sweeps.install(made(views.BY_SIZE, lambda point: 0.5, by_temperature(BEST)))
    page = open_page("ablations", stage="before")
    assert lead(made(views.BY_SIZE, lambda p: 0.5), views.BY_SIZE, BEFORE)[:20] in text_of(page)
    page.selectbox(key="ablations_ablation").select("student-size").run()
    assert not page.exception
    assert page.query_params["ablation"] == "student-size"
    assert any("python -m kdengine sweep student-size" in info.value for info in page.main.info)
    page.selectbox(key="ablations_ablation").select(views.BY_SIZE).run()
    assert "ablation" not in page.query_params
    assert page.query_params["stage"] == "before"


@pytest.mark.parametrize(
    "query",
    [{"ablation": "banana"}, {"measure": "<b>"}, {"stage": "x" * 500}, {"ablation": ""}],
)
def test_page_refuses_nonsense_in_the_address(small_store, query):
    fake_sweeps.install(made(views.BY_SIZE, lambda point: 0.5))
    page = open_page("ablations", **query)
    assert not page.exception
    assert len(page.main.warning) == 1
    assert page.selectbox(key="ablations_ablation").value == views.BY_SIZE


def test_a_measure_that_the_ablation_lacks_is_left(small_store):
    fake_sweeps.install(made("student-size", lambda point: 0.9))
    page = open_page("ablations", ablation="student-size", measure="offset")
    assert not page.exception
    assert "measure" not in page.query_params


@pytest.mark.parametrize(("content", "told"), [(None, "is not stored"), ("[]", "is damaged")])
def test_page_says_how_to_make_a_table_that_is_missing_or_damaged(small_store, content, told):
    if content:
        (small_store / "sweep-soft-weight.json").write_text(content)
    page = open_page("ablations", ablation="soft-weight")
    assert not page.exception
    (info,) = [info.value for info in page.main.info if "sweep" in info.value]
    assert told in info
    assert "`python -m kdengine sweep soft-weight`" in info

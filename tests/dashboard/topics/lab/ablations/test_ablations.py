"""The lab's ablations: findings computed from toys whose answer is known, charts, the address."""

import math

import pytest

from dashboard.charting.specification import with_values
from dashboard.core import show
from dashboard.topics.lab.ablations import charts, temperature, words
from dashboard.topics.lab.ablations import figures as views
from kdengine.recipes.own import CLASSROOM
from kdengine.studies import sweeps
from tests.dashboard import fake_sweeps
from tests.dashboard.pages import open_page


def made(name, before, after=lambda point: 0.98):
    """Return a table in which the threes right are what the functions say of a point."""

    def figures(point, stage):
        share = (before if stage == "before" else after)(point)
        middle = (len(sweeps.SWEEPS[name].seeds) - 1) / 2
        return share + 0.001 * (point.plan.student.seed - middle), 0.99

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


def lead(table, name):
    """Return the page's sentences."""
    return words.told(table, name)["lead"]


def listed(change):
    """Return ``800 units (590 → 490), …`` of every size of the sweep, largest first."""
    sizes = {p["hidden_sizes"][0] for p in sweeps.SWEEPS[views.BY_SIZE].settings}
    return {size: f"{size} units ({change(size)})" for size in sorted(sizes, reverse=True)}


def wobbling(amount):
    """Return what a seed adds: amounts that no three and no eight seeds tell from zero."""
    return lambda seed: amount * (1.0, -1.0, 0.5, -0.5, 0.9, -0.9, 0.4, -0.4)[seed]


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
        seeds = len(sweeps.SWEEPS[name].seeds)
        assert set(places) == {2 * seeds}  # before and with the offset
    shown = views.means(points, views.ABLATIONS[name].measure)
    assert not shown[["mean", "deviation"]].isna().any().any()
    assert words.description(shown, name).count("±") == len(shown)


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


def test_each_range_of_temperatures_is_compared_with_the_next():
    """500 threes and 90 others wrong; from T = 8 on 100 fewer, or 200 more in small students."""
    table = made(
        views.BY_SIZE, lambda p: 0.5, turning(lambda units, seed: 0.1 if units > 50 else -0.2)
    )
    told = lead(table, views.BY_SIZE)
    first, second = told.split(". ", 1)
    sizes = listed(lambda units: "590 → 490" if units > 50 else "590 → 790")
    assert first == (
        f"T ≥ 8 beside T = 2.5 to 4: errors with the offset, differs: {', '.join(sizes.values())}"
    )
    assert second.startswith("T = 2.5 to 4 beside T < 2.5: errors with the offset, cannot tell:")
    assert words.told(table, views.BY_SIZE)["title"] == [
        "Change in errors with the offset, T ≥ 8 beside T = 2.5 to 4 (by units):",
        ", ".join(f"{'−100' if units > 50 else '+200'} ({units})" for units in sizes),
    ]


def test_a_change_that_the_seeds_do_not_bear_out_is_called_so():
    shake = wobbling(0.1)
    table = made(
        views.BY_SIZE,
        lambda p: 0.5,
        turning(lambda units, seed: 0.1 if units > 50 else -0.02 + shake(seed)),
    )
    sizes = listed(lambda units: "590 → 490" if units > 50 else "590 → 610")
    large, small = (
        ", ".join(told for units, told in sizes.items() if (units > 50) == is_large)
        for is_large in (True, False)
    )
    assert f"differs: {large}; cannot tell: {small}. T = 2.5" in lead(table, views.BY_SIZE)


def test_two_seeds_are_numbers_without_a_verdict():
    table = made(views.BY_SIZE, lambda p: 0.5, turning(lambda units, seed: 0.3))
    few = {**table, "rows": [row for row in table["rows"] if row["seed"] < 2]}
    told = lead(few, views.BY_SIZE)
    assert "differs" not in told and "cannot tell" not in told
    assert "numbers without a verdict, which takes 3 seeds: 800 units (" in told
    sized = made("student-size", lambda p: 0.0001 * student(p).hidden_sizes[0])
    few = {**sized, "rows": [row for row in sized["rows"] if row["seed"] < 2]}
    assert "numbers without a verdict" in lead(few, "student-size")


def test_the_papers_claims_are_judged_by_the_family_of_the_page():
    """Large students: the highest T is 100 errors off, and so is every pair that holds it."""
    settings = sweeps.SWEEPS[views.BY_SIZE].settings
    high = sorted({p["temperature"] for p in settings if p["temperature"] >= 8.0})
    pairs = math.comb(len(high), 2)

    def right(point):
        return 0.5 if student(point).temperature == high[-1] else 0.6

    table = made(views.BY_SIZE, lambda p: 0.5, right)
    told = words.told(table, views.BY_SIZE)["more"]
    assert (
        f"of 800 units at T ≥ 8 lie between 490 and 590 (differs: {len(high) - 1} of {pairs})"
        in told
    )
    assert "of 300 units at" in told and "of 30 units at" not in told
    found = temperature.compared(temperature.ranges(views.points(table, views.BY_SIZE)))
    large = [units for units in listed(str) if units >= temperature.PAPER["large"]]
    # two steps a size, and pairs of large ones
    assert len(found) == 2 * len(listed(str)) + len(large) * pairs


@pytest.mark.parametrize("name", views.ABLATIONS)
def test_a_table_of_one_seed_or_of_one_setting_serves_too(name):
    """As after `sweep NAME --seeds 0`, or where most networks failed."""
    table = made(name, lambda point: 0.9)
    one_seed = {**table, "rows": [row for row in table["rows"] if row["seed"] == 0]}
    one_setting = {**table, "rows": table["rows"][:3]}
    for few in (one_seed, one_setting, {**table, "rows": table["rows"][:1]}):
        told = words.told(few, name)
        text = " ".join([told["lead"], told["more"], *told["title"], told["words"]])
        assert text.strip()
        assert "nan" not in text
        assert len({row["seed"] for row in few["rows"]}) > 1 or "cannot tell:" not in text


def test_settings_are_compared_with_the_recipes_own():
    """96 % and 40 %: every size below 200 differs, by the same in every seed."""
    table = made(
        "student-size", lambda point: 0.96 if student(point).hidden_sizes[0] >= 200 else 0.4
    )
    told = lead(table, "student-size")
    assert told.startswith(
        "Threes right before the offset, beside the recipe's **800 units** (96.0 ± 0.1\u00a0%), "
        "differs: **5 of 9** settings. Of threes right before the offset, differs: 10 units (40.0 "
    )
    assert "; cannot tell: 200 units (96.0 ± 0.1\u00a0%), 300 units" in told
    assert "with the offset (the recipe's 110 ± 1), cannot tell: 10 units (110 ± 1), " in told


def test_the_recipes_own_is_found_in_every_sweep():
    recipe = {
        "student-size": "**800 units**",
        "soft-weight": "**soft weight 1, with T²**",
        "teacher-architecture": "**MLP 1200-1200**",
        "teacher-regularisation": "**shifted images**",
        "teacher-epochs": "**6 epochs**",
        "transfer-size": "**53,869 images**",
        "transfer-shift": "**1 pixel**",
    }
    assert recipe.keys() == views.ABLATIONS.keys() - {views.BY_SIZE, views.PROBE}
    for name, own in recipe.items():
        told = lead(made(name, lambda point: 0.9), name)
        assert f"beside the recipe's {own} (90.0" in told and "differs: **0 of" in told


def test_what_seeds_do_not_bear_out_cannot_be_told():
    shake = wobbling(0.03)
    torn = made(
        "transfer-shift",
        lambda p: 0.9 + (shake(student(p).seed) if student(p).jitter_pixels == 2 else 0.0),
    )
    assert "cannot tell: not shifted (90.0" in lead(torn, "transfer-shift")
    bare = {**torn, "rows": [r for r in torn["rows"] if r["parameters"]]}
    assert "own setting is not in this table" in lead(bare, "transfer-shift")


def test_the_teachers_own_errors_are_told():
    table = made("teacher-architecture", lambda p: 0.9)
    for row in table["rows"]:
        if "teacher.architecture" in row["parameters"]:
            row["teacher"]["errors"] = 50 + row["seed"]
    told = words.told(table, "teacher-architecture")["more"]
    assert told == (
        "Errors of the teachers themselves: MLP 1200-1200 100 ± 0, small CNN 51 ± 1, five MLPs "
        "100 ± 0."
    )


def test_what_the_probes_say():
    table = made(views.PROBE, lambda point: 0.9)
    for row in table["rows"]:
        for found in row["probes"]:  # 700, 250 and 201 errors
            found["errors"] = [200 + 50_000 // found["size"]] * 3
    told = lead(table, views.PROBE)
    assert "by the **frequency criterion** 100: 700 ± 0, 1,000: 250 ± 0, 60,000: 200 ± 0" in told
    points = views.points(table, views.PROBE)
    assert set(points["omitted"].round(3)) == {0.97, 0.98, 0.99}


@pytest.mark.parametrize("name", views.ABLATIONS)
def test_charts_draw_with_their_words(name):
    table = made(name, lambda point: 0.9)
    ablation = views.ABLATIONS[name]
    draw = charts.kinds if ablation.groups is not None else charts.curves
    told = {**words.told(table, name), "words": "in words"}
    figure = with_values(draw(told, ablation, "threes"))
    assert figure["title"]["text"] == told["title"]
    assert figure["description"] == "in words"
    assert len(told["title"]) == 2
    assert all(len(line) < 90 for line in told["title"])  # else it is cut off
    (data,) = figure["datasets"].values()
    assert len(data) == len(told["shown"])
    if ablation.measure == "omitted":
        assert all(0.0 <= row["low"] <= row["high"] <= 1.0 for row in data)


def test_a_title_says_from_where_to_where_it_goes():
    table = made("student-size", lambda p: 0.0001 * student(p).hidden_sizes[0] + 0.8)
    assert words.told(table, "student-size")["title"] == [
        "Threes right before the offset: from 80.1 ± 0.1\u00a0% (10 units)",
        "to 92.0 ± 0.1\u00a0% (1,200 units)",
    ]
    assert words.told(made(views.PROBE, lambda p: 0.9), views.PROBE)["title"] == [
        "Errors with the offset: from 101 ± 0 (100 images, frequency criterion)",
        "to 700 ± 0 (60,000 images, frequency criterion)",
    ]


@pytest.mark.parametrize("name", views.ABLATIONS)
def test_page_draws_every_ablation(small_store, name):
    table = made(name, lambda point: 0.9)
    fake_sweeps.install(table)
    page = open_page("lab", tab="ablations", ablation=name)
    assert not page.exception
    assert not page.main.warning
    assert all(told in text_of(page) for told in show.opening(lead(table, name)))
    assert page.title[0].value == views.ABLATIONS[name].question
    assert f"`python -m kdengine sweep {name}`" in text_of(page)
    assert f"seeds {', '.join(map(str, sweeps.SWEEPS[name].seeds))}" in text_of(page)


def test_page_changes_with_its_control_and_writes_its_address(small_store):
    table = made(views.BY_SIZE, turning(lambda units, seed: units / 8000))
    fake_sweeps.install(table)
    page = open_page("lab", tab="ablations")
    assert show.opening(lead(table, views.BY_SIZE))[0] in text_of(page)
    page.selectbox(key="lab_ablation").select("student-size").run()
    assert not page.exception
    assert page.query_params["ablation"] == "student-size"
    assert any("python -m kdengine sweep student-size" in info.value for info in page.main.info)
    page.selectbox(key="lab_ablation").select(views.BY_SIZE).run()
    assert "ablation" not in page.query_params


@pytest.mark.parametrize("asked", ["banana", ""])
def test_page_refuses_nonsense_in_the_address(small_store, asked):
    fake_sweeps.install(made(views.BY_SIZE, lambda point: 0.5))
    page = open_page("lab", tab="ablations", ablation=asked)
    assert not page.exception
    assert len(page.main.warning) == 1
    assert page.selectbox(key="lab_ablation").value == views.BY_SIZE


@pytest.mark.parametrize(("content", "told"), [(None, "is not stored"), ("[]", "is damaged")])
def test_page_says_how_to_make_a_table_that_is_missing_or_damaged(small_store, content, told):
    if content:
        (small_store / "sweep-soft-weight.json").write_text(content)
    page = open_page("lab", tab="ablations", ablation="soft-weight")
    assert not page.exception
    (info,) = [info.value for info in page.main.info if "sweep" in info.value]
    assert told in info
    assert "`python -m kdengine sweep soft-weight`" in info

"""Synthetic data: numbers against loops, verdicts that follow the numbers, the charts, the page."""

import json
import math
import statistics

import pandas as pd
import pytest

from dashboard.core import show
from dashboard.topics.lab.synthetic import charts, figures, words
from kdengine.store import tables
from kdengine.synthetic.data import Place, Settings
from tests.dashboard import fake_synthetic
from tests.dashboard.pages import open_page

TEMPERATURES = list(Settings().temperatures)


@pytest.fixture
def table():
    """Return a table in which distilling always wins and T = 3 is best everywhere."""
    return fake_synthetic.table()


def moved(place, temperature, seed):
    """Return errors whose best T grows with the class separation, clearly so."""
    if temperature is None:
        return 300 + seed
    best = {0.2: 2.0, 0.6: 4.0, 1.0: 15.0}[place.class_separation]
    return 100 + round(60 * math.log(temperature / best) ** 2) + seed


def close(place, temperature, seed):
    """Return errors whose best T differs from data set to data set by chance alone."""
    if temperature is None:
        return 300
    if temperature > 3.0:
        return 200 + seed
    index = TEMPERATURES.index(temperature)
    favoured = round(10 * sum(place)) % 3
    return 100 + 12 * ((index + seed) % 3) - (index == favoured)


def test_places_have_names_for_the_address(table):
    assert list(figures.places(table))[:4] == ["0.2-0.5", "0.2-0.8", "0.2-1", "0.6-0.5"]
    assert figures.places(table)["1-0.8"] == Place(1.0, 0.8)


def test_means_are_those_of_loops_over_the_table(table):
    frame = figures.means(table)
    assert len(frame) == 9 * (2 + 8)
    for index, (name, place) in enumerate(figures.places(table).items()):
        one = figures.figures(table, name)
        records = [seed["data_sets"][index] for seed in table["seeds"]]
        assert one["teacher"]["mean"] == statistics.mean(r["teacher"] for r in records)
        hard = [record["hard_student"] for record in records]
        assert one["hard"]["mean"] == statistics.mean(hard)
        assert one["hard"]["deviation"] == pytest.approx(statistics.stdev(hard))
        for column, temperature in enumerate(TEMPERATURES):
            errors = [record["distilled"][column] for record in records]
            row = one["distilled"].loc[temperature]
            assert row["mean"] == pytest.approx(statistics.mean(errors))
            assert row["deviation"] == pytest.approx(statistics.stdev(errors))
            assert row["accuracy"] == pytest.approx(1.0 - statistics.mean(errors) / 1_000)
            assert row["high"] - row["low"] == pytest.approx(2 * statistics.stdev(errors) / 1_000)
        assert (one["teacher"]["class_separation"], one["teacher"]["informative_share"]) == place


def test_a_single_seed_has_no_spread():
    one = fake_synthetic.table(seeds=(4,))
    assert (figures.means(one)["deviation"] == 0.0).all()
    assert "±" not in figures.summary(one).to_string()
    assert "mean of 1 seed)" in words.second_claim(one)


def test_comparisons_with_hard_labels_are_counted_seed_by_seed():
    def errors(place, temperature, seed):
        if temperature == 20.0 and place == Place(0.6, 0.8):
            return (90, 100, 110)[seed]  # wins, ties and loses
        return 100 if temperature is None else 50

    table = fake_synthetic.table(errors)
    compared = figures.beaten(table)
    assert int(compared["wins"].sum()) == 3 * 72 - 2
    (lost,) = compared[compared["wins"] < 3].itertuples()
    assert (lost.place, lost.temperature, lost.wins) == ("0.6-0.8", 20.0, 1)
    assert lost.saved == 0.0
    told = words.first_claim(table)
    assert "refuted" in told and "214 of 216" in told
    assert "Not in every seed: separation 0.6, 80\u00a0% informative at T = 20." in told
    assert words.lead(table).startswith("**Mostly**: distilled students make fewer errors in 214")


def test_the_verdicts_follow_the_numbers(table):
    assert "confirmed" in words.first_claim(table)
    assert "216 of 216" in words.first_claim(table)
    assert "confirmed" in words.second_claim(table)
    assert "T = 3 on nine of the nine" in words.second_claim(table)
    assert words.lead(table).startswith("**Yes**")
    assert "it is **3** everywhere" in words.lead(table)

    clear = fake_synthetic.table(moved)
    assert figures.common_temperatures(clear) == []
    assert "refuted" in words.second_claim(clear)
    assert "T = 2 on three, T = 4 on three, T = 15 on three" in words.second_claim(clear)
    assert "does move" in words.lead(clear)

    by_chance = fake_synthetic.table(close)
    assert len(set(figures.best_temperatures(by_chance).values())) > 1
    assert figures.common_temperatures(by_chance) == [2.0, 2.5, 3.0]
    assert "not refuted" in words.second_claim(by_chance)
    assert "T = 2, 2.5 or 3" in words.lead(by_chance)

    worse = fake_synthetic.table(lambda place, temperature, seed: 50 if temperature is None else 60)
    assert words.lead(worse).startswith("**No**")
    assert "refuted" in words.first_claim(worse)


def test_temperatures_as_good_as_the_best_are_those_of_the_t_interval():
    """Differences 1, 2, 6 to the best T: 3 ± 4.303 · 2.646 / √3 reaches 0; 6, 7, 8 does not."""

    def errors(place, temperature, seed):
        if temperature == 2.0:
            return 100
        return 100 + (1, 2, 6)[seed] if temperature == 2.5 else 106 + seed

    assert set(map(tuple, figures.as_good(fake_synthetic.table(errors)).values())) == {(2.0, 2.5)}


def test_costs_of_one_temperature_for_all_are_the_largest_excess():
    table = fake_synthetic.table(moved)
    means = {
        (place, t): statistics.mean(moved(place, t, seed) for seed in (0, 1, 2))
        for place in figures.places(table).values()
        for t in TEMPERATURES
    }
    for temperature, cost in figures.costs(table).items():
        expected = max(
            means[place, temperature] - min(means[place, t] for t in TEMPERATURES)
            for place in figures.places(table).values()
        )
        assert cost == pytest.approx(expected)


def test_nearest_centres_by_hand():
    """Centres (0, 0.5) and (2.25, 0.5): the last point of class 1 lies nearer to class 0's."""
    shown = figures.points(fake_synthetic.table(), "0.2-0.5")
    assert len(shown) == 4
    assert figures.nearest_own(shown) == 0.75


def test_sentences_of_the_chosen_data_set(table):
    told = words.chosen(table, "0.2-0.5")
    # base 60 + round(50 / 1.2) = 102; hard labels three times that
    assert told == (
        "**Class separation 0.2, 50\u00a0% of the features informative**: of 1,000 test samples "
        "the "
        "teacher gets **153 ± 1** wrong, the student **307 ± 1** on hard labels and **103 ± 1** "
        "distilled at T = 3, its best: 66\u00a0% fewer than on hard labels."
    )
    assert "of 50 directions" in words.picture_caption(table, "0.2-0.5")
    assert "of 80 directions" in words.picture_caption(table, "0.2-0.8")
    assert "about 9 of 1,000" in words.picture_caption(table, "0.2-0.5")


def test_published_counts_stand_beside_ours(table):
    shown = words.published(table)
    assert shown["Published"].tolist() == [118, 587, 199, 213, 231]
    assert shown["Ours"].tolist()[1] == "307 ± 1"
    assert shown["Difference"].tolist()[1] == "−280"
    notes = dict(zip(shown["Published"], shown["The source's own note"], strict=True))
    assert notes.pop(587) == "the count rounds down: 588 by its accuracy"
    assert notes.pop(213) == "the count rounds down: 214 by its accuracy"
    assert set(notes.values()) == {""}
    assert "between 2.5 and 5" in words.published_sentence(table)
    assert "lowest is at T = 2; ours is at T = 3" in words.published_sentence(table)


def test_origin_and_choices_name_what_was_done(table):
    told = words.origin(table)
    assert "270 networks: 90 a seed" in told
    assert "3 minutes a seed" in told
    assert table["made_by"] in told
    assert "2,000 samples, 1,000 of them" in words.choices(table)
    assert "100-100-100 with dropout 0.2" in words.choices(table)


# Charts


def grid(table, chosen="0.6-0.8"):
    """Return the grid's specification."""
    figure = charts.accuracy_by_temperature(
        figures.means(table), chosen, title=words.title(table), description=words.description(table)
    )
    return figure.to_dict()


def rows_of(spec, layer):
    """Return the rows that a layer draws."""
    return spec["datasets"][spec["layer"][layer]["data"]["name"]]


def test_the_grid_places_every_mean_in_its_own_panel(table):
    spec = grid(table)
    means = figures.means(table)
    panels = {row["place"]: row for row in rows_of(spec, 0)}
    assert len(panels) == 9
    assert [name for name, row in panels.items() if row["is_chosen"]] == ["0.6-0.8"]
    lefts = sorted({row["left"] for row in panels.values()})
    bottoms = sorted({row["bottom"] for row in panels.values()}, reverse=True)
    assert len(lefts) == len(bottoms) == 3
    for row in panels.values():
        assert lefts.index(row["left"]) == [0.2, 0.6, 1.0].index(row["class_separation"])
        assert bottoms.index(row["bottom"]) == [0.5, 0.8, 1.0].index(row["informative_share"])
    lowest, highest = charts._range(means)
    points = [row for row in rows_of(spec, 5) if row["role"] == "student"]
    assert len(points) == 72
    for row in points:
        panel = panels[row["place"]]
        assert panel["left"] < row["px"] < panel["right"]
        assert panel["bottom"] <= row["middle"] <= panel["top"]
        height = (row["accuracy"] - lowest) / (highest - lowest)
        assert row["middle"] - panel["bottom"] == pytest.approx(height)
        across = math.log(row["temperature"] / 2.0) / math.log(10.0)
        assert row["px"] - panel["left"] == pytest.approx(across + 0.04)
    lines = rows_of(spec, 3)
    assert {row["role"] for row in lines} == {"teacher", "hard-label student"}
    assert len(lines) == 18


def test_axis_labels_stand_where_their_values_are(table):
    spec = grid(table)
    lowest, highest = charts._range(figures.means(table))
    axis = spec["layer"][0]["encoding"]["y"]["axis"]
    labels = json.loads(axis["labelExpr"].partition("[format")[0])
    assert len(labels) == len(axis["values"]) >= 6
    bottoms = sorted({row["bottom"] for row in rows_of(spec, 0)})
    for value in axis["values"]:
        label = labels[f"{value + 100:.3f}"]
        (bottom,) = [b for b in bottoms if 0.0 <= value - b <= 1.0]
        accuracy = lowest + (value - bottom) * (highest - lowest)
        assert float(label.removesuffix(" %")) / 100 == pytest.approx(accuracy, abs=1e-3)
    x_axis = spec["layer"][0]["encoding"]["x"]["axis"]
    labels = json.loads(x_axis["labelExpr"].partition("[format")[0])
    assert list(labels.values()).count("20") == 3
    assert labels["100.000"] == "2"


def test_the_grid_tells_roles_by_more_than_colour_and_has_words(table):
    spec = grid(table)
    assert spec["layer"][3]["encoding"]["strokeDash"]["scale"]["range"][2] != [1, 0]
    assert "T = 3" in spec["title"]["text"]
    assert spec["description"].count("class separation") == 9
    assert "best at T = 3" in spec["description"]


@pytest.mark.parametrize("span", [0.5, 0.1, 0.02, 0.004, 0.0007])
def test_ticks_are_round_and_within_the_range(span):
    ticks = charts._ticks(0.9 - span, 0.9 + span / 3)
    assert 2 <= len(ticks) <= 4
    assert all(0.9 - span - 1e-9 <= tick <= 0.9 + span / 3 + 1e-9 for tick in ticks)


def test_equal_accuracies_still_have_a_range():
    flat = fake_synthetic.table(lambda *network: 100, seeds=(0,))
    flat["seeds"][0]["data_sets"] = [
        {**one, "teacher": 100} for one in flat["seeds"][0]["data_sets"]
    ]
    spec = grid(flat)
    assert pd.DataFrame(rows_of(spec, 5))["middle"].notna().all()


def test_the_scatter_draws_numbers(table):
    shown = figures.points(table, "0.2-0.5")
    spec = charts.scatter(shown, title="a", description="words").to_dict()
    assert spec["mark"]["type"] == "text"
    assert spec["encoding"]["text"]["field"] == "name"
    assert spec["description"] == "words"
    assert "75\u00a0%" in words.picture_description(table, "0.2-0.5")


# Page


def test_the_page_shows_the_data_set_of_the_address(small_store, table):
    fake_synthetic.install(table)
    page = open_page("lab", tab="synthetic", data="1-0.8")
    assert not page.exception
    assert page.selectbox(key="lab_data").value == "1-0.8"
    told = [one.value for one in page.markdown]
    assert {*show.opening(words.lead(table))} <= {*told}
    assert words.chosen(table, "1-0.8") in told
    page.selectbox(key="lab_data").set_value("0.2-0.5").run()
    assert words.chosen(table, "0.2-0.5") in [one.value for one in page.markdown]
    assert "data" not in page.query_params


@pytest.mark.parametrize("asked", ["nope", "0.2", "<b>", "1-0.8-3"])
def test_a_bad_address_is_said_and_the_first_data_set_shown(small_store, table, asked):
    fake_synthetic.install(table)
    page = open_page("lab", tab="synthetic", data=asked)
    assert not page.exception
    assert any("The address asks for data=" in one.value for one in page.warning)
    assert page.selectbox(key="lab_data").value == "0.2-0.5"


def test_without_a_table_the_page_says_which_command_makes_it(small_store):
    page = open_page("lab", tab="synthetic")
    assert not page.exception
    assert any("`python -m kdengine synthetic`" in one.value for one in page.info)


def test_a_damaged_table_is_named(small_store, table):
    fake_synthetic.install(table)
    path = tables.path_of(fake_synthetic.synthetic_table.TABLE)
    path.write_text("{")
    page = open_page("lab", tab="synthetic")
    assert any("synthetic.json is damaged" in one.value for one in page.info)


def test_the_page_needs_no_stored_run(empty_store, table):
    fake_synthetic.install(table, shipped=True)
    page = open_page("lab", tab="synthetic")
    assert not page.exception
    assert show.opening(words.lead(table))[0] in [one.value for one in page.markdown]

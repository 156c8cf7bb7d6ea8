"""Synthetic data: numbers against loops, verdicts that follow the numbers, the charts, the page."""

import statistics

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
    assert "beside hard labels, numbers without a verdict" in words.lead(one)


def test_the_verdicts_follow_the_numbers(table):
    """Hard labels make three times the errors; T = 20 makes 72 more than T = 3, T = 2 three more.

    All of it in every seed alike, so that the t test is sure of it.
    """
    told = words.lead(table)
    assert "beside hard labels, differs: **9 of 9** data sets" in told
    assert "T = 2 beside T = 3, differs: **9 of 9** data sets." in told
    assert "T = 20 beside T = 3, differs: **9 of 9** data sets." in told
    same = fake_synthetic.table(lambda place, temperature, seed: 60 + seed)
    assert words.lead(same).count("differs: **0 of 9**") == 3
    assert "they avoid 0\u00a0% to 0\u00a0% of the errors" in words.lead(same)


def test_one_data_set_that_scatters_is_not_told():
    def errors(place, temperature, seed):
        if place == Place(0.6, 0.8):
            return 100 if temperature is None else (90, 100, 109)[seed]
        return 100 if temperature is None else 50

    table = fake_synthetic.table(errors)
    assert "beside hard labels, differs: **8 of 9** data sets; they avoid 0" in words.lead(table)
    first, *_ = words.claims(table).splitlines()
    assert first.endswith("cannot tell: 0.6 with 80\u00a0%.")
    assert "T of the lowest mean, read off the test set: 0.2 with 50\u00a0%: 2," in words.claims(
        table
    )


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
        "distilled at T = 3, which has the lowest mean here."
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


def grid(table):
    """Return the grid's specification."""
    title, text = words.title(table), words.description(table)
    figure = charts.accuracy_by_temperature(figures.means(table), title=title, description=text)
    return figure.to_dict()


def test_the_grid_has_a_panel_a_data_set_with_every_mean(table):
    spec = grid(table)
    (rows,) = spec["datasets"].values()
    assert spec["facet"]["column"]["field"] == "class_separation"
    assert spec["facet"]["row"]["field"] == "informative_share"
    panels = {(row["class_separation"], row["informative_share"]) for row in rows}
    assert panels == set(figures.places(table).values())
    assert len(rows) == 9 * (2 + len(TEMPERATURES))
    tests = [layer["transform"][0]["filter"] for layer in spec["spec"]["layer"]]
    assert [("!==" in test) for test in tests] == [True, False, True, False, False]
    assert all("'student'" in test for test in tests)


def test_the_grid_tells_roles_by_more_than_colour_and_has_words(table):
    spec = grid(table)
    dashes = spec["spec"]["layer"][2]["encoding"]["strokeDash"]["scale"]["range"]
    assert dashes[2] != [1, 0]
    assert "T = 3" in spec["title"]
    assert spec["description"].count("class separation") == 9
    assert "highest at T = 3" in spec["description"]


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

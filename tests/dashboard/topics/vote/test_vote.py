"""Votes: the ballot box by hand and from many threads, the questions, the chart, the page."""

import threading

import numpy as np
import pytest

from dashboard.classroom import votes
from dashboard.core import presenter
from dashboard.core.experiment import Experiment
from dashboard.parts.news import part as news
from dashboard.topics.tour import state as tour_state
from dashboard.topics.tour.facts import facts
from dashboard.topics.vote import charts
from dashboard.topics.vote import figures as views
from kdengine.store import runs as store
from tests.conftest import make_store
from tests.dashboard.pages import open_page
from tests.dashboard.topics.mistakes.test_confusion import experiment, said_by, toy  # noqa: F401  (fixtures)

ANN, BOB = votes.new_voter(), votes.new_voter()


@pytest.fixture(autouse=True)
def empty_box(monkeypatch):
    """A ballot box of each test's own, on a server without a key."""
    monkeypatch.delenv(presenter.ENVIRONMENT, raising=False)
    monkeypatch.setattr(votes, "BOX", votes.BallotBox())
    return votes.BOX


@pytest.fixture
def questions(toy):  # noqa: F811
    """The toy's questions: 1 of 4 threes right; 5 is said twice, 8 once."""
    return views.questions(facts(toy))


# The ballot box


def test_a_vote_is_counted_once_a_voter_and_can_be_changed(empty_box):
    empty_box.ask("q")
    empty_box.cast("q", ANN, 10)
    empty_box.cast("q", BOB, 20.0)
    empty_box.cast("q", ANN, 30)
    assert empty_box.poll("q").votes == (30.0, 20.0)
    assert empty_box.own("q", ANN) == 30.0
    assert empty_box.own("q", votes.new_voter()) is None


def test_a_thousand_votes_of_one_voter_from_ten_threads_are_one(empty_box):
    empty_box.ask("q")

    def vote(first):
        for number in range(first, first + 100):
            empty_box.cast("q", ANN, number)

    threads = [threading.Thread(target=vote, args=(100 * n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(empty_box.poll("q").votes) == 1


def test_a_script_at_one_address_closes_no_vote_and_locks_nobody_out():
    """A thousand voters of its own: the rest of the class, and who has voted, go on as before."""
    now = [0.0]
    box = votes.BallotBox(clock=lambda: now[0])
    box.ask("q")
    box.cast("q", ANN, 1, "10.0.0.5")
    refused = 0
    for _ in range(1000):
        try:
            box.cast("q", votes.new_voter(), 99, "10.0.0.5")
        except votes.VoteRefused as error:
            assert "Send it again" in str(error)
            refused += 1
    assert refused == 1001 - votes.NEW_AT_ONCE
    box.cast("q", ANN, 2, "10.0.0.5")
    box.cast("q", BOB, 3, "10.0.0.6")
    assert box.own("q", ANN) == 2 and box.own("q", BOB) == 3
    now[0] += 1 / votes.NEW_A_SECOND
    box.cast("q", votes.new_voter(), 4, "10.0.0.5")
    assert box.crowds("q") == {"10.0.0.5": votes.NEW_AT_ONCE + 1}
    box.welcome("10.0.0.5")
    box.cast("q", votes.new_voter(), 5, "10.0.0.5")
    assert box.crowds("q") == {}
    box.drop("q", "10.0.0.5")
    assert box.poll("q").votes == (3.0,)


def test_of_a_full_vote_the_address_with_most_makes_room(monkeypatch):
    monkeypatch.setattr(votes, "MOST_VOTERS", 10)
    box = votes.BallotBox()
    box.ask("q")
    box.cast("q", ANN, 1, "10.0.0.6")
    for _ in range(50):
        box.cast("q", votes.new_voter(), 99, "10.0.0.5")
    box.cast("q", BOB, 2, "10.0.0.6")
    assert sorted(box.poll("q").votes) == [1.0, 2.0] + [99.0] * 8


@pytest.mark.parametrize("vote", ["7", None, True, float("nan"), float("inf"), [1]])
def test_what_is_not_a_number_is_refused(empty_box, vote):
    empty_box.ask("q")
    with pytest.raises(votes.VoteRefused, match="a number"):
        empty_box.cast("q", ANN, vote)
    assert empty_box.poll("q").votes == ()


@pytest.mark.parametrize(
    "voter",
    ["", "0123456789abcdef", ANN[:-1], ANN[:-1] + "é", ANN.upper() + " ", "x" * 10**5],
    ids=["none", "made up", "short", "accented", "capitals", "long"],  # the same in all processes
)
def test_a_voter_has_a_name_that_this_server_gave(empty_box, voter):
    empty_box.ask("q")
    with pytest.raises(votes.VoteRefused, match="open the vote's link again"):
        empty_box.cast("q", voter, 1)


def test_a_question_takes_votes_until_it_is_revealed(empty_box):
    with pytest.raises(votes.VoteRefused, match="closed"):
        empty_box.cast("q", ANN, 1)
    empty_box.ask("q")
    empty_box.cast("q", ANN, 1)
    empty_box.set_stage("q", votes.SHOWN)
    empty_box.cast("q", ANN, 2)
    empty_box.set_stage("q", votes.REVEALED)
    with pytest.raises(votes.VoteRefused, match="closed"):
        empty_box.cast("q", ANN, 3)
    assert empty_box.poll("q").votes == (2.0,)
    with pytest.raises(ValueError, match="must be one of"):
        empty_box.set_stage("q", "open")


def test_asking_again_keeps_votes_about_the_same_and_drops_them_about_another(empty_box):
    empty_box.ask("q", "run a")
    empty_box.cast("q", ANN, 1)
    empty_box.ask("q", "run a")
    assert empty_box.poll("q").votes == (1.0,)
    empty_box.ask("q", "run b")
    assert empty_box.poll("q") == votes.Poll(votes.ASKED, (), 2, "run b")
    empty_box.cast("q", ANN, 1)
    empty_box.reset("q")
    assert empty_box.poll("q") == votes.Poll(votes.ASKED, (), 3, "run b")


def test_a_new_class_is_asked_anew_what_the_last_one_has_been_told(empty_box):
    for name in ("told", "open"):
        empty_box.ask(name)
        empty_box.cast(name, ANN, 1)
    empty_box.set_stage("told", votes.REVEALED)
    empty_box.forget_revealed()
    assert empty_box.poll("told").stage == ""
    assert empty_box.poll("open").votes == (1.0,)
    assert empty_box.current() == "open"
    empty_box.set_stage("open", votes.REVEALED)
    empty_box.forget_revealed()
    assert empty_box.current() == ""
    empty_box.ask("told")
    assert empty_box.poll("told").votes == ()


def test_after_the_end_nobody_is_asked_or_told_and_the_guesses_stay(empty_box):
    empty_box.ask("q")
    empty_box.cast("q", ANN, 1)
    empty_box.end()
    assert empty_box.current() == ""
    assert empty_box.poll("q").votes == (1.0,)
    empty_box.ask("q")
    assert (empty_box.current(), empty_box.own("q", ANN)) == ("q", 1)


def test_there_is_news_when_another_question_is_drawn_and_not_for_a_guess(empty_box):
    """Each word is another; what changes no phone's page changes no word."""
    empty_box.ask("q", "run a")
    words = [votes.BallotBox().news(), empty_box.news()]
    empty_box.cast("q", ANN, 1)
    empty_box.set_stage("q", votes.SHOWN)
    empty_box.ask("q", "run a")
    assert empty_box.news() == words[-1]
    for change in (
        lambda: empty_box.set_stage("q", votes.REVEALED),
        lambda: empty_box.reset("q"),
        lambda: empty_box.ask("q", "run b"),
        lambda: empty_box.ask("p", "run b"),
        lambda: empty_box.ask("q", "run b"),
    ):
        change()
        words.append(empty_box.news())
    assert words[-1] == words[-3]  # back at what was asked: drawn as before
    assert len(set(words)) == len(words) - 1
    empty_box.end()
    assert empty_box.news() not in words[1:]
    assert all(" " not in word and "run" not in word for word in words)


def test_questions_are_bounded(empty_box):
    for number in range(votes.MOST_QUESTIONS):
        empty_box.ask(str(number))
    with pytest.raises(ValueError, match="can be asked"):
        empty_box.ask("one more")


# Questions


def test_truth_is_counted_on_the_toy(questions, toy):  # noqa: F811
    assert questions["accuracy"].truth == (25.0,)
    assert questions["mistaken"].truth == (5.0,)
    (best,) = questions["offset"].truth
    labels, logits = toy.student.test_labels, toy.student.test_logits
    errors = {
        tried: int(np.sum(said_by(logits, tried) != labels)) for tried in np.arange(-2, 12, 0.25)
    }
    assert np.sum(said_by(logits, best) != labels) == min(errors.values())


@pytest.mark.parametrize(
    ("given", "vote"),
    [("97", 97.0), (" 97\u00a0% ", 97.0), ("97,5", 97.5), ("0", 0.0), (100, 100.0), ("1e1", 10.0)],
)
def test_numbers_are_read_as_people_write_them(questions, given, vote):
    assert views.parse(questions["accuracy"], given) == vote


def test_a_minus_sign_of_either_kind_is_read(questions):
    assert views.parse(questions["offset"], "−2,5") == -2.5
    assert views.parse(questions["offset"], "-2.5") == -2.5


@pytest.mark.parametrize("given", ["", "many", "nan", "inf", "101", "-1", "1;2", "<b>", None])
def test_no_number_or_one_out_of_range_is_refused_with_what_is_allowed(questions, given):
    with pytest.raises(ValueError, match="is not a number from 0 to 100\u00a0%") as refused:
        views.parse(questions["accuracy"], given)
    assert "<" not in str(refused.value)


@pytest.mark.parametrize("given", ["3", "5.5", "-1", "12", "", "five", "nan"])
def test_a_digit_that_cannot_be_the_answer_is_refused(questions, given):
    with pytest.raises(ValueError, match="Choose one of them"):
        views.parse(questions["mistaken"], given)


def test_an_empty_guess_is_told_what_is_wanted(questions):
    assert "a number from -4 to 10. " in views.nothing_given(questions["offset"])
    assert "digit" in views.nothing_given(questions["mistaken"])


# Histograms


def test_bins_are_counted_by_hand(questions):
    table = views.histogram(questions["accuracy"], [0, 4.9, 5, 96, 100, 99.9])
    assert len(table) == 20
    assert table.set_index("label")["votes"][lambda v: v > 0].to_dict() == {
        "0 to 5": 2,
        "5 to 10": 1,
        "95 to 100": 3,
    }
    digits = views.histogram(questions["mistaken"], [5, 5, 8, 0])
    assert digits["label"].tolist() == ["0", "1", "2", "4", "5", "6", "7", "8", "9"]
    assert digits["votes"].tolist() == [1, 0, 0, 0, 2, 0, 0, 1, 0]


def test_every_vote_falls_into_one_bin_that_holds_it(questions):
    rng = np.random.default_rng(0)
    for name in ("accuracy", "offset"):
        question = questions[name]
        given = rng.uniform(question.low, question.high, 300).round(1)
        table = views.histogram(question, given)
        assert table["votes"].sum() == 300
        for row in table.itertuples():
            assert row.votes == np.sum((given >= row.start) & (given < row.end)) or (
                row.end == question.high
            )


def test_votes_on_another_run_are_left_out(questions):
    assert views.answering(questions["accuracy"], [50, 101, -4]) == [50]
    assert views.answering(questions["mistaken"], [3, 5, 5.5]) == [5]


def test_titles_say_what_the_class_thinks(questions):
    accuracy, mistaken = questions["accuracy"], questions["mistaken"]
    assert views.histogram_title(accuracy, []) == "No guess yet"
    assert views.histogram_title(accuracy, [10]) == "1 guess, median 10\u00a0%"
    assert views.histogram_title(accuracy, [10, 21, 95]) == "3 guesses, median 21\u00a0%"
    assert views.histogram_title(mistaken, [5, 5, 8]) == "3 guesses: most often 5 (2)"
    assert views.histogram_title(mistaken, [8, 5]) == "2 guesses: most often 5 and 8 (1 each)"


def test_the_truth_is_told_with_how_near_the_class_came(questions, toy):  # noqa: F811
    found = facts(toy)
    told = views.truth_sentence(questions["accuracy"], [20, 30, 31, 90], found)
    assert told.startswith("The run says **25\u00a0%**: 1 of 4 threes right")
    assert told.endswith("Of 4 guesses, 2 were within 5 percentage points.")
    told = views.truth_sentence(questions["mistaken"], [8], found)
    assert "**5**: 2 of the 3 wrong answers." in told
    assert told.endswith("Of 1 guess, none was right.")


def test_description_is_made_from_the_counts_and_keeps_the_secret(questions):
    question = questions["accuracy"]
    told = views.description(question, [10, 10, 50], False)
    assert "3 guesses (%)" in told and "10 to 15: 2; 50 to 55: 1" in told
    assert "25\u00a0%" not in told
    assert "The run says 25\u00a0%." in views.description(question, [10], True)


def test_the_chart_marks_the_truth_only_when_it_is_given(questions):
    for name, given in (("accuracy", [10, 97]), ("mistaken", [5, 5])):
        question = questions[name]

        hidden, told = (
            charts.guesses(question, given, with_truth=told).to_dict() for told in (False, True)
        )
        assert len(hidden["layer"]) == 1
        assert not any("the run" in str(rows) for rows in hidden["datasets"].values())
        words = {row.get("word") for rows in told["datasets"].values() for row in rows}
        assert f"the run: {views.written(question, question.truth[0])}" in words
        bars = hidden["layer"][0]["encoding"]
        assert bars["y"]["scale"]["domain"][0] == 0
        assert bars["x"]["title"] == views.axis_title(question)
        for chart, with_truth in ((hidden, False), (told, True)):
            assert chart["description"] == views.description(question, given, with_truth)
            assert chart["title"] == views.histogram_title(question, given)


# The page


def asked(name):
    """Open a question about the only stored run, as the presenter does; return its experiment."""
    runs = {entry.config.kind: store.load(entry.key) for entry in store.list_runs()}
    shown = Experiment(runs["student"], runs["teacher"], runs["baseline"], 3)
    votes.BOX.ask(name, f"{shown.key}|3")
    return shown


def test_page_waits_until_a_question_is_asked(small_store):
    page = open_page("vote")
    assert page.title[0].value == "Vote"
    assert "No question is open" in page.main.markdown[-1].value
    assert not page.main.info and not page.main.get("page_link")
    assert not page.button(key="sidebar_share").disabled


def test_page_takes_a_guess_changes_it_and_tells_the_truth(small_store):
    shown = asked("accuracy")
    page = open_page("vote")
    question = views.questions(facts(shown))["accuracy"]
    assert page.title[0].value == question.text
    page.button(key="vote_send").click().run()
    assert "has to be a number from 0 to 100\u00a0%" in page.main.warning[0].value
    for guess in (20.0, 30.0):
        page.number_input(key="vote_accuracy_1").set_value(guess)
        page.button(key="vote_send").click().run()
        assert not page.exception and not page.main.warning
        assert f"**{guess:g}\u00a0%**" in page.main.success[0].value
    assert votes.BOX.poll("accuracy").votes == (30.0,)
    votes.BOX.set_stage("accuracy", votes.REVEALED)
    page.run()
    said = " ".join(element.value for element in page.main.markdown)
    assert views.truth_sentence(question, [30.0], facts(shown)) in said
    assert "Your guess was **30\u00a0%**" in said
    assert not page.main.button


def test_a_guess_is_one_run_and_no_page_makes_a_tour_that_nobody_takes(small_store, monkeypatch):
    asked("accuracy")
    drawn = []
    draw = news.draw
    monkeypatch.setattr(news, "draw", lambda seen, key: (drawn.append(key), draw(seen, key=key)))
    monkeypatch.setattr(tour_state, "steps", lambda: pytest.fail("a tour was made"))
    page = open_page("vote")
    page.number_input(key="vote_accuracy_1").set_value(20.0)
    page.button(key="vote_send").click().run()
    assert votes.BOX.poll("accuracy").votes == (20.0,)
    assert drawn == ["vote_news"] * 2


def test_page_takes_a_digit(small_store):
    asked("mistaken")
    page = open_page("vote")
    page.button(key="vote_send").click().run()
    assert "digit" in page.main.warning[0].value
    page.pills(key="vote_digit_1").set_value(5)
    page.button(key="vote_send").click().run()
    assert votes.BOX.poll("mistaken").votes == (5.0,)


def test_a_voter_is_known_again_by_the_address_and_a_session_gets_one(small_store):
    asked("accuracy")
    votes.BOX.cast("accuracy", ANN, 42.0)
    page = open_page("vote", voter=ANN)
    assert "**42\u00a0%**" in page.main.success[0].value
    page = open_page("vote", voter="../../etc")
    assert not page.main.success
    given = page.session_state["params"].kept["vote"]["voter"].value
    assert votes.is_voter(given) and given != ANN
    for forged in ("0123456789abcdef", given[:-1] + "x"):
        page.query_params["voter"] = forged
        page.run()
        assert page.session_state["params"].kept["vote"]["voter"].value == given


def test_page_stays_up_when_the_presenters_run_has_gone(small_store):
    shown = asked("accuracy")
    store.delete(shown.key)
    page = open_page("vote")
    assert not page.exception
    assert "No question is open" in page.main.markdown[-1].value


def test_a_guess_that_comes_after_the_answer_is_refused_in_words(small_store):
    asked("accuracy")
    page = open_page("vote")
    page.number_input(key="vote_accuracy_1").set_value(20.0)
    votes.BOX.set_stage("accuracy", votes.REVEALED)
    page.button(key="vote_send").click().run()
    assert not page.exception
    assert votes.BOX.poll("accuracy").votes == ()
    assert [each.value for each in page.warning] == [
        "This vote is closed; wait for the next question."
    ]
    asked("mistaken")
    page.run()
    assert not page.warning  # the next question has none


def test_a_guess_at_a_question_that_is_asked_anew_meanwhile_does_not_count(small_store):
    asked("accuracy")
    page = open_page("vote")
    page.number_input(key="vote_accuracy_1").set_value(20.0)
    votes.BOX.set_stage("accuracy", votes.REVEALED)
    votes.BOX.reset("accuracy")
    page.button(key="vote_send").click().run()
    assert not page.exception and not page.warning
    assert votes.BOX.poll("accuracy").votes == ()


def test_two_omitted_classes_are_asked_about_one_at_a_time(empty_store):
    make_store(empty_store, omitted=(3, 5))
    entry = next(e for e in store.list_runs() if e.config.kind == "student")
    votes.BOX.ask("mistaken", f"{entry.key}|5")
    page = open_page("vote")
    assert not page.exception
    assert "Some fives it gets wrong" in page.title[0].value

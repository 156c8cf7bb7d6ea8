"""A page's parameters: read, checked, kept, written into the address; each counted by hand."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.core import params, runs
from tests.conftest import make_store
from tests.dashboard.pages import open_page


def script():
    """A toy page with one parameter of each kind, drawn in a toy frame."""
    import streamlit as st

    from dashboard.core import params

    state = st.session_state
    name = state.get("open", "toy")
    params.opened(name)
    if "goes" in state:
        params.go(*state.pop("goes"))
    at = params.Params(name)
    if state.pop("forgets", False):
        at.forget()
    at.whole("once", range(9), None, stays=False)
    dataset = state.get("dataset", "mnist")
    at.number("T", 1.0, 50.0, state.get("usual", 20.0))
    image = at.whole("image", range(10 if dataset == "mnist" else 5), 7, of=dataset)
    at.whole("picked", {2, 4}, None, what="the number of a picture here")
    at.choice("digit", state.get("digits", [3, 5, 8]), None)
    at.choice("order", ("uncertain", "number"), "uncertain")
    st.radio("Order", **at.bind("order", {"uncertain": "By doubt", "number": "By number"}))
    at.flag("log")
    begin = at.begin("bars", at.value("T"), by=["T"], when=dataset)
    st.selectbox("Digit", ["all", 3, 5, 8], **at.bind("digit", none="all"))
    state["begin"], state["image"] = begin, image
    for how, values in state.pop("late", {}).items():
        getattr(at, how)(**values)
    if state.get("does_drop"):
        params.drop("key")
    state["texts"], state["query"] = params.texts(), params.query()
    state["flushed"] = params.flush()


def opened(**query) -> AppTest:
    """Open the toy page at an address, and let the browser take what the page put into it."""
    app = AppTest.from_function(script)
    app.query_params.update(query)
    app.run()
    replaced(app)
    return app


def replaced(app: AppTest) -> None:
    """Do what the browser does with the address of a page that has just been opened."""
    if app.session_state["flushed"] is not None:
        query = dict(pair.split("=") for pair in app.session_state["flushed"].split("&") if pair)
        goes_to(app, **query)


def goes_to(app: AppTest, **query) -> None:
    """Put another address into the browser."""
    app.query_params.clear()
    app.query_params.update(query)


def goes_back(app: AppTest, monkeypatch, **query) -> AppTest:
    """Run the page as the browser asks for it whose Back leads to a query."""
    goes_to(app, **query)
    with monkeypatch.context() as patch:
        navigation = SimpleNamespace(is_history_navigation=True, page_script_hash="")
        patch.setattr(params, "get_script_run_ctx", lambda: navigation)
        return app.run()


def values(app: AppTest, page: str = "toy") -> dict:
    """Return all values that the session keeps for a page."""
    assert not app.exception
    return {name: kept.value for name, kept in app.session_state["params"].kept[page].items()}


def address(app: AppTest) -> dict[str, str]:
    """Return the address's query."""
    found = app.query_params
    return {n: found[n][0] if isinstance(found[n], list) else found[n] for n in found}


USUAL = {"T": 20.0, "image": 7, "picked": None, "digit": None, "order": "uncertain", "log": False}
USUAL["once"] = None


def does(app: AppTest, **late) -> AppTest:
    """Call a method of `Params` after the page is drawn, then run it again."""
    app.session_state["late"] = late
    return app.run()


def test_what_is_usual_is_used_and_stays_out_of_the_address():
    app = opened()
    assert values(app) == USUAL
    assert address(app) == {} and app.session_state["flushed"] is None
    assert app.session_state["texts"] == {
        "T": "20",
        "image": "7",
        "order": "uncertain",
        "log": "0",
    }


def test_a_menu_has_the_choices_by_what_they_are_called():
    app = opened(order="number")
    radio = app.radio(key="toy_order")
    assert (radio.options, radio.value) == (["By doubt", "By number"], "number")
    radio.set_value("uncertain").run()
    assert values(app)["order"] == "uncertain"


def test_an_address_sets_one_of_each_kind():
    app = opened(T="4.256", image="9", picked="4", digit="5", order="number", log="1")
    assert values(app) == {
        "once": None,
        "T": 4.26,
        "image": 9,
        "picked": 4,
        "digit": 5,
        "order": "number",
        "log": True,
    }
    assert not app.warning
    assert address(app)["T"] == "4.26" and address(app)["image"] == "9"


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        *[("T", text, "a number from 1 to 50") for text in ("x", "nan", "inf", "0.9", "1e9", "")],
        *[("image", text, "from 0 to 9") for text in ("10", "-1", "1.0", "٣", "²", "9" * 99)],
        ("picked", "3", "the number of a picture here"),
        ("digit", "4", "one of 3, 5 or 8"),
        ("order", "Number", "one of uncertain or number"),
        ("log", "yes", "one of 1 or 0"),
    ],
)
def test_a_bad_address_is_named_once_and_changes_nothing(name, text, allowed):
    app = opened(**{name: text})
    assert values(app) == USUAL
    (warning,) = app.warning
    assert f"{name}=" in warning.value and allowed in warning.value
    assert len(warning.value) < 250
    assert name not in address(app)
    assert not app.run().warning


def test_markup_in_an_address_reaches_no_page():
    (warning,) = opened(order="<b>`[x](y)` banana").warning
    assert "order=`` <b>`[x](y)` banana ``, which" in warning.value


def test_several_values_are_one_new_address(monkeypatch):
    app = opened()
    written = []
    from streamlit.runtime.state.query_params_proxy import QueryParamsProxy

    write = QueryParamsProxy.from_dict
    monkeypatch.setattr(
        QueryParamsProxy, "from_dict", lambda self, new: (written.append(new), write(self, new))
    )
    does(app, set={"digit": 5, "order": "number", "T": 1.5})
    app.run()
    assert written == [{"digit": "5", "order": "number", "T": "1.5"}]
    assert values(app)["digit"] == 5


def test_a_widget_shows_the_value_and_changes_it():
    app = opened(digit="5")
    assert app.selectbox(key="toy_digit").value == 5
    app.selectbox(key="toy_digit").select(8).run()
    assert values(app)["digit"] == 8 and address(app) == {"digit": "8"}
    app.selectbox(key="toy_digit").select("all").run()
    assert values(app)["digit"] is None and address(app) == {}


def test_back_takes_the_choice_back_and_a_new_address_is_followed(monkeypatch):
    app = opened()
    app.selectbox(key="toy_digit").select(8).run()
    does(app, set={"T": 3.0})
    assert address(app) == {"digit": "8", "T": "3"}
    assert values(goes_back(app, monkeypatch, digit="8")) == {**USUAL, "digit": 8}
    assert values(goes_back(app, monkeypatch)) == USUAL
    assert app.selectbox(key="toy_digit").value == "all"
    goes_to(app, digit="3", T="44")
    assert values(app.run()) == {**USUAL, "digit": 3, "T": 44.0}
    assert not app.warning


def test_an_old_address_does_not_undo_what_a_widget_says():
    """A browser that was quicker than the server still sends the address of before."""
    app = opened(digit="5")
    does(app, hold={"T": 2.0})
    assert address(app) == {"digit": "5", "T": "2"}
    goes_to(app, digit="5")
    app.selectbox(key="toy_digit").select(8).run()
    assert values(app)["T"] == 2.0 and values(app)["digit"] == 8


def test_an_old_address_by_itself_is_no_back(monkeypatch):
    """What a browser sends before it has the last answers says where it was, not where to go."""
    app = opened()
    for value in (2.0, 3.0, 4.0):
        goes_to(app)  # where the browser is as long as it has no answer
        does(app, hold={"T": value})
        first = app.session_state["begin"]
    for late in ({}, {"T": "2"}, {"T": "3"}):
        goes_to(app, **late)
        assert values(app.run())["T"] == 4.0 and address(app) == {"T": "4"}
    assert app.run().session_state["begin"] == first  # what moves in the browser stays where it is
    assert values(goes_back(app, monkeypatch, T="3"))["T"] == 3.0
    assert app.session_state["begin"] != first
    goes_to(app, T="9")  # it has never been here
    assert values(app.run())["T"] == 9.0


def test_a_widget_that_the_browser_still_shows_as_it_was_has_not_been_used():
    app = opened(digit="5")
    does(app, set={"digit": 8})
    assert address(app) == {"digit": "8"}
    goes_to(app, digit="5")  # the browser has no answer yet
    assert app.run().selectbox(key="toy_digit").value == 8
    goes_to(app, digit="5")
    app.selectbox(key="toy_digit").select(5).run()
    assert values(app)["digit"] == 8 and address(app) == {"digit": "8"}
    goes_to(app, digit="5")
    app.selectbox(key="toy_digit").select(3).run()  # never shown before: somebody's choice
    assert values(app)["digit"] == 3 and address(app) == {"digit": "3"}
    app.selectbox(key="toy_digit").select(5).run()  # the browser is where the server is
    assert values(app)["digit"] == 5


def test_what_is_on_its_way_to_the_browser_is_overtaken_by_what_is_written_after_it():
    app = opened()
    does(app, hold={"T": 2.0})
    goes_to(app)  # the browser has not been told of T=2 when the slider is back
    does(app, hold={"T": 20.0})
    assert app.session_state["params"].written == {}
    goes_to(app, T="2")  # now it has
    assert values(app.run())["T"] == 20.0 and address(app) == {}


def test_a_link_of_the_menu_is_news_though_its_address_has_been_here(monkeypatch):
    """The first page has two addresses, so that its link in the menu is no new page."""
    app = opened()
    for value in (2.0, 3.0):
        does(app, hold={"T": value})
    goes_to(app)
    monkeypatch.setattr(params, "_script", lambda: "another")
    assert values(app.run()) == USUAL


def test_where_a_page_leads_to_counts_at_once_and_there_alone():
    app = opened()
    for value in ("2", "3", "4"):
        goes_to(app)  # a browser that has no answer yet
        app.session_state["goes"] = "toy", {"T": value}
        assert values(app.run())["T"] == float(value)
    goes_to(app, T="2")
    assert values(app.run())["T"] == 4.0
    app.session_state["params"].arriving = "toy", {"T": "7"}
    goes_to(app)
    app.session_state["open"] = "other"
    assert values(app.run(), "other")["T"] == 20.0


def test_a_widget_is_used_again_while_the_browser_has_no_answer():
    app = opened(digit="5")
    does(app, set={"digit": 8})
    goes_to(app, digit="5")
    app.run()
    for picked in (3, 5, 3):
        goes_to(app, digit="5")
        app.selectbox(key="toy_digit").select(picked).run()
        assert values(app)["digit"] == picked


def test_what_a_menu_no_longer_offers_is_passed_over():
    """A menu whose choices say how many there are is another one when their number has changed."""
    app = opened(order="number")
    app.radio(key="toy_order").options.append("By luck (20)")
    app.radio(key="toy_order").set_value("By luck (20)").run()
    assert values(app)["order"] == "number" and app.radio(key="toy_order").value == "number"


def test_what_a_browser_may_still_send_is_kept_for_a_while_only():
    app = opened()
    for value in range(120):
        goes_to(app)  # it is never told
        does(app, hold={"T": 2.0 + value / 100})
    assert len(app.session_state["params"].earlier) == 50
    assert values(app.run())["T"] == 3.19


def test_what_was_left_is_there_on_return():
    app = opened(T="3", digit="8")
    app.session_state["open"] = "other"
    goes_to(app)
    app.run()
    assert values(app, "other") == USUAL
    app.session_state["open"] = "toy"
    goes_to(app)
    app.run()
    assert values(app) == {**USUAL, "T": 3.0, "digit": 8}
    # The menu's link said nothing; the page puts it into that very entry of the history.
    assert sorted(app.session_state["flushed"].split("&")) == ["T=3", "digit=8"]
    goes_to(app, digit="5")
    app.session_state["open"] = "other"
    assert values(app.run(), "other") == {**USUAL, "digit": 5}


def test_what_does_not_stay_is_the_addresss_alone_on_return():
    app = opened(once="3", T="3")
    assert values(app)["once"] == 3
    assert values(app.run())["once"] == 3
    does(app, set={"once": None})
    assert values(app.run())["once"] is None and address(app) == {"T": "3"}
    for query, value in (({"once": "3"}, 3), ({}, None), ({"once": "3"}, 3)):
        app.session_state["open"] = "other"
        goes_to(app)
        app.run()
        app.session_state["open"] = "toy"
        goes_to(app, **query)
        assert values(app.run()) == {**USUAL, "T": 3.0, "once": value}


def test_a_page_that_forgets_shows_what_its_address_says():
    app = opened(T="3", digit="8")
    app.session_state["open"] = "other"
    goes_to(app)
    app.run()
    app.session_state["open"], app.session_state["forgets"] = "toy", True
    goes_to(app, T="3")
    before = app.session_state["params"].kept["toy"]["T"].moves
    assert values(app.run()) == {**USUAL, "T": 3.0}
    assert app.session_state["params"].kept["toy"]["T"].moves > before


def test_a_value_means_nothing_of_anything_else():
    app = opened(image="3", T="9")
    app.session_state["dataset"] = "digits"
    assert values(app.run())["image"] == 7  # not 3, which would be another picture
    assert values(app)["T"] == 9.0
    goes_to(app, image="8", T="9")  # MNIST has it, digits do not
    app.run()
    assert values(app)["image"] == 7 and "from 0 to 4" in app.warning[0].value


def test_a_value_that_another_run_does_not_have_gives_way_to_the_usual():
    app = opened(digit="5")
    app.session_state["digits"] = [3, 8]
    assert values(app.run())["digit"] is None and address(app) == {}
    assert not app.warning


def test_a_control_in_the_browser_begins_anew_by_other_hands_only():
    app = opened(T="4")
    first = app.session_state["begin"]
    assert first.value == 4.0
    does(app, hold={"T": 6.0})
    app.run()
    assert app.session_state["begin"] == first and address(app) == {"T": "6"}
    does(app, set={"order": "number"})
    app.run()
    assert app.session_state["begin"] == first
    does(app, set={"T": 7.0})
    assert app.run().session_state["begin"] == (first.visit + 1, 7.0)
    goes_to(app, T="8")
    assert app.run().session_state["begin"] == (first.visit + 2, 8.0)
    app.session_state["dataset"] = "digits"
    assert app.run().session_state["begin"] == (first.visit + 3, 8.0)


def test_parameters_of_others_stay_unless_they_have_had_their_effect():
    app = opened(key="secret", lang="en", T="3")
    assert address(app) == {"key": "secret", "lang": "en", "T": "3"}
    app.session_state["does_drop"] = True
    app.run()
    assert address(app) == {"lang": "en", "T": "3"}
    assert app.session_state["query"] == {"lang": "en", "T": "3"}
    assert app.session_state["texts"]["image"] == "7"


def test_a_page_that_ends_early_has_written_its_address(empty_store):
    make_store(empty_store, omitted=(3,))
    make_store(empty_store, omitted=(), seed=1)
    app = open_page("offset")
    other = next(entry.key for entry in runs.students() if "-all-" in entry.key)
    app.selectbox(key="sidebar_run").select(other).run()
    assert any("saw every digit" in info.value for info in app.info)
    assert address(app)["run"].startswith("student-digits-all-seed1")

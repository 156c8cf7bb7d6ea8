"""The glossary: every term whole and linked, the search, terms found in sentences, the page."""

import re

import pytest

from dashboard import catalogue
from dashboard.core import terms
from dashboard.topics.glossary import figures as glossary
from tests.conftest import make_store
from tests.dashboard.pages import TOPICS, open_page

TERMS = list(terms.every().values())


def named(found):
    return [term.name for term in found]


def test_terms_are_sorted_and_named_once():
    names = [name.casefold() for name in named(TERMS)]
    assert names == sorted(set(names))
    assert len(names) >= 40


@pytest.mark.parametrize("term", TERMS, ids=named(TERMS))
def test_a_term_is_explained_in_one_to_three_sentences_with_a_source_and_a_page(term):
    assert 1 <= len(re.findall(r"[.:](?:\s|$)", term.words)) <= 4
    assert len(term.words) < 240
    assert term.words.endswith(".")
    name, address = term.source
    assert name and address.startswith("https://")
    assert glossary.page_of(term, catalogue.PAGES) in TOPICS


def test_the_field_is_covered():
    wanted = {"teacher", "student", "logit", "softmax", "temperature", "soft targets", "offset"}
    wanted |= {"dark knowledge", "transfer set", "distillation", "flip threshold", "entropy"}
    wanted |= {"KL divergence", "confusion matrix", "epoch", "bias", "hard label", "T² factor"}
    assert wanted <= set(named(TERMS))


@pytest.mark.parametrize(
    ("search", "first"),
    [("", "ablation"), ("TEMPERATURE", "temperature"), ("baseline", "hard-label student")],
)
def test_the_search_puts_the_term_of_that_name_first(search, first):
    assert named(glossary.found(search))[0] == first


def test_the_search_needs_every_word_and_may_find_none():
    assert set(named(glossary.found("logits divided e"))) == {"softmax", "temperature"}
    assert named(glossary.found("logits divided even")) == ["temperature"]
    assert glossary.found("zebra") == []
    assert len(glossary.found("")) == len(TERMS)
    for term in glossary.found("mean"):
        assert "mean" in f"{term.name} {term.words} {term.forms}".casefold()


def test_terms_of_a_sentence_come_in_its_order_the_longer_ones_first():
    sentence = "**The frequency criterion** adds +1.5 to the logits; its offset is the teacher's."
    assert named(terms.in_sentence(sentence)) == [
        "frequency criterion",
        "logit",
        "offset",
        "teacher",
    ]
    assert terms.in_sentence("Nothing of the kind, no studentship, no off-set.") == []


def test_a_tooltip_explains_them_and_is_not_too_long():
    told = terms.tooltip("A student copies soft targets at T = 20.")
    assert told.startswith("**Student**: ")
    assert "**Soft targets**" in told and "**Temperature**" in told
    every = "; ".join(named(TERMS))
    assert len(terms.in_sentence(every)) == 5
    assert terms.tooltip("Hello") is None


def test_the_page_searches_and_keeps_the_search_in_its_address(empty_store):
    page = open_page("glossary", q="entropy nats")
    assert not page.exception
    lead = page.main.markdown[0].value
    assert lead.startswith(f"**{len(glossary.found('entropy nats'))} of {len(TERMS)} terms**")
    page.main.text_input[0].set_value("offset").run()
    assert page.query_params["q"] in ("offset", ["offset"])
    shown = [text.value for text in page.main.markdown if text.value.startswith("**Offset**")]
    assert len(shown) == 1
    page.main.text_input[0].set_value("").run()
    assert "q" not in page.query_params


@pytest.mark.parametrize("asked", ["zebra", "<b>x</b>", "a" * 5000, "[x](http://y)"])
def test_a_search_for_nonsense_gets_a_message(empty_store, asked):
    page = open_page("glossary", q=asked)
    assert not page.exception
    assert any("No term holds" in info.value for info in page.main.info)
    assert "<" not in page.main.markdown[0].value and "](" not in page.main.markdown[0].value


@pytest.mark.parametrize(
    ("page", "term"),
    [("story", "Student"), ("offset", "Student"), ("mistakes", "Held-out image")],
)
def test_the_first_sentence_of_a_page_explains_its_terms(small_store, page, term):
    opened = open_page(page)
    helped = [text for text in opened.main.markdown if text.proto.help]
    assert len(helped) == 1
    assert helped[0].proto.help == terms.tooltip(helped[0].value)
    assert f"**{term}**" in helped[0].proto.help


def test_with_a_run_of_clothes_the_page_speaks_of_clothes(empty_store):
    make_store(empty_store, dataset="fashion-mnist-0123456789ab")
    page = open_page("glossary")
    assert not page.exception
    told = " ".join(box.value for box in page.markdown)
    assert "how much this bag looks like a dress" in told and "digit" not in told
    assert open_page("noise").title[0].value == "Nothing but noise"

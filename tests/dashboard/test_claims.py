"""No page says that something differs, is best, more or fewer but by the engine's verdicts.

Every page is opened with the shipped tables while each verdict is printed in brackets that only
`kdengine.studies.differences` can have put there. A sentence with a word of comparison must have
such a bracket, or be one of `COUNTED`: counts of one network, questions, and what is defined.
"""

import re
import shutil

import pytest

from dashboard.figures import verdicts
from dashboard.topics.lab.ablations.figures import ABLATIONS
from dashboard.topics.lab.reproductions.figures import SOURCES
from kdengine.config import run_key
from kdengine.recipes import plans
from kdengine.studies.differences import Verdict
from kdengine.studies.since_2015.known import STUDIES
from tests.dashboard import pages
from tests.dashboard.pages import ROOT, VIEWS, open_view

WORDS = re.compile(
    r"\b(differs?|agrees?|cannot tell|told apart|as good as|beyond chance|best|better|worse|worst|"
    r"more|fewer|fewest|hardest|easiest|higher|lower|larger|smaller|less)\b",
    re.IGNORECASE,
)
# What may be said without a verdict, and why.
COUNTED = {
    r"\?$": "a question",
    r"^\[What\s+differs": "the link to what the words mean",
    r"^(Agrees|Cannot tell|Differs)\s*:": "the glossary, where they are explained",
    r"the better the small ones can be seen": "the glossary, of a formula",
    r"usually the smaller one|to make the loss larger": "the glossary, what a word means",
    r"cross-entropy less the entropy|logit less its logit": "a formula",
    r"sweep less-data": "a command",
    r"times more alike": "a formula",
    r"more than (half|\d)": "a number beside a count of one network",
    r"no more than": "how MNIST is looked for",
    r"times fewer parameters": "counted, of two networks",
    r"fewer pictures, smaller ones": "counted, of two data sets",
    r"So few images need more epochs": "why a setting is what it is",
    r"that separate the classes best": "how a picture was made",
    r"^The paper\s+\(its students": "what the paper claims, beside which ours is judged",
    r"^The source's text puts the best T": "what the source claims",
    r"the best T is read from it": "how the source's T was chosen",
    r"with the fewest errors on the test set": "how the paper's offset was chosen",
    r"chosen on the test set: fewest errors": "how an offset in hindsight is chosen",
    r"random numbers differ": "what is done otherwise here",
    r"recipe best\b": "a recipe's name",
}
MNIST = run_key(plans.experiment().student)
MORE = [
    *(f"lab?tab=ablations&ablation={name}" for name in ABLATIONS),
    *(f"lab?tab=reproductions&source={source}" for source in SOURCES),
    *(f"lab?tab=since_2015&study={name}&guess=show" for name in STUDIES),
    "leak?all=1",
    *(f"{t}?run={MNIST}" for t in ("story", "offset", "learning", "mistakes", "dark_knowledge")),
    f"offset?run={MNIST}&criterion=teacher-mass",
]
PAGES = list(dict.fromkeys([*VIEWS, *MORE]))


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What every page says, its verdicts in brackets: a list of sentences by its address."""
    cache = tmp_path_factory.mktemp("claims")
    shutil.copytree(ROOT / "cache" / "shipped", cache / "shipped")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KDENGINE_CACHE_DIR", str(cache))
        patch.setenv("KDENGINE_DATA_DIR", str(cache / "none"))
        patch.setenv("KDENGINE_OFFLINE", "1")
        patch.setattr(Verdict, "__str__", lambda self: f"⟦{self.value}⟧")
        patch.setattr(Verdict, "__format__", lambda self, form: f"⟦{self.value}⟧")
        yield {view: sentences(open_view(view)) for view in PAGES}


def sentences(page):
    """Return the sentences of a page, of its charts' titles and their text alternatives too."""
    assert not page.exception
    kinds = ("markdown", "caption", "title", "subheader", "info", "success", "warning")
    texts = [element.value for kind in kinds for element in getattr(page, kind)]
    texts += [text for chart in page.get("vega_lite_chart") for text in pages.said(chart).values()]
    texts += [element.proto.body for element in page.get("html")]
    plain = [re.sub(r"(?s)<style>.*?</style>|<[^>]*>|[*`]", " ", text) for text in texts]
    return [s.strip() for text in plain for s in re.split(r"(?<=[.?!])\s+|\n+", text) if s.strip()]


def claims(found):
    """Return the sentences that compare without a verdict and without leave."""
    return [
        sentence
        for sentence in found
        if WORDS.search(re.sub(r"⟦[^⟧]*⟧", "", sentence))
        and "⟦" not in sentence
        and verdicts.NO_VERDICT not in sentence
        and not any(re.search(allowed, sentence) for allowed in COUNTED)
    ]


@pytest.mark.parametrize("view", PAGES)
def test_no_page_compares_but_by_a_verdict(said, view):
    assert len(said[view]) > 3
    assert claims(said[view]) == []


def test_pages_do_tell_verdicts(said):
    """Or the brackets would prove nothing: in sentences, and in what a chart says."""
    assert any("published" in sentence for sentence in said["lab?tab=reproductions"])
    for view in ("lab?tab=ablations", "lab?tab=reproductions", "lab?tab=synthetic", "leak?all=1"):
        assert any("⟦" in sentence for sentence in said[view]), view


def test_a_typed_claim_would_be_found():
    assert claims(["Shifted images are better.", "T = 3 makes fewer errors than T = 20."])
    assert claims(["The two differ.", "The best pair is 4 and 8."])
    assert (
        claims([f"Beside it, ⟦{Verdict.DIFFERS.value}⟧: five MLPs, which make fewer errors."]) == []
    )
    assert claims(["It recognises 968 of 1,010 threes."]) == []


def test_leave_is_given_to_nothing_that_no_page_says(said):
    every = [sentence for found in said.values() for sentence in found]
    unused = [allowed for allowed in COUNTED if not any(re.search(allowed, s) for s in every)]
    assert unused == []

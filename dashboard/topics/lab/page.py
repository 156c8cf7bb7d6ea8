"""Page: the lab: leave out digits, see what matters, check published figures, what came since."""

import streamlit as st

from dashboard import catalogue
from dashboard.core import numbers, sidebar
from dashboard.core.params import Params
from dashboard.topics.lab.ablations import tab as ablations
from dashboard.topics.lab.omission import tab as omission
from dashboard.topics.lab.reproductions import tab as reproductions
from dashboard.topics.lab.since_2015 import tab as since_2015
from dashboard.topics.lab.synthetic import tab as synthetic
from dashboard.topics.lab.t_squared import tab as t_squared

TABS = {
    "omission": ("Leave out digits", omission.draw),
    "ablations": ("What matters", ablations.draw),
    "reproductions": ("Published figures", reproductions.draw),
    "synthetic": ("Synthetic data", synthetic.draw),
    "since_2015": ("Since 2015", since_2015.draw),
    "t_squared": ("Why T²", t_squared.draw),
}

at = Params("lab")
tab = at.choice("tab", TABS, "omission")
# Known only now: the address has no usual tab, nor yet one that was just clicked.
has_run = catalogue.PAGES["lab"].has_run(tab)
numbers.speak(numbers.described(sidebar.dataset() if has_run else "mnist"))
st.segmented_control(
    "Look into",
    required=True,
    wrap=True,
    label_visibility="collapsed",
    **at.bind("tab", {name: label for name, (label, _) in TABS.items()}),
)
TABS[tab][1](at)

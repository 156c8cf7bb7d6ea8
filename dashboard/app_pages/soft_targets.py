"""Page."""
import streamlit as st
from dashboard import runs
st.title("soft_targets")
st.write(runs.selected() is not None)

"""Page."""
import streamlit as st
from dashboard import runs
st.title("overview")
st.write(runs.selected() is not None)

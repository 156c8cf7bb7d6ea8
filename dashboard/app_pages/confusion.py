"""Page."""
import streamlit as st
from dashboard import runs
st.title("confusion")
st.write(runs.selected() is not None)

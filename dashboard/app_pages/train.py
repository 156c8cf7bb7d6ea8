"""Page."""
import streamlit as st
from dashboard import runs
st.title("train")
st.write(runs.selected() is not None)

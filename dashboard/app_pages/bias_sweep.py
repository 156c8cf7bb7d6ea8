"""Page."""
import streamlit as st
from dashboard import runs
st.title("bias_sweep")
st.write(runs.selected() is not None)

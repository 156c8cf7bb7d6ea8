"""Page."""
import streamlit as st
from dashboard import runs
st.title("misclassified")
st.write(runs.selected() is not None)

"""Plotly figures from small tables. No Streamlit, no text of their own: labels and formats are handed in."""

"""Streamlit only: frame, filters, cards, cached results. Pages read filters, call an analysis, place cards."""

"""Matrices of channels: only so many of the largest are drawn that their numbers can be read; the table has all."""

import streamlit as st

from omnidash.ui.i18n import _, fmt

MOST_DRAWN = 16


def say_what_is_left_out(channels: int) -> None:
    """A line above the matrix, where there are more channels than it draws."""
    if channels > MOST_DRAWN:
        st.caption(
            _(
                "Drawn are the {shown} largest of {all} channels; the table has all of them.",
                shown=fmt().integer(MOST_DRAWN),
                all=fmt().integer(channels),
            )
        )

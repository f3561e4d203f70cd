"""Bring data in, see what came, undo it."""

from omnidash.ui.data.page import show_data

show_data()

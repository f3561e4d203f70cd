"""Bring data in, see what came, undo it."""

from omnidash.ui.data_view import show_data

show_data()

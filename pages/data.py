"""Bring data in, see what came, undo it."""

from omnidash.ui.data_view import show_data

from omnidash.ui import frame

show_data(frame.begin("data"))

"""Who deserves the credit: attribution models side by side."""

from omnidash.ui.attribution_view import show_attribution

from omnidash.ui import frame

screen = frame.begin("attribution")
if screen is not None:
    show_attribution(screen)

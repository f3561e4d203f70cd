"""How customers travel: funnel, paths, overlap of channels."""

from omnidash.ui import frame
from omnidash.ui.journeys_view import show_journeys

screen = frame.begin("journeys")
if screen is not None:
    show_journeys(screen)

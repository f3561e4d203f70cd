"""How customers travel: funnel, paths, overlap of channels."""

from omnidash.ui import frame
from omnidash.ui.journeys_view import show_journeys

frame.show("journeys", show_journeys)

"""Channel health: what is wrong, what changed, and how each channel does. The first screen of the day."""

from omnidash.ui import frame
from omnidash.ui.health.page import show_health

frame.show("overview", show_health)

"""One channel: its numbers, days, verdict, cases."""

from omnidash.ui import frame
from omnidash.ui.health.channel_page import show_channel

frame.show("channel", show_channel)

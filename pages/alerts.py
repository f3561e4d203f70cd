"""Alerts: every case with its evidence and plan, and the rules with their limits."""

from omnidash.ui import frame
from omnidash.ui.health.alerts_page import show_alerts

frame.show("alerts", show_alerts)

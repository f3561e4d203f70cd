"""Where the next unit of budget should go: the what-if."""

from omnidash.ui import frame
from omnidash.ui.budget.page import show_budget

frame.show("budget", show_budget)

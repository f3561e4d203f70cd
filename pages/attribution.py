"""Who deserves the credit: attribution models side by side."""

from omnidash.ui import frame
from omnidash.ui.attribution.page import show_attribution

frame.show("attribution", show_attribution)

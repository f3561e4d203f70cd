"""OmniDash: channel health, customer journeys, attribution and budget over all the channels one business sells by."""

__version__ = "0.1.0"

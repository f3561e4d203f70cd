"""Channel health: the morning page, the alerts, and the page of one channel."""

"""The data screen: bring exports in, see what came, undo it; channels, traffic rules, rates, platform reports."""

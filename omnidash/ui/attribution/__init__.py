"""The attribution screen: models side by side, pairs of channels, claims of platforms, evidence from experiments."""

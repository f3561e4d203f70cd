"""What a variant brought: A/B tests read so that looking every day is safe."""

from omnidash.ui import frame
from omnidash.ui.experiments.page import show_experiments

frame.show("experiments", show_experiments)

"""Cross-channel conversion rate: how often persons convert who touched two or more channels.

Formula: persons who converted and touched >= 2 channels in the lookback / persons who touched >= 2 channels. It is
shown beside the single-channel rate: the same with exactly one channel.
Null and zero: null where nobody touched so many channels.

Example: 200 persons touched two or more channels, 30 of them bought -> 15 %.
"""

from omnidash.metrics.metric import Metric, divide
from omnidash.model.messages import N_


def cross_channel_conversion_rate(converted_persons: int, persons: int) -> float | None:
    """Converted persons / persons, both with >= 2 channels; None where there are none.

    Raises ValueError where more persons converted than there are.
    """
    if not 0 <= converted_persons <= persons:
        raise ValueError(f"converted_persons {converted_persons} is not within 0 … {persons}")
    return divide(converted_persons, persons)


METRIC = Metric(
    name="cross_channel_conversion_rate",
    title=N_("Cross-channel conversion rate"),
    unit="percent",
    better="up",
    definition=N_("Of the persons who touched two or more channels, the part that converted."),
    formula=N_("converted persons with ≥ 2 channels / persons with ≥ 2 channels"),
)

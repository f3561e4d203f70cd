"""Cross-channel conversion rate: how often persons convert who touched two or more channels.

Formula: persons who converted and touched >= 2 channels in the lookback / persons who touched >= 2 channels. Both
count persons by their touches in the period, converters or not; a converter also has a goal event in the period with
>= 2 channels in the lookback up to it (which may begin before the period). It is shown beside the single-channel
rate: persons with exactly one channel in the period, and those of them with a touch in the lookback up to a goal event.
Null and zero: null where nobody touched so many channels.

Example: 200 persons touched two or more channels; 30 of them bought after two or more, 5 after only one -> 15 %.
"""

from omnidash.metrics.metric import Metric, divide
from omnidash.model.messages import N_


def cross_channel_conversion_rate(converted_persons: int, persons: int) -> float | None:
    """Persons who converted after >= 2 channels / persons with >= 2 channels; None where there are none.

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
    definition=N_(
        "Of the persons who touched two or more channels in the period, the part that converted in it after touching "
        "two or more within the lookback."
    ),
    formula=N_("persons with ≥ 2 channels who converted after ≥ 2 / persons with ≥ 2 channels"),
    made_of=("multi_converters", "multi_persons"),
)

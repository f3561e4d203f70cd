"""What a screen is looking at: the state of the shared filter bar, which also lives in the address of the page."""

from dataclasses import dataclass

from omnidash.model.period import Period

DAILY_MODELS = ("first", "last", "last_non_direct", "linear", "position", "time_decay", "markov", "shapley")
"""Attribution models that share out every single conversion, so that daily figures, rules and plans follow them."""
DEFAULT_MODEL = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Period, channels (empty: all) and attribution model. Hashable, so that results can be cached by it."""

    period: Period
    channels: tuple[str, ...] = ()
    model: str = DEFAULT_MODEL

    def __post_init__(self) -> None:
        if self.model not in DAILY_MODELS:
            raise ValueError(f"model '{self.model}' is unknown; expected one of {', '.join(DAILY_MODELS)}")

    def includes(self, channel: str) -> bool:
        """Whether a channel passes the filter."""
        return not self.channels or channel in self.channels

"""What a screen is looking at: the state of the shared filter bar, which also lives in the address of the page."""

from dataclasses import dataclass

from omnidash.model.period import Period

RULE_MODELS = ("first", "last", "last_non_direct", "linear", "position", "time_decay", "shapley")
DEFAULT_MODEL = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Period, channels (empty: all) and attribution model. Hashable, so that results can be cached by it."""

    period: Period
    channels: tuple[str, ...] = ()
    model: str = DEFAULT_MODEL

    def __post_init__(self) -> None:
        if self.model not in RULE_MODELS:
            raise ValueError(f"model '{self.model}' is unknown; expected one of {', '.join(RULE_MODELS)}")

    def includes(self, channel: str) -> bool:
        """Whether a channel passes the filter."""
        return not self.channels or channel in self.channels

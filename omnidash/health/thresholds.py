"""The limits the rules work with: data, kept per workspace, with an own ROI threshold per channel where wanted.

``share_basis`` is traffic, revenue or spend; persons reached do not add up over days, so a trailing share of persons
cannot be read from the channel-day table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from math import isfinite

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message

SHARE_BASES = ("traffic", "revenue", "spend")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Shares, ROI and completeness are fractions (0.40 = 40 %). Raises BadInput naming field, value and remedy."""

    share_limit: float = 0.40
    share_warning: float = 0.35
    share_window_days: int = 7
    share_basis: str = "traffic"
    min_active_channels: int = 3
    roi_threshold: float = 0.0
    roi_threshold_by_channel: Mapping[str, float] = field(default_factory=dict)
    roi_days: int = 7
    roi_recover_days: int = 3
    completeness_limit: float = 0.9

    def __post_init__(self) -> None:
        for name in ("share_limit", "share_warning", "completeness_limit"):
            _require(name, getattr(self, name), _is_fraction, N_("a share between 0 and 1"))
        for name in ("share_window_days", "min_active_channels", "roi_days", "roi_recover_days"):
            _require(name, getattr(self, name), _is_count, N_("a whole number of at least 1"))
        _require("roi_threshold", self.roi_threshold, _is_number, N_("a number such as 0 or 0.2"))
        for channel, threshold in self.roi_threshold_by_channel.items():
            name = f"roi_threshold_by_channel[{channel}]"
            _require(name, threshold, _is_number, N_("a number such as 0 or 0.2"))
        _require("share_basis", self.share_basis, SHARE_BASES.__contains__, N_("traffic, revenue or spend"))
        if self.share_warning > self.share_limit:
            raise BadInput(
                N_("The share warning {warning_percent} lies above the share limit {limit_percent}; lower it."),
                warning_percent=self.share_warning,
                limit_percent=self.share_limit,
            )

    def roi_threshold_of(self, channel: str) -> float:
        """ROI threshold of one channel: its own, else the workspace's."""
        return self.roi_threshold_by_channel.get(channel, self.roi_threshold)

    def to_mapping(self) -> dict[str, object]:
        """Plain values for JSON; ``from_mapping`` reads them back."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        return plain | {"roi_threshold_by_channel": dict(self.roi_threshold_by_channel)}

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> "Thresholds":
        """Thresholds from plain values; what is absent keeps its default. Raises BadInput for an unknown name."""
        known = {f.name for f in fields(cls)}
        for name in values:
            if name not in known:
                raise BadInput(
                    N_("Threshold {field} is unknown; known are {known}."), field=name, known=", ".join(sorted(known))
                )
        if not isinstance(values.get("roi_threshold_by_channel", {}), Mapping):
            raise BadInput(N_("Threshold {field} must give one number per channel."), field="roi_threshold_by_channel")
        return cls(**values)  # type: ignore[arg-type]  # __post_init__ checks every value


def _require(name: str, value: object, is_valid: Callable[[object], bool], expected: str) -> None:
    if not is_valid(value):
        raise BadInput(
            N_("Threshold {field} is {value}; expected {expected}."),
            field=name,
            value=repr(value),
            expected=Message(expected),
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _is_fraction(value: object) -> bool:
    return isinstance(value, int | float) and _is_number(value) and 0 < value <= 1


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1

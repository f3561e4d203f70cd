"""The limits the rules work with: data, kept per workspace, with an own ROI threshold per channel where wanted.

``share_basis`` is traffic, revenue or spend; persons reached do not add up over days, so a trailing share of persons
cannot be read from the channel-day table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from math import isfinite

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message

SHARE_BASES = ("traffic", "revenue", "spend")
RULES = (
    "roi_streak",
    "concentration",
    "traffic_drop",
    "cac_to_ltv",
    "conversion_volatility",
    "spend_without_events",
    "no_conversions",
    "feed_silent",
)
"""Every rule, by the name its cases carry."""

PER_CHANNEL = (
    "share_limit",
    "share_warning",
    "roi_threshold",
    "roi_days",
    "drop_limit",
    "cac_to_ltv_limit",
    "volatility_limit",
)
"""Limits a channel may have of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Shares, ROI and completeness are fractions (0.40 = 40 %). ``reserve_share``: of the budget, held back as flexible
    reserve where that house rule is on; ``fallback_sources``: by channel, in words, where its
    figures come from while its feed is silent. Raises BadInput naming field, value and remedy."""

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
    drop_limit: float = 0.30
    drop_deviations: float = 3.5
    drop_minimum_touches: float = 10.0
    cac_to_ltv_limit: float = 0.30
    cac_window_days: int = 28
    volatility_limit: float = 1.0
    volatility_window_days: int = 28
    renotify_days: int = 7
    reserve_share: float = 0.30
    by_channel: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    rules_off: Sequence[str] = ()
    fallback_sources: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("share_limit", "share_warning", "completeness_limit", "drop_limit", "reserve_share"):
            _require(name, getattr(self, name), _is_fraction, N_("a share between 0 and 1"))
        for name in _COUNTS:
            _require(name, getattr(self, name), _is_count, N_("a whole number of at least 1"))
        _require("roi_threshold", self.roi_threshold, _is_number, N_("a number such as 0 or 0.2"))
        for name in ("drop_deviations", "drop_minimum_touches", "cac_to_ltv_limit", "volatility_limit"):
            _require(name, getattr(self, name), _is_positive, N_("a number above 0"))
        for rule in self.rules_off:
            _require("rules_off", rule, RULES.__contains__, N_("names of rules"))
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

        for source in self.fallback_sources.values():
            _require("fallback_sources", source, _is_short_text, N_("a text of at most 200 characters"))
        for channel, own in self.by_channel.items():
            for name in own:
                _require(f"by_channel[{channel}]", name, PER_CHANNEL.__contains__, N_("limits a channel may have"))
            self.of(channel)  # its own limits must be limits, too

    def is_on(self, rule: str) -> bool:
        """Whether the rule is in use."""
        return rule not in self.rules_off

    def without(self, rules: Sequence[str]) -> "Thresholds":
        """The same with further rules switched off."""
        return replace(self, rules_off=tuple(sorted({*self.rules_off, *rules})))

    def warning_at(self, share_limit: float) -> float:
        """The share warning that goes with another limit: as far below it, in proportion, as now."""
        return round(self.share_warning * share_limit / self.share_limit, 6)

    def of(self, channel: str) -> "Thresholds":
        """The limits as they are for one channel: its own where it has any, else the workspace's."""
        own: dict[str, float] = dict(self.by_channel.get(channel, {}))
        if channel in self.roi_threshold_by_channel:
            own.setdefault("roi_threshold", self.roi_threshold_by_channel[channel])
        if "share_limit" in own and "share_warning" not in own:
            own["share_warning"] = self.warning_at(own["share_limit"])
        return replace(self, **own, by_channel={}, roi_threshold_by_channel={}) if own else self  # type: ignore[arg-type]

    def roi_threshold_of(self, channel: str) -> float:
        """ROI threshold of one channel: its own, else the workspace's."""
        own = self.by_channel.get(channel, {})
        return own.get("roi_threshold", self.roi_threshold_by_channel.get(channel, self.roi_threshold))

    def to_mapping(self) -> dict[str, object]:
        """Plain values for JSON; ``from_mapping`` reads them back."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        return plain | {
            "roi_threshold_by_channel": dict(self.roi_threshold_by_channel),
            "by_channel": {channel: dict(own) for channel, own in self.by_channel.items()},
            "rules_off": list(self.rules_off),
            "fallback_sources": dict(self.fallback_sources),
        }

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> "Thresholds":
        """Thresholds from plain values; what is absent keeps its default. Raises BadInput for an unknown name."""
        known = {f.name for f in fields(cls)}
        for name in values:
            if name not in known:
                raise BadInput(
                    N_("Threshold {field} is unknown; known are {known}."), field=name, known=", ".join(sorted(known))
                )
        if not isinstance(values.get("fallback_sources", {}), Mapping):
            raise BadInput(N_("Threshold {field} must give one text per channel."), field="fallback_sources")
        if not isinstance(values.get("roi_threshold_by_channel", {}), Mapping):
            raise BadInput(N_("Threshold {field} must give one number per channel."), field="roi_threshold_by_channel")
        own = values.get("by_channel", {})
        if not isinstance(own, Mapping) or not all(isinstance(limits, Mapping) for limits in own.values()):
            raise BadInput(N_("Threshold {field} must give one number per channel."), field="by_channel")
        ready = dict(values) | ({"rules_off": tuple(off)} if isinstance(off := values.get("rules_off"), list) else {})
        return cls(**ready)  # type: ignore[arg-type]  # __post_init__ checks every value


_COUNTS = (
    "share_window_days",
    "min_active_channels",
    "roi_days",
    "roi_recover_days",
    "cac_window_days",
    "volatility_window_days",
    "renotify_days",
)


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


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and _is_number(value) and value > 0


def _is_fraction(value: object) -> bool:
    return isinstance(value, int | float) and _is_number(value) and 0 < value <= 1


def _is_short_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 200


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1

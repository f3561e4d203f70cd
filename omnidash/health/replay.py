"""What a threshold would have meant on this history: how many alarms a month, how long they lasted, what followed.

Every rule finds all its cases of history in one run, so a replay is that run with another limit. Per candidate limit:
alarms that fired, per 30 days of the history replayed; and of those, how long until they were over.

>>> replayed(cases, first_day=date(2026, 1, 1), last_day=date(2026, 6, 29)).per_month   # 4 alarms in 180 days
0.67
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

from omnidash.health.cases import Case
from omnidash.health.thresholds import Thresholds

LIMIT_OF_RULE = {
    "roi_streak": "roi_threshold",
    "concentration": "share_limit",
    "traffic_drop": "drop_limit",
    "cac_to_ltv": "cac_to_ltv_limit",
    "conversion_volatility": "volatility_limit",
}
"""The limit a slider moves, per rule; the rules on missing data have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """``fired``: alarms in ``days`` of history; ``median_days``: how long the ones that are over lasted;
    ``still_open``; ``by_channel``: alarms per channel, most first."""

    fired: int
    days: int
    median_days: float | None
    still_open: int
    by_channel: tuple[tuple[str, int], ...]

    @property
    def per_month(self) -> float:
        """Alarms per 30 days."""
        return round(self.fired * 30 / self.days, 2) if self.days else 0.0


def fired_between(cases: Sequence[Case], first_day: date, last_day: date) -> list[Case]:
    """Those that fired on one of these days, the newest first; warnings are no alarms."""
    fired = [case for case in cases if case.state != "warning" and first_day <= case.fired_on <= last_day]
    return sorted(fired, key=lambda case: (-case.fired_on.toordinal(), case.channel, case.source))


def replayed(cases: Sequence[Case], *, first_day: date, last_day: date) -> Replay:
    """What cases of one rule that fired between two days amount to; warnings are no alarms."""
    fired = fired_between(cases, first_day, last_day)
    over = [(c.recovered_on - c.fired_on).days for c in fired if c.recovered_on is not None]
    counts: dict[str, int] = {}
    for case in fired:
        counts[case.channel] = counts.get(case.channel, 0) + 1
    return Replay(
        fired=len(fired),
        days=(last_day - first_day).days + 1,
        median_days=float(median(over)) if over else None,
        still_open=len(fired) - len(over),
        by_channel=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
    )


def with_limit(thresholds: Thresholds, rule: str, limit: float) -> Thresholds:
    """The thresholds with another workspace limit for one rule; own limits of channels stay. The warning of a share
    follows its limit."""
    changed: dict[str, float] = {LIMIT_OF_RULE[rule]: limit}
    if rule == "concentration":
        changed["share_warning"] = thresholds.warning_at(limit)
    return replace(thresholds, **changed)  # type: ignore[arg-type]

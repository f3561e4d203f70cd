"""Run every rule over the whole history: the alerts of today and their replay are one call.

Open cases are those not recovered; ``run_rules`` with an earlier ``closed_through`` says what was known then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from omnidash.health.cases import Case, most_urgent_first
from omnidash.health.concentration import concentration_cases
from omnidash.health.roi_streak import roi_cases
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.roi import Margin
from omnidash.model.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RulesResult:
    """Cases, most urgent first (open, then warnings, then history), and notes about rules that were not applied."""

    cases: tuple[Case, ...]
    notes: tuple[Message, ...]

    @property
    def open_cases(self) -> tuple[Case, ...]:
        """Cases somebody should act on now."""
        return tuple(case for case in self.cases if case.is_open)

    @property
    def warnings(self) -> tuple[Case, ...]:
        """Cases that are close to a limit now."""
        return tuple(case for case in self.cases if case.state == "warning")


def run_rules(
    channel_day: pl.DataFrame,
    closed_through: date,
    thresholds: Thresholds | None = None,
    *,
    closed_through_by_channel: Mapping[str, date] | None = None,
    completeness: Mapping[date, float] | None = None,
    margin: Margin = 1.0,
) -> RulesResult:
    """All cases of history up to ``closed_through`` (a local day); today never triggers anything.

    ``channel_day``: the dense table of ``omnidash.metrics.channel_day``. ``thresholds``: the defaults where None.
    The others: see ``roi_streak.roi_cases``.
    """
    limits = thresholds or Thresholds()
    concentration, notes = concentration_cases(
        channel_day, closed_through=closed_through, thresholds=limits, margin=margin
    )
    roi = roi_cases(
        channel_day,
        closed_through=closed_through,
        thresholds=limits,
        closed_through_by_channel=closed_through_by_channel,
        completeness=completeness,
        margin=margin,
    )
    return RulesResult(cases=most_urgent_first(concentration + roi), notes=tuple(notes))

"""The periods people choose by name, relative to the last closed day of the data, never to the wall clock."""

from dataclasses import dataclass
from datetime import date, timedelta

from omnidash.model.period import Period

PRESETS = ("last7", "last30", "last90", "month", "all", "custom")
SHORT_HISTORY_DAYS = 45  # a first upload of a month or so is shown whole
_WEEKS_OF_A_YEAR = timedelta(weeks=52)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The days of the data: first, last, and the last closed day, to which presets are relative."""

    first_day: date
    last_day: date
    closed_through: date


def opening_preset(span: Span) -> str:
    """The period that is looked at before anybody chose one."""
    return "all" if (span.last_day - span.first_day).days < SHORT_HISTORY_DAYS else "last30"


def period_of(preset: str, span: Span) -> Period:
    """The days that a preset means on data of this span."""
    last = span.closed_through
    if preset == "all":
        return Period(first_day=span.first_day, last_day=span.last_day)
    if preset == "month":
        return Period(first_day=last.replace(day=1), last_day=last)
    return Period.ending(last, days={"last7": 7, "last90": 90}.get(preset, 30))


def a_year_before(period: Period) -> Period:
    """The same weekdays 52 weeks ago: a year back in whole weeks, so that weekends meet weekends."""
    return Period(first_day=period.first_day - _WEEKS_OF_A_YEAR, last_day=period.last_day - _WEEKS_OF_A_YEAR)

"""Which local day is the last closed one: a day that has ended and that the source has delivered.

A source is known to have delivered up to its watermark (an instant). Businesses have quiet nights: a source whose
last event is at 21:30 has delivered that day. So a day counts as delivered when the watermark is no more than
``slack_hours`` before its local end. A source that exports dates only passes ``end_of_day`` of its last date.

The slack is for what is shown. A rule must not take an evening that is still missing for a loss: for the rules a day is
settled only when some source goes on to its very end (``settled_through``).

Example (Asia/Shanghai, 6 h): last event 30 June 21:30 local -> closed through 30 June; 30 June 11:00 -> 29 June.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from omnidash.model.defaults import ENDED_AFTER_DAYS

__all__ = ["ENDED_AFTER_DAYS", "closed_through", "end_of_day", "settled_through"]

_END_MINUTES = 30


def closed_through(watermark: datetime, timezone: str, *, slack_hours: float = 6) -> date:
    """Last local day whose end, less ``slack_hours``, the watermark has reached.

    ``watermark`` is naive UTC, ``timezone`` an IANA name. Raises ValueError for an aware watermark or a slack outside
    0 … 24 hours (a whole day of slack would close a day that has not begun); ZoneInfoNotFoundError for a zone.
    """
    if watermark.tzinfo is not None:
        raise ValueError(f"watermark {watermark} is aware; expected naive UTC")
    if not 0 <= slack_hours < 24:
        raise ValueError(f"slack_hours {slack_hours} is not within 0 … 24")
    local_day = watermark.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).date()
    is_delivered = end_of_day(local_day, timezone) - timedelta(hours=slack_hours) <= watermark
    return local_day if is_delivered else local_day - timedelta(days=1)


def settled_through(closed: date, newest: datetime, timezone: str) -> date:
    """The last day the rules may look at: ``closed``, or the day before it where the newest watermark of all sources
    (naive UTC) does not reach the last ``_END_MINUTES`` of it. A history cut off at any hour then says no more than the
    whole one; a day that is delivered whole is settled at once where anything happens late in the evening, else by the
    first row of the next day."""
    reaches_its_end = newest >= end_of_day(closed, timezone) - timedelta(minutes=_END_MINUTES)
    return closed if reaches_its_end else closed - timedelta(days=1)


def end_of_day(day: date, timezone: str) -> datetime:
    """The instant a local day ends (the next local midnight), as naive UTC; right on days with a clock change."""
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(timezone))
    return midnight.astimezone(UTC).replace(tzinfo=None)

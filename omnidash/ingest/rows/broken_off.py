"""Does the last day of a file break off, as in an export that was taken at three in the afternoon?

Days end when they end: the last row of one shop's day comes at 23:50, that of another's anywhere in the evening. So the
last day is compared with the file's others: it breaks off where it ends earlier than each of them, by more than an hour
and by more than they differ among themselves. Where days end at random, a last day is so early once in a hundred files;
it then counts as open until the next import, and no figure is lost.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from omnidash.store.workspace import Staging

_DAYS = 29  # a weekend's days among them
_FEWEST_OTHERS = 3
_SHORT = timedelta(hours=1)


def breaks_off(staging: Staging, zone: ZoneInfo) -> bool:
    """Whether the last day of staging table ``event`` ends long before the others do."""
    rows = staging.cursor.execute(
        "select day, max(ts) from event where ts is not null group by day order by day desc limit $days",
        {"days": _DAYS},
    ).fetchall()
    ends = [
        moment.replace(tzinfo=UTC) - datetime.combine(day, time(), zone).astimezone(UTC)
        for day, moment in rows
        if day is not None
    ]
    if len(ends) <= _FEWEST_OTHERS:
        return False
    last, *others = ends
    return min(others) - last > max(_SHORT, max(others) - min(others))

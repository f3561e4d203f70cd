"""Feed-silent rule within the day: a source that is further behind the others than it ever was, by its own rhythm.

A source waits from the last moment it brought until its next delivery. How long that is, is measured in the rows it
usually brings: per hour the median of the same hour of the week in the eight weeks before, so a night or a Sunday on
which nothing comes is no wait. Up to which moment it is waited for, the other sources say: the newest moment that one
of them has brought. It is late once more is missing than ever in the waits of the 56 days before, by a quarter and by
ten rows more (by chance alone none of ten arrives once in 22,000 times).

What a source cannot say of itself is passed over: fewer than 14 waits, less than four weeks of rows, rows without a
time of day (``engine.deliveries``). So of what is imported from one file nothing is said within the day, and what is
delivered once a day is late hours after its time rather than a day after. Everything is learnt from what had been
delivered before the wait began: a history cut off at any moment has no alarm that the whole one has not.

Example: 40 rows an hour, fetched hourly; the longest wait took 2 hours, 80 rows. Nothing comes after 10:00: at 13:00
the others go on and 120 rows are missing, more than 80 x 1.25 + 10 -> silent since 10:00, on the same day.
"""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from omnidash.health.cases import Case
from omnidash.health.silence import FEED_SILENT, fallbacks
from omnidash.health.thresholds import Thresholds
from omnidash.model.defaults import UNKNOWN
from omnidash.model.messages import N_, Message, Name

_WEEKS, _FEWEST_WEEKS = 8, 4
_WEEK_HOURS = 7 * 24
_LEARNT_FROM_DAYS = 56
_LEARNT_FROM = timedelta(days=_LEARNT_FROM_DAYS)
_MINIMUM_WAITS = 14
_LONGER, _ENOUGH_MISSING = 1.25, 10.0
_HOUR = np.timedelta64(1, "h")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A source that was late. Moments are naive UTC: ``since`` the last it had brought; ``noticed`` how far the others
    went when it was late; ``back`` how far they went when it delivered again, None while it has not; ``until`` how far
    they went at the end of the wait. ``missing``: usual rows of the wait; ``limit``: more than so many were late."""

    source: str
    since: datetime
    noticed: datetime
    back: datetime | None
    until: datetime
    missing: float
    limit: float


def late_waits(hours: pl.DataFrame, deliveries: pl.DataFrame) -> list[Wait]:
    """The waits of every source that were longer than its usual ones, in order of source and time. Frames: see
    ``engine.deliveries``."""
    found: list[Wait] = []
    for (source,), of_source in hours.partition_by("source", as_dict=True, maintain_order=True).items():
        rhythm = _Rhythm(of_source)
        recent: deque[tuple[datetime, float]] = deque()  # ends of the usual waits, ascending, and the rows they missed
        for since, moments, is_over in _waits(deliveries, str(source)):
            missing = rhythm.between(since, moments)
            while recent and since - recent[0][0] > _LEARNT_FROM:
                recent.popleft()
            limit = max((rows for _, rows in recent), default=0.0) * _LONGER + _ENOUGH_MISSING
            is_known = len(recent) >= _MINIMUM_WAITS and rhythm.is_known_at(since)
            late = [moment for moment, rows in zip(moments, missing, strict=True) if rows > limit] if is_known else []
            if late:
                found.append(
                    Wait(source=str(source), since=since, noticed=late[0], back=moments[-1] if is_over else None,
                         until=moments[-1], missing=float(missing[-1]), limit=limit)
                )  # fmt: skip
            elif is_over:
                recent.append((moments[-1] if moments else since, float(missing[-1]) if moments else 0.0))
    return found


def _waits(deliveries: pl.DataFrame, source: str) -> list[tuple[datetime, list[datetime], bool]]:
    """The waits of a source in their order: since when, how far the others went at each import meanwhile (ascending,
    only what lies after), and whether it is over."""
    waits: list[tuple[datetime, list[datetime], bool]] = []
    since: datetime | None = None
    newest: datetime | None = None
    moments: list[datetime] = []
    for name, until in deliveries.select("source", "until").iter_rows():
        if name != source:
            if newest is None or until > newest:
                newest = until
            if since is not None and newest > since and (not moments or newest > moments[-1]):
                moments.append(newest)
        elif since is None or until > since:
            if since is not None:
                waits.append((since, moments, True))
            since, moments = until, [newest] if newest is not None and newest > until else []
    if since is not None:
        waits.append((since, moments, False))
    return waits


class _Rhythm:
    """How many rows a source usually brings in each hour of its history and of the time after it."""

    def __init__(self, hours: pl.DataFrame) -> None:
        stamps = hours["hour"].to_numpy().astype("datetime64[h]")
        self._first = stamps[0]
        count = int((stamps[-1] - stamps[0]) / _HOUR) + 1 + _LEARNT_FROM_DAYS * 24
        rows = np.zeros(count)
        rows[((stamps - stamps[0]) / _HOUR).astype(int)] = hours["rows"].to_numpy()
        weeks = np.full((_WEEKS, count), np.nan)
        for week in range(1, _WEEKS + 1):
            weeks[week - 1, week * _WEEK_HOURS :] = rows[: count - week * _WEEK_HOURS]
        usual = np.zeros(count)
        usual[_WEEK_HOURS:] = np.nanmedian(weeks[:, _WEEK_HOURS:], axis=0)
        self._sums = np.concatenate([[0.0], np.cumsum(usual)])

    def is_known_at(self, moment: datetime) -> bool:
        """Whether there were weeks enough before to tell."""
        return bool(np.datetime64(moment, "h") - self._first >= _FEWEST_WEEKS * _WEEK_HOURS * _HOUR)

    def between(self, since: datetime, moments: list[datetime]) -> np.ndarray:
        """Usual rows from ``since`` to each of the moments."""
        return self._until(moments) - self._until([since])

    def _until(self, moments: list[datetime]) -> np.ndarray:
        stamps = np.array(moments, dtype="datetime64[us]")
        at = (stamps - self._first.astype("datetime64[us]")) / np.timedelta64(3600, "s")
        return np.interp(at, np.arange(len(self._sums)), self._sums)


def late_cases(
    hours: pl.DataFrame,
    deliveries: pl.DataFrame,
    source_days: pl.DataFrame,
    *,
    timezone: str,
    thresholds: Thresholds,
    names: Mapping[str, Name] | None = None,
    passed_over: Collection[tuple[date, str]] = (),
    days_passed_over: Collection[date] = (),
) -> list[Case]:
    """The cases of ``late_waits``. ``source_days``, ``names``, ``passed_over``, ``days_passed_over``: see
    ``silence.silence_cases``."""
    if hours.is_empty() or not thresholds.is_on(FEED_SILENT):
        return []
    zone = ZoneInfo(timezone)
    cases = []
    for wait in late_waits(hours, deliveries):
        since, noticed = _local(wait.since, zone), _local(wait.noticed, zone)
        before = source_days.filter((pl.col("source") == wait.source) & (pl.col("day") <= since.date())).tail(28)
        channels = sorted({c for listed in before["channels"].to_list() for c in listed} - {UNKNOWN})
        day = noticed.date()
        if day in days_passed_over or (channels and all((day, channel) in passed_over for channel in channels)):
            continue
        cases.append(_case(wait, since, noticed, before, channels, zone, thresholds, (names or {}).get(wait.source)))
    return cases


def _case(
    wait: Wait,
    since: datetime,
    noticed: datetime,
    before: pl.DataFrame,
    channels: list[str],
    zone: ZoneInfo,
    thresholds: Thresholds,
    name: Name | None,
) -> Case:
    back = None if wait.back is None else _local(wait.back, zone)
    values: dict[str, object] = {
        "source": name or wait.source,
        "day": since.date(),
        "clock": f"{since:%H:%M}",
        "until_day": _local(wait.until, zone).date(),
        "until_clock": f"{_local(wait.until, zone):%H:%M}",
        "rows": round(wait.missing),
        "channels": channels,
    }
    if back is None:
        sentence = Message(
            N_(
                "{source} has delivered nothing since {clock} on {day}, the others go to {until_clock} on {until_day}; "
                "usual are {rows} rows in that time, and it never was so far behind."
            ),
            values,
        )
    else:
        sentence = Message(
            N_("{source} delivered nothing from {clock} on {day} to {until_clock} on {until_day}; it is back."), values
        )
    actions = [
        Message(N_("Fetch the export of {source} from {clock} on {day} on and import it."), values),
        Message(N_("Until then the numbers of today are too low; rules look at whole days only."), values),
        *([Message(N_("Affected: {channels}."), values)] if channels else []),
        *fallbacks(channels, thresholds),
    ]
    return Case(
        rule=FEED_SILENT,
        channel=channels[0] if len(channels) == 1 else "",
        source=wait.source,
        state="open" if back is None else "recovered",
        severity="high",
        first_day=since.date(),
        fired_on=noticed.date(),
        last_day=_local(wait.until, zone).date(),
        recovered_on=None if back is None else back.date(),
        value=wait.missing,
        limit=wait.limit,
        evidence=before.tail(7).select("day", source=pl.lit(str(name or wait.source)), rows=pl.col("rows")),
        sentence=sentence,
        actions=() if back is not None else tuple(actions),
    )


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(zone)

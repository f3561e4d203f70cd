"""Which day is closed, seen from watermarks in several zones."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.health.closed import closed_through, end_of_day


def utc(text: str, timezone: str) -> datetime:
    """A local wall-clock time as naive UTC."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone))
    return local.astimezone(UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("local_time", "expected"),
    [
        ("2026-06-30 21:30", date(2026, 6, 30)),
        ("2026-06-30 18:00", date(2026, 6, 30)),
        ("2026-06-30 17:59", date(2026, 6, 29)),
        ("2026-07-01 00:00", date(2026, 6, 30)),
        ("2026-07-01 08:00", date(2026, 6, 30)),
    ],
)
@pytest.mark.parametrize("timezone", ["Asia/Shanghai", "America/Los_Angeles", "UTC"])
def test_a_day_closes_six_hours_before_its_local_end(local_time: str, expected: date, timezone: str) -> None:
    assert closed_through(utc(local_time, timezone), timezone) == expected


def test_without_slack_only_the_end_of_the_day_closes_it() -> None:
    assert closed_through(utc("2026-06-30 23:59", "UTC"), "UTC", slack_hours=0) == date(2026, 6, 29)
    assert closed_through(utc("2026-07-01 00:00", "UTC"), "UTC", slack_hours=0) == date(2026, 6, 30)


def test_days_of_a_clock_change_end_at_their_own_midnight() -> None:
    """Berlin's 29 March 2026 has 23 hours, its 25 October 25."""
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)):
        length = end_of_day(day, "Europe/Berlin") - end_of_day(day - timedelta(days=1), "Europe/Berlin")
        assert length == timedelta(hours=hours)


@settings(deadline=None, derandomize=True)
@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Asia/Kolkata"]),
    st.floats(0, 23.9),
)
def test_a_source_of_dates_that_passes_the_end_of_its_last_day_closes_just_that_day(
    day: date, timezone: str, slack_hours: float
) -> None:
    """Under 23 h of slack, the shortest day there is, the next day is still open."""
    if slack_hours < 23:
        assert closed_through(end_of_day(day, timezone), timezone, slack_hours=slack_hours) == day


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="aware; expected naive UTC"):
        closed_through(datetime(2026, 6, 1, tzinfo=UTC), "UTC")
    with pytest.raises(ValueError, match="slack_hours 24"):
        closed_through(datetime(2026, 6, 1), "UTC", slack_hours=24)

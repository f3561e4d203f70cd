"""Laws of the silence within the day, on two sources that are fetched every hour: a shop with quiet nights and Sundays,
and a tracker that never sleeps."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.engine.deliveries import DELIVERIES, SOURCE_HOURS
from omnidash.health.late_source import Wait, late_waits

MONDAY = datetime(2026, 3, 2)
DAYS = 70
OPENS, CLOSES = 9, 22
Hour = tuple[datetime, int, datetime]
"""When it began, how many rows it brought, and the moment of the last of them."""
Batch = tuple[datetime, str, list[Hour]]


def at(day: int, hour: float = 0.0) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour)


def rows_an_hour(source: str, hour: int) -> float:
    if source == "tracker":
        return 25.0 if hour % 24 >= 7 else 6.0
    is_open = OPENS <= hour % 24 < CLOSES and hour // 24 % 7 != 6
    return 40.0 if is_open else 0.0


def world(seed: int, *, silent: range = range(0), skipped: frozenset[int] = frozenset()) -> list[Batch]:
    """What was imported at five past every hour, in order. The shop brings nothing of the hours ``silent``; what it
    should bring after the hours ``skipped`` comes with its next delivery."""
    rng = np.random.default_rng(seed)
    sources = ("shop", "tracker")
    counts = rng.poisson([[rows_an_hour(source, hour) for source in sources] for hour in range(DAYS * 24)])
    last = rng.beta(np.maximum(counts, 1), 1)  # the latest of so many moments, each as likely as any other
    batches: list[Batch] = []
    waiting: list[Hour] = []
    for hour in range(DAYS * 24):
        for place, source in enumerate(sources):
            count = int(counts[hour, place])
            brought = [(at(0, hour), count, at(0, hour + float(last[hour, place])))] if count else []
            if source == "shop":
                waiting += [] if hour in silent else brought
                if hour in skipped:
                    continue
                brought, waiting = waiting, []
            if brought:
                batches.append((at(0, hour + 1) + timedelta(minutes=5), source, brought))
    return batches


def late(batches: list[Batch]) -> list[Wait]:
    rows = [(source, hour, count) for _at, source, hours in batches for hour, count, _last in hours]
    hours = (
        pl.DataFrame(rows, schema=SOURCE_HOURS, orient="row")
        .group_by("source", "hour")
        .agg(pl.col("rows").sum())
        .sort("source", "hour")
    )
    deliveries = pl.DataFrame([(done, source, hours[-1][2]) for done, source, hours in batches],
                              schema={name: DELIVERIES[name] for name in ("at", "source", "until")}, orient="row")  # fmt: skip
    assert hours.schema == SOURCE_HOURS
    return late_waits(hours, deliveries.select(*DELIVERIES))


@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.data())
def test_a_history_cut_off_at_any_moment_has_no_alarm_that_the_whole_one_has_not(data: st.DataObject) -> None:
    begins = data.draw(st.integers(30 * 24, 66 * 24))
    silent = range(begins, begins + data.draw(st.integers(1, 60)))
    skipped = data.draw(st.frozensets(st.integers(5 * 24, DAYS * 24 - 1), max_size=25))
    cut = at(0, data.draw(st.integers(20 * 24, DAYS * 24)))
    batches = world(data.draw(st.integers(0, 1000)), silent=silent, skipped=skipped)
    said = {(wait.source, wait.since, wait.noticed) for wait in late(batches)}
    then = {(wait.source, wait.since, wait.noticed) for wait in late([b for b in batches if b[0] <= cut])}
    assert then <= said


@settings(deadline=None, derandomize=True, max_examples=15)
@given(st.integers(0, 10_000))
def test_where_everything_comes_nothing_is_late_by_night_on_a_sunday_or_at_any_other_hour(seed: int) -> None:
    assert late(world(seed)) == []


@settings(deadline=None, derandomize=True, max_examples=20)
@given(st.integers(0, 10_000), st.integers(35, 65), st.integers(OPENS + 1, CLOSES - 5))
def test_a_shop_that_stops_while_it_is_open_is_late_within_three_hours(seed: int, day: int, hour: int) -> None:
    if day % 7 == 6:
        day -= 1
    found = late(world(seed, silent=range(day * 24 + hour, DAYS * 24)))
    assert [(wait.source, wait.back) for wait in found] == [("shop", None)]
    assert at(day, hour - 0.5) < found[0].since < at(day, hour)
    assert found[0].noticed <= at(day, hour + 3)


@settings(deadline=None, derandomize=True, max_examples=10)
@given(st.integers(0, 10_000))
def test_rows_that_come_a_day_late_were_late_and_are_back(seed: int) -> None:
    (wait,) = late(world(seed, skipped=frozenset(range(50 * 24 + 12, 51 * 24 + 12))))
    assert wait.noticed.date() == at(50).date()
    assert wait.back is not None and wait.back.date() == at(51).date()


def test_the_law_speaks_of_histories_that_have_alarms_and_of_cuts_within_them() -> None:
    batches = world(3, silent=range(45 * 24 + 12, 46 * 24 + 15), skipped=frozenset(range(54 * 24 + 12, 54 * 24 + 20)))
    whole = late(batches)
    assert [wait.since.date() for wait in whole] == [at(45).date(), at(54).date()]
    (open_then,) = late([b for b in batches if b[0] <= whole[0].noticed + timedelta(hours=2)])
    assert (open_then.since, open_then.noticed, open_then.back) == (whole[0].since, whole[0].noticed, None)

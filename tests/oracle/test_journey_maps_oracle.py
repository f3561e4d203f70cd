"""Journey map, rhythm, cohorts and collisions against plain Python on random journeys full of ties."""

from datetime import date, timedelta
from math import isnan, nan
from statistics import mean, median
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from omnidash.journeys.breakpoints import breakpoints
from omnidash.journeys.cohorts import Cohorts, cohorts
from omnidash.journeys.collisions import collisions
from omnidash.journeys.rhythm import rhythm
from omnidash.journeys.stage_map import StageMap, stage_map
from omnidash.model.period import Period
from tests.oracle.journey_maps_reference import (
    ORDER,
    breakpoints_reference,
    cohorts_reference,
    collisions_reference,
    rhythm_reference,
    stage_map_reference,
)
from tests.oracle.journeys_reference import DAY_SECONDS, Event, event_lists, table_of
from tests.oracle.test_journeys_oracle import PERIODS, THREADS, bounds

SECOND = 1_000_000


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    events=event_lists(max_size=40),
    window=st.sampled_from([0.5, 2, 30]),
    lookback=st.sampled_from([0.5, 3, 30]),
    period=PERIODS,
    last_day=st.integers(0, 14),
    threads=THREADS,
)
def test_the_journey_map_equals_the_walk_in_plain_python(
    events: list[Event], window: float, lookback: float, period: Period | None, last_day: int, threads: int
) -> None:
    last_seen = last_day * DAY_SECONDS
    found = stage_map(
        table_of(events),
        window_days=window,
        lookback_days=lookback,
        period=period,
        last_seen_us=last_seen * SECOND,
        threads=threads,
    )
    cells = stage_map_reference(
        events, round(window * DAY_SECONDS), round(lookback * DAY_SECONDS), bounds(period), last_seen
    )
    for s, stage in enumerate(ORDER):
        row = [cell for (name, _), cell in cells.items() if name == stage]
        for c, channel in enumerate(found.channels):
            cell = cells.get((stage, channel))
            counts = (found.reached[s, c], found.moved[s, c], found.mature[s, c], found.lost[s, c])
            assert counts == ((cell.reached, cell.moved, cell.mature, cell.lost) if cell else (0, 0, 0, 0))
            expected = median(cell.seconds) if cell and cell.seconds else nan
            assert found.median_seconds[s, c] == pytest.approx(expected, nan_ok=True)
        moved = [amount for cell in row for amount in cell.spent_by_moved]
        lost = [amount for cell in row for amount in cell.spent_by_lost]
        value = found.value_of_moving_on[s]
        if moved and lost:
            assert value == pytest.approx(max(mean(moved) - mean(lost), 0.0))
        else:
            assert isnan(value)
    assert set(found.channels) == {channel for _, channel in cells}


@settings(deadline=None, derandomize=True, max_examples=80)
@given(
    events=event_lists(days=200, max_size=30),
    zone=st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"]),
    lookback=st.sampled_from([0.5, 30]),
    period=PERIODS,
    threads=THREADS,
)
def test_the_rhythm_equals_asking_the_calendar_for_every_event(
    events: list[Event], zone: str, lookback: float, period: Period | None, threads: int
) -> None:
    """200 days of 1970, so that New York changes its clock; the local day is that of the table."""
    found = rhythm(table_of(events), zone=ZoneInfo(zone), lookback_days=lookback, period=period, threads=threads)
    counted = {
        (measure, found.channels[c], w, h): int(counts[c, w, h])
        for measure, counts in (("touches", found.touches), ("conversions", found.conversions))
        for c in range(len(found.channels))
        for w in range(7)
        for h in range(24)
        if counts[c, w, h]
    }
    expected = rhythm_reference(events, ZoneInfo(zone), "purchase", round(lookback * DAY_SECONDS), bounds(period))
    assert counted == expected


@settings(deadline=None, derandomize=True, max_examples=120)
@given(
    events=event_lists(days=80, persons=3, max_size=40),
    unit=st.sampled_from(["week", "month"]),
    acquired_by=st.sampled_from(["first", "last"]),
    lookback=st.sampled_from([2, 30]),
    period=PERIODS,
    closed=st.integers(0, 90),
    threads=THREADS,
)
def test_cohorts_equal_the_count_in_plain_python(
    events: list[Event], unit: str, acquired_by: str, lookback: int, period: Period | None, closed: int, threads: int
) -> None:
    closed_through = date(1970, 1, 1) + timedelta(days=closed)
    events = [e for e in events if e.day <= closed + 31]  # what lies further ahead is left out
    found = cohorts(
        table_of(events),
        closed_through=closed_through,
        unit=unit,  # type: ignore[arg-type]
        acquired_by=acquired_by,  # type: ignore[arg-type]
        lookback_days=lookback,
        period=period,
        threads=threads,
    )
    expected = cohorts_reference(events, unit, acquired_by, "purchase", lookback * DAY_SECONDS, bounds(period))
    frame = found.frame()
    assert {(c, ch): n for c, ch, n in frame.select("cohort", "channel", "customers").rows()} == {
        (began, channel): n for (began, channel, k), (n, _, _) in expected.items() if k == -1
    }
    highest: dict[tuple[date, str], int] = {}
    for cohort, channel, k, active, buyers, again, is_finished, retention in frame.select(
        "cohort", "channel", "cell", "active", "buyers", "repurchased", "is_finished", "retention"
    ).rows():
        last = highest.get((cohort, channel), 0)
        a, b, r = expected.get((cohort, channel, k), (0, 0, last))
        assert (active, buyers, again) == (a, b, r)
        highest[cohort, channel] = r
        later = cohort + timedelta(weeks=k + 1) if unit == "week" else _months_later(cohort, k + 1)
        assert is_finished == (later <= closed_through + timedelta(days=1))
        assert (retention is None) == (not is_finished)


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")
@settings(deadline=None, derandomize=True, max_examples=100)
@given(data=st.data(), finished=st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_the_share_that_bought_again_is_kaplan_and_meiers(data: st.DataObject, finished: list[int]) -> None:
    """Against SciPy, which sees every customer on their own: bought again in a cell, or watched until the last one."""
    cells = 5
    done = np.array([[cell < last for cell in range(cells)] for last in finished])
    cell_of_each = [data.draw(st.lists(st.integers(0, cells), max_size=8)) for _ in finished]  # the last one: never
    again = np.array([[sum(c <= cell for c in each) for cell in range(cells)] for each in cell_of_each])
    counts = again.reshape(1, len(finished), cells)
    found = Cohorts(
        unit="week",
        channels=("meta",),
        starts=tuple(date(2026, 1, 5) + timedelta(weeks=k) for k in range(len(finished))),
        customers=np.array([[len(each) for each in cell_of_each]]),
        active=counts,
        buyers=counts,
        repurchased=counts,
        is_begun=done,
        is_finished=done,
    ).bought_again([0])
    watched = [(c, last) for each, last in zip(cell_of_each, finished, strict=True) if last for c in each]
    assert found.customers.tolist() == [sum(last > cell for _, last in watched) for cell in range(cells)]
    assert np.isnan(found.share).tolist() == [not n for n in found.customers]
    if not watched:
        return
    bought = [c for c, last in watched if c < last]
    left = ecdf(CensoredData(uncensored=bought, right=[last - 1 for c, last in watched if c >= last])).sf
    known = np.flatnonzero(found.customers)
    assert found.share[known] == pytest.approx(1 - left.evaluate(known), abs=1e-12)
    assert (np.diff(found.share[known]) >= -1e-12).all()
    ends = left.confidence_interval(method="log-log") if bought else None
    for cell in known[~np.isnan(found.low[known])]:
        assert ends is not None
        expected = (1 - ends.high.evaluate(cell), 1 - ends.low.evaluate(cell))
        assert (found.low[cell], found.high[cell]) == pytest.approx(expected, abs=1e-9)


def _months_later(start: date, months: int) -> date:
    number = start.year * 12 + start.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


@settings(deadline=None, derandomize=True, max_examples=120)
@given(
    events=event_lists(max_size=40),
    paid=st.sets(st.sampled_from(["direct", "email", "meta", "tmall", "(unknown)"])),
    window=st.sampled_from([0.5, 2, 30]),
    period=PERIODS,
    threads=THREADS,
)
def test_collisions_equal_looking_at_every_pair_of_touches(
    events: list[Event], paid: set[str], window: float, period: Period | None, threads: int
) -> None:
    found = collisions(table_of(events), paid=paid, window_days=window, period=period, threads=threads)
    totals, meeting, persons = collisions_reference(events, paid, round(window * DAY_SECONDS), bounds(period))
    size = range(len(found.channels))
    assert {found.channels[c]: (found.touches[c], found.collided[c]) for c in size} == totals
    pairs = {(found.channels[a], found.channels[b]): n for a in size for b in size if (n := int(found.meeting[a, b]))}
    assert pairs == meeting
    assert found.persons == persons


CELLS = st.integers(1, 300).flatmap(lambda mature: st.tuples(st.just(mature), st.integers(0, mature)))


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    cells=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=4, max_size=4),
    worth=st.lists(st.sampled_from([nan, 0.0, 12.5]), min_size=4, max_size=4),
)
def test_a_breakpoint_is_what_the_score_equation_leaves_no_chance(
    cells: list[list[tuple[int, int]]], worth: list[float]
) -> None:
    mature, lost = ([[cell[side] for cell in row] for row in cells] for side in (0, 1))
    last = [0, 0, 0]
    counts = np.array([*mature, last]), np.array([*lost, last])
    found = breakpoints(
        StageMap(
            stages=ORDER,
            channels=("a", "b", "c"),
            window_days=7,
            reached=counts[0],
            moved=counts[0] - counts[1],
            mature=counts[0],
            lost=counts[1],
            median_seconds=np.full((5, 3), nan),
            median_seconds_of_stage=np.full(5, nan),
            value_of_moving_on=np.array([*worth, nan]),
        )
    )
    named = {
        (ORDER.index(s), "abc".index(c)) for s, c in found.filter("is_breakpoint").select("stage", "channel").rows()
    }
    assert named == breakpoints_reference(mature, lost, [None if isnan(value) else value for value in worth])

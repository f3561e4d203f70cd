"""Paths, credit, reach and overlap against plain Python on random journeys full of ties."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.journeys.credit import MODELS, credit_by_day
from omnidash.journeys.overlap import overlap
from omnidash.journeys.paths import paths
from omnidash.journeys.reach import cross_channel, daily_reach, reach
from omnidash.model.period import Period, day_number
from tests.oracle.journeys_reference import (
    DAY_SECONDS,
    Event,
    credit_reference,
    cross_channel_reference,
    event_lists,
    overlap_reference,
    paths_reference,
    reach_reference,
    table_of,
)

EVERYTHING = (-(10**6), 10**6)
LOOKBACK_DAYS = st.sampled_from([0.5, 2, 3.5, 30])
THREADS = st.integers(1, 3)


def bounds(period: Period | None) -> tuple[int, int]:
    return (day_number(period.first_day), day_number(period.last_day)) if period else EVERYTHING


def period_from(first: int, days: int) -> Period:
    start = date(1970, 1, 1) + timedelta(days=first)
    return Period(first_day=start, last_day=start + timedelta(days=days - 1))


PERIODS = st.none() | st.builds(period_from, st.integers(0, 8), st.integers(1, 6))


@settings(deadline=None, derandomize=True, max_examples=150)
@given(events=event_lists(), lookback=LOOKBACK_DAYS, collapse=st.booleans(), period=PERIODS, threads=THREADS)
def test_paths_equal_the_walk_in_plain_python(
    events: list[Event], lookback: float, collapse: bool, period: Period | None, threads: int
) -> None:
    table = paths(table_of(events), lookback_days=lookback, collapse=collapse, period=period, threads=threads)
    expected = paths_reference(events, "purchase", round(lookback * DAY_SECONDS), collapse, bounds(period))
    found = {tuple(path): (conversions, value, nulls) for path, conversions, value, nulls in table.frame.rows()}
    assert found == expected
    assert len(found) == table.frame.height
    ranking = [(-conversions, path) for path, conversions, _, _ in table.frame.rows()]
    assert ranking == sorted(ranking)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(
    events=event_lists(),
    model=st.sampled_from(sorted(MODELS)),
    lookback=LOOKBACK_DAYS,
    half_life=st.sampled_from([0.25, 7]),
    period=PERIODS,
    threads=THREADS,
)
def test_credit_equals_the_shares_in_plain_python(
    events: list[Event], model: str, lookback: float, half_life: float, period: Period | None, threads: int
) -> None:
    booked = credit_by_day(
        table_of(events),
        model=model,
        lookback_days=lookback,
        half_life_days=half_life,
        period=period,
        threads=threads,
    )
    expected = credit_reference(
        events,
        model,
        "purchase",
        round(lookback * DAY_SECONDS),
        round(half_life * DAY_SECONDS),
        bounds(period),
    )
    found = {(day_number(day), channel): amounts for day, channel, *amounts in booked.frame().rows()}
    assert sorted(found) == sorted(expected)
    for key, amounts in expected.items():
        assert found[key] == pytest.approx(amounts, rel=1e-12, abs=1e-12)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(events=event_lists(), lookback=LOOKBACK_DAYS, period=PERIODS, threads=THREADS)
def test_reach_equals_counting_sets_of_persons(
    events: list[Event], lookback: float, period: Period | None, threads: int
) -> None:
    result = reach(table_of(events), lookback_days=lookback, period=period, threads=threads)
    expected = reach_reference(events, "purchase", round(lookback * DAY_SECONDS), bounds(period))
    assert {name: tuple(counts) for name, *counts in result.frame().rows()} == expected
    low, high = bounds(period)
    touches = [e for e in events if e.touch and low <= e.day <= high]
    assert (result.total_persons, result.total_touches) == (len({e.person for e in touches}), len(touches))
    one_channel = [
        Event(e.person, e.second, "x" if e.touch else None, None, e.action, e.touch, e.revenue, e.event_id)
        for e in events
    ]
    at_all = reach_reference(one_channel, "purchase", round(lookback * DAY_SECONDS), bounds(period))
    assert result.total_converters == at_all.get("x", (0, 0, 0))[2]


@settings(deadline=None, derandomize=True, max_examples=150)
@given(events=event_lists(), period=PERIODS, threads=THREADS)
def test_daily_reach_equals_counting_sets_of_persons(events: list[Event], period: Period | None, threads: int) -> None:
    result = daily_reach(table_of(events), period=period, threads=threads)
    low, high = bounds(period)
    touches = [e for e in events if e.touch and low <= e.day <= high]
    cells = {(e.day, e.channel or "(unknown)") for e in touches}
    expected = {
        (day, name): (len({e.person for e in here}), len(here))
        for day, name in cells
        for here in [[e for e in touches if (e.day, e.channel or "(unknown)") == (day, name)]]
    }
    assert {(day_number(day), name): tuple(n) for day, name, *n in result.frame().rows()} == expected
    first = day_number(result.first_day)
    totals = [len({e.person for e in touches if e.day == first + k}) for k in range(result.total_persons.size)]
    assert result.total_persons.tolist() == totals


@settings(deadline=None, derandomize=True, max_examples=150)
@given(events=event_lists(), lookback=LOOKBACK_DAYS, period=PERIODS, threads=THREADS)
def test_cross_channel_equals_intersecting_sets_of_persons(
    events: list[Event], lookback: float, period: Period | None, threads: int
) -> None:
    result = cross_channel(table_of(events), period, "purchase", lookback, threads=threads)
    expected = cross_channel_reference(events, "purchase", round(lookback * DAY_SECONDS), bounds(period))
    found = (result.multi_persons, result.multi_converters, result.single_persons, result.single_converters)
    assert found == expected


@settings(deadline=None, derandomize=True, max_examples=150)
@given(events=event_lists(), lookback=LOOKBACK_DAYS, period=PERIODS, seed=st.integers(0, 9))
def test_cross_channel_splits_the_persons_reached_whatever_the_order_of_rows(
    events: list[Event], lookback: float, period: Period | None, seed: int
) -> None:
    table = table_of(events)
    result = cross_channel(table, period, "purchase", lookback)
    assert result.multi_persons + result.single_persons == reach(table, period=period).total_persons
    assert 0 <= result.multi_converters <= result.multi_persons
    assert 0 <= result.single_converters <= result.single_persons
    shuffled = Random(seed).sample(events, len(events))
    assert cross_channel(table_of(shuffled), period, "purchase", lookback) == result


@settings(deadline=None, derandomize=True, max_examples=150)
@given(events=event_lists(), window=LOOKBACK_DAYS, period=PERIODS, threads=THREADS)
def test_overlap_equals_comparing_all_pairs_of_touches(
    events: list[Event], window: float, period: Period | None, threads: int
) -> None:
    result = overlap(table_of(events), window_days=window, period=period, threads=threads)
    shared, alone = overlap_reference(events, round(window * DAY_SECONDS), bounds(period))
    names = result.channels
    found = {(a, b): int(result.both[i, j]) for i, a in enumerate(names) for j, b in enumerate(names)}
    assert {pair: persons for pair, persons in found.items() if persons} == shared
    assert dict(zip(names, result.exclusive.tolist(), strict=True)) == alone
    assert dict(zip(names, result.reach.tolist(), strict=True)) == {a: shared[a, a] for a in names}
    for a, b, persons, share in result.frame().rows():
        assert (persons, share) == (shared.get((a, b), 0), shared.get((a, b), 0) / shared[a, a])

"""Laws of the journey map, rhythm, cohorts, collisions and top paths, whatever the data."""

import dataclasses
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.journeys.around import MOMENT, links_around
from omnidash.journeys.breakpoints import breakpoints
from omnidash.journeys.cohorts import cohorts
from omnidash.journeys.collisions import collisions
from omnidash.journeys.overlap import overlap
from omnidash.journeys.reach import reach
from omnidash.journeys.rhythm import rhythm, weekdays_in
from omnidash.journeys.stage_map import stage_map
from omnidash.journeys.table import Journeys
from omnidash.journeys.top_paths import top_paths
from omnidash.journeys.transitions import transition_counts
from omnidash.model.period import Period
from tests.oracle.journeys_reference import Event, event_lists, table_of

ZONE = ZoneInfo("Europe/Berlin")
PAID = ("meta", "tmall", "email")
CLOSED = date(1970, 1, 10)


def everything(table: Journeys, threads: int) -> list[object]:
    """Every analysis of a table as plain values."""
    mapped = stage_map(table, window_days=2, threads=threads)
    collided = collisions(table, paid=PAID, window_days=2, threads=threads)
    found = top_paths(table, top=5, collapse=True, threads=threads)
    return [
        mapped.frame().rows(),
        mapped.value_of_moving_on.round(9).tolist().__repr__(),
        breakpoints(mapped).rows(),
        rhythm(table, zone=ZONE, threads=threads).frame().rows(),
        cohorts(table, closed_through=CLOSED, unit="week", threads=threads).frame().rows(),
        collided.meeting.tolist(),
        collided.collided.tolist(),
        collided.persons,
        found.frame.drop("value").rows(),
        found.rest.conversions,
        transition_counts(table, threads=threads).rows(),
    ]


@settings(deadline=None, derandomize=True, max_examples=20)
@given(events=event_lists(max_size=40), threads=st.integers(2, 9), seed=st.integers(0, 9))
def test_neither_slices_nor_the_order_of_rows_change_anything(events: list[Event], threads: int, seed: int) -> None:
    shuffled = list(events)
    Random(seed).shuffle(shuffled)
    whole = everything(table_of(events), 1)
    assert everything(table_of(events), threads) == whole
    assert everything(table_of(shuffled), 2) == whole


@settings(deadline=None, derandomize=True, max_examples=40)
@given(events=event_lists(max_size=40), windows=st.tuples(st.sampled_from([0.5, 1]), st.sampled_from([3, 100])))
def test_on_the_map_everybody_moved_on_was_lost_or_is_open_and_time_only_helps(
    events: list[Event], windows: tuple[float, float]
) -> None:
    narrow, wide = (stage_map(table_of(events), window_days=days, last_seen_us=10**15) for days in windows)
    for found in (narrow, wide):
        assert (found.reached == found.moved + found.lost + found.still_open).all()
        assert (found.still_open >= 0).all()
        assert (found.still_open == 0).all()  # the data is complete long after all windows
    assert (narrow.moved <= wide.moved).all()
    assert (narrow.reached == wide.reached).all()


@settings(deadline=None, derandomize=True, max_examples=40)
@given(events=event_lists(max_size=40))
def test_merging_two_channels_never_lowers_reach(events: list[Event]) -> None:
    """The merged channel reaches at least as many as either, and at most both together; the others stay."""
    merged = [dataclasses.replace(e, channel="meta" if e.channel == "tmall" else e.channel) for e in events]
    before = {c: n for c, n, _, _ in reach(table_of(events)).frame().rows()}
    after = {c: n for c, n, _, _ in reach(table_of(merged)).frame().rows()}
    parts = [before.get("meta", 0), before.get("tmall", 0)]
    assert max(parts) <= after.get("meta", 0) <= sum(parts)
    assert {c: n for c, n in after.items() if c != "meta"} == {
        c: n for c, n in before.items() if c not in ("meta", "tmall")
    }
    alone = [overlap(table_of(rows), window_days=3) for rows in (events, merged)]
    assert alone[1].exclusive.sum() >= alone[0].exclusive.sum()


@settings(deadline=None, derandomize=True, max_examples=40)
@given(events=event_lists(max_size=40))
def test_the_hours_add_up_to_all_touches_and_all_conversions(events: list[Event]) -> None:
    found = rhythm(table_of(events), zone=ZONE)
    assert found.touches.sum() == sum(e.touch for e in events)
    assert found.conversions.sum() == sum(e.action == "purchase" for e in events)
    assert (found.touches_at_midnight <= found.touches.sum(axis=(1, 2))).all()


@settings(deadline=None, derandomize=True, max_examples=40)
@given(events=event_lists(days=60, max_size=40), unit=st.sampled_from(["week", "month"]))
def test_cohorts_hold_every_buyer_once_and_repurchase_never_falls(events: list[Event], unit: str) -> None:
    found = cohorts(table_of(events), closed_through=date(1971, 1, 1), unit=unit)  # type: ignore[arg-type]
    assert found.customers.sum() == len({e.person for e in events if e.action == "purchase"})
    assert (np.diff(found.repurchased, axis=2) >= 0).all()
    assert (found.repurchased <= found.customers[:, :, None]).all()
    assert (found.buyers <= found.active).all()
    assert (found.active <= found.customers[:, :, None]).all()


@settings(deadline=None, derandomize=True, max_examples=40)
@given(events=event_lists(max_size=40), windows=st.tuples(st.sampled_from([0.5, 1]), st.sampled_from([3, 100])))
def test_collisions_are_mutual_and_grow_with_the_window(events: list[Event], windows: tuple[float, float]) -> None:
    narrow, wide = (collisions(table_of(events), paid=PAID, window_days=days) for days in windows)
    assert ((narrow.meeting > 0) == (narrow.meeting.T > 0)).all()
    assert (narrow.meeting <= wide.meeting).all()
    assert (narrow.collided <= narrow.touches).all()
    assert (narrow.meeting.max(axis=1, initial=0) <= narrow.collided).all()
    assert narrow.persons <= wide.persons
    prices = dict.fromkeys(PAID, 2.0)
    assert narrow.of_channels(prices)["spend_in_collision"].sum() == 2.0 * narrow.collided.sum()
    assert narrow.of_pairs(prices)["spend"].sum() == 2.0 * narrow.meeting.sum()


@settings(deadline=None, derandomize=True, max_examples=30)
@given(events=event_lists(max_size=40))
def test_every_moment_has_exactly_one_thing_that_follows(events: list[Event]) -> None:
    table = table_of(events)
    persons = np.arange(table.persons)
    links = links_around(table, person=persons, at_us=table.ts[table.offsets[1:] - 1] - 1)
    assert links.filter(links["source"] == MOMENT)["moments"].sum() == table.persons


@given(first=st.dates(date(1990, 1, 1), date(2040, 1, 1)), days=st.integers(1, 60))
@settings(deadline=None, derandomize=True, max_examples=40)
def test_weekdays_of_a_period_are_counted_as_the_calendar_has_them(first: date, days: int) -> None:
    period = Period(first_day=first, last_day=date.fromordinal(first.toordinal() + days - 1))
    assert weekdays_in(period).tolist() == [sum(day.weekday() == w for day in period) for w in range(7)]

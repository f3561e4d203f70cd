"""Laws that hold for every journey table, whatever its data."""

import dataclasses
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from unittest import mock

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.journeys.conversion_credit import conversion_credits
from omnidash.journeys.credit import MARKOV, MODELS, credit_by_day
from omnidash.journeys.funnel import Exclusion, FunnelQuery, Step, funnel
from omnidash.journeys.funnel_attempts import attempts_in
from omnidash.journeys.funnel_fast_kernel import best_ordered_one_step, step_of_event
from omnidash.journeys.funnel_groups import trend, went_next
from omnidash.journeys.funnel_kernels import best_in_order
from omnidash.journeys.funnel_query import ENDLESS_US, masks
from omnidash.journeys.overlap import overlap
from omnidash.journeys.parallel import over_slices
from omnidash.journeys.paths import CONVERSION, NULL, OTHER, START, paths, sankey_links, transitions
from omnidash.journeys.pieces import in_a_row
from omnidash.journeys.reach import cross_channel, daily_reach, reach
from omnidash.journeys.table import Journeys
from omnidash.model.period import Period
from tests.oracle.journeys_reference import DAY_SECONDS, Event, event_lists, table_of

ACTIONS = st.lists(st.sampled_from(["view", "cart", "purchase"]), min_size=1, max_size=4)
MODES = st.sampled_from(["ordered", "strict", "any"])
ENTRIES = st.sampled_from(["best", "first"])


def query(actions: list[str], window_days: float, mode: str, entry: str) -> FunnelQuery:
    return FunnelQuery(
        steps=tuple(Step(action=action) for action in actions),
        window_seconds=window_days * DAY_SECONDS,
        mode=mode,  # type: ignore[arg-type]
        entry=entry,  # type: ignore[arg-type]
        by="channel",
    )


def everything(table: Journeys, actions: list[str], threads: int) -> list[object]:
    """Every analysis of a table as plain values."""
    results: list[object] = []
    for mode in ("ordered", "strict", "any"):
        for entry in ("best", "first"):
            for shares in (False, True):
                asked = replace(query(actions, 2.5, mode, entry), shares_events=shares)
                counted = funnel(table, asked, threads=threads)
                results += [counted.steps.rows(), counted.still_open, counted.reached.tolist()]
                results.append(counted.breakdown.rows())  # type: ignore[union-attr]
    results.append(paths(table, threads=threads).frame.rows())
    results.append(reach(table, threads=threads).frame().rows())
    results.append(daily_reach(table, threads=threads).frame().rows())
    results.append(dataclasses.astuple(cross_channel(table, threads=threads)))
    results.append(overlap(table, window_days=2, threads=threads).frame().rows())
    return results


@settings(deadline=None, derandomize=True, max_examples=30)
@given(events=event_lists(max_size=40), actions=ACTIONS, seed=st.integers(0, 9))
def test_the_order_of_input_rows_changes_nothing(events: list[Event], actions: list[str], seed: int) -> None:
    shuffled = list(events)
    Random(seed).shuffle(shuffled)
    table, again = table_of(events), table_of(shuffled)
    assert everything(table, actions, 2) == everything(again, actions, 2)
    for model in MODELS:
        np.testing.assert_array_equal(
            credit_by_day(table, model=model).conversions, credit_by_day(again, model=model).conversions
        )


@settings(deadline=None, derandomize=True, max_examples=30)
@given(events=event_lists(max_size=40), actions=ACTIONS, threads=st.integers(2, 9))
def test_slicing_the_persons_changes_nothing(events: list[Event], actions: list[str], threads: int) -> None:
    table = table_of(events)
    assert everything(table, actions, threads) == everything(table, actions, 1)
    for model in MODELS:
        whole = credit_by_day(table, model=model, threads=1)
        sliced = credit_by_day(table, model=model, threads=threads)
        np.testing.assert_allclose(sliced.revenue, whole.revenue, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(sliced.new_customers, whole.new_customers, rtol=1e-12, atol=1e-12)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(events=event_lists(max_size=40), cuts=st.lists(st.integers(0, 12), max_size=4))
def test_a_table_put_together_from_its_pieces_is_the_table(events: list[Event], cuts: list[int]) -> None:
    ids = table_of(events).person_ids
    parts = [
        table_of(
            [
                event
                for event in events
                if (low is None or event.person > low) and (high is None or event.person <= high)
            ]
        )
        for low, high in pairwise([None, *sorted({int(ids[cut % ids.size]) for cut in cuts if ids.size}), None])
    ]
    assert same(in_a_row(parts), table_of(events))


def same(one: Journeys, other: Journeys) -> bool:
    return all(
        np.array_equal(mine, theirs) if isinstance(mine, np.ndarray) else mine == theirs
        for mine, theirs in ((getattr(one, f.name), getattr(other, f.name)) for f in dataclasses.fields(Journeys))
    )


@settings(deadline=None, derandomize=True, max_examples=50)
@given(events=event_lists(), actions=ACTIONS, mode=MODES, entry=ENTRIES)
def test_funnel_counts_never_rise_and_add_up(events: list[Event], actions: list[str], mode: str, entry: str) -> None:
    result = funnel(table_of(events), query(actions, 2, mode, entry))
    persons = result.steps["persons"].to_list()
    assert persons == sorted(persons, reverse=True)
    assert result.entered == result.converted + result.still_open + result.lost
    assert min(result.still_open, result.lost) >= 0
    assert result.breakdown is not None
    by_key = result.breakdown.group_by("step").agg(pl.col("persons").sum()).sort("step")
    assert by_key["persons"].to_list() == (persons if result.entered else [])


@settings(deadline=None, derandomize=True, max_examples=50)
@given(
    events=event_lists(),
    actions=ACTIONS,
    mode=MODES,
    entry=ENTRIES,
    windows=st.tuples(st.sampled_from([0.5, 1, 2.5]), st.sampled_from([3, 6, 100])),
)
def test_a_wider_window_never_lowers_a_count(
    events: list[Event], actions: list[str], mode: str, entry: str, windows: tuple[float, float]
) -> None:
    table = table_of(events)
    narrow, wide = (funnel(table, query(actions, days, mode, entry)) for days in windows)
    assert (wide.reached >= narrow.reached).all()


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    events=event_lists(max_size=40),
    actions=ACTIONS.filter(lambda actions: len(actions) > 1),
    mode=st.sampled_from(["ordered", "any"]),
    entry=ENTRIES,
    count=st.sampled_from(["persons", "entries"]),
    hold=st.sampled_from([None, "channel", "campaign"]),
    excluded=st.sampled_from([(), ("cart",)]),
    seed=st.integers(0, 9),
)
def test_the_laws_hold_for_funnels_with_every_choice(
    events: list[Event],
    actions: list[str],
    mode: str,
    entry: str,
    count: str,
    hold: str | None,
    excluded: tuple[str, ...],
    seed: int,
) -> None:
    def asked(days: float) -> FunnelQuery:
        exclusions = tuple(Exclusion(event=Step(action=action)) for action in excluded)
        return dataclasses.replace(
            query(actions, days, mode, entry), count=count, hold=hold, exclusions=exclusions, of="last"
        )

    table = table_of(events)
    narrow, wide = funnel(table, asked(1)), funnel(table, asked(3))
    persons = narrow.steps["persons"].to_list()
    assert persons == sorted(persons, reverse=True)
    assert narrow.entered == narrow.converted + narrow.still_open + narrow.lost
    assert (wide.reached >= narrow.reached).all()

    shuffled = list(events)
    Random(seed).shuffle(shuffled)
    for other in (funnel(table_of(shuffled), asked(1)), funnel(table, asked(1), threads=7)):
        assert other.steps.rows() == narrow.steps.rows()
        assert other.still_open == narrow.still_open
        assert other.breakdown.rows() == narrow.breakdown.rows()  # type: ignore[union-attr]
        assert trend(other).rows() == trend(narrow).rows()
        assert went_next(other, 1).rows() == went_next(narrow, 1).rows()


@settings(deadline=None, derandomize=True, max_examples=50)
@given(events=event_lists(), actions=ACTIONS, days=st.sampled_from([0.5, 2, 30]))
def test_looser_funnels_never_count_less(events: list[Event], actions: list[str], days: float) -> None:
    table = table_of(events)
    reached = {
        (mode, entry): funnel(table, query(actions, days, mode, entry)).reached
        for mode in ("ordered", "strict", "any")
        for entry in ("best", "first")
    }
    assert (reached["ordered", "best"] >= reached["strict", "best"]).all()
    assert (reached["ordered", "first"] >= reached["strict", "first"]).all()
    assert (reached["any", "best"] >= reached["ordered", "best"]).all()
    for mode in ("ordered", "strict", "any"):
        assert (reached[mode, "best"] >= reached[mode, "first"]).all()


@settings(deadline=None, derandomize=True, max_examples=120)
@given(
    events=event_lists(days=6, persons=2),
    actions=st.permutations(["view", "cart", "purchase"]),
    window_days=st.sampled_from([1, 2.5, 4]),
    days=st.tuples(st.integers(0, 1), st.integers(3, 6)),
    seen_later_days=st.sampled_from([0, 0.5, 1]),
)
def test_the_fast_funnel_kernel_is_the_general_one(
    events: list[Event], actions: list[str], window_days: float, days: tuple[int, int], seen_later_days: float
) -> None:
    table = table_of(events)
    window_us = round(window_days * DAY_SECONDS * 1e6)
    asked = FunnelQuery(steps=tuple(Step(action=action) for action in actions), window_seconds=window_us / 1e6)
    mask, breaks, by_channel = masks(table, asked)
    one_step = step_of_event(mask, 3)
    assert one_step is not None
    last_seen_us = int(table.ts.max(initial=0)) + round(seen_later_days * DAY_SECONDS * 1e6)
    columns = (0, table.persons, table.offsets, table.ts, table.day, table.action, table.channel)
    results = []
    for is_fast in (True, False):
        out = (np.zeros(table.persons, np.int8), np.zeros(table.persons, np.int64), np.zeros(table.persons, np.uint8))
        rest = (*days, last_seen_us, *out)
        if is_fast:
            best_ordered_one_step(*columns, one_step, by_channel, 3, window_us, *rest)
        else:
            best_in_order(*columns, mask, breaks, by_channel, 3, window_us, np.full(3, ENDLESS_US), *rest)
        results.append([values.tolist() for values in out])
    assert results[0] == results[1]
    with mock.patch("omnidash.journeys.funnel_attempts.step_of_event", return_value=None):
        general = attempts_in(table, asked, last_seen_us, 1)
    fast = attempts_in(table, asked, last_seen_us, 2)
    for field in dataclasses.fields(fast):
        one, other = getattr(fast, field.name), getattr(general, field.name)
        assert [np.asarray(v).tolist() for v in one] == [np.asarray(v).tolist() for v in other], field.name


@settings(deadline=None, derandomize=True, max_examples=50)
@given(
    events=event_lists(max_size=40),
    model=st.sampled_from(sorted(set(MODELS) - {"participation"})),
    lookback=st.sampled_from([0.5, 3, 30]),
    first=st.integers(0, 6),
    days=st.integers(1, 8),
)
def test_credits_sum_to_what_was_observed_each_day(
    events: list[Event], model: str, lookback: float, first: int, days: int
) -> None:
    start = date(1970, 1, 1) + timedelta(days=first)
    period = Period(first_day=start, last_day=start + timedelta(days=days - 1))
    credits_of_days = credit_by_day(table_of(events), model=model, lookback_days=lookback, period=period)
    for k in range(days):
        orders = [e for e in events if e.action == "purchase" and e.day == first + k]
        assert credits_of_days.conversions[k].sum() == pytest.approx(len(orders), rel=1e-9)
        assert credits_of_days.revenue[k].sum() == pytest.approx(sum(e.revenue or 0 for e in orders), rel=1e-9)
    first_orders = {}
    for e in sorted(events, key=lambda e: e.order):
        if e.action == "purchase":
            first_orders.setdefault(e.person, e.day)
    new = sum(first <= day < first + days for day in first_orders.values())
    assert credits_of_days.new_customers.sum() == pytest.approx(new, rel=1e-9)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    events=event_lists(max_size=40),
    model=st.sampled_from([*MODELS, MARKOV]),
    at_once=st.sampled_from([1, 2, 1000]),
    first=st.integers(0, 6),
    days=st.integers(1, 8),
)
def test_credits_of_single_conversions_add_up_to_those_of_the_days(
    events: list[Event], model: str, at_once: int, first: int, days: int
) -> None:
    table, start = table_of(events), date(1970, 1, 1) + timedelta(days=first)
    asked = {"period": Period(first_day=start, last_day=start + timedelta(days=days - 1)), "model": model}
    weights = {"a": 2.0, "b": 1.0, "c": 0.5} if model == MARKOV else None
    with mock.patch("omnidash.journeys.conversion_credit._AT_ONCE", at_once):
        single = conversion_credits(table, weights=weights, **asked)
    day = pl.Series("day", table.day[single["row"].to_numpy()]).cast(pl.Date)
    measures = ("conversions", "revenue", "new_customers")
    summed = single.with_columns(day).group_by("day", "channel").agg(pl.col(*measures).sum()).sort("day", "channel")
    by_day = credit_by_day(table, weights=weights, **asked).frame()
    beside = by_day.join(summed, on=["day", "channel"], how="full", coalesce=True, suffix="_single").fill_null(0.0)
    for measure in measures:
        assert beside[f"{measure}_single"].to_list() == pytest.approx(beside[measure].to_list(), abs=1e-9)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(events=event_lists(), lookback=st.sampled_from([0.5, 3, 30]))
def test_participation_never_credits_less_than_any_other_model(events: list[Event], lookback: float) -> None:
    table = table_of(events)
    most = credit_by_day(table, model="participation", lookback_days=lookback).conversions
    for model in MODELS:
        assert (most >= credit_by_day(table, model=model, lookback_days=lookback).conversions - 1e-9).all()


@settings(deadline=None, derandomize=True, max_examples=40)
@given(events=event_lists(max_size=40), collapse=st.booleans(), top=st.integers(1, 6), max_steps=st.integers(1, 4))
def test_what_enters_a_state_leaves_it(events: list[Event], collapse: bool, top: int, max_steps: int) -> None:
    table = paths(table_of(events), collapse=collapse)
    every_path = table.conversions + table.nulls
    moves = transitions(table).rows()
    assert sum(n for source, _, n in moves if source == START) == every_path
    for state in {source for source, _, _ in moves} - {START}:
        assert sum(n for _, target, n in moves if target == state) == sum(
            n for source, _, n in moves if source == state
        )

    links = sankey_links(table, top=top, max_steps=max_steps).rows()
    assert sum(n for _, _, target, n in links if target == CONVERSION) == table.conversions
    assert sum(n for _, _, target, n in links if target == NULL) == table.nulls
    assert sum(n for step, _, _, n in links if step == 1) == every_path
    assert max((step for step, *_ in links), default=0) <= max_steps
    for step, node in {(step, source) for step, source, _, _ in links if step > 1}:
        entering = sum(n for s, _, target, n in links if (s + 1, target) == (step, node))
        assert entering == sum(n for s, source, _, n in links if (s, source) == (step, node))


@settings(deadline=None, derandomize=True, max_examples=30)
@given(events=event_lists(max_size=40))
def test_with_room_for_all_paths_nothing_is_grouped_as_other(events: list[Event]) -> None:
    links = sankey_links(paths(table_of(events)), top=1000, max_steps=1000)
    assert OTHER not in links["source"].to_list() + links["target"].to_list()


@settings(deadline=None, derandomize=True, max_examples=30)
@given(events=event_lists(max_size=40), windows=st.tuples(st.sampled_from([0.5, 1]), st.sampled_from([3, 100])))
def test_overlap_is_symmetric_bounded_by_reach_and_grows_with_the_window(
    events: list[Event], windows: tuple[float, float]
) -> None:
    narrow, wide = (overlap(table_of(events), window_days=days) for days in windows)
    assert (narrow.both == narrow.both.T).all()
    assert (narrow.both <= np.minimum.outer(narrow.reach, narrow.reach)).all()
    assert (narrow.both <= wide.both).all()
    assert (narrow.exclusive == wide.exclusive).all()


@settings(deadline=None, derandomize=True, max_examples=30)
@given(events=event_lists(max_size=40), n=st.integers(1, 12))
def test_slices_cover_all_persons_in_order(events: list[Event], n: int) -> None:
    table = table_of(events)
    covered = over_slices(table, n, lambda low, high: list(range(low, high)))
    assert [person for part in covered for person in part] == list(range(table.persons))
    assert len(covered) <= n

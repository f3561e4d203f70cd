"""Top paths, transitions, and what was around a moment: against the full path table and plain Python."""

from collections import defaultdict
from itertools import pairwise
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.journeys.around import CONVERSION, MOMENT, NOTHING, links_around
from omnidash.journeys.paths import OTHER, paths, sankey_links, transitions
from omnidash.journeys.top_paths import top_paths
from omnidash.journeys.transitions import transition_counts
from omnidash.model.period import Period
from tests.oracle.journeys_reference import (
    DAY_SECONDS,
    SECOND,
    Event,
    conversions_with_touches,
    event_lists,
    journeys_by_person,
    table_of,
)
from tests.oracle.test_journeys_oracle import LOOKBACK_DAYS, PERIODS, THREADS, bounds


@settings(deadline=None, derandomize=True, max_examples=120)
@given(
    events=event_lists(max_size=40),
    top=st.integers(1, 12),
    lookback=LOOKBACK_DAYS,
    collapse=st.booleans(),
    period=PERIODS,
    rank_by=st.sampled_from(["conversions", "all"]),
    through=st.sets(st.sampled_from(["meta", "tmall", "(unknown)", "(direct)"]), max_size=2),
    threads=THREADS,
)
def test_top_paths_are_the_head_of_the_full_table_and_the_rest_its_sum(
    events: list[Event],
    top: int,
    lookback: float,
    collapse: bool,
    period: Period | None,
    rank_by: str,
    through: set[str],
    threads: int,
) -> None:
    table = table_of(events)
    settings_of_both = {"lookback_days": lookback, "collapse": collapse, "period": period, "threads": threads}
    found = top_paths(table, top=top, through=through, rank_by=rank_by, **settings_of_both)  # type: ignore[arg-type]
    rows = [
        row
        for row in paths(table, **settings_of_both).frame.rows()  # type: ignore[arg-type]
        if not through or through & set(row[0])
    ]
    rows.sort(key=lambda row: (-(row[1] + (row[3] if rank_by == "all" else 0)), row[0]))
    assert found.frame.select("path", "conversions", "nulls").rows() == [(p, n, nulls) for p, n, _, nulls in rows[:top]]
    assert found.frame["value"].to_list() == pytest.approx([value for _, _, value, _ in rows[:top]])
    assert (found.rest.paths, found.rest.conversions, found.rest.nulls) == (
        len(rows[top:]),
        sum(row[1] for row in rows[top:]),
        sum(row[3] for row in rows[top:]),
    )
    assert found.rest.value == pytest.approx(sum(row[2] for row in rows[top:]))
    seconds: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for conversion, touches, _ in conversions_with_touches(events, "purchase", round(lookback * DAY_SECONDS)):
        if conversion is None or not touches or not bounds(period)[0] <= conversion.day <= bounds(period)[1]:
            continue
        path = [e.channel or "(unknown)" for e in touches]
        if collapse:
            path = [c for n, c in enumerate(path) if n == 0 or path[n - 1] != c]
        seconds[tuple(path)].append(conversion.second - touches[0].second)
    for path, found_median in found.frame.select("path", "median_seconds").rows():
        expected = seconds[tuple(path)]
        assert found_median == (pytest.approx(median(expected)) if expected else None)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(events=event_lists(max_size=40), lookback=LOOKBACK_DAYS, collapse=st.booleans(), period=PERIODS, threads=THREADS)
def test_transitions_counted_at_once_are_those_of_the_path_table(
    events: list[Event], lookback: float, collapse: bool, period: Period | None, threads: int
) -> None:
    table = table_of(events)
    counted = transition_counts(table, lookback_days=lookback, collapse=collapse, period=period, threads=threads)
    spelled = transitions(paths(table, lookback_days=lookback, collapse=collapse, period=period))
    assert counted.rows() == spelled.rows()


@settings(deadline=None, derandomize=True, max_examples=60)
@given(events=event_lists(max_size=40), top=st.integers(1, 6), max_steps=st.integers(1, 4))
def test_read_up_to_the_conversion_all_paths_end_side_by_side(events: list[Event], top: int, max_steps: int) -> None:
    found = top_paths(table_of(events), top=top)
    table = found.with_rest().converting()
    links = sankey_links(table, top=top, max_steps=max_steps, anchor="end")
    into_the_end = links.filter(links["target"] == CONVERSION)
    assert set(into_the_end["step"]) <= {max_steps}
    assert into_the_end["paths"].sum() == table.conversions == found.conversions
    for step, source, _, _ in links.rows():
        assert step >= 1
        if source == OTHER and step > 1:
            assert links.filter((links["step"] == step - 1) & (links["target"] == source)).is_empty()


@settings(deadline=None, derandomize=True, max_examples=120)
@given(
    events=event_lists(max_size=40),
    at=st.integers(0, 24),
    window=st.sampled_from([0.5, 3, 30]),
    steps=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    collapse=st.booleans(),
)
def test_what_was_around_a_moment_equals_the_lists_in_plain_python(
    events: list[Event], at: int, window: float, steps: tuple[int, int], collapse: bool
) -> None:
    second, reach = at * DAY_SECONDS // 2, round(window * DAY_SECONDS)
    walks = journeys_by_person(events)
    expected: dict[tuple[int, str, str], int] = defaultdict(int)
    for journey in walks:
        led = [e.channel or "(unknown)" for e in journey if e.touch and second - reach <= e.second <= second]
        led = _collapsed(led) if collapse else led
        chain = [*led[-steps[0] :], MOMENT]
        for back, (source, target) in enumerate(zip(chain[-2::-1], chain[:0:-1], strict=True), start=1):
            expected[-back, source, target] += 1
        follows: list[str] = []
        for e in journey:
            if second < e.second <= second + reach:
                follows += [e.channel or "(unknown)"] if e.touch else []
                if e.action == "purchase":
                    follows.append(CONVERSION)
                    break
        follows = _collapsed(follows) if collapse else follows
        if not follows or follows[-1] != CONVERSION:
            follows.append(NOTHING)
        chain = [MOMENT, *follows[: steps[1]]]
        for step, (source, target) in enumerate(pairwise(chain)):
            expected[step, source, target] += 1
    links = links_around(
        table_of(events),
        person=np.arange(len(walks)),
        at_us=np.full(len(walks), second * SECOND),
        before=steps[0],
        after=steps[1],
        window_days=window,
        collapse=collapse,
    )
    assert {(step, source, target): n for step, source, target, n in links.rows()} == expected


def _collapsed(names: list[str]) -> list[str]:
    return [name for n, name in enumerate(names) if n == 0 or names[n - 1] != name]

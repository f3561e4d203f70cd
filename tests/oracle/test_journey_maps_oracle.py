"""Journey map, rhythm, cohorts and collisions against plain Python on random journeys full of ties."""

from math import isnan, nan
from statistics import mean, median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.journeys.stage_map import stage_map
from omnidash.model.period import Period
from tests.oracle.journey_maps_reference import ORDER, stage_map_reference
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

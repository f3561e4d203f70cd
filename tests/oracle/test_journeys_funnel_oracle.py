"""The funnel kernels against an enumeration of every attempt, on random journeys full of ties."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.journeys.funnel import FunnelQuery, Step, funnel
from omnidash.model.period import Period
from tests.oracle.journeys_reference import DAY_SECONDS, SECOND, STAGES, Event, event_lists, funnel_reference, table_of

STEPS = (
    Step(action="view"),
    Step(action="cart"),
    Step(action="purchase"),
    Step(stage="awareness", channels=("email", "meta")),
    Step(channels=("tmall",)),
    Step(action="view", channels=("", "direct")),
)


def fits(step: Step, event: Event) -> bool:
    return (
        step.action in (None, event.action)
        and step.stage in (None, STAGES[event.action])
        and (not step.channels or (event.channel or "") in step.channels)
    )


def day(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=number)


@pytest.mark.parametrize("mode", ["ordered", "strict", "any"])
@pytest.mark.parametrize("entry", ["best", "first"])
@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    events=event_lists(days=6, persons=2, max_size=16),
    steps=st.just(STEPS[:3]) | st.lists(st.sampled_from(STEPS), min_size=1, max_size=4),
    window_days=st.sampled_from([0.5, 1, 2.5, 4, 30]),
    first_day=st.sampled_from([0, 0, 1, 3]),
    period_days=st.sampled_from([1, 2, 30]),
    seen_later_days=st.sampled_from([0, 0.5, 1]),
    threads=st.integers(1, 3),
)
def test_the_funnel_equals_the_enumeration_of_all_attempts(
    events: list[Event],
    steps: list[Step],
    window_days: float,
    mode: str,
    entry: str,
    first_day: int,
    period_days: int,
    seen_later_days: float,
    threads: int,
) -> None:
    window = round(window_days * DAY_SECONDS)
    last_seen = max((e.second for e in events), default=0) + round(seen_later_days * DAY_SECONDS)
    last_day = first_day + period_days - 1
    expected = funnel_reference(
        events,
        [lambda event, step=step: fits(step, event) for step in steps],
        window,
        mode,
        entry,
        (first_day, last_day),
        last_seen,
    )
    result = funnel(
        table_of(events),
        FunnelQuery(
            steps=tuple(steps),
            window_seconds=window,
            mode=mode,
            entry=entry,
            period=Period(first_day=day(first_day), last_day=day(last_day)),
            by="channel",
            last_seen_us=last_seen * SECOND,
        ),
        threads=threads,
    )
    assert result.reached.tolist() == expected["reached"]
    assert result.steps["persons"].to_list() == expected["persons"]
    assert result.steps["median_seconds"].to_list() == expected["median_seconds"]
    assert (result.still_open, result.lost) == (expected["still_open"], expected["lost"])
    breakdown = {(key, step): n for key, step, n in result.breakdown.rows() if n}
    assert breakdown == expected["breakdown"]

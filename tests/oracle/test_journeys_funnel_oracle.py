"""The funnel kernels against an enumeration of every attempt, on random journeys full of ties."""

from dataclasses import replace
from datetime import date, timedelta
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.journeys.funnel import Exclusion, FunnelQuery, Step, funnel
from omnidash.model.period import Period
from tests.oracle.journeys_reference import (
    DAY_SECONDS,
    SECOND,
    STAGES,
    Event,
    Rules,
    event_lists,
    funnel_reference,
    table_of,
)

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


GAPS = st.sampled_from([None, None, 0.5, 1, 2])


@pytest.mark.parametrize("mode", ["ordered", "strict", "any"])
@pytest.mark.parametrize("entry", ["best", "first"])
@settings(deadline=None, derandomize=True, max_examples=250)
@given(data=st.data(), events=event_lists(days=6, persons=2, max_size=16))
def test_the_funnel_equals_the_enumeration_of_all_attempts(
    data: st.DataObject, events: list[Event], mode: str, entry: str
) -> None:
    draw = data.draw
    plain = draw(st.just(STEPS[:3]) | st.lists(st.sampled_from(STEPS), min_size=1, max_size=4))
    is_special = draw(st.booleans())  # half of the time the plain funnel, which has a kernel of its own
    gaps = [draw(GAPS) if is_special and mode != "any" else None for _ in plain]
    steps = [
        replace(step, within_seconds=gap and gap * DAY_SECONDS) if k else step
        for k, (step, gap) in enumerate(zip(plain, gaps, strict=True))
    ]
    exclusions = []
    if is_special and len(steps) > 1 and mode != "strict":
        after = draw(st.integers(1, len(steps) - 1))
        before = draw(st.integers(after + 1, len(steps)))
        exclusions = draw(st.lists(st.sampled_from(STEPS[1:]), max_size=2))
        exclusions = [Exclusion(event=event, after=after, before=before) for event in exclusions]
    hold = draw(st.sampled_from([None, "campaign", "channel"])) if is_special else None
    count = draw(st.sampled_from(["persons", "entries"])) if is_special else "persons"
    window = round(draw(st.sampled_from([0.5, 1, 2.5, 4, 30])) * DAY_SECONDS)
    first_day, period_days = draw(st.sampled_from([0, 0, 1, 3])), draw(st.sampled_from([1, 2, 30]))
    last_day = first_day + period_days - 1
    last_seen = max((e.second for e in events), default=0) + round(draw(st.sampled_from([0, 0.5, 1])) * DAY_SECONDS)
    of = draw(st.sampled_from(["first", "last"]))
    shares = draw(st.booleans())

    expected = funnel_reference(
        events,
        Rules(
            fits=[lambda event, step=step: fits(step, event) for step in steps],
            window=window,
            mode=mode,
            last_seen=last_seen,
            breaks=[(lambda event, e=e: fits(e.event, event), e.after, e.before or len(steps)) for e in exclusions],
            gaps=[inf if step.within_seconds is None else step.within_seconds for step in steps],
            shares=shares,
        ),
        entry=entry,
        days=(first_day, last_day),
        count=count,
        hold=None if hold is None else lambda event: getattr(event, hold),
    )
    result = funnel(
        table_of(events),
        FunnelQuery(
            steps=tuple(steps),
            window_seconds=window,
            mode=mode,  # type: ignore[arg-type]
            entry=entry,  # type: ignore[arg-type]
            count=count,
            shares_events=shares,
            exclusions=tuple(exclusions),
            hold=hold,
            period=Period(first_day=day(first_day), last_day=day(last_day)),
            by="channel",
            of=of,
            last_seen_us=last_seen * SECOND,
        ),
        threads=draw(st.integers(1, 3)),
    )
    assert result.reached.tolist() == expected["reached"]
    assert result.steps["persons"].to_list() == expected["persons"]
    assert (result.still_open, result.lost) == (expected["still_open"], expected["lost"])
    assert result.steps["median_seconds"].to_list() == expected["median_seconds"]
    assert result.breakdown is not None
    assert {(key, step): n for key, step, n in result.breakdown.rows() if n} == expected[f"by {of}"]

"""The rules against slow, separate definitions: ROI as patterns over a string of days, concentration in SQL."""

import re
from datetime import date, timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.health.concentration import concentration_cases, trailing_shares
from omnidash.health.roi_streak import roi_cases, roi_days, streak_below
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.channel_day import CHANNEL_DAY

FIRST = date(2026, 6, 1)
CONNECTION = duckdb.connect()

# Long runs, so that cases fire and recover; each day is (kind, is immature).
kinds = st.lists(
    st.tuples(st.sampled_from(["below", "above", "even", "zero", "missing", "spread"]), st.integers(1, 5)), max_size=14
).map(lambda runs: [kind for kind, length in runs for _ in range(length)])
histories = st.tuples(kinds, st.sets(st.integers(0, 60), max_size=6), st.integers(0, 60))
limits = st.builds(Thresholds, roi_days=st.integers(1, 7), roi_recover_days=st.integers(1, 4))


def roi_table(kinds: list[str]) -> pl.DataFrame:
    rows = []
    for i, kind in enumerate(kinds):
        spend = 0.0 if kind in ("zero", "missing") else 100.0
        revenue = {"below": 99.0, "above": 101.0, "even": 100.0}.get(kind, 7.0)
        day, is_spread = FIRST + timedelta(days=i), kind == "spread"
        rows.append((day, "meta", 1, spend, 0, 0, kind != "missing", 1.0, revenue, 0.0, is_spread))
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row")


def counted_days(kinds: list[str], immature: set[int], closed: int) -> tuple[str, list[int]]:
    """One letter per counted day, b(elow) or a(bove), and which day each is."""
    counted = [
        (i, "b" if kind == "below" else "a")
        for i, kind in enumerate(kinds)
        if i <= closed and i not in immature and kind in ("below", "above", "even")
    ]
    return "".join(letter for _, letter in counted), [i for i, _ in counted]


@settings(deadline=None, derandomize=True, max_examples=300)
@given(histories, limits)
def test_roi_cases_are_the_patterns_of_the_rule(history: tuple, thresholds: Thresholds) -> None:
    kinds, immature, closed = history
    letters, days = counted_days(kinds, immature, closed)
    expected, position = [], 0
    while fired := re.compile("b" * thresholds.roi_days).search(letters, position):
        over = re.compile("a" * thresholds.roi_recover_days).search(letters, fired.end())
        end = over.end() if over else len(letters)
        last_below = letters.rindex("b", 0, end)
        expected.append((days[fired.start()], days[fired.end() - 1], days[last_below], days[end - 1] if over else None))
        if not over:
            break
        position = end
    cases = roi_cases(
        roi_table(kinds),
        closed_through=FIRST + timedelta(days=closed),
        thresholds=thresholds,
        completeness={FIRST + timedelta(days=i): 0.5 for i in immature},
    )
    number = {FIRST + timedelta(days=i): i for i in range(100)} | {None: None}
    mine = [(number[c.first_day], number[c.fired_on], number[c.last_day], number[c.recovered_on]) for c in cases]
    assert mine == expected
    assert [c.state for c in cases] == ["open" if recovered is None else "recovered" for *_, recovered in expected]
    for case in cases:
        evidence = case.evidence
        assert (evidence["day"].min(), evidence["status"].to_list().count("not_closed")) == (case.first_day, 0)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(histories)
def test_the_current_streak_is_the_tail_of_days_below(history: tuple) -> None:
    kinds, immature, closed = history
    letters, _ = counted_days(kinds, immature, closed)
    table = roi_table(kinds)
    seen = roi_days(
        table,
        closed_through=FIRST + timedelta(days=closed),
        thresholds=Thresholds(),
        completeness={FIRST + timedelta(days=i): 0.5 for i in immature},
    )
    streaks = streak_below(seen, table["channel"])
    assert streaks["streak_below"].to_list() == ([len(letters) - len(letters.rstrip("b"))] if kinds else [])


@settings(deadline=None, derandomize=True, max_examples=150)
@given(histories, limits, st.integers(0, 60))
def test_what_was_known_on_an_earlier_day_is_the_beginning_of_what_is_known_now(
    history: tuple, thresholds: Thresholds, earlier: int
) -> None:
    kinds, _, closed = history
    then, now = (
        roi_cases(roi_table(kinds), closed_through=FIRST + timedelta(days=day), thresholds=thresholds)
        for day in (min(earlier, closed), closed)
    )
    assert [(c.first_day, c.fired_on) for c in then] == [(c.first_day, c.fired_on) for c in now][: len(then)]


traffic = st.lists(
    st.fixed_dictionaries({c: st.sampled_from([0, 0, 5, 20, 35, 40, 60]) for c in ("a", "b", "c", "(direct)")}),
    max_size=14,
)
share_limits = st.builds(
    Thresholds, share_window_days=st.integers(1, 7), min_active_channels=st.integers(1, 3), share_warning=st.just(0.3)
)

SHARES = """
    with windows as (
        select e.day, t.channel, sum(t.touches)::double as amount
        from (select distinct day from traffic where day <= $closed) e
        join traffic t on t.day between e.day - ($days - 1)::int and e.day
        where e.day >= (select min(day) from traffic) + ($days - 1)::int
        group by e.day, t.channel
    ), of_day as (
        select day, sum(amount) as total, count(*) filter (amount > 0 and channel <> '(direct)') as active
        from windows group by day
    )
    select w.day, w.channel, w.amount, w.amount / nullif(d.total, 0) as share, d.active >= $needed as is_applied
    from windows w join of_day d on d.day = w.day
    order by w.channel, w.day
"""


def traffic_table(days: list[dict[str, int]]) -> pl.DataFrame:
    rows = [
        (FIRST + timedelta(days=i), channel, touches, 1.0, 0, 0, True, 0.0, 1.0, 0.0, False)
        for i, counts in enumerate(days)
        for channel, touches in counts.items()
    ]
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row").sort("day", "channel")


@settings(deadline=None, derandomize=True, max_examples=120)
@given(traffic, share_limits, st.integers(0, 14))
def test_concentration_agrees_with_sql_on_every_day(days: list, thresholds: Thresholds, closed: int) -> None:
    table = traffic_table(days)
    last = FIRST + timedelta(days=closed)
    CONNECTION.register("traffic", table.select("day", "channel", "touches").to_arrow())
    values = {"closed": last, "days": thresholds.share_window_days, "needed": thresholds.min_active_channels}
    expected = CONNECTION.sql(SHARES, params=values).fetchall()
    mine = trailing_shares(table, closed_through=last, thresholds=thresholds)
    assert mine.select("day", "channel", "amount", "is_applied").rows() == [(d, c, a, n) for d, c, a, _, n in expected]
    for share, row in zip(mine["share"], expected, strict=True):
        assert share == (None if row[3] is None else pytest.approx(row[3], abs=1e-12))
    cases, notes = concentration_cases(table, closed_through=last, thresholds=thresholds)
    over = {"open": set(), "warning": set()}
    last_window = max((day for day, *_ in expected), default=None)
    for day, channel, _, share, is_applied in expected:
        if day == last_window and is_applied and channel != "(direct)" and share:
            if share > 0.4 + 1e-9:
                over["open"].add(channel)
            elif share > 0.3 + 1e-9:
                over["warning"].add(channel)
    for state, channels in over.items():
        assert {case.channel for case in cases if case.state == state} == channels
    ever_over = {(c, d) for d, c, _, share, ok in expected if ok and c != "(direct)" and share and share > 0.4 + 1e-9}
    covered = {
        (case.channel, case.first_day + timedelta(days=i))
        for case in cases
        for i in range((case.last_day - case.first_day).days + 1)
    }
    assert ever_over <= covered
    assert all((case.channel, case.fired_on) in ever_over for case in cases if case.limit == thresholds.share_limit)
    assert bool(notes) == (not expected or not all(ok for d, *_, ok in expected if d == last_window))

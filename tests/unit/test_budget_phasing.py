"""A plan week by week: cut at Mondays, true to its totals, following last year's demand where that is known."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.budget.phasing import REACH, demand_a_year_ago, weekly_plan, weeks_of
from tests.unit.test_budget_month import curve

CURVES = [curve("a", 100.0, 400.0, 0.5), curve("b", 50.0, 90.0, 0.3)]
PLAN = {"a": 120.0, "b": 30.0}
FIRST = date(2026, 6, 3)  # a Wednesday


def year_ago(revenue: list[float]) -> pl.DataFrame:
    days = [FIRST - timedelta(days=364 - k) for k in range(len(revenue))]
    return pl.DataFrame({"day": days, "channel": "a", "revenue": revenue})


def test_a_horizon_is_cut_at_mondays_and_keeps_its_days() -> None:
    weeks = weeks_of(FIRST, 14)
    assert [(week.first_day, week.days) for week in weeks] == [
        (FIRST, 5), (date(2026, 6, 8), 7), (date(2026, 6, 15), 2),
    ]  # fmt: skip


def test_an_even_plan_spends_and_expects_per_day_what_the_plan_says() -> None:
    found = weekly_plan(CURVES, PLAN, FIRST, 14)
    assert found.spend == pytest.approx(np.outer([5, 7, 2], [120.0, 30.0]))
    expected = [float(one.revenue(PLAN[one.channel])[0]) * 14 for one in CURVES]
    assert found.revenue.sum(axis=0) == pytest.approx(expected, rel=1e-6)


def test_without_a_year_of_history_every_day_gets_the_same_and_it_is_said() -> None:
    found = weekly_plan(CURVES, PLAN, FIRST, 14, phasing="season", channel_day=year_ago([1.0] * 13))
    assert not found.knows_season
    assert found.spend == pytest.approx(weekly_plan(CURVES, PLAN, FIRST, 14).spend)


def test_demand_averages_to_one_over_the_days() -> None:
    weeks = weeks_of(FIRST, 14)
    demand = demand_a_year_ago(year_ago([80.0] * 5 + [110.0] * 7 + [150.0] * 2), weeks)
    assert demand is not None
    assert np.dot(demand, [5, 7, 2]) == pytest.approx(14)
    assert demand[2] / demand[0] == pytest.approx(150 / 80)


def test_money_follows_the_season_and_no_other_split_within_reach_is_expected_to_bring_more() -> None:
    first = date(2026, 6, 1)
    days = [first - timedelta(days=364 - k) for k in range(21)]
    table = pl.DataFrame({"day": days, "channel": "a", "revenue": [90.0] * 7 + [100.0] * 7 + [110.0] * 7})
    found = weekly_plan(CURVES, PLAN, first, 21, phasing="season", channel_day=table)
    assert found.spend.sum(axis=0) == pytest.approx([120 * 21, 30 * 21], rel=1e-6)
    # Equal marginal revenue on a square-root curve: spend goes with the square of demand.
    assert found.spend[:, 0] == pytest.approx(120 * 21 * np.array([81, 100, 121]) / 302, rel=1e-3)
    rng = np.random.default_rng(3)
    demand = np.array([0.9, 1.0, 1.1])
    best = found.revenue[:, 0].sum()
    for _ in range(200):
        share = 1 + rng.uniform(-REACH, REACH, 3)
        other = 120 * share / share.mean()
        assert float(CURVES[0].revenue(other) @ demand) * 7 <= best * (1 + 1e-6)


def test_no_week_gets_more_than_the_reach_allows() -> None:
    table = year_ago([10.0] * 5 + [300.0] * 7 + [10.0] * 2)
    found = weekly_plan(CURVES, PLAN, FIRST, 14, phasing="season", channel_day=table)
    per_day = found.spend / np.array([[5.0], [7.0], [2.0]])
    assert (per_day <= np.array([120.0, 30.0]) * (1 + REACH) * 1.02).all()
    assert found.spend.sum(axis=0) == pytest.approx([120 * 14, 30 * 14], rel=1e-6)


@given(
    demand=st.lists(st.sampled_from([0.0, 0.5, 0.9, 1.0, 1.1, 3.0]), min_size=2, max_size=6).filter(any),
    elasticity=st.sampled_from([0.05, 0.5, 0.95]),
    sold=st.sampled_from([0.0, 400.0]),
    weekday=st.integers(0, 6),
)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_limits_of_weeks_take_nothing_from_the_total_whatever_the_curve(
    demand: list[float], elasticity: float, sold: float, weekday: int
) -> None:
    """Where nothing was sold, every week earns the same at any spend: weeks stand at one limit or the other, and three
    weeks of 0.7 and 1.3 make no 3.0."""
    first, days = date(2026, 6, 1) + timedelta(days=weekday), 7 * len(demand)
    revenue = [100 * one for one in demand for _ in range(7)]
    table = pl.DataFrame(
        {"day": [first - timedelta(days=364 - k) for k in range(days)], "channel": "a", "revenue": revenue}
    )
    found = weekly_plan(
        [curve("a", 100.0, sold, elasticity)], {"a": 120.0}, first, days, phasing="season", channel_day=table
    )
    lengths = np.array([week.days for week in found.weeks], dtype=float)
    assert found.spend[:, 0].sum() == pytest.approx(120 * days, rel=1e-9)
    per_day = found.spend[:, 0] / lengths
    assert (per_day >= 120 * (1 - REACH) - 1e-6).all()
    assert (per_day <= 120 * (1 + REACH) + 1e-6).all()

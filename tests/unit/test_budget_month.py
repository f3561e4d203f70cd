"""Pace, the weekly pool, robust moves, saved scenarios and their score, on small tables worked out by hand."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from omnidash.budget import what_if
from omnidash.budget.curve import ChannelCurve, Draws, Interval
from omnidash.budget.limits import Brief
from omnidash.budget.moves import moves, verdict
from omnidash.budget.pace import month_pace
from omnidash.budget.pool import pool_proposal, reallocation, weekly_priority
from omnidash.budget.scenario import compared, delete, duplicate, rename, save, scenario_of, scenarios, score
from omnidash.model.errors import WrongUse
from tests.made_once import workspace_with


def curve(channel: str, spend: float, revenue: float, elasticity: float = 0.5) -> ChannelCurve:
    beta = np.full(5, elasticity)
    return ChannelCurve(
        channel=channel, identified=True, reason=None, spend_low=spend / 3, spend_high=spend * 3, spend_today=spend,
        revenue_today=revenue, elasticity=elasticity, elasticity_interval=Interval.of(beta), carryover=0.0, r2_cv=None,
        days=60, draws=Draws(level=revenue * np.linspace(0.9, 1.1, 5), elasticity=beta), conversions_today=2.0,
        new_customers_today=1.0,
    )  # fmt: skip


def daily(spend: dict[str, list[float]], last: date, **columns: dict[str, list[float]]) -> pl.DataFrame:
    frames = []
    for channel, amounts in spend.items():
        days = [last - timedelta(days=len(amounts) - 1 - k) for k in range(len(amounts))]
        more = {name: values[channel] for name, values in columns.items()}
        frames.append(
            pl.DataFrame({"day": days, "spend": amounts, **more}).with_columns(channel=pl.lit(channel), has_spend=True)
        )
    return pl.concat(frames)


def test_a_month_at_sixty_of_a_planned_hundred_a_day_ends_under_plan() -> None:
    table = daily({"a": [60.0] * 40}, date(2026, 6, 15))
    found = month_pace(table, {"a": 100.0}, date(2026, 6, 15))
    assert (found.total.spent_so_far, found.total.planned_so_far) == (900, 1500)
    assert found.total.forecast_end == pytest.approx(1800)
    assert found.total.state == "under"
    assert month_pace(table, {"a": 60.0}, date(2026, 6, 15)).total.state == "on plan"
    assert month_pace(table, {"a": 40.0}, date(2026, 6, 15)).total.state == "over"


def test_the_forecast_follows_the_weekday_and_widens_with_scatter() -> None:
    last = date(2026, 6, 14)  # a Sunday
    pattern = [100.0 if (last - timedelta(days=55 - k)).weekday() < 5 else 0.0 for k in range(56)]
    calm = month_pace(daily({"a": pattern}, last), {"a": 70.0}, last).total
    assert calm.forecast_end == pytest.approx(sum(pattern[-14:]) + 100 * 12)  # 12 weekdays from the 15th to the 30th
    assert calm.low == pytest.approx(calm.high)
    rng = np.random.default_rng(1)
    wild = month_pace(daily({"a": (np.array(pattern) * rng.uniform(0.5, 1.5, 56)).tolist()}, last), {"a": 70.0}, last)
    assert wild.total.high > wild.total.forecast_end > wild.total.low


def test_the_pool_goes_to_channels_that_lead_and_earn_and_never_to_one_with_an_alert() -> None:
    last = date(2026, 6, 28)
    touches = {"good": [100] * 28, "dear": [100] * 28, "bad": [100] * 28}
    conversions = {"good": [5.0] * 28, "dear": [4.0, 2.0] * 14, "bad": [1.0] * 28}
    table = daily({"good": [50.0] * 28, "dear": [90.0] * 28, "bad": [60.0] * 28}, last, touches=touches, conversions=conversions)  # fmt: skip
    curves = [curve("good", 50, 400), curve("dear", 90, 400), curve("bad", 60, 50)]
    ranking = weekly_priority(table, curves, last)
    assert [p.channel for p in ranking] == ["good", "bad", "dear"]  # 1,1,1 · 3,2,2 … · 2,3,3
    assert ranking[0].conversion_rate == pytest.approx(0.05)
    assert ranking[0].touch_cost == pytest.approx(0.5)
    found = pool_proposal(curves, ranking, total=200.0, margin=1.0)
    got = {one.priority.channel: one.from_pool for one in found.shares}
    assert found.pool == pytest.approx(60)
    assert got["good"] > 0
    assert sum(got.values()) + found.kept == pytest.approx(60)
    alarmed = weekly_priority(table, curves, last, {"good"})
    assert alarmed[-1].channel == "good"
    shares = {s.priority.channel: s.from_pool for s in pool_proposal(curves, alarmed, total=200.0, margin=1.0).shares}
    assert shares["good"] == pytest.approx(0, abs=1e-6)


def test_an_alert_frees_half_of_the_channels_money_for_the_others() -> None:
    curves = [curve("a", 100, 600), curve("b", 100, 600), curve("lost", 100, 60)]
    plan = reallocation(curves, {"lost"}, margin=1.0)
    assert plan is not None
    assert plan.allocation["lost"] == pytest.approx(50)
    assert plan.allocation["a"] == pytest.approx(125, rel=1e-3)
    assert reallocation(curves, set(), margin=1.0) is None


def test_nobody_but_the_channel_with_the_alert_gives_money() -> None:
    curves = [curve("strong", 100, 900), curve("tired", 100, 70), curve("lost", 100, 60)]
    plan = reallocation(curves, {"lost"}, margin=1.0)
    assert plan is not None
    assert plan.allocation["tired"] == pytest.approx(100)  # it would earn more with less, but nothing was said of it
    assert plan.allocation["strong"] > 100


def test_a_move_is_robust_only_where_every_view_agrees() -> None:
    strong, weak = [curve("a", 100, 900), curve("b", 100, 300)], [curve("a", 100, 300), curve("b", 100, 900)]
    brief = Brief(total=200.0, spend_all=True)
    agree = {move.channel: move.verdict for move in moves({"x": strong, "y": strong}, brief)}
    assert agree == {"a": "robust", "b": "robust"}
    flip = {move.channel: move.verdict for move in moves({"x": strong, "y": weak}, brief)}
    assert flip == {"a": "contested", "b": "contested"}
    assert verdict([0.3, 0.0]) == "unsure"
    assert verdict([0.0, 0.01]) == "still"


@pytest.fixture
def saved(tmp_path):
    workspace = workspace_with(tmp_path / "own", {})
    curves = [curve("a", 100, 600), curve("b", 100, 300)]
    answer = what_if(curves, {"a": 130.0, "b": 70.0}, days=10)
    about = {
        "basis": "attributed", "model": "last", "first_day": date(2026, 6, 1), "last_day": date(2026, 6, 10),
        "data_version": 1, "rules": {}, "all_revenue_today": 9000.0,
    }  # fmt: skip
    made = scenario_of(answer, name="Spring", note="=bold", **about)
    save(workspace, made)
    return workspace


def test_a_saved_scenario_reads_as_it_was_and_can_be_renamed_copied_and_deleted(saved) -> None:
    (one,) = scenarios(saved)
    assert one.per_day == pytest.approx({"a": 130, "b": 70})
    rename(saved, one, name="Summer", note="")
    copy = duplicate(saved, scenarios(saved)[0], name="Summer 2")
    assert [s.name for s in scenarios(saved)] == ["Summer 2", "Summer"]
    assert scenarios(saved)[0].channels == one.channels
    table = compared(scenarios(saved))
    assert table.columns == ["channel", "Summer 2", "Summer"]
    delete(saved, copy)
    assert [s.name for s in scenarios(saved)] == ["Summer"]
    with pytest.raises(WrongUse):
        compared(scenarios(saved) * 5)


@pytest.mark.parametrize(
    ("days", "spend_b", "revenue", "verdict"),
    [
        (4, 70.0, 950.0, "running"),
        (10, 70.0, 950.0, "as expected"),
        (10, 70.0, 2000.0, "better"),
        (10, 70.0, 100.0, "worse"),
        (10, 200.0, 950.0, "not followed"),
    ],
)
def test_a_scenario_is_scored_against_what_happened(saved, days, spend_b, revenue, verdict) -> None:
    (one,) = scenarios(saved)
    last = date(2026, 6, 10) + timedelta(days=days)
    table = daily(
        {"a": [130.0] * days, "b": [spend_b] * days},
        last,
        revenue={"a": [revenue / 2] * days, "b": [revenue / 2] * days},
    )
    found = score(one, table, last)
    assert found.verdict == verdict
    assert found.days_seen == days
    assert found.revenue_actual == pytest.approx(revenue * days)

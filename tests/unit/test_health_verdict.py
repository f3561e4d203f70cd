"""Verdict, priority, score, migration, stress and replay, each on figures that are checked by hand."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from omnidash.health.cases import Case
from omnidash.health.migration import migration_plan
from omnidash.health.priority import priorities
from omnidash.health.replay import replayed, with_limit
from omnidash.health.score import score
from omnidash.health.stress import stress
from omnidash.health.thresholds import Thresholds
from omnidash.health.verdict import Evidence, judgements
from omnidash.metrics.channel_day import CHANNEL_DAY
from omnidash.model.messages import Message

FIRST = date(2026, 6, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def table(**channels: tuple[list[float], list[float], list[int]]) -> pl.DataFrame:
    """Per channel: spend, revenue and touches a day."""
    rows = [
        (day(i), name, touches[i], spend[i], 0, 0, spend[i] > 0, 1.0, revenue[i], 1.0, False)
        for name, (spend, revenue, touches) in channels.items()
        for i in range(len(spend))
    ]
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row").sort("day", "channel")


def evidence(**effect: float) -> Evidence:
    return Evidence(
        effect_share=effect,
        sole_share=dict.fromkeys(effect, 0.3),
        sole_share_of_all=0.35,
        onward_share={},
        persons={},
    )


def verdict_of(revenue: list[float], effect: float) -> str:
    """One channel with half of the spend beside a steady one."""
    days = 21
    frame = table(meta=([100.0] * days, revenue, [50] * days), other=([100.0] * days, [200.0] * days, [50] * days))
    found = judgements(
        frame, closed_through=day(days - 1), thresholds=Thresholds(), evidence=evidence(meta=effect, other=0.5)
    )
    return found["meta"].verdict


def test_a_channel_that_spent_in_one_of_three_weeks_and_sold_nothing_does_not_earn():
    """3 933 spent in the latest week, not one order: no reason to hold it; with orders it has yet to show it."""
    others = ([100.0] * 21, [200.0] * 21, [50] * 21)
    spend = [0.0] * 14 + [560.0] * 7
    for revenue, verdict, earns in ((0.0, "leave", False), (1000.0, "hold", None)):
        found = judgements(
            table(meta=(spend, [revenue] * 21, [50] * 21), other=others),
            closed_through=day(20), thresholds=Thresholds(), evidence=evidence(meta=0.1, other=0.5),
        )["meta"]  # fmt: skip
        assert (found.verdict, found.earns) == (verdict, earns)
        assert found.reasons[0].values["count"] == 1


def test_verdicts_follow_from_profit_and_incremental_customers():
    above, below = [150.0] * 21, [50.0] * 21
    assert verdict_of(above, 0.6) == "add"
    assert verdict_of(above, 0.2) == "hold"
    assert verdict_of(below, 0.6) == "fix"
    assert verdict_of(below, 0.2) == "leave"


def test_one_good_week_after_two_bad_ones_is_not_yet_a_profit():
    assert verdict_of([50.0] * 14 + [150.0] * 7, 0.2) == "hold"
    assert verdict_of([150.0] * 14 + [50.0] * 7, 0.2) == "leave"


def test_a_channel_without_spend_is_not_judged_by_profit():
    frame = table(wecom=([0.0] * 21, [50.0] * 21, [50] * 21))
    (found,) = judgements(frame, closed_through=day(20), thresholds=Thresholds(), evidence=evidence(wecom=0.1)).values()
    assert (found.earns, found.verdict) == (None, "hold")


def test_priority_is_the_order_of_the_mean_rank():
    channels = pl.DataFrame(
        {
            "channel": ["a", "b", "c"],
            "conversion_rate": [0.05, 0.04, 0.01],
            "unit_traffic_cost": [3.0, 1.0, 2.0],
            "volatility": [0.5, 0.1, None],
        }
    )
    ranked = priorities(channels)
    assert ranked["channel"].to_list() == ["b", "a", "c"]
    assert ranked["mean_rank"].to_list() == pytest.approx([(2 + 1 + 1) / 3, (1 + 3 + 2) / 3, (3 + 2 + 2) / 3])


def test_the_score_is_the_sum_of_its_parts():
    found = score(
        days_above=21, days_with_spend=28, volatility=0.4, share=0.2, share_warning=0.35, share_limit=0.4, open_cases=1,
        warnings=0,
    )  # fmt: skip
    assert (found.profit, found.steadiness, found.weight, found.calm, found.total) == (30, 12, 20, 10, 72)
    heavy = score(
        days_above=0, days_with_spend=0, volatility=None, share=0.8, share_warning=0.35, share_limit=0.4, open_cases=5,
        warnings=0,
    )  # fmt: skip
    assert (heavy.profit, heavy.steadiness, heavy.weight, heavy.calm) == (40, 10, 0, 0)


def test_receivers_are_ranked_by_return_spare_capacity_and_new_reach():
    days = 28
    frame = table(
        lost=([100.0] * days, [200.0] * days, [40] * days),
        roomy=([200.0] * 14 + [100.0] * 14, [200.0] * days, [100] * days),  # has spent twice as much
        same=([200.0] * 14 + [100.0] * 14, [200.0] * days, [100] * days),  # but reaches the same persons
        full=([100.0] * days, [200.0] * days, [100] * days),  # has never spent more
        loss=([200.0] * 14 + [100.0] * 14, [50.0] * days, [100] * days),  # would not earn it back
        wecom=([0.0] * days, [50.0] * days, [30] * days),
    )
    plan = migration_plan(
        "lost", frame, lost=20.0, fired_on=day(27), closed_through=day(27), timezone="Asia/Shanghai",
        overlap_share={"roomy": 0.25, "same": 1.0}, shared_persons={"wecom": 70},
        marginal_roi={"roomy": 0.5, "same": 0.5, "full": 3.0, "loss": -0.5},
    )  # fmt: skip
    (receiver,) = plan.receivers
    assert receiver.channel == "roomy"
    assert receiver.rank == pytest.approx(1.5 * 1.0 * 0.75)
    assert (receiver.takes_over, receiver.more_spend) == pytest.approx((75.0, 100.0))
    assert plan.covered_share == 1.0
    assert plan.audience == (("wecom", 70),)
    assert plan.recover_by == datetime(2026, 6, 29, 16)  # the end of 28 June in Shanghai is 16:00 UTC; 24 hours later


def test_the_next_money_of_a_receiver_brings_less_than_the_average_and_the_plan_costs_what_it_needs():
    days = 28
    frame = table(
        lost=([100.0] * days, [200.0] * days, [50] * days),
        first=([200.0] * 7 + [100.0] * 21, [300.0] * days, [60] * days),
        second=([150.0] * 7 + [100.0] * 21, [400.0] * days, [40] * days),
    )
    plan = migration_plan(
        "lost", frame, lost=35.0, fired_on=day(27), closed_through=day(27), timezone="UTC",
        overlap_share={}, shared_persons={}, marginal_roi={"first": 0.2, "second": 0.6},
    )  # fmt: skip
    first, second = plan.receivers
    # 60 touches on twice the money, of which the next unit earns 1.2 where the average one earned 300 × 28 / 3,500
    assert first.takes_over == pytest.approx(60 * 1.2 * 3500 / 8400)
    assert second.takes_over == pytest.approx(40 * 0.5 * 1.6 * 3150 / 11200)
    assert plan.covered_share == pytest.approx((30 + 9) / 35, abs=1) == 1.0
    assert plan.more_spend == pytest.approx(100 + 50 * 5 / second.takes_over)
    # 100 more at 1.2 and 50 more at 1.6 a unit
    assert [receiver.brings for receiver in plan.receivers] == pytest.approx([120.0, 80.0])
    assert plan.revenue_back(160.0) == pytest.approx((160.0, 100 + 50 * 40 / 80))
    assert plan.revenue_back(500.0) == pytest.approx((200.0, 150.0))


def test_spend_that_has_not_come_yet_is_no_spare_capacity():
    days = 28
    late = table(lost=([100.0] * days, [200.0] * days, [50] * days), late=([100.0] * days, [300.0] * days, [50] * days))
    missing = (pl.col("channel") == "late") & (pl.col("day") > day(22))
    frame = late.with_columns(
        spend=pl.when(missing).then(0.0).otherwise(pl.col("spend")), has_spend=pl.col("has_spend") & ~missing
    )
    plan = migration_plan(
        "lost", frame, lost=20.0, fired_on=day(27), closed_through=day(27), timezone="UTC",
        overlap_share={}, shared_persons={}, marginal_roi={"late": 0.5},
    )  # fmt: skip
    assert plan.receivers == ()  # it has spent 100 on every day there is


def test_what_was_spent_in_a_sale_is_no_spare_capacity():
    days = 28
    sale = [500.0 if 15 <= i <= 20 else 100.0 for i in range(days)]  # 16 to 21 June
    frame = table(lost=([100.0] * days, [200.0] * days, [50] * days), promoted=(sale, [300.0] * days, [50] * days))
    plan = migration_plan(
        "lost", frame, lost=20.0, fired_on=day(27), closed_through=day(27), timezone="UTC",
        overlap_share={}, shared_persons={}, marginal_roi={"promoted": 0.5},
    )  # fmt: skip
    assert plan.receivers == ()


def test_revenue_at_risk_lies_between_its_bounds():
    found = stress(
        "meta",
        loss_share=0.5,
        credited=1000.0,
        all_revenue=6000.0,
        sole_share=0.4,
        removal_effect=0.1,
        brought_back=lambda loss: min(loss, 150.0),
    )
    assert (found.least, found.likely, found.most, found.with_migration) == (200.0, 300.0, 500.0, 150.0)
    assert not found.is_single_point
    assert stress(
        "meta", loss_share=1, credited=5000.0, all_revenue=6000.0, sole_share=0.1, removal_effect=0.6
    ).is_single_point
    with pytest.raises(ValueError, match="loss_share"):
        stress("m", loss_share=2, credited=1, all_revenue=1, sole_share=0, removal_effect=0)


def test_a_replay_counts_alarms_per_month_and_how_long_they_lasted():
    def case(fired: int, recovered: int | None, state: str = "recovered") -> Case:
        return Case(
            rule="traffic_drop", channel="meta", state=state, severity="low", first_day=day(fired),  # type: ignore[arg-type]
            fired_on=day(fired), last_day=day(fired), recovered_on=None if recovered is None else day(recovered),
            value=-0.5, limit=-0.3, evidence=pl.DataFrame(), sentence=Message("x", {}), actions=(),
        )  # fmt: skip

    cases = [case(1, 5), case(20, 30), case(55, None, "open"), case(40, None, "warning"), case(99, None, "open")]
    found = replayed(cases, first_day=day(0), last_day=day(59))
    assert (found.fired, found.days, found.median_days, found.still_open) == (3, 60, 7.0, 1)
    assert found.per_month == 1.5
    assert found.by_channel == (("meta", 3),)
    lower = with_limit(Thresholds(), "concentration", 0.3)
    assert (lower.share_limit, lower.share_warning) == (0.3, 0.2625)

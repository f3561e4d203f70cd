"""Moving sliders: what changes, what stays, and what is refused."""

import numpy as np
import pytest

from omnidash.budget import (
    Allocation,
    ChannelCurve,
    Draws,
    Interval,
    highest_spend,
    redistribute,
    what_if,
)
from omnidash.budget.limits import Brief
from omnidash.budget.planner import make_plan
from omnidash.budget.task import Unreachable
from omnidash.model.errors import WrongUse
from omnidash.model.messages import Message
from tests.budget_plans import best_plan


def curve(
    channel: str,
    *,
    spend: float = 100.0,
    revenue: float = 300.0,
    elasticity: float | list[float] = 0.5,
    level: list[float] | None = None,
    seen: tuple[float, float] = (20.0, 400.0),
) -> ChannelCurve:
    """A curve with hand-chosen draws (one draw unless lists are given)."""
    elasticities = np.atleast_1d(np.asarray(elasticity, dtype=float))
    levels = np.full(len(elasticities), revenue) if level is None else np.asarray(level, dtype=float)
    return ChannelCurve(
        channel=channel,
        identified=True,
        reason=None,
        spend_low=seen[0],
        spend_high=seen[1],
        spend_today=spend,
        revenue_today=revenue,
        elasticity=float(elasticities.mean()),
        elasticity_interval=Interval.of(elasticities),
        carryover=0.0,
        r2_cv=None,
        days=90,
        draws=Draws(level=levels, elasticity=elasticities),
    )


def test_the_worked_example_quadruple_spend_doubles_revenue() -> None:
    answer = what_if([curve("a")], {"a": 400.0})["a"]
    assert (answer.revenue_today, answer.revenue_new) == (pytest.approx(300), pytest.approx(600))
    assert (answer.profit_today, answer.profit_new) == (pytest.approx(200), pytest.approx(200))
    assert (answer.roi_today, answer.roi_new) == (pytest.approx(2.0), pytest.approx(0.5))
    assert answer.marginal_roi == pytest.approx(0.5 * 600 / 400 - 1)


def test_margin_and_days_enter_as_defined() -> None:
    answer = what_if([curve("a")], {"a": 400.0}, margin=0.4, days=30)["a"]
    assert answer.spend_new == 400 * 30
    assert answer.revenue_new == pytest.approx(600 * 30)
    assert answer.profit_new == pytest.approx((600 * 0.4 - 400) * 30)
    assert answer.roi_new == pytest.approx((600 * 0.4 - 400) / 400)


def test_a_channels_own_margin_wins_over_the_general_one() -> None:
    answer = what_if([curve("a"), curve("b"), curve("c")], {}, margin={"a": 0.2, "*": 0.5})
    assert [row.profit_today for row in answer.channels] == pytest.approx([-40, 50, 50])
    assert what_if([curve("a")], {}, margin={"b": 0.2})["a"].profit_today == pytest.approx(200)


def test_totals_are_sums_and_the_total_roi_is_a_ratio_of_sums() -> None:
    curves = [curve("a"), curve("b", spend=50, revenue=40, elasticity=0.7)]
    answer = what_if(curves, {"a": 150.0, "b": 0.0})
    for field in ("spend_today", "spend_new", "revenue_today", "revenue_new", "profit_today", "profit_new"):
        assert getattr(answer.total, field) == pytest.approx(sum(getattr(row, field) for row in answer.channels))
    assert answer.total.roi_today == pytest.approx((340 - 150) / 150)
    assert answer.total.channel is None


def test_nothing_moved_changes_nothing_and_claims_no_probability() -> None:
    curves = [curve("a", elasticity=[0.2, 0.9], level=[250, 350]), curve("b", elasticity=[0.5, 0.5])]
    answer = what_if(curves, Allocation.today(curves), days=30)
    for row in (*answer.channels, answer.total):
        assert row.revenue_change == Interval(low=0.0, median=0.0, high=0.0)
        assert row.profit_change == Interval(low=0.0, median=0.0, high=0.0)
        assert row.p_better is None


def test_probability_is_the_share_of_draws_that_earn_more() -> None:
    """Doubling 100 to 200 pays when 300 · (2^β − 1) > 100, so when β > log2(4/3) = 0.415."""
    answer = what_if([curve("a", elasticity=[0.1, 0.3, 0.4, 0.43, 0.9])], {"a": 200.0})
    assert answer.total.p_better == pytest.approx(2 / 5)
    assert answer["a"].p_better == pytest.approx(2 / 5)


def test_zero_spend_has_no_roi_and_earns_nothing() -> None:
    answer = what_if([curve("a")], {"a": 0.0})["a"]
    assert (answer.roi_new, answer.marginal_roi) == (None, None)
    assert answer.revenue_new == 0
    assert answer.profit_change.median == pytest.approx(-200)


def test_spend_never_seen_is_marked() -> None:
    curves = [curve("a", seen=(20, 400)), curve("b", spend=10, seen=(20, 400))]
    answer = what_if(curves, {"a": 401.0})
    assert answer["a"].outside_seen_range and answer.total.outside_seen_range
    assert not answer["b"].outside_seen_range  # where it stands today it stands
    assert not what_if(curves, {"a": 399.0}).total.outside_seen_range


@pytest.mark.parametrize(
    ("allocation", "words"), [({"x": 1.0}, "no response curve for channel x"), ({"a": -1.0}, "at least 0")]
)
def test_an_allocation_that_makes_no_sense_is_refused(allocation: dict[str, float], words: str) -> None:
    with pytest.raises(WrongUse, match=words):
        what_if([curve("a")], allocation)


def test_margins_outside_zero_to_one_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        what_if([curve("a")], {}, margin=1.4)


def test_no_curve_at_all_is_said_in_words() -> None:
    with pytest.raises(WrongUse, match="nothing to plan"):
        what_if([], {})
    with pytest.raises(WrongUse, match="nothing to plan"):
        best_plan([], 100.0)


def test_two_curves_of_one_channel_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="one curve"):
        what_if([curve("a"), curve("a")], {})


def test_a_curve_must_say_why_it_is_not_identified() -> None:
    known = curve("a")
    fields = {name: getattr(known, name) for name in ChannelCurve.__dataclass_fields__}
    with pytest.raises(ValueError, match="reason"):
        ChannelCurve(**{**fields, "identified": False})
    with pytest.raises(ValueError, match="reason"):
        ChannelCurve(**{**fields, "reason": Message("Why.", {})})
    with pytest.raises(ValueError, match="in doubt already"):
        ChannelCurve(
            **{**fields, "identified": False, "reason": Message("Why.", {}), "level_doubt": Message("So.", {})}
        )
    assert ChannelCurve(**{**fields, "level_doubt": Message("So.", {})}).verdict == "level uncertain"


def test_others_give_in_proportion_to_what_they_have() -> None:
    moved = redistribute(Allocation({"a": 40.0, "b": 45.0, "c": 15.0}), "a", 60.0)
    assert dict(moved) == {"a": 60.0, "b": pytest.approx(30.0), "c": pytest.approx(10.0)}


def test_locked_channels_stay() -> None:
    moved = redistribute(Allocation({"a": 50.0, "b": 30.0, "c": 20.0}), "a", 60.0, locked={"c"})
    assert dict(moved) == {"a": 60.0, "b": pytest.approx(20.0), "c": 20.0}


def test_a_free_total_moves_only_the_changed_channel() -> None:
    moved = redistribute(Allocation({"a": 50.0, "b": 30.0}), "a", 90.0, total_fixed=False)
    assert dict(moved) == {"a": 90.0, "b": 30.0}


def test_money_freed_towards_empty_channels_is_spread_equally() -> None:
    moved = redistribute(Allocation({"a": 50.0, "b": 0.0, "c": 0.0}), "a", 40.0)
    assert dict(moved) == {"a": 40.0, "b": 5.0, "c": 5.0}


def test_asking_for_more_than_the_others_have_names_the_limit() -> None:
    allocation = Allocation({"a": 50.0, "b": 30.0, "c": 20.0})
    assert highest_spend(allocation, "a", locked={"c"}) == 80.0
    assert dict(redistribute(allocation, "a", 80.0, locked={"c"})) == {"a": 80.0, "b": 0.0, "c": 20.0}
    with pytest.raises(WrongUse, match=r"at most 80\.0 a day"):
        redistribute(allocation, "a", 81.0, locked={"c"})


def test_the_total_cannot_be_kept_when_all_others_are_locked() -> None:
    allocation = Allocation({"a": 50.0, "b": 30.0})
    with pytest.raises(WrongUse, match="locked"):
        redistribute(allocation, "a", 40.0, locked={"b"})
    assert redistribute(allocation, "a", 50.0, locked={"b"}) == allocation
    with pytest.raises(WrongUse, match="no channel x"):
        redistribute(allocation, "x", 40.0)


def test_the_plan_names_the_limits_that_stop_it() -> None:
    curves = [curve("best", revenue=900), curve("worst", revenue=30), curve("kept"), curve("between", revenue=320)]
    plan = best_plan(curves, 400.0, lower={"kept": 100.0}, upper={"kept": 100.0}, objective="revenue")
    stopped = {one.limit.channel: one.limit.kind for one in plan.binding if one.price > 0}
    assert (stopped["best"], stopped["worst"]) == ("change", "change")
    assert stopped["kept"] in ("least", "most")
    assert "between" not in stopped
    assert dict(plan.allocation) == {
        "best": pytest.approx(150), "worst": pytest.approx(50), "kept": pytest.approx(100), "between": pytest.approx(100)
    }  # fmt: skip
    assert plan.gap <= 1e-6


def test_profit_leaves_money_unspent_that_would_not_come_back() -> None:
    """One channel, r = 300·√(x/100): r' = 15/√x = 1 at x = 225."""
    plan = best_plan([curve("a")], 1000.0, lower={"a": 0.0}, upper={"a": 1000.0})
    assert plan.allocation["a"] == pytest.approx(225.0, rel=1e-4)
    assert plan.unspent == pytest.approx(775.0, rel=1e-4)
    assert not [one for one in plan.binding if one.price > 0]
    placed = best_plan([curve("a")], 1000.0, lower={"a": 0.0}, upper={"a": 1000.0}, spend_all=True)
    assert placed.allocation["a"] == pytest.approx(1000.0)
    assert placed.unspent == pytest.approx(0.0, abs=1e-6)


def test_the_limit_of_change_follows_a_total_that_is_not_todays() -> None:
    curves = [curve("a"), curve("b", spend=300.0, seen=(100, 900)), curve("c")]
    for total, of_today in ((1.0, 0.002008), (50.0, 0.12), (900.0, 1.3), (5000.0, 9.5)):  # 250 to 750 fit in
        plan = best_plan(curves, total, objective="revenue")
        assert plan.allocation.total == pytest.approx(total)
        for channel, spend in plan.allocation.items():
            base = of_today * (300 if channel == "b" else 100)
            assert 0.5 * base * (1 - 1e-9) <= spend <= 1.5 * base * (1 + 1e-9)


def test_limits_that_contradict_the_total_are_refused() -> None:
    curves = [curve("a"), curve("b")]
    with pytest.raises(Unreachable):
        best_plan(curves, 99.0, lower={"a": 60.0, "b": 40.0})
    with pytest.raises(Unreachable):
        best_plan(curves, 301.0, upper={"a": 100.0, "b": 200.0}, objective="revenue")
    with pytest.raises(Unreachable):
        best_plan(curves, 200.0, lower={"a": 150.0}, upper={"a": 100.0})
    with pytest.raises(WrongUse, match="no response curve"):
        best_plan(curves, 200.0, lower={"x": 1.0})


def test_a_channel_that_never_sold_gets_its_lower_limit() -> None:
    plan = best_plan([curve("a"), curve("dead", revenue=0.0, level=[0.0])], 200.0)
    assert dict(plan.allocation) == {"a": pytest.approx(150.0), "dead": pytest.approx(50.0)}
    assert plan.gap <= 1e-6


def test_money_that_must_be_spent_goes_to_a_dead_channel_last() -> None:
    curves = [curve("a"), curve("dead", revenue=0.0, level=[0.0])]
    limits = {"lower": {"a": 50.0, "dead": 50.0}, "upper": {"a": 150.0, "dead": 150.0}}
    plan = best_plan(curves, 220.0, spend_all=True, **limits)
    assert dict(plan.allocation) == {"a": pytest.approx(150.0), "dead": pytest.approx(70.0)}


@pytest.mark.parametrize("slack", [0.0, 1e-13, 1e-9, 1e-3])
def test_a_total_at_the_sum_of_the_lower_limits_leaves_hardly_a_choice(slack: float) -> None:
    curves = [curve("a"), curve("b", spend=0.1 + 0.2, revenue=7.0), curve("c", spend=1e-5, revenue=1e5)]
    lower = {c.channel: 0.7 * c.spend_today for c in curves}
    total = sum(lower.values()) * (1 + slack)
    plan = best_plan(curves, total, lower=lower, objective="revenue")
    assert plan.allocation.total == pytest.approx(total, rel=1e-9)
    assert all(plan.allocation[c] >= lower[c] * (1 - 1e-6) for c in lower)


def test_the_rule_of_the_best_channels_is_proven_for_any_size_of_the_total() -> None:
    """HiGHS counts in absolute steps: billions beside cents must not make it stumble."""
    curves = [
        curve("a", spend=5.0, revenue=12.5, seen=(4.0, 6.0)),
        curve("b", spend=2.5, revenue=3.0, elasticity=0.6, seen=(2.5, 2.5)),
    ]
    for total in (2e-3, 7.5, 2e12):
        plan = make_plan(curves, Brief(total=total, top=("a", "b"), spend_all=True))
        assert plan.gap < 1e-6
        assert plan.spend.sum() == pytest.approx(total)

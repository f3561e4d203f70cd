"""Prices of limits against planning anew with the limit a little wider, under every aim, rule and kind of total."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.limits import Brief
from omnidash.budget.planner import BestPlan, make_plan
from tests.oracle.test_budget_planner_oracle import random_curves
from tests.unit.test_budget_what_if import curve

MARGIN = 0.6


def aim_of(plan: BestPlan, curves: list[ChannelCurve]) -> float:
    """What the price is said in: the objective, or profit where the objective is above a target."""
    if plan.brief.objective != "target_marginal_roi":
        return plan.value
    return sum(MARGIN * c.revenue(x)[0] - x for c, x in zip(curves, plan.spend, strict=True))


def found_anew(
    curves: list[ChannelCurve], brief: Brief, wider: dict[str, Any], closer: dict[str, Any], step: float
) -> float:
    """What one unit more brings, by planning with a little more and a little less."""
    ends = [aim_of(make_plan(curves, replace(brief, **change)), curves) for change in (closer, wider)]
    return (ends[1] - ends[0]) / (2 * step)


RULES: tuple[dict[str, Any], ...] = (
    {"objective": "profit"},
    {"objective": "revenue"},
    {"objective": "profit", "spend_all": True},
    {"objective": "revenue", "reserve": 0.3},
    {"objective": "target_marginal_roi", "target": 0.2},
    {"objective": "target_marginal_roi", "target": 0.2, "share_cap": 0.4},
    {"objective": "target_roi", "target": 0.1},
)


@pytest.mark.parametrize("times", [0.3, 0.45, 0.8, 1.0, 1.2, 1.7, 2.5])
@pytest.mark.parametrize("rules", RULES, ids=str)
def test_the_total_costs_what_one_more_unit_of_it_brings(rules: dict[str, Any], times: float) -> None:
    for seed in range(3):
        curves = random_curves(np.random.default_rng([seed, 6]), 4, ("power", "hill"))
        total = times * sum(c.spend_today for c in curves)
        brief = Brief(total=total, margin=MARGIN, **rules)
        try:
            plan = make_plan(curves, brief)
        except Exception as error:  # a target or a cap out of reach has no prices
            assert type(error).__name__ == "Unreachable"
            continue
        said = next((p.price * (-1 if p.is_lower else 1) for p in plan.binding if p.limit.kind == "total"), 0.0)
        step = total * 1e-4
        anew = found_anew(curves, brief, {"total": total + step}, {"total": total - step}, step)
        assert said == pytest.approx(anew, rel=0.01, abs=2e-3)


@pytest.mark.parametrize("rules", RULES, ids=str)
@pytest.mark.parametrize("kind", ["least", "most"])
def test_a_channels_limit_costs_what_one_more_unit_of_it_brings(rules: dict[str, Any], kind: str) -> None:
    for seed in range(4):
        curves = random_curves(np.random.default_rng([seed, 7]), 4, ("power", "hill"))
        total = sum(c.spend_today for c in curves)
        plain = Brief(total=total, margin=MARGIN, **rules)
        try:
            at = make_plan(curves, plain).allocation["c0"] * (1.15 if kind == "least" else 0.85)
            plan = make_plan(curves, replace(plain, **{kind: {"c0": at}}))
        except Exception as error:
            assert type(error).__name__ == "Unreachable"
            continue
        priced = [p for p in plan.binding if p.limit.kind == kind]
        step = at * 1e-3
        wide, close = ({kind: {"c0": at + s * step}} for s in (1, -1))
        anew = found_anew(curves, plan.brief, wide, close, step)
        said = sum(p.price * (-1 if p.is_lower else 1) for p in priced if p.limit.channel == "c0")
        change = next((p for p in plan.binding if p.limit.kind == "change" and p.limit.channel == "c0"), None)
        if change is None:  # beyond ± 50 % two limits hold the channel, and the other one may be the tighter
            assert said == pytest.approx(anew, rel=0.01, abs=2e-3)


def test_one_channel_that_takes_all_the_money_has_a_price_of_the_total() -> None:
    """r = 300·√(x/100): at 100 the next unit brings 1.5."""
    plan = make_plan([curve("a")], Brief(total=100.0, objective="revenue"))
    (total,) = [one for one in plan.binding if one.limit.kind == "total"]
    assert total.price == pytest.approx(1.5, rel=1e-3) and not total.is_lower
    careful = make_plan([curve("a")], Brief(total=100.0, margin=1.0))
    assert careful.binding[0].price == pytest.approx(0.5, rel=1e-3)


def test_a_total_that_is_placed_at_a_loss_would_gain_by_being_less() -> None:
    """At 400 the next unit brings 0.75 for 1."""
    plan = make_plan([curve("a")], Brief(total=400.0, margin=1.0, spend_all=True, change=None, within_seen=False))
    (total,) = plan.binding
    assert total.is_lower and total.price == pytest.approx(0.25, rel=1e-3)


def test_until_the_next_unit_earns_a_target_prices_are_profit() -> None:
    """At 100, the next unit brings 1.5: 0.5 of profit, whatever the target."""
    for target in (0.0, 0.2, 0.4):
        brief = Brief(total=100.0, objective="target_marginal_roi", target=target)
        assert make_plan([curve("a")], brief).binding[0].price == pytest.approx(0.5, rel=1e-3)

"""The nearest plan: as little money and as few rules broken as can be, all alike, and the best split of what is left."""

import numpy as np
import pytest
from scipy.optimize import linprog

from omnidash.budget.conflict import conflict
from omnidash.budget.limits import Brief, limits_of
from omnidash.budget.nearest import LOCK_WEIGHT
from omnidash.budget.planner import make_plan
from tests.oracle.test_budget_planner_oracle import random_curves
from tests.unit.test_budget_what_if import curve

FOUR = [curve("a", revenue=900.0), curve("b"), curve("c", spend=200.0, revenue=500.0), curve("d", revenue=60.0)]


def test_a_least_that_the_total_cannot_pay_is_the_only_one_to_give_way() -> None:
    found = conflict(FOUR, Brief(total=400.0, least={"a": 600.0}))
    assert found is not None
    (gives,) = found.yields
    assert (gives.limit.kind, gives.limit.channel) == ("least", "a")
    assert dict(found.nearest) == {k: pytest.approx(x) for k, x in {"a": 200, "b": 50, "c": 100, "d": 50}.items()}
    assert gives.by == pytest.approx(400.0)


def test_what_all_have_to_give_each_gives_alike() -> None:
    found = conflict(FOUR, Brief(total=400.0, only_extra=True))
    assert found is not None
    assert dict(found.nearest) == {
        k: pytest.approx(x, rel=1e-4) for k, x in {"a": 80, "b": 80, "c": 160, "d": 80}.items()
    }
    assert {one.limit.kind for one in found.yields} == {"extra"}
    assert sum(one.by for one in found.yields) == pytest.approx(100.0, rel=1e-4)


def test_the_money_of_the_others_is_planned_as_ever() -> None:
    brief = Brief(total=500.0, least={"b": 140.0}, most={"b": 90.0}, objective="revenue")
    found = conflict(FOUR, brief)
    assert found is not None
    (gives,) = found.yields
    assert gives.limit.channel == "b" and gives.by == pytest.approx(50.0)
    kept = {"least": {"b": 90.0}, "most": {"b": 90.0}} if gives.limit.kind == "least" else {"least": {"b": 140.0}}
    best = make_plan(FOUR, Brief(total=500.0, objective="revenue", **kept))
    assert found.nearest.total == pytest.approx(500.0)
    assert dict(found.nearest) == {c: pytest.approx(x, rel=1e-3) for c, x in best.allocation.items()}


def test_a_target_out_of_reach_does_not_keep_the_rest_from_being_planned() -> None:
    brief = Brief(total=500.0, least={"b": 140.0}, most={"b": 90.0}, objective="target_roi", target=50.0)
    found = conflict(FOUR, brief)
    assert found is not None and len(found.yields) == 1
    assert found.nearest["a"] == pytest.approx(150.0, rel=1e-3)


@pytest.mark.parametrize("seed", range(40))
def test_no_plan_breaks_the_limits_by_less_money(seed: int) -> None:
    rng = np.random.default_rng([seed, 9])
    curves = random_curves(rng, int(rng.integers(2, 7)), ("power", "hill", "s"))
    today = {c.channel: c.spend_today for c in curves}
    total = sum(today.values()) * rng.uniform(0.4, 2.0)
    brief = Brief(
        total=total,
        spend_all=bool(seed % 2),
        only_extra=seed % 4 == 0,
        least={c: x * rng.uniform(0.5, 4.0) for c, x in today.items() if rng.random() < 0.6},
        most={c: x * rng.uniform(0.2, 1.5) for c, x in today.items() if rng.random() < 0.4},
        locked={"c1": total * 0.7} if seed % 3 == 0 else {},
        reserve=0.3 if seed % 5 == 0 else None,
    )
    found = conflict(curves, brief)
    if found is None:
        return
    limits = limits_of(brief, curves)
    weight = np.array([LOCK_WEIGHT if one.kind == "lock" else 1.0 for one in limits])
    rows, slack = np.array([one.coefficients for one in limits]), np.eye(len(limits))
    low, high = np.array([one.low for one in limits]), np.array([one.high for one in limits])
    least = linprog(
        np.append(np.zeros(len(curves)), weight),
        A_ub=np.vstack([np.hstack([rows, -slack])[high < np.inf], np.hstack([-rows, -slack])[low > -np.inf]]),
        b_ub=np.concatenate([high[high < np.inf], -low[low > -np.inf]]),
    ).fun
    spend = np.array([found.nearest[c.channel] for c in curves])
    broken = np.array([one.excess(spend) for one in limits])
    assert weight @ broken == pytest.approx(least, rel=1e-4, abs=1e-5 * total)

"""The nearest target that can be reached: by hand, and held against the planner from both sides."""

from dataclasses import replace

import numpy as np
import pytest

from omnidash.budget.attainable import nearest_target, out_of_reach
from omnidash.budget.conflict import conflict
from omnidash.budget.curve import ChannelCurve
from omnidash.budget.limits import Brief
from omnidash.budget.planner import make_plan
from omnidash.budget.task import Unreachable
from tests.unit.test_budget_what_if import curve


def test_the_worked_example_earns_most_at_the_least_spend() -> None:
    brief = Brief(total=100.0, objective="target_roi", target=6.0, change=None, least={"a": 25.0})
    assert nearest_target([curve("a")], brief) == pytest.approx(5.0)


def companies(seed: int) -> list[ChannelCurve]:
    """Four channels, each of which wins other customers for its revenue."""
    rng = np.random.default_rng(seed)
    return [
        replace(
            curve(
                f"c{i}",
                spend=float(rng.uniform(50, 500)),
                revenue=float(rng.uniform(100, 1500)),
                elasticity=rng.uniform(0.2, 0.8, 5).tolist(),
            ),
            new_customers_today=float(rng.uniform(1, 20)),
        )
        for i in range(4)
    ]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("objective", "asked"), [("target_roi", 1e4), ("target_cac", 1e-4)])
def test_just_short_of_it_there_is_a_plan_and_just_beyond_there_is_none(seed, objective, asked) -> None:
    curves = companies(seed)
    total = sum(c.spend_today for c in curves)
    brief = Brief(total=total, objective=objective, target=asked, margin={"c0": 0.3, "*": 0.7}, change=0.4)
    found = nearest_target(curves, brief)
    assert found is not None
    short, beyond = (0.999, 1.001) if objective == "target_roi" else (1.001, 0.999)
    make_plan(curves, replace(brief, target=found * short))
    with pytest.raises(Unreachable):
        make_plan(curves, replace(brief, target=found * beyond))
    asked_and_found = out_of_reach(brief, found).values
    assert set(asked_and_found.values()) == {asked, found}


def test_where_the_limits_contradict_each_other_no_target_is_named() -> None:
    brief = Brief(total=100.0, objective="target_roi", target=6.0, change=None, least={"a": 90.0}, most={"a": 10.0})
    assert nearest_target([curve("a")], brief) is None
    assert nearest_target([curve("a")], replace(brief, objective="profit", target=None)) is None


def test_without_new_customers_there_is_no_lowest_cac() -> None:
    assert nearest_target([curve("a")], Brief(total=100.0, objective="target_cac", target=5.0)) is None


def test_a_conflict_of_shares_says_which_shares_would_have_to_do() -> None:
    """Two channels of 100 may move by a tenth, but one of them shall get seven tenths of the money."""
    curves = [curve("a"), curve("b")]
    found = conflict(curves, Brief(total=200.0, spend_all=True, change=0.1, top=("a",)))
    assert found is not None
    spend = np.array([found.nearest["a"], found.nearest["b"]])
    said = {one.limit.kind: one.share for one in found.yields}
    assert said, "some limit must give way"
    for kind, share in said.items():
        assert share == pytest.approx(spend[0] / spend.sum() if kind == "top" else abs(spend / 100 - 1).max())


def test_a_reserve_that_cannot_be_held_back_says_what_is_left_of_it() -> None:
    found = conflict([curve("a")], Brief(total=100.0, reserve=0.3, locked={"a": 90.0}))
    assert found is not None
    reserve = next(one for one in found.yields if one.limit.kind == "reserve")
    assert reserve.share == pytest.approx(1 - found.nearest["a"] / 100)
    assert reserve.share < 0.3

"""*Keep the total* off: the plan chooses the total, with every channel within ± x % of today."""

from datetime import date

import pytest

from omnidash.budget.what_if import Allocation
from omnidash.ui.budget.plan_state import PlanState
from omnidash.ui.budget.rules import Rules
from tests.unit.test_budget_what_if import curve

CURVES = (curve("best", revenue=900.0), curve("middle", revenue=240.0), curve("worst", revenue=30.0))


def state_of(**rules: object) -> PlanState:
    return PlanState(
        key=1, data=1, curves=CURVES, margin={"*": 1.0}, top=(), first_day=date(2026, 6, 1), reference_days=30,
        allocation=Allocation.today(CURVES), rules=Rules(keep_total=False, **rules),
    )  # fmt: skip


def test_every_channel_moves_within_plus_and_minus_x_of_today_and_the_sum_is_the_total() -> None:
    """r = revenue·√(x/100): the next unit pays for itself up to 2,025, 144 and 2.25 a day."""
    state = state_of()
    state.take_best()
    assert dict(state.allocation) == {
        "best": pytest.approx(150.0), "middle": pytest.approx(144.0, rel=1e-3), "worst": pytest.approx(50.0)
    }  # fmt: skip
    assert state.best is not None and state.best.unspent == 0
    moved = dict(state.allocation)
    state.take_best()  # from there it is of today, too
    assert dict(state.allocation) == {channel: pytest.approx(x, rel=1e-6) for channel, x in moved.items()}


def test_the_reserve_of_a_free_total_is_a_share_of_the_total_that_comes_out() -> None:
    state = state_of(reserve=True)
    state.take_best()
    assert state.allocation["best"] == pytest.approx(150.0)
    assert state.held == pytest.approx(0.3 * (state.allocation.total + state.held))

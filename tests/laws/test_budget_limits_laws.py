"""Laws of a plan's limits: what ± x % is measured from, and that one more limit never makes a plan better."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.limits import Brief, Limit, limits_of, measured_anew
from omnidash.budget.planner import make_plan
from tests.oracle.test_budget_planner_oracle import random_curves

lawful = settings(deadline=None, derandomize=True, max_examples=40)
AIMS = ("profit", "revenue")


def company(seed: int) -> tuple[list[ChannelCurve], np.ndarray]:
    """Some channels, concave and S-shaped, and their spend today."""
    rng = np.random.default_rng([seed, 4])
    curves = random_curves(rng, int(rng.integers(2, 6)), ("power", "hill", "s"))
    return curves, np.array([c.spend_today for c in curves])


def measured_from(brief: Brief, curves: list[ChannelCurve]) -> np.ndarray:
    """The spend that ± x % is of, by channel."""
    return np.array([one.base for one in limits_of(brief, curves) if one.kind == "change"])


@lawful
@given(st.integers(0, 10_000), st.floats(0.05, 0.9), st.floats(0.0, 30.0), st.booleans(), st.booleans(), st.booleans())
def test_plus_and_minus_x_is_of_today_whatever_the_total(
    seed: int, change: float, times: float, reserve: bool, free: bool, extra: bool
) -> None:
    curves, today = company(seed)
    enough = max((1.0 if extra else 1 - change) / (0.7 if reserve else 1.0), times)
    brief = Brief(
        total=enough * today.sum() * 1.0001, change=change, margin=0.6, reserve=0.3 if reserve else None,
        chooses_total=free, only_extra=extra,
    )  # fmt: skip
    spend = make_plan(curves, brief).spend
    assert measured_anew(brief, curves) is None
    assert (spend <= today * (1 + change) * (1 + 1e-6)).all()
    assert (spend >= today * (1.0 if extra else 1 - change) * (1 - 1e-6)).all()


@lawful
@given(st.integers(0, 10_000), st.floats(0.1, 0.9), st.floats(0.02, 30.0))
def test_a_total_to_be_placed_leaves_today_only_where_it_does_not_fit(seed: int, change: float, times: float) -> None:
    curves, today = company(seed)
    brief = Brief(total=times * today.sum(), change=change, objective="revenue")
    spend = make_plan(curves, brief).spend
    assert spend.sum() == pytest.approx(brief.total)
    scaled = measured_anew(brief, curves) is not None
    assert scaled == (not 1 - change <= times <= min(1 + change, 3.0))  # 3: half more than was seen
    base = measured_from(brief, curves)
    assert (spend <= base * (1 + change) * (1 + 1e-6)).all() and (spend >= base * (1 - change) * (1 - 1e-6)).all()
    between = sorted((1.0, times)) if scaled else (1.0, 1.0)
    assert (base >= today * between[0] * (1 - 1e-9)).all() and (base <= today * between[1] * (1 + 1e-9)).all()


@lawful
@given(
    st.integers(0, 10_000),
    st.none() | st.floats(0.1, 1.0),
    st.sampled_from(["least", "most"]),
    st.booleans(),
    st.booleans(),
)
def test_no_limit_moves_by_a_step_where_the_total_just_stops_fitting(
    seed: int, change: float | None, edge: str, reserve: bool, locks: bool
) -> None:
    curves, today = company(seed)
    locked = {"c0": today[0] * 1.2} if locks else {}
    free = [c for c in curves if c.channel not in locked]
    x = np.inf if change is None else change
    ends = {
        "least": sum(c.spend_today * max(1 - x, 0.0) for c in free),
        "most": sum(min(c.spend_today * (1 + x), max(c.spend_high * 1.5, c.spend_today)) for c in free),
    }
    total = (ends[edge] + sum(locked.values())) / (0.7 if reserve else 1.0)

    def limits(times: float) -> np.ndarray:
        brief = Brief(
            total=total * times, change=change, objective="revenue", reserve=0.3 if reserve else None, locked=locked
        )
        return np.array([[one.low, one.high] for one in limits_of(brief, curves) if one.channel is not None])

    below, above = limits(1 - 1e-7), limits(1 + 1e-7)
    finite = np.isfinite(above)
    assert (np.isfinite(below) == finite).all()
    assert np.abs(above[finite] - below[finite]).max() <= 1e-5 * total


@lawful
@given(st.integers(0, 10_000), st.floats(0.1, 0.9), st.floats(0.05, 6.0))
def test_how_far_a_limit_moves_with_the_total_is_its_slope(seed: int, change: float, times: float) -> None:
    curves, today = company(seed)
    total, step = times * today.sum(), 1e-5 * today.sum()

    def limits(at: float) -> list[Limit]:
        return [one for one in limits_of(Brief(total=at, change=change, objective="revenue"), curves) if one.channel]

    for before, one, after in zip(limits(total - step), limits(total), limits(total + step), strict=True):
        for end in ("low", "high"):
            moved, slope = (getattr(after, end) - getattr(before, end)) / (2 * step), getattr(one, f"{end}_by_total")
            if np.isfinite(moved):
                assert moved == pytest.approx(slope, abs=1e-3 * max(1.0, slope))


@lawful
@given(st.integers(0, 10_000), st.floats(0.4, 3.0), st.floats(1.0, 5.0))
def test_profit_is_never_forced_out_by_a_larger_total(seed: int, times: float, more: float) -> None:
    curves, today = company(seed)
    value = [make_plan(curves, Brief(total=t * today.sum(), margin=0.6)).value for t in (times, times * more)]
    assert value[1] >= value[0] - 1e-5 * abs(value[0])


@lawful
@given(st.integers(0, 10_000), st.sampled_from(AIMS), st.booleans(), st.floats(0.0, 4.0), st.floats(0.4, 3.0))
def test_one_more_limit_never_makes_a_plan_better(seed: int, aim: str, is_least: bool, at: float, times: float) -> None:
    curves, today = company(seed)
    brief = {"total": times * today.sum(), "objective": aim, "margin": 0.6}
    plain = make_plan(curves, Brief(**brief))
    base = float(measured_from(plain.brief, curves)[0] / today[0])
    at = min(at, 1.5 * base) if is_least else max(at, 0.5 * base)  # beyond ± 50 % it stands over it, like a lock
    limit = {"least" if is_least else "most": {"c0": at * today[0]}}
    try:
        limited = make_plan(curves, Brief(**brief, **limit))
    except Exception as error:  # what cannot be kept is no better either
        assert type(error).__name__ == "Unreachable"
        return
    assert limited.value <= plain.value + 2e-5 * abs(plain.value)
    slack = 1 + 1e-6
    assert base * 0.5 / slack <= limited.spend[0] / today[0] <= base * 1.5 * slack


def test_a_free_total_is_what_the_best_plan_within_plus_and_minus_x_spends() -> None:
    curves, today = company(8)
    free = make_plan(curves, Brief(total=today.sum(), change=0.5, margin=0.6, chooses_total=True))
    enough = make_plan(curves, Brief(total=today.sum() * 1.5, change=0.5, margin=0.6))
    assert free.value == pytest.approx(enough.value) and free.unspent == 0
    assert not [one for one in free.binding if one.limit.channel is None]
    held = make_plan(curves, Brief(total=today.sum(), change=0.5, margin=0.6, chooses_total=True, reserve=0.3))
    assert held.spend == pytest.approx(free.spend)
    assert held.unspent == pytest.approx(0.3 * (held.spend.sum() + held.unspent))


@pytest.mark.parametrize(("limit", "at"), [("least", 1.8), ("most", 0.2)])
def test_a_limit_beyond_plus_and_minus_x_stands_over_it_as_far_as_it_says(limit: str, at: float) -> None:
    curves, today = company(3)
    brief = Brief(total=today.sum() * 2, change=0.5, margin=0.6, **{limit: {"c1": at * today[1]}})
    assert make_plan(curves, brief).allocation["c1"] == pytest.approx(at * today[1])

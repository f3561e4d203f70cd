"""Independent answers to the budget's numbers: plain loops, scipy's SLSQP, a brute-force grid, scikit-learn's GLM."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import PoissonRegressor

from omnidash.budget import ChannelCurve, Draws, Interval, ResponseCurve, what_if
from omnidash.budget.regression import controls, fit_log_linear
from tests.budget_plans import best_plan


def random_curves(rng: np.random.Generator, count: int, draws: int = 40) -> list[ChannelCurve]:
    made = []
    for i in range(count):
        beta = rng.uniform(0.1, 0.9, draws)
        spend, revenue = rng.uniform(20, 500), rng.uniform(20, 1500)
        made.append(
            ChannelCurve(
                channel=f"c{i}",
                identified=True,
                reason=None,
                spend_low=spend / 2,
                spend_high=spend * 2,
                spend_today=spend,
                revenue_today=revenue,
                elasticity=float(beta.mean()),
                elasticity_interval=Interval.of(beta),
                carryover=0.0,
                r2_cv=None,
                days=60,
                draws=Draws(level=revenue * rng.uniform(0.7, 1.3, draws), elasticity=beta),
            )
        )
    return made


def slow_revenue(curve: ChannelCurve, spend: float) -> float:
    """Mean over the draws, one at a time."""
    total = 0.0
    for level, beta in zip(curve.draws.level, curve.draws.elasticity, strict=True):
        total += level * math.pow(spend / curve.spend_today, beta)
    return total / len(curve.draws.level)


def test_what_if_equals_a_loop_over_draws_and_channels() -> None:
    rng = np.random.default_rng(11)
    curves = random_curves(rng, 5)
    allocation = {c.channel: c.spend_today * rng.uniform(0.5, 1.5) for c in curves}
    margin, days = 0.45, 28
    gains = []
    for d in range(40):
        gain = 0.0
        for c in curves:
            new = c.draws.level[d] * (allocation[c.channel] / c.spend_today) ** c.draws.elasticity[d]
            cost = allocation[c.channel] - c.spend_today
            gain += days * (margin * (new - c.draws.level[d]) - cost)
        gains.append(gain)
    ordered = sorted(gains)

    def quantile(q: float) -> float:
        place = q * (len(ordered) - 1)
        k = min(int(place), len(ordered) - 2)
        return ordered[k] + (place - k) * (ordered[k + 1] - ordered[k])

    answer = what_if(curves, allocation, margin=margin, days=days).total
    assert answer.profit_change.low == pytest.approx(quantile(0.1))
    assert answer.profit_change.median == pytest.approx(quantile(0.5))
    assert answer.profit_change.high == pytest.approx(quantile(0.9))
    assert answer.p_better == pytest.approx(sum(g > 0 for g in gains) / 40)
    assert answer.profit_new - answer.profit_today == pytest.approx(sum(gains) / 40)
    assert answer.revenue_new == pytest.approx(days * sum(slow_revenue(c, allocation[c.channel]) for c in curves))


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("objective", ["profit", "revenue"])
def test_the_plan_is_as_good_as_what_slsqp_finds(seed: int, objective: str) -> None:
    rng = np.random.default_rng(seed)
    curves = random_curves(rng, int(rng.integers(2, 9)))
    today = np.array([c.spend_today for c in curves])
    low, high = today * rng.uniform(0.0, 0.9, len(today)), today * rng.uniform(1.1, 3.0, len(today))
    total = float(rng.uniform(low.sum() * 1.01, high.sum() * 0.99))
    margin = float(rng.uniform(0.2, 1.0))
    cost = 1.0 if objective == "profit" else 0.0

    def loss(x: np.ndarray) -> float:
        return -sum(margin * slow_revenue(c, s) - cost * s for c, s in zip(curves, x, strict=True))

    kind = "ineq" if objective == "profit" else "eq"
    start = low + (high - low) * (total - low.sum()) / (high.sum() - low.sum())
    found = minimize(
        loss,
        start,
        method="SLSQP",
        bounds=list(zip(np.maximum(low, 1e-6), high, strict=True)),
        constraints=[{"type": kind, "fun": lambda x: total - x.sum()}],
        options={"ftol": 1e-12, "maxiter": 300},
    )
    plan = best_plan(
        curves,
        total,
        lower={c.channel: a for c, a in zip(curves, low, strict=True)},
        upper={c.channel: b for c, b in zip(curves, high, strict=True)},
        objective=objective,
        margin=margin,
    )
    ours = -loss(np.array(list(plan.allocation.values())))
    value = plan.value * (margin if objective == "revenue" else 1.0)
    assert ours == pytest.approx(value, rel=1e-6, abs=1e-6)
    assert ours >= -found.fun - 1e-5 * abs(found.fun)
    assert ours == pytest.approx(-found.fun, rel=1e-4)
    assert plan.gap <= 1e-5
    stopped = {one.limit.channel for one in plan.binding}
    marginal = [m for c, m in zip(plan.channels, plan.marginal, strict=True) if c not in stopped]
    if objective == "revenue":
        assert max(marginal, default=0) - min(marginal, default=0) <= 1e-2 * max(marginal, default=1)


def test_the_price_of_the_budget_is_what_one_more_unit_brings() -> None:
    curves = random_curves(np.random.default_rng(3), 6)
    total = 0.9 * sum(c.spend_today for c in curves)
    wide = {"lower": {c.channel: 0.0 for c in curves}, "upper": {c.channel: 1e6 for c in curves}}
    plan = best_plan(curves, total, objective="revenue", **wide)
    step = 1e-3 * total
    below = best_plan(curves, total - step, objective="revenue", **wide).value
    above = best_plan(curves, total + step, objective="revenue", **wide).value
    price = next(one.price for one in plan.binding if one.limit.kind == "total")
    assert price == pytest.approx((above - below) / (2 * step), rel=0.01)


def test_no_point_of_a_fine_grid_beats_the_plan() -> None:
    curves = random_curves(np.random.default_rng(8), 3)
    lower = {c.channel: 0.5 * c.spend_today for c in curves}
    upper = {c.channel: 1.5 * c.spend_today for c in curves}
    total = sum(c.spend_today for c in curves)
    plan = best_plan(curves, total, objective="revenue")
    best = 0.0
    grids = [np.linspace(lower[c.channel], upper[c.channel], 60) for c in curves[:2]]
    for a, b in product(*grids):
        rest = total - a - b
        if lower["c2"] <= rest <= upper["c2"]:
            best = max(best, sum(slow_revenue(c, s) for c, s in zip(curves, (a, b, rest), strict=True)))
    assert best <= plan.value * (1 + 1e-6)
    assert best >= plan.value * 0.997  # the grid is 2 % wide


def test_the_elasticity_equals_scikit_learns_poisson_regression() -> None:
    """Another implementation of the same likelihood, without the tiny ridge on weekdays."""
    rng = np.random.default_rng(21)
    day = np.arange(112)
    spend = 80 * np.exp(rng.normal(0, 0.5, 112))
    revenue = 30 * (spend / 80) ** 0.45 * np.exp(0.3 * (day % 7 == 5)) * rng.gamma(4, 0.25, 112)
    revenue[rng.random(112) < 0.2] = 0.0
    control = controls(day, first_day=0, last_day=111)
    fitted = fit_log_linear(revenue, control, np.log(spend))
    design = np.column_stack([control[:, 1:], np.log(spend)])
    reference = PoissonRegressor(alpha=0.0, tol=1e-10, max_iter=5000).fit(design, revenue)
    assert fitted.elasticity == pytest.approx(reference.coef_[-1], abs=2e-3)
    mean = np.exp(control @ fitted.control_coefficients + fitted.elasticity * np.log(spend))
    assert mean == pytest.approx(reference.predict(design), rel=0.02)
    assert mean.sum() == pytest.approx(revenue.sum(), rel=1e-6)


def test_the_standard_error_is_about_the_spread_over_repeated_worlds() -> None:
    """300 histories of the same curve: their estimates spread as much as each claims to be unsure."""
    rng = np.random.default_rng(2)
    day = np.arange(120)
    control = controls(day, first_day=0, last_day=119)
    estimates, claimed = [], []
    for _ in range(300):
        log_spend = rng.normal(0, 0.4, 120)
        revenue = 50 * np.exp(0.6 * log_spend) * rng.gamma(8, 1 / 8, 120)
        fitted = fit_log_linear(revenue, control, log_spend)
        estimates.append(fitted.elasticity)
        claimed.append(fitted.standard_error)
    assert np.mean(estimates) == pytest.approx(0.6, abs=0.03)
    assert np.mean(claimed) == pytest.approx(np.std(estimates), rel=0.25)


def test_the_posterior_is_prior_times_likelihood() -> None:
    """Bayes' rule written out for a single carry-over, with math.gamma instead of scipy."""
    rng = np.random.default_rng(4)
    spend = 100 * np.exp(rng.normal(0, 0.3, 60))
    revenue = 40 * (spend / 100) ** 0.4 * rng.gamma(6, 1 / 6, 60)
    estimator = ResponseCurve(carryovers=(0.0,)).fit(np.column_stack([np.arange(60), spend]), revenue)
    control = controls(np.arange(60), first_day=0, last_day=59)
    fit = fit_log_linear(revenue, control, np.log(spend))
    beta_function = math.gamma(3) * math.gamma(2) / math.gamma(5)
    weights, values = [], []
    for i in range(1, 2000):
        beta = i / 2000
        prior = beta**2 * (1 - beta) / beta_function
        t = (beta - fit.elasticity) / fit.standard_error
        degrees = 60 - control.shape[1] - 1
        weights.append(prior * (1 + t * t / degrees) ** (-(degrees + 1) / 2))
        values.append(beta)
    expected = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    assert estimator.elasticity_ == pytest.approx(expected, abs=2e-3)

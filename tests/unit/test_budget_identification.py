"""What the media mix says of a channel's return: when its level is uncertain, and what an unseen driver could do."""

from types import SimpleNamespace

import numpy as np
import pytest

from omnidash.budget.identification import LEVEL_KNOWN, Sensitivity, level_uncertain, sensitivities

DAYS = 400
SURE = Sensitivity(robustness=0.5, shift=0.3)


def said(returned: np.ndarray, sensitivity: Sensitivity | None = SURE) -> str:
    doubt = level_uncertain(returned, sensitivity)
    return "" if doubt is None else doubt.english()


def around(expected: float, off: float) -> np.ndarray:
    """Draws whose middle 80 % reach ``off`` around what is expected."""
    return expected * (1 + off * np.linspace(-1.25, 1.25, 401))


def test_a_return_is_known_when_its_interval_is_narrow_and_nothing_speaks_against_it() -> None:
    assert said(around(3.0, 0.14)) == ""
    assert "is likely (80%), more than" in said(around(3.0, 0.16))
    assert "nothing unseen" in said(around(3.0, 0.05), Sensitivity(robustness=0.2, shift=0.3))
    assert "move more freely" in said(around(3.0, 0.05), Sensitivity(robustness=0.5, shift=2.5))


def test_what_an_experiment_has_told_no_unseen_driver_can_touch() -> None:
    assert said(around(3.0, 0.05), None) == ""
    assert "lift test" in said(around(3.0, 0.3), None)


def judged(spend: np.ndarray, sales: np.ndarray, rho: float = 0.0) -> Sensitivity:
    """Of one channel whose draws all say the same, beside a level and a trend."""
    day = np.arange(len(sales), dtype=float)
    base = np.column_stack([np.ones(len(sales)), day])
    fitted = SimpleNamespace(autocorrelation_=rho, base=lambda _features: (base, None))
    features = np.column_stack([day, spend])
    return sensitivities(fitted, np.array([spend[:, None]] * 3), features, sales)[0]  # type: ignore[arg-type]


def left_of(series: np.ndarray, *explained_by: np.ndarray) -> np.ndarray:
    rows = np.column_stack([np.ones(len(series)), np.arange(len(series)), *explained_by])
    return series - rows @ np.linalg.lstsq(rows, series, rcond=None)[0]


def test_of_spend_that_never_moved_alone_nothing_can_be_said() -> None:
    sales = np.random.default_rng(1).normal(5, 1, DAYS)
    for spend in (np.full(DAYS, 3.0), 1.0 + np.arange(DAYS) / 7):
        assert judged(spend, sales) == Sensitivity(robustness=0.0, shift=0.0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_driver_as_strong_as_the_robustness_says_moves_the_return_by_the_bound(seed: int) -> None:
    """One is built that explains just that share of what is left of spend, and of sales beyond spend."""
    rng = np.random.default_rng(seed)
    spend = rng.gamma(4, 1, DAYS)
    sales = 5 + spend + rng.normal(0, 1.5, DAYS)
    share = judged(spend, sales).robustness
    own = left_of(spend)
    beyond, noise = left_of(sales, spend), left_of(rng.normal(0, 1, DAYS), spend, sales)
    unit = [part / np.linalg.norm(part) for part in (own, beyond, noise)]
    # R² with spend: a²; with sales beyond spend: b² / (1 − a²). Both are to be the share.
    a, b = np.sqrt(share), np.sqrt(share * (1 - share))
    driver = a * unit[0] + b * unit[1] + np.sqrt(1 - a**2 - b**2) * unit[2]

    def effect(*known: np.ndarray) -> float:
        spend_left, sales_left = left_of(spend, *known), left_of(sales, *known)
        return float(spend_left @ sales_left / (spend_left @ spend_left))

    assert abs(effect(driver) / effect() - 1) * effect() == pytest.approx(LEVEL_KNOWN, rel=1e-6)


def test_a_base_that_may_move_freely_changes_a_return_by_chance_only_unless_something_slow_moved_both() -> None:
    rng = np.random.default_rng(5)
    calm, moved = [], []
    for _ in range(200):
        spend = rng.gamma(4, 1, DAYS)
        sales = 5 + spend + rng.normal(0, 2, DAYS)
        slow = np.sin(2 * np.pi * np.arange(DAYS) / 90 + rng.uniform(0, 6))
        calm.append(judged(spend, sales).shift)
        moved.append(judged(spend + slow, sales + 2 * slow).shift)
    assert np.mean(np.array(calm) > 2) == pytest.approx(0.05, abs=0.04)
    assert np.mean(np.array(moved) > 2) > 0.9

"""What the media mix says of a channel's return: when its level is uncertain, and what an unseen driver could do."""

from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from omnidash.budget.identification import LEVEL_KNOWN, Sensitivity, level_uncertain, sensitivities
from omnidash.budget.media_mix import MediaMix
from omnidash.budget.mix_curves import mix_curves
from omnidash.model.messages import Message
from omnidash.model.period import Period

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


def test_of_a_wide_interval_and_a_shift_the_one_that_explains_more_is_told() -> None:
    wide = around(3.0, 0.3)
    assert "move more freely" in said(wide, Sensitivity(robustness=0.1, shift=3.5, moved=0.1)), "no chance any more"
    assert "is likely (80%), more" in said(wide, Sensitivity(robustness=0.1, shift=9.0, moved=0.1, led_by=1))
    assert "is likely (80%), more than" in said(wide, Sensitivity(robustness=0.1, shift=2.5, moved=0.1))
    assert "move more freely" in said(wide, Sensitivity(robustness=0.1, shift=2.5, moved=0.4))
    assert "move more freely" in said(around(3.0, 0.1), Sensitivity(robustness=0.1, shift=2.5, moved=0.05))
    led = level_uncertain(wide, Sensitivity(robustness=0.1, shift=9.0, moved=0.4, led_by=1), ["a", "b"])
    assert led is not None and led.values["channel"] == "b"


def doubts_of(seed: int, *, together: float = 0.0, driver: float = 0.0, noise: float = 60.0) -> list[Message | None]:
    """What is said of two channels of a company, *a* and *b*, by the media mix. ``together``: share of what moves both
    alike; ``driver``: of a slow one that nobody sees and that moves a's spend, and sales."""
    rng, day = np.random.default_rng(seed), np.arange(500)
    alike, *own = rng.gamma(4, 25, (3, len(day)))
    slow = driver * np.sin(2 * np.pi * day / 90 + rng.uniform(0, 6))
    spend = [together * alike + (1 - together) * one for one in own]
    spend[0] = spend[0] * (1 + 0.6 * slow)
    brought = 600 * (spend[0] / 100) ** 0.7 + 400 * (spend[1] / 100) ** 0.7
    sales = 1000 + brought + 400 * slow + rng.normal(0, noise, len(day))
    first = date(2025, 1, 1)
    days = [first + timedelta(days=int(d)) for d in day]
    rows = [("a", spend[0], 0.0), ("b", spend[1], 0.0), ("(direct)", np.zeros(len(day)), 1.0)]
    table = pl.concat(
        pl.DataFrame({"day": days, "spend": x, "revenue": sales * part}).with_columns(
            channel=pl.lit(name), has_spend=pl.lit(part == 0)
        )
        for name, x, part in rows
    )
    quick = MediaMix(draws=100, warm_up=100, thin=1, delayed=True)
    curves = mix_curves(table, Period(first_day=days[-90], last_day=days[-1]), estimator=quick)
    assert all(curve.identified for curve in curves)
    return [curve.level_doubt for curve in curves]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_in_a_noisy_company_whose_channels_move_together_the_interval_is_the_reason(seed: int) -> None:
    for doubt in doubts_of(seed, together=0.8, noise=200.0):
        assert doubt is not None and "is likely (80%), more than" in doubt.english()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_an_unseen_driver_of_one_channel_is_told_of_it_and_of_who_moved_with_it(seed: int) -> None:
    moved, beside = doubts_of(seed, together=0.7, driver=1.0)
    assert moved is not None and "moved spend and sales alike" in moved.english()
    assert beside is not None and beside.values["channel"] == "a", "b's own spend has nothing to do with the driver"


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_an_unseen_driver_is_not_blamed_on_a_channel_that_moved_apart_from_it(seed: int) -> None:
    moved, apart = doubts_of(seed, driver=1.0, noise=100.0)
    assert moved is not None and "moved spend and sales alike" in moved.english()
    assert apart is None or "moved spend and sales alike" not in apart.english()


def test_where_nothing_was_seen_the_reason_is_what_may_be() -> None:
    doubts = [one for seed in (0, 1, 2) for one in doubts_of(seed, together=0.8) if one is not None]
    assert any("if nothing unseen moved" in one.english() for one in doubts)
    assert not any("move more freely" in one.english() for one in doubts)


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

"""What the media mix learns beside the curves: what channels have in common, and how much sales move without media."""

import numpy as np
import pytest

from omnidash.budget.media_mix import MediaMix
from omnidash.budget.media_pool import BaseSpreads, Pool, PoolPrior
from omnidash.budget.media_sampler import saturate

DAY_ONE = 20_089
PRIOR = PoolPrior(median=0.5, sd=0.8, spread=0.6)


def test_centre_and_spread_are_drawn_as_often_as_they_are_likely() -> None:
    """Simulation-based calibration (Talts et al. 2018): among draws given values made with a centre and spread from
    the prior, the truth has any rank equally often. The values lie within bounds, which cut off a good part."""
    rng = np.random.default_rng(8)
    low, high, worlds, draws = -0.4, 1.5, 600, 19
    ranks = np.zeros((2, draws + 1))
    prior = np.exp(Pool(PRIOR, low, high).log_prior)
    for _ in range(worlds):
        pool = Pool(PRIOR, low, high)
        centre, spread = np.unravel_index(rng.choice(prior.size, p=prior.ravel() / prior.sum()), prior.shape)
        true_centre, true_spread = pool.centres[centre], pool.spreads[spread]
        values = np.empty(0)
        while len(values) < 5:
            more = rng.normal(true_centre, true_spread, 40)
            values = np.append(values, more[(more > low) & (more < high)])[:5]
        found = []
        for _ in range(draws):
            pool.learn(rng, values)
            # A hair of noise: values on a grid tie with the truth.
            found.append((pool.centre + rng.normal(0, 1e-9), pool.spread + rng.normal(0, 1e-9)))
        ranks[0, sum(c < true_centre for c, _ in found)] += 1
        ranks[1, sum(s < true_spread for _, s in found)] += 1
    expected = worlds / (draws + 1)
    for row in ranks:  # chi-square with 19 degrees of freedom: above 44 once in 1,000
        assert ((row - expected) ** 2 / expected).sum() < 44


def test_channels_alike_draw_the_spread_in_and_channels_that_differ_leave_it_wide() -> None:
    rng = np.random.default_rng(1)

    def spread(values: np.ndarray) -> float:
        pool, found = Pool(PRIOR), []
        for _ in range(200):
            pool.learn(rng, values)
            found.append(pool.spread)
        return float(np.mean(found))

    alike, apart = np.full(8, 0.9) + rng.normal(0, 0.05, 8), np.linspace(-0.8, 1.8, 8)
    assert spread(alike) < 0.3 * spread(apart)
    assert spread(apart) == pytest.approx(apart.std(ddof=1), rel=0.3)


def test_a_flat_base_is_believed_to_be_flat_and_a_restless_one_is_not() -> None:
    rng = np.random.default_rng(2)
    spreads = BaseSpreads(np.array([10.0, *[0.5] * 6, *[0.2] * 6]), np.array([-1, *[0] * 6, *[2] * 6]))
    found = []
    for _ in range(300):
        spreads.learn(rng, np.array([1.0, *[0.005, -0.005] * 3, *[0.6, -0.6] * 3]))
        found.append(spreads.sd)
    level, flat, restless = np.median(found, axis=0)[[0, 1, 7]]
    assert level == 10.0
    assert flat < 0.02
    assert restless == pytest.approx(0.6, rel=0.4)


def test_the_media_mix_finds_how_much_weekdays_move_sales() -> None:
    rng = np.random.default_rng(6)
    day = np.arange(300)
    spend = 100 * np.exp(np.repeat(rng.normal(0, 0.5, 30), 10))
    steady = 1000 + 2 * spend + rng.normal(0, 30, 300)
    features = np.column_stack([DAY_ONE + day, spend])

    def weekdays(revenue: np.ndarray) -> float:
        model = MediaMix(draws=60, warm_up=60, thin=1).fit(features, revenue)
        return float(model.base_sd_[:, -6:].mean())  # less than a year: weekdays stand last

    assert weekdays(steady + 400 * np.sin(2 * np.pi * day / 7)) > 5 * weekdays(steady)


def test_channels_that_are_seen_tell_what_one_that_never_varied_is_like() -> None:
    """Two channels with an effect that needs a least spend: the third is believed to need one more often than when two
    concave ones stand beside it."""
    rng = np.random.default_rng(12)
    day = np.arange(300)
    seen = 100 * np.exp(np.repeat(rng.normal(0, 0.9, (60, 2)), 5, axis=0) + rng.normal(0, 0.2, (300, 2)))
    noise = rng.normal(0, 40, 300)

    def share_s_shaped(shape: float) -> float:
        revenue = 1500 + 800 * saturate(seen, 120.0, shape, "hill").sum(axis=1) + noise
        features = np.column_stack([DAY_ONE + day, seen, np.full(300, 100.0)])
        model = MediaMix(draws=300, warm_up=100, thin=1).fit(features, revenue)
        return float((model.shape_[:, 2] > 1.2).mean())

    assert share_s_shaped(2.4) > share_s_shaped(0.8) + 0.2


def test_two_channels_are_not_drawn_together() -> None:
    """One saturates early, the other late: each keeps its own half-saturation, as it does fitted without the other."""
    rng = np.random.default_rng(3)
    day = np.arange(400)
    spend = 100 * np.exp(np.repeat(rng.normal(0, 0.9, (80, 2)), 5, axis=0) + rng.normal(0, 0.2, (400, 2)))
    brought = 900 * saturate(spend[:, 0], 30.0, 1.0, "hill") + 900 * saturate(spend[:, 1], 400.0, 1.0, "hill")
    model = MediaMix(draws=300, warm_up=100, thin=1)
    model.fit(np.column_stack([DAY_ONE + day, spend]), 1500 + brought + rng.normal(0, 30, 400))
    early, late = np.median(model.half_, axis=0)
    assert late > 5 * early
    assert Pool(PoolPrior(median=0.0, sd=0.6, spread=0.8)).spread == 0.8
    alone = Pool(PoolPrior(median=0.0, sd=0.6, spread=0.8))
    alone.stand_alone()
    assert alone.spread == pytest.approx(1.0)

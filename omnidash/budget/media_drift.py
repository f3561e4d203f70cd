"""How much a channel's effect in some days differs from its effect over all days.

A media mix has one curve per channel for all its history; real effects move, one campaign works better than the next.
What they left over in whole stretches of days is more than noise leaves: their spread τ between stretches is learned
from that, as in a meta-analysis of stretches (random effects, DerSimonian & Laird 1986), one τ for all channels, with a
half-normal prior (Röver et al. 2021). The effects of the days asked for are then drawn given the revenue of these days,
so that "today" is today's effect where revenue shows it, and uncertain by τ where it does not.
"""

import numpy as np
import numpy.typing as npt

from omnidash.budget.media_mix import MediaMix

Floats = npt.NDArray[np.float64]

DRIFT_SD = 0.1  # prior of τ, relative to the effect
SPREADS = np.linspace(0.0, 1.0, 101)
LEAST_DAYS = 7  # a stretch is a business week at least
FLOOR = 0.05  # an effect does not vanish


def relative_effect(
    fitted: MediaMix, media: Floats, features: Floats, revenue: Floats, within: npt.NDArray[np.bool_]
) -> Floats:
    """Effect of each channel on the days ``within`` relative to its effect over all days, float64 [draws, channels].

    ``features`` and ``revenue``: X and y as fitted; ``media``: what ``fitted.media`` says of them; ``within``: bool
    [n], one stretch of days.
    """
    draws, days, channels = media.shape
    if not within.any():
        return np.ones((draws, channels))
    rng = np.random.default_rng([fitted.seed, 1])
    base, coefficients = fitted.base(features)
    rho = fitted.autocorrelation_
    stretch = (np.arange(days) - int(np.argmax(within))) // max(int(within.sum()), LEAST_DAYS)
    left = less_day_before(revenue - media.mean(axis=0).sum(axis=1) - base @ coefficients.mean(axis=0), rho)
    noise = max(float(left @ left) / days, 1e-300)
    spreads = _spreads(less_day_before(media.mean(axis=0), rho), less_day_before(base, rho), left, stretch, noise)
    relative = np.ones((draws, channels))
    drawn = rng.choice(SPREADS, size=draws, p=spreads)
    for d in np.flatnonzero(drawn > 0):
        left = less_day_before(revenue - media[d].sum(axis=1) - base @ coefficients[d], rho)[within]
        rows = _around_mean(less_day_before(media[d], rho)[within])
        precision = rows.T @ rows / noise + np.eye(channels) / drawn[d] ** 2
        centre = np.linalg.solve(precision, rows.T @ left / noise)
        relative[d] += centre + np.linalg.solve(np.linalg.cholesky(precision).T, rng.standard_normal(channels))
    return np.maximum(relative, FLOOR)


def _spreads(rows: Floats, base: Floats, left: Floats, stretch: npt.NDArray[np.int64], noise: float) -> Floats:
    """Posterior of τ on ``SPREADS``, from how far each channel's effect is off in each stretch."""
    rows = rows - base @ np.linalg.lstsq(base, rows, rcond=None)[0]
    off, variance = [], []
    for k in np.unique(stretch):
        # All sales higher or lower in a stretch says nothing of channels: only their own ups and downs do.
        own = _around_mean(rows[stretch == k])
        strength = (own**2).sum(axis=0)
        known = strength > 0
        off.append((own.T @ left[stretch == k])[known] / strength[known])
        variance.append(noise / strength[known])
    total = SPREADS[:, None] ** 2 + np.concatenate(variance)
    density = -0.5 * (np.concatenate(off) ** 2 / total + np.log(total)).sum(axis=1) - 0.5 * (SPREADS / DRIFT_SD) ** 2
    weight = np.exp(density - density.max())
    return np.asarray(weight / weight.sum())


def less_day_before(series: Floats, rho: float) -> Floats:
    """Every day less ``rho`` times the day before, float64 [n, …]: neighbouring days' likeness taken out."""
    return np.concatenate([series[:1] * np.sqrt(1 - rho**2), series[1:] - rho * series[:-1]])


def _around_mean(rows: Floats) -> Floats:
    return np.asarray(rows - rows.mean(axis=0))

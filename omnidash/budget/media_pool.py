"""What is learned beside the curves: what channels have in common, and how much sales move without media.

*Pool*: a number of every channel's curve (the log of its half-saturation, shape or return) is normal around a centre
common to all channels, with a common spread, within the bounds of the number. Centre and spread are drawn with the
curves, so channels that are seen well tell what those that are not are likely to be like (a hierarchical model, Gelman
& Hill 2006). Two channels tell nothing of a spread and would only be drawn together, so curves of fewer than
``FEWEST_POOLED`` stand alone. *Base spreads*: how far the coefficients of one group (bends of the trend, weekdays, one
harmonic of the season) lie from 0 is drawn from themselves, so that a flat base is believed to be flat and a restless
one is not explained by media.

Both are drawn exactly on a grid of values (griddy Gibbs, Ritter & Tanner 1992). The spread of a pool is log-normal:
with three channels the data hardly exclude 0, and a prior that allows it would make channels alike that nobody saw
(Chung et al. 2013). Spreads of the base are half-Cauchy: 0 is a likely answer there (Gelman 2006).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]

FEWEST_POOLED = 3  # channels
CENTRES = 61
SPREADS = np.linspace(0.1, 3.0, 30)  # multiples of a pool's usual spread
SPREAD_SD = 0.4  # in logs: how far a pool's spread may be from the usual one
BASE_SPREADS = np.geomspace(0.01, 5.0, 60)  # multiples of what a group of the base is expected to spread


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPrior:
    """Of a number of the curves: where its centre may be (normal: ``median``, ``sd``) and the median of its spread over
    channels (log-normal)."""

    median: float
    sd: float
    spread: float


class Pool:
    """Centre and spread over channels of one number of the curves, which lies in ``low … high`` (may be infinite)."""

    def __init__(self, prior: PoolPrior, low: float = -np.inf, high: float = np.inf) -> None:
        self.prior = prior
        first, last = max(low, prior.median - 3 * prior.sd), min(high, prior.median + 3 * prior.sd)
        self.centres = np.linspace(first, last, CENTRES)
        self.spreads = prior.spread * SPREADS
        above, below = ((end - self.centres[:, None]) / self.spreads for end in (high, low))
        # A normal density cut to the bounds is higher by the share it has within them.
        self.log_share = np.log((ndtr(above) - ndtr(below)) * self.spreads)
        spread = -0.5 * (np.log(SPREADS) / SPREAD_SD) ** 2 - np.log(SPREADS)
        self.log_prior = -0.5 * ((self.centres - prior.median) / prior.sd)[:, None] ** 2 + spread
        self.centre, self.spread = prior.median, prior.spread

    def stand_alone(self) -> None:
        """Take each number by itself: the centre is not learned, and what is not known of it widens the spread."""
        self.spread = float(np.hypot(self.prior.sd, self.prior.spread))

    def log_density(self, value: Floats) -> Floats:
        """Log prior density of a channel's number given centre and spread, without what does not depend on it."""
        return np.asarray(-0.5 * ((value - self.centre) / self.spread) ** 2)

    def learn(self, rng: np.random.Generator, values: Floats) -> None:
        """Draw centre and spread given every channel's number, float64 [channels]."""
        count, mean = len(values), float(values.mean())
        squares = float(((values - mean) ** 2).sum()) + count * (self.centres - mean) ** 2
        density = self.log_prior - 0.5 * squares[:, None] / self.spreads**2 - count * self.log_share
        centre, spread = np.unravel_index(_drawn(rng, density.ravel()), density.shape)
        self.centre, self.spread = float(self.centres[centre]), float(self.spreads[spread])


class BaseSpreads:
    """Spread of each coefficient of the base. ``expected``: float64 [columns]; ``group``: int [columns], the group a
    column shares its spread with, −1: stays as expected."""

    def __init__(self, expected: Floats, group: npt.NDArray[np.int64]) -> None:
        self.expected, self.group = expected, group
        self.factor = np.ones(int(group.max(initial=-1)) + 1)
        # Half-Cauchy; the values lie in geometric steps, so that each stands for a stretch as long as itself.
        self.log_prior = np.log(BASE_SPREADS) - np.log1p(BASE_SPREADS**2)

    @property
    def sd(self) -> Floats:
        """Standard deviation of every coefficient in the current draw, float64 [columns]."""
        return self.expected * np.where(self.group < 0, 1.0, np.append(self.factor, 1.0)[self.group])

    def learn(self, rng: np.random.Generator, coefficients: Floats) -> None:
        """Draw every group's spread given the coefficients, float64 [columns]."""
        relative = (coefficients / self.expected) ** 2
        for g in range(len(self.factor)):
            own = self.group == g
            density = self.log_prior - own.sum() * np.log(BASE_SPREADS) - 0.5 * relative[own].sum() / BASE_SPREADS**2
            self.factor[g] = BASE_SPREADS[_drawn(rng, density)]


def _drawn(rng: np.random.Generator, log_density: Floats) -> int:
    """Index of a value drawn as likely as its density says."""
    running = np.cumsum(np.exp(log_density - log_density.max()))
    return min(int(np.searchsorted(running, rng.random() * running[-1])), len(running) - 1)

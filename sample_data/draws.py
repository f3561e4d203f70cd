"""Random numbers that stay the same for years.

numpy promises the stream of a bit generator and of ``random()``, but not of its distributions. Every draw here
is therefore a plain function of uniform numbers, and every topic has a stream of its own: a new draw in one part of
the world leaves all others as they were.
"""

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Draws:
    """The stream of one topic: ``Draws(seed, "spend")``."""

    def __init__(self, seed: int, topic: str) -> None:
        self._generator = np.random.Generator(np.random.PCG64([seed, zlib.crc32(topic.encode())]))

    def uniform(self, shape: int | tuple[int, ...]) -> Floats:
        """Uniform in [0, 1)."""
        return self._generator.random(shape)

    def exponential(self, shape: int | tuple[int, ...]) -> Floats:
        """Mean 1."""
        return -np.log1p(-self.uniform(shape))

    def normal(self, shape: int | tuple[int, ...]) -> Floats:
        """Mean 0, variance 1."""
        # half a step away from 0 and 1, where the inverse is infinite
        return special.ndtri(self.uniform(shape) * (1 - 2**-52) + 2**-54)

    def lognormal(self, shape: int | tuple[int, ...], spread: float) -> Floats:
        """Mean 1; ``spread`` is the standard deviation of the logarithm."""
        return np.exp(spread * self.normal(shape) - spread**2 / 2)

    def poisson(self, mean: Floats) -> Ints:
        """Counts with the given means, any shape."""
        uniform = self.uniform(mean.shape)
        count = np.ceil(special.pdtrik(np.clip(uniform, 1e-12, 1 - 1e-12), np.maximum(mean, 1e-12)) - 1e-9)
        return np.where(mean > 0, np.maximum(count, 0), 0).astype(np.int64)

    def chance(self, probability: Floats) -> NDArray[np.bool_]:
        """True with the given probabilities."""
        return self.uniform(probability.shape) < probability

    def pick(self, weights: Floats | Sequence[float], size: int) -> Ints:
        """Positions 0 … len(weights) - 1 with chances in proportion to the weights."""
        steps = np.cumsum(np.asarray(weights, dtype=np.float64))
        drawn = np.searchsorted(steps, self.uniform(size) * steps[-1], side="right")
        return np.minimum(drawn, len(steps) - 1)

    def pick_in_rows(self, rows: Floats) -> Ints:
        """One position per row of cumulated chances (n, k); k where the draw is beyond the row's last value."""
        return (self.uniform(rows.shape[0])[:, None] >= rows).sum(axis=1)

    def order(self, size: int) -> Ints:
        """A random permutation of 0 … size - 1."""
        return np.argsort(self.uniform(size), kind="stable")

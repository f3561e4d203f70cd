"""Expected revenue of a channel as one smooth function, tabulated once, so that a planner can ask for it often.

The mean over a curve's draws is written down at multiples of today's spend (0 and 320 points in geometric steps up to
``REACH`` times today), with its slope, and read between them by cubic Hermite interpolation: value and slope are exact
at the points, and off by less than 1e-7 of the value between them. Below the first point the curve is a straight line
through zero. A table costs some milliseconds and is kept as long as its curve is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from omnidash.budget.curve import ChannelCurve

Floats = npt.NDArray[np.float64]

REACH = 60.0  # multiples of today's spend; beyond, the curve goes on as a straight line with its last slope
FIRST = 1e-4
RATIOS = np.concatenate([[0.0], np.geomspace(FIRST, REACH, 320)])


@lru_cache(maxsize=1024)
def _table(curve: ChannelCurve) -> tuple[Floats, Floats]:
    """Expected revenue and its derivative by the multiple at ``RATIOS``."""
    value, slope = curve.draws.expected(RATIOS[1:])
    return np.append(0.0, value), np.append(value[0] / FIRST, slope)


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Expected revenue per day of several channels at once; arrays are float64 [channels, points] or [channels]."""

    today: Floats
    value: Floats
    slope: Floats

    @classmethod
    def of(cls, curves: Sequence[ChannelCurve]) -> "Expected":
        """The tables of these curves, in their order."""
        tables = [_table(curve) for curve in curves]
        return cls(
            np.array([curve.spend_today for curve in curves]),
            np.stack([value for value, _ in tables]),
            np.stack([slope for _, slope in tables]),
        )

    def revenue(self, spend: Floats) -> Floats:
        """Expected revenue per day at each spend per day, [channels, points]."""
        return self._read(spend)[0]

    def marginal(self, spend: Floats) -> Floats:
        """Expected revenue of one more unit of spend, [channels, points]."""
        return self._read(spend)[1] / self.today[:, None]

    def _read(self, spend: Floats) -> tuple[Floats, Floats]:
        ratio = spend / self.today[:, None]
        inside = np.clip(ratio, 0.0, REACH)
        k = np.clip(np.searchsorted(RATIOS, inside, side="right") - 1, 0, len(RATIOS) - 2)
        width = RATIOS[k + 1] - RATIOS[k]
        t = (inside - RATIOS[k]) / width
        f0, f1 = np.take_along_axis(self.value, k, axis=1), np.take_along_axis(self.value, k + 1, axis=1)
        d0, d1 = (np.take_along_axis(self.slope, k + i, axis=1) * width for i in (0, 1))
        # The first piece is straight: a curve with infinite slope at zero has no cubic through it.
        d0, d1 = np.where(k == 0, f1 - f0, d0), np.where(k == 0, f1 - f0, d1)
        a, b = 2 * (f0 - f1) + d0 + d1, 3 * (f1 - f0) - 2 * d0 - d1
        value = f0 + t * (d0 + t * (b + t * a))
        slope = (d0 + t * (2 * b + t * 3 * a)) / width
        return value + (ratio - inside) * self.slope[:, -1:], slope

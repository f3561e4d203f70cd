"""Expected curves as straight pieces, cut where they bend: what a linear programme can work with.

Between two cuts a curve is replaced by its chord. Cuts lie so that every chord is about equally close (density ∝
√|curvature|, the optimal rule for chords). ``above`` says by how much a curve rises above its chords at most, measured
on a grid several times finer; pieces raised by it lie nowhere below the curve.

A linear programme fills steep pieces first, which is the right order only where slopes fall. The ``hull`` of the pieces
(the lowest concave line above them) always has falling slopes; where the curve is concave it is the pieces themselves.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnidash.budget.expected import Expected

Floats = npt.NDArray[np.float64]

DENSE = 449  # points on which curvature and the distance to the chords are measured
RISING = 1e-7  # of the steepest slope: a slope that rises by less from piece to piece counts as not rising


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """``cuts``, ``value``: float64 [channels, pieces + 1], spend per day and expected revenue per day; ascending cuts.

    ``above``: float64 [channels]. Channels that cannot move have pieces of width 0.
    """

    cuts: Floats
    value: Floats
    above: Floats

    @property
    def rises(self) -> npt.NDArray[np.bool_]:
        """At which inner cuts the slope rises, [channels, pieces - 1]."""
        width = np.diff(self.cuts, axis=1)
        wide = width > 0
        slope = np.where(wide, np.diff(self.value, axis=1) / np.where(wide, width, 1.0), 0.0)
        limit = RISING * np.abs(slope).max(axis=1, keepdims=True)
        return (slope[:, 1:] > slope[:, :-1] + limit) & wide[:, 1:] & wide[:, :-1]

    def stretch(self, spend: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """The concave stretch of each curve that holds its spend, within ``low`` and ``high``; each [channels]."""
        low, high, rises = low.copy(), high.copy(), self.rises
        for c in range(len(spend)):
            kinks = self.cuts[c, 1:-1][rises[c]]
            low[c] = max([low[c], *kinks[kinks <= spend[c]]])
            high[c] = max(min([high[c], *kinks[kinks > spend[c]]]), low[c])
        return low, high

    def hull(self, channel: int, low: float, high: float, expected_ends: Floats) -> tuple[Floats, Floats]:
        """Cuts and values of the lowest concave line above the raised pieces of one channel between two spends.

        ``expected_ends``: expected revenue at ``low`` and ``high``.
        """
        cuts, value = self.cuts[channel], self.value[channel]
        inner = (cuts > low) & (cuts < high)
        x = np.concatenate([[low], cuts[inner], [high]])
        y = np.concatenate([expected_ends[:1], value[inner], expected_ends[1:]]) + self.above[channel]
        kept: list[int] = []
        for i in range(len(x)):
            while len(kept) >= 2:
                a, b = kept[-2], kept[-1]
                if (y[b] - y[a]) * (x[i] - x[a]) > (y[i] - y[a]) * (x[b] - x[a]):
                    break
                kept.pop()
            kept.append(i)
        return x[kept], y[kept]


def cut(expected: Expected, low: Floats, high: Floats, pieces: int) -> Pieces:
    """Cut every curve between its limits, float64 [channels] each, into ``pieces`` pieces."""
    even = np.linspace(0, 1, (DENSE + 1) // 2)
    dense = np.unique(np.concatenate([even, even**4]))  # finer near the lower limit, where curves bend most
    spend = low[:, None] + (high - low)[:, None] * dense
    value, slope = expected.revenue(spend), expected.marginal(spend)
    bend, step = np.diff(slope, axis=1), np.diff(spend, axis=1)
    density = np.sqrt(np.abs(bend) * step)
    density += density.sum(axis=1, keepdims=True) * np.diff(dense) * 0.2 + np.diff(dense) * 1e-9
    cuts = np.empty((len(low), pieces + 1))
    above = np.empty(len(low))
    for c in range(len(low)):
        reached = np.append(0.0, np.cumsum(density[c]))
        cuts[c] = np.interp(np.linspace(0, reached[-1], pieces + 1), reached, spend[c])
        cuts[c, 0], cuts[c, -1] = low[c], high[c]
    chords = expected.revenue(cuts)
    for c in range(len(low)):
        gap = value[c] - np.interp(spend[c], cuts[c], chords[c])
        above[c] = max(float(gap.max()), 0.0)
    return Pieces(cuts, chords, above)

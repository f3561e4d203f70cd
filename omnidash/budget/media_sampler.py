"""Drawing all channels' curves from their joint posterior: the inner work of ``media_mix``.

One channel after the other is drawn given the others. Its curve (carry-over, half-saturation, shape, delay) is drawn by
Metropolis steps: some near the last draw, shaped after those before (Haario, Saksman & Tamminen 2001), and now and then
one from anywhere, likely cells of a coarse grid first (an independence sampler on the approximation of Ritter & Tanner
1992). A grid alone is surer than it may be: where days tell much, one of its points takes all. The contribution is
drawn from nodes laid where likelihood and prior allow it, and summed out while the curve is drawn. The base (trend,
season …) is integrated out. Everything is linear algebra on arrays: a sweep over 12 channels and two years of days
costs some milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import signal

from omnidash.budget.media_pool import FEWEST_POOLED, BaseSpreads, Pool, PoolPrior

Floats = npt.NDArray[np.float64]

# What channels have in common, in logs; half-saturation in average spend on days with spend. Carry-over and delay stay
# even: pooling them too drew intervals in too far (benchmarks/budget_truth.py).
HALF = PoolPrior(median=float(np.log(1.2)), sd=0.7, spread=0.7)
SHAPE = PoolPrior(median=float(np.log(1.2)), sd=0.35, spread=0.3)
MEDIA_SHARE = 0.25  # prior median of the share of revenue that media bring; a factor of e either way is likely
SHARE_SD, RETURN_SD = 1.0, 0.8  # in logs: of the common level of return, and of channels around it (prior median)
FIRST_ROWS = 7  # what was spent before the first row is unknown: between nothing and twice the average of these
NODES = 19
MIDDLES = np.arange(NODES) + 0.5
STEPS = 2  # local proposals of a channel's curve in a sweep
REPEAT_DAYS = 28  # days over which a misfit may resemble itself
GRID_EVERY = 3  # sweeps between proposals from the whole grid


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurveGrid:
    """The grid of curves: carry-overs, half-saturations (multiples of ``typical_spend``), shapes; cells around its
    points are the space of curves. ``delayed``: whether an effect may build up before it fades."""

    saturation: str
    delayed: bool
    carryovers: Sequence[float]
    halves: Sequence[float]
    shapes: Sequence[float]
    mean_spend: Floats
    typical_spend: Floats


def remembered(spend: Floats, carryover: float, delay: float, before: float = 1.0) -> Floats:
    """Spend with carry-over that may build up before it fades: two geometric carry-overs, one after the other, the
    second ``delay`` ² of the first (a Pólya lag, Solow 1960: 0 is the geometric one), float64 [n]. ``before``: what was
    spent before the first row, in multiples of the first rows' average."""
    state = before * float(spend[:FIRST_ROWS].mean())
    felt = carried(spend, carryover, state)
    return felt if delay == 0 else carried(felt, carryover * delay**2, state)


def carried(spend: Floats, carryover: float, state: float | None = None) -> Floats:
    """Spend with geometric carry-over, float64 [n]; without a state the first rows' average went before."""
    if carryover == 0:
        return spend
    before = float(spend[:FIRST_ROWS].mean()) if state is None else state
    felt, _ = signal.lfilter([1 - carryover], [1, -carryover], spend, zi=[carryover * before])
    return np.asarray(felt, dtype=np.float64)


def saturate(felt: Floats, half: float | Floats, shape: float | Floats, saturation: str) -> Floats:
    """Share of the ceiling reached, 0 … 1; half of it at ``half``."""
    if saturation == "logistic":
        return np.asarray(np.tanh(np.log(3) / 2 * felt / half))
    power = (felt / half) ** shape
    return np.asarray(power / (1 + power))


class Sampler:
    """State of the Gibbs sampler. A channel's *feature* is its saturated, carried-over spend with average 1, so that
    its coefficient is the channel's contribution per day in units of mean revenue. ``curve[c]``: carry-over,
    half-saturation (multiple of typical spend) and shape of the current draw."""

    def __init__(
        self,
        grid: CurveGrid,
        spend: Floats,
        base: Floats,
        base_spreads: BaseSpreads,
        y: Floats,
        evidence: Sequence[tuple[int, Floats, float, float]] = (),
    ) -> None:
        self.kind = grid
        self.axes = _axes(grid)
        self.cell = [_edges(axis, k) for k, axis in enumerate(self.axes)]
        self.grid = np.array(np.meshgrid(*self.axes, indexing="ij")).reshape(len(self.axes), -1).T
        volume = np.array(np.meshgrid(*[np.diff(e) for e in self.cell], indexing="ij")).reshape(len(self.axes), -1)
        self.log_volume = np.log(volume).sum(axis=0)
        learned = {1: HALF, 2: SHAPE} if grid.saturation == "hill" else {1: HALF}
        self.pools = {k: Pool(prior, self.cell[k][0], self.cell[k][-1]) for k, prior in learned.items()}
        self.is_pooled = spend.shape[1] >= FEWEST_POOLED
        if not self.is_pooled:
            for pool in self.pools.values():
                pool.stand_alone()
        self.log_prior = self._prior(self.grid)
        self.spend, self.base, self.base_spreads, self.y = spend, base, base_spreads, y
        self.mean_spend = grid.mean_spend
        log_return = float(np.log(MEDIA_SHARE / max(float(self.mean_spend.sum()), 1e-12)))  # revenue / spend, y-units
        self.returns = Pool(PoolPrior(median=log_return, sd=SHARE_SD, spread=RETURN_SD))
        channels = spend.shape[1]
        self.during = [[(d, lift, error) for who, d, lift, error in evidence if who == c] for c in range(channels)]
        self.raw_grid = [self._grid_features(c) for c in range(channels)]
        middle = len(self.grid) // 2
        self.point = [self.grid[middle].copy() for _ in range(channels)]
        self.raw_feature = [rows[middle] for rows in self.raw_grid]
        self.average = [self._feature(c, self.grid[middle])[1] for c in range(channels)]
        self.contribution = np.exp(log_return) * self.mean_spend * 0.5
        width = np.array([np.diff(e).mean() for e in self.cell])
        self.local = [np.diag(width) / 2 for _ in range(channels)]
        self.lowest = np.array([e[0] for e in self.cell])
        self.highest = np.array([e[-1] for e in self.cell])
        self.visited: list[list[Floats]] = [[] for _ in range(channels)]
        plain = np.linalg.lstsq(base, y, rcond=None)[0]
        self.variance = max(float(np.var(y - base @ plain)) * 0.7, 1e-10)
        self.raw = (y, base)
        self.media = np.zeros(len(y))
        self.rho = 0.0
        self.repeated = 1.0
        self.swept = 0
        self.whiten(0.0)

    @property
    def curve(self) -> list[tuple[float, float, float, float, float]]:
        """Carry-over, its delay, half-saturation (multiple of typical spend), shape, and what went before (multiple of
        the first rows' average) of each channel's draw."""
        return [self._named(point) for point in self.point]

    def whiten(self, rho: float) -> None:
        """Take neighbouring days' likeness out: every series less ``rho`` times the day before."""
        self.variance = max(self.variance * (1 - rho**2) / (1 - self.rho**2), 1e-10)
        self.rho = rho
        self.y, self.base = self._less(self.raw[0]), self._less(self.raw[1].T).T
        self.features = [self._less(rows) for rows in self.raw_grid]
        self.feature = [self._less(row) for row in self.raw_feature]
        self._integrate_base()

    def discount(self, residual: Floats) -> None:
        """Let the days count for as much as they tell where the model is not quite right.

        ``residual``: raw y less what the model expects. What a misfit leaves over resembles itself over weeks and is
        larger where spend is, so every day repeats part of what others said. The variance of the channels' scores
        that allows for both (Newey & West 1987) over the one the model believes is by how much: the likelihood is
        raised to the power of its inverse (a power posterior, Lyddon, Holmes & Walker 2019). Never below 1.
        """
        left = self._less(residual)
        ratios = []
        for row in self.feature:
            score = (row - self.base @ (self.inverse @ (row @ self.base))) * left
            alike = [float(score[k:] @ score[: max(len(score) - k, 0)]) for k in range(REPEAT_DAYS + 1)]
            robust = alike[0] + 2 * sum((1 - k / (REPEAT_DAYS + 1)) * alike[k] for k in range(1, REPEAT_DAYS + 1))
            weighted = score / np.where(left == 0, 1.0, left)
            ratios.append(robust / max(float(weighted @ weighted) * float(left @ left) / len(left), 1e-300))
        self.repeated = max(float(np.mean(ratios)), 1.0)

    def adapt(self) -> None:
        """Shape the local proposals after the draws so far (adaptive Metropolis, Haario et al. 2001)."""
        for c, points in enumerate(self.visited):
            if len(points) >= 40:
                spread = np.cov(np.array(points[len(points) // 2 :]).T)
                floor = np.diag([(np.diff(e).mean() * 0.02) ** 2 for e in self.cell])
                shape = (2.38**2 / len(self.axes)) * spread + floor
                self.local[c] = np.asarray(np.linalg.cholesky(shape), dtype=np.float64)

    def base_given_media(self) -> Floats:
        """Expected coefficients of the base given the channels' effects."""
        return np.asarray(self.inverse @ (self.base.T @ (self.y - self.media)))

    def run(self, rng: np.random.Generator, sweeps: int) -> Floats:
        """Some sweeps; returns what is left of the raw y after base and media, averaged over the last half."""
        left = np.zeros(len(self.y))
        for k in range(sweeps):
            self.sweep(rng)
            if k >= sweeps // 2:
                media = np.array(self.contribution) @ np.array(self.raw_feature)
                left += self.raw[0] - media - self.raw[1] @ self.base_given_media()
            if k % 40 == 39:
                self.adapt()
        return left / (sweeps - sweeps // 2)

    def sweep(self, rng: np.random.Generator) -> None:
        """Draw every channel anew, then what channels have in common, the noise, and how far the base moves."""
        for c in range(len(self.feature)):
            self._draw_channel(c, rng, (self.swept + c) % GRID_EVERY == 0)
        self.swept += 1
        self.returns.learn(rng, np.log(self.contribution / self.mean_spend))
        if self.is_pooled:
            for k, pool in self.pools.items():
                pool.learn(rng, np.array([point[k] for point in self.point]))
            self.log_prior = self._prior(self.grid)
        left = self.y - self.media
        quadratic = float(left @ left - (left @ self.base) @ self.inverse @ (self.base.T @ left))
        self.variance = max(quadratic / 2 / rng.gamma(len(left) / 2), 1e-12)
        scatter = np.linalg.solve(np.linalg.cholesky(self.precision).T, rng.standard_normal(len(self.precision)))
        self.base_spreads.learn(rng, self.base_given_media() + np.sqrt(self.variance) * scatter)
        self._invert()

    def _draw_channel(self, c: int, rng: np.random.Generator, from_grid: bool) -> None:
        """Curve and contribution of one channel given the others; the contribution is summed out for the curve."""
        left = self.y - self.media + self.contribution[c] * self.feature[c]
        point, row, raw, average = self.point[c], self.feature[c], self.raw_feature[c], self.average[c]
        now = self._at(c, point, row, raw, left)
        for step in range(-1 if from_grid else 0, STEPS):
            proposal, preferred = self._from_grid(c, point, left, rng) if step < 0 else self._near(c, point, step, rng)
            if (proposal < self.lowest).any() or (proposal > self.highest).any():
                continue
            new_raw, new_average = self._feature(c, proposal)
            new_row = self._less(new_raw)
            then = self._at(c, proposal, new_row, new_raw, left)
            if np.log(rng.random()) < then.total[0] - now.total[0] - preferred:
                point, row, raw, average, now = proposal, new_row, new_raw, new_average, then
        weight = np.cumsum(np.exp(now.density[0] - now.density[0].max()))
        node = min(int(np.searchsorted(weight, rng.random() * weight[-1])), NODES - 1)
        drawn = float(np.exp(now.logs[0, node] + now.step[0] * (rng.random() - 0.5)))
        self.point[c], self.feature[c], self.raw_feature[c], self.average[c] = point, row, raw, average
        self.visited[c].append(point)
        self.media = self.y - left + drawn * row
        self.contribution[c] = drawn

    def _near(self, c: int, point: Floats, step: int, rng: np.random.Generator) -> tuple[Floats, float]:
        """A curve near ``point``, every other one very near; proposed no more readily than the way back."""
        return point + self.local[c] @ rng.standard_normal(len(point)) * (0.3 if step % 2 else 1.0), 0.0

    def _from_grid(self, c: int, point: Floats, left: Floats, rng: np.random.Generator) -> tuple[Floats, float]:
        """A curve anywhere in a cell of the grid, cells as likely as their middles; and how much more readily (in
        logs) it is proposed than ``point`` would be."""
        nodes = self._nodes(c, self.weighted[c] @ left, self.strength[c], self.lift_sums[c], self.log_prior)
        cells = nodes.total + self.log_volume
        running = np.cumsum(np.exp(cells - cells.max()))
        at = min(int(np.searchsorted(running, rng.random() * running[-1])), len(running) - 1)
        sizes = [len(axis) for axis in self.axes]
        index = np.unravel_index(at, sizes)
        anywhere = rng.random(len(sizes))
        proposal = np.array([e[i] + u * (e[i + 1] - e[i]) for e, i, u in zip(self.cell, index, anywhere, strict=True)])
        cell = [min(max(int(np.searchsorted(e, x)) - 1, 0), len(e) - 2) for e, x in zip(self.cell, point, strict=True)]
        return proposal, float(nodes.total[at] - nodes.total[np.ravel_multi_index(cell, sizes)])

    def _at(self, c: int, point: Floats, row: Floats, raw: Floats, left: Floats) -> "_Nodes":
        """Likelihood × prior of one curve over nodes of its contribution."""
        side = row @ self.base
        inner = self.inverse @ side
        sums = np.array([[raw @ days] for days, _, _ in self.during[c]])
        strength = np.array([max(float(row @ row - side @ inner), 1e-12)])
        pull = np.array([float(row @ left - inner @ (left @ self.base))])
        return self._nodes(c, pull, strength, sums, self._prior(point[None, :]))

    def _nodes(self, c: int, pull: Floats, strength: Floats, sums: Floats, log_prior: Floats) -> "_Nodes":
        spread = self.variance * self.repeated
        pull, strength = pull / spread, strength / spread
        for row, (_, lift, error) in zip(sums, self.during[c], strict=True):
            pull = pull + row * lift / error**2
            strength = strength + row**2 / error**2
        centre, sd = pull / strength, 1 / np.sqrt(strength)
        prior, around = self.returns.centre + np.log(self.mean_spend[c]), self.returns.spread
        low = np.maximum(centre - 4 * sd, np.exp(prior - 3.5 * around))
        high = np.minimum(np.maximum(centre, 0) + 4 * sd, np.exp(prior + 3.5 * around))
        high = np.maximum(high, low * 1.05)
        step = np.log(high / low) / NODES
        logs = np.log(low)[:, None] + step[:, None] * MIDDLES
        value = np.exp(logs)
        density = (
            value * (pull[:, None] - 0.5 * strength[:, None] * value)
            - 0.5 * ((logs - prior) / around) ** 2
            + (np.log(step) + log_prior)[:, None]
        )
        most = density.max(axis=1)
        return _Nodes(logs, step, density, most + np.log(np.exp(density - most[:, None]).sum(axis=1)))

    def _integrate_base(self) -> None:
        """With the base integrated out the precision of y is M = I − B (V⁻¹σ² + BᵀB)⁻¹ Bᵀ (over σ²)."""
        self.inner = self.base.T @ self.base
        self._invert()
        self.weighted = [rows - (rows @ self.base) @ self.inverse @ self.base.T for rows in self.features]
        self.strength = [
            np.maximum(np.einsum("gt,gt->g", m, f), 1e-12) for m, f in zip(self.weighted, self.features, strict=True)
        ]
        self.lift_sums = [
            np.array([rows @ days for days, _, _ in during])
            for rows, during in zip(self.raw_grid, self.during, strict=True)
        ]
        self.media = np.array(self.contribution) @ np.array(self.feature)

    def _invert(self) -> None:
        # The hair more is for columns that few days cannot tell apart.
        self.precision = self.inner + np.diag(self.variance / self.base_spreads.sd**2 + 1e-9)
        self.inverse = np.linalg.inv(self.precision)

    def _less(self, series: Floats) -> Floats:
        if self.rho == 0:
            return series
        first = series[..., :1] * np.sqrt(1 - self.rho**2)
        return np.concatenate([first, series[..., 1:] - self.rho * series[..., :-1]], axis=-1)

    def _prior(self, points: Floats) -> Floats:
        """Log prior density of curves given what channels have in common, float64 [points]; even in the carry-over."""
        return np.asarray(sum(pool.log_density(points[:, k]) for k, pool in self.pools.items()))

    def _feature(self, c: int, point: Floats) -> tuple[Floats, float]:
        """Saturated, carried-over spend with average 1, float64 [n], and the average it had."""
        carryover, delay, half, shape, before = self._named(point)
        felt = remembered(self.spend[:, c], carryover, delay, before)
        row = saturate(felt, half * self.kind.typical_spend[c], shape, self.kind.saturation)
        average = max(float(row.mean()), 1e-12)
        return row / average, average

    def _named(self, point: Floats) -> tuple[float, float, float, float, float]:
        """Carry-over, delay, half-saturation, shape and what went before of a point of the grid's space."""
        shape = float(np.exp(point[2])) if self.kind.saturation == "hill" else 1.0
        delay = float(point[-2]) if self.kind.delayed else 0.0
        return float(point[0]), delay, float(np.exp(point[1])), shape, 2 * float(point[-1])

    def _grid_features(self, c: int) -> Floats:
        curves = [self._named(point) for point in self.grid]
        felt = {(t, d): remembered(self.spend[:, c], t, d) for t, d in {curve[:2] for curve in curves}}
        typical = self.kind.typical_spend[c]
        rows = np.array([saturate(felt[t, d], h * typical, s, self.kind.saturation) for t, d, h, s, _ in curves])
        return np.asarray(rows / np.maximum(rows.mean(axis=1), 1e-12)[:, None])


@dataclass(frozen=True, slots=True, eq=False)
class _Nodes:
    """Per curve: nodes of the log contribution with their spacing, log density at them, and its log sum."""

    logs: Floats
    step: Floats
    density: Floats
    total: Floats


def _axes(grid: CurveGrid) -> list[Floats]:
    """Carry-over, log half-saturation, (Hill) log shape, (if it may be delayed) the delay, and half of what went
    before; one middle value of the last two."""
    axes = [np.asarray(grid.carryovers, dtype=np.float64), np.log(np.asarray(grid.halves, dtype=np.float64))]
    if grid.saturation == "hill":
        axes.append(np.log(np.asarray(grid.shapes, dtype=np.float64)))
    return [*axes, *([np.array([0.4])] if grid.delayed else []), np.array([0.5])]


def _edges(axis: Floats, number: int) -> Floats:
    """Ends of the cells around the points of an axis; carry-over lies between 0 and .97, one middle value between 0 and
    1."""
    if len(axis) == 1:
        return np.array([0.0, 1.0])
    middle = (axis[1:] + axis[:-1]) / 2
    low, high = axis[0] - (middle[0] - axis[0]), axis[-1] + (axis[-1] - middle[-1])
    return np.concatenate([[max(low, 0.0) if number == 0 else low], middle, [min(high, 0.97) if number == 0 else high]])

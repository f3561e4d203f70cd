"""Drawing all channels' curves from their joint posterior: the inner work of ``media_mix``.

Griddy Gibbs sampling (Ritter & Tanner 1992): one channel after the other is drawn given the others, its curve from a
grid of carry-over × half-saturation × shape, its contribution from nodes laid where likelihood and prior allow it. The
base (trend, season …) is integrated out, so that it never has to be drawn. Everything is linear algebra on arrays:
a sweep over 12 channels and two years of days costs some milliseconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import signal

Floats = npt.NDArray[np.float64]

SHAPE_PRIOR = {0.7: 0.2, 1.0: 0.4, 1.6: 0.25, 2.5: 0.15}
HALF_MEDIAN, HALF_SD = 1.2, 1.0  # prior of the half-saturation, in average spend on days with spend: log-normal
MEDIA_SHARE = 0.25  # prior median of the share of revenue that media bring; a factor of e either way is likely
SHARE_SD, RETURN_SD = 1.0, 0.8  # in logs: of the common level of return, and of channels around it
NODES = 19


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurveGrid:
    """The grid of curves: carry-overs, half-saturations (multiples of ``typical_spend``), shapes."""

    saturation: str
    carryovers: Sequence[float]
    halves: Sequence[float]
    shapes: Sequence[float]
    mean_spend: Floats
    typical_spend: Floats


def carried(spend: Floats, carryover: float, state: float | None = None) -> Floats:
    """Spend with geometric carry-over, float64 [n]; without a state the first days' average went before."""
    if carryover == 0:
        return spend
    before = float(spend[:7].mean()) if state is None else state
    felt, _ = signal.lfilter([1 - carryover], [1, -carryover], spend, zi=[carryover * before])
    return np.asarray(felt, dtype=np.float64)


def saturate(felt: Floats, half: float | Floats, shape: float | Floats, saturation: str) -> Floats:
    """Share of the ceiling reached, 0 … 1; half of it at ``half``."""
    if saturation == "logistic":
        return np.asarray(np.tanh(np.log(3) / 2 * felt / half))
    power = (felt / half) ** shape
    return np.asarray(power / (1 + power))


class Sampler:
    """State of the Gibbs sampler. ``features[c]``: float64 [grid, n], each row H(s) with average 1, so that its
    coefficient is the channel's contribution per day in units of mean revenue."""

    def __init__(
        self,
        grid: CurveGrid,
        spend: Floats,
        base: Floats,
        base_sd: Floats,
        y: Floats,
        evidence: Sequence[tuple[int, Floats, float, float]] = (),
    ) -> None:
        shapes = grid.shapes if grid.saturation == "hill" else (1.0,)
        self.grid = [(t, h, s) for t in grid.carryovers for h in grid.halves for s in shapes]
        weight = np.array([SHAPE_PRIOR.get(s, 0.25) for _, _, s in self.grid])
        self.log_prior = np.log(weight)
        self.log_prior -= 0.5 * (np.log([h / HALF_MEDIAN for _, h, _ in self.grid]) / HALF_SD) ** 2
        self.spend, self.base, self.base_sd, self.y = spend, base, base_sd, y
        self.mean_spend = grid.mean_spend
        self.features: list[Floats] = []
        self.average: list[Floats] = []
        self.log_return = np.log(MEDIA_SHARE / max(float(self.mean_spend.sum()), 1e-12))  # revenue / spend, y-units
        self.log_centre = float(self.log_return)
        for c in range(spend.shape[1]):
            felt = {t: carried(spend[:, c], t) for t in grid.carryovers}
            rows = np.array([saturate(felt[t], h * grid.typical_spend[c], s, grid.saturation) for t, h, s in self.grid])
            average = np.maximum(rows.mean(axis=1), 1e-12)
            self.features.append(rows / average[:, None])
            self.average.append(average)
        self.evidence = [
            [(self.features[c] @ during, lift, error) for who, during, lift, error in evidence if who == c]
            for c in range(spend.shape[1])
        ]
        channels = spend.shape[1]
        self.choice = [len(self.grid) // 2] * channels
        self.contribution = np.exp(self.log_return) * self.mean_spend * 0.5
        plain = np.linalg.lstsq(base, y, rcond=None)[0]
        self.variance = max(float(np.var(y - base @ plain)) * 0.7, 1e-10)
        self.raw = (y, base, list(self.features))
        self._integrate_base()

    def whitened(self, rho: float) -> "Sampler":
        """The same with neighbouring days' likeness taken out: every series less ``rho`` times the day before."""

        def less(series: Floats) -> Floats:
            first = series[..., :1] * np.sqrt(1 - rho**2)
            return np.concatenate([first, series[..., 1:] - rho * series[..., :-1]], axis=-1)

        self.y, self.base = less(self.raw[0]), less(self.raw[1].T).T
        self.features = [less(rows) for rows in self.raw[2]]
        self.variance = max(self.variance * (1 - rho**2), 1e-10)
        self._integrate_base()
        return self

    def _integrate_base(self) -> None:
        """With the base integrated out the precision of y is M = I − B (V⁻¹σ² + BᵀB)⁻¹ Bᵀ (over σ²)."""
        inner = np.diag(self.variance / self.base_sd**2) + self.base.T @ self.base
        self.inverse = np.linalg.inv(inner)
        self.weighted = [rows - (rows @ self.base) @ self.inverse @ self.base.T for rows in self.features]
        self.strength = [
            np.maximum(np.einsum("gt,gt->g", m, f), 1e-12) for m, f in zip(self.weighted, self.features, strict=True)
        ]
        self.media = sum(
            (k * f[g] for k, f, g in zip(self.contribution, self.features, self.choice, strict=True)),
            np.zeros(len(self.y)),
        )

    def base_given_media(self) -> Floats:
        """Expected coefficients of the base given the channels' effects."""
        return np.asarray(self.inverse @ (self.base.T @ (self.y - self.media)))

    def residual_after(self, rng: np.random.Generator, sweeps: int) -> Floats:
        """What is left of y after base and media, averaged over the last half of some sweeps."""
        left = np.zeros(len(self.y))
        for k in range(sweeps):
            self.sweep(rng)
            if k >= sweeps // 2:
                left += self.y - self.media - self.base @ self.base_given_media()
        return left / (sweeps - sweeps // 2)

    def sweep(self, rng: np.random.Generator) -> None:
        """Draw every channel anew, then the common level of return and the noise."""
        for c in range(len(self.features)):
            self._draw_channel(c, rng)
        log_returns = np.log(self.contribution / self.mean_spend)
        precision = 1 / SHARE_SD**2 + len(log_returns) / RETURN_SD**2
        centre = (self.log_return / SHARE_SD**2 + log_returns.sum() / RETURN_SD**2) / precision
        self.log_centre = float(centre + rng.standard_normal() / np.sqrt(precision))
        left = self.y - self.media
        quadratic = float(left @ left - (left @ self.base) @ self.inverse @ (self.base.T @ left))
        self.variance = max(quadratic / 2 / rng.gamma(len(left) / 2), 1e-12)

    def _draw_channel(self, c: int, rng: np.random.Generator) -> None:
        """Curve and contribution of one channel given the others: a grid of curves times nodes of its contribution."""
        features = self.features[c]
        left = self.y - self.media + self.contribution[c] * features[self.choice[c]]
        pull = self.weighted[c] @ left / self.variance
        strength = self.strength[c] / self.variance
        for sums, lift, error in self.evidence[c]:
            pull = pull + sums * lift / error**2
            strength = strength + sums**2 / error**2
        centre, sd = pull / strength, 1 / np.sqrt(strength)
        prior = self.log_centre + np.log(self.mean_spend[c])
        low = np.maximum(centre - 4 * sd, np.exp(prior - 3.5 * RETURN_SD))
        high = np.minimum(np.maximum(centre, 0) + 4 * sd, np.exp(prior + 3.5 * RETURN_SD))
        high = np.maximum(high, low * 1.05)
        step = np.log(high / low) / NODES
        logs = np.log(low)[:, None] + step[:, None] * (np.arange(NODES) + 0.5)
        value = np.exp(logs)
        density = (
            value * (pull[:, None] - 0.5 * strength[:, None] * value)
            - 0.5 * ((logs - prior) / RETURN_SD) ** 2
            + (np.log(step) + self.log_prior)[:, None]
        )
        weight = np.exp(density - density.max()).ravel()
        running = np.cumsum(weight)
        at = min(int(np.searchsorted(running, rng.random() * running[-1])), len(running) - 1)
        g, node = divmod(at, NODES)
        drawn = float(np.exp(logs[g, node] + step[g] * (rng.random() - 0.5)))
        self.media = self.y - left + drawn * features[g]
        self.choice[c], self.contribution[c] = g, drawn

"""Media mix: what all channels together, and each alone, add to total revenue; a joint Bayesian model.

    revenue_t = base_t + Σ_c β_c · H(s_ct) + noise_t,     s_t = (1 − θ) x_t + θ s_(t−1)   (once more if delayed)

``base``: level, bending trend, weekday, yearly season and promotions; how far each moves is learned. ``s``: spend with
geometric carry-over (adstock, Broadbent 1979). ``H``: saturation, Hill s^p / (h^p + s^p) (p above 1: S-shaped) or
logistic tanh(log 3 / 2 · s / h); at h half of the ceiling is reached. Effects β are never negative. Noise may resemble
the day before's (first-order autoregression, Cochrane & Orcutt 1949).

Of spend before the first row nothing is known; it may be nothing, as of a company that had just begun, or twice what
the first rows show.

What is not known stays wide: the average return of a channel (revenue per unit of spend), h and p have log-normal
priors around levels common to all channels, levels and spreads learned with them (``media_pool``); θ may be anywhere.
All channels are drawn together (``media_sampler``, the base integrated out), so two channels that move together share
their uncertainty, draw by draw. Where spend never varies the draws simply are the prior around the average return.

Lift evidence (an experiment's revenue that a channel brought in some days, with its standard error) enters as one more
observation of the channel's effect on those days, and so sharpens its curve.

No model is right. Where what it leaves over shows that, days count for less (``Sampler.discount``), and effects are
let differ over time (``media_drift``).

The draws replace a bootstrap: each is one equally likely set of curves. On simulated worlds their 80 % intervals are
checked against the truth (benchmarks/budget_truth.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, RegressorMixin

from omnidash.budget.media_pool import BaseSpreads
from omnidash.budget.media_sampler import CurveGrid, Sampler, remembered, saturate

Floats = npt.NDArray[np.float64]

CARRYOVERS = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.88)
HALVES = (0.2, 0.4, 0.7, 1.2, 2.0, 3.5, 7.0, 14.0)  # multiples of a channel's average spend on days with spend
SHAPES = (0.7, 1.0, 1.6, 2.5)
BASE_SD = {"level": 10.0, "trend": 1.0, "bend": 0.15, "weekday": 0.5, "season": 0.5, "promotion": 0.5}
FIXED = ("level", "promotion")  # not around 0, or by far: nothing to learn a spread for
REMEMBERED = 200  # rows of spend kept for what carries over into later days
EFFORT = 16  # channels drawn between two draws that are kept
YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """An experiment: the revenue channel number ``channel`` brought on ``first_day … last_day`` (since 1970)."""

    channel: int
    first_day: int
    last_day: int
    revenue: float
    standard_error: float


class MediaMix(RegressorMixin, BaseEstimator):
    """Scikit-learn estimator of total revenue from the spend of all channels.

    X: float64 [n, 1 + channels + promotions]: *day* (days since 1970-01-01, evenly spaced and ascending), the spend of
    each channel, then ``promotions`` columns (0/1 or a strength). y: float64 [n], net revenue. After ``fit``:
    ``carryover_``, ``delay_``, ``earlier_`` (what was spent before the first row, multiple of the first rows' average),
    ``half_`` (spend), ``shape_``, ``effect_`` (β, revenue at full saturation) and ``return_`` (average revenue per unit
    of spend): each float64 [draws, channels]; ``noise_``, ``autocorrelation_``, and ``repeated_``: as how many days one
    day that tells something new had to be counted (1: the model is right). ``return_spread_`` [draws]: of log returns
    over channels; ``base_sd_`` [draws, columns]: learned spread of every coefficient of the base, relative to mean
    revenue. ``delayed``: whether an effect may build up over days before it fades. ``thin``: sweeps per draw that is
    kept; None: more of them where channels are few.
    """

    def __init__(
        self,
        *,
        saturation: Literal["hill", "logistic"] = "hill",
        delayed: bool = False,
        carryovers: Sequence[float] = CARRYOVERS,
        halves: Sequence[float] = HALVES,
        shapes: Sequence[float] = SHAPES,
        promotions: int = 0,
        draws: int = 400,
        warm_up: int = 300,
        thin: int | None = None,
        seed: int = 0,
    ) -> None:
        self.saturation = saturation
        self.delayed = delayed
        self.carryovers = carryovers
        self.halves = halves
        self.shapes = shapes
        self.promotions = promotions
        self.draws = draws
        self.warm_up = warm_up
        self.thin = thin
        self.seed = seed

    def fit(
        self,
        X: npt.ArrayLike,  # noqa: N803  (scikit-learn's name)
        y: npt.ArrayLike,
        lifts: Sequence[Lift] = (),
        progress: Callable[[float], None] | None = None,
    ) -> Self:
        """Draw from the posterior. ``progress`` is told the share done. Raises ValueError on shapes that do not fit."""
        day, spend, promotion, revenue = self._checked(X, y)
        self.n_features_in_ = 1 + spend.shape[1] + self.promotions
        self.first_day_, self.last_day_ = int(day[0]), int(day[-1])
        self.step_ = int(np.median(np.diff(day))) if len(day) > 1 else 1
        self.scale_ = max(float(np.abs(revenue).mean()), 1e-12)
        self.mean_spend_ = np.maximum(spend.mean(axis=0), 1e-12)
        # Bursts saturate by their size, not by the average over the days between them.
        self.typical_spend_ = np.maximum(spend.sum(axis=0) / np.maximum((spend > 0).sum(axis=0), 1), 1e-12)
        rng = np.random.default_rng(self.seed)
        base, spreads = self._base(day, promotion)
        sampler = self._sampler(spend, base, spreads, revenue / self.scale_, _evidence(lifts, day, self.scale_))
        # What is left over says how alike neighbouring days are; first too much so, because nothing fits yet.
        for _ in range(3):
            residual = sampler.run(rng, sweeps=max(self.warm_up // 2, 30))
            lagged = float(residual[1:] @ residual[:-1]) / max(float(residual @ residual), 1e-12)
            self.autocorrelation_ = float(np.clip(lagged, 0.0, 0.95))
            sampler.whiten(self.autocorrelation_)
            sampler.discount(residual)
        self.repeated_ = sampler.repeated
        for _ in range(max(self.warm_up // 10, 10)):
            sampler.sweep(rng)
        # Few channels are drawn fast, and so are drawn more often: means that another seed would move less.
        thin = max(round(EFFORT / spend.shape[1]), 2) if self.thin is None else self.thin
        self._keep(sampler, rng, thin, progress)
        return self

    def predict(self, X: npt.ArrayLike) -> Floats:  # noqa: N803
        """Expected revenue of each day of X, float64 [n]; days after the fit start from the spend carried over."""
        day, spend, promotion, _ = self._checked(X, None)
        later = day[0] > self.last_day_
        # The state ahead of the fit's first row counts where the rows at hand begin with that one.
        is_from_first = len(self.before_) < REMEMBERED if later else day[0] <= self.first_day_
        media = np.zeros(len(day))
        used = np.linspace(0, len(self.effect_) - 1, min(60, len(self.effect_))).astype(int)
        for c in range(spend.shape[1]):
            for d in used:
                series = np.concatenate([self.before_[:, c], spend[:, c]]) if later else spend[:, c]
                earlier = float(self.earlier_[d, c]) if is_from_first else 1.0
                felt = remembered(series, self.carryover_[d, c], self.delay_[d, c], earlier)[-len(day) :]
                media += self.effect_[d, c] * saturate(felt, self.half_[d, c], self.shape_[d, c], self.saturation)
        base, _ = self._base(day, promotion)
        return (base @ self.base_) * self.scale_ + media / len(used)

    def media(self, X: npt.ArrayLike) -> Floats:  # noqa: N803
        """Revenue each channel brought on each day of X (as fitted), float64 [draws, n, channels]."""
        _, spend, _, _ = self._checked(X, None)
        brought = np.empty((len(self.effect_), *spend.shape))
        for d, c in np.ndindex(self.effect_.shape):
            memory = float(self.carryover_[d, c]), float(self.delay_[d, c]), float(self.earlier_[d, c])
            felt = remembered(spend[:, c], *memory)
            brought[d, :, c] = self.effect_[d, c] * saturate(felt, self.half_[d, c], self.shape_[d, c], self.saturation)
        return brought

    def base(self, X: npt.ArrayLike) -> tuple[Floats, Floats]:  # noqa: N803
        """Columns of the base on the days of X, float64 [n, columns], and their coefficients in units of revenue,
        float64 [draws, columns]."""
        day, _, promotion, _ = self._checked(X, None)
        return self._base(day, promotion)[0], self.base_draws_ * self.scale_

    def _sampler(self, *series: Any) -> Sampler:
        grid = CurveGrid(
            saturation=self.saturation,
            delayed=self.delayed,
            carryovers=self.carryovers,
            halves=self.halves,
            shapes=self.shapes,
            mean_spend=self.mean_spend_,
            typical_spend=self.typical_spend_,
        )
        return Sampler(grid, *series)

    def _base(self, day: npt.NDArray[np.int64], promotion: Floats) -> tuple[Floats, BaseSpreads]:
        """Columns of the base and how far their coefficients are expected to spread, relative to mean revenue."""
        span = max(self.last_day_ - self.first_day_, 1)
        along = (np.clip(day, self.first_day_, self.last_day_) - self.first_day_) / span
        groups: list[tuple[str, float, list[Floats]]] = [
            ("level", BASE_SD["level"], [np.ones(len(day))]),
            ("trend", BASE_SD["trend"], [along - 0.5]),
        ]
        knots = np.linspace(0, 1, max(round(span / 120), 1) + 1)[1:-1]
        groups.append(("bend", BASE_SD["bend"], [np.maximum(along - knot, 0.0) * span / 120 for knot in knots]))
        if self.step_ == 1 and span >= 28:
            weekday = (day + 3) % 7  # 1970-01-01 was a Thursday; Monday = 0
            shown = [(weekday == k).astype(float) - (weekday == 6) for k in range(6)]
            groups.append(("weekday", BASE_SD["weekday"], shown))
        if span >= 0.9 * YEAR_DAYS:
            for k in (1, 2, 3):
                angle = 2 * np.pi * k * day / YEAR_DAYS
                groups.append(("season", BASE_SD["season"] / k, [np.sin(angle), np.cos(angle)]))
        groups.append(("promotion", BASE_SD["promotion"], list(promotion.T)))
        expected = [sd for _, sd, columns in groups for _ in columns]
        kept = [g if name not in FIXED else -1 for g, (name, _, columns) in enumerate(groups) for _ in columns]
        spreads = BaseSpreads(np.array(expected), np.array(kept))
        return np.column_stack([column for *_, columns in groups for column in columns]), spreads

    def _keep(
        self, sampler: "Sampler", rng: np.random.Generator, thin: int, progress: Callable[[float], None] | None
    ) -> None:
        channels = len(sampler.feature)
        shape = (self.draws, channels)
        self.carryover_, self.delay_, self.half_, self.shape_, self.effect_, self.return_, self.earlier_ = (
            np.empty(shape) for _ in range(7)
        )
        self.noise_, self.return_spread_ = np.empty(self.draws), np.empty(self.draws)
        self.base_sd_ = np.empty((self.draws, sampler.base.shape[1]))
        self.base_draws_ = np.empty((self.draws, sampler.base.shape[1]))
        for sweep in range(self.draws * thin):
            sampler.sweep(rng)
            if progress is not None and sweep % 50 == 0:
                progress(sweep / (self.draws * thin))
            if sweep % thin:
                continue
            d = sweep // thin
            for c in range(channels):
                theta, delay, half, power, self.earlier_[d, c] = sampler.curve[c]
                self.carryover_[d, c], self.delay_[d, c], self.shape_[d, c] = theta, delay, power
                self.half_[d, c] = half * self.typical_spend_[c]
                self.effect_[d, c] = sampler.contribution[c] / sampler.average[c] * self.scale_
                self.return_[d, c] = sampler.contribution[c] * self.scale_ / self.mean_spend_[c]
            self.noise_[d] = np.sqrt(sampler.variance) * self.scale_
            self.base_draws_[d], self.base_sd_[d] = sampler.base_given_media(), sampler.base_spreads.sd
            self.return_spread_[d] = sampler.returns.spread
        self.base_ = self.base_draws_.mean(axis=0)
        self.before_ = sampler.spend[-REMEMBERED:]

    def _checked(
        self,
        X: npt.ArrayLike,  # noqa: N803
        y: npt.ArrayLike | None,
    ) -> tuple[npt.NDArray[np.int64], Floats, Floats, Floats]:
        features = np.asarray(X, dtype=np.float64)
        if features.ndim != 2 or features.shape[1] < 2 + self.promotions or len(features) < 2:
            raise ValueError(f"X must have the columns day, spend …, promotion …; its shape is {features.shape}")
        target = np.zeros(len(features)) if y is None else np.asarray(y, dtype=np.float64)
        if target.shape != (len(features),):
            raise ValueError(f"y must have one value per row of X; its shape is {target.shape}")
        if not (np.isfinite(features).all() and np.isfinite(target).all()):
            raise ValueError("X and y must be finite")
        day = features[:, 0].astype(np.int64)
        if (np.diff(day) <= 0).any():
            raise ValueError("days must ascend, one row per day")
        last = features.shape[1] - self.promotions
        spend = features[:, 1:last]
        if (spend < 0).any():
            raise ValueError(f"spend must not be negative; the smallest is {spend.min()}")
        return day, spend, features[:, last:], target


def _evidence(
    lifts: Sequence[Lift], day: npt.NDArray[np.int64], scale: float
) -> list[tuple[int, Floats, float, float]]:
    """Per lift: channel, its days as weights, revenue and standard error in units of ``scale``."""
    rows = []
    for lift in lifts:
        during = ((day >= lift.first_day) & (day <= lift.last_day)).astype(float)
        if during.any():
            rows.append((lift.channel, during, lift.revenue / scale, lift.standard_error / scale))
    return rows

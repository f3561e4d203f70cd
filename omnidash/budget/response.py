"""Response curve of one channel: revenue per day as a concave function of spend per day.

``r(x) = r0 · (x / x0) ^ β`` with 0 < β < 1: nothing for nothing, today's revenue r0 at today's spend x0, and every
further unit of spend brings less than the one before. With β = 0.6, doubling the spend brings 2^0.6 = 1.52 times the
revenue. One number says how fast the returns fall, which is what weeks of one company's data can at best show; a
curve with a ceiling (Hill) needs spend near the ceiling to be told apart from this one.

β comes from days on which spend was higher or lower than weekday and trend explain (``regression``), joined with a
prior by Bayes' rule. The prior Beta(3, 2) has mean 0.6 and standard deviation 0.2 and covers 0.2 to 0.95: where
history says nothing, that is what is known. Revenue may come days after the spend, so spend is smoothed with a
geometric carry-over (adstock, Broadbent 1979), ``s_t = (1 − θ) x_t + θ s_(t−1)``; every θ of a grid is weighed by how
well it fits, none is picked. Steady spend gives s = x, so the curve above reads the same with and without carry-over.

Where history cannot identify β (too few days, constant spend, revenue that contradicts any concave curve) the
posterior *is* the prior, ``identified_`` is False and ``reason_`` says why.
"""

from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import signal, stats
from sklearn.base import BaseEstimator, RegressorMixin

from omnidash.budget.regression import LogLinearFit, controls, fit_controls, fit_log_linear
from omnidash.model.messages import N_, Message

Floats = npt.NDArray[np.float64]

PRIOR_A, PRIOR_B = 3.0, 2.0  # Beta distribution of the elasticity: mean 0.6, standard deviation 0.2
CARRYOVERS = (0.0, 0.3, 0.5, 0.7, 0.85)  # share of the smoothed spend that lasts to the next day
MIN_DAYS = 14  # fewer cannot separate spend from trend
MIN_LOG_SPREAD = 0.03  # spend that moves by less than 3 % around weekday and trend is constant for our purpose
INFORMATIVE = 0.75  # posterior sd below this share of the prior's sd: history has said something
CONTRADICTION_SE = 3.0  # standard errors outside (0, 1) from which a concave curve is contradicted
GRID_STEP = 0.005
ELASTICITY_GRID = np.linspace(GRID_STEP, 1 - GRID_STEP, 199)


class ResponseCurve(RegressorMixin, BaseEstimator):
    """Scikit-learn estimator of one channel's daily revenue from its daily spend.

    X: float64 [n, 2], columns *day* (days since 1970-01-01, ascending) and *spend* (that day's cost, ≥ 0, workspace
    currency); only days with a spend delivery. y: float64 [n], net revenue credited to the channel on that day.
    ``promotions``: days (since 1970-01-01) on which something else than spend lifted sales.
    After ``fit``: ``posterior_`` (probability of each ``ELASTICITY_GRID`` value), ``elasticity_`` (posterior mean),
    ``carryover_`` (the θ that fits best), ``identified_``, ``reason_``.
    """

    def __init__(
        self,
        *,
        prior_a: float = PRIOR_A,
        prior_b: float = PRIOR_B,
        carryovers: tuple[float, ...] = CARRYOVERS,
        min_days: int = MIN_DAYS,
        promotions: frozenset[int] = frozenset(),
    ) -> None:
        self.prior_a = prior_a
        self.prior_b = prior_b
        self.carryovers = carryovers
        self.min_days = min_days
        self.promotions = promotions

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:  # noqa: N803  (scikit-learn's name)
        """Estimate the posterior of the elasticity. Raises ValueError on shapes, order or values that do not fit."""
        day, spend, revenue = _checked(X, y)
        self.first_day_, self.last_day_ = int(day[0]), int(day[-1])
        self.n_features_in_ = 2
        # Refunds can leave a day below zero; the expected revenue of a day cannot be.
        revenue = np.maximum(revenue, 0.0)
        used = spend > 0
        # One promotion day, or nothing but promotion days, cannot be told from noise or from the level.
        promoted = int(np.isin(day[used], list(self.promotions)).sum()) if self.promotions else 0
        self.promotions_ = self.promotions if 2 <= promoted < int(used.sum()) else frozenset()
        control = self._controls(day[used])
        self.posterior_ = _prior(self.prior_a, self.prior_b)
        self.carryover_ = 0.0
        self.reason_: Message | None = self._cannot_be_fitted(spend[used], revenue[used], control)
        if self.reason_ is None:
            fits = {
                theta: fit_log_linear(revenue[used], control, np.log(carried(spend, theta)[used]))
                for theta in self.carryovers
            }
            self.carryover_ = min(fits, key=lambda theta: fits[theta].deviance)
            self.reason_ = _contradiction(fits[self.carryover_])
            if self.reason_ is None:
                self.posterior_ = _posterior(self.posterior_, fits)
                self.reason_ = self._uninformative()
        self.identified_ = self.reason_ is None
        self.elasticity_ = float(self.posterior_ @ ELASTICITY_GRID)
        smoothed = carried(spend, self.carryover_)
        self.spend_scale_ = float(smoothed[used].mean()) if used.any() else 1.0
        self._carried_spend = float(smoothed[-1])
        self.controls_ = np.full(1, -np.inf)
        if used.any() and revenue[used].sum() > 0:
            offset = self.elasticity_ * np.log(smoothed[used] / self.spend_scale_)
            self.controls_ = fit_controls(revenue[used], control, offset)
        return self

    def predict(self, X: npt.ArrayLike) -> Floats:  # noqa: N803
        """Expected revenue of each day of X (as in ``fit``), float64 [n]; 0 where carried-over spend is 0.

        Days after the fitted span start from the spend carried over at its end and hold the trend at its end value.
        """
        day, spend, _ = _checked(X, None)
        state = self._carried_spend if day[0] > self.last_day_ else None
        smoothed = carried(spend, self.carryover_, state=state)
        if not np.isfinite(self.controls_).all():
            return np.zeros(len(day))
        control = self._controls(day)
        return np.exp(control @ self.controls_) * (smoothed / self.spend_scale_) ** self.elasticity_

    def draw_elasticities(self, draws: int, rng: np.random.Generator) -> Floats:
        """``draws`` values of the elasticity from its posterior, float64, evenly spread over the quantiles."""
        cumulative = np.concatenate([[0.0], np.cumsum(self.posterior_)])
        edges = np.concatenate([[0.0], (ELASTICITY_GRID[1:] + ELASTICITY_GRID[:-1]) / 2, [1.0]])
        quantile = (np.arange(draws) + rng.random(draws)) / draws
        values = np.interp(quantile, cumulative / cumulative[-1], edges)
        return rng.permutation(np.clip(values, 1e-3, 1 - 1e-3))

    def _controls(self, day: npt.NDArray[np.int64]) -> Floats:
        return controls(day, first_day=self.first_day_, last_day=self.last_day_, promotions=self.promotions_)

    def _cannot_be_fitted(self, spend: Floats, revenue: Floats, control: Floats) -> Message | None:
        if len(spend) < self.min_days:
            template = N_("Only {days} days with spend; at least {needed} are needed.")
            return Message(template, {"days": len(spend), "needed": self.min_days})
        sold = int((revenue > 0).sum())
        if sold < self.min_days // 2:
            template = N_("Only {days} days with revenue; at least {needed} are needed.")
            return Message(template, {"days": sold, "needed": self.min_days // 2})
        if spread_of_log_spend(spend, control) < MIN_LOG_SPREAD:
            return Message(N_("Spend hardly varied apart from weekday and trend, so its effect cannot be seen."), {})
        return None

    def _uninformative(self) -> Message | None:
        mean = float(self.posterior_ @ ELASTICITY_GRID)
        sd = float(np.sqrt(self.posterior_ @ (ELASTICITY_GRID - mean) ** 2))
        prior_sd = float(stats.beta.std(self.prior_a, self.prior_b))
        if sd < INFORMATIVE * prior_sd:
            return None
        return Message(N_("Revenue varies too much from day to day to see the effect of spend."), {})


def carried(spend: Floats, carryover: float, *, state: float | None = None) -> Floats:
    """Spend smoothed by geometric carry-over, float64 [n]; ``state`` is the smoothed spend before the first day.

    Without a state the first week's average stands for what went before.
    """
    if carryover == 0:
        return spend.copy()
    before = float(spend[:7].mean()) if state is None else state
    smoothed, _ = signal.lfilter([1 - carryover], [1, -carryover], spend, zi=[carryover * before])
    return np.asarray(smoothed, dtype=np.float64)


def spread_of_log_spend(spend: Floats, control: Floats) -> float:
    """Standard deviation of log spend around weekday and trend: the variation an elasticity can be read from."""
    return float(log_spend_residual(spend, control).std())


def log_spend_residual(spend: Floats, control: Floats) -> Floats:
    """Log spend less what weekday and trend explain (least squares), float64 [n]."""
    log_spend = np.log(spend)
    return log_spend - control @ np.linalg.lstsq(control, log_spend, rcond=None)[0]


def _checked(
    X: npt.ArrayLike,  # noqa: N803
    y: npt.ArrayLike | None,
) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    features = np.asarray(X, dtype=np.float64)
    if features.ndim != 2 or features.shape[1] != 2 or len(features) == 0:
        raise ValueError(f"X must have rows and the columns day, spend; its shape is {features.shape}")
    target = np.zeros(len(features)) if y is None else np.asarray(y, dtype=np.float64)
    if target.shape != (len(features),):
        raise ValueError(f"y must have one value per row of X; its shape is {target.shape}")
    if not (np.isfinite(features).all() and np.isfinite(target).all()):
        raise ValueError("X and y must be finite")
    day, spend = features[:, 0].astype(np.int64), features[:, 1]
    if (np.diff(day) <= 0).any():
        raise ValueError("days must ascend, one row per day")
    if (spend < 0).any():
        raise ValueError(f"spend must not be negative; the smallest is {spend.min()}")
    return day, spend, target


def _prior(a: float, b: float) -> Floats:
    density = stats.beta.pdf(ELASTICITY_GRID, a, b)
    return np.asarray(density / density.sum(), dtype=np.float64)


def _posterior(prior: Floats, fits: dict[float, LogLinearFit]) -> Floats:
    """Prior × likelihood on the grid, summed over carry-overs; Student's t, since the spread is estimated too."""
    best = min(fits.values(), key=lambda fit: fit.deviance)
    log_likelihood = np.full((len(fits), len(prior)), -np.inf)
    for row, fit in enumerate(fits.values()):
        # The grid cannot show an estimate sharper than its own step.
        distance = (ELASTICITY_GRID - fit.elasticity) / max(fit.standard_error, GRID_STEP / 2)
        degrees = fit.degrees_of_freedom
        log_likelihood[row] = -(degrees + 1) / 2 * np.log1p(distance**2 / degrees)
        log_likelihood[row] -= (fit.deviance - best.deviance) / (2 * best.dispersion)
    joint = prior * np.exp(log_likelihood - log_likelihood.max()).sum(axis=0)
    return np.asarray(joint / joint.sum(), dtype=np.float64)


def _contradiction(fit: LogLinearFit) -> Message | None:
    reach = CONTRADICTION_SE * fit.standard_error
    if fit.elasticity + reach < 0:
        return Message(N_("Revenue fell when spend rose: something else moved both."), {})
    if fit.elasticity - reach > 1:
        return Message(
            N_("Revenue rose faster than spend: demand probably drove both, so the effect cannot be told."), {}
        )
    return None

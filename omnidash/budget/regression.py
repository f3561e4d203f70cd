"""How strongly revenue moves with spend: a log-linear regression that lives with days of no revenue.

Model of one channel's day t: ``E[revenue_t] = exp(controls_t · γ + β · log spend_t)``. β is the elasticity: 1 % more
spend brings β % more revenue. It is estimated by quasi-Poisson pseudo-likelihood, which stays consistent for amounts
of money with zeros and unequal variance, where a regression of log revenue does not (Santos Silva & Tenreyro, "The
Log of Gravity", 2006). Standard errors allow neighbouring days to resemble each other (Newey & West 1987).

Worked example: revenue 10, 20 and 40 on days of spend 1, 4 and 16 gives β = 0.5.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LAG_DAYS = 7  # neighbouring days whose errors may be alike: one business week
YEAR_DAYS = 365.25
SEASON_HARMONICS = 2  # a year's ups and downs as waves of twelve and six months
CONTROL_RIDGE = 0.05  # in day-equivalents: keeps a weekday that never sold anything finite, moves nothing else
MAX_STEPS = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogLinearFit:
    """A fitted log-linear mean: coefficients of the controls, the elasticity and how sure it is.

    ``deviance`` is the quasi-Poisson deviance of revenue in units of its mean; divided by the ``dispersion`` of the
    best fit it compares fits of the same days. ``dispersion`` is the one the standard error implies.
    """

    control_coefficients: Floats
    elasticity: float
    standard_error: float
    degrees_of_freedom: int
    deviance: float
    dispersion: float


def controls(day: npt.NDArray[np.int64], *, first_day: int, last_day: int, promotions: Collection[int] = ()) -> Floats:
    """Columns that explain revenue without spend, float64 [n, k]: level, trend over the span, weekday, yearly season,
    promotions.

    ``day`` and ``promotions``: days since 1970-01-01. Days outside ``first_day … last_day`` hold the trend at its end
    value: a trend is evidence about the past, not a promise. With fewer than 28 days weekdays cannot be told from
    noise and are left out; with less than a year the season cannot be told from the trend.
    """
    span = max(last_day - first_day, 1)
    trend = (np.clip(day, first_day, last_day) - first_day) / span - 0.5
    columns = [np.ones(len(day)), trend]
    if last_day - first_day + 1 >= 28:
        weekday = (day + 3) % 7  # 1970-01-01 was a Thursday; Monday = 0
        columns += [(weekday == k).astype(float) for k in range(6)]
    if last_day - first_day + 1 >= YEAR_DAYS:
        for k in range(1, SEASON_HARMONICS + 1):
            angle = 2 * np.pi * k * day / YEAR_DAYS
            columns += [np.sin(angle), np.cos(angle)]
    if promotions:
        columns.append(np.isin(day, list(promotions)).astype(float))
    return np.column_stack(columns)


def fit_log_linear(revenue: Floats, control: Floats, log_spend: Floats) -> LogLinearFit:
    """Fit controls and elasticity to days in time order.

    ``revenue`` float64 [n] ≥ 0 with a positive sum; ``control`` float64 [n, k]; ``log_spend`` float64 [n].
    """
    scale = float(revenue.mean())
    y = revenue / scale
    centre = float(log_spend.mean())
    design = np.column_stack([control, log_spend - centre])
    ridge = np.array([1e-9] + [CONTROL_RIDGE] * (control.shape[1] - 1) + [1e-6])
    coefficients, mean = _maximise(y, design, ridge, np.zeros(len(y)))

    n, k = design.shape
    degrees = max(n - k, 1)
    bread = np.linalg.inv((design * mean[:, None]).T @ design + np.diag(ridge))
    dispersion = float(np.sum((y - mean) ** 2 / np.maximum(mean, 1e-12))) / degrees
    scores = design * (y - mean)[:, None]
    meat = scores.T @ scores
    for lag in range(1, min(LAG_DAYS, n - 1) + 1):
        cross = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (LAG_DAYS + 1)) * (cross + cross.T)
    plain = dispersion * bread[-1, -1]
    robust = (bread @ meat @ bread)[-1, -1] * n / degrees
    # The larger of the two: the robust variance is itself noisy and too small on few days.
    variance = max(plain, robust, 1e-18)
    gamma = coefficients[:-1].copy()
    gamma[0] += np.log(scale) - coefficients[-1] * centre
    return LogLinearFit(
        control_coefficients=gamma,
        elasticity=float(coefficients[-1]),
        standard_error=float(np.sqrt(variance)),
        degrees_of_freedom=degrees,
        deviance=2 * float(np.sum(_xlogy(y, y / mean) - (y - mean))),
        dispersion=max(dispersion * variance / max(plain, 1e-18), 1e-12),
    )


def fit_controls(revenue: Floats, control: Floats, offset: Floats) -> Floats:
    """Control coefficients, float64 [k], when the spend effect ``offset`` (log scale, float64 [n]) is given.

    The fitted means add up to the revenue observed (to the small ridge on weekday and trend).
    """
    scale = float(revenue.mean())
    ridge = np.array([1e-9] + [CONTROL_RIDGE] * (control.shape[1] - 1))
    centre = float(offset.mean())
    coefficients, _ = _maximise(revenue / scale, control, ridge, offset - centre)
    coefficients[0] += np.log(scale) - centre
    return coefficients


def _maximise(y: Floats, design: Floats, ridge: Floats, offset: Floats) -> tuple[Floats, Floats]:
    """Iteratively reweighted least squares with step halving; returns coefficients and means."""
    coefficients = np.zeros(design.shape[1])
    coefficients[0] = np.log(y.mean()) - np.log(np.exp(np.clip(offset, -30, 30)).mean())
    penalty = np.diag(ridge)

    def mean_and_loss(candidate: Floats) -> tuple[Floats, float]:
        linear = np.clip(design @ candidate + offset, -30, 30)
        mean = np.exp(linear)
        return mean, float(np.sum(mean - y * linear) + 0.5 * candidate[1:] @ (ridge[1:] * candidate[1:]))

    mean, loss = mean_and_loss(coefficients)
    for _ in range(MAX_STEPS):
        gradient = design.T @ (y - mean) - np.r_[0.0, ridge[1:] * coefficients[1:]]
        step = np.linalg.solve((design * mean[:, None]).T @ design + penalty, gradient)
        for _ in range(30):
            new_mean, new_loss = mean_and_loss(coefficients + step)
            if new_loss <= loss + 1e-12 * (1 + abs(loss)):
                break
            step /= 2
        coefficients, mean, loss = coefficients + step, new_mean, new_loss
        if float(np.abs(step).max()) < 1e-8:
            break
    return coefficients, mean


def _xlogy(x: Floats, y: Floats) -> Floats:
    """x · log y with 0 · log 0 = 0."""
    return x * np.log(np.where(x > 0, y, 1.0))

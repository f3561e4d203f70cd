"""BG/NBD and Gamma-Gamma: how often a customer will buy again, and for how much.

BG/NBD (Fader, Hardie, Lee 2005, "Counting your customers the easy way"): while alive a customer buys at a Poisson
rate λ ~ Gamma(r, α); after each purchase he leaves for good with probability p ~ Beta(a, b). What is needed of a
customer: x repeat purchases, the time t_x of the last one and T since the first, both counted from the first
purchase, in any one unit.

Gamma-Gamma (Fader, Hardie 2013, "The Gamma-Gamma model of monetary value"): mean value z̄ of a customer's x repeat
purchases, spend per transaction ~ Gamma(p, ν), ν ~ Gamma(q, γ), independent of how often he buys.

Both are fitted by maximum likelihood; equal customers are counted once, so the fit takes as long for millions. Raises
BadInput where there are fewer than ``MINIMUM_REPEATERS`` customers who came back, or where the values of their orders
have no mean (q ≤ 1): nothing can be learnt from them.

Example (CDNOW, 1/10 sample, weeks): r 0.243, α 4.414, a 0.793, b 2.426; a customer with x = 2, t_x = 30.43, T = 38.86
is expected to buy 1.226 times in the next 39 weeks.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, digamma, gammaln, hyp2f1

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

Floats = NDArray[np.float64]
MINIMUM_REPEATERS = 30
_BOUNDS = [(-12.0, 12.0)] * 3  # of the logs: where customers hardly differ, the likelihood rises for ever, ever less
_BG_NBD_BOUNDS = [(-6.0, 6.0)] * 4  # beyond, expectations are differences of huge numbers; e⁶ is as good as "all alike"
_NEAR_ONE = 1e-6
_CLOSE = {"maxiter": 500, "ftol": 1e-12, "gtol": 1e-6}


@dataclass(frozen=True, slots=True, kw_only=True)
class BgNbd:
    """A fitted BG/NBD model. ``log_likelihood`` over all customers. Expectations that cannot be computed in floating
    point are not finite."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float

    def expected_purchases(self, t: float) -> float:
        """Repeat purchases of a new customer within ``t`` of the first."""
        return float(_expected(self, np.asarray(t, dtype=np.float64), np.zeros(1), np.zeros(1))[0])

    def expected_purchases_of(self, t: Floats | float, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """Purchases within the next ``t`` of customers with these histories."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        number = _expected(self, np.asarray(t, dtype=np.float64), x, age)
        gone = np.where(
            x > 0,
            a / (b + np.maximum(x, 1) - 1) * np.exp(np.minimum((r + x) * np.log((alpha + age) / (alpha + t_x)), 700.0)),
            0.0,
        )
        return np.asarray(number / (1 + gone), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaGamma:
    """A fitted Gamma-Gamma model."""

    p: float
    q: float
    gamma: float
    log_likelihood: float

    def expected_value(self, x: Floats, mean_value: Floats) -> Floats:
        """Expected value of a transaction of customers with ``x`` repeat purchases of ``mean_value``; the
        population's mean where x is 0."""
        p, q, gamma = self.p, self.q, self.gamma
        return np.asarray(p * (gamma + x * np.where(x > 0, mean_value, 0.0)) / (p * x + q - 1), dtype=np.float64)


def _expected(model: BgNbd, t: Floats, x: Floats, age: Floats) -> Floats:
    """Purchases within ``t`` of customers who are still alive. Equation 10 of the paper after Euler's
    transformation: the power and the function in it under- and overflow where r and b are large, these do not."""
    a = model.a if abs(model.a - 1) > _NEAR_ONE else 1 + _NEAR_ONE  # the formula is continuous there, its terms are not
    c = a + model.b + x - 1
    until = model.alpha + age
    with np.errstate(all="ignore"):  # what cannot be computed is not finite, and that is looked at by whoever asked
        still = (until / (until + t)) ** (a - 1) * hyp2f1(a + model.b - 1 - model.r, a - 1, c, t / (until + t))
        return np.asarray(c / (a - 1) * (1 - still), dtype=np.float64)


def fit_bg_nbd(x: Floats, t_x: Floats, age: Floats) -> BgNbd:
    """Fit to customers with ``x`` repeat purchases, the last at ``t_x``, observed for ``age`` (0 ≤ t_x ≤ age)."""
    _enough(x)
    groups = (
        pl.DataFrame({"x": x, "t_x": t_x, "age": age})
        .group_by("x", "t_x", "age")
        .len()
        .select(pl.col("x", "t_x", "age", "len").cast(pl.Float64))
    )
    columns = [groups[name].to_numpy() for name in ("x", "t_x", "age", "len")]
    scale = float(np.median(age)) or 1.0  # of time, so that parameters are about 1

    def loss(logs: Floats) -> float:
        r, alpha, a, b = np.exp(logs)
        return -float(columns[3] @ _log_likelihood(r, alpha * scale, a, b, *columns[:3]))

    best = _minimum(loss, np.log([0.5, 0.3, 0.8, 2.5]))
    r, alpha, a, b = (float(v) for v in np.exp(best.x))
    return BgNbd(r=r, alpha=alpha * scale, a=a, b=b, log_likelihood=-float(best.fun))


def fit_gamma_gamma(x: Floats, mean_value: Floats) -> GammaGamma:
    """Fit to customers with ``x`` ≥ 1 repeat purchases of positive ``mean_value``; others are left out."""
    keep = (x > 0) & (mean_value > 0)
    x, mean_value = x[keep], mean_value[keep]
    _enough(x)
    scale = float(np.median(mean_value))
    z = mean_value / scale

    xz, log_z = x * z, float(x @ np.log(z * x))
    counts, times = np.unique(x, return_counts=True)  # gamma functions of a few counts instead of of every customer

    def loss(logs: Floats) -> tuple[float, Floats]:
        """Minus the log-likelihood and its slopes in the logs of the parameters."""
        p, q, gamma = np.exp(logs)
        log_sum = np.log(gamma + xz)
        likelihood = (
            times @ (gammaln(p * counts + q) - gammaln(p * counts) - gammaln(q))
            + len(x) * q * np.log(gamma)
            + p * log_z
            - (p * x + q) @ log_sum
        )
        of_sum = times @ (counts * digamma(p * counts + q))
        by_p = of_sum - times @ (counts * digamma(p * counts)) + log_z - x @ log_sum
        by_q = times @ (digamma(p * counts + q) - digamma(q)) + len(x) * np.log(gamma) - log_sum.sum()
        by_gamma = len(x) * q / gamma - ((p * x + q) / (gamma + xz)).sum()
        return -float(likelihood), -np.array([p * by_p, q * by_q, gamma * by_gamma])

    best = minimize(loss, np.log([3.0, 3.0, 1.0]), jac=True, method="L-BFGS-B", bounds=_BOUNDS, options=_CLOSE)
    p, q, gamma = (float(v) for v in np.exp(best.x))
    if q <= 1:
        raise BadInput(N_("Lifetime values cannot be told: the values of repeat orders have no steady mean."))
    return GammaGamma(p=p, q=q, gamma=gamma * scale, log_likelihood=-float(best.fun) - float(np.log(mean_value).sum()))


def _log_likelihood(r: float, alpha: float, a: float, b: float, x: Floats, t_x: Floats, age: Floats) -> Floats:
    """Log of the likelihood of each history (Fader, Hardie, Lee 2005, equation 6)."""
    shared = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    alive = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + age)
    repeat = np.maximum(x, 1.0)
    gone = betaln(a + 1, b + repeat - 1) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
    return np.asarray(shared + np.where(x > 0, np.logaddexp(alive, gone), alive), dtype=np.float64)


def _minimum(loss, start: Floats):  # type: ignore[no-untyped-def]  # scipy's result type is its own
    """Nelder-Mead to get near, then BFGS to the bottom: the likelihood is smooth but flat far away."""
    near = minimize(
        loss,
        start,
        method="Nelder-Mead",
        bounds=_BG_NBD_BOUNDS,
        options={"maxiter": 2000, "xatol": 1e-4, "fatol": 1e-4},
    )
    exact = minimize(loss, near.x, method="L-BFGS-B", bounds=_BG_NBD_BOUNDS, options={"maxiter": 200})
    return exact if exact.fun <= near.fun else near


def _enough(x: Floats) -> None:
    repeaters = int((x > 0).sum())
    if repeaters < MINIMUM_REPEATERS:
        raise BadInput(
            N_("Lifetime values need {needed} customers who bought again; there are {found}."),
            needed=MINIMUM_REPEATERS,
            found=repeaters,
        )

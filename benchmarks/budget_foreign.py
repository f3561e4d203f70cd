"""The same question as ``budget_truth`` on companies built as unlike the model as real ones may be.

    python -m benchmarks.budget_foreign [--worlds 100] [--seed 0]

What differs from what the media mix assumes: memory by Weibull weights over 56 days, often strongest only days after
the spend; Michaelis–Menten saturation; demand that multiplies what media bring (half of the companies); sales that step
up or down for good once to three times; a weekday pattern whose size drifts; holidays; noise that lasts and has heavy
tails (autoregressive, and Student's t with 3 degrees of freedom). Spend follows a common budget that goes with the
season, is planned in weeks to quarters and paced by weekday, comes in flights or starts late. The generator was written
before the model was tried on it and not changed after; what it showed (seed 0: a memory that only fades is too narrow)
led to the delayed memory, so look at other seeds. Everything else is as in ``budget_truth``.
"""

import argparse

import numpy as np
import numpy.typing as npt

from benchmarks.budget_judge import judge, profit
from benchmarks.budget_truth import CHANGE, DAYS, REFERENCE_DAYS, wandering

Floats = npt.NDArray[np.float64]

LAGS = 56
STEPS = 401


class World:
    """One company, drawn at random (see ``budget_judge.Company``)."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 31])
        channels = int(rng.integers(3, 8))
        t = np.arange(DAYS)
        size = rng.lognormal(np.log(400), 0.8, channels)
        season = np.sin(2 * np.pi * (t / 365.25 + rng.random()))
        common = rng.uniform(0, 0.3) * season + wandering(rng, DAYS, 0.97, rng.uniform(0.05, 0.25))
        self.spend = np.column_stack([_spend(rng, common) * size[c] for c in range(channels)])
        self.weights = [_weibull(rng.uniform(0.6, 2.5), rng.uniform(0.5, 8.0)) for _ in range(channels)]
        self.half = size * rng.lognormal(np.log(1.5), 0.8, channels)
        self.felt = np.column_stack([_remembered(x, w) for x, w in zip(self.spend.T, self.weights, strict=True)])
        roas = rng.lognormal(np.log(2.0), 0.6, channels)
        reached = self.felt / (self.half + self.felt)
        self.ceiling = roas * self.spend.sum(axis=0) / reached.sum(axis=0)
        self.demand = 1 + rng.choice([0, 1]) * rng.uniform(0, 0.15) * season
        media = self._by_day(np.ones(channels)).sum(axis=1)
        share = rng.uniform(0.15, 0.5)
        base = media.mean() * (1 - share) / share
        noise = wandering(rng, DAYS, rng.uniform(0.2, 0.8), rng.uniform(0.02, 0.1)) + 0.02 * rng.standard_t(3, DAYS)
        sold = base * _level(rng, season) + media + noise * (base + media.mean())
        self.revenue = np.maximum(sold, 0)
        self.today = self.spend[-REFERENCE_DAYS:].mean(axis=0)
        returned = media[-REFERENCE_DAYS:].sum() / self.spend[-REFERENCE_DAYS:].sum()
        self.margin = float(np.clip(rng.uniform(0.9, 1.8) / returned, 0.02, 1.0))

    def media(self, factor: Floats) -> Floats:
        """True revenue per day by channel in the reference period, all spend scaled."""
        return np.asarray(self._by_day(factor)[-REFERENCE_DAYS:].mean(axis=0))

    def best_gain(self) -> float:
        """The most profit today's total could add within ± 50 %: one price of money for all channels (concave)."""
        factors = np.linspace(1 - CHANGE, 1 + CHANGE, STEPS)
        value = np.array([self.media(np.full(len(self.today), x)) for x in factors])
        low, high = 1e-9, 1e9
        for _ in range(100):
            price = np.sqrt(low * high)
            best = (value - price * factors[:, None] * self.today).argmax(axis=0)
            low, high = (price, high) if (factors[best] * self.today).sum() > self.today.sum() else (low, price)
        return profit(self, factors[best]) - profit(self, np.ones(len(self.today)))

    def _by_day(self, factor: Floats) -> Floats:
        felt = self.felt * factor
        return np.asarray(self.ceiling * felt / (self.half + felt) * self.demand[:, None])


def _spend(rng: np.random.Generator, common: Floats) -> Floats:
    """Spend of one channel around 1: the common budget, its own plan, weekdays, days; perhaps late or in flights."""
    t = np.arange(DAYS)
    length = int(rng.choice([7, 14, 28, 91]))
    plan = np.repeat(rng.normal(0, rng.uniform(0.1, 0.5), DAYS // length + 1), length)[:DAYS]
    pace = rng.normal(0, rng.uniform(0, 0.25), 7)[t % 7]
    spend = np.exp(common * rng.uniform(0, 1) + plan + pace + rng.normal(0, rng.uniform(0.02, 0.25), DAYS))
    if rng.random() < 0.15:
        spend[: int(rng.integers(60, 360))] = 0.0
    if rng.random() < 0.2:
        flight = np.repeat(rng.random(DAYS // 21 + 1) < 0.6, 21)[:DAYS]
        flight[-REFERENCE_DAYS:] = True
        spend = spend * flight
    return np.asarray(spend)


def _level(rng: np.random.Generator, season: Floats) -> Floats:
    """Sales without media around 1: trend, season, weekdays that drift, lasting steps, holidays."""
    t = np.arange(DAYS)
    week = rng.normal(0, 0.15, 7)[t % 7] * (1 + rng.uniform(-0.8, 0.8) * t / DAYS)
    level = 1 + rng.uniform(-0.2, 0.3) * t / DAYS + rng.uniform(0, 0.2) * season + week
    for _ in range(int(rng.integers(1, 4))):
        level = level + rng.normal(0, 0.06) * (t >= rng.integers(60, DAYS - 60))
    for day in rng.integers(0, 365, 3):
        level = level + rng.uniform(0.1, 0.5) * np.exp(-0.5 * (((t - day) % 365) / 3.0) ** 2)
    return np.asarray(level)


def _weibull(shape: float, scale: float) -> Floats:
    lag = np.arange(LAGS) + 0.5
    weight = (lag / scale) ** (shape - 1) * np.exp(-((lag / scale) ** shape))
    return np.asarray(weight / weight.sum())


def _remembered(spend: Floats, weights: Floats) -> Floats:
    before = np.full(LAGS, spend[:7].mean())
    return np.convolve(np.concatenate([before, spend]), weights)[LAGS : LAGS + DAYS]


def main() -> None:
    """Run and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    first = arguments.seed * 100_000
    judge("budget_foreign", World, range(first, first + arguments.worlds))


if __name__ == "__main__":
    main()

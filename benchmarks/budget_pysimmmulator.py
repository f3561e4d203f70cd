"""The same question as ``budget_truth`` on worlds of a generator nobody here wrote: PyPI pysimmmulator.

    pip install pysimmmulator && python -m benchmarks.budget_pysimmmulator [--worlds 60]

Two years of days, 3–5 channels, campaigns of one or two weeks, noisy costs per click and impression, noisy conversion
rates, geometric carry-over, its own saturation (share of v^a / (v^a + g^a), times v: nearly linear once past g, so no
curve family here fits it exactly). Truth: the generator's own functions on media scaled by a plan, with its own
threshold g; seasons and conversion rates as they were drawn. Everything else is as in ``budget_truth``.
"""

import argparse
import logging

import numpy as np
import numpy.typing as npt
import pandas as pd
from pysimmmulator.param_handlers import (
    AdSpendParameters,
    AdstockParameters,
    BaselineParameters,
    BasicParameters,
    CVRParameters,
    MediaParameters,
)
from pysimmmulator.simulate import Simulate
from pysimmmulator.transforms import geometric_adstock

from benchmarks.budget_judge import judge
from benchmarks.budget_truth import CHANGE, FIRST, REFERENCE_DAYS

Floats = npt.NDArray[np.float64]

DAYS = 728
STEPS = 41


class World:
    """One simulated company: spend [days, channels], total revenue, and the true response to scaled media."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 88])
        names = [f"c{i}" for i in range(int(rng.integers(3, 6)))]
        every = int(rng.choice([7, 14]))
        basic = BasicParameters(
            years=2,
            channels_impressions=names,  # its channels of clicks get none: they are cut to impressions they do not have
            channels_clicks=[],
            frequency_of_campaigns=every,
            start_date=FIRST.strftime("%Y/%m/%d"),
            true_cvr={n: float(rng.uniform(0.0001, 0.0008)) for n in names},
            revenue_per_conv=float(rng.uniform(30, 80)),
        )
        simulation = Simulate(basic_params=basic, random_seed=seed)
        shares = rng.dirichlet(np.full(len(names), 4.0))
        bounds = {
            n: {"min": float(s * 0.4), "max": min(float(s * 1.6), 1.0)} for n, s in zip(names, shares, strict=True)
        }
        per_campaign = float(rng.uniform(3000, 9000)) * every
        baseline = simulation.simulate_baseline(
            BaselineParameters(
                basic_params=basic, base_p=int(rng.uniform(400, 900)), trend_p=int(rng.uniform(0, 300)),
                temp_var=8, temp_coef_mean=8, temp_coef_sd=3, error_std=int(rng.uniform(15, 60)),
            )
        )  # fmt: skip
        media = simulation.simulate_ad_spend(
            baseline,
            AdSpendParameters(
                campaign_spend_mean=per_campaign,
                campaign_spend_std=per_campaign * float(rng.uniform(0.15, 0.5)),
                max_min_proportion_on_each_channel=bounds,
            ),
        )
        costs = {n: float(rng.uniform(2.0, 9.0)) for n in names}
        noise = {n: {"loc": 0.0, "scale": costs[n] * 0.05} for n in names}
        media = simulation.simulate_media(media, MediaParameters(true_cpm=costs, true_cpc={}, noisy_cpm_cpc=noise))
        media = simulation.simulate_cvr(
            media, CVRParameters(noisy_cvr={n: {"loc": 0.0, "scale": float(rng.uniform(0.005, 0.02))} for n in names})
        )
        self.memory = {n: float(rng.uniform(0, 0.7)) for n in names}
        self.power = {n: float(rng.uniform(0.6, 2.5)) for n in names}
        self.knee = {n: float(rng.uniform(0.2, 0.8)) for n in names}
        table = simulation.simulate_decay_returns(
            media,
            AdstockParameters(
                adstock={n: {"type": "geometric", "params": {"lambda": self.memory[n]}} for n in names},
                saturation={
                    n: {"type": "scurve", "params": {"alpha": self.power[n], "gamma": self.knee[n]}} for n in names
                },
            ),
        )
        table = simulation.calculate_conversions(table)
        window = slice(0, DAYS)
        self.names = names
        self.each = basic.revenue_per_conv or 1.0
        self.impressions = {n: table[f"{n}_impressions"].to_numpy(dtype=float) for n in names}
        self.rate = {n: table[f"{n}_cvr"].to_numpy(dtype=float)[window] for n in names}
        self.window = window
        self.spend = np.column_stack([table[f"{n}_spend"].to_numpy(dtype=float)[window] for n in names])
        sales = np.round(baseline["baseline_sales"].to_numpy()) * self.each
        organic = np.resize(sales, len(table))[window]
        brought = np.column_stack([self.response(n, 1.0) for n in names])
        self.revenue = organic + brought.sum(axis=1)
        self.today = self.spend[-REFERENCE_DAYS:].mean(axis=0)
        roas = brought[-REFERENCE_DAYS:].mean(axis=0).sum() / self.today.sum()
        self.margin = float(np.clip(rng.uniform(0.8, 2.0) / roas, 0.02, 1.0))

    def response(self, name: str, factor: float) -> Floats:
        """Revenue per day a channel brings when all its media are scaled."""
        as_was = geometric_adstock(pd.Series(self.impressions[name]), self.memory[name]).to_numpy()
        knee = np.quantile(np.linspace(as_was.min(), as_was.max(), num=100), self.knee[name])
        felt = as_was * factor
        power = felt ** self.power[name]
        conversions = power / (power + knee ** self.power[name]) * felt
        return np.asarray(conversions[self.window] * self.rate[name] * self.each)

    def media(self, factor: Floats) -> Floats:
        """True revenue per day by channel in the reference period."""
        brought = [self.response(n, f)[-REFERENCE_DAYS:].mean() for n, f in zip(self.names, factor, strict=True)]
        return np.array(brought)

    def best_gain(self) -> float:
        """The most profit that today's total could add within ± 50 %: dynamic programming over shares of money."""
        factors = np.linspace(1 - CHANGE, 1 + CHANGE, STEPS)
        unit = self.today.sum() / 4000
        best = {0: 0.0}
        for c, name in enumerate(self.names):
            values = [self.response(name, f)[-REFERENCE_DAYS:].mean() * self.margin for f in factors]
            after: dict[int, float] = {}
            for spent, value in best.items():
                for factor, worth in zip(factors, values, strict=True):
                    money = spent + round(self.today[c] * factor / unit)
                    if money <= 4000 and value + worth > after.get(money, -np.inf):
                        after[money] = value + worth
            best = after
        now = self.media(np.ones(len(self.names))).sum() * self.margin
        return max(value for money, value in best.items() if money >= 3980) - now


def main() -> None:
    """Run and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    first = arguments.seed * 100_000
    judge("pysimmmulator", World, range(first, first + arguments.worlds))


if __name__ == "__main__":
    main()

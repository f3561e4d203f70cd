"""What could be had at most in the worlds of ``budget_truth``? A planner that is told how they were made.

    python -m benchmarks.budget_ceiling [--worlds 60] [--seed 21]

It sees the same days as OmniDash and uses the same sampler, but is told what no planner of a real company knows: that
memory is geometric, how trend, season and weekday look and multiply, and the very distributions from which carry-over,
half-saturation, shape and return were drawn. Only this company's numbers are left to find. What it does not reach, the
days do not tell. Its *all plans* are the ceiling of this generator for *every best plan* of ``budget_truth``.
"""

import argparse
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.budget_truth import DAYS, PERIOD, brief, channel_day, world
from omnidash.budget.media_mix import MediaMix
from omnidash.budget.media_pool import BaseSpreads, Pool
from omnidash.budget.media_sampler import Sampler
from omnidash.budget.mix_curves import mix_curves
from omnidash.budget.planner import make_plan

Floats = npt.NDArray[np.float64]


class Known(Pool):
    """A prior that is known, so that nothing is learned: normal around ``centre``."""

    def __init__(self, centre: float, spread: float) -> None:
        self.centre, self.spread = centre, spread

    def learn(self, rng: np.random.Generator, values: Floats) -> None:
        """Nothing: it is known."""


class KnownShape(Known):
    """Log shapes: three in ten even between 1.3 and 2.5, the others even between .7 and 1.2."""

    def log_density(self, value: Floats) -> Floats:
        """Log density of log shapes."""
        shape = np.exp(value)
        density = 0.3 / 1.2 * ((shape > 1.3) & (shape < 2.5)) + 0.7 / 0.5 * ((shape > 0.7) & (shape < 1.2))
        return np.asarray(np.log(np.maximum(density * shape, 1e-30)))


class Told(MediaMix):
    """The media mix that is told how base and curves of these worlds were drawn."""

    def _sampler(self, *series: Any) -> Sampler:
        sampler = super()._sampler(*series)
        sampler.pools = {1: Known(float(np.log(1.2)), 0.7), 2: KnownShape(0.0, 1.0)}
        sampler.returns = Known(float(np.log(2.2 / self.scale_)), 0.6)
        return sampler

    def _base(self, day: npt.NDArray[np.int64], promotion: Floats) -> tuple[Floats, BaseSpreads]:  # noqa: ARG002  (these worlds have none)
        t = (day - self.first_day_) / DAYS
        trend = [(np.ones(len(day)), 1.0), (t - 0.5, 0.3)]
        year, week = (2 * np.pi * day / period for period in (365.25, 7))
        season = [(np.ones(len(day)), 1.0), (np.sin(year), 0.11), (np.cos(year), 0.11)]
        weekday = [(np.ones(len(day)), 1.0), (np.sin(week), 0.14), (np.cos(week), 0.14)]
        made = [(a * b * c, x * y * z) for a, x in trend for b, y in season for c, z in weekday]
        return np.column_stack([column for column, _ in made]), BaseSpreads(
            np.array([sd for _, sd in made]), np.full(len(made), -1)
        )


def told() -> Told:
    """Not fitted; its cells are just what the generator draws from."""
    return Told(carryovers=np.arange(1, 12, 2) / 15, shapes=np.geomspace(0.7, 2.5, 9)[1::2])


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=21)
    arguments = parser.parse_args()
    shares, loses = [], []
    for number in range(arguments.worlds):
        one = world(arguments.seed * 100_000 + number)
        plan = make_plan(mix_curves(channel_day(one), PERIOD, estimator=told()), brief(one))
        now = one.profit(np.ones(len(one.today)))
        gain = one.profit(plan.spend / one.today) - now
        shares.append(gain / max(one.best_gain(), 1e-9))
        loses.append(gain < -1e-6 * abs(now))
    print(
        f"{arguments.worlds} worlds, seed {arguments.seed}, every best plan of a planner that is told the generator\n"
    )
    print("| share of the achievable gain, median | mean | 10 % of worlds below | loses money against today |")
    print("|---|---|---|---|")
    low = np.quantile(shares, 0.1)
    print(f"| {np.median(shares):.0%} | {np.mean(shares):.0%} | {low:.0%} | {np.mean(loses):.0%} |")


if __name__ == "__main__":
    main()

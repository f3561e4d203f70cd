"""Companies with a driver that nobody recorded: is a return called identified only where it is known?

    python -m benchmarks.budget_unseen [--worlds 60] [--seed 1 …]

Each world: 2–6 channels; two or five years of days, or two to four years of weeks. Something unseen (its memory a day,
a week, a month or four months) moves sales in half of the worlds; half of the channels are steered by demand, so that
their spend follows the season, which the model knows, and that driver, which it does not. Such a channel is
*confounded* where the driver moves sales too: what the driver brought looks like the channel's. Curves are Hill's,
memory fades geometrically, and the history begins in the middle of the company's life.

Printed: by verdict (``omnidash/budget/identification.py``), how many returns of the last month lie near the truth; the
same for confounded channels alone.
"""

import argparse
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.budget_truth import FIRST, wandering
from benchmarks.budget_verdicts import Verdicts
from omnidash.budget.media_sampler import carried, saturate
from omnidash.budget.mix_curves import mix_curves
from omnidash.model.period import Period

Floats = npt.NDArray[np.float64]

BEFORE = 60  # rows of the company's life that are not in the history
MONTH = {1: 28, 7: 8}  # rows of the reference period, by days per row


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """``spend`` and ``media`` (true revenue of each channel): float64 [rows, channels]; ``revenue``: [rows];
    ``is_confounded``: bool [channels]; ``step``: days per row."""

    step: int
    spend: Floats
    media: Floats
    revenue: Floats
    is_confounded: npt.NDArray[np.bool_]


def world(seed: int) -> World:
    """A company drawn at random."""
    rng = np.random.default_rng([seed, 606])
    step, rows = [(1, 728), (1, 1825), (7, int(rng.integers(104, 209)))][rng.integers(3)]
    channels, life = int(rng.integers(2, 7)), rows + BEFORE
    day = step * np.arange(life)
    season = np.sin(2 * np.pi * day / 365.25 + rng.uniform(0, 6))
    unseen = wandering(rng, life, float(np.exp(-step / rng.choice([1, 7, 30, 120]))), 1.0)
    moves_sales = rng.choice([0, 1]) * rng.uniform(0.01, 0.06)
    follows = rng.choice([0, 1], channels) * rng.uniform(0.3, 1.0, channels)
    spend, media = np.empty((life, channels)), np.empty((life, channels))
    for c in range(channels):
        length = max(int(rng.choice([7, 14, 28])) // step, 1)
        plan = np.repeat(rng.normal(0, rng.uniform(0.2, 0.9), life // length + 1), length)[:life]
        steered = 0.3 * follows[c] * (season + unseen)
        spend[:, c] = rng.lognormal(0, 0.7) * np.exp(plan + rng.normal(0, rng.uniform(0.05, 0.3), life) + steered)
        felt = carried(spend[:, c], rng.uniform(0, 0.8) ** np.sqrt(step))
        half = spend[:, c].mean() * rng.lognormal(np.log(1.2), 0.5)
        reached = saturate(felt, half, rng.uniform(0.8, 1.6), "hill")
        media[:, c] = reached / reached.mean() * spend[:, c].mean() * rng.lognormal(0, 0.6)
    share = rng.uniform(0.3, 0.7)
    media *= share / media.sum(axis=1).mean()
    week = 0.15 * np.sin(2 * np.pi * (day % 7) / 7) if step == 1 else 0.0
    level = 1 + rng.uniform(0.03, 0.2) * season + week + rng.uniform(-0.1, 0.3) * day / day[-1]
    noise = wandering(rng, life, rng.uniform(0, 0.4), rng.uniform(0.01, 0.06) * step**-0.3)
    revenue = (1 - share) * level + moves_sales * unseen + noise + media.sum(axis=1)
    return World(
        step=step,
        spend=spend[BEFORE:],
        media=media[BEFORE:] * 1000,
        revenue=revenue[BEFORE:] * 1000,
        is_confounded=(follows > 0) & (moves_sales > 0),
    )


def main() -> None:
    """Run and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=60)
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="several: their worlds count together")
    arguments = parser.parse_args()
    every, confounded = Verdicts(), Verdicts()
    for seed in arguments.seed:
        for number in range(arguments.worlds):
            one = world(seed * 100_000 + number)
            rows = MONTH[one.step]
            days = [FIRST + timedelta(days=one.step * i) for i in range(len(one.revenue))]
            table = pl.concat(
                [
                    pl.DataFrame(
                        {"day": days, "spend": one.spend[:, c], "revenue": one.revenue * (c == 0)}
                    ).with_columns(channel=pl.lit(f"c{c}"), has_spend=pl.lit(True))
                    for c in range(one.spend.shape[1])
                ]
            )
            curves = mix_curves(table, Period(first_day=days[-rows], last_day=days[-1]))
            truth = one.media[-rows:].mean(axis=0)
            every.add(curves, truth.tolist())
            alike = np.flatnonzero(one.is_confounded)
            confounded.add([curves[c] for c in alike], truth[alike].tolist())
            if number % 20 == 19:
                print(f"… {number + 1} worlds of seed {seed}", flush=True)
    print(f"\n{arguments.worlds} worlds each, seeds {arguments.seed}")
    every.print()
    print("\nOf these, confounded channels:")
    confounded.print()


if __name__ == "__main__":
    main()

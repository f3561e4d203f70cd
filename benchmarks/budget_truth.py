"""How much of the gain that could be had do plans really bring? Simulated companies whose curves are known.

    python -m benchmarks.budget_truth [--worlds 120] [--seed 1 …]

Each world: 3–8 channels, two years of days, spend that wanders and comes in campaigns, some channels hardly varying or
moving together. Total revenue = base (trend, weekday, season, noise that lasts) + Σ ceiling · Hill(carried-over
spend); carry-over, half-saturation, shape (some S-shaped), ceiling and margin differ by channel and are told to nobody.
The planner sees spend and total revenue (and last-touch credit, wrong in the usual way: channels near the sale get too
much). OmniDash recommends a plan when it is better than today with a probability of at least 80 %; otherwise today's
split stays. Every method places the same total (today's) within ± 50 % per channel; profit is counted on true curves.

Printed: the median share of the achievable gain (the best plan on the true curves, same limits, less today), how often
a plan loses money against today, and how often 80 % intervals hold the truth. Nothing of the estimator is fitted to
these worlds: its priors are the ones in ``omnidash/budget/media_sampler.py``.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.budget_verdicts import Verdicts
from omnidash.budget.curve import ChannelCurve, HillDraws, Interval
from omnidash.budget.limits import Brief
from omnidash.budget.media_sampler import carried, saturate
from omnidash.budget.mix_curves import mix_curves
from omnidash.budget.planner import make_plan
from omnidash.budget.what_if import what_if
from omnidash.model.period import Period

Floats = npt.NDArray[np.float64]

DAYS, REFERENCE_DAYS, CHANGE = 728, 28, 0.5
FIRST = date(2024, 1, 1)
PERIOD = Period(first_day=FIRST + timedelta(days=DAYS - REFERENCE_DAYS), last_day=FIRST + timedelta(days=DAYS - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One company: what can be seen (``spend`` [days, channels], ``revenue``, ``last_touch``) and what is true."""

    spend: Floats
    revenue: Floats
    last_touch: Floats
    carryover: Floats
    half: Floats
    shape: Floats
    ceiling: Floats
    margin: float

    def media(self, factor: Floats) -> Floats:
        """True revenue per day of each channel in the reference period when every day's spend is scaled."""
        brought = []
        for c, scale in enumerate(factor):
            felt = carried(self.spend[:, c], self.carryover[c])[-REFERENCE_DAYS:] * scale
            brought.append(self.ceiling[c] * saturate(felt, self.half[c], self.shape[c], "hill").mean())
        return np.array(brought)

    def profit(self, factor: Floats) -> float:
        """True profit per day from media."""
        return float(self.media(factor).sum() * self.margin - (self.today * factor).sum())

    def best_gain(self) -> float:
        """The most profit per day that today's total could add within ± 50 % per channel."""
        best = make_plan(true_curves(self), brief(self)).spend / self.today
        return self.profit(best) - self.profit(np.ones(len(self.today)))

    @property
    def today(self) -> Floats:
        """Spend per day in the reference period, by channel."""
        return np.asarray(self.spend[-REFERENCE_DAYS:].mean(axis=0))


def world(seed: int) -> World:
    """A company drawn at random."""
    rng = np.random.default_rng([seed, 8])
    channels = int(rng.integers(3, 9))
    t = np.arange(DAYS)
    size = rng.lognormal(np.log(300), 0.7, channels)
    common = wandering(rng, DAYS, 0.95, 0.15)
    spend = np.empty((DAYS, channels))
    for c in range(channels):
        wander = wandering(rng, DAYS, rng.uniform(0.8, 0.97), rng.uniform(0.05, 0.6))
        month = np.repeat(rng.normal(0, rng.uniform(0.05, 0.5), DAYS // 28 + 1), 28)[:DAYS]
        spend[:, c] = size[c] * np.exp(wander + month + rng.uniform(0, 1) * common)
        if rng.random() < 0.25:  # campaigns with pauses
            spend[:, c] *= np.repeat(rng.random(DAYS // 14 + 1) < 0.7, 14)[:DAYS]
            spend[-REFERENCE_DAYS:, c] = np.maximum(spend[-REFERENCE_DAYS:, c], 0.3 * size[c])
    carryover = rng.uniform(0, 0.8, channels)
    half = size * rng.lognormal(np.log(1.2), 0.7, channels)
    shape = np.where(rng.random(channels) < 0.3, rng.uniform(1.3, 2.5, channels), rng.uniform(0.7, 1.2, channels))
    margin = rng.uniform(0.3, 0.8)
    roas = rng.lognormal(np.log(2.2), 0.6, channels)
    media = np.empty((DAYS, channels))
    ceiling = np.empty(channels)
    for c in range(channels):
        reached = saturate(carried(spend[:, c], carryover[c]), half[c], shape[c], "hill")
        ceiling[c] = roas[c] * spend[:, c].mean() / reached.mean()
        media[:, c] = ceiling[c] * reached
    share = rng.uniform(0.15, 0.5)
    base = media.sum(axis=1).mean() * (1 - share) / share
    week = 1 + 0.2 * np.sin(2 * np.pi * (t % 7) / 7 + rng.uniform(0, 6))
    season = 1 + 0.15 * np.sin(2 * np.pi * t / 365.25 + rng.uniform(0, 6))
    trend = 1 + rng.uniform(-0.2, 0.4) * t / DAYS
    noise = wandering(rng, DAYS, rng.uniform(0, 0.5), rng.uniform(0.03, 0.12)) * (base + media.sum(axis=1)).mean()
    revenue = base * week * season * trend + media.sum(axis=1) + noise
    nearness = rng.lognormal(0, 0.6, channels)
    last_touch = media.mean(axis=0) * nearness
    return World(
        spend=spend,
        revenue=np.maximum(revenue, 0),
        last_touch=last_touch / last_touch.sum() * revenue.mean() * 0.8,
        carryover=carryover,
        half=half,
        shape=shape,
        ceiling=ceiling,
        margin=margin,
    )


def wandering(rng: np.random.Generator, days: int, memory: float, sd: float) -> Floats:
    """Noise that lasts, around 0, float64 [days]: ``memory`` from day to day, ``sd`` in the long run."""
    steps = rng.normal(0, sd * np.sqrt(1 - memory**2), days)
    out = np.empty(days)
    out[0] = rng.normal(0, sd)
    for t in range(1, days):
        out[t] = memory * out[t - 1] + steps[t]
    return out


def channel_day(one: World) -> pl.DataFrame:
    """What the app would see: daily spend by channel, and total revenue."""
    days = [FIRST + timedelta(days=i) for i in range(DAYS)]
    frames = [
        pl.DataFrame(
            {"day": days, "spend": one.spend[:, c], "revenue": one.revenue if c == 0 else np.zeros(DAYS)}
        ).with_columns(channel=pl.lit(f"c{c}"), has_spend=pl.lit(True))
        for c in range(one.spend.shape[1])
    ]
    return pl.concat(frames)


def true_curves(one: World) -> list[ChannelCurve]:
    """The truth as curves, for the best plan that could be made."""
    made = []
    ones = np.ones(len(one.today))
    level = one.media(ones)
    for c, today in enumerate(one.today):
        felt = carried(one.spend[:, c], one.carryover[c])[-REFERENCE_DAYS:]
        made.append(
            ChannelCurve(
                channel=f"c{c}", identified=True, reason=None, spend_low=0.0, spend_high=float(one.spend[:, c].max()),
                spend_today=float(today), revenue_today=float(level[c]), elasticity=0.5,
                elasticity_interval=Interval(low=0.0, median=0.5, high=1.0), carryover=float(one.carryover[c]),
                r2_cv=None, days=DAYS,
                draws=HillDraws(
                    level=level[c : c + 1], half=one.half[c : c + 1] / today, shape=one.shape[c : c + 1],
                    pattern=felt / today,
                ),
            )
        )  # fmt: skip
    return made


def brief(one: World) -> Brief:
    """Today's total, all of it placed, ± 50 % per channel."""
    return Brief(total=float(one.today.sum()), spend_all=True, change=CHANGE, margin=one.margin, within_seen=False)


def proportional(one: World, value: Floats) -> Floats:
    """Spend in proportion to ``value``, kept within the limits by water-filling."""
    today, total = one.today, one.today.sum()
    low, high = today * (1 - CHANGE), today * (1 + CHANGE)
    scale_low, scale_high = 0.0, 1e9
    for _ in range(200):
        scale = (scale_low * scale_high) ** 0.5 if scale_low > 0 else scale_high / 1e3
        if np.clip(scale * value, low, high).sum() > total:
            scale_high = scale
        else:
            scale_low = max(scale, 1e-12)
    return np.clip(scale_high * value, low, high) / today


def greedy(one: World, roas: Floats) -> Floats:
    """All that may move goes to the channels with the highest last-touch ROAS."""
    spend = one.today * (1 - CHANGE)
    left = one.today.sum() - spend.sum()
    for c in np.argsort(-roas):
        add = min(one.today[c] * 2 * CHANGE, left)
        spend[c] += add
        left -= add
    return spend / one.today


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--worlds", type=int, default=120)
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="several: their worlds count together")
    arguments = parser.parse_args()
    methods: dict[str, list[tuple[float, bool]]] = {}
    said = Verdicts()
    held = {"profit change of the plan": [], "revenue of a channel today": [], "revenue of a channel at +50 %": []}
    numbers = [seed * 100_000 + number for seed in arguments.seed for number in range(arguments.worlds)]
    for done, number in enumerate(numbers, start=1):
        one = world(number)
        ones = np.ones(len(one.today))
        now = one.profit(ones)
        achievable = one.best_gain()
        curves = mix_curves(channel_day(one), PERIOD)
        plan = make_plan(curves, brief(one))
        judged = what_if(curves, plan.allocation, margin=one.margin)
        answer = judged.total
        ours = plan.spend / one.today
        roas = one.last_touch / one.today
        factors: dict[str, Callable[[], Floats]] = {
            "OmniDash, as recommended": lambda ours=ours, ones=ones, judged=judged: ours if judged.is_advised else ones,
            "OmniDash, every best plan": lambda ours=ours: ours,
            "in proportion to last-touch ROAS": lambda one=one, roas=roas: proportional(one, one.today * roas),
            "equal split": lambda one=one, ones=ones: proportional(one, ones),
            "last-touch greedy": lambda one=one, roas=roas: greedy(one, roas),
        }
        for name, factor in factors.items():
            gain = one.profit(factor()) - now
            methods.setdefault(name, []).append((gain / max(achievable, 1e-9), gain < -1e-6 * abs(now)))
        change = one.profit(ours) - now
        held["profit change of the plan"].append(answer.profit_change.low <= change <= answer.profit_change.high)
        for label, factor in (("revenue of a channel today", 1.0), ("revenue of a channel at +50 %", 1.5)):
            truth = one.media(ones * factor)
            for c, curve in enumerate(curves):
                low, high = curve.revenue_interval(curve.spend_today * factor)
                held[label].append(bool(low[0] <= truth[c] <= high[0]))
        said.add(curves, one.media(ones).tolist())
        if done % 20 == 0:
            print(f"… {done} worlds", flush=True)
    print(f"\n{arguments.worlds} worlds each, seeds {arguments.seed}\n")
    print("| method | share of the achievable gain, median | 10 % of worlds below | loses money against today |")
    print("|---|---|---|---|")
    for name, rows in methods.items():
        share = np.array([row[0] for row in rows])
        loses = np.mean([row[1] for row in rows])
        print(f"| {name} | {np.median(share):.0%} | {np.quantile(share, 0.1):.0%} | {loses:.0%} |")
    print("\n| 80 % interval of | holds the truth |\n|---|---|")
    for name, hits in held.items():
        print(f"| {name} | {np.mean(hits):.0%} of {len(hits)} |")
    said.print()


if __name__ == "__main__":
    main()

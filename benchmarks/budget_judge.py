"""Plans and intervals judged on simulated companies of a generator that does not share the model's form.

Used by ``budget_pysimmmulator`` and ``budget_foreign``. A company shows its daily ``spend`` and total ``revenue``; its
true response to any scaling of the spend of the last 28 days is known, and with it the profit of any plan.
"""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.budget_truth import CHANGE, FIRST, PERIOD
from benchmarks.budget_verdicts import Verdicts
from omnidash.budget.limits import Brief
from omnidash.budget.mix_curves import mix_curves
from omnidash.budget.planner import make_plan
from omnidash.budget.what_if import what_if

Floats = npt.NDArray[np.float64]


class Company(Protocol):
    """``spend``: float64 [days, channels]; ``revenue``: float64 [days]; ``today``: float64 [channels], spend per day of
    the reference period; ``margin``: of revenue."""

    spend: Floats
    revenue: Floats
    today: Floats
    margin: float

    def media(self, factor: Floats) -> Floats:
        """True revenue per day by channel in the reference period, all spend scaled."""
        ...

    def best_gain(self) -> float:
        """The most profit per day that today's total could add within ± 50 % per channel."""
        ...


def profit(company: Company, factor: Floats) -> float:
    """True profit per day from media."""
    return float(company.media(factor).sum() * company.margin - (company.today * factor).sum())


def judge(title: str, company_of: Callable[[int], Company], worlds: range) -> None:
    """Plan for every company as the app would, hold it against the truth, print both tables."""
    advised, gains, levels, raised, said = [], [], [], [], Verdicts()
    made: dict[str, list[tuple[float, bool]]] = {"as recommended": [], "every best plan": []}
    for number, seed in enumerate(worlds, start=1):
        one = company_of(seed)
        ones = np.ones(len(one.today))
        curves = mix_curves(channel_day(one), PERIOD)
        total = float(one.today.sum())
        plan = make_plan(
            curves, Brief(total=total, spend_all=True, change=CHANGE, margin=one.margin, within_seen=False)
        )
        judged = what_if(curves, plan.allocation, margin=one.margin)
        gain = profit(one, plan.spend / one.today) - profit(one, ones)
        change = judged.total.profit_change
        gains.append(change.low <= gain <= change.high)
        advised.append(judged.is_advised)
        achievable = max(one.best_gain(), 1e-9)
        for name, followed in (("as recommended", gain if judged.is_advised else 0.0), ("every best plan", gain)):
            made[name].append((followed / achievable, followed < -1e-6 * total))
        for held, factor in ((levels, 1.0), (raised, 1.5)):
            truth = one.media(ones * factor)
            for curve, true in zip(curves, truth, strict=True):
                low, high = curve.revenue_interval(curve.spend_today * factor)
                held.append(bool(low[0] <= true <= high[0]))
        said.add(curves, one.media(ones).tolist())
        if number % 10 == 0:
            print(f"… {number} worlds, gain held in {np.mean(gains):.0%}", flush=True)
    print(f"\n{len(worlds)} worlds of {title}\n")
    print(
        "| OmniDash | of plans | share of the achievable gain, median | loses money against today |\n|---|---|---|---|"
    )
    for (name, rows), part in zip(made.items(), (np.mean(advised), 1.0), strict=True):
        share, loses = np.array(rows).T
        print(f"| {name} | {part:.0%} | {np.median(share):.0%} | {loses.mean():.0%} |")
    print("\n| 80 % interval of | holds the truth |\n|---|---|")
    names = ("profit change of the plan", "revenue of a channel today", "revenue of a channel at +50 %")
    for name, held in zip(names, (gains, levels, raised), strict=True):
        print(f"| {name} | {np.mean(held):.0%} of {len(held)} |")
    said.print()


def channel_day(one: Company, every: int = 1) -> pl.DataFrame:
    """What the app would see, one row per channel and ``every`` days; all revenue stands with the first channel, since
    only its total matters."""
    days = pl.date_range(FIRST, PERIOD.last_day, eager=True)
    return pl.concat(
        [
            pl.DataFrame({"day": days, "spend": one.spend[:, c], "revenue": one.revenue * (c == 0)})
            .group_by_dynamic("day", every=f"{every}d", start_by="datapoint")
            .agg(pl.col("spend", "revenue").sum())
            .with_columns(channel=pl.lit(f"c{c}"), has_spend=pl.lit(True))
            for c in range(one.spend.shape[1])
        ]
    )

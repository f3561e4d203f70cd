"""How long curves and plans take, in processor time of one core (so that other work on the machine does not count).

    OMP_NUM_THREADS=1 python -m benchmarks.budget_speed

Plans: 12 channels with limits, and 50 channels with all house rules and a share cap, concave and S-shaped mixed; median
of 15 after one warm-up (tables of the curves are made once per fit). Fit: 12 channels, two years of days, 200 draws of
the joint posterior, and the time-ordered cross-validation on top.
"""

import time
from dataclasses import replace

import numpy as np

from benchmarks.budget_truth import PERIOD, channel_day, world
from omnidash.budget.curve import ChannelCurve, HillDraws, Interval
from omnidash.budget.limits import Brief
from omnidash.budget.media_mix import MediaMix
from omnidash.budget.mix_curves import mix_curves, series
from omnidash.budget.planner import make_plan
from omnidash.budget.what_if import what_if


def curves(count: int, s_shaped: bool) -> list[ChannelCurve]:
    """Curves of 400 draws each."""
    rng = np.random.default_rng(count)
    made = []
    for i in range(count):
        spend, level = rng.uniform(50, 500), rng.uniform(100, 1500) * rng.lognormal(0, 0.2, 400)
        shape = np.full(400, rng.uniform(1.5, 2.5) if s_shaped and i % 3 == 0 else 1.0)
        draws = HillDraws(level=level, half=rng.lognormal(0.2, 0.5, 400), shape=shape, pattern=np.linspace(0.7, 1.3, 6))
        made.append(
            ChannelCurve(
                channel=f"c{i}", identified=True, reason=None, spend_low=spend / 2, spend_high=spend * 2,
                spend_today=spend, revenue_today=float(level.mean()), elasticity=0.5,
                elasticity_interval=Interval(low=0.2, median=0.5, high=0.8), carryover=0.3, r2_cv=None, days=700,
                draws=draws,
            )
        )  # fmt: skip
    return made


def median_ms(work: object, times: int = 15) -> float:
    """Median processor time of a call in milliseconds, after one warm-up."""
    taken = []
    for k in range(times + 1):
        start = time.process_time()
        work()  # type: ignore[operator]
        if k:
            taken.append(time.process_time() - start)
    return float(np.median(taken)) * 1e3


def main() -> None:
    """Run and print the table."""
    print("| work | ms of one core |\n|---|---|")
    for count, s_shaped in ((12, False), (12, True), (50, False), (50, True)):
        some = curves(count, s_shaped)
        total = sum(c.spend_today for c in some)
        brief = Brief(total=total, margin=0.6, spend_all=True)
        if count == 50:
            largest = sorted(some, key=lambda c: -c.spend_today)[:3]
            top = tuple(c.channel for c in largest)
            brief = replace(brief, reserve=0.3, top=top, top_share=0.12, share_cap=0.2)
        kind = "a third S-shaped" if s_shaped else "concave"
        print(
            f"| plan, {count} channels, {kind} | {median_ms(lambda s=some, b=brief: make_plan(s, b)):.0f} |", flush=True
        )
        if count == 12 and not s_shaped:
            asked = {c.channel: c.spend_today * 1.1 for c in some}
            print(f"| what-if, 12 channels | {median_ms(lambda s=some, a=asked: what_if(s, a, days=30)):.0f} |")
    one = world(7)
    while one.spend.shape[1] < 8:
        one = world(int(one.spend.sum()) % 10_000)
    wide = replace(one, spend=np.hstack([one.spend, one.spend[::-1, :4].copy()]))
    table = channel_day(wide)
    days, _, spend, revenue = series(table, PERIOD)
    features = np.column_stack([days, spend])
    start = time.process_time()
    MediaMix(draws=200).fit(features, revenue)
    fit = time.process_time() - start
    start = time.process_time()
    mix_curves(table, PERIOD)
    print(f"| fit, {spend.shape[1]} channels × {len(days)} days, 200 draws | {fit * 1e3:,.0f} |")
    print(f"| the same as curves: 400 draws, cross-validation | {(time.process_time() - start) * 1e3:,.0f} |")


if __name__ == "__main__":
    main()

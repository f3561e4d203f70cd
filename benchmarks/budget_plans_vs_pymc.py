"""Plans beside PyPI pymc-marketing's on the same simulated companies, whose truth is known.

    python -m benchmarks.budget_plans_vs_pymc --peer-python PEER_PYTHON [--worlds 3] [--channels 3] [--draws 1000]

A subset, because the peer takes minutes per company: of each family (``budget_truth``, ``budget_pysimmmulator``,
``budget_foreign``) the first companies with at most ``--channels`` channels. Both place today's total within ± 50 % per
channel; profit is counted on the truth. The peer reads weeks, as in its guide (sums of seven days; ``--every 1``: the
days themselves); OmniDash reads days as the app does, and once more the very rows the peer has. ``PEER_PYTHON``: an
interpreter of its own with ``pip install pymc-marketing==0.19.2`` (needs Python 3.11). Seconds are of the wall clock.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks import budget_foreign, budget_pysimmmulator
from benchmarks.budget_judge import Company, channel_day, profit
from benchmarks.budget_truth import CHANGE, PERIOD, REFERENCE_DAYS, world
from omnidash.budget.limits import Brief
from omnidash.budget.mix_curves import mix_curves
from omnidash.budget.planner import make_plan
from omnidash.budget.what_if import what_if

Floats = npt.NDArray[np.float64]

FAMILIES: dict[str, Callable[[int], Company]] = {
    "budget_truth": world,
    "budget_pysimmmulator": budget_pysimmmulator.World,
    "budget_foreign": budget_foreign.World,
}
OURS, OURS_ADVISED, OURS_ON_SAME_ROWS = "OmniDash, every best plan", "OmniDash, as recommended", "OmniDash, same rows"
PEER = "pymc-marketing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One method's plan for one company: spend relative to today, and the seconds it took."""

    factor: Floats
    seconds: float


def companies(family: Callable[[int], Company], channels: int, seed: int) -> Iterator[Company]:
    """The family's companies with at most so many channels, from a seed on."""
    for number in count(seed * 100_000):
        one = family(number)
        if len(one.today) <= channels:
            yield one


def ours(one: Company, every: int) -> tuple[Answer, bool]:
    """The best plan on rows of ``every`` days, and whether it is recommended."""
    start = time.perf_counter()
    curves = mix_curves(channel_day(one, every), PERIOD)
    today = np.array([curve.spend_today for curve in curves])  # per row
    brief = Brief(total=float(today.sum()), spend_all=True, change=CHANGE, margin=one.margin, within_seen=False)
    plan = make_plan(curves, brief)
    advised = what_if(curves, plan.allocation, margin=one.margin).is_advised
    return Answer(factor=plan.spend / today, seconds=time.perf_counter() - start), advised


def peers(one: Company, every: int, python: str, draws: int) -> tuple[Answer, float]:
    """The peer's plan on rows of ``every`` days, and how far its chains disagree."""
    table = channel_day(one, every)
    spend = table.pivot("channel", index="day", values="spend").sort("day")
    wide = table.group_by("day").agg(y=pl.col("revenue").sum()).join(spend, on="day").sort("day")
    today = {f"c{c}": float(x) * every for c, x in enumerate(one.today)}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data.csv"
        wide.rename({"day": "date"}).write_csv(file)
        script = Path(__file__).with_name("budget_pymc_plans.py")
        ran = subprocess.run(
            [python, str(script), str(file), str(CHANGE), str(REFERENCE_DAYS // every), str(draws)],
            input=json.dumps(today), check=True, capture_output=True, text=True,
        )  # fmt: skip
    said = json.loads(ran.stdout.strip().splitlines()[-1])
    factor = np.array(said["split"]) / np.array(list(today.values()))
    return Answer(factor=factor, seconds=said["fit"] + said["plan"]), float(said["r_hat"])


def main() -> None:
    """Run and print one row per company, and the table of methods."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer-python", required=True)
    parser.add_argument("--worlds", type=int, default=3, help="of each family")
    parser.add_argument("--channels", type=int, default=3)
    parser.add_argument("--draws", type=int, default=1000, help="of the peer, per chain, after as many to tune")
    parser.add_argument("--every", type=int, default=7, choices=(1, 7), help="days in a row of the peer")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    found: dict[str, list[tuple[float, bool, float]]] = {}
    methods = (OURS_ADVISED, OURS, OURS_ON_SAME_ROWS, PEER)
    print(f"| family | channels | gain achievable, of profit | {' | '.join(methods)} |")
    print("|---|---|---|---|---|---|---|")
    for name, family in FAMILIES.items():
        for one in islice(companies(family, chosen.channels, chosen.seed), chosen.worlds):
            ones = np.ones(len(one.today))
            daily, advised = ours(one, 1)
            same, _ = ours(one, chosen.every)
            theirs, r_hat = peers(one, chosen.every, chosen.peer_python, chosen.draws)
            followed = daily if advised else Answer(factor=ones, seconds=daily.seconds)
            now, best = profit(one, ones), one.best_gain()
            shares = []
            for method, answer in zip(methods, (followed, daily, same, theirs), strict=True):
                gain = profit(one, answer.factor) - now
                loses = gain < -1e-6 * float(one.today.sum())
                found.setdefault(method, []).append((gain / max(best, 1e-9), loses, answer.seconds))
                shares.append(f"{gain / max(best, 1e-9):.0%}")
            relative = best / max(abs(now), 1e-9)
            note = "" if r_hat < 1.05 else f" (R-hat {r_hat:.2f})"
            print(f"| {name} | {len(ones)} | {relative:.1%} | {' | '.join(shares)}{note} |", flush=True)
    print("\n| method | share of the achievable gain, median | lowest | loses money against today | s per company |")
    print("|---|---|---|---|---|")
    for method, rows in found.items():
        share, loses, seconds = (np.array(column) for column in zip(*rows, strict=True))
        print(
            f"| {method} | {np.median(share):.0%} | {share.min():.0%} | {int(loses.sum())} of {len(rows)} "
            f"| {np.median(seconds):.1f} |"
        )


if __name__ == "__main__":
    main()

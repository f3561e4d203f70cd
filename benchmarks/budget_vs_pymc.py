"""Fitting and planning beside PyPI pymc-marketing, on its own example data, in the same run.

    python -m benchmarks.budget_vs_pymc --data mmm_example.csv --peer-python PEER_PYTHON

``--data``: the example of its notebooks (columns ``date_week, y, x1, x2, event_1, event_2``), whose truth is published:
carry-over .4 and .2, steepness of the logistic saturation 4 and 3. ``PEER_PYTHON``: an interpreter of its own with
``pip install pymc-marketing==0.19.2`` (measured; needs Python 3.11). Both fit the same kind of model (geometric
carry-over, logistic saturation, trend, season, the two events) and split the same weekly money over the two channels.
Times are of the wall clock, one after the other on the same machine; importing libraries does not count.
"""

import argparse
import json
import subprocess
import time
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from omnidash.budget.expected import Expected
from omnidash.budget.limits import Brief
from omnidash.budget.media_mix import MediaMix
from omnidash.budget.mix_curves import mix_curves
from omnidash.budget.planner import make_plan
from omnidash.model.period import Period

CHANNELS = ["x1", "x2"]
CARRYOVER, STEEPNESS = (0.4, 0.2), (4.0, 3.0)
WEEKS = 8


def ours(data: pl.DataFrame, days: list[date], spend_per_week: float) -> dict[str, object]:
    """Seconds of fit and plan, and what was found."""
    number = [(day - date(1970, 1, 1)).days for day in days]
    features = np.column_stack([number, data.select(*CHANNELS, "event_1", "event_2").to_numpy()])
    start = time.perf_counter()
    model = MediaMix(
        saturation="logistic", carryovers=np.arange(0, 0.8, 0.04), halves=np.geomspace(0.2, 8, 22), promotions=2
    ).fit(features, data["y"].to_numpy())
    fit = time.perf_counter() - start
    table = pl.concat(
        [
            pl.DataFrame({"day": days, "spend": data[name], "revenue": data["y"] * (name == "x1")}).with_columns(
                channel=pl.lit(name), has_spend=pl.lit(True)
            )
            for name in CHANNELS
        ]
    )
    start = time.perf_counter()
    curves = mix_curves(table, Period(first_day=days[-WEEKS], last_day=days[-1]))
    Expected.of(curves)  # tabulated with the fit and kept, as the app does
    as_curves = time.perf_counter() - start
    start = time.perf_counter()
    plan = make_plan(curves, Brief(total=spend_per_week, objective="revenue", change=None, within_seen=False))
    return {
        "fit": fit,
        "curves": as_curves,
        "plan": time.perf_counter() - start,
        "carryover": model.carryover_.mean(axis=0).tolist(),
        "steepness": (np.log(3) / model.half_).mean(axis=0).tolist(),
        "split": plan.spend.tolist(),
    }


def main() -> None:
    """Run both and print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--peer-python", required=True)
    arguments = parser.parse_args()
    data = pl.read_csv(arguments.data)
    days = [datetime.strptime(text, "%m/%d/%Y").date() for text in data["date_week"]]
    spend_per_week = float(data.select(CHANNELS).tail(WEEKS).to_numpy().sum() / WEEKS)
    peer_script = Path(__file__).with_name("budget_pymc_peer.py")
    ran = subprocess.run(
        [arguments.peer_python, str(peer_script), str(arguments.data), str(spend_per_week)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    peer = json.loads(ran.stdout.strip().splitlines()[-1])
    mine = ours(data, days, spend_per_week)
    print("| work | pymc-marketing, s | OmniDash, s | times faster |\n|---|---|---|---|")
    for label, key in (("fit", "fit"), ("fit as curves, with cross-validation", "curves"), ("plan", "plan")):
        theirs = peer["plan" if key == "plan" else "fit"]
        print(f"| {label} | {theirs:.1f} | {mine[key]:.3f} | {theirs / float(mine[key]):,.0f} |")  # type: ignore[arg-type]
    print("\n| estimate (posterior mean) | truth | pymc-marketing | OmniDash |\n|---|---|---|---|")
    for label, key, truth in (("carry-over", "carryover", CARRYOVER), ("steepness", "steepness", STEEPNESS)):
        for c, name in enumerate(CHANNELS):
            print(f"| {label} of {name} | {truth[c]} | {peer[key][c]:.3f} | {mine[key][c]:.3f} |")  # type: ignore[index]
    for c, name in enumerate(CHANNELS):
        print(f"| best weekly spend on {name} | | {peer['split'][c]:.3f} | {mine['split'][c]:.3f} |")  # type: ignore[index]


if __name__ == "__main__":
    main()

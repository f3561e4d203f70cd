"""The peer's half of ``budget_pymc_marketing``; runs in an environment of its own, prints one line of JSON.

    python budget_pymc_peer.py mmm_example.csv

The model of pymc-marketing's own example: geometric carry-over over 8 weeks, logistic saturation, two events, a linear
trend, yearly season of order 2, its default sampler; then its budget optimiser over eight weeks.
"""

import json
import sys
import time

import pandas as pd
from pymc_marketing.mmm import GeometricAdstock, LogisticSaturation
from pymc_marketing.mmm.multidimensional import MMM, MultiDimensionalBudgetOptimizerWrapper

CHANNELS = ["x1", "x2"]
WEEKS = 8


def main() -> None:
    """Fit, plan, print."""
    table = pd.read_csv(sys.argv[1])
    table["date_week"] = pd.to_datetime(table["date_week"], format="%m/%d/%Y")
    model = MMM(
        date_column="date_week",
        channel_columns=CHANNELS,
        target_column="y",
        adstock=GeometricAdstock(l_max=8),
        saturation=LogisticSaturation(),
        control_columns=["event_1", "event_2", "t"],
        yearly_seasonality=2,
    )
    start = time.perf_counter()
    model.fit(X=table.drop(columns="y"), y=table["y"], random_seed=1, progressbar=False)
    fitted = time.perf_counter() - start
    posterior = model.fit_result
    found = {
        "carryover": posterior["adstock_alpha"].mean(("chain", "draw")).values.tolist(),
        "steepness": posterior["saturation_lam"].mean(("chain", "draw")).values.tolist(),
    }
    last = table["date_week"].max()
    optimizer = MultiDimensionalBudgetOptimizerWrapper(
        model=model,
        start_date=str((last + pd.Timedelta(weeks=1)).date()),
        end_date=str((last + pd.Timedelta(weeks=WEEKS)).date()),
    )
    start = time.perf_counter()
    optimizer.optimize_budget(budget=float(table[CHANNELS].tail(WEEKS).sum().sum()) / WEEKS)
    planned = time.perf_counter() - start
    print(json.dumps({"fit_seconds": fitted, "plan_seconds": planned, **found}))


if __name__ == "__main__":
    main()

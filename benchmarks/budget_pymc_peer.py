"""PyPI pymc-marketing's side of ``budget_vs_pymc``: runs in an interpreter that has it, prints one line of JSON.

    PEER_PYTHON benchmarks/budget_pymc_peer.py DATA.csv SPEND_PER_WEEK

The model is the one of its own example notebook: geometric carry-over over 8 weeks, logistic saturation, events, trend
and two yearly harmonics; 4 chains of 1000 draws after 1000 of tuning. Then the best split over 8 weeks after the data.
"""

import json
import logging
import sys
import time
import warnings

import pandas as pd

CHANNELS, WEEKS = ["x1", "x2"], 8


def main() -> None:
    """Fit, plan, print."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    from pymc_marketing.mmm import GeometricAdstock, LogisticSaturation
    from pymc_marketing.mmm.multidimensional import MMM, MultiDimensionalBudgetOptimizerWrapper

    data = pd.read_csv(sys.argv[1], parse_dates=["date_week"])
    model = MMM(
        date_column="date_week",
        channel_columns=CHANNELS,
        control_columns=["event_1", "event_2", "t"],
        adstock=GeometricAdstock(l_max=8),
        saturation=LogisticSaturation(),
        yearly_seasonality=2,
    )
    start = time.perf_counter()
    model.fit(
        X=data.drop(columns="y"), y=data["y"], chains=4, draws=1000, tune=1000, target_accept=0.85, random_seed=1,
        progressbar=False,
    )  # fmt: skip
    fit = time.perf_counter() - start
    drawn = model.idata.posterior
    start = time.perf_counter()
    first = data["date_week"].max() + pd.Timedelta(weeks=1)
    planner = MultiDimensionalBudgetOptimizerWrapper(
        model, start_date=str(first.date()), end_date=str((first + pd.Timedelta(weeks=WEEKS - 1)).date())
    )
    split, _ = planner.optimize_budget(budget=float(sys.argv[2]))
    answer = {
        "fit": fit,
        "plan": time.perf_counter() - start,
        "carryover": drawn["adstock_alpha"].mean(("chain", "draw")).to_numpy().tolist(),
        # It scales spend by its largest value first, as the data's truth is stated.
        "steepness": drawn["saturation_lam"].mean(("chain", "draw")).to_numpy().tolist(),
        "split": split.to_numpy().ravel().tolist(),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()

"""PyPI pymc-marketing's side of ``budget_plans_vs_pymc``: runs in an interpreter that has it, prints one line of JSON.

    PEER_PYTHON benchmarks/budget_pymc_plans.py DATA.csv CHANGE PERIODS DRAWS < SPEND.json

``DATA.csv``: ``date``, ``y`` and one column of spend per channel, evenly spaced; ``SPEND.json``: spend per row today,
by channel. The model is the one its guide begins with: geometric carry-over, logistic saturation, a trend, two yearly
harmonics, its own priors. Then its optimiser places today's total within ± CHANGE per channel over PERIODS rows.
"""

import json
import logging
import sys
import time
import warnings

import numpy as np
import pandas as pd

CHAINS = 4


def main() -> None:
    """Fit, plan, print."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    import xarray as xr
    from pymc_marketing.mmm import GeometricAdstock, LogisticSaturation
    from pymc_marketing.mmm.multidimensional import MMM, MultiDimensionalBudgetOptimizerWrapper

    change, periods, draws = float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    today: dict[str, float] = json.load(sys.stdin)
    data = pd.read_csv(sys.argv[1], parse_dates=["date"])
    data["t"] = np.linspace(0, 1, len(data))
    step = data["date"].diff().median()
    model = MMM(
        date_column="date",
        channel_columns=list(today),
        control_columns=["t"],
        adstock=GeometricAdstock(l_max=8 if step.days > 1 else 28),
        saturation=LogisticSaturation(),
        yearly_seasonality=2,
    )
    start = time.perf_counter()
    model.fit(
        X=data.drop(columns="y"), y=data["y"], chains=CHAINS, draws=draws, tune=draws, target_accept=0.9, random_seed=1,
        progressbar=False,
    )  # fmt: skip
    fit = time.perf_counter() - start
    start = time.perf_counter()
    first = data["date"].max() + step
    planner = MultiDimensionalBudgetOptimizerWrapper(
        model, start_date=str(first.date()), end_date=str((first + (periods - 1) * step).date())
    )
    spend = np.array(list(today.values()))
    bounds = xr.DataArray(
        np.column_stack([spend * (1 - change), spend * (1 + change)]),
        dims=["channel", "bound"],
        coords={"channel": list(today), "bound": ["lower", "upper"]},
    )
    split, _ = planner.optimize_budget(budget=float(spend.sum()), budget_bounds=bounds)
    placed = [float(split.sel(channel=channel)) for channel in today]
    worst = float(max(value.max() for value in model_rhat(model).values()))
    print(json.dumps({"fit": fit, "plan": time.perf_counter() - start, "split": placed, "r_hat": worst}))


def model_rhat(model: object) -> dict[str, np.ndarray]:
    """How far its chains disagree (R-hat, 1: not at all), by parameter of the channels."""
    import arviz

    drawn = model.idata.posterior  # type: ignore[attr-defined]
    names = [name for name in ("adstock_alpha", "saturation_lam", "saturation_beta") if name in drawn]
    found = arviz.rhat(drawn[names])
    return {name: found[name].to_numpy() for name in names}


if __name__ == "__main__":
    main()

"""What the published example of PyPI pymc-marketing tells at best: least squares of the very form that made it.

    python -m benchmarks.budget_exact_form --data mmm_example.csv

The yardstick for ``budget_vs_pymc``: who knew the form of the data (geometric carry-over over eight weeks, logistic
saturation, its trend, season and events) and believed nothing beforehand would find these numbers, give or take their
standard errors. The other rows are the same with the base that a model may assume: a straight trend and so many
harmonics of the year.
"""

import argparse
from datetime import date, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.optimize import least_squares

from benchmarks.budget_vs_pymc import CARRYOVER, CHANNELS, STEEPNESS

Floats = npt.NDArray[np.float64]

LAGS = 8


def carried(spend: Floats, carryover: float) -> Floats:
    """Spend with carry-over as the example has it: eight weeks, nothing before the first."""
    weights = carryover ** np.arange(LAGS)
    return np.convolve(spend, weights / weights.sum())[: len(spend)]


def fitted(spend: Floats, base: Floats, revenue: Floats) -> tuple[Floats, Floats]:
    """Carry-overs and steepnesses of both channels, and their standard errors, each float64 [4]."""

    def left(point: Floats) -> Floats:
        reached = [np.tanh(point[2 + c] / 2 * carried(spend[:, c], point[c])) for c in range(2)]
        rows = np.column_stack([*reached, base])
        return np.asarray(revenue - rows @ np.linalg.lstsq(rows, revenue, rcond=None)[0])

    found = least_squares(left, [*CARRYOVER, *STEEPNESS])
    variance = float(found.fun @ found.fun) / (len(revenue) - base.shape[1] - 6)
    return found.x, np.sqrt(variance * np.diag(np.linalg.inv(found.jac.T @ found.jac)))


def main() -> None:
    """Fit and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    data = pl.read_csv(parser.parse_args().data)
    spend, revenue = data.select(CHANNELS).to_numpy(), data["y"].to_numpy() / 1000
    number = np.array(
        [(datetime.strptime(text, "%m/%d/%Y").date() - date(1970, 1, 1)).days for text in data["date_week"]]
    )
    events, weeks = data.select("event_1", "event_2").to_numpy(), np.arange(len(data))
    year = data["dayofyear"].to_numpy() * 2 * np.pi / 365.5
    trend = (np.linspace(0, 50, len(data)) + 10) ** 0.25
    bases = {"the example's own": [trend, np.cos(year) - np.sin(2 * year)]}
    for harmonics in (2, 3):
        angles = [2 * np.pi * k * number / 365.25 for k in range(1, harmonics + 1)]
        waves = [wave(angle) for angle in angles for wave in (np.sin, np.cos)]
        bases[f"straight trend, {harmonics} harmonics"] = [weeks, *waves]
    print("| base | carry-over of x1 | of x2 | steepness of x1 | of x2 |\n|---|---|---|---|---|")
    for label, columns in bases.items():
        base = np.column_stack([np.ones(len(data)), *columns, events])
        values = " | ".join(f"{x:.3f} ± {e:.3f}" for x, e in zip(*fitted(spend, base, revenue), strict=True))
        print(f"| {label} | {values} |")


if __name__ == "__main__":
    main()

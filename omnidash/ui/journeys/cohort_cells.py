"""The cells of the cohort grids: what stands in them, what they rest on, and how they are drawn."""

import numpy as np
import plotly.graph_objects as go

from omnidash.charts.grids import cohort_grid
from omnidash.journeys.cohorts import Cohorts
from omnidash.metrics.conversion_rate import wilson_interval
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen

_MOST_CELLS = 13
FEWEST_IN_CELL = 10
"""Below that a share of one more or less would set the colour of the grid."""


def grid(
    screen: Screen,
    found: Cohorts,
    labels: list[str],
    rates: np.ndarray,
    unfinished: np.ndarray,
    details: list[list[str]],
    rests_on: np.ndarray,
) -> go.Figure:
    """The grid of ``rates`` [rows, cells]; grey where ``unfinished``, pale where it rests on few customers."""
    return cohort_grid(
        labels,
        [str(cell) for cell in range(cells_of(found))],
        rates,
        unfinished,
        texts_of(rates, rests_on),
        details,
        few=rests_on < FEWEST_IN_CELL,
        colors=screen.colors,
        axis=_("Weeks after the first purchase") if found.unit == "week" else _("Months after the first purchase"),
    )


def few_explained(*, at_risk: bool = False) -> str:
    """Why some cells have no colour."""
    if at_risk:
        return _(
            "Without a colour, with their number in brackets: shares that rest on fewer than {fewest} customers who "
            "had not bought again before.",
            fewest=FEWEST_IN_CELL,
        )
    return _(
        "Without a colour, with their number in brackets: shares that rest on fewer than {fewest} customers.",
        fewest=FEWEST_IN_CELL,
    )


def cells_of(found: Cohorts) -> int:
    """How many cells are drawn."""
    return min(found.is_begun.shape[1], _MOST_CELLS)


def counts_of(found: Cohorts, measure: str) -> np.ndarray:
    """Customers by channel, cohort and cell who came back ('active') or had bought again."""
    return found.active if measure == "active" else found.repurchased


def pooled(found: Cohorts, measure: str, channels: list[int], cell: int) -> float | None:
    """The rate of a cell over the cohorts whose cell is finished; None where there is none."""
    count, customers = pooled_counts(found, measure, channels, cell)
    return count / customers if customers else None


def pooled_counts(found: Cohorts, measure: str, channels: list[int], cell: int) -> tuple[int, int]:
    """``(customers who did, customers)`` of the cohorts whose cell is finished."""
    if cell >= found.is_finished.shape[1]:
        return 0, 0
    done = found.is_finished[:, cell]
    counts = counts_of(found, measure)[channels][:, done, cell]
    return int(counts.sum()), int(found.customers[channels][:, done].sum())


def texts_of(rates: np.ndarray, rests_on: np.ndarray) -> list[list[str]]:
    """What stands in the cells: the share, and of how many where they are few."""
    return [
        [
            "" if np.isnan(rate)
            else fmt().percent(rate, 0) if of >= FEWEST_IN_CELL
            else f"{fmt().percent(rate, 0)} ({fmt().integer(of)})"
            for rate, of in zip(row, row_of, strict=True)
        ]
        for row, row_of in zip(rates.tolist(), rests_on.tolist(), strict=True)
    ]  # fmt: skip


def share_of(count: int, customers: int) -> str:
    """The share with its counts, and how far chance may carry it."""
    counts = _("{count} of {customers}", count=fmt().integer(count), customers=fmt().integer(customers))
    low, high = wilson_interval(count, customers) or (0.0, 1.0)
    return f"{fmt().percent(count / customers)} · {counts}<br>{interval_text(low, high)}"


def interval_text(low: float, high: float) -> str:
    """How far chance may carry a share, in words."""
    return _("95% interval {low} – {high}", low=fmt().percent(low), high=fmt().percent(high))

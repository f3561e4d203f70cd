"""The triangle of cohorts: how many customers of each week or month came back, or had bought again, by then."""

import numpy as np
import polars as pl

from omnidash.journeys.cohorts import Cohorts
from omnidash.ui.cards import chart_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt
from omnidash.ui.journeys.cohort_cells import cells_of, counts_of, few_explained, grid, pooled, share_of
from omnidash.ui.screen import Screen


def show_triangle(screen: Screen, found: Cohorts, shown: list[int], measure: str) -> None:
    """Draw the card."""
    cells = cells_of(found)
    customers = found.customers[shown].sum(axis=0)
    rows = np.flatnonzero(customers)
    counts = counts_of(found, measure)[shown].sum(axis=0)[rows, :cells]
    finished, begun = found.is_finished[rows, :cells], found.is_begun[rows, :cells]
    with np.errstate(invalid="ignore"):
        rates = np.where(finished, counts / np.maximum(customers[rows], 1)[:, None], np.nan)
    labels = [f"{_cohort(screen, found, int(k))} · {fmt().integer(int(customers[k]))}" for k in rows]
    rests_on = np.broadcast_to(customers[rows][:, None], rates.shape)
    details = [
        [
            _detail(found, int(k), cell, int(counts[r, cell]), int(customers[k]), bool(finished[r, cell]))
            for cell in range(cells)
        ]
        for r, k in enumerate(rows)
    ]
    chart = None
    if len(rows):
        chart = grid(screen, found, labels, rates, begun & ~finished, details, rests_on)
    chart_card(
        _triangle_title(found, shown, measure),
        chart,
        _table(screen, found, shown),
        key="journey_cohorts",
        origin=Origin(addends=("customers", "repeat_customers")),
        explanation=_explanation(measure),
        empty=_("Nobody bought for the first time in this period."),
    )


def _triangle_title(found: Cohorts, shown: list[int], measure: str) -> str:
    """How far it has come: the last cell that is over for at least half of the customers."""
    all_of_them = int(found.customers[shown].sum())
    customers = fmt().integer(all_of_them)
    over = [
        cell
        for cell in range(1, cells_of(found))
        if 2 * int(found.customers[shown][:, found.is_finished[:, cell]].sum()) >= all_of_them > 0
    ]
    rate = pooled(found, measure, shown, over[-1]) if over else None
    if rate is None:
        return _("{customers} new customers by cohort", customers=customers)
    values = {"customers": customers, "share": fmt().percent(rate), "cell": over[-1]}
    if measure == "active":
        if found.unit == "week":
            return _("{customers} new customers; {share} came back in week {cell}", **values)
        return _("{customers} new customers; {share} came back in month {cell}", **values)
    if found.unit == "week":
        return _("{customers} new customers; {share} had bought again by week {cell}", **values)
    return _("{customers} new customers; {share} had bought again by month {cell}", **values)


def _explanation(measure: str) -> str:
    cell = (
        _(
            "A customer belongs to the week or month of the first purchase ever; column 0 is the rest of the same one, "
            "column 1 the next. The period chooses first purchases; what came later counts whenever it was. Grey: the "
            "week or month is not over, so there is no figure yet, which is not zero. Who bought before the data "
            "begins looks like a new customer of its first weeks. With a * the period takes in a part of the cohort "
            "only."
        )
        + " "
        + few_explained()
    )
    if measure == "active":
        return f"{cell}\n\n" + _(
            "Came back: customers with any event of theirs in that week or month after the first purchase (an ad shown "
            "to them is none) / customers of the cohort."
        )
    return f"{cell}\n\n" + _(
        "Bought again: customers whose second purchase came in that week or month or before / customers of the cohort. "
        "So it never falls along a row."
    )


def _start(found: Cohorts, k: int) -> str:
    start = found.starts[k]
    return f"{start:%Y-%m}" if found.unit == "month" else start.isoformat()


def _cohort(screen: Screen, found: Cohorts, k: int) -> str:
    """A cohort by its first day; one that began before the period is marked, as only its later customers are in it."""
    first_day = screen.filters.period.first_day
    if found.starts[k] >= first_day:
        return _start(found, k)
    return _("{cohort}*: from {day}", cohort=_start(found, k), day=fmt().day(first_day))


def _detail(found: Cohorts, k: int, cell: int, count: int, customers: int, is_finished: bool) -> str:
    place = f"<b>{_start(found, k)} + {cell}</b>"
    if is_finished:
        return f"{place}<br>{share_of(count, customers)}"
    counts = _("{count} of {customers}", count=fmt().integer(count), customers=fmt().integer(customers))
    return f"{place}<br>{_('not over yet; so far {counts}', counts=counts)}"


def _table(screen: Screen, found: Cohorts, shown: list[int]) -> pl.DataFrame:
    names = [found.channels[c] for c in shown]
    frame = found.frame().filter(pl.col("channel").is_in(names))
    return frame.select(
        pl.col("cohort").alias(_("Cohort")),
        pl.Series(_("Channel"), [screen.name(channel) for channel in frame["channel"]], dtype=pl.String),
        pl.col("cell").alias(_("Later by")),
        pl.col("customers").alias(_("Customers")),
        pl.col("active").alias(_("Came back")),
        pl.col("buyers").alias(_("Bought in it")),
        pl.col("repurchased").alias(_("Bought again by then")),
        pl.col("is_finished").alias(_("Is over")),
        pl.col("retention").alias(_("Retention")),
        pl.col("repurchase_rate").alias(_("Repurchase rate")),
    )

"""Cohorts by the channel that brought the customers: whose customers come back, or buy again, soonest and most."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from omnidash.journeys.cohorts import BoughtAgain, Cohorts
from omnidash.metrics.conversion_rate import wilson_interval
from omnidash.ui.cards import chart_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.journeys.cohort_cells import (
    cells_of,
    few_explained,
    grid,
    interval_text,
    pooled,
    pooled_counts,
    share_of,
)
from omnidash.ui.screen import Screen

_FEWEST_CUSTOMERS = 30  # of a channel that a title may speak of


def show_channels(screen: Screen, found: Cohorts, shown: list[int], measure: str, acquired_by: str) -> None:
    """Draw the card."""
    cells = cells_of(found)
    order = sorted(shown, key=lambda c: (-int(found.customers[c].sum()), found.channels[c]))
    again = {} if measure == "active" else {c: found.bought_again([c]) for c in order}
    rates = np.array([_by_cell(found, c, again.get(c)) for c in order], np.float64).reshape(len(order), cells)
    has_begun = np.array(
        [[bool((found.is_begun[:, cell] & (found.customers[c] > 0)).any()) for cell in range(cells)] for c in order],
        bool,
    ).reshape(rates.shape)
    rests_on = np.array([_rests_on(found, c, again.get(c)) for c in order], np.int64).reshape(rates.shape)
    labels = [f"{screen.label(found.channels[c])} · {fmt().integer(int(found.customers[c].sum()))}" for c in order]
    details = [
        [f"<b>{labels[r]}</b><br>+{cell}: {_of_those_over(found, c, cell, again.get(c))}" for cell in range(cells)]
        for r, c in enumerate(order)
    ]
    chart_card(
        _channel_title(screen, found, order, again),
        grid(screen, found, labels, rates, has_begun & np.isnan(rates), details, rests_on) if order else None,
        _channel_table(screen, found, order, rates),
        key="journey_cohort_channels",
        origin=Origin(addends=("new_customers",), model=acquired_by),
        explanation=_(
            "Channel of acquisition: that of the first (or last) touch within {days} before the first purchase; "
            "a customer without one is (direct).",
            days=n_("{count} day", "{count} days", screen.workspace.settings.lookback_days),
        )
        + " "
        + _pooling(measure)
        + " "
        + few_explained(at_risk=measure != "active"),
        empty=_("Nobody bought for the first time in this period."),
    )


def _pooling(measure: str) -> str:
    """How cohorts of unlike age make one row."""
    if measure == "active":
        return _(
            "Each column takes the cohorts for which it is over, all together: sum of customers who did / sum of "
            "customers."
        )
    return _(
        "Cohorts of unlike age make one row by Kaplan and Meier's estimate: column by column the share of those who "
        "had not bought again before, of the cohorts for which the column is over. So it never falls along a row."
    )


def _by_cell(found: Cohorts, channel: int, again: BoughtAgain | None) -> list[float]:
    """The share of a channel's customers by cell, who bought ``again`` or (None) came back; NaN where the cell is over
    for nobody."""
    if again is None:
        return [_number(pooled(found, "active", [channel], cell)) for cell in range(cells_of(found))]
    return [float(share) for share in again.share[: cells_of(found)]]


def _rests_on(found: Cohorts, channel: int, again: BoughtAgain | None) -> list[int]:
    """Customers that each cell of a channel rests on: those at risk of buying again in it, or all it is over for."""
    if again is None:
        return [pooled_counts(found, "active", [channel], cell)[1] for cell in range(cells_of(found))]
    return [int(n) for n in again.at_risk[: cells_of(found)]]


def _of_those_over(found: Cohorts, channel: int, cell: int, again: BoughtAgain | None) -> str:
    """What a channel's cell rests on; that it is not over yet, where it is over for none of its cohorts."""
    if again is None:
        count, customers = pooled_counts(found, "active", [channel], cell)
        return share_of(count, customers) if customers else _("not over yet")
    customers = int(again.customers[cell])
    if not customers:
        return _("not over yet")
    share, low, high = (float(of[cell]) for of in (again.share, again.low, again.high))
    said = n_(
        "{share}; it is over for {customers} customer", "{share}; it is over for {customers} customers", customers,
        share=fmt().percent(share), customers=fmt().integer(customers),
    )  # fmt: skip
    return said if np.isnan(low) else f"{said}<br>{interval_text(low, high)}"


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _next_cell(found: Cohorts, channel: int, again: BoughtAgain | None) -> tuple[float, float, float]:
    """``(share, low, high)`` one cell after the acquisition (95 % interval); NaN where it is over for nobody."""
    if again is None:
        count, customers = pooled_counts(found, "active", [channel], 1)
        low, high = wilson_interval(count, customers) or (0.0, 1.0)
        return (count / customers if customers else np.nan), low, high
    if again.share.size < 2:
        return np.nan, 0.0, 1.0
    low, high = (float(end[1]) for end in (again.low, again.high))
    return float(again.share[1]), (0.0 if np.isnan(low) else low), (1.0 if np.isnan(high) else high)


def _channel_title(screen: Screen, found: Cohorts, order: list[int], again: Mapping[int, BoughtAgain]) -> str:
    large = [c for c in order if int(found.customers[c].sum()) >= _FEWEST_CUSTOMERS]
    shares = {c: _next_cell(found, c, again.get(c)) for c in large}
    known = {c: ends for c, ends in shares.items() if not np.isnan(ends[0])}
    if len(known) < 2:
        return _("By channel of acquisition")
    best = max(known, key=lambda c: known[c][0])
    rate, low, _high = known[best]
    if any(high >= low for c, (_share, _low, high) in known.items() if c != best):
        return _("By channel of acquisition: no channel stands out, the intervals overlap")
    name = screen.name(found.channels[best])
    values = {"channel": name, "rate": fmt().percent(rate)}
    if not again:  # it is about who came back
        if found.unit == "week":
            return _("Customers of {channel} come back most: {rate} in the next week", **values)
        return _("Customers of {channel} come back most: {rate} in the next month", **values)
    if found.unit == "week":
        return _("Customers of {channel} buy again most: {rate} by the end of the next week", **values)
    return _("Customers of {channel} buy again most: {rate} by the end of the next month", **values)


def _channel_table(screen: Screen, found: Cohorts, order: list[int], rates: np.ndarray) -> pl.DataFrame:
    columns = {f"+{cell}": pl.Series(rates[:, cell], dtype=pl.Float64).fill_nan(None) for cell in range(rates.shape[1])}
    return pl.DataFrame(
        {
            _("Channel"): pl.Series([screen.name(found.channels[c]) for c in order], dtype=pl.String),
            _("Customers"): pl.Series([int(found.customers[c].sum()) for c in order], dtype=pl.Int64),
            **columns,
        }
    )

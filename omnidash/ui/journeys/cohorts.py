"""Cohorts: how many customers of each week or month come back and buy again, by the channel that brought them."""

from collections.abc import Mapping

import numpy as np
import polars as pl
import streamlit as st

from omnidash.charts.grids import cohort_grid
from omnidash.journeys.cohorts import BoughtAgain, Cohorts
from omnidash.metrics.conversion_rate import wilson_interval
from omnidash.model.messages import N_
from omnidash.ui.cards import chart_card
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.journeys import results
from omnidash.ui.one_of import one_of
from omnidash.ui.screen import Screen

_UNITS = {"week": N_("Weeks"), "month": N_("Months")}
_MEASURES = {"repurchased": N_("Bought again by then"), "active": N_("Came back in it")}
_ACQUIRED = {"first": N_("First touch"), "last": N_("Last touch")}
_ALL = "*"
_MOST_CELLS = 13
_FEWEST_CUSTOMERS = 30  # of a channel that a title may speak of
_FEWEST_IN_CELL = 10  # below that a share of one more or less would set the colour of the grid


def cohorts_title(screen: Screen) -> str:
    """The finding of the section: how many have bought again one cell later."""
    found = _found(screen)
    shown = [] if found is None else _shown(screen, found)
    if found is None or not found.customers[shown].any():
        if screen.filters.channels:
            return _("No first purchases through the chosen channels in this period")
        return _("No first purchases in this period")
    rate = _pooled(found, "repurchased", shown, 1)
    if rate is None:
        customers = int(found.customers[shown].sum())
        return n_("{count} new customer; no later month or week is over yet",
                  "{count} new customers; no later month or week is over yet", customers)  # fmt: skip
    if found.unit == "week":
        return _("{rate} of new customers buy again by the end of the next week", rate=fmt().percent(rate))
    return _("{rate} of new customers buy again by the end of the next month", rate=fmt().percent(rate))


def show_cohorts(screen: Screen) -> None:
    """Draw the section."""
    found = _found(screen)
    _settings()
    if found is None or not found.customers.any():
        st.info(_("Nobody bought for the first time in this period. Choose a longer period."))
        return
    shown = _shown(screen, found)
    measure = st.session_state["cohort_measure"]
    _triangle(screen, found, shown, measure)
    _by_channel(screen, found, shown, measure)


def _shown(screen: Screen, found: Cohorts) -> list[int]:
    """Positions of the channels that the filter takes in."""
    return [c for c, name in enumerate(found.channels) if screen.filters.includes(name)]


def _state(name: str, choices: dict[str, str]) -> str:
    key, first = f"cohort_{name}", next(iter(choices))
    st.session_state[key] = st.session_state.get(key) or first
    return str(st.session_state[key])


def _found(screen: Screen) -> Cohorts | None:
    closed = screen.facts.closed_through
    if closed is None:
        return None
    unit, acquired_by = _state("unit", _UNITS), _state("acquired", _ACQUIRED)
    _state("measure", _MEASURES)
    return results.cohorts_of(screen.workspace, screen.filters.period, closed, unit, acquired_by)


def _settings() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        for name, label, choices in (
            ("unit", _("Cohorts by"), _UNITS),
            ("measure", _("Show who"), _MEASURES),
            ("acquired", _("Channel of acquisition"), _ACQUIRED),
        ):
            one_of(label, choices, key=f"cohort_{name}")


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
        + _few_explained()
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


def _few_explained(*, at_risk: bool = False) -> str:
    if at_risk:
        return _(
            "Without a colour, with their number in brackets: shares that rest on fewer than {fewest} customers who "
            "had not bought again before.",
            fewest=_FEWEST_IN_CELL,
        )
    return _(
        "Without a colour, with their number in brackets: shares that rest on fewer than {fewest} customers.",
        fewest=_FEWEST_IN_CELL,
    )


def _cells(found: Cohorts) -> int:
    return min(found.is_begun.shape[1], _MOST_CELLS)


def _counts(found: Cohorts, measure: str) -> np.ndarray:
    return found.active if measure == "active" else found.repurchased


def _triangle(screen: Screen, found: Cohorts, shown: list[int], measure: str) -> None:
    cells = _cells(found)
    customers = found.customers[shown].sum(axis=0)
    rows = np.flatnonzero(customers)
    counts = _counts(found, measure)[shown].sum(axis=0)[rows, :cells]
    finished, begun = found.is_finished[rows, :cells], found.is_begun[rows, :cells]
    with np.errstate(invalid="ignore"):
        rates = np.where(finished, counts / np.maximum(customers[rows], 1)[:, None], np.nan)
    labels = [f"{_cohort(screen, found, int(k))} · {fmt().integer(int(customers[k]))}" for k in rows]
    rests_on = np.broadcast_to(customers[rows][:, None], rates.shape)
    texts = _texts(rates, rests_on)
    details = [
        [
            _detail(found, int(k), cell, int(counts[r, cell]), int(customers[k]), bool(finished[r, cell]))
            for cell in range(cells)
        ]
        for r, k in enumerate(rows)
    ]
    chart = None
    if len(rows):
        chart = cohort_grid(
            labels,
            [str(cell) for cell in range(cells)],
            rates,
            begun & ~finished,
            texts,
            details,
            few=rests_on < _FEWEST_IN_CELL,
            colors=screen.colors,
            axis=_("Weeks after the first purchase") if found.unit == "week" else _("Months after the first purchase"),
        )
    chart_card(
        _triangle_title(found, shown, measure),
        chart,
        _table(screen, found, shown),
        key="journey_cohorts",
        explanation=_explanation(measure),
        empty=_("Nobody bought for the first time in this period."),
    )


def _triangle_title(found: Cohorts, shown: list[int], measure: str) -> str:
    """How far it has come: the last cell that is over for at least half of the customers."""
    all_of_them = int(found.customers[shown].sum())
    customers = fmt().integer(all_of_them)
    over = [
        cell
        for cell in range(1, _cells(found))
        if 2 * int(found.customers[shown][:, found.is_finished[:, cell]].sum()) >= all_of_them > 0
    ]
    rate = _pooled(found, measure, shown, over[-1]) if over else None
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


def _pooled(found: Cohorts, measure: str, channels: list[int], cell: int) -> float | None:
    """The rate of a cell over the cohorts whose cell is finished; None where there is none."""
    count, customers = _pooled_counts(found, measure, channels, cell)
    return count / customers if customers else None


def _pooled_counts(found: Cohorts, measure: str, channels: list[int], cell: int) -> tuple[int, int]:
    """``(customers who did, customers)`` of the cohorts whose cell is finished."""
    if cell >= found.is_finished.shape[1]:
        return 0, 0
    done = found.is_finished[:, cell]
    counts = _counts(found, measure)[channels][:, done, cell]
    return int(counts.sum()), int(found.customers[channels][:, done].sum())


def _start(found: Cohorts, k: int) -> str:
    start = found.starts[k]
    return f"{start:%Y-%m}" if found.unit == "month" else start.isoformat()


def _cohort(screen: Screen, found: Cohorts, k: int) -> str:
    """A cohort by its first day; one that began before the period is marked, as only its later customers are in it."""
    first_day = screen.filters.period.first_day
    if found.starts[k] >= first_day:
        return _start(found, k)
    return _("{cohort}*: from {day}", cohort=_start(found, k), day=fmt().day(first_day))


def _texts(rates: np.ndarray, rests_on: np.ndarray) -> list[list[str]]:
    """What stands in the cells: the share, and of how many where they are few."""
    return [
        [
            "" if np.isnan(rate)
            else fmt().percent(rate, 0) if of >= _FEWEST_IN_CELL
            else f"{fmt().percent(rate, 0)} ({fmt().integer(of)})"
            for rate, of in zip(row, row_of, strict=True)
        ]
        for row, row_of in zip(rates.tolist(), rests_on.tolist(), strict=True)
    ]  # fmt: skip


def _detail(found: Cohorts, k: int, cell: int, count: int, customers: int, is_finished: bool) -> str:
    place = f"<b>{_start(found, k)} + {cell}</b>"
    if is_finished:
        return f"{place}<br>{_share_of(count, customers)}"
    counts = _("{count} of {customers}", count=fmt().integer(count), customers=fmt().integer(customers))
    return f"{place}<br>{_('not over yet; so far {counts}', counts=counts)}"


def _share_of(count: int, customers: int) -> str:
    """The share with its counts, and how far chance may carry it."""
    counts = _("{count} of {customers}", count=fmt().integer(count), customers=fmt().integer(customers))
    low, high = wilson_interval(count, customers) or (0.0, 1.0)
    return f"{fmt().percent(count / customers)} · {counts}<br>{_interval(low, high)}"


def _interval(low: float, high: float) -> str:
    return _("95% interval {low} – {high}", low=fmt().percent(low), high=fmt().percent(high))


def _by_channel(screen: Screen, found: Cohorts, shown: list[int], measure: str) -> None:
    cells = _cells(found)
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
        cohort_grid(
            labels,
            [str(cell) for cell in range(cells)],
            rates,
            has_begun & np.isnan(rates),
            _texts(rates, rests_on),
            details,
            few=rests_on < _FEWEST_IN_CELL,
            colors=screen.colors,
            axis=_("Weeks after the first purchase") if found.unit == "week" else _("Months after the first purchase"),
        )
        if order
        else None,
        _channel_table(screen, found, order, rates),
        key="journey_cohort_channels",
        explanation=_(
            "Channel of acquisition: that of the first (or last) touch within {days} before the first purchase; "
            "a customer without one is (direct).",
            days=n_("{count} day", "{count} days", screen.workspace.settings.lookback_days),
        )
        + " "
        + _pooling(measure)
        + " "
        + _few_explained(at_risk=measure != "active"),
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
        return [_number(_pooled(found, "active", [channel], cell)) for cell in range(_cells(found))]
    return [float(share) for share in again.share[: _cells(found)]]


def _rests_on(found: Cohorts, channel: int, again: BoughtAgain | None) -> list[int]:
    """Customers that each cell of a channel rests on: those at risk of buying again in it, or all it is over for."""
    if again is None:
        return [_pooled_counts(found, "active", [channel], cell)[1] for cell in range(_cells(found))]
    return [int(n) for n in again.at_risk[: _cells(found)]]


def _of_those_over(found: Cohorts, channel: int, cell: int, again: BoughtAgain | None) -> str:
    """What a channel's cell rests on; that it is not over yet, where it is over for none of its cohorts."""
    if again is None:
        count, customers = _pooled_counts(found, "active", [channel], cell)
        return _share_of(count, customers) if customers else _("not over yet")
    customers = int(again.customers[cell])
    if not customers:
        return _("not over yet")
    share, low, high = (float(of[cell]) for of in (again.share, again.low, again.high))
    said = n_(
        "{share}; it is over for {customers} customer", "{share}; it is over for {customers} customers", customers,
        share=fmt().percent(share), customers=fmt().integer(customers),
    )  # fmt: skip
    return said if np.isnan(low) else f"{said}<br>{_interval(low, high)}"


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _next_cell(found: Cohorts, channel: int, again: BoughtAgain | None) -> tuple[float, float, float]:
    """``(share, low, high)`` one cell after the acquisition (95 % interval); NaN where it is over for nobody."""
    if again is None:
        count, customers = _pooled_counts(found, "active", [channel], 1)
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

"""Cohorts: customers by the week or month of their first purchase, and how many come back and buy again.

* A person is *acquired* on the local day of their first ever conversion (goal event); the period takes those days. The
  *channel of acquisition* is that of the first (or, if asked, the last) touch at most the lookback older than that
  conversion, both ends included; none: ``(direct)``.
* Cohort and cell are calendar weeks (Monday to Sunday) or months of the local calendar. Cell k is the k-th week or
  month after that of the acquisition; k = 0 is the rest of the same one.
* ``active``: customers with any event in cell k, after their first purchase, other than having an ad shown to them.
  ``buyers``: customers with another conversion in cell k. ``repurchased``: customers whose second conversion came in
  cell k or before (so it never falls from cell to cell, and is the repurchase rate of the cohort by then).
* A cell is *finished* when its last day is closed. What is not finished is not zero: rates are null there.
* Over several cohorts of unlike age the share that has bought again by a cell is Kaplan and Meier's (1958): cell by
  cell, of those of finished cells who had not bought again before. A plain share of the finished would compare other
  customers in each cell, and could fall.

>>> found = cohorts(journeys({"ana": "meta@1 purchase@4=20 meta@12 purchase@13=5", "bo": "purchase@5"}), unit="week",
...     closed_through=date(1970, 1, 18))
>>> found.frame().filter(pl.col("channel") == "meta").select("cell", "customers", "active", "repurchased").rows()
[(0, 1, 0, 0), (1, 1, 1, 1)]
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import polars as pl
from numba import njit

from omnidash.journeys.arrays import Bools, Floats, Int32s, Int64s, UInt8s, UInt16s
from omnidash.journeys.parallel import over_slices
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import channel_columns, day_bounds, days_us
from omnidash.model.defaults import GOAL_ACTION
from omnidash.model.period import Period, day_number, day_of_number

Unit = Literal["week", "month"]
PASSIVE_ACTIONS = ("impression",)
"""Actions that are done to a person; they bring nobody back."""

_QUANTILE_95 = 1.959963984540054
_MOST_DAYS = 240 * 7
"""Customers of an earlier time are not shown: one wrong date must not make a table of two thousand weeks."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BoughtAgain:
    """By cell: ``share`` float64 that has bought again by its end, NaN where it is finished for nobody; ``low`` and
    ``high``: its 95 % interval (complementary log-log), NaN where the share is 0 or 1; ``customers`` int64 for whom the
    cell is finished; ``at_risk`` int64 of them had not bought again before it: what the cell itself rests on."""

    share: Floats
    low: Floats
    high: Floats
    customers: Int64s
    at_risk: Int64s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cohorts:
    """``starts``: first day of each cohort's week or month, K of them; ``customers`` int64[C, K]; ``active``,
    ``buyers``, ``repurchased`` int64[C, K, cells]; ``is_begun`` and ``is_finished`` bool[K, cells]: the cell's first
    day lies in the data, its last day is closed."""

    unit: Unit
    channels: tuple[str, ...]
    starts: tuple[date, ...]
    customers: Int64s
    active: Int64s
    buyers: Int64s
    repurchased: Int64s
    is_begun: Bools
    is_finished: Bools

    def bought_again(self, channels: Sequence[int]) -> "BoughtAgain":
        """The share of all customers of these channels (positions) that has bought again by each cell."""
        customers = self.customers[channels].sum(axis=0)
        again = self.repurchased[channels].sum(axis=0)
        before = np.column_stack([np.zeros(len(customers), np.int64), again[:, :-1]])[:, : again.shape[1]]
        done = self.is_finished
        at_risk = np.where(done, customers[:, None] - before, 0).sum(axis=0)
        bought = np.where(done, again - before, 0).sum(axis=0)
        known = np.where(done, customers[:, None], 0).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            hazard = np.where(at_risk > 0, bought / at_risk, 0.0)
            left = np.cumprod(1.0 - hazard)
            spread = np.cumsum(np.where(at_risk > bought, hazard / (at_risk - bought), 0.0))  # Greenwood
            width = np.exp(_QUANTILE_95 * np.sqrt(spread) / np.abs(np.log(left)))
            low, high = 1.0 - left ** (1 / width), 1.0 - left**width
        is_one = (left <= 0) | (left >= 1)
        is_known = known > 0
        return BoughtAgain(
            share=np.where(is_known, 1.0 - left, np.nan),
            low=np.where(is_known & ~is_one, low, np.nan),
            high=np.where(is_known & ~is_one, high, np.nan),
            customers=known,
            at_risk=at_risk,
        )

    def frame(self, *, by_channel: bool = True) -> pl.DataFrame:
        """One row per cohort, channel and cell that has begun, where there are customers; over all channels without
        ``by_channel``.

        [cohort Date, channel String, cell, customers, active, buyers, repurchased Int64, is_finished Boolean,
        retention, repurchase_rate Float64 (null where not finished)]
        """
        names = self.channels if by_channel else ("*",)
        counts = [self.customers, self.active, self.buyers, self.repurchased]
        customers, active, buyers, again = (a if by_channel else a.sum(axis=0, keepdims=True) for a in counts)
        channel, cohort, cell = np.nonzero((customers[:, :, None] > 0) & self.is_begun[None])
        frame = pl.DataFrame(
            {
                "cohort": pl.Series([self.starts[k] for k in cohort], dtype=pl.Date),
                "channel": pl.Series(names, dtype=pl.String).gather(channel),
                "cell": cell,
                "customers": customers[channel, cohort],
                "active": active[channel, cohort, cell],
                "buyers": buyers[channel, cohort, cell],
                "repurchased": again[channel, cohort, cell],
                "is_finished": self.is_finished[cohort, cell],
            }
        )
        return frame.with_columns(
            pl.when("is_finished").then(pl.col(count) / pl.col("customers")).alias(rate)
            for count, rate in (("active", "retention"), ("repurchased", "repurchase_rate"))
        ).sort("cohort", "channel", "cell")


def cohorts(
    journeys: Journeys,
    *,
    closed_through: date,
    unit: Unit = "month",
    acquired_by: Literal["first", "last"] = "first",
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    period: Period | None = None,
    threads: int = 2,
) -> Cohorts:
    """Customers by cohort and channel of acquisition. Same result for any number of threads.

    ``closed_through``: the last closed local day. ValueError where lookback_days <= 0 or the unit is unknown.
    """
    if unit not in ("week", "month"):
        raise ValueError(f"unit '{unit}' is unknown; expected week or month")
    table, (labels, column) = journeys, channel_columns(journeys)
    last_day = min(int(table.day.max(initial=-1)), day_number(closed_through) + 31)
    first_day = max(int(table.day.min(initial=last_day + 1)), last_day - _MOST_DAYS)
    cell_of_day = cells_of_days(first_day, last_day, unit)
    cells = int(cell_of_day[-1]) + 1 if cell_of_day.size else 0
    is_activity = np.array([action not in PASSIVE_ACTIONS for action in table.actions], np.bool_)
    columns = (table.offsets, table.ts, table.day, table.channel, table.action, table.touch)
    settings = (column, len(labels), is_activity, journeys.action_code(goal), days_us(lookback_days))
    acquired = day_bounds(period)
    bounds = (max(acquired[0], first_day), min(acquired[1], last_day))
    axis = (acquired_by == "first", *bounds, cell_of_day, first_day, last_day, cells)
    parts = over_slices(journeys, threads, lambda low, high: count_cohorts(low, high, *columns, *settings, *axis))
    counts = sum(parts, start=np.zeros((4, len(labels), cells, cells), np.int64))
    customers = counts[0, :, :, 0] if cells else np.zeros((len(labels), 0), np.int64)
    shown = np.flatnonzero(customers.sum(axis=0))
    kept = sorted(np.flatnonzero(customers.sum(axis=1)), key=lambda c: labels[c])
    starts = [_start(day_of_number(first_day), unit, k) for k in range(cells + 1)]
    length = cells - int(shown[0]) if shown.size else 0
    after = shown[:, None] + np.arange(length)[None, :]  # which week or month a cell of a cohort is
    ends = np.array([day_number(start) for start in starts[1:]], np.int64) - 1
    is_begun = after < cells
    ends_of_cells = ends[np.minimum(after, max(cells - 1, 0))] if cells else np.zeros(after.shape, np.int64)
    chosen = counts[:, kept][:, :, shown, :length]
    return Cohorts(
        unit=unit,
        channels=tuple(labels[c] for c in kept),
        starts=tuple(starts[k] for k in shown),
        customers=customers[kept][:, shown],
        active=chosen[1],
        buyers=chosen[2],
        repurchased=np.cumsum(chosen[3], axis=2),
        is_begun=is_begun,
        is_finished=is_begun & (ends_of_cells <= day_number(closed_through)),
    )


def cells_of_days(first_day: int, last_day: int, unit: Unit) -> Int64s:
    """int64[days]: the number of the week or month of each local day from ``first_day`` on, the first being 0."""
    days = np.arange(first_day, last_day + 1, dtype=np.int64)
    if not days.size:
        return days
    if unit == "week":
        number = (days + 3) // 7  # 1 January 1970 was a Thursday
    else:
        number = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return np.asarray(number - number[0], np.int64)


def _start(first_day: date, unit: Unit, k: int) -> date:
    """The first day of the k-th week or month from the one of ``first_day`` on."""
    if unit == "week":
        return first_day - timedelta(days=first_day.weekday()) + timedelta(weeks=k)
    months = first_day.year * 12 + first_day.month - 1 + k
    return date(months // 12, months % 12 + 1, 1)


@njit(nogil=True, cache=True)
def count_cohorts(
    first_person: int,
    end_person: int,
    offsets: Int64s,
    ts: Int64s,
    day: Int32s,
    channel: UInt16s,
    action: UInt16s,
    touch: UInt8s,
    column: Int64s,
    columns: int,
    is_activity: Bools,
    goal: int,
    lookback_us: int,
    by_first_touch: bool,
    first_day: int,
    last_day: int,
    cell_of_day: Int64s,
    axis_day: int,
    axis_end: int,
    cells: int,
) -> Int64s:
    """int64[4, columns, cells, cells]: by channel, cohort and cell: customers (in cell 0), active, buyers, and second
    purchases; the last column is (direct)."""
    counts = np.zeros((4, columns, cells, cells), np.int64)
    for p in range(first_person, end_person):
        first = -1
        for i in range(offsets[p], offsets[p + 1]):
            if action[i] == goal:
                first = i
                break
        if first < 0 or not first_day <= day[first] <= last_day:
            continue
        c = columns - 1
        for i in range(offsets[p], first + 1):
            if touch[i] and ts[i] >= ts[first] - lookback_us:
                c = column[channel[i]]
                if by_first_touch:
                    break
        cohort = cell_of_day[day[first] - axis_day]
        counts[0, c, cohort, 0] += 1
        active_in, bought_in = -1, -1  # the last cell this customer was counted in
        for i in range(first + 1, offsets[p + 1]):
            if day[i] > axis_end:
                break
            cell = cell_of_day[day[i] - axis_day] - cohort
            if is_activity[action[i]] and cell != active_in:
                active_in = cell
                counts[1, c, cohort, cell] += 1
            if action[i] == goal and cell != bought_in:
                counts[3, c, cohort, cell] += bought_in < 0
                bought_in = cell
                counts[2, c, cohort, cell] += 1
    return counts

"""What a number of the registry is made of: the sums it adds up or divides, each with the rows behind it.

``Metric.made_of`` names the sums. An additive metric is one sum: its rows add up to the number shown. A ratio is two:
numerator and denominator, of which the number is made by its own formula. Money is in workspace currency; what an order
brought is shown as what each channel was credited with, so the rows of a channel add up to the channel's number.

Example: CAC is ``spend`` over ``new_customers``; spend rows of 100 and 200, credits of 0.5 and 1 -> 300 / 1.5 = 200.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from omnidash.engine.rows_behind import RowsBehind, credited_rows, person_rows, rows_in_sql, rows_of
from omnidash.identity.at_level import Seen
from omnidash.journeys.arrays import Bools
from omnidash.journeys.orders import orders_by_customer
from omnidash.journeys.reach import cross_channel_classes
from omnidash.journeys.table import Journeys
from omnidash.journeys.touches import columns_of, day_bounds
from omnidash.metrics.of_workspace import margins_of
from omnidash.metrics.registry import METRICS
from omnidash.metrics.roi import gross_profit
from omnidash.model.period import Period
from omnidash.store import Workspace

IN_SQL = (
    "spend", "claimed_conversions", "touches", "answers", "events", "actions", "all_events", "events_of_persons",
)  # fmt: skip
CREDITED = ("net_revenue", "gross_profit", "conversions", "new_customers")
PERSONS = ("persons", "multi_persons", "multi_converters", "customers", "repeat_customers")
_COSTED = ("roas", "roi", "cac")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """Which rows: of a period, of some channels (None: all), under an attribution model with its weights. ``persons``
    and ``members``: at another identity level, and of a segment (its orders and persons alone), as in
    ``credited_rows``; ``seen``: the workspace at that level. ``actions``: of the sum ``actions``."""

    period: Period
    channels: tuple[str, ...] | None
    model: str
    weights: Mapping[str, float] | None = None
    persons: pl.DataFrame | None = None
    seen: Seen | None = None
    members: Bools | None = None
    lookback_days: float | None = None
    actions: tuple[str, ...] = ()


def addends_of(metrics: Sequence[str]) -> tuple[str, ...]:
    """The sums that these metrics are made of, each once, in order."""
    return tuple(dict.fromkeys(addend for name in metrics for addend in METRICS[name].made_of))


def costed_period(metric: str, period: Period, costed_through: date | None) -> Period | None:
    """The days a metric looks at: money spent is compared with money earned up to the last day with spend
    (``metrics.summary``). None where there is no such day in the period."""
    if metric not in _COSTED:
        return period
    if costed_through is None or costed_through < period.first_day:
        return None
    return Period(first_day=period.first_day, last_day=min(period.last_day, costed_through))


def rows_behind(
    workspace: Workspace, journeys: Journeys, addends: Sequence[str], asked: Asked
) -> tuple[RowsBehind, ...]:
    """The rows of each sum. Raises BadInput where the data changed while it was read, ValueError on an unknown sum."""
    credited: pl.DataFrame | None = None
    found = []
    for addend in addends:
        if addend in IN_SQL:
            found.append(rows_in_sql(asked.seen or workspace, addend, asked.period, asked.channels, asked.actions))
        elif addend in CREDITED:
            if credited is None:
                credited = credited_rows(
                    workspace,
                    journeys,
                    model=asked.model,
                    weights=asked.weights,
                    period=asked.period,
                    channels=asked.channels,
                    persons=asked.persons,
                    members=asked.members,
                    lookback_days=asked.lookback_days,
                )
            found.append(_credited(workspace, credited, addend))
        else:
            found.append(_persons(workspace, journeys, addend, asked))
    return tuple(found)


def _credited(workspace: Workspace, credited: pl.DataFrame, addend: str) -> RowsBehind:
    if addend == "gross_profit":
        amount = gross_profit(credited, margins_of(workspace))
    else:
        amount = credited["revenue" if addend == "net_revenue" else addend]
    rows = credited.with_columns(amount.alias("amount"))
    if addend in ("conversions", "new_customers"):
        rows = rows.filter(pl.col("amount") != 0)
    context = {"net_revenue": ["conversions"], "gross_profit": ["revenue"]}.get(addend, [])
    columns = ("day", "ts", "what", "order_id", "channel", *context, "amount", "batch_id", "row", "file")
    return rows_of(addend, rows.select(columns))


def _persons(workspace: Workspace, journeys: Journeys, addend: str, asked: Asked) -> RowsBehind:
    settings = workspace.settings
    if addend in ("customers", "repeat_customers"):
        places, orders = orders_by_customer(journeys, settings.goal, asked.period)
        kept = orders >= (2 if addend == "repeat_customers" else 1)
        if asked.members is not None:
            kept &= asked.members[places]
        people = pl.DataFrame({"person": journeys.person_ids[places[kept]], "orders": orders[kept]})
        people = people.sort("orders", "person", descending=[True, False])
    elif addend in ("multi_persons", "multi_converters"):
        classes = cross_channel_classes(journeys, asked.period, settings.goal, settings.lookback_days)
        touched = _touched(journeys, asked, None)
        wanted = np.isin(classes[touched["place"].to_numpy()], (4,) if addend == "multi_converters" else (2, 4))
        people = _named(journeys, touched.filter(pl.Series(wanted)))
    elif addend == "persons":
        people = _named(journeys, _touched(journeys, asked, asked.channels))
    else:
        raise ValueError(f"sum {addend!r} is unknown")
    return person_rows(workspace, addend, people, asked.persons)


def _touched(journeys: Journeys, asked: Asked, channels: Sequence[str] | None) -> pl.DataFrame:
    """[place (of the person in the table), touches, channels Int64] of persons touched in the period."""
    first, last = day_bounds(asked.period)
    labels, column = columns_of(journeys.channels)
    rows = np.flatnonzero((journeys.touch == 1) & (journeys.day >= first) & (journeys.day <= last))
    code = column[journeys.channel[rows]]
    if channels is not None:
        kept = np.isin(code, [place for place, label in enumerate(labels) if label in channels])
        rows, code = rows[kept], code[kept]
    place = np.searchsorted(journeys.offsets, rows, side="right") - 1
    if asked.members is not None:
        kept = asked.members[place]
        place, code = place[kept], code[kept]
    return (
        pl.DataFrame({"place": place.astype(np.int64), "code": code})
        .group_by("place")
        .agg(touches=pl.len().cast(pl.Int64), channels=pl.col("code").n_unique().cast(pl.Int64))
        .sort("touches", "place", descending=[True, False])
    )


def _named(journeys: Journeys, touched: pl.DataFrame) -> pl.DataFrame:
    person = pl.Series("person", journeys.person_ids[touched["place"].to_numpy()])
    return touched.select(person, "touches", "channels")

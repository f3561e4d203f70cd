"""The rows a sum is made of: each with what it adds, the file and row it came from, and what each import adds.

Read when somebody asks, never before. What is summed in SQL (spend, touches) is read as far as it is looked at: sums by
import, the first rows, and all of them only for a file. Raw identifiers are in no table, so they are in no row.

Invariant: ``total`` is the sum of ``amount`` over ``whole()``, over ``by_batch``, and the number the metric shows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from omnidash.engine.journeys import event_rows
from omnidash.engine.refund_days import moved_refunds
from omnidash.engine.refunds import unmatched_refund_rows
from omnidash.engine.segments import identifiers_of
from omnidash.engine.surveys import SURVEY
from omnidash.identity.at_level import Seen
from omnidash.journeys.arrays import Bools, Int64s
from omnidash.journeys.conversion_credit import conversion_credits, conversions_in
from omnidash.journeys.table import Journeys, in_journey_order
from omnidash.model.defaults import DIRECT
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.model.period import Period
from omnidash.store import Workspace

FIRST_ROWS = 200
MOST_ROWS = 1_000_000  # of a file: more opens in no spreadsheet, and it is written in memory
ORDER, REFUNDED, REFUND, UNMATCHED = "order", "refunded", "refund", "unmatched_refund"

_SPEND = """
    select cast(s.day as date) as day, s.channel, s.campaign, s.ad, s.account, cast(s.cost as double) as cost,
        s.currency, cast(s.cost_base as double) as amount, cast(s.batch_id as bigint) as batch_id,
        cast(s.row_number as bigint) as row, s.spend_id as id
    from spend s
    where s.day between $first and $last and ($all or s.channel in (select unnest($channels)))
"""
_CLAIMS = """
    select cast(s.day as date) as day, s.channel, s.campaign, s.ad, s.account,
        cast(s.claimed_conversions as double) as amount, cast(s.batch_id as bigint) as batch_id,
        cast(s.row_number as bigint) as row, s.spend_id as id
    from spend s
    where s.day between $first and $last and ($all or s.channel in (select unnest($channels)))
        and s.claimed_conversions is not null
"""
_TOUCHES = """
    select cast(e.day as date) as day, e.ts, coalesce(e.channel, '(unknown)') as channel, e.campaign, e.action,
        e.content_id, e.store_id, cast(1 as double) as amount, cast(e.batch_id as bigint) as batch_id,
        cast(e.row_number as bigint) as row, e.event_id as id
    from event e
    where e.is_touch and e.day between $first and $last
        and ($all or coalesce(e.channel, '(unknown)') in (select unnest($channels)))
"""
_EVENT_ROWS = """
    select cast(e.day as date) as day, e.ts, coalesce(e.channel, '(unknown)') as channel, e.campaign, e.action,
        e.content_id, e.store_id, e.order_id, cast(1 as double) as amount, cast(e.batch_id as bigint) as batch_id,
        cast(e.row_number as bigint) as row, e.event_id as id
    from event e
    where e.day between $first and $last
"""
_OF_CHANNELS = "coalesce(e.channel, '(unknown)') in (select unnest($channels))"
_EVENTS = f"{_EVENT_ROWS} and (e.is_touch or e.action = $goal) and ($all or e.action = $goal or {_OF_CHANNELS})"
_ALL_EVENTS = f"{_EVENT_ROWS} and ($all or {_OF_CHANNELS})"
_EVENTS_OF_PERSONS = f"{_ALL_EVENTS} and e.identifier_id in (select identifier_id from person)"  # noqa: S608
_ACTIONS = """
    select cast(e.day as date) as day, e.ts, e.action, coalesce(e.channel, '(unknown)') as channel, e.campaign,
        e.content_id, e.store_id, e.order_id, cast(1 as double) as amount, cast(e.batch_id as bigint) as batch_id,
        cast(e.row_number as bigint) as row, e.event_id as id
    from event e
    where e.action in (select unnest($actions)) and e.day between $first and $last
"""
_ANSWERS = """
    select cast(e.day as date) as day, e.ts, coalesce(e.channel, '(unknown)') as channel, e.content_id, e.store_id,
        cast(json_extract_string(e.properties, '$.score') as double) as score, cast(1 as double) as amount,
        cast(e.batch_id as bigint) as batch_id, cast(e.row_number as bigint) as row, e.event_id as id
    from event e
    where e.action = $survey and cast(json_extract_string(e.properties, '$.score') as double) between 0 and 10
        and e.day between $first and $last
"""
_SQL = {
    "answers": _ANSWERS,
    "spend": _SPEND,
    "claimed_conversions": _CLAIMS,
    "touches": _TOUCHES,
    "events": _EVENTS,
    "actions": _ACTIONS,
    "all_events": _ALL_EVENTS,
    "events_of_persons": _EVENTS_OF_PERSONS,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowsBehind:
    """The rows of one sum. ``addend``: what is summed; ``total``: the sum over ``count`` rows; ``by_batch`` [batch_id,
    rows Int64, amount Float64], most first; ``first``: the latest rows, each with ``amount``, and ``file`` and ``row``
    where one row of a file is behind it; ``whole``: all of them (the latest MOST_ROWS), read when it is called."""

    addend: str
    total: float
    count: int
    by_batch: pl.DataFrame
    first: pl.DataFrame
    whole: Callable[[], pl.DataFrame] = field(repr=False)


def rows_in_sql(
    workspace: Seen,
    addend: str,
    period: Period,
    channels: Sequence[str] | None,
    actions: Sequence[str] = (),
) -> RowsBehind:
    """The rows of ``spend`` (workspace currency), ``claimed_conversions``, ``touches``, ``events`` (touches and goal
    events), ``all_events`` (whatever their action), ``events_of_persons`` (those of them that belong to a person),
    ``answers`` to surveys or ``actions`` (events of these ``actions``), the last two of whatever channel, on days of a
    period; ``channels``: of these alone, None of all."""
    line = _SQL[addend]
    params = {
        "first": period.first_day,
        "last": period.last_day,
        "all": channels is None,
        "channels": list(channels or ()),
        "goal": workspace.settings.goal,
        "survey": SURVEY,
        "actions": list(actions),
    }
    params = {name: value for name, value in params.items() if f"${name}" in line}
    moment = ", ts desc" if "e.ts" in line else ""
    rows = f"""
        with line as ({line})
        select line.* exclude (id), b.file_name as file
        from line left join batch b using (batch_id)
        order by day desc{moment}, id
    """  # noqa: S608  (queries of ours)
    by_batch = workspace.frame(
        f"""
        with line as ({line})
        select batch_id, cast(count(*) as bigint) as rows, cast(sum(amount) as double) as amount
        from line group by batch_id order by rows desc, batch_id
        """,  # noqa: S608
        params,
    )
    return RowsBehind(
        addend=addend,
        total=float(by_batch["amount"].sum()),
        count=int(by_batch["rows"].sum()),
        by_batch=by_batch,
        first=workspace.frame(f"{rows} limit {FIRST_ROWS}", params),
        whole=lambda: workspace.frame(f"{rows} limit {MOST_ROWS}", params),
    )


def rows_of(addend: str, rows: pl.DataFrame) -> RowsBehind:
    """The rows of a frame that is at hand, with columns ``amount`` and ``batch_id``."""
    return RowsBehind(
        addend=addend,
        total=float(rows["amount"].sum()),
        count=len(rows),
        by_batch=rows.group_by("batch_id")
        .agg(rows=pl.len().cast(pl.Int64), amount=pl.col("amount").sum())
        .sort("rows", "batch_id", descending=[True, False]),
        first=rows.head(FIRST_ROWS),
        whole=lambda: rows.head(MOST_ROWS),
    )


def credited_rows(
    workspace: Workspace,
    journeys: Journeys,
    *,
    model: str,
    weights: Mapping[str, float] | None,
    period: Period,
    channels: Sequence[str] | None,
    persons: pl.DataFrame | None = None,
    members: Bools | None = None,
    lookback_days: float | None = None,
) -> pl.DataFrame:
    """What each channel earns of each order of the period, and of each refund that is booked on a day of its own.

    [day Date, ts Datetime (UTC), what String (``order``, ``refunded``: taken off the order's day, ``refund``: on its
    own day, ``unmatched_refund``), order_id, channel String, conversions, revenue, new_customers Float64, batch_id, row
    Int64, file String], latest first. Added up by day and channel it is the credit in
    ``metrics.of_workspace.channel_days_of``. ``persons``: as in ``journeys_under``, where the journeys are of other
    persons than the workspace's. ``members``, bool[P]: the orders of these persons alone.
    ``lookback_days``: the workspace's by default. Raises BadInput where the
    data changed while it was read.
    """
    settings = workspace.settings
    shared: dict[str, Any] = {
        "model": model,
        "goal": settings.goal,
        "lookback_days": lookback_days or settings.lookback_days,
    }
    credit = conversion_credits(journeys, **shared, period=period, weights=weights)
    rows = conversions_in(journeys, settings.goal, period)
    if members is not None:
        person = np.searchsorted(journeys.offsets, credit["row"].to_numpy(), side="right") - 1
        credit = credit.filter(pl.Series(members[person]))
    ids = pl.DataFrame(
        {
            "row": rows,
            "event_id": _event_ids(workspace, journeys, period, rows, persons),
            "day": pl.Series(journeys.day[rows]).cast(pl.Date),
        }
    )
    parts = [credit.join(ids, on="row", how="left").select(_CREDITED, what=pl.lit(ORDER))]
    if settings.refund_basis == "refund" and members is None:
        for on_order_date, on_refund_date in moved_refunds(workspace, persons):
            for table, what, sign in ((on_order_date, REFUNDED, -1.0), (on_refund_date, REFUND, 1.0)):
                moved = conversion_credits(table, **shared, period=period, weights=weights).filter(
                    pl.col("revenue") != 0
                )
                parts.append(_moved(table, moved, what, sign))
    found = pl.concat(parts).join(_orders(workspace, pl.concat(parts)["event_id"]), on="event_id", how="left")
    loose = unmatched_refund_rows(workspace, period).select(
        pl.lit(0.0).alias("conversions"), "revenue", pl.lit(0.0).alias("new_customers"),
        pl.lit(UNMATCHED).alias("what"), pl.lit(DIRECT).alias("channel"),
        "event_id", "day", "ts", "order_id", "batch_id", "row", "file",
    )  # fmt: skip
    every = pl.concat([found.select(_LINE), *([] if members is not None else [loose.select(_LINE)])])
    if channels is not None:
        every = every.filter(pl.col("channel").is_in(list(channels)))
    order = ("day", "ts", "event_id", "what", "channel")
    return every.sort(*order, descending=[True, True, False, False, False]).drop("event_id")


_LINE = (
    "event_id",
    "day",
    "ts",
    "what",
    "order_id",
    "channel",
    "conversions",
    "revenue",
    "new_customers",
    "batch_id",
    "row",
    "file",
)
_CREDITED = ("event_id", "day", "channel", "conversions", "revenue", "new_customers")


def _moved(table: Journeys, moved: pl.DataFrame, what: str, sign: float) -> pl.DataFrame:
    """A refund brings money back, no conversion and no customer; its purchase's id stands for its campaign."""
    purchase = pl.Series(table.campaigns, dtype=pl.String).gather(table.campaign[moved["row"].to_numpy()].astype(int))
    return moved.select(
        purchase.cast(pl.UInt64).alias("event_id"),
        pl.Series(table.day[moved["row"].to_numpy()]).cast(pl.Date).alias("day"),
        "channel",
        conversions=pl.lit(0.0),
        revenue=sign * pl.col("revenue"),
        new_customers=pl.lit(0.0),
        what=pl.lit(what),
    )


def _event_ids(
    workspace: Workspace, journeys: Journeys, period: Period, rows: Int64s, persons: pl.DataFrame | None
) -> pl.Series:
    """UInt64: the event of each of these rows of the journey table, which are the period's goal events. Both follow one
    total order, so the n-th is the n-th."""
    frame = event_rows(
        workspace,
        persons=persons,
        only="e.action = $goal and e.day between $first and $last",
        params={"first": period.first_day, "last": period.last_day},
    )
    order = in_journey_order(frame)
    if len(frame) != rows.size or not np.array_equal(np.take(frame["ts"].to_numpy(), order), journeys.ts[rows]):
        raise BadInput(N_("The data has changed while it was being read; open this again."))
    return frame["event_id"].gather(order)


def _orders(workspace: Workspace, event_ids: pl.Series) -> pl.DataFrame:
    with workspace.reading() as cursor:
        cursor.register("wanted_event", pl.DataFrame({"event_id": event_ids.unique()}))
        try:
            return cursor.sql(
                """
                select e.event_id, e.ts, e.order_id, cast(e.batch_id as bigint) as batch_id,
                    cast(e.row_number as bigint) as row, b.file_name as file
                from event e join wanted_event w using (event_id) left join batch b on b.batch_id = e.batch_id
                """
            ).pl()
        finally:
            cursor.unregister("wanted_event")


def person_rows(
    workspace: Workspace, addend: str, people: pl.DataFrame, persons: pl.DataFrame | None = None
) -> RowsBehind:
    """Persons as rows that count one each: ``people`` [person Int64 (id of the store), and what is said of each]. They
    are named by their masked identifiers; no file's row stands for a person, so ``by_batch`` is empty."""

    def named(frame: pl.DataFrame) -> pl.DataFrame:
        known = identifiers_of(workspace, frame["person"].to_numpy(), persons=persons)
        hint = pl.Series("identifier", [f"{t} {h}" if t else None for t, h in known.select("type", "hint").rows()])
        return frame.with_columns(hint.cast(pl.String), amount=pl.lit(1.0)).select(
            "person", "identifier", pl.exclude("person", "identifier")
        )

    return RowsBehind(
        addend=addend,
        total=float(len(people)),
        count=len(people),
        by_batch=pl.DataFrame(schema={"batch_id": pl.Int64, "rows": pl.Int64, "amount": pl.Float64}),
        first=named(people.head(FIRST_ROWS)),
        whole=lambda: named(people.head(MOST_ROWS)),
    )

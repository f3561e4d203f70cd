"""When each source delivered, how far what it brought goes, and in which hours it has rows: what its rhythm is learnt
from. Rows that carry a date only stand at local midnight and say nothing about an hour: they are left out."""

from collections.abc import Mapping

import polars as pl
from polars.datatypes import DataTypeClass

from omnidash.model.defaults import REFUND_ACTION
from omnidash.store import Workspace

DELIVERIES: Mapping[str, pl.DataType | DataTypeClass] = {
    "source": pl.String,
    "at": pl.Datetime("us"),
    "until": pl.Datetime("us"),
}
"""One row per import: when it was made, and the last moment of the rows it brought, both naive UTC."""
SOURCE_HOURS: Mapping[str, pl.DataType | DataTypeClass] = {
    "source": pl.String,
    "hour": pl.Datetime("us"),
    "rows": pl.Int64,
}
"""Rows of a source in an hour, by the hour's beginning in naive UTC; hours without rows are not in it."""

_BY_HOUR = """
    select b.source, b.batch_id, b.imported_at as at,
        date_trunc('hour', e.ts) as hour, cast(count(*) as bigint) as rows, max(e.ts) as until,
        cast(sum(case when extract(second from e.ts) = 0 and extract(minute from e.ts) in (0, 30, 45) then 1 else 0 end)
            as bigint) as on_the_minute
    from event e join batch b on b.batch_id = e.batch_id
    where e.action <> $refund and b.state = 'active'
    group by b.source, b.batch_id, b.imported_at, date_trunc('hour', e.ts)
    order by b.source, b.batch_id, hour
"""


def batch_hours(workspace: Workspace) -> pl.DataFrame:
    """Timed rows of every import: ``source, batch_id, at`` (of the import), ``hour, rows, until`` (the last of its rows
    in the hour), in order of source, import and hour. Times are naive UTC."""
    frame = workspace.frame(_BY_HOUR, {"refund": REFUND_ACTION})
    begins = pl.col("hour").dt.replace_time_zone("UTC").dt.convert_time_zone(str(workspace.settings.zone))
    has_midnight = (begins - pl.duration(microseconds=1)).dt.date() < (begins + pl.duration(minutes=59)).dt.date()
    timed = pl.col("rows") - pl.when(has_midnight).then(pl.col("on_the_minute")).otherwise(0)
    return frame.with_columns(rows=timed).filter(pl.col("rows") > 0).drop("on_the_minute")


def deliveries_of(hours: pl.DataFrame) -> pl.DataFrame:
    """The imports behind ``batch_hours``, in their order: see ``DELIVERIES``."""
    return (
        hours.group_by("source", "batch_id")
        .agg(pl.col("at").first(), pl.col("until").max())
        .sort("at", "batch_id")
        .select(*DELIVERIES)
    )


def source_hours_of(hours: pl.DataFrame) -> pl.DataFrame:
    """The rows behind ``batch_hours`` by source and hour: see ``SOURCE_HOURS``."""
    return hours.group_by("source", "hour").agg(pl.col("rows").sum()).sort("source", "hour").select(*SOURCE_HOURS)

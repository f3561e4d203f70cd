"""Which source delivered what on which day: what the feed-silent rule and the maturity of a day rest on."""

import polars as pl

from omnidash.ingest.meaning.profiles import profiles
from omnidash.model.defaults import REFUND_ACTION
from omnidash.model.messages import Name
from omnidash.store import Workspace

# A refund is booked late by nature: it says nothing about whether the day's sales were delivered.
_SOURCE_DAYS = """
    with rolled as (
        select e.batch_id, e.day, e.channel, e.is_touch,
            cast(count(*) as bigint) as rows, max(case when e.action = $goal then 1 else 0 end) as has_goal
        from event e
        where e.action <> $refund
        group by e.batch_id, e.day, e.channel, e.is_touch
    )
    select
        b.source, cast(r.day as date) as day, cast(sum(r.rows) as bigint) as rows,
        list(distinct r.channel) filter (where r.is_touch and r.channel is not null) as channels,
        max(r.has_goal) = 1 as has_goal
    from rolled r join batch b on b.batch_id = r.batch_id
    group by b.source, r.day
    order by b.source, r.day
"""
# How many of a day's goal events had arrived with the first, second, … delivery after it.
_ARRIVALS = """
    with delivery as (
        select batch_id, source, watermark from batch where state = 'active' and watermark is not null and kind <>
        'spend'
    ),
    first_look as (
        select source, min(watermark) as watermark from delivery group by source
    ),
    arrived as (
        select d.source, e.day, date_diff('day', e.day, cast(d.watermark as date)) as lag_days,
            cast(count(*) as bigint) as rows
        from event e join delivery d on d.batch_id = e.batch_id
        where e.action = $goal
        group by d.source, e.day, date_diff('day', e.day, cast(d.watermark as date))
    )
    select a.source, cast(a.day as date) as day, cast(a.lag_days as bigint) as lag_days, a.rows
    from arrived a join first_look f on f.source = a.source
    where a.day > cast(f.watermark as date) and a.lag_days >= 0
    order by a.source, a.day, a.lag_days
"""


def source_days(workspace: Workspace) -> pl.DataFrame:
    """Days on which each source of events or orders delivered: ``source String, day Date, rows Int64, channels
    List(String)`` (of its touches), ``has_goal Boolean`` (conversions come from it), in order of source and day."""
    frame = workspace.frame(_SOURCE_DAYS, {"goal": workspace.settings.goal, "refund": REFUND_ACTION})
    return frame.with_columns(pl.col("channels").fill_null(pl.lit([], dtype=pl.List(pl.String))))


def source_names(workspace: Workspace) -> dict[str, Name]:
    """What a person calls each source: the export that it is, or, where that is none we know, its newest file."""
    known = {profile.name: profile for profile in profiles()}
    files = workspace.rows("select source, arg_max(file_name, batch_id) from batch group by source")
    return {
        source: Name(english=known[source].title_in("en"), chinese=known[source].title_in("zh"))
        if source in known
        else Name(english=file, chinese=file)
        for source, file in files
    }


def arrivals(workspace: Workspace) -> pl.DataFrame:
    """How late goal events came: ``source String, day Date, lag_days Int64`` (from their day to the watermark of the
    delivery that brought them), ``rows Int64``. Only days after the source's first delivery: what that one brought
    was not late, it was the beginning."""
    return workspace.frame(_ARRIVALS, {"goal": workspace.settings.goal})

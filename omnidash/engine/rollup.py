"""Sums in SQL, one small table each. Portable SQL only (see ENGINES notes in docs/developer.md): every column cast,
every divisor guarded, a total order on every result."""

import polars as pl

from omnidash.store import Workspace

TOUCH_DAYS = """
    select cast(day as date) as day, coalesce(channel, '(unknown)') as channel, cast(count(*) as bigint) as touches
    from event
    where is_touch
    group by day, coalesce(channel, '(unknown)')
    order by day, channel
"""

SPEND_DAYS = """
    select
        cast(day as date) as day, channel,
        cast(sum(cost_base) as double) as spend,
        cast(sum(impressions) as bigint) as impressions,
        cast(sum(clicks) as bigint) as clicks,
        cast(sum(claimed_conversions) as double) as claimed_conversions,
        cast(sum(claimed_revenue) as double) as claimed_revenue
    from spend
    group by day, channel
    order by day, channel
"""

# One row per channel that occurs anywhere, in the order the workspace wants them shown.
CHANNELS = """
    with used as (
        select channel from event where channel is not null
        union
        select channel from spend
    )
    select c.channel, c.name_en, c.name_zh, c.kind, c.pool
    from channel c join used u on u.channel = c.channel
    order by c.sort, c.channel
"""

ACTIONS = """
    select
        e.action, cast(count(*) as bigint) as events, cast(max(e.ts) as timestamp) as last_ts,
        coalesce(max(s.stage), '') as stage
    from event e left join stage s on s.action = e.action
    group by e.action
    order by events desc, e.action
"""


def touch_days(workspace: Workspace) -> pl.DataFrame:
    """Touches per local day and channel: ``day Date, channel String, touches Int64``."""
    return workspace.frame(TOUCH_DAYS)


def spend_days(workspace: Workspace) -> pl.DataFrame:
    """Spend per local day and channel in workspace currency; only days on which something was delivered."""
    return workspace.frame(SPEND_DAYS)


def channels(workspace: Workspace) -> pl.DataFrame:
    """The channels that occur in the data: ``channel, name_en, name_zh, kind, pool``, in display order."""
    return workspace.frame(CHANNELS)


def actions(workspace: Workspace) -> pl.DataFrame:
    """The actions that occur: ``action, events, last_ts, stage``, most frequent first."""
    return workspace.frame(ACTIONS)

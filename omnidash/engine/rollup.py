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
        cast(s.day as date) as day, s.channel,
        cast(sum(s.cost_base) as double) as spend,
        cast(sum(s.impressions) as bigint) as impressions,
        cast(sum(s.clicks) as bigint) as clicks,
        cast(sum(s.claimed_conversions) as double) as claimed_conversions,
        cast(sum(case when s.currency = $own then s.claimed_revenue
                      when s.cost <> 0 then s.claimed_revenue * s.cost_base / s.cost
                      else s.claimed_revenue * r.rate end) as double) as claimed_revenue,
        min(case when coalesce(s.spread_days, 1) > 1 then 1 else 0 end) = 1 as is_spread
    from spend s left join rate r on r.currency = s.currency and r.day = s.day
    group by s.day, s.channel
    order by s.day, s.channel
"""

CAMPAIGN_SPEND_DAYS = """
    select cast(day as date) as day, coalesce(campaign, '(unknown)') as campaign,
        cast(sum(cost_base) as double) as spend
    from spend
    group by day, coalesce(campaign, '(unknown)')
    order by day, campaign
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
    """Spend per local day and channel in workspace currency; only days on which something was delivered.

    ``day Date, channel String, spend Float64, impressions, clicks Int64, claimed_conversions, claimed_revenue Float64``
    (what the platforms claim; null where they say nothing), ``is_spread Boolean`` (all of it shares of longer ranges).
    """
    return workspace.frame(SPEND_DAYS, {"own": workspace.settings.currency})


def campaign_spend_days(workspace: Workspace) -> pl.DataFrame:
    """Spend per local day and campaign in workspace currency: ``day Date, campaign String, spend Float64``."""
    return workspace.frame(CAMPAIGN_SPEND_DAYS)


def channels(workspace: Workspace) -> pl.DataFrame:
    """The channels that occur in the data: ``channel, name_en, name_zh, kind, pool``, in display order."""
    return workspace.frame(CHANNELS)


def actions(workspace: Workspace) -> pl.DataFrame:
    """The actions that occur: ``action, events, last_ts, stage``, most frequent first."""
    return workspace.frame(ACTIONS)

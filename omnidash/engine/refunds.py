"""Which purchase a refund belongs to. Order numbers are only unique within a shop, so number alone is not enough.

A refund belongs to one purchase of its order number: one of the same channel if there is one, else the only one. Any
other refund is *unmatched*; it belongs to no journey and lowers the net revenue of its own day.

Invariant: revenue of the journeys + unmatched refunds = purchases + refunds of the store.
"""

import polars as pl

from omnidash.model.defaults import DIRECT, REFUND_ACTION
from omnidash.store import Workspace

# refund_id -> event_id of its purchase; unmatched refunds are not in it.
MATCHED = """
    purchase as (
        select event_id, order_id, channel, ts from event where action = $goal and order_id is not null
    ),
    candidate as (
        select
            r.event_id as refund_id, r.revenue_base as refunded, p.event_id,
            coalesce(p.channel = r.channel, p.channel is null and r.channel is null) as is_same_channel,
            count(*) over (partition by r.event_id) as candidates,
            row_number() over (
                partition by r.event_id
                order by coalesce(p.channel = r.channel, p.channel is null and r.channel is null) desc, p.ts, p.event_id
            ) as place
        from event r join purchase p on p.order_id = r.order_id
        where r.action = $refund
    ),
    matched as (
        select refund_id, event_id, refunded from candidate where place = 1 and (is_same_channel or candidates = 1)
    )
"""
_UNMATCHED = (
    "with "
    + MATCHED
    + """
    select
        cast(e.day as date) as day, cast($direct as varchar) as channel, cast(0 as double) as conversions,
        cast(sum(e.revenue_base) as double) as revenue, cast(0 as double) as new_customers
    from event e left join matched m on m.refund_id = e.event_id
    where e.action = $refund and m.refund_id is null and e.revenue_base is not null
    group by e.day
    order by e.day
"""
)


def unmatched_refunds(workspace: Workspace) -> pl.DataFrame:
    """Refunds that belong to no known purchase, per local day, shaped as credits of ``(direct)`` (revenue < 0)."""
    goal = workspace.settings.goal
    return workspace.frame(_UNMATCHED, {"goal": goal, "refund": REFUND_ACTION, "direct": DIRECT})

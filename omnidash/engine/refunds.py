"""Which purchase a refund belongs to, how much of it counts, and on which day.

Order numbers are only unique within a shop, so number alone is not enough. A refund belongs to one purchase of its
order number: one of the same channel if there is one, of these one of the same shop, else the only one. Where orders of
several shops are left, it is of the only one that was worth as much. Any other refund is *unmatched*; it belongs to no
journey and lowers the net revenue of its own day. With another goal than the purchase, refunds of purchases lower
nothing.

The export of an order states the total given back so far (``properties.refund = 'total'``); files of refunds and events
state the entries of it. Both may be there for one order, in any order of import and one older than the other: what
counts is then the larger of the two, the entries on their own days and of the total what goes beyond them.

Two bases of net revenue: on the *order date* a refund lowers the day of its order; on the *refund date* its own day.

Invariant: revenue of the journeys + unmatched refunds = purchases + refunds that count, on either basis.
Example: paid 100, total refunded 50, entries of 20 and 10 -> 100 - 50, of which 20 and 10 on the days of the entries.
"""

import polars as pl

from omnidash.model.defaults import DIRECT, REFUND_ACTION
from omnidash.model.period import Period
from omnidash.store import Workspace

# refund_id -> event_id of its purchase, and how much of it counts; unmatched refunds are not in it.
MATCHED = """
    purchase as (
        select event_id, order_id, channel, store_id, ts, revenue_base from event
        where action = $goal and order_id is not null
    ),
    candidate as (
        select
            r.event_id as refund_id, r.day as refund_day, coalesce(r.revenue_base, 0) as stated,
            p.event_id, p.store_id, p.ts, coalesce(p.revenue_base + r.revenue_base >= 0, false) as is_worth_it,
            coalesce(json_extract_string(r.properties, '$.refund') = 'total', false) as is_total,
            coalesce(p.channel = r.channel, p.channel is null and r.channel is null) as is_same_channel,
            count(*) over (partition by r.event_id) as candidates,
            rank() over (
                partition by r.event_id
                order by coalesce(p.channel = r.channel, p.channel is null and r.channel is null) desc,
                    coalesce(p.store_id = r.store_id, false) desc
            ) as tier
        from event r join purchase p on p.order_id = r.order_id
        where r.action = $refund
    ),
    nearest as (
        select
            *, count(*) filter (is_worth_it) over (partition by refund_id) = 1 as is_told_by_worth,
            min(store_id) over (partition by refund_id) is distinct from max(store_id) over (partition by refund_id)
                as is_of_shops
        from candidate where tier = 1
    ),
    placed as (
        select *, row_number() over (
            partition by refund_id order by is_of_shops and not is_worth_it, ts, event_id) as place
        from nearest where not is_of_shops or is_told_by_worth
    ),
    owned as (
        select
            refund_id, refund_day, event_id, stated, is_total,
            sum(case when is_total then 0 else stated end) over (partition by event_id) as entries,
            sum(case when is_total then stated else 0 end) over (partition by event_id) as total,
            row_number() over (partition by event_id, is_total order by refund_id) as nth
        from placed where place = 1 and (is_same_channel or candidates = 1)
    ),
    matched as (
        select
            refund_id, refund_day, event_id,
            case when not is_total or entries = 0 then stated when nth > 1 then 0 else least(total - entries, 0) end
                as refunded
        from owned
    )
"""
_UNMATCHED_STEPS = (
    "with "  # noqa: S608  (named steps of our own)
    + MATCHED
    + """,
    other_order as (
        select distinct order_id from event
        where action <> $goal and action <> $refund and order_id is not null and revenue_base is not null
    ),
    unmatched as (
        select e.event_id, e.day, e.ts, e.order_id, e.revenue_base, e.batch_id, e.row_number
        from event e
        left join matched m on m.refund_id = e.event_id
        left join other_order o on o.order_id = e.order_id
        where e.action = $refund and m.refund_id is null and o.order_id is null and e.revenue_base is not null
    )
    """
)
_UNMATCHED = (
    _UNMATCHED_STEPS
    + """
    select
        cast(day as date) as day, cast($direct as varchar) as channel, cast(0 as double) as conversions,
        cast(sum(revenue_base) as double) as revenue, cast(0 as double) as new_customers
    from unmatched
    group by day
    order by day
"""
)
_UNMATCHED_ROWS = (
    _UNMATCHED_STEPS
    + """
    select
        u.event_id, cast(u.day as date) as day, u.ts, u.order_id, cast(u.revenue_base as double) as revenue,
        cast(u.batch_id as bigint) as batch_id, cast(u.row_number as bigint) as row, b.file_name as file
    from unmatched u left join batch b on b.batch_id = u.batch_id
    where u.day between $first and $last
    order by u.day, u.event_id
"""
)


def unmatched_refunds(workspace: Workspace) -> pl.DataFrame:
    """Refunds that belong to no known purchase, per local day, shaped as credits of ``(direct)`` (revenue < 0)."""
    goal = workspace.settings.goal
    return workspace.frame(_UNMATCHED, {"goal": goal, "refund": REFUND_ACTION, "direct": DIRECT})


def unmatched_refund_rows(workspace: Workspace, period: Period) -> pl.DataFrame:
    """The same refunds one by one, of the days of a period: ``event_id UInt64, day Date, ts Datetime, order_id String,
    revenue Float64 (workspace currency, < 0), batch_id, row Int64, file String``."""
    params = {"goal": workspace.settings.goal, "refund": REFUND_ACTION}
    return workspace.frame(_UNMATCHED_ROWS, {**params, "first": period.first_day, "last": period.last_day})

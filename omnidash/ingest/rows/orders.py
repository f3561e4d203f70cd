"""Rows of orders: one or several lines per order, joined to one event per order and one for what was given back.

    paid order                event 'purchase', revenue = what was paid (refunds added back if the source took them off)
    refund on it              event 'refund', revenue < 0, at the time of the refund if the file says it, else at the
                              order's; the sum over all refunds of the order so far (``refunds``: one by one)
    order below zero          event 'refund' of its own, on its own day: returns and cancelled invoices in files that
                              list them as orders with negative quantities or amounts
    not paid (yet)            event 'order_created', no revenue; becomes a purchase when a later file says so
    cancelled before payment  event 'order_cancelled', no revenue; cancelled after payment: purchase and full refund
                              (a refund says that there was a payment)
    refunded, says a status   purchase and full refund, where no amount is named (``statuses``)
    worth nothing             lines at no price only (samples, stock corrections): 'order_created', no revenue

An order without revenue column is worth its lines (``order_lines``, which also says which lines count and whose amount
stands on them); discounts that no column states are not invented. Values that stand on the first line only count for
the order. The order's key is its number and the channel and account given for the whole file, and its shop where two
shops number alike (``shops``). An order without identifier is anonymous and counts all the same.

A file that could not say that an order was refunded leaves a refund known from another file as it is.
"""

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.cells import zone_params
from omnidash.ingest.rows.events import main_identifier
from omnidash.ingest.rows.negative_rows import turn_negative_rows
from omnidash.ingest.rows.order_lines import (
    LINE,
    ORDER,
    WORTH,
    amount_level,
    has_lines,
    is_priced,
    number_lines,
    number_of,
    stage_lines,
)
from omnidash.ingest.rows.parse import Identified
from omnidash.ingest.rows.rates import file_currency, require_rates, stage_rates
from omnidash.ingest.rows.refunds import over_refunded, stage_refunds, turn_refunds
from omnidash.ingest.rows.shops import PURCHASE_ID, REFUND_ID, tell_shops_apart
from omnidash.ingest.rows.statuses import (
    CANCELLED,
    PAID,
    PARTLY_REFUNDED,
    REFUNDED,
    UNPAID,
    stage_statuses,
    unknown_statuses,
)
from omnidash.ingest.rows.traffic import CameFrom, reads_traffic
from omnidash.model.defaults import GOAL_ACTION
from omnidash.model.messages import N_, Message, counted
from omnidash.store.workspace import Staging, Workspace

CANCELLED_ORDER = "order_cancelled"


def stage_orders(
    ws: Workspace, staging: Staging, mapping: Mapping, identified: list[Identified], name: str
) -> list[Message]:
    """Staging tables ``event``, ``slot`` and, where the file lists lines, ``order_line``; returns what to warn of.

    Raises BadInput on a missing currency rate, and where only the file's owner knows whose the amounts are.
    """
    stage_rates(ws, staging)
    turned = turn_refunds(staging, mapping)
    if mapping.is_refunds:
        return turned + stage_refunds(ws, staging, mapping, identified, name)
    of_shops = tell_shops_apart(ws, staging, mapping)
    has_refund_rows = turn_negative_rows(staging, mapping)
    _refuse_timeless(staging)
    stage_statuses(staging, mapping)
    number_lines(staging, mapping)
    revenue_level, revenue_note = amount_level(staging, mapping, "revenue", name)
    refund_level, refund_note = amount_level(staging, mapping, "refund", name)
    refund_level = LINE if has_refund_rows else refund_level
    _join_lines(staging, mapping, identified, revenue_level, refund_level)
    ids = "".join(f", id{i.position}" for i in identified)
    came_from = CameFrom(reads=reads_traffic(mapping), row="e")
    main, joins = main_identifier(staging, identified)
    params = {
        "namespace": mapping.namespace,
        "file_currency": file_currency(ws, mapping),
        "own": ws.settings.currency,
        "is_touch": mapping.conversion_is_touch and "channel" in mapping.columns.values(),
        **zone_params("day_zone", ws.settings.timezone),
    }
    statement = f"""
        create table event as
        with entries as (
            select {PURCHASE_ID} as event_id, case when action = 'purchase' then gross end as amount,
                false as is_refund_total, ts as rated_at, * from bought
            where action <> 'refund'
            union all by name
            select {REFUND_ID} as event_id, -returned as amount, action = 'purchase' as is_refund_total,
                ts as rated_at, * replace ('refund' as action, coalesce(refund_time, ts) as ts) from bought
            where returned <> 0),
        dated as (
            select e.* exclude (channel, campaign), {came_from.taken}, {main} as identifier_id,
                coalesce(currency, $file_currency) as money,
                cast(wall_of_utc(ts, $day_zone, $day_zone_fixed_from, $day_zone_fixed_offset) as date) as day,
                cast(wall_of_utc(rated_at, $day_zone, $day_zone_fixed_from, $day_zone_fixed_offset) as date) as rated_on
            from entries e {came_from.joins} {joins}),
        reached as (
            select *, {came_from.channel} as channel,
                case when is_refund_total and is_by_status
                         then json_object('status', status, 'refund', 'total', 'refund_by', 'status')
                     when is_refund_total and status is not null then json_object('status', status, 'refund', 'total')
                     when is_refund_total then json_object('refund', 'total')
                     when status is not null then json_object('status', status) end as own_properties,
                action = 'purchase' and ($is_touch or {came_from.is_judged}) as is_contact
            from dated),
        touching as (select *, {came_from.is_touch} and channel is not null as is_touch from reached)
        select event_id, row_number, ts, d.day, identifier_id, channel, raw_channel, campaign, action, is_touch,
            cast(null as varchar) as content_id, page, store_id, {number_of("order_id")} as order_id,
            cast(amount as decimal(18, 4)) as revenue, case when amount is not null then money end as currency,
            cast(case when money = $own then amount else amount * rate.rate end as decimal(18, 4)) as revenue_base,
            {came_from.properties("own_properties")} as properties {ids}
        from touching d left join rate on rate.currency = d.money and rate.day = d.rated_on
        """  # noqa: S608  (column numbers, our expressions)
    staging.cursor.execute(statement, {k: v for k, v in params.items() if f"${k}" in statement})
    require_rates(staging, name, ws.settings.currency, "event")
    staging.cursor.execute(
        f"""
        create table slot as
        select {PURCHASE_ID} as subject, {PURCHASE_ID} as event_id, lines, true as is_spoken from bought
        union all
        select {PURCHASE_ID} as subject, {REFUND_ID} as event_id, lines, $speaks from bought
        """,  # noqa: S608  (our expressions)
        {"namespace": mapping.namespace, "speaks": has_refund_rows or _speaks_of_refunds(mapping)},
    )
    if has_lines(mapping):
        stage_lines(staging, PURCHASE_ID, params, revenue_level)
    notes = [
        revenue_note,
        refund_note,
        _over_refunded(staging),
        *_of_refunds_by_status(staging),
    ]
    return [*turned, *of_shops, *(note for note in notes if note is not None), *unknown_statuses(staging, mapping)]


def _speaks_of_refunds(mapping: Mapping) -> bool:
    """Whether a file that states no refund of an order says that there is none; where nothing in it could say so, a
    refund known from another file stays."""
    return not {"refund", "refund_status"}.isdisjoint({*mapping.columns.values(), *mapping.constants})


def span(staging: Staging, mapping: Mapping) -> tuple[object, object, object]:
    """First day, last day and last moment of the orders themselves: a late refund does not say that its day is here,
    nor does an open deal that its day of closing is."""
    is_own = "json_extract_string(properties, '$.refund') is distinct from 'total'"
    is_there = (
        f"action in ('{GOAL_ACTION}', 'refund') or ts <= now() at time zone 'UTC'" if mapping.is_deals else "true"
    )
    rows = staging.cursor.execute(
        f"select min(day), max(day), max(ts) from event where (properties is null or {is_own}) and ({is_there})"  # noqa: S608
    ).fetchall()
    return (rows[0][0], rows[0][1], rows[0][2])


def _refuse_timeless(staging: Staging) -> None:
    """Lines of an order on which no line says when it was."""
    staging.cursor.execute(
        """
        update parsed set problem = 'missing', culprit = 'time' where problem is null and order_id in (
            select order_id from parsed where problem is null group by order_id
            having count(time) = 0 and count(paid_time) = 0)
        """
    )


def _join_lines(
    staging: Staging, mapping: Mapping, identified: list[Identified], revenue_level: str, refund_level: str
) -> None:
    """Table ``bought``: one row per order with action, time, gross and returned. First filled value of a column wins.

    ``revenue`` and ``refund`` are as the file states them, ``gross`` is what was paid before anything was given back.
    Where lines with amounts of their own have statuses of their own, each line goes its own way: what was refunded or
    cancelled after payment is given back, what was never paid is ``left_out``.
    """
    firsts = ["channel", "campaign", "page", "store_id", "currency", *(f"id{i.position}" for i in identified)]
    firsts += ["visit"] if reads_traffic(mapping) else []
    first = ", ".join(f"arg_min({c}, n) filter ({c} is not null) as {c}" for c in firsts)
    amount = {
        LINE: "sum({x}) filter (copy = 1)",
        ORDER: "arg_min({x}, n) filter ({x} is not null)",
    }
    has_own = is_priced(mapping) or revenue_level == LINE
    own = WORTH if is_priced(mapping) else "revenue"
    revenue = f"sum({WORTH}) filter (copy = 1)" if is_priced(mapping) else amount[revenue_level].format(x="revenue")
    worthless = f"coalesce(max(abs({WORTH})), 0) = 0" if is_priced(mapping) else "false"
    is_open = mapping.is_deals and "status" in mapping.columns.values()  # a deal without a stage is not won
    unknown = "false" if is_open else "paid_time is not null" if "paid_time" in mapping.columns.values() else "true"
    refunds = "true" if "refund_status" in mapping.columns.values() else "false"
    staging.cursor.execute(
        f"""
        create table bought as
        with told as (
            select l.*, s.meaning as said, case when {refunds} then r.meaning end as said_of_refund
            from line l left join status_meaning s on s.said = l.status
            left join refund_status_meaning r on r.said = l.refund_status),
        lines as (
            select *, {own} as own,
                case when said_of_refund in ('{REFUNDED}', '{PARTLY_REFUNDED}') then said_of_refund
                     when said is not null then said when status is not null then 'unknown' end as fate
            from told),
        orders as (
            select order_id, min(n) as row_number, min(time) as time, min(paid_time) as paid_time,
                max(refund_time) as refund_time, coalesce({revenue}, 0) as stated,
                {amount[refund_level].format(x="refund")} as refund, {worthless} as is_worthless,
                count(*) filter (copy = 1) as lines, count(revenue) filter (copy = 1) as filled,
                arg_min(fate, n) filter (fate is not null) as first_fate, count(distinct fate) > 1 as is_mixed,
                coalesce(arg_min(status, n) filter (fate not in ('{CANCELLED}', '{UNPAID}')),
                         arg_min(status, n) filter (status is not null)) as status,
                arg_min(fate, n) filter (fate not in ('{CANCELLED}', '{UNPAID}')) as live_fate,
                coalesce(bool_or(fate = '{REFUNDED}'), false) as has_refunded,
                sum(own) filter (copy = 1 and fate = '{REFUNDED}') as refunded_lines,
                sum(own) filter (copy = 1 and fate = '{CANCELLED}') as cancelled_lines,
                sum(own) filter (copy = 1 and fate = '{UNPAID}') as unpaid_lines,
                {first}
            from lines group by order_id),
        fated as (
            select *,
                case when not is_mixed then first_fate
                     when has_refunded and not {has_own} then '{PARTLY_REFUNDED}'
                     when live_fate = '{REFUNDED}' then '{PAID}'
                     else coalesce(live_fate, first_fate) end as fate,
                is_mixed and {has_own} and live_fate is not null as goes_apart
            from orders),
        parted as (
            select *, case when not goes_apart then 0
                           else coalesce(unpaid_lines, 0)
                               + case when paid_time is null then coalesce(cancelled_lines, 0) else 0 end
                      end as left_out,
                case when not goes_apart then 0
                     else coalesce(refunded_lines, 0)
                         + case when paid_time is not null then coalesce(cancelled_lines, 0) else 0 end
                end as given_back
            from fated),
        paid as (
            select *, stated - left_out as revenue,
                stated - left_out + case when $is_net then coalesce(refund, 0) else 0 end as gross,
                coalesce(fate = '{CANCELLED}', false) as is_cancelled, coalesce(fate = '{UNPAID}', false) as is_unpaid,
                coalesce(fate in ('{CANCELLED}', '{REFUNDED}'), false) and coalesce(refund, 0) = 0 as is_all_back,
                case when fate = '{CANCELLED}' then paid_time is not null or coalesce(refund, 0) > 0
                     when fate = '{UNPAID}' then false
                     when fate in ('{PAID}', '{REFUNDED}', '{PARTLY_REFUNDED}') then true
                     else {unknown} end as is_paid
            from parted),
        judged as (select *, gross < 0 and not is_cancelled and not is_unpaid as is_return from paid),
        named as (
            select *, case when is_return then 'refund' when is_paid and not is_worthless then 'purchase'
                           when is_cancelled then '{CANCELLED_ORDER}' else 'order_created' end as action
            from judged)
        select *, case when is_paid then coalesce(paid_time, time) else coalesce(time, paid_time) end as ts,
            coalesce(action = 'purchase' and coalesce(refund, 0) = 0, false) as is_by_status,
            case when action = 'refund' then -gross
                 when action <> 'purchase' then 0
                 when is_all_back then gross
                 when coalesce(refund, 0) = 0 then given_back
                 else refund end as returned
        from named
        """,  # noqa: S608  (our column names and words)
        {"is_net": mapping.revenue_is_net},
    )


def _of_refunds_by_status(staging: Staging) -> list[Message]:
    """What was taken as given back because a status says so, and what a status says of an amount nobody names."""
    number = number_of("order_id")
    whole, example, partly = staging.cursor.execute(
        f"""
        select count(*) filter (is_by_status and returned > 0), arg_min({number}, row_number) filter
            (is_by_status and fate = 'partly_refunded' and returned = 0),
            count(*) filter (is_by_status and fate = 'partly_refunded' and returned = 0)
        from bought
        """  # noqa: S608  (our expression)
    ).fetchall()[0]
    notes = []
    if whole:
        one = N_("1 order was given back by its status; the file names no amount, so all of it counts")
        many = N_("{count} orders were given back by their status; the file names no amount, so all of it counts")
        notes.append(counted(one, many, whole))
    if partly:
        one = N_("1 order was given back in part and the file does not say how much, {order}; nothing is taken off")
        many = N_(
            "{count} orders were given back in part and the file does not say how much, the first is {order};"
            " nothing is taken off"
        )
        notes.append(counted(one, many, partly, order=example))
    return notes


def _over_refunded(staging: Staging) -> Message | None:
    """Orders that gave back more than they had brought in: kept as they are, and said."""
    count, example = staging.cursor.execute(
        f"select count(*), arg_min({number_of('order_id')}, row_number) from bought"  # noqa: S608  (our expression)
        " where action = 'purchase' and returned > gross"
    ).fetchall()[0]
    return over_refunded(count, example) if count else None

"""Rows of orders: one or several lines per order, joined to one event per order and one per refund.

    paid order                event 'purchase', revenue = what was paid (refunds added back if the source took them off)
    refund on it              event 'refund' at the order's time, revenue < 0 (order-date basis)
    not paid (yet)            event 'order_created', no revenue; becomes a purchase when a later file says so
    cancelled before payment  event 'order_cancelled', no revenue; cancelled after payment: purchase and full refund

Amounts of an order's lines are added; a line that repeats another one in every cell is a duplicate. Values that stand
on the first line only count for the order. The order's key is its number and the channel given for the whole file.
"""

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.cells import zone_params
from omnidash.ingest.rows.events import main_identifier
from omnidash.ingest.rows.parse import Identified, hash_64
from omnidash.ingest.rows.rates import file_currency, require_rates, stage_rates
from omnidash.store.workspace import Staging, Workspace

CANCELLED = "order_cancelled"
SUMS = ("revenue", "refund")
CANCELLED_STATUS = r"cancel|closed|void|关闭|取消"
UNPAID_STATUS = (
    r"^(pending|unpaid|authorized|awaiting|expired|draft|on-hold|failed)|等待买家付款|待付款|未付款|未支付|待支付"
)
PAID_STATUS = (
    r"paid|complete|success|fulfilled|shipped|delivered|refunded|成功|已付款|已支付|已发货|待发货|已完成|已收货|已签收"
)


def stage_orders(ws: Workspace, staging: Staging, mapping: Mapping, identified: list[Identified], name: str) -> None:
    """Staging tables ``event`` and ``slot``. Raises BadInput on a missing currency rate."""
    stage_rates(ws, staging)
    _refuse_timeless(staging)
    _join_lines(staging, mapping, identified)
    ids = "".join(f", id{i.position}" for i in identified)
    main, joins = main_identifier(identified)
    purchase_id, refund_id = (hash_64(f"'{word}' || $namespace || chr(31) || order_id") for word in ("order", "refund"))
    params = {
        "namespace": mapping.constants.get("channel", ""),
        "file_currency": file_currency(ws, mapping),
        "own": ws.settings.currency,
        "is_net": mapping.revenue_is_net,
        "is_touch": mapping.conversion_is_touch and "channel" in mapping.columns.values(),
        **zone_params("day_zone", ws.settings.timezone),
    }
    statement = f"""
        create table event as
        with priced as (
            select *, coalesce(revenue, 0) + case when $is_net then coalesce(refund, 0) else 0 end as gross
            from bought),
        settled as (
            select *, case when action <> 'purchase' then 0
                           when is_cancelled and coalesce(refund, 0) = 0 then gross
                           else coalesce(refund, 0) end as returned
            from priced),
        entries as (
            select {purchase_id} as event_id, case when action = 'purchase' then gross end as amount, * from settled
            union all by name
            select {refund_id} as event_id, -returned as amount, * replace ('refund' as action) from settled
            where returned <> 0),
        dated as (
            select e.*, m.channel as channel_id, {main} as identifier_id, coalesce(currency, $file_currency) as money,
                cast(wall_of_utc(ts, $day_zone, $day_zone_fixed_from, $day_zone_fixed_offset) as date) as day
            from entries e left join channel_map m on m.label = e.channel {joins})
        select event_id, row_number, ts, d.day, identifier_id, channel_id as channel, d.channel as raw_channel,
            campaign, action, $is_touch and action = 'purchase' and channel_id is not null as is_touch,
            cast(null as varchar) as content_id, cast(null as varchar) as page, store_id, order_id,
            cast(amount as decimal(18, 4)) as revenue, case when amount is not null then money end as currency,
            cast(case when money = $own then amount else amount * rate.rate end as decimal(18, 4)) as revenue_base,
            case when status is not null then json_object('status', status) end as properties {ids}
        from dated d left join rate on rate.currency = d.money and rate.day = d.day
        """  # noqa: S608  (column numbers, our expressions)
    staging.cursor.execute(statement, {k: v for k, v in params.items() if f"${k}" in statement})
    require_rates(staging, name, ws.settings.currency, "event")
    staging.cursor.execute(
        f"""
        create table slot as
        select {purchase_id} as subject, {purchase_id} as event_id, lines from bought
        union all
        select {purchase_id} as subject, {refund_id} as event_id, lines from bought
        """,  # noqa: S608  (our expressions)
        {"namespace": mapping.constants.get("channel", "")},
    )
    if has_lines(mapping):
        _keep_lines(staging, purchase_id, params)


def has_lines(mapping: Mapping) -> bool:
    """Whether the file says what was bought, line by line."""
    return bool({"sku", "item", "quantity", "unit_price"} & set(mapping.columns.values()))


def _keep_lines(staging: Staging, purchase_id: str, params: dict[str, object]) -> None:
    """Table ``order_line``: the lines of each order in the order of what they say, whatever the order of the file."""
    line_id = hash_64("cast(event_id as varchar) || '#' || cast(place as varchar)")
    statement = f"""
        create table order_line as
        with said as (
            select {purchase_id} as event_id, n as row_number, order_id, sku, item,
                cast(quantity as decimal(18, 4)) as quantity, cast(unit_price as decimal(18, 6)) as unit_price,
                cast(quantity * unit_price as decimal(18, 4)) as amount,
                coalesce(l.currency, o.currency, $file_currency) as currency
            from line l join bought o using (order_id)
            where copy = 1),
        placed as (
            select *, row_number() over (
                partition by event_id order by sku, item, quantity, unit_price, amount, row_number) as place
            from said)
        select {line_id} as order_line_id, * exclude (place) from placed
        """  # noqa: S608  (our expressions)
    staging.cursor.execute(statement, {k: v for k, v in params.items() if f"${k}" in statement})


def _refuse_timeless(staging: Staging) -> None:
    """Lines of an order on which no line says when it was."""
    staging.cursor.execute(
        """
        update parsed set problem = 'missing', culprit = 'time' where problem is null and order_id in (
            select order_id from parsed where problem is null group by order_id
            having count(time) = 0 and count(paid_time) = 0)
        """
    )


def _join_lines(staging: Staging, mapping: Mapping, identified: list[Identified]) -> None:
    """Table ``bought``: one row per order with its action and time. First filled value of a column wins."""
    firsts = ["channel", "campaign", "store_id", "status", "currency", *(f"id{i.position}" for i in identified)]
    first = ", ".join(f"arg_min({c}, n) filter ({c} is not null) as {c}" for c in firsts)
    has_paid_time = "paid_time" in mapping.columns.values()
    unknown = "paid_time is not null" if has_paid_time else "true"
    staging.cursor.execute(
        "create table line as select *, row_number() over (partition by order_id, key order by n) as copy"
        " from numbered where problem is null"
    )
    staging.cursor.execute(
        f"""
        create table bought as
        with orders as (
            select order_id, min(n) as row_number, min(time) as time, min(paid_time) as paid_time,
                sum(revenue) filter (copy = 1) as revenue, sum(refund) filter (copy = 1) as refund,
                count(*) filter (copy = 1) as lines, count(*) filter (copy > 1) as copies, {first}
            from line group by order_id),
        judged as (
            select *, coalesce(regexp_matches(lower(status), $cancelled), false) as is_cancelled,
                case when regexp_matches(lower(status), $cancelled) then paid_time is not null
                     when regexp_matches(lower(status), $unpaid) then false
                     when regexp_matches(lower(status), $paid) then true
                     else {unknown} end as is_paid
            from orders)
        select *, case when is_paid then 'purchase' when is_cancelled then 'order_cancelled'
                       else 'order_created' end as action,
            case when is_paid then coalesce(paid_time, time) else coalesce(time, paid_time) end as ts
        from judged
        """,  # noqa: S608  (our column names)
        {"cancelled": CANCELLED_STATUS, "unpaid": UNPAID_STATUS, "paid": PAID_STATUS},
    )

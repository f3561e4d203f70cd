"""Rows of refunds: files that only say what was given back on which order, and when.

Each row is an entry: an event 'refund' with revenue < 0 at its own time. The order itself is not touched, and need not
be known yet: a refund finds its purchase by the order's number whenever both are there (``engine.refunds``, which also
sees to it that these entries and the refund total of the order's own export are not both counted).

The key of an entry is the refund's own id, else order number, time and its ordinal among the order's refunds of that
moment; one that is there under a key of the other sort keeps that key (``_meet_known``). So a re-export adds nothing,
a corrected amount restates, and a file of a later period adds its own. In a file whose refunds have days but no clock,
two alike rows are two refunds, and that is said; so is that a refund of an earlier file is met again, for a second one
of the same day and amount would look the same. Rows that give nothing back (amount zero or blank; refunds refused,
withdrawn or still in question) are skipped and counted.
"""

import re
from decimal import Decimal

from omnidash.ingest.meaning.fields import header_key
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.cells import zone_params
from omnidash.ingest.rows.events import main_identifier
from omnidash.ingest.rows.order_lines import number_lines
from omnidash.ingest.rows.parse import TOTAL, Identified, hash_64
from omnidash.ingest.rows.rates import file_currency, require_rates
from omnidash.model.defaults import GOAL_ACTION, REFUND_ACTION
from omnidash.model.messages import N_, Message, counted
from omnidash.store.workspace import Staging, Workspace

NOT_REFUNDED_STATUS = (
    r"cancel|closed|reject|refus|declin|fail|withdrawn|pending|requested|processing"
    r"|关闭|取消|拒绝|驳回|失败|撤销|待|处理中|申请中"
)
_STATE_OF_ORDER = re.compile(r"订单|交易|\border\b|financial|payment|fulfil")


def turn_refunds(staging: Staging, mapping: Mapping) -> list[Message]:
    """Exports write what was given back as 20 or as -20; here it is positive. Returns what to warn of.

    In a list of refunds the rarer sign takes back what was booked before. An order's refund cannot be less than
    nothing, so where its column holds both signs they mean the same.
    """
    if "refund" not in mapping.columns.values():
        return []
    below, above, total = staging.cursor.execute(
        "select count(*) filter (refund < 0), count(*) filter (refund > 0), sum(refund) from parsed"
        " where problem is null"
    ).fetchall()[0]
    if not below:
        return []
    if above and not mapping.is_refunds:
        staging.cursor.execute("update parsed set refund = abs(refund) where refund is not null")
        text = N_("'{column}' holds amounts above and below zero ({above} and {below}); both are taken as given back")
        return [Message(text, {"column": mapping.column_of("refund"), "above": above, "below": below})]
    if total < 0:
        staging.cursor.execute("update parsed set refund = -refund where refund is not null")
        below, above = above, below
    if not above or not below:
        return []
    text = N_("'{column}' holds amounts above and below zero; the {count} of the rarer sign are taken as taken back")
    return [Message(text, {"column": mapping.column_of("refund"), "count": min(above, below)})]


def stage_refunds(
    ws: Workspace, staging: Staging, mapping: Mapping, identified: list[Identified], name: str
) -> list[Message]:
    """Staging tables ``event``, ``slot`` and ``line`` of a file of refunds; returns what to warn of.

    Raises BadInput on a missing currency rate.
    """
    skipped = _skip_what_gives_nothing_back(staging, mapping)
    time = "coalesce(refund_time, paid_time, time)"
    culprit = "refund_time" if "refund_time" in mapping.columns.values() else "time"
    staging.cursor.execute(
        f"update parsed set problem = 'missing', culprit = '{culprit}' where problem is null and {time} is null"  # noqa: S608
    )
    is_dateless = _has_no_clock(staging, time, mapping.timezone or ws.settings.timezone)
    number_lines(staging, mapping, each_counts=is_dateless)
    ids = "".join(f", id{i.position}" for i in identified)
    main, joins = main_identifier(staging, identified)
    of_order = "'refund entry' || $namespace || chr(31) || order_id || chr(31) || "
    moment = "cast(epoch_us(ts) as varchar)"
    entry_id = hash_64(f"{of_order}coalesce('id ' || refund_id, {moment}) || '#' || cast(nth as varchar)")
    id_by_time = hash_64(f"{of_order}{moment} || '#' || cast(nth_of_moment as varchar)")
    params = {
        "namespace": mapping.namespace,
        "file_currency": file_currency(ws, mapping),
        "own": ws.settings.currency,
        **zone_params("day_zone", ws.settings.timezone),
    }
    statement = f"""
        create table event as
        with counted as (
            select *, n as row_number, {time} as ts, row_number() over (
                partition by order_id, refund_id, case when refund_id is null then {time} end
                order by refund, n) as nth,
                row_number() over (partition by order_id, {time} order by refund, n) as nth_of_moment
            from line where copy = 1),
        dated as (
            select c.*, {entry_id} as event_id, {id_by_time} as id_by_time, m.channel as channel_id,
                {main} as identifier_id,
                coalesce(currency, $file_currency) as money,
                cast(wall_of_utc(ts, $day_zone, $day_zone_fixed_from, $day_zone_fixed_offset) as date) as day
            from counted c left join channel_map m on m.label = c.channel {joins})
        select event_id, row_number, ts, d.day, identifier_id, channel_id as channel, d.channel as raw_channel,
            campaign, '{REFUND_ACTION}' as action, false as is_touch, cast(null as varchar) as content_id, page,
            store_id, order_id, cast(-refund as decimal(18, 4)) as revenue, money as currency,
            cast(case when money = $own then -refund else -refund * rate.rate end as decimal(18, 4)) as revenue_base,
            case when status is not null then json_object('status', status) end as properties,
            case when refund_id is not null then id_by_time end as id_by_time {ids}
        from dated d left join rate on rate.currency = d.money and rate.day = d.day
        """  # noqa: S608  (column numbers, our expressions)
    staging.cursor.execute(statement, {k: v for k, v in params.items() if f"${k}" in statement})
    require_rates(staging, name, ws.settings.currency, "event")
    _meet_known(ws, staging)
    staging.cursor.execute(
        "create table slot as select event_id as subject, event_id, 1 as lines, true as is_spoken from event"
    )
    alike = _alike(ws, staging) if is_dateless else []
    return [note for note in (skipped, *alike, *_of_known_orders(ws, staging)) if note is not None]


def _meet_known(ws: Workspace, staging: Staging) -> None:
    """Give refunds the keys under which the workspace knows them from files that told them apart by other means: one
    with an id is met by its order, time and place among the order's refunds of that moment (``id_by_time``), one
    without by its order, time and amount."""
    cursor = staging.cursor
    orders = [row[0] for row in cursor.execute("select distinct order_id from event").fetchall()]
    by_time = [row[0] for row in cursor.execute("select id_by_time from event where id_by_time is not null").fetchall()]
    known = ws.frame(
        f"""
        select event_id, order_id, ts, revenue from event
        where action = '{REFUND_ACTION}'  -- orders of forgotten persons have another number, the keys are the same
            and (order_id in (select unnest($orders)) or event_id in (select unnest($by_time)))
            and json_extract_string(properties, '$.refund') is null
        """,  # noqa: S608  (a word of ours)
        {"orders": orders, "by_time": by_time},
    )
    cursor.register("known_refund", known)
    try:
        cursor.execute(
            """
            create table met_refund as
            with own as (select event_id from event),
            new as (
                select *, row_number() over (partition by order_id, ts, revenue order by event_id) as nth from event
                where event_id not in (select event_id from known_refund)),
            free as (
                select *, row_number() over (partition by order_id, ts, revenue order by event_id) as nth
                from known_refund where event_id not in (select event_id from own))
            select n.event_id, n.id_by_time as known_id from new n
            where n.id_by_time in (select event_id from free)
            union all
            select n.event_id, f.event_id from new n join free f using (order_id, ts, revenue, nth)
            where n.id_by_time is null
            """
        )
    finally:
        cursor.unregister("known_refund")
    cursor.execute("update event set event_id = known_id from met_refund m where m.event_id = event.event_id")
    cursor.execute("alter table event drop column id_by_time")


def _has_no_clock(staging: Staging, time: str, zone: str) -> bool:
    """Whether the refunds that have no id of their own are told by days only: all at midnight in ``zone``, that of the
    file."""
    clock = f"wall_of_utc({time}, $day_zone, $day_zone_fixed_from, $day_zone_fixed_offset)"
    rows = staging.cursor.execute(
        f"select count(*), bool_and({clock} = cast(cast({clock} as date) as timestamp)) from parsed"  # noqa: S608
        f" where problem is null and refund_id is null and {time} is not null",
        zone_params("day_zone", zone),
    ).fetchall()[0]
    return bool(rows[0] and rows[1])


def _alike(ws: Workspace, staging: Staging) -> list[Message]:
    """Refunds of one order, day and amount: in the file, and with one of an earlier file."""
    of_file = staging.cursor.execute(
        "select coalesce(sum(times - 1), 0) from (select count(*) as times from event"
        " group by order_id, ts, revenue having count(*) > 1)"
    ).fetchall()[0][0]
    own = dict(staging.cursor.execute("select event_id, revenue from event").fetchall())
    known = "select event_id, revenue from event where event_id in (select unnest($keys))"
    met = sum(own[key] == revenue for key, revenue in ws.rows(known, {"keys": list(own)}))
    notes = []
    if of_file:
        one = N_(
            "1 refund has the order, the day and the amount of another one in this file; each is taken as a refund of"
            " its own"
        )
        many = N_(
            "{count} refunds have the order, the day and the amount of another one in this file; each is taken as a"
            " refund of its own"
        )
        notes.append(counted(one, many, int(of_file)))
    if met:
        one = N_(
            "1 refund has the order, the day and the amount of one that is there already and is taken as the same; a"
            " further one is told apart by a column with the refund's id or its time"
        )
        many = N_(
            "{count} refunds have the order, the day and the amount of one that is there already and are taken as the"
            " same; further ones are told apart by a column with the refund's id or its time"
        )
        notes.append(counted(one, many, met))
    return notes


def over_refunded(count: int, example: str) -> Message:
    """Orders that gave back more than they had brought in are kept as they are, and said."""
    one = N_("1 order was refunded more than was paid for it, {order}; it is kept so")
    many = N_("{count} orders were refunded more than was paid for them, the first is {order}; they are kept so")
    return counted(one, many, count, order=example)


def _skip_what_gives_nothing_back(staging: Staging, mapping: Mapping) -> Message | None:
    """A closed *order* is often closed because it was refunded; only the state of the refund itself is listened to."""
    column = mapping.column_of("status")
    states = [f"lower({name})" for name in ("refund_status",) if name in mapping.columns.values()]
    if column is not None and not _STATE_OF_ORDER.search(header_key(column)):
        states.append("lower(status)")
    is_of_refund = bool(states)
    refused = " or ".join(f"coalesce(regexp_matches({state}, $not_refunded), false)" for state in states) or "false"
    nothing = f"problem is null and (coalesce(refund, 0) = 0 or {refused})"
    params = {"not_refunded": NOT_REFUNDED_STATUS} if is_of_refund else {}
    count = staging.cursor.execute(f"select count(*) from parsed where {nothing}", params).fetchall()[0][0]  # noqa: S608
    if not count:
        return None
    staging.cursor.execute(f"update parsed set problem = $total where {nothing}", {**params, "total": TOTAL})  # noqa: S608
    one, many = N_("1 row gives nothing back and is skipped"), N_("{count} rows give nothing back and are skipped")
    return counted(one, many, count)


def _of_known_orders(ws: Workspace, staging: Staging) -> list[Message]:
    """Refunds of orders nobody has imported yet, of more than was paid, and of a number of several shops that do not
    say which (``engine.refunds``)."""
    given_back = staging.cursor.execute(
        "select order_id, store_id, -sum(revenue) from event group by all order by all"
    ).fetchall()
    paid: dict[str, dict[str | None, Decimal]] = {}
    for order, store, amount in ws.rows(
        "select order_id, store_id, coalesce(sum(revenue), 0) from event where action = $goal"
        " and order_id in (select unnest($orders)) group by order_id, store_id",
        {"goal": GOAL_ACTION, "orders": list(dict.fromkeys(row[0] for row in given_back))},
    ):
        paid.setdefault(order, {})[store] = amount
    unknown, too_much, undecided = [], [], []
    for order, store, amount in given_back:
        of_shops = paid.get(order)
        if of_shops is None:
            unknown.append(order)
        elif store in of_shops and store is not None:
            too_much += [order] * (amount > of_shops[store])
        elif len(of_shops.keys() - {None}) < 2:
            too_much += [order] * (amount > sum(of_shops.values()))
        elif sum(amount <= worth for worth in of_shops.values()) != 1:
            undecided.append(order)
    unknown, too_much, undecided = (list(dict.fromkeys(found)) for found in (unknown, too_much, undecided))
    notes = []
    if unknown:
        one = N_(
            "1 refunded order is not known yet, {order}; until it is, its refund lowers the revenue of its own day"
        )
        many = N_(
            "{count} refunded orders are not known yet, the first is {order}; until they are, their refunds lower the"
            " revenue of their own day"
        )
        notes.append(counted(one, many, len(unknown), order=unknown[0]))
    if too_much:
        notes.append(over_refunded(len(too_much), too_much[0]))
    if undecided:
        one = N_(
            "several shops have order {order} and its refund does not say of which it is; it lowers the revenue of its"
            " own day"
        )
        many = N_(
            "{count} refunded orders are of numbers that several shops have, the first is {order}, and do not say of"
            " which they are; their refunds lower the revenue of their own day"
        )
        notes.append(counted(one, many, len(undecided), order=undecided[0]))
    return notes

"""Which rows of one order number are one order? Two shops number their orders alike, and one file may list both.

    1001 of shop A, 1001 of shop B      two orders, where they are of different times, or the file lists no lines
    1001 of A and of B at one moment    one order whose lines two shops deliver, in a file that lists lines; it is said
    1001 of A known, of B in this file  two orders, where they are of different times; at one time the same order, whose
                                        shop has another name now; it is said
    1001 of A and of B known, of C here the second time of A or B: that shop has another name now; else a third order

An order is keyed by its number alone where it can be. One that shares its number with another shop's is keyed by number
and shop: from the file in which both stand, or from the one in which the second of them comes. The key under which the
workspace knows an order stays, so any later export of either shop, or of both, finds the same orders.

While a file is staged, ``parsed.order_id`` of such an order is ``number ␞ shop``; ``order_lines.number_of`` takes the
shop off.
"""

from typing import Any

import pyarrow as pa

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.order_lines import has_lines
from omnidash.ingest.rows.parse import hash_64
from omnidash.model.defaults import REFUND_ACTION
from omnidash.model.messages import N_, Message, counted
from omnidash.store.workspace import Staging, Workspace

PURCHASE_ID = hash_64("'order' || $namespace || chr(31) || order_id")
REFUND_ID = hash_64("'refund' || $namespace || chr(31) || order_id")
_OF_SHOP = "order_id || chr(30) || store_id"


def tell_shops_apart(ws: Workspace, staging: Staging, mapping: Mapping) -> list[Message]:
    """Give rows of orders that share a number with another shop's a number of their own; returns what to say of it."""
    if "store_id" not in mapping.columns.values():
        return []
    cursor = staging.cursor
    cursor.execute(
        f"""
        create temp table pair as
        with shops as (
            select order_id, store_id, min(coalesce(time, paid_time)) as ts,
                min(time) as created, min(paid_time) as paid
            from parsed
            where problem is null and store_id is not null and order_id is not null group by order_id, store_id),
        keyed as (
            select *, {PURCHASE_ID} as plain_id, {PURCHASE_ID.replace("order_id", _OF_SHOP)} as own_id,
                count(*) over (partition by order_id) > 1 as is_shared,
                min(ts) over (partition by order_id) is distinct from max(ts) over (partition by order_id) as differs
            from shops)
        select *, is_shared and (differs or $has_no_lines) as is_apart from keyed
        """,  # noqa: S608  (our expressions)
        {"namespace": mapping.namespace, "has_no_lines": not has_lines(mapping)},
    )
    _meet_known(ws, staging, mapping)
    _number(staging)
    _rename(staging)
    notes = [_told(staging), _of_one_order(staging), _of_another_shop(staging)]
    for table in ("pair", "known_pair", "own_number"):
        cursor.execute(f"drop table {table}")
    return [note for note in notes if note is not None]


def _meet_known(ws: Workspace, staging: Staging, mapping: Mapping) -> None:
    """Table ``known_pair``: of the file's orders, whether the workspace has one under number and shop, and whether the
    one it has under the number alone is this shop's, another one's of another time, or names another shop
    (``plain_store``) at the very time. A paid order is known by the time of its payment, any other by its own."""
    pairs = staging.cursor.sql("select order_id, store_id, created, paid, plain_id, own_id from pair").to_arrow_table()
    with ws.reading() as reading:
        reading.register("pair_of_file", pairs)
        try:
            known = reading.sql(
                """
                with met as (
                    select p.*, e.event_id = p.own_id as is_own, e.store_id as known_store,
                        e.ts is not distinct from p.created or e.ts is not distinct from p.paid as is_of_the_time
                    from pair_of_file p join event e on e.event_id = p.own_id or e.event_id = p.plain_id
                    where e.action <> $refund)
                select order_id, store_id, bool_or(is_own) as has_own,
                    bool_or(not is_own and coalesce(known_store = store_id, true)) as is_plain_here,
                    bool_or(not is_own and known_store <> store_id and not is_of_the_time) as is_plain_elsewhere,
                    min(known_store) filter (not is_own and known_store <> store_id and is_of_the_time) as plain_store
                from met group by order_id, store_id
                """,
                params={"refund": REFUND_ACTION},
            ).to_arrow_table()
            renamed = _meet_renamed(reading, known, mapping)
        finally:
            reading.unregister("pair_of_file")
    staging.cursor.register("known_of_workspace", known)
    staging.cursor.register("renamed_of_workspace", renamed)
    staging.cursor.execute(
        "create temp table known_pair as select k.*, r.known_as, r.store_now from known_of_workspace k"
        " left join renamed_of_workspace r using (order_id, store_id)"
    )
    staging.cursor.unregister("known_of_workspace")
    staging.cursor.unregister("renamed_of_workspace")


def _meet_renamed(reading: Any, known: pa.Table, mapping: Mapping) -> pa.Table:
    """[order_id, store_id, known_as, store_now]: of orders unknown under number and shop, whose number alone is another
    shop's of another time: that of the same time which the workspace has under the number and another shop's name
    (``known_as``, as it was first called; ``store_now`` in its last file), where the file does not list it, too."""
    reading.register("known_of_file", known)
    of_name = PURCHASE_ID.replace("order_id", "e.order_id || chr(30) || n.store_id")
    try:
        return reading.sql(
            f"""
            with met as (
                select p.order_id, p.store_id, e.event_id, e.store_id as store_now
                from pair_of_file p join known_of_file k using (order_id, store_id)
                join event e on e.order_id = p.order_id and e.event_id not in (p.plain_id, p.own_id)
                where k.is_plain_elsewhere and not k.has_own and e.action <> $refund
                    and (e.ts is not distinct from p.created or e.ts is not distinct from p.paid)
                    and not exists (
                        select 1 from pair_of_file o
                        where o.order_id = p.order_id and o.store_id = e.store_id and o.store_id <> p.store_id)),
            named as (
                select event_id, store_now as store_id from met
                union select event_id, r.store_id from event_restated r semi join met using (event_id))
            select e.order_id, e.store_id, min(n.store_id) as known_as, min(e.store_now) as store_now
            from met e join named n using (event_id) where {of_name} = e.event_id group by e.order_id, e.store_id
            """,  # noqa: S608  (our expressions)
            params={"refund": REFUND_ACTION, "namespace": mapping.namespace},
        ).to_arrow_table()
    finally:
        reading.unregister("known_of_file")


def _number(staging: Staging) -> None:
    """Table ``own_number``: the orders keyed by number and shop, and of which ``shop``.

    What several shops deliver of one order is one number, whichever of them the workspace knows it by; only where it
    knows an order of each of them it stays with these.
    """
    staging.cursor.execute(
        """
        create temp table own_number as
        with told as (
            select p.*, coalesce(k.has_own, false) as has_own, coalesce(k.is_plain_here, false) as is_plain_here,
                coalesce(k.is_plain_elsewhere, false) as is_plain_elsewhere,
                coalesce(k.known_as, p.store_id) as known_as
            from pair p left join known_pair k using (order_id, store_id)),
        one_order as (
            select order_id, min(store_id) filter (has_own) as known_shop, min(store_id) as first_shop,
                bool_and(has_own) as are_known, bool_and(is_plain_elsewhere) as is_elsewhere
            from told where is_shared and not is_apart group by order_id)
        select t.order_id, t.store_id, t.known_as as shop from told t left join one_order o using (order_id)
        where (o.order_id is null and (has_own or is_plain_elsewhere or (is_apart and not is_plain_here)))
            or o.are_known
        union all
        select t.order_id, t.store_id, coalesce(o.known_shop, o.first_shop) as shop
        from told t join one_order o using (order_id)
        where not o.are_known and (o.known_shop is not null or o.is_elsewhere)
        """
    )


def _rename(staging: Staging) -> None:
    """A line that names no shop is of the shop of the line above it, as exports leave out what repeats."""
    if not staging.cursor.execute("select 1 from own_number limit 1").fetchall():
        return
    staging.cursor.execute(
        """
        create temp table placed as
        select rowid as place, order_id,
            coalesce(last_value(store_id ignore nulls) over (partition by order_id order by rowid),
                     first_value(store_id ignore nulls) over (
                         partition by order_id order by rowid rows between current row and unbounded following))
                as store_id
        from parsed where problem is null and order_id in (select order_id from own_number)
        """
    )
    staging.cursor.execute(
        """
        update parsed set order_id = parsed.order_id || chr(30) || named.shop
        from (select place, shop from placed join own_number using (order_id, store_id)) named
        where named.place = parsed.rowid
        """
    )
    staging.cursor.execute("drop table placed")


def _told(staging: Staging) -> Message | None:
    count, example = staging.cursor.execute(
        "select count(distinct order_id), min(order_id) from pair where is_apart"
    ).fetchall()[0]
    if not count:
        return None
    one = N_("order number {order} stands under several shops; each shop's is an order of its own")
    many = N_(
        "{count} order numbers stand under several shops, the first is {order}; each shop's is an order of its own"
    )
    return counted(one, many, count, order=example)


def _of_one_order(staging: Staging) -> Message | None:
    count, example = staging.cursor.execute(
        "select count(distinct order_id), min(order_id) from pair where is_shared and not is_apart"
    ).fetchall()[0]
    if not count:
        return None
    one = N_(
        "order number {order} stands under several shops at one moment and is taken as one order. If two shops number"
        " their orders alike, split the file by shop and say whose each part is (account)"
    )
    many = N_(
        "{count} order numbers stand under several shops at one moment, the first is {order}; each is taken as one"
        " order. If two shops number their orders alike, split the file by shop and say whose each part is (account)"
    )
    return counted(one, many, count, order=example)


def _of_another_shop(staging: Staging) -> Message | None:
    """Orders the workspace has of another shop at the very time: the shop has another name now, or (in files that state
    days only) two shops number alike. A renamed shop must not double its orders, so they are taken as the same."""
    count, example, known, here = staging.cursor.execute(
        """
        with changed as (
            select order_id, store_now as plain_store, store_id from known_pair where store_now <> store_id
            union all
            select k.order_id, k.plain_store, k.store_id
            from known_pair k anti join own_number using (order_id, store_id)
            where k.plain_store is not null
                and k.order_id not in (select order_id from known_pair where is_plain_here))
        select count(distinct order_id), min(order_id), arg_min(plain_store, order_id), arg_min(store_id, order_id)
        from changed
        """
    ).fetchall()[0]
    if not count:
        return None
    one = N_(
        "order {order} was of shop {known} and is of {shop} in this file; it is taken as the same order. If two shops"
        " number their orders alike, say whose each file is (account)"
    )
    many = N_(
        "{count} orders were of another shop at the same time, the first is {order} ({known}, in this file {shop});"
        " they are taken as the same orders. If two shops number their orders alike, say whose each file is (account)"
    )
    return counted(one, many, count, order=example, known=known, shop=here)

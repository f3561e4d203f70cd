"""Which rows of one order number are one order? Two shops number their orders alike, and one file may list both.

    1001 of shop A, 1001 of shop B      two orders, where they are of different times, or the file lists no lines
    1001 of A and of B at one moment    one order whose lines two shops deliver, in a file that lists lines; it is said

An order is keyed by its number alone where it can be. One that shares its number with another shop's is keyed by number
and shop: from the file in which both stand, or from the one in which the second of them comes. The key under which the
workspace knows an order stays, so any later export of either shop, or of both, finds the same orders.

While a file is staged, ``parsed.order_id`` of such an order is ``number ␞ shop``; ``order_lines.number_of`` takes the
shop off.
"""

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
            select order_id, store_id, min(coalesce(time, paid_time)) as ts from parsed
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
    _meet_known(ws, staging)
    cursor.execute(
        """
        create temp table own_number as
        select p.order_id, p.store_id from pair p left join known_pair k using (order_id, store_id)
        where coalesce(k.has_own, false)
            or (p.is_apart and not coalesce(k.is_plain_here, false))
            or coalesce(k.is_plain_elsewhere, false)
        """
    )
    _rename(staging)
    notes = [_told(staging), _of_one_order(staging)]
    for table in ("pair", "known_pair", "own_number"):
        cursor.execute(f"drop table {table}")
    return [note for note in notes if note is not None]


def _meet_known(ws: Workspace, staging: Staging) -> None:
    """Table ``known_pair``: of the file's orders, whether the workspace has one under number and shop, and whether the
    one it has under the number alone is this shop's or, by its time, another one's."""
    pairs = staging.cursor.sql("select order_id, store_id, ts, plain_id, own_id from pair").to_arrow_table()
    with ws.reading() as reading:
        reading.register("pair_of_file", pairs)
        try:
            known = reading.sql(
                """
                select p.order_id, p.store_id, bool_or(e.event_id = p.own_id) as has_own,
                    bool_or(e.event_id = p.plain_id and coalesce(e.store_id = p.store_id, true)) as is_plain_here,
                    bool_or(e.event_id = p.plain_id and e.store_id <> p.store_id and e.ts <> p.ts)
                        as is_plain_elsewhere
                from pair_of_file p join event e on e.event_id = p.own_id or e.event_id = p.plain_id
                where e.action <> $refund
                group by p.order_id, p.store_id
                """,
                params={"refund": REFUND_ACTION},
            ).to_arrow_table()
        finally:
            reading.unregister("pair_of_file")
    staging.cursor.register("known_of_workspace", known)
    staging.cursor.execute("create temp table known_pair as from known_of_workspace")
    staging.cursor.unregister("known_of_workspace")


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
        update parsed set order_id = parsed.order_id || chr(30) || placed.store_id
        from placed semi join own_number using (order_id, store_id) where placed.place = parsed.rowid
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

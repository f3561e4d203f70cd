"""Which links of a row end when a later file says the row anew: those that the file contradicts.

A file says nothing of what it has no column for, so a list of orders with phone numbers alone ends no link of a phone
and an e-mail. A row with an id of its own keeps what earlier files linked, except

    a link of two identifiers of whose types the file speaks      what it says of both, it links itself
    a link of one that the file names otherwise, or not at all    the other one belongs to what was before
    all of them, where the file says that the row is no more, or reads again what an earlier import had read otherwise

A recipient's phone hangs on the contact of the order that it is: what ends the contact ends it, nothing else.

Links that ended stand in ``link_restated`` under the import that ended them; ``settle_links`` finds the next one that
would have, once that is undone.
"""

import json
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from typing import Any

from omnidash.ingest.meaning.fields import IDENTIFIER_TYPES
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.parse import Identified

_CONTRADICTED = """
    with ends as (
        select c.*, i.type as a_type, j.type as b_type, t.types,
            i.hint = j.hint and a_type = 'order_contact' and b_type = 'phone' as b_hangs,
            i.hint = j.hint and a_type = 'phone' and b_type = 'order_contact' as a_hangs
        from candidate c join told t on t.batch_id = c.by_batch_id
        join identifier i on i.identifier_id = c.a join identifier j on j.identifier_id = c.b),
    said as (
        select * exclude (types), list_contains(types, case when a_hangs then b_type else a_type end) as says_a,
            list_contains(types, case when b_hangs then a_type else b_type end) as says_b
        from ends),
    half as (
        select *, case when says_a then a else b end as identifier_id from said where says_a <> says_b)
    select event_id, a, b, batch_id, row_number, by_batch_id from said where says_a and says_b
    union all
    select event_id, a, b, batch_id, row_number, by_batch_id
    from half anti join names using (by_batch_id, event_id, identifier_id)
"""
"""Of temp table ``candidate(event_id, a, b, batch_id, row_number, by_batch_id)`` the links that ``by_batch_id`` ends.
``told(batch_id, types)``: of which identifiers an import says something; ``names(by_batch_id, event_id,
identifier_id)``: which ones it names on a row."""

_HERE = 0  # stands for the import whose number is not written yet


def has_own_keys(mapping: Mapping) -> bool:
    """Whether rows are keyed by an id of their source: orders, and events with ids."""
    return mapping.kind == "orders" or "event_id" in mapping.columns.values()


def types_told(mapping: Mapping) -> list[str]:
    """Of which types of identifiers a file says something."""
    return sorted(set(mapping.columns.values()).intersection(IDENTIFIER_TYPES))


def find_ended_links(
    cursor: Any, staged: str, keys: str, identified: Sequence[Identified], *, is_reread: bool = False
) -> None:
    """Temp table ``ended_link(event_id, a, b, batch_id, row_number)``: links in use of rows with these ``keys`` (SQL of
    event ids) that end with the file in schema ``staged``. ``is_reread``: it ends whatever an earlier import said."""
    _find_links(cursor, keys, None if is_reread else staged)
    if is_reread:
        cursor.execute("create or replace temp table ended_link as select * exclude (by_batch_id) from candidate")
        return
    _set_told(cursor, {_HERE: sorted({i.type for i in identified if i.contact is None})})
    named = " union ".join(
        f"select event_id, id{i.position} as identifier_id from {staged}.event"  # noqa: S608  (numbers)
        " where event_id in (select event_id from candidate)"
        for i in identified
        if i.contact is None
    )
    nobody = "select cast(null as ubigint) as event_id, cast(null as bigint) as identifier_id"
    cursor.execute(
        f"create or replace temp table names as select {_HERE} as by_batch_id, event_id, identifier_id"  # noqa: S608
        f" from ({named or nobody}) where identifier_id is not null"
    )
    cursor.execute(
        f"""
        create or replace temp table ended_link as
        with contradicted as ({_CONTRADICTED})
        select event_id, a, b, batch_id, row_number from contradicted
        union all
        select event_id, a, b, batch_id, row_number from candidate
        where event_id not in (select event_id from {staged}.event)
        """  # noqa: S608  (steps and names of our own)
    )


def _find_links(cursor: Any, keys: str, staged: str | None) -> None:
    """Temp table ``candidate``: the links in use of all rows that said these ``keys``. What several events of an order
    share hangs on one that the file in ``staged`` has, too."""
    in_file = f"event_id in (select event_id from {staged}.event)" if staged else "true"  # noqa: S608  (our schema)
    imports = cursor.execute("select batch_id, mapping from batch").fetchall()
    by_row = [number for number, told in imports if has_own_keys(Mapping.from_json(json.loads(told)))]
    cursor.execute(
        f"""
        create or replace temp table candidate as
        with key as ({keys}),
        stating as (
            select event_id, batch_id, row_number from event semi join key using (event_id)
            union all
            select event_id, batch_id, row_number from event_restated semi join key using (event_id)
            union all
            select d.key, d.batch_id, d.row_number from duplicate d semi join key on key.event_id = d.key
            where d.subject = 'event'),
        said as (
            select coalesce(min(event_id) filter ({in_file}), min(event_id)) as event_id, batch_id, row_number
            from stating where list_contains($by_row, batch_id) group by batch_id, row_number)
        select s.event_id, l.a, l.b, l.batch_id, l.row_number, {_HERE} as by_batch_id
        from link l join said s using (batch_id, row_number)
        """,  # noqa: S608  (conditions of our own)
        {"by_row": by_row},
    )


def move_links_of_stale_rows(
    cursor: Any, staged: str, batch_id: int, identified: Sequence[Identified], *, is_reread: bool
) -> None:
    """Move the links away that ``batch_id`` ends: of rows that it says anew (temp table ``stale``)."""
    find_ended_links(
        cursor,
        staged,
        "select key as event_id from stale where subject = 'event'",
        identified,
        is_reread=is_reread,
    )
    cursor.execute(
        "insert into link_restated select $batch, event_id, a, b, batch_id, row_number from ended_link",
        {"batch": batch_id},
    )
    cursor.execute(
        "delete from link using ended_link e where link.batch_id = e.batch_id and link.row_number = e.row_number"
        " and link.a = e.a and link.b = e.b"
    )


def settle_links(cursor: Any, batch_id: int) -> None:
    """After the rows of ``batch_id`` were taken away (temp table ``settled``: rows that lost what was above them):
    links that it, or an import that read it again, had ended come back, or end with the next import that contradicts
    them."""
    cursor.execute(
        """
        create or replace temp table freed as
        select distinct l.event_id, l.a, l.b, l.batch_id, l.row_number, l.by_batch_id as was
        from link_restated l join settled s on l.event_id = s.key and l.by_batch_id = s.was
        """
    )
    if not cursor.execute("select 1 from freed limit 1").fetchall():
        return
    cursor.execute(
        """
        create or replace temp table stating as
        with content as (
            select event_id, batch_id, row_number, identifier_id from event
            where event_id in (select event_id from freed)
            union all
            select event_id, batch_id, row_number, identifier_id from event_restated
            where event_id in (select event_id from freed))
        select * from content
        union all
        select d.key, d.batch_id, d.row_number, arg_max(c.identifier_id, c.batch_id)
        from duplicate d left join content c on c.event_id = d.key and c.batch_id < d.batch_id
        where d.subject = 'event' and d.key in (select event_id from freed)
        group by d.key, d.batch_id, d.row_number
        """
    )
    _set_told(cursor, _told_by(cursor, "select batch_id from stating"))
    cursor.execute(
        """
        create or replace temp table names as
        with linked as (
            select a, b, batch_id, row_number from link union all select a, b, batch_id, row_number from link_restated)
        select batch_id as by_batch_id, event_id, identifier_id from stating where identifier_id is not null
        union select s.batch_id, s.event_id, l.a from stating s join linked l using (batch_id, row_number)
        union select s.batch_id, s.event_id, l.b from stating s join linked l using (batch_id, row_number)
        """
    )
    cursor.execute(
        """
        create or replace temp table candidate as
        select distinct f.event_id, f.a, f.b, f.batch_id, f.row_number, s.batch_id as by_batch_id
        from freed f join stating s using (event_id) where s.batch_id > f.batch_id and s.batch_id <> $batch
        """,
        {"batch": batch_id},
    )
    cursor.execute(
        f"""
        create or replace temp table link_next as
        with ending as (
            {_CONTRADICTED}
            union all
            select f.event_id, f.a, f.b, f.batch_id, f.row_number, x.batch_id
            from freed f join absent x on x.subject = 'event' and x.key = f.event_id and x.batch_id > f.batch_id
            union all
            select f.event_id, f.a, f.b, f.batch_id, f.row_number, e.by_batch_id
            from freed f join stating s on s.event_id = f.event_id join ender e on e.ended = s.batch_id
            where s.batch_id >= f.batch_id and e.by_batch_id > f.batch_id)
        select f.*, (select min(e.by_batch_id) from ending e where e.event_id = f.event_id and e.a = f.a and e.b = f.b
            and e.batch_id = f.batch_id and e.row_number = f.row_number) as next
        from freed f
        """  # noqa: S608  (steps of our own)
    )
    cursor.execute(
        """
        update link_restated set by_batch_id = coalesce(next, 0) from link_next n
        where link_restated.event_id = n.event_id and link_restated.by_batch_id = n.was and link_restated.a = n.a
            and link_restated.b = n.b and link_restated.batch_id = n.batch_id
            and link_restated.row_number = n.row_number
        """
    )


def _told_by(cursor: Any, batches: str) -> dict[int, list[str]]:
    """Of which types each of these imports (SQL of their numbers) says something."""
    rows = cursor.execute(f"select batch_id, mapping from batch where batch_id in ({batches})").fetchall()  # noqa: S608
    return {batch: types_told(Mapping.from_json(json.loads(text))) for batch, text in rows}


def _set_told(cursor: Any, told: AnyMapping[int, list[str]]) -> None:
    cursor.execute("create or replace temp table told (batch_id integer, types varchar[])")
    cursor.executemany(
        "insert into told values (?, ?)", [[batch, types] for batch, types in told.items()] or [[-1, []]]
    )

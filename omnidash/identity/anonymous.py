"""Make the rows of a person anonymous, in all versions that the workspace keeps of them, and delete what leads to them.

The rows are those whose main identifier is the person's, and rows of nobody (files of refunds name no person) that
speak of orders only the person has. A later file may have restated a row as somebody else's, or have given one of
somebody else to the person: each version is judged by itself, and what hangs on a row follows the version it hangs on.

Reads temp table ``member(identifier_id, person_id, hash, type)``: what is to be forgotten.
"""

import json
from collections.abc import Mapping
from typing import Any

from omnidash.identity.graph import Cursor
from omnidash.identity.hashing import hash_hex

ORDER_TOKEN = "forgotten-"

_OWN_ORDERS = """
    create or replace temp table own_order as
    with said as (
        select order_id, identifier_id from event where order_id is not null
        union all
        select order_id, identifier_id from event_restated where order_id is not null)
    select order_id, bool_and(identifier_id is null or identifier_id in (select identifier_id from member)) as is_sole
    from said
    where order_id in (select order_id from said where identifier_id in (select identifier_id from member))
    group by order_id
"""
_IS_THEIRS = """
    (identifier_id in (select identifier_id from member)
     or (identifier_id is null and order_id in (select order_id from own_order where is_sole)))
"""


def take_away(cursor: Any, key_pads: dict[str, bytes]) -> dict[str, int]:
    """Take the person's identifiers away everywhere; returns how many rows of each kind that were (``Forgotten``)."""
    persons, identifiers = cursor.execute(
        """
        select count(distinct coalesce(person_id, -identifier_id))
                filter (type <> 'order_contact' or person_id is not null), count(*)
        from member semi join identifier using (identifier_id)
        """
    ).fetchall()[0]
    cursor.execute(_OWN_ORDERS)
    _empty_warnings(cursor, key_pads)
    events = _count(cursor, "select count(*) from event where identifier_id in (select identifier_id from member)")
    _list_their_rows(cursor)
    lines = _take_lines(cursor, key_pads)
    for table in ("event", "event_restated"):
        cursor.execute(
            f"update {table} set order_id = {order_token('order_id')}"  # noqa: S608  (our own tables)
            f" where order_id is not null and {_IS_THEIRS}",
            key_pads,
        )
        cursor.execute(
            f"update {table} set identifier_id = null where identifier_id in (select identifier_id from member)"  # noqa: S608
        )
    links = _count(cursor, f"select count(*) from link where {_either('a', 'b')}")  # noqa: S608  (a condition of ours)
    for table in ("link", "link_restated", "probable_link"):
        cursor.execute(f"delete from {table} where {_either('a', 'b')}")  # noqa: S608  (our own tables)
    _drop_blocked_beside(cursor)
    rejects = cursor.execute(
        """
        delete from reject where rowid in (
            select row from (
                select rowid as row, unnest(regexp_extract_all(raw, ' #([0-9a-f]{15})', 1)) as token from reject)
            where token in (select printf('%015x', identifier_id) from member))
        """
    ).fetchall()[0][0]
    decisions = cursor.execute(
        f"update identity_decision set a = null, b = null, reason = '' where {_either('a', 'b')}"  # noqa: S608
    ).fetchall()[0][0]
    for table in ("identifier", "person", "shared_identifier", "reject_identifier"):
        cursor.execute(f"delete from {table} where identifier_id in (select identifier_id from member)")  # noqa: S608
    return {
        "persons": persons, "identifiers": identifiers, "events": events, "order_lines": lines, "links": links,
        "rejects": rejects, "decisions": decisions,
    }  # fmt: skip


def _list_their_rows(cursor: Cursor) -> None:
    """Temp tables of the person's rows, as they are and as they were before a later file replaced them."""
    cursor.execute(f"create or replace temp table their_event as select event_id from event where {_IS_THEIRS}")  # noqa: S608
    cursor.execute(
        f"""
        create or replace temp table their_restated as
        select event_id, by_batch_id from event_restated where {_IS_THEIRS}
        """  # noqa: S608  (a condition of ours)
    )


def _take_lines(cursor: Cursor, key_pads: dict[str, bytes]) -> int:
    """Lines follow the version of the order that they went with. Those that were replaced while their order stood, by
    an import that took the place of another, are the person's if the order ever was. Returns how many stand."""
    lines = _count(cursor, "select count(*) from order_line where event_id in (select event_id from their_event)")
    for table, theirs in (
        ("order_line", "event_id in (select event_id from their_event)"),
        (
            "order_line_restated",
            """
            (event_id, by_batch_id) in (select (event_id, by_batch_id) from their_restated)
            or ((event_id, by_batch_id) not in (select (event_id, by_batch_id) from event_restated)
                and event_id in (select event_id from their_event union select event_id from their_restated))
            """,
        ),
    ):
        cursor.execute(
            f"update {table} set order_id = {order_token('order_id')}"  # noqa: S608  (our own tables and conditions)
            f" where ({theirs}) and not starts_with(order_id, '{ORDER_TOKEN}')",
            key_pads,
        )
    return lines


def _drop_blocked_beside(cursor: Cursor) -> None:
    """What rows name beside the person that names nobody (*unknown*): imports keep it out of such rows as well."""
    cursor.execute(
        """
        delete from blocked_beside where event_id in (
            select event_id from their_event
            union select event_id from their_restated where event_id not in (select event_id from event))
        """
    )
    cursor.execute(
        """
        with their_row as (
            select batch_id, row_number from event semi join their_event using (event_id)
            union all
            select batch_id, row_number from duplicate
            where subject = 'event' and key in (select event_id from their_event)),
        nobody as (select identifier_id from identifier where blocked)
        delete from link where (batch_id, row_number) in (select (batch_id, row_number) from their_row)
            and (a in (select identifier_id from nobody) or b in (select identifier_id from nobody))
        """
    )


def _either(a: str, b: str) -> str:
    return f"({a} in (select identifier_id from member) or {b} in (select identifier_id from member))"  # noqa: S608


def _count(cursor: Cursor, query: str) -> int:
    return int(cursor.execute(query).fetchall()[0][0])


def _empty_warnings(cursor: Cursor, key_pads: dict[str, bytes]) -> None:
    """An import's warnings may name an order as an example."""
    tokens = dict(
        cursor.execute(f"select order_id, {order_token('order_id')} from own_order", key_pads).fetchall()  # noqa: S608
    )
    for batch_id, text in cursor.execute("select batch_id, cast(warnings as varchar) from batch").fetchall():
        warnings = json.loads(text)
        cleaned = _with_tokens(warnings, tokens)
        if cleaned != warnings:
            cursor.execute(
                "update batch set warnings = $warnings where batch_id = $batch",
                {"warnings": json.dumps(cleaned, ensure_ascii=False), "batch": batch_id},
            )


def _with_tokens(part: Any, tokens: Mapping[str, str]) -> Any:
    """A part of JSON with every text that is one of the order numbers replaced by its token."""
    if isinstance(part, dict):
        return {name: _with_tokens(value, tokens) for name, value in part.items()}
    if isinstance(part, list):
        return [_with_tokens(value, tokens) for value in part]
    return tokens.get(part, part) if isinstance(part, str) else part


def order_token(order_id: str) -> str:
    """SQL: what stands for the order number (an SQL expression) of a forgotten person. Binds the key's pads."""
    return f"'{ORDER_TOKEN}' || substr({hash_hex('order_id', order_id)}, 1, 16)"

"""Rows of forgotten persons come in anonymous (identity/forget.py says what that means and why).

A row whose main identifier is on the list belongs to nobody, and so does one that names a strong identifier which was a
forgotten person's own, unless its main one stood beside that as somebody else's (identity/beside_forgotten.py). Beside
such an own one a row loses whatever did not; of all other rows only what is on the list goes. The order number of
a row of nobody is replaced by the token that stands for it since, also where a row without any identifier (a refund)
speaks of an order that has a token. What was taken off reaches no table, and rows set aside keep no text.

So a file that comes again leaves the state that forgetting left.

The ids of rows are made before, of what the file says: so a file that comes again finds its rows.
"""

from collections.abc import Sequence
from dataclasses import replace

from omnidash.identity.anonymous import ORDER_TOKEN, order_token
from omnidash.identity.beside_forgotten import beside_hex
from omnidash.identity.hashing import pads
from omnidash.identity.normalise import STRONG_TYPES
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.known_by_token import list_known_by_token
from omnidash.ingest.rows.lean_event import write_out
from omnidash.ingest.rows.parse import Identified
from omnidash.model.messages import Message
from omnidash.store.workspace import Staging, Workspace


def keep_out(
    ws: Workspace, staging: Staging, mapping: Mapping, identified: Sequence[Identified], notes: list[Message]
) -> list[Message]:
    """Make rows of staging table ``event`` (and of ``order_line``, ``parsed``, ``identifier``) anonymous as far as the
    list says; returns the notes without order numbers. Call it when events are staged and before rejects are."""
    hashes = ws.frame("select hash, coalesce(is_shared, false) as is_shared from forgotten")
    if hashes.is_empty() or mapping.kind not in ("events", "orders"):
        return notes
    write_out(staging)
    staging.cursor.register("forgotten_hash", hashes)
    try:
        staging.cursor.execute(
            "create table forgotten as"
            " select identifier_id, list_contains($strong, type) and not is_shared as is_own"
            " from identifier join forgotten_hash using (hash)",
            {"strong": list(STRONG_TYPES)},
        )
    finally:
        staging.cursor.unregister("forgotten_hash")
    _list_contacts(staging, identified)
    key_pads = pads(ws.key)
    staging.cursor.execute("create table kept_order (order_id varchar)")
    if staging.cursor.execute("select 1 from forgotten limit 1").fetchall():
        _take_off(ws, staging, identified, key_pads)
        _empty_texts(staging, identified)
        _drop_unused(staging, identified)
    _replace_known_orders(ws, staging, key_pads)
    tokens = dict(
        staging.cursor.execute(
            f"select order_id, {order_token('order_id')} from kept_order where order_id is not null",  # noqa: S608
            key_pads,
        ).fetchall()
    )
    return [replace(n, values={k: tokens.get(str(v), v) for k, v in n.values.items()}) for n in notes]


def _list_contacts(staging: Staging, identified: Sequence[Identified]) -> None:
    """A recipient's phone that is a phone of the list is on it as the contact of the order, too."""
    for phone in identified:
        if phone.contact is not None:
            staging.cursor.execute(
                f"""
                insert into forgotten
                select distinct c.identifier_id, false
                from hashed{phone.position} p join hashed{phone.contact} c using (value)
                where p.identifier_id in (select identifier_id from forgotten)
                    and c.identifier_id not in (select identifier_id from forgotten)
                """  # noqa: S608  (numbers)
            )


def _list_beside(ws: Workspace, staging: Staging, columns: Sequence[str], key_pads: dict[str, bytes]) -> None:
    """Table ``kept_beside(own, other)``: pairs on rows of which the one is listed as somebody's own and the other stood
    beside it when that person was forgotten, as somebody else's."""
    known = ws.frame("select hash from forgotten_beside")
    staging.cursor.execute("create table kept_beside (own bigint, other bigint)")
    if known.is_empty():
        return
    pairs = " union ".join(
        f"select {own} as own, {other} as other from event where {own} in {_OWN} and {other} not in {_LISTED}"  # noqa: S608
        for own in columns
        for other in columns
        if own != other
    )
    staging.cursor.register("beside_hash", known)
    try:
        staging.cursor.execute(
            f"""
            insert into kept_beside
            select own, other
            from ({pairs or "select null::bigint as own, null::bigint as other"})
            join identifier o on o.identifier_id = own join identifier i on i.identifier_id = other
            where unhex({beside_hex("o.hash", "i.hash")}) in (select hash from beside_hash)
            """,  # noqa: S608  (numbers, an expression of ours)
            key_pads,
        )
    finally:
        staging.cursor.unregister("beside_hash")


def _take_off(ws: Workspace, staging: Staging, identified: Sequence[Identified], key_pads: dict[str, bytes]) -> None:
    """Make the rows of the list anonymous, and take off what is on it from all."""
    columns = [f"id{i.position}" for i in identified if i.contact is None]
    phones = [f"id{i.position}" for i in identified if i.contact is not None]
    _list_beside(ws, staging, columns, key_pads)
    names_own = _any(columns, _OWN)
    theirs = f"({_any(['identifier_id'], _LISTED)} or ({names_own} and not {_kept('identifier_id', columns)}))"
    staging.cursor.execute(f"insert into kept_order select distinct order_id from event where {theirs}")  # noqa: S608
    _replace_numbers(staging, theirs, key_pads)
    # in one statement: each column is judged by the row as it was
    blocked = "(select identifier_id from identifier where blocked)"
    left = [f"identifier_id = case when not {theirs} then identifier_id end"]
    for column in columns:
        is_new = f"case when {column} in {blocked} then {theirs} else {names_own} and not {_kept(column, columns)} end"
        left.append(f"{column} = case when not ({column} in {_LISTED} or {is_new}) then {column} end")
    left += [f"{phone} = case when not ({phone} in {_LISTED} or {names_own}) then {phone} end" for phone in phones]
    listed = _any([*columns, *phones], _LISTED)
    staging.cursor.execute(f"update event set {', '.join(left)} where {theirs} or {listed}")  # noqa: S608  (conditions)


_LISTED = "(select identifier_id from forgotten)"
_OWN = "(select identifier_id from forgotten where is_own)"


def _any(columns: Sequence[str], which: str) -> str:
    """SQL: whether one of a row's identifiers is among these; a row that lacks some is not unknown for that."""
    return f"({' or '.join(['false', *(f'coalesce({column} in {which}, false)' for column in columns)])})"


def _kept(column: str, columns: Sequence[str]) -> str:
    """SQL: whether an identifier of a row stood beside one of the row's that is on the list."""
    pairs = (f"coalesce(({own}, {column}) in (select own, other from kept_beside), false)" for own in columns)  # noqa: S608
    return f"({' or '.join(['false', *pairs])})"


def _empty_texts(staging: Staging, identified: Sequence[Identified]) -> None:
    """Rows set aside that name somebody of the list: the reason stays, the text goes."""
    named = " or ".join(
        f"value{i.position} in (select value from hashed{i.position}"  # noqa: S608  (numbers)
        " where identifier_id in (select identifier_id from forgotten))"
        for i in identified
    )
    staging.cursor.execute(f"update parsed set raw = '' where problem is not null and ({named})")  # noqa: S608


def _drop_unused(staging: Staging, identified: Sequence[Identified]) -> None:
    """Of ``identifier`` the list itself, and what only rows named that are anonymous now."""
    columns = [f"id{i.position}" for i in identified]
    named = " union ".join(
        f"select {column} from event union select {column} from with_ids where problem is not null"  # noqa: S608
        for column in columns
    )
    staging.cursor.execute(
        f"""
        delete from identifier where identifier_id in (select identifier_id from forgotten)
            or identifier_id not in (select id from ({named}) named(id) where id is not null)
        """  # noqa: S608  (numbers)
    )


def _replace_known_orders(ws: Workspace, staging: Staging, key_pads: dict[str, bytes]) -> None:
    """Rows without an identifier that speak of an order of ``kept_order`` or of one that has a token in the workspace;
    unless the file or the workspace knows another person by that number, for numbers are unique within a shop only."""
    if not staging.cursor.execute("select 1 from event where order_id is not null limit 1").fetchall():
        return
    list_known_by_token(ws, staging, begins=ORDER_TOKEN, token=order_token("order_id"), key_pads=key_pads)
    staging.cursor.execute("insert into kept_order select order_id from told_by_token")
    _list_of_others(ws, staging)
    theirs = (
        "identifier_id is null and order_id in (select order_id from kept_order)"
        " and order_id not in (select order_id from other_order)"
        " and order_id not in (select order_id from event where identifier_id is not null and order_id is not null)"
    )
    _replace_numbers(staging, theirs, key_pads)


def _list_of_others(ws: Workspace, staging: Staging) -> None:
    """Table ``other_order(order_id)``: numbers of ``kept_order`` that rows of others have in the workspace, too. Such
    rows of nobody keep theirs, as when the person was forgotten."""
    numbers = staging.cursor.sql("select distinct order_id from kept_order where order_id is not null").pl()
    with ws.reading() as cursor:
        cursor.register("kept_number", numbers)
        try:
            known = cursor.sql(
                " union ".join(
                    f"select order_id from {table} semi join kept_number using (order_id)"  # noqa: S608  (our own tables)
                    " where identifier_id is not null"
                    for table in ("event", "event_restated")
                )
            ).pl()
        finally:
            cursor.unregister("kept_number")
    staging.cursor.register("known_number", known)
    staging.cursor.execute("create table other_order as select order_id from known_number")
    staging.cursor.unregister("known_number")


def _replace_numbers(staging: Staging, where: str, key_pads: dict[str, bytes]) -> None:
    """Of rows of events of which a condition is true, and of the lines of these orders."""
    if staging.cursor.execute(
        "select 1 from information_schema.tables where table_catalog = 'staged' and table_name = 'order_line'"
    ).fetchall():
        of_theirs = f"event_id in (select event_id from event where {where})"  # noqa: S608  (a condition of ours)
        _replace(staging, "order_line", of_theirs, key_pads)
    _replace(staging, "event", where, key_pads)


def _replace(staging: Staging, table: str, where: str, key_pads: dict[str, bytes]) -> None:
    staging.cursor.execute(
        f"update {table} set order_id = {order_token('order_id')}"  # noqa: S608  (our own tables and conditions)
        f" where order_id is not null and not starts_with(order_id, '{ORDER_TOKEN}') and ({where})",
        key_pads,
    )

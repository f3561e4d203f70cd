"""Rows of forgotten persons come in anonymous (identity/forget.py says what that means and why).

A row that names a strong identifier of the list loses all of its identifiers; of others it loses those on the list. An
order goes as a whole, whichever of its lines names the person. Its number is replaced by the token that stands for it
since, also where a row without any identifier (a refund) speaks of an order that has a token. The identifiers of such
rows reach no table, and rows set aside keep no text.

The keys of rows are made before, of what the file says: so a file that comes again finds its rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from omnidash.identity.forget import ORDER_TOKEN, order_token
from omnidash.identity.hashing import pads
from omnidash.identity.normalise import STRONG_TYPES
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.parse import Identified
from omnidash.model.messages import Message
from omnidash.store.workspace import Staging, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOut:
    """Order number -> token, of the orders that come in anonymous."""

    tokens: dict[str, str]


def keep_out(ws: Workspace, staging: Staging, mapping: Mapping, identified: Sequence[Identified]) -> KeptOut | None:
    """Take the identifiers off the parsed rows; None where no row is concerned. Call it before rows are staged."""
    hashes = ws.frame("select hash from forgotten")
    if hashes.is_empty() or mapping.kind not in ("events", "orders"):
        return None
    staging.cursor.register("forgotten_hash", hashes)
    try:
        staging.cursor.execute(
            "create table forgotten as select identifier_id, list_contains($strong, type) as is_strong"
            " from identifier where hash in (select hash from forgotten_hash)",
            {"strong": list(STRONG_TYPES)},
        )
    finally:
        staging.cursor.unregister("forgotten_hash")
    key_pads, columns = pads(ws.key), [f"id{i.position}" for i in identified]
    has_orders = "order_id" in mapping.columns.values()
    strong, either = _any(columns, "is_strong"), _any(columns, "true")
    is_hit = bool(staging.cursor.execute(f"select 1 from parsed where {either} limit 1").fetchall())  # noqa: S608
    staging.cursor.execute("create table kept_order (order_id varchar)")
    if is_hit:
        by_order = f"order_id in (select order_id from parsed where {strong})"  # noqa: S608  (a condition of ours)
        theirs = f"({by_order if mapping.kind == 'orders' else strong} or ({either} and not {_others(columns)}))"
        if has_orders:
            staging.cursor.execute(f"insert into kept_order select distinct order_id from parsed where {theirs}")  # noqa: S608
        if has_orders and mapping.kind == "events":
            _replace_numbers(staging, "parsed", theirs, key_pads)
        nothing = ", ".join(f"{column} = null" for column in columns)
        no_text = "raw = case when raw is not null then '' end"
        staging.cursor.execute(f"update parsed set {nothing}, {no_text} where {theirs}")  # noqa: S608  (numbers)
        for column in columns:
            staging.cursor.execute(
                f"update parsed set {column} = null, {no_text}"  # noqa: S608  (numbers)
                f" where {column} in (select identifier_id from forgotten)"
            )
        _drop_unused(staging, columns)
    if has_orders:
        _find_known_orders(ws, staging, columns, key_pads)
        if mapping.kind == "events":
            nameless = " and ".join(["true", *(f"{column} is null" for column in columns)])
            of_kept = "order_id in (select order_id from kept_order)"
            _replace_numbers(staging, "parsed", f"{of_kept} and {nameless}", key_pads)
    rows = staging.cursor.execute(
        f"select order_id, {order_token('order_id')} from kept_order where order_id is not null",  # noqa: S608
        key_pads,
    ).fetchall()
    return KeptOut(tokens=dict(rows)) if is_hit or rows else None


def replace_order_numbers(ws: Workspace, staging: Staging, kept: KeptOut | None, notes: list[Message]) -> list[Message]:
    """Put the tokens into staged orders and their lines; the notes, without the numbers. Call it after staging."""
    if kept is None or not kept.tokens:
        return notes
    for table in staging.cursor.execute(
        "select table_name from information_schema.tables where table_catalog = 'staged'"
        " and table_type = 'BASE TABLE' and table_name in ('event', 'order_line')"
    ).fetchall():
        _replace_numbers(staging, table[0], "order_id in (select order_id from kept_order)", pads(ws.key))
    return [
        replace(note, values={name: kept.tokens.get(str(value), value) for name, value in note.values.items()})
        for note in notes
    ]


def _any(columns: Sequence[str], which: str) -> str:
    """SQL: whether one of a row's identifiers is on the list."""
    listed = f"(select identifier_id from forgotten where {which})"  # noqa: S608  (conditions of ours)
    return f"({' or '.join(['false', *(f'{column} in {listed}' for column in columns)])})"


def _others(columns: Sequence[str]) -> str:
    """SQL: whether a row has an identifier that is not on the list and can be a person's."""
    listed = "(select identifier_id from forgotten union all select identifier_id from identifier where blocked)"
    parts = (f"({column} is not null and {column} not in {listed})" for column in columns)
    return f"({' or '.join(['false', *parts])})"


def _replace_numbers(staging: Staging, table: str, where: str, key_pads: dict[str, bytes]) -> None:
    staging.cursor.execute(
        f"update {table} set order_id = {order_token('order_id')}"  # noqa: S608  (our own tables and conditions)
        f" where order_id is not null and not starts_with(order_id, '{ORDER_TOKEN}') and ({where})",
        key_pads,
    )


def _find_known_orders(ws: Workspace, staging: Staging, columns: Sequence[str], key_pads: dict[str, bytes]) -> None:
    """Add to ``kept_order`` what has a token in the workspace; of all of them leave those that the file knows another
    person by: order numbers are unique within a shop only."""
    known = ws.frame(
        """
        select order_id from event where starts_with(order_id, $token)
        union select order_id from event_restated where starts_with(order_id, $token)
        """,
        {"token": ORDER_TOKEN},
    )
    staging.cursor.register("known_token", known)
    try:
        staging.cursor.execute(
            f"""
            insert into kept_order
            with said as (select distinct order_id from parsed where order_id is not null and problem is null),
            told as (select order_id, {order_token("order_id")} as token from said)
            select order_id from told where token in (select order_id from known_token)
            """,  # noqa: S608  (an expression of ours)
            key_pads,
        )
    finally:
        staging.cursor.unregister("known_token")
    named = " or ".join(["false", *(f"{column} is not null" for column in columns)])
    staging.cursor.execute(
        f"delete from kept_order where order_id in (select order_id from parsed where {named})"  # noqa: S608  (numbers)
    )


def _drop_unused(staging: Staging, columns: Sequence[str]) -> None:
    """Identifiers that no row names any more."""
    named = " union ".join(f"select {column} from parsed where {column} is not null" for column in columns)  # noqa: S608
    staging.cursor.execute(f"delete from identifier where identifier_id not in ({named})")  # noqa: S608  (numbers)

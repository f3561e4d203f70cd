"""Identifiers of a row that stand once more in its other texts are taken out of them (identity/repeated.py says how).

    campaign, content, page, store, properties    ***
    order number                                  *** with a keyed token, the same in every file: purchase, refunds and
                                                  lines of an order still belong together
    text of a row set aside                       the same

Keys of rows are made before, of what the file says: a file that comes again finds its rows, also those of an import
that did not know this yet. Only rows whose texts have the last letters of one of their identifiers are looked at
closely; nearly always there are none, and nothing is written.

An order number that is known by its token, here or in the workspace, gets it in rows without an identifier as well;
``replace_known_numbers`` gives it to rows that came before.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from omnidash.identity.hashing import identifier_id, pads
from omnidash.identity.personal import HIDDEN
from omnidash.identity.repeated import (
    CLEARED_PROPERTIES,
    CONTENT,
    PROPERTIES,
    SPELLINGS,
    cleared,
    may_repeat,
    spellings,
    stands_in,
    stands_in_groups,
    without,
    without_groups,
)
from omnidash.ingest.meaning.fields import FIELDS
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.known_by_token import list_known_by_token
from omnidash.ingest.rows.plan import Identified
from omnidash.model.messages import Message
from omnidash.store.workspace import Staging, Workspace

TOKEN = f"{HIDDEN} #"
_OF_LINES = ("sku", "item")
_NOT_ASKED = ("event_id", "channel", "action", "currency", "status", "refund_status")


def order_number_token(order_id: str) -> str:
    """SQL: what stands for an order number with an identifier in it. Binds ``$hmac_inner``."""
    return f"'{TOKEN}' || printf('%015x', {identifier_id('order_id', order_id)})"


def hide_repeated(
    ws: Workspace,
    staging: Staging,
    mapping: Mapping,
    identified: Sequence[Identified],
    number: str,
    notes: list[Message],
) -> list[Message]:
    """Take them out of staging tables ``event``, ``order_line`` and ``parsed``; returns the notes without such order
    numbers. ``number``: SQL of the number of a row of ``parsed``. Call it when events are staged, before they are kept
    out; table ``hidden_number(order_id, token)`` then lists the order numbers."""
    staging.cursor.execute("create table hidden_number (order_id varchar, token varchar)")
    if mapping.kind not in ("events", "orders"):
        return notes
    key_pads = {"hmac_inner": pads(ws.key)["hmac_inner"]}
    if _find(staging, mapping, identified, ws.settings.country):
        _list_numbers(staging, key_pads)
        _hide_in_rejects(staging, number)
        _hide_in_texts(staging, by_order=mapping.kind == "orders")
        staging.cursor.execute("drop table repeats")
    _list_known(ws, staging, key_pads)
    numbers = dict(staging.cursor.execute("select order_id, token from hidden_number").fetchall())
    if not numbers:
        return notes
    for table in _written(staging, ("event_row", "event", "order_line")):
        staging.cursor.execute(
            f"update {table} set order_id = token from hidden_number h where {table}.order_id = h.order_id"  # noqa: S608
        )
    return [replace(n, values={k: numbers.get(str(v), v) for k, v in n.values.items()}) for n in notes]


def replace_known_numbers(cursor: Any) -> None:
    """Give rows of earlier imports the tokens of the order numbers that the staged file hides."""
    if cursor.execute("select 1 from staged.hidden_number limit 1").fetchall():
        for table in ("event", "event_restated", "order_line", "order_line_restated"):
            cursor.execute(
                f"update {table} set order_id = token from staged.hidden_number h where {table}.order_id = h.order_id"  # noqa: S608
            )


def _find(staging: Staging, mapping: Mapping, identified: Sequence[Identified], country: str) -> bool:
    """Table ``repeats(n, order_id, is_aside, spelling, is_national, nth)``: the ways of writing the identifiers of the
    rows whose other texts may hold one; numbered ``nth`` of their row or order. Whether there are any."""
    told = {*mapping.columns.values(), *mapping.constants}
    fields = (f.name for f in FIELDS[mapping.kind] if f.value in ("text", "id") and f.name in told)
    texts = [name for name in fields if name not in _NOT_ASKED]
    asked = [i for i in identified if i.contact is None and i.type != "email"]
    if not texts or not asked:
        return False
    rows = "addressed" if _has(staging, "addressed") else "numbered"  # addresses as the file writes them
    number = "split_part(s.order_id, chr(30), 1)" if "order_id" in told else "cast(null as varchar)"
    suspicious = " or ".join(may_repeat(f"value{i.position}", "texts") for i in asked)
    values = ", ".join(f"value{i.position}" for i in asked)
    staging.cursor.execute(
        f"""
        create or replace temp table suspect as
        select * from (
            select n, {number} as order_id, problem is not null as is_aside, {values},
                concat_ws(chr(31), {", ".join(texts)}) as texts
            from {rows} s)
        where {suspicious}
        """  # noqa: S608  (our names)
    )
    if not staging.cursor.execute("select 1 from suspect limit 1").fetchall():
        return False
    spelled = ", ".join(f"{name} varchar" for name in SPELLINGS)
    staging.cursor.execute(
        f"create or replace temp table spelled (n bigint, order_id varchar, is_aside boolean, texts varchar, {spelled})"
    )
    for i in asked:
        value = f"value{i.position}"
        staging.cursor.execute(
            f"""
            create or replace temp table given as
            select distinct value
            from hashed{i.position} semi join (select distinct {value} as value from suspect) using (value)
            where identifier_id is not null and not coalesce(blocked, false)
            """  # noqa: S608  (our names)
        )
        staging.cursor.execute(
            f"""
            insert into spelled
            select n, order_id, is_aside, texts, {", ".join(SPELLINGS)} from suspect s
            join ({spellings(i.type, "given", country)}) w on w.value = s.{value}
            """  # noqa: S608  (our names)
        )
    key = "order_id" if mapping.kind == "orders" else "n"
    each = " union ".join(
        f"select n, order_id, is_aside, texts, {name} as spelling, {name == 'national'} as is_national from spelled"  # noqa: S608
        for name in SPELLINGS
    )
    staging.cursor.execute(
        f"""
        create table repeats as
        select * exclude (texts), dense_rank() over (
            partition by {key} order by length(spelling) desc, spelling, is_national) as nth
        from ({each})
        where {stands_in("texts", "spelling")} or (is_national and {stands_in_groups("texts", "spelling")})
        """  # noqa: S608  (our names)
    )
    staging.cursor.execute("drop table suspect")
    staging.cursor.execute("drop table spelled")
    return bool(staging.cursor.execute("select 1 from repeats limit 1").fetchall())


def _list_numbers(staging: Staging, key_pads: dict[str, bytes]) -> None:
    """Order numbers with an identifier of one of their rows in it."""
    hidden = f"({without('order_id', 'spelling')}) <> order_id"
    grouped = f"(is_national and {without_groups('order_id', 'spelling')} <> order_id)"
    staging.cursor.execute(
        f"""
        insert into hidden_number
        with named as (select distinct order_id from repeats where {hidden} or {grouped})
        select order_id, {order_number_token("order_id")} from named
        """,  # noqa: S608  (expressions of ours)
        key_pads,
    )


def _hide_in_rejects(staging: Staging, number: str) -> None:
    """The text of rows set aside: first the number, whole, then whatever else."""
    for nth in range(1, _most(staging, "is_aside") + 1):
        known = "case when h.order_id is null then raw else replace(raw, h.order_id, h.token) end"
        staging.cursor.execute(
            f"""
            update parsed set raw = hidden from (
                select n, {cleared("told")} as hidden from (
                    select p.n, r.spelling, r.is_national, {known} as told
                    from (select {number} as n, raw from parsed where raw is not null) p
                    join repeats r on r.n = p.n and r.nth = $nth
                    left join hidden_number h on h.order_id = r.order_id)) s
            where s.n = {number.replace("rowid", "parsed.rowid") if "rowid" in number else "parsed.n"}
            """,  # noqa: S608  (expressions of ours)
            {"nth": nth},
        )


def _hide_in_texts(staging: Staging, *, by_order: bool) -> None:
    """Columns of the events, found by their row, or by their order, whose lines are rows of their own."""
    for table in _written(staging, ("event_row", "event", "order_line")):
        there = {name for (name,) in staging.cursor.execute(
            "select column_name from duckdb_columns() where database_name = 'staged' and table_name = $table",
            {"table": table},
        ).fetchall()}  # fmt: skip
        columns = [name for name in (*CONTENT, *_OF_LINES) if name in there]
        sets = [f"{name} = {cleared(name)}" for name in columns]
        if PROPERTIES in there:
            sets.append(CLEARED_PROPERTIES)
        if not sets:
            continue
        key, row = ("order_id", "order_id") if by_order else ("n", "row_number")
        for nth in range(1, _most(staging) + 1):
            staging.cursor.execute(
                f"""
                update {table} set {", ".join(sets)}
                from (select distinct {key} as its, spelling, is_national from repeats where nth = $nth) r
                where r.its = {table}.{row}
                """,  # noqa: S608  (our columns)
                {"nth": nth},
            )


def _list_known(ws: Workspace, staging: Staging, key_pads: dict[str, bytes]) -> None:
    """Order numbers of the file that the workspace knows by their token."""
    list_known_by_token(ws, staging, begins=TOKEN, token=order_number_token("order_id"), key_pads=key_pads)
    staging.cursor.execute(
        "insert into hidden_number select order_id, token from told_by_token"
        " where order_id not in (select order_id from hidden_number)"
    )


def _most(staging: Staging, which: str = "true") -> int:
    """How many spellings a row has at most."""
    return int(staging.cursor.execute(f"select coalesce(max(nth), 0) from repeats where {which}").fetchall()[0][0])  # noqa: S608


def _written(staging: Staging, names: Sequence[str]) -> list[str]:
    """Those of some tables that there are, ``event_row`` in place of a view ``event``."""
    return [name for name in names if _has(staging, name, "duckdb_tables")]


def _has(staging: Staging, name: str, of: str = "duckdb_views") -> bool:
    kind = of.removeprefix("duckdb_").removesuffix("s")
    asked = f"select 1 from {of}() where database_name = 'staged' and {kind}_name = $name"  # noqa: S608  (our words)
    return bool(staging.cursor.execute(asked, {"name": name}).fetchall())

"""What a file cannot say: columns that it has no column for keep what earlier imports said of the same row.

A list of orders without e-mails does not say that nobody bought, nor a table of costs that nothing was clicked. So rows
are compared by what the file speaks of, and what it restates takes the rest over from the row it replaces (``carry``).

What a row holds is then the latest word on each column, of the imports in use, in their order; ``remerge`` makes it so
again for the rows of an import that is undone.
"""

import json
from collections.abc import Mapping as AnyMapping
from typing import Any

from omnidash.ingest.meaning.fields import IDENTIFIER_TYPES
from omnidash.ingest.meaning.mapping import Mapping

# column of the table -> fields of a mapping any of which speaks of it
_EVENT: AnyMapping[str, frozenset[str]] = {
    "identifier_id": frozenset(IDENTIFIER_TYPES),
    **dict.fromkeys(("channel", "raw_channel"), frozenset({"channel", "page", "referrer", "utm_source", "utm_medium"})),
    "campaign": frozenset({"campaign", "page", "referrer", "utm_source", "utm_medium"}),
    **{name: frozenset({name}) for name in ("content_id", "page", "store_id", "order_id")},
}
_SPEND: AnyMapping[str, frozenset[str]] = {
    prefix + name: frozenset({name})
    for name in ("impressions", "clicks", "claimed_conversions", "claimed_revenue")
    for prefix in ("", "stated_")
}
_TOLD_BY = {"event": _EVENT, "spend": _SPEND}


def unsaid(table: str, mapping: Mapping) -> tuple[str, ...]:
    """Columns of ``table`` of which a file with this mapping says nothing."""
    given = {*mapping.columns.values(), *mapping.constants}
    silent = [column for column, tellers in _TOLD_BY.get(table, {}).items() if not tellers & given]
    if mapping.kind == "orders" and "channel" in silent:  # a purchase is a touch of the channel that it names
        silent.append("is_touch")
    return (*silent, *(["figures", "stated_figures"] if table == "spend" and not mapping.figures else []))


def carry(cursor: Any, table: str, batch_id: int, columns: tuple[str, ...]) -> None:
    """Fill ``columns`` of the rows that ``batch_id`` has restated with what those held. After ``outcome.write``."""
    if not columns:
        return
    cursor.execute(
        f"""
        update {table} set {", ".join(f"{c} = old.{c}" for c in columns)}
        from {table}_restated old
        where old.{table}_id = {table}.{table}_id and old.by_batch_id = $batch and {table}.batch_id = $batch
        """,  # noqa: S608  (table contracts)
        {"batch": batch_id},
    )


def remerge(cursor: Any, table: str) -> None:
    """Make the rows of temporary table ``touched(key)`` hold the latest word on each column again."""
    if table not in _TOLD_BY:
        return
    key = f"{table}_id"
    places = (table, f"{table}_restated")
    batches = " union ".join(
        f"select batch_id from {place} where {key} in (select key from touched)"  # noqa: S608  (table contracts)
        for place in places
    )
    rows = cursor.execute(f"select batch_id, mapping from batch where batch_id in ({batches})").fetchall()  # noqa: S608
    silent = {batch: unsaid(table, Mapping.from_json(json.loads(text))) for batch, text in rows}
    columns = sorted({column for missing in silent.values() for column in missing})
    if not columns:
        return
    cursor.execute("create or replace temp table silence (batch_id integer, name varchar)")
    cursor.executemany(
        "insert into silence values (?, ?)", [[batch, name] for batch, names in silent.items() for name in names]
    )
    says = "(n.batch_id, '{c}') not in (select (batch_id, name) from silence)"
    latest = ", ".join(
        f"last_value(case when {says.format(c=c)} then {{'said': {c}}} end ignore nulls) over word as {c}"
        for c in columns
    )
    names = ", ".join((key, "batch_id", *columns))
    content = " union all ".join(f"select {names} from {p} where {key} in (select key from touched)" for p in places)  # noqa: S608
    cursor.execute(
        f"""
        create or replace temp table merged as
        select {key} as key, batch_id, {latest} from ({content}) n
        window word as (partition by {key} order by batch_id rows unbounded preceding)
        """  # noqa: S608  (table contracts)
    )
    taken = ", ".join(
        f"{c} = {'coalesce(m.is_touch.said, false)' if c == 'is_touch' else f'm.{c}.said'}" for c in columns
    )
    for place in places:
        cursor.execute(
            f"update {place} set {taken} from merged m"  # noqa: S608
            f" where m.key = {place}.{key} and m.batch_id = {place}.batch_id"
        )
    cursor.execute("drop table merged")
    cursor.execute("drop table silence")

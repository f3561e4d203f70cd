"""Who was forgotten after a backup was made is in it still: restored over the workspace that forgot, they are forgotten
again, by the hashes that workspace kept of them.

Just the identifiers that were forgotten go, whoever the restored data join them with: cuts that were made since the
backup are not in it, and nobody else may be forgotten for that.
"""

import polars as pl

from omnidash.identity.anonymous import take_away
from omnidash.identity.beside_forgotten import note_beside
from omnidash.identity.forget import remove_copies, touched_by
from omnidash.identity.forgotten_texts import clear_texts
from omnidash.identity.graph import Cursor
from omnidash.identity.hashing import pads
from omnidash.identity.partition import Rules
from omnidash.identity.resolve import resolve
from omnidash.identity.shared_by_forgotten import keep_shared
from omnidash.store.workspace import Workspace


def forget_again(ws: Workspace, before: Workspace) -> int:
    """Forget in ``ws`` who was forgotten in ``before``; returns how many identifiers that took away. Nothing where the
    two have different keys: then neither knows the other's hashes. Raises WorkspaceProblem where ``before`` or a key
    cannot be read."""
    listed = before.frame("select * from forgotten")
    if listed.is_empty() or ws.key != before.key:
        return 0
    beside = before.frame("select * from forgotten_beside")
    with ws.writing("forget") as cursor:
        rules = Rules.of(ws.settings)
        _find_members(cursor, listed)
        clear_texts(ws, cursor, ())
        note_beside(cursor, pads(ws.key))
        touched = touched_by(cursor, keep_shared(cursor, rules, ""))
        counts = take_away(cursor, pads(ws.key))
        _add_rows(cursor, "forgotten", listed)
        _add_rows(cursor, "forgotten_beside", beside)
        resolve(cursor, rules, touched=touched)
    remove_copies(ws)
    return counts["identifiers"]


def _find_members(cursor: Cursor, listed: pl.DataFrame) -> None:
    """Temp table ``member(identifier_id, person_id, hash, type)``: the identifiers of the list that are here."""
    cursor.register("omnidash_listed", listed.select("hash").unique())
    try:
        cursor.execute(
            """
            create or replace temp table member as
            select i.identifier_id, p.person_id, i.hash, i.type
            from identifier i semi join omnidash_listed using (hash) left join person p using (identifier_id)
            where not i.blocked
            """
        )
    finally:
        cursor.unregister("omnidash_listed")


def _add_rows(cursor: Cursor, table: str, rows: pl.DataFrame) -> None:
    """Add those rows of a list of hashes that are not in the table."""
    cursor.register("omnidash_rows", rows)
    try:
        cursor.execute(
            f"insert into {table} by name"  # noqa: S608  (our own tables)
            f" select * from omnidash_rows where hash not in (select hash from {table})"
        )
    finally:
        cursor.unregister("omnidash_rows")

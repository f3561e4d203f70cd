"""Undo of a batch, and the history of batches and set-aside rows.

Undo removes what the batch wrote and brings back what it had restated, so that every query gives what it gave before.
Where a later batch has restated the same key, nothing shows on the surface; the chain below it is closed instead.
"""

import json
from dataclasses import dataclass
from typing import Any

from omnidash.identity.resolve import resolve
from omnidash.ingest.outcome import COLUMNS
from omnidash.model.defaults import ACTION_STAGES, CHANNELS
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What an undo took away, in rows of the tables: ``removed`` and ``brought_back``."""

    batch_id: int
    removed: int
    brought_back: int


def rollback(ws: Workspace, batch_id: int) -> Removed:
    """Undo one batch. Raises BadInput where there is no such batch or it is undone already."""
    state = ws.rows("select state from batch where batch_id = $batch", {"batch": batch_id})
    if not state:
        raise BadInput(N_("there is no batch {batch}; see the list of batches"), batch=batch_id)
    if state[0][0] != "active":
        raise BadInput(N_("batch {batch} is undone already"), batch=batch_id)
    hub_limit = ws.settings.hub_limit
    with ws.writing(f"undo of batch {batch_id}") as cursor:
        removed = brought_back = 0
        for table in COLUMNS:
            gone, back = _undo_table(cursor, table, batch_id)
            removed, brought_back = removed + gone, brought_back + back
        batch = {"batch": batch_id}
        cursor.execute("delete from link where batch_id = $batch", batch)
        cursor.execute("update batch set state = 'rolled_back' where batch_id = $batch", batch)
        _forget_unused(cursor, batch_id)
        resolve(cursor, hub_limit=hub_limit)
    return Removed(batch_id=batch_id, removed=removed, brought_back=brought_back)


def history(ws: Workspace) -> list[dict[str, Any]]:
    """All batches, newest first, as the command line shows them (``sums`` and ``warnings`` as data)."""
    rows = ws.frame(
        "select batch_id, file_name as file, file_sha256, profile, kind, state, imported_at, rows_read, added,"
        " restated, duplicates, rejected, skipped_totals, first_day, last_day, watermark, sums, warnings"
        " from batch order by batch_id desc"
    ).to_dicts()
    for row in rows:
        row["sums"] = json.loads(row["sums"])
        row["warnings"] = [Message(w["template"], w["values"]) for w in json.loads(row["warnings"])]
    return rows


def rejects(ws: Workspace, batch_id: int) -> list[dict[str, Any]]:
    """Rows a batch set aside: row_number, column, reason (Message), raw (identifier cells masked)."""
    if not ws.rows("select 1 from batch where batch_id = $batch", {"batch": batch_id}):
        raise BadInput(N_("there is no batch {batch}; see the list of batches"), batch=batch_id)
    rows = ws.rows(
        "select row_number, column_name, reason, raw from reject where batch_id = $batch order by row_number",
        {"batch": batch_id},
    )
    return [
        {"row_number": n, "column": column, "reason": message_of(reason), "raw": raw} for n, column, reason, raw in rows
    ]


def message_of(text: str) -> Message:
    """The Message stored as JSON {template, values}."""
    data = json.loads(text)
    return Message(data["template"], data["values"])


def _undo_table(cursor, table: str, batch_id: int) -> tuple[int, int]:  # type: ignore[no-untyped-def]
    key, columns = f"{table}_id", ", ".join(COLUMNS[table])
    batch = {"batch": batch_id}
    # what this batch had written and a later one replaced: the later one shall bring back what lies below
    cursor.execute(
        f"""
        create or replace temp table closed as
        select later.{key}, later.by_batch_id as heir from {table}_restated later where later.batch_id = $batch
        """,  # noqa: S608  (table contracts)
        batch,
    )
    cursor.execute(f"delete from {table}_restated where batch_id = $batch", batch)  # noqa: S608
    cursor.execute(
        f"update {table}_restated set by_batch_id = heir from closed"  # noqa: S608
        f" where by_batch_id = $batch and {table}_restated.{key} = closed.{key}",
        batch,
    )
    removed = cursor.execute(f"select count(*) from {table} where batch_id = $batch", batch).fetchall()[0][0]  # noqa: S608
    cursor.execute(f"delete from {table} where batch_id = $batch", batch)  # noqa: S608
    back = cursor.execute(
        f"select count(*) from {table}_restated where by_batch_id = $batch",  # noqa: S608
        batch,
    ).fetchall()[0][0]
    cursor.execute(
        f"insert into {table} ({columns}) select {columns} from {table}_restated where by_batch_id = $batch",  # noqa: S608
        batch,
    )
    cursor.execute(f"delete from {table}_restated where by_batch_id = $batch", batch)  # noqa: S608
    cursor.execute("drop table closed")
    return int(removed), int(back)


def _forget_unused(cursor, batch_id: int) -> None:  # type: ignore[no-untyped-def]
    """Identifiers, labels, channels and actions that came with the batch and that nothing uses any more."""
    cursor.execute(
        """
        delete from identifier where identifier_id not in (
            select identifier_id from event where identifier_id is not null
            union select identifier_id from event_restated where identifier_id is not null
            union select a from link union select b from link)
        """
    )
    made = json.loads(
        cursor.execute("select mapping from batch where batch_id = $batch", {"batch": batch_id}).fetchall()[0][0]
    ).get("made", {})
    used = {
        row[0]
        for row in cursor.execute(
            "select channel from event union select channel from spend union select channel from event_restated"
            " union select channel from spend_restated"
        ).fetchall()
    }
    used_labels = {
        row[0]
        for row in cursor.execute(
            "select raw_channel from event union select raw_channel from spend union select raw_channel"
            " from event_restated union select raw_channel from spend_restated"
        ).fetchall()
    }
    used_actions = {
        row[0] for row in cursor.execute("select action from event union select action from event_restated").fetchall()
    }
    house = {c.channel for c in CHANNELS}
    for label in set(made.get("labels", [])) - used_labels:
        cursor.execute("delete from channel_label where label = ?", [label])
    for channel in set(made.get("channels", [])) - used - house:
        cursor.execute("delete from channel where channel = ?", [channel])
    for action in set(made.get("actions", [])) - used_actions - set(ACTION_STAGES):
        cursor.execute("delete from stage where action = ?", [action])

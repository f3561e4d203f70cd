"""Undo of an import: its rows go, and what it had restated comes back.

Afterwards the workspace is what the imports left in use say (statements.py), in whatever order imports are undone:

    a row that a later import says as well    stays, under that import
    a row that a later import restated        the chain below it closes; nothing shows on the surface
    a row the undone import had restated      comes back, unless a later import restates it or says it is no more
"""

import contextlib
import json
from dataclasses import dataclass
from typing import Any

from omnidash.identity.resolve import Rules, resolve
from omnidash.ingest.fitted import collect_batch, refit
from omnidash.ingest.row_links import settle_links
from omnidash.ingest.rows.orders import CANCELLED_ORDER
from omnidash.ingest.statements import make_twin_speak
from omnidash.ingest.tables import COLUMNS
from omnidash.ingest.unsaid import remerge
from omnidash.model.defaults import ACTION_STAGES, CHANNELS
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What an undo took away, in rows of the tables: ``removed`` and ``brought_back``."""

    batch_id: int
    removed: int
    brought_back: int


def rollback(ws: Workspace, batch_id: int, *, wait_seconds: float = 0.0) -> Removed:
    """Undo one batch. Raises BadInput where there is no such batch or it is undone already, WorkspaceProblem while
    another writer is at work for longer than ``wait_seconds``."""
    with ws.writing(f"undo of batch {batch_id}", wait_seconds=wait_seconds) as cursor:
        removed = _undo(cursor, batch_id, ws.settings.currency)
        resolve(cursor, Rules.of(ws.settings))
    return removed


def would_undo(ws: Workspace, batch_id: int, *, wait_seconds: float = 0.0) -> Removed:
    """What ``rollback`` would take away and bring back: counted by doing it in a transaction that is given up, so it
    takes as long. Raises as ``rollback`` does."""
    removed = Removed(batch_id=batch_id, removed=0, brought_back=0)
    purpose = f"look at an undo of batch {batch_id}"
    with contextlib.suppress(_GivenUp), ws.writing(purpose, wait_seconds=wait_seconds) as cursor:
        removed = _undo(cursor, batch_id, ws.settings.currency)
        raise _GivenUp
    return removed


class _GivenUp(Exception):
    """Ends a transaction that was only to be looked at."""


def _undo(cursor: Any, batch_id: int, own_currency: str) -> Removed:
    batch = {"batch": batch_id}
    state = cursor.execute("select state from batch where batch_id = $batch", batch).fetchall()
    if not state:
        raise BadInput(N_("there is no batch {batch}; see the history of imports (omnidash batches)"), batch=batch_id)
    if state[0][0] != "active":
        raise BadInput(N_("batch {batch} is undone already"), batch=batch_id)
    make_twin_speak(cursor, batch_id)
    collect_batch(cursor, batch_id)
    _find_enders(cursor, batch_id)
    removed = brought_back = 0
    for table in COLUMNS:
        gone, back = _undo_table(cursor, table, batch_id)
        removed, brought_back = removed + gone, brought_back + back
        if table == "event":
            _undo_links(cursor, batch_id)
    refit(cursor, own_currency)
    cursor.execute("update reject set settled_by = null where settled_by = $batch", batch)
    cursor.execute("delete from reject_identifier where batch_id = $batch", batch)
    cursor.execute("update batch set state = 'rolled_back', twin_of = null where batch_id = $batch", batch)
    _forget_unused(cursor)
    return Removed(batch_id=batch_id, removed=removed, brought_back=brought_back)


def _find_enders(cursor: Any, batch_id: int) -> None:
    """Table ``ender(ended, by)``: imports in use of one file, of which the later one has another mapping."""
    cursor.execute(
        "create or replace temp table ender as"
        " select unnest(replaces) as ended, batch_id as by_batch_id from batch"
        " where state = 'active' and batch_id <> $batch",
        {"batch": batch_id},
    )


def _undo_table(cursor: Any, table: str, batch_id: int) -> tuple[int, int]:
    """Rows of ``table`` removed and brought back. Leaves ``settled(key, owner, was, next)``: for every replaced content
    that lost the one above it, who replaces it now (null: nobody)."""
    key, columns = f"{table}_id", ", ".join(COLUMNS[table])
    batch = {"batch": batch_id}
    cursor.execute(
        f"create or replace temp table touched as select {key} as key from {table} where batch_id = $batch"  # noqa: S608
        f" union select {key} from {table}_restated where batch_id = $batch or by_batch_id = $batch",
        batch,
    )
    cursor.execute(
        f"""
        create or replace temp table heir as
        with said as (
            select {key} as key, null as until from {table} where batch_id = $batch
            union all
            select {key}, by_batch_id from {table}_restated where batch_id = $batch)
        select s.key, min(d.batch_id) as batch_id, arg_min(d.row_number, d.batch_id) as row_number
        from said s join duplicate d on d.subject = '{table}' and d.key = s.key
        where d.batch_id > $batch and (s.until is null or d.batch_id < s.until)
        group by s.key
        """,  # noqa: S608  (table contracts)
        batch,
    )
    cursor.execute(
        f"""
        create or replace temp table loose as
        select {key} as key, batch_id as owner, by_batch_id as was from {table}_restated where by_batch_id = $batch
        union
        select r.{key}, r.batch_id, r.by_batch_id
        from {table}_restated r join ender e on e.by_batch_id = r.by_batch_id and e.ended = $batch
        join duplicate d on d.subject = '{table}' and d.key = r.{key} and d.batch_id = $batch
        where r.batch_id < $batch
        union
        select r.{key}, h.batch_id, r.by_batch_id
        from {table}_restated r join ender e on e.by_batch_id = r.by_batch_id and e.ended = $batch
        join heir h on h.key = r.{key} where r.batch_id = $batch
        """,  # noqa: S608  (table contracts)
        batch,
    )
    for place in (table, f"{table}_restated"):
        cursor.execute(
            f"update {place} set batch_id = heir.batch_id, row_number = heir.row_number from heir"  # noqa: S608
            f" where {place}.batch_id = $batch and {place}.{key} = heir.key",
            batch,
        )
    cursor.execute(
        f"delete from duplicate using heir where subject = '{table}' and duplicate.key = heir.key"  # noqa: S608
        " and duplicate.batch_id = heir.batch_id"
    )
    removed = cursor.execute(f"select count(*) from {table} where batch_id = $batch", batch).fetchall()[0][0]  # noqa: S608
    for place in (table, f"{table}_restated"):
        cursor.execute(f"delete from {place} where batch_id = $batch", batch)  # noqa: S608  (table contracts)
    for place in ("duplicate", "absent"):
        cursor.execute(f"delete from {place} where subject = '{table}' and batch_id = $batch", batch)  # noqa: S608
    _settle(cursor, table)
    back = cursor.execute("select count(*) from settled where next is null").fetchall()[0][0]
    of_settled = f"{table}_restated.{key} = settled.key and {table}_restated.batch_id = settled.owner"
    cursor.execute(
        f"update {table}_restated set by_batch_id = next from settled"  # noqa: S608  (table contracts)
        f" where {of_settled} and next is not null"
    )
    cursor.execute(
        f"insert into {table} ({columns}) select {columns} from {table}_restated semi join"  # noqa: S608
        f" (select * from settled where next is null) settled on {of_settled}"
    )
    cursor.execute(f"delete from {table}_restated using settled where {of_settled} and next is null")  # noqa: S608
    remerge(cursor, table)
    return int(removed), int(back)


def _settle(cursor: Any, table: str) -> None:
    key = f"{table}_id"
    cursor.execute(
        f"""
        create or replace temp table settled as
        with said as (
            select {key} as key, batch_id from {table} union all select {key}, batch_id from {table}_restated
            union all select key, batch_id from absent where subject = '{table}'),
        ending as (
            select l.key, l.owner, s.batch_id from loose l join said s on s.key = l.key and s.batch_id > l.owner
            union all
            select l.key, l.owner, e.by_batch_id from loose l join ender e on e.ended = l.owner
            union all
            select l.key, l.owner, e.by_batch_id
            from loose l join duplicate d on d.subject = '{table}' and d.key = l.key and d.batch_id > l.owner
            join ender e on e.ended = d.batch_id)
        select l.key, l.owner, l.was, min(e.batch_id) as next
        from loose l left join ending e on e.key = l.key and e.owner = l.owner and e.batch_id > l.owner
        group by l.key, l.owner, l.was
        """  # noqa: S608  (table contracts)
    )


def _undo_links(cursor: Any, batch_id: int) -> None:
    """Links go and come back with their rows (``settled`` of the events), or with their file."""
    batch = {"batch": batch_id}
    cursor.execute("delete from link where batch_id = $batch", batch)
    cursor.execute("delete from link_restated where batch_id = $batch", batch)
    settle_links(cursor, batch_id)
    cursor.execute(
        """
        update link_restated set by_batch_id = coalesce(
            (select min(e.by_batch_id) from ender e where e.ended = link_restated.batch_id), 0)
        where event_id is null and by_batch_id = $batch
        """,
        batch,
    )
    cursor.execute("insert into link select a, b, batch_id, row_number from link_restated where by_batch_id = 0")
    cursor.execute("delete from link_restated where by_batch_id = 0")


def _forget_unused(cursor: Any) -> None:
    """Identifiers, labels, channels and actions that came with imports undone by now and that nothing uses any more."""
    cursor.execute(
        """
        delete from identifier where identifier_id not in (
            select identifier_id from event where identifier_id is not null
            union select identifier_id from event_restated where identifier_id is not null
            union select a from link union select b from link
            union select a from link_restated union select b from link_restated)
        """
    )
    places = [place for table in COLUMNS for place in (table, f"{table}_restated")]
    with_channel = [place for place in places if "channel" in COLUMNS[place.removesuffix("_restated")]]
    used = _values(cursor, "channel", with_channel)
    used_labels = _values(cursor, "raw_channel", with_channel)
    used_actions = _values(cursor, "action", ["event", "event_restated"])
    if cursor.execute("select 1 from batch where kind = 'orders' and state = 'active' limit 1").fetchall():
        used_actions.add(CANCELLED_ORDER)  # every import of orders makes it, used or not
    paid = _values(cursor, "channel", ["spend", "spend_restated"])
    assigned = {row[0] for row in cursor.execute("select label from channel_label where is_assigned").fetchall()}
    house, stages = {c.channel for c in CHANNELS}, set(ACTION_STAGES)
    for batch_id, text in cursor.execute("select batch_id, mapping from batch where state = 'rolled_back'").fetchall():
        stored = json.loads(text)
        made = stored.get("made", {})
        labels = set(made.get("labels", [])) - used_labels - assigned
        gone = {
            "labels": labels,
            "channels": set(made.get("channels", [])) - used - house - _wanted(cursor, labels),
            "actions": set(made.get("actions", [])) - used_actions - stages,
            "paid": set(made.get("paid", [])) - paid,
        }
        if not any(gone.values()):
            continue
        cursor.execute("delete from channel_label where list_contains($gone, label)", {"gone": sorted(gone["labels"])})
        cursor.execute("delete from channel where list_contains($gone, channel)", {"gone": sorted(gone["channels"])})
        cursor.execute("delete from stage where list_contains($gone, action)", {"gone": sorted(gone["actions"])})
        cursor.execute(
            "update channel set kind = 'earned', pool = 'private'"
            " where list_contains($gone, channel) and kind = 'paid' and pool = 'public' and is_guessed",
            {"gone": sorted(gone["paid"])},
        )
        stored["made"] = {what: sorted(set(names) - gone.get(what, set())) for what, names in made.items()}
        cursor.execute(
            "update batch set mapping = $mapping where batch_id = $batch",
            {"batch": batch_id, "mapping": json.dumps(stored, ensure_ascii=False)},
        )


def _wanted(cursor: Any, labels_gone: set[str]) -> set[str]:
    """Channels that people have confirmed or that labels and rules lead to: no traces of an import any more."""
    rows = cursor.execute(
        """
        select channel from channel where not coalesce(is_guessed, false)
        union select channel from channel_label where not list_contains($gone, label)
        union select channel from traffic_rule where channel is not null
        """,
        {"gone": sorted(labels_gone)},
    ).fetchall()
    return {row[0] for row in rows}


def _values(cursor: Any, column: str, places: list[str]) -> set[str]:
    rows = cursor.execute(
        " union ".join(f"select {column} from {place} where {column} is not null" for place in places)  # noqa: S608
    ).fetchall()
    return {row[0] for row in rows}

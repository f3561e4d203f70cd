"""What a committed file leaves behind beside its rows: labels, identifiers, links, and its line in the history."""

import json
from collections.abc import Mapping as AnyMapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from omnidash.identity.normalise import STRONG_TYPES
from omnidash.ingest.history import stored_message
from omnidash.ingest.meaning.mapping import Mapping, signature
from omnidash.ingest.meaning.profiles import profiles
from omnidash.ingest.reading.reader import Source
from omnidash.ingest.result import BatchResult
from omnidash.ingest.rows import orders
from omnidash.ingest.rows.parse import Identified, linked_pairs


def watermark_of(
    last_moment: datetime | None,
    last_day: date | None,
    zone: ZoneInfo,
    now: datetime,
    *,
    written_at: datetime | None = None,
    breaks_off: bool = False,
) -> datetime | None:
    """UTC instant up to which a file delivers (naive). Exports are cut at days: a last day that was over when the file
    was written is complete, unless its rows break off (``breaks_off``, ``rows.broken_off``).

    ``written_at``: of the file on disk; the moment of an upload or a copy is later than that of the export, and one
    before the file's own rows is no such moment. Rows without clock times deliver the days before the one of writing.
    """
    if last_day is None:
        return None
    day_end = _start_of(last_day + timedelta(days=1), zone)
    begun = last_moment.replace(tzinfo=UTC) if last_moment else _start_of(last_day, zone)
    as_of = min(now, written_at) if written_at is not None and written_at >= begun else now
    if day_end <= as_of and not breaks_off:
        return day_end.replace(tzinfo=None)
    if last_moment is not None:
        return last_moment
    return min(day_end, _start_of(as_of.astimezone(zone).date(), zone)).replace(tzinfo=None)


def _start_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def write_labels(cursor: Any, kind: str) -> dict[str, list[str]]:
    """New channels, labels and actions; returns what was made, so that an undo can take it back."""
    new = cursor.execute(
        "select channel, name, name_zh, kind, pool, is_guessed from staged.new_channel"
        " where channel not in (select channel from channel)"
    ).fetchall()
    sort = int(cursor.execute("select coalesce(max(sort), 0) from channel").fetchall()[0][0])
    for place, (channel, name_en, name_zh, channel_kind, pool, is_guessed) in enumerate(new, start=sort + 1):
        cursor.execute(
            "insert into channel (channel, name_en, name_zh, kind, pool, sort, is_guessed)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            [channel, name_en, name_zh, channel_kind, pool, place, is_guessed],
        )
    labels = cursor.execute(
        "select label, channel from staged.channel_map where label not in (select label from channel_label)"
    ).fetchall()
    cursor.executemany("insert into channel_label (label, channel) values (?, ?)", labels) if labels else None
    made = {"channels": [row[0] for row in new], "labels": [label for label, _ in labels], "actions": []}
    if kind == "spend":
        # a channel first seen on touches was taken for an earned one; money says otherwise
        seen = "is_guessed and kind = 'earned' and channel in (select channel from staged.channel_map)"
        rows = cursor.execute(f"select channel from channel where {seen} order by channel").fetchall()  # noqa: S608
        cursor.execute(f"update channel set kind = 'paid', pool = 'public' where {seen}")  # noqa: S608  (our own words)
        made["paid"] = [channel for (channel,) in rows if channel not in made["channels"]]
    if kind == "orders":
        cancelled = {"action": orders.CANCELLED_ORDER}
        if not cursor.execute("select 1 from stage where action = $action", cancelled).fetchall():
            cursor.execute("insert into stage values ($action, 'consideration', false)", cancelled)
            made["actions"] = [orders.CANCELLED_ORDER]
    if kind == "events":
        actions = cursor.execute(
            "select * from staged.new_action where action not in (select action from stage)"
        ).fetchall()
        cursor.executemany("insert into stage values (?, ?, ?)", actions) if actions else None
        made["actions"] = [action for action, _, _ in actions]
    return made


def write_identifiers(cursor: Any, identified: list[Identified]) -> bool:
    """Identifiers seen for the first time. True where a known one turns out to be a blocked value, which an earlier
    version took for somebody: then all persons are to be resolved anew."""
    cursor.execute(
        """
        insert into identifier
        select new.identifier_id, new.type, new.hash, new.hint,
            case when list_contains($strong, new.type) then 'strong' else 'weak' end, new.blocked
        from staged.identifier new anti join identifier known on known.identifier_id = new.identifier_id
        """,
        {"strong": list(STRONG_TYPES)},
    )
    cursor.execute("delete from blocked_beside where event_id in (select event_id from staged.event)")
    if not cursor.execute("select 1 from staged.identifier where blocked limit 1").fetchall():
        return False
    unmasked = cursor.execute(
        """
        update identifier set blocked = true, hint = new.hint from staged.identifier new
        where new.identifier_id = identifier.identifier_id and new.blocked and not identifier.blocked
        returning 1
        """
    ).fetchall()
    _write_blocked(cursor, identified)
    return bool(unmasked)


def _write_blocked(cursor: Any, identified: list[Identified]) -> None:
    """Blocked values that rows name beside their main identifier, so that all rows that name one can be counted."""
    for i in identified:
        cursor.execute(
            f"""
            insert into blocked_beside
            select event_id, id{i.position} from staged.event
            where id{i.position} in (select identifier_id from identifier where blocked)
                and id{i.position} is distinct from identifier_id
                and (event_id, id{i.position}) not in (select event_id, identifier_id from blocked_beside)
            """  # noqa: S608  (column numbers)
        )


def write_links(cursor: Any, batch_id: int, identified: list[Identified], *, has_slots: bool) -> None:
    """The pairs of identifiers on the file's rows: once per file, but row by row where rows have ids of their own and
    may be restated one by one."""
    for one, other in linked_pairs(identified):
        a, b = f"id{one}", f"id{other}"
        pair = f"least({a}, {b}), greatest({a}, {b})"
        by, row = (f"{pair}, row_number", "row_number") if has_slots else (pair, "min(row_number)")
        cursor.execute(
            f"insert into link select {pair}, $batch, {row} from staged.event where {a} <> {b} group by {by}",  # noqa: S608  (column numbers)
            {"batch": batch_id},
        )


def source_of(mapping: Mapping, source: Source) -> str:
    """What delivers a file: its profile, or the signature of its header. Watermarks are kept by it."""
    return mapping.profile if mapping.profile in {p.name for p in profiles()} else signature(source.dialect.header)


def write_batch(
    cursor: Any,
    result: BatchResult,
    *,
    sha256: str,
    source: str,
    imported_by: str | None,
    watermark: datetime | None,
    mapping: AnyMapping[str, Any],
    **same_file: Any,
) -> None:
    """The line of the history. ``mapping``: how the file was read, as plain data, with what an undo and a return of its
    rejects need; ``same_file``: ``replaces``, ``twin_of``, ``settles`` where they apply."""
    values = {
        "batch_id": result.batch_id,
        "file_name": result.file,
        "file_sha256": sha256,
        "profile": result.profile,
        "kind": result.kind,
        "source": source,
        "imported_at": datetime.now(UTC).replace(tzinfo=None),
        "state": "active",
        "rows_read": result.rows_read,
        "added": result.added,
        "restated": result.restated,
        "duplicates": result.duplicates,
        "rejected": result.rejected,
        "skipped_totals": result.skipped_totals,
        "first_day": result.first_day,
        "last_day": result.last_day,
        "watermark": watermark,
        "sums": json.dumps(result.sums),
        "sums_by_currency": json.dumps(result.sums_by_currency),
        "warnings": json.dumps([stored_message(w) for w in result.warnings], ensure_ascii=False),
        "mapping": json.dumps(mapping, ensure_ascii=False),
        "imported_by": imported_by,
        **same_file,
    }
    columns, places = ", ".join(values), ", ".join(f"${name}" for name in values)
    cursor.execute(f"insert into batch ({columns}) values ({places})", values)  # noqa: S608  (the names above)

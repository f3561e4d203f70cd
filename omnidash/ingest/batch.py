"""What a committed file leaves behind beside its rows: labels, identifiers, links, and its line in the history."""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from omnidash.identity.persons import trust_of
from omnidash.ingest.meaning.mapping import Mapping, signature
from omnidash.ingest.meaning.profiles import profiles
from omnidash.ingest.reading.reader import Source
from omnidash.ingest.result import BatchResult
from omnidash.ingest.rows import orders
from omnidash.ingest.rows.parse import Identified


def watermark_of(last_moment: datetime | None, last_day: date | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """UTC instant up to which a file delivers (naive). Exports are cut at days: a last day that is over is complete."""
    if last_day is None:
        return None
    day_end = datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC)
    if day_end <= now or last_moment is None:
        return day_end.replace(tzinfo=None)
    return last_moment


def write_labels(cursor: Any, kind: str) -> dict[str, list[str]]:
    """New channels, labels and actions; returns what was made, so that an undo can take it back."""
    channels = cursor.execute(
        "select channel, name, kind from staged.new_channel where channel not in (select channel from channel)"
    ).fetchall()
    sort = int(cursor.execute("select coalesce(max(sort), 0) from channel").fetchall()[0][0])
    for place, (channel, label, channel_kind) in enumerate(channels, start=sort + 1):
        pool = "public" if channel_kind == "paid" else "private"
        cursor.execute(
            "insert into channel (channel, name_en, name_zh, kind, pool, sort) values (?, ?, ?, ?, ?, ?)",
            [channel, label, label, channel_kind, pool, place],
        )
    labels = cursor.execute(
        "select label, channel from staged.channel_map where label not in (select label from channel_label)"
    ).fetchall()
    cursor.executemany("insert into channel_label values (?, ?)", labels) if labels else None
    made = {"channels": [c[0] for c in channels], "labels": [label for label, _ in labels], "actions": []}
    if kind == "spend":
        # a channel first seen on touches was taken for an earned one; money says otherwise
        cursor.execute(
            "update channel set kind = 'paid', pool = 'public' where kind = 'earned' and name_en in"
            " (select label from staged.channel_map)"
        )
    if kind == "orders":
        cursor.execute(
            "insert or ignore into stage values ($action, 'consideration', false)", {"action": orders.CANCELLED}
        )
    if kind == "events":
        actions = cursor.execute(
            "select * from staged.new_action where action not in (select action from stage)"
        ).fetchall()
        cursor.executemany("insert into stage values (?, ?, ?)", actions) if actions else None
        made["actions"] = [action for action, _, _ in actions]
    return made


def write_identifiers(cursor: Any, batch_id: int, identified: list[Identified]) -> None:
    """Identifiers seen for the first time, and the pairs that stood on the rows this batch wrote."""
    for identifier_type in sorted({i.type for i in identified}):
        cursor.execute(
            """
            insert into identifier
            select identifier_id, type, hash, hint, $trust, blocked from staged.identifier
            where type = $type and identifier_id not in (select identifier_id from identifier)
            """,
            {"type": identifier_type, "trust": trust_of(identifier_type)},
        )
    for one in identified:
        for other in identified:
            if one.position < other.position:
                a, b = f"id{one.position}", f"id{other.position}"
                cursor.execute(
                    f"""
                    insert into link
                    select least({a}, {b}), greatest({a}, {b}), $batch, min(row_number) from staged.event
                    where {a} <> {b} and event_id in (select event_id from fresh)
                    group by least({a}, {b}), greatest({a}, {b})
                    """,  # noqa: S608  (column numbers)
                    {"batch": batch_id},
                )


def write_batch(
    cursor: Any,
    result: BatchResult,
    source: Source,
    mapping: Mapping,
    made: dict[str, list[str]],
    watermark: datetime | None,
) -> None:
    header = signature(source.dialect.header)
    stamp = datetime.now(UTC).replace(tzinfo=None)
    cursor.execute(
        """
        insert into batch values ($batch, $file, $sha256, $profile, $kind, $source, $now, 'active', $rows_read, $added,
            $restated, $duplicates, $rejected, $skipped_totals, $first_day, $last_day, $watermark, $sums, $warnings,
            $mapping)
        """,
        {
            "batch": result.batch_id,
            "file": result.file,
            "sha256": source.scan.sha256,
            "profile": result.profile,
            "kind": result.kind,
            "source": result.profile if result.profile in {p.name for p in profiles()} else header,
            "now": stamp,
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
            "warnings": json.dumps(
                [{"template": w.template, "values": dict(w.values)} for w in result.warnings], default=str
            ),
            "mapping": json.dumps({**mapping.to_json(), "made": made}, ensure_ascii=False),
        },
    )
    cursor.execute(
        "insert or replace into mapping values ($signature, $mapping, $now)",
        {"signature": header, "mapping": json.dumps(mapping.to_json(), ensure_ascii=False), "now": stamp},
    )

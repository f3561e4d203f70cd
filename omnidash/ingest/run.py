"""The import as others use it: inspect -> dry_run -> commit, or ``import_file`` for all of it with the guess.

    seen = inspect(ws, "touches.csv")          # encoding, header, sample, guessed mapping, questions
    would = dry_run(ws, "touches.csv", seen.mapping)
    done = commit(ws, "touches.csv", seen.mapping)

Nothing of the workspace changes before the one transaction at the end of ``commit``; a file that fails leaves no trace.
On every import: added + restated + duplicates + rejected + skipped_totals = rows_read.
"""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from omnidash.identity.persons import trust_of
from omnidash.identity.resolve import resolve
from omnidash.ingest import events, orders, spend
from omnidash.ingest.inspection import Inspection, Question, inspect, settled
from omnidash.ingest.labels import UnmappedLabel, resolve_actions, resolve_channels
from omnidash.ingest.mapping import MAPPED, Mapping, signature
from omnidash.ingest.outcome import Counts, judge, write
from omnidash.ingest.parse import TOTAL, Identified, parse
from omnidash.ingest.profiles import Profile, profiles
from omnidash.ingest.reader import Source, look
from omnidash.ingest.rejects import stage_rejects
from omnidash.ingest.undo import Removed, history, message_of, rejects, rollback
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Staging, Workspace

__all__ = [
    "BatchResult", "DryRun", "Inspection", "Mapping", "Profile", "Question", "Removed", "commit", "dry_run", "history",
    "import_file", "inspect", "profiles", "rejects", "rollback",
]  # fmt: skip

Progress = Callable[[float, Message], None]
_SUMS = {"events": events.SUMS, "orders": orders.SUMS, "spend": spend.SUMS}
_dry_runs = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """One imported file; the fields are the row of ``batches`` in the command line's JSON. ``sums`` are decimals as
    text, in original currency, over all rows that were taken."""

    file: str
    batch_id: int
    profile: str
    kind: str
    rows_read: int
    added: int
    restated: int
    duplicates: int
    rejected: int
    skipped_totals: int
    first_day: date | None
    last_day: date | None
    sums: dict[str, str]
    warnings: tuple[Message, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__},
            "first_day": self.first_day.isoformat() if self.first_day else None,
            "last_day": self.last_day.isoformat() if self.last_day else None,
            "warnings": [w.english() for w in self.warnings],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What ``commit`` would do. ``reject_samples``: row_number, column, reason (Message), raw (identifiers masked)."""

    rows_read: int
    added: int
    restated: int
    duplicates: int
    rejected: int
    skipped_totals: int
    first_day: date | None
    last_day: date | None
    sums: dict[str, str]
    reject_samples: tuple[dict[str, Any], ...]
    unmapped: tuple[UnmappedLabel, ...]
    warnings: tuple[Message, ...]


def import_file(
    ws: Workspace,
    path: Path | str,
    *,
    name: str | None = None,
    profile: str | None = None,
    kind: str | None = None,
    columns: dict[str, str] | None = None,
    channel: str | None = None,
    timezone: str | None = None,
    currency: str | None = None,
    progress: Progress | None = None,
) -> BatchResult:
    """Inspect and commit with the guess, corrected by ``columns`` (source column -> field, '' to leave one out) and the
    constants given. Raises BadInput where the file is no table, or something needed is neither guessed nor given."""
    seen = inspect(ws, path, name=name, profile=profile, kind=kind)
    mapping = corrected(seen.mapping, columns=columns, channel=channel, timezone=timezone, currency=currency)
    open_questions = [q for q in seen.questions if not _is_answered(q, mapping)]
    if open_questions:
        raise BadInput(N_("{file}: {question}"), file=seen.name, question=open_questions[0].text)
    return commit(ws, path, mapping, name=name, progress=progress)


def corrected(
    mapping: Mapping,
    *,
    columns: dict[str, str] | None = None,
    channel: str | None = None,
    timezone: str | None = None,
    currency: str | None = None,
) -> Mapping:
    """A mapping with a person's corrections; a field given to another column is taken from the one that had it."""
    meanings = dict(mapping.columns)
    for column, meaning in (columns or {}).items():
        meanings = {c: m for c, m in meanings.items() if c != column and m != meaning}
        if meaning:
            meanings[column] = meaning
    constants = dict(mapping.constants)
    if channel:
        constants["channel"] = channel
        meanings = {c: m for c, m in meanings.items() if m != "channel"}
    if currency:
        constants.pop("currency", None)
    is_changed = bool(columns) or channel is not None
    return replace(
        mapping,
        columns=meanings,
        constants=constants,
        profile=MAPPED if is_changed and mapping.profile in ("guessed", "remembered") else mapping.profile,
        timezone=timezone or mapping.timezone,
        currency=currency or mapping.currency,
    )


def dry_run(ws: Workspace, path: Path | str, mapping: Mapping, *, name: str | None = None) -> DryRun:
    """What ``commit`` would add, restate and set aside; the workspace is only read. Raises as ``commit`` does."""
    with _staged(ws, Path(path), mapping, name, None) as (staging, _, facts, unmapped):
        samples = staging.cursor.execute(
            "select row_number, column_name, reason, raw from reject order by row_number limit 20"
        ).fetchall()
        staging.close()
        alias = f"preview_{uuid.uuid4().hex}"
        with _dry_runs, ws.reading() as cursor:
            cursor.execute(f"attach $path as {alias} (read_only)".replace("$path", _literal(staging.path)))
            try:
                counts = judge(cursor, alias, facts.table, has_slots=facts.has_slots)
            finally:
                cursor.execute(f"detach {alias}")
        return DryRun(
            rows_read=facts.rows_read,
            **_counted(counts, facts),
            first_day=facts.first_day,
            last_day=facts.last_day,
            sums=facts.sums,
            reject_samples=tuple(
                {"row_number": n, "column": c, "reason": message_of(reason), "raw": raw}
                for n, c, reason, raw in samples
            ),
            unmapped=tuple(unmapped),
            warnings=facts.warnings,
        )


def commit(
    ws: Workspace, path: Path | str, mapping: Mapping, *, name: str | None = None, progress: Progress | None = None
) -> BatchResult:
    """Import one file in one transaction and resolve its persons; the mapping is remembered for its header.

    Raises BadInput where the file or the mapping cannot be used, WorkspaceProblem while another writer is at work; then
    nothing has changed. ``progress(fraction, message)`` may raise to cancel: nothing has changed then either.
    """
    tell = progress or (lambda _fraction, _message: None)
    settings = ws.settings
    with _staged(ws, Path(path), mapping, name, tell) as (staging, source, facts, _):
        tell(0.7, Message(N_("writing {rows} rows"), {"rows": facts.rows_read}))
        with ws.writing(f"import of {source.name}", staging=staging) as cursor:
            batch_id = int(cursor.execute("select coalesce(max(batch_id), 0) + 1 from batch").fetchall()[0][0])
            counts = judge(cursor, "staged", facts.table, has_slots=facts.has_slots)
            made = _write_labels(cursor, mapping.kind)
            write(cursor, "staged", facts.table, batch_id)
            if facts.table == "event":
                _write_identifiers(cursor, batch_id, facts.identified)
            cursor.execute("insert into reject select $batch, * from staged.reject", {"batch": batch_id})
            result = BatchResult(
                file=source.name,
                batch_id=batch_id,
                profile=mapping.profile,
                kind=mapping.kind,
                rows_read=facts.rows_read,
                **_counted(counts, facts),
                first_day=facts.first_day,
                last_day=facts.last_day,
                sums=facts.sums,
                warnings=facts.warnings,
            )
            watermark = watermark_of(facts.last_moment, facts.last_day, settings.zone, datetime.now(UTC))
            _write_batch(cursor, result, source, mapping, made, watermark)
            tell(0.9, Message(N_("recognising persons")))
            if facts.table == "event":
                resolve(cursor, hub_limit=settings.hub_limit)
        tell(1.0, Message(N_("done")))
    return result


def watermark_of(last_moment: datetime | None, last_day: date | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """UTC instant up to which a file delivers (naive). Exports are cut at days: a last day that is over is complete."""
    if last_day is None:
        return None
    day_end = datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC)
    if day_end <= now or last_moment is None:
        return day_end.replace(tzinfo=None)
    return last_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What staging has found out about a file."""

    table: str
    has_slots: bool
    identified: list[Identified]
    rows_read: int
    rejected: int
    skipped_totals: int
    repeated_in_file: int
    first_day: date | None
    last_day: date | None
    last_moment: datetime | None
    sums: dict[str, str]
    warnings: tuple[Message, ...]


@contextmanager
def _staged(
    ws: Workspace, path: Path, mapping: Mapping, name: str | None, tell: Progress | None
) -> Iterator[tuple[Staging, Source, _Facts, list[UnmappedLabel]]]:
    tell = tell or (lambda _fraction, _message: None)
    tell(0.0, Message(N_("looking at the file")))
    size = max(1, path.stat().st_size) if path.is_file() else 1
    source = look(
        path,
        name=name,
        progress=lambda done: tell(min(0.15, 0.15 * done / size), Message(N_("looking at the file"))),
    )
    missing = mapping.missing_fields()
    absent = [column for column in mapping.columns if column not in source.dialect.header]
    if absent:
        raise BadInput(
            N_("{file} has no column '{column}'; its columns are {columns}"),
            file=source.name,
            column=absent[0],
            columns=", ".join(source.dialect.header),
        )
    if missing:
        raise BadInput(
            N_("{file}: nothing says what its {field} is; map a column to it or give it for the whole file"),
            file=source.name,
            field=missing[0],
        )
    mapping = settled(ws, source, mapping)
    with ws.staging() as staging:
        tell(0.2, Message(N_("reading rows")))
        identified = parse(ws, staging, source, mapping)
        tell(0.55, Message(N_("checking rows")))
        unmapped = resolve_channels(ws, staging, mapping)
        if mapping.kind == "spend":
            spend.stage_spend(ws, staging, mapping, source.name)
        elif mapping.kind == "orders":
            orders.stage_orders(ws, staging, mapping, identified, source.name)
        else:
            unmapped += resolve_actions(ws, staging, mapping)
            events.stage_events(ws, staging, mapping, identified, source.name)
        stage_rejects(staging, source, mapping)
        yield staging, source, _facts(staging, source, mapping, identified), unmapped


def _facts(staging: Staging, source: Source, mapping: Mapping, identified: list[Identified]) -> _Facts:
    table = "spend" if mapping.kind == "spend" else "event"
    has_slots = mapping.kind == "orders" or "event_id" in mapping.columns.values()
    one = staging.cursor.execute(
        "select count(*), count(*) filter (problem = $total),"
        " count(*) filter (problem is not null and problem <> $total) from parsed",
        {"total": TOTAL},
    ).fetchall()[0]
    rows_read, totals, rejected = (int(v) for v in one)
    if mapping.kind == "orders":
        repeated = int(staging.cursor.execute("select coalesce(sum(copies), 0) from bought").fetchall()[0][0])
    elif has_slots:
        repeated = int(staging.cursor.execute("select count(*) from repeated where nth = 0").fetchall()[0][0])
    else:
        repeated = 0
    moment = "max(ts)" if table == "event" else "null"
    first, last, last_moment = staging.cursor.execute(
        f"select min(day), max(day), {moment} from {table}"  # noqa: S608  (two words of our own)
    ).fetchall()[0]
    mapped = {*mapping.columns.values(), *mapping.constants}
    sums = {}
    for column in _SUMS[mapping.kind]:
        if column in mapped:
            total = staging.cursor.execute(
                f"select sum({column}) from parsed where problem is null"  # noqa: S608  (our field names)
            ).fetchall()[0][0]
            sums[column] = format(Decimal(total or 0).normalize(), "f")
    return _Facts(
        table=table,
        has_slots=has_slots,
        identified=identified,
        rows_read=rows_read,
        rejected=rejected,
        skipped_totals=totals,
        repeated_in_file=repeated,
        first_day=first,
        last_day=last,
        last_moment=last_moment,
        sums=sums,
        warnings=source.scan.warnings,
    )


def _counted(counts: Counts, facts: _Facts) -> dict[str, int]:
    """The five numbers; that they add up to the rows read is checked on every import, not believed."""
    numbers = {
        "added": counts.added,
        "restated": counts.restated,
        "duplicates": counts.duplicates + facts.repeated_in_file,
        "rejected": facts.rejected,
        "skipped_totals": facts.skipped_totals,
    }
    if sum(numbers.values()) != facts.rows_read:
        raise AssertionError(f"rows do not add up: {numbers} of {facts.rows_read}")
    return numbers


def _write_labels(cursor: Any, kind: str) -> dict[str, list[str]]:
    """New channels, labels and actions; returns what was made, so that an undo can take it back."""
    channels = cursor.execute(
        "select channel, name, kind from staged.new_channel where channel not in (select channel from channel)"
    ).fetchall()
    sort = int(cursor.execute("select coalesce(max(sort), 0) from channel").fetchall()[0][0])
    for place, (channel, label, channel_kind) in enumerate(channels, start=sort + 1):
        pool = "public" if channel_kind == "paid" else "private"
        cursor.execute(
            "insert into channel values (?, ?, ?, ?, ?, ?)", [channel, label, label, channel_kind, pool, place]
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


def _write_identifiers(cursor: Any, batch_id: int, identified: list[Identified]) -> None:
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


def _write_batch(
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


def _is_answered(question: Question, mapping: Mapping) -> bool:
    if question.field == "date_order":
        return mapping.date_order is not None
    return question.field not in mapping.missing_fields()


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"

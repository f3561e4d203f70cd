"""The import as others use it: inspect -> dry_run -> commit, or ``import_file`` for all of it with the guess.

    seen = inspect(ws, "touches.csv")          # encoding, header, sample, guessed mapping, questions
    would = dry_run(ws, "touches.csv", seen.mapping)
    done = commit(ws, "touches.csv", seen.mapping)

Nothing of the workspace changes before the one transaction at the end of ``commit``; a file that fails leaves no trace.
On every import: added + restated + duplicates + rejected + skipped_totals = rows_read.
"""

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from omnidash.identity.resolve import resolve
from omnidash.ingest.batch import watermark_of, write_batch, write_identifiers, write_labels
from omnidash.ingest.meaning.inspection import Inspection, Question, inspect
from omnidash.ingest.meaning.mapping import MAPPED, Mapping
from omnidash.ingest.meaning.profiles import Profile, profiles
from omnidash.ingest.outcome import judge, write
from omnidash.ingest.result import BatchResult, DryRun
from omnidash.ingest.staged import counted, staged
from omnidash.ingest.undo import Removed, history, message_of, rejects, rollback
from omnidash.ingest.work import Progress, Work
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Workspace

__all__ = [
    "BatchResult", "DryRun", "Inspection", "Mapping", "Profile", "Progress", "Question", "Removed", "commit",
    "corrected", "dry_run", "history", "import_file", "inspect", "profiles", "rejects", "rollback", "watermark_of",
]  # fmt: skip

_dry_runs = threading.Lock()


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
    cancelled: Callable[[], bool] | None = None,
    wait_seconds: float = 0.0,
) -> BatchResult:
    """Inspect and commit with the guess, corrected by ``columns`` (source column -> field, '' to leave one out) and the
    constants given. Raises BadInput where the file is no table, or something needed is neither guessed nor given."""
    seen = inspect(ws, path, name=name, profile=profile, kind=kind)
    mapping = corrected(seen.mapping, columns=columns, channel=channel, timezone=timezone, currency=currency)
    open_questions = [q for q in seen.questions if not _is_answered(q, mapping)]
    if open_questions:
        raise BadInput(N_("{file}: {question}"), file=seen.name, question=open_questions[0].text)
    return commit(ws, path, mapping, name=name, progress=progress, cancelled=cancelled, wait_seconds=wait_seconds)


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


def dry_run(
    ws: Workspace,
    path: Path | str,
    mapping: Mapping,
    *,
    name: str | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> DryRun:
    """What ``commit`` would add, restate and set aside; the workspace is only read. Raises as ``commit`` does."""
    with staged(ws, Path(path), mapping, name, Work(progress, cancelled)) as (staging, _, facts, unmapped):
        samples = staging.cursor.execute(
            "select row_number, column_name, reason, raw from reject order by row_number limit 20"
        ).fetchall()
        staging.close()
        alias = f"preview_{uuid.uuid4().hex}"
        with _dry_runs, ws.reading() as cursor:
            cursor.execute(f"attach $path as {alias} (read_only)".replace("$path", _literal(staging.path)))
            try:
                counts = judge(cursor, alias, facts.table, has_slots=facts.has_slots, has_lines=facts.has_lines)
            finally:
                cursor.execute(f"detach {alias}")
        return DryRun(
            rows_read=facts.rows_read,
            **counted(counts, facts),
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
    ws: Workspace,
    path: Path | str,
    mapping: Mapping,
    *,
    name: str | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    wait_seconds: float = 0.0,
) -> BatchResult:
    """Import one file in one transaction and resolve its persons; the mapping is remembered for its header.

    Raises BadInput where the file or the mapping cannot be used, WorkspaceProblem while another writer is at work for
    longer than ``wait_seconds``; then nothing has changed. ``progress(fraction, message)`` hears how far it is, and
    ``cancelled()`` is asked several times a second whether to stop, both in the calling thread: then Cancelled is
    raised (or whatever ``progress`` raises), and nothing has changed either.
    """
    work = Work(progress, cancelled)
    settings = ws.settings
    with staged(ws, Path(path), mapping, name, work) as (staging, source, facts, _):
        work.at(0.7, Message(N_("writing {rows} rows"), {"rows": facts.rows_read}))
        with ws.writing(f"import of {source.name}", staging=staging, wait_seconds=wait_seconds) as cursor:
            batch_id = int(cursor.execute("select coalesce(max(batch_id), 0) + 1 from batch").fetchall()[0][0])
            counts = judge(cursor, "staged", facts.table, has_slots=facts.has_slots, has_lines=facts.has_lines)
            made = write_labels(cursor, mapping.kind)
            write(cursor, "staged", facts.table, batch_id, has_lines=facts.has_lines)
            if facts.table == "event":
                write_identifiers(cursor, batch_id, facts.identified)
            cursor.execute(
                "insert into reject (batch_id, row_number, column_name, reason, raw)"
                " select $batch, row_number, column_name, reason, raw from staged.reject",
                {"batch": batch_id},
            )
            result = BatchResult(
                file=source.name,
                batch_id=batch_id,
                profile=mapping.profile,
                kind=mapping.kind,
                rows_read=facts.rows_read,
                **counted(counts, facts),
                first_day=facts.first_day,
                last_day=facts.last_day,
                sums=facts.sums,
                warnings=facts.warnings,
            )
            delivered = facts.last_day if facts.delivers else None
            watermark = watermark_of(facts.last_moment, delivered, settings.zone, datetime.now(UTC))
            write_batch(cursor, result, source, mapping, made, watermark)
            work.at(0.9, Message(N_("recognising persons")))
            if facts.table == "event":
                resolve(cursor, hub_limit=settings.hub_limit)
    work.done()
    return result


def _is_answered(question: Question, mapping: Mapping) -> bool:
    if question.field == "date_order":
        return mapping.date_order is not None
    return question.field not in mapping.missing_fields()


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"

"""Dry run and commit of one file: both judge it the same way, and only the commit writes.

staged ──► judged (what becomes of each row, what changes) ──► DryRun
                                                           └─► written in one transaction ──► BatchResult

What is staged was decided by the workspace as it was: whom it was told to forget, its rates, labels, rules, spend.
Where somebody else has written since, nothing of it is committed: the file is staged again.
"""

import contextlib
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from omnidash.identity.personal import unpersonal_file_name
from omnidash.identity.resolve import Rules, resolving
from omnidash.ingest.answered import said_of
from omnidash.ingest.batch import (
    watermark_of,
    write_batch,
    write_identifiers,
    write_labels,
    write_links,
)
from omnidash.ingest.customer_spaces import note_spaces
from omnidash.ingest.fitted import collect_staged, ends_spend, refit
from omnidash.ingest.headlines import headlines
from omnidash.ingest.history import discreet, message_of
from omnidash.ingest.judged import judged_of, require_said
from omnidash.ingest.meaning.inspection import ambiguous_dates, shown_by
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.meaning.memory import answers_of, remember
from omnidash.ingest.outcome import write
from omnidash.ingest.result import SAMPLES, BatchResult, DryRun
from omnidash.ingest.rows.parse import TOTAL, drop_parsed
from omnidash.ingest.rows.rejects import settle
from omnidash.ingest.rows.repeated import replace_known_numbers
from omnidash.ingest.rows.returned import own_header
from omnidash.ingest.samples import added_samples, duplicate_samples, restated_samples
from omnidash.ingest.staged import counted, staged
from omnidash.ingest.statements import move_links, note, twin_of
from omnidash.ingest.unsaid import carry
from omnidash.ingest.work import Progress, Work
from omnidash.model.errors import WorkspaceBusy
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Staging, Workspace

_dry_runs = threading.Lock()
_STAGINGS = 5  # in a row, each overtaken by another writer, before giving up
JUDGED = (
    "event",
    "spend",
    "report",
    "order_line",
    "slot",
    "label_key",
    "identifier",
    "reject_day",
)  # what a dry run looks at


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
    with staged(ws, Path(path), mapping, name, Work(progress, cancelled)) as (staging, source, facts, unmapped):
        set_aside, skipped = _reject_samples(staging), _skipped_samples(staging)
        ambiguous = ambiguous_dates(ws, source, facts.mapping)
        saved = staging.save(JUDGED)
        alias = f"preview_{uuid.uuid4().hex}"
        with _dry_runs, ws.reading() as cursor:
            cursor.execute(f"attach {_literal(saved)} as {alias} (read_only)")
            try:
                judged = judged_of(cursor, alias, facts, source, ws.settings.currency)
                numbers = counted(judged.counts, facts)
                return DryRun(
                    rows_read=facts.rows_read,
                    **numbers,
                    first_day=facts.first_day,
                    last_day=facts.last_day,
                    sums=facts.sums,
                    sums_by_currency=facts.sums_by_currency,
                    unmapped=tuple(unmapped),
                    warnings=tuple(map(discreet, (*facts.warnings, *judged.warnings))),
                    headlines=headlines(
                        **numbers,
                        kind=facts.mapping.kind,
                        restatement=judged.forecast.restatement,
                        twin=judged.twin,
                        settled=judged.settled,
                        ambiguous_dates=ambiguous,
                        date_order=facts.mapping.date_order,
                    ),
                    added_samples=added_samples(cursor, alias, facts.table),
                    restated_samples=restated_samples(cursor, alias, facts.table),
                    duplicate_samples=duplicate_samples(cursor, alias, facts.table),
                    reject_samples=set_aside,
                    skipped_samples=skipped,
                    ambiguous_dates=ambiguous,
                    restatement=judged.forecast.restatement,
                    gaps=judged.forecast.gaps,
                    overlaps=judged.forecast.overlaps,
                    vanished=judged.forecast.vanished,
                    other_account=judged.other_account,
                    same_sales=judged.forecast.same_sales,
                    twin=judged.twin,
                    settled=judged.settled,
                    statuses=facts.statuses,
                )
            finally:
                cursor.execute(f"detach {alias}")


def commit(
    ws: Workspace,
    path: Path | str,
    mapping: Mapping,
    *,
    name: str | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    wait_seconds: float = 0.0,
    imported_by: str | None = None,
) -> BatchResult:
    """Import one file in one transaction and resolve its persons; the mapping is remembered for its header.

    Raises BadInput where the file or the mapping cannot be used, WorkspaceProblem while another writer is at work for
    longer than ``wait_seconds``; then nothing has changed. ``progress(fraction, message)`` hears how far it is, and
    ``cancelled()`` is asked several times a second whether to stop, both in the calling thread: then Cancelled is
    raised (or whatever ``progress`` raises), and nothing has changed either. ``imported_by`` is shown in the history.
    """
    work = Work(progress, cancelled)
    for _ in range(_STAGINGS):
        try:
            result = _committed(ws, Path(path), mapping, name, work, wait_seconds, imported_by)
        except _Overtaken:
            work.at(0.0, Message(N_("the workspace has changed meanwhile; reading the file again")))
        else:
            work.done()
            return result
    raise WorkspaceBusy(
        N_("{file}: others changed the workspace each time the file was read; nothing was imported, try again later"),
        file=unpersonal_file_name(name or Path(path).name),
    )


class _Overtaken(Exception):
    """Somebody else has written since the file was staged."""


def _committed(
    ws: Workspace,
    path: Path,
    mapping: Mapping,
    name: str | None,
    work: Work,
    wait_seconds: float,
    imported_by: str | None,
) -> BatchResult:
    """Stage and write once. Raises _Overtaken where what was staged may be outdated; then nothing has changed."""
    version = ws.version
    with staged(ws, path, mapping, name, work) as (staging, source, facts, _):
        answers = answers_of(ws, source, mapping, shown_by(ws, source, mapping))
        ws.close()  # where a database is closed DuckDB gives back all that is free: before much is that is wanted again
        drop_parsed(staging, facts.identified)
        work.at(0.7, Message(N_("writing {rows} rows"), {"rows": facts.rows_read}))
        with ws.writing(f"import of {source.name}", staging=staging, wait_seconds=wait_seconds) as cursor:
            if ws.version_in(cursor) != version:
                raise _Overtaken
            batch_id = int(cursor.execute("select coalesce(max(batch_id), 0) + 1 from batch").fetchall()[0][0])
            judged = judged_of(cursor, "staged", facts, source, ws.settings.currency)
            require_said(judged, facts.mapping, source.name)
            same = twin_of(cursor, judged.earlier)
            made = write_labels(cursor, facts.mapping.kind)
            is_about_spend = facts.table == "spend" or ends_spend(cursor)
            if is_about_spend:
                collect_staged(cursor, "staged" if facts.table == "spend" else None)
            move_links(cursor, "staged", batch_id, judged.replaces, facts.identified, has_slots=facts.has_slots)
            if same is None:
                note(cursor, batch_id)
            is_anew = False
            if facts.table == "event":
                work.at(0.7, Message(N_("writing identifiers")))
                is_anew = write_identifiers(cursor, facts.identified)
                note_spaces(cursor, mapping, facts.spaces, {one.type for one in facts.identified})
                if same is None:
                    write_links(cursor, batch_id, facts.identified, has_slots=facts.has_slots)
            is_about_people = facts.table == "event" or bool(judged.replaces)
            with (
                resolving(cursor, Rules.of(ws.settings), batch_id=None if is_anew else batch_id)
                if is_about_people
                else contextlib.nullcontext()
            ) as finish:  # who is who is found out while rows are written
                write(cursor, "staged", facts.table, batch_id, work=work, has_lines=facts.has_lines)
                carry(cursor, facts.table, batch_id, judged.unsaid)
                work.at(0.9, Message(N_("recognising persons")))
                if finish is not None:
                    finish()
            replace_known_numbers(cursor)
            unplaced = []
            if is_about_spend:
                unplaced = refit(cursor, ws.settings.currency, first_day=facts.first_day, last_day=facts.last_day)
            _write_rejects(cursor, batch_id)
            settle(cursor, batch_id, facts.origin, facts.returned)
            result = BatchResult(
                file=source.name,
                batch_id=batch_id,
                profile=mapping.profile,
                kind=mapping.kind,
                rows_read=facts.rows_read,
                **counted(judged.counts, facts),
                first_day=facts.first_day,
                last_day=facts.last_day,
                sums=facts.sums,
                sums_by_currency=facts.sums_by_currency,
                warnings=tuple(map(discreet, (*judged.same_file, *facts.warnings, *judged.warnings, *unplaced))),
                restatement=judged.forecast.restatement,
                twin=judged.twin,
                settled=judged.settled,
            )
            delivered = facts.last_day if facts.delivers else None
            write_batch(
                cursor,
                result,
                sha256=source.scan.sha256,
                source=judged.source,
                imported_by=imported_by,
                watermark=watermark_of(
                    facts.last_moment,
                    delivered,
                    ws.settings.zone,
                    datetime.now(UTC),
                    written_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
                    breaks_off=facts.breaks_off,
                ),
                mapping={
                    **facts.mapping.to_json(),
                    "reading": facts.reading,
                    "header": own_header(source.dialect.header),
                    "said": said_of(source, mapping, answers),
                    "made": made,
                    **({} if facts.spaces.is_of_old else {"spaces": dict(facts.spaces.of)}),
                },
                replaces=[e.batch_id for e in judged.replaces] or None,
                twin_of=same,
                settles=facts.origin.batch_id if facts.origin else None,
            )
            if facts.origin is None:
                remember(cursor, source, mapping, answers)
    return result


def _write_rejects(cursor: Any, batch_id: int) -> None:
    batch = {"batch": batch_id}
    cursor.execute(
        "insert into reject (batch_id, row_number, column_name, reason, raw)"
        " select $batch, row_number, column_name, reason, raw from staged.reject",
        batch,
    )
    cursor.execute(
        "insert into reject_identifier select $batch, identifier_id, type, hash, hint, blocked"
        " from staged.reject_identifier",
        batch,
    )


def _reject_samples(staging: Staging) -> tuple[dict[str, Any], ...]:
    rows = staging.cursor.execute(
        "select row_number, column_name, reason, raw from reject order by row_number limit $limit", {"limit": SAMPLES}
    ).fetchall()
    return tuple(
        {"row_number": n, "column": column, "reason": message_of(reason), "raw": raw} for n, column, reason, raw in rows
    )


def _skipped_samples(staging: Staging) -> tuple[dict[str, Any], ...]:
    rows = staging.cursor.execute(
        "select n, raw from numbered where problem = $total order by n limit $limit", {"total": TOTAL, "limit": SAMPLES}
    ).fetchall()
    return tuple({"row_number": n, "raw": raw} for n, raw in rows)


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"

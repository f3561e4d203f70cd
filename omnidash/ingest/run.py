"""The import as others use it: inspect -> dry_run -> commit, or ``import_file`` for all of it with the guess.

    seen = inspect(ws, "touches.csv")          # encoding, header, sample, guessed mapping, questions
    would = dry_run(ws, "touches.csv", seen.mapping)
    done = commit(ws, "touches.csv", seen.mapping)

Nothing of the workspace changes before the one transaction at the end of ``commit``; a file that fails leaves no trace.
On every import: added + restated + duplicates + rejected + skipped_totals = rows_read.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from omnidash.ingest.batch import watermark_of
from omnidash.ingest.commit import commit, dry_run
from omnidash.ingest.history import history
from omnidash.ingest.meaning.inspection import Inspection, Question
from omnidash.ingest.meaning.inspection import inspect as inspect_export
from omnidash.ingest.meaning.mapping import MAPPED, Mapping
from omnidash.ingest.meaning.profiles import Profile, profiles
from omnidash.ingest.reading.reader import look
from omnidash.ingest.result import BatchResult, DryRun
from omnidash.ingest.rows.rejects import reject_file, rejects
from omnidash.ingest.rows.returned import is_returned, origin_of, unguarded
from omnidash.ingest.undo import Removed, rollback
from omnidash.ingest.work import Progress
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace

__all__ = [
    "BatchResult", "DryRun", "Inspection", "Mapping", "Profile", "Progress", "Question", "Removed", "commit",
    "corrected", "dry_run", "history", "import_file", "inspect", "is_answered", "profiles", "reject_file", "rejects",
    "rollback", "watermark_of",
]  # fmt: skip


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
    open_questions = [q for q in seen.questions if not is_answered(q, mapping)]
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


def inspect(
    ws: Workspace, path: Path | str, *, name: str | None = None, profile: str | None = None, kind: str | None = None
) -> Inspection:
    """Look at an export, or at a file of set-aside rows that come back: that one means what its import meant.

    Raises BadInput where it is no readable table, ``profile`` does not fit its header, or its import is not in use.
    """
    seen = inspect_export(ws, path, name=name, profile=profile, kind=kind)
    if not is_returned(seen.header):
        return seen
    origin = origin_of(ws, look(path, name=name))
    assert origin is not None  # by the same header
    meant = Mapping.from_json(origin.mapping)
    written = {unguarded(column): column for column in seen.header}
    mapping = replace(
        meant,
        columns={written.get(column, column): meaning for column, meaning in meant.columns.items()},
        figures={written.get(column, column): rule for column, rule in meant.figures.items()},
        totals=tuple(written.get(column, column) for column in meant.totals),
        leaves_out={written.get(column, column): pattern for column, pattern in meant.leaves_out.items()},
    )
    return replace(
        seen,
        kind=mapping.kind,
        profile=mapping.profile,
        mapping=mapping,
        confidence=dict.fromkeys(mapping.columns, 1.0),
        questions=(),
        warnings=(),
    )


def is_answered(question: Question, mapping: Mapping) -> bool:
    """Whether a mapping settles what the inspection asked."""
    if question.field in ("date_order", "decimal_comma", "timezone", "amount_level"):
        return getattr(mapping, question.field) is not None
    if question.field == "currency":
        return mapping.currency is not None or "currency" in {*mapping.columns.values(), *mapping.constants}
    if question.field == "channel":
        return "channel" in {*mapping.columns.values(), *mapping.constants}
    return question.field not in mapping.missing_fields()

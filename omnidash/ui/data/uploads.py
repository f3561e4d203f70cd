"""Dropped files on their way in: spooled to the private scratch folder (mode 0600), unpacked, inspected, checked,
imported, removed.

The list of a session is our own, not the uploader's, so that it survives a look at another page. Reading, checking and
importing run as tasks; ``advance`` takes over what they have found and starts what comes next.
"""

import os
import shutil
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.parts import Part, unpack
from omnidash.ingest.run import BatchResult, DryRun, Inspection, commit, dry_run, inspect, rollback
from omnidash.model.errors import Cancelled, OmniDashError, WorkspaceProblem
from omnidash.model.messages import N_, Message
from omnidash.store import Workspace
from omnidash.ui.data.suggest import with_suggested_channel
from omnidash.ui.data.task import Task
from omnidash.ui.data.wording import who

FILE_TYPES = ("csv", "tsv", "txt", "gz", "zip", "xlsx", "xls")
_KEY = "uploads"
_QUICK_SECONDS = 0.35  # what is ready within this needs no progress bar
_PATIENCE_SECONDS = 30.0  # for a writer in another process


@dataclass(slots=True, eq=False)
class Table:
    """One table of a dropped file. ``checked``: what an import would do, by what it depends on (``check_key``)."""

    part: Part
    inspection: Inspection | None = None
    mapping: Mapping | None = None
    problem: OmniDashError | None = None
    is_included: bool = True
    checked: dict[str, DryRun | OmniDashError] = field(default_factory=dict)
    result: BatchResult | None = None
    key: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    looks: int = 0  # how often it was inspected: editors of an earlier look do not apply
    shown: dict[str, Mapping] = field(default_factory=dict)  # what an editor of the columns started from

    @property
    def is_answered(self) -> bool:
        """Whether nothing needs to be asked any more before it can be imported."""
        if self.mapping is None or self.inspection is None or self.mapping.missing_fields():
            return False
        return self.mapping.date_order is not None or not any(
            question.field == "date_order" for question in self.inspection.questions
        )

    @property
    def is_wanted(self) -> bool:
        """Whether it is to be imported and can be."""
        return self.is_included and self.result is None and self.problem is None and self.is_answered

    def change(self, **changed: object) -> OmniDashError | None:
        """Change the mapping; one that cannot be is refused with the reason and the old one kept."""
        assert self.mapping is not None
        try:
            self.mapping = replace(self.mapping, **changed)  # type: ignore[arg-type]
        except OmniDashError as error:
            return error
        return None

    def check_key(self, workspace: Workspace) -> str:
        """What the outcome of an import depends on."""
        assert self.mapping is not None
        return f"{workspace.version}/{self.mapping.to_json()}"

    def outcome(self, workspace: Workspace) -> DryRun | OmniDashError | None:
        """What an import with the present mapping would do; None while that is not known."""
        return self.checked.get(self.check_key(workspace)) if self.mapping is not None else None


@dataclass(slots=True, eq=False)
class Upload:
    """One file the reader has dropped on the page."""

    name: str
    path: Path
    tables: list[Table] = field(default_factory=list)
    problem: OmniDashError | None = None
    reading: Task[list[Table]] | None = None
    checking: Task[None] | None = None
    being_checked: set[str] = field(default_factory=set)
    importing: Task[None] | None = None
    was_cancelled: bool = False
    busy: OmniDashError | None = None  # somebody else is writing; it can be tried again
    focus: str = ""  # the table whose details are shown
    key: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @property
    def tasks(self) -> list[Task[Any]]:
        """What is at work on it."""
        return [task for task in (self.reading, self.checking, self.importing) if task is not None]

    @property
    def wanted(self) -> list[Table]:
        """The tables an import takes in."""
        return [table for table in self.tables if table.is_wanted]

    def is_ready(self, workspace: Workspace) -> bool:
        """Whether it can be imported as it stands: what that would do is known, and nothing stands against it."""
        outcomes = [table.outcome(workspace) for table in self.wanted]
        return self.importing is None and bool(outcomes) and all(isinstance(o, DryRun) for o in outcomes)

    @property
    def is_done(self) -> bool:
        """Whether something was imported and nothing is left that could be."""
        return any(table.result for table in self.tables) and not any(
            table.is_included and table.result is None and table.problem is None for table in self.tables
        )

    def discard(self) -> None:
        """Stop what is at work on it and remove the spooled copies."""
        for task in self.tasks:
            task.cancel()
        for table in self.tables:
            table.part.discard()
        self.path.unlink(missing_ok=True)


def waiting() -> list[Upload]:
    """The uploads of this session, in the order they were dropped."""
    return st.session_state.setdefault(_KEY, [])  # type: ignore[no-any-return]


def take(workspace: Workspace, files: Iterable[Any]) -> None:
    """Spool newly dropped files and begin to read them."""
    for file in files:
        waiting().append(_spooled(workspace, file))


def forget(upload: Upload) -> None:
    """Take a file off the list."""
    upload.discard()
    waiting().remove(upload)


def advance(workspace: Workspace, uploads: list[Upload]) -> bool:
    """Take over what tasks have found, start what comes next, and give quick work a moment to end. Returns whether an
    import has ended since the last call."""
    has_imported = False
    deadline = time.monotonic() + _QUICK_SECONDS
    for upload in uploads:
        has_imported = _take_over(upload) or has_imported
    for upload in uploads:
        if upload.reading is not None and upload.reading.wait(max(0.0, deadline - time.monotonic())):
            _take_over(upload)
        _start_check(workspace, upload)
    for upload in uploads:
        if upload.checking is not None and upload.checking.wait(max(0.0, deadline - time.monotonic())):
            _take_over(upload)
    return has_imported


def check(workspace: Workspace, upload: Upload) -> None:
    """Find out what an import would do with the mappings as they are now, after the card's editors were drawn."""
    _start_check(workspace, upload)
    if upload.checking is not None and upload.checking.wait(_QUICK_SECONDS):
        _take_over(upload)


def reinspect(workspace: Workspace, table: Table, kind: str) -> None:
    """Guess again, this time knowing what kind of table it is."""
    try:
        _look_at(workspace, table, kind)
    except OmniDashError as error:
        table.problem = error


def start_import(workspace: Workspace, upload: Upload) -> None:
    """Import the wanted tables of a file, each in one transaction, in a thread of its own."""
    tables = upload.wanted
    upload.was_cancelled, upload.busy = False, None
    by = who()
    upload.importing = Task(
        lambda task: _import_tables(workspace, upload, tables, by, task), opening=Message(N_("looking at the file"))
    )


def _import_tables(workspace: Workspace, upload: Upload, tables: list[Table], by: str, task: Task[None]) -> None:
    """Runs in the task's thread. A cancel takes back the tables of this file that were already in."""
    done: list[Table] = []
    with task.one_at_a_time():
        try:
            for place, table in enumerate(tables):
                assert table.mapping is not None

                def tell(fraction: float, message: Message, place: int = place) -> None:
                    task.tell((place + fraction) / len(tables), message)

                table.result = commit(
                    workspace,
                    table.part.path,
                    table.mapping,
                    name=table.part.name,
                    progress=tell,
                    cancelled=task.is_cancelled,
                    wait_seconds=_PATIENCE_SECONDS,
                    imported_by=by,
                )
                done.append(table)
        except Cancelled:
            for table in reversed(done):
                assert table.result is not None
                rollback(workspace, table.result.batch_id)
                table.result = None
            raise
    for table in done:
        table.part.discard()
    if upload.is_done:  # the page may be closed by now: nobody else would remove the copy
        upload.path.unlink(missing_ok=True)


def _take_over(upload: Upload) -> bool:
    """Take the results of ended tasks; whether one of them was an import that changed the workspace."""
    if upload.reading is not None and not upload.reading.is_running:
        task, upload.reading = upload.reading, None
        upload.problem = _problem_of(task)
        upload.tables = task.result or []
        readable = [table for table in upload.tables if table.problem is None]
        upload.focus = (readable or upload.tables)[0].key if upload.tables else ""
        if upload.problem is not None:
            upload.discard()
    if upload.checking is not None and not upload.checking.is_running:
        checking, upload.checking = upload.checking, None
        if not checking.was_cancelled:
            _problem_of(checking)
    if upload.importing is not None and not upload.importing.is_running:
        importing, upload.importing = upload.importing, None
        upload.was_cancelled = importing.was_cancelled
        problem = _problem_of(importing)
        if isinstance(problem, WorkspaceProblem):
            upload.busy = problem
        elif problem is not None and not importing.was_cancelled:
            failed = next(table for table in upload.tables if table.is_wanted)
            failed.problem = problem
        return any(table.result is not None for table in upload.tables)
    return False


def _start_check(workspace: Workspace, upload: Upload) -> None:
    """Begin to find out what an import would do, for every wanted table of which that is not known."""
    if upload.importing is not None or upload.reading is not None or upload.problem is not None:
        return
    open_ones = [(t, t.check_key(workspace), t.mapping) for t in upload.wanted if t.outcome(workspace) is None]
    keys = {key for _table, key, _mapping in open_ones}
    if not open_ones or (upload.checking is not None and keys <= upload.being_checked):
        return
    if upload.checking is not None:
        upload.checking.cancel()  # it is about a mapping that has changed meanwhile
    upload.being_checked = keys

    def check(task: Task[None]) -> None:
        for place, (table, key, mapping) in enumerate(open_ones):
            assert mapping is not None

            def tell(fraction: float, message: Message, place: int = place) -> None:
                task.tell((place + fraction) / len(open_ones), message)

            table.checked[key] = _outcome_of(workspace, table, mapping, task, tell)

    upload.checking = Task(check, opening=Message(N_("looking at the file")))


def _outcome_of(
    workspace: Workspace, table: Table, mapping: Mapping, task: Task[None], tell: Any
) -> DryRun | OmniDashError:
    try:
        return dry_run(
            workspace,
            table.part.path,
            mapping,
            name=table.part.name,
            progress=tell,
            cancelled=task.is_cancelled,
        )
    except Cancelled:
        raise
    except OmniDashError as error:
        return error


def _problem_of(task: Task[Any]) -> OmniDashError | None:
    """The problem to show; a defect of ours is raised here, where Streamlit reports it."""
    if task.error is None or isinstance(task.error, OmniDashError):
        return task.error
    raise task.error


def _spooled(workspace: Workspace, file: Any) -> Upload:
    workspace.sweep()  # uploads nobody imported: their tab was closed long ago
    name = Path(file.name).name
    # The ending tells text from gzip and workbooks; nothing else of the user's file name becomes part of a path.
    ending = name.lower().rpartition(".")[2]
    suffix = {"gz": ".csv.gz"}.get(ending, f".{ending}" if ending in FILE_TYPES else ".csv")
    path = workspace.scratch_path("upload", suffix)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        file.seek(0)
        shutil.copyfileobj(file, target, 1 << 20)
    upload = Upload(name=name, path=path)
    upload.reading = Task(
        lambda task: _tables_of(workspace, path, name, task), opening=Message(N_("looking at the file"))
    )
    return upload


def _tables_of(workspace: Workspace, path: Path, name: str, task: Task[list[Table]]) -> list[Table]:
    """Runs in the task's thread: the tables of a file, each inspected; one that is none keeps its problem."""
    tables = [Table(part=part) for part in unpack(workspace, path, name=name)]
    for place, table in enumerate(tables):
        task.tell(place / len(tables), Message(N_("looking at the file")))
        try:
            _look_at(workspace, table, None)
        except OmniDashError as error:
            if len(tables) == 1:
                table.part.discard()
                raise
            table.problem, table.is_included = error, False
        if task.is_cancelled():
            for other in tables:
                other.part.discard()
            raise Cancelled(N_("the import was cancelled; nothing has changed"))
    return tables


def _look_at(workspace: Workspace, table: Table, kind: str | None) -> None:
    seen = inspect(workspace, table.part.path, name=table.part.name, kind=kind)
    table.inspection, table.problem = seen, None
    table.mapping = with_suggested_channel(workspace, seen.mapping, table.part.name)
    table.looks += 1
    table.shown.clear()

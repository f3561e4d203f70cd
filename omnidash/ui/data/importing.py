"""What an import of the dropped files would do, and the import itself, as tasks beside the page.

``advance`` takes over what tasks have found and starts what comes next. Nothing here draws anything.
"""

import time
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any

from omnidash.ingest.known import known_import
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.run import DryRun, commit, dry_run, rollback
from omnidash.model.errors import Cancelled, OmniDashError, WorkspaceProblem
from omnidash.model.messages import N_, Message
from omnidash.store import Workspace
from omnidash.ui.ahead import count_ahead
from omnidash.ui.data.interrupted import noted
from omnidash.ui.data.task import Task
from omnidash.ui.data.uploads import Table, Upload
from omnidash.ui.data.wording import who

_QUICK_SECONDS = 0.35  # what is ready within this needs no progress bar
_PATIENCE_SECONDS = 30.0  # for a writer in another process


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


def start_import(workspace: Workspace, upload: Upload) -> None:
    """Import the wanted tables of a file, each in one transaction, in a thread of its own."""
    tables = upload.wanted
    known = {table.key for table in tables if table.is_known(workspace)}
    upload.was_cancelled, upload.busy = False, None
    by = who()
    upload.importing = Task(
        lambda task: _import_tables(workspace, upload, tables, by, task, known),
        opening=Message(N_("looking at the file")),
    )


def _import_tables(
    workspace: Workspace,
    upload: Upload,
    tables: list[Table],
    by: str,
    task: Task[None],
    known: AbstractSet[str] = frozenset(),
) -> None:
    """Runs in the task's thread. A cancel takes back the tables of this file that were already in. ``known``: keys of
    tables that are imported as they are: no second batch is made of those."""
    done: list[Table] = []
    with task.one_at_a_time():
        try:
            for place, table in enumerate(tables):
                assert table.mapping is not None
                if table.key in known:
                    table.result = known_import(workspace, table.part.path, table.mapping, name=table.part.name)
                    if table.result is not None:
                        continue

                def tell(fraction: float, message: Message, place: int = place) -> None:
                    task.tell((place + fraction) / len(tables), message)

                with noted(workspace, table.part.name):
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
            for table in tables:
                table.result = None
            raise
    for table in upload.tables if upload.is_done else done:
        table.part.discard()  # now, for the page may be closed by now: nobody else would
    if upload.is_done:
        upload.path.unlink(missing_ok=True)
    with suppress(OmniDashError):  # the import is done: nothing of what is counted ahead may make it fail
        count_ahead(workspace)


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

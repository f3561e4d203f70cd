"""Dropped files on their way in: spooled to the private scratch folder (mode 0600), unpacked and inspected."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from omnidash.ingest.reading.parts import unpack
from omnidash.ingest.run import inspect
from omnidash.model.errors import Cancelled, OmniDashError
from omnidash.model.messages import N_, Message
from omnidash.store import Workspace
from omnidash.ui.data.left_behind import watch
from omnidash.ui.data.task import Task
from omnidash.ui.data.uploads import Table, Upload, waiting

_ENDINGS = ("csv", "tsv", "txt", "gz", "zip", "xlsx", "xls")


def take(workspace: Workspace, files: Iterable[Any]) -> None:
    """Spool newly dropped files and begin to read them."""
    for file in files:
        upload = _spooled(workspace, file)
        watch(upload)
        waiting().append(upload)


def reinspect(workspace: Workspace, table: Table, kind: str) -> None:
    """Guess again, this time knowing what kind of table it is."""
    try:
        _look_at(workspace, table, kind)
    except OmniDashError as error:
        table.problem = error


def spool(workspace: Workspace, file: Any, purpose: str) -> Path:
    """A private copy (mode 0600) of an uploaded file, to read from; whoever asks removes it."""
    # The ending tells text from gzip and workbooks; nothing else of the user's file name becomes part of a path.
    ending = Path(file.name).name.lower().rpartition(".")[2]
    suffix = {"gz": ".csv.gz"}.get(ending, f".{ending}" if ending in _ENDINGS else ".csv")
    path = workspace.scratch_path(purpose, suffix)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        file.seek(0)
        shutil.copyfileobj(file, target, 1 << 20)
    return path


def _spooled(workspace: Workspace, file: Any) -> Upload:
    workspace.sweep()  # what a killed server has left
    name = Path(file.name).name
    path = spool(workspace, file, "upload")
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
    table.mapping = seen.mapping
    table.looks += 1
    table.shown.clear()

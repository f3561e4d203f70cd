"""Uploaded files on their way in: spooled to the private scratch folder (mode 0600), inspected, removed afterwards."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.run import BatchResult, DryRun, Inspection, commit, dry_run, inspect
from omnidash.model.errors import OmniDashError, WorkspaceProblem
from omnidash.model.messages import Message
from omnidash.store import Workspace

_KEY = "uploads"


@dataclass(slots=True)
class Upload:
    """One file the reader has dropped on the page."""

    name: str
    path: Path
    inspection: Inspection | None = None
    problem: OmniDashError | None = None
    mapping: Mapping | None = None
    checked: dict[str, DryRun | OmniDashError] = field(default_factory=dict)
    result: BatchResult | None = None
    busy: WorkspaceProblem | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it can be imported as it stands."""
        return self.result is None and self.mapping is not None and not self.mapping.missing_fields()

    def discard(self) -> None:
        """Remove the spooled copy."""
        self.path.unlink(missing_ok=True)


def waiting() -> dict[str, Upload]:
    """The uploads of this session that are not imported yet, by file id."""
    return st.session_state.setdefault(_KEY, {})  # type: ignore[no-any-return]


def take(workspace: Workspace, files: list[Any]) -> list[Upload]:
    """Spool and inspect newly dropped files; forget those taken back. In the order they were dropped."""
    uploads = waiting()
    present = {file.file_id for file in files}
    for file_id in [i for i in uploads if i not in present]:
        uploads.pop(file_id).discard()
    for file in files:
        if file.file_id not in uploads:
            uploads[file.file_id] = _spooled(workspace, file)
    return [uploads[file.file_id] for file in files]


def reinspect(workspace: Workspace, upload: Upload, kind: str) -> None:
    """Guess again, this time knowing what kind of file it is."""
    try:
        upload.inspection = inspect(workspace, upload.path, name=upload.name, kind=kind)
        upload.mapping = upload.inspection.mapping
    except OmniDashError as error:
        upload.problem = error


def check(workspace: Workspace, upload: Upload) -> DryRun | OmniDashError:
    """What an import with the present mapping would do; computed once per mapping."""
    assert upload.mapping is not None
    key = f"{workspace.data_version}/{workspace.settings_version}/{upload.mapping.to_json()}"
    if key not in upload.checked:
        try:
            upload.checked[key] = dry_run(workspace, upload.path, upload.mapping, name=upload.name)
        except OmniDashError as error:
            upload.checked[key] = error
    return upload.checked[key]


def bring_in(workspace: Workspace, upload: Upload, progress: Callable[[float, Message], None]) -> None:
    """Import it with its mapping. On failure ``problem`` says why and nothing has changed."""
    assert upload.mapping is not None
    upload.busy = None
    try:
        upload.result = commit(workspace, upload.path, upload.mapping, name=upload.name, progress=progress)
    except WorkspaceProblem as error:
        upload.busy = error  # somebody else is writing; the file stays and can be imported in a moment
        return
    except OmniDashError as error:
        upload.problem = error
    upload.discard()


def _spooled(workspace: Workspace, file: Any) -> Upload:
    workspace.sweep()  # uploads nobody imported: their tab was closed long ago
    # The suffix tells plain text from gzip; nothing else of the user's file name becomes part of a path.
    suffix = ".csv.gz" if file.name.lower().endswith(".gz") else ".csv"
    path = workspace.scratch_path("upload", suffix)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        file.seek(0)
        shutil.copyfileobj(file, target, 1 << 20)
    upload = Upload(name=Path(file.name).name, path=path)
    try:
        upload.inspection = inspect(workspace, path, name=upload.name)
        upload.mapping = upload.inspection.mapping
    except OmniDashError as error:
        upload.problem = error
        upload.discard()
    return upload

"""Imports that the end of the server cut short: noted while they run, so that whoever comes back is told of them.

An import is one transaction, so nothing of an interrupted one is in the workspace. Its note lies beside the database
(mode 0600) as long as it runs; one left by a process that is no more is an interrupted import, unless the import had
been committed a moment before.
"""

import contextlib
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from omnidash.ingest.history import history
from omnidash.store import Workspace
from omnidash.ui.data.wording import local_time
from omnidash.ui.i18n import _, fmt
from omnidash.ui.text import plain

_FOLDER = "unfinished"
_THIS_RUN = uuid.uuid4().hex  # a number of a process may come again, in a container above all


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """``file`` as the user called it, and when its import began (naive UTC)."""

    note: Path
    file: str
    began: datetime


@contextmanager
def noted(workspace: Workspace, file: str) -> Iterator[None]:
    """While this lasts, an import of ``file`` is under way."""
    folder = workspace.folder / _FOLDER
    folder.mkdir(exist_ok=True, mode=0o700)
    note = folder / f"{uuid.uuid4().hex}.json"
    began = datetime.now(UTC).replace(tzinfo=None)
    text = json.dumps({"file": file, "began": began.isoformat(), "pid": os.getpid(), "run": _THIS_RUN})
    with os.fdopen(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as target:
        target.write(text)
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def interrupted(workspace: Workspace) -> list[Interrupted]:
    """The imports that never ended, the latest first; notes of those that did end are removed."""
    found = []
    for note in (workspace.folder / _FOLDER).glob("*.json"):
        with contextlib.suppress(OSError, ValueError, KeyError):  # half written, or gone meanwhile
            kept = json.loads(note.read_text(encoding="utf-8"))
            if kept["run"] != _THIS_RUN and not _runs(int(kept["pid"])):
                began = datetime.fromisoformat(kept["began"])
                found.append(Interrupted(note=note, file=kept["file"], began=began))
    if not found:
        return []
    came = [(batch["file"], batch["imported_at"]) for batch in history(workspace)]
    lost = []
    for one in found:
        if any(file == one.file and at >= one.began for file, at in came):
            one.note.unlink(missing_ok=True)  # it came in after all, then or by now
        else:
            lost.append(one)
    return sorted(lost, key=lambda one: one.began, reverse=True)


def show_interrupted(workspace: Workspace) -> None:
    """One line for each of them, until it is imported again or put away."""
    for one in interrupted(workspace):
        moment = local_time(one.began, workspace)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning(
                plain(
                    _(
                        "The import of {file} ({day}, {clock}) was interrupted because the app was stopped. Nothing of "
                        "it was taken in; import the file again.",
                        file=one.file,
                        day=fmt().day(moment.date(), with_year=True),
                        clock=f"{moment:%H:%M}",
                    )
                ),
                icon=":material/power_off:",
            )
            st.button(
                _("Understood"), type="tertiary", key=f"interrupted_{one.note.stem}", on_click=one.note.unlink,
                args=(True,),
            )  # fmt: skip


def _runs(pid: int) -> bool:
    if pid == os.getpid():  # of an earlier run with the same number
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""What several tests begin with is made once for all workers together, and copied for each test.

An import takes half a second of a processor, a copy of what it made a twentieth of one.
"""

import fcntl
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from omnidash.ingest.run import import_file
from omnidash.store import Workspace
from omnidash.store.gate import quoted
from omnidash.store.workspace import DATABASE

FOLDER = "OMNIDASH_TESTS_MADE_ONCE"
"""The environment's name for the folder of one run of the suite, which ``tests.conftest`` makes and removes."""


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """The folder ``name``, made by ``make(folder)`` where nobody has made it yet; other workers wait for it."""
    folder = Path(os.environ[FOLDER]) / name
    with folder.with_name(f".{name}.lock").open("a", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unfinished = folder.with_name(f".{name}.unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)  # of a make that failed
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    return folder


def copied(template: Path, folder: Path) -> Workspace:
    """A copy of a workspace that nobody has open, with an id of its own, as a restored one has."""
    shutil.copytree(template, folder)
    host = _host()
    host.execute(f"attach '{quoted(folder / DATABASE)}' as copied")
    try:
        host.execute(
            "update copied.setting set value = $id where name = 'workspace_id'", {"id": json.dumps(uuid.uuid4().hex)}
        )
    finally:
        host.execute("detach copied")
    return Workspace(folder)


@cache  # one that stays: a file is attached to it in a fourth of the time that an instance takes
def _host() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(":memory:")


def workspace_with(folder: Path, files: Mapping[str, str], **settings: Any) -> Workspace:
    """A workspace in ``folder`` with these files imported, one after the other; they stand beside it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder.parent / name).write_text(text, encoding="utf-8")
    made_of = json.dumps([list(files.items()), settings], ensure_ascii=False)

    def make(unfinished: Path) -> None:
        workspace = Workspace.create(unfinished / "workspace", **settings)
        for name, text in files.items():
            (unfinished / name).write_text(text, encoding="utf-8")
            import_file(workspace, unfinished / name)
        workspace.close()

    template = made_once(hashlib.sha256(made_of.encode()).hexdigest()[:16], make)
    return copied(template / "workspace", folder)

"""The sample workspace, built from the export files through the ordinary import, as a user would.

It is built beside its place and moved there when it is complete, so that nobody ever sees half of it; the one that
stood there is put aside for that moment and removed afterwards. A lock lets one process build at a time.
"""

import contextlib
import fcntl
import hashlib
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from omnidash.ingest.run import BatchResult, import_file
from omnidash.model.messages import N_, Message
from omnidash.store import Workspace

EXPORTS = Path(__file__).parent / "exports"
READY = "ready"

_PATIENCE_SECONDS = 120.0

_Progress = Callable[[float, Message], None]


def build_workspace(
    folder: Path,
    *,
    exports: Path = EXPORTS,
    progress: _Progress | None = None,
) -> list[BatchResult]:
    """Make (or make anew) the sample workspace in ``folder`` from all files of ``exports``.

    Where another process is building it, waits for that one; if that was from the same files, there is nothing left to
    do and the list is empty.
    """
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = sorted(p for p in exports.iterdir() if p.name.endswith((".csv", ".csv.gz")))
    content = _digest(files)
    with _only_builder(folder) as has_waited:
        if has_waited and _built_from(folder) == content:
            return []
        _remove_leftovers(folder)
        building = folder.with_name(f"{folder.name}.{uuid.uuid4().hex[:8]}.building")
        try:
            results = _import_all(files, building, progress)
            (building / READY).write_text(content, encoding="ascii")
            _put_in_place(building, folder)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return results


def _import_all(files: list[Path], folder: Path, progress: _Progress | None) -> list[BatchResult]:
    """One file after the other: a file that is read while another one is committed is read again."""
    workspace = Workspace.create(folder, name="sample", is_sample=True)
    done: dict[Path, BatchResult] = {}
    try:
        for file in sorted(files, key=lambda file: (-file.stat().st_size, file.name)):
            done[file] = import_file(workspace, file, wait_seconds=_PATIENCE_SECONDS)
            if progress:
                progress(len(done) / len(files), Message(N_("Imported {file}"), {"file": file.name}))
        return [done[file] for file in files]
    finally:
        workspace.close()


def _put_in_place(built: Path, folder: Path) -> None:
    """Two renames, and the first is taken back where the second fails: removing the old one takes far longer."""
    replaced = folder.with_name(f"{folder.name}.{uuid.uuid4().hex[:8]}.replaced")
    if folder.exists():
        folder.rename(replaced)
    try:
        built.rename(folder)
    except BaseException:
        if replaced.exists():
            replaced.rename(folder)
        raise
    shutil.rmtree(replaced, ignore_errors=True)


@contextlib.contextmanager
def _only_builder(folder: Path) -> Iterator[bool]:
    """Whether it had to wait for another builder of ``folder``. The lock file stays: to remove it would split it."""
    with folder.with_name(f".{folder.name}.lock").open("a", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            has_waited = False
        except BlockingIOError:
            fcntl.flock(lock, fcntl.LOCK_EX)
            has_waited = True
        yield has_waited


def _remove_leftovers(folder: Path) -> None:
    """What builders that were killed have left behind; whoever holds the lock knows that none of it is in use."""
    leftover = re.compile(rf"{re.escape(folder.name)}\.[0-9a-f]{{8}}\.(building|replaced)")
    for sibling in folder.parent.iterdir():
        if leftover.fullmatch(sibling.name):
            shutil.rmtree(sibling, ignore_errors=True)


def _built_from(folder: Path) -> str | None:
    """The digest of the files the workspace in ``folder`` was built from; None where none is complete."""
    try:
        return (folder / READY).read_text(encoding="ascii")
    except OSError:
        return None


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()

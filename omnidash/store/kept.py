"""Small results that are dear to compute, kept in the workspace's cache folder until what they are made of changes.

So a fresh server shows its first screen of millions of events from a few small files rather than from the events.
"""

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from weakref import WeakValueDictionary

import polars as pl

from omnidash import __version__
from omnidash.store.workspace import Workspace

_MOST = 24  # of one name: levels, settings and periods people go back and forth between

MadeOf = Sequence[str | int | float]
Version = tuple[str, int, int]
"""``Workspace.version``: workspace id, data version, settings version."""

_at_work: WeakValueDictionary[Path, threading.Lock] = WeakValueDictionary()
_guard = threading.Lock()


def kept_values(
    workspace: Workspace,
    name: str,
    made_of: MadeOf,
    compute: Callable[[], dict[str, float]],
    *,
    version: Version | None = None,
) -> dict[str, float]:
    """What ``compute`` returns, from the file that an earlier call left. ``made_of``: what the values depend on besides
    the data; a new state of the data, or another version of the program, computes anew. ``version``: the state of the
    workspace that the values are of; the present one where left out. They are kept only while that is its state: what
    was worked out while somebody imported may be of either. Nothing is kept in a folder that cannot be written."""
    version = version or workspace.version
    path = _place(workspace, name, made_of, version, "json")
    with _one_computes(path):
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):  # JSON of another shape, too
            return {str(key): float(value) for key, value in json.loads(path.read_text(encoding="utf-8")).items()}
        values = compute()
        if workspace.version == version:
            _keep(path, lambda written: written.write_text(json.dumps(values), encoding="utf-8"))
        return values


def kept_frame(
    workspace: Workspace,
    name: str,
    made_of: MadeOf,
    compute: Callable[[], pl.DataFrame],
    *,
    version: Version | None = None,
) -> pl.DataFrame:
    """The same for a frame."""
    version = version or workspace.version
    path = _place(workspace, name, made_of, version, "ipc")
    with _one_computes(path):
        with contextlib.suppress(OSError, pl.exceptions.PolarsError):
            return pl.read_ipc(path)
        frame = compute()
        if workspace.version == version:
            _keep(path, frame.write_ipc)
        return frame


def _place(workspace: Workspace, name: str, made_of: MadeOf, version: Version, ending: str) -> Path:
    asked = json.dumps([__version__, *version[:2], *made_of])
    return workspace.folder / "cache" / f"{name}-{hashlib.sha256(asked.encode()).hexdigest()[:20]}.{ending}"


@contextlib.contextmanager
def _one_computes(path: Path) -> Iterator[None]:
    """Whoever wants the same meanwhile waits and reads what the first one kept, rather than computing it as well."""
    with _guard:
        lock = _at_work.setdefault(path, threading.Lock())
    with lock:
        yield


def _keep(path: Path, write: Callable[[Path], object]) -> None:
    """Written whole or not at all; the oldest of that name are taken away."""
    name = path.name.rpartition("-")[0]
    with contextlib.suppress(OSError):
        written = path.with_suffix(f".{os.getpid()}")  # another process may be computing the same
        write(written)
        written.chmod(0o600)
        written.replace(path)
        for old in sorted(path.parent.glob(f"{name}-*{path.suffix}"), key=lambda p: p.stat().st_mtime)[:-_MOST]:
            old.unlink(missing_ok=True)

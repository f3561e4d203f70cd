"""Small results that are dear to compute, kept in the workspace's cache folder until what they are made of changes.

So a fresh server shows its first screen of millions of events from a few small files rather than from the events.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from omnidash import __version__
from omnidash.store.workspace import Workspace

_MOST = 24  # of one name: levels, settings and periods people go back and forth between

MadeOf = Sequence[str | int | float]


def kept_values(
    workspace: Workspace, name: str, made_of: MadeOf, compute: Callable[[], dict[str, float]]
) -> dict[str, float]:
    """What ``compute`` returns, from the file that an earlier call left. ``made_of``: what the values depend on besides
    the data; a new state of the data, or another version of the program, computes anew. Nothing is kept in a folder
    that cannot be written."""
    path = _place(workspace, name, made_of, "json")
    with contextlib.suppress(OSError, ValueError):
        return {str(key): float(value) for key, value in json.loads(path.read_text(encoding="utf-8")).items()}
    values = compute()
    _keep(path, lambda written: written.write_text(json.dumps(values), encoding="utf-8"))
    return values


def kept_frame(workspace: Workspace, name: str, made_of: MadeOf, compute: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """The same for a frame."""
    path = _place(workspace, name, made_of, "ipc")
    with contextlib.suppress(OSError, pl.exceptions.PolarsError):
        return pl.read_ipc(path)
    frame = compute()
    _keep(path, frame.write_ipc)
    return frame


def _place(workspace: Workspace, name: str, made_of: MadeOf, ending: str) -> Path:
    asked = json.dumps([__version__, workspace.workspace_id, workspace.data_version, *made_of])
    return workspace.folder / "cache" / f"{name}-{hashlib.sha256(asked.encode()).hexdigest()[:20]}.{ending}"


def _keep(path: Path, write: Callable[[Path], object]) -> None:
    """Written whole or not at all; the oldest of that name are taken away."""
    name = path.name.rpartition("-")[0]
    with contextlib.suppress(OSError):
        written = path.with_suffix(f".{os.getpid()}")
        write(written)
        written.replace(path)
        for old in sorted(path.parent.glob(f"{name}-*{path.suffix}"), key=lambda p: p.stat().st_mtime)[:-_MOST]:
            old.unlink(missing_ok=True)

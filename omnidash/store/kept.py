"""Small results that are dear to compute, kept in the workspace's cache folder until what they are made of changes."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Sequence

from omnidash import __version__
from omnidash.store.workspace import Workspace

_MOST = 8  # of one name: a few levels and settings people go back and forth between


def kept_values(
    workspace: Workspace, name: str, made_of: Sequence[str | int | float], compute: Callable[[], dict[str, float]]
) -> dict[str, float]:
    """What ``compute`` returns, from the file that an earlier call left. ``made_of``: what the values depend on besides
    the data; a new state of the data, or another version of the program, computes anew. Nothing is kept in a folder
    that cannot be written."""
    asked = json.dumps([__version__, workspace.workspace_id, workspace.data_version, *made_of])
    path = workspace.folder / "cache" / f"{name}-{hashlib.sha256(asked.encode()).hexdigest()[:20]}.json"
    with contextlib.suppress(OSError, ValueError):
        return {str(key): float(value) for key, value in json.loads(path.read_text(encoding="utf-8")).items()}
    values = compute()
    with contextlib.suppress(OSError):
        written = path.with_suffix(f".{os.getpid()}")
        written.write_text(json.dumps(values), encoding="utf-8")
        written.replace(path)
        for old in sorted(path.parent.glob(f"{name}-*.json"), key=lambda p: p.stat().st_mtime)[:-_MOST]:
            old.unlink(missing_ok=True)
    return values

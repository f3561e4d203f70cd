"""The private scratch folder of a workspace: uploads and staging while an import runs.

Names carry the pid of their process, ``upload-4711-0f3a….csv``, so that what a crash left behind is recognised.
"""

import contextlib
import os
import shutil
import time
import uuid
from pathlib import Path


def fresh_path(folder: Path, purpose: str, suffix: str) -> Path:
    """A name nobody has in ``folder``; nothing is made."""
    return folder / f"{purpose}-{os.getpid()}-{uuid.uuid4().hex[:12]}{suffix}"


def sweep(folder: Path, *, max_age_hours: float) -> None:
    """Remove what nobody needs: files of processes that have ended, and those nobody has written to for so long.

    A tab closed before its import leaves the upload while the app lives on. What an import works on is written to all
    the time, so it is never that old.
    """
    oldest = time.time() - max_age_hours * 3600
    for leftover in folder.iterdir():
        with contextlib.suppress(OSError):  # another process sweeps as well, or it belongs to another user
            if _is_alive(leftover.name) and leftover.stat().st_mtime > oldest:
                continue
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def _is_alive(name: str) -> bool:
    """Whether the process whose pid stands in a name still runs."""
    parts = name.split("-")
    if len(parts) < 3 or not parts[1].isdigit():
        return False
    try:
        os.kill(int(parts[1]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""The private scratch folder of a workspace: uploads and staging while an import runs.

Names carry the pid of their process, ``upload-4711-0f3a….csv``, so that what a crash left behind is recognised. Pids
come again (in a container the server has the same one at every start), so a file that is older than the process of its
pid is a leftover as well, wherever the system tells since when that runs (Linux; of our own process always).
"""

import contextlib
import os
import shutil
import time
import uuid
from pathlib import Path

_LOADED = time.time()
_CLOCK_SECONDS = 5.0  # clocks of files and processes differ by that much at most, and clocks are set


def fresh_path(folder: Path, purpose: str, suffix: str) -> Path:
    """A name nobody has in ``folder``; nothing is made."""
    return folder / f"{purpose}-{os.getpid()}-{uuid.uuid4().hex[:12]}{suffix}"


def sweep(folder: Path, *, max_age_hours: float) -> None:
    """Remove what nobody needs: files of processes that have ended, and those nobody has written to for so long.

    What an import works on is written to all the time, so it is never that old. Uploads of closed tabs go long before
    (``ui/data/left_behind.py``).
    """
    oldest = time.time() - max_age_hours * 3600
    for leftover in folder.iterdir():
        with contextlib.suppress(OSError):  # another process sweeps as well, or it belongs to another user
            written = leftover.stat().st_mtime
            if _is_alive(leftover.name, written) and written > oldest:
                continue
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def _is_alive(name: str, written: float) -> bool:
    """Whether the process whose pid stands in a name, and which wrote the file then, still runs."""
    parts = name.split("-")
    if len(parts) < 3 or not parts[1].isdigit():
        return False
    pid = int(parts[1])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return written >= _running_since(pid) - _CLOCK_SECONDS


def _running_since(pid: int) -> float:
    """When a process began, in seconds since 1970; 0 where that is unknown."""
    try:
        boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime "))
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        return int(boot.split()[1]) + int(ticks) / os.sysconf("SC_CLK_TCK")
    except (OSError, StopIteration, ValueError, IndexError):
        return _LOADED if pid == os.getpid() else 0.0

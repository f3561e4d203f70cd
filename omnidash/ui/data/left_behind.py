"""Dropped files whose session has ended are removed: a closed tab leaves no raw data on the disk.

Streamlit keeps a session that has lost its connection for two minutes, so that a browser can come back to it; as long
its files wait, too. An import that runs is not disturbed, and its file goes after it. What is left when the server ends
goes with it; what a killed server leaves is removed at the next start (``store/scratch.py``).
"""

import atexit
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from streamlit.runtime import Runtime, exists
from streamlit.runtime.scriptrunner import get_script_run_ctx

from omnidash.ui.data.uploads import Upload

GRACE_SECONDS = 120.0
_LOOK_EVERY_SECONDS = 15.0


@dataclass(slots=True)
class _Waiting:
    upload: Upload
    session: str
    seen: float  # monotonic seconds at which its session was there


_waiting: dict[str, _Waiting] = {}
_lock = threading.Lock()
_watcher: list[threading.Thread] = []


def watch(upload: Upload) -> None:
    """Remove the file once the session that dropped it is gone."""
    context = get_script_run_ctx(suppress_warning=True)
    with _lock:
        _waiting[upload.key] = _Waiting(upload, context.session_id if context else "", time.monotonic())
        if not _watcher and exists():
            _watcher.append(threading.Thread(target=_look_after, name="omnidash-left-behind", daemon=True))
            _watcher[0].start()


def remove_left(is_there: Callable[[str], bool], now: float) -> None:
    """Discard what no session waits for any more. ``is_there``: whether a session is connected; ``now``: monotonic
    seconds."""
    with _lock:
        for key, waiting in list(_waiting.items()):
            upload = waiting.upload
            if is_there(waiting.session) or (upload.importing is not None and upload.importing.is_running):
                waiting.seen = now
            elif now - waiting.seen >= GRACE_SECONDS:
                upload.discard()
                if not any(task.is_running for task in upload.tasks):  # else once more: it may write yet
                    del _waiting[key]


def _look_after() -> None:
    while exists():
        time.sleep(_LOOK_EVERY_SECONDS)
        if exists():
            remove_left(Runtime.instance().is_active_session, time.monotonic())


@atexit.register
def _remove_all() -> None:
    for waiting in list(_waiting.values()):
        waiting.upload.discard()

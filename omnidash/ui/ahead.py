"""The figures of the first screen are counted ahead of the look at it, in a thread beside the pages.

After a change of the workspace (an import, an undo, other settings) and on a fresh server that was first asked for
another page. Nobody waits for it, and nothing is told of it: where it does not come to its end, the first screen counts
what is missing.
"""

import sys
import threading

from omnidash.model.errors import OmniDashError
from omnidash.overview.fill import fill, has_many_events
from omnidash.store import Workspace
from omnidash.store.kept import Version
from omnidash.ui.prepare import wait_for_first_screen

_begun: dict[str, Version] = {}
_guard = threading.Lock()


def count_ahead(workspace: Workspace) -> threading.Thread | None:
    """Begin, unless that was done for this state of the workspace already or it holds few events. A thread that is at
    work for an older state stops by itself. The thread, where there is one."""
    folder, version = str(workspace.folder), workspace.version
    with _guard:
        if _begun.get(folder) == version:
            return None
        _begun[folder] = version
    if not has_many_events(workspace):
        return None
    thread = threading.Thread(target=_fill, args=(workspace,), name="ahead", daemon=True)
    thread.start()
    return thread


def _fill(workspace: Workspace) -> None:
    wait_for_first_screen()
    try:
        fill(workspace, is_wanted=_server_runs)
    except (OmniDashError, OSError):  # deleted or damaged meanwhile: whoever looks at it is told
        return
    except RuntimeError:  # threads cannot be started any more once the server is being stopped
        if _server_runs():
            raise


def _server_runs() -> bool:
    return not sys.is_finalizing() and threading.main_thread().is_alive()

"""An import that is killed in the middle leaves the workspace as it was, and the next start clears away its scratch."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from omnidash.ingest.run import import_file
from omnidash.model.errors import Cancelled
from omnidash.store import Workspace
from tests.unit.ingest_files import EVENTS, ORDERS, SPEND, imported, says, write

# The import stops where it is told to and waits to be killed: while it reads, checks, writes or recognises persons.
STOPPING = """
import sys, time
from omnidash.ingest.run import import_file
from omnidash.store import Workspace

def progress(fraction, message):
    if fraction >= float(sys.argv[3]):
        print("here", flush=True)
        time.sleep(600)

import_file(Workspace.open(sys.argv[1]), sys.argv[2], progress=progress)
"""


def killed_at(fraction: float, workspace: Workspace, path: Path) -> None:
    """Import in a process of its own and kill it (SIGKILL) when it has come that far."""
    workspace.close()
    words = [sys.executable, "-c", STOPPING, str(workspace.folder), str(path), str(fraction)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"here\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.7, 0.9])
def test_a_killed_import_leaves_nothing_behind(workspace: Workspace, tmp_path: Path, fraction: float) -> None:
    imported(workspace, tmp_path, EVENTS, "events.csv")
    imported(workspace, tmp_path, ORDERS, "orders.csv")
    before = says(workspace)
    path = write(tmp_path, ORDERS.replace("200.00", "210.00"), "again.csv", encoding="utf-16")  # spooled while read
    killed_at(fraction, workspace, path)
    again = Workspace.open(workspace.folder)
    assert says(again) == before
    assert again.rows("select count(*) from batch") == [(2,)]
    assert list((workspace.folder / "tmp").iterdir()) == []
    done = import_file(again, path)
    assert (done.batch_id, done.restated) == (3, 1)


def test_what_a_crash_leaves_is_for_its_owner_alone(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, EVENTS, encoding="utf-16")
    killed_at(0.5, workspace, path)
    left = list((workspace.folder / "tmp").rglob("*"))
    assert left  # the crash has left its scratch; else this test shows nothing
    assert (workspace.folder / "tmp").stat().st_mode & 0o077 == 0
    for file in left:
        assert file.stat().st_mode & 0o077 == 0 or file.parent.stat().st_mode & 0o077 == 0
    assert os.access(workspace.folder / "omnidash.duckdb", os.R_OK)


@pytest.mark.parametrize("failing", ["omnidash.ingest.commit.write", "omnidash.identity.resolve.partition"])
def test_an_import_that_fails_while_persons_are_found_out_leaves_nothing_behind(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """Rows are written in the one thread and persons found out in another: either may fail."""
    imported(workspace, tmp_path, EVENTS, "events.csv")
    before, version = says(workspace), workspace.version
    path = write(tmp_path, ORDERS, "orders.csv")

    def fail(*_: object, **__: object) -> None:
        raise MemoryError("nothing is left")

    with monkeypatch.context() as patched:
        patched.setattr(failing, fail)
        with pytest.raises(MemoryError, match="nothing is left"):
            import_file(workspace, path)
    assert (says(workspace), workspace.version) == (before, version)
    assert import_file(workspace, path).batch_id == 2


@pytest.mark.parametrize("fraction", [0.0, 0.5, 0.7])
def test_a_cancelled_import_leaves_nothing_behind(workspace: Workspace, tmp_path: Path, fraction: float) -> None:
    imported(workspace, tmp_path, SPEND)
    before, version = says(workspace), workspace.version
    reached: list[float] = []
    path = write(tmp_path, SPEND.replace("100.50", "1"), "again.csv")
    with pytest.raises(Cancelled):
        import_file(
            workspace,
            path,
            progress=lambda done, _: reached.append(done),
            cancelled=lambda: bool(reached) and reached[-1] >= fraction,
        )
    assert reached[-1] >= fraction
    assert (says(workspace), workspace.version) == (before, version)
    assert list((workspace.folder / "tmp").iterdir()) == []

"""No raw data stays on the disk: uploads of ended sessions go, and so does what a process of a reused pid has left."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from omnidash.model.messages import Message
from omnidash.store.scratch import fresh_path, sweep
from omnidash.ui.data import left_behind
from omnidash.ui.data.left_behind import GRACE_SECONDS, remove_left, watch
from omnidash.ui.data.task import Task
from omnidash.ui.data.uploads import Upload


@pytest.fixture(autouse=True)
def nothing_else_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_behind, "_waiting", {})


def dropped(folder: Path) -> Upload:
    path = folder / "upload.csv"
    path.write_text("phone\n13977314466\n")
    upload = Upload(name="file.csv", path=path)
    watch(upload)
    return upload


def test_the_file_of_a_session_that_has_ended_is_removed_after_the_grace(tmp_path: Path) -> None:
    upload, start = dropped(tmp_path), time.monotonic()
    remove_left(lambda _: True, start + 1000)
    assert upload.path.exists()  # somebody still looks at it
    remove_left(lambda _: False, start + 1000 + GRACE_SECONDS - 1)
    assert upload.path.exists()  # the browser may come back
    remove_left(lambda _: False, start + 1000 + GRACE_SECONDS)
    assert not upload.path.exists() and left_behind._waiting == {}


def test_an_import_that_runs_keeps_its_file_until_it_ends(tmp_path: Path) -> None:
    upload, start = dropped(tmp_path), time.monotonic()
    upload.importing = Task(_until_cancelled, opening=Message("x"))
    remove_left(lambda _: False, start + 10 * GRACE_SECONDS)
    assert upload.path.exists()
    upload.importing.cancel()
    assert upload.importing.wait(5)
    remove_left(lambda _: False, start + 20 * GRACE_SECONDS)
    assert not upload.path.exists()


def _until_cancelled(task: Task[None]) -> None:
    while not task.is_cancelled():
        time.sleep(0.01)


def test_what_waits_goes_when_the_server_ends(tmp_path: Path) -> None:
    path = tmp_path / "upload.csv"
    path.write_text("13977314466")
    program = (
        "from pathlib import Path; from omnidash.ui.data.left_behind import watch;"
        f" from omnidash.ui.data.uploads import Upload; watch(Upload(name='x', path=Path({str(path)!r})))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    assert not path.exists()


def test_a_pid_that_came_again_keeps_nothing(tmp_path: Path) -> None:
    ours, before = fresh_path(tmp_path, "upload", ".csv"), fresh_path(tmp_path, "upload", ".csv")
    for path in (ours, before):
        path.write_text("13977314466")
    os.utime(before, (time.time() - 6 * 3600,) * 2)  # before this process began, by another of the same pid
    sweep(tmp_path, max_age_hours=12)
    assert ours.exists() and not before.exists()

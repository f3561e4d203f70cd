"""The sample stands complete or not at all, also while it is built anew and whoever else builds it."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from sample_data import build
from sample_data.build import READY, build_workspace

PATIENCE_SECONDS = 30


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    return written(tmp_path / "exports", "2026-05-18,email_sms,welcome,147.02,CNY")


def written(folder: Path, *rows: str) -> Path:
    folder.mkdir()
    (folder / "costs.csv").write_text("\n".join(("date,channel,campaign,cost,currency", *rows, "")), encoding="utf-8")
    return folder


def spend_rows(folder: Path) -> int:
    return Workspace.open(folder).rows("select count(*) from spend")[0][0]


def beside(folder: Path) -> list[str]:
    """What stands beside the sample, but for the lock file."""
    return sorted(p.name for p in folder.parent.iterdir() if not p.name.startswith("."))


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return tmp_path / "home" / "sample"


def test_a_built_sample_is_complete_and_alone(sample, exports):
    results = build_workspace(sample, exports=exports)
    assert [result.added for result in results] == [1]
    assert (sample / READY).exists()
    assert Workspace.open(sample).settings.is_sample
    assert beside(sample) == ["sample"]


def test_built_anew_it_holds_the_new_files_and_another_version(sample, exports, tmp_path):
    build_workspace(sample, exports=exports)
    looking = Workspace.open(sample)
    before = looking.version
    other = written(tmp_path / "other", "2026-05-18,email_sms,a,1,CNY", "2026-05-18,email_sms,b,1,CNY")
    build_workspace(sample, exports=other)
    assert spend_rows(sample) == 2
    assert looking.version[1:] == before[1:]
    assert looking.version[0] != before[0]
    assert beside(sample) == ["sample"]


def test_there_is_a_sample_while_the_old_one_is_removed(sample, exports, monkeypatch):
    build_workspace(sample, exports=exports)
    stood: list[bool] = []
    really_remove = shutil.rmtree

    def look_and_remove(path: Path, **options: bool) -> None:
        if not Path(path).is_relative_to(sample):  # else it is about to go
            stood.append((sample / READY).exists())
        else:
            stood.append(Path(path) != sample)
        really_remove(path, **options)

    monkeypatch.setattr(build.shutil, "rmtree", look_and_remove)
    build_workspace(sample, exports=exports)
    assert stood
    assert all(stood)


def test_a_build_that_fails_leaves_the_sample_that_stood_there(sample, exports, tmp_path):
    build_workspace(sample, exports=exports)
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "nothing.csv").write_bytes(b"")
    with pytest.raises(BadInput):
        build_workspace(sample, exports=bad)
    assert spend_rows(sample) == 1
    assert beside(sample) == ["sample"]
    build_workspace(sample, exports=exports)  # the lock was let go


def test_a_move_that_fails_puts_the_old_sample_back(sample, exports, monkeypatch):
    build_workspace(sample, exports=exports)
    really_rename = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if self.name.endswith(".building"):
            raise OSError("no space")
        return really_rename(self, target)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "rename", rename)
        with pytest.raises(OSError, match="no space"):
            build_workspace(sample, exports=exports)
    assert spend_rows(sample) == 1
    assert beside(sample) == ["sample"]


def test_what_killed_builders_left_is_removed_and_nothing_else(sample, exports):
    sample.parent.mkdir()
    kept = ("sample.01234567.part", "sample.before-restore-20260101-000000", "sample2.01234567.building")
    for name in ("sample.01234567.building", "sample.89abcdef.replaced", *kept):
        (sample.parent / name).mkdir()
    build_workspace(sample, exports=exports)
    assert beside(sample) == sorted(("sample", *kept))


class SlowBuild:
    """A build in a thread that stands still in its first file until ``go``."""

    def __init__(self, sample: Path, exports: Path) -> None:
        self.in_the_middle, self.go = threading.Event(), threading.Event()
        self.thread = threading.Thread(
            target=build_workspace, args=(sample,), kwargs={"exports": exports, "progress": self._wait}, daemon=True
        )
        self.thread.start()
        assert self.in_the_middle.wait(PATIENCE_SECONDS)

    def _wait(self, *_: object) -> None:
        self.in_the_middle.set()
        self.go.wait(PATIENCE_SECONDS)

    def finish(self) -> None:
        self.go.set()
        self.thread.join(PATIENCE_SECONDS)
        assert not self.thread.is_alive()


def waiting_for_the_lock(work: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> threading.Thread:
    """A second builder, once it has found the lock taken."""
    waits = threading.Event()
    really_lock = build.fcntl.flock

    def lock(file: object, how: int) -> None:
        if how == build.fcntl.LOCK_EX:
            waits.set()
        really_lock(file, how)

    monkeypatch.setattr(build.fcntl, "flock", lock)
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert waits.wait(PATIENCE_SECONDS)
    return thread


def test_a_second_builder_waits_and_finds_the_sample_ready(sample, exports, monkeypatch):
    first = SlowBuild(sample, exports)
    results: list[list] = []
    second = waiting_for_the_lock(lambda: results.append(build_workspace(sample, exports=exports)), monkeypatch)
    assert not results
    first.finish()
    second.join(PATIENCE_SECONDS)
    assert results == [[]]
    assert spend_rows(sample) == 1
    assert beside(sample) == ["sample"]


def test_a_second_builder_of_other_files_builds_them_afterwards(sample, exports, tmp_path, monkeypatch):
    first = SlowBuild(sample, exports)
    other = written(tmp_path / "other", "2026-05-18,email_sms,a,1,CNY", "2026-05-18,email_sms,b,1,CNY")
    second = waiting_for_the_lock(lambda: build_workspace(sample, exports=other) and None, monkeypatch)
    first.finish()
    second.join(PATIENCE_SECONDS)
    assert spend_rows(sample) == 2
    assert beside(sample) == ["sample"]


def test_another_process_waits_as_well(sample, exports):
    first = SlowBuild(sample, exports)
    script = (
        "import sys; from pathlib import Path; from sample_data.build import build_workspace\n"
        "print('ready to build', flush=True)\n"
        "print(len(build_workspace(Path(sys.argv[1]), exports=Path(sys.argv[2]))))\n"
    )
    root = Path(build.__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", script, str(sample), str(exports)], cwd=root, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready to build\n"
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(timeout=1)
        first.finish()
        assert other.wait(timeout=PATIENCE_SECONDS) == 0
        assert other.stdout.read() == "0\n"
    assert spend_rows(sample) == 1
    assert beside(sample) == ["sample"]

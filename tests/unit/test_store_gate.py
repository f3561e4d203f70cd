"""Who may have the file open: nobody hangs on itself, an interrupt leaves nothing locked, a dead process loses nothing."""

import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import duckdb
import pytest

from omnidash.store import Workspace
from omnidash.store.backup import backup, restore
from omnidash.store.gate import Gate, gate
from omnidash.store.schema import MIGRATIONS, SCHEMA_VERSION
from omnidash.store.workspace import DATABASE
from tests.conftest import ROOT

RATE = "insert into rate values ('USD', date '2026-01-01', 7)"
PATIENCE_SECONDS = 20


def rates(workspace: Workspace) -> int:
    return workspace.rows("select count(*) from rate")[0][0]


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Daemons: where the code hangs, the test fails and the suite goes on."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def ends(thread: threading.Thread) -> bool:
    thread.join(timeout=PATIENCE_SECONDS)
    return not thread.is_alive()


def write_one_rate(workspace: Workspace) -> None:
    with workspace.writing("test") as cursor:
        cursor.execute(RATE)


def gate_of(workspace: Workspace) -> Gate:
    return gate(workspace.folder / DATABASE)


# ---- threads ----------------------------------------------------------------------------------------------------


def test_a_read_inside_a_read_passes_a_waiting_writer(workspace):
    outer_reads, writer_waits = threading.Event(), threading.Event()
    seen: list[int] = []

    def read_twice() -> None:
        with workspace.reading():
            outer_reads.set()
            writer_waits.wait(PATIENCE_SECONDS)
            seen.append(rates(workspace))

    reader = in_thread(read_twice)
    assert outer_reads.wait(PATIENCE_SECONDS)
    writer = in_thread(lambda: write_one_rate(workspace))
    while not gate_of(workspace)._switching:
        assert writer.is_alive()
    writer_waits.set()
    assert ends(reader)
    assert ends(writer)
    assert seen == [0]
    assert rates(workspace) == 1


def test_writing_while_one_reads_is_refused_instead_of_waiting_for_oneself(workspace):
    raised: list[BaseException] = []

    def write_inside_read() -> None:
        try:
            with workspace.reading(), workspace.writing("test"):
                pass
        except RuntimeError as error:
            raised.append(error)

    assert ends(in_thread(write_inside_read))
    assert len(raised) == 1
    assert ends(in_thread(lambda: write_one_rate(workspace)))
    assert rates(workspace) == 1


def test_an_interrupted_wait_for_readers_lets_readers_and_writers_in_again(workspace):
    reads, done = threading.Event(), threading.Event()

    def read_long() -> None:
        with workspace.reading():
            reads.set()
            done.wait(PATIENCE_SECONDS)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    reader = in_thread(read_long)
    assert reads.wait(PATIENCE_SECONDS)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt), workspace.writing("interrupted"):
            pass
    finally:
        signal.signal(signal.SIGALRM, before)
    seen: list[int] = []
    assert ends(in_thread(lambda: seen.append(rates(workspace))))
    assert seen == [0]
    done.set()
    assert ends(reader)
    assert ends(in_thread(lambda: write_one_rate(workspace)))
    assert rates(workspace) == 1


def test_a_connection_that_cannot_be_closed_does_not_lock_readers_out(workspace):
    class Stuck:
        def close(self) -> None:
            raise duckdb.IOException("disk full")

    assert not workspace.settings.fixed_at  # known from here on: writing need not ask the stuck connection for it
    workspace.close()
    gate_of(workspace)._connection = Stuck()  # type: ignore[assignment]
    with pytest.raises(duckdb.IOException), workspace.writing("test"):
        pass
    seen: list[int] = []
    assert ends(in_thread(lambda: seen.append(rates(workspace))))
    assert seen == [0]


def test_letting_go_does_not_wait_for_somebody_who_opens_the_file(workspace, monkeypatch):
    workspace.close()
    opens, may_open = threading.Event(), threading.Event()
    really_open = Gate._open

    def open_slowly(self: Gate, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        opens.set()
        may_open.wait(PATIENCE_SECONDS)
        return really_open(self, read_only=read_only)

    monkeypatch.setattr(Gate, "_open", open_slowly)
    seen: list[int] = []
    readers = [in_thread(lambda: seen.append(rates(workspace))) for _ in range(3)]
    assert opens.wait(PATIENCE_SECONDS)
    closer = in_thread(workspace.close)
    closer.join(timeout=PATIENCE_SECONDS / 4)
    was_free = not closer.is_alive()
    may_open.set()
    assert all(ends(reader) for reader in readers)
    assert was_free
    assert seen == [0, 0, 0]


def test_a_failed_opening_lets_the_next_one_try(workspace, monkeypatch):
    workspace.close()
    with monkeypatch.context() as broken:
        broken.setattr(Gate, "_open", lambda *_, **__: (_ for _ in ()).throw(OSError("once")))
        with pytest.raises(OSError, match="once"):
            rates(workspace)
        with pytest.raises(OSError, match="once"), workspace.writing("test"):
            pass
    seen: list[int] = []
    assert ends(in_thread(lambda: seen.append(rates(workspace))))
    assert seen == [0]


def test_a_replaced_file_is_seen_at_once(tmp_path):
    """Not the connection that lingers on the file which stood there before."""
    workspace = Workspace.create(tmp_path / "w")
    write_one_rate(workspace)
    other = Workspace.create(tmp_path / "other")
    other.close()
    assert rates(workspace) == 1
    workspace.folder.rename(tmp_path / "aside")
    other.folder.rename(workspace.folder)
    assert rates(workspace) == 0
    assert workspace.version == Workspace.open(workspace.folder).version


# ---- a process that dies between its commit and closing the file --------------------------------------------------


DIES_AFTER_COMMIT = f"""
import os, sys
from omnidash.store import Workspace
from omnidash.store.gate import Gate

Gate._close_writer = lambda _self: os._exit(0)
with Workspace.open(sys.argv[1]).writing("test") as cursor:
    cursor.execute({RATE!r})
"""


@pytest.fixture
def orphaned(workspace: Workspace) -> Workspace:
    """A workspace whose last commit is in the write-ahead log only."""
    workspace.close()
    command = [sys.executable, "-c", DIES_AFTER_COMMIT, str(workspace.folder)]
    assert subprocess.run(command, check=False, cwd=ROOT, timeout=60).returncode == 0
    assert (workspace.folder / f"{DATABASE}.wal").exists()
    return workspace


def test_a_backup_holds_what_a_dead_process_had_committed(orphaned, tmp_path):
    restored = restore(backup(orphaned, tmp_path / "w.zip").path, tmp_path / "restored").workspace
    assert rates(restored) == 1
    assert rates(orphaned) == 1


def test_a_backup_can_be_taken_while_others_read(orphaned, tmp_path):
    reads, done = threading.Event(), threading.Event()

    def read_long() -> None:
        with orphaned.reading():
            reads.set()
            done.wait(PATIENCE_SECONDS)

    reader = in_thread(read_long)
    assert reads.wait(PATIENCE_SECONDS)
    taker = in_thread(lambda: backup(orphaned, tmp_path / "w.zip"))
    done.set()
    assert ends(reader)
    assert ends(taker)
    assert rates(restore(tmp_path / "w.zip", tmp_path / "restored").workspace) == 1


def test_the_file_kept_before_a_migration_holds_it_too(orphaned, monkeypatch, tmp_path):
    newer = SCHEMA_VERSION + 1
    monkeypatch.setattr("omnidash.store.making.MIGRATIONS", (*MIGRATIONS, "create table remark (text varchar)"))
    for module in ("making", "workspace"):
        monkeypatch.setattr(f"omnidash.store.{module}.SCHEMA_VERSION", newer)
    Workspace.open(orphaned.folder)
    kept = tmp_path / "kept.duckdb"
    shutil.copy2(orphaned.folder / f"{DATABASE}.before-{newer}", kept)
    with duckdb.connect(str(kept), read_only=True) as connection:
        assert connection.sql("select count(*) from rate").fetchall() == [(1,)]


def test_the_version_rises_with_a_commit_that_is_only_in_the_log(workspace, monkeypatch):
    """The database file does not change before the checkpoint, the log beside it does."""
    assert workspace.data_version == 0
    seen: list[int] = []
    close_writer = Gate._close_writer

    def look_then_close(self: Gate) -> None:
        seen.append(workspace.data_version)
        close_writer(self)

    monkeypatch.setattr(Gate, "_close_writer", look_then_close)
    write_one_rate(workspace)
    assert seen == [1]


def test_rows_inserted_after_an_insert_of_none_are_seen(workspace: Workspace) -> None:
    with workspace.writing("test") as cursor:
        cursor.execute("create table source as select cast(range as ubigint) as key from range(300000)")
        cursor.execute("create table target (key ubigint)")
        cursor.execute("insert into target select key from source where key > 1000000")
        cursor.execute("insert into target select key from source")
        seen = cursor.execute("select count(*) from source where key in (select key from target)").fetchall()
    assert seen == [(300_000,)]
    assert workspace.rows("select max(key) from target") == [(299_999,)]

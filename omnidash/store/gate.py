"""Who may have the database file open, in this process and among processes.

DuckDB lets one process write or several processes read, never both. So nobody keeps the file open: readers share one
read-only connection that is closed soon after the last of them is done, and a writer opens it for its commit only.
Within one process, readers go on during a write on the writer's connection and see the last committed state (MVCC).

A second lock (``writer.lock``, advisory) lets one writer in at a time and tells the next one who is at work.
"""

import atexit
import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import duckdb

from omnidash.model.errors import WorkspaceProblem
from omnidash.model.messages import N_

_LINGER_SECONDS = 0.4  # a page runs many short queries; reopening costs ~25 ms
_PATIENCE_SECONDS = 30.0  # how long to wait for the readers (or the commit) of another process
_POLL_SECONDS = 0.02

_gates: dict[Path, "Gate"] = {}
_gates_lock = threading.Lock()


class Gate:
    """All access of this process to one database file. Get it with ``gate(path)``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state = threading.Condition()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._readers = 0
        self._switching = False
        self._writing = False
        self._last_use = 0.0
        self._closer: threading.Timer | None = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that sees the last committed state. Nesting and threads are fine."""
        with self._state:
            self._state.wait_for(lambda: not self._switching)
            if self._connection is None:
                self._connection = self._open(read_only=True)
            self._readers += 1
            cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()
            with self._state:
                self._readers -= 1
                self._last_use = time.monotonic()
                self._state.notify_all()
                if self._readers == 0 and not self._writing:
                    self._close_later()

    @contextlib.contextmanager
    def writing(self, purpose: str, *, attach: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor inside one transaction: committed at the end, rolled back on any exception."""
        with self._only_writer(purpose):
            writer = self._switch_to_writer()
            cursor = writer.cursor()
            try:
                if attach is not None:
                    cursor.execute(f"attach '{_quoted(attach)}' as staged (read_only)")
                cursor.execute("begin transaction")
                try:
                    yield cursor
                except BaseException:
                    cursor.execute("rollback")
                    raise
                cursor.execute("commit")
            finally:
                with contextlib.suppress(duckdb.Error):
                    if attach is not None:
                        cursor.execute("detach staged")
                cursor.close()
                self._close_writer()

    def _open(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                connection = duckdb.connect(str(self.path), read_only=read_only)
                connection.execute("set timezone = 'UTC'")
                return connection
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
                    raise _unreadable(self.path) from error
                if time.monotonic() > deadline:
                    raise WorkspaceProblem(
                        N_("{folder} is in use by another program; close it or try again in a moment"),
                        folder=str(self.path.parent),
                    ) from error
                time.sleep(_POLL_SECONDS)
            except duckdb.Error as error:
                raise _unreadable(self.path) from error

    def _switch_to_writer(self) -> duckdb.DuckDBPyConnection:
        with self._state:
            self._switching = True
            self._state.wait_for(lambda: self._readers == 0)
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            try:
                self._connection = self._open(read_only=False)
                self._writing = True
                return self._connection
            finally:
                self._switching = False
                self._state.notify_all()

    def _close_writer(self) -> None:
        with self._state:
            self._switching = True
            self._state.wait_for(lambda: self._readers == 0)
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            self._writing = False
            self._switching = False
            self._state.notify_all()

    def _close_later(self) -> None:
        """One sleeping timer at a time; it looks again if the connection was used while it slept."""
        if self._closer is None:
            self._closer = threading.Timer(_LINGER_SECONDS, self._close_if_idle)
            self._closer.daemon = True
            self._closer.start()

    def _close_if_idle(self) -> None:
        with self._state:
            self._closer = None
            if self._readers > 0 or self._writing or self._connection is None:
                return
            if time.monotonic() - self._last_use < _LINGER_SECONDS * 0.9:
                self._close_later()
                return
            self._connection.close()
            self._connection = None

    @contextlib.contextmanager
    def at_rest(self, purpose: str) -> Iterator[None]:
        """Keep writers out for a while; readers go on."""
        with self._only_writer(purpose):
            yield

    def close(self) -> None:
        """Close a connection nobody uses any more, without waiting."""
        with self._state:
            sleeping, self._closer = self._closer, None
            if self._readers == 0 and not self._writing and self._connection is not None:
                self._connection.close()
                self._connection = None
        if sleeping is not None:
            sleeping.cancel()
            if sleeping is not threading.current_thread():
                sleeping.join(timeout=1)

    @contextlib.contextmanager
    def _only_writer(self, purpose: str) -> Iterator[None]:
        lock_path = self.path.parent / "writer.lock"
        with lock_path.open("a+", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _busy(lock, self.path.parent) from None
            lock.truncate(0)
            lock.write(f"{os.getpid()}\t{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\t{purpose}")
            lock.flush()
            try:
                yield
            finally:
                lock.truncate(0)
                fcntl.flock(lock, fcntl.LOCK_UN)


def gate(path: Path) -> Gate:
    """The one Gate of this process for ``path``."""
    path = path.resolve()
    with _gates_lock:
        return _gates.setdefault(path, Gate(path))


@atexit.register
def _close_all() -> None:
    """A connection that lingers past the end of the interpreter would be reported as leaked."""
    for opened in _gates.values():
        opened.close()


def _busy(lock: IO[str], folder: Path) -> WorkspaceProblem:
    lock.seek(0)
    process, since, purpose = (*lock.read().split("\t"), "?", "?", "?")[:3]
    return WorkspaceProblem(
        N_("{folder} is being written by process {process} ({purpose}, since {since}); try again when it is done"),
        folder=str(folder),
        process=process,
        purpose=purpose,
        since=since,
    )


def _unreadable(path: Path) -> WorkspaceProblem:
    return WorkspaceProblem(
        N_("{file} cannot be opened as a workspace; restore a backup with: omnidash restore FILE"),
        file=str(path),
    )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

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
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import duckdb

from omnidash.model.errors import WorkspaceBusy, WorkspaceProblem
from omnidash.model.messages import N_

_LINGER_SECONDS = 0.4  # a page runs many short queries; reopening costs ~25 ms
_PATIENCE_SECONDS = 30.0  # how long to wait for the readers (or the commit) of another process
_POLL_SECONDS = 0.02
_HOSTED_NAME = "workspace"

_FileId = tuple[int, int]  # device and inode: stays while the file is open anywhere

_gates: dict[Path, "Gate"] = {}
_gates_lock = threading.Lock()


class Gate:
    """All access of this process to one database file. Get it with ``gate(path)``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state = threading.Condition()  # guards the fields below; never held while the file is opened
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._is_hosted = False  # the file is attached to a staging database's instance instead of opened on its own
        self._opened_file: _FileId | None = None
        self._readers = 0
        self._switching = False  # one thread exchanges the connection; new readers wait
        self._writing = False
        self._last_use = 0.0
        self._closer: threading.Timer | None = None
        self._this_thread = threading.local()

    @contextlib.contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that sees the last committed state. Nesting and threads are fine."""
        cursor = self._borrow()
        try:
            with _damage_told(self.path):
                yield cursor
        finally:
            cursor.close()
            with self._state:
                self._this_thread.depth -= 1
                self._readers -= 1
                self._last_use = time.monotonic()
                self._state.notify_all()
                if self._readers == 0 and not self._writing:
                    self._close_later()

    @contextlib.contextmanager
    def writing(
        self, purpose: str, *, host: duckdb.DuckDBPyConnection | None = None, wait_seconds: float = 0.0
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor inside one transaction: committed at the end, rolled back on any exception. Another writer is
        waited for as long as ``wait_seconds``. With ``host`` (a connection) the file is attached to its database
        instance, so that what stands in memory there can be written without a detour over a file."""
        with self.only_writer(purpose, wait_seconds), _damage_told(self.path), self._as_writer(host) as cursor:
            cursor.execute("begin transaction")
            try:
                yield cursor
            except BaseException:
                with contextlib.suppress(duckdb.Error):  # DuckDB gave the database up: nothing of it is written then
                    cursor.execute("rollback")
                raise
            cursor.execute("commit")

    @contextlib.contextmanager
    def at_rest(self, purpose: str) -> Iterator[None]:
        """Keep writers out for a while, with every commit in the database file itself; readers go on."""
        with self.only_writer(purpose):
            if wal_of(self.path).exists():  # a process died after its commit and before it closed the file
                with self._alone(), _damage_told(self.path):
                    self._drop_connection()
                    with contextlib.closing(self._open(read_only=False)) as connection:
                        connection.execute("checkpoint")
            yield

    @contextlib.contextmanager
    def only_writer(self, purpose: str, wait_seconds: float = 0.0) -> Iterator[None]:
        """Keep other writers out while this lasts; the file is not opened. Raises WorkspaceBusy where one is at work
        for longer than ``wait_seconds``."""
        with open(self.path.parent / "writer.lock", "a+", encoding="utf-8", opener=_privately) as lock:
            deadline = time.monotonic() + wait_seconds
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        raise _busy(lock, self.path.parent) from None
                    time.sleep(_POLL_SECONDS)
            lock.truncate(0)
            lock.write(f"{os.getpid()}\t{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\t{purpose}")
            lock.flush()
            try:
                yield
            finally:
                lock.truncate(0)
                fcntl.flock(lock, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close a connection nobody uses any more, without waiting."""
        with self._state:
            sleeping, self._closer = self._closer, None
            if self._readers == 0 and not self._writing:
                self._drop_connection()
        if sleeping is not None:
            sleeping.cancel()
            if sleeping is not threading.current_thread():
                sleeping.join(timeout=1)

    # ---- the connection: lent to readers, exchanged by whoever is alone ------------------------------------------

    def _borrow(self) -> duckdb.DuckDBPyConnection:
        """A new cursor, counted as one reader of this thread; opens the file if nobody has it open."""
        depth = self._depth()
        if depth == 0 and self._is_replaced():
            with self._alone():
                if self._is_replaced():
                    self._drop_connection()
        announced = False
        try:
            with self._state:
                if depth == 0:  # who reads already must pass: the one who switches may be waiting for this thread
                    self._state.wait_for(lambda: not self._switching)
                if self._connection is not None:
                    return self._lend(self._connection)
                announced = self._switching = True
            connection = self._open(read_only=True)
            with self._state:
                self._connection = connection
                return self._lend(connection)
        finally:
            if announced:
                self._end_switching()

    def _lend(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        cursor = self._cursor_of(connection)
        self._readers += 1
        self._this_thread.depth = self._depth() + 1
        return cursor

    def _cursor_of(self, connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        cursor = connection.cursor()
        if self._is_hosted:
            cursor.execute(f"use {_HOSTED_NAME}")
        return cursor

    def _depth(self) -> int:
        """How many readers this thread has open, one inside the other."""
        return int(getattr(self._this_thread, "depth", 0))

    @contextlib.contextmanager
    def _as_writer(self, host: duckdb.DuckDBPyConnection | None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor on the file opened for writing. Only for who holds the writer lock."""
        try:
            with self._alone():
                self._drop_connection()
                self._connection = self._open(read_only=False) if host is None else self._open_in(host)
                self._is_hosted = host is not None
                self._writing = True
                cursor = self._cursor_of(self._connection)
                # DuckDB 2.0.0, where it keeps the order of inserts: a table into which one transaction inserts no row
                # and then more than a row group (122,880) looks empty to joins and filters until it is opened again
                cursor.execute("set preserve_insertion_order = false")
            try:
                yield cursor
            finally:
                cursor.close()
        finally:
            if self._writing:
                self._close_writer()

    def _close_writer(self) -> None:
        try:
            with self._alone():
                self._drop_connection()
        finally:
            with self._state:
                self._writing = False
                if self._connection is not None:  # interrupted while it waited for the readers
                    self._close_later()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody reads, opens or closes in here: new readers wait outside, those at work are waited for."""
        if self._depth() > 0:
            raise RuntimeError("a thread cannot write while it reads: it would wait for itself")
        announced = False
        try:
            with self._state:
                self._state.wait_for(lambda: not self._switching)
                announced = self._switching = True
                self._state.wait_for(lambda: self._readers == 0)
            yield
        finally:
            if announced:
                self._end_switching()

    def _end_switching(self) -> None:
        with self._state:
            self._switching = False
            self._state.notify_all()

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        is_hosted, self._is_hosted = self._is_hosted, False
        if connection is not None:
            try:
                if is_hosted:
                    connection.execute(f"detach {_HOSTED_NAME}")  # the host lives on, and would keep the file
            finally:
                connection.close()

    def _is_replaced(self) -> bool:
        """Whether another file (restored, built anew) now stands where the open one stood."""
        if self._connection is None or self._writing:
            return False
        stands = _file_id(self.path)
        return stands is not None and stands != self._opened_file

    def _open(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        return self._patiently(lambda: duckdb.connect(str(self.path), read_only=read_only))

    def _open_in(self, host: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        """The file attached for writing to the database instance of ``host``."""

        def attached() -> duckdb.DuckDBPyConnection:
            connection = host.cursor()  # of our own: it lives until the last reader is done, whatever the host does
            connection.execute(f"attach '{quoted(self.path)}' as {_HOSTED_NAME}")
            return connection

        return self._patiently(attached)

    def _patiently(self, opened: Callable[[], duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
        """Open the file as soon as no other process has it locked."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                self._opened_file = _file_id(self.path)
                connection = opened()
                connection.execute("set timezone = 'UTC'")
                return connection
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
                    raise unreadable(self.path) from error
                if time.monotonic() > deadline:
                    raise WorkspaceBusy(
                        N_("{folder} is in use by another program; close it or try again in a moment"),
                        folder=str(self.path.parent),
                    ) from error
                time.sleep(_POLL_SECONDS)
            except duckdb.Error as error:
                raise unreadable(self.path) from error

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
            self._drop_connection()


def gate(path: Path) -> Gate:
    """The one Gate of this process for ``path``."""
    path = path.resolve()
    with _gates_lock:
        return _gates.setdefault(path, Gate(path))


def wal_of(path: Path) -> Path:
    """DuckDB's write-ahead log beside a database file: commits that are not in the file yet."""
    return path.with_name(f"{path.name}.wal")


def _file_id(path: Path) -> _FileId | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return (status.st_dev, status.st_ino)


@atexit.register
def _close_all() -> None:
    """A connection that lingers past the end of the interpreter would be reported as leaked."""
    for opened in _gates.values():
        opened.close()


def _privately(path: str, flags: int) -> int:
    """Open a file that only its owner may read, one that an earlier version left to others as well."""
    descriptor = os.open(path, flags, 0o600)
    with contextlib.suppress(PermissionError):  # another user's
        os.fchmod(descriptor, 0o600)
    return descriptor


def _busy(lock: IO[str], folder: Path) -> WorkspaceBusy:
    lock.seek(0)
    process, since, purpose = (*lock.read().split("\t"), "?", "?", "?")[:3]
    return WorkspaceBusy(
        N_("{folder} is being written by process {process} ({purpose}, since {since}); try again when it is done"),
        folder=str(folder),
        process=process,
        purpose=purpose,
        since=since,
    )


# What DuckDB says where it meets a block that is not as it was written; the class of the error differs.
_SAYS_DAMAGE = ("corrupt database", "stored checksum", "read enough bytes", "failed to deserialize", "load metadata")


@contextlib.contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    """A file may be opened and only then turn out to be damaged, where a block is read for the first time: then that
    is said, with what helps."""
    try:
        yield
    except duckdb.Error as error:
        said = str(error).lower()
        if isinstance(error, duckdb.SerializationException) or any(word in said for word in _SAYS_DAMAGE):
            raise damaged(path) from error
        raise


def damaged(path: Path) -> WorkspaceProblem:
    """What to say of a workspace of which some blocks cannot be read."""
    return WorkspaceProblem(
        N_(
            "{file} is damaged: a part of it cannot be read any more. Restore a backup with: omnidash restore FILE;"
            " without one, make a new workspace and import the exports again"
        ),
        file=str(path),
    )


def unreadable(path: Path) -> WorkspaceProblem:
    """What to say of a file that is no whole workspace, or whose log of the last commits is damaged."""
    if wal_of(path).exists():
        return WorkspaceProblem(
            N_(
                "{file} cannot be opened as a workspace: it or its log {log} is damaged. Restore a backup with:"
                " omnidash restore FILE; or move the log elsewhere to look at what was there before the last changes"
            ),
            file=str(path),
            log=wal_of(path).name,
        )
    return WorkspaceProblem(
        N_("{file} cannot be opened as a workspace; restore a backup with: omnidash restore FILE"),
        file=str(path),
    )


def quoted(path: Path) -> str:
    """A path inside a quoted SQL literal (``attach`` takes no bound value)."""
    return str(path).replace("'", "''")

"""One business's data: a folder with a DuckDB file, a secret key, caches and scratch space.

    <folder>/omnidash.duckdb   all data, settings, decisions (tables: schema.py)
    <folder>/secret.key        32 random bytes, mode 0600: keys the identifier hashes
    <folder>/cache/            journey tables; can be deleted at any time
    <folder>/tmp/              uploads and staging while an import runs, mode 0700; emptied afterwards

Readers are never blocked for longer than a commit and one writer is let in at a time (gate.py).
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from omnidash.model.errors import BadInput, WorkspaceProblem
from omnidash.model.messages import N_
from omnidash.store import scratch
from omnidash.store.gate import Gate, gate, unreadable, wal_of
from omnidash.store.location import own_workspace
from omnidash.store.making import fresh_id, keep_private, make_private, migrate, read_key, seed, write_key
from omnidash.store.schema import SCHEMA_VERSION
from omnidash.store.settings import Settings
from omnidash.store.staging import Staging

DATABASE = "omnidash.duckdb"
KEY = "secret.key"
_MONEY = """
    (select 1 from spend where cost_base is not null limit 1)
    union all (select 1 from event where revenue_base is not null limit 1)
"""
_NEXT_VERSION = """
    insert into setting values ($name, to_json(1))
    on conflict (name) do update set value = to_json(cast(setting.value as bigint) + 1)
"""
_STAGING_MEMORY = "1400MB"  # of DuckDB; an import takes some 400 MB more

_Stamp = tuple[tuple[int, int, int] | None, ...]  # inode, mtime and size of the database file and of its log


class Workspace:
    """Open with ``Workspace.open(folder)``, make with ``Workspace.create(folder)``. Cheap to hold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._gate = gate(folder / DATABASE)
        self._known: tuple[_Stamp, dict[str, Any]] | None = None
        self._made: tuple[dict[str, Any], Settings] | None = None

    # ---- making and opening -------------------------------------------------------------------------------------

    @classmethod
    def create(cls, folder: Path | str, **settings: Any) -> "Workspace":
        """A new workspace in ``folder`` with default channels and stages. ``settings``: fields of ``Settings``.

        It is made aside and moved in when it is whole, so that one whose making was broken off leaves at most a key,
        which the next one takes. Raises WorkspaceProblem where the folder already holds one.
        """
        folder = Path(folder)
        if folder.exists() and not folder.is_dir():
            raise WorkspaceProblem(N_("{folder} is a file; name a folder for the workspace"), folder=str(folder))
        Settings(**settings)  # refuse before anything is written
        if (folder / DATABASE).exists():
            raise WorkspaceProblem(N_("{folder} already holds a workspace"), folder=str(folder))
        make_private(folder)
        workspace = cls(folder)
        workspace._prepare_folder()
        with workspace._gate.only_writer("create"):
            workspace._make(settings)
        return workspace

    @classmethod
    def open(cls, folder: Path | str) -> "Workspace":
        """The workspace in ``folder``, brought to this version's schema. Raises WorkspaceProblem if there is none."""
        folder = Path(folder)
        if not (folder / DATABASE).exists():
            raise WorkspaceProblem(
                N_("{folder} holds no workspace; make one with: {command}, or import a file"),
                folder=str(folder),
                command="omnidash demo" if folder == own_workspace() else f"omnidash --workspace {folder} demo",
            )
        workspace = cls(folder)
        workspace._prepare_folder()
        workspace._complete()
        version = workspace._schema_version()
        if version > SCHEMA_VERSION:
            raise WorkspaceProblem(
                N_("{folder} was written by a newer OmniDash (schema {version}); update the program to open it"),
                folder=str(folder),
                version=version,
            )
        if version < SCHEMA_VERSION:
            workspace._bring_up_to_date()
        return workspace

    @classmethod
    def exists(cls, folder: Path | str) -> bool:
        """Whether ``folder`` holds a workspace."""
        return (Path(folder) / DATABASE).exists()

    # ---- reading ------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor on the last committed state."""
        with self._gate.reading() as cursor:
            yield cursor

    def frame(self, sql: str, params: Mapping[str, Any] | None = None) -> pl.DataFrame:
        """The result of a query as a Polars frame; ``$name`` places are filled from ``params``."""
        with self._gate.reading() as cursor:
            return cursor.sql(sql, params=dict(params or {})).pl()

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """The result of a query as a list of tuples."""
        with self._gate.reading() as cursor:  # not ``sql``: a relation parses and plans its statement twice
            return cursor.execute(sql, dict(params or {})).fetchall()

    @property
    def settings(self) -> Settings:
        """The settings as of the last commit."""
        values = self._values()
        made = self._made
        if made is None or made[0] is not values:  # a page asks some hundred times
            made = self._made = (values, Settings.from_rows(values))
        return made[1]

    @property
    def workspace_id(self) -> str:
        """32 hex digits no other workspace has; new with every ``create`` and ``restore``."""
        return self._id_in(self._values())

    @property
    def version(self) -> tuple[str, int, int]:
        """(workspace id, data version, settings version) of one commit: what results are cached by."""
        return self._version_of(self._values())

    def version_in(self, cursor: duckdb.DuckDBPyConnection) -> tuple[str, int, int]:
        """``version`` as a transaction sees it: what was worked out before it began may be of an older one."""
        return self._version_of(_values_in(cursor.execute("select name, value from setting").fetchall()))

    @property
    def data_version(self) -> int:
        """Rises with every change of the data."""
        return int(self._values()["data_version"])

    @property
    def settings_version(self) -> int:
        """Rises with every change of settings, channels, stages or rules."""
        return int(self._values()["settings_version"])

    @property
    def cases_version(self) -> int:
        """Rises with everything that is noted on an alert; of workspaces older than it 0 until then."""
        return int(self._values().get("cases_version", 0))

    @property
    def key(self) -> bytes:
        """The 32 bytes that key the identifier hashes. Raises WorkspaceProblem where they are missing or damaged."""
        return read_key(self.folder / KEY)

    # ---- writing ------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def writing(
        self, purpose: str, *, staging: Staging | None = None, changes: str = "data", wait_seconds: float = 0.0
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """One exclusive transaction. ``changes``: 'data', 'settings' or 'cases', which version rises, or 'nothing'
        where no result depends on what is written. The tables of ``staging`` are at hand as schema ``staged``. A second
        writer gets WorkspaceProblem after ``wait_seconds``."""
        if self.settings.fixed_at:
            raise WorkspaceProblem(N_("this is the data as it was when a link was made; it cannot be changed"))
        host = staging.connection if staging else None
        with self._gate.writing(purpose, host=host, wait_seconds=wait_seconds) as cursor:
            yield cursor
            if changes != "nothing":
                cursor.execute(_NEXT_VERSION, {"name": f"{changes}_version"})

    @contextlib.contextmanager
    def staging(self) -> Iterator[Staging]:
        """A scratch database of its own, gone at the end whatever happens."""
        folder = self.scratch_path("stage", "")
        folder.mkdir(mode=0o700)
        connection = duckdb.connect(":memory:")
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"set memory_limit = '{_STAGING_MEMORY}'")
        # what is freed is wanted again at once: given back to the system, each page of it would be cleared anew
        connection.execute(f"set allocator_flush_threshold = '{_STAGING_MEMORY}'")
        # a file is read once; kept for a second time it would only be copied
        connection.execute("set enable_external_file_cache = false")
        connection.execute("set temp_directory = $folder", {"folder": str(folder)})
        connection.execute("attach ':memory:' as staged")
        staging = Staging(connection, connection.cursor(), folder)
        staging.cursor.execute("use staged")
        try:
            yield staging
        except (duckdb.DataError, duckdb.InvalidInputException) as error:
            # DuckDB quotes the cell that it could not compute with, and errors are printed and logged: not a word of it
            raise BadInput(
                N_("a value of the file cannot be computed with ({problem}); nothing has changed"),
                problem=type(error).__name__.removesuffix("Exception"),
            ) from None
        finally:
            staging.close()
            shutil.rmtree(folder, ignore_errors=True)

    @contextlib.contextmanager
    def at_rest(self, purpose: str) -> Iterator[None]:
        """Nobody writes while this lasts, so the database file alone is the last committed state. Raises
        WorkspaceProblem where somebody is writing."""
        with self._gate.at_rest(purpose):
            yield

    def scratch_path(self, purpose: str, suffix: str) -> Path:
        """A fresh name in the private scratch folder; carries our pid so that leftovers of a crash are recognised."""
        return scratch.fresh_path(self.folder / "tmp", purpose, suffix)

    def sweep(self, *, max_age_hours: float = 12) -> None:
        """Remove scratch files nobody needs: those of processes that have ended, and uploads left lying."""
        scratch.sweep(self.folder / "tmp", max_age_hours=max_age_hours)

    def renew_id(self) -> None:
        """Give the workspace a new id: from here on it holds other data than the one it was copied from."""
        with self._gate.writing("restore") as cursor:
            cursor.execute("insert or replace into setting values ('workspace_id', $id)", {"id": fresh_id()})

    def fix(self, at: datetime) -> None:
        """Let nobody write here from now on. ``at``: naive UTC, what the workspace is said to be as of."""
        with self._gate.writing("snapshot") as cursor:
            cursor.execute(
                "insert or replace into setting values ('fixed_at', $at)", {"at": json.dumps(at.isoformat())}
            )

    def change_settings(self, **changed: Any) -> None:
        """Set some settings. Raises BadInput on values that cannot be, and then changes nothing."""
        now = self.settings
        replace(now, **changed)
        with self.writing("settings", changes="settings") as cursor:
            if changed.get("currency", now.currency) != now.currency and cursor.execute(_MONEY).fetchall():
                raise BadInput(
                    N_("amounts were converted to {currency} when they were imported; use a new workspace for {other}"),
                    currency=now.currency,
                    other=changed["currency"],
                )
            for name, value in changed.items():
                cursor.execute(
                    "insert or replace into setting values ($name, $value)",
                    {"name": name, "value": json.dumps(value)},
                )

    def close(self) -> None:
        """Let go of the file at once instead of a moment later; the workspace can still be used."""
        self._gate.close()

    # ---- inside -------------------------------------------------------------------------------------------------

    def _values(self) -> dict[str, Any]:
        """Table ``setting``, read again only when the files have changed (two stats instead of a query)."""
        database = self.folder / DATABASE
        stamp = (_stamp(database), _stamp(wal_of(database)))
        known = self._known
        if known is None or known[0] != stamp:
            values = _values_in(self.rows("select name, value from setting"))
            known = self._known = (stamp, values)  # both at once: threads must not mix each other's halves
        return known[1]

    @property
    def key_begun_at(self) -> datetime | None:
        """When a new key took the place of a lost one (UTC, naive); None where the first one is in use."""
        begun = self._values().get("key_begun_at")
        return datetime.fromisoformat(begun) if begun else None

    @property
    def event_key(self) -> int:
        """In which form events are known by what they say; a workspace keeps the one it was made with."""
        return int(self._values().get("event_key", 1))

    def _schema_version(self) -> int:
        return int(self._values().get("schema_version", 0))

    def _bring_up_to_date(self) -> None:
        database = self.folder / DATABASE
        with self.at_rest("migrate"):
            if self._schema_version() < SCHEMA_VERSION:  # else another process was quicker
                shutil.copy2(database, database.with_name(f"{DATABASE}.before-{SCHEMA_VERSION}"))
        with self._gate.writing("migrate") as cursor:
            version = self._schema_version()
            if version < SCHEMA_VERSION:
                migrate(cursor, from_version=version)

    def _version_of(self, values: Mapping[str, Any]) -> tuple[str, int, int]:
        return (self._id_in(values), int(values["data_version"]), int(values["settings_version"]))

    def _id_in(self, values: Mapping[str, Any]) -> str:
        """The id; for a workspace older than ids one made of its key, which every workspace has to itself."""
        if "workspace_id" in values:
            return str(values["workspace_id"])
        try:
            origin = self.key
        except WorkspaceProblem:
            origin = os.fsencode(self.folder.resolve())
        return hashlib.sha256(b"workspace_id:" + origin).hexdigest()[:32]

    def _make(self, settings: Mapping[str, Any]) -> None:
        """Key and database. Only for who holds the writer lock."""
        database = self.folder / DATABASE
        if database.exists():  # another process was quicker
            raise WorkspaceProblem(N_("{folder} already holds a workspace"), folder=str(self.folder))
        aside = self.scratch_path("create", "")
        aside.mkdir(mode=0o700)
        try:
            with Gate(aside / DATABASE).writing("create") as cursor:
                migrate(cursor, from_version=0)
                seed(cursor, settings)
            (aside / DATABASE).chmod(0o600)
            self._keep_key(aside)
            (aside / DATABASE).rename(database)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def _keep_key(self, aside: Path) -> None:
        """See to it that there is a key; one that is there stays, for a backup without a key may belong to it."""
        key = self.folder / KEY
        if key.exists() and key.stat().st_size:
            return
        write_key(aside / KEY)
        (aside / KEY).replace(key)

    def _complete(self) -> None:
        """Finish a database without any table, which an earlier version left where its first import was broken off.
        Raises WorkspaceProblem where some tables are there and what they begin with is not: that is none of ours."""
        with contextlib.suppress(duckdb.CatalogException):
            if self._schema_version() > 0:
                return
        database = self.folder / DATABASE
        if self.rows("select 1 from duckdb_tables() where database_name = current_database()"):
            raise unreadable(database)
        with self._gate.writing("create") as cursor:
            if cursor.execute("select 1 from duckdb_tables() where database_name = current_database()").fetchall():
                return  # another process was quicker
            self._keep_key(self.folder / "tmp")
            migrate(cursor, from_version=0)
            seed(cursor, {})
        database.chmod(0o600)

    def _prepare_folder(self) -> None:
        for name in ("cache", "tmp"):
            (self.folder / name).mkdir(exist_ok=True, mode=0o700)
        keep_private(self.folder / KEY)
        self.sweep()


def _values_in(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """What table ``setting`` says, out of its JSON."""
    return {name: json.loads(value) for name, value in rows}


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return (status.st_ino, status.st_mtime_ns, status.st_size)

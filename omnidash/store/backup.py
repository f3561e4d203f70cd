"""Safety: a workspace as one file, back again, and a look at whether it is whole.

A backup is a zip with the database, its checksum and, only when asked for, the secret key. Restored over a workspace of
the same key it keeps that key; elsewhere it can be read without, but new imports no longer match known persons. It is
taken while no writer is at work, so the
database file is one committed state.
"""

import glob
import hashlib
import hmac
import json
import os
import shutil
import uuid
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from omnidash.model.errors import BadInput, WorkspaceProblem
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import DATABASE, KEY, Workspace

_MANIFEST = "manifest.json"
_BLOCK_BYTES = 1 << 20

# Each must find nothing; what it finds is said with the number of rows.
_CHECKS: tuple[tuple[str, str], ...] = (
    (
        N_("{count} imports whose counts do not add up to the rows read"),
        "select count(*) from batch where added + restated + duplicates + rejected + skipped_totals <> rows_read",
    ),
    (
        N_("{count} events of imports that are not in use"),
        "select count(*) from event e where not exists "
        "(select 1 from batch b where b.batch_id = e.batch_id and b.state = 'active')",
    ),
    (
        N_("{count} spend rows of imports that are not in use"),
        "select count(*) from spend s where not exists "
        "(select 1 from batch b where b.batch_id = s.batch_id and b.state = 'active')",
    ),
    (
        N_("{count} events whose identifier is unknown"),
        "select count(*) from event e where identifier_id is not null and not exists "
        "(select 1 from identifier i where i.identifier_id = e.identifier_id)",
    ),
    (
        N_("{count} links between unknown identifiers"),
        "select count(*) from link l where not exists (select 1 from identifier i where i.identifier_id = l.a) "
        "or not exists (select 1 from identifier i where i.identifier_id = l.b)",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup file: where, how large, and the SHA-256 of the whole file."""

    path: Path
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A workspace that was brought back. ``replaced``: where the one that stood there is kept, if there was one;
    ``key_from``: whose secret key it has, 'backup', 'replaced' or None, of neither."""

    workspace: Workspace
    replaced: Path | None
    key_from: str | None


def backup(workspace: Workspace, out: Path, *, with_key: bool = False) -> Backup:
    """Write the workspace to ``out`` (mode 0600), complete or not at all. Raises WorkspaceProblem while one writes, and
    where the workspace is damaged: such a backup would be found out on the day it is needed."""
    part = out.with_name(f"{out.name}.{uuid.uuid4().hex[:8]}.part")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        with workspace.at_rest("backup"):
            database = workspace.folder / DATABASE
            _read_through(workspace)
            manifest = {
                "format": 1,
                "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "database_sha256": _sha256(database),
                "with_key": with_key,
                "key_mark": _key_mark(workspace.folder),
            }
            part.touch(mode=0o600, exist_ok=False)
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
                archive.writestr(_MANIFEST, json.dumps(manifest))
                archive.write(database, DATABASE)
                if with_key:
                    archive.writestr(KEY, workspace.key)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return Backup(path=out, bytes=out.stat().st_size, sha256=_sha256(out))


def backups_of(folder: Path) -> Path:
    """Where backups of the workspace in ``folder`` go without another word: beside it. They outlive a restore, which
    sets the folder aside, and hold what is forgotten in the workspace."""
    place = folder.absolute()
    return place.with_name(f"{place.name}-backups")


def kept_copies(folder: Path) -> list[Path]:
    """The backups beside a workspace, those within it (where earlier versions wrote them), and workspaces that a
    restore has set aside: what still holds a person whom the workspace forgets. By name."""
    place = folder.absolute()
    written = [*backups_of(folder).glob("*.zip"), *(place / "backups").glob("*.zip")]
    return sorted([*written, *place.parent.glob(f"{glob.escape(place.name)}.before-restore-*")])


def restore(file: Path, folder: Path) -> Restored:
    """Make a workspace in ``folder`` from a backup. An existing one is kept beside it, renamed with the time; where the
    backup has no key, the existing one's key is taken, unless the backup is known to be of another key.

    The restored one gets a new id. Raises BadInput where the file is no whole backup, WorkspaceProblem where it is of
    a newer OmniDash; then nothing has changed.
    """
    fresh = folder.with_name(f"{folder.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        fresh.mkdir(parents=True, mode=0o700)
        key_mark = _unpack(file, fresh)
        key_from = "backup" if (fresh / KEY).exists() else None
        if key_from is None and (folder / KEY).exists() and key_mark in (None, _key_mark(folder)):
            shutil.copy2(folder / KEY, fresh / KEY)
            (fresh / KEY).chmod(0o600)
            key_from = "replaced"
        restored = Workspace.open(fresh)
        restored.renew_id()  # its versions may have stood for other data here
        restored.close()
        replaced = None
        if folder.exists():
            replaced = folder.with_name(f"{folder.name}.before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}")
            folder.rename(replaced)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Restored(workspace=Workspace.open(folder), replaced=replaced, key_from=key_from)


def check(workspace: Workspace) -> list[Message]:
    """What is not as it should be; empty for a whole workspace. Raises WorkspaceProblem where it cannot be read."""
    _read_through(workspace)
    findings = []
    for template, query in _CHECKS:
        count = int(workspace.rows(query)[0][0])
        if count:
            findings.append(Message(template, {"count": count}))
    try:
        workspace.key  # noqa: B018  (reading it is the check)
    except WorkspaceProblem as problem:
        findings.append(problem.message)
    return findings


def _read_through(workspace: Workspace) -> None:
    """Every value of every table, and a row of each by its key: so blocks of data and of indexes show whether they are
    as they were written."""
    here = "where database_name = current_database()"
    for (name,) in workspace.rows(f"select table_name from duckdb_tables() {here}"):  # noqa: S608  (our condition)
        workspace.rows(f'select bit_xor(hash(whole)) from "{name}" as whole')  # noqa: S608  (names of our tables)
    keys = workspace.rows(
        f"select table_name, constraint_column_names from duckdb_constraints() {here}"  # noqa: S608  (our condition)
        " and constraint_type = 'PRIMARY KEY'"
    )
    for name, columns in keys:
        for values in workspace.rows(f'select {", ".join(columns)} from "{name}" limit 1'):  # noqa: S608  (our names)
            is_row = " and ".join(f"{column} = ${column}" for column in columns)
            workspace.rows(f'select 1 from "{name}" where {is_row}', dict(zip(columns, values, strict=True)))  # noqa: S608


def _key_mark(folder: Path) -> str | None:
    """What tells whether two workspaces have one key and gives nothing of it away: the key is random. None without."""
    place = folder / KEY
    return hmac.new(place.read_bytes(), b"omnidash key mark", hashlib.sha256).hexdigest() if place.exists() else None


def _unpack(file: Path, folder: Path) -> str | None:
    """Write the backup's files to ``folder``; returns the mark of its workspace's key, None where it has none."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = json.loads(archive.read(_MANIFEST))
            for name in (DATABASE, KEY):
                if name in archive.namelist():
                    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                    with archive.open(name) as source, os.fdopen(descriptor, "wb") as target:
                        shutil.copyfileobj(source, target, _BLOCK_BYTES)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadInput(N_("{file} is no backup of a workspace, or it is damaged"), file=str(file)) from error
    if _sha256(folder / DATABASE) != manifest.get("database_sha256"):
        raise BadInput(N_("{file} is damaged: its database does not match its checksum"), file=str(file))
    mark = manifest.get("key_mark")
    return str(mark) if mark else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

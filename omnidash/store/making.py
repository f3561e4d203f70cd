"""What a new workspace is made of: tables, first settings, a key; and who may see them."""

import contextlib
import json
import os
import secrets
import stat
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from omnidash.model.defaults import ACTION_STAGES, CHANNELS
from omnidash.model.errors import WorkspaceProblem
from omnidash.model.messages import N_
from omnidash.store.schema import MIGRATIONS, SCHEMA_VERSION

EVENT_KEY = 2  # how a new workspace writes down what a row says, by which it knows it (``ingest.rows.row_key``)
_KEY_BYTES = 32
NEW_KEY = "omnidash new-key"


def migrate(cursor: duckdb.DuckDBPyConnection, *, from_version: int) -> None:
    """Bring the tables from an earlier version (0: there are none) to this one."""
    for migration in MIGRATIONS[from_version:]:
        cursor.execute(migration)
    cursor.execute(
        "insert or replace into setting values ('schema_version', $version)",
        {"version": json.dumps(SCHEMA_VERSION)},
    )


def seed(cursor: duckdb.DuckDBPyConnection, settings: Mapping[str, Any]) -> None:
    """What a new workspace begins with: settings, an id of its own, default channels and stages."""
    values = {"data_version": 0, "settings_version": 0, "event_key": EVENT_KEY, **settings}
    rows = [(name, json.dumps(value)) for name, value in values.items()]
    cursor.executemany("insert into setting values (?, ?)", [*rows, ("workspace_id", fresh_id())])
    cursor.executemany(
        "insert into channel (channel, name_en, name_zh, kind, pool, sort) values (?, ?, ?, ?, ?, ?)",
        [(c.channel, c.name_en, c.name_zh, c.kind, c.pool, i) for i, c in enumerate(CHANNELS)],
    )
    cursor.executemany(
        "insert into stage values (?, ?, ?)",
        [(action, stage, is_touch) for action, (stage, is_touch) in ACTION_STAGES.items()],
    )


def fresh_id() -> str:
    """A new workspace id, as table ``setting`` keeps values: in JSON."""
    return json.dumps(uuid.uuid4().hex)


def write_key(path: Path) -> None:
    """A fresh secret key that nobody else can read. Raises FileExistsError where there is a file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))


def read_key(path: Path) -> bytes:
    """The secret key. Raises WorkspaceProblem where there is none, and where it is not whole: with an empty key, say,
    anybody could compute the hashes of all phone numbers there are."""
    try:
        key = path.read_bytes()
    except OSError as error:
        raise WorkspaceProblem(
            N_(
                "{file} is missing: this workspace can be read, but nothing is imported until the key is put back. If"
                " it is lost, `{command}` begins a new one, by which new imports do not match known persons"
            ),
            file=str(path),
            command=NEW_KEY,
        ) from error
    if len(key) != _KEY_BYTES:
        raise WorkspaceProblem(
            N_(
                "{file} is damaged: it does not hold the {bytes} bytes of a key. Put the key back from a backup that"
                " has it; until then this workspace can be read, and nothing is imported. If it is lost, `{command}`"
                " begins a new one, by which new imports do not match known persons"
            ),
            file=str(path),
            bytes=_KEY_BYTES,
            command=NEW_KEY,
        )
    return key


def make_private(folder: Path) -> None:
    """Make a folder that only its owner can enter; an empty one that is there becomes so. One that holds something is
    somebody's already and stays as it is."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not any(folder.iterdir()):
        keep_private(folder)


def keep_private(path: Path) -> None:
    """Take the rights of all but its owner from a file or folder, if there is one and it is ours to say: a copy that
    was put back may come with others."""
    with contextlib.suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            path.chmod(mode & 0o700)

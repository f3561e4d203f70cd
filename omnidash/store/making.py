"""What a new workspace is made of: tables, first settings, a key."""

import json
import os
import secrets
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from omnidash.model.defaults import ACTION_STAGES, CHANNELS
from omnidash.store.schema import MIGRATIONS, SCHEMA_VERSION


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
    values = {"data_version": 0, "settings_version": 0, **settings}
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
        file.write(secrets.token_bytes(32))

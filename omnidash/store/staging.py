"""A scratch database for one import."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from omnidash.store.gate import quoted


@dataclass(slots=True)
class Staging:
    """A private scratch database for one import: in memory, as schema ``staged``. ``cursor`` to work on.

    What is too much for its memory spills to ``folder``, which only its owner can enter and which goes with it.
    """

    connection: duckdb.DuckDBPyConnection
    cursor: duckdb.DuckDBPyConnection
    folder: Path

    def save(self, names: Sequence[str]) -> Path:
        """Those of the named tables that there are, in a database file (mode 0600), for who cannot reach our memory;
        gone with us."""
        path = self.folder / "staged.duckdb"
        present = self.cursor.execute(
            "select table_name from information_schema.tables where table_catalog = 'staged'"
        ).fetchall()
        self.cursor.execute("set force_compression = 'uncompressed'")  # it is read once and thrown away
        self.cursor.execute(f"attach '{quoted(path)}' as saved")
        try:
            path.chmod(0o600)
            for (name,) in present:
                if name in names:
                    self.cursor.execute(f'create table saved."{name}" as from "{name}"')
        finally:
            self.cursor.execute("detach saved")
            self.cursor.execute("set force_compression = 'auto'")
        return path

    def close(self) -> None:
        """Forget everything. Idempotent."""
        self.cursor.close()
        self.connection.close()

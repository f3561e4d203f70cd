"""The workspace: one DuckDB file, its migrations, settings, key, backups. The only place that opens the database."""

from omnidash.store.settings import Settings
from omnidash.store.workspace import Staging, Workspace

__all__ = ["Settings", "Staging", "Workspace"]

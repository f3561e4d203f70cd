"""A workspace as it is looked at: at its own identity level, or as it would be at another.

    ws = at_level(workspace, "strict")        # the workspace itself where that is its level
    persons(ws), why_of(ws, …), preview(ws, Proposal(cuts=…))

What reads who is who from tables ``person`` and ``shared_identifier`` reads those of the level, for a view in memory
stands before each of them; everything else is the workspace's own. Nothing is written.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from omnidash.identity.decisions import overrides_in_force
from omnidash.identity.graph import Cursor
from omnidash.identity.partition import Rules
from omnidash.identity.resolve import tables_under
from omnidash.store.settings import Settings
from omnidash.store.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AtLevel:
    """``workspace`` with ``persons`` [identifier_id, person_id Int64] and ``shared`` [identifier_id Int64, why String,
    neighbours Int64] of ``level``, as they were when it was made: make another when the data have changed."""

    workspace: Workspace
    level: str
    persons: pl.DataFrame = field(repr=False)
    shared: pl.DataFrame = field(repr=False)

    @property
    def settings(self) -> Settings:
        """The workspace's, but for the level."""
        return replace(self.workspace.settings, identity_level=self.level)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Cursor]:
        """A cursor as ``Workspace.reading`` has it. The views are its own and go with it."""
        with self.workspace.reading() as cursor:
            cursor.register("person", self.persons)
            cursor.register("shared_identifier", self.shared)
            yield cursor

    def frame(self, sql: str, params: Mapping[str, Any] | None = None) -> pl.DataFrame:
        """As ``Workspace.frame``."""
        with self.reading() as cursor:
            return cursor.sql(sql, params=dict(params or {})).pl()

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """As ``Workspace.rows``."""
        with self.reading() as cursor:
            return cursor.execute(sql, dict(params or {})).fetchall()


Seen = Workspace | AtLevel
"""What functions take that only read who is who."""


def at_level(workspace: Workspace, level: str) -> Seen:
    """The workspace as it would be at ``level``; itself where it is set to it. Resolves all persons in memory."""
    if level == workspace.settings.identity_level:
        return workspace
    rules = replace(Rules.of(workspace.settings), level=level)
    with workspace.reading() as cursor:
        persons, shared = tables_under(cursor, rules, overrides_in_force(cursor))
    return AtLevel(workspace=workspace, level=level, persons=persons, shared=shared)

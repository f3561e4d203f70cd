"""The files a session has dropped, and what is known of each of them.

The list is our own, not the uploader's, so that it survives a look at another page. Files get on it in ``intake``; what
an import would do is found out, and done, in ``importing``.
"""

import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.parts import Part
from omnidash.ingest.run import BatchResult, DryRun, Inspection, is_answered
from omnidash.ingest.vanished import REPLACE
from omnidash.model.errors import OmniDashError
from omnidash.model.messages import Message
from omnidash.store import Workspace
from omnidash.ui.data.task import Task
from omnidash.ui.workspaces import UPLOADS


@dataclass(slots=True, eq=False)
class Table:
    """One table of a dropped file. ``checked``: what an import would do, by what it depends on (``check_key``)."""

    part: Part
    inspection: Inspection | None = None
    mapping: Mapping | None = None
    problem: OmniDashError | None = None
    is_included: bool = True
    checked: dict[str, DryRun | OmniDashError] = field(default_factory=dict)
    result: BatchResult | None = None
    key: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    looks: int = 0  # how often it was inspected: editors of an earlier look do not apply
    taken: int = 0  # suggestions taken by a click: choices drawn before them do not apply
    shown: dict[str, Mapping] = field(default_factory=dict)  # what an editor of the columns started from

    @property
    def is_answered(self) -> bool:
        """Whether nothing needs to be asked any more before it can be imported."""
        if self.mapping is None or self.inspection is None or self.mapping.missing_fields():
            return False
        return all(is_answered(question, self.mapping) for question in self.inspection.questions)

    @property
    def is_wanted(self) -> bool:
        """Whether it is to be imported and can be."""
        return self.is_included and self.result is None and self.problem is None and self.is_answered

    def asks_of_others(self, outcome: DryRun) -> bool:
        """Whether rows look like another account's, or campaigns look renamed, and nobody has said so."""
        is_said = self.mapping is not None and self.mapping.missing_campaigns is not None
        if outcome.same_sales and not (self.mapping is not None and self.mapping.is_other_sales):
            return True
        return outcome.other_account is not None or (not is_said and any(v.renamed for v in outcome.vanished))

    def change(self, **changed: object) -> OmniDashError | None:
        """Change the mapping; one that cannot be is refused with the reason and the old one kept."""
        assert self.mapping is not None
        try:
            self.mapping = replace(self.mapping, **changed)  # type: ignore[arg-type]
        except OmniDashError as error:
            return error
        return None

    def is_known(self, workspace: Workspace) -> bool:
        """Whether it is imported already, as it is: the very same bytes, read in the same way, and nothing since."""
        outcome = self.outcome(workspace)
        if not isinstance(outcome, DryRun) or outcome.twin is None or self.mapping is None:
            return False
        is_said = self.mapping.missing_campaigns == REPLACE
        return outcome.twin.is_same_mapping and not is_said and outcome.added + outcome.restated == 0

    def check_key(self, workspace: Workspace) -> str:
        """What the outcome of an import depends on."""
        assert self.mapping is not None
        return f"{workspace.version}/{self.mapping.to_json()}"

    def outcome(self, workspace: Workspace) -> DryRun | OmniDashError | None:
        """What an import with the present mapping would do; None while that is not known."""
        return self.checked.get(self.check_key(workspace)) if self.mapping is not None else None

    def notes(self, workspace: Workspace) -> tuple[Message, ...]:
        """What the first look points out, as it is with the present mapping where that is known."""
        seen = self.inspection.warnings if self.inspection else ()
        outcome = self.outcome(workspace)
        if not isinstance(outcome, DryRun):
            return seen
        templates = {warning.template for warning in seen}
        return tuple(warning for warning in outcome.warnings if warning.template in templates)


@dataclass(slots=True, eq=False)
class Upload:
    """One file the reader has dropped on the page."""

    name: str
    path: Path
    tables: list[Table] = field(default_factory=list)
    problem: OmniDashError | None = None
    reading: Task[list[Table]] | None = None
    checking: Task[None] | None = None
    being_checked: set[str] = field(default_factory=set)
    importing: Task[None] | None = None
    was_cancelled: bool = False
    busy: OmniDashError | None = None  # somebody else is writing; it can be tried again
    focus: str = ""  # the table whose details are shown
    key: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @property
    def tasks(self) -> list[Task[Any]]:
        """What is at work on it."""
        return [task for task in (self.reading, self.checking, self.importing) if task is not None]

    @property
    def wanted(self) -> list[Table]:
        """The tables an import takes in."""
        return [table for table in self.tables if table.is_wanted]

    def is_ready(self, workspace: Workspace) -> bool:
        """Whether it can be imported as it stands: what that would do is known, and nothing stands against it."""
        outcomes = [(table, table.outcome(workspace)) for table in self.wanted]
        are_said = all(isinstance(o, DryRun) and not table.asks_of_others(o) for table, o in outcomes)
        has_work = any(not table.is_known(workspace) for table, _ in outcomes)
        return self.importing is None and has_work and are_said

    @property
    def is_done(self) -> bool:
        """Whether something was imported and nothing is left that could be."""
        return any(table.result for table in self.tables) and not any(
            table.is_included and table.result is None and table.problem is None for table in self.tables
        )

    def discard(self) -> None:
        """Stop what is at work on it and remove the spooled copies. Idempotent."""
        for task in self.tasks:
            task.cancel()
        read = self.reading.result if self.reading is not None else None
        for table in self.tables or read or ():
            table.part.discard()
        self.path.unlink(missing_ok=True)


def waiting() -> list[Upload]:
    """The uploads of this session, in the order they were dropped."""
    return st.session_state.setdefault(UPLOADS, [])  # type: ignore[no-any-return]


def forget(upload: Upload) -> None:
    """Take a file off the list."""
    upload.discard()
    waiting().remove(upload)

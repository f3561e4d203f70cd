"""Errors that help someone act. Each carries a Message (what, where, what to do) and the exit code of CLI.md."""

from omnidash.model.messages import Message


class OmniDashError(Exception):
    """Base of every error shown to a person. ``raise BadInput(N_("{file} is empty."), file=name)``."""

    exit_code = 1

    def __init__(self, template: str, **values: object) -> None:
        self.message = Message(template, values)
        super().__init__(self.message.english())


class WrongUse(OmniDashError):
    """The command or call was made with arguments that cannot work together."""

    exit_code = 2


class BadInput(OmniDashError):
    """A file or value from outside cannot be used as it is."""

    exit_code = 3


class WorkspaceProblem(OmniDashError):
    """The workspace is locked, damaged, missing or of another version."""

    exit_code = 4


class WorkspaceBusy(WorkspaceProblem):
    """Another process has the workspace; trying again later may do."""


class Cancelled(OmniDashError):
    """A person stopped a piece of work before its commit; nothing has changed."""

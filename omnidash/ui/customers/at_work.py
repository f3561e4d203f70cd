"""Decisions, another level and forgetting may take long: they run in the background, one after the other, and the page
stays usable; how far they are stands at its top, and what became of them is said there once."""

from collections.abc import Callable
from typing import Any

from omnidash.model.messages import Message
from omnidash.ui.data import jobs
from omnidash.ui.data.task import Progress

_JOB = "who_is_who"


def begin(work: Callable[[Progress], Any], *, opening: Message, done: Callable[[Any], str]) -> None:
    """Begin ``work``; ``done`` says in a sentence, as Markdown, what its result means."""
    jobs.begin(_JOB, work, opening=opening, done=done)


def is_running() -> bool:
    """Whether something is at work: nothing else is begun until it has ended."""
    return jobs.is_running(_JOB)


def show() -> None:
    """How far it is, or once what became of it."""
    if not jobs.show(_JOB):
        jobs.forget(_JOB)

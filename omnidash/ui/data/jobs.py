"""A change of the workspace that may take long: it runs as a task, and its end is said where it was started."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from omnidash.model.errors import OmniDashError
from omnidash.model.messages import Message
from omnidash.ui.data.progress import show_progress
from omnidash.ui.data.task import Progress, Task
from omnidash.ui.i18n import words
from omnidash.ui.text import plain

_KEY = "jobs"
_QUICK_SECONDS = 0.35


@dataclass(slots=True)
class _Job:
    task: Task[Any]
    done: Callable[[Any], str]


def start(name: str, work: Callable[[], Any], *, opening: Message, done: Callable[[Any], str]) -> None:
    """Begin ``work`` and draw the page anew. ``done`` says in a sentence what its result means."""
    begin(name, lambda _tell: work(), opening=opening, done=done)
    st.rerun()


def begin(name: str, work: Callable[[Progress], Any], *, opening: Message, done: Callable[[Any], str]) -> None:
    """Begin ``work``, which is given the way to tell how far it is, and wait a moment for its end: for callbacks,
    after which the page is drawn anyway."""

    def at_work(task: Task[Any]) -> Any:
        with task.one_at_a_time():
            task.tell(0.0, opening)
            return work(task.tell)

    job = _Job(Task(at_work, opening=opening), done)
    _jobs()[name] = job
    job.task.wait(_QUICK_SECONDS)


def show(name: str) -> bool:
    """Draw the progress of a job, or what became of it; whether it is still running."""
    job = _jobs().get(name)
    if job is None:
        return False
    if job.task.is_running:
        show_progress(job.task, key=f"job_{name}")
        return True
    if isinstance(job.task.error, OmniDashError):
        st.error(plain(words().render(job.task.error.message)), icon=":material/error:")
    elif job.task.error is not None:
        del _jobs()[name]  # said once; the page can begin another
        raise job.task.error
    else:
        st.success(job.done(job.task.result), icon=":material/check_circle:")
    return False


def is_running(name: str) -> bool:
    """Whether a job of that name is at work."""
    job = _jobs().get(name)
    return job is not None and job.task.is_running


def result_of(name: str) -> Any:
    """What the last job of that name returned; None where there was none or it failed."""
    job = _jobs().get(name)
    return job.task.result if job is not None and not job.task.is_running else None


def forget(name: str) -> None:
    """Say no more about a job that has ended."""
    job = _jobs().get(name)
    if job is not None and not job.task.is_running:
        del _jobs()[name]


def _jobs() -> dict[str, _Job]:
    return st.session_state.setdefault(_KEY, {})  # type: ignore[no-any-return]

"""Work that outlasts a click: it runs in a thread of its own while the page stays usable and asks how far it is.

No Streamlit in here: the thread only writes into the ``Task``, the page reads it. Work on the workspace's data waits
for other such work of this server (``one_at_a_time``), so that several files can be started at once.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from omnidash.model.errors import Cancelled
from omnidash.model.messages import N_, Message

T = TypeVar("T")
Progress = Callable[[float, Message], None]
_POLL_SECONDS = 0.1
_writer = threading.Lock()


class Task(Generic[T]):
    """One piece of work. ``work(task)`` calls ``task.tell`` and passes ``task.is_cancelled`` on; what it returns is
    ``result``, what it raises is ``error``."""

    def __init__(self, work: Callable[["Task[T]"], T], *, opening: Message) -> None:
        self.fraction = 0.0
        self.message = opening
        self.result: T | None = None
        self.error: BaseException | None = None
        self._cancelled, self._ended = threading.Event(), threading.Event()
        self._work = work
        threading.Thread(target=self._run, name="omnidash-task", daemon=True).start()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return not self._ended.is_set()

    @property
    def was_cancelled(self) -> bool:
        """Whether it has ended because somebody cancelled it."""
        return isinstance(self.error, Cancelled)

    def is_cancelled(self) -> bool:
        """Whether it shall stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask it to stop; it ends a moment later."""
        self._cancelled.set()

    def wait(self, seconds: float) -> bool:
        """Wait a moment for its end; whether it has ended."""
        return self._ended.wait(seconds)

    def tell(self, fraction: float, message: Message) -> None:
        """How far it is (0 to 1) and what it does now."""
        self.fraction, self.message = min(max(fraction, 0.0), 1.0), message

    @contextmanager
    def one_at_a_time(self) -> Iterator[None]:
        """Wait until no other task of this server is writing. Raises Cancelled where it is cancelled while waiting."""
        while not _writer.acquire(timeout=_POLL_SECONDS):
            self.message = Message(N_("waiting for the import before this one"))
            if self.is_cancelled():
                raise Cancelled(N_("the import was cancelled; nothing has changed"))
        try:
            yield
        finally:
            _writer.release()

    def _run(self) -> None:
        try:
            self.result = self._work(self)
        except BaseException as error:  # handed over to the page, which shows it or raises it there
            self.error = error
        finally:
            self._ended.set()

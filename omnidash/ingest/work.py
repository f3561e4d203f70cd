"""How far a long piece of work is, and a way to stop it.

A ``Work`` carries two questions of whoever waits: *how far is it?* (``tell``) and *shall it go on?* (``cancelled``). A
long SQL statement runs in a helper thread while the thread that imports watches DuckDB's own estimate of the query, so
``tell`` and ``cancelled`` are only ever called in the thread that called ``commit``: a screen may draw in them.

To cancel is to raise: ``Cancelled`` where ``cancelled()`` says so, or whatever ``tell`` raises. The statement is
interrupted (DuckDB needs up to a tenth of a second), its transaction is rolled back by whoever opened it, and nothing
has changed.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from omnidash.model.errors import Cancelled
from omnidash.model.messages import N_, Message

Progress = Callable[[float, Message], None]
_POLL_SECONDS = 0.1


class Work:
    """``tell(fraction, message)`` hears of the progress, 0 to 1, never falling; ``cancelled()`` is asked often."""

    def __init__(self, tell: Progress | None = None, cancelled: Callable[[], bool] | None = None) -> None:
        self._tell = tell
        self._cancelled = cancelled
        self._reached = 0.0

    def at(self, fraction: float, message: Message) -> None:
        """The work is at ``fraction`` and about to do what ``message`` says. Raises Cancelled when it shall stop."""
        self.check()
        self._reached = max(self._reached, min(1.0, fraction))
        if self._tell is not None:
            self._tell(self._reached, message)

    def done(self) -> None:
        """All is written: to stop is not possible any more."""
        if self._tell is not None:
            self._tell(1.0, Message(N_("done")))

    def check(self) -> None:
        """Raises Cancelled when the work shall stop."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled(N_("the import was cancelled; nothing has changed"))

    def run(
        self,
        cursor: Any,
        sql: str,
        params: Mapping[str, Any] | None = None,
        *,
        start: float,
        end: float,
        message: Message,
    ) -> Any:
        """Execute one long statement on a DuckDB cursor and return the cursor; progress goes from ``start`` to ``end``.

        Raises what the statement raises, and Cancelled (or what ``tell`` raises) after the statement has stopped.
        """
        self.at(start, message)
        if self._tell is None and self._cancelled is None:
            return cursor.execute(sql, dict(params or {}))
        cursor.execute("set enable_progress_bar = true")  # else there is no estimate
        cursor.execute("set enable_progress_bar_print = false")
        statement = _Statement(cursor, sql, dict(params or {}))
        statement.start()
        try:
            while not statement.done.wait(_POLL_SECONDS):
                self.at(start + (end - start) * statement.fraction(), message)
        except BaseException:
            statement.stop()
            raise
        statement.join()
        if statement.error is not None:
            raise statement.error
        self.at(end, message)
        return cursor


class _Statement(threading.Thread):
    """One statement at work beside the thread that watches it."""

    def __init__(self, cursor: Any, sql: str, params: dict[str, Any]) -> None:
        super().__init__(name="omnidash-statement", daemon=True)
        self.done = threading.Event()
        self.error: BaseException | None = None
        self._cursor, self._sql, self._params = cursor, sql, params

    def run(self) -> None:
        try:
            self._cursor.execute(self._sql, self._params)
        except BaseException as error:  # handed over to the thread that waits
            self.error = error
        finally:
            self.done.set()

    def fraction(self) -> float:
        """DuckDB's estimate, 0 to 1; 0 while it has none (it says -1)."""
        return min(1.0, max(0.0, float(self._cursor.query_progress()) / 100))

    def stop(self) -> None:
        """Interrupt until it has stopped: an interrupt that comes before the query has begun is lost."""
        while not self.done.wait(0.02):
            self._cursor.interrupt()
        self.join()

"""One file may hold several tables: each of them becomes a *part*, which is imported as a batch of its own.

    with parts(ws, path, name="report.zip") as found:
        for part in found:                                   # report.zip › July.csv, report.zip › August.csv
            import_file(ws, part.path, name=part.name)

A plain file is its own only part. What had to be unpacked lies in the workspace's private scratch folder until its part
is discarded. Row numbers of a part are those of the file or sheet it comes from.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from omnidash.model.messages import Message
from omnidash.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Part:
    """One table: ``path`` is a readable CSV, TSV or gzip file, ``name`` what to show ("book.xlsx › Sheet 1").

    ``is_spooled``: the file was written for this part and goes with it. ``warnings``: what was left out around it.
    """

    path: Path
    name: str
    is_spooled: bool = False
    warnings: tuple[Message, ...] = ()

    def discard(self) -> None:
        """Remove the spooled file; the given file itself is never touched. Idempotent."""
        if self.is_spooled:
            self.path.unlink(missing_ok=True)


@contextlib.contextmanager
def parts(ws: Workspace, path: Path | str, *, name: str | None = None) -> Iterator[list[Part]]:
    """The tables of a file for as long as the context lasts. Raises BadInput as ``unpack`` does."""
    found = unpack(ws, path, name=name)
    try:
        yield found
    finally:
        for part in found:
            part.discard()


def unpack(ws: Workspace, path: Path | str, *, name: str | None = None) -> list[Part]:
    """The tables of a file, in its order; the caller discards them. ``name`` is shown (an upload's own name).

    Raises BadInput where nothing in the file is a table, and then leaves nothing behind.
    """
    path = Path(path)
    return [Part(path, name or path.name)]

"""Rows of a text whose quotes may be loose: a quote that was never meant as one swallows no other line.

A cell within quotes may hold delimiters and line breaks; its last quote stands before a delimiter or the end of a line.
Where it does not, or no last quote is found near by, the first one was no opening quote: that line alone is read once
more, by its delimiters where that gives as many cells as the header has, and the lines below it for themselves.

>>> list(rows_of(['a,"Brand,1', 'b,plain,2', 'c,"A "quoted" name",3'], ",", 3))
[['a', 'Brand', '1'], ['b', 'plain', '2'], ['c', 'A "quoted" name', '3']]
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator

_MOST_LINES = 200  # of one row


def rows_of(lines: Iterable[str], delimiter: str, width: int, unclosed: list[int] | None = None) -> Iterator[list[str]]:
    """The rows of ``lines`` (with their ends), blank ones included; ``width``: number of cells of the header. The
    positions, from 0, of rows with a quote that opens and does not close are added to ``unclosed``."""
    position = -1
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        feed.taken.clear()
        position += 1
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            first, *others = feed.taken
            feed.waiting.extendleft(reversed(others))
            if unclosed is not None and _is_unclosed(first, delimiter):
                unclosed.append(position)
            yield _alone(first.rstrip("\r\n"), delimiter, width)
            reader = csv.reader(feed, delimiter=delimiter, strict=True)


class _Feed:
    """Lines for a reader; it remembers those ``taken`` for one row and can be given lines once more (``waiting``)."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.taken: list[str] = []
        self.waiting: deque[str] = deque()

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if len(self.taken) == _MOST_LINES:
            raise csv.Error("a quote does not close")
        line = self.waiting.popleft() if self.waiting else next(self._lines)
        self.taken.append(line)
        return line


def _alone(line: str, delimiter: str, width: int) -> list[str]:
    """One line by its delimiters, or by its quotes where only those give the right number of cells."""
    plain = [_unquoted(cell) for cell in line.split(delimiter)]
    if len(plain) == width:
        return plain
    try:
        loose = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return plain
    return loose if len(loose) == width else plain


def _is_unclosed(line: str, delimiter: str) -> bool:
    """Whether a cell of a line, by its delimiters, begins with a quote and does not end with one."""
    cells = (cell.strip(" \r\n") for cell in line.split(delimiter))
    return any(cell.startswith('"') and not (len(cell) > 1 and cell.endswith('"')) for cell in cells)


def _unquoted(cell: str) -> str:
    """A cell without the quotes round it, or without the one it begins with."""
    bare = cell.strip(" ")
    if not bare.startswith('"'):
        return cell
    closed = len(bare) > 1 and bare.endswith('"')
    return (bare[1:-1] if closed else bare[1:]).replace('""', '"')

"""Rows of text cells written as CSV that every reader reads alike: the form in which tables are spooled."""

import csv
from collections.abc import Iterable, Sequence
from typing import TextIO


class LineFeeds:
    """Takes rows that end with a pair and writes them with a line feed alone.

    The csv module quotes a cell for the characters of its line end only, so it must know both; DuckDB takes the first
    break it meets, be it within quotes, for the end of lines, so it must be told, and reads line feeds best.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, row: str) -> None:
        """Write one row that ends with a carriage return and a line feed."""
        self._out.write(row[:-2] + "\n")


def row_writer(out: TextIO):  # type: ignore[no-untyped-def]  # the csv module does not name its type
    """A csv writer of rows with a comma between cells and a line feed at the end."""
    return csv.writer(LineFeeds(out), lineterminator="\r\n")


def write_rows(out: TextIO, rows: Iterable[Sequence[str]]) -> int:
    """Write rows so that they keep their numbers: a row without a told cell is a blank line. Returns the told ones."""
    writer = row_writer(out)
    told = 0
    for row in rows:
        if any(row):
            writer.writerow(row)
            told += 1
        else:
            out.write("\n")
    return told

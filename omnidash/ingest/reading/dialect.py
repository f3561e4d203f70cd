"""How is this table written? Finds the delimiter, the header row and the names of the columns.

Exports begin with titles, date ranges, ``# comments``, ``Key: value`` lines or Excel's ``sep=;``, and the lines above
the header may be written with another delimiter than the table. The head of the file is read with every delimiter; the
one that gives the best table counts (``header.py``). Everything above its header is preamble.

>>> dialect_of("Report\\n\\nDay;Cost\\n2026-07-01;1,5\\n2026-07-02;2\\n").header
('Day', 'Cost')
"""

import csv
import io
import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from omnidash.identity.personal import unpersonal
from omnidash.ingest.reading.header import Heading, clean_cell, filled, heading_of, is_heading, is_value, width_of
from omnidash.ingest.reading.totals import names_total
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

DELIMITERS = (",", "\t", ";", "|")
NO_ROWS = N_("{file} has a header but no rows below it; export a period that has data")
DAYS_ACROSS = N_(
    "{file} has a column for each day ({first}, …); write one row per day instead: a column of days, one of amounts."
    " Or write in a line above the table what its numbers are (Cost, 花费)"
)
NO_HEADER = N_("{file} has no header row; add a first line that names the columns")
_ROWS_LOOKED_AT = 400
SAMPLE_ROWS = 200
_ENDLESS_CELL_LINES = 100
_A_DAY = re.compile(r"\d[-/.年月]\d|\d [A-Za-z]{3}|[A-Za-z]{3} \d")
_SEPARATOR_LINE = re.compile(r'\s*"?sep=(,|\t|;|\|)"?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """``header_row`` and ``first_row`` are row numbers as a spreadsheet shows them (first line = 1);
    ``skip_lines`` is the number of text lines up to and including the header; ``is_plain_above``: each of them is a row
    of its own, with quotes round whole cells only. ``header`` names are unique. ``is_ticked``: a backtick stands before
    every cell, so that spreadsheets keep it as it is (bills of WeChat Pay); ``sample`` is free of them."""

    delimiter: str
    header: tuple[str, ...]
    header_row: int
    skip_lines: int
    is_plain_above: bool
    preamble: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    is_ticked: bool = False

    @property
    def first_row(self) -> int:
        """Row number of the first data row."""
        return self.header_row + 1


def dialect_of(head: str, name: str = "", *, is_whole: bool = True, lines_above: int = 0) -> Dialect:
    """The dialect of a table from the beginning of its text (complete unless ``is_whole`` is False), before which
    ``lines_above`` blank lines were taken off.

    Raises BadInput where there is no header, or nothing below it.
    """
    head = head.lstrip("\ufeff")
    readings = [_reading(head, delimiter, is_whole=is_whole) for delimiter in _delimiters(head)]
    best = max(readings, key=lambda reading: _score(reading, readings))
    heading = best.heading if _score(best, readings) >= 0 else None
    if heading is None or heading.width == 1:  # lines that nothing cuts are a table of one column
        across = next((day for reading in readings for row in reading.rows if (day := _day_across(row.cells))), None)
        if across is not None:
            raise BadInput(DAYS_ACROSS, file=name, first=across)
    if heading is None:
        if any(_ends_with_heading(reading.rows) for reading in readings):
            raise BadInput(NO_ROWS, file=name)
        raise BadInput(NO_HEADER, file=name)
    above, at = best.rows[: heading.at], best.rows[heading.at]
    below = [row.cells for row in best.rows[heading.at + 1 :] if any(map(str.strip, row.cells))]
    told = (_as_line(row.cells, best.delimiter) for row in above)
    return Dialect(
        delimiter=best.delimiter,
        header=unique_names(at.cells, _width(at.cells, below)),
        header_row=at.number + lines_above,
        skip_lines=at.last_line + lines_above,
        is_plain_above=_is_plain(head, at, best.delimiter),
        preamble=tuple(line for line in told if line and not _SEPARATOR_LINE.fullmatch(line)),
        sample=tuple(tuple(cells) for cells in below[:SAMPLE_ROWS]),
        is_ticked=best.is_ticked,
    )


def unique_names(cells: Sequence[str], width: int = 0) -> tuple[str, ...]:
    """Header names kept apart: blank ones numbered, repeated ones as ``name (2)``. Trailing blanks are no names, unless
    there are ``width`` columns. Names are remembered and shown: what finds a person is not among them."""
    cells = [unpersonal(unicodedata.normalize("NFC", clean_cell(c))) for c in cells[: max(1, width, width_of(cells))]]
    names: list[str] = []
    taken = set(cells)  # a column that is really called "name (2)" keeps its name
    for position, cell in enumerate(cells, start=1):
        wanted = cell or f"column {position}"
        name, nth = wanted, 2
        while name in names or (name in taken and name != cell):
            name, nth = f"{wanted} ({nth})", nth + 1
        names.append(name)
    return tuple(names)


def _width(header: Sequence[str], below: Sequence[Sequence[str]]) -> int:
    """How many columns a header has, with those that it leaves a blank for and rows say something in."""
    return max((width for row in below if (width := width_of(row)) <= len(header)), default=0)


@dataclass(slots=True)
class _Row:
    cells: list[str]
    number: int
    last_line: int


@dataclass(slots=True)
class _Reading:
    """The head read with one delimiter."""

    delimiter: str
    rows: list[_Row]
    heading: Heading | None
    is_ticked: bool = False

    @property
    def header_line(self) -> int:
        return self.rows[self.heading.at].last_line if self.heading else 0

    def is_cut_at(self, line: int) -> bool:
        """Whether the row that ends at this line has several cells, and is the header or the next one has as many."""
        if self.heading is not None and self.heading.width > 1 and self.header_line == line:
            return True  # also where every row below misses cells: those are set aside one by one
        told = [row for row in self.rows if row.last_line >= line and filled(row.cells)][:2]
        widths = [len(row.cells) for row in told if told[0].last_line == line]
        return len(widths) == 2 and widths[0] == widths[1] > 1


def _score(reading: _Reading, others: Sequence[_Reading]) -> float:
    """A line that another delimiter cuts into cells, like the one below it, is no header of one column."""
    if reading.heading is None:
        return -1.0
    if reading.heading.width == 1 and any(other.is_cut_at(reading.header_line) for other in others):
        return -1.0
    return reading.heading.score


def _delimiters(head: str) -> tuple[str, ...]:
    """All of them, or the one that Excel's first line ``sep=;`` states."""
    stated = _SEPARATOR_LINE.fullmatch(head.partition("\n")[0].rstrip("\r"))
    return (stated.group(1),) if stated else DELIMITERS


def _reading(head: str, delimiter: str, *, is_whole: bool) -> _Reading:
    rows = _rows(head, delimiter)
    if len(rows) > 1 and rows[-1].last_line - rows[-2].last_line > _ENDLESS_CELL_LINES:
        rows[-1].cells = ["…"] * len(rows[-2].cells)  # a quote that does not close; it is told when the rows are read
    elif not is_whole and len(rows) > 1:
        rows = rows[:-1]  # the text may stop in the middle of it
    is_ticked = _are_ticked(rows)
    if is_ticked:
        for row in rows:
            row.cells = [cell.removeprefix("`") for cell in row.cells]
    return _Reading(delimiter, rows, heading_of([row.cells for row in rows]), is_ticked)


def _are_ticked(rows: Sequence[_Row]) -> bool:
    told = [cell for row in rows[1:] for cell in row.cells if cell]
    return 2 * sum(1 for cell in told if cell.startswith("`")) > len(told)


def _rows(head: str, delimiter: str) -> list[_Row]:
    rows: list[_Row] = []
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    previous_limit = csv.field_size_limit(max(csv.field_size_limit(), len(head)))
    try:
        for cells in reader:
            rows.append(_Row(cells, len(rows) + 1, reader.line_num))
            if len(rows) >= _ROWS_LOOKED_AT:
                break
    except csv.Error:  # an endless quoted cell; what came before it decides
        pass
    finally:
        csv.field_size_limit(previous_limit)
    return rows


def _day_across(row: Sequence[str]) -> str | None:
    """The first of the days that a row names its columns by; None where it does not."""
    first, *others = map(clean_cell, row or [""])
    told = [cell for cell in others if cell and not names_total(cell)]
    is_so = len(told) > 1 and not is_value(first) and all(is_value(cell) and _A_DAY.search(cell) for cell in told)
    return told[0] if is_so and len(set(told)) == len(told) else None


def _ends_with_heading(rows: Sequence[_Row]) -> bool:
    told = [row.cells for row in rows if filled(row.cells)]
    return bool(told) and is_heading(told[-1])


def _is_plain(head: str, header: _Row, delimiter: str) -> bool:
    """Whether each line up to the header is a row by itself: DuckDB miscounts the lines it skips otherwise."""
    if header.number != header.last_line:
        return False
    lines = io.StringIO(head, newline="\n")
    cell = rf'(?:"(?:[^"]|"")*"|[^"{re.escape(delimiter)}]*)'
    row = re.compile(rf"{cell}(?:{re.escape(delimiter)}{cell})*\r?\n?")
    return all('"' not in line or row.fullmatch(line) for line in itertools.islice(lines, header.last_line))


def _as_line(cells: Sequence[str], delimiter: str) -> str:
    return delimiter.join(cells).strip(" ,;\t|\ufeff")

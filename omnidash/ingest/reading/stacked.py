"""Does one text hold several tables below each other? Cuts it into them, as GA4's snapshot and dashboard cards need.

Blank lines and ``# comments`` cut a text into blocks. A block that begins with a header of its own is a new table: its
header differs from what stands in the columns above it (words where numbers were, another number of columns), it
repeats the header, or comments announce it. Every other block goes on with the table above: rows after a blank line, a
block of totals, a footer. So one table with gaps stays one table.

A table that is only a header, or only one column of labels, says nothing; it is left out and named.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from omnidash.ingest.reading.header import (
    Heading,
    Row,
    clean_cell,
    fits,
    heading_of,
    is_blank,
    is_comment,
    is_heading,
    is_label_block,
    is_value,
    typed_columns,
    width_of,
)
from omnidash.ingest.reading.totals import FOOTER_ROW, TOTAL_ROW

_KEPT_ROWS = 60  # of a block; enough to know its header and its types


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table in a text. Lines (the first of the table with its preamble, that of the header, the last) and row
    numbers (of the same first two) count from 1, and so does ``number``, the place of the table; ``header`` is what its
    columns are called. ``is_empty``: it has no rows, or only one column."""

    number: int
    first_line: int
    last_line: int
    first_row: int
    header_row: int
    header_line: int
    header: tuple[str, ...]
    has_preamble: bool
    is_empty: bool


@dataclass(slots=True)
class _Block:
    """Rows between two gaps, with the comments in the gap above them; lines and rows count from 1."""

    first_line: int = 0
    first_row: int = 0
    last_line: int = 0
    comments: int = 0
    rows: list[list[str]] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)  # row number and first line of each


@dataclass(slots=True)
class _Table:
    heading: Heading
    header: list[str]
    place: tuple[int, int]
    first: _Block
    last_line: int
    has_preamble: bool
    rows: list[list[str]]
    is_empty: bool = False


def sections(lines: Iterable[str], delimiter: str) -> list[Section]:
    """The tables of a text (its lines with their ends) in their order; one or none where it is not stacked.

    Raises csv.Error on an endless cell.
    """
    tables: list[_Table] = []
    waiting: _Block | None = None  # titles that stand between two gaps
    for block in _blocks(lines, delimiter):
        current = next((table for table in reversed(tables) if not table.is_empty), None)
        table = _new_table(block, current)
        if table is not None:
            if waiting is not None:
                table.first, table.has_preamble = waiting, True
            tables.append(table)
            waiting = None
        elif _is_title(block):
            waiting = waiting or block
        elif tables:
            tables[-1].last_line, waiting = block.last_line, None
            _learn(tables[-1], block)
    if waiting is not None and tables:
        tables[-1].last_line = waiting.last_line
    return [
        Section(
            number=number,
            first_line=table.first.first_line,
            last_line=table.last_line,
            first_row=table.first.first_row,
            header_row=table.place[0],
            header_line=table.place[1],
            header=tuple(clean_cell(cell) for cell in table.header[: table.heading.width]),
            has_preamble=table.has_preamble,
            is_empty=table.is_empty or (table.heading.width == 1 and len(tables) > 1),
        )
        for number, table in enumerate(tables, start=1)
    ]


def _blocks(lines: Iterable[str], delimiter: str) -> Iterator[_Block]:
    reader = csv.reader(lines, delimiter=delimiter)
    block, before = _Block(), 0
    for number, row in enumerate(reader, start=1):
        is_gap = is_blank(row) or is_comment(row)
        if is_gap and block.rows:
            yield block
            block = _Block()
        if not is_blank(row):
            if not block.first_line:
                block.first_line, block.first_row = before + 1, number
            block.last_line = reader.line_num
            if is_gap:
                block.comments += 1
            elif len(block.rows) < _KEPT_ROWS:
                block.rows.append(row)
                block.places.append((number, before + 1))
        before = reader.line_num
    if block.first_line:
        yield block


def _new_table(block: _Block, current: _Table | None) -> _Table | None:
    """The table that begins with this block, or None where the block goes on with the one above or is a title."""
    heading = heading_of(block.rows) if block.rows else None
    if heading is None:
        return _empty_table(block, current)
    above, header = block.rows[: heading.at], block.rows[heading.at]
    if any(width_of(row) >= max(2, heading.width) for row in above) and not is_label_block(above):
        return None
    if any(re.search(TOTAL_ROW, clean_cell(row[0]).lower()) for row in above):
        return None
    if not _begins_anew(block, heading, header, current):
        return None
    return _Table(
        heading=heading,
        header=header,
        place=block.places[heading.at],
        first=block,
        last_line=block.last_line,
        has_preamble=bool(above or block.comments),
        rows=block.rows[heading.at + 1 :],
    )


def _begins_anew(block: _Block, heading: Heading, header: Row, current: _Table | None) -> bool:
    if heading.width == 1 and not block.comments:
        return False  # lines of a title
    if current is None:
        return heading.width > 2 or not is_label_block(block.rows[heading.at + 1 :])
    if [clean_cell(c) for c in header] == [clean_cell(c) for c in current.header]:
        return True
    if not heading.typed:
        return False  # a note of words
    return block.comments > 0 or heading.width != current.heading.width or _contradicts(header, current)


def _empty_table(block: _Block, current: _Table | None) -> _Table | None:
    """Comments announce a table, but it is nothing but its header (a single word may be a title)."""
    header = block.rows[0] if len(block.rows) == 1 else []
    if width_of(header) < 2 or not block.comments or not is_heading(header):
        return None
    if current is not None and width_of(header) == current.heading.width and not _contradicts(header, current):
        return None
    return _Table(
        heading=Heading(0, width_of(header), frozenset(), 0.0, False),
        header=header,
        place=block.places[0],
        first=block,
        last_line=block.last_line,
        has_preamble=True,
        rows=[],
        is_empty=True,
    )


def _contradicts(header: Row, current: _Table) -> bool:
    """Words stand where the table above has values."""
    words = (clean_cell(header[i]) for i in current.heading.typed if i < len(header))
    return any(word and not is_value(word) for word in words)


def _is_title(block: _Block) -> bool:
    """Single cells or labels that may introduce the next table; totals and footers belong to the one above."""
    if not all(width_of(row) == 1 for row in block.rows) and not is_label_block(block.rows):
        return False
    said = [clean_cell(row[0]).lower() for row in block.rows if row]
    return not any(re.search(TOTAL_ROW, text) or re.search(FOOTER_ROW, text) for text in said)


def _learn(table: _Table, block: _Block) -> None:
    """A table whose first block was short shows its types in the next one."""
    if len(table.rows) < _KEPT_ROWS:
        width = table.heading.width
        table.rows += [row for row in block.rows if fits(row, width) == 1.0][: _KEPT_ROWS - len(table.rows)]
        typed = typed_columns(table.rows, width)
        table.heading = replace(table.heading, typed=typed)

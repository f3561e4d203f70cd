"""How is this table written? Finds delimiter, header row, names of the columns and the rows that are no rows.

Exports begin with titles, date ranges, ``# comments`` and ``Key: value`` lines and end with totals. The header is the
first row that is as filled as the table's typical row and holds words only. Everything above it is preamble.

>>> dialect_of("Report\\n\\nDay;Cost\\n2026-07-01;1,5\\n2026-07-02;2\\n").header
('Day', 'Cost')
"""

import csv
import io
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

DELIMITERS = (",", "\t", ";", "|")
_ROWS_LOOKED_AT = 400
_HEADER_SEARCH_ROWS = 60

TOTAL_ROW = (  # RE2 and Python alike; matched against the first filled cell, lower case
    r"^((grand |sub)?totals?|总计|合计|小计|汇总|总和|共计|全部合计)$"
    r"|^((grand |sub)?totals?|总计|合计|小计|汇总)\s*[:：(（—-].*"
)
FOOTER_ROW = (  # matched against the only filled cell of a row, lower case
    r"copyright|©|all rights reserved|^#|^@\d{4}|^(注|备注|说明|数据说明|数据更新时间|导出时间|数据生成时间)"
    r"|^(generated|exported|downloaded|report generated)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """``header_row`` and ``first_row`` are row numbers as a spreadsheet shows them (first line = 1);
    ``skip_lines`` is the number of text lines up to and including the header. ``header`` names are unique."""

    delimiter: str
    header: tuple[str, ...]
    header_row: int
    skip_lines: int
    preamble: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]

    @property
    def first_row(self) -> int:
        """Row number of the first data row."""
        return self.header_row + 1


def dialect_of(head: str, name: str = "", *, is_whole: bool = True) -> Dialect:
    """The dialect of a table from the beginning of its text (complete unless ``is_whole`` is False).

    Raises BadInput where there is no header, or nothing below it.
    """
    best = max((_reading(head, d, is_whole=is_whole) for d in DELIMITERS), key=lambda r: r.score)
    if best.header_at is None:
        raise BadInput(N_("{file} has no header row; add a first line that names the columns"), file=name)
    above, at = best.rows[: best.header_at], best.rows[best.header_at]
    below = [row.cells for row in best.rows[best.header_at + 1 :] if any(c.strip() for c in row.cells)]
    if not below:
        raise BadInput(N_("{file} has a header but no rows below it"), file=name)
    return Dialect(
        delimiter=best.delimiter,
        header=unique_names(at.cells),
        header_row=at.number,
        skip_lines=at.last_line,
        preamble=tuple(text for row in above if (text := best.delimiter.join(row.cells).strip(" ,;\t|"))),
        sample=tuple(tuple(cells) for cells in below[:200]),
    )


def unique_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Header names kept apart: blank ones numbered, repeated ones as ``name (2)``; trailing blanks are no names."""
    cells = [unicodedata.normalize("NFC", clean_cell(c)) for c in cells]
    while len(cells) > 1 and not cells[-1]:
        cells = cells[:-1]
    names: list[str] = []
    for position, cell in enumerate(cells, start=1):
        wanted = cell or f"column {position}"
        name, nth = wanted, 2
        while name in names:
            name, nth = f"{wanted} ({nth})", nth + 1
        names.append(name)
    return tuple(names)


def clean_cell(text: str) -> str:
    """A cell without blanks, tabs, byte order marks and the ``="…"`` that protects ids from spreadsheets."""
    text = re.sub(r"\s+", " ", text.strip(" \t\r\n\u00a0\u3000\ufeff"))
    return text[2:-1] if len(text) > 3 and text.startswith('="') and text.endswith('"') else text


@dataclass(slots=True)
class _Row:
    cells: list[str]
    number: int
    last_line: int

    @property
    def filled(self) -> int:
        return sum(1 for c in self.cells if c.strip())


@dataclass(slots=True)
class _Reading:
    """The head read with one delimiter."""

    delimiter: str
    rows: list[_Row]
    header_at: int | None
    score: float


def _reading(head: str, delimiter: str, *, is_whole: bool) -> _Reading:
    rows = _rows(head, delimiter)
    if not is_whole and len(rows) > 1:
        rows = rows[:-1]  # the text may stop in the middle of it
    body = [row for row in rows if row.filled]
    if not body:
        return _Reading(delimiter, rows, None, -1.0)
    wide = Counter(len(row.cells) for row in body if not _is_comment(row.cells))
    width = max(wide, key=lambda w: (wide[w] * math.sqrt(w), w)) if wide else 1
    regular = [row for row in body if len(row.cells) == width]
    typical = sorted(row.filled for row in regular)[len(regular) // 2]
    header_at = _header_at(rows, width, typical)
    fit = len(regular) / len(body)
    looks_right = header_at is not None and _is_heading(rows[header_at].cells)
    score = fit * (1 + math.log2(width)) * (1.0 if looks_right else 0.2)
    return _Reading(delimiter, rows, header_at, score)


def _rows(head: str, delimiter: str) -> list[_Row]:
    rows: list[_Row] = []
    reader = csv.reader(io.StringIO(head.removeprefix("\ufeff"), newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            rows.append(_Row(cells, len(rows) + 1, reader.line_num))
            if len(rows) >= _ROWS_LOOKED_AT:
                break
    except csv.Error:  # an endless quoted cell; what came before it decides
        pass
    return rows


def _header_at(rows: list[_Row], width: int, typical: int) -> int | None:
    enough = max(2 if width > 1 else 1, math.ceil(0.6 * min(width, typical)))
    candidates = [
        i
        for i, row in enumerate(rows[:_HEADER_SEARCH_ROWS])
        if row.filled >= enough and len(row.cells) >= 0.6 * width and not _is_comment(row.cells)
    ]
    headings = [i for i in candidates if _is_heading(rows[i].cells)]
    return headings[0] if headings else None


def _is_comment(cells: Sequence[str]) -> bool:
    return cells[0].lstrip().startswith("#") and sum(1 for c in cells if c.strip()) <= 1 if cells else False


def _is_heading(cells: Sequence[str]) -> bool:
    """Words, not values: no cell that is a number, an amount or a date, and the names hardly repeat."""
    words = [clean_cell(c) for c in cells if clean_cell(c)]
    if not words or any(_is_value(w) for w in words):
        return False
    return len(set(words)) >= 0.7 * len(words) and max(map(len, words)) < 200


def _is_value(word: str) -> bool:
    plain = unicodedata.normalize("NFKC", word)
    is_amount = re.fullmatch(r"[(]?[-+]?\s*[^\w\s]?\s*\d[\d.,' \u00a0]*\s*[%)]?", plain) is not None
    is_date = re.match(r"\d{4}[-/.年]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{4}-\d\d-\d\dT", plain) is not None
    return is_amount or is_date or "@" in plain or plain in ("--", "-")

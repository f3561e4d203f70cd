"""Identifiers in a file, for requests in bulk: one per line, or a column of any export. Nothing of it is written.

The file is read into memory and goes no further; it is as short as a list of requests is.
"""

import contextlib
import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

from omnidash.identity.normalise import TYPES
from omnidash.identity.personal import unpersonal
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

MOST_BYTES = 50_000_000
_ENCODINGS = ("utf-8-sig", "gb18030", "latin-1")
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def columns_in(file: Path | bytes) -> list[str]:
    """The header of a list of several columns; none of a list that has one."""
    rows = _rows_of(file)
    return [cell.strip() for cell in rows[0]] if max(map(len, rows), default=0) > 1 else []


def _none(_header: Sequence[str]) -> list[int]:
    return []


def identifiers_in(
    file: Path | bytes, *, columns: Sequence[str] = (), called: Callable[[Sequence[str]], list[int]] = _none
) -> list[str]:
    """The identifiers of a file (or of its bytes), each once, in its order.

    ``columns``: the headers of the columns to take. Without them a file of one column is taken whole, and one of
    several by its columns that are called as our identifiers are (phone, email, member_id …), else by the only one that
    ``called`` finds in the header. Raises BadInput where the file is empty or too large, has no such column, or nothing
    says which of several to take.
    """
    rows = _rows_of(file)
    if not rows:
        raise BadInput(N_("the list holds no identifier"))
    header = [cell.strip() for cell in rows[0]]
    if columns:
        missing = next((column for column in columns if column not in header), None)
        if missing is not None:
            raise BadInput(
                N_("the list has no column '{column}'; its columns are {columns}"),
                column=missing,
                columns=_shown(header),
            )
        places, rows = [header.index(column) for column in columns], rows[1:]
    elif max(len(row) for row in rows) > 1:
        places = [place for place, name in enumerate(header) if name.lower() in TYPES]
        if not places and len(found := called(header)) == 1:
            places = found
        if not places:
            raise BadInput(N_("say which column holds the identifiers; the list has {columns}"), columns=_shown(header))
        rows = rows[1:]
    else:
        places, rows = [0], rows[1:] if header[0].lower() in TYPES else rows
    cells = (row[place].strip() for row in rows for place in places if place < len(row))
    return list(dict.fromkeys(cell for cell in cells if cell))


def _shown(header: Sequence[str]) -> str:
    """The header in an error; the first line of a list without one is somebody."""
    return ", ".join(map(unpersonal, header))


def _rows_of(file: Path | bytes) -> list[list[str]]:
    data = file if isinstance(file, bytes) else file.read_bytes()
    if len(data) > MOST_BYTES:
        raise BadInput(N_("the list is too long: at most {limit} MB"), limit=MOST_BYTES // 1_000_000)
    return _rows(_text(data))


def _text(data: bytes) -> str:
    marked = _BYTE_ORDER_MARKS.get(data[:2])
    for encoding in (marked,) if marked else _ENCODINGS:
        with contextlib.suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise BadInput(N_("the list cannot be read: it begins as UTF-16 and goes on as something else"))


def _rows(text: str) -> list[list[str]]:
    """Rows that are not blank. What stands between cells is what the first line has most of."""
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise BadInput(N_("the list cannot be read: a quotation mark in it is never closed")) from None
    return [row for row in rows if any(cell.strip() for cell in row)]

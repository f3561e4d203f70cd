"""Rows that were set aside and come back corrected: how a file of them is written, and how it is read again.

The file has three columns of ours before the export's own: ``omnidash_batch``, ``omnidash_row``, ``omnidash_reason``.
An identifier stands in it as its mask and its id, ``+86138****5678 #0f3a…``: the id is keyed, so that the row finds its
person again although nobody can read who that is. A cell that a spreadsheet would take for a formula is written with
``'`` in front; reading takes it off again.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from omnidash.identity.personal import HIDDEN
from omnidash.ingest.reading.reader import Source
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace

COLUMNS = ("omnidash_batch", "omnidash_row", "omnidash_reason")

_FORMULA = re.compile(r"\s*'*[=+\-@]")
_NUMBER = re.compile(r"[+-]?\s*[¥￥$€£]?\s*[\d.,\s]*%?|[-—–]+")
_CELL_LIMIT = 32_000  # characters; a spreadsheet holds no more in a cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """Where a file of returning rows says so: the batch that set them aside, and the positions of our columns."""

    batch_id: int
    batch: int
    row: int
    own: tuple[int, ...]


def is_returned(header: Sequence[str]) -> bool:
    """Whether a file brings rows back."""
    return set(COLUMNS) <= set(header)


def own_header(header: Sequence[str]) -> list[str]:
    """The export's own columns, as it wrote them."""
    return [unguarded(name) for name in header if name not in COLUMNS] if is_returned(header) else list(header)


def returned_of(source: Source) -> Returned | None:
    """What the header and the first row say; None for any other file. Raises BadInput where no batch is named."""
    header = source.dialect.header
    if not is_returned(header):
        return None
    batch, row = header.index(COLUMNS[0]), header.index(COLUMNS[1])
    named = next((cells[batch].strip() for cells in source.dialect.sample if batch < len(cells)), "")
    if not (named.isdecimal() and len(named) < 10):
        raise BadInput(
            N_("{file}: column {column} does not say which import the rows are from; keep it as it was downloaded"),
            file=source.name,
            column=COLUMNS[0],
        )
    own = tuple(i for i, name in enumerate(header) if name not in COLUMNS)
    return Returned(batch_id=int(named), batch=batch, row=row, own=own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The import that set returning rows aside. ``mapping`` is plain data (``Mapping.from_json``)."""

    batch_id: int
    source: str
    mapping: dict[str, Any]


def origin_of(ws: Workspace, source: Source) -> Origin | None:
    """Where the rows of a file come back to; None for any other file. Raises BadInput where that import is not in
    use."""
    returned = returned_of(source)
    if returned is None:
        return None
    rows = ws.rows(
        "select source, mapping from batch where batch_id = $batch and state = 'active'", {"batch": returned.batch_id}
    )
    if not rows:
        raise BadInput(
            N_("{file} brings back rows of import {batch}, which is not in use"),
            file=source.name,
            batch=returned.batch_id,
        )
    return Origin(batch_id=returned.batch_id, source=rows[0][0], mapping=json.loads(rows[0][1]))


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay as they are.

    >>> guarded("=1+1"), guarded("-12.5"), guarded("'=x")
    ("'=1+1", '-12.5', "''=x")
    """
    return "'" + cell.strip() if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """The cell that ``guarded`` was given, without blanks around."""
    return cell[1:] if re.match(r"'+[=+\-@]", cell) else cell


# ---- SQL -------------------------------------------------------------------------------------------------------------


def unguarded_sql(text: str) -> str:
    """SQL: ``unguarded`` of a trimmed text."""
    return f"(case when regexp_matches({text}, '^''+[=+@-]') then {text}[2:] else {text} end)"


def token_id(text: str) -> str:
    """SQL: the id an identifier cell names after its mask, or null."""
    return f"try_cast('0x' || nullif(regexp_extract({text}, ' #([0-9a-f]{{15}})$', 1), '') as bigint)"


def shown_identifier(cell: str, hint: str, identifier: str) -> str:
    """SQL: an identifier cell as it is kept: ``hint`` (its mask) and id. A cell that identifies nobody is hidden; one
    without a mask names an id already."""
    known = f"{hint} || ' #' || printf('%015x', {identifier})"
    return f"(case when {identifier} is null then {hidden(cell)} when {hint} is null then {cell} else {known} end)"


def hidden(cell: str) -> str:
    """SQL: whether there is something in a cell, not what."""
    return f"(case when trim(coalesce({cell}, '')) = '' then '' else '{HIDDEN}' end)"


def csv_text(cells: str) -> str:
    """SQL: a list of cells as one line of CSV (RFC 4180, comma)."""
    cut = f"left(cell, {_CELL_LIMIT})"
    quoted = f"""'"' || replace({cut}, '"', '""') || '"'"""
    needs_quotes = r"""[",\n\r]|^\s|\s$"""
    return (
        f"array_to_string(list_transform({cells}, lambda cell:"
        f" case when regexp_matches(cell, '{needs_quotes}') then {quoted} else {cut} end), ',')"
    )

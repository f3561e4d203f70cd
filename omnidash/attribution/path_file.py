"""Read aggregated paths from a file that another tool wrote.

A CSV with a header, delimited by comma, semicolon, tab or |; the columns are recognised by their usual names in any
order, others are passed over:

============  ====================================================================  ==========
path          path, paths, 路径, 转化路径; channels joined by ``>`` or ``→``           required
conversions   conversions, total_conversions, 转化数, 转化次数                        required
value         value, conversion_value, total_conversion_value, revenue, 转化金额     else 0
nulls         nulls, null, total_null, total_nulls, 未转化, 未转化数                  else 0
============  ====================================================================  ==========

Example: ``path;total_conversions;total_null`` / ``search > email;3;2``. An empty number is 0. Row numbers in errors are
those a spreadsheet shows (the header is row 1).
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from omnidash.attribution.path_table import PathTable
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

_DELIMITERS = (",", ";", "\t", "|")
_ENCODINGS = ("utf-8-sig", "gb18030")
_LONGEST_LINE_BYTES = 1_000_000

_NAMES = {
    "path": {"path", "paths", "路径", "转化路径"},
    "conversions": {"conversions", "conversion", "total_conversions", "转化数", "转化次数"},
    "value": {"value", "conversion_value", "total_conversion_value", "revenue", "转化金额", "转化价值"},
    "nulls": {"nulls", "null", "total_null", "total_nulls", "未转化", "未转化数"},
}
_REQUIRED = ("path", "conversions")
_SCHEMA = pl.Schema(
    {"path": pl.List(pl.String()), "conversions": pl.Float64(), "value": pl.Float64(), "nulls": pl.Float64()}
)
_SEPARATOR = re.compile(r"\s*[>→]\s*")


def read_path_file(file: Path) -> PathTable:
    """The paths of ``file``. Raises BadInput naming file, row, column and remedy; nothing is guessed or passed over."""
    lines = csv.reader(_text_lines(file), delimiter=_delimiter_of(file))
    columns = _columns_of(next(lines), file.name)
    return PathTable.from_frame(pl.DataFrame(_rows(lines, columns, file.name), schema=_SCHEMA, orient="row"))


def _delimiter_of(file: Path) -> str:
    """The delimiter that yields the most known columns in the header."""
    header = next(_text_lines(file), "")
    if not header.strip():
        raise BadInput(N_("{file} is empty; expected a header and one row per path."), file=file.name)

    def known(delimiter: str) -> int:
        names = {_plain(name) for name in next(csv.reader([header], delimiter=delimiter))}
        return sum(bool(names & usual) for usual in _NAMES.values())

    return max(_DELIMITERS, key=known)


def _columns_of(header: list[str], file_name: str) -> dict[str, int]:
    """Position of each known column."""
    plain = [_plain(name) for name in header]
    columns = {field: [i for i, name in enumerate(plain) if name in usual] for field, usual in _NAMES.items()}
    for field, found in columns.items():
        if field in _REQUIRED and not found:
            raise BadInput(
                N_("{file} has no column {column}; its header is {header}. Name one of its columns {column}."),
                file=file_name,
                column=field,
                header=", ".join(header)[:200],
            )
        if len(found) > 1:
            raise BadInput(
                N_("{file} has several columns for {column}: {header}. Keep one."),
                file=file_name,
                column=field,
                header=", ".join(header[i] for i in found),
            )
    return {field: found[0] for field, found in columns.items() if found}


def _rows(
    lines: Iterator[list[str]], columns: dict[str, int], file_name: str
) -> list[tuple[list[str], float, float, float]]:
    rows = []
    try:
        for row_number, cells in enumerate(lines, start=2):
            if not any(cells):
                continue
            if len(cells) <= max(columns.values()):
                raise BadInput(
                    N_("{file} row {row}: only {cells} columns; expected at least {expected}. Complete the row."),
                    file=file_name,
                    row=row_number,
                    cells=len(cells),
                    expected=max(columns.values()) + 1,
                )
            path = _path(cells[columns["path"]], file_name, row_number)
            numbers = [
                _count(cells, columns, field, file_name, row_number) for field in ("conversions", "value", "nulls")
            ]
            rows.append((path, *numbers))
    except csv.Error as problem:
        raise BadInput(
            N_("{file} row {row} cannot be read: {problem}. Export the file as plain CSV again."),
            file=file_name,
            row=len(rows) + 2,
            problem=str(problem),
        ) from problem
    if not rows:
        raise BadInput(N_("{file} has a header but no rows; expected one row per path."), file=file_name)
    return rows  # type: ignore[return-value]  # three numbers each


def _path(cell: str, file_name: str, row_number: int) -> list[str]:
    channels = _SEPARATOR.split(cell.strip())
    if not all(channels):
        raise BadInput(
            N_("{file} row {row}, column path: {value} has an empty channel; expected a form such as search > email."),
            file=file_name,
            row=row_number,
            value=repr(cell[:80]),
        )
    return channels


def _count(cells: list[str], columns: dict[str, int], field: str, file_name: str, row_number: int) -> float:
    """A number that is not negative; 0 for an empty cell and a column the file does not have."""
    cell = cells[columns[field]].strip() if field in columns else ""
    try:
        number = float(cell or 0)
    except ValueError:
        number = float("nan")
    if not 0 <= number < float("inf"):
        raise BadInput(
            N_("{file} row {row}, column {column}: {value} is no number of at least 0; expected such as 12 or 12.5."),
            file=file_name,
            row=row_number,
            column=field,
            value=repr(cell[:80]),
        )
    return number


def _text_lines(file: Path) -> Iterator[str]:
    """Lines of the file, decoded as UTF-8, else as GB 18030. Refuses what is no text before reading it whole."""
    try:
        with file.open("rb") as raw:
            beginning = raw.read(_LONGEST_LINE_BYTES)
    except OSError as problem:
        raise BadInput(
            N_("{file} cannot be opened: {problem}."), file=file.name, problem=problem.strerror or str(problem)
        ) from problem
    is_one_line = len(beginning) == _LONGEST_LINE_BYTES and b"\n" not in beginning
    if b"\0" in beginning or is_one_line:
        raise BadInput(N_("{file} is no text file with one row per path; export it as CSV in UTF-8."), file=file.name)
    with file.open(encoding=_encoding_of(file), newline="") as text:
        yield from text


def _encoding_of(file: Path) -> str:
    for encoding in _ENCODINGS:
        try:
            with file.open(encoding=encoding, newline="") as text:
                while text.read(_LONGEST_LINE_BYTES):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise BadInput(N_("{file} is neither UTF-8 nor GB 18030 text; export it as CSV in UTF-8."), file=file.name)


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().lower())

"""The sheets of a workbook as CSV files, written by a process of its own: ``python -m … <workbook> <prefix>``.

A damaged workbook can make its reader ask for any amount of memory or time, so it is read where that ends a helper and
not the app (``workbook.py`` starts it). What a person sees in a cell is not what is stored; written are

    numbers      exact and as short as they can be: 12.5, 1017116707008; 2.81 % is 0.0281, money has no sign; of long
                 ones whose last digits are not in the file what is: 4.81234567890123E+18
    dates        2026-07-01, or 2026-07-01 10:30:00; durations 36:00:00
    texts        as they are; TRUE and FALSE; errors such as #DIV/0! are blank

A cell that is merged over several rows says the same in each of them: a day or a name above the rows that it is of. Of
a merged number it is not known whether each row has it or all of them together, so it stays on the first.

Rows keep their numbers: rows without a cell are blank lines. The answer is one line of JSON.
"""

import contextlib
import json
import math
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path

import python_calamine

from omnidash.ingest.reading.spool import write_rows

_MEMORY_BYTES = 4 << 30
_SECONDS = 900
_LONG_NUMBER = re.compile(
    rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*(?:<f\b[^>]*>[^<]*</f>\s*)?<v>(-?\d{16,})</v>'
)
_CUT_FROM = 1e15  # a spreadsheet keeps 15 digits of what is typed or opened, and zeros behind them
_EXACT_BELOW = 2**53  # whole numbers below are stored as they are
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # what an .xlsx with a password consists of
_CHUNK_BYTES = 1 << 20
_LONGEST_CELL = 1 << 12


def main() -> None:
    """Read the workbook named first, write ``<prefix>-<n>.csv`` for each sheet, and print what was found as JSON."""
    _limit()
    path, prefix = Path(sys.argv[1]), sys.argv[2]
    answer: dict[str, object]
    try:
        answer = {"sheets": list(_written(path, prefix))}
    except python_calamine.PasswordError:
        answer = {"problem": "password"}
    except MemoryError:
        answer = {"problem": "large"}
    except OSError as error:
        answer = {"problem": "system", "detail": error.strerror or type(error).__name__}
    except BaseException as error:  # the reader's own panics are no Exceptions
        is_protected = "assword" in str(error) or _ENCRYPTED in path.read_bytes()
        answer = {"problem": "password" if is_protected else "damaged"}
    sys.stdout.write(json.dumps(answer))


def text_of(cell: object) -> str:
    """A cell's value as text, in the shapes listed above."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return number_text(cell)
    if isinstance(cell, datetime):
        return _to_second(cell).isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return "" if cell is None else str(cell)


def number_text(number: float) -> str:
    """The shortest text that is exactly this number. In powers of ten where a spreadsheet has cut it after 15 digits,
    as it shows it too: written out, the zeros would pass for the digits of an id that many ids become alike."""
    if isinstance(number, int):
        return str(number)
    if number.is_integer():
        is_cut = abs(number) >= _EXACT_BELOW or (abs(number) >= _CUT_FROM and number % 10 == 0)
        return format(Decimal(repr(number)).normalize(), "E") if is_cut else str(int(number))
    return format(Decimal(repr(number)), "f") if math.isfinite(number) else ""


def _to_second(moment: datetime) -> datetime:
    """Moments are stored as fractions of a day; what is off a second by less than a millisecond is that second."""
    nearest = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    return nearest if abs(nearest - moment) < timedelta(milliseconds=1) else moment.replace(tzinfo=None)


def _written(path: Path, prefix: str) -> Iterator[dict[str, object]]:
    with path.open("rb") as file:  # a file and no path: the reader would believe the name, which is often wrong
        workbook = python_calamine.CalamineWorkbook.from_filelike(file)
        yield from _sheets(workbook, _SheetFiles(path), prefix)


def _sheets(
    workbook: python_calamine.CalamineWorkbook, exact: "_SheetFiles", prefix: str
) -> Iterator[dict[str, object]]:
    for place, sheet in enumerate(workbook.sheets_metadata):
        if sheet.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        rows = workbook.get_sheet_by_index(place)
        target = Path(f"{prefix}-{place}.csv")
        count = _write(rows, exact.long_numbers(sheet.name), target)
        is_hidden = sheet.visible != python_calamine.SheetVisibleEnum.Visible
        yield {"title": sheet.name, "file": str(target), "is_hidden": is_hidden, "rows": count}


def _write(sheet: python_calamine.CalamineSheet, exact: Iterator[tuple[int, int, str]], target: Path) -> int:
    """Number of rows with a told cell."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", newline="", encoding="utf-8") as out:
        return write_rows(out, _rows(sheet, exact))


def _rows(sheet: python_calamine.CalamineSheet, exact: Iterator[tuple[int, int, str]]) -> Iterator[list[str]]:
    """The sheet's rows from its first one, with the exact digits of long numbers."""
    first_column = sheet.start[1] if sheet.start else 0
    merged = _merged(sheet, first_column)
    held: dict[int, tuple[int, str]] = {}  # column -> the last row, from 0, that says so, and what
    row_number, column, text = next(exact, (0, 0, ""))
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        row = [text_of(cell) for cell in cells]
        for place, (last_row, said) in held.items():
            if number - 1 <= last_row and place < len(row) and not row[place]:
                row[place] = said
        for place, last_row in merged.get(number - 1, ()):
            is_name = place < len(row) and not isinstance(cells[place], int | float)
            held[place] = (last_row, row[place] if is_name else "")
        while row_number and row_number <= number:
            if row_number == number and 0 <= column - first_column < len(row):
                row[column - first_column] = text
            row_number, column, text = next(exact, (0, 0, ""))
        yield row


def _merged(sheet: python_calamine.CalamineSheet, first_column: int) -> dict[int, list[tuple[int, int]]]:
    """Row, from 0, in which cells begin that go over several rows -> their columns in the row and their last rows."""
    found: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        if bottom > top and left >= first_column:
            found.setdefault(top, []).append((left - first_column, bottom))
    return found


class _SheetFiles:
    """The XML behind an .xlsx, asked only for numbers too long for the reader, which keeps 15 to 17 digits of them:
    ids that a program wrote as numbers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files: dict[str, str] = {}
        with contextlib.suppress(zipfile.BadZipFile, KeyError, UnicodeDecodeError), zipfile.ZipFile(path) as archive:
            targets = {}
            for relation, target in _attributes(
                archive.read("xl/_rels/workbook.xml.rels"), "Relationship", "Id", "Target"
            ):
                targets[relation] = target
            for name, relation in _attributes(archive.read("xl/workbook.xml"), "sheet", "name", "id"):
                target = targets.get(relation, "")
                self._files[name] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"

    def long_numbers(self, sheet: str) -> Iterator[tuple[int, int, str]]:
        """(row number from 1, column from 0, digits) in the order of the rows."""
        file = self._files.get(sheet)
        if file is None or not file.endswith(".xml"):
            return
        with (
            contextlib.suppress(KeyError, zipfile.BadZipFile),
            zipfile.ZipFile(self._path) as archive,
            archive.open(file) as xml,
        ):
            kept = b""
            while block := xml.read(_CHUNK_BYTES):
                seam, done = kept + block, 0
                for cell in _LONG_NUMBER.finditer(seam):
                    done = cell.end()
                    yield int(cell[2]), _column_number(cell[1].decode()), cell[3].decode()
                rest = seam[done:]
                kept = rest[max(rest.rfind(b"<c "), len(rest) - _LONGEST_CELL, 0) :]


def _attributes(xml: bytes, element: str, *names: str) -> Iterator[tuple[str, ...]]:
    """Attributes of all elements of a name, whatever their prefixes."""
    for tag in re.findall(rf"<(?:\w+:)?{element}\b[^>]*>", xml.decode("utf-8")):
        found = {key: unescape(value) for key, value in re.findall(r'(?:\w+:)?(\w+)\s*=\s*"([^"]*)"', tag)}
        if all(name in found for name in names):
            yield tuple(found[name] for name in names)


def _column_number(letters: str) -> int:
    """Columns from 0: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _limit() -> None:
    """A bound on memory and time, where the system knows such (not on Windows)."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()

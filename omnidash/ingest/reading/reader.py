"""Opens an export of any encoding and dialect as one regular table of text cells, and loses no row.

    file ──scan──► encoding, hash ──► (spool: UTF-8 text, mode 0600) ──dialect──► DuckDB read_csv, all text

Two ways lead to the same rows. *Straight*: a regular file is read by DuckDB in parallel as it stands. *Mended*: where
rows have too few or too many cells, blank lines lie between them or quotes are loose, the file is written once more,
row by row, with its row number and number of cells in front; streaming, memory does not grow with the file. Straight
is tried first and given up when DuckDB meets a single row that does not fit.
"""

import codecs
import contextlib
import csv
import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from omnidash.identity.personal import unpersonal_file_name
from omnidash.ingest.reading.dialect import SAMPLE_ROWS, Dialect, dialect_of
from omnidash.ingest.reading.encoding import BLOCK_BYTES, BROKEN, LINE_LIMIT_BYTES, Scan, blocks, broken_text, scan
from omnidash.ingest.reading.quotes import rows_of
from omnidash.ingest.reading.spool import row_writer
from omnidash.ingest.reading.totals import names_total
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Staging, Workspace

_HEAD_CHARACTERS = 1 << 18
_LEAST_LINES, _LONG_HEAD = 8, 4 << 20  # of the first text, where single cells hold whole pages
_NOTHING = " \t\r\n\x0b\x0c\x1a\u00a0\u3000"  # \x1a: how texts ended on DOS
_REMEMBERED_BYTES = 16 << 20  # so large a file is not written twice within one tick of the clock
_SCANS_REMEMBERED = 16
_scans: dict[tuple[object, ...], Scan] = {}
_DIALECTS_REMEMBERED = 4
_dialects: dict[tuple[object, ...], Dialect] = {}
_ANSWERS_REMEMBERED = 64
_answers: dict[tuple[object, ...], set[str]] = {}
_BLANK_LINES = re.compile(r"(?:\r?\n)+")
_BUFFER_BYTES = 32 << 20  # DuckDB has some of them in memory; rows of a smaller one do not fill its row groups
MENDED_COLUMNS = ("row_number", "cells")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One export, looked at: where it is, what it is called, how it is written."""

    path: Path
    name: str
    scan: Scan
    dialect: Dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """A query's FROM part over the export: text columns ``c0`` … and, if ``is_mended``, ``row_number`` and ``cells``.

    ``relation`` holds ``$csv_path`` and the like; bind ``params``. ``unclosed``: numbers of rows with a quote that
    opens and does not close.
    """

    relation: str
    params: dict[str, Any]
    width: int
    first_row: int
    is_mended: bool
    unclosed: tuple[int, ...] = ()


def look(path: Path | str, *, name: str | None = None, progress: Callable[[int], None] | None = None) -> Source:
    """Find out how an export is written. ``name`` is shown in messages (an upload's own name).

    Raises BadInput, naming the file and what to do, for anything that is no readable table.
    """
    path = Path(path)
    shown = unpersonal_file_name(name or path.name)
    scanned = _scanned(path, shown, progress)
    head, lines_above, is_whole = _beginning(path, shown, scanned)
    dialect = _dialect(head, shown, is_whole=is_whole, lines_above=lines_above)
    if scanned.broken_lines and any(BROKEN in name for name in dialect.header):
        raise broken_text(path, shown, scanned.encoding, 0)
    return Source(path=path, name=shown, scan=scanned, dialect=dialect)


def _scanned(path: Path, name: str, progress: Callable[[int], None] | None) -> Scan:
    """The scan of a file. That of a large one is remembered while the file stays untouched: people look at a file, try
    it and import it, and a scan reads all of it."""
    status = path.stat() if path.is_file() else None
    if status is None or status.st_size < _REMEMBERED_BYTES:
        return scan(path, name, progress)
    key = (name, status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    if key not in _scans:
        found = scan(path, name, progress)
        while len(_scans) >= _SCANS_REMEMBERED:
            _scans.pop(next(iter(_scans)), None)
        _scans[key] = found
    return _scans[key]


def _dialect(head: str, name: str, *, is_whole: bool, lines_above: int) -> Dialect:
    """The dialect of a beginning. The last ones are remembered: between a look and the import nothing changes."""
    key = (hashlib.sha256(head.encode("utf-8", "surrogatepass")).digest(), is_whole, lines_above)
    found = _dialects.get(key)
    if found is None:
        found = dialect_of(head, name, is_whole=is_whole, lines_above=lines_above)
        while len(_dialects) >= _DIALECTS_REMEMBERED:
            _dialects.pop(next(iter(_dialects)), None)
        _dialects[key] = found
    return found


def _beginning(path: Path, name: str, scanned: Scan) -> tuple[str, int, bool]:
    """The first text of a file, the number of blank lines taken off before it, and whether it is all of the file.

    A part that stood far down in its file begins with very many blank lines.
    """
    decoder = codecs.getincrementaldecoder(scanned.encoding)(scanned.errors)
    head, lines_above, read = "", 0, 0
    for block in blocks(path, name):
        head += decoder.decode(block[scanned.bom_bytes :] if read == 0 else block)
        read += len(block)
        blank = _BLANK_LINES.match(head)
        if blank is not None:
            lines_above, head = lines_above + blank.group().count("\n"), head[blank.end() :]
        if len(head) >= _HEAD_CHARACTERS and (head.count("\n") + head.count("\r") > _LEAST_LINES or read > _LONG_HEAD):
            break
    length = next(
        (i for i in (_HEAD_CHARACTERS, _LONG_HEAD) if len(re.findall(r"[\r\n]", head[:i])) > _LEAST_LINES), -1
    )
    length = length if length >= 0 else len(head)
    is_whole = read == scanned.bytes_read and len(head) <= length
    return head[:length], lines_above, is_whole


@contextlib.contextmanager
def opened(ws: Workspace, staging: Staging, source: Source, *, mend: bool) -> Iterator[RawTable]:
    """The export as a table of text cells, for as long as the context lasts; spooled text is removed at its end.

    Without ``mend`` rows that do not fit are left out: ask ``count_flaws`` after the query, and mend if there are any.
    """
    with contextlib.ExitStack() as spools:
        straight = _is_utf8_on_disk(source)
        text = source.path if straight else spools.enter_context(_spool(ws, source, _write_utf8))
        staging.cursor.execute("drop table if exists reject_errors")
        staging.cursor.execute("drop table if exists reject_scans")
        if mend:
            unclosed: list[int] = []
            write = partial(_write_mended, unclosed=unclosed)
            mended = spools.enter_context(_spool(ws, replace(source, path=text), write))
            yield _mended(mended, source, unclosed)
        else:
            yield _straight(text, source)


def may_be_straight(source: Source) -> bool:
    """Whether DuckDB can be trusted with the file: blank lines would shift its row numbers, and where lines end in
    several ways, or above the header are more than plain rows, it skips too many or none. Those are mended."""
    shown = source.scan
    is_even = not shown.has_blank_lines and not shown.has_uneven_ends
    dialect = source.dialect
    return is_even and dialect.is_plain_above and not dialect.is_ticked and len(dialect.header) > 1


def distinct(ws: Workspace, source: Source, column: str, expression: str) -> set[str]:
    """What an SQL ``expression`` over ``{cell}``, one of ours, says of the cells of a column: of all rows, not of the
    first ones. Blank and null are left out. Remembered for as long as the same contents are looked at."""
    position = source.dialect.header.index(column)
    key = (source.scan.sha256, source.dialect.header_row, source.dialect.delimiter, position, expression)
    if key in _answers:
        return _answers[key]
    found: set[str] = set()
    for mend in (not may_be_straight(source), True):
        with ws.staging() as staging, opened(ws, staging, source, mend=mend) as raw:
            said = expression.replace("{cell}", f"c{position}")
            rows = staging.cursor.execute(f"select distinct {said} from {raw.relation}", raw.params).fetchall()  # noqa: S608
            found = {row[0] for row in rows if row[0]}
            if mend or count_flaws(staging) == 0:
                break
    while len(_answers) >= _ANSWERS_REMEMBERED:
        _answers.pop(next(iter(_answers)), None)
    _answers[key] = found
    return found


def is_all_in_sample(source: Source) -> bool:
    """Whether the sample holds every row of the file."""
    return source.scan.bytes_read <= _HEAD_CHARACTERS and len(source.dialect.sample) < SAMPLE_ROWS


def _is_utf8_on_disk(source: Source) -> bool:
    return source.scan.encoding == "utf-8" and not source.scan.is_packed and not source.scan.broken_lines


def _straight(text: Path, source: Source) -> RawTable:
    width = len(source.dialect.header)
    columns = ", ".join(f"'c{i}': 'varchar'" for i in range(width))
    return RawTable(
        relation=_read_csv(columns, has_pairs=source.scan.has_pairs),
        params={
            "csv_path": str(text),
            "csv_delimiter": source.dialect.delimiter,
            "csv_skip": source.dialect.skip_lines,
        },
        width=width,
        first_row=source.dialect.first_row,
        is_mended=False,
    )


def _mended(text: Path, source: Source, unclosed: Sequence[int]) -> RawTable:
    width = len(source.dialect.header)
    columns = ", ".join(["'row_number': 'bigint'", "'cells': 'integer'", *(f"'c{i}': 'varchar'" for i in range(width))])
    return RawTable(
        relation=_read_csv(columns, has_pairs=False),
        params={"csv_path": str(text), "csv_delimiter": ",", "csv_skip": 0},
        width=width,
        first_row=source.dialect.first_row,
        is_mended=True,
        unclosed=tuple(unclosed),
    )


def _read_csv(columns: str, *, has_pairs: bool) -> str:
    """Everything is said, nothing is sniffed: what DuckDB guesses may change from file to file. It takes the first
    line break it meets, be it within quotes, for the end of lines; that of pairs it only guesses right."""
    line_feeds = "" if has_pairs else " new_line = '\\n',"
    return (
        "read_csv($csv_path, compression = 'none', auto_detect = false, header = false,"
        " delim = $csv_delimiter, skip = $csv_skip,"
        f" quote = '\"', escape = '\"', strict_mode = true,{line_feeds} max_line_size = {LINE_LIMIT_BYTES},"
        f" buffer_size = {_BUFFER_BYTES},"
        f" store_rejects = true, rejects_limit = 1, columns = {{{columns}}})"
    )


def count_flaws(staging: Staging) -> int:
    """How many rows the queries over a straight table have met (and left out) that do not fit the header."""
    return int(staging.cursor.execute("select count(*) from reject_errors").fetchall()[0][0])


@contextlib.contextmanager
def _spool(ws: Workspace, source: Source, write: Callable[[Source, Path], None]) -> Iterator[Path]:
    path = ws.scratch_path("spool", ".csv")
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        try:
            write(source, path)
        except OSError as error:
            raise BadInput(
                N_("{file} cannot be unpacked ({problem}); check its permissions and the room on the disk"),
                file=source.name,
                problem=error.strerror or type(error).__name__,
            ) from error
        yield path
    finally:
        path.unlink(missing_ok=True)


def _write_utf8(source: Source, path: Path) -> None:
    decoder = codecs.getincrementaldecoder(source.scan.encoding)(source.scan.errors)
    with path.open("w", encoding="utf-8", newline="") as out:
        skip = source.scan.bom_bytes
        for block in blocks(source.path, source.name):
            out.write(decoder.decode(block[skip:]))
            skip = 0
        out.write(decoder.decode(b"", final=True))


def _write_mended(source: Source, path: Path, *, unclosed: list[int]) -> None:
    """Row by row: number, count of cells, exactly the header's number of cells; what is too much joins the last. The
    numbers of rows with a quote that does not close are added to ``unclosed``."""
    dialect, width = source.dialect, len(source.dialect.header)
    previous_limit = csv.field_size_limit(LINE_LIMIT_BYTES)
    try:
        with (
            source.path.open(encoding="utf-8-sig", newline="", buffering=BLOCK_BYTES) as text,
            path.open("w", encoding="utf-8", newline="", buffering=BLOCK_BYTES) as out,
        ):
            lines = iter(text)
            above = csv.reader(lines, delimiter=dialect.delimiter)
            for _ in range(dialect.header_row):  # as they were counted when the header was found
                next(above, None)
            writer = row_writer(out)
            loose: list[int] = []
            for number, cells in enumerate(rows_of(lines, dialect.delimiter, width, loose), start=dialect.first_row):
                told = [cell.removeprefix("`") for cell in cells] if dialect.is_ticked else cells
                if any(cell.strip(_NOTHING) for cell in told):
                    writer.writerow(_regular(told, width, dialect.delimiter, number))
            unclosed += [dialect.first_row + position for position in loose]
    finally:
        csv.field_size_limit(previous_limit)


def _regular(cells: list[str], width: int, delimiter: str, number: int) -> list[str | int]:
    """Number, count of cells (empty ones past the header's end do not count), and exactly ``width`` cells.

    Google Analytics names its totals one cell beyond the last column (``,,1234,Grand total``) and leaves the first one
    blank: the name moves there.
    """
    filled = next((i for i in range(len(cells), 0, -1) if cells[i - 1].strip()), 0)
    if filled == width + 1 and not cells[0].strip() and names_total(cells[width]):
        return [number, width, cells[width].strip(), *cells[1:width]]
    if len(cells) <= width or filled <= width:
        return [number, min(len(cells), width), *cells[:width], *[""] * (width - len(cells))]
    return [number, filled, *cells[: width - 1], delimiter.join(cells[width - 1 : filled])]

"""One file may hold several tables: each of them becomes a *part*, which is imported as a batch of its own.

    with parts(ws, path, name="report.zip") as found:
        for part in found:                                   # report.zip › July.csv, report.zip › August.csv
            import_file(ws, part.path, name=part.name)

A plain file is its own only part. The members of a zip archive, the sheets of a workbook and tables stacked in one text
are written to the workspace's private scratch folder until their part is discarded. Row numbers of a part are those of
the file or sheet it comes from.
"""

import contextlib
import csv
import itertools
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.parsers.expat import ExpatError

from omnidash.identity.personal import unpersonal_file_name
from omnidash.ingest.reading.archive import extract, is_workbook, members_of, opened_archive
from omnidash.ingest.reading.days_across import turned_text
from omnidash.ingest.reading.dialect import DAYS_ACROSS, NO_HEADER, NO_ROWS
from omnidash.ingest.reading.encoding import EMPTY, blocks, scan
from omnidash.ingest.reading.gaps import KEPT, contents_if_small, has_gap, has_gap_below, opened_text
from omnidash.ingest.reading.markup import is_markup, tables_of_markup
from omnidash.ingest.reading.other_formats import WEB_PAGE, XML
from omnidash.ingest.reading.reader import Source, look
from omnidash.ingest.reading.spool import write_rows
from omnidash.ingest.reading.stacked import Section, sections
from omnidash.ingest.reading.workbook import sheets_of
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Workspace

WITHIN = " › "
_LOOKED_AT_BYTES = 4 << 20
_MOST_TABLES = 500  # of one text; what has more is made of something else
_LONGEST_NOTES = 256 << 10
_NUMBER_OR_ADDRESS = re.compile(r"[+\d][\d\s().,/:年月日+-]*|[!-~]*\d[!-~]*|\S+@\S+")
_TURNED = N_("{file} has a column for each day; it is read as one row per day, and row numbers count those")
_NO_TABLE = (EMPTY, NO_ROWS, NO_HEADER)


@dataclass(frozen=True, slots=True)
class Part:
    """One table: ``path`` is a readable CSV, TSV or gzip file, ``name`` what to show ("book.xlsx › Sheet 1").

    ``is_spooled``: the file was written for this part and goes with it. ``warnings``: what was left out around it.
    """

    path: Path
    name: str
    is_spooled: bool = False
    warnings: tuple[Message, ...] = ()

    def discard(self) -> None:
        """Remove the spooled file; the given file itself is never touched. Idempotent."""
        if self.is_spooled:
            self.path.unlink(missing_ok=True)


@contextlib.contextmanager
def parts(ws: Workspace, path: Path | str, *, name: str | None = None) -> Iterator[list[Part]]:
    """The tables of a file for as long as the context lasts. Raises BadInput as ``unpack`` does."""
    found = unpack(ws, path, name=name)
    try:
        yield found
    finally:
        for part in found:
            part.discard()


def unpack(ws: Workspace, path: Path | str, *, name: str | None = None) -> list[Part]:
    """The tables of a file, in its order; the caller discards them. ``name`` is shown (an upload's own name).

    Raises BadInput where nothing in the file is a table, and then leaves nothing behind.
    """
    path = Path(path)
    shown = unpersonal_file_name(name or path.name)
    unpacking = _Unpacking(ws)
    try:
        found = unpacking.file(path, shown)
    except OSError as error:
        unpacking.remove(keep=())
        raise BadInput(
            N_("{file} cannot be unpacked ({problem}); check its permissions and the room on the disk"),
            file=shown,
            problem=error.strerror or type(error).__name__,
        ) from error
    except BaseException:
        unpacking.remove(keep=())
        raise
    unpacking.remove(keep=[part.path for part in found])
    return found


class _NoTableError(Exception):
    """A member is text without a table: a note beside the tables, or a report without rows."""

    def __init__(self, reason: BadInput) -> None:
        super().__init__(reason)
        self.reason = reason


class _Unpacking:
    """What is written while one file is unpacked, so that all of it can be removed again."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._written: list[Path] = []

    def remove(self, keep: list[Path] | tuple[()]) -> None:
        """Remove what was written except for the files that parts are made of."""
        for path in set(self._written) - set(keep):
            path.unlink(missing_ok=True)
            for sheet in path.parent.glob(f"{path.stem}-*.csv"):
                if sheet not in keep:
                    sheet.unlink(missing_ok=True)

    def file(self, path: Path, name: str) -> list[Part]:
        """The parts of a file, whatever it is."""
        kind = _kind_of(path, name)
        if kind == "zip":
            return self._archive(path, name)
        if kind == "workbook":
            return self._workbook(path, name)
        if kind == "markup":
            return self._markup(path, name)
        return self._text(Part(path, name))

    def _archive(self, path: Path, name: str) -> list[Part]:
        found: list[Part] = []
        problems: list[BadInput] = []
        with opened_archive(path, name) as archive:
            free_bytes = shutil.disk_usage(self._ws.folder).free
            members = members_of(archive, name, free_bytes)
            spooled = [(member.name, self._scratch()) for member in members.tables]
            for member, (_, target) in zip(members.tables, spooled, strict=True):
                extract(archive, member, target)
        skipped = list(members.others)
        for member_name, target in spooled:
            try:
                found += self._member(target, _within(name, member_name))
            except _NoTableError as problem:
                problems.append(problem.reason)
                skipped.append(member_name)
        if not found:
            raise (
                problems[0]
                if problems
                else BadInput(N_("{file} holds no table; expected CSV, TSV, TXT or Excel files in it"), file=name)
            )
        return _with_warning(found, N_("{file}: not imported, for they hold no table: {names}"), name, skipped)

    def _member(self, path: Path, name: str) -> list[Part]:
        kind = _kind_of(path, name)
        if kind == "zip":
            raise BadInput(
                N_("{file} is an archive within an archive; unpack the outer one first and import what is in it"),
                file=name,
            )
        if kind in ("workbook", "markup"):
            return self._workbook(path, name) if kind == "workbook" else self._markup(path, name)
        part = Part(path, name, is_spooled=True)
        turned_part = self._turned(path, name)
        if turned_part is not None:
            return [turned_part]
        try:
            self._require_table(path, name)
        except BadInput as problem:
            if problem.message.template in _NO_TABLE:
                raise _NoTableError(problem) from problem
            return [part]  # the others can be imported; this one says why not when it is
        return self._text(part)

    def _workbook(self, path: Path, name: str) -> list[Part]:
        prefix = self._scratch().with_suffix("")
        sheets = sheets_of(path, name, prefix)
        if not sheets.shown and sheets.hidden:
            raise BadInput(
                N_("{file} has tables on hidden sheets only ({names}); show those to import"),
                file=name,
                names=", ".join(map(unpersonal_file_name, sheets.hidden)),
            )
        found = self._sheets(name, [(sheet.title, sheet.path) for sheet in sheets.shown])
        return _with_warning(found, N_("{file}: hidden sheets are not imported: {names}"), name, list(sheets.hidden))

    def _markup(self, path: Path, name: str) -> list[Part]:
        contents = contents_if_small(path, name)
        try:
            tables = tables_of_markup(contents) if contents is not None else []
        except ExpatError as error:
            raise BadInput(
                N_("{file} is damaged or no workbook we can read; open it and save it as .xlsx or CSV"), file=name
            ) from error
        if not tables:
            is_page = contents is None or re.search(rb"<(?:!doctype )?html|<body\b|<table\b", contents, re.IGNORECASE)
            raise BadInput(WEB_PAGE if is_page else XML, file=name)
        spooled = []
        for number, (title, rows) in enumerate(tables, start=1):
            target = self._scratch()
            with target.open("w", encoding="utf-8", newline="") as out:
                width = max(map(len, rows))
                write_rows(out, (row + [""] * (width - len(row)) for row in rows))
            spooled.append((title or f"table {number}", target))
        return self._sheets(name, spooled)

    def _sheets(self, name: str, sheets: list[tuple[str, Path]]) -> list[Part]:
        """Parts of those of the written (title, file) that hold a table. Raises BadInput where none does."""
        found: list[Part] = []
        problems: list[BadInput] = []
        skipped: list[str] = []
        notes: list[tuple[str, Path]] = []
        for title, path in sheets:
            shown = _within(name, title)
            turned_part = self._turned(path, shown)
            if turned_part is not None:
                found.append(turned_part)
                continue
            try:
                self._require_table(path, shown)
                if len(sheets) > 1 and _holds_notes(path, shown):
                    notes.append((title, path))
                    continue
                found += self._text(Part(path, shown, is_spooled=True))
            except BadInput as problem:
                problems.append(problem)
                skipped.append(title)
        if found:
            skipped += [title for title, _ in notes]
        else:  # whatever they are, there is nothing else
            found = [Part(path, _within(name, title), is_spooled=True) for title, path in notes]
        if not found:
            raise problems[0] if problems else BadInput(EMPTY, file=name)
        return _with_warning(found, N_("{file}: not imported, for they hold no table: {names}"), name, skipped)

    def _require_table(self, path: Path, name: str) -> None:
        """Raises BadInput where the beginning of a text shows that there is no table in it."""
        if path.stat().st_size <= _LOOKED_AT_BYTES:
            look(path, name=name)
            return
        head = self._scratch()
        with path.open("rb") as whole, head.open("wb") as out:
            beginning = whole.read(_LOOKED_AT_BYTES)
            out.write(beginning[: beginning.rfind(b"\n") + 1] or beginning)
        if _kind_of(head, name) == "text" and beginning[:2] != b"\x1f\x8b":
            look(head, name=name)
        head.unlink()

    def _turned(self, path: Path, name: str) -> Part | None:
        """A small text whose days stand across, turned; None for any other, and where it is a table as it stands."""
        if not path.is_file() or path.stat().st_size > _LOOKED_AT_BYTES:
            return None
        try:
            look(path, name=name)
        except BadInput as problem:
            if problem.message.template not in (NO_ROWS, NO_HEADER, DAYS_ACROSS):
                return None
        else:
            return None
        scanned = scan(path, name)
        text = b"".join(blocks(path, name))[scanned.bom_bytes :].decode(scanned.encoding, "replace")
        rows = turned_text(text, name)
        if rows is None:
            return None
        target = self._scratch()
        with target.open("w", encoding="utf-8", newline="") as out:
            write_rows(out, rows)
        return Part(target, name, is_spooled=True, warnings=(Message(_TURNED, {"file": name}),))

    def _text(self, part: Part) -> list[Part]:
        """The tables stacked in a text, or the text itself."""
        turned_part = self._turned(part.path, part.name)
        if turned_part is not None:
            return [turned_part]
        contents = contents_if_small(part.path, part.name)
        if contents is None or not has_gap(contents):
            return [part]
        source = look(part.path, name=part.name)
        if not has_gap_below(contents, source):
            return [part]
        try:
            with opened_text(source) as text:
                found = sections(text, source.dialect.delimiter)
        except csv.Error:  # a quote that does not close: the reading of its rows says where
            return [part]
        told = [section for section in found if not section.is_empty]
        if len(found) < 2 or not told or len(found) > _MOST_TABLES:
            return [part]
        made = self._tables(source, told)
        made[0] = replace(made[0], warnings=(*part.warnings, *source.scan.warnings))
        empty = [f"{s.number} ({', '.join(s.header)})" for s in found if s.is_empty]
        return _with_warning(made, N_("{file}: tables without rows are left out: {names}"), part.name, empty)

    def _tables(self, source: Source, told: list[Section]) -> list[Part]:
        """Each table as a file of its own: as many lines above it as rows stood above it. A table without a preamble
        of its own stands below that of the first."""
        made: list[Part] = []
        with opened_text(source) as text:
            lines = enumerate(text, start=1)
            shared: list[str] = []
            read = 0
            for section in told:
                path = self._scratch()
                with path.open("w", encoding="utf-8", errors=KEPT, newline="") as out:
                    rows_above = section.first_row - 1
                    if made and shared and not section.has_preamble:
                        out.writelines(shared)
                        rows_above -= told[0].header_row - 1
                    out.write("\n" * rows_above)
                    for at, line in itertools.islice(lines, section.last_line - read):
                        if at >= section.first_line:
                            out.write(line)
                        if not made and at < section.header_line:
                            shared.append(line)
                read = section.last_line
                made.append(Part(path, f"{source.name}{WITHIN}table {section.number}", is_spooled=True))
        return made

    def _scratch(self) -> Path:
        path = self._ws.scratch_path("part", ".csv")
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        self._written.append(path)
        return path


def _within(name: str, inner: str) -> str:
    """The name of a part: sheets and members are called after people as well."""
    return name + WITHIN + unpersonal_file_name(inner)


def _kind_of(path: Path, name: str) -> str:
    """'zip', 'workbook', 'markup' or 'text', by the first bytes: names of files are wishes."""
    if not path.is_file():
        return "text"  # looking at it tells that it is not there
    with path.open("rb") as file:
        beginning = file.read(2048)
    if beginning.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        with opened_archive(path, name) as archive:
            return "workbook" if is_workbook(archive) else "zip"
    if beginning.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "workbook"
    return "markup" if is_markup(beginning) else "text"


def _holds_notes(path: Path, name: str) -> bool:
    """Whether a sheet holds sentences about the others and no rows: none of its cells is a number, a day, an id or an
    address, as some are in every row of a table."""
    if path.stat().st_size > _LONGEST_NOTES:
        return False
    rows = look(path, name=name).dialect.sample
    return not any(_NUMBER_OR_ADDRESS.fullmatch(cell.strip()) for row in rows for cell in row)


def _with_warning(found: list[Part], template: str, name: str, names: list[str]) -> list[Part]:
    """The parts, the first of which tells what was left out of the file."""
    if not names:
        return found
    warning = Message(template, {"file": name, "names": ", ".join(map(unpersonal_file_name, names))})
    return [replace(found[0], warnings=(*found[0].warnings, warning)), *found[1:]]

"""Small workbooks written by hand, byte for byte, so that no library checks itself: .xlsx as zipped XML, .xls as BIFF8."""

import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_EPOCH = datetime(1899, 12, 30)
_STYLES = {"general": 0, "date": 1, "moment": 2, "percent": 3, "money": 4, "duration": 5}


@dataclass(frozen=True)
class Styled:
    """A number shown in a style: percent, money."""

    number: float
    style: str


@dataclass(frozen=True)
class Digits:
    """A number written with exactly these digits, as programs write long ids."""

    text: str


class Fault(str):
    """An error such as #DIV/0!."""


Cell = None | str | int | float | bool | date | datetime | timedelta | Styled | Digits | Fault
Rows = Sequence[Sequence[Cell]]


def write_xlsx(
    path: Path, sheets: Mapping[str, Rows], *, hidden: Sequence[str] = (), merged: Sequence[str] = ()
) -> Path:
    """A workbook with these sheets; None is no cell at all. ``merged``: ranges such as A2:A3, on each sheet."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{escape(name, {chr(34): "&quot;"})}" sheetId="{i}" r:id="rId{i}"'
        f"{' state=' + chr(34) + 'hidden' + chr(34) if name in hidden else ''}/>"
        for i, name in enumerate(names, start=1)
    )
    related = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(names) + 1)
    )
    formats = (
        '<numFmts count="1"><numFmt numFmtId="164" formatCode="&quot;¥&quot;#,##0.00"/></numFmts><cellXfs count="6">'
        + "".join(f'<xf numFmtId="{n}"/>' for n in (0, 14, 22, 10, 164, 46))
        + "</cellXfs>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument"'
            ' Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships">{related}'
            f'<Relationship Id="rId999" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        )
        archive.writestr("xl/styles.xml", f'<styleSheet xmlns="{_MAIN}">{formats}</styleSheet>')
        for i, name in enumerate(names, start=1):
            archive.writestr(f"xl/worksheets/sheet{i}.xml", _sheet_xml(sheets[name], merged))
    return path


def _sheet_xml(rows: Rows, merged: Sequence[str]) -> str:
    body = "".join(
        f'<row r="{r}">' + "".join(_cell_xml(f"{_letters(c)}{r}", cell) for c, cell in enumerate(row)) + "</row>"
        for r, row in enumerate(rows, start=1)
        if any(cell is not None for cell in row)
    )
    ranges = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged)
    body = f"<sheetData>{body}</sheetData>" + (f"<mergeCells>{ranges}</mergeCells>" if ranges else "")
    return f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{_MAIN}">{body}</worksheet>'


def _cell_xml(at: str, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Fault):
        return f'<c r="{at}" t="e"><v>{cell}</v></c>'
    if isinstance(cell, str):
        text = escape(cell).replace("\r", "&#13;")
        return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    if isinstance(cell, bool):
        return f'<c r="{at}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, Digits):
        return f'<c r="{at}"><v>{cell.text}</v></c>'
    number, style = _number_of(cell)
    return f'<c r="{at}" s="{_STYLES[style]}"><v>{number!r}</v></c>'


def _number_of(cell: Cell) -> tuple[float, str]:
    if isinstance(cell, Styled):
        return cell.number, cell.style
    if isinstance(cell, datetime):
        return (cell - _EPOCH) / timedelta(days=1), "moment"
    if isinstance(cell, date):
        return (cell - _EPOCH.date()).days, "date"
    if isinstance(cell, timedelta):
        return cell / timedelta(days=1), "duration"
    assert isinstance(cell, int | float)
    return cell, "general"


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def write_xls(path: Path, rows: Sequence[Sequence[str | float | None]], title: str = "Sheet1") -> Path:
    """An old workbook (Excel 97) with one sheet of texts and numbers."""
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 1997, 0, 6))
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if isinstance(cell, str):
                text = cell.encode("utf-16-le")
                sheet += _record(0x0204, struct.pack("<HHHHB", r, c, 0, len(cell), 1) + text)
            elif cell is not None:
                sheet += _record(0x0203, struct.pack("<HHHd", r, c, 0, cell))
    sheet += _record(0x000A, b"")
    name = struct.pack("<BB", len(title), 1) + title.encode("utf-16-le")
    first = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 1997, 0, 6))
    end = _record(0x000A, b"")
    at = len(first) + 4 + 6 + len(name) + len(end)
    book = first + _record(0x0085, struct.pack("<IBB", at, 0, 0) + name) + end + sheet
    path.write_bytes(compound_file(book))
    return path


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def compound_file(stream: bytes, name: str = "Workbook") -> bytes:
    """An OLE file with one stream: header, allocation table, directory, stream."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\x00")
    sectors = len(stream) // 512
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    assert len(table) <= 128, "one sector of the allocation table is enough for tests"
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack(
        "<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0
    )
    header = header[:512].ljust(512, b"\xff")
    directory = _entry("Root Entry", 5, child=1) + _entry(name, 2, start=2, size=len(stream))
    return header + struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff") + directory.ljust(512, b"\x00") + stream


def _entry(name: str, kind: int, *, child: int = 0xFFFFFFFF, start: int = 0xFFFFFFFE, size: int = 0) -> bytes:
    text = name.encode("utf-16-le")
    none = 0xFFFFFFFF
    entry = text.ljust(64, b"\x00") + struct.pack("<HBBIII", len(text) + 2, kind, 1, none, none, child)
    return entry + bytes(36) + struct.pack("<IQ", start, size)

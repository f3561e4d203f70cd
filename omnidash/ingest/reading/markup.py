"""Tables in files that are called .xls and are markup: web pages with ``<table>``, and Excel's XML of 2003.

Many a web shop and agency tool "exports to Excel" by writing such a file. Cells are read as text; a cell that spans
several columns counts as that many, the others of them blank.
"""

import re
from html.parser import HTMLParser
from xml.parsers import expat

from omnidash.ingest.reading.charset import candidates

Table = list[list[str]]

_BEGINNING = re.compile(
    rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*(?:<!--.*?-->\s*)?"
    rb"<(?:!doctype html|html|head|meta|style|body|table|\?xml|workbook)\b",
    re.IGNORECASE | re.DOTALL,
)
_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_MOST_COLUMNS = 2000
_MOST_ROWS = 1 << 20
_SHEET_XML = b"urn:schemas-microsoft-com:office:spreadsheet"


def is_markup(beginning: bytes) -> bool:
    """Whether a file that begins so is a web page or XML."""
    return _BEGINNING.match(beginning.replace(b"\x00", b"")) is not None


def tables_of_markup(contents: bytes) -> list[tuple[str, Table]]:
    """The tables with their titles ('' where they have none), in the order of the file; none where there are none.

    Raises expat.ExpatError on broken XML.
    """
    if _SHEET_XML in contents[:8192].replace(b"\x00", b""):
        sheets = _Sheets()
        sheets.read(contents)
        return [(title, rows) for title, rows in sheets.found if any(any(row) for row in rows)]
    page = _Page()
    page.feed(_text_of(contents))
    page.close()
    return [("", table) for table in page.tables if any(any(row) for row in table)]


def _text_of(contents: bytes) -> str:
    """The page's text in the encoding it names, else in the one it reads best in."""
    named = _CHARSET.search(contents[:4096])
    wide = ["utf-16"] if contents[:2] in (b"\xff\xfe", b"\xfe\xff") else []
    told = [named.group(1).decode().lower().replace("gb2312", "gb18030").replace("gbk", "gb18030")] if named else []
    for encoding in (*wide, "utf-8-sig", *told, *candidates(contents[: 1 << 16])):
        try:
            return contents.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return contents.decode("latin-1")


class _Page(HTMLParser):
    """Collects the rows of all tables; what stands in a table within a cell is a table of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self._open: list[Table] = []
        self._cells: list[list[str] | None] = []  # text of the open cell of each open table
        self._spans: list[int] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "script"):
            self._hidden += 1
        elif tag == "table":
            self._open.append([])
            self._cells.append(None)
            self._spans.append(1)
            self.tables.append(self._open[-1])
        elif self._open and tag == "tr":
            self._end_cell()
            self._open[-1].append([])
        elif self._open and tag in ("td", "th"):
            self._end_cell()
            if not self._open[-1]:
                self._open[-1].append([])
            self._cells[-1] = []
            span = dict(attrs).get("colspan") or "1"
            self._spans[-1] = min(int(span), _MOST_COLUMNS) if span.isdecimal() and len(span) < 9 else 1
        elif tag == "br":
            self._add("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script"):
            self._hidden = max(0, self._hidden - 1)
        elif self._open and tag in ("td", "th", "tr"):
            self._end_cell()
        elif self._open and tag == "table":
            self._end_cell()
            self._open.pop()
            self._cells.pop()
            self._spans.pop()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._add(re.sub(r"[\s\u00a0]+", " ", data))

    def _add(self, text: str) -> None:
        if self._cells and self._cells[-1] is not None:
            self._cells[-1].append(text)

    def _end_cell(self) -> None:
        text = self._cells[-1]
        if text is not None:
            row = self._open[-1][-1]
            row.append("".join(text).strip())
            row.extend([""] * (self._spans[-1] - 1))
            self._cells[-1] = None


class _Sheets:
    """Collects the worksheets of a workbook in Excel's XML of 2003."""

    def __init__(self) -> None:
        self.found: list[tuple[str, Table]] = []
        self._at = 0  # the open cell's place in the last row
        self._kind = "String"
        self._text: list[str] = []

    def read(self, contents: bytes) -> None:
        """Raises expat.ExpatError where the XML is broken or declares entities, which may grow without bounds."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._say
        parser.StartDoctypeDeclHandler = self._refuse
        parser.Parse(contents, True)

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        name = element.rpartition(" ")[2]
        told = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if name == "Worksheet":
            self.found.append((told.get("Name", ""), []))
        elif name == "Row" and self.found:
            rows = self.found[-1][1]
            rows.extend([] for _ in range(min(_number(told, "Index") - len(rows) - 1, _MOST_ROWS)))
            rows.append([])
        elif name == "Cell" and self.found and self.found[-1][1]:
            row = self.found[-1][1][-1]
            row.extend([""] * min(_number(told, "Index") - len(row) - 1, _MOST_COLUMNS))
            self._at = len(row)
            row.extend([""] * (1 + min(_number(told, "MergeAcross"), _MOST_COLUMNS)))
        elif name == "Data":
            self._kind, self._text = told.get("Type", "String"), []

    def _end(self, element: str) -> None:
        if element.rpartition(" ")[2] == "Data" and self.found and self.found[-1][1]:
            row = self.found[-1][1][-1]
            if self._at < len(row):
                row[self._at] = _value(self._kind, "".join(self._text))

    def _say(self, text: str) -> None:
        self._text.append(text)

    @staticmethod
    def _refuse(*_: object) -> None:
        raise expat.ExpatError("declares entities")


def _number(attributes: dict[str, str], name: str) -> int:
    """A count that an element states, 0 where it states none."""
    stated = attributes.get(name, "")
    return int(stated) if stated.isdecimal() and len(stated) < 9 else 0


def _value(kind: str, text: str) -> str:
    if kind == "DateTime":
        return re.sub(r"(?:T00:00:00(?:\.0+)?|\.0+)$", "", text).replace("T", " ")
    if kind == "Boolean":
        return "TRUE" if text == "1" else "FALSE"
    return "" if kind == "Error" else text

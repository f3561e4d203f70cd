"""Files that are no tables of text at all: what each of them is called, and what its owner does to import it.

Told by the first bytes, whatever the name says: people rename a PDF to ``.csv`` and hope.
"""

import re

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

WEB_PAGE = N_("{file} is a web page, no table; export the data again, or save it as CSV from a spreadsheet program")
BINARY = N_("{file} is not a text file; expected a CSV, TSV or TXT export")
XML = N_("{file} is XML, no table; export the data as CSV or Excel (.xlsx) instead")
_CONTAINER = N_("{file} holds a workbook or an archive; import that file itself, or save its table as CSV")
_OTHER_ARCHIVE = N_("{file} is an archive that cannot be opened here; unpack it and import the files in it")
_DOCUMENT = N_("{file} is a PDF document, no table; export the data as CSV or Excel (.xlsx) instead")
_PICTURE = N_("{file} is a picture, no table; export the data as CSV or Excel (.xlsx) instead")
_DATABASE = N_("{file} is a database or data file (Parquet, SQLite), no text; save its table as CSV")
_PROGRAM = N_("{file} is a program, no table; choose the exported CSV or Excel file")
_JSON = N_(
    "{file} is JSON, no table; export the data as CSV or Excel (.xlsx) instead, or turn it into one: one line per"
    " record, its fields as columns"
)
_BEGINNINGS = (
    (b"PK\x03\x04", _CONTAINER),
    (b"\xd0\xcf\x11\xe0", _CONTAINER),
    (b"7z\xbc\xaf", _OTHER_ARCHIVE),
    (b"Rar!", _OTHER_ARCHIVE),
    (b"\xfd7zXZ", _OTHER_ARCHIVE),
    (b"BZh", _OTHER_ARCHIVE),
    (b"\x28\xb5\x2f\xfd", _OTHER_ARCHIVE),
    (b"%PDF", _DOCUMENT),
    (b"\x89PNG", _PICTURE),
    (b"GIF8", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"PAR1", _DATABASE),
    (b"SQLite format", _DATABASE),
    (b"\x7fELF", _PROGRAM),
    (b"MZ\x90", _PROGRAM),
)
_HTML = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
# an object with a name in it, or a list of objects or lists: {"data": …   [{"day": …   [["day", …
_OF_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*)*(?:\{\s*\"[^\"\n]*\"\s*:|\[\s*\[\s*[\"\d])")


def refuse_other_formats(head: bytes, name: str) -> None:
    """Raises BadInput, saying what the file is and what to do, where ``head``, its first bytes, are no table's."""
    for magic, template in _BEGINNINGS:
        if head.startswith(magic):
            raise BadInput(template, file=name)
    if head[257:262] == b"ustar":
        raise BadInput(_OTHER_ARCHIVE, file=name)
    if _HTML.match(head):
        raise BadInput(WEB_PAGE, file=name)
    if _OF_JSON.match(head):
        raise BadInput(_JSON, file=name)

"""May a text hold several tables? Only where a gap parts its lines: a blank line, one of empty cells, a comment.

Most texts have none below their header, and need not be searched for further tables.
"""

import contextlib
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO, cast

from omnidash.ingest.reading.encoding import blocks, open_bytes
from omnidash.ingest.reading.reader import Source

KEPT = "surrogateescape"  # broken bytes stay broken, so that the rows of the table are set aside
_SEARCHED_BYTES = 64 << 20  # larger texts are one table: reports with several are small
_GAPS = (b"\n\n", b"\n\r\n", b"\r\r", b"\n,,", b"\n\t\t", b"\n;;", b"\n||", b"\n#", b'\n"#', b'\n""')


def contents_if_small(path: Path, name: str) -> bytes | None:
    """The unpacked bytes of a text that is searched for several tables; None where it is larger or not there."""
    if not path.is_file() or path.stat().st_size > _SEARCHED_BYTES:
        return None
    contents = bytearray()
    for block in blocks(path, name):
        contents += block
        if len(contents) > _SEARCHED_BYTES:
            return None
    return bytes(contents)


def has_gap(contents: bytes) -> bool:
    """Whether a line is blank or a comment before the text is over; text of wide characters may have any."""
    told = contents.rstrip(b"\r\n\t ,;|")
    return b"\x00" in contents[:4096] or any(gap in told for gap in _GAPS)


def has_gap_below(contents: bytes, source: Source) -> bool:
    """Whether there is such a line below the header: most reports have one above it only, among lines of one cell."""
    if any(source.dialect.delimiter in line for line in source.dialect.preamble):
        return True
    at = 0
    for _ in range(source.dialect.skip_lines):
        at = contents.find(b"\n", at) + 1
        if at == 0:  # lines end with carriage returns
            return True
    return has_gap(contents[at - 1 :])


@contextlib.contextmanager
def opened_text(source: Source) -> Iterator[TextIO]:
    with open_bytes(source.path) as file:
        file.seek(source.scan.bom_bytes)
        yield cast(TextIO, TextIOWrapper(file, encoding=source.scan.encoding, errors=KEPT, newline=""))

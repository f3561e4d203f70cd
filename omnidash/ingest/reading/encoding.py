"""Which bytes are these? Finds the text encoding of a file, or says why it is no text.

One pass in blocks over the whole file (memory does not grow with it) decides the encoding, the SHA-256 and whether
the lines are of sane length; a file that is only ASCII for its first 300 MB is judged by all of its bytes.

Order of belief: byte order mark, UTF-16 by its zero bytes, UTF-8, GB18030 (a superset of GBK and GB2312), and as a
last resort Windows-1252/Latin-1 with a warning, for every byte is a letter there. UTF-8 with broken bytes is refused:
guessing would turn every Chinese name to garbage.
"""

import codecs
import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message

BLOCK_BYTES = 1 << 20
LINE_LIMIT_BYTES = 4 * BLOCK_BYTES

_NOT_TEXT = (
    (b"PK\x03\x04", N_("{file} is an Excel workbook or a zip archive; save it as CSV (or unpack it) and import that")),
    (b"\xd0\xcf\x11\xe0", N_("{file} is an old Excel workbook (.xls); save it as CSV and import that")),
)
_BINARY = N_("{file} is not a text file; expected a CSV, TSV or TXT export")
_MAGIC = (b"\x89PNG", b"%PDF", b"GIF8", b"\xff\xd8\xff", b"PAR1", b"SQLite format", b"\x7fELF", b"7z\xbc\xaf", b"Rar!")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one pass over a file's bytes has shown. ``bytes_read`` is the unpacked size."""

    encoding: str
    bom_bytes: int
    is_packed: bool
    sha256: str
    bytes_read: int
    has_blank_lines: bool
    has_bare_returns: bool
    warnings: tuple[Message, ...] = ()


def scan(path: Path, name: str, progress: Callable[[int], None] | None = None) -> Scan:
    """Read ``path`` once and tell its encoding. ``name`` stands in messages; ``progress`` gets the bytes read so far.

    Raises BadInput where the file is missing, unreadable, empty, no text, of one endless line, or of broken text.
    """
    head = _head(path, name)
    _refuse_other_formats(head, name)
    bom = next(((mark, encoding) for mark, encoding in _BOMS if head.startswith(mark)), None)
    wide = bom[1] if bom and bom[1] != "utf-8" else _utf16_without_bom(head)
    if wide is None:
        _refuse_binary(head, name)
    _refuse_endless_line(head, name)
    encoding = wide or "utf-8"
    passed = _Pass(encoding)
    for block in blocks(path, name):
        if not passed.feed(block):
            _refuse_endless_line(block, name)
        if progress is not None:
            progress(passed.bytes_read)
    passed.end()
    warnings: tuple[Message, ...] = ()
    if passed.broken_at is not None:
        if wide is not None or bom is not None:
            raise _broken(name, encoding, passed.broken_at)
        encoding, warnings = _other_than_utf8(path, name, passed)
    return Scan(
        encoding=encoding,
        bom_bytes=len(bom[0]) if bom else 0,
        is_packed=is_packed(path),
        sha256=passed.digest.hexdigest(),
        bytes_read=passed.bytes_read,
        has_blank_lines=passed.has_blank_lines,
        has_bare_returns=passed.has_bare_returns,
        warnings=warnings,
    )


def is_packed(path: Path) -> bool:
    """Whether the file is gzip, whatever its name says."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def open_bytes(path: Path) -> BinaryIO:
    """The file's bytes, unpacked if it is gzip."""
    return cast(BinaryIO, gzip.open(path, "rb")) if is_packed(path) else path.open("rb")


def blocks(path: Path, name: str, limit_bytes: int | None = None) -> Iterator[bytes]:
    """The file's unpacked bytes in blocks. Raises BadInput where the packing is damaged or the disk fails."""
    left = limit_bytes
    try:
        with open_bytes(path) as file:
            while block := file.read(BLOCK_BYTES if left is None else min(BLOCK_BYTES, left)):
                yield block
                if left is not None:
                    left -= len(block)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(N_("{file} is a damaged gzip file; download or pack it again"), file=name) from error
    except OSError as error:
        raise BadInput(
            N_("{file} cannot be read ({problem}); check the path and its permissions"),
            file=name,
            problem=error.strerror or type(error).__name__,
        ) from error


class _Pass:
    """What is gathered block by block: hash, decodability, blank lines."""

    def __init__(self, encoding: str) -> None:
        self.digest = hashlib.sha256()
        self.bytes_read = 0
        self.broken_at: int | None = None
        self.has_blank_lines = False
        self.has_bare_returns = False
        self._decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(encoding)("strict")
        self._unbroken = 0
        self._tail = b""

    def feed(self, block: bytes) -> bool:
        """Take a block; False where a line has grown past the limit."""
        self.digest.update(block)
        if self._decoder is not None:
            try:
                self._decoder.decode(block)
            except UnicodeDecodeError as error:
                self.broken_at, self._decoder = self.bytes_read + error.start, None
        seam = self._tail + block
        self.has_blank_lines |= b"\n\n" in seam or b"\n\r\n" in seam
        self.has_bare_returns |= b"\r" in seam[:-1] and re.search(rb"\r[^\n\x00]", seam) is not None
        self._tail = block[-3:]
        self.bytes_read += len(block)
        self._unbroken = 0 if b"\n" in block or b"\r" in block else self._unbroken + len(block)
        return self._unbroken <= LINE_LIMIT_BYTES

    def end(self) -> None:
        if self._decoder is not None:
            try:
                self._decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                self.broken_at = self.bytes_read - 1


def _head(path: Path, name: str) -> bytes:
    if path.is_dir():
        raise BadInput(N_("{file} is a folder; name the files in it"), file=name)
    if not path.exists():
        raise BadInput(N_("{file} does not exist; check the path"), file=name)
    try:
        head = b"".join(blocks(path, name, limit_bytes=LINE_LIMIT_BYTES))
    except PermissionError as error:
        raise BadInput(N_("{file} may not be read by you; check its permissions"), file=name) from error
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe,;"):
        raise BadInput(N_("{file} is empty; export it again with at least one row"), file=name)
    return head


def _refuse_other_formats(head: bytes, name: str) -> None:
    for magic, template in _NOT_TEXT:
        if head.startswith(magic):
            raise BadInput(template, file=name)
    if head.startswith(_MAGIC):
        raise BadInput(_BINARY, file=name)


def _refuse_binary(head: bytes, name: str) -> None:
    """Text has tabs and line breaks, hardly any other control character and no zero byte."""
    sample = head[: 1 << 16]
    controls = len(re.findall(rb"[\x00-\x08\x0e-\x1f\x7f]", sample))
    if b"\x00" in head or controls > max(2, len(sample) // 200):
        raise BadInput(_BINARY, file=name)


def _refuse_endless_line(block: bytes, name: str) -> None:
    if len(block) >= BLOCK_BYTES and b"\n" not in block and b"\r" not in block:
        raise BadInput(
            N_("{file} has a line longer than {limit} MB; expected one row per line"),
            file=name,
            limit=LINE_LIMIT_BYTES // BLOCK_BYTES,
        )


def _utf16_without_bom(head: bytes) -> str | None:
    """UTF-16 of mostly Latin text has a zero in every other byte; which one tells the byte order."""
    sample = head[: 1 << 14]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _other_than_utf8(path: Path, name: str, passed: _Pass) -> tuple[str, tuple[Message, ...]]:
    at = passed.broken_at or 0
    around = _bytes_around(path, name, at)
    if _is_damaged_utf8(around):
        raise _broken(name, "utf-8", at)
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", around)]
    lone = sum(1 for length in runs if length == 1)
    if lone * 2 <= len(runs) and _decodes(path, name, "gb18030") and _reads_as_chinese(around):
        return "gb18030", ()
    if lone * 2 > len(runs) and not re.search(rb"[\x80-\x9f]{2}", around):
        encoding = "cp1252" if _decodes(path, name, "cp1252") else "latin-1"
        warning = Message(
            N_("{file} says nothing of its encoding; it was read as {encoding}: check names with accents"),
            {"file": name, "encoding": encoding},
        )
        return encoding, (warning,)
    raise _broken(name, "utf-8", at)


def _bytes_around(path: Path, name: str, at: int) -> bytes:
    """64 kB from the line in which the first odd byte stands."""
    seen = 0
    for block in blocks(path, name):
        if at < seen + len(block):
            start = max(0, block.rfind(b"\n", 0, at - seen) + 1)
            return block[start : start + (1 << 16)]
        seen += len(block)
    return b""


def _is_damaged_utf8(sample: bytes) -> bool:
    """Most non-ASCII bytes still form UTF-8 letters: a broken file, not another encoding."""
    good = sum(len(m) for m in re.findall(rb"[\xe2-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}", sample))
    return good > 0.8 * len(re.findall(rb"[\x80-\xff]", sample))


def _reads_as_chinese(sample: bytes) -> bool:
    text = sample.decode("gb18030", errors="ignore")
    foreign = [c for c in text if ord(c) > 0x7F]
    known = sum(
        1 for c in foreign if "\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef"
    )
    return known >= 0.8 * len(foreign)


def _decodes(path: Path, name: str, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        for block in blocks(path, name):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _broken(name: str, encoding: str, at: int) -> BadInput:
    return BadInput(
        N_("{file} has broken text at byte {position} (neither {encoding} nor GB18030); save it as CSV UTF-8"),
        file=name,
        position=at + 1,
        encoding=encoding.upper(),
    )

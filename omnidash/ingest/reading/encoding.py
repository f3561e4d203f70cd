"""Which bytes are these? Finds the text encoding of a file, or says why it is no text.

One pass in blocks over the whole file (memory does not grow with it) decides the encoding, the SHA-256 and whether
the lines are of sane length; a file that is only ASCII for its first 300 MB is judged by all of its bytes.

Order of belief: byte order mark, UTF-16 by its zero bytes, UTF-8, then whichever of GB18030 (a superset of GBK and
GB2312), Big5, Shift JIS, CP949 (a superset of EUC-KR), Windows-1251 and Windows-1252/Latin-1 reads best
(``charset.py``), with a warning where another one reads nearly as well, for a short text says little, and for Latin
letters, which every byte is. UTF-8 with broken bytes is not taken for another encoding: that would turn every Chinese
name to garbage. Where only a few lines hold broken bytes the file is read, those bytes become ``BROKEN``, and the rows
they stand in are set aside; with more of them it is refused.
"""

import codecs
import gzip
import hashlib
import itertools
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from omnidash.ingest.reading.charset import (
    LATIN,
    LATIN_1,
    candidates,
    is_damaged_utf8,
    is_doubtful,
    is_partly_utf8,
    utf16_without_mark,
)
from omnidash.ingest.reading.lines import Lines
from omnidash.ingest.reading.other_formats import BINARY, refuse_other_formats
from omnidash.ingest.reading.utf8 import Utf8
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message

BLOCK_BYTES = 1 << 20
_READ_BYTES = 1 << 18  # of what malloc hands out again without giving it back to the system in between
_BLOCKS_BEHIND = 2
LINE_LIMIT_BYTES = 4 * BLOCK_BYTES
PACKED_LIMIT_BYTES = 20 << 30
BROKEN = "\ufffd"
_FEW = 0.05  # of the lines of a file

EMPTY = N_("{file} is empty; export it again with at least one row")
_MIXED = N_(
    "{file} holds lines in two encodings: line {line} is not UTF-8, as others are; open it in the program it comes from"
    " and save all of it as CSV UTF-8"
)
_ZEROS = N_("{file} line {line} holds a zero byte, which no text has; remove it there, or export the data again")
_FEW_ZEROS = 100
_ODD_WORD = re.compile(r"\w*[^\W\x00-\x7f]\w*")  # one with a letter that ASCII has not
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one pass over a file's bytes has shown. ``bytes_read`` is the unpacked size. ``has_blank_lines``: lines of
    nothing but delimiters are blank, too. ``has_uneven_ends``: lines end in several ways, or by carriage returns;
    ``has_pairs``: by carriage return and line feed. ``broken_lines``: how many hold bytes that are no text."""

    encoding: str
    bom_bytes: int
    is_packed: bool
    sha256: str
    bytes_read: int
    has_blank_lines: bool
    has_uneven_ends: bool
    has_pairs: bool
    warnings: tuple[Message, ...] = ()
    broken_lines: int = 0

    @property
    def errors(self) -> str:
        """How bytes are decoded: those of few broken lines become ``BROKEN``."""
        return "replace" if self.broken_lines else "strict"


def scan(path: Path, name: str, progress: Callable[[int], None] | None = None) -> Scan:
    """Read ``path`` once and tell its encoding. ``name`` stands in messages; ``progress`` gets the bytes read so far.

    Raises BadInput where the file is missing, unreadable, empty, no text, of one endless line, or of broken text.
    """
    head = _head(path, name)
    refuse_other_formats(head, name)
    bom = next(((mark, encoding) for mark, encoding in _BOMS if head.startswith(mark)), None)
    wide = bom[1] if bom and bom[1] != "utf-8" else utf16_without_mark(head) if bom is None else None
    if wide is None:
        _refuse_binary(head, name)
    if len(head) >= BLOCK_BYTES and b"\n" not in head and b"\r" not in head:
        raise _endless_line(name)
    encoding = wide or "utf-8"
    with ThreadPoolExecutor(1) as helper:
        passed = _Pass(encoding, helper)
        for block in blocks(path, name):
            if not passed.feed(block):
                raise _endless_line(name)
            if progress is not None:
                progress(passed.bytes_read)
            if passed.bytes_read > PACKED_LIMIT_BYTES and is_packed(path):
                raise BadInput(
                    N_("{file} unpacks to more than {size} GB; import it in smaller pieces"),
                    file=name,
                    size=PACKED_LIMIT_BYTES >> 30,
                )
    passed.end()
    warnings: tuple[Message, ...] = ()
    broken_lines = 0
    if passed.broken_at is not None:
        if wide is not None:
            raise broken_text(path, name, encoding, passed.broken_at)
        if bom is not None:
            broken_lines = _few_broken_lines(path, name, encoding, passed.broken_at)
        else:
            encoding, warnings, broken_lines = _other_than_utf8(path, name, passed)
    if broken_lines:
        one = N_("{file}: one line holds bytes that are no text ({encoding}); its row is set aside")
        many = N_("{file}: {count} lines hold bytes that are no text ({encoding}); their rows are set aside")
        text = one if broken_lines == 1 else many
        values = {"file": name, "count": broken_lines, "encoding": encoding.upper()}
        warnings = (*warnings, Message(text, values))
    return Scan(
        encoding=encoding,
        bom_bytes=len(bom[0]) if bom else 0,
        is_packed=is_packed(path),
        sha256=passed.digest.hexdigest(),
        bytes_read=passed.bytes_read,
        has_blank_lines=passed.lines.has_blank,
        has_uneven_ends=passed.lines.is_uneven,
        has_pairs=passed.lines.has_pairs,
        warnings=warnings,
        broken_lines=broken_lines,
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
            while block := file.read(_READ_BYTES if left is None else min(_READ_BYTES, left)):
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
    """What is gathered block by block: hash, decodability, ends of lines. Hashing lets go of Python's lock, so it goes
    on beside the rest, a few blocks behind."""

    def __init__(self, encoding: str, helper: Executor) -> None:
        self.digest = hashlib.sha256()
        self._helper = helper  # of one thread: blocks are hashed in their order
        self._hashing: deque[Future[None]] = deque()
        self.bytes_read = 0
        self.broken_at: int | None = None
        self.lines = Lines()
        self._utf8 = Utf8() if encoding == "utf-8" else None
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._unbroken = 0

    def feed(self, block: bytes) -> bool:
        """Take a block; False where a line has grown past the limit."""
        self._hashing.append(self._helper.submit(self.digest.update, block))
        self._wait(_BLOCKS_BEHIND)
        if self._utf8 is not None:
            self._utf8.feed(block)
            self.broken_at = self._utf8.broken_at
            self.lines.feed(block)
        else:
            self.lines.feed(self._decoded(block).encode("utf-8", "replace"))
        self.bytes_read += len(block)
        self._unbroken = 0 if b"\n" in block or b"\r" in block else self._unbroken + len(block)
        return self._unbroken <= LINE_LIMIT_BYTES

    def _wait(self, behind: int) -> None:
        """Until no more blocks than that are still to be hashed."""
        while len(self._hashing) > behind:
            self._hashing.popleft().result()

    def _decoded(self, block: bytes, *, final: bool = False) -> str:
        """The text of a block of wide characters; none from the first broken one on."""
        if self.broken_at is not None:
            return ""
        try:
            return self._decoder.decode(block, final=final)
        except UnicodeDecodeError as error:
            self.broken_at = self.bytes_read - 1 if final else self.bytes_read + error.start
            return ""

    def end(self) -> None:
        self._wait(0)
        self.lines.end()
        if self._utf8 is not None:
            self._utf8.end()
            self.broken_at = self._utf8.broken_at
        else:
            self._decoded(b"", final=True)


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
        raise BadInput(EMPTY, file=name)
    return head


def _refuse_binary(head: bytes, name: str) -> None:
    """Text has tabs and line breaks, hardly any other control character and no zero byte."""
    sample = head[: 1 << 16]
    controls = len(re.findall(rb"[\x00-\x08\x0e-\x1f\x7f]", sample))
    if 0 < head.count(b"\x00") <= _FEW_ZEROS and controls <= max(2, len(sample) // 200):
        raise BadInput(_ZEROS, file=name, line=head[: head.index(b"\x00")].count(b"\n") + 1)
    if b"\x00" in head or controls > max(2, len(sample) // 200):
        raise BadInput(BINARY, file=name)


def _endless_line(name: str) -> BadInput:
    return BadInput(
        N_("{file} has a line longer than {limit} MB; expected one row per line"),
        file=name,
        limit=LINE_LIMIT_BYTES >> 20,
    )


def _other_than_utf8(path: Path, name: str, passed: _Pass) -> tuple[str, tuple[Message, ...], int]:
    """The encoding, what to say of it, and how many lines hold broken bytes."""
    at = passed.broken_at or 0
    around = _bytes_around(path, name, at)
    if is_damaged_utf8(around):
        return "utf-8", (), _few_broken_lines(path, name, "utf-8", at)
    if is_partly_utf8(around):
        raise BadInput(_MIXED, file=name, line=_line_at(path, name, at))
    likely = candidates(around)
    encoding = next((encoding for encoding in likely if _decodes(path, name, encoding)), None)
    if encoding is None:
        best = likely[0] if likely else "utf-8"
        return best, (), _few_broken_lines(path, name, best, at)
    if encoding not in (LATIN, LATIN_1) and not is_doubtful(around):
        return encoding, (), 0
    word = _ODD_WORD.search(around.decode(encoding, "replace"))
    text = N_(
        "{file} says nothing of its encoding; read as {encoding}, it says '{word}': if that is wrong,"
        " save it as CSV UTF-8"
    )
    return encoding, (Message(text, {"file": name, "encoding": encoding, "word": word.group() if word else ""}),), 0


def _few_broken_lines(path: Path, name: str, encoding: str, at: int) -> int:
    """How many lines hold bytes that are none of the encoding. Raises BadInput where they are more than few; ``at``:
    the first odd byte."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    lines = broken = 0
    rest = ""
    for block in itertools.chain(blocks(path, name), (b"",)):
        text = rest + decoder.decode(block, final=not block)
        told = text.split("\n")
        rest = told.pop() if block else ""
        lines += len(told)
        broken += sum(1 for line in told if BROKEN in line)
    if not 0 < broken <= _FEW * lines:
        raise broken_text(path, name, encoding, at)
    return broken


def _bytes_around(path: Path, name: str, at: int) -> bytes:
    """Lines of up to 64 kB before and after the first odd byte."""
    seen = 0
    for block in blocks(path, name):
        if at < seen + len(block):
            reach = max(0, at - seen - (1 << 16))
            start = block.find(b"\n", reach) + 1 if reach else 0
            return block[start : at - seen + (1 << 16)]
        seen += len(block)
    return b""


def _decodes(path: Path, name: str, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        for block in blocks(path, name):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def broken_text(path: Path, name: str, encoding: str, at: int) -> BadInput:
    """The refusal of a file that is no text from byte ``at`` on."""
    text = N_(
        "{file} line {line} has broken text (byte {position} of the file is neither {encoding} nor GB18030);"
        " correct that line, or save the file as CSV UTF-8"
    )
    return BadInput(text, file=name, line=_line_at(path, name, at), position=at + 1, encoding=encoding.upper())


def _line_at(path: Path, name: str, at: int) -> int:
    """The number of the line in which a byte stands."""
    line, seen = 1, 0
    for block in blocks(path, name):
        line += block[: max(0, at - seen)].count(b"\n")
        seen += len(block)
        if seen >= at:
            break
    return line

"""The tables in a zip archive: which members are tables, what they are called, and their bytes.

The names of members are shown and never used as paths. An archive that would unpack to more than the disk or reason
holds, that is encrypted, or that holds further archives is refused with what to do.
"""

import errno
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from omnidash.ingest.reading.charset import candidates
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

_TABLES = (".csv", ".tsv", ".txt", ".tab", ".gz", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".tgz", ".bz2", ".xz", ".tar.gz")
_BYTES_LIMIT = 20 << 30
_MEMBERS_LIMIT = 2000
_SPARE_BYTES = 1 << 30  # what unpacking leaves free on the disk
_BLOCK_BYTES = 1 << 20
_DAMAGED = N_("{file} is a damaged archive or workbook; download or save it again")


@dataclass(frozen=True, slots=True)
class Members:
    """``tables`` to unpack; ``others``: names of members that are no tables."""

    tables: tuple["Member", ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive. ``name`` is readable text, with folders: "2026/七月.csv"."""

    name: str
    info: zipfile.ZipInfo


@contextmanager
def opened_archive(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    """The archive, with every way in which it can be damaged told as BadInput."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, EOFError, zlib.error, ValueError, IndexError, KeyError) as error:
        raise BadInput(_DAMAGED, file=name) from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # the archive sends its reader to a place before its beginning
            raise
        raise BadInput(_DAMAGED, file=name) from error
    except (NotImplementedError, RuntimeError) as error:
        raise BadInput(
            N_("{file} is packed in a way that cannot be read here; pack it again as an ordinary zip archive"),
            file=name,
        ) from error


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether the archive is an Excel or OpenDocument workbook."""
    names = set(archive.namelist())
    return "[Content_Types].xml" in names or "xl/workbook.xml" in names or {"mimetype", "content.xml"} <= names


def members_of(archive: zipfile.ZipFile, name: str, free_bytes: int) -> Members:
    """What is in the archive. Raises BadInput where it must not or cannot be unpacked."""
    members = [
        Member(shown, info)
        for info in archive.infolist()
        if not info.is_dir() and not _is_hidden(shown := readable_name(info))
    ]
    for member in members:
        if member.name.lower().endswith(_ARCHIVES) and not _is_packed_table(member.name):
            raise BadInput(
                N_("{file} holds another archive ({member}); unpack it first and import what is in it"),
                file=name,
                member=member.name,
            )
    tables = tuple(member for member in members if member.name.lower().endswith(_TABLES))
    if any(member.info.flag_bits & 1 for member in tables):
        raise BadInput(N_("{file} is encrypted; unpack it with its password and import the files in it"), file=name)
    size = sum(member.info.file_size for member in tables)
    if size > _BYTES_LIMIT or len(tables) > _MEMBERS_LIMIT:
        raise BadInput(
            N_("{file} would unpack to {count} files of {size} GB together; import it in smaller pieces"),
            file=name,
            count=len(tables),
            size=round(size / 2**30, 1),
        )
    if size + _SPARE_BYTES > free_bytes:
        raise BadInput(
            N_("{file} would unpack to {size} GB, more than the disk has left; make room or import it in pieces"),
            file=name,
            size=round(size / 2**30, 1),
        )
    return Members(tables, tuple(member.name for member in members if member not in tables))


def extract(archive: zipfile.ZipFile, member: Member, target: Path) -> None:
    """Write a member's bytes to ``target``, which exists; never more than the archive says it has."""
    with archive.open(member.info) as packed, target.open("wb") as out:
        shutil.copyfileobj(packed, out, _BLOCK_BYTES)


def readable_name(info: zipfile.ZipInfo) -> str:
    """A member's name as its writer meant it: archives from Chinese Windows write GBK and do not say so.

    >>> readable_name(zipfile.ZipInfo("七月.csv".encode("gbk").decode("cp437")))
    '七月.csv'
    """
    name = info.filename
    if not info.flag_bits & 0x800 and not name.isascii():  # without this flag the name was read as CP437
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:
            raw = b""
        for encoding in ("utf-8", *candidates(raw)):
            try:
                name = raw.decode(encoding) or name
                break
            except UnicodeDecodeError:
                continue
    return "".join(character if character.isprintable() else "�" for character in name).replace("\\", "/").strip("/")


def _is_hidden(name: str) -> bool:
    """What systems leave in archives: resource forks, hidden files, locks of an open workbook."""
    steps = name.split("/")
    return (
        "__MACOSX" in steps
        or any(step.startswith((".", "~$")) and step != ".." for step in steps)
        or steps[-1] == "Thumbs.db"
    )


def _is_packed_table(name: str) -> bool:
    return name.lower().endswith((".csv.gz", ".tsv.gz", ".txt.gz"))

"""Which files a command line means: files as given, all exports in a folder, what a pattern finds; each once."""

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

TABLES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".txt.gz", ".zip", ".xlsx", ".xlsm", ".xls")
NOTES = (".txt",)  # may be an export, may be a README


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file to import. ``may_be_note``: it was found in a folder, and its name does not say that it is an export."""

    path: Path
    may_be_note: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """``others``: files of the folders that are no exports by their names."""

    files: tuple[Export, ...]
    others: tuple[Path, ...]


def exports(words: Sequence[str]) -> Found:
    """The files meant, in the order given; of a folder also those in its folders, of a folder or a pattern the oldest
    first: of two exports of the same days the later one counts. Raises BadInput where a word means no file at all."""
    files: dict[Path, Export] = {}
    others: dict[Path, None] = {}
    for word in words:
        path = Path(word)
        if path.is_dir():
            inside = _inside(path)
            matches = [Export(path=p, may_be_note=_is(p, NOTES)) for p in inside if _is(p, TABLES + NOTES)]
            others.update(dict.fromkeys(p for p in inside if not _is(p, TABLES + NOTES)))
        elif path.exists() or not glob.has_magic(word):
            matches = [Export(path=path)]
        else:
            found = [Path(name) for name in glob.glob(word, recursive=True)]  # noqa: PTH207  (may be absolute)
            matches = [Export(path=path) for path in sorted(filter(Path.is_file, found), key=_age)]
        if not matches:
            raise BadInput(
                N_("{file}: no export there; expected files ending in {endings}"),
                file=word,
                endings=", ".join(TABLES + NOTES),
            )
        for match in matches:
            files.setdefault(match.path, match)
    return Found(files=tuple(files.values()), others=tuple(p for p in others if p not in files))


def _inside(folder: Path) -> list[Path]:
    """The files of a folder and of its folders, without hidden ones and what archivers and open workbooks leave."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    shown = [p for p in found if not any(part.startswith((".", "__", "~$")) for part in p.relative_to(folder).parts)]
    return sorted(shown, key=_age)


def _age(path: Path) -> tuple[int, Path]:
    """Oldest first; files of one second (unpacked or copied together) by name."""
    return int(path.stat().st_mtime), path


def _is(path: Path, endings: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(endings)

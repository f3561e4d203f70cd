"""The workspace as it is now, kept for a link: a copy of its database that nobody can change.

    <folder>/snapshots/<data version>-<settings version>/omnidash.duckdb

A link that names it shows the same numbers whatever is imported, undone or set later, for data, settings, channels and
notes are all in the copy. One state is kept once. The secret key is not copied: a person cannot be looked up in it. A
copy would outlive the person whom the workspace forgets, so forgetting removes all of them (``identity/forget.py``).
"""

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from omnidash.model.errors import BadInput, OmniDashError, WorkspaceProblem
from omnidash.model.messages import N_
from omnidash.store.workspace import DATABASE, Workspace

_FOLDER = "snapshots"
_NAME = re.compile(r"\d{1,9}-\d{1,9}")


def take(workspace: Workspace) -> str:
    """Keep the workspace as it is and return the name to find it by. Raises WorkspaceProblem while one writes, or
    where the disk does not take the copy."""
    with workspace.at_rest("snapshot"):
        name = f"{workspace.data_version}-{workspace.settings_version}"
        kept = workspace.folder / _FOLDER / name
        if Workspace.exists(kept):
            return name
        part = workspace.scratch_path("snapshot", "")
        try:  # still at rest: somebody who is forgotten meanwhile would stay in a copy that is kept only now
            part.mkdir(mode=0o700)
            shutil.copyfile(workspace.folder / DATABASE, part / DATABASE)
            (part / DATABASE).chmod(0o600)
            copy = Workspace.open(part)
            copy.fix(datetime.now(UTC).replace(tzinfo=None, microsecond=0))
            copy.close()
            kept.parent.mkdir(mode=0o700, exist_ok=True)
            part.rename(kept)
        except OSError as error:
            raise WorkspaceProblem(
                N_("The data could not be kept for the link: {problem}. Is there enough room on the disk?"),
                problem=error.strerror or str(error),
            ) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One that is kept: ``name`` (as in ``at=``), the moment it shows (naive UTC), and what it takes on the disk."""

    name: str
    taken_at: datetime
    size_bytes: int


def snapshots(workspace: Workspace) -> tuple[Snapshot, ...]:
    """Those of a workspace, the latest first. One that cannot be opened any more is left out."""
    found = []
    for folder in (workspace.folder / _FOLDER).glob("*"):
        if not _NAME.fullmatch(folder.name) or not Workspace.exists(folder):
            continue
        try:
            fixed_at = Workspace.open(folder).settings.fixed_at
        except OmniDashError:
            continue
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        found.append(Snapshot(name=folder.name, taken_at=datetime.fromisoformat(fixed_at), size_bytes=size))
    return tuple(sorted(found, key=lambda one: (one.taken_at, one.name), reverse=True))


def is_kept(workspace: Workspace, name: str) -> bool:
    """Whether there is a snapshot of that name."""
    return bool(_NAME.fullmatch(name)) and Workspace.exists(workspace.folder / _FOLDER / name)


def drop(workspace: Workspace, name: str) -> None:
    """Remove one; links to it say from then on that their data is not kept. Raises BadInput where there is none,
    WorkspaceProblem where it cannot be removed."""
    try:
        shutil.rmtree(folder_of(workspace, name))
    except OSError as error:
        raise WorkspaceProblem(
            N_("This could not be removed: {problem}."), problem=error.strerror or str(error)
        ) from error


def folder_of(workspace: Workspace, name: str) -> Path:
    """Where a snapshot of the workspace lies. Raises BadInput where there is none of that name."""
    folder = workspace.folder / _FOLDER / name
    if not is_kept(workspace, name):
        raise BadInput(
            N_("The data this link was made on is not kept any more; take the part with at= out of the address.")
        )
    return folder


def drop_all(folder: Path) -> tuple[Path, ...]:
    """Remove every snapshot of the workspace in ``folder``; returns the databases that could not be removed."""
    shutil.rmtree(folder / _FOLDER, ignore_errors=True)
    return tuple(sorted((folder / _FOLDER).glob(f"*/{DATABASE}*")))

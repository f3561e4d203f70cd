"""The workspace as it is now, kept for a link: a copy of its database that nobody can change.

    <folder>/snapshots/<data version>-<settings version>/omnidash.duckdb

A link that names it shows the same numbers whatever is imported, undone or set later, for data, settings, channels and
notes are all in the copy. One state is kept once. The secret key is not copied: a person cannot be looked up in it. A
copy would outlive the person whom the workspace forgets, so forgetting removes all of them (``identity/forget.py``).
"""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import DATABASE, Workspace

_FOLDER = "snapshots"
_NAME = re.compile(r"\d{1,9}-\d{1,9}")


def take(workspace: Workspace) -> str:
    """Keep the workspace as it is and return the name to find it by. Raises WorkspaceProblem while one writes."""
    with workspace.at_rest("snapshot"):
        name = f"{workspace.data_version}-{workspace.settings_version}"
        kept = workspace.folder / _FOLDER / name
        if Workspace.exists(kept):
            return name
        part = workspace.scratch_path("snapshot", "")
        part.mkdir(mode=0o700)
        shutil.copyfile(workspace.folder / DATABASE, part / DATABASE)
        (part / DATABASE).chmod(0o600)
        try:  # still at rest: somebody who is forgotten meanwhile would stay in a copy that is kept only now
            copy = Workspace.open(part)
            copy.fix(datetime.now(UTC).replace(tzinfo=None, microsecond=0))
            copy.close()
            kept.parent.mkdir(mode=0o700, exist_ok=True)
            part.rename(kept)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return name


def folder_of(workspace: Workspace, name: str) -> Path:
    """Where a snapshot of the workspace lies. Raises BadInput where there is none of that name."""
    folder = workspace.folder / _FOLDER / name
    if not _NAME.fullmatch(name) or not Workspace.exists(folder):
        raise BadInput(
            N_("The data this link was made on is not kept any more; take the part with at= out of the address.")
        )
    return folder


def drop_all(folder: Path) -> tuple[Path, ...]:
    """Remove every snapshot of the workspace in ``folder``; returns the databases that could not be removed."""
    shutil.rmtree(folder / _FOLDER, ignore_errors=True)
    return tuple(sorted((folder / _FOLDER).glob(f"*/{DATABASE}*")))

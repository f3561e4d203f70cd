"""What a file of several tables comes apart into, as tests look at it."""

import zipfile
from pathlib import Path

import pytest

from omnidash.ingest.reading.parts import parts, unpack
from omnidash.ingest.reading.reader import look, opened
from omnidash.model.errors import BadInput
from omnidash.store import Workspace


def archive(path: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, contents in members.items():
            file.writestr(name, contents)
    return path


def names(workspace: Workspace, path: Path) -> list[str]:
    with parts(workspace, path) as found:
        return [part.name for part in found]


def told(workspace: Workspace, path: Path) -> list[str]:
    with parts(workspace, path) as found:
        return [warning.english() for part in found for warning in part.warnings]


def refusal(workspace: Workspace, path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        unpack(workspace, path)
    assert scratch(workspace) == []
    return str(caught.value)


def scratch(workspace: Workspace) -> list[Path]:
    return list((workspace.folder / "tmp").iterdir())


def cells(workspace: Workspace, path: Path) -> list[tuple[object, ...]]:
    """Row number and cells of the only part."""
    with parts(workspace, path) as (part,):
        source = look(part.path)
        columns = ", ".join(f"coalesce(c{i}, '')" for i in range(len(source.dialect.header)))
        with workspace.staging() as staging, opened(workspace, staging, source, mend=True) as raw:
            return staging.cursor.execute(f"select row_number, {columns} from {raw.relation}", raw.params).fetchall()

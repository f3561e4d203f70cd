"""The sample workspace, built from the export files through the ordinary import, as a user would."""

import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

from omnidash.ingest.run import BatchResult, import_file
from omnidash.model.messages import N_, Message
from omnidash.store import Workspace

EXPORTS = Path(__file__).parent / "exports"
READY = "ready"


def build_workspace(
    folder: Path,
    *,
    exports: Path = EXPORTS,
    progress: Callable[[float, Message], None] | None = None,
) -> list[BatchResult]:
    """Make (or make anew) the sample workspace in ``folder`` from all files of ``exports``.

    It is built beside its place and moved there when it is complete, so that nobody ever sees half of it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    building = folder.with_name(f"{folder.name}.{uuid.uuid4().hex[:8]}")
    try:
        workspace = Workspace.create(building, name="sample", is_sample=True)
        files = sorted(p for p in exports.iterdir() if p.name.endswith((".csv", ".csv.gz")))
        results = []
        for position, file in enumerate(files):
            if progress:
                progress(position / len(files), Message(N_("Importing {file}"), {"file": file.name}))
            results.append(import_file(workspace, file))
        workspace.close()
        (building / READY).touch()
        if folder.exists():
            shutil.rmtree(folder)
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return results

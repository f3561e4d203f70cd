"""Fixtures of the whole suite. Nothing here touches the user's own workspaces."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from omnidash.store import Workspace

ROOT = Path(__file__).resolve().parent.parent


def real_data() -> Path | None:
    """The folder with real data beside the project, or where $OMNIDASH_REAL_DATA points; None where absent."""
    for folder in (os.environ.get("OMNIDASH_REAL_DATA"), ROOT.parent / "shared" / "data"):
        if folder and Path(folder).is_dir():
            return Path(folder)
    return None


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace in a folder of its own."""
    return Workspace.create(tmp_path / "workspace")


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test has a data home of its own."""
    monkeypatch.setenv("OMNIDASH_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.delenv("OMNIDASH_WORKSPACE", raising=False)
    yield

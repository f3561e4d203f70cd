"""Fixtures of the whole suite. Nothing here touches the user's own workspaces."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from omnidash.store import Workspace
from omnidash.store.workspace import KEY

ROOT = Path(__file__).resolve().parent.parent


def real_data() -> Path | None:
    """The folder with real data beside the project, or where $OMNIDASH_REAL_DATA points; None where absent."""
    for folder in (os.environ.get("OMNIDASH_REAL_DATA"), ROOT.parent / "shared" / "data"):
        if folder and Path(folder).is_dir():
            return Path(folder)
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The suite draws half of each law's examples, so that it stays short; OMNIDASH_LONG=1 draws them all."""
    if os.environ.get("OMNIDASH_LONG"):
        return
    halved: set[int] = set()
    for item in items:
        law = getattr(item, "obj", None)
        drawn = getattr(law, "_hypothesis_internal_use_settings", None)
        if drawn is not None and id(law) not in halved:
            halved.add(id(law))
            law._hypothesis_internal_use_settings = settings(
                drawn, max_examples=min(drawn.max_examples, max(3, drawn.max_examples // 2))
            )


# Whose first test makes what all of its tests look at: the sample's import, a browser with its servers.
_TOGETHER = (
    "tests/browser/",
    "tests/oracle/test_sample_import.py",
    "tests/oracle/test_sample_scenarios.py",
    "tests/oracle/test_identity_truth.py",
    "tests/conformance/test_july_cli.py",
)


class _Spread(LoadScopeScheduling):
    """Each test goes to the next free worker, but those that share something dear to one. (xdist's own groups have no
    effect under pytest 9.2, which lets nobody rename a test.)"""

    def _split_scope(self, nodeid: str) -> str:
        return next((shared for shared in _TOGETHER if nodeid.startswith(shared)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """How the tests are spread over the workers."""
    return _Spread(config, log)


@pytest.fixture(scope="session")
def _empty_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Workspace.create(tmp_path_factory.mktemp("empty") / "workspace")
    made.close()
    return made.folder


@pytest.fixture
def workspace(tmp_path: Path, _empty_workspace: Path) -> Workspace:
    """An empty workspace in a folder of its own, with its own id and key: a copy of one, which takes a third of the
    time of making it."""
    shutil.copytree(_empty_workspace, tmp_path / "workspace")
    (tmp_path / "workspace" / KEY).write_bytes(secrets.token_bytes(32))  # its mode stays 0600
    copy = Workspace.open(tmp_path / "workspace")
    copy.renew_id()
    copy.close()
    return copy


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test has a data home of its own."""
    monkeypatch.setenv("OMNIDASH_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.delenv("OMNIDASH_WORKSPACE", raising=False)
    yield

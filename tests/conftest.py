"""Fixtures of the whole suite. Nothing here touches the user's own workspaces."""

import os
import pickle
import secrets
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from omnidash.ingest.run import BatchResult
from omnidash.journeys.warm import warm
from omnidash.store import Workspace
from omnidash.store.workspace import KEY
from sample_data.build import build_workspace
from tests.made_once import FOLDER, made_once, workspace_with

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


def pytest_configure(config: pytest.Config) -> None:
    """The folder of what is made once; workers are told by their environment."""
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="omnidash-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(FOLDER), ignore_errors=True)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty workspace in a folder of its own, with its own id and key."""
    empty = workspace_with(tmp_path / "workspace", {})
    (empty.folder / KEY).write_bytes(secrets.token_bytes(32))  # its mode stays 0600
    return empty


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[BatchResult]]:
    """A data home with the sample workspace, to copy from, and what each of its imports reported, in order of name."""

    def make(folder: Path) -> None:
        warm()  # for the servers, which read the machine code from the disk: no browser waits for a compiler
        results = build_workspace(folder / "home" / "sample")
        (folder / "results").write_bytes(pickle.dumps(results))

    made = made_once("sample", make)
    return made / "home", pickle.loads((made / "results").read_bytes())


@pytest.fixture(autouse=True)
def _own_home(_homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has a data home of its own."""
    home = _homes / uuid.uuid4().hex  # pytest's own numbered folders look through all there are, thousands of times
    home.mkdir()
    monkeypatch.setenv("OMNIDASH_HOME", str(home))
    monkeypatch.delenv("OMNIDASH_WORKSPACE", raising=False)


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")

"""Fixtures of the page tests."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner

from tests.browser.test_main_job import spend_csv, touches_csv
from tests.pages.driving import own_workspace_with


@pytest.fixture(scope="module")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data home with touchpoints and spend of June 2026."""
    home = tmp_path_factory.mktemp("filled")
    own_workspace_with(home, {"touches.csv": touches_csv(), "spend.csv": spend_csv()})
    return home


@pytest.fixture(autouse=True, scope="session")
def _packages_scanned_once() -> Iterator[None]:
    """An AppTest reads the metadata of every installed package, a tenth of a second: they stay the same meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield

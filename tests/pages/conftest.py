"""Fixtures of the page tests."""

from pathlib import Path

import pytest

from tests.browser.test_main_job import spend_csv, touches_csv
from tests.pages.driving import own_workspace_with


@pytest.fixture(scope="module")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data home with touchpoints and spend of June 2026."""
    home = tmp_path_factory.mktemp("filled")
    own_workspace_with(home, {"touches.csv": touches_csv(), "spend.csv": spend_csv()})
    return home

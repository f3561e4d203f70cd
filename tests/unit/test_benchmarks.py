"""Benchmarks are run by hand and seldom: that each can be started, and that docs name none that is not there."""

import importlib
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PEERS = {"ChannelAttribution", "chdb", "pysimmmulator"}  # installed beside, by who measures
OF_THE_PEER = {"budget_pymc_peer", "budget_pymc_plans"}  # scripts for an interpreter that has pymc-marketing
MODULES = sorted({path.stem for path in (ROOT / "benchmarks").glob("*.py")} - OF_THE_PEER)
TEXTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "benchmarks" / "README.md"]


STARTABLE = {name for name in MODULES if "\ndef main(" in (ROOT / "benchmarks" / f"{name}.py").read_text("utf-8")}


@pytest.mark.parametrize("name", MODULES)
def test_a_benchmark_can_be_imported(name: str) -> None:
    try:
        assert importlib.import_module(f"benchmarks.{name}").__doc__
    except ModuleNotFoundError as error:
        if error.name not in PEERS:
            raise
        pytest.skip(f"{error.name} is not installed")


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
def test_every_command_in_a_text_is_there(text: Path) -> None:
    assert set(re.findall(r"-m benchmarks\.(\w+)", text.read_text(encoding="utf-8"))) <= STARTABLE


def test_readme_of_the_benchmarks_lists_them_all() -> None:
    listed = set(re.findall(r"`(\w+)`", (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")))
    assert listed >= STARTABLE

"""Imports point down only, and each engine is imported in one place only."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

# A layer may import itself and the layers below it (a higher number is higher in the house).
LAYERS = {
    "model": 0, "store": 1, "ingest": 2, "identity": 2, "journeys": 2, "engine": 3, "metrics": 4, "attribution": 4,
    "health": 5, "budget": 5, "customers": 5, "experiments": 5, "charts": 6, "overview": 6, "ui": 7, "cli": 7,
}  # fmt: skip
# locale renders Messages for whoever speaks to people; it knows only the model.
LOCALE_READERS = {"charts", "ui", "cli", "locale"}
# Siblings on one level that may not know each other, except where the flow of the data says so.
SIBLINGS = {("ingest", "identity"), ("metrics", "attribution"), ("cli", "cli"), ("health", "budget")}
ONLY_IN = {
    "duckdb": {"store", "engine"}, "numba": {"journeys"}, "streamlit": {"ui", "app.py", "pages"}, "pyspark": {"engine"},
}  # fmt: skip

SOURCES = sorted(
    p for p in [*(ROOT / "omnidash").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"] if p.is_file()
)


def room(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    if parts[0] != "omnidash":
        return parts[0]
    return parts[1].removesuffix(".py")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms_imported(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imported(path) if name.startswith("omnidash.")} - {"__version__"}


def test_imports_point_down_only():
    wrong = {
        str(path.relative_to(ROOT)): sorted(above)
        for path in SOURCES
        if (above := {other for other in rooms_imported(path) if not may_import(path, other)})
    }
    assert not wrong, "these import what is not below them"


def may_import(path: Path, other: str) -> bool:
    own = room(path)
    if own in ("app.py", "pages"):  # a page reads filters, calls ui and places cards
        return other == "ui"
    if other == "locale":
        return own in LOCALE_READERS or own == "__main__"
    if own == "locale":
        return other == "model"
    return other == own or own not in LAYERS or LAYERS[other] < LAYERS[own] or (own, other) in SIBLINGS


def test_each_engine_is_imported_in_its_place_only():
    wrong = {
        str(path.relative_to(ROOT)): sorted(misplaced)
        for path in SOURCES
        if (misplaced := {top for top in engines_of(path) if room(path) not in ONLY_IN[top]})
    }
    assert not wrong, "these import an engine that has its place elsewhere"


def engines_of(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)} & set(ONLY_IN)


def test_the_rooms_of_the_house_all_have_a_layer():
    rooms = {p.parent.name for p in (ROOT / "omnidash").glob("*/__init__.py")}
    assert rooms - {"locale"} <= set(LAYERS)


def test_parts_that_are_drawn_alone_all_say_their_problems():
    """A problem in a fragment of Streamlit's own shows as a traceback: see ui/fragment.py."""
    streamlits = ("fragment", "dialog")
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        if path.relative_to(ROOT).as_posix() != "omnidash/ui/fragment.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in streamlits and ast.unparse(node.value) == "st"
    ]
    assert not wrong, "use omnidash.ui.fragment"


@pytest.mark.parametrize("first", ["omnidash.cli.health", "omnidash.ui.health.page"])
def test_what_comes_first_does_not_wait_for_scikit_learn(first: str) -> None:
    """A second of every command and of every start, for what only curves of budgets need."""
    asked = f"import sys, {first}; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], cwd=ROOT, check=False, timeout=120).returncode == 0

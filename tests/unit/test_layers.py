"""Imports point down only, and each engine is imported in one place only."""

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

# A layer may import itself and the layers below it (a higher number is higher in the house).
LAYERS = {
    "model": 0, "store": 1, "ingest": 2, "identity": 2, "journeys": 2, "engine": 3, "metrics": 4, "attribution": 4,
    "health": 5, "budget": 5, "customers": 5, "charts": 6, "ui": 7, "cli": 7,
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


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down_only(path):
    own = room(path)
    for other in rooms_imported(path):
        if own in ("app.py", "pages"):
            assert other == "ui", f"{path.name} is a page: it reads filters, calls ui and places cards"
        elif other == "locale":
            assert own in LOCALE_READERS or own == "__main__"
        elif own == "locale":
            assert other == "model"
        elif other != own and own in LAYERS:
            is_lower = LAYERS[other] < LAYERS[own]
            assert is_lower or (own, other) in SIBLINGS, f"{path} imports {other}, which is not below {own}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_each_engine_is_imported_in_its_place_only(path):
    tops = {name.split(".")[0] for name in imported(path)}
    for package, places in ONLY_IN.items():
        assert package not in tops or room(path) in places, f"{path} imports {package}"


def test_the_rooms_of_the_house_all_have_a_layer():
    rooms = {p.parent.name for p in (ROOT / "omnidash").glob("*/__init__.py")}
    assert rooms - {"locale"} <= set(LAYERS)

"""Counted ahead of the first look: what the overview shows is read from the disk then, and is what it would count."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import streamlit as st

from omnidash.cli.main import main
from omnidash.overview import fill as filling
from omnidash.overview.fill import fill
from omnidash.store import Workspace, kept
from omnidash.ui.ahead import count_ahead
from tests.pages.driving import own_workspace_with, run

COUNTED = {"actions", "channel-days", "ltv", "source-days", "batch-hours", "arrivals", "spend-source-days"} | {
    "crossing", "repurchased", "reached", "evidence"
}  # fmt: skip
DAYS = [date(2025, 3, 1) + timedelta(days=number) for number in range(430)]


def exports() -> dict[str, str]:
    """More than a year of clicks on two channels, each day a new buyer or one of a fortnight before, and spend."""
    touches = ["customer_id,time,interaction,conversion,conversion_value,channel"]
    spend = ["day,channel,impressions,cost"]
    for number, day in enumerate(DAYS):
        who = f"C{number - 14 if number % 3 == 0 and number > 14 else number}"
        touches += [
            f"{who},{day}T09:00:00Z,impression,0,0,Paid Search",
            f"{who},{day}T10:00:00Z,impression,0,0,{'Online Video' if number % 2 else 'Paid Search'}",
            f"{who},{day}T15:00:00Z,conversion,1,{10 + number % 5},Paid Search",
        ]
        spend += [f"{day},Paid Search,100,{4 + number % 3}", f"{day},Online Video,100,2.5"]
    return {"touches.csv": "\n".join(touches) + "\n", "spend.csv": "\n".join(spend) + "\n"}


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return own_workspace_with(tmp_path, exports())


def names(workspace: Workspace) -> set[str]:
    """Of what is kept."""
    return {file.name.rpartition("-")[0] for file in (workspace.folder / "cache").iterdir()} - {"journeys"}


def test_the_overview_counts_nothing_that_was_counted_ahead(workspace, tmp_path, monkeypatch):
    counted: list[str] = []
    keep = kept._keep

    def noted(path: Path, write) -> None:
        counted.append(path.name.rpartition("-")[0])
        keep(path, write)

    monkeypatch.setattr(kept, "_keep", noted)

    def seen() -> tuple[dict[str, tuple[str, str]], list[str]]:
        st.cache_resource.clear()
        app = run("app.py", monkeypatch, tmp_path)
        table = next(table for table in app.dataframe if table.key == "channel_table")
        return {m.label: (m.value, m.delta) for m in app.metric}, table.value.astype(str).values.tolist()

    by_the_page = seen()
    assert set(counted) == COUNTED
    for file in (workspace.folder / "cache").iterdir():
        file.unlink()
    assert fill(workspace)
    counted.clear()
    assert seen() == by_the_page
    assert counted == []


def test_it_stops_where_nobody_wants_it_or_the_workspace_changes(workspace):
    assert not fill(workspace, is_wanted=lambda: False)
    assert names(workspace) == set()
    looks = []

    def changes_it() -> bool:
        looks.append(1)
        if len(looks) == 2:
            workspace.change_settings(margin=0.4)
        return True

    assert not fill(workspace, is_wanted=changes_it)
    assert names(workspace) == {"actions"}


def test_the_server_counts_ahead_once_for_every_state_of_many_events(workspace, monkeypatch):
    assert count_ahead(workspace) is None
    monkeypatch.setattr(filling, "MANY_EVENTS", 100)
    assert count_ahead(workspace) is None  # seen already as one of few
    workspace.change_settings(margin=0.4)
    thread = count_ahead(workspace)
    assert thread is not None and thread.daemon
    assert count_ahead(workspace) is None
    thread.join(120)
    assert names(workspace) == COUNTED


@pytest.mark.parametrize(("many", "expected"), [(100, COUNTED), (1_000_000, set())])
def test_the_command_counts_ahead_after_its_answer(many, expected, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(filling, "MANY_EVENTS", many)
    said: list[str] = []
    real = filling.fill
    monkeypatch.setattr(filling, "fill", lambda workspace: said.append(capsys.readouterr().out) or real(workspace))
    (tmp_path / "touches.csv").write_text(exports()["touches.csv"], encoding="utf-8")
    command = ["--workspace", str(tmp_path / "own"), "import", str(tmp_path / "touches.csv"), "--currency", "CNY"]
    assert main(command) == 0
    assert names(Workspace.open(tmp_path / "own")) == expected
    assert ["touches.csv" in text for text in said] == ([True] if expected else [])

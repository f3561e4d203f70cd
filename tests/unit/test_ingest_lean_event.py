"""Staged events leave out what a file says nothing of; what reaches the workspace is the same as with all columns."""

import csv
import io
import shutil
from pathlib import Path
from typing import Any

import pytest

from omnidash.ingest.run import import_file
from omnidash.ingest.tables import COLUMNS
from omnidash.store import Workspace

HEADER = ("time", "email", "phone", "channel", "campaign", "action", "content_id", "store_id", "order_id", "revenue",
          "currency")  # fmt: skip
ROWS = (
    ("2026-07-01 10:00:00", "ana@shop.example", "13800000001", "抖音", "summer", "click", "c1", "s1", "", "", ""),
    ("2026-07-01 10:00:00", "ana@shop.example", "13800000001", "抖音", "summer", "click", "c1", "s1", "", "", ""),
    ("2026-07-01 11:00:00", "bo@shop.example", "", "微信", "", "visit", "", "", "", "", ""),
    ("2026-07-02 09:30:00", "", "13800000002", "天猫", "summer", "purchase", "", "s1", "A1", "199.00", "CNY"),
    ("2026-07-03 09:30:00", "", "13800000002", "天猫", "", "refund", "", "", "A1", "20.00", "CNY"),
    ("2026-07-03 10:30:00", "", "", "direct", "", "购买", "c2", "", "A2", "5.50", "CNY"),
)
FOLLOWING = {"revenue": ("revenue", "currency", "revenue_base"), "channel": ("channel", "raw_channel", "is_touch")}


@pytest.mark.parametrize(
    "left_out",
    [
        ("campaign",),
        ("content_id", "store_id"),
        ("revenue", "currency"),
        ("channel",),
        ("campaign", "content_id", "store_id", "order_id", "revenue", "currency"),
    ],
    ids=" ".join,
)
def test_a_file_without_some_columns_becomes_the_same_events_without_their_values(
    workspace: Workspace, tmp_path: Path, left_out: tuple[str, ...]
) -> None:
    other = _copy(workspace, tmp_path)
    whole = _events(workspace, tmp_path, HEADER)
    part = _events(other, tmp_path, [name for name in HEADER if name not in left_out])
    emptied = {column for name in left_out for column in FOLLOWING.get(name, (name,))}
    assert len(part) == len(ROWS)
    for row, full in zip(part, whole, strict=True):
        kept = {name: value for name, value in full.items() if name not in emptied | {"event_id"}}
        assert {name: row[name] for name in kept} == kept
        assert {row[name] for name in emptied if name != "is_touch"} == {None}


def test_who_was_forgotten_changes_nothing_of_the_events_of_others(workspace: Workspace, tmp_path: Path) -> None:
    other = _copy(workspace, tmp_path)
    with other.writing("forgotten") as cursor:
        cursor.execute("insert into forgotten (hash, forgotten_at) values ('someone'::blob, now()::timestamp)")
    events = _events(workspace, tmp_path, HEADER)
    assert events == _events(other, tmp_path, HEADER)
    assert [event["action"] for event in events] == ["click", "click", "visit", "purchase", "refund", "purchase"]


def _copy(workspace: Workspace, tmp_path: Path) -> Workspace:
    """A workspace with the same key, so that identifiers have the same ids."""
    workspace.close()
    shutil.copytree(workspace.folder, tmp_path / "other")
    return Workspace.open(tmp_path / "other")


def _events(workspace: Workspace, tmp_path: Path, names: Any) -> list[dict[str, Any]]:
    """The events that a file with some of the columns becomes, in its order."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([row[HEADER.index(name)] for name in names] for row in ROWS)
    file = tmp_path / f"events-{len(names)}-{workspace.folder.name}.csv"
    file.write_text(text.getvalue(), encoding="utf-8")
    assert import_file(workspace, file, kind="events").added == len(ROWS)
    columns = COLUMNS["event"]
    rows = workspace.rows(f"select {', '.join(columns)} from event order by row_number, event_id")
    return [dict(zip(columns, row, strict=True)) for row in rows]

"""Restored over the workspace that forgot somebody, a backup from before brings nobody back."""

import os
from pathlib import Path

import pytest

from omnidash.cli import main
from omnidash.identity.forget import forget
from omnidash.identity.lookup import identifier_ids
from omnidash.identity.preview import Proposal, apply
from omnidash.ingest.run import import_file
from omnidash.store import Workspace
from omnidash.store.backup import backup
from omnidash.store.workspace import DATABASE
from tests.unit.ingest_files import write

EVENTS = """\
time,channel,action,phone,email,device_id,order_id,revenue
2026-07-01 10:00:00,抖音,click,13800000001,ana@x.example,D-1,,
2026-07-01 11:00:00,百度,click,13800000003,bo@x.example,D-1,,
2026-07-02 10:00:00,天猫,purchase,,ana@x.example,,E-7,80
2026-07-02 11:00:00,天猫,click,13800000001,cy@x.example,,,
"""


@pytest.fixture
def kept(workspace: Workspace, tmp_path: Path) -> Path:
    """A backup of a workspace with Ana, who is forgotten after it, when a cut has parted her from Cy."""
    import_file(workspace, write(tmp_path, EVENTS, "events.csv"))
    path = backup(workspace, tmp_path / "kept.zip").path
    ((ana,), (cy,)) = (identifier_ids(workspace, text) for text in ("13800000001", "cy@x.example"))
    apply(workspace, Proposal(cuts=((min(ana, cy), max(ana, cy)),)), reason="sisters")
    forget(workspace, "ana@x.example", by="me", reason="asked")
    workspace.close()
    return path


def test_who_was_forgotten_since_the_backup_is_forgotten_again_and_nobody_else(
    workspace: Workspace, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = "select hash, forgotten_at, forgotten_by, reason, is_shared from forgotten order by hash"
    listed, beside = workspace.rows(asked), workspace.rows("select hash from forgotten_beside order by 1")
    assert main(["--workspace", str(workspace.folder), "restore", str(kept)]) == 0
    assert "2 identifiers of persons who were forgotten since the backup was made are forgotten again" in (
        capsys.readouterr().out
    )
    again = Workspace.open(workspace.folder)
    assert again.rows(asked) == listed
    assert again.rows("select hash from forgotten_beside order by 1") == beside
    assert again.rows("select count(*), count(identifier_id), sum(revenue_base) from event") == [(4, 1, 80)]
    assert again.rows("select hint from identifier where type <> 'device_id' order by 1") == [
        ("+86138****0003",), ("b***@***.example",), ("c***@***.example",)
    ]  # fmt: skip
    assert not again.rows("select 1 from event where order_id = 'E-7'")
    import_file(again, write(tmp_path, EVENTS, "again.csv"))
    assert identifier_ids(again, "13800000001") == identifier_ids(again, "ana@x.example") == []


def test_where_it_cannot_be_known_who_was_forgotten_that_is_said(
    workspace: Workspace, kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = workspace.folder / DATABASE
    os.truncate(file, file.stat().st_size // 2)
    assert main(["--workspace", str(workspace.folder), "restore", str(kept)]) == 0
    assert "cannot be read here who was forgotten since the backup" in capsys.readouterr().out
    assert identifier_ids(Workspace.open(workspace.folder), "ana@x.example")


def test_a_backup_of_another_key_is_left_as_it_is(
    workspace: Workspace, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Workspace.create(tmp_path / "other")
    import_file(other, write(tmp_path, EVENTS, "other.csv"))
    path = backup(other, tmp_path / "other.zip", with_key=True).path
    assert main(["--workspace", str(workspace.folder), "restore", str(path)]) == 0
    assert "forgotten" not in capsys.readouterr().out
    assert identifier_ids(Workspace.open(workspace.folder), "ana@x.example")

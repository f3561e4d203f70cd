"""A snapshot says for good what the workspace said when it was taken, and holds nobody who is forgotten since."""

from pathlib import Path

import pytest

from omnidash.cli.main import main
from omnidash.identity.forget import forget
from omnidash.ingest.run import import_file
from omnidash.model.errors import BadInput, WorkspaceProblem
from omnidash.store import Workspace
from omnidash.store.snapshots import drop, folder_of, is_kept, snapshots, take
from tests.made_once import workspace_with

SPEND = "date,channel,cost\n2026-06-01,Google Ads,10.00\n"
TOUCHES = "user_id,timestamp,channel,action\nmember-4711,2026-06-01 10:00:00,Google Ads,click\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return workspace_with(tmp_path / "w", {"spend.csv": SPEND})


def bring(workspace: Workspace, name: str, text: str) -> None:
    file = workspace.folder.parent / name
    file.write_text(text, encoding="utf-8")
    import_file(workspace, file)


def spent(workspace: Workspace) -> float:
    return float(workspace.rows("select sum(cost_base) from spend")[0][0])


def test_what_comes_later_is_not_in_it(workspace):
    name = take(workspace)
    bring(workspace, "more.csv", SPEND.replace("06-01", "06-02"))
    workspace.change_settings(margin=0.5)
    kept = Workspace.open(folder_of(workspace, name))
    assert (spent(kept), kept.settings.margin) == (10.0, 1.0)
    assert (spent(workspace), workspace.settings.margin) == (20.0, 0.5)
    assert kept.settings.fixed_at
    assert not workspace.settings.fixed_at


def test_nobody_can_write_in_it(workspace):
    kept = Workspace.open(folder_of(workspace, take(workspace)))
    with pytest.raises(WorkspaceProblem):
        kept.change_settings(margin=0.5)
    assert kept.settings.margin == 1.0


def test_one_state_is_kept_once(workspace):
    assert take(workspace) == take(workspace)
    first = take(workspace)
    workspace.change_settings(margin=0.5)
    assert take(workspace) != first


@pytest.mark.parametrize("name", ["9-9", "../..", "", "1-1/../../.."])
def test_a_name_that_leads_nowhere_is_refused(workspace, name):
    with pytest.raises(BadInput):
        folder_of(workspace, name)


def test_nobody_is_forgotten_while_a_copy_is_made(workspace, monkeypatch):
    bring(workspace, "touches.csv", TOUCHES)
    fix = Workspace.fix

    def meanwhile(copy, at):
        with pytest.raises(WorkspaceProblem, match="snapshot"):
            forget(workspace, "member-4711")
        fix(copy, at)

    monkeypatch.setattr(Workspace, "fix", meanwhile)
    assert take(workspace)


def test_a_copy_that_cannot_be_removed_is_said(workspace, monkeypatch, capsys):
    bring(workspace, "touches.csv", TOUCHES)
    name = take(workspace)
    (workspace.folder / "cache" / "old.arrow").mkdir()  # what is no file cannot be unlinked
    monkeypatch.setattr("omnidash.store.snapshots.shutil.rmtree", lambda _path, **_: None)
    assert main(["forget", "member-4711", "--workspace", str(workspace.folder)]) == 0
    said = capsys.readouterr().out
    assert "could not be removed" in said and name in said and "old.arrow" in said


def test_those_kept_are_listed_with_moment_and_size_and_one_can_be_deleted(workspace):
    first = take(workspace)
    bring(workspace, "more.csv", SPEND.replace("06-01", "06-02"))
    second = take(workspace)
    listed = snapshots(workspace)
    assert {one.name for one in listed} == {first, second}
    assert all(one.size_bytes > 10_000 for one in listed)
    assert listed[0].taken_at >= listed[1].taken_at
    drop(workspace, first)
    assert [one.name for one in snapshots(workspace)] == [second]
    assert (is_kept(workspace, first), is_kept(workspace, second)) == (False, True)
    with pytest.raises(BadInput):
        drop(workspace, first)
    (workspace.folder / "snapshots" / "7-7").mkdir()
    (workspace.folder / "snapshots" / "7-7" / "omnidash.duckdb").write_bytes(b"broken" * 1000)
    assert [one.name for one in snapshots(workspace)] == [second]


def test_a_disk_that_does_not_take_the_copy_is_said_and_leaves_nothing(workspace, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(WorkspaceProblem) as problem:
        take(workspace)
    assert problem.value.message.values["problem"] == "No space left on device"
    assert not list(workspace.folder.rglob("*snapshot*/*"))


def test_forgetting_a_person_leaves_no_snapshot_that_knows_them(workspace):
    bring(workspace, "touches.csv", TOUCHES)
    name = take(workspace)
    forget(workspace, "member-4711")
    with pytest.raises(BadInput):
        folder_of(workspace, name)
    assert not list((workspace.folder / "snapshots").glob("*"))

"""Backups, restoring and checking on the command line."""

import hashlib
from pathlib import Path

import pytest

from omnidash.store import Workspace


def test_a_backup_comes_back_whole(run, tmp_path: Path) -> None:
    made = run("backup", "--out", str(tmp_path / "kept.zip"), "--with-key", "--json").data
    assert Path(made["path"]).stat().st_size == made["bytes"]
    assert made["sha256"] == hashlib.sha256(Path(made["path"]).read_bytes()).hexdigest()
    restored = run("restore", made["path"], "--json", workspace=tmp_path / "again")
    assert restored.data == {"restored": str(tmp_path / "again"), "replaced": None, "key_from": "backup",
                             "forgotten_again": 0}  # fmt: skip
    assert run("channels", "--json", workspace=tmp_path / "again").data == run("channels", "--json").data


def test_backup_and_restore_say_what_is_left_out_and_where_the_old_state_is(run, tmp_path: Path) -> None:
    made = run("backup", "--out", str(tmp_path / "bare.zip"))
    assert "--with-key" in made.out
    again = tmp_path / "again"
    assert "secret.key" in run("restore", str(tmp_path / "bare.zip"), workspace=again).out
    said = run("restore", str(tmp_path / "bare.zip"), workspace=again).out
    (old,) = tmp_path.glob("again.before-restore-*")
    assert str(old) in said


def persons_in(folder: Path) -> int:
    return int(Workspace.open(folder).rows("select count(distinct person_id) from person")[0][0])


@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_workspace_whose_key_is_lost_imports_again_when_a_new_one_is_begun(run, tmp_path: Path, is_damaged) -> None:
    touches = tmp_path / "touches.csv"
    touches.write_text("time,channel,action,phone\n2026-03-01 08:00:00,douyin,click,13688776655\n", encoding="utf-8")
    run("import", str(touches), workspace=tmp_path / "first")
    run("backup", "--out", str(tmp_path / "bare.zip"), workspace=tmp_path / "first")
    again = tmp_path / "again"
    assert "omnidash new-key" in run("restore", str(tmp_path / "bare.zip"), workspace=again).out
    if is_damaged:
        (again / "secret.key").write_bytes(b"half")
    touches.write_text(touches.read_text("utf-8").replace("03-01", "03-02"), encoding="utf-8")
    refused = run("import", str(touches), workspace=again)
    assert refused.code == 4 and "omnidash new-key" in refused.err
    assert persons_in(again) == 1
    assert "forget them again" in run("new-key", workspace=again).out
    assert run("import", str(touches), workspace=again).code == 0
    assert persons_in(again) == 2  # the same one, by another key
    assert ((again / "secret.key").stat().st_mode & 0o777) == 0o600
    assert [path.read_bytes() for path in again.glob("secret.key.damaged-*")] == ([b"half"] if is_damaged else [])
    once_more = run("new-key", workspace=again)
    assert once_more.code == 4 and "is whole" in once_more.err


def test_a_backup_without_a_name_goes_beside_the_workspace(run, shop: Path) -> None:
    made = run("backup", "--json").data
    assert Path(made["path"]).parent == shop.with_name(f"{shop.name}-backups")


def test_a_file_that_is_no_backup_is_bad_input_and_changes_nothing(run, tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"not a zip")
    answer = run("restore", str(tmp_path / "no.zip"), workspace=tmp_path / "again")
    assert answer.code == 3 and answer.err.count("\n") == 1
    assert not (tmp_path / "again").exists()


def test_check_finds_events_of_no_import(run) -> None:
    """The shop's rows were written without an import, and check says so."""
    answer = run("check", "--json")
    assert answer.code == 1
    assert answer.data["ok"] is False
    assert any("events of imports that are not in use" in finding for finding in answer.data["findings"])


def test_check_of_a_whole_workspace_is_ok(run, tmp_path: Path) -> None:
    Workspace.create(tmp_path / "empty")
    answer = run("check", "--json", workspace=tmp_path / "empty")
    assert (answer.code, answer.data) == (0, {"ok": True, "findings": []})

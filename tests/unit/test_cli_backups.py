"""Backups, restoring and checking on the command line."""

import hashlib
from pathlib import Path

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

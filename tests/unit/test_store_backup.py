"""A backup is one file that brings everything back, and a damaged one changes nothing."""

import stat
import zipfile

import pytest

from omnidash.model.errors import BadInput, WorkspaceProblem
from omnidash.store import Workspace
from omnidash.store.backup import backup, check, restore

RATE = "insert into rate values ('USD', date '2026-01-01', 7)"


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    with workspace.writing("test") as cursor:
        cursor.execute(RATE)
    return workspace


def test_a_restored_workspace_holds_what_was_backed_up(filled, tmp_path):
    saved = backup(filled, tmp_path / "safe" / "w.zip")
    assert saved.bytes == saved.path.stat().st_size
    assert stat.S_IMODE(saved.path.stat().st_mode) == 0o600
    restored = restore(saved.path, tmp_path / "elsewhere").workspace
    assert restored.rows("select * from rate") == filled.rows("select * from rate")
    assert restored.settings == filled.settings


def test_the_key_is_in_it_only_when_asked_for(filled, tmp_path):
    without = restore(backup(filled, tmp_path / "a.zip").path, tmp_path / "a").workspace
    with pytest.raises(WorkspaceProblem, match="nothing is imported until the key is put back"):
        without.key  # noqa: B018
    assert len(check(without)) == 1
    complete = restore(backup(filled, tmp_path / "b.zip", with_key=True).path, tmp_path / "b").workspace
    assert complete.key == filled.key
    assert check(complete) == []


def test_restoring_over_a_workspace_keeps_the_old_one_aside(filled, tmp_path):
    saved = backup(filled, tmp_path / "w.zip", with_key=True)
    with filled.writing("later") as cursor:
        cursor.execute("delete from rate")
    filled.close()
    restored = restore(saved.path, filled.folder).workspace
    assert restored.rows("select count(*) from rate") == [(1,)]
    kept = list(filled.folder.parent.glob("*.before-restore-*"))
    assert len(kept) == 1
    assert Workspace.open(kept[0]).rows("select count(*) from rate") == [(0,)]


def test_a_restored_workspace_is_not_taken_for_the_one_it_replaces(filled, tmp_path):
    saved = backup(filled, tmp_path / "w.zip", with_key=True)
    before = filled.version
    restored = restore(saved.path, filled.folder).workspace
    assert restored.version[1:] == before[1:]
    assert restored.version[0] != before[0]
    assert filled.version == restored.version
    assert restore(saved.path, tmp_path / "twice").workspace.workspace_id != restored.workspace_id


def test_a_backup_of_a_newer_program_is_refused_and_changes_nothing(filled, tmp_path):
    with filled.writing("test", changes="settings") as cursor:
        cursor.execute("update setting set value = '99' where name = 'schema_version'")
    saved = backup(filled, tmp_path / "w.zip")
    current = Workspace.create(tmp_path / "current")
    with pytest.raises(WorkspaceProblem, match="newer OmniDash"):
        restore(saved.path, current.folder)
    assert current.rows("select count(*) from rate") == [(0,)]
    assert list(tmp_path.glob("current.*")) == []


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 truncated"])
def test_what_is_no_backup_is_refused_and_changes_nothing(filled, tmp_path, content):
    (tmp_path / "bad.zip").write_bytes(content)
    with pytest.raises(BadInput, match=r"bad\.zip"):
        restore(tmp_path / "bad.zip", filled.folder)
    assert filled.rows("select count(*) from rate") == [(1,)]


def test_a_changed_database_inside_is_noticed(filled, tmp_path):
    saved = backup(filled, tmp_path / "w.zip")
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(saved.path) as source, zipfile.ZipFile(forged, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name) + (b"x" if name.endswith("duckdb") else b""))
    with pytest.raises(BadInput, match="checksum"):
        restore(forged, tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


def test_no_backup_is_taken_in_the_middle_of_a_write(filled, tmp_path):
    with filled.writing("import"), pytest.raises(WorkspaceProblem, match="import"):
        backup(filled, tmp_path / "w.zip")
    assert list(tmp_path.glob("w.zip*")) == []


def test_check_finds_counts_that_do_not_add_up(filled):
    assert check(filled) == []
    with filled.writing("damage") as cursor:
        cursor.execute(
            "insert into batch by name select 1 as batch_id, 'a.csv' as file_name, 'x' as file_sha256,"
            " 'guessed' as profile, 'spend' as kind, 's' as source, timestamp '2026-01-01' as imported_at,"
            " 'active' as state, 10 as rows_read, 9 as added, 0 as restated, 0 as duplicates, 0 as rejected,"
            " 0 as skipped_totals, '{}' as sums, '[]' as warnings, '{}' as mapping"
        )
    assert [finding.values["count"] for finding in check(filled)] == [1]


def test_restoring_without_a_key_keeps_the_key_that_is_there_where_it_is_the_same(filled, tmp_path):
    saved, key = backup(filled, tmp_path / "w.zip"), filled.key
    filled.close()
    over = restore(saved.path, filled.folder)
    assert (over.key_from, over.workspace.key, check(over.workspace)) == ("replaced", key, [])
    assert stat.S_IMODE((filled.folder / "secret.key").stat().st_mode) == 0o600
    assert over.replaced is not None and over.replaced.is_dir() and over.replaced.parent == filled.folder.parent
    other = Workspace.create(tmp_path / "other")
    other.close()
    apart = restore(saved.path, other.folder)
    assert apart.key_from is None and len(check(apart.workspace)) == 1
    new = restore(backup(over.workspace, tmp_path / "k.zip", with_key=True).path, tmp_path / "new")
    assert (new.key_from, new.replaced, new.workspace.key) == ("backup", None, key)

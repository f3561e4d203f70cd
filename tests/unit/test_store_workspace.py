"""The workspace: one writer, readers never blocked, nothing half done, forward migrations."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import threading
import time
from datetime import date

import duckdb
import pytest

from omnidash.ingest.run import import_file
from omnidash.model.errors import BadInput, WorkspaceProblem
from omnidash.store import Workspace
from omnidash.store.backup import check
from omnidash.store.schema import MIGRATIONS, SCHEMA_VERSION
from omnidash.store.workspace import DATABASE, KEY
from tests.made_once import workspace_with

RATE = "insert into rate values ('USD', date '2026-01-01', 7)"


def rates(workspace: Workspace) -> int:
    return workspace.rows("select count(*) from rate")[0][0]


def test_a_new_workspace_has_settings_channels_stages_and_a_private_key(workspace):
    assert workspace.settings.currency == "CNY"
    assert workspace.settings.timezone == "Asia/Shanghai"
    assert workspace.rows("select name_zh from channel where channel = 'douyin'") == [("抖音",)]
    assert workspace.rows("select is_touch from stage where action = 'purchase'") == [(False,)]
    assert len(workspace.key) == 32
    assert stat.S_IMODE((workspace.folder / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((workspace.folder / "omnidash.duckdb").stat().st_mode) == 0o600
    assert stat.S_IMODE((workspace.folder / "tmp").stat().st_mode) == 0o700


def test_creating_where_one_stands_is_refused(workspace):
    with pytest.raises(WorkspaceProblem, match="already holds"):
        Workspace.create(workspace.folder)


def test_a_creation_that_is_killed_at_any_moment_leaves_none_or_a_whole_one(tmp_path):
    """Killed where it writes the key, makes the tables, fills them, moves the key and moves the database."""
    script = (
        "import os, sys; from pathlib import Path; from omnidash.store import Workspace, workspace\n"
        "def killed(*_, **__): os.kill(os.getpid(), 9)\n"
        "what = sys.argv[2]; setattr(Path if what in ('rename', 'replace') else workspace, what, killed)\n"
        "Workspace.create(sys.argv[1])\n"
    )
    for moment in ("write_key", "migrate", "seed", "replace", "rename"):
        folder = tmp_path / moment
        ended = subprocess.run([sys.executable, "-c", script, str(folder), moment], check=False, timeout=60)
        assert ended.returncode == -9
        assert not Workspace.exists(folder)
        workspace = Workspace.create(folder)
        assert workspace.settings.currency == "CNY"
        assert len(workspace.key) == 32
        assert list((folder / "tmp").iterdir()) == []
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir() if path.is_file()}
        assert modes == {"omnidash.duckdb": 0o600, "secret.key": 0o600, "writer.lock": 0o600}


def test_a_key_that_stands_alone_is_kept(tmp_path):
    (tmp_path / KEY).write_bytes(b"k" * 32)
    assert Workspace.create(tmp_path).key == b"k" * 32


@pytest.mark.parametrize("left", [b"", b"k" * 31, b"k" * 64])
def test_a_key_that_is_not_whole_is_said_and_never_used(workspace, left):
    (workspace.folder / KEY).write_bytes(left)
    with pytest.raises(WorkspaceProblem, match=r"secret\.key is damaged"):
        workspace.key  # noqa: B018
    assert ["damaged" in finding.template for finding in check(workspace)] == [True]


def test_a_key_that_was_put_back_for_all_to_read_is_private_again(workspace):
    (workspace.folder / KEY).chmod(0o644)
    Workspace.open(workspace.folder)
    assert stat.S_IMODE((workspace.folder / KEY).stat().st_mode) == 0o600


def test_an_empty_folder_becomes_private_and_one_that_holds_something_stays_as_it_is(tmp_path):
    """The database's log of the last commits has the mode of whatever the system says."""
    for name in ("empty", "others"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o755)
    (tmp_path / "others" / "notes.txt").touch()
    for name, mode in (("empty", 0o700), ("others", 0o755)):
        Workspace.create(tmp_path / name)
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode


def test_a_database_without_tables_is_completed_and_one_of_others_is_refused(tmp_path):
    with duckdb.connect(str(tmp_path / DATABASE)):
        pass
    workspace = Workspace.open(tmp_path)
    assert (workspace.settings.currency, len(workspace.key)) == ("CNY", 32)
    assert stat.S_IMODE((tmp_path / DATABASE).stat().st_mode) == 0o600
    other = tmp_path / "other"
    other.mkdir()
    with duckdb.connect(str(other / DATABASE)) as connection:
        connection.execute("create table something (a int)")
    with pytest.raises(WorkspaceProblem, match="cannot be opened as a workspace; restore a backup"):
        Workspace.open(other)


def test_opening_where_there_is_none_says_what_to_do(tmp_path):
    with pytest.raises(WorkspaceProblem, match=f"omnidash --workspace {re.escape(str(tmp_path))} demo"):
        Workspace.open(tmp_path)


def test_impossible_settings_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(BadInput, match="Mars/Olympus"):
        Workspace.create(tmp_path / "w", timezone="Mars/Olympus")
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    "impossible",
    [{"currency": "ABC"}, {"country": "China"}, {"lookback_days": 0}, {"margin_by_channel": {"a": 7}}, {"goal": " "}],
)
def test_a_setting_that_cannot_be_is_refused(workspace, impossible):
    with pytest.raises(BadInput):
        workspace.change_settings(**impossible)


def test_the_currency_stays_once_amounts_were_converted_to_it(workspace, tmp_path):
    path = tmp_path / "spend.csv"
    path.write_text("date,channel,cost\n2026-07-01,Email,10\n", encoding="utf-8")
    import_file(workspace, path)
    with pytest.raises(BadInput, match="use a new workspace for USD"):
        workspace.change_settings(currency="USD")
    assert workspace.settings.currency == "CNY"


def test_an_exception_rolls_everything_back(workspace):
    version = workspace.data_version
    with pytest.raises(RuntimeError), workspace.writing("test") as cursor:
        cursor.execute(RATE)
        raise RuntimeError
    assert rates(workspace) == 0
    assert workspace.data_version == version


def test_a_commit_raises_the_data_version_once(workspace):
    version = workspace.data_version
    with workspace.writing("test") as cursor:
        cursor.execute(RATE)
    assert (rates(workspace), workspace.data_version) == (1, version + 1)


def test_readers_go_on_during_a_write_and_see_the_last_commit(workspace):
    with workspace.writing("test") as cursor:
        cursor.execute(RATE)
        assert rates(workspace) == 0
    assert rates(workspace) == 1


def test_a_second_writer_is_told_who_is_at_work(workspace):
    with (
        workspace.writing("import orders.csv"),
        pytest.raises(WorkspaceProblem, match=r"import orders\.csv"),
        workspace.writing("other"),
    ):
        pass
    with workspace.writing("free again"):
        pass


def test_a_writer_of_another_process_waits_only_for_running_queries(workspace):
    """This process has read (and may hold a connection for a moment); another one can write all the same."""
    assert rates(workspace) == 0
    script = (
        "import sys; from omnidash.store import Workspace\n"
        "with Workspace.open(sys.argv[1]).writing('other process') as cursor:\n"
        f"    cursor.execute({RATE!r})\n"
    )
    subprocess.run([sys.executable, "-c", script, str(workspace.folder)], check=True, timeout=60)
    assert rates(workspace) == 1
    assert workspace.data_version == 1


def test_many_threads_read_at_once(workspace):
    seen: list[int] = []
    threads = [threading.Thread(target=lambda: seen.append(rates(workspace))) for _ in range(16)]
    for thread in threads:
        thread.start()
    with workspace.writing("between") as cursor:
        cursor.execute(RATE)
    for thread in threads:
        thread.join(timeout=30)
    assert len(seen) == 16
    assert set(seen) <= {0, 1}


def test_staging_is_at_hand_for_a_writer_and_then_gone(workspace):
    with workspace.staging() as staging:
        assert stat.S_IMODE(staging.folder.stat().st_mode) == 0o700
        staging.cursor.execute("create table rows as select 'EUR' as currency, date '2026-02-02' as day, 8 as rate")
        with workspace.writing("test", staging=staging) as cursor:
            cursor.execute("insert into rate select * from staged.rows")
    assert workspace.rows("select currency, day from rate") == [("EUR", date(2026, 2, 2))]
    assert list((workspace.folder / "tmp").iterdir()) == []


def test_readers_see_the_last_commit_while_a_staged_import_is_written(workspace):
    with workspace.staging() as staging:
        staging.cursor.execute("create table rows as select 'EUR' as currency, date '2026-02-02' as day, 8 as rate")
        with workspace.writing("test", staging=staging) as cursor:
            cursor.execute("insert into rate select * from staged.rows")
            assert rates(workspace) == 0
    assert rates(workspace) == 1


def test_a_failed_write_from_staging_changes_nothing_and_lets_others_write(workspace):
    with workspace.staging() as staging:
        staging.cursor.execute("create table rows as select 'EUR' as currency, date '2026-02-02' as day, 8 as rate")
        with pytest.raises(ZeroDivisionError), workspace.writing("test", staging=staging) as cursor:
            cursor.execute("insert into rate select * from staged.rows")
            raise ZeroDivisionError
        with workspace.writing("again", staging=staging) as cursor:
            assert cursor.execute("select count(*) from rate").fetchall() == [(0,)]
    with workspace.writing("alone") as cursor:
        cursor.execute(RATE)
    assert rates(workspace) == 1


def test_staging_can_be_saved_for_a_reader_and_its_folder_goes_with_it(workspace):
    with workspace.staging() as staging:
        staging.cursor.execute("create table parsed as select 'ana@shop.example' as email")
        staging.cursor.execute("create table event as select 1 as event_id")
        staging.cursor.execute("create view twice as select event_id * 2 as event_id from event")
        saved = staging.save(("event", "twice", "slot"))
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600
        with workspace.reading() as cursor:
            cursor.execute(f"attach '{saved}' as preview (read_only)")
            tables = cursor.execute("select table_name from duckdb_tables() where database_name = 'preview'").fetchall()
            assert sorted(tables) == [("event",), ("twice",)]
            cursor.execute("detach preview")
    assert list((workspace.folder / "tmp").iterdir()) == []


def test_what_staging_cannot_keep_in_memory_spills_to_its_own_folder(workspace):
    with workspace.staging() as staging:
        staging.connection.execute("set memory_limit = '40MB'")
        staging.cursor.execute("create table many as select i, md5(i::varchar) as text from range(2000000) t(i)")
        assert any(staging.folder.iterdir())
        assert staging.cursor.execute("select count(distinct text) from many").fetchall() == [(2_000_000,)]
    assert list((workspace.folder / "tmp").iterdir()) == []


def test_leftovers_of_a_crashed_process_are_removed_and_those_of_a_living_one_kept(workspace):
    dead = workspace.folder / "tmp" / "upload-999999999-abc.csv"
    dead.write_text("left over")
    mine = workspace.scratch_path("upload", ".csv")
    mine.write_text("in use")
    Workspace.open(workspace.folder)
    assert not dead.exists()
    assert mine.exists()


def test_a_workspace_of_a_newer_program_is_refused(workspace):
    with workspace.writing("test", changes="settings") as cursor:
        cursor.execute("update setting set value = '99' where name = 'schema_version'")
    with pytest.raises(WorkspaceProblem, match="newer OmniDash"):
        Workspace.open(workspace.folder)


def test_an_older_schema_is_migrated_and_the_old_file_kept(workspace, monkeypatch):
    with workspace.writing("test") as cursor:
        cursor.execute(RATE)
    newer = SCHEMA_VERSION + 1
    monkeypatch.setattr("omnidash.store.making.MIGRATIONS", (*MIGRATIONS, "create table remark (text varchar)"))
    for module in ("making", "workspace"):
        monkeypatch.setattr(f"omnidash.store.{module}.SCHEMA_VERSION", newer)
    reopened = Workspace.open(workspace.folder)
    assert reopened.rows("select value from setting where name = 'schema_version'") == [(json.dumps(newer),)]
    assert reopened.rows("select count(*) from remark") == [(0,)]
    assert rates(reopened) == 1
    assert (workspace.folder / f"omnidash.duckdb.before-{newer}").exists()


def test_a_damaged_file_gets_a_clear_error(workspace):
    (workspace.folder / "omnidash.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(WorkspaceProblem, match="cannot be opened"):
        Workspace.open(workspace.folder)


def test_changed_settings_are_kept_and_bad_ones_change_nothing(workspace):
    workspace.change_settings(currency="EUR", margin=0.4)
    assert (workspace.settings.currency, workspace.settings.margin) == ("EUR", 0.4)
    version = workspace.settings_version
    with pytest.raises(BadInput):
        workspace.change_settings(currency="euro")
    assert workspace.settings.currency == "EUR"
    assert workspace.settings_version == version


def test_scratch_files_are_removed_after_half_a_day_even_if_their_process_lives(workspace, monkeypatch):
    monkeypatch.setattr("omnidash.store.scratch._running_since", lambda _: 0.0)  # a server of many days
    abandoned, recent = workspace.scratch_path("upload", ".csv"), workspace.scratch_path("upload", ".csv")
    spill = workspace.scratch_path("stage", ".spill")
    spill.mkdir()
    for path in (abandoned, recent):
        path.write_text("a tab was closed")
    now = time.time()
    for path, age_hours in ((abandoned, 12.1), (recent, 11.9), (spill, 13)):
        os.utime(path, (now - age_hours * 3600,) * 2)
    Workspace.open(workspace.folder)
    assert [path.exists() for path in (abandoned, recent, spill)] == [False, True, False]
    workspace.sweep(max_age_hours=1)
    assert not recent.exists()


def test_a_workspace_made_anew_in_the_same_folder_has_another_version(tmp_path):
    """The counters are the same again, the data is not: what was cached for the first must not be found."""
    first = Workspace.create(tmp_path / "w")
    before = first.version
    shutil.rmtree(first.folder)
    second = Workspace.create(tmp_path / "w")
    assert second.version[1:] == before[1:] == (0, 0)
    assert second.version[0] != before[0]
    assert first.version == second.version


def test_the_version_names_the_workspace_and_counts_its_commits(workspace):
    name = workspace.workspace_id
    assert len(bytes.fromhex(name)) == 16
    with workspace.writing("test") as cursor:
        cursor.execute(RATE)
    workspace.change_settings(margin=0.5)
    assert workspace.version == (name, 1, 1)
    assert Workspace.open(workspace.folder).version == (name, 1, 1)


def test_a_workspace_older_than_ids_has_one_that_stays_and_is_its_own(tmp_path):
    ids = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        workspace = Workspace.create(folder)
        with workspace.writing("as it was", changes="settings") as cursor:
            cursor.execute("delete from setting where name = 'workspace_id'")
        workspace.close()
        ids += [workspace.workspace_id, Workspace.open(folder).workspace_id]
    assert ids[0] == ids[1] != ids[2] == ids[3]
    (tmp_path / "a" / "secret.key").unlink()
    assert Workspace.open(tmp_path / "a").workspace_id == Workspace.open(tmp_path / "a").workspace_id


def test_the_fixture_gives_every_test_a_workspace_of_its_own(workspace, tmp_path):
    made_from = workspace_with(tmp_path / "another" / "workspace", {})
    assert workspace.workspace_id != made_from.workspace_id
    assert workspace.key != made_from.key
    assert ((workspace.folder / KEY).stat().st_mode & 0o777) == 0o600

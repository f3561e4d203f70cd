"""Work behind the page: what a task tells, and that a cancelled file leaves nothing of itself, whichever table it was at."""

import json
import shutil
import threading
from pathlib import Path

import pytest

from omnidash.ingest.run import commit, dry_run, import_file
from omnidash.model.errors import Cancelled
from omnidash.model.messages import Message
from omnidash.store import Workspace
from omnidash.ui.data import importing, intake
from omnidash.ui.data.interrupted import interrupted, noted
from omnidash.ui.data.task import Task
from omnidash.ui.data.uploads import Table, Upload
from tests.browser.test_main_job import spend_csv, touches_csv
from tests.pages.driving import own_workspace_with, run, sentences

OPENING = Message("looking at the file")
TWO_TABLES = (
    "# Start date: 20260601\n# End date: 20260602\nNth day,Users\n0000,5\n0001,7\n\n"
    "# Start date: 20260601\n# End date: 20260602\nNth day,New users\n0000,3\n0001,4\n"
)


def dropped(workspace: Workspace, file: Path) -> Upload:
    """The upload of a file as it stands once its tables are read."""
    path = workspace.scratch_path("upload", ".csv")
    shutil.copy(file, path)
    reading = Task(lambda task: intake._tables_of(workspace, path, file.name, task), opening=OPENING)
    assert reading.wait(60)
    assert reading.error is None
    return Upload(name=file.name, path=path, tables=reading.result or [])


@pytest.fixture
def upload(workspace, tmp_path) -> Upload:
    (tmp_path / "ga4.csv").write_text(TWO_TABLES, encoding="utf-8")
    return dropped(workspace, tmp_path / "ga4.csv")


def imported(workspace: Workspace, upload: Upload) -> Task[None]:
    task = Task(
        lambda task: importing._import_tables(workspace, upload, upload.wanted, "a test", task), opening=OPENING
    )
    assert task.wait(60)
    return task


def test_every_table_is_an_import_of_its_own_under_the_name_of_who_did_it(workspace, upload):
    assert imported(workspace, upload).error is None
    assert workspace.rows("select rows_read, imported_by, state from batch") == [(2, "a test", "active")] * 2
    assert upload.is_done
    assert list((workspace.folder / "tmp").iterdir()) == []


def test_a_table_that_is_in_as_it_is_makes_no_second_batch_beside_one_that_is_new(workspace, upload, tmp_path):
    first = TWO_TABLES.partition("\n\n")[0] + "\n"
    (tmp_path / "first.csv").write_text(first, encoding="utf-8")
    import_file(workspace, tmp_path / "first.csv")
    before, (same, new) = workspace.rows("select max(batch_id) from batch")[0][0], upload.tables
    for table in upload.tables:
        table.checked[table.check_key(workspace)] = dry_run(workspace, table.part.path, table.mapping)
    assert [table.is_known(workspace) for table in upload.tables] == [True, False]
    task = Task(
        lambda task: importing._import_tables(workspace, upload, upload.wanted, "a test", task, {same.key}),
        opening=OPENING,
    )
    assert task.wait(60)
    assert task.error is None
    assert (same.result.added, same.result.duplicates, same.result.batch_id) == (0, 2, before)
    assert (new.result.added, new.result.batch_id) == (2, before + 1)
    assert workspace.rows("select count(*) from batch") == [(2,)]


def test_a_cancel_at_the_second_table_takes_the_first_one_back(workspace, upload, monkeypatch):
    tasks: list[Task[None]] = []

    def commit_then_cancel(*arguments, **named):
        result = commit(*arguments, **named)
        tasks[0].cancel()
        return result

    monkeypatch.setattr(importing, "commit", commit_then_cancel)
    started = threading.Event()

    def work(task: Task[None]) -> None:
        started.wait(10)
        importing._import_tables(workspace, upload, upload.wanted, "a test", task)

    tasks.append(Task(work, opening=OPENING))
    started.set()
    assert tasks[0].wait(60)
    assert tasks[0].was_cancelled
    assert workspace.rows("select count(*) from report") == [(0,)]
    assert workspace.rows("select state from batch") == [("rolled_back",)]
    assert [table.result for table in upload.tables] == [None, None]
    assert all(table.part.path.exists() for table in upload.tables), "it can be imported again"


def test_a_task_tells_how_far_it_is_and_hands_over_what_it_found_or_what_went_wrong():
    def work(task: Task[int]) -> int:
        task.tell(0.5, Message("half"))
        return 7

    done = Task(work, opening=OPENING)
    assert done.wait(10)
    assert (done.fraction, done.message.template, done.result, done.error) == (0.5, "half", 7, None)

    def fail(_task: Task[int]) -> int:
        raise ValueError("defect")

    failed = Task(fail, opening=OPENING)
    assert failed.wait(10)
    assert isinstance(failed.error, ValueError)
    assert not failed.was_cancelled


def test_one_task_writes_at_a_time_and_one_that_waits_can_be_cancelled():
    entered, may_end = threading.Event(), threading.Event()

    def first(task: Task[None]) -> None:
        with task.one_at_a_time():
            entered.set()
            may_end.wait(10)

    def second(task: Task[None]) -> None:
        with task.one_at_a_time():
            raise AssertionError("it must not begin")

    running = Task(first, opening=OPENING)
    assert entered.wait(10)
    waiting = Task(second, opening=OPENING)
    waiting.cancel()
    assert waiting.wait(10)
    assert isinstance(waiting.error, Cancelled)
    may_end.set()
    assert running.wait(10)
    assert running.error is None


def test_a_table_is_wanted_when_it_is_ticked_readable_and_answers_every_question(upload):
    table: Table = upload.tables[0]
    assert table.is_wanted
    table.is_included = False
    assert not table.is_wanted
    table.is_included = True
    assert table.change(columns={}, constants={}) is None
    assert not table.is_wanted


def test_a_mapping_that_cannot_be_is_refused_and_the_old_one_kept(upload):
    table = upload.tables[0]
    before = table.mapping
    problem = table.change(date_order="sideways")
    assert problem is not None
    assert table.mapping == before


def test_an_import_that_the_end_of_the_server_cut_short_is_told_until_the_file_is_in(tmp_path, monkeypatch):
    workspace = own_workspace_with(tmp_path, {"touches.csv": touches_csv()})
    with noted(workspace, "spend.csv"):
        (note,) = (workspace.folder / "unfinished").iterdir()
        assert interrupted(workspace) == []  # it is under way
        left = note.read_text(encoding="utf-8")
    assert not list((workspace.folder / "unfinished").iterdir())
    note.write_text(json.dumps({**json.loads(left), "run": "an earlier one"}), encoding="utf-8")
    app = run("pages/data.py", monkeypatch, tmp_path)
    assert "The import of spend.csv" in sentences(app)
    assert "Nothing of it was taken in" in sentences(app)
    (tmp_path / "spend.csv").write_text(spend_csv(), encoding="utf-8")
    import_file(workspace, tmp_path / "spend.csv")
    app.run()
    assert "The import of spend.csv" not in sentences(app)
    assert not note.exists()

"""A workspace whose file is damaged somewhere says so, whatever is done with it, and nothing is half done.

The file is damaged at many places, one at a time: bytes turned over within it, its end cut off, its log turned over.
DuckDB finds that at opening or only where the block is read; some places hold nothing that is read.
"""

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from omnidash.cli.main import main
from omnidash.ingest.run import import_file
from omnidash.model.errors import WorkspaceProblem
from omnidash.store import Workspace
from omnidash.store.backup import backup, check
from omnidash.store.gate import wal_of
from omnidash.store.workspace import DATABASE, KEY
from tests.made_once import made_once
from tests.unit.ingest_files import EVENTS, ORDERS, write

PLACES = 30


def _large(folder: Path) -> None:
    workspace = Workspace.create(folder / "w")
    import_file(workspace, write(folder, EVENTS, "events.csv"))
    with workspace.writing("a test") as cursor:  # blocks of data, as an import of many rows leaves them
        cursor.execute(
            """
            insert into event
            select hash(n), 1, n, timestamp '2026-01-01' + to_seconds(n * 90), date '2026-01-01' + (n // 960)::int,
                (hash(n * 7) // 3)::bigint, 'douyin', '抖音', md5(n::varchar), 'click', true, md5((n * 3)::varchar),
                md5((n * 5)::varchar), null, null, null, null, null, null
            from range(60000) t(n)
            """
        )
    workspace.close()


@pytest.fixture
def copy(tmp_path: Path) -> Callable[[], Path]:
    """Makes copies of one whole workspace, each in a folder of its own; the one before goes."""
    whole = made_once("damaged", _large) / "w"

    count = itertools.count()

    def made() -> Path:
        number = next(count)
        shutil.rmtree(tmp_path / f"w{number - 1}", ignore_errors=True)
        folder = tmp_path / f"w{number}"
        folder.mkdir()
        for name in (DATABASE, KEY):
            shutil.copy2(whole / name, folder / name)
        return folder

    return made


def turn_over(file: Path, part: float, many: int = 64) -> None:
    with file.open("r+b") as opened:
        opened.seek(int(file.stat().st_size * part))
        was = opened.read(many)
        opened.seek(-len(was), os.SEEK_CUR)
        opened.write(bytes(byte ^ 0xFF for byte in was))


def problem_of(work: Callable[[], Any]) -> WorkspaceProblem | None:
    try:
        work()
    except WorkspaceProblem as problem:
        return problem
    return None


def names_file_and_remedy(problem: WorkspaceProblem, folder: Path) -> bool:
    said = problem.message.english()
    return str(folder / DATABASE) in said and "omnidash restore FILE" in said


def test_bytes_turned_over_anywhere_are_said_by_whatever_meets_them(
    copy: Callable[[], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    orders = write(tmp_path, ORDERS, "orders.csv")
    met = {"check": 0, "backup": 0, "import": 0}
    for place in range(PLACES):
        folder = copy()
        turn_over(folder / DATABASE, (place + 0.5) / PLACES)
        was = (folder / DATABASE).read_bytes()
        found = problem_of(lambda folder=folder: check(Workspace.open(folder)))
        copied = problem_of(lambda folder=folder: backup(Workspace.open(folder), tmp_path / "b.zip"))
        assert (found is None) == (copied is None), place
        assert (tmp_path / "b.zip").exists() == (copied is None)
        (tmp_path / "b.zip").unlink(missing_ok=True)
        code = main(["--workspace", str(folder), "check"])
        assert (code == 4) == (found is not None), place
        assert ("omnidash restore FILE" in capsys.readouterr().err) == (found is not None)
        imported = None
        if place % 3 == 0:
            imported = problem_of(lambda folder=folder: import_file(Workspace.open(folder), orders))
            if imported is not None:
                Workspace(folder).close()
                assert (folder / DATABASE).read_bytes() == was, "nothing is half done"
                assert not wal_of(folder / DATABASE).exists()
        for what, problem in (("check", found), ("backup", copied), ("import", imported)):
            if problem is not None:
                met[what] += 1
                assert names_file_and_remedy(problem, folder), (place, what)
    assert met["check"] == met["backup"] > PLACES / 2
    assert met["import"] > 0


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.95])
def test_a_file_that_ends_too_early_is_said(copy: Callable[[], Path], part: float) -> None:
    folder = copy()
    os.truncate(folder / DATABASE, int((folder / DATABASE).stat().st_size * part))
    was = (folder / DATABASE).read_bytes()
    problem = problem_of(lambda: Workspace.open(folder))
    assert problem is not None
    assert names_file_and_remedy(problem, folder)
    assert (folder / DATABASE).read_bytes() == was


@pytest.mark.parametrize("part", [0.05, 0.35, 0.65, 0.95])
def test_a_damaged_log_is_named_and_what_was_before_it_can_be_had(copy: Callable[[], Path], part: float) -> None:
    """A process that dies after its commit leaves its log beside the file."""
    folder = copy()
    log = wal_of(folder / DATABASE)
    died = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute(\"set checkpoint_threshold = '1TB'\");"
        "c.execute(\"insert into rate select 'X' || n, date '2026-01-01', 1 from range(4000) t(n)\"); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", died, str(folder / DATABASE)], check=True)
    assert log.exists()
    turn_over(log, part, 8)
    problem = problem_of(lambda: Workspace.open(folder))
    assert problem is not None
    assert names_file_and_remedy(problem, folder)
    assert log.name in problem.message.english()
    log.rename(log.with_suffix(".aside"))
    assert Workspace.open(folder).rows("select count(*) from rate") == [(0,)]
    assert Workspace.open(folder).rows("select count(*) from event") == [(60003,)]


def test_what_is_no_damage_stays_an_error_of_ours(workspace: Workspace) -> None:
    with pytest.raises(duckdb.CatalogException):
        workspace.rows("select * from no_such_table")

"""Nothing that finds a person is left anywhere by an import, by what it could not read, by an undo, or by a crash.

Files with names, phones, e-mails and ids in every place they have been met in go the whole way. Then every byte on disk
is searched, and every text of every table as well, for the database may have packed it.
"""

import io
import logging
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from omnidash.ingest.reading.parts import parts
from omnidash.ingest.run import commit, dry_run, history, inspect, reject_file, rejects, rollback
from omnidash.model.errors import BadInput
from omnidash.model.messages import Message
from omnidash.store import Workspace
from tests.unit.workbook_files import write_xlsx

RAW = (
    "ana.miller@shop.example", "bo@post.example", "13812345678", "138-1234-5678", "139 1234 5678", "415 555 0100", "415-555-0100",
    "johnsmith", "liyifei", "0571-87654321", "110101199003078888", "Ana Miller", "王小明", "Nanjing Road 8", "s3cret",
    "wx_open_0123456789", "MEMBER-778899",
)  # fmt: skip
STAYS = "13800001111"  # an order number of eleven digits

EVENTS = """\
Report of events for Ana Miller
Exported by: ana.miller@shop.example, 138-1234-5678

time,channel,action,email,phone,openid,revenue,campaign,content_id,store_id,order_id,page,referrer,contact name,note
2026-07-01 10:00:00,抖音,click,ana.miller@shop.example,13812345678,wx_open_0123456789,,夏季,n1,s1,,/a?email=ana.miller@shop.example&token=s3cret,https://mail.example/?to=bo@post.example,Ana Miller,Nanjing Road 8
2026-07-01 11:00:00,老客推荐13812345678,called 138-1234-5678,bo@post.example,,,,ana.miller@shop.example,bo@post.example,+1 415 555 0100,,/reset/ana.miller@shop.example,,王小明,139 1234 5678
2026-07-02 11:00:00,微信,purchase,bo@post.example,,,19.90,赠 415 555 0100,n2,s1,13800001111,https://shop.example/p?id=7&utm_source=wx&utm_content=13812345678#token=s3cret,,,
2026-07-02 12:00:00,微信,purchase,bo@post.example,,,9.90,x,n2,s1,ana.miller@shop.example,,,,
138-1234-5678,抖音,click,bo@post.example,,,,Ana Miller,n1,s1,,,,王小明,x
2026-07-03 10:00:00,微信,purchase,ana.miller@shop.example,,,415-555-0100,Ana Miller,n1,,1002,,,,
2026-07-03 10:00:00,微信,purchase,,,,110101199003078888 a,夏季,n1,,1003,,,,
ana.miller@shop.example,13812345678,2026-07-01 10:00:00,抖音,Ana Miller,王小明,Nanjing Road 8,click,,,,,,x,x
2026-07-04 10:00:00,微信,click,ana.miller@shop.example,13812345678
johnsmith,2026-07-04 10:00:00,微信,click,liyifei,,,夏季,n1,s1,,,,x,x
Total,,,ana.miller@shop.example,13812345678,,29.80,,,,,,,Ana Miller,
Exported by Ana Miller 0571-87654321,,,,,,,,,,,,,,
"""
ORDERS = """\
order_id,time,revenue,status,customer_id,phone,sku,item,recipient,address
1,2026-07-01 10:00:00,10,paid to 13812345678,MEMBER-778899,139 1234 5678,s1,gift for ana.miller@shop.example,Ana Miller,Nanjing Road 8
bo@post.example,2026-07-01 11:00:00,5,paid,MEMBER-778899,,138-1234-5678,,王小明,
ana.miller@shop.example,never,7,paid,MEMBER-778899,13812345678,s1,,Ana Miller,
3,2026-07-01 11:00:00,Ana Miller,paid,王小明,13812345678,Ana Miller,,Nanjing Road 8,
"""
SPEND = """\
date,channel,campaign,cost,contact phone,contact
2026-07-01,KOL 13812345678,ana.miller@shop.example,5,0571-87654321,Ana Miller
2026-07-02,KOL 13812345678,call 415 555 0100,free,0571-87654321,Ana Miller
2026-07-02,Ana Miller,王小明,bo@post.example,1,0571-87654321
,,合计 ana.miller@shop.example,5,,
"""
REPORT = [
    ["date", "Landing page", "Users", "Page views", "Owner"],
    ["2026-07-01", "https://bo:s3cret@x.example/?email=ana.miller@shop.example&id=7", 5, 6, "Ana Miller"],
    ["2026-07-01", "/thanks#token=s3cret", 1, 2, "王小明"],
    ["2026-07-01", "/call/13812345678", 1, 2, ""],
    ["Ana Miller", "/x", 1, 2, "0571-87654321"],
]
MASKED_HEADER = (
    "date,channel,cost,views for bo@post.example,calls to 13812345678\n2026-07-01,Meta,5,1,2\n2026-07-02,Meta,abc,1,2\n"
)


@pytest.fixture
def own_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temp folder that nobody else writes to, for us and for DuckDB."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield folder
    tempfile.tempdir = None


def files(folder: Path) -> list[Path]:
    """Plain, as a workbook, in an archive and in another encoding, called after people."""
    events = folder / "events of ana.miller@shop.example 2026-07.csv"
    events.write_text(EVENTS, "utf-8")
    header = folder / "13812345678.csv"
    header.write_text(MASKED_HEADER, "utf-8")
    wide = folder / "orders.txt"
    wide.write_bytes(ORDERS.encode("utf-16"))
    book = write_xlsx(folder / "report.xlsx", {"bo@post.example": REPORT})
    archive = folder / "all of 138-1234-5678.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("for ana.miller@shop.example/spend.csv", SPEND)
        packed.write(book, "report.xlsx")
    return [events, header, wide, book, archive]


def told_by_tables(ws: Workspace) -> str:
    tables = [name for (name,) in ws.rows("select table_name from information_schema.tables")]
    return "\n".join(repr(row) for name in tables for row in ws.rows(f"select * from {name}"))


def found_in(contents: bytes) -> list[str]:
    return [raw for raw in RAW for encoding in ("utf-8", "utf-16-le", "gbk") if raw.encode(encoding) in contents]


def on_disk(*folders: Path) -> dict[str, list[str]]:
    found = {str(f): found_in(f.read_bytes() + f.name.encode()) for d in folders for f in d.rglob("*") if f.is_file()}
    return {name: raws for name, raws in found.items() if raws}


def say(message: Message) -> str:
    return message.english()


def whole_way(ws: Workspace, path: Path) -> tuple[list[int], str]:
    """Batches and everything that was said on the way."""
    said, batches = io.StringIO(), []
    with parts(ws, path) as found:
        for part in found:
            seen = inspect(ws, part.path, name=part.name)
            would = dry_run(ws, part.path, seen.mapping, name=part.name)
            done = commit(ws, part.path, seen.mapping, name=part.name, imported_by="me")
            assert done.rejected > 0
            batches.append(done.batch_id)
            aside = reject_file(ws, done.batch_id, say)
            print(part.name, part.warnings, seen.header, seen.mapping, seen.questions, seen.warnings,
                  would, done, aside, rejects(ws, done.batch_id), file=said)  # fmt: skip
    print(history(ws), file=said)
    return batches, said.getvalue()


def test_nothing_that_finds_a_person_is_left_by_an_import_nor_by_its_undo(
    tmp_path: Path, own_temp: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    caplog.set_level(logging.DEBUG)
    ws = Workspace.create(tmp_path / "workspace")
    batches = []
    for path in files(given):
        ids, said = whole_way(ws, path)
        batches += ids
        assert not found_in(said.encode()), (path.name, found_in(said.encode()))
    assert not found_in(told_by_tables(ws).encode())
    stored = told_by_tables(ws)
    assert (
        STAYS in stored and "夏季" in stored and "utm" not in stored and "/reset/***" in stored
    )  # it is no empty search
    assert ws.rows("select count(distinct order_id) from event where order_id like '*** #%'") == [(2,)]
    for batch in reversed(batches):
        rollback(ws, batch)
    assert not found_in(told_by_tables(ws).encode())
    ws.close()
    assert on_disk(ws.folder, own_temp) == {}
    captured = capfd.readouterr()
    assert not found_in((captured.out + captured.err + caplog.text).encode())


# The import is cut off, without a chance to tidy up, while it reads, checks, writes or recognises persons.
CRASHING = """
import os, sys
from pathlib import Path
from omnidash.ingest.run import commit, inspect
from omnidash.store import Workspace

def progress(fraction, message):
    if fraction >= float(sys.argv[3]):
        os._exit(9)

ws = Workspace.open(Path(sys.argv[1]))
commit(ws, sys.argv[2], inspect(ws, sys.argv[2]).mapping, progress=progress)
"""


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.7, 0.9])
def test_nothing_is_left_by_a_crash_once_the_workspace_is_opened_again(
    tmp_path: Path, own_temp: Path, fraction: float
) -> None:
    ws = Workspace.create(tmp_path / "workspace")
    ws.close()
    path = tmp_path / "orders.csv"
    path.write_bytes(ORDERS.encode("utf-16"))  # spooled while it is read
    words = [sys.executable, "-c", CRASHING, str(ws.folder), str(path), str(fraction)]
    ended = subprocess.run(words, capture_output=True, check=False, cwd=Path.cwd())
    assert ended.returncode == 9 and not found_in(ended.stdout + ended.stderr)
    Workspace.open(ws.folder).close()
    assert on_disk(ws.folder, own_temp) == {}


def test_an_error_of_the_database_names_no_cell(workspace: Workspace) -> None:
    with pytest.raises(BadInput) as told, workspace.staging() as staging:
        staging.cursor.execute("select cast('110101199003078888' as decimal(18, 4))")
    assert not found_in(str(told.value).encode()) and told.value.__cause__ is None

"""Damaged files: whatever bytes are flipped, lost, doubled or put in, an import works or says what is wrong.

Well-formed exports of every shape are mutated with a fixed seed. ``OMNIDASH_FUZZ_CASES=5000`` asks for a long run, and
``OMNIDASH_FUZZ_SEED`` for another one.
"""

import gzip
import io
import os
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from omnidash.ingest.reading.parts import parts
from omnidash.ingest.reading.reader import count_flaws, look, may_be_straight, opened
from omnidash.ingest.run import commit, corrected, dry_run, inspect
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from omnidash.store.workspace import Staging
from tests.unit.ingest_files import EVENTS, ORDERS, SPEND
from tests.unit.workbook_files import write_xls, write_xlsx

CASES = int(os.environ.get("OMNIDASH_FUZZ_CASES", "240"))
SEED = int(os.environ.get("OMNIDASH_FUZZ_SEED", "2026"))
IMPORTED = max(1, CASES // 6)  # an import takes twenty times as long as reading

STACKED = """\
# ----------------------------------------
# Start date: 20260701
# End date: 20260703
Nth day,Users
0000,1
0001,5

# Start date: 20260701
# End date: 20260703
Country,Users
DE,1
"""
REPORT = """\
Campaign report
"July 1, 2026 - July 3, 2026"
Campaign\tCost\tImpr.\tDay
Brand\t"1,234.50"\t10\t2026-07-01
"Two
lines"\t5\t3\t2026-07-02
Total: Campaigns\t1,239.50\t13\t --
"""


PAGE = """\
<html><head><meta charset=gbk></head><table><tr><th>日期</th><th>渠道</th><th>花费</th></tr>
<tr><td>2026-07-01</td><td>抖音&amp;</td><td colspan=2>12.5</td></tr></table></html>
"""
SHEET = """\
<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table>
<Row><Cell><Data>date</Data></Cell><Cell><Data>channel</Data></Cell><Cell><Data>cost</Data></Cell></Row>
<Row><Cell><Data>2026-07-01</Data></Cell><Cell><Data>x</Data></Cell><Cell><Data>5</Data></Cell></Row>
</Table></Worksheet></Workbook>
"""


def _workbook(folder: Path, write: object) -> bytes:
    path = folder / "seed"
    rows = [["日期", "渠道", "花费"], ["2026-07-01", "抖音", 12.5], ["2026-07-02", "百度", 3.0]]
    write_xls(path, rows) if write is write_xls else write_xlsx(path, {"数据": rows})
    return path.read_bytes()


def _zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, contents in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 7, 1, 0, 0, 0)), contents, method)
    return file.getvalue()


def seeds(folder: Path) -> list[bytes]:
    """Small files of every shape the reader knows."""
    csv = SPEND.encode()
    return [
        csv,
        EVENTS.encode("utf-8-sig"),
        ORDERS.encode("gb18030"),
        SPEND.replace("抖音", "臉書").replace("\n", "\r\n").encode("cp950", "replace"),
        REPORT.encode("utf-16"),
        REPORT.encode("utf-16-be"),
        b"sep=;\n" + SPEND.replace(",", ";").encode(),
        STACKED.encode(),
        gzip.compress(csv, mtime=0),
        _zipped({"七月.csv": csv, "b.csv": EVENTS.encode()}),
        _zipped({"a.csv": csv}, zipfile.ZIP_STORED),
        _workbook(folder, write_xlsx),
        _workbook(folder, write_xls),
        PAGE.encode("gb18030"),
        SHEET.encode(),
        SPEND.replace("100.50", "440101199003078888").encode(),  # a shifted number of an identity card
    ]


_INTERESTING = (
    b"\x00",
    b"\xff",
    b'"',
    b"\n",
    b"\r",
    b",",
    b"\t",
    b"\x1a",
    b"\xef\xbb\xbf",
    b"\xfe\xff",
    b"PK",
    b"440101199003078888",
    b"=",
    b"#",
)


def mutated(contents: bytes, dice: random.Random) -> bytes:
    """One to four damages: bytes changed, put in, lost, doubled, moved; or the end cut off."""
    data = bytearray(contents)
    for _ in range(dice.randint(1, 4)):
        at, length = dice.randrange(len(data) + 1), dice.choice((1, 1, 2, 5, 40))
        damage = dice.randrange(6)
        if damage == 0 and data:
            data[at % len(data)] ^= 1 << dice.randrange(8)
        elif damage == 1:
            data[at:at] = dice.choice(_INTERESTING) * dice.choice((1, 1, 2, 3000))
        elif damage == 2:
            del data[at : at + length]
        elif damage == 3:
            data[at:at] = data[at : at + length]
        elif damage == 4:
            data[at:at] = dice.randbytes(length)
        elif damage == 5 and dice.random() < 0.3:
            del data[at:]
    return bytes(data)


class Desk:
    """A workspace and one staging database for all cases."""

    def __init__(self, workspace: Workspace, staging: Staging, folder: Path) -> None:
        self.workspace, self.staging, self.folder = workspace, staging, folder
        self.shapes = seeds(folder)

    def case(self, number: int) -> Path:
        """The file of one case; the same number gives the same bytes."""
        dice = random.Random(SEED * 1_000_003 + number)
        path = self.folder / "case.csv"
        path.write_bytes(mutated(self.shapes[number % len(self.shapes)], dice))
        return path

    def scratch(self) -> list[Path]:
        """What lies in the scratch folder beside the staging database."""
        return [path for path in (self.workspace.folder / "tmp").iterdir() if not path.name.startswith("stage")]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("fuzz")
    workspace = Workspace.create(folder / "workspace")
    with workspace.staging() as staging:
        yield Desk(workspace, staging, folder)


def read(desk: Desk, path: Path) -> None:
    """Every row of every part, straight where that is allowed, and mended; both must say the same."""
    with parts(desk.workspace, path) as found:
        assert found
        for part in found:
            source = look(part.path, name=part.name)
            names = ", ".join(f"coalesce(c{i}, '')" for i in range(len(source.dialect.header)))
            readings = []
            for mend in (True, False) if may_be_straight(source) else (True,):
                with opened(desk.workspace, desk.staging, source, mend=mend) as raw:
                    rows = desk.staging.cursor.execute(f"select {names} from {raw.relation}", raw.params).fetchall()
                    if mend or count_flaws(desk.staging) == 0:
                        readings.append(rows)
            assert all(reading == readings[0] for reading in readings), "straight and mended reading differ"


def imported(desk: Desk, path: Path) -> None:
    """Every part inspected, tried and committed, with answers to what is asked."""
    with parts(desk.workspace, path) as found:
        for part in found:
            seen = inspect(desk.workspace, part.path, name=part.name)
            channel = None if "channel" in {*seen.mapping.columns.values()} else "douyin"
            mapping = corrected(seen.mapping, channel=channel)
            would = dry_run(desk.workspace, part.path, mapping, name=part.name)
            done = commit(desk.workspace, part.path, mapping, name=part.name)
            assert (done.rows_read, done.rejected) == (would.rows_read, would.rejected)


@pytest.mark.parametrize("part", range(8))
def test_damaged_files_are_read_or_refused_with_a_sentence(desk: Desk, part: int) -> None:
    for number in range(part, CASES, 8):
        path = desk.case(number)
        try:
            read(desk, path)
        except BadInput as refused:
            assert "case.csv" in str(refused), number
        except Exception as error:
            raise AssertionError(f"case {number}: {path.read_bytes()!r}") from error
        assert desk.scratch() == [], number


@pytest.mark.parametrize("part", range(4))
def test_damaged_files_are_imported_or_leave_the_workspace_as_it_was(desk: Desk, part: int) -> None:
    for number in range(part, IMPORTED, 4):
        path = desk.case(number * 7 + 100_000)
        before = desk.workspace.version
        batches = desk.workspace.rows("select count(*) from batch")
        try:
            imported(desk, path)
        except BadInput as refused:
            assert str(refused), number
            if desk.workspace.rows("select count(*) from batch") == batches:  # else an earlier part went in
                assert desk.workspace.version == before, number
        except Exception as error:
            raise AssertionError(f"case {number}: {path.read_bytes()!r}") from error
        assert desk.scratch() == [], number

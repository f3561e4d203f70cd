"""A few broken bytes cost the rows they stand in, not the file."""

import codecs
import csv
import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.reading.parts import parts
from omnidash.ingest.run import import_file, inspect, rejects
from omnidash.model.errors import BadInput
from omnidash.store import Workspace

ROWS = ["日期,渠道,计划,花费"] + [f"2026-07-{i % 28 + 1:02},抖音,夏季新品{i},{i}" for i in range(200)]


def broken(encoding: str, *, at: tuple[int, ...] = (100, 150)) -> bytes:
    lines = [row.encode(encoding) for row in ROWS]
    for number in at:
        lines[number] = lines[number].replace("夏".encode(encoding), b"\xff")
    return b"\n".join(lines) + b"\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_rows_with_broken_bytes_are_set_aside_and_the_others_are_taken(
    workspace: Workspace, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "file.csv"
    mark = codecs.BOM_UTF8 if encoding == "utf-8-sig" else b""
    path.write_bytes(mark + broken(encoding.removesuffix("-sig")))
    done = import_file(workspace, path)
    assert (done.rows_read, done.added, done.rejected) == (200, 198, 2)
    assert done.sums == {"cost": str(sum(range(200)) - 99 - 149)}
    aside = rejects(workspace, done.batch_id)
    assert [row["row_number"] for row in aside] == [101, 151]
    assert "bytes that are no text" in aside[0]["reason"].english()
    assert next(csv.reader(io.StringIO(aside[0]["raw"])))[0] == "2026-07-16"
    assert any("2 lines hold bytes that are no text" in warning.english() for warning in done.warnings)
    assert workspace.rows("select count(*) from spend where campaign like '%' || chr(65533) || '%'") == [(0,)]


@pytest.mark.parametrize(
    "contents", [broken("utf-8", at=tuple(range(1, 40))), broken("utf-8").replace("花费".encode(), b"\xff")]
)
def test_a_file_of_many_broken_lines_or_of_a_broken_header_is_refused(
    workspace: Workspace, tmp_path: Path, contents: bytes
) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(contents)
    with pytest.raises(BadInput, match="broken text"):
        inspect(workspace, path)


def test_rows_with_broken_bytes_are_set_aside_in_tables_that_stand_in_one_file(
    workspace: Workspace, tmp_path: Path
) -> None:
    second = "\n\n日期,渠道,花费\n" + "2026-07-01,百度,7\n" * 3
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("two.csv", broken("utf-8") + second.encode())
    with parts(workspace, path) as found:
        done = [import_file(workspace, part.path, name=part.name) for part in found]
    assert [one.rejected for one in done] == [2, 0]
    assert workspace.rows("select sum(cost) from spend") == [(Decimal(sum(range(200)) - 99 - 149 + 21),)]

"""Laws of the import: any table in any dress is read back equal; rows always add up; undo restores."""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from omnidash.ingest.reading.dialect import dialect_of
from omnidash.ingest.reading.encoding import scan
from omnidash.ingest.reading.reader import count_flaws, look, may_be_straight, opened
from omnidash.ingest.run import import_file, rollback
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import says

WORDS = st.text("abcxyz 抖音渠道é,;|\t'\"\n-", min_size=0, max_size=8).filter(lambda t: t == t.strip())
FEW = settings(deadline=None, derandomize=True, max_examples=40, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace.create(tmp_path_factory.mktemp("laws") / "workspace")


def cells(workspace: Workspace, path: Path) -> list[tuple[str, ...]]:
    source = look(path)
    names = ", ".join(f"coalesce(c{i}, '')" for i in range(len(source.dialect.header)))
    for mend in (not may_be_straight(source), True):
        with workspace.staging() as staging, opened(workspace, staging, source, mend=mend) as raw:
            rows = staging.cursor.execute(f"select {names} from {raw.relation}", raw.params).fetchall()
            if mend or count_flaws(staging) == 0:
                return rows
    raise AssertionError("mended rows always fit")


@FEW
@given(
    rows=st.lists(st.tuples(st.integers(0, 999), WORDS, WORDS), min_size=3, max_size=8),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
    ending=st.sampled_from(["\n", "\r\n"]),
    preamble=st.sampled_from(
        ["", "Report of days\n", "# a comment\n# another\n\n", "数据生成时间：2026-07-01 10:00\n\n"]
    ),
)
def test_any_table_in_any_dress_is_read_back(
    shared: Workspace,
    rows: list[tuple[int, str, str]],
    encoding: str,
    delimiter: str,
    ending: str,
    preamble: str,
) -> None:
    written = [tuple(map(str, row)) for row in rows]
    text = io.StringIO(newline="")
    text.write(preamble.replace("\n", ending))
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ending)
    writer.writerow(["数量", "名称", "备注"])
    writer.writerows(written)
    if encoding == "gb18030":
        assume("é" not in text.getvalue())  # GB18030 with a lone accent is Latin to any reader
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        assert cells(shared, path) == written


@FEW
@given(st.binary(max_size=3000))
def test_no_bytes_make_the_reader_fall_over(contents: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bytes.csv"
        path.write_bytes(contents)
        try:
            scan(path, "bytes.csv")
            look(path)
        except BadInput as refused:
            assert "bytes.csv" in str(refused)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.text("ab1,;\"'\n\r\t -", max_size=200))
def test_any_text_has_a_dialect_or_a_reason(text: str) -> None:
    try:
        found = dialect_of(text, "text.csv")
    except BadInput as refused:
        assert "text.csv" in str(refused)
    else:
        assert len(set(found.header)) == len(found.header) and found.first_row > found.header_row >= 1


LINES = st.lists(
    st.sampled_from(
        [
            "2026-07-01,抖音,夏季,10",
            "2026-07-01,抖音,夏季,12.5",
            "2026-07-02,百度,品牌,1",
            "2026-07-02,百度,品牌,",
            "never,百度,品牌,1",
            "2026-07-03,百度",
            "2026-07-03,a,b,c,d",
            "总计,,,99",
            "",
        ]
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, derandomize=True, max_examples=12, suppress_health_check=list(HealthCheck))
@given(first=LINES, second=LINES)
def test_rows_add_up_and_undo_restores_whatever_the_files(first: list[str], second: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "workspace")
        states = [says(workspace)]
        batches = []
        for number, lines in enumerate((first, second)):
            path = Path(folder) / f"{number}.csv"
            path.write_text("\n".join(["date,channel,campaign,cost", *lines]) + "\n", "utf-8")
            if not any(lines):
                continue
            done = import_file(workspace, path)
            parts = done.added + done.restated + done.duplicates + done.rejected + done.skipped_totals
            assert parts == done.rows_read == sum(1 for line in lines if line)
            assert done.skipped_totals == lines.count("总计,,,99")
            again = import_file(workspace, path)
            assert (again.added, again.restated) == (0, 0)
            rollback(workspace, again.batch_id)
            batches.append(done.batch_id)
            states.append(says(workspace))
        for batch_id, before in zip(reversed(batches), reversed(states[:-1]), strict=True):
            rollback(workspace, batch_id)
            assert says(workspace) == before

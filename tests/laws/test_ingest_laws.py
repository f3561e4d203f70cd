"""Laws of the import: any table in any dress is read back equal; rows always add up; undo restores."""

import csv
import io
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from omnidash.ingest.reading.dialect import dialect_of
from omnidash.ingest.reading.encoding import scan
from omnidash.ingest.reading.reader import count_flaws, look, may_be_straight, opened
from omnidash.ingest.rows.parse import parse
from omnidash.ingest.run import import_file, inspect, rollback
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import says

SIMPLIFIED = ("抖音", "夏季促销", "小红书种草", "品牌词推广", "老客召回", "门店活动", "新品上市")
TRADITIONAL = ("夏季促銷", "品牌詞推廣", "舊客召回", "門市活動", "新品上市", "臉書廣告")
WESTERN = (
    "Sommerschlussverkauf für Größe",
    "Été à Besançon",
    "Señales de otoño",
    "Straße und Gärten",
    "Promoção de verão",
)
CHINESE_HEADER, TRADITIONAL_HEADER, WESTERN_HEADER = (
    ("数量", "计划名称", "备注说明"), ("數量", "計畫名稱", "備註說明"), ("Menge", "Größe", "Bemerkung für später"),
)  # fmt: skip
# encoding -> what it writes: (bytes in front, codec, words, header)
DRESSES = {
    "UTF-8": (b"", "utf-8", SIMPLIFIED + WESTERN, CHINESE_HEADER),
    "UTF-8 with BOM": (b"", "utf-8-sig", TRADITIONAL + WESTERN, TRADITIONAL_HEADER),
    "UTF-16 LE with BOM": (b"\xff\xfe", "utf-16-le", SIMPLIFIED + WESTERN, CHINESE_HEADER),
    "UTF-16 BE with BOM": (b"\xfe\xff", "utf-16-be", SIMPLIFIED + WESTERN, CHINESE_HEADER),
    "UTF-16 LE": (b"", "utf-16-le", SIMPLIFIED + WESTERN, WESTERN_HEADER),
    "UTF-16 BE": (b"", "utf-16-be", SIMPLIFIED + WESTERN, WESTERN_HEADER),
    "GB18030": (b"", "gb18030", SIMPLIFIED, CHINESE_HEADER),
    "GBK": (b"", "gbk", SIMPLIFIED, CHINESE_HEADER),
    "Big5": (b"", "big5", TRADITIONAL, TRADITIONAL_HEADER),
    "Latin-1": (b"", "latin-1", WESTERN, WESTERN_HEADER),
    "cp1252": (b"", "cp1252", (*WESTERN, "20 € – „Sommer“"), WESTERN_HEADER),
}
PREAMBLES = {
    "none": "",
    "title": "Report of days\n",
    "comments": "# a comment\n# another\n\n",
    "key and value": "Account: Shop\nPeriod: 2026-07-01 - 2026-07-31\n\n",
    "Chinese": "数据生成时间：2026-07-01 10:00\n\n",
    "range": "July 1, 2026 - July 31, 2026\n",
}
SIGNS = (",", ";", "|", "\t", "'", '"', '""', "\n", "-", "(a, b)", "x; y")
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


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[tuple[str, ...]]]:
    """A dress and a table of words that it can write: with delimiters, quotes and line breaks in its cells."""
    dress = draw(st.sampled_from(list(DRESSES)))
    words = st.lists(st.sampled_from([*DRESSES[dress][2], *SIGNS]), max_size=3)
    cell = words.map(lambda parts: " ".join(parts).strip())
    names = st.lists(st.sampled_from(DRESSES[dress][2]), min_size=1, max_size=2).map(" ".join)
    return dress, draw(st.lists(st.tuples(st.integers(0, 999).map(str), names, cell), min_size=3, max_size=8))


@settings(deadline=None, derandomize=True, max_examples=50, suppress_health_check=list(HealthCheck))
@given(
    table=tables(),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
    ending=st.sampled_from(["\n", "\r\n"]),
    preamble=st.sampled_from(list(PREAMBLES)),
)
def test_any_table_in_any_dress_is_read_back(
    shared: Workspace, table: tuple[str, list[tuple[str, ...]]], delimiter: str, ending: str, preamble: str
) -> None:
    dress, rows = table
    mark, codec, _, header = DRESSES[dress]
    assume(preamble != "Chinese" or codec.startswith(("utf", "gb")))
    text = io.StringIO(newline="")
    text.write(PREAMBLES[preamble].replace("\n", ending))
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ending)
    writer.writerow(header)
    writer.writerows(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(mark + text.getvalue().encode(codec))
        assert cells(shared, path) == rows


# how a locale writes: groups of thousands, decimal sign, days
LOCALES = {
    "en": ("{:,.2f}", ",.", "%m/%d/%Y"),
    "de": ("{:,.2f}", ".,", "%d.%m.%Y"),
    "fr": ("{:,.2f}", "\u202f,", "%d/%m/%Y"),
    "sv": ("{:,.2f}", "\u00a0,", "%Y-%m-%d"),
    "pl": ("{:,.2f}", " ,", "%d.%m.%Y"),
    "ch": ("{:,.2f}", "’.", "%d.%m.%Y"),
    "zh": ("{:,.2f}", ",.", "%Y年%m月%d日"),
    "full width": ("{:,.2f}", "，．", "%Y/%m/%d"),
}
MONEY = ("{}", "{} ", "-{}", "({})")
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def in_locale(amount: Decimal, locale: str) -> str:
    shape, (group, point), _ = LOCALES[locale]
    text = shape.format(amount).translate(str.maketrans({",": group, ".": point}))
    return text.translate(FULL_WIDTH) if locale == "full width" else text


@settings(deadline=None, derandomize=True, max_examples=30, suppress_health_check=list(HealthCheck))
@given(
    amounts=st.lists(st.integers(1, 10**9).map(lambda cents: Decimal(cents) / 100), min_size=1, max_size=6),
    days=st.lists(st.dates(date(2020, 1, 1), date(2026, 12, 31)), min_size=6, max_size=6),
    locale=st.sampled_from(list(LOCALES)),
    sign=st.sampled_from(MONEY),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
    preamble=st.sampled_from(["", "Report\n\n", "# all days\n"]),
)
def test_amounts_and_days_as_any_country_writes_them_are_read_back(
    shared: Workspace, amounts: list[Decimal], days: list[date], locale: str, sign: str, delimiter: str, preamble: str
) -> None:
    """The first row proves the order of day and month and the decimal sign; without it they would be asked for."""
    told = [(date(2026, 7, 13), Decimal("1234567.89")), *zip(days, amounts, strict=False)]
    is_negative = sign[0] in "-("
    text = io.StringIO(newline="")
    text.write(preamble)
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["date", "channel", "campaign", "cost"])
    for n, (day, amount) in enumerate(told):
        cost = sign.format(in_locale(amount, locale)) if n else in_locale(amount, locale)
        writer.writerow([day.strftime(LOCALES[locale][2]), "meta", f"campaign {n}", cost])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spend.csv"
        path.write_text(text.getvalue(), "utf-8", newline="")
        seen = inspect(shared, path)
        assert seen.questions == ()
        with shared.staging() as staging:
            parse(shared, staging, look(path), seen.mapping)
            rows = staging.cursor.execute("select date, cost, problem from numbered order by n").fetchall()
    costs = [amount if n == 0 or not is_negative else -amount for n, (_, amount) in enumerate(told)]
    assert rows == [(day, cost, None) for (day, _), cost in zip(told, costs, strict=True)]


# pieces of files: what tables are made of, halves of letters, marks of encodings, control characters
PIECES = (b",", b";", b"\t", b"\n", b"\r\n", b"\r", b'"', b'""', b"date", b"cost", b"2026-07-01", b"1,5", b" ", b"\xd6\xd0", b"\xd6",
          b"\xe6\x8a\x96", b"\xe6", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"a\x00", b"\x00", b"\x1a", b"#", b"sep=;\n")  # fmt: skip


@settings(FEW, max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=200).map(b"".join))
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


@settings(deadline=None, derandomize=True, max_examples=6, suppress_health_check=list(HealthCheck))
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

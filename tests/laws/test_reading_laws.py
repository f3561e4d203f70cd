"""Laws of reading: whatever dress a table comes in, it is read back equal, cell by cell and row by row.

The tables are written by hand, packed by the modules of the language; nothing of the reader takes part.
"""

import csv
import gzip
import io
import itertools
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnidash.ingest.reading.dialect import dialect_of
from omnidash.ingest.reading.encoding import scan
from omnidash.ingest.reading.parts import parts
from omnidash.ingest.reading.reader import count_flaws, look, may_be_straight, opened
from omnidash.ingest.reading.totals import FOOTER_ROW, TOTAL_ROW
from omnidash.ingest.reading.utf8 import Utf8
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from omnidash.store.workspace import Staging
from tests.unit.workbook_files import write_xlsx

MANY = settings(deadline=None, derandomize=True, max_examples=100, suppress_health_check=list(HealthCheck))
SOME = settings(deadline=None, derandomize=True, max_examples=40, suppress_health_check=list(HealthCheck))

# What each encoding can write, in words of reports
SCRIPTS = {
    "simplified": (
        "日期 渠道 推广计划 花费 备注 展现量 点击量 转化数 订单号 手机号",
        "抖音小红书品牌词夏季促销，（）：元",
    ),
    "traditional": (
        "日期 廣告活動 廣告群組 花費 備註 曝光次數 點擊次數 轉換 訂單編號 電話",
        "臉書蝦皮品牌字夏季特賣，（）：元",
    ),
    "accented": ("Jour Campagne Médium Dépense Créée Clics Année Région Numéro Téléphone", "éèàçüößñ’–"),
    "korean": ("날짜 채널 캠페인 총비용 비고 노출수 클릭수 전환수 주문번호 연락처", "네이버카카오브랜드여름할인（）원"),
    "plain": ("Day Channel Campaign Cost Note Impressions Clicks Conversions Order Phone", "abcXYZ012"),
}
ENCODINGS = {
    "simplified": ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"),
    "traditional": ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp950"),
    "accented": ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "latin-1"),
    "korean": ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp949", "euc-kr"),
    "plain": ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "gbk"),
}
NUMBERS = {  # one amount as its locale writes it
    "plain": "{:.2f}",
    "english": "{:,.2f}",
    "german": "{:,.2f}",
    "french": "{:,.2f}",
    "chinese": "¥{:,.2f}",
}
PREAMBLES = {
    "none": "",
    "titles": "Campaign report\nJuly 1, 2026 - July 31, 2026\n",
    "quoted": '"Report Name: Keywords"\n"Report Time: 7/1/2026 - 7/31/2026"\n\n',
    "two lines in quotes": '"Campaign report\nof all accounts"\n',
    "comments": "# ------\n# Report CSV Export\n# Start date: 20260701\n# End date: 20260731\n",
    "labels": "Account;Shop, Inc.\nPeriod\t2026-07\n\n",
    "chinese": "数据生成时间：2026-08-01 10:00\n1. 时间范围：20260701-20260731\n",
    "padded": "数据生成时间：2026-08-01,,,,\n数据生成条件：,,,,\n,,,,\n",
    "excel": "sep={delimiter}\n",
}


@dataclass(frozen=True)
class Written:
    """A table and the dress it comes in."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    encoding: str
    delimiter: str
    ending: str
    preamble: str
    trailing: str
    quotes_all: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The header as it is read: repeated names and blank ones are numbered."""
        seen: dict[str, int] = {}
        numbered = []
        for place, word in enumerate(self.header, start=1):
            name = word or f"column {place}"
            seen[name] = seen.get(name, 0) + 1
            numbered.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
        return tuple(numbered)

    @property
    def text(self) -> str:
        """The file's text."""
        above = self.preamble.replace("{delimiter}", self.delimiter).replace("\n", self.ending)
        below = self.trailing.replace(",", self.delimiter).replace("\n", self.ending)
        rows = (self.delimiter.join(map(self._quoted, row)) + self.ending for row in (self.header, *self.rows))
        return above + "".join(rows) + below

    def _quoted(self, cell: str) -> str:
        is_plain = not any(sign in cell for sign in (self.delimiter, '"', "\n", "\r"))
        return cell if is_plain and not self.quotes_all else '"' + cell.replace('"', '""') + '"'

    def save(self, path: Path) -> Path:
        """The file on the disk."""
        path.write_bytes(self.text.encode(self.encoding))
        return path


def localised(amount: float, locale: str) -> str:
    text = NUMBERS[locale].format(amount)
    swaps = {"german": str.maketrans(",.", ".,"), "french": str.maketrans(",.", "\u00a0,")}
    return text.translate(swaps.get(locale, {}))


@st.composite
def tables(draw: st.DrawFn) -> Written:
    script = draw(st.sampled_from(sorted(SCRIPTS)))
    encoding = draw(st.sampled_from(ENCODINGS[script]))
    words, letters = SCRIPTS[script]
    letters = "".join(letter for letter in letters if _can_write(encoding, letter))
    cell = st.text("abc xyz" + letters + ",;|\t'\"\n\r#=-", max_size=10)
    locales = [
        name
        for name in NUMBERS
        if _can_write(encoding, localised(1234.5, name)) and not (script == "traditional" and name == "french")
    ]
    locale = draw(st.sampled_from(locales))
    values = {
        "day": st.dates(date(2020, 1, 1), date(2026, 12, 31)).map(date.isoformat),
        "amount": st.floats(0, 9_999_999).map(lambda amount: localised(amount, locale)),
        "id": st.integers(10**6, 10**18).map(str),
        "text": cell,
    }
    # a column of days keeps rows from being blank, or all words; any others may stand beside it
    kinds = ["day", *draw(st.lists(st.sampled_from(sorted(values)), min_size=1, max_size=9))]
    names = words.split()[: len(kinds)]
    repeated, blank = draw(st.integers(0, len(kinds) - 1)), draw(st.integers(0, len(kinds) - 1))
    if draw(st.booleans()):
        names[repeated] = names[0]
    if 0 < blank < len(kinds) - 1 and len(kinds) > 3:
        names[blank] = ""
    row = st.tuples(*(values[kind] for kind in kinds))
    preambles = [p for p in PREAMBLES.values() if _can_write(encoding, p)]
    return Written(
        header=tuple(names),
        rows=tuple(draw(st.lists(row, min_size=1, max_size=7))),
        encoding=encoding,
        delimiter=draw(st.sampled_from([",", "\t", ";", "|"])),
        ending=draw(st.sampled_from(["\n", "\r\n", "\r"])),
        preamble=draw(st.sampled_from(preambles)),
        trailing=draw(st.sampled_from(["", "\n", "\n\n\n", ",,,,\n"])),
        quotes_all=draw(st.booleans()),
    )


def _can_write(encoding: str, text: str) -> bool:
    try:
        return text.encode(encoding).decode(encoding) == text  # Big5 writes ¥ as its full-width form
    except UnicodeEncodeError:
        return False


@dataclass(frozen=True)
class Desk:
    """A workspace and one staging database for all examples: making them takes longer than reading."""

    workspace: Workspace
    staging: Staging
    folder: Path


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("laws")
    workspace = Workspace.create(folder / "workspace")
    with workspace.staging() as staging:
        yield Desk(workspace, staging, folder)


def scratch(desk: Desk) -> list[Path]:
    """What lies in the scratch folder beside the staging database."""
    return [path for path in (desk.workspace.folder / "tmp").iterdir() if not path.name.startswith("stage")]


def read(desk: Desk, path: Path) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Header and rows as the import sees them; straight and mended reading must agree where both are allowed."""
    source = look(path)
    names = ", ".join(f"coalesce(c{i}, '')" for i in range(len(source.dialect.header)))
    readings = []
    for mend in (True, False) if may_be_straight(source) else (True,):
        with opened(desk.workspace, desk.staging, source, mend=mend) as raw:
            rows = desk.staging.cursor.execute(f"select {names} from {raw.relation}", raw.params).fetchall()
            if mend or count_flaws(desk.staging) == 0:
                readings.append(tuple(rows))
    assert all(reading == readings[0] for reading in readings)
    return source.dialect.header, readings[0]


def row_numbers(desk: Desk, path: Path) -> list[int]:
    with opened(desk.workspace, desk.staging, look(path), mend=True) as raw:
        rows = desk.staging.cursor.execute(f"select row_number from {raw.relation}", raw.params).fetchall()
    return [number for (number,) in rows]


@MANY
@given(table=tables())
def test_any_table_in_any_dress_is_read_back(desk: Desk, table: Written) -> None:
    path = table.save(desk.folder / "table.csv")
    assert read(desk, path) == (table.names, table.rows)


@SOME
@given(table=tables())
def test_a_row_has_the_number_a_spreadsheet_shows(desk: Desk, table: Written) -> None:
    path = table.save(desk.folder / "table.csv")
    above = list(csv.reader(io.StringIO(table.preamble, newline="")))
    first = len(above) + 2
    assert row_numbers(desk, path) == list(range(first, first + len(table.rows)))


@SOME
@given(table=tables(), packing=st.sampled_from(["plain", "gzip", "zip", "zip in folder"]))
def test_packing_changes_nothing(desk: Desk, table: Written, packing: str) -> None:
    folder = desk.folder
    path = table.save(folder / "table.csv")
    if packing == "gzip":
        packed = folder / "table.csv.gz"
        packed.write_bytes(gzip.compress(path.read_bytes()))
    elif packing != "plain":
        packed = folder / "table.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(path, "七月/table.csv" if packing == "zip in folder" else "table.csv")
    else:
        packed = path
    with parts(desk.workspace, packed) as found:
        assert [read(desk, part.path) for part in found] == [(table.names, table.rows)]
    assert scratch(desk) == []


FEW = settings(SOME, max_examples=25)
XLSX_TEXT = st.text("abc xyz抖音é,;|\t'\"\n#=<&>-", max_size=10)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)).map(lambda moment: moment.replace(microsecond=0))


@FEW
@given(
    rows=st.lists(
        st.tuples(
            st.dates(date(2000, 1, 1), date(2030, 1, 1)),
            XLSX_TEXT,
            st.integers(-(10**15), 10**15) | st.floats(-1e9, 1e9, allow_subnormal=False),
            MOMENTS,
        ),
        min_size=1,
        max_size=6,
    ),
    rows_above=st.integers(0, 3),
)
def test_a_sheet_is_read_back(desk: Desk, rows: list, rows_above: int) -> None:
    header = ("日期", "Name", "Amount", "Moment")
    sheet = [[None]] * rows_above + [header, *rows]
    path = write_xlsx(desk.folder / "book.xlsx", {"Sheet 1": sheet})
    with parts(desk.workspace, path) as found:
        assert [part.name for part in found] == ["book.xlsx › Sheet 1"]
        names, cells = read(desk, found[0].path)
        assert row_numbers(desk, found[0].path)[0] == rows_above + 2
    assert names == header
    for (day, name, amount, moment), told in zip(rows, cells, strict=True):
        assert told[:2] == (day.isoformat(), name)
        assert float(told[2]) == amount and not re.search("[eE]", told[2])
        assert datetime.fromisoformat(told[3]) == moment


SECTIONS = (
    ("Nth day", "Users"),
    ("Nth day", "New users"),
    ("Country", "Users"),
    ("Event name", "Event count", "Total users"),
    ("Page title and screen class", "Views"),
)


@FEW
@given(
    picked=st.lists(st.sampled_from(SECTIONS), min_size=2, max_size=5),
    counts=st.lists(st.integers(1, 5), min_size=5, max_size=5),
    separator=st.sampled_from(["blank", "comments"]),
    ending=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]),
)
def test_stacked_tables_come_apart(
    desk: Desk,
    picked: list[tuple[str, ...]],
    counts: list[int],
    separator: str,
    ending: str,
    encoding: str,
) -> None:
    lines, expected, numbers = [], [], []
    for header, count in zip(picked, counts, strict=False):
        if separator == "comments":
            lines += ["# Start date: 20260701", "# End date: 20260731"]
        lines.append(",".join(header))
        rows = [(f"item {i}", *(str(i * place) for place in range(1, len(header)))) for i in range(1, count + 1)]
        numbers.append(len(lines) + 1)
        lines += [",".join(row) for row in rows] + [""]
        expected.append((header, tuple(rows)))
    path = desk.folder / "cards.csv"
    path.write_bytes((ending.join(lines) + ending).encode(encoding))
    with parts(desk.workspace, path) as found:
        assert [read(desk, part.path) for part in found] == expected
        assert [row_numbers(desk, part.path)[0] for part in found] == numbers
        assert [part.name for part in found] == [f"cards.csv › table {n}" for n in range(1, len(picked) + 1)]


@SOME
@given(
    rows=st.lists(
        st.tuples(st.integers(1, 28), XLSX_TEXT.filter(str.strip), st.integers(0, 999)), min_size=2, max_size=9
    ),
    gaps=st.sets(st.integers(0, 8)),
)
def test_one_table_with_gaps_and_totals_stays_one_table(desk: Desk, rows, gaps) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    text.write("Report\n\n")
    writer.writerow(["Day", "Campaign", "Cost"])
    for place, (day, name, cost) in enumerate(rows):
        writer.writerow([f"2026-07-{day:02d}", name, cost])
        if place in gaps:
            text.write("\n")
    text.write("\nTotal: all days,,99\n\nTotals\nCost,Clicks\n99,5\n")
    path = desk.folder / "table.csv"
    path.write_bytes(text.getvalue().encode())
    with parts(desk.workspace, path) as found:
        assert [part.path for part in found] == [path]


@MANY
@given(st.sampled_from(["total", "Total", "合计", "总计", "小计"]), st.text("abcSports 体育", min_size=1, max_size=12))
def test_a_name_that_goes_on_after_the_word_total_is_no_total(word: str, rest: str) -> None:
    named = f"{word} {rest.strip()}".strip().lower()
    is_only_the_word = named == word.lower()
    assert bool(re.search(TOTAL_ROW, named)) == is_only_the_word
    assert not re.search(FOOTER_ROW, named)


@MANY
@given(st.binary(max_size=3000))
def test_no_bytes_make_the_reader_fall_over(desk: Desk, contents: bytes) -> None:
    path = desk.folder / "bytes.csv"
    path.write_bytes(contents)
    try:
        scan(path, "bytes.csv")
        look(path)
    except BadInput as refused:
        assert "bytes.csv" in str(refused)


PIECES = st.one_of(st.text(max_size=6).map(lambda t: t.encode("utf-8", "replace")), st.binary(max_size=3))


@MANY
@given(pieces=st.lists(PIECES, max_size=12), cuts=st.lists(st.integers(0, 60), max_size=5))
def test_utf8_is_what_python_takes_for_it_however_the_file_is_cut(pieces: list[bytes], cuts: list[int]) -> None:
    contents = b"".join(pieces)
    try:
        contents.decode("utf-8", "strict")
        broken_at = None
    except UnicodeDecodeError as error:
        broken_at = error.start
    asked = Utf8()
    within = sorted(min(cut, len(contents)) for cut in cuts)
    for first, end in itertools.pairwise([0, *within, len(contents)]):
        asked.feed(contents[first:end])
    asked.end()
    assert asked.broken_at == broken_at


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.text("ab1,;\"'\n\r\t -", max_size=200))
def test_any_text_has_a_dialect_or_a_reason(text: str) -> None:
    try:
        found = dialect_of(text, "text.csv")
    except BadInput as refused:
        assert "text.csv" in str(refused)
    else:
        assert len(set(found.header)) == len(found.header) and found.first_row > found.header_row >= 1

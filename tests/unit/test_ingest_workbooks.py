"""Workbooks, and markup that is called one, come apart into sheets; their cells are exact, and what cannot be opened is refused."""

import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from omnidash.ingest.reading.parts import parts
from omnidash.ingest.reading.period import period_of
from omnidash.ingest.reading.reader import look
from omnidash.ingest.run import import_file, rejects
from omnidash.store import Workspace
from tests.unit.ingest_files import write
from tests.unit.parts_of_files import archive, cells, names, refusal, told
from tests.unit.workbook_files import Digits, Fault, Styled, compound_file, write_xls, write_xlsx


def test_cells_of_a_workbook_are_exact_and_plain(workspace: Workspace, tmp_path: Path) -> None:
    rows = [
        ["日期", "订单号", "商品ID", "金额", "点击率", "单价", "备注", "时刻", "时长", "是否转化"],
        [
            date(2026, 7, 1),
            Digits("920231019123456789"),
            1017116707008,
            12.5,
            Styled(0.0281, "percent"),
            Styled(1234.5, "money"),
            Fault("#DIV/0!"),
            datetime(2026, 7, 1, 10, 1, 37),
            timedelta(hours=36, minutes=5),
            True,
        ],
        [None, "00123", 1e15, 0.1 + 0.2, Styled(1.0, "percent"), 1e-7, "two\nlines", None, None, False],
    ]
    path = write_xlsx(tmp_path / "book.xlsx", {"订单": [[None], ["标题"], *rows]})
    assert cells(workspace, path) == [
        (
            4, "2026-07-01", "920231019123456789", "1017116707008", "12.5", "0.0281", "1234.5", "",
            "2026-07-01 10:01:37", "36:05:00", "TRUE",
        ),
        (5, "", "00123", "1E+15", "0.30000000000000004", "1", "0.0000001", "two\nlines", "", "", "FALSE"),
    ]  # fmt: skip


def test_ids_that_a_spreadsheet_has_cut_do_not_become_one_order(workspace: Workspace, tmp_path: Path) -> None:
    cut = float("4.81234567890123E+18")  # of 4812345678901234567, …568 and …569 alike
    rows = [[cut, datetime(2026, 7, 1, 10 + n), 100.0 + n] for n in range(3)]
    whole = [Digits("4812345678901234570"), datetime(2026, 7, 2, 10), 1e13]
    path = write_xlsx(tmp_path / "orders.xlsx", {"a": [["order_id", "time", "revenue"], *rows, whole]})
    with parts(workspace, path) as found:
        result = import_file(workspace, found[0].path, name=found[0].name)
    assert (result.added, result.rejected) == (1, 3)
    assert "a spreadsheet has shortened" in rejects(workspace, 1)[0]["reason"].english()
    assert workspace.rows("select order_id, revenue from event") == [("4812345678901234570", 1e13)]


def test_every_shown_sheet_with_a_table_is_a_part_and_hidden_ones_are_named(
    workspace: Workspace, tmp_path: Path
) -> None:
    table = [["Day", "Cost"], ["2026-07-01", 1]]
    sheets = {"七月": table, "说明": [["仅供参考"]], "空": [], "List": table, "August & more": table}
    path = write_xlsx(tmp_path / "book.xlsx", sheets, hidden=["List"])
    assert names(workspace, path) == ["book.xlsx › 七月", "book.xlsx › August & more"]
    assert told(workspace, path) == [
        "book.xlsx: not imported, for they hold no table: 说明",
        "book.xlsx: hidden sheets are not imported: List",
    ]


def test_a_workbook_of_hidden_tables_only_says_so(workspace: Workspace, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "book.xlsx", {"List": [["Day"], ["2026-07-01"]]}, hidden=["List"])
    assert "tables on hidden sheets only (List)" in refusal(workspace, path)


def test_an_old_workbook_is_read_whatever_its_name(workspace: Workspace, tmp_path: Path) -> None:
    rows = [
        ["统计日期：2026-06-01 至 2026-06-30"],
        [None],
        ["商品名称", "支付金额"],
        ["裙", 12.5],
        ["鞋", 1017116707008],
    ]
    path = write_xls(tmp_path / "生意参谋.csv", rows, "商品")
    assert cells(workspace, path) == [(4, "裙", "12.5"), (5, "鞋", "1017116707008")]
    with parts(workspace, path) as (part,):
        source = look(part.path, name=part.name)
        assert part.name == "生意参谋.csv › 商品"
        assert period_of(source.dialect.preamble, part.name) == (date(2026, 6, 1), date(2026, 6, 30))


def test_a_workbook_is_what_it_holds_and_not_what_it_is_called(workspace: Workspace, tmp_path: Path) -> None:
    rows = [["商品名称", "支付金额"], ["裙", 12.5]]
    for path in (write_xlsx(tmp_path / "new.xls", {"S": rows}), write_xls(tmp_path / "old.xlsx", rows)):
        assert cells(workspace, path) == [(2, "裙", "12.5")]


def test_a_workbook_of_another_office_is_read(workspace: Workspace, tmp_path: Path) -> None:
    def row(*values: str) -> str:
        return "<table:table-row>" + "".join(values) + "</table:table-row>"

    def cell(kind: str, value: str, shown: str) -> str:
        return f'<table:table-cell office:value-type="{kind}"{value}><text:p>{shown}</text:p></table:table-cell>'

    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    table = row(cell("string", "", "Day"), cell("string", "", "Cost")) + row(
        cell("date", ' office:date-value="2026-07-01"', "1.7.26"), cell("float", ' office:value="12.5"', "12,5")
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="Juli">{table}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    path = archive(tmp_path / "book.ods", {"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": manifest})
    assert names(workspace, path) == ["book.ods › Juli"]
    assert cells(workspace, path) == [(2, "2026-07-01", "12.5")]


def test_a_protected_workbook_is_refused_with_a_remedy(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "secret.xlsx"
    path.write_bytes(compound_file(b"x" * 5000, "EncryptedPackage"))
    assert "is protected by a password; open it, remove the password" in refusal(workspace, path)


def test_rows_of_a_sheet_keep_their_numbers_when_set_aside(workspace: Workspace, tmp_path: Path) -> None:
    rows = [["date", "channel", "cost"], ["2026-07-01", "抖音", 5], [None], ["never", "抖音", 6]]
    path = write_xlsx(tmp_path / "book.xlsx", {"S": rows})
    with parts(workspace, path) as (part,):
        done = import_file(workspace, part.path, name=part.name)
    assert (done.file, done.added, done.rejected) == ("book.xlsx › S", 1, 1)
    assert [row["row_number"] for row in rejects(workspace, done.batch_id)] == [4]


@pytest.mark.parametrize(
    "damage",
    [
        lambda contents: contents[: len(contents) // 2],
        lambda contents: contents.replace(b"workbook.xml", b"workbook.xmx"),
        lambda contents: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
    ],
)
def test_a_damaged_workbook_is_refused_with_a_sentence(workspace: Workspace, tmp_path: Path, damage) -> None:
    path = write_xlsx(tmp_path / "book.xlsx", {"S": [["Day", "Cost"], ["2026-07-01", 5]]})
    path.write_bytes(damage(path.read_bytes()))
    assert "damaged" in refusal(workspace, path)


def test_a_sheet_that_asks_for_all_memory_ends_its_reader_only(workspace: Workspace, tmp_path: Path) -> None:
    """Two cells at opposite corners make any reader of dense tables ask for 400 gigabytes."""
    path = write_xlsx(tmp_path / "corner.xlsx", {"S": [["Day", "Cost"], ["2026-07-01", 5]]})
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    members["xl/worksheets/sheet1.xml"] = members["xl/worksheets/sheet1.xml"].replace(b"</sheetData>", far.encode())
    said = refusal(workspace, archive(tmp_path / "corner.xlsx", members))
    assert "more cells than can be read at once" in said


PAGE = """\
<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta http-equiv="Content-Type"
content="text/html; charset={charset}"><style>td {{ color: red }}</style></head><body>
<p>报表</p><table border="1">
<tr><th>日期</th><th>计划&amp;单元</th><th>花费<br>(元)</th></tr>
<tr><td style='mso-number-format:"\\@"'>2026-07-01</td><td> 品牌&nbsp;&lt;夏&gt; <b>a</b></td><td>12.50</td>
<tr><td>2026-07-02<td colspan=2>合并
<tr><td>合计</td><td></td><td>12.50</td></tr>
</table><table><tr><td>仅供参考</td></tr></table></body></html>
"""


@pytest.mark.parametrize(("charset", "encoding"), [("gb2312", "gb18030"), ("utf-8", "utf-8"), ("big5", "utf-8-sig")])
def test_a_web_page_called_xls_is_read(workspace: Workspace, tmp_path: Path, charset: str, encoding: str) -> None:
    path = write(tmp_path, PAGE.format(charset=charset), "报表.xls", encoding=encoding)
    assert names(workspace, path) == ["报表.xls › table 1"]
    assert told(workspace, path) == ["报表.xls: not imported, for they hold no table: table 2"]
    with parts(workspace, path) as (part,):
        assert look(part.path).dialect.header == ("日期", "计划&单元", "花费 (元)")
    assert cells(workspace, path) == [
        (2, "2026-07-01", "品牌 <夏> a", "12.50"),
        (3, "2026-07-02", "合并", ""),
        (4, "合计", "", "12.50"),
    ]


SHEET = """\
<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="七月"><Table>
<Row><Cell ss:MergeAcross="2"><Data ss:Type="String">报表</Data></Cell></Row>
<Row ss:Index="3"><Cell><Data ss:Type="String">日期</Data></Cell><Cell><Data ss:Type="String">渠道</Data></Cell>
<Cell><Data ss:Type="String">花费</Data></Cell></Row>
<Row><Cell><Data ss:Type="DateTime">2026-07-01T00:00:00.000</Data></Cell>
<Cell ss:Index="3"><Data ss:Type="Number">920231019123456789</Data></Cell></Row>
</Table></Worksheet></Workbook>
"""


def test_the_workbook_xml_of_2003_is_read(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, SHEET, "book.xls")
    assert names(workspace, path) == ["book.xls › 七月"]
    assert cells(workspace, path) == [(4, "2026-07-01", "", "920231019123456789")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<!DOCTYPE html><html><body>Please log in</body></html>", "is a web page, no table"),
        (SHEET.replace("</Worksheet>", ""), "is damaged or no workbook"),
        (SHEET.replace("<Workbook", '<!DOCTYPE x [<!ENTITY a "aaaa">]><Workbook', 1), "is damaged or no workbook"),
        ("<?xml version='1.0'?><rss><item>news</item></rss>", "is XML, no table; export the data as CSV"),
    ],
)
def test_markup_without_tables_is_refused(workspace: Workspace, tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refusal(workspace, write(tmp_path, text, "page.xls"))


def test_a_merged_day_or_name_is_that_of_all_its_rows_and_a_merged_amount_is_not(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = [
        ["2026年7月 投放日报", None, None, None],
        ["日期", "渠道", "花费", "点击"],
        [date(2026, 7, 1), "抖音", 10, 1],
        [None, "百度", 20, 2],
        ["小计", None, 99, 3],
        [date(2026, 7, 2), "抖音", 50, 3],
        [None, None, None, 4],
        ["合计", None, 80, 10],
    ]
    path = write_xlsx(tmp_path / "book.xlsx", {"S": rows}, merged=["A1:D1", "A3:A4", "A6:A7", "B6:B7", "C6:C7"])
    with parts(workspace, path) as (part,):
        result = import_file(workspace, part.path, name=part.name)
    assert (result.added, result.skipped_totals, result.rejected, result.sums["cost"]) == (3, 2, 1, "80")
    assert workspace.rows("select row_number, day from spend order by 1") == [
        (3, date(2026, 7, 1)), (4, date(2026, 7, 1)), (6, date(2026, 7, 2)),
    ]  # fmt: skip


def test_a_sheet_of_notes_beside_tables_is_left_out_and_named(workspace: Workspace, tmp_path: Path) -> None:
    notes = [["本表由系统导出"], ["口径：含税"], ["导出时间：2026-07-01"]]
    table = [["日期", "渠道", "花费"], ["2026-07-01", "抖音", 10.5]]
    path = write_xlsx(tmp_path / "book.xlsx", {"说明": notes, "日报": table})
    assert names(workspace, path) == ["book.xlsx › 日报"]
    assert told(workspace, path) == ["book.xlsx: not imported, for they hold no table: 说明"]
    people = write_xlsx(tmp_path / "two.xlsx", {"list": [["email"], ["ana@shop.example"]], "日报": table})
    assert names(workspace, people) == ["two.xlsx › list", "two.xlsx › 日报"]

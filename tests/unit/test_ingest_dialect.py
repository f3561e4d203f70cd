"""Delimiter, preamble, header and names are found as a person would."""

import re

import pytest

from omnidash.ingest.reading.dialect import dialect_of, unique_names
from omnidash.ingest.reading.totals import FOOTER_ROW, TOTAL_ROW
from omnidash.model.errors import BadInput


def rows(count: int, delimiter: str = ",") -> str:
    return "".join(f"2026-07-{day:02d}{delimiter}Brand{delimiter}{day}\n" for day in range(1, count + 1))


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_every_common_delimiter(delimiter: str) -> None:
    found = dialect_of(delimiter.join(("Day", "Campaign", "Cost")) + "\n" + rows(5, delimiter))
    assert (found.delimiter, found.header) == (delimiter, ("Day", "Campaign", "Cost"))


def test_decimal_commas_do_not_make_a_comma_file() -> None:
    found = dialect_of("Jour;Coût;Clics\n" + "".join(f"0{d}/08/2026;1 234,56;2,5\n" for d in range(1, 10)))
    assert (found.delimiter, found.header) == (";", ("Jour", "Coût", "Clics"))


@pytest.mark.parametrize(
    ("preamble", "lines"),
    [
        ("Campaign report\n27 January 2026 - 23 February 2026\n", 2),
        ('Campaign report\n"July 8, 2025 - July 31, 2025"\n', 2),
        ("# ------\n# Report CSV Export\n# Start date: 20260101\n", 3),
        ("Report Name: Keywords\nReport Time: 1/1/2026\n\n", 3),
        ("数据生成时间：2026-10-10 14:02,,\n数据生成条件：,,\n1. 时间范围：20261009,,\n\n", 4),
        ('"Account: Shop ""A"""\n\n\n', 3),
    ],
)
def test_preambles_are_skipped_and_rows_keep_the_numbers_of_the_spreadsheet(preamble: str, lines: int) -> None:
    found = dialect_of(preamble + "Day,Campaign,Cost\n" + rows(5))
    assert found.header == ("Day", "Campaign", "Cost")
    assert (found.header_row, found.first_row) == (lines + 1, lines + 2)


def test_the_row_number_counts_a_quoted_line_break_once() -> None:
    found = dialect_of('"a title\nof two lines"\nDay,Campaign,Cost\n' + rows(4))
    assert (found.header_row, found.skip_lines) == (2, 3)


def test_blank_and_repeated_names_are_kept_apart() -> None:
    assert unique_names(["分销员", "", "分销员", " 金额\t", '="店铺"', "", ""]) == (
        "分销员",
        "column 2",
        "分销员 (2)",
        "金额",
        "店铺",
    )


def test_one_column_is_a_table_too() -> None:
    assert dialect_of("email\nana@shop.example\nbo@shop.example\n").header == ("email",)


def test_a_header_keeps_its_columns_where_every_row_below_misses_some() -> None:
    assert dialect_of("date,channel,campaign,cost\n2026-07-03,百度\n").header == ("date", "channel", "campaign", "cost")


def test_a_table_without_header_is_refused() -> None:
    with pytest.raises(BadInput, match="no header row"):
        dialect_of(rows(5), "data.csv")


MICROSOFT = """\
"Report Name: Keywords of July"
"Report Time: 7/1/2026 - 7/31/2026"
"Time Zone: (GMT-08:00) Pacific Time"
"Last Completed Available Day: 8/1/2026"
"Report Aggregation: Daily"
"Report Filter: "
"Potential Incomplete Data: true"
"Rows: 1"

"""


@pytest.mark.parametrize(
    ("text", "delimiter", "header", "header_row"),
    [
        (MICROSOFT + '"Day","Keyword","Spend"\n"7/1/2026","shoes","1.50"\n\n"©2026 Microsoft"\n', ",", 3, 10),
        # the window of Microsoft Advertising: labels with commas, rows with tabs
        (MICROSOFT.replace('"', "") + "Account name\tCampaign, ad\tSpend\nShop, Inc.\tBrand\t1,234.50\n", "\t", 3, 10),
        ("sep=;\nDay;Cost, net;Clicks\n2026-07-01;1,5;2\n", ";", 3, 2),
        ('"sep=|"\nDay|Cost\n2026-07-01|1,5\n', "|", 2, 2),
        (
            "# Report CSV Export\n# Account: Shop, Inc.\n# \nAll Users\n# Start date: 20230101\nNth day,Users\n0000,1\n",
            ",",
            2,
            6,
        ),
        ("Account,Shop\nCurrency,EUR\nPeriod,2026-07\n\nDay,Campaign,Cost\n2026-07-01,a,1\n", ",", 3, 5),
        ("Account,Shop\nCurrency,EUR\nDay,Cost\n2026-07-01,1\n2026-07-02,2\n2026-07-03,2\n", ",", 2, 3),
        ("Account: Shop, Inc.\nDay,Cost\n2026-07-01,1\n2026-07-02,2\n", ",", 2, 2),
        (
            "显示以下时间范围内的全部设备:2017/10/22 - 2017/10/22\n编号,日期,账户,消耗\n总计,--,4475.35\n1,2017-10-22,a,1\n",
            ",",
            4,
            2,
        ),
        ("推广账户,产品线,推广计划,展示次数\na,搜索,品牌,5\n", ",", 4, 1),
        ("Day,Campaign,Cost\nyyyy-mm-dd,text,EUR\n2026-07-01,a,1\n2026-07-02,b,2\n", ",", 3, 1),
        ("Campaign report\nemail\nana@shop.example\n", ",", 1, 2),
        ("基础信息,,效果,\n日期,计划,展现,点击\n2026-07-01,a,1,2\n", ",", 4, 2),
        ("Name,City\nAna,Paris\nBo,Rome\n", ",", 2, 1),
        ("Name,City,Amount\nAna,Paris,\nBo,Rome,n/a\nCy,Oslo,5\n", ",", 3, 1),
        ("Order,3秒播放率(%),7日新增A3,Week 0,30 days,Q1\nx1,1,2,3,4,5\n", ",", 6, 1),
        ("Day,Cost,\n2026-07-01,1,\n2026-07-02,2,\n", ",", 2, 1),
        ("Day;Name;Cost\n" + "2026-07-01;a, b, c, d;1\n" * 5, ";", 3, 1),
        ("name\nSmith and Sons\nDoe\n", ",", 1, 1),
        ("\n\n\nDay,Cost\n2026-07-01,1\n", ",", 2, 4),
        ("\ufeff\ufeffDay,Cost\n2026-07-01,1\n", ",", 2, 1),
    ],
)
def test_headers_are_found_below_what_platforms_write_above_them(
    text: str, delimiter: str, header: int, header_row: int
) -> None:
    found = dialect_of(text)
    assert (found.delimiter, len(found.header), found.header_row) == (delimiter, header, header_row)


def test_a_baidu_export_with_padded_lines_and_one_row() -> None:
    lines = ["数据生成时间：2017-10-10 14:02", "数据生成条件：", "1. 时间范围：20171009", "2. 时间单位：合计"]
    lines += ["3. 推广设备：移动设备，计算机", "4. 投放网络：全部", ""]
    header = "日期,账户,推广计划,省,市,展现,点击,消费,点击率,平均点击价格"
    text = "".join(line + "," * 9 + "\n" for line in lines) + header + "\n2017-10-09,a,b,京,京,5,1,2.50,20%,2.5\n"
    found = dialect_of(text)
    assert (found.header, found.header_row) == (tuple(header.split(",")), 8)
    assert found.preamble == tuple(lines[:-1])


def test_a_wide_table_of_ninety_columns_with_two_rows() -> None:
    names = ",".join(f"Headline {i} position" for i in range(90))
    found = dialect_of(f'Ad report\n"July 1, 2026 - July 2, 2026"\n{names}\n' + (" --," * 89 + "5.00\n") * 2)
    assert (len(found.header), found.header_row) == (90, 3)


def test_names_that_end_like_numbered_ones_keep_their_names() -> None:
    assert unique_names(["a", "a (2)", "a", "a"]) == ("a", "a (2)", "a (3)", "a (4)")


def test_rows_of_data_above_a_row_of_words_are_no_preamble() -> None:
    with pytest.raises(BadInput, match="no header row"):
        dialect_of("2026-07-01,a,b,5\n2026-07-02,c,d,6\nfoo,bar,baz,qux\n2026-07-03,e,f,7\n", "data.csv")


@pytest.mark.parametrize(
    "cell",
    [
        "Total", "Totals", "TOTAL:", "Grand total", "Grand Total", "Subtotal", "Sub-total", "Overall total", "Total: Campaigns",
        "Total: Account", "Total: Video", "Total : Campagnes", "Total (12 rows)", "Total - 3 campaigns", "Totals - All",
        "Total of 3 results", "Results from 12 campaigns", "Account total", "Filtered total", "Gesamt", "Gesamtsumme",
        "Gesamt: Kampagnen", "Summe", "Totaux", "Totale", "Итого", "总计", "總計", "合计", "合計", "小计", "汇总", "总计：广告系列",
        "合计(12条)", "合计（全部）", "总计-共12条", "共12条", "合计 3 项", "【合计】", "全部合计", "Average", "平均值",
    ],
)  # fmt: skip
def test_words_for_a_total(cell: str) -> None:
    assert re.search(TOTAL_ROW, cell.lower())


@pytest.mark.parametrize(
    "cell",
    [
        "Total Sports", "Total Sports - Brand", "Totally", "Total-Sports", "Total War: Rome", "Summer", "Summe 24", "Sum 41",
        "Gesamtschule", "合计划", "总计划A", "汇总报告活动", "小计算器", "Results of the year", "Total Wine | Search",
        "Subtotal Ltd", "Average Joe's", "平均每天", "共享单车", "total_wine", "2026-07-01", "",
    ],
)  # fmt: skip
def test_names_that_are_no_total(cell: str) -> None:
    assert not re.search(TOTAL_ROW, cell.lower())


@pytest.mark.parametrize(
    "cell",
    [
        "@2020 Microsoft Corporation. All rights reserved. ", "© 2026 Ads Inc.", "# end of report", "Copyright 2026 Shop",
        "注：以上数据仅供参考", "备注：", "说明", "* 注：金额含税", "数据更新时间：2026-08-01", "导出时间:2026-08-01", "共12条", "Generated on July 1",
        "Downloaded 2026-08-01", "Note: money in EUR", "Total rows: 12", "Rows: 12", "Filters applied: none", "---------",
        "End of report", "Last updated: today",
    ],
)  # fmt: skip
def test_footers(cell: str) -> None:
    assert re.search(FOOTER_ROW, cell.lower())


@pytest.mark.parametrize(
    "cell",
    ["注册用户", "说明会推广", "备注册活动", "Notebook sale", "Sourcebooks", "Generation Z", "Brand", "共享单车"],
)
def test_names_that_are_no_footer(cell: str) -> None:
    assert not re.search(FOOTER_ROW, cell.lower())


def test_days_as_columns_are_told_with_what_to_do() -> None:
    with pytest.raises(BadInput, match=r"a column for each day \(2026-07-01, …\); write one row per day"):
        dialect_of("渠道,2026-07-01,2026-07-02,2026-07-03\n抖音,100,200,300\n小红书,10,20,30\n", "wide.csv")

"""The period that a preamble or a file name states is read in every common shape, and nothing doubtful is guessed."""

from datetime import date

import pytest

from omnidash.ingest.reading.period import period_of

JULY = (date(2026, 7, 1), date(2026, 7, 31))
JUNE = (date(2026, 6, 1), date(2026, 6, 30))


@pytest.mark.parametrize(
    "line",
    [
        "July 1, 2026 - July 31, 2026",
        "Jul 1, 2026 – Jul 31, 2026",
        "1 July 2026 - 31 July 2026",
        "1 Jul 2026 to 31 Jul 2026",
        "1 - 31 July 2026",
        "1–31 July 2026",
        "July 1 - July 31, 2026",
        "July 1 - 31, 2026",
        "Jul 1st, 2026 - Jul 31st, 2026",
        "Wed, 1 Jul 2026 - Fri, 31 Jul 2026",
        "from July 1, 2026 through July 31, 2026",
        "2026-07-01 - 2026-07-31",
        "2026-07-01 to 2026-07-31",
        "2026-07-01~2026-07-31",
        "2026/07/01 – 2026/07/31",
        "2026.07.01-2026.07.31",
        "2026.7.1-7.31",
        "20260701-20260731",
        "20260701 - 20260731",
        "2026-07-01 00:00:00 - 2026-07-31 23:59:59",
        "2026-07-01T00:00:00Z - 2026-07-31T23:59:59Z",
        "Report Time: 7/1/2026 - 7/31/2026",
        "Report Start: 7/1/2026, Report End: 7/31/2026",
        "Report Start: July 1, 2026, 12:00 AM, Report End: July 31, 2026, 11:59 PM",
        "Date range: 01/07/2026 - 31/07/2026",
        "(01.07.2026 - 31.07.2026)",
        "Zeitraum: 1. Juli 2026 - 31. Juli 2026",
        "1. bis 31. Juli 2026",
        "1 juillet 2026 - 31 juillet 2026",
        "du 1er juillet 2026 au 31 juillet 2026",
        "1 de julio de 2026 - 31 de julio de 2026",
        "1 jul. 2026 – 31 jul. 2026",
        "统计日期：2026-07-01 至 2026-07-31",
        "统计时间:2026/07/01-2026/07/31",
        "2026年7月1日至2026年7月31日",
        "2026年07月01日-07月31日",
        "2026年7月1日-31日",
        "1. 时间范围：20260701-20260731",
        "显示以下时间范围内的全部设备:2026/7/1 - 2026/7/31",
        "数据周期：2026年7月",
        "统计月份：2026-07",
        "月份 2026-07",
        "Month: 2026-07",
        "July 2026",
        "２０２６－０７－０１ 至 ２０２６－０７－３１",
        '"July 1, 2026 - July 31, 2026"',
    ],
)
def test_a_line_of_a_preamble(line: str) -> None:
    assert period_of(["Campaign report", line, ""]) == JULY


@pytest.mark.parametrize(
    "lines",
    [
        ["# Start date: 20260701", "# End date: 20260731"],
        ["Start Date: 2026-07-01", "Currency: EUR", "End Date: 2026-07-31"],
        ["From,2026-07-01", "To,2026-07-31"],
        ["From: 01/07/2026", "To: 31/07/2026"],
        ["开始日期：2026-07-01", "结束日期：2026-07-31"],
        ["起始时间,2026-07-01 00:00:00", "截止时间,2026-07-31 23:59:59"],
        [
            "数据生成时间：2026-08-01 14:02,,,",
            "数据生成条件：,,,",
            "1. 时间范围：20260701-20260731,,,",
            "2. 时间单位：合计,,,",
        ],
        ["Generated on August 2, 2026", "July 1, 2026 - July 31, 2026"],
        ["Downloaded: 2026-08-02 - 10:15", "2026-07-01 - 2026-07-31"],
        ["Report Name: Keywords", "Report Time: 7/1/2026 - 7/31/2026", "Last Completed Available Day: 8/1/2026"],
        ["July 1, 2026 - July 31, 2026", "Compared to June 1, 2026 - June 30, 2026"],
    ],
)
def test_several_lines_of_a_preamble(lines: list[str]) -> None:
    assert period_of(lines) == JULY


@pytest.mark.parametrize(
    ("lines", "day"),
    [
        (["1. 时间范围：20171009"], date(2017, 10, 9)),
        (["Date: 2026-07-05"], date(2026, 7, 5)),
        (["统计日期：2026年7月5日"], date(2026, 7, 5)),
        (["Campaign report", "January 20, 2026"], date(2026, 1, 20)),
        (["20 January 2026"], date(2026, 1, 20)),
        (["统计日期：2026-07-05 至 2026-07-05"], date(2026, 7, 5)),
    ],
)
def test_one_day(lines: list[str], day: date) -> None:
    assert period_of(lines) == (day, day)


@pytest.mark.parametrize(
    ("line", "period"),
    [
        ("1/5/2026 - 31/5/2026", (date(2026, 5, 1), date(2026, 5, 31))),
        ("5/1/2026 - 5/31/2026", (date(2026, 5, 1), date(2026, 5, 31))),
        (
            "07/01/2026 - 01/08/2026",
            (date(2026, 1, 7), date(2026, 8, 1)),
        ),  # the other way it would end before it begins
        ("5/5/2026 - 5/5/2026", (date(2026, 5, 5), date(2026, 5, 5))),
        ("December 15 - January 14, 2026", (date(2025, 12, 15), date(2026, 1, 14))),
    ],
)
def test_one_side_decides_the_order_of_both(line: str, period: tuple[date, date]) -> None:
    assert period_of([line]) == period


@pytest.mark.parametrize(
    "lines",
    [
        ["03/04/2026 - 05/04/2026"],
        ["Report Start: 1/5/2026, Report End: 5/5/2026"],
        ["Date: 03/04/2026"],
        ["01.02.2026 - 03.02.2026"],
        ["2026-07-31 - 2026-07-01"],
        ["2026-02-30 - 2026-03-01"],
        ["数据生成时间：2026-08-01 14:02"],
        ["Exported 2026-08-01"],
        ["Report generated on 1 July 2026 at 10:00"],
        ["2026-07-01 10:15:02"],
        ["Campaign report", "All campaigns", "# ------"],
        ["Order 20260701 of 5 items"],
        ["Phone: +86 2026 0701 1234"],
        ["Last 30 days"],
        [],
    ],
)
def test_what_states_no_period_or_two_is_left_open(lines: list[str]) -> None:
    assert period_of(lines) is None


@pytest.mark.parametrize(
    ("name", "period"),
    [
        ("Devices(2026.02.05-2026.02.10).csv", (date(2026, 2, 5), date(2026, 2, 10))),
        ("report.zip › Devices(2026.02.05-2026.02.10).csv", (date(2026, 2, 5), date(2026, 2, 10))),
        ("【生意参谋平台】商品_全部_2026-06-01_2026-06-30.xls › 商品", JUNE),
        ("campaigns_20260601_20260630.csv", JUNE),
        ("campaigns-20260601-20260630 (1).csv", JUNE),
        ("Campaigns-Jun-1-2026-Jun-30-2026.csv", JUNE),
        ("Shop-Campaigns-1-Jun-2026-30-Jun-2026.csv", JUNE),
        ("推广数据2026年6月.xlsx › Sheet1", JUNE),
        ("spend_2026-06.csv", JUNE),
        ("June 2026.csv", JUNE),
        ("report_2026-06-01 to 2026-06-30.csv", JUNE),
        ("hubspot-crm-exports-contacts-2026-07-01.csv", None),
        ("export_20260701.csv", None),
        ("orders_export_1.csv", None),
        ("campaign 2026 07.csv", None),
        ("", None),
    ],
)
def test_the_name_of_a_file(name: str, period: tuple[date, date] | None) -> None:
    assert period_of([], name) == period


def test_the_preamble_is_believed_before_the_name() -> None:
    assert period_of(["2026-07-01 - 2026-07-31"], "report_2026-06.csv") == JULY

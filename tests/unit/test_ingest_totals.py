"""Rows that sum up others are skipped and counted, whatever they say and whatever day they carry; all others stay."""

import re
from datetime import date
from pathlib import Path

import pytest

from omnidash.ingest.run import BatchResult, dry_run, import_file, inspect, rejects
from omnidash.store import Workspace
from tests.unit.ingest_files import imported, write

DAY = "date,channel,campaign,cost,clicks\n2026-07-01,抖音,夏季,100,10\n2026-07-01,抖音,品牌,50.5,6\n"
PERIOD = "统计时间：2026-07-01至2026-07-07\n推广计划,花费,点击量\n夏季,100,10\n品牌,50.5,6\n"


def numbers(result: BatchResult) -> tuple[int, int, int, str]:
    return result.added, result.skipped_totals, result.rejected, result.sums["cost"]


def taken(result: BatchResult) -> list[str]:
    """What is said of totals."""
    return [said for w in result.warnings if re.search("called (a total|totals)", said := w.english())]


@pytest.mark.parametrize(
    "row",
    [
        "2026-07-01,抖音,合计,150.5,16",
        "2026-07-01,抖音,合 计,150.50,16",
        "2026-07-01,Total,,150.5,16",
        "2026-07-01,全部,全部,150.5,16",
        "2026-07-01,抖音,Total: Campaigns,150.5,16",
        "2026-07-01,抖音,全部计划,150.5,16",
        "2026-07-01,抖音 汇总,,150.5,16",
        "2026-07-01,抖音,,150.5,16",  # no word at all
        "2026-07-31,合计,,150.5,16",  # with the last day of the month
        "2026-07-01,抖音,均值,75.25,8",
        ",,,150.5,16",
        ",抖音,,150.5,16",
        "合计,,,999,99",  # a row without a day and with such words needs no proof
        ",,环比,12%,3%",
        "7月合计,,,150.5,16",
    ],
)
def test_a_total_is_skipped_with_a_date_and_without_words(workspace: Workspace, tmp_path: Path, row: str) -> None:
    result = imported(workspace, tmp_path, DAY + row + "\n")
    assert numbers(result) == (2, 1, 0, "150.5")
    assert not taken(result)


@pytest.mark.parametrize(
    "row",
    ["合计,150.5,16", "合 计,150.5,16", "全部,150.5,16", ",150.5,16", "All campaigns,150.5,16", "Average,75.25,8"],
)
def test_a_total_of_a_period_is_skipped(workspace: Workspace, tmp_path: Path, row: str) -> None:
    path = write(tmp_path, PERIOD + row + "\n")
    assert numbers(import_file(workspace, path, channel="抖音")) == (2, 1, 0, "150.5")


NAMES = pytest.mark.parametrize(
    "name", ["Sum", "Averages", "Total Wine", "全部商品", "合计", "Total", "Overall", "总裁班"]
)


@NAMES
def test_a_campaign_called_like_a_total_is_kept(workspace: Workspace, tmp_path: Path, name: str) -> None:
    result = imported(workspace, tmp_path, DAY + f"2026-07-01,抖音,{name},120,9\n")
    assert numbers(result) == (3, 0, 0, "270.5")


@NAMES
def test_a_campaign_of_a_period_called_like_a_total_is_kept(workspace: Workspace, tmp_path: Path, name: str) -> None:
    path = write(tmp_path, PERIOD + f"{name},120,9\n")
    assert numbers(import_file(workspace, path, channel="抖音")) == (3, 0, 0, "270.5")


def test_a_total_whose_figures_are_no_sum_is_counted_and_named(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, DAY + "2026-07-01,抖音,合计,160,16\n")
    assert numbers(result) == (3, 0, 0, "310.5")
    assert "row 4 (合计)" in taken(result)[0]


def test_totals_of_totals_are_all_skipped(workspace: Workspace, tmp_path: Path) -> None:
    lines = [
        "2026-07-01,抖音,a,1,1", "2026-07-01,抖音,b,2,2", "2026-07-01,抖音,小计,3,3",
        "2026-07-01,百度,a,3,4", "2026-07-01,百度,b,4,5", "2026-07-01,百度,小计,7,9", "2026-07-01,合计,,10,12",
        "2026-07-02,抖音,a,5,1", "2026-07-02,抖音,b,6,1", "2026-07-02,抖音,小计,11,2", "2026-07-02,合计,,11,2",
        "2026-07-02,总计,,21,14",
    ]  # fmt: skip
    result = imported(workspace, tmp_path, "date,channel,campaign,cost,clicks\n" + "\n".join(lines) + "\n")
    assert numbers(result) == (6, 6, 0, "21")


def test_a_campaign_called_sum_is_part_of_the_total(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, DAY + "2026-07-01,抖音,Sum,20,2\n2026-07-01,抖音,合计,170.5,18\n")
    assert numbers(result) == (3, 1, 0, "170.5")


def test_rows_that_name_no_campaign_are_kept_where_one_of_them_is_no_sum(workspace: Workspace, tmp_path: Path) -> None:
    text = DAY + "2026-07-01,抖音,,150.5,16\n2026-07-02,抖音,夏季,8,1\n2026-07-02,抖音,品牌,8,1\n2026-07-02,抖音,,7,1\n"
    assert numbers(imported(workspace, tmp_path, text)) == (6, 0, 0, "324")


def test_a_row_without_a_day_that_is_no_sum_is_set_aside(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, DAY + ",抖音,夏季,5,1\n,,,7,1\n")
    assert numbers(result) == (2, 0, 2, "150.5")


def test_an_order_called_total_is_none(workspace: Workspace, tmp_path: Path) -> None:
    orders = "订单编号,订单创建时间,实付金额\n1001,2026-07-01 10:00:00,10\n合计,2026-07-01 10:00:00,10\n,,10\n"
    result = imported(workspace, tmp_path, orders)
    assert (result.added, result.skipped_totals, result.rejected) == (1, 1, 1)
    result = imported(workspace, tmp_path, orders.replace(",,10", "1002,2026-07-02,5\n,,15"), "more.csv")
    assert (result.rows_read, result.skipped_totals, result.rejected) == (4, 2, 0)


def test_a_skipped_total_is_shown_as_it_stands(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, DAY + "2026-07-01,抖音,,150.5,16\n")
    samples = dry_run(workspace, path, inspect(workspace, path).mapping).skipped_samples
    assert samples == ({"row_number": 4, "raw": "2026-07-01,抖音,,150.5,16"},)


def test_notes_below_the_table_are_no_rows(workspace: Workspace, tmp_path: Path) -> None:
    below = "\nLead report\nCopyright 2026 Acme\nConfidential - do not distribute\nAcme\n"
    assert numbers(imported(workspace, tmp_path, DAY + below)) == (2, 4, 0, "150.5")
    ruled = "-----------\n共2笔记录\n已花费:2笔,150.50元,,,\n导出时间:[2026-07-09 10:00:00]    用户:某店\n"
    assert numbers(imported(workspace, tmp_path, DAY + ruled, "ruled.csv"))[1:] == (4, 0, "150.5")


def test_a_small_table_of_sums_below_is_no_row(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, DAY + "总笔数,总金额,退款\n`2,`150.50,`0.00\n")
    assert numbers(result) == (2, 2, 0, "150.5")


def test_a_row_cut_short_at_the_end_is_set_aside(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, DAY + "抖音,3\n")
    assert numbers(result) == (2, 0, 1, "150.5")
    assert rejects(workspace, result.batch_id)[0]["row_number"] == 4


def test_a_column_of_days_counts_more_than_the_period_of_a_title(workspace: Workspace, tmp_path: Path) -> None:
    rows = "日期,广告系列状态,广告系列,货币代码,展示次数,点击次数,费用\n"
    for day in (1, 2):
        rows += f"2026-07-0{day},已启用,Brand,CNY,10,1,5\n,已启用,Generic,CNY,20,2,7\n小计,,,,30,3,12\n"
    report = "广告系列报告\n2026年7月1日 - 2026年7月7日\n" + rows + " --, --,总计：广告系列,CNY,60,6,24\n"
    result = imported(workspace, tmp_path, report)
    assert result.profile == "google_ads_spend"
    assert (result.added, result.skipped_totals, result.rejected) == (2, 3, 2)
    assert workspace.rows("select day, cost from spend order by day") == [(date(2026, 7, 1), 5), (date(2026, 7, 2), 5)]


def test_a_short_report_may_have_more_totals_than_rows(workspace: Workspace, tmp_path: Path) -> None:
    text = (
        'Campaign report\n"July 8, 2025 - July 31, 2025"\nCampaign status,Campaign,Campaign type,Impr.,Clicks,Cost\n'
        "Enabled,Summer,Video,100,10,60.00\nEnabled,Brand,Demand Gen,50,5,40.00\n"
        "Total: Campaigns, --, --,150,15,100.00\nTotal: Account,,,150,15,100.00\n"
        "Total: Video,,Video,100,10,60.00\nTotal: Demand Gen,,Demand Gen,50,5,40.00\n"
    )
    (tmp_path / "report.csv").write_text(text)
    result = import_file(workspace, tmp_path / "report.csv", channel="google_ads")
    assert numbers(result) == (2, 4, 0, "100")


def test_a_row_of_dashes_says_nothing_and_is_skipped(workspace: Workspace, tmp_path: Path) -> None:
    assert numbers(imported(workspace, tmp_path, DAY + "--,--,--,--,--\n")) == (2, 1, 0, "150.5")


GA4 = """\
# Property: Shop - GA4
# Start date: 20260701
# End date: 20260707
Session default channel group,Sessions,Total revenue
{rows}
"""


@pytest.mark.parametrize("is_first", [True, False])
def test_a_total_named_beyond_the_last_column_is_skipped(workspace: Workspace, tmp_path: Path, is_first: bool) -> None:
    rows = ["Direct,100,50", "Email,20,10"]
    total = ",120,60,Grand total"
    path = write(tmp_path, GA4.format(rows="\n".join([total, *rows] if is_first else [*rows, total])))
    result = import_file(workspace, path)
    assert (result.added, result.skipped_totals, result.rejected, result.sums["revenue"]) == (2, 1, 0, "60")


def test_a_row_with_a_cell_too_many_that_names_no_total_is_set_aside(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, GA4.format(rows="Direct,100,50\n,120,60,Grand\nEmail,20,10"))
    result = import_file(workspace, path)
    assert (result.added, result.skipped_totals, result.rejected) == (2, 0, 1)


def test_labels_below_the_table_are_notes(workspace: Workspace, tmp_path: Path) -> None:
    notes = "\nReport Time:,2026/07/08 01:11\nDate Range:,2026/07/01 to 2026/07/07\nMetrics,are accredited\n"
    assert numbers(imported(workspace, tmp_path, DAY + notes)) == (2, 3, 0, "150.5")


def test_a_broken_row_at_the_end_is_no_note(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, DAY + "\n抖音,夏季,,,\n")
    assert (result.added, result.skipped_totals, result.rejected) == (2, 0, 1)


def test_a_word_for_an_average_in_a_column_about_something_else_is_a_value_of_it(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = (
        "夏季,100,Above average (top),Phone",
        "品牌,50.5,Average,All",
        "冬季,20,Average,All",
        "春季,7,Below average,Total",
    )
    text = "date,channel,campaign,cost,Quality ranking,Device\n" + "".join(f"2026-07-01,抖音,{row}\n" for row in rows)
    result = imported(workspace, tmp_path, text)
    assert (result.added, result.skipped_totals) == (4, 0)
    assert [said.split(" (row ")[1] for said in taken(result)] == ["5 (total)); take it out of the file if it is one"]


@pytest.mark.parametrize("word", ["Всего", "Итого", "รวม", "합계"])
def test_a_total_is_one_in_whatever_language(workspace: Workspace, tmp_path: Path, word: str) -> None:
    result = imported(workspace, tmp_path, DAY + f"{word},,,150.5,16\n")
    assert (result.skipped_totals, result.rejected) == (1, 0)

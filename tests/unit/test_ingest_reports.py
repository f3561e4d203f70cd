"""A platform's own figures of items over days: kept by section, restated by re-export, never more than claims."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from omnidash.engine.freshness import freshness
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.run import BatchResult, commit, import_file, inspect, rollback
from omnidash.metrics.report_figures import report_figures
from omnidash.model.period import Period
from omnidash.store import Workspace
from tests.unit.ingest_files import imported, says, write

PRODUCTS = Mapping(
    kind="reports",
    columns={"日期": "date", "商品": "item", "访客数": "visitors", "支付金额": "revenue"},
    constants={"channel": "tmall"},
    figures={"加购件数": "sum", "停留时长": "average", "转化率": "加购件数 / 访客数"},
    currency="CNY",
)
HEADER = "日期,商品,访客数,支付金额,加购件数,停留时长,转化率\n"
TWO = "2026-07-01,A,100,10.50,4,3.2,4%\n2026-07-01,B,50,5,1,2.0,2%\n"


def brought(workspace: Workspace, folder: Path, text: str, mapping: Mapping = PRODUCTS) -> BatchResult:
    name = f"{len(list(folder.glob('*.csv')))}.csv"
    return commit(workspace, write(folder, text, name), mapping)


def items(workspace: Workspace) -> list[tuple[object, ...]]:
    return workspace.rows("select day::varchar, last_day::varchar, item, figures from report order by day, item")


def test_figures_are_kept_by_item_and_those_that_do_not_add_up_are_not(workspace: Workspace, tmp_path: Path) -> None:
    result = brought(workspace, tmp_path, HEADER + TWO)
    assert (result.added, result.sums["revenue"], result.sums["visitors"]) == (2, "15.5", "150")
    assert items(workspace)[0] == (
        "2026-07-01",
        "2026-07-01",
        "A",
        {"revenue": Decimal("10.5"), "visitors": Decimal(100), "加购件数": Decimal(4)},
    )


def test_the_same_report_again_with_its_columns_in_another_order_changes_nothing(
    workspace: Workspace, tmp_path: Path
) -> None:
    brought(workspace, tmp_path, HEADER + TWO)
    before = says(workspace)
    again = brought(
        workspace,
        tmp_path,
        "加购件数,支付金额,访客数,商品,日期,停留时长,转化率\n1,5,50,B,2026-07-01,,\n4,10.5,100,A,2026-07-01,,\n",
    )
    assert (again.added, again.restated, again.duplicates, says(workspace)) == (0, 0, 2, before)


def test_a_re_export_with_fewer_items_leaves_no_old_item_behind(workspace: Workspace, tmp_path: Path) -> None:
    brought(workspace, tmp_path, HEADER + TWO + "2026-07-02,B,7,1,0,,\n")
    before = says(workspace)
    result = brought(workspace, tmp_path, HEADER + "2026-07-01,A,101,10.50,4,,\n")
    assert (result.added, result.restated) == (0, 1)
    assert [row[:3] for row in items(workspace)] == [
        ("2026-07-01", "2026-07-01", "A"),
        ("2026-07-02", "2026-07-02", "B"),
    ]
    rollback(workspace, result.batch_id)
    assert says(workspace) == before


def test_days_may_be_counted_from_the_first_day_of_the_report(workspace: Workspace, tmp_path: Path) -> None:
    nth = Mapping(
        kind="reports", columns={"Nth day": "day_number", "Users": "visitors"},
        constants={"date": "2026-07-01", "end_date": "2026-07-31", "section": "users"},
    )  # fmt: skip
    result = brought(workspace, tmp_path, "Nth day,Users\n0000,5\n0030,7\n9999,1\n", nth)
    assert (result.added, result.rejected) == (2, 1)
    assert workspace.rows("select day, last_day, section, figures['visitors'] from report order by day") == [
        (date(2026, 7, 1), date(2026, 7, 1), "users", Decimal(5)),
        (date(2026, 7, 31), date(2026, 7, 31), "users", Decimal(7)),
    ]


def test_a_table_without_days_is_about_the_period_of_its_file(workspace: Workspace, tmp_path: Path) -> None:
    period = {"date": "2026-07-01", "end_date": "2026-07-31", "channel": "google_ads"}
    cards = Mapping(kind="reports", columns={"Device": "item", "Cost": "cost"}, constants=period, currency="USD")
    result = brought(workspace, tmp_path, "Device,Cost\nMobile,1.50\nTablet,2\n", cards)
    assert (result.first_day, result.last_day) == (date(2026, 7, 1), date(2026, 7, 31))
    assert workspace.rows("select distinct section, currency, last_day - day from report") == [
        ("Device, Cost", "USD", 30)
    ]


def test_a_report_delivers_no_days_of_events_or_spend(workspace: Workspace, tmp_path: Path) -> None:
    brought(workspace, tmp_path, HEADER + TWO)
    assert workspace.rows("select watermark from batch") == [(None,)]
    assert workspace.rows("select (select count(*) from event) + (select count(*) from spend)") == [(0,)]
    assert freshness(workspace).is_empty


def test_returns_written_below_zero_are_what_was_given_back(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, "Day,Orders,Net sales,Returns\n2026-07-01,5,100,-10\n2026-07-02,6,120,0\n")
    assert (result.kind, result.sums["refund"], result.sums["revenue"]) == ("reports", "10", "220")


def test_figures_of_two_shops_in_one_file_stay_apart(workspace: Workspace, tmp_path: Path) -> None:
    header = "统计日期,店铺名称,商品名称,商品ID,访客数,支付金额\n"
    one = "2026-07-01,甲店,跑鞋,1,10,100\n2026-07-01,甲店,袜子,2,4,20\n"
    two = "2026-07-01,乙店,跑鞋,1,7,70\n"
    path = write(tmp_path, header + one + two)
    seen = inspect(workspace, path)
    assert (seen.kind, seen.mapping.column_of("account")) == ("reports", "店铺名称")
    commit(workspace, path, seen.mapping)
    corrected = import_file(workspace, write(tmp_path, (header + one).replace(",100\n", ",90\n"), "one.csv"))
    assert (corrected.added, corrected.restated, corrected.duplicates) == (0, 1, 1)
    said = workspace.rows("select account, item, cast(figures['revenue'] as integer) from report order by all")
    assert said == [("乙店", "跑鞋", 70), ("甲店", "袜子", 20), ("甲店", "跑鞋", 90)]


def test_figures_kept_before_their_account_was_read_are_met_by_it(workspace: Workspace, tmp_path: Path) -> None:
    header = "统计日期,店铺名称,商品名称,访客数,支付金额\n"
    one = "2026-07-01,甲店,跑鞋,10,100\n2026-07-01,甲店,袜子,4,20\n"
    two = "2026-07-01,乙店,跑鞋,7,70\n"
    path = write(tmp_path, header + one + two, "old.csv")
    mapping = inspect(workspace, path).mapping
    unread = {column: field for column, field in mapping.columns.items() if field != "account"}
    commit(workspace, path, replace(mapping, columns=unread))
    assert workspace.rows("select distinct account from report") == [(None,)]
    newer = header + one + two.replace("70", "75") + "2026-07-02,乙店,跑鞋,1,5\n"
    for name, added, restated in (("newer.csv", 1, 3), ("again.csv", 0, 0)):
        result = commit(workspace, write(tmp_path, newer + "\n" * (name == "again.csv"), name), mapping)
        assert (result.added, result.restated) == (added, restated)
    of_one = commit(workspace, write(tmp_path, header + two, "two.csv"), mapping)
    assert (of_one.added, of_one.restated) == (0, 1)
    said = workspace.rows("select day, account, item, cast(figures['revenue'] as integer) from report order by all")
    assert [row[1:] for row in said] == [
        ("乙店", "跑鞋", 70),
        ("甲店", "袜子", 20),
        ("甲店", "跑鞋", 100),
        ("乙店", "跑鞋", 5),
    ]


def test_a_range_of_one_shop_does_not_give_way_to_days_of_another(workspace: Workspace, tmp_path: Path) -> None:
    text = "开始日期,结束日期,店铺名称,商品名称,访客数,支付金额\n2026-07-01,2026-07-02,甲店,鞋,100,200\n"
    text += "2026-07-01,2026-07-01,乙店,鞋,10,20\n2026-07-02,2026-07-02,乙店,鞋,10,20\n"
    imported(workspace, tmp_path, text)
    section = workspace.rows("select distinct section from report")[0][0]
    period = Period(first_day=date(2026, 7, 1), last_day=date(2026, 7, 2))
    assert report_figures(workspace, section, period)["revenue"].to_list() == [240]
    assert report_figures(workspace, section, period, by="item")["visitors"].to_list() == [120]
    own_days = "开始日期,结束日期,店铺名称,商品名称,访客数,支付金额\n"
    own_days += "2026-07-01,2026-07-01,甲店,鞋,60,150\n2026-07-02,2026-07-02,甲店,鞋,40,60\n"
    imported(workspace, tmp_path, own_days)
    assert report_figures(workspace, section, period)["revenue"].to_list() == [250]


def test_the_account_of_a_marketplace_s_orders_is_their_shop_and_that_of_customers_is_not(
    workspace: Workspace, tmp_path: Path
) -> None:
    header = "order_id,order date,total,account\n"
    shops = "".join(f"{n},2026-07-{n:02},10,{'North' if n % 2 else 'South'}\n" for n in range(1, 21))
    people = "".join(f"{n},2026-07-{n:02},10,Company {n}\n" for n in range(1, 21))
    assert inspect(workspace, write(tmp_path, header + shops)).mapping.column_of("store_id") == "account"
    assert inspect(workspace, write(tmp_path, header + people, "b.csv")).mapping.column_of("store_id") is None

"""One order is one purchase, whatever number of lines, refunds and states its files have."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from omnidash.engine.journeys import journeys_of
from omnidash.ingest.run import commit, import_file, inspect, rejects, rollback
from omnidash.journeys.paths import paths
from omnidash.store import Workspace
from tests.unit.ingest_files import ORDERS, imported, says, write


def entries(workspace: Workspace) -> list[tuple[object, ...]]:
    return workspace.rows("select order_id, action, revenue from event order by order_id, action")


def test_paid_unpaid_and_refunded_orders(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, ORDERS)
    assert (result.kind, result.rows_read, result.added) == ("orders", 3, 3)
    assert entries(workspace) == [
        ("1001", "purchase", Decimal(200)),
        ("1002", "order_created", None),
        ("1003", "purchase", Decimal(50)),
        ("1003", "refund", Decimal(-20)),
    ]
    assert result.sums == {"revenue": "250", "refund": "20", "unpaid": "80"}
    assert workspace.rows("select ts::varchar, day::varchar from event where order_id = '1001'") == [
        ("2026-07-01 02:01:00", "2026-07-01")  # paid, in UTC
    ]


def test_an_order_paid_later_becomes_a_purchase(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDERS)
    before = says(workspace)
    later = ORDERS.replace("11:00:00,,", "11:00:00,2026-07-01 12:00:00,").replace("等待买家付款", "卖家已发货")
    result = imported(workspace, tmp_path, later)
    assert (result.added, result.restated, result.duplicates) == (0, 1, 2)
    assert ("1002", "purchase", Decimal(80)) in entries(workspace)
    rollback(workspace, result.batch_id)
    assert says(workspace) == before


def test_a_refund_in_a_later_file_and_its_withdrawal(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDERS)
    result = imported(
        workspace, tmp_path, ORDERS.replace("200.00,0", "200.00,200.00").replace("50.00,20.00", "50.00,0")
    )
    assert (result.added, result.restated, result.duplicates) == (0, 2, 1)
    assert [e for e in entries(workspace) if e[1] == "refund"] == [("1001", "refund", Decimal(-200))]


def test_amounts_that_have_refunds_taken_off_are_made_whole(workspace: Workspace, tmp_path: Path) -> None:
    file = "订单编号,总金额,买家实际支付金额,订单创建时间,订单付款时间,退款金额\n6,327.7,148.9,2026-07-01,2026-07-01,178.8\n"
    imported(workspace, tmp_path, file)
    assert entries(workspace) == [("6", "purchase", Decimal("327.7")), ("6", "refund", Decimal("-178.8"))]


def test_lines_of_one_order_are_added_and_two_identical_lines_are_two_pieces(
    workspace: Workspace, tmp_path: Path
) -> None:
    file = (
        "order_id,time,email,sku,revenue\n"
        "7,2026-07-01 10:00:00,ana@shop.example,a,10\n7,2026-07-01 10:00:00,ana@shop.example,b,10\n"
        "8,2026-07-01 10:00:00,bo@shop.example,a,10\n8,2026-07-01 10:00:00,bo@shop.example,a,10\n"
    )
    result = imported(workspace, tmp_path, file)
    assert (result.rows_read, result.added, result.duplicates) == (4, 4, 0)
    assert entries(workspace) == [("7", "purchase", Decimal(20)), ("8", "purchase", Decimal(20))]


LINE = "{},2026-07-0{} 10:00:00,{},1,10\n"


def test_an_export_put_together_with_itself_counts_once_however_it_is_sorted(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = [LINE.format(order, order, sku) for order in range(1, 7) for sku in ("a", "a", "b")[: 1 + order % 3]]
    header = "order_id,time,sku,quantity,revenue\n"
    once = imported(workspace, tmp_path, header + "".join(rows))
    before = says(workspace)
    for name, text in (("twice.csv", rows + rows), ("sorted.csv", [row for row in rows for _ in "12"])):
        again = imported(workspace, tmp_path, header + "".join(text), name)
        if name == "twice.csv":
            assert (again.added, again.duplicates, again.sums) == (0, 2 * len(rows), once.sums)
            assert says(workspace) == before
    all_alike = [LINE.format(order, order, "a") for order in range(1, 7)]
    result = imported(workspace, tmp_path, header + "".join(row for row in all_alike for _ in "12"), "alike.csv")
    assert result.sums == {"revenue": "60"}


def test_a_row_of_an_order_without_lines_that_stands_there_twice_counts_once(
    workspace: Workspace, tmp_path: Path
) -> None:
    row = "1,2026-07-01 10:00:00,89\n"
    result = imported(workspace, tmp_path, "order_id,time,revenue\n" + row + row)
    assert (result.added, result.duplicates, result.sums) == (1, 1, {"revenue": "89"})


def test_values_on_the_first_line_only_count_for_the_order(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "Name,Email,Financial Status,Paid at,Total,Created at,Lineitem name\n"
        '#1,ana@shop.example,paid,2026-01-24 17:34:28 +0500,30.00,2026-01-24 17:34:28 +0500,"Shoe,\nred"\n'
        "#1,ana@shop.example,,,,,Sock\n"
    )
    result = imported(workspace, tmp_path, file)
    assert (result.profile, result.rows_read, result.added) == ("shopify_orders", 2, 2)
    assert workspace.rows("select order_id, revenue, ts::varchar from event") == [
        ("#1", Decimal(30), "2026-01-24 12:34:28")
    ]


def test_cancelled_before_and_after_payment(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "订单编号,订单创建时间,订单付款时间,实付金额,订单状态\n"
        "1,2026-07-01 10:00:00,,90,交易关闭\n2,2026-07-01 10:00:00,2026-07-01 10:01:00,90,交易关闭\n"
    )
    imported(workspace, tmp_path, file)
    assert entries(workspace) == [
        ("1", "order_cancelled", None),
        ("2", "purchase", Decimal(90)),
        ("2", "refund", Decimal(-90)),
    ]
    assert workspace.rows("select is_touch from stage where action = 'order_cancelled'") == [(False,)]


def test_an_order_without_any_time_is_set_aside(workspace: Workspace, tmp_path: Path) -> None:
    file = "order_id,time,revenue\n1,,5\n2,2026-07-01 10:00:00,6\n"
    result = imported(workspace, tmp_path, file)
    assert (result.added, result.rejected) == (1, 1)
    assert rejects(workspace, result.batch_id)[0]["reason"].english() == "time is missing"


def test_two_shops_with_the_same_numbers_stay_two(workspace: Workspace, tmp_path: Path) -> None:
    file = "order_id,time,revenue\n1,2026-07-01 10:00:00,5\n"
    import_file(workspace, write(tmp_path, file), channel="Shop A")
    result = import_file(workspace, write(tmp_path, file.replace(",5", ",6")), channel="Shop B")
    assert (result.added, len(entries(workspace))) == (1, 2)


def test_the_shop_of_an_order_is_no_touch(workspace: Workspace, tmp_path: Path) -> None:
    import_file(workspace, write(tmp_path, ORDERS), channel="tmall")
    assert workspace.rows("select distinct is_touch from event") == [(False,)]


def test_without_a_revenue_column_an_order_is_worth_its_lines(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "order_id,time,sku,quantity,unit_price\n"
        "1,2026-07-01 10:00:00,a,3,1.10\n1,2026-07-01 10:00:00,b,2,0.005\n2,2026-07-01 11:00:00,a,1,1.10\n"
    )
    result = imported(workspace, tmp_path, file)
    assert entries(workspace) == [("1", "purchase", Decimal("3.31")), ("2", "purchase", Decimal("1.1"))]
    assert result.sums == {"revenue": "4.41"}


def test_an_order_below_zero_is_a_refund_of_its_own_on_its_own_day(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
        "536379,D,5,2026-07-01 10:00:00,2.50,17850\nC536379,D,-1,2026-07-03 10:00:00,27.50,14527\n"
        "A563187,B,1,2026-07-04 10:00:00,-11.06,\n"
    )
    result = imported(workspace, tmp_path, file)
    assert workspace.rows("select order_id, action, day::varchar, revenue from event order by day") == [
        ("536379", "purchase", "2026-07-01", Decimal("12.5")),
        ("C536379", "refund", "2026-07-03", Decimal("-27.5")),
        ("A563187", "refund", "2026-07-04", Decimal("-11.06")),
    ]
    assert result.sums == {"revenue": "12.5", "refund": "38.56"}
    assert workspace.rows("select count(*) from event where identifier_id is null") == [(1,)]


def test_identical_lines_are_pieces_of_the_order_and_a_stretch_that_comes_again_is_not(
    workspace: Workspace, tmp_path: Path
) -> None:
    def line(order: int) -> str:
        return f"{order},2026-07-01 10:00:00,a,1,10\n"

    twice_each = line(1) + line(1) + line(2) + line(2)
    result = imported(workspace, tmp_path, "order_id,time,sku,quantity,unit_price\n" + twice_each + twice_each)
    assert (result.rows_read, result.added, result.duplicates) == (8, 4, 4)
    assert entries(workspace) == [("1", "purchase", Decimal(20)), ("2", "purchase", Decimal(20))]
    assert workspace.rows("select count(*), count(distinct order_line_id) from order_line") == [(4, 4)]


def test_an_order_with_a_line_that_cannot_be_read_is_set_aside_whole(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "order_id,time,sku,quantity,unit_price\n"
        "1,2026-07-01 10:00:00,a,1,10\n1,2026-07-01 10:00:00,b,many,10\n2,2026-07-01 10:00:00,a,1,10\n"
    )
    result = imported(workspace, tmp_path, file)
    assert (result.added, result.rejected, result.duplicates) == (1, 2, 0)
    assert entries(workspace) == [("2", "purchase", Decimal(10))]


def test_lines_that_cost_nothing_are_no_purchase(workspace: Workspace, tmp_path: Path) -> None:
    file = "order_id,time,sku,quantity,unit_price\n1,2026-07-01 10:00:00,a,-9,0\n2,2026-07-01 10:00:00,a,1,0\n"
    result = imported(workspace, tmp_path, file)
    assert (result.added, result.sums) == (2, {"revenue": "0"})
    assert entries(workspace) == [("1", "order_created", None), ("2", "order_created", None)]


@pytest.mark.parametrize(
    ("header", "lines", "expected"),
    [
        ("订单金额", ["89|x", "89|y"], 89),  # the header speaks of the order
        ("商品金额小计", ["89|x", "89|y"], 178),  # of lines
        ("实付金额", ["89|x", "89|y"], 178),  # of neither, and one order alone tells nothing
        ("订单金额", ["89|x", "80|y"], 169),  # different amounts are the lines' own, whatever the header
        ("订单金额", ["89|x", "|y"], 89),  # on the first line only
        ("订单金额", ["89|x", "89|x"], 89),  # the same line twice
        ("实付金额", ["0|x", "0|y"], 0),
    ],
)
def test_whose_amount_stands_on_a_line(
    workspace: Workspace, tmp_path: Path, header: str, lines: list[str], expected: int
) -> None:
    rows = "".join(f"1001,2026-07-01 10:00:00,{line.replace('|', ',')}\n" for line in lines)
    imported(workspace, tmp_path, f"订单编号,订单创建时间,{header},商品名称\n{rows}")
    assert entries(workspace) == [("1001", "purchase", Decimal(expected))]


def many_orders(amounts: list[int]) -> str:
    rows = [f"{n},2026-07-01 10:00:00,{a},{p}" for n, a in enumerate(amounts) for p in "xy"]
    return "\n".join(["订单编号,订单创建时间,实付金额,商品名称", *rows]) + "\n"


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [([10, 20, 30, 10], 140), ([10, 10, 10, 10, 10], 100)],
    ids=["four orders", "one price for all"],
)
def test_few_orders_or_one_price_say_nothing_of_whose_amount_it_is(
    workspace: Workspace, tmp_path: Path, amounts: list[int], expected: int
) -> None:
    result = imported(workspace, tmp_path, many_orders(amounts))
    assert result.sums == {"revenue": str(expected)}


@pytest.mark.parametrize(("amount", "expected"), [("95", "95"), ("47.5", "95")], ids=["order total", "line amounts"])
def test_prices_tell_whose_amount_it_is(workspace: Workspace, tmp_path: Path, amount: str, expected: str) -> None:
    """Two pieces at 50 with a discount of 5: 95 on each line is the order's, 47.50 on each the line's."""
    file = (
        "order_id,time,revenue,sku,quantity,unit_price\n"
        f"1,2026-07-01 10:00:00,{amount},a,1,50\n1,2026-07-01 10:00:00,{amount},b,1,50\n"
    )
    result = imported(workspace, tmp_path, file)
    assert result.sums == {"revenue": expected}
    assert workspace.rows("select sum(amount) from order_line") == [(Decimal(100),)]


def test_the_mapping_may_say_whose_amount_it_is(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, many_orders([10]))
    mapping = replace(inspect(workspace, path).mapping, amount_level="order")
    result = commit(workspace, path, mapping)
    assert result.sums == {"revenue": "10"}
    assert [w.english() for w in result.warnings][-1:] == [
        "'实付金额' stands on every line of an order and counts once for it"
    ]


def test_a_refund_repeated_on_every_line_counts_once(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "订单编号,订单创建时间,订单金额,订单已退款金额,商品名称\n"
        "1,2026-07-01 10:00:00,90,30,x\n1,2026-07-01 10:00:00,90,30,y\n"
    )
    imported(workspace, tmp_path, file)
    assert entries(workspace) == [("1", "purchase", Decimal(90)), ("1", "refund", Decimal(-30))]


def test_refunds_written_below_zero_are_refunds(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, "order_id,time,revenue,refund\n1,2026-07-01 10:00:00,90,-30\n")
    assert entries(workspace) == [("1", "purchase", Decimal(90)), ("1", "refund", Decimal(-30))]


def test_a_refund_above_the_revenue_is_kept_and_said(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, "order_id,time,revenue,refund\n1,2026-07-01 10:00:00,90,100\n")
    assert ("1", "refund", Decimal(-100)) in entries(workspace)
    assert "1 order was refunded more than was paid for it, 1;" in result.warnings[-1].english()


def test_unpaid_and_cancelled_amounts_are_summed_apart(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "订单编号,订单创建时间,付款时间,实付金额,订单状态\n"
        "1,2026-07-01 10:00:00,2026-07-01 10:00:00,10,交易成功\n2,2026-07-01 10:00:00,,20,等待买家付款\n"
        "3,2026-07-01 10:00:00,,40,交易关闭\n4,2026-07-01 10:00:00,2026-07-01 10:00:00,80,交易关闭\n"
    )
    assert imported(workspace, tmp_path, file).sums == {"revenue": "90", "refund": "80", "unpaid": "60"}


def test_a_late_refund_does_not_say_that_its_day_has_been_delivered(workspace: Workspace, tmp_path: Path) -> None:
    file = "order_id,time,revenue,refund,refund_time\n1,2026-07-01 10:00:00,90,30,2026-07-09 08:00:00\n"
    result = imported(workspace, tmp_path, file)
    assert result.last_day == date(2026, 7, 1)
    assert workspace.rows("select watermark < timestamp '2026-07-02' from batch") == [(True,)]
    assert workspace.rows("select day::varchar from event where action = 'refund'") == [("2026-07-09",)]


def test_an_id_that_a_spreadsheet_has_shortened_sets_its_row_aside_and_says_how_to_export_it(
    workspace: Workspace, tmp_path: Path
) -> None:
    file = (
        "order_id,time,revenue,member_id\n1.01712E+12,2026-07-01 10:00:00,10,M1\n"
        "1017120000001,2026-07-02 10:00:00,20,1.3812E+10\n1017120000002,2026-07-02 10:00:00,5,E+M2\n"
    )
    result = imported(workspace, tmp_path, file)
    assert (result.added, result.rejected, result.sums) == (1, 2, {"revenue": "5"})
    aside = rejects(workspace, result.batch_id)
    assert [row["column"] for row in aside] == ["order_id", "member_id"]
    assert "a spreadsheet has shortened '1.01712E+12'" in aside[0]["reason"].english()
    assert "set the column to text" in aside[0]["reason"].english()


def test_one_id_however_a_spreadsheet_writes_it(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "order_id,time,revenue,customer_id\n'00123,2026-07-01 10:00:00,10,17850.0\n1001.0,2026-07-02 10:00:00,20,17850\n"
        "1002,2026-07-03 10:00:00,30,'17850\n1.10,2026-07-04 10:00:00,5,017850\n"
    )
    imported(workspace, tmp_path, file)
    assert [row[0] for row in entries(workspace)] == ["00123", "1.10", "1001", "1002"]
    assert workspace.rows("select count(distinct identifier_id) from event") == [(2,)]


def test_of_an_order_the_amount_to_be_paid_counts_and_a_deleted_one_was_not_paid(
    workspace: Workspace, tmp_path: Path
) -> None:
    file = (
        "订单号,商品名称,下单时间,京东价,订单金额,应付金额,订单状态,下单帐号,付款确认时间\n"
        "301,面霜,2026-07-01 10:00:00,199,199,189,完成,jd_abc,2026-07-01 10:01:00\n"
        "302,面霜,2026-07-01 11:00:00,199,199,199,(删除)等待出库,jd_abd,\n"
        "303,面霜,2026-07-01 12:00:00,199,199,199,（已删除）完成,jd_abe,\n"
    )
    imported(workspace, tmp_path, file)
    assert [entry for entry in entries(workspace) if entry[1] == "purchase"] == [("301", "purchase", Decimal(189))]


@pytest.mark.parametrize(("header", "refunded"), [("Refunded", "10.00"), ("Total refunded", "10"), ("已退款", "10")])
def test_what_was_refunded_is_a_refund(workspace: Workspace, tmp_path: Path, header: str, refunded: str) -> None:
    file = f"Order ID,Order Date,Order Total,{header}\n501,2026-07-01,59.90,0\n503,2026-07-01,30.00,{refunded}\n"
    imported(workspace, tmp_path, file)
    assert ("503", "refund", Decimal(-10)) in entries(workspace)


def test_a_column_that_says_whether_an_order_was_refunded_is_no_amount(workspace: Workspace, tmp_path: Path) -> None:
    file = "Order ID,Order Date,Order Total,Refunded\n501,2026-07-01,59.90,0\n503,2026-07-01,30.00,1\n"
    assert "refund" not in inspect(workspace, write(tmp_path, file)).mapping.columns.values()


def test_the_channel_of_an_order_in_our_own_format_is_a_touch(workspace: Workspace, tmp_path: Path) -> None:
    header = "order_id,time,paid_time,revenue,refund,refund_time,channel,customer_id"
    row = "O1,2026-06-01 10:00:00,2026-06-01 10:05:00,300,100,2026-06-03 09:00:00,wechat,g"
    result = import_file(workspace, write(tmp_path, f"{header}\n{row}\n"))
    assert result.profile == "plain_orders"
    (path,) = paths(journeys_of(workspace)).frame.filter(pl.col("conversions") > 0).iter_rows(named=True)
    assert (path["path"], path["value"]) == (["wechat"], 200.0)

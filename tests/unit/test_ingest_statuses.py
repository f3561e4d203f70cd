"""What the status of an order, or of its refund, says about its money."""

from decimal import Decimal
from pathlib import Path

import duckdb

from omnidash.ingest.rows.statuses import meaning_sql
from omnidash.ingest.run import dry_run, inspect
from omnidash.store import Workspace
from tests.unit.ingest_files import imported, write

STATUSES = {
    "paid": "Paid|PAID|completed|Complete|wc-processing|Awaiting Shipment|AWAITING_FULFILLMENT|Awaiting pickup|Shipped|"
    "Partially shipped|Delivered|Unfulfilled|Not cancelled|Refund requested|Refund rejected|Not refunded|succeeded|"
    "交易成功|卖家已发货，等待买家确认收货|买家已付款，等待卖家发货|待发货|已完成|已签收|退款中|退款关闭|未发货|未退款|已支付|prepaid|bezahlt",
    "unpaid": "pending|Pending payment|Awaiting Payment|Payment unsuccessful|Not completed|Not yet paid|unpaid|failed|"
    "Payment failed|partially_paid|Partially paid|on-hold|authorized|requires_payment_method|Incomplete|declined|Expired|"
    "等待买家付款|待付款|支付失败|未完成|未付款|拒付|部分付款|unbezahlt|Impayé",
    "cancelled": "Cancelled|canceled|Voided|TRADE_CLOSED|交易关闭|已取消|已关闭|Cancelled by customer|storniert|Annulé",
    "refunded": "Refunded|refunded|已退款|退款成功|全额退款|Chargeback|Cancelled, refunded|已取消（退款成功）|remboursé",
    "partly_refunded": "partially_refunded|Partially Refunded|部分退款|Partial refund",
    "closed": "Closed|closed|Archived",
    None: "Undelivered|Not delivered|未签收|拒收|Confirmed|Open|待确认|New|Successor|unsuccessor|Shipper",
}  # fmt: skip


def test_what_a_status_says() -> None:
    words = [(word, meaning) for meaning, said in STATUSES.items() for word in said.split("|")]
    cursor = duckdb.connect()
    cursor.execute("create table told (word varchar, meaning varchar)")
    cursor.executemany("insert into told values (?, ?)", words)
    taken = f"select word, meaning, {meaning_sql('word')} as taken from told"
    assert cursor.execute(f"select * from ({taken}) where taken is distinct from meaning").fetchall() == []


def said(workspace: Workspace) -> list[tuple[object, ...]]:
    return workspace.rows("select order_id, action, revenue from event order by order_id, action")


def test_a_status_of_refunded_without_an_amount_gives_all_of_it_back(workspace: Workspace, tmp_path: Path) -> None:
    file = "order_id,time,revenue,status\n1,2026-07-01 10:00:00,100,Refunded\n2,2026-07-01 10:00:00,50,Paid\n"
    result = imported(workspace, tmp_path, file)
    assert said(workspace) == [
        ("1", "purchase", Decimal(100)), ("1", "refund", Decimal(-100)), ("2", "purchase", Decimal(50)),
    ]  # fmt: skip
    assert result.sums == {"revenue": "150", "refund": "100"}
    told = "1 order was given back by its status; the file names no amount, so all of it counts"
    assert told in [w.english() for w in result.warnings]


def test_an_amount_of_refund_is_believed_before_the_status(workspace: Workspace, tmp_path: Path) -> None:
    file = "order_id,time,revenue,refund,status\n1,2026-07-01 10:00:00,100,30,Refunded\n"
    assert imported(workspace, tmp_path, file).sums == {"revenue": "100", "refund": "30"}


def test_a_status_of_the_refund_beside_that_of_the_order_is_heard(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "主订单编号,子订单编号,商品数量,订单应付金额,订单提交时间,订单状态,售后状态\n"
        "1,11,1,100,2026-07-01 10:00:00,已完成,退款成功\n1,12,1,40,2026-07-01 10:00:00,已完成,-\n"
        "2,21,1,30,2026-07-01 10:00:00,已完成,售后关闭\n"
    )
    result = imported(workspace, tmp_path, file)
    assert result.profile == "doudian_orders"
    assert result.sums == {"revenue": "170", "refund": "100"}  # of the first line alone


def test_lines_with_statuses_of_their_own_go_their_own_ways(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "order_id,time,paid_time,sku,quantity,revenue,status\n"
        "1,2026-07-01 10:00:00,,a,1,10,Cancelled\n1,2026-07-01 10:00:00,2026-07-01 10:00:00,b,1,20,Paid\n"
        "1,2026-07-01 10:00:00,2026-07-01 10:00:00,c,1,40,Refunded\n1,2026-07-01 10:00:00,,d,1,80,pending\n"
    )
    result = imported(workspace, tmp_path, file)
    # the cancelled line was paid with its order and given back; the pending one was not
    assert result.sums == {"revenue": "70", "refund": "50", "unpaid": "80"}
    assert said(workspace) == [("1", "purchase", Decimal(70)), ("1", "refund", Decimal(-50))]


def test_an_order_given_back_in_part_by_an_unnamed_amount_is_told(workspace: Workspace, tmp_path: Path) -> None:
    file = "order_id,time,revenue,status\n1,2026-07-01 10:00:00,100,Partially refunded\n"
    result = imported(workspace, tmp_path, file)
    assert result.sums == {"revenue": "100"}
    assert any("given back in part and the file does not say how much" in w.english() for w in result.warnings)


def test_a_closed_order_of_shopify_is_no_cancelled_one(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "Name,Financial Status,Paid at,Total,Created at,Cancelled at\n"
        "#1,closed,2026-07-01 10:00:00,5,2026-07-01 10:00:00,\n"
        "#2,paid,2026-07-01 10:00:00,7,2026-07-01 10:00:00,2026-07-02 09:00:00\n"
    )
    result = imported(workspace, tmp_path, file)
    assert result.profile == "shopify_orders"
    assert [row[:2] for row in said(workspace)] == [("#1", "purchase"), ("#2", "purchase")]


def test_the_dry_run_shows_what_each_status_is_taken_for_and_the_unknown_are_said(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = [("1", "Paid"), ("2", "Paid"), ("3", "Fancy"), ("4", "Voided")]
    text = "order_id,time,revenue,status\n" + "".join(f"{n},2026-07-01 10:00:00,5,{status}\n" for n, status in rows)
    path = write(tmp_path, text)
    would = dry_run(workspace, path, inspect(workspace, path).mapping)
    assert [(one.status, one.meaning, one.orders) for one in would.statuses] == [
        ("Fancy", None, 1), ("Paid", "paid", 2), ("Voided", "cancelled", 1),
    ]  # fmt: skip
    told = "nobody knows what this status means: 'Fancy'; its order is taken as paid"
    assert told in [w.english() for w in would.warnings]


def test_a_later_export_that_cannot_speak_of_refunds_leaves_a_known_one(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, "order_id,time,revenue,refund\n1,2026-07-01 10:00:00,100,30\n", "a.csv")
    later = imported(workspace, tmp_path, "order_id,time,revenue\n1,2026-07-01 10:00:00,100\n", "b.csv")
    assert (later.restated, later.duplicates) == (0, 1)
    corrected = imported(workspace, tmp_path, "order_id,time,revenue\n1,2026-07-01 10:00:00,110\n", "c.csv")
    assert corrected.restated == 1
    assert said(workspace) == [("1", "purchase", Decimal(110)), ("1", "refund", Decimal(-30))]
    taken_back = imported(workspace, tmp_path, "order_id,time,revenue,refund\n1,2026-07-01 10:00:00,110,0\n", "d.csv")
    assert taken_back.restated == 1
    assert said(workspace) == [("1", "purchase", Decimal(110))]


def test_a_refund_that_only_a_status_told_ends_with_the_status(workspace: Workspace, tmp_path: Path) -> None:
    text = "order_id,time,revenue,status\n1,2026-07-01 10:00:00,100,{}\n"
    imported(workspace, tmp_path, text.format("Refunded"), "a.csv")
    imported(workspace, tmp_path, text.format("Paid"), "b.csv")
    assert said(workspace) == [("1", "purchase", Decimal(100))]


def test_refunds_of_orders_that_are_written_with_both_signs_are_all_given_back(
    workspace: Workspace, tmp_path: Path
) -> None:
    file = "order_id,time,revenue,refund\n1,2026-07-01 10:00:00,200,-100\n2,2026-07-01 10:00:00,90,20\n"
    result = imported(workspace, tmp_path, file)
    assert result.sums == {"revenue": "290", "refund": "120"}
    assert any("holds amounts above and below zero" in w.english() for w in result.warnings)


PAYPAL = """\
"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","Transaction ID"
"2026-07-11","09:10:22","PDT","Jane","Express Checkout Payment","Completed","CNY","1,200.75","-1.20","1,199.55","7XK0"
"2026-07-12","09:10:22","PDT","Jane","Payment Refund","Completed","CNY","-33.00","0.00","-33.00","7XK1"
"2026-07-13","09:10:22","PDT","","General Withdrawal","Completed","CNY","-500.00","0.00","-500.00","7XK2"
"2026-07-13","09:10:22","PDT","","General Currency Conversion","Completed","CNY","-7.00","0.00","-7.00","7XK3"
"2026-07-13","09:10:22","PDT","","Chargeback Fee","Completed","CNY","-20.00","0.00","-20.00","7XK4"
"""


def test_money_of_an_account_that_is_no_sale_is_left_out_and_named(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, PAYPAL)
    assert result.profile == "paypal_activity"
    assert (result.added, result.skipped_totals, result.sums) == (2, 3, {"revenue": "1200.75", "refund": "33"})
    told = [w.english() for w in result.warnings]
    assert (
        "3 rows are none of what the file is about and are left out: Chargeback Fee (1),"
        " General Currency Conversion (1), General Withdrawal (1)"
    ) in told


def test_a_test_payment_of_stripe_is_no_sale(workspace: Workspace, tmp_path: Path) -> None:
    row = "ch_{},2026-07-01 20:00:00,{},0.00,cny,true,{},Paid\n"
    header = "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Mode,Status\n"
    result = imported(workspace, tmp_path, header + row.format(1, "10.00", "Live") + row.format(2, "20.00", "Test"))
    assert (result.skipped_totals, result.sums["revenue"]) == (1, "10")


def test_what_was_given_back_on_a_cancelled_order_had_been_paid(workspace: Workspace, tmp_path: Path) -> None:
    text = "订单编号,下单时间,订单状态,用户支付金额,退款金额\n5001,2026-07-01,订单完成,60,0\n5002,2026-07-02,订单取消,29,29\n5003,2026-07-03,订单取消,31,0\n"
    result = imported(workspace, tmp_path, text)
    assert {name: result.sums.get(name) for name in ("revenue", "refund", "unpaid")} == {
        "revenue": "89",
        "refund": "29",
        "unpaid": "31",
    }

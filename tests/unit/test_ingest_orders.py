"""One order is one purchase, whatever number of lines, refunds and states its files have."""

from decimal import Decimal
from pathlib import Path

from omnidash.ingest.run import import_file, rejects, rollback
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


def test_lines_of_one_order_are_added_and_a_repeated_line_is_a_duplicate(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "order_id,time,email,sku,revenue\n"
        "7,2026-07-01 10:00:00,ana@shop.example,a,10\n7,2026-07-01 10:00:00,ana@shop.example,b,10\n"
        "8,2026-07-01 10:00:00,bo@shop.example,a,10\n8,2026-07-01 10:00:00,bo@shop.example,a,10\n"
    )
    result = imported(workspace, tmp_path, file)
    assert (result.rows_read, result.added, result.duplicates) == (4, 3, 1)
    assert entries(workspace) == [("7", "purchase", Decimal(20)), ("8", "purchase", Decimal(10))]


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

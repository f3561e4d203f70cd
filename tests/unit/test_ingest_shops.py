"""Two shops of one file number their orders alike; whatever files they come in, their orders stay two."""

import itertools
from pathlib import Path

import pytest

from omnidash.engine.refunds import MATCHED, unmatched_refunds
from omnidash.ingest.run import import_file, rollback
from omnidash.store import Workspace
from tests.unit.ingest_files import write

HEADER = "订单编号,订单付款时间,买家实际支付金额,店铺名称\n"
A = "1001,2026-07-01 10:00:00,20,甲店\n1002,2026-07-02 10:00:00,30,甲店\n"
B = "1001,2026-07-05 12:00:00,50,乙店\n1003,2026-07-06 12:00:00,70,乙店\n"
ORDERS = [("1001", "乙店", 50), ("1001", "甲店", 20), ("1002", "甲店", 30), ("1003", "乙店", 70)]


def taken(ws: Workspace, folder: Path, text: str, name: str = "orders.csv"):
    return import_file(ws, write(folder, text, name))


def orders(ws: Workspace) -> list[tuple[object, ...]]:
    return ws.rows(
        "select order_id, store_id, cast(revenue as integer) from event where action = 'purchase' order by all"
    )


def test_orders_of_one_number_in_two_shops_are_two(workspace: Workspace, tmp_path: Path) -> None:
    result = taken(workspace, tmp_path, HEADER + A + B)
    assert (result.added, result.restated, result.duplicates, result.rejected) == (4, 0, 0, 0)
    assert orders(workspace) == ORDERS
    assert any(w.english().startswith("order number 1001 stands under several shops; each") for w in result.warnings)
    again = taken(workspace, tmp_path, HEADER + B + A, "again.csv")
    assert (again.added, again.restated, again.duplicates) == (0, 0, 4)


FILES = {"a.csv": HEADER + A, "b.csv": HEADER + B, "both.csv": HEADER + A + B, "mixed.csv": HEADER + B + A}


@pytest.mark.parametrize("names", itertools.permutations(FILES, 3))
def test_in_whatever_files_the_shops_come_their_orders_are_the_same(
    workspace: Workspace, tmp_path: Path, names: tuple[str, ...]
) -> None:
    results = [taken(workspace, tmp_path, FILES[name], name) for name in names]
    assert orders(workspace) == ORDERS
    assert sum(r.added for r in results) == 4
    assert not any(r.restated for r in results)


def test_a_correction_finds_the_order_of_its_shop(workspace: Workspace, tmp_path: Path) -> None:
    taken(workspace, tmp_path, HEADER + A + B)
    corrected = taken(workspace, tmp_path, (HEADER + B).replace(",50,", ",45,"), "b.csv")
    assert (corrected.added, corrected.restated, corrected.duplicates) == (0, 1, 1)
    assert ("1001", "乙店", 45) in orders(workspace)
    assert ("1001", "甲店", 20) in orders(workspace)
    rollback(workspace, corrected.batch_id)
    assert orders(workspace) == ORDERS


def test_an_order_known_without_its_shop_is_met_by_number(workspace: Workspace, tmp_path: Path) -> None:
    taken(workspace, tmp_path, "订单编号,订单付款时间,买家实际支付金额\n1002,2026-07-02 10:00:00,30\n")
    result = taken(workspace, tmp_path, HEADER + A, "a.csv")
    assert (result.added, result.restated) == (1, 1)
    assert [row[0] for row in orders(workspace)] == ["1001", "1002"]


def test_a_refund_is_of_the_order_of_its_shop(workspace: Workspace, tmp_path: Path) -> None:
    text = "订单编号,订单付款时间,买家实际支付金额,退款金额,店铺名称\n"
    text += "1001,2026-07-01 10:00:00,20,,甲店\n1001,2026-07-05 12:00:00,50,45,乙店\n"
    taken(workspace, tmp_path, text)
    refunds = workspace.rows("select order_id, store_id, cast(revenue as integer) from event where action = 'refund'")
    assert refunds == [("1001", "乙店", -45)]
    assert unmatched_refunds(workspace).is_empty()
    matched = workspace.rows(
        f"with {MATCHED} select p.store_id from matched join event p using (event_id)",
        {"goal": "purchase", "refund": "refund"},
    )
    assert matched == [("乙店",)]


def test_lines_that_two_shops_deliver_at_one_moment_are_one_order(workspace: Workspace, tmp_path: Path) -> None:
    text = "order_id,time,sku,item,revenue,store_id\n"
    text += "1001,2026-07-01 10:00:00,a,Shoe,20,North\n1001,2026-07-01 10:00:00,b,Sock,5,South\n"
    result = taken(workspace, tmp_path, text)
    assert [(row[0], row[2]) for row in orders(workspace)] == [("1001", 25)]
    assert any("at one moment" in w.english() for w in result.warnings)


def test_a_line_without_a_shop_is_of_the_order_above_it(workspace: Workspace, tmp_path: Path) -> None:
    text = "order_id,time,sku,item,revenue,store_id\n"
    text += "1001,2026-07-01 10:00:00,a,Shoe,20,North\n1001,,b,Sock,5,\n"
    text += "1001,2026-07-09 10:00:00,a,Shoe,21,South\n1001,,c,Cap,7,\n"
    taken(workspace, tmp_path, text)
    assert orders(workspace) == [("1001", "North", 25), ("1001", "South", 28)]
    lines = workspace.rows("select order_id, item, cast(amount as integer) from order_line order by all")
    assert lines == [("1001", "Cap", 7), ("1001", "Shoe", 20), ("1001", "Shoe", 21), ("1001", "Sock", 5)]

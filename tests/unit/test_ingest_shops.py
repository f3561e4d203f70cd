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


TIMES = ("time", "paid", "created and paid")


def columns_of(times: str, english: bool = False) -> str:
    names = (
        {"time": "order time", "paid": "payment time"} if english else {"time": "订单创建时间", "paid": "订单付款时间"}
    )
    return names.get(times, ",".join(names.values()))


def moments(times: str, day: str) -> str:
    cells = {"time": f"{day} 10:00:00", "paid": f"{day} 10:05:00"}
    return cells.get(times, ",".join(cells.values()))


def of_times(times: str, rows: list[tuple[int, str, int, str]]) -> str:
    """A file of orders (number, day, amount, shop) whose times are of one sort."""
    lines = [f"{number},{moments(times, day)},{amount},{shop}" for number, day, amount, shop in rows]
    return "\n".join([f"订单编号,{columns_of(times)},买家实际支付金额,店铺名称", *lines]) + "\n"


@pytest.mark.parametrize("times", TIMES)
def test_law_a_renamed_shop_adds_nothing(workspace: Workspace, tmp_path: Path, times: str) -> None:
    before = [(1001, "2026-07-01", 20, "甲店"), (1002, "2026-07-02", 30, "甲店")]
    after = [(number, day, amount, "甲店旗舰") for number, day, amount, _ in before]
    taken(workspace, tmp_path, of_times(times, before), "before.csv")
    renamed = taken(workspace, tmp_path, of_times(times, after), "after.csv")
    assert (renamed.added, renamed.restated) == (0, 2)
    assert orders(workspace) == [("1001", "甲店旗舰", 20), ("1002", "甲店旗舰", 30)]
    assert any(w.english().startswith("2 orders were of another shop") for w in renamed.warnings)
    again = taken(workspace, tmp_path, of_times(times, [*after, (1003, "2026-07-03", 5, "甲店旗舰")]), "again.csv")
    assert (again.added, again.restated, again.duplicates) == (1, 0, 2)
    assert not any("another shop" in w.english() for w in again.warnings)


@pytest.mark.parametrize("times", TIMES)
def test_law_a_second_shop_that_is_renamed_adds_nothing(workspace: Workspace, tmp_path: Path, times: str) -> None:
    """Its order is keyed by number and shop, for the number alone is the first shop's."""
    first = [(1001, "2026-07-01", 20, "甲店")]
    second = [(1001, "2026-07-05", 50, "乙店"), (1003, "2026-07-06", 70, "乙店")]
    taken(workspace, tmp_path, of_times(times, first), "a.csv")
    taken(workspace, tmp_path, of_times(times, second), "b.csv")
    for name, (restated, duplicates) in {"丙店": (2, 0), "丙店 ": (0, 2), "丁店": (2, 0)}.items():
        renamed = [(number, day, amount, name) for number, day, amount, _ in second]
        result = taken(workspace, tmp_path, of_times(times, renamed), f"{name}.csv")
        assert (result.added, result.restated, result.duplicates) == (0, restated, duplicates)
        assert any("another shop" in w.english() for w in result.warnings) == bool(restated)
    assert orders(workspace) == [("1001", "丁店", 50), ("1001", "甲店", 20), ("1003", "丁店", 70)]
    third = taken(workspace, tmp_path, of_times(times, [(1001, "2026-07-09", 5, "戊店")]), "c.csv")
    assert (third.added, third.restated) == (1, 0)


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("amounts", [(20, 5), (25, 25)], ids=["of the line", "of the order"])
def test_law_lines_of_two_shops_come_again_as_one_order(
    workspace: Workspace, tmp_path: Path, times: str, amounts: tuple[int, int]
) -> None:
    def lines(last: int) -> str:
        """The orders of the first days, each with a line of North and one of South."""
        amount = "order total" if amounts[0] == amounts[1] else "revenue"
        text = f"order_id,{columns_of(times, english=True)},sku,item,{amount},store_id\n"
        for day in range(1, last + 1):
            order = f"100{day},{moments(times, f'2026-07-0{day}')}"
            text += f"{order},a,Shoe,{amounts[0]},North\n{order},b,Sock,{amounts[1]},South\n"
        return text

    first = taken(workspace, tmp_path, lines(4), "first.csv")
    longer = taken(workspace, tmp_path, lines(5), "longer.csv")
    assert (first.added, first.rejected) == (8, 0)
    assert (longer.added, longer.restated, longer.duplicates) == (2, 0, 8)
    assert [(row[0], row[2]) for row in orders(workspace)] == [(f"100{day}", 25) for day in range(1, 6)]


@pytest.mark.parametrize("times", TIMES)
def test_law_two_shops_come_again_as_they_are(workspace: Workspace, tmp_path: Path, times: str) -> None:
    rows = [(1001, "2026-07-01", 20, "甲店"), (1001, "2026-07-05", 50, "乙店"), (1002, "2026-07-02", 30, "甲店")]
    taken(workspace, tmp_path, of_times(times, rows), "first.csv")
    for name, part in (("again.csv", rows[::-1]), ("a.csv", rows[:1]), ("b.csv", rows[1:])):
        result = taken(workspace, tmp_path, of_times(times, [*part, (1009, "2026-07-09", 9, "甲店")]), name)
        assert (result.restated, result.duplicates >= len(part)) == (0, True)
    assert orders(workspace) == [("1001", "乙店", 50), ("1001", "甲店", 20), ("1002", "甲店", 30), ("1009", "甲店", 9)]


def test_an_order_of_two_deliverers_leaves_the_one_of_a_third_shop(workspace: Workspace, tmp_path: Path) -> None:
    taken(workspace, tmp_path, "order_id,time,revenue,store_id\n1001,2026-06-01 10:00:00,99,East\n", "east.csv")
    text = "order_id,time,sku,item,revenue,store_id\n"
    text += "1001,2026-07-01 10:00:00,a,Shoe,20,North\n1001,2026-07-01 10:00:00,b,Sock,5,South\n"
    for number in range(2):
        taken(workspace, tmp_path, text + "1002,2026-07-02 10:00:00,a,Shoe,20,North\n" * number, f"{number}.csv")
        assert [row[1:] for row in orders(workspace) if row[0] == "1001"] == [("East", 99), ("North", 25)]


def test_two_shops_of_one_day_without_a_clock_are_said(workspace: Workspace, tmp_path: Path) -> None:
    taken(workspace, tmp_path, HEADER + "1001,2026-07-01,20,甲店\n", "a.csv")
    second = taken(workspace, tmp_path, HEADER + "1001,2026-07-01,50,乙店\n", "b.csv")
    assert (second.added, second.restated) == (0, 1)
    assert any(w.english().startswith("order 1001 was of shop 甲店 and is of 乙店") for w in second.warnings)
    both = taken(workspace, tmp_path, HEADER + "1001,2026-07-01,20,甲店\n1001,2026-07-01,50,乙店\n", "both.csv")
    assert (both.added, both.restated) == (1, 0)
    assert orders(workspace) == [("1001", "乙店", 50), ("1001", "甲店", 20)]


@pytest.mark.parametrize(
    ("refund", "shop"),
    [("1001,45,", "乙店"), ("1001,15,", None), ("1001,60,", None), ("1001,15,甲店", "甲店"), ("1002,10,", "甲店")],
    ids=["only one was worth it", "either may be", "none was worth it", "it says so", "one shop"],
)
def test_a_refund_without_a_shop_is_of_no_order_that_could_be_another(
    workspace: Workspace, tmp_path: Path, refund: str, shop: str | None
) -> None:
    taken(workspace, tmp_path, HEADER + A + B)
    order, amount, store = refund.split(",")
    text = f"订单编号,退款金额,退款时间,店铺名称\n{order},{amount},2026-07-08 09:00:00,{store}\n"
    result = taken(workspace, tmp_path, text, "refunds.csv")
    matched = workspace.rows(
        f"with {MATCHED} select p.store_id, cast(refunded as integer) from matched join event p using (event_id)",
        {"goal": "purchase", "refund": "refund"},
    )
    assert matched == ([(shop, -int(amount))] if shop else [])
    assert unmatched_refunds(workspace)["revenue"].to_list() == ([] if shop else [-float(amount)])
    assert any("does not say of which" in w.english() for w in result.warnings) == (shop is None)


def test_a_refund_above_what_its_own_shop_was_paid_is_said(workspace: Workspace, tmp_path: Path) -> None:
    taken(workspace, tmp_path, HEADER + A + B)
    text = "订单编号,退款金额,退款时间,店铺名称\n1001,45,2026-07-08 09:00:00,甲店\n"
    result = taken(workspace, tmp_path, text, "refunds.csv")
    assert any(w.english().startswith("1 order was refunded more than was paid") for w in result.warnings)

"""What was given back is said by orders and by files of refunds, in any order, and counts once, on the right day."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnidash.engine.freshness import freshness
from omnidash.engine.journeys import journeys_of
from omnidash.identity.forget import forget
from omnidash.ingest.rows.rates import set_rates
from omnidash.ingest.run import import_file, inspect, rollback
from omnidash.metrics.of_workspace import channel_days_of
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import imported, says, write

ORDER = "order_id,time,email,revenue,refund\n1,2026-07-01 10:00:00,ana@shop.example,100,{}\n"
REFUNDS = "order_id,refund,refund_time\n"


def revenue_by_day(workspace: Workspace, basis: str = "order") -> dict[int, float]:
    """Net revenue per day of July 2026, all channels."""
    workspace.change_settings(refund_basis=basis)
    days = (
        channel_days_of(workspace, journeys_of(workspace), model="linear").group_by("day").agg(pl.col("revenue").sum())
    )
    return {row["day"].day: round(row["revenue"], 6) for row in days.to_dicts() if abs(row["revenue"]) > 1e-9}


def test_a_file_of_refunds_adds_them_to_a_known_order_and_leaves_its_purchase_alone(
    workspace: Workspace, tmp_path: Path
) -> None:
    imported(workspace, tmp_path, ORDER.format(0))
    purchase = workspace.rows("select * from event")
    result = imported(workspace, tmp_path, REFUNDS + "1,20,2026-07-05 09:00:00\n1,10,2026-07-09 09:00:00\n")
    assert (result.kind, result.added, result.restated, result.sums) == ("orders", 2, 0, {"refund": "30"})
    assert workspace.rows("select * from event where action = 'purchase'") == purchase
    assert revenue_by_day(workspace) == {1: 70.0}
    assert revenue_by_day(workspace, "refund") == {1: 100.0, 5: -20.0, 9: -10.0}


def test_the_same_refunds_again_change_nothing_and_a_corrected_amount_restates(
    workspace: Workspace, tmp_path: Path
) -> None:
    imported(workspace, tmp_path, ORDER.format(0))
    imported(workspace, tmp_path, REFUNDS + "1,20,2026-07-05 09:00:00\n")
    before = says(workspace)
    again = imported(workspace, tmp_path, REFUNDS + "1,20.00,2026-07-05 09:00\n", "again.csv")
    assert (again.added, again.restated, again.duplicates, says(workspace)) == (0, 0, 1, before)
    corrected = imported(workspace, tmp_path, REFUNDS + "1,25,2026-07-05 09:00:00\n", "corrected.csv")
    assert (corrected.restated, revenue_by_day(workspace)) == (1, {1: 75.0})
    rollback(workspace, corrected.batch_id)
    assert says(workspace) == before


def test_a_later_period_adds_its_own_refunds(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDER.format(0))
    imported(workspace, tmp_path, REFUNDS + "1,20,2026-07-05 09:00:00\n", "july.csv")
    imported(workspace, tmp_path, REFUNDS + "1,20,2026-08-05 09:00:00\n", "august.csv")
    assert revenue_by_day(workspace) == {1: 60.0}


def test_refunds_of_one_moment_are_all_kept_and_a_row_said_twice_counts_once(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = "1,a,5,2026-07-05 09:00:00\n1,b,5,2026-07-05 09:00:00\n1,b,5,2026-07-05 09:00:00\n"
    imported(workspace, tmp_path, ORDER.format(0))
    result = imported(workspace, tmp_path, "order_id,item_code,refund,refund_time\n" + rows)
    assert (result.added, result.duplicates, revenue_by_day(workspace)) == (2, 1, {1: 90.0})


def test_alike_refunds_of_one_day_are_refunds_of_their_own_and_that_is_said(
    workspace: Workspace, tmp_path: Path
) -> None:
    imported(workspace, tmp_path, ORDER.format(0))
    rows = "1,20,2026-07-05\n1,20,2026-07-05\n"
    result = imported(workspace, tmp_path, REFUNDS + rows)
    assert (result.added, result.duplicates, result.sums) == (2, 0, {"refund": "40"})
    assert "1 refund has the order, the day and the amount of another one in this file" in result.warnings[0].english()
    again = imported(workspace, tmp_path, REFUNDS + rows + "1,5,2026-07-06\n", "again.csv")
    assert (again.added, again.duplicates) == (1, 2)
    assert any(
        "2 refunds have the order, the day and the amount of one that is there" in w.english() for w in again.warnings
    )
    assert revenue_by_day(workspace) == {1: 55.0}


def test_refunds_with_numbers_of_their_own_are_told_apart_by_them(workspace: Workspace, tmp_path: Path) -> None:
    header = "order_id,refund_id,refund,refund_time\n"
    imported(workspace, tmp_path, ORDER.format(0))
    imported(workspace, tmp_path, header + "1,R1,20,2026-07-05\n")
    second = imported(workspace, tmp_path, header + "1,R2,20,2026-07-05\n", "second.csv")
    assert (second.added, revenue_by_day(workspace)) == (1, {1: 60.0})
    corrected = imported(workspace, tmp_path, header + "1,R2,25,2026-07-06\n", "corrected.csv")
    assert (corrected.restated, revenue_by_day(workspace)) == (1, {1: 55.0})


@pytest.mark.parametrize("sequence", list(permutations(range(3))), ids=str)
def test_total_and_entries_of_one_order_count_once_in_any_order_of_import(
    workspace: Workspace, tmp_path: Path, sequence: Sequence[int]
) -> None:
    """The export says 50 in all; entries of 20 and 10 are dated; the other 20 fall on the order."""
    files = [ORDER.format(50), REFUNDS + "1,20,2026-07-05 09:00:00\n", REFUNDS + "1,10,2026-07-09 09:00:00\n"]
    for number in sequence:
        imported(workspace, tmp_path, files[number], f"{number}.csv")
    assert revenue_by_day(workspace) == {1: 50.0}
    assert revenue_by_day(workspace, "refund") == {1: 80.0, 5: -20.0, 9: -10.0}


def test_entries_above_an_older_total_count_alone(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDER.format(20))
    imported(workspace, tmp_path, REFUNDS + "1,20,2026-07-05 09:00:00\n1,30,2026-07-09 09:00:00\n")
    assert revenue_by_day(workspace) == {1: 50.0}
    assert revenue_by_day(workspace, "refund") == {1: 100.0, 5: -20.0, 9: -30.0}


def test_a_later_export_of_the_order_restates_its_refund(workspace: Workspace, tmp_path: Path) -> None:
    dated = "order_id,time,revenue,refund,refund_time\n1,2026-07-01 10:00:00,100,{},{}\n"
    imported(workspace, tmp_path, dated.format(20, "2026-07-05 09:00:00"))
    result = imported(workspace, tmp_path, dated.format(50, "2026-07-09 09:00:00"))
    assert (result.added, result.restated) == (0, 1)
    assert revenue_by_day(workspace) == {1: 50.0}
    assert revenue_by_day(workspace, "refund") == {1: 100.0, 9: -50.0}


def test_rows_that_give_nothing_back_are_skipped_and_counted(workspace: Workspace, tmp_path: Path) -> None:
    file = (
        "订单号,退款金额,退款时间,退款状态\n1,20,2026-07-05 09:00:00,退款成功\n2,0,2026-07-05 09:00:00,退款成功\n"
        "3,9,2026-07-05 09:00:00,退款关闭\n4,9,,退款成功\n"
    )
    result = imported(workspace, tmp_path, file)
    assert (result.rows_read, result.added, result.skipped_totals, result.rejected) == (4, 1, 2, 1)
    assert "2 rows give nothing back and are skipped" in [w.english() for w in result.warnings]


def test_a_closed_order_was_refunded_all_the_same(workspace: Workspace, tmp_path: Path) -> None:
    file = "订单号,退款金额,退款时间,订单状态\n1,20,2026-07-05 09:00:00,交易关闭\n"
    assert imported(workspace, tmp_path, file).sums == {"refund": "20"}


def test_bookings_below_zero_are_refunds_and_one_above_takes_back(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDER.format(0))
    imported(workspace, tmp_path, REFUNDS + "1,-30,2026-07-05 09:00:00\n1,10,2026-07-06 09:00:00\n")
    assert revenue_by_day(workspace, "refund") == {1: 100.0, 5: -30.0, 6: 10.0}


def test_refunds_of_unknown_orders_wait_for_them_and_are_said(workspace: Workspace, tmp_path: Path) -> None:
    result = imported(workspace, tmp_path, REFUNDS + "1,20,2026-07-05 09:00:00\n")
    assert "1 refunded order is not known yet, 1;" in result.warnings[-1].english()
    assert revenue_by_day(workspace) == {5: -20.0}
    imported(workspace, tmp_path, ORDER.format(0))
    assert revenue_by_day(workspace) == {1: 80.0}


def test_refunds_above_the_revenue_are_kept_and_said(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDER.format(0))
    result = imported(workspace, tmp_path, REFUNDS + "1,120,2026-07-05 09:00:00\n")
    assert "refunded more than was paid" in result.warnings[-1].english()
    assert revenue_by_day(workspace) == {1: -20.0}


def test_a_file_of_refunds_delivers_no_days(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, REFUNDS + "1,20,2026-07-05 09:00:00\n")
    assert workspace.rows("select watermark from batch") == [(None,)]


def test_a_file_of_refunds_asks_for_their_time(workspace: Workspace, tmp_path: Path) -> None:
    seen = inspect(workspace, write(tmp_path, "order_id,refund\n1,20\n"), kind="orders")
    assert [q.field for q in seen.questions] == ["refund_time"]


def test_a_basis_that_does_not_exist_is_refused(workspace: Workspace) -> None:
    with pytest.raises(BadInput, match="expected order or refund"):
        workspace.change_settings(refund_basis="month")


def test_a_refund_is_credited_to_the_channels_of_its_purchase_on_its_own_day(
    workspace: Workspace, tmp_path: Path
) -> None:
    touches = (
        "time,channel,action,email\n2026-07-01 08:00:00,meta,click,ana@shop.example\n"
        "2026-07-01 09:00:00,baidu,click,ana@shop.example\n2026-07-04 09:00:00,tiktok,click,ana@shop.example\n"
    )
    imported(workspace, tmp_path, touches, "touches.csv")
    imported(workspace, tmp_path, ORDER.format(0))
    imported(workspace, tmp_path, REFUNDS + "1,20,2026-07-05 09:00:00\n")
    workspace.change_settings(refund_basis="refund")
    days = channel_days_of(workspace, journeys_of(workspace), model="linear").filter(revenue=-10.0)
    assert days.select("day", "channel", "conversions", "new_customers").rows() == [
        (date(2026, 7, 5), "baidu", 0.0, 0.0),
        (date(2026, 7, 5), "meta", 0.0, 0.0),
    ]


def test_refunds_of_purchases_do_not_lower_another_goal(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDER.format(30))
    workspace.change_settings(goal="lead")
    assert channel_days_of(workspace, journeys_of(workspace), model="last")["revenue"].sum() == 0.0


ORDERS = st.lists(
    st.tuples(
        st.integers(1, 5),
        st.integers(1, 90),
        st.integers(0, 60),
        st.lists(st.tuples(st.integers(1, 28), st.integers(1, 40))),
    ),
    min_size=1,
    max_size=5,
)


def expected(orders: list[tuple[int, int, int, list[tuple[int, int]]]], basis: str) -> dict[int, float]:
    """The rule in plain Python: entries on their days, and of the total what goes beyond them on the order's day."""
    days: dict[int, float] = {}
    for day, paid, total, entries in orders:
        days[day] = days.get(day, 0) + paid - max(total - sum(amount for _, amount in entries), 0)
        for refund_day, amount in entries:
            on = refund_day if basis == "refund" else day
            days[on] = days.get(on, 0) - amount
    return {day: float(revenue) for day, revenue in days.items() if revenue}


@settings(deadline=None, derandomize=True, max_examples=8, suppress_health_check=list(HealthCheck))
@given(orders=ORDERS, refunds_first=st.booleans())
def test_both_bases_agree_with_the_rule_in_plain_python(tmp_path_factory, orders, refunds_first) -> None:
    folder = tmp_path_factory.mktemp("refunds")
    workspace = Workspace.create(folder / "w")
    order_rows = [
        f"{n},2026-07-{day:02d} 10:00:00,p{n % 2}@shop.example,{paid},{total}"
        for n, (day, paid, total, _) in enumerate(orders)
    ]
    entry_rows = [
        f"{n},{k},{amount},2026-07-{day:02d} 1{k % 10}:00:00"
        for n, (_, _, _, entries) in enumerate(orders)
        for k, (day, amount) in enumerate(entries)
    ]
    files = [write(folder, "\n".join(["order_id,time,email,revenue,refund", *order_rows]) + "\n", "orders.csv")]
    if entry_rows:
        text = "\n".join(["order_id,refund_no,refund,refund_time", *entry_rows]) + "\n"
        files.append(write(folder, text, "refunds.csv"))
    for file in reversed(files) if refunds_first else files:
        import_file(workspace, file, kind="orders")
    for basis in ("order", "refund"):
        assert revenue_by_day(workspace, basis) == pytest.approx(expected(orders, basis))
    assert sum(expected(orders, "order").values()) == pytest.approx(sum(expected(orders, "refund").values()))
    assert Decimal(workspace.rows("select sum(revenue) from event where action = 'purchase'")[0][0]) == sum(
        paid for _, paid, _, _ in orders
    )


def test_data_goes_up_to_the_last_order_not_to_a_late_refund(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDER.format(0))
    imported(workspace, tmp_path, REFUNDS + "1,20,2026-07-25 09:00:00\n")
    assert freshness(workspace).last_day == date(2026, 7, 1)


def test_a_refund_told_by_its_order_is_worth_what_the_order_was_and_an_entry_what_its_day_says(
    workspace: Workspace, tmp_path: Path
) -> None:
    """USD stood at 7 on the day of the order, at 8 on that of the entry; no rate of the 9th is needed."""
    set_rates(workspace, [("USD", date(2026, 7, 1), Decimal(7)), ("USD", date(2026, 7, 5), Decimal(8))])
    dated = "order_id,time,revenue,refund,refund_time,currency\n{},2026-07-01 10:00:00,100,{},2026-07-09 10:00:00,USD\n"
    imported(workspace, tmp_path, dated.format(1, 100))
    assert revenue_by_day(workspace, "refund") == {1: 700.0, 9: -700.0}
    imported(workspace, tmp_path, "order_id,refund,refund_time,currency\n2,10,2026-07-05 09:00:00,USD\n")
    assert revenue_by_day(workspace, "refund") == {1: 700.0, 5: -80.0, 9: -700.0}


def test_a_new_rate_of_the_refunds_day_does_not_part_it_from_its_order(workspace: Workspace, tmp_path: Path) -> None:
    set_rates(workspace, [("USD", date(2026, 7, 1), Decimal(7))])
    dated = "order_id,time,revenue,refund,refund_time,currency\n1,2026-07-01 10:00:00,100,100,2026-07-09 10:00:00,USD\n"
    imported(workspace, tmp_path, dated)
    set_rates(workspace, [("USD", date(2026, 7, 9), Decimal(8))])
    assert revenue_by_day(workspace, "refund") == {1: 700.0, 9: -700.0}
    set_rates(workspace, [("USD", date(2026, 7, 1), Decimal(6))])
    assert revenue_by_day(workspace, "refund") == {1: 600.0, 9: -600.0}


def test_days_without_a_clock_are_those_of_the_files_own_zone(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDER.format(0))
    twice = write(tmp_path, REFUNDS + "1,20,2026-07-05\n1,20,2026-07-05\n", "refunds.csv")
    import_file(workspace, twice, timezone="America/New_York")
    assert workspace.rows("select sum(revenue) from event where action = 'refund'") == [(Decimal(-40),)]


WITH_ID = "order_id,refund,refund_time,refund_id\n"


@pytest.mark.parametrize("with_id_first", [False, True])
def test_refunds_whose_ids_only_one_of_two_files_names_count_once(
    workspace: Workspace, tmp_path: Path, with_id_first: bool
) -> None:
    imported(workspace, tmp_path, ORDER.format(0))
    bare = (REFUNDS + "1,20,2026-07-05 09:00:00\n1,20,2026-07-05 09:00:00\n1,5,2026-07-06 09:00:00\n", "bare.csv")
    named = (
        WITH_ID + "1,20,2026-07-05 09:00:00,A\n1,20,2026-07-05 09:00:00,B\n1,5,2026-07-06 09:00:00,C\n"
        "1,7,2026-07-07 09:00:00,D\n",
        "named.csv",
    )
    for text, name in (named, bare) if with_id_first else (bare, named):
        imported(workspace, tmp_path, text, name)

    assert workspace.rows("select sum(revenue) from event where action = 'refund'") == [(Decimal(-32 - 20),)]
    again = imported(workspace, tmp_path, named[0].replace("1,7,", "1,8,"), "later.csv")
    assert (again.added, again.restated, again.duplicates) == (0, 1, 3)


def test_a_refund_of_a_forgotten_person_is_met_again_by_its_id(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDER.format(0))
    imported(workspace, tmp_path, REFUNDS + "1,20,2026-07-05 09:00:00\n", "bare.csv")
    forget(workspace, "ana@shop.example")
    imported(workspace, tmp_path, WITH_ID + "1,20,2026-07-05 09:00:00,A\n", "named.csv")
    assert workspace.rows("select sum(revenue) from event where action = 'refund'") == [(Decimal(-20),)]

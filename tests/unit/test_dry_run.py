"""The dry run says in numbers, sentences and examples what the import then does, and the import says it again."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from omnidash.ingest.result import DryRun
from omnidash.ingest.run import commit, dry_run, import_file, inspect, rollback
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.unit.ingest_files import EVENTS, ORDERS, SPEND, imported, says, write


def foretold(workspace: Workspace, folder: Path, text: str, name: str = "next.csv") -> DryRun:
    path = write(folder, text, name)
    return dry_run(workspace, path, inspect(workspace, path).mapping)


def test_the_sentences_say_what_the_import_does(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, SPEND)
    again = SPEND.replace("100.50", "80.40") + "2026-07-03,抖音,夏季,10,1,1\n2026-07-03,抖音,夏季,?,1,1\n总计,,,99,,\n"
    would = foretold(workspace, tmp_path, again)
    assert [m.english() for m in would.headlines] == [
        "adds 1 row",
        "restates spend of 2026-07-01 by -0.2 (100.500000 → 80.400000)",
        "2 rows are there already",
        "1 row set aside",
        "1 total line skipped",
    ]
    done = import_file(workspace, tmp_path / "next.csv")
    for name in ("rows_read", "added", "restated", "duplicates", "rejected", "skipped_totals", "sums", "restatement"):
        assert getattr(done, name) == getattr(would, name)


def test_money_restated_is_told_by_channel_and_as_a_whole(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, SPEND)
    would = foretold(workspace, tmp_path, SPEND.replace("100.50", "50.25").replace("50,400", "60,400"))
    told = would.restatement
    assert told is not None
    assert (told.measure, told.days, told.channels) == ("cost", (date(2026, 7, 1),), ("baidu", "douyin"))
    assert (told.total.before, told.total.after) == (Decimal("150.50"), Decimal("110.25"))
    assert told.total.ratio == pytest.approx(-40.25 / 150.5)
    assert [(c.channel, c.before, c.after) for c in told.by_channel] == [
        ("baidu", Decimal(50), Decimal(60)), ("douyin", Decimal("100.50"), Decimal("50.25")),
    ]  # fmt: skip


def test_orders_restate_revenue_and_their_refunds(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDERS)
    would = foretold(workspace, tmp_path, ORDERS.replace("200.00,0", "200.00,150.00"))
    assert would.restatement is not None and would.restatement.measure == "revenue"
    assert (would.restatement.total.before, would.restatement.total.after) == (Decimal(200), Decimal(50))
    assert "2 duplicate order lines" in [m.english() for m in would.headlines]


def test_samples_show_rows_before_and_after_and_no_identifier(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, ORDERS)
    would = foretold(
        workspace, tmp_path, ORDERS.replace("50.00,20.00", "55.00,0") + "9,2026-07-05,2026-07-05,,3,0,成功\n"
    )
    (new,) = would.added_samples
    assert (new.row_number, new.values["order_id"], new.values["revenue"]) == (5, "9", Decimal(3))
    restated = {(s.values.get("action"), s.row_number): s for s in would.restated_samples}
    purchase = restated[("purchase", 4)]
    assert (purchase.values["revenue"], purchase.before) == (Decimal(55), {"revenue": Decimal(50)})
    assert purchase.values["identifier"] == "phone +86138****5678"
    (gone,) = [s for s in would.restated_samples if s.row_number == 0]
    assert (gone.before["action"], gone.before["revenue"], gone.values) == ("refund", Decimal(-20), {})
    assert {s.values["order_id"] for s in would.duplicate_samples} == {"1001", "1002"}
    assert "13812345678" not in repr(would)


def test_skipped_totals_and_set_aside_rows_are_shown(workspace: Workspace, tmp_path: Path) -> None:
    would = foretold(workspace, tmp_path, SPEND + "总计,,,260.5,,\nnever,抖音,,1,,\n")
    assert would.skipped_samples == ({"row_number": 5, "raw": "总计,,,260.5,,"},)
    assert [(s["row_number"], s["column"], s["raw"]) for s in would.reject_samples] == [(6, "date", "never,抖音,,1,,")]


def test_a_file_that_leaves_out_days_it_had_is_told_and_the_days_stay(workspace: Workspace, tmp_path: Path) -> None:
    days = [f"2026-07-0{d},抖音,夏季,{d}0,1,1\n" for d in range(1, 7)]
    head = SPEND.splitlines()[0] + "\n"
    imported(workspace, tmp_path, head + "".join(days[:4]))
    would = foretold(workspace, tmp_path, head + days[0] + days[3] + days[5])
    assert [(g.channel, g.days, g.is_known) for g in would.gaps] == [
        ("douyin", (date(2026, 7, 2), date(2026, 7, 3)), True),
        (None, (date(2026, 7, 5),), False),
    ]
    done = import_file(workspace, tmp_path / "next.csv")
    assert done.warnings == would.warnings
    assert workspace.rows("select count(*) from spend") == [(5,)]


def test_spend_of_the_same_days_from_another_source_is_told(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, SPEND, "plan.csv")
    other = "日期,渠道,创意名称,花费,备注\n2026-07-01,抖音,视频A,5,x\n2026-07-02,微信,视频B,6,x\n"
    would = foretold(workspace, tmp_path, other, "ads.csv")
    (overlap,) = would.overlaps
    assert (overlap.channel, overlap.first_day, overlap.days, overlap.cost, overlap.file) == (
        "douyin", date(2026, 7, 1), 1, Decimal("100.5"), "plan.csv",
    )  # fmt: skip
    assert any("counts it twice" in warning.english() for warning in would.warnings)


def test_the_same_source_again_is_no_overlap(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, SPEND)
    more = SPEND.splitlines()[0] + "\n2026-07-01,抖音,冬季,7,1,1\n"
    assert foretold(workspace, tmp_path, more).overlaps == ()


def test_the_same_file_again_changes_nothing_and_says_so(workspace: Workspace, tmp_path: Path) -> None:
    for text, name in ((SPEND, "spend.csv"), (EVENTS, "events.csv"), (ORDERS, "orders.csv")):
        first = imported(workspace, tmp_path, text, name)
        before = says(workspace)
        would = foretold(workspace, tmp_path, text, name)
        assert would.twin is not None and would.twin.batch_id == first.batch_id and would.twin.is_same_mapping
        assert "nothing changes" in would.headlines[0].english()
        again = imported(workspace, tmp_path, text, name)
        assert (again.added, again.restated, again.duplicates) == (0, 0, first.rows_read)
        assert says(workspace) == before
        rollback(workspace, first.batch_id)  # the second import says the same
        assert says(workspace) == before


def test_one_more_column_of_the_same_events_file_replaces_its_rows(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, EVENTS)
    seen = inspect(workspace, path)
    few = {c: m for c, m in seen.mapping.columns.items() if m != "phone"}
    first = commit(workspace, path, replace(seen.mapping, columns=few))
    before = says(workspace)
    would = dry_run(workspace, path, seen.mapping)
    assert would.twin is not None and not would.twin.is_same_mapping
    assert "its rows will be replaced" in would.headlines[0].english()
    assert (would.added, would.restated, would.duplicates) == (0, 2, 1)  # one row has no phone
    done = commit(workspace, path, seen.mapping)
    assert (done.added, done.restated, done.duplicates) == (0, 2, 1)
    assert workspace.rows("select count(*) from event") == [(3,)]
    assert workspace.rows("select count(*) from link") == [(1,)]
    rollback(workspace, done.batch_id)
    assert says(workspace) == before
    rollback(workspace, first.batch_id)
    assert workspace.rows("select count(*) from event") == [(0,)]


def test_a_file_read_as_another_kind_replaces_what_it_was(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "time,order_id,channel,revenue\n2026-07-01 10:00:00,7,抖音,5\n")
    import_file(workspace, path, kind="events")
    done = import_file(workspace, path, kind="orders")
    assert workspace.rows("select order_id, action, revenue from event") == [("7", "purchase", Decimal(5))]
    rollback(workspace, done.batch_id)
    assert workspace.rows("select batch_id, order_id from event") == [(1, "7")]


def test_dates_that_only_their_owner_could_tell_are_named(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "date,channel,cost\n03/04/2026,Meta,100\n")
    seen = inspect(workspace, path)
    would = dry_run(workspace, path, replace(seen.mapping, date_order="dmy"))
    assert would.ambiguous_dates == ("date",)
    assert "column 'date': dates are read day first (03/04 is 3 April)" in [m.english() for m in would.headlines]
    clear = write(tmp_path, "date,channel,cost\n13/04/2026,Meta,100\n", "clear.csv")
    assert dry_run(workspace, clear, inspect(workspace, clear).mapping).ambiguous_dates == ()


def test_a_dry_run_leaves_no_trace(workspace: Workspace, tmp_path: Path) -> None:
    imported(workspace, tmp_path, SPEND)
    before, version = says(workspace), workspace.version
    foretold(workspace, tmp_path, SPEND.replace("100.50", "1"))
    assert (says(workspace), workspace.version) == (before, version)
    assert list((workspace.folder / "tmp").iterdir()) == []


REPORT = """\
date,end_date,section,item,clicks,visitors
2026-07-01,2026-07-07,devices,phone,10,100
2026-07-01,2026-07-07,devices,phone,20,150
2026-07-01,2026-07-07,devices,desktop,30,300
"""


def test_a_report_again_is_restated_also_in_fewer_rows_and_comes_back(workspace: Workspace, tmp_path: Path) -> None:
    first = imported(workspace, tmp_path, REPORT)
    assert (first.kind, first.added) == ("reports", 3)
    before = says(workspace)
    fewer = "\n".join(line for line in REPORT.splitlines() if ",20,150" not in line).replace("30,300", "31,300") + "\n"
    would = foretold(workspace, tmp_path, fewer)
    assert (would.added, would.restated, would.duplicates) == (0, 1, 1)
    assert would.restatement is not None
    assert (would.restatement.measure, would.restatement.days) == (None, (date(2026, 7, 1),))
    done = import_file(workspace, tmp_path / "next.csv")
    assert workspace.rows("select item, figures['clicks'] from report order by item") == [
        ("desktop", Decimal(31)), ("phone", Decimal(10)),
    ]  # fmt: skip
    rollback(workspace, done.batch_id)
    assert says(workspace) == before


def test_campaigns_that_a_later_export_of_their_days_has_not_are_named_with_their_cost(
    workspace: Workspace, tmp_path: Path
) -> None:
    header = "date,channel,campaign,cost\n"
    imported(workspace, tmp_path, header + "2026-07-01,meta,A,100\n2026-07-01,meta,B,50\n", "a.csv")
    later = write(tmp_path, header + "2026-07-01,meta,A new,100\n2026-07-01,meta,B,50\n", "b.csv")
    would = dry_run(workspace, later, inspect(workspace, later).mapping)
    assert [(v.channel, v.campaigns, v.cost, v.batches) for v in would.vanished] == [("meta", ("A",), 100, (1,))]
    assert any("if it was renamed it counts twice" in w.english() for w in would.warnings)
    other_day = write(tmp_path, header + "2026-07-02,meta,A new,100\n", "c.csv")
    assert dry_run(workspace, other_day, inspect(workspace, other_day).mapping).vanished == ()


def test_sales_that_a_shop_and_its_payment_provider_both_tell_count_once_unless_somebody_says_they_are_others(
    workspace: Workspace, tmp_path: Path
) -> None:
    shop = "".join(f"10{n},2026-07-0{n} 10:0{n}:05,{90 + n},paid\n" for n in range(1, 6))
    paid = "".join(f"ch_{n},2026-07-0{n} 10:0{n}:40,{90 + n},a{n}@x.example\n" for n in range(1, 6))
    other = paid.replace("10:0", "17:0")
    import_file(workspace, write(tmp_path, "order_id,time,revenue,status\n" + shop, "shop.csv"))

    def warned(rows: str) -> list[str]:
        path = write(tmp_path, "order_id,time,revenue,email\n" + rows, "payments.csv")
        said = dry_run(workspace, path, inspect(workspace, path).mapping).warnings
        return [w.english() for w in said if "would count twice" in w.english()]

    assert warned(other) == []
    (warning,) = warned(paid)
    assert warning.startswith("5 of 5 purchases have the time and the amount of purchases from 'shop.csv' (batch 1)")
    path = write(tmp_path, "order_id,time,revenue,email\n" + paid, "payments.csv")
    revenue = "select sum(revenue_base) from event"
    before = workspace.rows(revenue)
    with pytest.raises(BadInput, match="leave this file out"):
        import_file(workspace, path)
    assert workspace.rows(revenue) == before == [(465,)]
    commit(workspace, path, replace(inspect(workspace, path).mapping, is_other_sales=True))
    assert workspace.rows(revenue) == [(930,)]


def test_a_payment_or_two_beside_their_orders_are_warned_of(workspace: Workspace, tmp_path: Path) -> None:
    orders = "order_id,time,revenue\n1,2026-07-01 10:01:00,120\n2,2026-07-01 11:01:00,80\n3,2026-07-02 11:01:00,70\n"
    import_file(workspace, write(tmp_path, orders, "orders.csv"))
    payments = "order_id,time,revenue\npi_1,2026-07-01 10:01:30,120\n"
    result = import_file(workspace, write(tmp_path, payments, "payments.csv"))
    assert [w.english() for w in result.warnings if "would count twice" in w.english()] == [
        "1 of 1 purchases have the time and the amount of purchases from 'orders.csv' (batch 1). If both tell the same"
        " sales, as a shop and its payment provider do, leave this file out: its revenue would count twice."
    ]
    other = "order_id,time,revenue\npi_2,2026-07-01 10:01:30,121\n"
    assert import_file(workspace, write(tmp_path, other, "other.csv")).warnings == ()

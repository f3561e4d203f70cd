"""Where ratios and rules go wrong first: no spend, no day, money back, other money, the hour after midnight."""

from datetime import date

import pytest

from omnidash.engine.freshness import freshness
from omnidash.engine.journeys import journeys_of
from omnidash.health.of_workspace import rules_of
from omnidash.ingest.run import import_file
from omnidash.metrics.of_workspace import channel_days_of
from omnidash.metrics.summary import channel_table, totals
from omnidash.model.period import Period
from omnidash.store import Workspace
from tests.made_once import workspace_with

JUNE = Period(first_day=date(2026, 6, 1), last_day=date(2026, 6, 30))


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return workspace_with(tmp_path / "w", {}, currency="CNY", timezone="Asia/Shanghai")


def bring(workspace: Workspace, name: str, *lines: str) -> None:
    path = workspace.folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    import_file(workspace, path)


def touches_and_orders(workspace: Workspace, *, days: range, revenue: float = 100.0) -> None:
    rows = ["time,email,channel,action,order_id,revenue"]
    for day in days:
        rows.append(f"2026-06-{day:02d} 10:00:00,a{day}@example.com,meta,click,,")
        rows.append(f"2026-06-{day:02d} 11:00:00,a{day}@example.com,,purchase,O{day},{revenue}")
    bring(workspace, "events.csv", *rows)


def table(workspace: Workspace):
    return channel_days_of(workspace, journeys_of(workspace), model="last")


def meta(workspace: Workspace) -> dict:
    return channel_table(table(workspace), JUNE).filter(channel="meta").row(0, named=True)


def spend_of(days: range, cost: float, currency: str = "CNY") -> list[str]:
    return ["date,channel,cost,currency", *(f"2026-06-{day:02d},meta,{cost},{currency}" for day in days)]


def test_a_channel_without_spend_has_no_roi_no_roas_and_no_roi_case(workspace):
    touches_and_orders(workspace, days=range(1, 21))
    row = meta(workspace)
    assert (row["roi"], row["roas"], row["spend"]) == (None, None, 0.0)
    result = rules_of(workspace, table(workspace), freshness(workspace))
    assert [case for case in result.cases if case.rule == "roi_streak"] == []


def test_zero_spend_that_was_delivered_divides_nothing(workspace):
    touches_and_orders(workspace, days=range(1, 21))
    bring(workspace, "spend.csv", *spend_of(range(1, 21), 0.0))
    assert meta(workspace)["roi"] is None
    assert totals(table(workspace), JUNE)["roi"] is None


def test_days_without_a_spend_row_are_no_days_of_loss_and_no_end_of_the_streak(workspace):
    """Seven losing days with a hole of three days between them: one case, seven counted days."""
    touches_and_orders(workspace, days=range(1, 14), revenue=10.0)
    bring(workspace, "spend.csv", *spend_of(range(1, 4), 50.0), *spend_of(range(7, 11), 50.0)[1:])
    result = rules_of(workspace, table(workspace), freshness(workspace))
    (case,) = (case for case in result.cases if case.rule == "roi_streak")
    assert (case.first_day, case.fired_on) == (date(2026, 6, 1), date(2026, 6, 10))
    assert case.evidence["status"].to_list().count("no_spend") == 3


def test_a_refund_lowers_revenue_roi_and_roas(workspace):
    touches_and_orders(workspace, days=range(1, 3))
    bring(workspace, "spend.csv", *spend_of(range(1, 3), 50.0))
    assert meta(workspace)["roi"] == pytest.approx((200 - 100) / 100)
    bring(
        workspace, "refunds.csv", "time,email,action,order_id,revenue",
        "2026-06-02 15:00:00,a1@example.com,refund,O1,-60",
    )  # fmt: skip
    row = meta(workspace)
    assert (row["revenue"], row["roas"]) == pytest.approx((140.0, 1.4))
    assert row["roi"] == pytest.approx((140 - 100) / 100)


def test_both_sides_of_a_ratio_are_in_the_workspace_currency(workspace):
    """7.00 CNY a dollar: 10 USD spent a day against 100 CNY of sales."""
    with workspace.writing("rates") as cursor:
        cursor.execute("insert into rate select 'USD', cast(range as date), 7.00 from range(date '2026-06-01',"
                       " date '2026-07-01', interval 1 day)")  # fmt: skip
    touches_and_orders(workspace, days=range(1, 4))
    bring(workspace, "spend.csv", *spend_of(range(1, 4), 10.0, "USD"))
    row = meta(workspace)
    assert (row["spend"], row["roas"]) == pytest.approx((210.0, 300 / 210))


def test_an_order_half_an_hour_after_midnight_in_shanghai_belongs_to_that_local_day(workspace):
    """00:30 on 2 June in Shanghai is 16:30 on 1 June in UTC."""
    bring(
        workspace, "events.csv", "time,email,channel,action,order_id,revenue",
        "2026-06-01T23:50:00+08:00,a@example.com,meta,click,,",
        "2026-06-01T16:30:00Z,a@example.com,,purchase,O1,88",
    )  # fmt: skip
    days = {row["day"]: row for row in table(workspace).filter(channel="meta").to_dicts()}
    assert (days[date(2026, 6, 1)]["touches"], days[date(2026, 6, 1)]["revenue"]) == (1, 0.0)
    assert days[date(2026, 6, 2)]["revenue"] == 88.0


def test_an_export_cut_off_in_the_evening_raises_no_alarm_for_what_it_lacks(workspace):
    """Orders come at 21:00. Cut off at 20:00 of the seventh day, that day has spend and no order, which is no loss yet."""
    rows = ["time,email,channel,action,order_id,revenue"]
    for day in range(1, 21):
        revenue = 10.0 if 11 <= day <= 16 else 200.0
        rows.append(f"2026-06-{day:02d} 10:00:00,a{day}@example.com,meta,click,,")
        rows.append(f"2026-06-{day:02d} 21:00:00,a{day}@example.com,,purchase,O{day},{revenue}")
    cut = [row for row in rows if not row.startswith("2026-06") or row < "2026-06-17 20"]
    bring(workspace, "events.csv", *cut)
    bring(workspace, "spend.csv", *spend_of(range(1, 18), 50.0))
    result = rules_of(workspace, table(workspace), freshness(workspace))
    assert [case for case in result.cases if case.rule == "roi_streak"] == []
    bring(workspace, "rest.csv", *[row for row in rows if row not in cut or not row.startswith("2026-06")])
    result = rules_of(workspace, table(workspace), freshness(workspace))
    assert [case for case in result.cases if case.rule == "roi_streak"] == []


def test_an_export_of_dates_alone_is_settled_on_its_last_day(workspace):
    rows = ["date,email,channel,action,order_id,revenue"]
    for day in range(1, 8):
        rows.append(f"2026-06-{day:02d},a{day}@example.com,meta,click,,")
        rows.append(f"2026-06-{day:02d},a{day}@example.com,,purchase,O{day},10")
    bring(workspace, "events.csv", *rows)
    bring(workspace, "spend.csv", *spend_of(range(1, 8), 50.0))
    result = rules_of(workspace, table(workspace), freshness(workspace))
    (case,) = (case for case in result.cases if case.rule == "roi_streak")
    assert case.fired_on == date(2026, 6, 7)

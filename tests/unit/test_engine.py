"""What the engine hands up: the journey table of a workspace, rollups, freshness; each against plain SQL or by hand."""

from datetime import date, datetime

import pytest

from omnidash.engine import rollup
from omnidash.engine.freshness import freshness
from omnidash.engine.journeys import journeys_of
from omnidash.store import Workspace

EVENTS = """
    insert into event (event_id, batch_id, row_number, ts, day, identifier_id, channel, action, is_touch, order_id,
        revenue, currency, revenue_base)
    values ($event_id, 1, $event_id, $ts, cast($ts as date), $who, $channel, $action, $is_touch, $order_id, $revenue,
        'CNY', $revenue)
"""


def record(workspace: Workspace, *events: dict) -> None:
    with workspace.writing("test") as cursor:
        for number, event in enumerate(events, start=1):
            row = {
                "event_id": number, "who": None, "channel": None, "action": "click", "is_touch": True, "order_id": None,
                "revenue": None, **event,
            }  # fmt: skip
            row["ts"] = datetime(2026, 6, *row.pop("at"))
            cursor.execute(EVENTS, row)
        cursor.execute(
            "insert into person select distinct identifier_id, identifier_id from event where identifier_id > 0"
        )


def test_a_refund_lowers_the_purchase_it_belongs_to(workspace):
    buy = {"action": "purchase", "is_touch": False}
    record(
        workspace,
        {"at": (1, 8), "who": 7, "channel": "douyin"},
        {"at": (1, 9), "who": 7, **buy, "order_id": "A", "revenue": 100},
        {"at": (9, 9), "who": 7, "action": "refund", "is_touch": False, "order_id": "A", "revenue": -30},
    )
    journeys = journeys_of(workspace)
    assert (journeys.persons, journeys.events) == (1, 2)
    assert journeys.revenue.tolist() == [0.0, 70.0]


def test_a_purchase_without_identifier_is_kept_and_an_anonymous_touch_is_nobodys(workspace):
    buy = {"action": "purchase", "is_touch": False, "revenue": 50}
    record(workspace, {"at": (1, 8), "channel": "meta"}, {"at": (1, 9), **buy}, {"at": (1, 9), **buy})
    journeys = journeys_of(workspace)
    assert (journeys.persons, journeys.events) == (2, 2)
    assert journeys.revenue.sum() == 100.0
    assert rollup.touch_days(workspace)["touches"].to_list() == [1]


def test_the_table_is_built_anew_when_the_data_changes_and_only_then(workspace):
    record(workspace, {"at": (1, 8), "who": 1, "channel": "meta"})
    assert journeys_of(workspace).events == 1
    first = list((workspace.folder / "cache").glob("journeys-*.arrow"))
    assert journeys_of(workspace).events == 1
    assert list((workspace.folder / "cache").glob("journeys-*.arrow")) == first
    with workspace.writing("test") as cursor:
        cursor.execute("delete from event")
    assert journeys_of(workspace).events == 0
    assert len(list((workspace.folder / "cache").glob("journeys-*.arrow"))) == 1


def test_rollups_add_up_to_the_rows(workspace):
    with workspace.writing("test") as cursor:
        for number, (day, channel, cost) in enumerate([(1, "meta", "1.10"), (1, "meta", "2.20"), (2, "baidu", "5")]):
            cursor.execute(
                "insert into spend values ($id, 1, 1, $day, $channel, null, null, null, $cost, 'CNY', $cost, 10, 1, null, null)",
                {"id": number, "day": date(2026, 6, day), "channel": channel, "cost": cost},
            )
    table = rollup.spend_days(workspace)
    assert table.select("day", "channel", "spend", "impressions").rows() == [
        (date(2026, 6, 1), "meta", pytest.approx(3.3), 20),
        (date(2026, 6, 2), "baidu", 5.0, 10),
    ]
    assert rollup.channels(workspace)["channel"].to_list() == ["baidu", "meta"]


def test_an_empty_workspace_is_empty_everywhere(workspace):
    assert freshness(workspace).is_empty
    assert journeys_of(workspace).persons == 0
    assert rollup.touch_days(workspace).is_empty()
    assert rollup.actions(workspace).is_empty()


def test_freshness_tells_events_and_spend_apart(workspace):
    record(workspace, {"at": (3, 21, 30), "who": 1, "channel": "meta"})
    with workspace.writing("test") as cursor:
        cursor.execute(
            "insert into spend values (1, 1, 1, date '2026-06-02', 'meta', null, null, null, 1, 'CNY', 1, 1, 1, null, null)"
        )
    fresh = freshness(workspace)
    assert (fresh.first_day, fresh.last_day) == (date(2026, 6, 2), date(2026, 6, 3))
    assert fresh.watermarks == {"": datetime(2026, 6, 3, 21, 30)}
    assert fresh.spend_last_day_by_channel == {"meta": date(2026, 6, 2)}

"""What the engine hands up: the journey table of a workspace, rollups, freshness; each against plain SQL or by hand."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.engine import rollup
from omnidash.engine.freshness import freshness
from omnidash.engine.journeys import journeys_of
from omnidash.engine.refunds import unmatched_refunds
from omnidash.health.of_workspace import closed_through_of
from omnidash.metrics.of_workspace import channel_days_of
from omnidash.store import Workspace

EVENTS = """
    insert into event (event_id, batch_id, row_number, ts, day, identifier_id, channel, action, is_touch, order_id,
        revenue, currency, revenue_base)
    values ($event_id, 1, $event_id, $ts, cast($ts as date), $who, $channel, $action, $is_touch, $order_id, $revenue,
        'CNY', $revenue)
"""


SPEND = "spend (spend_id, batch_id, row_number, day, channel, cost, currency, cost_base, impressions, clicks)"


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
                f"insert into {SPEND} values ($id, 1, 1, $day, $channel, $cost, 'CNY', $cost, 10, 1)",
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
        cursor.execute(f"insert into {SPEND} values (1, 1, 1, date '2026-06-02', 'meta', 1, 'CNY', 1, 1, 1)")
    fresh = freshness(workspace)
    assert (fresh.first_day, fresh.last_day) == (date(2026, 6, 2), date(2026, 6, 3))
    assert fresh.watermarks == {"": datetime(2026, 6, 3, 21, 30)}
    assert fresh.spend_last_day_by_channel == {"meta": date(2026, 6, 2)}


BUY = {"action": "purchase", "is_touch": False}
GIVE_BACK = {"action": "refund", "is_touch": False}


def test_two_shops_may_use_the_same_order_number(workspace):
    record(
        workspace,
        {"at": (1, 9), "who": 1, **BUY, "channel": "shop_a", "order_id": "1001", "revenue": 100},
        {"at": (2, 9), "who": 2, **BUY, "channel": "shop_b", "order_id": "1001", "revenue": 60},
        {"at": (2, 9), "who": 3, **BUY, "channel": "shop_b", "order_id": "1001", "revenue": 40},
        {"at": (5, 9), "who": 1, **GIVE_BACK, "channel": "shop_a", "order_id": "1001", "revenue": -100},
    )
    assert sorted(journeys_of(workspace).revenue.tolist()) == [0.0, 40.0, 60.0]
    assert unmatched_refunds(workspace).is_empty()


def test_a_refund_of_an_unknown_order_lowers_the_revenue_of_its_own_day(workspace):
    record(
        workspace,
        {"at": (1, 9), "who": 1, **BUY, "order_id": "A", "revenue": 100},
        {"at": (3, 9), "who": 1, **GIVE_BACK, "revenue": -40},
        {"at": (4, 9), "who": 1, **GIVE_BACK, "order_id": "Z", "revenue": -5},
    )
    journeys = journeys_of(workspace)
    assert journeys.revenue.tolist() == [100.0]
    days = channel_days_of(workspace, journeys, model="last")
    booked = {row["day"].day: row["revenue"] for row in days.filter(channel="(direct)").to_dicts() if row["revenue"]}
    assert booked == {1: 100.0, 3: -40.0, 4: -5.0}


@settings(deadline=None, derandomize=True, max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(["x", "y", None]), st.integers(1, 90)), max_size=6),
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["x", "y", None]), st.integers(1, 90)), max_size=6),
)
def test_no_refund_is_lost_or_counted_twice(tmp_path_factory, purchases, refunds):
    workspace = Workspace.create(tmp_path_factory.mktemp("refunds") / "w")
    rows = [{"at": (1, 9), "who": 1, **BUY, "order_id": o, "channel": c, "revenue": v} for o, c, v in purchases]
    rows += [{"at": (2, 9), "who": 1, **GIVE_BACK, "order_id": o, "channel": c, "revenue": -v} for o, c, v in refunds]
    record(workspace, *rows)
    days = channel_days_of(workspace, journeys_of(workspace), model="last")
    expected = sum(v for _o, _c, v in purchases) - sum(v for _o, _c, v in refunds)
    assert days["revenue"].sum() == pytest.approx(expected)


def test_touches_that_name_no_channel_are_traffic_all_the_same(workspace):
    record(workspace, {"at": (1, 8), "who": 1, "channel": "meta"}, {"at": (1, 9), "who": 1})
    assert dict(rollup.touch_days(workspace).select("channel", "touches").iter_rows()) == {"(unknown)": 1, "meta": 1}


def delivered(workspace: Workspace, **watermarks: datetime) -> None:
    with workspace.writing("test") as cursor:
        for number, (source, watermark) in enumerate(watermarks.items(), start=1):
            cursor.execute(
                "insert into batch by name select $id as batch_id, 'f' as file_name, 'x' as file_sha256,"
                " 'guessed' as profile, 'events' as kind, $source as source, timestamp '2026-07-01' as imported_at,"
                " 'active' as state, 0 as rows_read, 0 as added, 0 as restated, 0 as duplicates, 0 as rejected,"
                " 0 as skipped_totals, $watermark as watermark, '{}' as sums, '[]' as warnings, '{}' as mapping",
                {"id": number, "source": source, "watermark": watermark},
            )


NOW = datetime(2026, 7, 10, 12, tzinfo=UTC)


def test_a_day_is_closed_only_when_every_source_has_delivered_it(workspace):
    record(workspace, {"at": (1, 8), "who": 1, "channel": "meta"})
    delivered(workspace, clicks=datetime(2026, 6, 30, 16), orders=datetime(2026, 6, 20, 16))
    assert closed_through_of(workspace, freshness(workspace), now=NOW) == date(2026, 6, 20)


def test_a_source_that_ended_long_ago_is_not_waited_for(workspace):
    record(workspace, {"at": (1, 8), "who": 1, "channel": "meta"})
    delivered(workspace, clicks=datetime(2026, 6, 30, 16), old_shop=datetime(2026, 5, 1, 16))
    assert closed_through_of(workspace, freshness(workspace), now=NOW) == date(2026, 6, 30)


def test_today_is_never_closed(workspace):
    record(workspace, {"at": (1, 8), "who": 1, "channel": "meta"})
    delivered(workspace, clicks=datetime(2026, 6, 30, 15, 30))
    evening_in_shanghai = datetime(2026, 6, 30, 15, 40, tzinfo=UTC)
    assert closed_through_of(workspace, freshness(workspace), now=evening_in_shanghai) == date(2026, 6, 29)

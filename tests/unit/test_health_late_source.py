"""A source that falls silent within the day: what is known of it, what is said, and what is not."""

from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from omnidash.engine.deliveries import batch_hours, deliveries_of, source_hours_of
from omnidash.engine.freshness import freshness
from omnidash.health.late_source import late_waits
from omnidash.health.of_workspace import rules_of
from omnidash.locale import translator
from omnidash.metrics.channel_day import CHANNEL_DAY
from omnidash.store import Workspace

FIRST = datetime(2026, 3, 1, 16)  # Monday 2 March in Shanghai
DAYS = 50
STOPS = DAYS * 24 - 9  # 15:00 of the last day; the others go on to midnight

_EVENTS = """
    insert into event (event_id, batch_id, row_number, ts, day, identifier_id, channel, raw_channel, action, is_touch,
        revenue_base)
    select $first + i, $batch, i, $from + to_minutes(cast(i * 60 / $rows as bigint)),
        cast($from + to_minutes(cast(i * 60 / $rows as bigint)) + interval 8 hours as date), 1, $channel, $channel,
        'click', true, 0
    from range($rows) r(i)
"""
_BATCH = """
    insert into batch by name select $batch as batch_id, $source || '.csv' as file_name, 'x' as file_sha256,
        'guessed' as profile, 'events' as kind, $source as source, cast($at as timestamp) as imported_at,
        'active' as state, $rows as rows_read, $rows as added, 0 as restated, 0 as duplicates, 0 as rejected,
        0 as skipped_totals, cast($from as date) as first_day, cast($from as date) as last_day,
        cast($at as timestamp) as watermark, '{}' as sums, '[]' as warnings, '{}' as mapping
"""


@pytest.fixture(scope="module")
def hourly(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two sources imported every other hour; the shop stops at 15:00 of the last day."""
    workspace = Workspace.create(tmp_path_factory.mktemp("hourly") / "w")
    batch = 0
    with workspace.writing("test") as cursor:
        cursor.execute("insert into identifier values (1, 'member_id', 'a', 'a', 'strong', false)")
        for hour in range(0, DAYS * 24, 2):
            for source, channel in (("shop", "tmall"), ("tracker", "baidu")):
                if source == "shop" and hour >= STOPS:
                    continue
                batch += 1
                begin = FIRST + timedelta(hours=hour)
                given = {"batch": batch, "from": begin}
                cursor.execute(_EVENTS, {**given, "first": batch * 100, "rows": 30, "channel": channel})
                at = begin + timedelta(hours=1)
                cursor.execute(_BATCH, {**given, "source": source, "at": at, "rows": 30})
    return workspace


def rules(workspace: Workspace):
    empty = pl.DataFrame(schema=CHANNEL_DAY)
    return rules_of(workspace, empty, freshness(workspace))


def test_a_source_that_stops_in_the_afternoon_is_said_on_the_same_day_and_once(hourly):
    (case,) = [c for c in rules(hourly).cases if c.rule == "feed_silent"]
    last_day = date(2026, 3, 1) + timedelta(days=DAYS)
    assert (case.source, case.channel, case.state) == ("shop", "tmall", "open")
    assert case.first_day == case.fired_on == last_day
    said = translator("en").render(case.sentence)
    assert "shop.csv has delivered nothing since 14:58" in said
    assert "22:58" in said
    assert translator("zh_CN").render(case.sentence) != said
    assert [str(action.values["clock"]) for action in case.actions if "Fetch" in action.template] == ["14:58"]


def test_the_evening_before_nothing_was_late(hourly):
    result = rules_of(hourly, pl.DataFrame(schema=CHANNEL_DAY), freshness(hourly), as_of=date(2026, 4, 18))
    assert not [c for c in result.cases if c.rule == "feed_silent"]


def test_rows_without_a_time_of_day_and_one_large_file_say_nothing_within_the_day(hourly):
    hours = batch_hours(hourly)
    source_hours, deliveries = source_hours_of(hours), deliveries_of(hours)
    assert late_waits(source_hours, deliveries)
    at_once = deliveries.group_by("source").agg(pl.col("at").max(), pl.col("until").max()).sort("at")
    assert late_waits(source_hours, at_once) == []


def test_rows_at_local_midnight_sharp_carry_a_date_only(tmp_path: Path):
    workspace = Workspace.create(tmp_path / "w")
    with workspace.writing("test") as cursor:
        cursor.execute("insert into identifier values (1, 'member_id', 'a', 'a', 'strong', false)")
        for batch in range(1, 4):
            begin = FIRST + timedelta(days=batch)
            for place, minute in enumerate((0, 61)):
                moment = {"from": begin + timedelta(minutes=minute), "batch": batch}
                cursor.execute(_EVENTS, {**moment, "first": batch * 10 + place, "rows": 1, "channel": "tmall"})
            cursor.execute(_BATCH, {"batch": batch, "from": begin, "source": "shop", "at": begin, "rows": 2})
    assert batch_hours(workspace)["hour"].to_list() == [FIRST + timedelta(days=d, hours=1) for d in (1, 2, 3)]

"""Laws of the rules on whole histories: events, spend and refunds go in, cases come out."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.health.cases import Case
from omnidash.health.closed import closed_through, settled_through
from omnidash.health.run import run_rules
from omnidash.journeys.credit import credit_by_day
from omnidash.journeys.table import Journeys
from omnidash.metrics.channel_day import channel_day

ZONE = "Asia/Shanghai"
FIRST = date(2026, 6, 1)
DAYS = 40
CHANNELS = ("meta", "baidu")


def history(seed: int, *, evening_orders: bool) -> pl.DataFrame:
    """Touches, orders and refunds of 40 days at any hour; the orders of a few bad days are thin, of the others come late."""
    rng = np.random.default_rng(seed)
    rows = []
    bad_from = int(rng.integers(8, 30))
    for day in range(DAYS):
        for channel in CHANNELS:
            count = int(rng.poisson(12)) if rng.uniform() > 0.05 else 0
            is_bad = channel == "meta" and bad_from <= day < bad_from + int(rng.integers(5, 11))
            for _ in range(count):
                at = day * 24 + float(rng.uniform(0, 24))
                person = int(rng.integers(0, 400))
                rows.append((person, at, channel, "click", True, 0.0))
                if rng.uniform() < (0.1 if is_bad else 0.5):
                    hour = 23.2 if evening_orders else at % 24
                    rows.append((person, max(day * 24 + hour, at + 0.01), None, "purchase", False, 20.0))
    frame = pl.DataFrame(rows, schema=["person", "hour", "channel", "action", "touch", "revenue"], orient="row").filter(
        pl.col("hour") < DAYS * 24
    )
    return frame.sort("hour").with_row_index("event_id")


def cases_of(events: pl.DataFrame) -> list[Case]:
    """The ROI cases that are known from these events; spend of 100 a day and channel is delivered for every day seen."""
    start = datetime.combine(FIRST, datetime.min.time(), ZoneInfo(ZONE)).astimezone(UTC).replace(tzinfo=None)
    seconds = (events["hour"] * 3600).cast(pl.Int64)
    frame = events.with_columns(
        ts=pl.Series([start + timedelta(seconds=s) for s in seconds], dtype=pl.Datetime("us")),
        day=pl.Series([FIRST + timedelta(days=int(h // 24)) for h in events["hour"]], dtype=pl.Date),
        campaign=pl.lit(None, dtype=pl.String),
        event_id=pl.col("event_id").cast(pl.UInt64),
    )
    credits = credit_by_day(Journeys.from_frame(frame, stage_of_action={}), model="last").frame()  # noqa: A001
    touches = frame.filter("touch").group_by("day", "channel").agg(touches=pl.len().cast(pl.Int64))
    days = pl.select(day=pl.date_range(FIRST, frame["day"].max(), "1d"))
    spend = days.join(pl.DataFrame({"channel": CHANNELS}), how="cross").with_columns(
        spend=pl.lit(100.0), impressions=pl.lit(0), clicks=pl.lit(0)
    )
    newest = frame["ts"].max()
    closed = settled_through(closed_through(newest, ZONE), newest, ZONE)
    result = run_rules(channel_day(spend, touches, credits), closed)
    return [case for case in result.cases if case.rule == "roi_streak"]


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.integers(0, 10_000), st.integers(8 * 24, DAYS * 24), st.booleans())
def test_a_history_cut_off_at_any_hour_never_has_a_seven_day_alarm_the_whole_one_has_not(
    seed: int, hour: int, evening_orders: bool
) -> None:
    events = history(seed, evening_orders=evening_orders)
    whole = {(case.channel, case.first_day, case.fired_on) for case in cases_of(events)}
    cut = {(case.channel, case.first_day, case.fired_on) for case in cases_of(events.filter(pl.col("hour") < hour))}
    assert cut <= whole


def test_the_law_speaks_of_histories_that_have_alarms() -> None:
    assert sum(bool(cases_of(history(seed, evening_orders=False))) for seed in range(20)) >= 5

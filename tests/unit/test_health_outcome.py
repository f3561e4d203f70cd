"""A decision is scored by the figure its case was about, before and after, and not before a week has passed."""

from datetime import date, timedelta

import polars as pl
import pytest

from omnidash.health.outcome import outcome_of
from omnidash.metrics.channel_day import CHANNEL_DAY

FIRST = date(2026, 6, 1)
DECIDED = FIRST + timedelta(days=10)


def table(revenue_before: float, revenue_after: float, days: int = 30) -> pl.DataFrame:
    rows = [
        (
            FIRST + timedelta(days=i), channel, 50 if channel == "meta" or i < 10 else 200, 100.0, 0, 0, True, 2.0,
            revenue_before if i <= 10 else revenue_after, 1.0, False,
        )
        for i in range(days)
        for channel in ("meta", "baidu")
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row").sort("day", "channel")


def judged(before: float, after: float, *, closed: int = 29, rule: str = "roi_streak"):
    return outcome_of(rule, "meta", DECIDED, table(before, after), closed_through=FIRST + timedelta(days=closed))


def test_roi_before_and_after_over_the_days_that_are_closed():
    found = judged(70.0, 105.0)
    assert (found.before, found.after, found.days_after, found.judged) == (
        pytest.approx(-0.3), pytest.approx(0.05), 14, "better",
    )  # fmt: skip
    assert judged(70.0, 50.0).judged == "worse"
    assert judged(70.0, 75.0).judged == "unclear"


def test_nothing_is_said_before_a_week_has_passed():
    assert judged(70.0, 105.0, closed=16) is None
    assert judged(70.0, 105.0, closed=17).days_after == 7


def test_a_falling_share_is_good_for_a_concentration():
    found = judged(70.0, 70.0, rule="concentration")
    assert (found.before, found.after, found.judged) == (pytest.approx(0.5), pytest.approx(0.2), "better")


def test_nothing_before_gives_no_figure_of_change():
    silent = table(70.0, 70.0).with_columns(
        touches=pl.when(pl.col("day") < DECIDED).then(0).otherwise(pl.col("touches"))
    )
    found = outcome_of("feed_silent", "meta", DECIDED, silent, closed_through=FIRST + timedelta(days=29))
    assert (found.before, found.after, found.judged) == (0.0, 50.0, "incomparable")
    unspent = table(70.0, 70.0).with_columns(
        spend=pl.when(pl.col("day") < DECIDED).then(0.0).otherwise(pl.col("spend"))
    )
    found = outcome_of("roi_streak", "meta", DECIDED, unspent, closed_through=FIRST + timedelta(days=29))
    assert (found.before, found.after, found.judged) == (None, pytest.approx(-0.3), "incomparable")


def test_a_figure_that_cannot_be_told_afterwards_is_said_so():
    stopped = table(70.0, 70.0).with_columns(
        spend=pl.when(pl.col("day") > DECIDED).then(0.0).otherwise(pl.col("spend"))
    )
    found = outcome_of("roi_streak", "meta", DECIDED, stopped, closed_through=FIRST + timedelta(days=29))
    assert (found.after, found.judged) == (None, "incomparable")


def test_an_roi_of_zero_before_is_a_figure_like_any_other():
    assert judged(100.0, 130.0).judged == "better"


def with_spend_until(day: int, *, of: tuple[str, ...] = ("meta",), days: int = 30) -> pl.DataFrame:
    is_late = (pl.col("day") > FIRST + timedelta(days=day)) & pl.col("channel").is_in(of)
    return table(70.0, 70.0, days).with_columns(
        spend=pl.when(is_late).then(0.0).otherwise(pl.col("spend")), has_spend=~is_late
    )


@pytest.mark.parametrize("rule", ["roi_streak", "cac_to_ltv"])
def test_a_figure_of_money_spent_waits_for_the_spend_of_its_days(rule):
    closed = FIRST + timedelta(days=29)
    assert outcome_of(rule, "meta", DECIDED, with_spend_until(16), closed_through=closed) is None
    found = outcome_of(rule, "meta", DECIDED, with_spend_until(19, of=("meta", "baidu")), closed_through=closed)
    assert (found.days_after, found.judged, found.after) == (9, "unclear", pytest.approx(found.before))


def test_spend_that_ended_long_before_that_of_others_is_not_waited_for():
    ended = with_spend_until(10, days=60)
    assert outcome_of("roi_streak", "meta", DECIDED, ended, closed_through=FIRST + timedelta(days=59)).after is None

"""Laws of the channel-day table, its sums and the Wilson interval."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.metrics.channel_day import channel_day
from omnidash.metrics.conversion_rate import wilson_interval
from omnidash.metrics.summary import channel_table, daily, totals
from omnidash.model.period import Period

LAW = settings(deadline=None, derandomize=True, max_examples=30)
FIRST = date(2026, 6, 1)

key = st.tuples(st.integers(0, 9).map(lambda n: FIRST + timedelta(days=n)), st.sampled_from(["a", "b", "c"]))
rows = st.lists(st.tuples(key, st.integers(0, 1000)), max_size=20)


def frame(rows: list, *columns: str) -> pl.DataFrame:
    schema = {"day": pl.Date, "channel": pl.String, **dict.fromkeys(columns, pl.Float64)}
    return pl.DataFrame(
        [(*k, *(float(n + i) for i in range(len(columns)))) for k, n in rows], schema=schema, orient="row"
    )


def table(spend: list, touches: list, credit: list) -> pl.DataFrame:
    return channel_day(
        frame(spend, "spend", "impressions", "clicks"),
        frame(touches, "touches"),
        frame(credit, "conversions", "revenue", "new_customers"),
    )


@LAW
@given(rows, rows, rows)
def test_every_column_adds_up_to_its_input(spend: list, touches: list, credit: list) -> None:
    days = table(spend, touches, credit)
    for rows, columns in (
        (spend, ("spend", "impressions", "clicks")),
        (touches, ("touches",)),
        (credit, ("conversions", "revenue", "new_customers")),
    ):
        for i, name in enumerate(columns):
            assert days[name].sum() == sum(n + i for _, n in rows)


@LAW
@given(rows, rows, rows)
def test_the_table_is_dense_and_every_key_stands_once(spend: list, touches: list, credit: list) -> None:
    days = table(spend, touches, credit)
    assert days.height == days.select("day", "channel").unique().height
    assert days.height == days["day"].n_unique() * days["channel"].n_unique()
    if days.height:
        assert days["day"].n_unique() == (days["day"].max() - days["day"].min()).days + 1
    assert set(days.filter("has_spend").select("day", "channel").rows()) == {k for k, _ in spend}


@LAW
@given(rows, rows, rows, st.randoms(use_true_random=False))
def test_row_order_of_the_inputs_does_not_matter(spend: list, touches: list, credit: list, random: object) -> None:
    shuffled = [random.sample(rows, len(rows)) for rows in (spend, touches, credit)]  # type: ignore[attr-defined]
    assert table(spend, touches, credit).equals(table(*shuffled))


@LAW
@given(rows, rows, rows)
def test_channels_and_days_both_add_up_to_the_totals(spend: list, touches: list, credit: list) -> None:
    days = table(spend, touches, credit)
    period = Period(first_day=FIRST + timedelta(days=1), last_day=FIRST + timedelta(days=7))
    whole = totals(days, period)
    for name in ("spend", "revenue", "conversions", "new_customers", "touches"):
        assert channel_table(days, period)[name].sum() == daily(days, period)[name].sum() == whole[name]


@LAW
@given(st.integers(0, 300), st.integers(1, 300), st.sampled_from([0.8, 0.9, 0.95]))
def test_wilson_interval_holds_the_rate_inside_zero_to_one_and_narrows_with_more_trials(
    successes: int, trials: int, confidence: float
) -> None:
    if successes > trials:
        assert wilson_interval(successes, trials, confidence=confidence) is None
        return
    low, high = wilson_interval(successes, trials, confidence=confidence)  # type: ignore[misc]
    assert 0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1
    more_low, more_high = wilson_interval(successes * 10, trials * 10, confidence=confidence)  # type: ignore[misc]
    assert more_high - more_low < high - low
    mirror = wilson_interval(trials - successes, trials, confidence=confidence)
    assert mirror == pytest.approx((1 - high, 1 - low), abs=1e-12)

"""Laws of the silence rules: what is said of a history cut off is said of the whole one, and chance alone says nothing."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.health.silence import silence_cases
from omnidash.health.silent_sources import source_waits
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.channel_day import CHANNEL_DAY

FIRST = date(2026, 1, 5)
DAYS = 150
WEEKS = {"flat": [1.0] * 7, "business": [1.2, 1.2, 1.1, 1.0, 1.0, 0.1, 0.05], "closed": [1, 1, 1, 1, 1.2, 1.6, 0.0]}


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def history(seed: int, *, is_broken: bool, days: int = DAYS) -> pl.DataFrame:
    """Three channels of any size and week; where broken, each loses its touches for some days, with or without its
    spend."""
    rng = np.random.default_rng(seed)
    rows = []
    for channel, week in WEEKS.items():
        counts = rng.poisson(float(rng.choice([2, 6, 15, 50])) * np.resize(np.array(week), days))
        spend = np.round(counts * 2.0 + rng.uniform(0, 5, days), 2)
        if is_broken:
            for begin in rng.integers(30, days, size=2):
                silent = slice(int(begin), int(begin + rng.integers(1, 40)))
                counts[silent] = 0
                if rng.uniform() < 0.5:
                    spend[silent] = 0
        rows += [
            (day(i), channel, int(counts[i]), float(spend[i]), 0, 0, spend[i] > 0, 0.0, 0.0, 0.0, False)
            for i in range(days)
        ]
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row").sort("day", "channel")


def said(table: pl.DataFrame, last: int) -> set[tuple[str, str, date, date]]:
    cases = silence_cases(table, closed_through=day(last), thresholds=Thresholds()).cases
    return {(c.rule, c.channel, c.first_day, c.fired_on) for c in cases}


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.integers(0, 10_000), st.integers(20, DAYS - 1))
def test_a_history_cut_off_at_any_day_says_what_the_whole_one_says_of_its_days(seed: int, last: int) -> None:
    table = history(seed, is_broken=True)
    whole = {case for case in said(table, DAYS - 1) if case[3] <= day(last)}
    assert said(table.filter(pl.col("day") <= day(last)), last) == whole


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.integers(0, 10_000), st.integers(20, DAYS - 1))
def test_a_source_cut_off_at_any_day_is_late_when_the_whole_one_is(seed: int, last: int) -> None:
    counts = history(seed, is_broken=True).group_by("day").agg(pl.col("touches").min()).sort("day")["touches"].to_list()
    days = [day(i) for i, count in enumerate(counts) if count]
    rows = [count for count in counts if count]

    def late(until: int) -> set[tuple[date, date]]:
        kept = [place for place, at in enumerate(days) if at <= day(until)]
        waits = source_waits([days[place] for place in kept], [rows[place] for place in kept], day(until))
        return {(gap.last_good, gap.noticed) for gap in waits.gaps}

    assert late(last) == {gap for gap in late(DAYS - 1) if gap[1] <= day(last)}


def test_what_chance_leaves_empty_is_said_at_most_once_in_twenty_channel_years() -> None:
    years, alarms = 0, 0
    for seed in range(20):
        alarms += len(said(history(seed, is_broken=False, days=2 * 365), 2 * 365 - 1))
        years += 2 * len(WEEKS)
    assert alarms <= years / 20


def test_the_law_speaks_of_histories_that_have_alarms() -> None:
    assert sum(bool(said(history(seed, is_broken=True), DAYS - 1)) for seed in range(20)) >= 15

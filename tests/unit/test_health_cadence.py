"""How improbable an empty day is, as the days before it tell."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.health.cadence import cadence, daily_cadence, empty_runs, surprise_needed

MONDAY = date(2026, 1, 12)


def days(count: int) -> list[date]:
    return [MONDAY + timedelta(days=i) for i in range(count)]


def sundays(*counts: int) -> np.ndarray:
    """Weeks of 50 a day whose Sundays bring these counts."""
    return np.array([count if weekday == 6 else 50 for count in counts for weekday in range(7)])


def surprise_of_next_sunday(*counts: int) -> float:
    series = sundays(*counts, 0)
    return float(cadence(series, period=7).surprise[-1])


def test_the_worked_example_of_a_shop_that_is_closed_on_two_sundays_of_eight():
    assert surprise_of_next_sunday(50, 48, 0, 0, 51, 50, 49, 52) == pytest.approx(np.log(6))
    assert surprise_of_next_sunday(0, 0, 0, 0, 0, 0, 0, 0) < 0.2
    assert surprise_of_next_sunday(0, 0, 0, 50, 0, 0, 0, 0) < 0.6
    assert surprise_of_next_sunday(50, 48, 0, 50, 51, 50, 49, 52) > 40  # one may be a holiday or an outage


def test_a_few_touches_a_day_owe_what_poisson_says():
    series = np.array([4] * 70)
    found = cadence(series, period=7)
    assert found.surprise[-1] == pytest.approx(4.0)
    assert found.usual[-1] == 4.0


def test_rows_that_come_in_clumps_owe_as_many_arrivals():
    rng = np.random.default_rng(3)
    arrivals = rng.poisson(12, 400)
    found = cadence(arrivals * 5, period=7).surprise[200:]
    assert np.median(found) == pytest.approx(12, rel=0.35)  # not 60


def test_two_thin_weeks_owe_less():
    series = np.concatenate([np.full(56, 40), np.full(14, 10)])
    assert 7 < cadence(np.append(series, 0), period=7).surprise[-1] <= 11


def test_a_public_holiday_owes_what_the_weekday_that_owes_least_does():
    first = date(2026, 7, 6)
    every = [first + timedelta(days=i) for i in range(100)]
    counts = np.array([2 if day.weekday() >= 5 else 60 for day in every])
    found = daily_cadence(every, counts).surprise
    assert found[every.index(date(2026, 10, 1))] == pytest.approx(2.0, rel=0.1)
    assert found[every.index(date(2026, 9, 24))] > 30


def test_weeks_of_silence_teach_nobody_that_silence_is_usual():
    series = np.concatenate([np.full(70, 40), np.zeros(21), np.full(3, 40), [0]])
    assert cadence(series, period=7).surprise[-1] >= 10
    (first, second) = empty_runs(series, cadence(series, period=7).surprise, needed=10)
    assert (first.first, first.noticed, first.end) == (70, 70, 91)
    assert (second.first, second.noticed) == (94, 94)


def test_days_that_are_not_known_neither_end_a_run_nor_speak_for_it():
    series = np.array([4] * 28 + [0] * 4)
    is_known = np.array([True] * 29 + [False] * 2 + [True])
    (run,) = empty_runs(series, cadence(series, is_known, period=7).surprise, is_known, needed=10)
    assert (run.first, run.noticed, run.end) == (28, None, 32)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    st.lists(st.integers(0, 30), min_size=30, max_size=120),
    st.integers(20, 119),
    st.sets(st.integers(0, 119), max_size=10),
)
def test_a_history_cut_off_says_of_its_days_what_the_whole_one_says(
    counts: list[int], cut: int, unknown: set[int]
) -> None:
    is_known = np.array([position not in unknown for position in range(len(counts))])
    series = np.array(counts)
    whole = daily_cadence(days(len(counts)), series, is_known)
    part = daily_cadence(days(len(counts))[:cut], series[:cut], is_known[:cut])
    assert np.array_equal(part.surprise, whole.surprise[:cut])
    assert np.array_equal(part.usual, whole.usual[:cut])


@pytest.mark.parametrize("rate", [0.7, 3.0, 8.0, 14.0, 60.0])
def test_chance_alone_is_said_at_most_once_in_twenty_years(rate: float) -> None:
    """Sixty by design; the rest is for what eight weeks cannot know."""
    rng = np.random.default_rng(int(rate * 10))
    weekly = np.array([1.2, 1.2, 1.1, 1.0, 1.0, 0.3, 0.1])
    years, alarms = 60, 0
    for _ in range(years):
        series = rng.poisson(rate * np.tile(weekly, 60))
        runs = empty_runs(series, cadence(series, period=7).surprise, needed=surprise_needed(365))
        alarms += sum(run.noticed is not None for run in runs)
    assert alarms <= years / 20


def test_how_long_a_few_sales_a_day_take_to_be_missed():
    """0.7 a day: fourteen days without any come once in e¹⁰; what eight weeks cannot know costs a few more."""
    rng = np.random.default_rng(1)
    delays = []
    for _ in range(100):
        series = np.concatenate([rng.poisson(0.7, 100), np.zeros(30)])
        runs = empty_runs(series, cadence(series, period=7).surprise, needed=surprise_needed(365))
        delays += [run.noticed - 99 for run in runs if run.noticed is not None and run.noticed >= 100]
    assert len(delays) >= 95
    assert np.median(delays) <= 16

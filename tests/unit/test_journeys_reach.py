"""Reach, cross-channel conversion and overlap on journeys one can follow by eye."""

import dataclasses
from datetime import date

import pytest

from omnidash.journeys.notation import journeys
from omnidash.journeys.overlap import overlap
from omnidash.journeys.reach import cross_channel, daily_reach, reach
from omnidash.model.period import Period

THREE_DAYS = Period(first_day=date(1970, 1, 3), last_day=date(1970, 1, 5))


def test_persons_count_once_per_channel_and_once_in_total() -> None:
    result = reach(journeys({"ana": "a@1 a@2 b@3 purchase@4", "bo": "a@1", "cy": "purchase@2"}))
    assert result.frame().rows() == [("a", 2, 3, 1), ("b", 1, 1, 1)]
    assert (result.total_persons, result.total_touches, result.total_converters) == (2, 4, 1)


def test_converters_touched_the_channel_first_and_recently() -> None:
    people = {"ana": "a@1 purchase@2 b@3", "bo": "a@1 purchase@40"}
    assert reach(journeys(people)).frame().rows() == [("a", 2, 2, 1), ("b", 1, 1, 0)]


def test_reach_looks_only_at_the_days_of_the_period() -> None:
    people = {"ana": "a@1 b@2 purchase@9", "bo": "a@4 purchase@4"}
    assert reach(journeys(people), period=THREE_DAYS).frame().rows() == [("a", 1, 1, 1), ("b", 1, 1, 0)]


def test_daily_reach_counts_a_person_once_a_day() -> None:
    result = daily_reach(journeys({"ana": "a@2 a@2.5 b@2.5 a@3", "bo": "a@2"}))
    assert result.frame().rows() == [
        (date(1970, 1, 3), "a", 2, 3),
        (date(1970, 1, 3), "b", 1, 1),
        (date(1970, 1, 4), "a", 1, 1),
    ]
    assert result.total_persons.tolist() == [2, 1]


def test_a_period_without_data_is_a_row_of_zero_days() -> None:
    later = Period(first_day=date(1980, 1, 1), last_day=date(1980, 1, 3))
    result = daily_reach(journeys({"ana": "a@2"}), period=later)
    assert (result.total_persons.tolist(), result.frame().height) == ([0, 0, 0], 0)


def test_cross_channel_rate_is_shown_beside_the_single_channel_rate() -> None:
    people = {
        "ana": "a@1 b@2 purchase@3",
        "bo": "a@1 b@2",
        "cy": "a@1 purchase@2",
        "dan": "a@1 a@2",
        "eve": "a@1",
        "fay": "purchase@1",
    }
    result = cross_channel(journeys(people))
    assert (result.multi_persons, result.multi_converters, result.multi_rate) == (2, 1, 0.5)
    assert (result.single_persons, result.single_converters, result.single_rate) == (3, 1, pytest.approx(1 / 3))


def counts(people: dict[str, str], period: Period | None = None) -> tuple[int, int, int, int]:
    """(multi persons, multi converters, single persons, single converters) with a lookback of 30 days."""
    return dataclasses.astuple(cross_channel(journeys(people), period))


def test_converters_and_others_are_classed_by_the_same_touches() -> None:
    assert counts({"ana": "a@1 purchase@2 b@3", "bo": "a@1 b@3"}) == (2, 0, 0, 0)
    assert counts({"ana": "a@1 purchase@2 b@3 purchase@4", "bo": "a@1 b@3"}) == (2, 1, 0, 0)


def test_several_channels_convert_only_inside_one_lookback_with_both_ends() -> None:
    assert counts({"ana": "a@1 b@31 purchase@31"}) == (1, 1, 0, 0)
    assert counts({"ana": "a@1 b@31 purchase@31.1"}) == (1, 0, 0, 0)
    assert counts({"ana": "a@1 purchase@31", "bo": "a@1 purchase@31.1"}) == (0, 0, 2, 1)


def test_one_conversion_after_enough_channels_is_enough() -> None:
    assert counts({"ana": "a@1 b@1 purchase@2 purchase@100 a@101"}) == (1, 1, 0, 0)
    assert counts({"bo": "a@1 purchase@2 purchase@100"}) == (0, 0, 1, 1)


def test_a_conversion_that_is_a_touch_itself_counts_as_a_touch_before_it() -> None:
    assert counts({"ana": "a@1 b:purchase@2", "bo": "b:purchase@2"}) == (1, 1, 1, 1)


def test_touches_before_the_period_lead_to_conversions_but_reach_nobody() -> None:
    people = {
        "ana": "a@0 b@3 purchase@4",  # one channel in the period
        "bo": "a@0 b@1 purchase@4",  # not reached in the period
        "cy": "c@0 a@1 a@3 purchase@3 b@4",  # two channels in the period, two others up to the purchase
        "dan": "a@2 b@3 purchase@9",  # bought after the period
        "eve": "a@0 b@1 purchase@1 a@3",  # bought before the period
    }
    assert counts(people, THREE_DAYS) == (2, 1, 2, 1)


def test_touches_without_a_channel_are_touches_of_one_channel() -> None:
    assert counts({"ana": ":visit@1 :click@2 purchase@3", "bo": ":visit@1 a@2 purchase@3"}) == (1, 1, 1, 1)


def test_rates_of_nobody_are_null() -> None:
    nobody = cross_channel(journeys({}))
    assert (nobody.multi_rate, nobody.single_rate) == (None, None)


def test_overlap_needs_two_touches_close_in_time() -> None:
    people = {"ana": "a@1 b@8", "bo": "a@1 b@8.1", "cy": "b@5 a@1", "dan": "b@3"}
    result = overlap(journeys(people), window_days=7)
    assert result.channels == ("a", "b")
    assert result.both.tolist() == [[3, 2], [2, 4]]
    assert result.reach.tolist() == [3, 4]
    assert result.exclusive.tolist() == [0, 1]
    assert result.frame().rows() == [("a", "b", 2, 2 / 3), ("b", "a", 2, 0.5)]


def test_any_pair_of_touches_may_be_the_close_one() -> None:
    assert overlap(journeys({"ana": "a@0 b@20 a@22 b@90"}), window_days=7).both.tolist() == [[1, 1], [1, 1]]


def test_overlap_is_cut_to_the_period() -> None:
    result = overlap(journeys({"ana": "a@1 b@2", "bo": "a@3 b@4 c@9"}), window_days=7, period=THREE_DAYS)
    assert result.channels == ("a", "b")
    assert result.both.tolist() == [[1, 1], [1, 2]]


def test_empty_tables_reach_nobody() -> None:
    empty = journeys({})
    assert reach(empty).frame().height == 0
    assert daily_reach(empty).frame().height == 0
    assert overlap(empty).frame().height == 0
    assert overlap(empty).channels == ()


def test_lengths_of_time_are_positive() -> None:
    table = journeys({"ana": "a@1"})
    for analysis in (
        lambda: reach(table, lookback_days=0),
        lambda: cross_channel(table, lookback_days=-1),
        lambda: overlap(table, window_days=0),
    ):
        with pytest.raises(ValueError, match="not a positive length of time"):
            analysis()

"""Rhythm, cohorts and collisions by example: what each counts, and what it does not."""

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from omnidash.journeys.cohorts import cohorts
from omnidash.journeys.collisions import collisions
from omnidash.journeys.notation import journeys
from omnidash.journeys.rhythm import rhythm, zone_changes
from omnidash.journeys.subset import of_persons
from omnidash.journeys.top_paths import top_paths

HOURS = 3600.0
MONDAY = 4 * 24  # 5 January 1970, in hours


def test_hours_are_those_of_the_workspaces_clock():
    table = journeys({"ana": f"meta@{MONDAY + 9}"}, unit_seconds=HOURS)
    found = rhythm(table, zone=ZoneInfo("Asia/Shanghai"))
    assert np.argwhere(found.touches[0]).tolist() == [[0, 17]]


def test_the_clock_changes_at_the_second_the_zone_says():
    """Berlin, 29 March 2026, 01:00 UTC."""
    at = 1_774_746_000_000_000
    change_us, offset_us = zone_changes(ZoneInfo("Europe/Berlin"), at - 10**11, at + 10**11)
    assert change_us.tolist()[1:] == [at]
    assert (offset_us // 3_600_000_000).tolist() == [1, 2]


def test_a_conversion_counts_at_the_last_touch_that_led_to_it_and_no_touch_leads_to_two():
    table = journeys({"ana": "meta@1 tmall@2 purchase@3 purchase@4"})
    found = rhythm(table, zone=ZoneInfo("UTC"))
    assert {c: int(found.conversions[k].sum()) for k, c in enumerate(found.channels)} == {
        "(direct)": 1,
        "meta": 0,
        "tmall": 1,
    }


def test_rows_at_midnight_sharp_are_counted_apart():
    found = rhythm(journeys({"ana": "meta@4 meta@5.25"}), zone=ZoneInfo("UTC"))
    assert found.touches_at_midnight.tolist() == [1]


def test_a_month_that_is_not_over_has_no_rate_and_one_that_has_not_begun_no_cell():
    people = {"ana": "meta@1 purchase@10 purchase@40", "bo": "meta@3 purchase@12", "cy": "meta@33 purchase@35"}
    found = cohorts(journeys(people), closed_through=date(1970, 2, 20), unit="month")
    assert found.frame().select("cohort", "cell", "customers", "repurchased", "repurchase_rate").rows() == [
        (date(1970, 1, 1), 0, 2, 0, 0.0),
        (date(1970, 1, 1), 1, 2, 1, None),
        (date(1970, 2, 1), 0, 1, 0, None),
    ]


def test_seeing_an_ad_is_not_coming_back():
    people = {"ana": "purchase@1 meta:impression@10", "bo": "purchase@1 meta:click@10"}
    found = cohorts(journeys(people), closed_through=date(1970, 2, 1), unit="week")
    assert found.frame(by_channel=False).filter(cell=1)["active"].to_list() == [1]


def test_one_wrong_date_does_not_make_a_table_of_a_thousand_weeks():
    people = {"ana": "purchase@1", "bo": "purchase@15000", "cy": "purchase@99000"}
    found = cohorts(journeys(people), closed_through=date(2011, 1, 30), unit="week")
    assert found.starts == (date(2011, 1, 24),)


def test_touches_collide_with_other_paid_channels_within_the_window_only():
    table = journeys({"ana": "meta@1 tmall@8 meta@15.1", "bo": "meta@1 email@1"})
    found = collisions(table, paid=("meta", "tmall"), window_days=7)
    assert dict(zip(found.channels, found.collided.tolist(), strict=True)) == {"meta": 1, "tmall": 1}
    assert found.persons == 1


def test_a_channel_without_spend_has_no_price_and_is_not_free():
    found = collisions(journeys({"ana": "meta@1 tmall@2"}), paid=("meta", "tmall"))
    assert found.of_channels({"meta": 3.0})["spend_in_collision"].to_list() == [3.0, None]
    assert found.of_pairs({"meta": 3.0})["spend"].to_list() == [None]


def test_the_journeys_of_a_segment_are_those_of_its_persons():
    table = journeys({"ana": "meta@1 purchase@2=5", "bo": "tmall@1", "cy": "meta@1 tmall@3"})
    part = of_persons(table, np.array([True, False, True]))
    assert top_paths(part, top=9).frame["path"].to_list() == [["meta"], ["meta", "tmall"]]
    with pytest.raises(ValueError, match="shape"):
        of_persons(table, np.array([True]))

"""What a channel holds alone, counted by hand; and a drill that leaves the table it was played on as it was."""

from datetime import timedelta

import pytest

from omnidash.health.drill import DRILL_DAYS, drilled
from omnidash.health.single_points import holdings
from omnidash.health.thresholds import Thresholds
from omnidash.journeys.notation import journeys
from omnidash.journeys.overlap import overlap
from omnidash.journeys.paths import paths
from omnidash.journeys.stage_map import stage_map
from tests.unit.test_health_traffic_drop import FIRST, drops, history, usual

PEOPLE = {
    "ana": "search@1 purchase@2=60",  # search alone
    "bo": "search@1 email@2 purchase@3=20",  # begun by search
    "cy": "email@1 purchase@2=20",  # e-mail alone
    "di": "meta@1",
    "ed": "search@1",
    "fay": "purchase@1=25",  # nobody's
}


def found(people: dict[str, str] = PEOPLE):
    table = journeys(people, stage_of_action={"purchase": "purchase"})
    shared = overlap(table, window_days=30)
    return {one.channel: one for one in holdings(paths(table).frame, shared, persons=5, stages=stage_map(table))}


def test_revenue_first_touches_and_persons_are_counted_by_hand():
    of = found()
    search, email = of["search"], of["email"]
    assert (search.revenue_alone, search.revenue_begun) == (pytest.approx(60 / 125), pytest.approx(80 / 125))
    assert (search.persons_alone, email.persons_alone, of["meta"].persons_alone) == (2 / 5, 1 / 5, 1 / 5)
    assert (email.revenue_alone, email.revenue_begun) == (pytest.approx(20 / 125), pytest.approx(20 / 125))
    assert search.points[:3] == ("revenue_alone", "revenue_begun", "persons_alone")
    assert not {"revenue_alone", "revenue_begun", "persons_alone"} & set(email.points)
    assert "(direct)" not in of
    assert next(iter(of)) == "search"  # those that hold most come first


def test_a_stage_is_held_by_the_channel_most_reach_it_through():
    stages = found()["search"].stages
    assert stages["purchase"] == pytest.approx(1 / 4)  # ana; bo and cy came by e-mail, fay by nobody
    assert found()["email"].stages["purchase"] == pytest.approx(2 / 4)
    assert "purchase" not in found()["email"].single_stages  # half is not more than half


def test_without_revenue_nothing_is_a_part_of_it():
    of = found({"di": "meta@1", "ed": "search@1"})
    assert of["meta"].revenue_alone is None


def test_a_drill_finds_what_a_drop_of_that_size_would_give_and_changes_nothing():
    table = history({"baidu": usual(60), "meta": usual(60, seed=2)})
    last = FIRST + timedelta(days=59)
    copy, case = drilled(table, "baidu", 0.6, closed_through=last, thresholds=Thresholds())
    assert case is not None
    assert (case.channel, case.fired_on) == ("baidu", last - timedelta(days=DRILL_DAYS - 1))
    assert case.value == pytest.approx(-0.6, abs=0.1)
    assert copy.filter(channel="meta").equals(table.filter(channel="meta"))
    assert drops(table) == []  # what it was played on is as it was
    _copy, small = drilled(table, "baidu", 0.1, closed_through=last, thresholds=Thresholds())
    assert small is None
    with pytest.raises(ValueError, match="loss"):
        drilled(table, "baidu", 1.0, closed_through=last, thresholds=Thresholds())


def test_a_drill_in_a_noted_promotion_is_judged_as_the_rule_would():
    counts = usual(70)
    counts[40:] = counts[40:] * 3
    table, last = history({"baidu": counts, "meta": usual(70, seed=2)}), FIRST + timedelta(days=69)
    noted = {(FIRST + timedelta(days=i), "baidu") for i in range(40, 70)}
    limits = Thresholds()
    assert drilled(table, "baidu", 0.6, closed_through=last, thresholds=limits)[1] is not None
    in_promotion = drilled(table, "baidu", 0.6, closed_through=last, thresholds=limits, promotions=noted)[1]
    assert in_promotion is None  # two fifths of three times the usual are more than usual

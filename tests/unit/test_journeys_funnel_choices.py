"""Windows per step, exclusions, a property held constant, entries counted, groups: on journeys one can follow by eye."""

from datetime import date

import numpy as np
import pytest

from omnidash.journeys.funnel import Exclusion, FunnelQuery, FunnelResult, Step, funnel
from omnidash.journeys.funnel_groups import groups, segment_groups, trend, went_next
from omnidash.journeys.notation import journeys
from omnidash.journeys.subset import of_persons
from omnidash.model.errors import WrongUse
from omnidash.model.period import Period

MINUTE = 60


def count(people: dict[str, str], steps: str, *, minutes: float = 60, **choices: object) -> FunnelResult:
    """Funnel over plain actions A, B, C, X at minutes; a step may say how soon it must come: ``A > B<5 > C``."""
    table = journeys(people, unit_seconds=MINUTE, plain_actions=("A", "B", "C", "X"))
    return funnel(table, query(steps, minutes=minutes, **choices))


def query(steps: str, *, minutes: float = 60, **choices: object) -> FunnelQuery:
    parts = [part.strip().partition("<") for part in steps.split(">")]
    wanted = tuple(Step(action=a, within_seconds=float(soon) * MINUTE if soon else None) for a, _, soon in parts)
    return FunnelQuery(steps=wanted, window_seconds=minutes * MINUTE, **choices)  # type: ignore[arg-type]


def persons(result: FunnelResult) -> list[int]:
    return result.steps["persons"].to_list()


def without(action: str, **between: int) -> tuple[Exclusion, ...]:
    return (Exclusion(event=Step(action=action), **between),)


def test_a_step_may_have_a_window_of_its_own_from_the_step_before() -> None:
    assert persons(count({"ana": "A@0 B@10 C@20"}, "A > B > C<9")) == [1, 1, 0]
    assert persons(count({"ana": "A@0 B@10 C@20"}, "A > B > C<10")) == [1, 1, 1]


@pytest.mark.parametrize("entry", ["best", "first"])
def test_the_later_of_two_second_steps_may_let_the_third_come_in_time(entry: str) -> None:
    result = count({"ana": "A@0 B@1 B@15 C@20"}, "A > B > C<9", entry=entry)
    assert persons(result) == [1, 1, 1]
    assert result.steps["median_seconds"].to_list() == [None, 1 * MINUTE, 20 * MINUTE]


def test_nobody_is_open_whose_own_window_of_the_next_step_is_over() -> None:
    people = {"ana": "A@0", "bo": "X@10"}
    assert count(people, "A > B<5").lost == 1
    assert count(people, "A > B<11").still_open == 1


def test_a_window_per_step_makes_no_sense_in_any_order() -> None:
    with pytest.raises(WrongUse, match="window per step"):
        count({}, "A > B<5", mode="any")


@pytest.mark.parametrize("mode", ["ordered", "strict", "any"])
@pytest.mark.parametrize("entry", ["best", "first"])
def test_a_step_that_repeats_takes_an_event_of_its_own(mode: str, entry: str) -> None:
    people = {"once": "A@0", "twice": "A@0 A@5", "at one instant": "A@0 A@0", "too late": "A@0 A@61"}
    again = count(people, "A > A", mode=mode, entry=entry)
    assert again.reached.tolist() == [1, 2, 2, 1]
    assert again.steps["median_seconds"].to_list() == [None, 2.5 * MINUTE]
    assert persons(count(people, "A > A", mode=mode, entry=entry, shares_events=True)) == [4, 4]
    assert persons(count(people, "A > A", mode=mode, count="entries")) == [7, 3]


def test_an_event_that_fits_several_steps_makes_the_one_that_serves() -> None:
    steps = (Step(channels=("meta",)), Step(action="order"), Step(channels=("meta", "tmall")))
    people = {"ana": "meta:order@0 meta:look@0 tmall:order@0", "bo": "meta:order@0 meta:look@0", "cy": "meta:order@0"}
    result = funnel(journeys(people), FunnelQuery(steps=steps, window_seconds=60, by="channel", of="last"))
    assert result.reached.tolist() == [3, 2, 1]
    assert persons(funnel(journeys(people), FunnelQuery(steps=steps, window_seconds=60, shares_events=True))) == [3] * 3


@pytest.mark.parametrize("mode", ["ordered", "any"])
@pytest.mark.parametrize("entry", ["best", "first"])
def test_an_exclusion_between_two_steps_ends_the_attempt(mode: str, entry: str) -> None:
    result = count({"ana": "A@0 X@1 B@2"}, "A > B", exclusions=without("X"), mode=mode, entry=entry)
    assert (persons(result)[-1], result.still_open) == (0, 0 if entry == "first" or mode == "ordered" else 1)


def test_after_an_exclusion_a_new_entry_may_still_convert() -> None:
    people = {"ana": "A@0 X@1 A@2 B@3"}
    assert persons(count(people, "A > B", exclusions=without("X"))) == [1, 1]
    assert persons(count(people, "A > B", exclusions=without("X"), entry="first")) == [1, 0]


def test_an_exclusion_counts_between_its_steps_only_and_not_at_their_instants() -> None:
    assert persons(count({"ana": "A@0 X@1 B@2 C@3"}, "A > B > C", exclusions=without("X", after=2))) == [1, 1, 1]
    assert persons(count({"ana": "A@0 B@1 X@2 C@3"}, "A > B > C", exclusions=without("X", after=2))) == [1, 1, 0]
    assert persons(count({"ana": "A@0 X@0 X@2 B@2"}, "A > B", exclusions=without("X"))) == [1, 1]


def test_an_exclusion_needs_an_earlier_and_a_later_step() -> None:
    with pytest.raises(WrongUse, match="earlier and a later"):
        query("A > B", exclusions=without("X", after=2, before=2))


def test_holding_a_property_constant_wants_all_steps_of_one_value() -> None:
    people = {"ana": "meta/spring:A@0 meta/autumn:B@1", "bo": "meta/spring:A@0 tmall/spring:B@1", "cy": "A@0 B@1"}
    assert persons(count(people, "A > B")) == [3, 3]
    assert persons(count(people, "A > B", hold="campaign")) == [2, 1]
    assert persons(count(people, "A > B", hold="channel")) == [2, 1]


def test_of_the_values_of_a_person_the_first_to_be_complete_counts() -> None:
    result = count({"ana": "m/a:A@0 m/b:A@5 m/b:B@8 m/a:B@30"}, "A > B", hold="campaign")
    assert result.time_to_convert_seconds.tolist() == [3 * MINUTE]
    first = count({"ana": "m/a:A@0 m/b:A@5 m/b:B@8"}, "A > B", hold="campaign", entry="first")
    assert persons(first) == [1, 0]
    assert persons(count({"ana": "m/a:A@0 m/b:A@5 m/b:B@8"}, "A > B", hold="campaign", count="entries")) == [2, 1]


def test_a_property_that_is_not_in_the_table_needs_its_parts() -> None:
    with pytest.raises(ValueError, match="needs its parts"):
        count({}, "A > B", hold="order")


def test_counting_entries_every_entry_is_an_attempt_of_its_own() -> None:
    result = count({"ana": "A@0 A@5 B@10 A@20", "bo": "A@0 B@90"}, "A > B", count="entries", last_seen_us=10**12)
    assert (result.entered, result.converted, result.lost) == (4, 2, 2)
    assert result.time_to_convert_seconds.tolist() == [10 * MINUTE, 5 * MINUTE]
    assert result.reached.tolist() == [2, 1]


def test_a_breakdown_may_follow_the_last_step_reached() -> None:
    people = {"ana": "meta:A@0 tmall:B@1", "bo": "meta:A@0"}
    by_first = count(people, "A > B", by="channel")
    by_last = count(people, "A > B", by="channel", of="last")
    assert by_first.breakdown is not None and by_last.breakdown is not None
    assert by_first.breakdown.rows() == [("meta", 1, 2), ("meta", 2, 1)]
    assert by_last.breakdown.rows() == [("meta", 1, 1), ("meta", 2, 0), ("tmall", 1, 1), ("tmall", 2, 1)]


def test_groups_say_what_became_of_each() -> None:
    people = {"ana": "meta:A@0 B@4", "bo": "meta:A@0", "cy": "tmall:A@100", "dan": "X@101"}
    result = count(people, "A > B", by="channel")
    assert groups(result).rows() == [("meta", 2, 1, 0, 1, 4.0 * MINUTE), ("tmall", 1, 0, 1, 0, None)]
    mine = {"late": np.array([False, False, True, True]), "all": np.full(4, fill_value=True)}
    assert segment_groups(result, mine).select("key", "entered", "converted").rows() == [("all", 3, 1), ("late", 1, 0)]


def test_the_trend_counts_by_entry_day_and_says_which_days_are_over() -> None:
    day = 24 * 60
    people = {"ana": "A@0 B@4", "bo": "A@1", "cy": f"A@{2 * day + 5}", "dan": f"X@{2 * day + 10}"}
    assert trend(count(people, "A > B")).rows() == [
        (date(1970, 1, 1), 2, 1, 0, True),
        (date(1970, 1, 2), 0, 0, 0, True),
        (date(1970, 1, 3), 1, 0, 1, False),
    ]
    assert trend(count(people, "A > B"), days_together=2).rows() == [
        (date(1970, 1, 1), 2, 1, 0, True),
        (date(1970, 1, 3), 1, 0, 1, False),
    ]
    assert trend(count({}, "A > B")).is_empty()


def test_where_the_lost_went_is_their_first_later_event_however_late() -> None:
    people = {"ana": "meta:A@0 X@0 tmall:X@300", "bo": "A@0", "cy": "A@0 B@1", "dan": "A@590", "eve": "X@600"}
    result = count(people, "A > B")
    assert went_next(result, 1).rows() == [("X", "tmall", 1, 300.0 * MINUTE), (None, None, 1, None)]
    assert went_next(result, 2).is_empty()


def test_chosen_persons_are_counted_as_if_the_others_were_not_there() -> None:
    people = {"ana": "meta:A@0 B@4", "bo": "meta:A@0", "cy": "tmall:A@100 B@130", "dan": "X@900"}
    table = journeys(people, unit_seconds=MINUTE, plain_actions=("A", "B", "X"))
    chosen = np.array([False, True, True, False])
    asked = query("A > B", by="channel", last_seen_us=int(1e15))
    among, alone = funnel(table, asked, persons=chosen), funnel(of_persons(table, chosen), asked)
    assert among.steps.rows() == alone.steps.rows()
    assert among.breakdown is not None and alone.breakdown is not None
    assert among.breakdown.rows() == alone.breakdown.rows()
    assert among.reached.tolist() == [0, 1, 2, 0]


def test_the_period_selects_entries_whichever_way_they_are_counted() -> None:
    first_day = Period(first_day=date(1970, 1, 1), last_day=date(1970, 1, 1))
    people = {"ana": f"A@0 A@{24 * 60} B@{24 * 60 + 1}"}
    assert persons(count(people, "A > B", count="entries", period=first_day)) == [1, 0]

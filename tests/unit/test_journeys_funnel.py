"""Funnels on journeys one can follow by eye."""

from datetime import date

import pytest

from omnidash.journeys.funnel import FunnelQuery, FunnelResult, Step, funnel
from omnidash.journeys.notation import journeys
from omnidash.model.errors import WrongUse
from omnidash.model.period import Period

HOUR = 3600


def count(people: dict[str, str], steps: str, *, window_minutes: float, **choices: object) -> FunnelResult:
    """Funnel over journeys of plain actions A, B, C, D, X, whose times are minutes."""
    table = journeys(people, unit_seconds=60, plain_actions=("A", "B", "C", "D", "X"))
    query = FunnelQuery(
        steps=tuple(Step(action=action) for action in steps.split(">")),
        window_seconds=window_minutes * 60,
        **choices,  # type: ignore[arg-type]
    )
    return funnel(table, query)


def persons(result: FunnelResult) -> list[int]:
    return result.steps["persons"].to_list()


VECTOR = {"ana": "A@60 A@90 B@105 C@135"}


def test_best_entry_uses_the_later_start_and_first_entry_does_not() -> None:
    assert persons(count(VECTOR, "A>B>C", window_minutes=60, entry="best")) == [1, 1, 1]
    assert persons(count(VECTOR, "A>B>C", window_minutes=60, entry="first")) == [1, 1, 0]


def test_the_end_of_the_window_is_inside() -> None:
    journey = {"ana": "A@0 B@60"}
    assert persons(count(journey, "A>B", window_minutes=60)) == [1, 1]
    assert persons(count(journey, "A>B", window_minutes=59.999)) == [1, 0]


def test_the_window_runs_from_the_entry_not_from_the_step_before() -> None:
    assert persons(count({"ana": "A@0 B@40 C@80"}, "A>B>C", window_minutes=60)) == [1, 1, 0]


def test_equal_timestamps_may_share_a_step_whatever_the_row_order() -> None:
    assert persons(count({"ana": "C@5 B@5 A@5"}, "A>B>C", window_minutes=1)) == [1, 1, 1]


def test_one_event_makes_one_step_unless_steps_may_share_it() -> None:
    assert persons(count({"ana": "A@5"}, "A>A>A", window_minutes=1)) == [1, 0, 0]
    assert persons(count({"ana": "A@5"}, "A>A>A", window_minutes=1, shares_events=True)) == [1, 1, 1]


def test_other_events_between_steps_are_allowed_in_order_and_forbidden_in_strict_order() -> None:
    journey = {"ana": "A@0 X@1 B@2"}
    assert persons(count(journey, "A>B", window_minutes=60)) == [1, 1]
    assert persons(count(journey, "A>B", window_minutes=60, mode="strict")) == [1, 0]


def test_an_event_at_the_instant_of_a_step_is_not_between() -> None:
    assert persons(count({"ana": "A@0 X@0 X@2 B@2"}, "A>B", window_minutes=60, mode="strict")) == [1, 1]


def test_a_repeat_of_a_step_breaks_strict_order_too() -> None:
    assert persons(count({"ana": "A@0 B@1 B@2 C@3"}, "A>B>C", window_minutes=60, mode="strict")) == [1, 1, 0]


def test_strict_order_may_hold_a_step_open_through_a_tie() -> None:
    assert persons(count({"ana": "A@0 B@0 B@1 C@2"}, "A>B>C", window_minutes=60, mode="strict")) == [1, 1, 1]
    first = count({"ana": "A@0 B@0 B@1 C@2"}, "A>B>C", window_minutes=60, mode="strict", entry="first")
    assert persons(first) == [1, 1, 1]


def test_any_order_counts_distinct_steps_from_whichever_comes_first() -> None:
    people = {"ana": "C@0 A@10 B@20", "bo": "B@0 B@1 B@2", "cy": "X@0"}
    assert persons(count(people, "A>B>C", window_minutes=20, mode="any")) == [2, 1, 1]
    assert persons(count(people, "A>B>C", window_minutes=19, mode="any")) == [2, 1, 0]


def test_any_order_starts_as_late_as_the_instant_of_completion_allows() -> None:
    result = count({"ana": "A@0 B@10 A@10"}, "A>B", window_minutes=20, mode="any")
    assert result.time_to_convert_seconds.tolist() == [0]


def test_the_period_selects_entries_and_later_steps_may_fall_after_it() -> None:
    day = 24 * 60
    people = {"ana": f"A@{day - 10} B@{day + 10}", "bo": f"A@{day + 1} B@{day + 2}"}
    first_day = Period(first_day=date(1970, 1, 1), last_day=date(1970, 1, 1))
    for mode in ("ordered", "strict", "any"):
        assert persons(count(people, "A>B", window_minutes=60, period=first_day, mode=mode)) == [1, 1]


def test_someone_whose_window_is_not_over_is_open_not_lost() -> None:
    people = {"ana": "A@0 B@5", "bo": "A@0", "cy": "A@70"}
    result = count(people, "A>B", window_minutes=60, last_seen_us=100 * 60 * 1_000_000)
    assert (result.entered, result.converted, result.still_open, result.lost) == (3, 1, 1, 1)


def test_a_window_that_ends_exactly_at_the_last_instant_seen_is_over() -> None:
    for seen_minutes, still_open in ((60, 0), (59, 1)):
        result = count({"ana": "A@0"}, "A>B", window_minutes=60, last_seen_us=seen_minutes * 60 * 1_000_000)
        assert (result.still_open, result.lost) == (still_open, 1 - still_open)


def test_data_is_complete_up_to_its_last_event_where_nothing_else_is_said() -> None:
    assert count({"ana": "A@0", "bo": "X@59"}, "A>B", window_minutes=60).still_open == 1
    assert count({"ana": "A@0", "bo": "X@60"}, "A>B", window_minutes=60).still_open == 0


def test_a_broken_strict_attempt_is_lost_even_inside_its_window() -> None:
    assert count({"ana": "A@0 X@1"}, "A>B", window_minutes=60, mode="strict").lost == 1
    assert count({"ana": "X@0 A@1"}, "A>B", window_minutes=60, mode="strict").still_open == 1


def test_a_strict_attempt_that_stands_at_its_last_step_is_open() -> None:
    assert count({"ana": "A@0 B@1"}, "A>B>C", window_minutes=60, mode="strict").still_open == 1


@pytest.mark.parametrize("mode", ["ordered", "strict", "any"])
def test_of_equally_deep_attempts_the_latest_counts(mode: str) -> None:
    result = count({"ana": "A@0 B@1 X@2 A@100 B@103 X@104"}, "A>B>C", window_minutes=60, mode=mode)
    assert result.steps["median_seconds"].to_list() == [None, 3 * 60, None]


def test_the_time_of_a_step_is_when_the_attempt_first_stood_there() -> None:
    journey = {"ana": "A@0 B@0 B@1 C@2"}  # in strict order the chain to C goes through the later B
    result = count(journey, "A>B>C", window_minutes=60, mode="strict")
    assert result.steps["median_seconds"].to_list() == [None, 0, 2 * 60]


def test_an_older_deeper_attempt_does_not_hide_that_a_new_one_is_open() -> None:
    result = count({"ana": "A@0 B@1 A@200"}, "A>B>C", window_minutes=60)
    assert (persons(result), result.still_open) == ([1, 1, 0], 1)


def test_rates_and_median_times_count_from_the_entry() -> None:
    people = {"ana": "A@0 B@10 C@30", "bo": "A@0 B@20 C@50", "cy": "A@0 B@60", "dan": "A@0", "eve": "B@0"}
    frame = count(people, "A>B>C", window_minutes=100).steps
    assert frame["step"].to_list() == [1, 2, 3]
    assert frame["label"].to_list() == ["A", "B", "C"]
    assert frame["from_previous"].to_list() == [None, 3 / 4, 2 / 3]
    assert frame["from_first"].to_list() == [1.0, 3 / 4, 2 / 4]
    assert frame["median_seconds"].to_list() == [None, 20 * 60, 40 * 60]


def test_a_funnel_nobody_enters_has_no_rates() -> None:
    result = count({"ana": "X@0"}, "A>B", window_minutes=1, by="channel")
    assert result.steps.select("persons", "from_previous", "from_first", "median_seconds").rows() == [
        (0, None, None, None),
        (0, None, None, None),
    ]
    assert result.breakdown is not None
    assert result.breakdown.height == 0
    assert result.time_to_convert_histogram().height == 0


def test_an_empty_table_gives_zeros() -> None:
    result = count({}, "A>B", window_minutes=1, by="campaign")
    assert (persons(result), result.still_open, result.lost, result.reached.size) == ([0, 0], 0, 0, 0)


def test_a_single_step_counts_persons() -> None:
    result = count({"ana": "A@0 A@5", "bo": "B@0"}, "A", window_minutes=1)
    assert (persons(result), result.lost, result.time_to_convert_seconds.tolist()) == ([1], 0, [0.0])


def test_time_to_convert_is_that_of_the_first_completion_from_its_latest_start() -> None:
    result = count({"ana": "A@0 A@10 B@30 A@100 B@101"}, "A>B", window_minutes=60)
    assert result.time_to_convert_seconds.tolist() == [20 * 60]


def test_the_histogram_counts_every_converter_once() -> None:
    people = {str(n): f"A@0 B@{n}" for n in range(1, 11)}
    histogram = count(people, "A>B", window_minutes=60).time_to_convert_histogram(bins=3)
    assert histogram["persons"].to_list() == [3, 3, 4]
    assert (histogram["from_seconds"][0], histogram["to_seconds"][2]) == (60, 600)


def test_the_breakdown_books_a_person_on_the_entry_of_the_best_attempt() -> None:
    table = journeys({"ana": "meta/may:click@0 email:click@1 purchase@2", "bo": "meta:click@0", "cy": ":click@0"})
    query = FunnelQuery(
        steps=(Step(action="click"), Step(action="purchase")), window_seconds=7 * 24 * HOUR, by="channel"
    )
    assert funnel(table, query).breakdown.rows() == [  # type: ignore[union-attr]
        ("(unknown)", 1, 1),
        ("(unknown)", 2, 0),
        ("email", 1, 1),
        ("email", 2, 1),
        ("meta", 1, 1),
        ("meta", 2, 0),
    ]


def test_a_first_entry_breakdown_books_on_the_first_event() -> None:
    table = journeys({"ana": "meta/may:click@0 email:click@1 purchase@2"})
    query = FunnelQuery(
        steps=(Step(action="click"), Step(action="purchase")),
        window_seconds=7 * 24 * HOUR,
        by="campaign",
        entry="first",
    )
    assert funnel(table, query).breakdown.rows() == [("may", 1, 1), ("may", 2, 1)]  # type: ignore[union-attr]


def test_a_step_may_ask_for_a_stage_and_for_channels_together() -> None:
    table = journeys(
        {"ana": "meta:click@0 tmall:order@1", "bo": "meta:click@0 jd:order@1", "cy": "meta:ask@0 tmall:order@1"},
        stage_of_action={"click": "interest", "order": "purchase"},
    )
    steps = (Step(stage="interest"), Step(stage="purchase", channels=("tmall",)))
    result = funnel(table, FunnelQuery(steps=steps, window_seconds=7 * 24 * HOUR))
    assert persons(result) == [2, 1]
    assert result.steps["label"].to_list() == ["interest", "purchase @ tmall"]


def test_words_no_event_carries_reach_nobody() -> None:
    assert persons(count({"ana": "A@0"}, "A>never", window_minutes=1)) == [1, 0]


def test_impossible_questions_are_refused_in_words() -> None:
    with pytest.raises(WrongUse, match="needs an action, a stage or a channel"):
        Step()
    with pytest.raises(WrongUse, match="between 1 and 16 steps; 17"):
        FunnelQuery(steps=(Step(action="A"),) * 17, window_seconds=1)
    with pytest.raises(WrongUse, match="between 1 and 16 steps; 0"):
        FunnelQuery(steps=(), window_seconds=1)
    with pytest.raises(WrongUse, match="longer than zero"):
        FunnelQuery(steps=(Step(action="A"),), window_seconds=0)
    with pytest.raises(ValueError, match="no such funnel"):
        FunnelQuery(steps=(Step(action="A"),), window_seconds=1, mode="loose")  # type: ignore[arg-type]


def test_sixteen_steps_work() -> None:
    line = {"ana": " ".join(f"A@{n}" for n in range(16))}
    for mode in ("ordered", "strict", "any"):
        assert persons(count(line, ">".join("A" * 16), window_minutes=60, mode=mode)) == [1] * 16

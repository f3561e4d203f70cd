"""Paths, transitions and Sankey links on journeys one can follow by eye."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from omnidash.journeys.notation import journeys
from omnidash.journeys.paths import PathTable, paths, sankey_links, transitions
from omnidash.journeys.sequence_kernels import group_sequences
from omnidash.model.period import Period


def rows(people: dict[str, str], **choices: object) -> list[tuple[str, int, float, int]]:
    """(path as 'a > b', conversions, value, nulls) in the order of the table."""
    table = paths(journeys(people), **choices)  # type: ignore[arg-type]
    return [(" > ".join(path), *counts) for path, *counts in table.frame.rows()]  # type: ignore[misc]


def test_a_path_is_the_touches_before_the_conversion() -> None:
    assert rows({"ana": "search@1 email@3 purchase@4=20"}) == [("search > email", 1, 20.0, 0)]


def test_after_a_conversion_a_new_path_begins() -> None:
    assert rows({"ana": "search@1 purchase@2=20 email@3 purchase@4=5"}) == [
        ("email", 1, 5.0, 0),
        ("search", 1, 20.0, 0),
    ]


def test_touches_that_led_nowhere_are_a_null_path() -> None:
    assert rows({"ana": "search@1 purchase@2=20 email@3 meta@4", "bo": "meta@1"}) == [
        ("search", 1, 20.0, 0),
        ("email > meta", 0, 0.0, 1),
        ("meta", 0, 0.0, 1),
    ]


def test_a_conversion_without_a_touch_in_the_lookback_is_direct() -> None:
    assert rows({"ana": "search@1 purchase@40=20", "bo": "purchase@3=5"}) == [("(direct)", 2, 25.0, 0)]


def test_the_far_end_of_the_lookback_is_inside() -> None:
    assert rows({"ana": "search@0 email@1 purchase@30"}) == [("search > email", 1, 0.0, 0)]
    assert rows({"ana": "search@0 email@1 purchase@30.5"}) == [("email", 1, 0.0, 0)]


def test_a_null_path_is_cut_at_the_lookback_before_its_last_touch() -> None:
    assert rows({"ana": "search@0 email@20 meta@40"}) == [("email > meta", 0, 0.0, 1)]


def test_a_row_that_is_touch_and_conversion_ends_its_own_path() -> None:
    assert rows({"ana": "search@1 email:purchase@2=9 meta@3"}) == [("search > email", 1, 9.0, 0), ("meta", 0, 0.0, 1)]


def test_a_touch_at_the_instant_of_the_conversion_belongs_to_it() -> None:
    assert rows({"ana": "purchase@1=9 search@1"}) == [("search", 1, 9.0, 0)]
    assert rows({"ana": "email:purchase@1=9 search@1"}) == [("search > email", 1, 9.0, 0)]


def test_repeats_are_kept_or_collapsed() -> None:
    journey = {"ana": "search@1 search@2 email@3 search@4 purchase@5"}
    assert rows(journey)[0][0] == "search > search > email > search"
    assert rows(journey, collapse=True)[0][0] == "search > email > search"


def test_a_touch_without_a_channel_is_unknown_not_direct() -> None:
    assert rows({"ana": ":visit@1 purchase@2"}) == [("(unknown)", 1, 0.0, 0)]


def test_a_channel_called_direct_in_brackets_shares_the_row_of_no_touch() -> None:
    assert rows({"ana": "(direct)@1 purchase@2=1", "bo": "purchase@2=2"}) == [("(direct)", 2, 3.0, 0)]


def test_the_period_takes_conversions_and_last_touches_by_their_day() -> None:
    people = {"ana": "search@1 purchase@5=1", "bo": "search@1 purchase@9=2", "cy": "email@4", "dan": "email@4 email@9"}
    period = Period(first_day=date(1970, 1, 4), last_day=date(1970, 1, 6))
    assert rows(people, period=period) == [("search", 1, 1.0, 0), ("email", 0, 0.0, 1)]


def test_any_action_may_be_the_goal_and_an_unknown_one_converts_nobody() -> None:
    people = {"ana": "search@1 email:lead@2 purchase@3"}
    assert rows(people, goal="lead") == [("search > email", 1, 0.0, 0)]
    assert rows(people, goal="nothing") == [("search > email", 0, 0.0, 1)]


def test_equal_paths_are_grouped_and_ordered_by_conversions_then_word_by_word() -> None:
    people = {
        "a": "b@1 purchase@2=1",
        "b": "b@1 purchase@2=2",
        "c": "b1@1 purchase@2",
        "d": "b@1 a@1.5 purchase@2",
        "e": "b@1",
    }
    assert rows(people) == [("b", 2, 3.0, 1), ("b > a", 1, 0.0, 0), ("b1", 1, 0.0, 0)]


def test_totals_and_converting_paths() -> None:
    table = paths(journeys({"a": "b@1 purchase@2=1", "b": "b@1", "c": "d@1"}))
    assert (table.conversions, table.value, table.nulls) == (1, 1.0, 2)
    assert table.converting().frame.rows() == [(["b"], 1, 1.0, 0)]


def test_grouping_is_exact_even_where_all_hashes_collide() -> None:
    sequences = [[1, 2], [1], [1, 2], [2, 1], [], [1, 2, 3], [], [1]]
    codes = np.array([code for sequence in sequences for code in sequence], np.uint16)
    bounds = np.cumsum([0, *(len(sequence) for sequence in sequences)])
    group, representative = group_sequences(codes, bounds, np.full(len(sequences), 42, np.uint64))
    assert group.tolist() == [0, 1, 0, 2, 3, 4, 3, 1]
    assert representative.tolist() == [0, 1, 3, 4, 5]


def test_lookbacks_are_positive() -> None:
    with pytest.raises(ValueError, match="0 days"):
        paths(journeys({"ana": "search@1"}), lookback_days=0)


TABLE = PathTable(
    frame=pl.DataFrame(
        {
            "path": [["a", "b"], ["a"], ["a", "b", "a", "c"], ["c"]],
            "conversions": [5, 3, 1, 0],
            "value": [1.0, 1.0, 1.0, 0.0],
            "nulls": [2, 0, 0, 4],
        }
    )
)


def test_transitions_count_every_neighbour_pair_of_every_path() -> None:
    assert transitions(TABLE).rows() == [
        ("(start)", "a", 11),
        ("(start)", "c", 4),
        ("a", "(conversion)", 3),
        ("a", "b", 8),
        ("a", "c", 1),
        ("b", "(conversion)", 5),
        ("b", "(null)", 2),
        ("b", "a", 1),
        ("c", "(conversion)", 1),
        ("c", "(null)", 4),
    ]


def test_sankey_draws_the_top_paths_shortened_and_the_rest_as_other() -> None:
    assert sankey_links(TABLE, top=3, max_steps=3).rows() == [
        (1, "(other)", "(null)", 4),
        (1, "a", "(conversion)", 3),
        (1, "a", "b", 8),
        (2, "b", "(conversion)", 5),
        (2, "b", "(null)", 2),
        (2, "b", "(other)", 1),
        (3, "(other)", "(conversion)", 1),
    ]


def test_sankey_needs_at_least_one_path_and_one_step() -> None:
    for top, max_steps in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="at least 1"):
            sankey_links(TABLE, top=top, max_steps=max_steps)


def test_an_empty_table_has_empty_paths_transitions_and_links() -> None:
    empty = paths(journeys({}))
    assert (empty.conversions, empty.value, empty.nulls, empty.frame.height) == (0, 0.0, 0, 0)
    assert transitions(empty).columns == ["source", "target", "paths"]
    assert sankey_links(empty, top=5, max_steps=5).columns == ["step", "source", "target", "paths"]

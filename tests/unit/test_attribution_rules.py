"""Rule models, Markov and Shapley on paths small enough to check by hand."""

import numpy as np
import polars as pl
import pytest

from omnidash.attribution.markov import conversion_probability, markov, transition_chain
from omnidash.attribution.models import MODELS, attribute
from omnidash.attribution.path_table import PathTable
from omnidash.attribution.shapley import _sampled_rate, shapley
from omnidash.model.errors import WrongUse


def paths(table: dict[str, tuple[float, ...]]) -> PathTable:
    """``{"search > email": (conversions, nulls, value)}``; value is ten per conversion where it is not given."""
    rows = [
        (path.split(" > "), float(numbers[0]), float(numbers[1]), float((*numbers, numbers[0] * 10)[2]))
        for path, numbers in table.items()
    ]
    return PathTable.from_frame(pl.DataFrame(rows, schema=["path", "conversions", "nulls", "value"], orient="row"))


def credit(table: PathTable, model: str, **options: object) -> dict[str, float]:
    frame = attribute(table, model, **options).frame  # type: ignore[arg-type]
    return dict(zip(frame["channel"], frame["conversions"], strict=True))


LONG = paths({"a > b > b > c": (1, 0, 30)})


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("first", {"a": 1, "b": 0, "c": 0}),
        ("last", {"a": 0, "b": 0, "c": 1}),
        ("linear", {"a": 0.25, "b": 0.5, "c": 0.25}),
        ("position", {"a": 0.4, "b": 0.2, "c": 0.4}),
        ("participation", {"a": 1, "b": 1, "c": 1}),
        ("shapley", {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}),
    ],
)
def test_each_model_weighs_the_touches_of_a_path_its_own_way(model: str, expected: dict[str, float]) -> None:
    assert credit(LONG, model) == pytest.approx(expected)


def test_value_is_credited_by_the_same_weights_as_conversions() -> None:
    frame = attribute(LONG, "position").frame
    assert dict(zip(frame["channel"], frame["value"], strict=True)) == pytest.approx({"a": 12, "b": 6, "c": 12})


def test_position_gives_two_touches_half_each_and_one_touch_everything() -> None:
    assert credit(paths({"x > y": (10, 0), "z": (3, 0)}), "position") == pytest.approx({"x": 5, "y": 5, "z": 3})


def test_last_non_direct_steps_over_trailing_direct_touches() -> None:
    table = paths({"search > email > direct > direct": (4, 0), "direct": (2, 0), "(direct)": (1, 0)})
    assert credit(table, "last_non_direct") == {"email": 4, "direct": 2, "(direct)": 1, "search": 0}


def test_last_non_direct_takes_other_names_for_direct() -> None:
    assert credit(paths({"search > none": (1, 0)}), "last_non_direct", direct_channels=("none",))["search"] == 1


def test_participation_has_no_total() -> None:
    table = attribute(LONG, "participation")
    assert (table.conversions_total, table.value_total) == (None, None)


def test_time_decay_on_aggregated_paths_says_why_not_and_what_to_use() -> None:
    with pytest.raises(WrongUse, match=r"needs the age of every touch.*choose position"):
        attribute(LONG, "time_decay")


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    with pytest.raises(WrongUse, match=r"'middle' is unknown; choose one of first, last"):
        attribute(LONG, "middle")


def test_removing_the_only_way_to_convert_loses_everything() -> None:
    frame = markov(paths({"a > b": (1, 0), "b": (0, 1)})).frame
    assert dict(zip(frame["channel"], frame["removal_effect"], strict=True)) == pytest.approx({"b": 1, "a": 0.5})
    assert frame["conversions"].to_list() == pytest.approx([2 / 3, 1 / 3])


def test_markov_of_a_higher_order_remembers_what_came_before() -> None:
    """x converts after a and never after b: order 1 cannot see it and spreads the credit, order 2 can."""
    table = paths({"a > x": (10, 0), "b > x": (0, 10)})
    first_order, second_order = credit(table, "markov", order=1), credit(table, "markov", order=2)
    assert first_order == pytest.approx({"x": 5, "a": 2.5, "b": 2.5})
    assert second_order == pytest.approx({"x": 5, "a": 5, "b": 0})


def test_conversion_probability_of_the_chain_is_the_observed_rate_at_every_order() -> None:
    table = paths({"a > b > a": (3, 1), "b > c": (1, 5), "c": (0, 2), "a > a > a > b": (2, 2)})
    for order in (1, 2, 3, 4):
        assert conversion_probability(transition_chain(table, order=order)) == pytest.approx(6 / 16, abs=1e-14)


@pytest.mark.parametrize("order", [0, 5])
def test_markov_orders_outside_one_to_four_are_refused(order: int) -> None:
    with pytest.raises(WrongUse, match="choose 1 to 4"):
        markov(LONG, order=order)


def test_without_conversions_markov_credits_nothing_and_divides_by_nothing() -> None:
    frame = markov(paths({"a > b": (0, 7)})).frame
    assert frame["conversions"].to_list() == frame["removal_effect"].to_list() == [0.0, 0.0]


def test_a_path_nobody_went_changes_no_markov_credit() -> None:
    went = {"a > b": (3, 1), "b": (1, 4)}
    idle = credit(paths({**went, "b > c > a": (0, 0)}), "markov")
    assert {c: idle[c] for c in "ab"} == pytest.approx(credit(paths(went), "markov"))
    assert idle["c"] == 0


def test_shapley_by_conversion_rate_credits_a_channel_that_lowers_the_rate_negatively() -> None:
    table = paths({"a": (5, 5), "b": (0, 10)})
    assert credit(table, "shapley", worth="conversion_rate") == pytest.approx({"a": 7.5, "b": -2.5})


@pytest.mark.parametrize("more", [{}, {"(direct) > a": (2, 1)}])
def test_shapley_of_the_rate_credits_conversions_without_a_touch_outside_the_game(more: dict) -> None:
    touched = {"a > b": (4, 60), "b": (2, 90), "a > c": (1, 30), **more}
    together = paths({**touched, "(direct)": (118, 0)})
    for way in (
        lambda table: shapley(table, worth="conversion_rate"),
        lambda table: _sampled_rate(table, 300, np.random.default_rng(3)),
    ):
        found, alone = (
            dict(way(t).frame.select("channel", "conversions").iter_rows()) for t in (together, paths(touched))
        )
        if more:
            assert found["(direct)"] == pytest.approx(alone["(direct)"] + 118)
        else:
            assert found["(direct)"] == 118
        assert sum(found.values()) == pytest.approx(125 + (2 if more else 0))
        if way(together).frame.width == 3:  # exact: a sampled credit depends on the orders drawn
            others = set(found) - {"(direct)"}
            assert {c: found[c] for c in others} == pytest.approx({c: alone[c] for c in others})


def test_sampled_shapley_is_within_its_stated_error_and_repeats_with_its_seed() -> None:
    table = paths(
        {"(direct)": (9, 0), "a > b": (4, 6), "b > c": (2, 9), "a": (3, 1), "c > d": (1, 8), "d > a > b": (5, 2)}
    )
    exact = shapley(table, worth="conversion_rate").frame.sort("channel")
    sampled = _sampled_rate(table, 4_000, np.random.default_rng(7)).frame.sort("channel")
    again = _sampled_rate(table, 4_000, np.random.default_rng(7)).frame.sort("channel")
    assert sampled.equals(again)
    for name in ("conversions", "value"):
        gap = (sampled[name] - exact[name]).abs()
        assert (gap <= 1.5 * sampled[f"{name}_error"]).all()
        assert (sampled[f"{name}_error"] < 0.05 * table.conversions.sum() * 10).all()


def test_sixteen_equal_channels_share_equally_when_shapley_is_sampled() -> None:
    names = [f"c{i:02}" for i in range(16)]
    result = shapley(paths(dict.fromkeys(names, (2, 3))), worth="conversion_rate", orders=4_000)
    assert result.frame["conversions"].sum() == pytest.approx(32)
    gap = (result.frame["conversions"] - 2).abs()
    assert (gap <= 2 * result.frame["conversions_error"]).all()


def test_an_empty_table_gives_an_empty_result_under_every_model() -> None:
    empty = PathTable.from_frame(pl.DataFrame(schema={"path": pl.List(pl.String), "conversions": pl.Int64}))
    for model in MODELS.values():
        if not model.needs_ages:
            assert attribute(empty, model.name).frame.is_empty()


def test_a_path_table_refuses_an_empty_path() -> None:
    frame = pl.DataFrame({"path": [["a"], []], "conversions": [1, 1]}, schema_overrides={"path": pl.List(pl.String)})
    with pytest.raises(ValueError, match=r"name conversions without a touch '\(direct\)'"):
        PathTable.from_frame(frame)


def test_the_paths_of_a_table_read_back_as_they_were_given() -> None:
    assert paths({"b > a > b": (1, 0), "c": (0, 1)}).paths == (("b", "a", "b"), ("c",))

"""Laws of A/B readings over random tests."""

from statistics import NormalDist

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from omnidash.experiments.reading import Asked, Reading, read_experiment
from omnidash.experiments.sequential import half_width, p_value

LAW = settings(deadline=None, derandomize=True, max_examples=60)
amounts = st.lists(st.integers(0, 60).map(float), min_size=15, max_size=60)
tests_of = st.fixed_dictionaries({"a": amounts, "b": amounts, "c": amounts})
modes = st.booleans()


def frame(of: dict[str, list[float]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(name, value, value * (place % 3)) for name, values in of.items() for place, value in enumerate(values)],
        schema=["variant", "value", "before"],
        orient="row",
    )


def figures(reading: Reading) -> list[tuple[float, ...]]:
    return [(one.absolute, *one.interval, one.p_value) for one in reading.differences]


@LAW
@given(tests_of, modes, st.randoms())
def test_the_order_of_rows_changes_nothing(of: dict[str, list[float]], is_any_day: bool, random: object) -> None:
    rows = frame(of)
    order = list(range(rows.height))
    random.shuffle(order)  # type: ignore[attr-defined]
    asked = Asked(is_any_day=is_any_day, uses_before=True)
    assert figures(read_experiment(rows[order], asked)) == [
        pytest.approx(one) for one in figures(read_experiment(rows, asked))
    ]


@LAW
@given(tests_of, modes)
def test_the_p_value_is_below_the_level_just_where_zero_is_outside(
    of: dict[str, list[float]], is_any_day: bool
) -> None:
    rows = frame(of).filter(pl.col("variant") != "c").with_columns(value=pl.col("value") + 0.5)  # amounts, one variant
    assume(rows["value"].n_unique() > 2)
    one = read_experiment(rows, Asked(is_any_day=is_any_day)).differences[0]
    assert (one.p_value < 0.05) == (not one.interval[0] <= 0 <= one.interval[1])


@LAW
@given(tests_of, modes, st.floats(0.5, 50))
def test_money_in_another_unit_is_read_the_same(of: dict[str, list[float]], is_any_day: bool, rate: float) -> None:
    rows = frame(of).with_columns(value=pl.col("value") + 2.5)
    asked = Asked(is_any_day=is_any_day)
    first = read_experiment(rows, asked)
    other = read_experiment(rows.with_columns(value=pl.col("value") * rate), asked)
    for one, two in zip(first.differences, other.differences, strict=True):
        assert two.absolute == pytest.approx(one.absolute * rate, abs=1e-9)
        assert two.p_value == pytest.approx(one.p_value)
        assert two.relative == pytest.approx(one.relative)


@LAW
@given(tests_of, modes)
def test_control_and_variant_changed_places_is_the_difference_turned_round(
    of: dict[str, list[float]], is_any_day: bool
) -> None:
    rows = frame(of).filter(pl.col("variant") != "c")
    one = read_experiment(rows, Asked(control="a", is_any_day=is_any_day)).differences[0]
    two = read_experiment(rows, Asked(control="b", is_any_day=is_any_day)).differences[0]
    assert two.absolute == pytest.approx(-one.absolute)
    assert two.interval == pytest.approx((-one.interval[1], -one.interval[0]))
    assert two.p_value == pytest.approx(one.p_value)


@LAW
@given(st.integers(50, 10**6), st.integers(100, 10**5), st.floats(0.5, 0.999))
def test_a_confidence_sequence_is_wider_than_one_look_and_tells_its_own_p_value(
    n: int, planned: int, level: float
) -> None:
    half = half_width(1.0, n, level=level, planned=planned)
    assert half > NormalDist().inv_cdf((1 + level) / 2)
    assert p_value(half, 1.0, n, level=level, planned=planned) == pytest.approx(1 - level, rel=1e-6)
    assert p_value(half * 1.01, 1.0, n, level=level, planned=planned) < 1 - level


@LAW
@given(tests_of)
def test_cutting_values_never_raises_a_mean_or_a_spread(of: dict[str, list[float]]) -> None:
    rows = frame(of)
    whole, cut = (read_experiment(rows, Asked(cap=cap)) for cap in (None, 0.9))
    for one, other in zip(whole.arms, cut.arms, strict=True):
        assert other.mean <= one.mean + 1e-12
        assert other.deviation <= one.deviation + 1e-9
    assert np.isfinite([one.p_value for one in cut.differences]).all()

"""Laws of attribution over random path tables."""

from dataclasses import replace

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.attribution.markov import expected_outcomes, transition_chain
from omnidash.attribution.models import MODELS, attribute
from omnidash.attribution.path_table import PathTable

LAW = settings(deadline=None, derandomize=True, max_examples=40)

rows = st.lists(
    st.tuples(
        st.lists(st.sampled_from("abcde"), min_size=1, max_size=7),
        st.integers(0, 20),
        st.integers(0, 30),
        st.integers(0, 500),
    ),
    min_size=1,
    max_size=12,
)
Rows = list[tuple[list[str], int, int, int]]


def table(rows: Rows) -> PathTable:
    """Rows (path, conversions, nulls, cents per conversion)."""
    data = [(path, n, m, n * cents / 100) for path, n, m, cents in rows]
    return PathTable.from_frame(pl.DataFrame(data, schema=["path", "conversions", "nulls", "value"], orient="row"))


def same(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    one, other = one.sort("channel"), other.sort("channel")
    numbers = [name for name in one.columns if name != "channel"]
    return one["channel"].equals(other["channel"]) and np.allclose(
        one.select(numbers).to_numpy(), other.select(numbers).to_numpy(), rtol=1e-9, atol=1e-9
    )


@LAW
@given(rows, st.integers(1, 4))
def test_credits_add_up_to_what_was_observed(rows: Rows, order: int) -> None:
    paths = table(rows)
    for model in MODELS.values():
        if model.needs_ages or not model.adds_up:
            continue
        for worth in ("conversions", "conversion_rate") if model.name == "shapley" else ("conversions",):
            result = attribute(paths, model.name, order=order, worth=worth)
            for name, observed in (("conversions", paths.conversions.sum()), ("value", paths.value.sum())):
                assert abs(result.frame[name].sum() - observed) <= 1e-9 * max(observed, 1), (model.name, worth, name)
            assert (result.conversions_total, result.value_total) == (paths.conversions.sum(), paths.value.sum())


@LAW
@given(rows)
def test_no_channel_is_ever_dropped(rows: Rows) -> None:
    seen = {channel for path, *_ in rows for channel in path}
    for model in MODELS.values():
        if not model.needs_ages:
            assert set(attribute(table(rows), model.name).frame["channel"]) == seen


@LAW
@given(rows, st.randoms(use_true_random=False), st.integers(1, 3))
def test_order_of_rows_and_splitting_them_changes_nothing(rows: Rows, random: object, order: int) -> None:
    halves = [(p, part, 0, c) for p, n, _, c in rows for part in (n // 2, n - n // 2)]
    shuffled = halves + [(p, 0, m, 0) for p, _, m, _ in rows]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for model in MODELS.values():
        if not model.needs_ages:
            one, other = (
                attribute(table(rows), model.name, order=order),
                attribute(table(shuffled), model.name, order=order),
            )
            assert same(one.frame, other.frame), model.name


@LAW
@given(rows)
def test_participation_is_at_least_what_any_single_touch_model_gives(rows: Rows) -> None:
    most = attribute(table(rows), "participation").frame.sort("channel")["conversions"]
    for model in ("first", "last", "linear", "position"):
        assert (attribute(table(rows), model).frame.sort("channel")["conversions"] <= most + 1e-9).all()


@LAW
@given(rows, st.integers(1, 4))
def test_removal_effects_lie_between_nothing_and_everything(rows: Rows, order: int) -> None:
    effects = attribute(table(rows), "markov", order=order).frame.select("removal_effect", "removal_effect_value")
    assert (effects.to_numpy() >= -1e-12).all()
    assert (effects.to_numpy() <= 1 + 1e-12).all()


@LAW
@given(rows, st.integers(1, 4))
def test_the_fundamental_matrix_and_its_series_give_the_same_outcomes(rows: Rows, order: int) -> None:
    chain = transition_chain(table(rows), order=order)
    read_off = expected_outcomes(chain, invert_up_to_states=10**6)
    summed = expected_outcomes(chain, invert_up_to_states=0)
    for one, other in zip(read_off, summed, strict=True):
        assert np.allclose(one, other, rtol=1e-10, atol=1e-12)


@LAW
@given(rows, st.integers(1, 4))
def test_a_channel_nobody_touched_changes_nothing(rows: Rows, order: int) -> None:
    without = table(rows)
    among = replace(without, channels=(*without.channels, "nobody"))
    for model in MODELS.values():
        for worth in ("conversions", "conversion_rate") if model.name == "shapley" else ("conversions",):
            if model.needs_ages:
                continue
            more = attribute(among, model.name, order=order, worth=worth).frame
            assert more.filter(pl.col("channel") == "nobody")["conversions"].to_list() == [0.0]
            less = attribute(without, model.name, order=order, worth=worth).frame
            assert same(more.filter(pl.col("channel") != "nobody"), less), (model.name, worth)


@LAW
@given(rows, st.permutations("abcde"), st.integers(1, 4))
def test_renaming_channels_permutes_the_credits(rows: Rows, names: list[str], order: int) -> None:
    new = dict(zip("abcde", names, strict=True))
    renamed = [([new[c] for c in path], *counts) for path, *counts in rows]
    for model in MODELS.values():
        if not model.needs_ages:
            before = attribute(table(rows), model.name, order=order).frame
            after = attribute(table(renamed), model.name, order=order).frame
            assert same(before.with_columns(pl.col("channel").replace(new)), after), model.name

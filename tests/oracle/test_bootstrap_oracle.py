"""Re-weighting blocks against really copying persons; the interaction index against its definition over coalitions."""

import re
from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.attribution.bootstrap import cannot_be_told_apart, groups, resampling
from omnidash.attribution.channel_sets import channel_sets
from omnidash.attribution.comparison import compare
from omnidash.attribution.path_table import PathTable
from omnidash.attribution.synergy import interaction_index, synergy
from omnidash.journeys.notation import journeys

PEOPLE = {
    "ana": "search@1 email@3 purchase@4=20 social@8 purchase@9=5",
    "bo": "email@2",
    "cy": "social@1 search@2 purchase@3=10",
    "di": "direct@1 email@2 direct@3 purchase@4=8",
    "eve": "purchase@6=3",
    "flo": "social@1 search@5",
}
NEVER_ADDS_UP = {"participation"}


@pytest.mark.parametrize("order", [1, 2])
def test_a_draw_is_what_the_models_say_of_persons_copied_as_often_as_it_takes_them(order: int) -> None:
    found = compare(journeys(PEOPLE), order=order, draws=6)
    names = sorted(PEOPLE)
    for draw, weights in enumerate(found.resampled.weights):
        times = weights[found.resampled.block].astype(int)
        copies = {f"{name}{n}": PEOPLE[name] for name, count in zip(names, times, strict=True) for n in range(count)}
        again = compare(journeys(copies), order=order, draws=1)
        for model, credited in found.models.items():
            copied = dict(zip(again.channels, again.models[model].amounts.T.tolist(), strict=True))
            for channel, drawn in zip(found.channels, credited.drawn[draw].T.tolist(), strict=True):
                assert drawn == pytest.approx(copied.get(channel, [0.0, 0.0, 0.0]), abs=1e-9), (model, channel)


def test_every_model_adds_up_and_the_same_data_gives_the_same_intervals() -> None:
    one, other = (compare(journeys(PEOPLE), order=2, draws=30, threads=threads) for threads in (1, 3))
    assert one.frame().equals(other.frame())
    for model, credited in one.models.items():
        if model not in NEVER_ADDS_UP:
            assert credited.amounts.sum(axis=1) == pytest.approx([5, 46, 4], rel=1e-9), model


def test_a_conversion_without_a_touch_is_outside_the_game_of_the_conversion_rate() -> None:
    found = compare(journeys(PEOPLE), draws=20)
    without = compare(journeys({name: went for name, went in PEOPLE.items() if name != "eve"}), draws=1)
    rate, direct = found.models["shapley_rate"], found.channels.index("(direct)")
    assert rate.amounts[:, direct].tolist() == [1, 3, 1]
    for channel, amounts in zip(without.channels, without.models["shapley_rate"].amounts.T, strict=True):
        assert rate.amounts[:, found.channels.index(channel)] == pytest.approx(amounts)
    times = found.resampled.weights[:, found.resampled.block[sorted(PEOPLE).index("eve")]]
    assert rate.drawn[:, :, direct].tolist() == [[n, 3 * n, n] for n in times]
    assert rate.drawn.sum(axis=2) == pytest.approx(found.models["last"].drawn.sum(axis=2))


def test_renaming_channels_permutes_the_credits() -> None:
    new_name = {"search": "zebra", "email": "apple", "social": "mango"}
    renamed = {person: re.sub(r"search|email|social", lambda m: new_name[m[0]], e) for person, e in PEOPLE.items()}
    before = compare(journeys(PEOPLE), draws=5).frame()
    after = compare(journeys(renamed), draws=5).frame()
    key = ["model", "channel"]
    before = before.with_columns(pl.col("channel").replace(new_name)).sort(key)
    after = after.sort(key)
    assert before.select(key).equals(after.select(key))
    assert np.allclose(before.drop(key).to_numpy(), after.drop(key).to_numpy(), atol=1e-9)


def test_campaigns_are_credited_like_channels() -> None:
    by_campaign = {"ana": "search/spring@1 email/june@3 purchase@4=20", "bo": "search/spring@2", "cy": "email@1"}
    found = compare(journeys(by_campaign), by="campaign", draws=2)
    credit = dict(zip(found.channels, found.models["linear"].amounts[1].tolist(), strict=True))
    assert credit == {"(unknown)": 0, "june": 10, "spring": 10}
    assert found.models["markov"].amounts[0].sum() == pytest.approx(1)


def test_who_opens_assists_and_closes() -> None:
    roles = compare(journeys(PEOPLE), draws=2).roles().rows_by_key("channel", named=True, unique=True)
    # Converting paths: search email; social; social search; direct email direct; (direct).
    assert {name: roles["search"][name] for name in ("touched", "opens", "assists", "closes", "position")} == {
        "touched": 2, "opens": 1, "assists": 1, "closes": 1, "position": 0.5,
    }  # fmt: skip
    assert (roles["email"]["assist_share"], roles["email"]["position"]) == (0.5, 0.75)
    assert roles["direct"]["closes"] == 1


def test_last_touch_against_a_model() -> None:
    against = compare(journeys(PEOPLE), draws=2).against_last("linear")
    rows = against.rows_by_key("channel", named=True, unique=True)
    # social: linear 1 + 1/2, last 1; last touch undervalues it by a third.
    assert rows["social"]["relative"] == pytest.approx(1 / 3)
    assert against["difference"].sum() == pytest.approx(0)


def test_no_persons_no_credit() -> None:
    found = compare(journeys({}), draws=2)
    assert found.frame().is_empty()


def test_blocks_are_equal_and_every_person_is_drawn_once_on_average() -> None:
    drawn = resampling(1203, blocks=100, draws=50)
    sizes = np.bincount(drawn.block)
    assert (sizes.min(), sizes.max()) == (12, 13)
    assert (drawn.weights.sum(axis=1) == 100).all()
    assert np.array_equal(drawn.weights, resampling(1203, blocks=100, draws=50).weights)
    assert not np.array_equal(drawn.weights, resampling(1203, blocks=100, draws=50, seed=7).weights)


def test_the_interval_of_a_mean_covers_it_nine_times_in_ten() -> None:
    random = np.random.default_rng(5)
    covered = 0
    for trial in range(150):
        bought = random.binomial(1, 0.2, 600)
        drawn = resampling(600, blocks=300, draws=200, seed=trial)
        in_block = np.bincount(drawn.block, bought, 300)
        low, high = np.quantile(drawn.weights @ in_block, [0.05, 0.95])
        covered += low <= 0.2 * 600 <= high
    assert 0.83 <= covered / 150 <= 0.96


def test_groups_are_the_longest_runs_that_are_all_alike() -> None:
    alike = np.eye(4, dtype=bool)
    for a, b in ((0, 1), (1, 2), (2, 3), (1, 3)):
        alike[a, b] = alike[b, a] = True
    assert groups(alike, [0, 1, 2, 3]) == [[0, 1], [1, 2, 3]]
    assert groups(np.eye(3, dtype=bool), [0, 1, 2]) == []
    drawn = np.column_stack([np.arange(100.0), 99 - np.arange(100.0), np.full(100, 500.0)])
    assert cannot_be_told_apart(drawn).tolist() == [
        [True, True, False], [True, True, False], [False, False, True],
    ]  # fmt: skip


rows = st.lists(
    st.tuples(st.text("abcd", min_size=1, max_size=5), st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=6
)


Worth = Callable[[set[str]], float]


def _joint_contribution(worth: Worth, names: Sequence[str], i: int, j: int) -> float:
    """The mean over all coalitions of the others, as Grabisch & Roubens define it."""
    others = [name for name in names if name not in (names[i], names[j])]
    expected = 0.0
    for size in range(len(others) + 1):
        weight = factorial(size) * factorial(len(names) - size - 2) / factorial(len(names) - 1)
        for chosen in combinations(others, size):
            s = set(chosen)
            expected += weight * (
                worth(s | {names[i], names[j]}) - worth(s | {names[i]}) - worth(s | {names[j]}) + worth(s)
            )
    return expected


@settings(deadline=None, derandomize=True, max_examples=30)
@given(rows)
def test_the_interaction_index_is_the_mean_joint_contribution(rows: list[tuple[str, int, int]]) -> None:
    data = [(list(path), n, m, 0.0) for path, n, m in rows]
    paths = PathTable.from_frame(pl.DataFrame(data, schema=["path", "conversions", "nulls", "value"], orient="row"))
    sets = channel_sets(paths)
    assert sets is not None
    names = paths.channels

    def brought(coalition: set[str]) -> int:
        return sum(n for path, n, _ in rows if set(path) <= coalition)

    found = interaction_index(sets.members, sets.outcomes[:, 0], len(names))
    for i, j in combinations(range(len(names)), 2):
        assert found[i, j] == pytest.approx(_joint_contribution(brought, names, i, j), abs=1e-9)


def test_a_pair_says_how_often_it_converts_together_and_apart() -> None:
    data = [(["a", "b"], 6, 4, 0.0), (["a"], 1, 9, 0.0), (["b"], 2, 8, 0.0)]
    paths = PathTable.from_frame(pl.DataFrame(data, schema=["path", "conversions", "nulls", "value"], orient="row"))
    sets = channel_sets(paths)
    assert sets is not None
    (pair,) = synergy(sets).rows(named=True)
    assert (pair["a"], pair["b"], pair["conversions"], pair["both"]) == ("a", "b", 6, 10)
    assert [pair[name] for name in ("rate_both", "rate_a", "rate_b", "expected")] == pytest.approx(
        [0.6, 0.1, 0.2, 0.28]
    )
    assert pair["lift"] == pytest.approx(0.6 / 0.28)

"""Markov credit spread over conversions: every one is given out once, by the effects of the channels it met."""

from collections import defaultdict

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.attribution.effect_weights import effect_weights
from omnidash.journeys.credit import credit_by_day
from omnidash.journeys.notation import journeys
from omnidash.journeys.single_paths import single_paths
from omnidash.journeys.touch_credit import touch_credits
from tests.oracle.journeys_reference import event_lists, table_of


def test_a_conversion_is_shared_by_the_effects_of_its_own_channels() -> None:
    """b converts half the time; without it nothing is left (effect 1), without a half of it (effect 1/2)."""
    table = journeys({"ana": "a@1 b@2 purchase@3=30", "bo": "b@1"})
    weights = effect_weights(table)
    assert weights == pytest.approx({"a": 0.5, "b": 1.0})
    rows = credit_by_day(table, model="markov", weights=weights).frame().select("channel", "conversions", "revenue")
    assert rows.rows() == [
        ("a", pytest.approx(1 / 3), pytest.approx(10)),
        ("b", pytest.approx(2 / 3), pytest.approx(20)),
    ]


def test_repeated_touches_of_a_channel_earn_once_and_nothing_touched_is_direct() -> None:
    table = journeys({"ana": "a@1 b@2 a@3 purchase@4=10", "bo": "purchase@4=7"})
    rows = (
        credit_by_day(table, model="markov", weights={"a": 3.0, "b": 1.0}).frame().select("channel", "revenue").rows()
    )
    assert rows == [("(direct)", 7.0), ("a", 7.5), ("b", 2.5)]


def test_channels_without_any_effect_share_equally() -> None:
    rows = credit_by_day(journeys({"ana": "a@1 b@2 purchase@3=10"}), model="markov", weights={}).frame()
    assert rows["revenue"].to_list() == [5.0, 5.0]


@pytest.mark.parametrize("weights", [None, {"a": -1.0}, {"a": float("nan")}])
def test_weights_must_be_given_and_not_negative(weights: dict[str, float] | None) -> None:
    with pytest.raises(ValueError, match="weights"):
        credit_by_day(journeys({"ana": "a@1 purchase@2"}), model="markov", weights=weights)


def test_a_workspace_without_conversions_has_no_weights() -> None:
    assert effect_weights(journeys({"ana": "a@1"})) == {}
    assert effect_weights(journeys({})) == {}


@settings(deadline=None, derandomize=True, max_examples=60)
@given(events=event_lists(max_size=30), lookback=st.sampled_from([1, 30]))
def test_daily_credit_is_each_path_shared_by_its_effects(events: list, lookback: int) -> None:  # type: ignore[type-arg]
    """Against a loop over the single paths: same credit by day and channel, and the whole of every conversion."""
    table = table_of(events)
    weights = effect_weights(table, lookback_days=lookback)
    found = credit_by_day(table, model="markov", lookback_days=lookback, weights=weights)
    paths = single_paths(table, lookback_days=lookback)
    expected: dict[str, float] = defaultdict(float)
    for n in range(len(paths.converted)):
        met = sorted({paths.labels[c] for c in paths.codes[paths.bounds[n] : paths.bounds[n + 1]]})
        total = sum(weights[channel] for channel in met)
        for channel in met:
            share = weights[channel] / total if total else 1 / len(met)
            expected[channel] += share * paths.converted[n]
    by_channel = dict(zip(found.channels, found.conversions.sum(axis=0).tolist(), strict=True))
    assert {c: v for c, v in by_channel.items() if v} == pytest.approx({c: v for c, v in expected.items() if v})
    last = credit_by_day(table, model="last", lookback_days=lookback)
    for name in ("conversions", "revenue", "new_customers"):
        np.testing.assert_allclose(getattr(found, name).sum(axis=1), getattr(last, name).sum(axis=1), atol=1e-9)

    single = touch_credits(table, model="markov", lookback_days=lookback, weights=weights)
    of_touch = pl.Series(table.channels).gather(pl.Series(table.channel[single["touch"].to_numpy()].astype("int64")))
    summed = single.with_columns(channel=of_touch).group_by("channel").agg(pl.col("share").sum())
    assert dict(summed.iter_rows()) == pytest.approx(
        {c.replace("(unknown)", ""): v for c, v in by_channel.items() if v and c != "(direct)"}
    )

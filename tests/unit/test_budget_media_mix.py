"""The media mix: what it finds in data whose truth is known, what it says when it cannot know, what evidence adds."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone

from omnidash.budget.curve import HillDraws
from omnidash.budget.media_drift import relative_effect
from omnidash.budget.media_mix import Lift, MediaMix
from omnidash.budget.media_pool import BaseSpreads
from omnidash.budget.media_sampler import CurveGrid, Sampler, carried, remembered, saturate
from omnidash.budget.mix_curves import mix_curves
from omnidash.model.period import Period

FIRST = np.datetime64("2025-01-01")
DAY_ONE = int(FIRST.astype(int))
DAYS = 250
QUICK = {"draws": 150, "warm_up": 100, "thin": 1}


def spend_of(rng: np.random.Generator, size: float) -> np.ndarray:
    month = np.repeat(rng.normal(0, 0.5, DAYS // 10 + 1), 10)[:DAYS]
    return size * np.exp(month + rng.normal(0, 0.2, DAYS))


def brought(spend: np.ndarray, carryover: float, half: float, ceiling: float) -> np.ndarray:
    return ceiling * saturate(carried(spend, carryover), half, 1.0, "hill")


@pytest.fixture(scope="module")
def company() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    spend = np.column_stack([spend_of(rng, 100), spend_of(rng, 300), np.full(DAYS, 200.0)])
    media = brought(spend[:, 0], 0.5, 120, 900) + brought(spend[:, 1], 0.1, 500, 800) + 150
    week = 200 * np.sin(2 * np.pi * np.arange(DAYS) / 7)
    revenue = 2000 + week + media + rng.normal(0, 60, DAYS)
    return np.column_stack([DAY_ONE + np.arange(DAYS), spend]), revenue, spend


@pytest.fixture(scope="module")
def fitted(company: tuple[np.ndarray, np.ndarray, np.ndarray]) -> MediaMix:
    return MediaMix(**QUICK).fit(*company[:2])


def test_returns_carry_over_and_saturation_lie_within_their_intervals(fitted, company):
    spend = company[2]
    truth = brought(spend[:, 0], 0.5, 120, 900).sum() / spend[:, 0].sum()
    low, high = np.quantile(fitted.return_[:, 0], [0.05, 0.95])
    assert low <= truth <= high
    assert high / low < 3
    low, high = np.quantile(fitted.carryover_[:, 0], [0.02, 0.98])
    assert low <= 0.5 <= high
    assert fitted.carryover_[:, 1].mean() < fitted.carryover_[:, 0].mean()


def test_effects_are_never_negative_and_draws_follow_from_the_seed(fitted, company):
    assert (fitted.effect_ > 0).all()
    again = clone(fitted).fit(*company[:2])
    assert np.array_equal(again.effect_, fitted.effect_)


def test_it_predicts_later_days_better_than_their_mean(company):
    features, revenue, _ = company
    earlier = MediaMix(**QUICK).fit(features[:200], revenue[:200])
    assert earlier.score(features[200:], revenue[200:]) > 0.3


def table(spend: np.ndarray, revenue: np.ndarray) -> pl.DataFrame:
    days = [(FIRST + i).item() for i in range(DAYS)]
    return pl.concat(
        [
            pl.DataFrame({"day": days, "spend": spend[:, c], "revenue": revenue / spend.shape[1]}).with_columns(
                channel=pl.lit(f"c{c}"), has_spend=pl.lit(True)
            )
            for c in range(spend.shape[1])
        ]
    )


PERIOD = Period(first_day=(FIRST + DAYS - 28).item(), last_day=(FIRST + DAYS - 1).item())


def test_constant_spend_is_not_identified_and_its_interval_is_wide(company):
    curves = {c.channel: c for c in mix_curves(table(company[2], company[1]), PERIOD, estimator=MediaMix(**QUICK))}
    assert curves["c0"].identified
    assert not curves["c2"].identified
    assert curves["c2"].reason is not None
    assert curves["c0"].verdict != "not identified"
    assert curves["c2"].verdict == "not identified"
    low, high = (side[0] for side in curves["c2"].revenue_interval(200.0))
    assert high > 3 * low


def test_what_is_brought_today_counts_each_day_alike_however_few_they_are(company):
    spend = company[2]
    days = Period(first_day=(FIRST + DAYS - 8).item(), last_day=(FIRST + DAYS - 1).item())
    first = mix_curves(table(spend, company[1]), days, estimator=MediaMix(**QUICK))[0]
    assert isinstance(first.draws, HillDraws)
    felt = carried(spend[:, 0], first.carryover)[-8:]
    assert first.draws.pattern.mean() == pytest.approx(felt.mean() / spend[-8:, 0].mean(), rel=0.03)
    truth = brought(spend[:, 0], 0.5, 120, 900)[-8:].mean()
    low, high = (side[0] for side in first.revenue_interval(first.spend_today, 0.95))
    assert low <= truth <= high


@pytest.mark.parametrize("went_before", [0.0, 2.0])
def test_what_was_spent_before_the_first_row_is_learned_where_it_shows(went_before: float) -> None:
    rng = np.random.default_rng(6)
    spend = 100 * np.exp(
        rng.normal(0, 0.1, DAYS) + np.where(np.arange(DAYS) < 40, 0, np.repeat(rng.normal(0, 0.6, 50), 5))
    )
    media = 900 * saturate(carried(spend, 0.9, went_before * spend[:7].mean()), 100, 1.0, "hill")
    features = np.column_stack([DAY_ONE + np.arange(DAYS), spend])
    model = MediaMix(**QUICK).fit(features, 1000 + media + rng.normal(0, 10, DAYS))
    assert abs(model.earlier_.mean() - went_before) < 0.5


def test_predictions_continue_from_the_first_row_only_where_that_is_near() -> None:
    rng = np.random.default_rng(6)
    spend = spend_of(rng, 100)[:90]
    media = 900 * saturate(carried(spend, 0.95, 0.0), 100, 1.0, "hill")  # nothing was spent before
    features = np.column_stack([DAY_ONE + np.arange(90), spend])
    model = MediaMix(**QUICK).fit(features[:60], 1000 + media[:60] + rng.normal(0, 10, 60))
    assert model.predict(features[60:]) == pytest.approx(model.predict(features)[60:])
    middle, whole = model.predict(features[30:60]), model.predict(features[:60])[30:]
    assert middle == pytest.approx(whole, rel=0.1)  # not as if nothing had been spent before the thirtieth day


@pytest.mark.parametrize(("first_day", "error", "tells"), [(100, 400.0, True), (-100, 400.0, False), (100, 9e3, False)])
def test_an_experiment_tells_a_level_where_it_is_sure_and_its_days_are_in_the_history(
    company, monkeypatch, first_day: int, error: float, tells: bool
) -> None:
    told: list[object] = []
    monkeypatch.setattr("omnidash.budget.mix_curves.level_uncertain", lambda _, unseen, _channels: told.append(unseen))
    first = DAY_ONE + first_day
    lift = Lift(channel=0, first_day=first, last_day=first + 27, revenue=28 * 400.0, standard_error=error)
    mix_curves(table(company[2], company[1]), PERIOD, estimator=MediaMix(**QUICK), lifts=[("c0", lift)])
    assert told
    assert (told[0] is None) == tells


def test_channels_that_move_together_share_their_uncertainty(company):
    features, revenue, spend = company
    rng = np.random.default_rng(9)
    twin = spend[:, 0] * rng.normal(1, 0.01, DAYS)
    both = MediaMix(**QUICK).fit(np.column_stack([features[:, :2], twin, features[:, 2]]), revenue)
    alone = MediaMix(**QUICK).fit(features, revenue)

    def spread(draws: np.ndarray) -> float:
        return float(draws.std() / draws.mean())

    assert spread(both.return_[:, 0]) > 1.25 * spread(alone.return_[:, 0])
    assert np.corrcoef(both.return_[:, 0], both.return_[:, 1])[0, 1] < -0.3
    assert spread(both.return_[:, 0] + both.return_[:, 1]) < spread(both.return_[:, 0])


def test_lift_evidence_draws_a_curve_that_could_not_be_known_to_what_was_measured(company):
    features, revenue, _ = company
    lift = Lift(channel=2, first_day=DAY_ONE + 100, last_day=DAY_ONE + 127, revenue=28 * 150.0, standard_error=400.0)
    calibrated = MediaMix(**QUICK).fit(features, revenue, lifts=[lift])
    daily = calibrated.return_[:, 2] * 200
    assert abs(daily.mean() - 150) < 2 * 400 / 28
    assert daily.std() == pytest.approx(400 / 28, rel=0.4)


@pytest.mark.parametrize("days", [2, 20, 28])
def test_too_few_days_give_no_curve_that_is_called_identified(company, days: int) -> None:
    short = table(company[2], company[1]).filter(pl.col("day") > PERIOD.last_day - timedelta(days=days))
    curves = mix_curves(short, PERIOD, estimator=MediaMix(**QUICK))
    assert len(curves) == 3
    assert not any(c.identified for c in curves)
    assert all(c.r2_cv is None for c in curves)


def test_days_count_for_less_where_what_is_left_over_resembles_itself_for_weeks(company):
    spend = company[2]
    grid = CurveGrid(
        saturation="hill",
        delayed=False,
        carryovers=(0.0, 0.3, 0.6),
        halves=(0.5, 1.0, 2.0),
        shapes=(0.7, 1.0, 1.6),
        mean_spend=spend.mean(axis=0),
        typical_spend=spend.mean(axis=0),
    )
    still = BaseSpreads(np.ones(1), np.array([-1]))
    sampler = Sampler(grid, spend, np.ones((DAYS, 1)), still, company[1] / company[1].mean())
    rng = np.random.default_rng(3)
    sampler.discount(rng.normal(0, 0.1, DAYS))
    assert sampler.repeated < 1.4
    effect = np.repeat(rng.normal(0, 0.5, DAYS // 14 + 1), 14)[:DAYS]
    sampler.discount(effect * sampler.raw_feature[0])
    assert sampler.repeated > 2


def test_today_is_the_effect_of_today_where_it_drifted(company):
    features, revenue, spend = company
    last = np.arange(DAYS) >= DAYS - 28
    media = brought(spend[:, 0], 0.5, 120, 900)
    blocks = np.repeat(np.random.default_rng(2).choice([-0.4, 0.4], DAYS // 28 + 1), 28)[-DAYS:]
    blocks[last] = -0.4
    drifted = revenue + blocks * media
    fitted = MediaMix(**QUICK).fit(features, drifted)
    relative = relative_effect(fitted, fitted.media(features), features, drifted, last)
    usual = MediaMix(**QUICK).fit(features, revenue)
    steady = relative_effect(usual, usual.media(features), features, revenue, last)
    assert relative[:, 0].mean() < 0.9
    assert steady[:, 0].mean() == pytest.approx(1.0, abs=0.08)
    assert relative[:, 0].std() > steady[:, 0].std()


def test_a_memory_may_build_up_before_it_fades():
    once = np.zeros(60)
    once[20] = 100.0
    assert np.array_equal(remembered(once, 0.7, 0.0), carried(once, 0.7))
    late = remembered(once, 0.7, 1.0)
    assert late[21] > late[20]
    assert late.sum() == pytest.approx(100.0, rel=1e-3)


@pytest.mark.parametrize(("shape", "is_s"), [(0.8, False), (2.4, True)])
def test_how_s_shaped_a_curve_is_comes_from_the_posterior(shape: float, is_s: bool) -> None:
    """Spend from next to nothing to far beyond the half: the exponent that made the data lies in its interval."""
    rng = np.random.default_rng(12)
    spend = 100 * np.exp(np.repeat(rng.normal(0, 0.9, DAYS // 5), 5) + rng.normal(0, 0.2, DAYS))
    revenue = 1500 + 1000 * saturate(spend, 120.0, shape, "hill") + rng.normal(0, 40, DAYS)
    found = MediaMix(**QUICK).fit(np.column_stack([DAY_ONE + np.arange(DAYS), spend]), revenue).shape_[:, 0]
    low, high = np.quantile(found, [0.05, 0.95])
    assert low <= shape <= high
    assert (found > 1.2).mean() > 0.95 if is_s else (found > 1.2).mean() < 0.2

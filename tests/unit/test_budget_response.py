"""The response curve of one channel: what can be learned from its days, and what cannot."""

import re
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone

from omnidash.budget import CAVEAT, ResponseCurve, bases, channel_curves
from omnidash.budget.bases import Known, curves_of, curves_on
from omnidash.engine.day_notes import DayNote, keep
from omnidash.model.period import Period
from tests.conftest import ROOT

FIRST = date(2026, 1, 1)


def daily(spend: list[float], revenue: list[float], channel: str = "douyin", has_spend: bool = True) -> pl.DataFrame:
    """One channel's rows of the channel-day table from FIRST on."""
    return pl.DataFrame(
        {
            "day": [FIRST + timedelta(days=i) for i in range(len(spend))],
            "channel": [channel] * len(spend),
            "spend": [float(x) for x in spend],
            "has_spend": [has_spend] * len(spend),
            "revenue": [float(y) for y in revenue],
        }
    )


def period(days: int) -> Period:
    return Period(first_day=FIRST, last_day=FIRST + timedelta(days=days - 1))


def varied_spend(days: int, seed: int = 3) -> np.ndarray:
    return 100 * np.exp(np.random.default_rng(seed).normal(0, 0.5, days))


def features(spend: np.ndarray) -> np.ndarray:
    return np.column_stack([np.arange(len(spend)), spend])


@pytest.mark.parametrize("elasticity", [0.3, 0.5, 0.8])
def test_a_noiseless_power_law_is_recovered(elasticity: float) -> None:
    spend = varied_spend(120)
    fitted = ResponseCurve().fit(features(spend), 40 * (spend / 100) ** elasticity)
    assert fitted.identified_ and fitted.reason_ is None
    assert fitted.elasticity_ == pytest.approx(elasticity, abs=0.01)
    assert fitted.carryover_ == 0.0


def test_revenue_that_comes_days_after_the_spend_is_recognised_as_carry_over() -> None:
    spend = varied_spend(180)
    carried = np.empty_like(spend)
    carried[0] = spend[:7].mean()
    for t in range(1, len(spend)):
        carried[t] = 0.3 * spend[t] + 0.7 * carried[t - 1]
    fitted = ResponseCurve().fit(features(spend), 40 * (carried / 100) ** 0.5)
    assert fitted.carryover_ == 0.7
    assert fitted.elasticity_ == pytest.approx(0.5, abs=0.02)


def test_carry_overs_are_weighed_by_how_well_they_fit() -> None:
    """Noisy revenue of carried-over spend: fits without carry-over see a weaker effect and must hardly count."""
    rng = np.random.default_rng(12)
    spend = varied_spend(180, seed=12)
    carried = spend.copy()
    for t in range(1, len(spend)):
        carried[t] = 0.3 * spend[t] + 0.7 * carried[t - 1]
    revenue = 40 * (carried / 100) ** 0.7 * rng.gamma(20, 1 / 20, 180)
    all_weighed = ResponseCurve().fit(features(spend), revenue)
    only_true = ResponseCurve(carryovers=(0.7,)).fit(features(spend), revenue)
    only_wrong = ResponseCurve(carryovers=(0.0,)).fit(features(spend), revenue)
    assert abs(only_wrong.elasticity_ - only_true.elasticity_) > 0.2
    assert all_weighed.elasticity_ == pytest.approx(only_true.elasticity_, abs=0.06)


def test_weekdays_and_trend_are_not_mistaken_for_an_effect_of_spend() -> None:
    """Spend and revenue both double on weekends and grow; around that, spend varies and revenue follows weakly."""
    days = np.arange(140)
    common = np.where(days % 7 < 2, 2.0, 1.0) * np.exp(days / 140)
    wiggle = np.exp(np.random.default_rng(1).normal(0, 0.4, 140))
    fitted = ResponseCurve().fit(features(100 * common * wiggle), 50 * common * wiggle**0.3)
    assert fitted.elasticity_ == pytest.approx(0.3, abs=0.03)


def test_a_season_of_the_year_is_not_mistaken_for_an_effect_of_spend() -> None:
    """Over two years spend and revenue both swell before the new year; around that, revenue follows spend weakly."""
    days = np.arange(730)
    season = np.exp(0.5 * np.cos(2 * np.pi * (days + 20) / 365.25))
    wiggle = np.exp(np.random.default_rng(1).normal(0, 0.2, 730))
    fitted = ResponseCurve().fit(features(100 * season * wiggle), 50 * season * wiggle**0.3)
    assert fitted.elasticity_ == pytest.approx(0.3, abs=0.03)


def test_prediction_reproduces_the_days_it_was_fitted_to_and_those_that_follow() -> None:
    spend = varied_spend(120)
    revenue = 40 * (spend / 100) ** 0.5
    fitted = ResponseCurve().fit(features(spend)[:90], revenue[:90])
    assert fitted.predict(features(spend)[:90]) == pytest.approx(revenue[:90], rel=0.03)
    assert fitted.predict(features(spend)[90:]) == pytest.approx(revenue[90:], rel=0.05)


def test_constant_spend_identifies_nothing_and_leaves_the_prior() -> None:
    revenue = np.random.default_rng(1).gamma(4, 10, 90)
    fitted = ResponseCurve().fit(features(np.full(90, 100.0)), revenue)
    assert not fitted.identified_
    assert "hardly varied" in fitted.reason_.english()
    assert fitted.elasticity_ == pytest.approx(0.6, abs=1e-3)  # mean of Beta(3, 2)


def test_spend_that_follows_the_calendar_alone_identifies_nothing() -> None:
    days = np.arange(90)
    spend = 100 * np.where(days % 7 < 2, 2.0, 1.0)
    fitted = ResponseCurve().fit(features(spend), spend**0.5)
    assert not fitted.identified_


def test_too_few_days_are_named_with_their_number() -> None:
    spend = varied_spend(9)
    fitted = ResponseCurve().fit(features(spend), spend)
    assert fitted.reason_.english() == "Only 9 days with spend; at least 14 are needed."


def test_revenue_on_too_few_days_is_named() -> None:
    revenue = np.zeros(60)
    revenue[[4, 30]] = 50
    fitted = ResponseCurve().fit(features(varied_spend(60)), revenue)
    assert fitted.reason_.english() == "Only 2 days with revenue; at least 7 are needed."


def test_noise_that_drowns_the_effect_is_admitted() -> None:
    revenue = np.random.default_rng(5).gamma(0.1, 1000, 40)
    fitted = ResponseCurve().fit(features(100 * np.exp(np.random.default_rng(2).normal(0, 0.1, 40))), revenue)
    assert not fitted.identified_


@pytest.mark.parametrize(("power", "word"), [(-1.0, "fell"), (2.5, "faster")])
def test_revenue_that_contradicts_a_concave_curve_is_refused(power: float, word: str) -> None:
    spend = varied_spend(120)
    noise = np.exp(np.random.default_rng(4).normal(0, 0.05, 120))
    fitted = ResponseCurve().fit(features(spend), 40 * (spend / 100) ** power * noise)
    assert not fitted.identified_
    assert word in fitted.reason_.english()
    assert fitted.elasticity_ == pytest.approx(0.6, abs=1e-3)


def test_the_estimator_is_cloned_with_its_settings_and_without_what_it_learned() -> None:
    spend = varied_spend(60)
    fitted = ResponseCurve(prior_a=2.0, carryovers=(0.0, 0.5)).fit(features(spend), spend)
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "posterior_")


@pytest.mark.parametrize(
    ("X", "y", "words"),
    [
        ([[0, 1, 2]], [1], "shape"),
        ([[0, 1], [0, 1]], [1, 1], "ascend"),
        ([[0, -1]], [1], "negative"),
        ([[0, 1]], [float("nan")], "finite"),
        ([[0, 1]], [1, 2], "one value per row"),
    ],
)
def test_input_that_does_not_fit_is_refused(X: list, y: list, words: str) -> None:  # noqa: N803
    with pytest.raises(ValueError, match=words):
        ResponseCurve().fit(X, y)


def test_today_is_the_average_of_the_reference_period_and_lies_on_the_curve() -> None:
    spend = varied_spend(60)
    table = daily(list(spend), list(2 * spend))
    reference = Period(first_day=FIRST + timedelta(days=30), last_day=FIRST + timedelta(days=59))
    (curve,) = channel_curves(table, reference)
    assert curve.spend_today == pytest.approx(spend[30:].mean())
    assert curve.revenue_today == pytest.approx(2 * spend[30:].mean())
    assert curve.revenue(curve.spend_today)[0] == pytest.approx(curve.revenue_today, rel=1e-12)
    assert curve.revenue(0.0)[0] == 0
    assert (curve.spend_low, curve.spend_high) == (pytest.approx(spend.min()), pytest.approx(spend.max()))
    assert curve.outside_seen_range(spend.max() * 1.01) and not curve.outside_seen_range(curve.spend_today)
    assert curve.caveat is CAVEAT


def test_days_after_the_reference_period_are_not_used() -> None:
    spend = varied_spend(90)
    later = daily(list(spend), [*(2 * spend[:60]), *([0.0] * 30)])
    (whole,) = channel_curves(later, period(60))
    (cut,) = channel_curves(later.head(60), period(60))
    assert np.array_equal(whole.draws.elasticity, cut.draws.elasticity)
    assert np.array_equal(whole.draws.level, cut.draws.level)


def test_a_channel_without_spend_in_the_period_has_no_curve() -> None:
    organic = daily([0.0] * 30, [10.0] * 30, "wecom", has_spend=False)
    paid = daily(list(varied_spend(30)), [10.0] * 30, "douyin")
    assert [curve.channel for curve in channel_curves(pl.concat([organic, paid]), period(30))] == ["douyin"]


def test_spend_without_any_revenue_brings_nothing_and_says_that_nothing_is_known() -> None:
    (curve,) = channel_curves(daily(list(varied_spend(60)), [0.0] * 60), period(60))
    assert not curve.identified
    assert curve.reason.english() == "No revenue was credited to this channel in the period."
    assert curve.revenue([0.0, 50.0, 500.0]).tolist() == [0, 0, 0]
    assert curve.marginal_revenue(0.0)[0] == 0


def test_refunds_above_sales_count_as_no_revenue() -> None:
    (curve,) = channel_curves(daily(list(varied_spend(30)), [-5.0] * 30), period(30))
    assert curve.revenue_today == 0 and not curve.identified


def test_channels_whose_spend_moves_together_cannot_be_told_apart() -> None:
    spend = varied_spend(90)
    table = pl.concat(
        [
            daily(list(spend), list(spend**0.5), "douyin"),
            daily(list(3 * spend), list(spend**0.5), "meta"),
            daily(list(varied_spend(90, seed=8)), list(varied_spend(90, seed=8) ** 0.5), "google_ads"),
        ]
    )
    by_name = {curve.channel: curve for curve in channel_curves(table, period(90))}
    assert by_name["google_ads"].identified
    assert not by_name["douyin"].identified and not by_name["meta"].identified
    assert by_name["meta"].reason.english().startswith("Spend moved together with douyin")
    assert by_name["meta"].elasticity == pytest.approx(0.6, abs=0.01)


def test_a_period_of_one_day_gives_a_curve_that_claims_nothing() -> None:
    (curve,) = channel_curves(daily([100.0], [50.0]), period(1))
    assert not curve.identified and curve.r2_cv is None
    assert curve.revenue(100.0)[0] == pytest.approx(50.0)


def test_cross_validation_tells_a_pattern_from_noise() -> None:
    spend = varied_spend(150)
    noise = np.random.default_rng(9).gamma(2, 20, 150)
    (explained,) = channel_curves(daily(list(spend), list(5 * spend**0.7)), period(150))
    (unexplained,) = channel_curves(daily(list(spend), list(noise)), period(150))
    assert explained.r2_cv == pytest.approx(1.0, abs=0.05)
    assert unexplained.r2_cv < 0.1


def test_a_correction_that_makes_a_day_of_spend_negative_is_survived() -> None:
    spend = varied_spend(40)
    spend[10] = -3.0
    (curve,) = channel_curves(daily(list(spend), [20.0] * 40), period(40))
    assert curve.spend_today == pytest.approx(spend.mean())


def test_level_draws_are_wider_where_weeks_differ_more() -> None:
    spend = varied_spend(84)
    rng = np.random.default_rng(0)
    steady = daily(list(spend), list(spend**0.5 * rng.gamma(100, 0.01, 84)))
    rough = daily(list(spend), list(spend**0.5 * rng.gamma(1, 1, 84)))
    (a,), (b,) = channel_curves(steady, period(84)), channel_curves(rough, period(84))
    assert a.draws.level.std() / a.revenue_today < 0.5 * b.draws.level.std() / b.revenue_today


def test_a_known_promotion_is_not_taken_for_the_effect_of_spend() -> None:
    rng = np.random.default_rng(5)
    days = np.arange(20_000, 20_240)
    promoted = frozenset(int(day) for day in days[(days % 30) < 4])
    lifted = np.isin(days, list(promoted))
    spend = 100 * np.exp(rng.normal(0, 0.25, len(days)) + 0.6 * lifted)  # money follows the promotion
    revenue = 900 * (spend / 100) ** 0.3 * np.where(lifted, 2.2, 1.0) * np.exp(rng.normal(0, 0.1, len(days)))
    features = np.column_stack([days, spend])
    told = ResponseCurve(promotions=promoted).fit(features, revenue)
    untold = ResponseCurve().fit(features, revenue)
    assert told.elasticity_ == pytest.approx(0.3, abs=0.08)
    assert untold.elasticity_ > told.elasticity_ + 0.2
    assert told.predict(features)[lifted].mean() > 1.5 * told.predict(features)[~lifted].mean()


def test_every_curve_of_a_workspace_knows_its_promotions(workspace) -> None:
    """Money follows a promotion whose sales it did not make: noted, the curve does not count them as the spend's."""
    rng = np.random.default_rng(5)
    lifted = np.arange(120) % 30 < 4
    spend = 100 * np.exp(rng.normal(0, 0.25, 120) + 0.6 * lifted)
    table = daily(list(spend), list(900 * (spend / 100) ** 0.3 * np.where(lifted, 2.2, 1.0)))
    (untold,) = curves_of(workspace, "attributed", table, period(120))
    for start in range(0, 120, 30):
        first = FIRST + timedelta(days=start)
        keep(workspace, DayNote(kind="promotion", first_day=first, last_day=first + timedelta(days=3)))
    (told,) = curves_of(workspace, "attributed", table, period(120))
    assert told.elasticity == pytest.approx(0.3, abs=0.05)
    assert untold.elasticity > told.elasticity + 0.2


def test_curves_are_fitted_again_only_where_what_they_are_made_of_has_changed(monkeypatch) -> None:
    fits = []
    monkeypatch.setattr(
        bases, "channel_curves", lambda *about, **named: fits.append(1) or channel_curves(*about, **named)
    )
    monkeypatch.setattr(bases, "_fits", {})
    spend = np.random.default_rng(2).uniform(50, 150, 60)
    table = daily(list(spend), list(3 * spend))
    first = curves_on("attributed", table, period(60))
    assert curves_on("attributed", pl.concat([table[:20], table[20:]], rechunk=False), period(60)) is first
    one_more = table.with_columns(revenue=pl.col("revenue") + pl.when(pl.col("day") == FIRST).then(1.0).otherwise(0.0))
    changes = (
        {"channel_day": one_more},
        {"reference": period(59)},
        {"draws": 50},
        {"known": Known(promotions=frozenset({(FIRST, table["channel"][0])}))},
    )
    for change in changes:
        curves_on(**{"basis": "attributed", "channel_day": table, "reference": period(60), **change})
    assert len(fits) == 1 + len(changes)
    for day in range(1, bases._REMEMBERED + 2):
        curves_on(
            "attributed", table, Period(first_day=FIRST + timedelta(days=day), last_day=FIRST + timedelta(days=59))
        )
    assert len(bases._fits) == bases._REMEMBERED, "they are not kept for ever"


def test_screens_and_commands_draw_their_curves_in_one_way() -> None:
    """The case's migration plan, the budget page and the command line: none leaves out what the workspace knows."""
    callers = {
        str(path.relative_to(ROOT / "omnidash")): text
        for folder in ("ui", "cli", "health")
        for path in sorted((ROOT / "omnidash" / folder).rglob("*.py"))
        for text in [path.read_text(encoding="utf-8")]
        if re.search(r"\b(channel_curves|mix_curves)\(", text)
    }
    assert list(callers) == []
    for path in ("health/plans.py", "ui/budget/curves.py", "cli/budget.py"):
        assert "curves_of(" in (ROOT / "omnidash" / path).read_text(encoding="utf-8"), path

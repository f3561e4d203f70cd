"""CAC against LTV, unsteady conversion rates, maturity of days, and limits of single channels."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from omnidash.health.cac_to_ltv import cac_to_ltv_cases, cac_to_ltv_days
from omnidash.health.conversion_volatility import conversion_volatility_cases, excess_volatility
from omnidash.health.maturity import completeness, maturity_curve
from omnidash.health.run import run_rules
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.channel_day import CHANNEL_DAY
from omnidash.model.errors import BadInput

FIRST = date(2026, 6, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def table(days: int, **columns: list[float]) -> pl.DataFrame:
    """One channel; touches 500 a day, spend 100, and whatever is named."""
    default = {"touches": [500] * days, "spend": [100.0] * days, "conversions": [20.0] * days,
               "revenue": [300.0] * days, "new_customers": [2.0] * days} | columns  # fmt: skip
    rows = [
        (day(i), "meta", int(default["touches"][i]), default["spend"][i], 0, 0, True, default["conversions"][i],
         default["revenue"][i], default["new_customers"][i], False)
        for i in range(days)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row")


def test_cac_above_thirty_percent_of_ltv_fires_once_and_says_what_would_be_affordable():
    frame = table(60, new_customers=[2.0] * 30 + [1.0] * 30)
    (case,) = cac_to_ltv_cases(frame, closed_through=day(59), thresholds=Thresholds(), ltv={"meta": 200.0})
    assert (case.state, case.limit) == ("open", 0.30)
    assert case.value == pytest.approx(100 / 200)  # 28 days x 100 / 28 customers
    by_hand = [28 * 100 / (28 + max(0, 30 - i)) / 200 for i in range(60)]  # customers of the window
    first = next(i for i in range(27, 60) if 28 * 100 / sum(([2.0] * 30 + [1.0] * 30)[i - 27 : i + 1]) / 200 > 0.30)
    assert case.first_day == day(first)
    assert by_hand[-1] == pytest.approx(case.value)


def test_a_dear_channel_that_stopped_spending_is_no_case_any_more():
    """A month on which others spent; a week without spend is a pause, or a late file."""
    others = table(90, new_customers=[9.0] * 90).with_columns(channel=pl.lit("tmall"))
    dear = table(90, new_customers=[1.0] * 50 + [0.0] * 40, spend=[100.0] * 50 + [0.0] * 40)
    frame = pl.concat([dear, others])

    def found(last: int) -> list:
        ltv = {"meta": 200.0, "tmall": 200.0}
        known = frame.filter(pl.col("day") <= day(last))
        return cac_to_ltv_cases(known, closed_through=day(last), thresholds=Thresholds(), ltv=ltv)

    (case,) = found(57)
    assert (case.channel, case.state) == ("meta", "open")
    (case,) = found(89)
    assert (case.state, case.recovered_on, case.actions) == ("recovered", day(49 + 30), ())
    assert case.sentence.english().endswith("it has spent nothing since.")


def test_no_cac_rule_without_spend_or_with_a_handful_of_customers():
    for frame in (table(40, spend=[0.0] * 40), table(40, new_customers=[0.2] * 40)):
        assert cac_to_ltv_days(frame, closed_through=day(39), thresholds=Thresholds(), ltv={"meta": 1.0}).is_empty()


def test_counting_noise_alone_is_no_volatility():
    conversions = np.random.default_rng(2).binomial(500, 0.04, 200).astype(float)
    excess = excess_volatility(conversions, np.full(200, 500.0), window_days=28)
    assert np.nanmax(excess) < 0.25
    swinging = np.where(np.arange(200) % 2 == 0, 10.0, 50.0)
    rates = swinging[:28] / 500
    pooled = rates.mean()
    oracle = np.sqrt(rates.var(ddof=1) - pooled * (1 - pooled) / 500) / pooled
    assert excess_volatility(swinging, np.full(200, 500.0), window_days=28)[27] == pytest.approx(oracle)


def test_a_conversion_rate_that_begins_to_swing_fires_once():
    conversions = [20.0] * 60 + [2.0, 2.0, 2.0, 70.0] * 12
    (case,) = conversion_volatility_cases(
        table(108, conversions=conversions), closed_through=day(107), thresholds=Thresholds()
    )
    assert case.state == "open" and day(60) < case.fired_on < day(90)
    assert conversion_volatility_cases(table(108), closed_through=day(107), thresholds=Thresholds()) == []


def test_a_new_history_is_not_unsteady_before_its_usual_is_known():
    """A channel that always swings: within its first twelve weeks nobody knows that, afterwards it is its usual."""
    conversions = [2.0, 2.0, 2.0, 70.0] * 60
    assert (
        conversion_volatility_cases(
            table(240, conversions=conversions), closed_through=day(239), thresholds=Thresholds()
        )
        == []
    )


def test_an_unsteady_rate_ends_with_its_evidence():
    conversions = [20.0] * 60 + [2.0, 2.0, 2.0, 70.0] * 12 + [0.0] * 60
    frame = table(168, conversions=conversions)
    (early,) = conversion_volatility_cases(frame, closed_through=day(108), thresholds=Thresholds())
    assert early.state == "open"
    (case,) = conversion_volatility_cases(frame, closed_through=day(167), thresholds=Thresholds())
    assert case.state == "recovered" and case.recovered_on == case.evidence["day"][-1] + timedelta(days=28)
    assert "too few conversions to tell" in case.sentence.english()


def test_maturity_is_learnt_from_how_late_orders_came():
    arrivals = pl.DataFrame(
        [(day(d), lag, rows) for d in range(20) for lag, rows in ((0, 90), (1, 24), (3, 6))],
        schema={"day": pl.Date, "lag_days": pl.Int64, "rows": pl.Int64},
        orient="row",
    )
    curve = maturity_curve(arrivals, data_until=day(33))
    assert curve[:4] == pytest.approx((0.75, 0.95, 0.95, 1.0))
    known = completeness([curve], data_until=day(33))
    assert known == {day(33): 0.75, day(32): 0.95, day(31): 0.95}


def test_nothing_is_known_of_lateness_from_one_large_file():
    arrivals = pl.DataFrame(
        [(day(d), 60 - d, 100) for d in range(60)],
        schema={"day": pl.Date, "lag_days": pl.Int64, "rows": pl.Int64},
        orient="row",
    )
    assert maturity_curve(arrivals, data_until=day(60)) == ()


def test_a_channel_may_have_limits_of_its_own():
    limits = Thresholds(by_channel={"meta": {"roi_threshold": 0.5, "drop_limit": 0.5, "share_limit": 0.3}})
    own = limits.of("meta")
    assert (own.roi_threshold, own.drop_limit, own.share_limit, own.share_warning) == (0.5, 0.5, 0.3, 0.2625)
    assert limits.of("baidu").drop_limit == 0.30
    assert limits.roi_threshold_of("meta") == 0.5
    assert Thresholds.from_mapping(limits.to_mapping()) == limits
    with pytest.raises(BadInput, match="by_channel"):
        Thresholds(by_channel={"meta": {"renotify_days": 3}})
    with pytest.raises(BadInput, match="drop_limit"):
        Thresholds(by_channel={"meta": {"drop_limit": 3.0}})


def test_a_rule_that_is_switched_off_has_no_cases():
    losing = table(20, revenue=[10.0] * 20)
    assert [case.rule for case in run_rules(losing, day(19)).cases] == ["roi_streak"]
    assert run_rules(losing, day(19), Thresholds(rules_off=("roi_streak",))).cases == ()

"""The house-rule backtest against sums worked out by hand, and laws of its moves."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.health.house_rules import HOUSE_RULES, backtest, feasible
from omnidash.health.roi_streak import Missing
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.channel_day import CHANNEL_DAY

FIRST = date(2026, 1, 1)
LIMITS = Thresholds()


def table(channels: dict[str, tuple[int, float, float, float]], days: int, *, peak: float = 2.0) -> pl.DataFrame:
    """Per channel touches, spend, conversions and revenue a day; on the first day spend (alone) is ``peak`` times."""
    rows = [
        (
            FIRST + timedelta(days=i),
            name,
            touches,
            spend * (peak if i == 0 else 1),
            0,
            0,
            True,
            sold,
            revenue,
            sold,
            False,
        )
        for name, (touches, spend, sold, revenue) in channels.items()
        for i in range(days)
    ]
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row").sort("day", "channel")


def of_history(frame: pl.DataFrame, ltv: dict[str, float] | None = None, limits: Thresholds = LIMITS, **more):
    found = backtest(frame, closed_through=frame["day"].max(), thresholds=limits, ltv=ltv or {}, **more)
    return {rule.rule: rule for rule in found}


def test_a_share_above_the_limit_is_handed_on_and_priced_by_hand():
    frame = table({"a": (60, 100, 5, 50), "b": (20, 100, 5, 150), "c": (20, 100, 5, 150)}, 37)
    share = of_history(frame)["share"]
    # a has 60 % of traffic: a third of its 100 goes, half each to b and c; 30 days have seven closed days before them
    assert (share.days, share.moved) == (30, pytest.approx(30 * 100 / 3))
    assert share.average == pytest.approx(30 * 100 / 3 * (1.5 - 0.5))
    assert share.cautious == pytest.approx(30 * 100 / 3 * (0.75 - 0.5))
    assert share.says == "gain"


def test_a_channel_with_an_open_roi_case_gets_nothing_from_the_day_after_the_alarm():
    frame = table({"a": (30, 100, 5, 50), "b": (30, 100, 5, 150), "c": (40, 100, 5, 150)}, 37)
    roi = of_history(frame)["roi_days"]
    assert (roi.days, roi.moved, roi.average) == (30, pytest.approx(3000), pytest.approx(3000))


def test_the_reserve_goes_to_the_best_roi_as_far_as_it_has_ever_spent():
    frame = table({"a": (30, 100, 5, 50), "b": (30, 100, 5, 200), "c": (40, 100, 5, 100)}, 38)
    reserve = of_history(frame)["reserve"]  # b gives 30 itself and takes 90: 60 more, 30 from a and 30 from c
    assert reserve.days == 10
    assert reserve.average == pytest.approx(10 * (60 * 2.0 - 30 * 0.5 - 30 * 1.0))


def test_what_of_the_reserve_nobody_may_take_is_saved():
    """b alone earns its money back, and may take 20 % more than it spends: 120 − 70 of the 90 held; 40 stay unspent."""
    frame = table({"a": (30, 100, 5, 50), "b": (30, 100, 5, 200), "c": (40, 100, 5, 90)}, 38, peak=1.2)
    reserve = of_history(frame)["reserve"]
    assert (reserve.days, reserve.moved, reserve.unspent) == (10, pytest.approx(600), pytest.approx(400))
    assert reserve.average == pytest.approx(10 * (20 * 2.0 - 30 * 0.5 - 30 * 0.9 + 40))
    assert reserve.cautious == pytest.approx(10 * (20 * 1.0 - 30 * 0.5 - 30 * 0.9 + 40))


def test_a_reserve_goes_on_to_the_next_best_and_never_where_it_is_not_earned_back():
    frame = table({"a": (30, 100, 5, 150), "b": (30, 100, 5, 200), "c": (40, 100, 5, 90)}, 38, peak=1.3)
    reserve = of_history(frame)["reserve"]  # b takes 60 of the 90, a the other 30: both give 30 of their own
    assert (reserve.unspent, reserve.average) == (pytest.approx(0), pytest.approx(10 * (30 * 2.0 - 30 * 0.9)))
    losing = of_history(table({"a": (30, 100, 5, 80), "b": (30, 100, 5, 90)}, 38))["reserve"]
    assert losing.average == pytest.approx(10 * (60 - 30 * 0.8 - 30 * 0.9))


def test_the_limits_are_those_of_the_workspace():
    frame = table({"a": (60, 100, 5, 50), "b": (20, 100, 5, 150), "c": (20, 100, 5, 150)}, 37)
    half = of_history(frame, limits=Thresholds(share_limit=0.5, share_warning=0.5))["share"]
    assert half.moved == pytest.approx(30 * 100 / 6)  # 60 % to 50 %: a sixth
    of_a = Thresholds(by_channel={"a": {"share_limit": 0.7}})
    assert of_history(frame, limits=of_a)["share"].says == "idle"
    of_spend = of_history(frame, limits=Thresholds(share_basis="spend", share_limit=0.3, share_warning=0.3))["share"]
    assert of_spend.says == "idle"  # each has a third: all above, nobody left to receive
    tenth = of_history(table({"a": (30, 100, 5, 50), "b": (30, 100, 5, 200)}, 38), limits=Thresholds(reserve_share=0.1))
    assert tenth["reserve"].average == pytest.approx(10 * (10 * 2.0 - 10 * 0.5))
    shop = table({"a": (30, 100, 5, 80), "b": (30, 100, 5, 150), "c": (40, 100, 5, 150)}, 37)
    assert of_history(shop, limits=Thresholds(roi_threshold=-0.3))["roi_days"].says == "idle"
    assert of_history(shop, limits=Thresholds(roi_days=14))["roi_days"].days == 23
    assert of_history(shop, limits=Thresholds(rules_off=("roi_streak",)))["roi_days"].days == 30


def test_days_without_spend_or_conversions_are_left_out():
    frame = table({"a": (30, 100, 5, 50), "b": (30, 100, 5, 150), "c": (40, 100, 5, 150)}, 37)
    last = frame["day"].max()
    assert of_history(frame)["roi_days"].left_out == 0
    young = of_history(frame, completeness={last: 0.5, last - timedelta(days=1): 0.95})["roi_days"]
    assert (young.days, young.left_out) == (29, 1)
    unsold = of_history(frame, missing=Missing(days=frozenset({last})))["roi_days"]
    assert (unsold.days, unsold.left_out) == (29, 1)
    lacking = (pl.col("day") == last) & (pl.col("channel") == "c")
    unspent = of_history(frame.with_columns(has_spend=~lacking, spend=pl.when(lacking).then(0.0).otherwise("spend")))[
        "roi_days"
    ]
    assert (unspent.days, unspent.left_out) == (29, 1)


def test_a_channel_that_was_not_delivered_keeps_what_it_had_and_counts_in_no_sum():
    """Its touches are missing for ten days, and with them its sales: they make it no channel that earned nothing."""
    frame = table({"a": (30, 100, 5, 120), "b": (30, 100, 5, 110), "c": (40, 100, 5, 90)}, 48, peak=5.0)
    gone = (pl.col("channel") == "a") & (pl.col("day") >= FIRST + timedelta(days=38))
    frame = frame.with_columns(
        pl.when(gone).then(0).otherwise(pl.col(name)).cast(frame.schema[name]).alias(name)
        for name in ("touches", "conversions", "revenue", "new_customers")
    )
    missing = Missing(of_channels=frozenset((FIRST + timedelta(days=i), "a") for i in range(38, 48)))
    reserve = of_history(frame, missing=missing)["reserve"]
    # ten days: a takes 60 net, b gives 30, c gives 30; ten without a: b takes 30 net, c gives 30
    assert reserve.average == pytest.approx(10 * (60 * 1.2 - 30 * 1.1 - 30 * 0.9) + 10 * (30 * 1.1 - 30 * 0.9))


def test_dear_channels_give_all_they_have():
    frame = table({"a": (30, 100, 1, 120), "b": (30, 100, 10, 110), "c": (40, 100, 10, 110)}, 100)
    cac = of_history(frame, {"a": 200.0, "b": 200.0, "c": 200.0})["cac"]  # a: 100 for one customer is half its LTV
    assert (cac.days, cac.average) == (72, pytest.approx(72 * (-120 + 110)))
    assert cac.says == "cost"


def test_seventy_to_the_best_three():
    rates = {"a": (100, 100, 1, 100), "b": (100, 100, 4, 100), "c": (100, 100, 5, 100), "d": (100, 100, 6, 200)}
    top = of_history(table(rates, 38))["top_channels"]  # the three have 75 % already: 20 of 400 go to a
    assert top.average == pytest.approx(10 * 20 * (1.0 - (1 + 1 + 2) / 3))


def test_without_spend_nothing_is_moved():
    idle = of_history(table({"a": (30, 0, 5, 50), "b": (30, 0, 5, 50), "c": (30, 0, 5, 50)}, 40))
    assert [idle[rule].says for rule in HOUSE_RULES] == ["idle"] * 5


money = st.lists(st.floats(0, 1e6), min_size=4, max_size=4).map(np.array)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(money, money, money)
def test_moves_keep_the_total_and_stay_within_what_was_ever_spent(true, ruled, highest):
    change = feasible(true, ruled, highest)
    assert change.sum() == pytest.approx(0, abs=1e-6 * max(1.0, true.sum()))
    after = true + change
    assert (after >= -1e-6).all()
    assert (after <= np.maximum(true, highest) + 1e-6 * max(1.0, true.sum())).all()

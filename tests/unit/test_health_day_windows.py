"""Days whose spend is less than one order earns: judged over a window, never "lost" where money was earned."""

from datetime import date, timedelta
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.charts.roi_panels import readable_range
from omnidash.health.roi_streak import roi_cases, roi_days
from omnidash.health.thresholds import Thresholds
from omnidash.health.traffic_drop import traffic_drop_cases
from omnidash.locale import translator
from omnidash.metrics.channel_day import CHANNEL_DAY
from omnidash.model.messages import Message

FIRST = date(2026, 6, 1)


def table(orders: list[int], *, spend: float = 33.0, worth: float = 450.0) -> pl.DataFrame:
    """One paid channel with that many orders a day, and a large one that tells what an order earns."""
    rows = []
    for i, count in enumerate(orders):
        day = FIRST + timedelta(days=i)
        rows.append((day, "meta", 5, spend, 0, 0, True, float(count), worth * count, 0.0, False))
        rows.append((day, "tmall", 90, 1000.0, 0, 0, True, 9.0, worth * 9, 0.0, False))
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row")


def cases(days: pl.DataFrame) -> list:
    closed: date = days["day"].max()  # type: ignore[assignment]
    return roi_cases(days, closed_through=closed, thresholds=Thresholds())


def test_a_channel_with_an_order_every_fifth_day_that_earns_well_is_no_case() -> None:
    """33 a day and 90 of gross profit a day: an ROI of 173 %, though four days in five stand at -100 %."""
    assert cases(table([0, 0, 0, 0, 1] * 30)) == []
    assert cases(table([0] * 5 + [2] + [0] * 5 + [1] + [0] * 11 + [1, 0, 1] + [0] * 16 + [3, 0, 0, 0, 1] * 8)) == []


def test_a_sparse_channel_that_sells_nothing_any_more_is_a_case_as_soon_as_that_can_be_told() -> None:
    (case,) = cases(table([0, 0, 0, 0, 1] * 12 + [0] * 60))
    # 41 days of 33 cost 1353, a little more than three orders of 450 earn; the fourth last, on day 44, has left the
    # window on day 85, and seven such days in a row make the case
    assert case.fired_on == FIRST + timedelta(days=85 + 6)
    sentences = [action.english() for action in case.actions]
    assert "lost" in sentences[0] and "lost -" not in sentences[0]
    assert "each was judged with those before it: up to 41 days" in case.sentence.english()


def test_days_judged_over_a_window_say_so_in_every_row_and_in_the_sentence_also_when_it_is_over() -> None:
    """One order among forty days earns 13 times what its day cost, and that day is below with those before it."""
    orders = [0, 0, 0, 0, 1] * 12 + [0] * 45 + [1] + [0] * 10
    (case,) = cases(table(orders))
    sold = case.evidence.filter(pl.col("conversions") > 0).row(0, named=True)
    assert sold["roi"] > 10 and sold["window_roi"] < 0
    assert (sold["status"], sold["over_days"]) == ("below_window", 41)
    assert case.evidence["status"].unique().to_list() == ["below_window"]
    assert "each was judged with those before it: up to 41 days" in case.sentence.english()
    (over,) = cases(table([*orders, *([1] * 10)]))
    assert over.state == "recovered" and "above_window" in over.evidence["status"].to_list()
    assert "recovered by" in over.sentence.english() and "up to 41 days with spend" in over.sentence.english()
    (alone,) = cases(table([1] * 30 + [0] * 10))
    assert set(alone.evidence["status"]) == {"below"} and "judged with" not in alone.sentence.english()


def test_seven_days_without_an_order_are_a_case_of_a_channel_that_sold_daily_or_is_new() -> None:
    """The rule to the letter: an order of 450 a day for 33, then none for seven days; and none from the start, where a
    week of its spend could have paid one."""
    (case,) = cases(table([1] * 30 + [0] * 10))
    assert case.fired_on == FIRST + timedelta(days=30 + 6)
    (case,) = cases(table([0] * 10, spend=65.0))
    assert case.fired_on == FIRST + timedelta(days=6)


def test_a_new_channel_is_no_case_while_all_its_spend_could_not_have_paid_three_orders() -> None:
    """2 a day: after 38 days without an order 76 are spent, and an order of the other channel earns 450."""
    assert cases(table([0] * 38 + [1] + [0] * 60, spend=2.0)) == []
    (case,) = cases(table([0] * 60))
    assert case.fired_on == FIRST + timedelta(days=40 + 6)  # 41 days of 33 cost three orders, and seven such days


def test_days_that_each_pay_an_order_are_judged_alone() -> None:
    days = roi_days(table([0] * 8, spend=450.0), closed_through=FIRST + timedelta(days=7), thresholds=Thresholds())
    assert days.filter(channel="meta")["over_days"].to_list() == [1] * 8
    assert cases(table([0] * 8, spend=450.0))[0].fired_on == FIRST + timedelta(days=6)


def test_an_open_case_whose_days_together_earned_money_calls_nothing_a_loss() -> None:
    """Seven days below, then days far above and below in turn: not recovered, and not a loss either."""
    (case,) = cases(table([0] * 7 + [9, 0, 9, 0, 9], spend=450.0))
    first = case.actions[0].english()
    assert case.state == "open" and "earned" in first and "more than it spent" in first and "cut or pause" not in first
    assert case.severity == "medium"


@settings(deadline=None, derandomize=True, max_examples=80)
@given(st.lists(st.integers(0, 2), min_size=1, max_size=40), st.integers(20, 600), st.integers(0, 39))
def test_each_day_is_judged_over_the_fewest_days_that_tell(orders: list[int], spend: int, last: int) -> None:
    """A slow second way in fractions: try ever longer windows; what came later changes nothing."""
    whole = table(orders, spend=float(spend))
    days = roi_days(whole, closed_through=FIRST + timedelta(days=60), thresholds=Thresholds()).filter(channel="meta")
    for i, (status, over) in enumerate(days.select("status", "over_days").iter_rows()):
        expected = None
        usual = orders[max(0, i - 34) : max(0, i - 6)]
        is_new = sum(orders[: i + 1]) == 0 or len(usual) < 7
        is_sparse = 7 * spend < 450 if is_new else Fraction(7 * sum(usual), len(usual)) < 6
        if spend >= 450 or not is_sparse:
            expected = 1
        else:
            expected = next((n for n in range(1, i + 2) if Fraction(n * spend) >= 3 * 450), None)
        assert over == expected
        if expected is None:
            assert status == "too_few"
        else:
            earned = 450 * sum(orders[i + 1 - expected : i + 1])
            together = "_window" if expected > 1 else ""
            assert status == ("below" if earned < expected * spend else "above") + together
    known = roi_days(whole.head(2 * (last + 1)), closed_through=FIRST + timedelta(days=60), thresholds=Thresholds())
    assert known.filter(channel="meta").equals(days.head(last + 1))


def test_without_any_order_a_day_is_judged_alone() -> None:
    days = table([0] * 7).filter(channel="meta")
    (case,) = cases(days)
    assert case.value == pytest.approx(-1.0)


def test_small_charts_of_roi_always_show_zero_and_the_threshold() -> None:
    """All days at -100 %: the bars must hang from zero, not fill an axis from -95 to -105."""
    for limit in (0.0, 0.5, -1.0):
        low, high = readable_range(pl.Series([-1.0, -1.0]), limit)
        assert low < -1.0 and high > max(limit, 0.0)


def test_a_case_of_a_channel_that_stopped_spending_is_over() -> None:
    """A month on which others spent: nothing is left to cut, today needs no action; a late file is no end."""
    days = table([0] * 60, spend=450.0)
    stopped = days.with_columns(
        spend=pl.when((pl.col("channel") == "meta") & (pl.col("day") >= FIRST + timedelta(days=20)))
        .then(0.0)
        .otherwise(pl.col("spend"))
    )
    (case,) = cases(stopped)
    assert (case.state, case.recovered_on, case.actions) == ("recovered", FIRST + timedelta(days=49), ())
    assert case.sentence.english().endswith("it has spent nothing since.")
    (case,) = cases(stopped.filter(pl.col("day") <= FIRST + timedelta(days=49)))
    assert case.state == "open"
    alone = days.filter(pl.col("channel") == "meta")
    for later, state in ((90, "open"), (91, "recovered")):
        closed = FIRST + timedelta(days=59 + later)
        assert [c.state for c in roi_cases(alone, closed_through=closed, thresholds=Thresholds())] == [state]


def test_dates_of_two_years_are_told_with_their_years() -> None:
    """ "From 23 Jun to 22 Jun" says nothing."""
    message = Message("{first_day} {last_day}", {"first_day": date(2024, 6, 23), "last_day": date(2025, 6, 22)})
    assert translator("en").render(message) == "23 Jun 2024 22 Jun 2025"
    assert translator("zh_CN").render(message) == "2024年6月23日 2025年6月22日"
    listed = Message("{days}", {"days": [date(2024, 12, 31), date(2025, 1, 1)]})
    assert "2024" in translator("en").render(listed)
    assert translator("en").render(Message("{day}", {"day": date(2025, 6, 22)})) == "22 Jun"


@pytest.mark.parametrize(("factor", "said"), [(0.74, "26"), (1.0, "money flows on"), (1.3, "30")])
def test_a_drop_says_what_happened_to_the_spend(factor: float, said: str) -> None:
    """26 % less spend is not "as before"."""
    rows = [
        (FIRST + timedelta(days=i), c, 20 if i >= 57 and c == "meta" else 200, 600.0 * (factor if i >= 57 else 1.0)
         if c == "meta" else 100.0, 0, 0, True, 5.0, 900.0, 1.0, False)
        for i in range(60) for c in ("meta", "baidu", "tmall")
    ]  # fmt: skip
    days = pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row")
    found = traffic_drop_cases(days, closed_through=FIRST + timedelta(days=59), thresholds=Thresholds())
    (case,) = [case for case in found if case.channel == "meta"]
    sentence = " ".join(translator("en").render(action) for action in case.actions)
    assert said in sentence and ("money flows on" in sentence) == (factor == 1.0)


def test_a_channel_of_cheap_orders_is_judged_by_its_own() -> None:
    """100 a day, one order of 50 a day: each day is a loss by itself, whatever the orders of others earn."""
    days = table([1] * 8, spend=100.0).with_columns(
        revenue=pl.when(pl.col("channel") == "meta").then(50.0).otherwise(pl.col("revenue"))
    )
    (case,) = cases(days)
    assert case.fired_on == FIRST + timedelta(days=6) and case.evidence["over_days"].to_list() == [1] * 8

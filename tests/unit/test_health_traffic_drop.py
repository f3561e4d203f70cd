"""The traffic-drop rule on made histories: what is a drop, and what only looks like one."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from omnidash.health.cases import Case
from omnidash.health.holidays import day_of_holiday, holiday_of
from omnidash.health.thresholds import Thresholds
from omnidash.health.traffic_drop import traffic_drop_cases
from omnidash.metrics.channel_day import CHANNEL_DAY

FIRST = date(2026, 2, 25)  # a Wednesday; no holiday for the next five weeks
WEEKDAYS = np.array([1.0, 1.0, 1.0, 1.05, 1.1, 0.7, 0.65])


def history(touches: dict[str, np.ndarray], *, spend: np.ndarray | None = None, first: date = FIRST) -> pl.DataFrame:
    rows = [
        (first + timedelta(days=i), channel, int(count), 0.0 if spend is None else float(spend[i]), 0, 0,
         spend is not None, 1.0, 20.0, 0.0, False)
        for channel, counts in touches.items()
        for i, count in enumerate(counts)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row").sort("day", "channel")


def usual(days: int, *, level: float = 200.0, seed: int = 1, first: date = FIRST) -> np.ndarray:
    """Counts with a weekday rhythm and counting noise."""
    weekday = np.array([(first + timedelta(days=i)).weekday() for i in range(days)])
    return np.random.default_rng(seed).poisson(level * WEEKDAYS[weekday])


def drops(table: pl.DataFrame, *, closed: date | None = None, **limits: float) -> list[Case]:
    return traffic_drop_cases(
        table,
        closed_through=closed or table["day"].max(),
        thresholds=Thresholds(**limits),  # type: ignore[arg-type]
    )


def test_a_drop_by_half_is_found_on_its_first_day_and_fires_once():
    counts = usual(40)
    counts[35:] = counts[35:] // 2
    (case,) = drops(history({"baidu": counts}))
    assert (case.state, case.fired_on, case.first_day) == ("open", FIRST + timedelta(35), FIRST + timedelta(35))
    assert case.value == pytest.approx(-0.5, abs=0.08)
    assert case.evidence.height == 5


def test_a_quiet_weekend_is_no_drop():
    assert drops(history({"baidu": usual(60)})) == []


def test_the_end_of_a_surge_of_two_weeks_is_no_drop():
    counts = usual(75)
    counts[40:54] = counts[40:54] * 3
    assert drops(history({"meta": counts})) == []
    counts[60:] = counts[60:] // 3  # below what was usual before the surge: that is one
    (case,) = drops(history({"meta": counts}))
    assert case.fired_on == FIRST + timedelta(60)


def test_weekends_of_a_fourth_are_learnt_within_four_weeks():
    """An office business: the fifth Sunday is low as ever (chance alone may make one of 100 weekends a drop)."""
    weekday = np.array([(FIRST + timedelta(days=i)).weekday() for i in range(70)])
    level = 170 * np.array([1.0, 1.05, 1.0, 1.0, 0.9, 0.28, 0.25])[weekday]
    channels = {f"office{seed}": np.random.default_rng(seed).poisson(level) for seed in range(10)}
    assert len(drops(history(channels))) <= 1


def test_a_drop_of_less_than_thirty_percent_is_none():
    counts = usual(40, level=5000)
    counts[35:] = (counts[35:] * 0.75).astype(int)
    assert drops(history({"baidu": counts})) == []
    assert len(drops(history({"baidu": counts}), drop_limit=0.2)) == 1


def test_the_drop_does_not_become_the_expectation_and_recovery_takes_three_days():
    counts = usual(60)
    counts[30:45] = counts[30:45] // 2
    (case,) = drops(history({"baidu": counts}))
    assert (case.first_day, case.last_day) == (FIRST + timedelta(30), FIRST + timedelta(44))
    assert case.recovered_on == FIRST + timedelta(47)


def test_a_new_level_that_lasts_four_weeks_is_the_new_normal():
    counts = usual(100)
    counts[40:] = counts[40:] // 2
    (case,) = drops(history({"baidu": counts}))
    assert case.recovered_on == FIRST + timedelta(68)
    assert "new normal" in case.sentence.english()


def test_one_wild_day_before_does_not_hide_the_drop():
    counts = usual(40)
    counts[33], counts[35:] = 2000, counts[35:] // 2
    assert [case.fired_on for case in drops(history({"baidu": counts}))] == [FIRST + timedelta(35)]


def test_a_budget_cut_explains_the_fall():
    spend = 300 * np.random.default_rng(3).lognormal(0, 0.3, 60)
    counts = np.random.default_rng(4).poisson(0.7 * spend)
    spend[50:], counts[50:] = spend[50:] * 0.5, np.random.default_rng(5).poisson(0.7 * spend[50:] * 0.5)
    assert drops(history({"meta": counts}, spend=spend)) == []
    counts[50:] = counts[50:] // 2  # and half of what is left is gone as well
    assert len(drops(history({"meta": counts}, spend=spend))) == 1


def test_spending_four_times_as_much_for_the_same_touches_is_dear_and_no_drop():
    """Touches follow the spend of this channel, so more of them would have been expected; none of them went away."""
    money = np.where(np.arange(60) % 2, 1.1, 0.9)
    counts = (usual(60, level=2000.0) * money).astype(int)
    spend = money * 100
    spend[45:] = spend[45:] * 4
    assert drops(history({"feed": counts}, spend=spend)) == []
    counts[52:] = counts[52:] // 3  # now they do fall, whatever is spent
    (case,) = drops(history({"feed": counts}, spend=spend))
    assert case.first_day >= FIRST + timedelta(52)


def test_when_all_channels_fall_on_a_holiday_nobody_fell():
    first = date(2026, 8, 25)  # National Day is day 37
    fall = {f"c{i}": usual(42, seed=i, first=first) for i in range(4)}
    for counts in fall.values():
        counts[37:] = (counts[37:] * 0.5).astype(int)
    assert drops(history(fall, first=first)) == []
    fall["c0"][37:] = fall["c0"][37:] // 3
    assert [case.channel for case in drops(history(fall, first=first))] == ["c0"]


def test_a_day_without_any_touch_is_missing_and_no_drop():
    counts = usual(40)
    counts[36:] = 0
    assert drops(history({"baidu": counts})) == []


def test_today_is_not_looked_at():
    counts = usual(40)
    counts[39] = 20
    assert drops(history({"baidu": counts}), closed=FIRST + timedelta(38)) == []
    assert len(drops(history({"baidu": counts}))) == 1


def test_few_touches_are_never_a_drop():
    counts = usual(40, level=6)
    counts[35:] = 1
    assert drops(history({"email": counts})) == []


@pytest.mark.parametrize(
    ("day", "name", "place"),
    [
        (date(2026, 2, 17), "spring_festival", 3),
        (date(2026, 6, 18), "midyear_618", 2),
        (date(2026, 10, 1), "national_day", 0),
        (date(2026, 11, 27), "black_friday", 0),
        (date(2026, 7, 15), "", None),
    ],
)
def test_holidays_are_known_by_day(day, name, place):
    assert holiday_of(day) == name
    assert place is None or day_of_holiday(day) == place


def paid(days: int, *, base: tuple[float, ...] = (1000.0, 900.0, 800.0, 700.0), seed: int = 5) -> pl.DataFrame:
    """Four channels whose budgets are set anew every Monday, twice as high or half; touches follow them."""
    rng = np.random.default_rng(seed)
    rows = []
    for number, spend in enumerate(base):
        level = 1.0
        for i in range(days):
            if (FIRST + timedelta(days=i)).weekday() == 0:
                level = float(np.exp(rng.normal(0, 0.4)))
            money = spend * level * float(np.exp(rng.normal(0, 0.08)))
            touches = int(rng.poisson(0.2 * spend * (money / spend) ** 0.8))
            rows.append((FIRST + timedelta(days=i), f"ads{number}", touches, money, 0, 0, True, 1.0, 20.0, 0.0, False))
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row").sort("day", "channel")


def fallen(table: pl.DataFrame, channel: str, since: date, left: float) -> pl.DataFrame:
    """Spend of a channel from a day on times ``left``, its touches with it."""
    where = (pl.col("channel") == channel) & (pl.col("day") >= since)
    return table.with_columns(
        pl.when(where).then(pl.col(name) * left).otherwise(pl.col(name)).cast(table.schema[name]).alias(name)
        for name in ("spend", "touches")
    )


THURSDAY = FIRST + timedelta(days=64)


def test_an_account_that_delivers_less_and_spends_less_is_a_drop():
    table = paid(72)
    assert drops(table) == []
    (case,) = drops(fallen(table, "ads0", THURSDAY, 0.35))
    assert (case.channel, case.fired_on, case.state) == ("ads0", THURSDAY, "open")
    assert case.value == pytest.approx(-0.65, abs=0.15)  # of what came before, not of what so little spend brings
    assert case.evidence["expected"].min() > 1.5 * case.evidence["touches"].max()
    assert any("Its spend fell with the traffic" in action.template for action in case.actions)


def test_a_budget_moved_to_another_channel_or_cut_on_several_is_none():
    table = paid(72)
    given = table.filter((pl.col("channel") == "ads0") & (pl.col("day") >= THURSDAY)).select(
        "day", channel=pl.lit("ads2"), given=pl.col("spend") * 0.65
    )
    moved = fallen(table, "ads0", THURSDAY, 0.35).join(given, on=["day", "channel"], how="left", maintain_order="left")
    more = 1 + pl.col("given").fill_null(0.0) / pl.col("spend")
    moved = moved.with_columns(
        spend=pl.col("spend") * more, touches=(pl.col("touches") * more**0.8).cast(pl.Int64)
    ).drop("given")
    assert drops(moved) == []
    cut = table
    for channel in ("ads0", "ads1", "ads2"):
        cut = fallen(cut, channel, THURSDAY, 0.35)
    assert drops(cut) == []


def test_a_budget_halved_on_the_day_it_is_always_set_is_none():
    monday = THURSDAY + timedelta(days=4)
    assert drops(fallen(paid(72), "ads0", monday, 0.5)) == []

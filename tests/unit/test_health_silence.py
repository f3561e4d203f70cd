"""Missing is not zero: feeds that fall silent, money without touches, and what the other rules make of such days."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from omnidash.health.run import Feeds, run_rules
from omnidash.health.share_days import with_shares
from omnidash.health.silence import SOURCE_DAYS, answer_by, silence_cases
from omnidash.health.silent_sources import source_waits
from omnidash.health.thresholds import Thresholds
from omnidash.locale import translator
from omnidash.metrics.channel_day import CHANNEL_DAY
from omnidash.model.errors import BadInput
from omnidash.model.messages import Name

FIRST = date(2026, 6, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def history(touches: list[int], *, spend: float = 0.0, revenue: float = 300.0) -> pl.DataFrame:
    rows = [
        (day(i), "baidu", count, spend, 0, 0, spend > 0, 2.0, revenue, 1.0, False) for i, count in enumerate(touches)
    ]
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row").sort("day", "channel")


def found(table: pl.DataFrame, **more: object) -> list[tuple[str, str, date, date, date | None]]:
    silences = silence_cases(
        table,
        closed_through=table["day"].max(),
        thresholds=Thresholds(),
        **more,  # type: ignore[arg-type]
    )
    return [(c.rule, c.state, c.first_day, c.fired_on, c.recovered_on) for c in silences.cases]


def test_no_touch_at_all_where_forty_a_day_were_usual_is_a_silent_feed():
    table = history([40] * 20 + [0, 0])
    assert found(table) == [("feed_silent", "open", day(20), day(20), None)]


def test_money_that_flows_while_no_touch_arrives():
    table = history([40] * 20 + [0, 0, 35], spend=100)
    assert found(table) == [("spend_without_events", "recovered", day(20), day(20), day(22))]


def test_a_small_channel_is_silent_only_after_more_days_than_chance_leaves_empty():
    assert found(history([4] * 20 + [0, 0])) == []
    assert found(history([4] * 20 + [0, 0, 0])) == [("feed_silent", "open", day(20), day(22), None)]


def test_a_source_is_late_on_the_first_day_on_which_its_weekday_owes_rows():
    weekdays = [day(i) for i in range(40) if day(i).weekday() < 5]
    assert source_waits(weekdays, [30] * len(weekdays), weekdays[-1] + timedelta(days=2)).gaps == []  # a weekend
    (gap,) = source_waits(weekdays[:-4], [30] * len(weekdays[:-4]), weekdays[-1]).gaps
    assert (gap.last_good, gap.usual_days, gap.back) == (weekdays[-5], 3, None)
    assert (gap.noticed, gap.usual_rows) == (weekdays[-5] + timedelta(days=1), 30)
    until_friday = weekdays[: next(i for i in reversed(range(30)) if weekdays[i].weekday() == 4) + 1]
    (gap,) = source_waits(until_friday, [30] * len(until_friday), until_friday[-1] + timedelta(days=4)).gaps
    assert gap.noticed == until_friday[-1] + timedelta(days=3)  # the Monday


def test_a_source_that_sells_less_than_once_a_day_is_not_silent_for_a_long_wait():
    """Nothing for a week comes by chance; nothing for a month does not."""
    rng = np.random.default_rng(4)
    alarms = 0
    for _ in range(40):
        counts = rng.poisson(0.8, 365)
        days = [day(int(i)) for i in np.flatnonzero(counts)]
        alarms += len(source_waits(days, [int(counts[(d - FIRST).days]) for d in days], days[-1]).gaps)
    assert alarms <= 2  # forty years: at most one in twenty years
    assert source_waits(days, [1] * len(days), days[-1] + timedelta(days=30)).gaps


def test_a_source_of_few_rows_is_late_when_more_are_missing_than_chance_leaves_out():
    """Six orders a day: a day without one comes once a year, two in a row once in centuries."""
    days, rows = [day(i) for i in range(40)], [6] * 40
    waits = source_waits(days, rows, day(40))
    assert (waits.gaps, waits.pending) == ([], [day(40)])
    (gap,) = source_waits(days, rows, day(41)).gaps
    assert (gap.last_good, gap.noticed) == (day(39), day(41))
    back = source_waits([*days, day(41)], [*rows, 6], day(41))
    assert (back.gaps, back.pending) == ([], [])  # an ordinary day without orders, as it turns out
    assert source_waits(days, [40] * 40, day(40)).gaps[0].noticed == day(40)


def test_a_source_of_few_rows_keeps_no_alarm_of_others_waiting():
    """A CRM that brings a deal every ten days says nothing of the shop's days: Baidu loses money, and it is said."""
    table = history([40] * 40, spend=100)
    table = table.with_columns(revenue=pl.when(pl.col("day") >= day(30)).then(10.0).otherwise(pl.col("revenue")))
    delivered = {"shop": (range(40), 100), "crm": (range(0, 36, 10), 1), "weekly": (range(0, 40, 2), 1)}
    source_days = pl.DataFrame(
        [(name, day(i), rows, [], True) for name, (days, rows) in delivered.items() for i in days],
        schema=SOURCE_DAYS,
        orient="row",
    )
    feeds = Feeds(source_days=source_days, data_until=day(39), touches_until={"baidu": day(39)})
    fired = {case.rule: case.fired_on for case in run_rules(table, day(39), feeds=feeds).cases}
    assert fired["roi_streak"] == day(36)


def test_a_sparse_source_that_ended_is_said_after_its_usual_wait():
    days = [day(i) for i in range(0, 42, 3)]
    (gap,) = source_waits(days, [1] * len(days), day(80)).gaps
    assert (gap.noticed, gap.usual_days, gap.late_days) == (day(42), 3, 3)


def test_a_channel_that_another_source_delivers_is_not_pending():
    table = history([400] * 39 + [60, 60])
    rows = [("ads", day(i), 400, ["baidu"], False) for i in range(41)]
    rows += [("pos", day(i), 6, ["baidu"], False) for i in range(40)]
    feeds = Feeds(
        source_days=pl.DataFrame(rows, schema=SOURCE_DAYS, orient="row"),
        data_until=day(40),
        touches_until={"baidu": day(40)},
    )
    assert [c.first_day for c in run_rules(table, day(40), feeds=feeds).cases if c.rule == "traffic_drop"] == [day(39)]


def test_a_day_that_may_still_be_an_ordinary_wait_is_no_day_of_loss():
    """The alarm of the seventh day must not come from an order export that has not arrived yet."""
    table = history([40] * 40, spend=100)
    table = table.with_columns(revenue=pl.when(pl.col("day") >= day(33)).then(0.0).otherwise(pl.col("revenue")))
    delivered = {"touches": (range(40), ["baidu"], 30, False), "shop": (range(39), [], 6, True)}
    source_days = pl.DataFrame(
        [
            (name, day(i), rows, channels, goal)
            for name, (days, channels, rows, goal) in delivered.items()
            for i in days
        ],
        schema=SOURCE_DAYS,
        orient="row",
    )
    feeds = Feeds(source_days=source_days, data_until=day(39), touches_until={"baidu": day(39)})
    assert not [c for c in run_rules(table, day(39), feeds=feeds).cases if c.rule == "roi_streak"]
    arrived = pl.concat([source_days, pl.DataFrame([("shop", day(39), 6, [], True)], schema=SOURCE_DAYS, orient="row")])
    feeds = replace(feeds, source_days=arrived)
    assert [c.fired_on for c in run_rules(table, day(39), feeds=feeds).cases if c.rule == "roi_streak"] == [day(39)]


def test_days_of_a_silent_source_of_orders_are_no_days_of_loss():
    """Orders stop for nine days while spend and touches go on: no ROI alarm, one silent feed."""
    table = history([40] * 40, spend=100)
    table = table.with_columns(revenue=pl.when(pl.col("day") >= day(25)).then(0.0).otherwise(pl.col("revenue")))
    delivered = {"touches": (range(40), ["baidu"], False), "shop": (range(25), [], True)}
    source_days = pl.DataFrame(
        [(name, day(i), 30, channels, goal) for name, (days, channels, goal) in delivered.items() for i in days],
        schema=SOURCE_DAYS,
        orient="row",
    )
    feeds = Feeds(source_days=source_days, data_until=day(39), touches_until={"baidu": day(39)})
    cases = run_rules(table, day(39), feeds=feeds).cases
    assert [(c.rule, c.source, c.first_day, c.fired_on) for c in cases] == [("feed_silent", "shop", day(25), day(25))]
    named = replace(feeds, names={"shop": Name(english="Shop orders", chinese="店铺订单")})
    (case,) = run_rules(table, day(39), feeds=named).cases
    assert case.source == "shop"  # by which the case book knows it again
    assert translator("en").render(case.sentence).startswith("Shop orders has delivered nothing")
    assert "店铺订单" in translator("zh_CN").render(case.sentence)
    assert [c.rule for c in run_rules(table, day(39)).cases] == ["roi_streak"]  # without knowing the source


def test_days_without_touches_pause_the_roi_streak():
    """Money flows, tracking is broken: nothing can be credited, which is no loss of the channel."""
    table = history([40] * 20 + [0] * 9, spend=100)
    table = table.with_columns(revenue=pl.when(pl.col("day") >= day(20)).then(0.0).otherwise(pl.col("revenue")))
    assert [c.rule for c in run_rules(table, day(28)).cases] == ["spend_without_events"]


def three_channels(days: int, *, stops_on: int) -> pl.DataFrame:
    """39 % of the traffic, 31 and 30; the second one's touches stop while its neighbours' go on."""
    rows = [
        (day(i), channel, 0 if channel == "meta" and i >= stops_on else count, 0.0, 0, 0, False, 2.0, 9.0, 1.0, False)
        for i in range(days)
        for channel, count in (("baidu", 39), ("meta", 31), ("email", 30))
    ]
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row").sort("day", "channel")


def concentrated(table: pl.DataFrame) -> list[tuple[str, str, date]]:
    limits = Thresholds(min_active_channels=2)
    cases = run_rules(table, table["day"].max(), limits).cases  # type: ignore[arg-type]
    return [(c.channel, c.state, c.first_day) for c in cases if c.rule == "concentration" and c.state != "warning"]


def test_a_channel_that_falls_silent_concentrates_nothing_on_the_others():
    table = three_channels(60, stops_on=40)
    assert concentrated(table) == []
    assert ("feed_silent", "meta") in {(c.rule, c.channel) for c in run_rules(table, day(59)).cases}


def test_a_channel_silent_for_a_month_has_ended_and_the_others_carry_what_they_carry():
    cases = concentrated(three_channels(80, stops_on=40))
    assert [case[:2] for case in cases] == [("baidu", "open"), ("email", "open")]
    assert min(first for *_rest, first in cases) > day(40 + 29)


def test_spend_that_arrived_as_zero_is_not_made_up_for_a_silent_channel():
    table = three_channels(50, stops_on=40).with_columns(
        spend=pl.when(pl.col("touches") > 0).then(50.0).otherwise(0.0), has_spend=pl.lit(True)
    )
    silent = {(day(i), "meta") for i in range(40, 50)}
    filled = with_shares(table, (), basis="spend", undelivered=silent)
    assert filled.filter(channel="meta")["spend"].to_list() == table.filter(channel="meta")["spend"].to_list()
    missing = table.with_columns(has_spend=pl.col("spend") > 0)
    filled = with_shares(missing, (), basis="spend", undelivered=silent).filter(channel="meta")
    assert filled["spend"].to_list() == [50.0] * 50
    assert filled["touches"][-1] == 0


def test_a_silent_feed_names_its_fall_back_and_when_it_should_be_answered():
    limits = Thresholds(fallback_sources={"baidu": "daily mail of the agency"})
    assert Thresholds.from_mapping(limits.to_mapping()) == limits

    def fallbacks(table: pl.DataFrame, **more: object) -> list[object]:
        found = silence_cases(
            table,
            closed_through=table["day"].max(),
            thresholds=limits,
            **more,  # type: ignore[arg-type]
        )
        said = [action.values for case in found.cases for action in case.actions if "Fall-back" in action.template]
        return [(values["channel"], values["fallback"]) for values in said]

    assert fallbacks(history([40] * 20 + [0, 0])) == [("baidu", "daily mail of the agency")]
    assert fallbacks(history([40] * 20 + [0, 40])) == []  # it is back
    source = pl.DataFrame(
        [("tracker", day(i), 40, ["baidu", "meta"], False) for i in range(20)], schema=SOURCE_DAYS, orient="row"
    )
    told = fallbacks(history([40] * 20), source_days=source, data_until=day(22))
    assert told == [("baidu", "daily mail of the agency")]
    assert answer_by(day(20), "Asia/Shanghai") == datetime(2026, 6, 21, 18)  # 02:00 on the 22nd in Shanghai


def test_a_fall_back_is_a_short_text():
    for wrong in ({"baidu": "x" * 201}, {"baidu": 3}):
        with pytest.raises(BadInput):
            Thresholds(fallback_sources=wrong)  # type: ignore[arg-type]
    with pytest.raises(BadInput):
        Thresholds.from_mapping({"fallback_sources": "mail"})


def test_a_channel_that_is_closed_on_sundays_is_not_silent_on_one():
    """C1 of an outside tester: a store that sells nothing on Sundays had an alarm every week."""
    counts = [0 if day(i).weekday() == 6 else 50 for i in range(200)]
    assert found(history(counts)) == []
    on_a_tuesday = next(i for i in range(150, 160) if day(i).weekday() == 1)
    counts[on_a_tuesday] = 0
    assert [case[0::3] for case in found(history(counts))] == [("feed_silent", day(on_a_tuesday))]


def test_weekends_on_which_few_ever_come_are_no_silence():
    """C2: channels of 20 to 90 touches on weekdays and 1 to 6 on weekend days, whose empty Sundays cost a few coins."""
    rng = np.random.default_rng(7)
    for usual in (20, 40, 90):
        rates = [usual * (0.05 if day(i).weekday() >= 5 else 1.0) for i in range(365)]
        counts = [int(count) for count in rng.poisson(rates)]
        assert found(history(counts, spend=9.0)) == []
        monday = next(i for i in range(300, 310) if day(i).weekday() == 0)
        counts[monday : monday + 2] = [0, 0]
        (case,) = found(history(counts, spend=9.0))
        assert (case[0], case[3]) == ("spend_without_events", day(monday))


def test_the_share_of_a_monthly_bill_is_nothing_spent_on_the_day():
    table = history([40] * 60 + [0, 0], spend=100)
    assert [case[0] for case in found(table)] == ["spend_without_events"]
    assert [case[0] for case in found(table.with_columns(is_spread=pl.lit(True)))] == ["feed_silent"]
    trickle = table.with_columns(spend=pl.when(pl.col("touches") > 0).then(100.0).otherwise(0.5))
    assert [case[0] for case in found(trickle)] == ["feed_silent"]  # half a coin is not what it usually spends


def test_a_channel_switched_off_on_purpose_is_no_urgent_matter_and_ends_after_a_month():
    """M7: neither touches nor spend since one day while the others go on."""
    off = history([40] * 40 + [0] * 50).with_columns(spend=pl.when(pl.col("touches") > 0).then(90.0).otherwise(0.0))
    table = pl.concat([off, off.with_columns(channel=pl.lit("meta"), touches=pl.lit(40, pl.Int64), spend=pl.lit(90.0))])
    table = table.sort("day", "channel")

    def case_on(last: int):
        return silence_cases(table, closed_through=day(last), thresholds=Thresholds()).cases[0]

    early, late = case_on(50), case_on(89)
    assert (early.state, early.severity, early.fired_on) == ("open", "low", day(40))
    assert "switched off" in early.sentence.template
    assert (late.state, late.fired_on, late.recovered_on) == ("recovered", day(40), day(70))
    assert "ended" in late.sentence.template

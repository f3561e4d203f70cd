"""A channel that loses over four weeks without seven days in a row is said, and raises no alarm."""

from datetime import date, timedelta

import polars as pl

from omnidash.health.roi_of_weeks import BELOW_OVER_WEEKS
from omnidash.health.run import RulesResult, run_rules
from omnidash.health.thresholds import Thresholds
from omnidash.locale import translator
from omnidash.metrics.channel_day import CHANNEL_DAY

FIRST = date(2026, 4, 1)


def table(**revenue: list[float | None]) -> pl.DataFrame:
    """Revenue of each day by channel; 100 is spent on every day that has any, 50 orders are made of it."""
    rows = [
        (FIRST + timedelta(days=i), channel, 40, 0.0 if value is None else 100.0, 0, 0, value is not None, 50.0,
         value or 0.0, 1.0, False)
        for channel, values in revenue.items()
        for i, value in enumerate(values)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row").sort("day", "channel")


def result(limits: Thresholds | None = None, **revenue: list[float | None]) -> RulesResult:
    days = table(**revenue)
    return run_rules(days, days["day"].max(), limits)  # type: ignore[arg-type]


def said(found: RulesResult) -> list[tuple[object, float]]:
    return [
        (note.values["channel"], round(float(str(note.values["roi_percent"])), 4))
        for note in found.notes
        if note.template == BELOW_OVER_WEEKS
    ]


NOISY: list[float | None] = [74.0, 74.0, 74.0, 110.0] * 15  # −17 % on average, every fourth day above


def test_a_channel_that_loses_17_percent_with_a_good_day_in_four_is_said_without_an_alarm():
    found = result(meta=NOISY, baidu=[150.0] * 60)
    assert said(found) == [("meta", -0.17)]
    assert not [case for case in found.cases if case.rule == "roi_streak"]
    (note,) = [note for note in found.notes if note.template == BELOW_OVER_WEEKS]
    assert "-17" in translator("en").render(note).replace("−", "-")
    assert translator("zh_CN").render(note) != translator("en").render(note)


def test_an_open_alarm_says_it_already():
    found = result(meta=[150.0] * 40 + [74.0] * 20)
    assert [case.rule for case in found.open_cases] == ["roi_streak"]
    assert said(found) == []


def test_the_last_four_weeks_count_and_no_others():
    assert said(result(meta=[*NOISY[:32], *[150.0] * 28])) == []
    assert said(result(meta=[*[150.0] * 32, *NOISY[:28]])) == [("meta", -0.17)]


def test_at_the_threshold_is_not_below_it_and_a_channel_may_have_its_own():
    assert said(result(meta=[90.0, 110.0] * 30)) == []
    limits = Thresholds(roi_threshold_by_channel={"meta": 0.1})
    assert said(result(limits, meta=[90.0, 115.0] * 30)) == [("meta", 0.025)]


def test_a_channel_that_seldom_spends_is_not_judged_and_a_rule_switched_off_says_nothing():
    seldom: list[float | None] = [74.0, None, None] * 20
    assert said(result(meta=seldom)) == []
    assert said(result(Thresholds(rules_off=("roi_streak",)), meta=NOISY)) == []

"""A spend export that stops while its channels go on: missing, not free of cost."""

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.health.cac_to_ltv import cac_to_ltv_days
from omnidash.health.run import Feeds, run_rules
from omnidash.health.silent_sources import SOURCE_DAYS
from omnidash.health.thresholds import Thresholds
from omnidash.health.verdict import recent_periods
from omnidash.metrics.channel_day import channel_day
from omnidash.metrics.spend_gaps import SpendGap, missing_spend, spend_gaps
from omnidash.metrics.summary import channel_table, totals
from omnidash.model.messages import Name
from omnidash.model.period import Period

FIRST = date(2026, 6, 1)
DAYS = 60


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def sources(**delivered: tuple[list[str], range | list[int]]) -> pl.DataFrame:
    rows = [(name, day(i), channels, 1) for name, (channels, days) in delivered.items() for i in days]
    return pl.DataFrame(
        rows,
        schema={"source": pl.String, "day": pl.Date, "channels": pl.List(pl.String), "spread_days": pl.Int64},
        orient="row",
    )


def touches(**counts: list[int]) -> pl.DataFrame:
    rows = [(day(i), channel, count) for channel, listed in counts.items() for i, count in enumerate(listed) if count]
    return pl.DataFrame(rows, schema={"day": pl.Date, "channel": pl.String, "touches": pl.Int64}, orient="row")


def imports(*last_days: int, source: str = "red") -> pl.DataFrame:
    return pl.DataFrame(
        [(source, day(i)) for i in last_days], schema={"source": pl.String, "last_day": pl.Date}, orient="row"
    )


GOING_ON = touches(red=[60] * DAYS, douyin=[90] * DAYS)


def gaps(days: pl.DataFrame, counts: pl.DataFrame = GOING_ON, steps: pl.DataFrame | None = None) -> list[SpendGap]:
    return spend_gaps(days, imports(DAYS - 1) if steps is None else steps, counts)


def test_an_export_that_stops_while_its_channel_goes_on_is_missing():
    (gap,) = gaps(sources(red=(["red"], range(40)), ocean=(["douyin"], range(DAYS))))
    assert (gap.source, gap.channels, gap.last_good, gap.noticed, gap.back) == ("red", ("red",), day(39), day(42), None)
    missing = missing_spend([gap], day(DAYS - 1))
    assert missing["day"].to_list() == [day(i) for i in range(40, DAYS)]


def test_an_export_that_is_a_day_or_two_behind_is_not_late():
    assert gaps(sources(red=(["red"], range(DAYS - 2)), ocean=(["douyin"], range(DAYS)))) == []


def test_a_channel_switched_off_on_purpose_costs_nothing():
    stopped = touches(red=[60] * 40 + [4] * 20, douyin=[90] * DAYS)
    assert gaps(sources(red=(["red"], range(40)), ocean=(["douyin"], range(DAYS))), stopped) == []
    one_file = sources(all=(["red", "douyin"], range(40)))
    others_go_on = pl.concat([one_file, sources(all=(["douyin"], range(40, DAYS)))])
    assert gaps(others_go_on) == []  # the file still comes, without rows of this channel


def test_a_source_that_pays_on_weekdays_or_is_imported_weekly_is_not_late_for_it():
    weekdays = [i for i in range(DAYS - 1) if day(i).weekday() < 5]
    assert gaps(sources(red=(["red"], weekdays))) == []
    weekly = imports(6, 13, 20, 27, 34, 41, 48)
    assert gaps(sources(red=(["red"], range(49))), steps=weekly)[0].noticed == day(48 + 9)
    assert gaps(sources(red=(["red"], range(49))), GOING_ON.filter(pl.col("day") < day(56)), weekly) == []


def test_a_bill_of_a_month_comes_when_it_comes():
    monthly = sources(red=(["red"], range(30))).with_columns(spread_days=pl.lit(30, pl.Int64))
    assert gaps(monthly) == []


def test_what_another_source_delivers_is_not_missing():
    assert gaps(sources(red=(["red"], range(40)), agency=(["red"], range(30, DAYS)))) == []


def test_spend_that_is_back_was_missing_in_between_and_after_a_month_it_has_ended():
    (gap,) = gaps(sources(red=(["red"], [*range(30), *range(38, DAYS)])))
    assert (gap.back, gap.has_ended) == (day(38), False)
    assert missing_spend([gap], day(DAYS - 1))["day"].to_list() == [day(i) for i in range(30, 38)]
    assert gap.as_of(day(33)) == SpendGap(
        source="red", channels=("red",), last_good=day(29), noticed=day(32), back=None, has_ended=False, usual_days=1
    )
    assert gap.as_of(day(31)) is None
    (ended,) = gaps(sources(red=(["red"], range(20)), ocean=(["douyin"], range(DAYS))))
    assert (ended.back, ended.has_ended) == (day(22 + 30), True)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.sets(st.integers(0, DAYS - 1), min_size=20), st.integers(20, DAYS - 1))
def test_a_history_cut_off_has_no_gap_that_the_whole_one_has_not(delivered: set[int], last: int) -> None:
    whole = gaps(sources(red=(["red"], sorted(delivered))))
    kept = [i for i in sorted(delivered) if i <= last]
    cut = gaps(sources(red=(["red"], kept)), GOING_ON.filter(pl.col("day") <= day(last))) if kept else []
    known = {(g.last_good, g.noticed, g.channels) for g in whole if g.noticed <= day(last)}
    assert {(g.last_good, g.noticed, g.channels) for g in cut} == known


def table(spent_until: int) -> tuple[pl.DataFrame, list[SpendGap]]:
    """Two channels of 60 days; the spend of one ends early while its touches and orders go on."""
    spend = pl.DataFrame(
        [
            (day(i), c, 100.0, 0, 0)
            for c, until in (("red", spent_until), ("douyin", DAYS))
            for i in range(min(until, DAYS))
        ],
        schema={"day": pl.Date, "channel": pl.String, "spend": pl.Float64, "impressions": pl.Int64, "clicks": pl.Int64},
        orient="row",
    )
    credits = pl.DataFrame(  # noqa: A001
        [(day(i), c, 4.0, 400.0, 2.0) for c in ("red", "douyin") for i in range(DAYS)],
        schema={
            "day": pl.Date, "channel": pl.String, "conversions": pl.Float64, "revenue": pl.Float64,
            "new_customers": pl.Float64,
        },
        orient="row",
    )  # fmt: skip
    found = gaps(sources(red=(["red"], range(spent_until)), ocean=(["douyin"], range(DAYS))))
    missing = missing_spend(found, day(DAYS - 1))
    return channel_day(spend, GOING_ON, credits, missing_spend=missing), found


def test_ratios_of_days_whose_spend_is_missing_are_not_zero():
    """H1 of an outside tester: spend 0.00, CAC 0.00 and cost per touch 0.00 for a week without the export."""
    days, _gaps = table(40)
    week = Period(first_day=day(DAYS - 7), last_day=day(DAYS - 1))
    red = channel_table(days, week).row(by_predicate=pl.col("channel") == "red", named=True)
    assert red["touches"] == 420
    assert [red[name] for name in ("spend", "cac", "roi", "roas", "unit_traffic_cost")] == [None] * 5
    half = Period(first_day=day(35), last_day=day(44))
    red = channel_table(days, half).row(by_predicate=pl.col("channel") == "red", named=True)
    assert (red["spend"], red["cac"], red["unit_traffic_cost"]) == (500.0, 50.0, 100.0 / 60)
    whole, _none = table(DAYS)
    assert totals(days, week).cac == totals(whole, week).cac == 50.0  # blended: of the costed days


def test_the_silent_export_is_a_case_of_its_own():
    days, found = table(40)
    feeds = Feeds(
        source_days=pl.DataFrame(schema=SOURCE_DAYS),
        data_until=day(DAYS - 1),
        spend_gaps=tuple(found),
        names={"red": Name(english="RED ads", chinese="聚光")},
    )
    (case,) = [c for c in run_rules(days, day(DAYS - 1), feeds=feeds).cases if c.rule == "feed_silent"]
    assert (case.source, case.channel, case.state, case.first_day, case.fired_on) == (
        "red", "red", "open", day(40), day(42),
    )  # fmt: skip
    assert "ROI" in " ".join(action.template for action in case.actions)
    assert case.evidence["spend"].to_list() == [100.0] * 7 + [None] * 20  # missing, not zero
    assert not [c for c in run_rules(days, day(41), feeds=feeds.as_of(day(41))).cases if c.rule == "feed_silent"]


def test_neither_verdict_nor_cac_of_28_days_takes_missing_spend_for_none():
    days, _gaps = table(50)  # the last ten of 60 are missing: 100 a day earn 400, two new customers a day cost 50 each
    weeks = recent_periods(days, closed_through=day(DAYS - 1)).filter(channel="red")
    assert weeks["roi"].to_list() == [3.0, 3.0, None]
    costs = cac_to_ltv_days(days, closed_through=day(DAYS - 1), thresholds=Thresholds(), ltv={"red": 100.0})
    assert costs.filter(pl.col("day") >= day(45))["cac"].unique().to_list() == [50.0]

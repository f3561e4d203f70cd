"""The two rules on histories written as one letter per day, checked by hand."""

import json
from datetime import date, timedelta

import polars as pl
import pytest

from omnidash.health.cases import Case
from omnidash.health.concentration import concentration_cases
from omnidash.health.roi_streak import roi_cases, roi_days, streak_below
from omnidash.health.run import run_rules
from omnidash.health.thresholds import Thresholds
from omnidash.metrics.channel_day import CHANNEL_DAY
from omnidash.model.errors import BadInput

FIRST = date(2026, 6, 1)
DAY = {  # spend, revenue, has_spend, is_spread
    "b": (100.0, 80.0, True, False),  # below break-even
    "a": (100.0, 120.0, True, False),  # above
    "=": (100.0, 100.0, True, False),  # exactly break-even
    "0": (0.0, 50.0, True, False),  # delivered, nothing spent
    ".": (0.0, 50.0, False, False),  # nothing delivered
    "~": (100.0, 80.0, True, True),  # the share of a longer range
}


def roi_history(**channels: str) -> pl.DataFrame:
    """``roi_history(meta="bbba..")``: one letter per day from 1 June; touches are 10 a day."""
    rows = [
        (FIRST + timedelta(days=i), channel, 10, spend, 0, 0, delivered, 2.0, revenue, 1.0, spread)
        for channel, days in channels.items()
        for i, (spend, revenue, delivered, spread) in enumerate(DAY[letter] for letter in days)
    ]
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row").sort("day", "channel")


def traffic_history(**touches: list[int]) -> pl.DataFrame:
    rows = [
        (FIRST + timedelta(days=i), channel, count, 10.0, 0, 0, True, 1.0, 20.0, 0.0, False)
        for channel, counts in touches.items()
        for i, count in enumerate(counts)
    ]
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row").sort("day", "channel")


def june(number: int) -> date:
    return date(2026, 6, number)


def meta_cases(days: str, *, through: int | None = None, **options: object) -> list[Case]:
    limits = options.pop("thresholds", Thresholds())
    last = FIRST + timedelta(days=(through or len(days)) - 1)
    return roi_cases(roi_history(meta=days), closed_through=last, thresholds=limits, **options)  # type: ignore[arg-type]


def test_roi_below_break_even_fires_on_the_seventh_day_and_only_once() -> None:
    assert meta_cases("abbbbbb") == []
    (case,) = meta_cases("abbbbbbbbb")
    assert (case.state, case.first_day, case.fired_on, case.last_day) == ("open", june(2), june(8), june(10))
    assert case.sentence.english() == "meta has been below break-even for 9 days."
    assert case.value == pytest.approx(-0.2)
    assert case.evidence["day"].to_list() == [june(d) for d in range(2, 11)]


def test_a_day_without_spend_neither_breaks_nor_extends_the_streak() -> None:
    (case,) = meta_cases("bbb.0bb.bb")
    assert (case.first_day, case.fired_on) == (june(1), june(10))
    assert case.sentence.values["days"] == 7
    assert case.evidence["status"].to_list().count("no_spend") == 3


def test_a_day_whose_spend_is_the_share_of_a_range_neither_breaks_nor_extends_the_streak() -> None:
    assert meta_cases("~" * 20) == []
    (case,) = meta_cases("bbb~~bb~bb")
    assert (case.fired_on, case.sentence.values["days"]) == (june(10), 7)
    assert case.evidence["status"].to_list().count("spread") == 3


def test_a_day_at_or_above_the_threshold_breaks_the_streak() -> None:
    assert meta_cases("bbbbbbabbb") == []
    assert meta_cases("bbbbbb=bbb") == []


def test_a_day_at_break_even_but_for_rounding_is_not_below() -> None:
    history = roi_history(meta="b" * 8).with_columns(revenue=pl.col("spend") - 1e-12)
    assert roi_cases(history, closed_through=june(8), thresholds=Thresholds()) == []


def test_a_case_stays_open_until_three_days_in_a_row_at_or_above() -> None:
    (case,) = meta_cases("bbbbbbb" + "aab" + "aa")
    assert (case.state, case.last_day) == ("open", june(10))
    assert case.sentence.english().startswith(
        "meta was below an ROI of 0.0 on 8 of its 12 days with spend from 2026-06-01"
    )
    (case,) = meta_cases("bbbbbbb" + "aab" + "a0=a" + "a")
    assert (case.state, case.last_day, case.recovered_on) == ("recovered", june(10), june(14))
    assert case.actions == ()
    assert "recovered by 2026-06-14" in case.sentence.english()


def test_after_recovery_counting_starts_anew() -> None:
    first, second = meta_cases("b" * 7 + "a" * 3 + "b" * 7)
    assert (first.recovered_on, second.first_day, second.fired_on) == (june(10), june(11), june(17))
    assert len(meta_cases("b" * 7 + "a" * 3 + "b" * 6)) == 1


def test_days_after_the_closed_day_are_not_looked_at() -> None:
    assert meta_cases("bbbbbbb", through=6) == []
    held_back = {"meta": june(6)}
    assert meta_cases("bbbbbbb", closed_through_by_channel=held_back) == []
    assert len(meta_cases("bbbbbbb", closed_through_by_channel={"meta": june(30)})) == 1


def test_immature_days_are_passed_over() -> None:
    completeness = {june(6): 0.95, june(7): 0.89}
    assert meta_cases("bbbbbbb", completeness=completeness) == []
    (case,) = meta_cases("bbbbbbbb", completeness=completeness)
    assert (case.fired_on, case.sentence.english()) == (june(8), "meta has been below break-even for 7 days.")


def test_a_streak_that_ended_long_ago_is_told_with_its_days() -> None:
    (case,) = meta_cases("b" * 8 + "." * 10)
    assert "on 8 of its 8 days with spend from 2026-06-01 to 2026-06-08" in case.sentence.english()


def test_each_channel_may_have_its_own_threshold_and_margin() -> None:
    history = roi_history(meta="a" * 8, baidu="a" * 8)
    limits = Thresholds(roi_threshold_by_channel={"meta": 0.5})
    (case,) = roi_cases(history, closed_through=june(8), thresholds=limits)
    assert (case.channel, case.limit) == ("meta", 0.5)
    assert case.sentence.english() == "meta has been below an ROI of 0.5 for 8 days."
    assert case.actions[0].values["loss_money"] == pytest.approx(8 * (150 - 120))
    (by_margin,) = roi_cases(history, closed_through=june(8), thresholds=Thresholds(), margin={"baidu": 0.8})
    assert (by_margin.channel, by_margin.value) == ("baidu", pytest.approx(-0.04))


def test_direct_is_never_a_case_of_the_roi_rule() -> None:
    history = roi_history(meta="b" * 8).with_columns(channel=pl.lit("(direct)"))
    assert roi_cases(history, closed_through=june(8), thresholds=Thresholds()) == []


def test_roi_actions_price_the_case_and_name_who_could_receive_the_spend() -> None:
    history = roi_history(meta="aaa" + "b" * 8, baidu="a" * 11, tmall="=" * 11, email="b" * 3 + "." * 8)
    (case,) = roi_cases(history, closed_through=june(11), thresholds=Thresholds())
    cost, *receivers = case.actions
    assert (cost.values["loss_money"], cost.values["spend_money"], cost.values["days"]) == (160.0, 100.0, 8)
    assert [(r.values["channel"], r.values["roi_percent"]) for r in receivers] == [
        ("baidu", pytest.approx(0.2)),
        ("tmall", 0),
    ]


def test_roi_actions_say_whether_traffic_became_dearer_or_converts_worse() -> None:
    history = roi_history(meta="aaaa" + "b" * 7).with_columns(
        touches=pl.when(pl.col("day") > june(4)).then(5).otherwise(10),
        conversions=pl.when(pl.col("day") > june(4)).then(0.5).otherwise(2.0),
    )
    (case,) = roi_cases(history, closed_through=june(11), thresholds=Thresholds())
    dearer, worse = case.actions[1:]
    assert dearer.values["change_percent"] == pytest.approx(1.0)
    assert "costs" in dearer.template
    assert worse.values["change_percent"] == pytest.approx(0.5)
    assert "Conversions per touch fell" in worse.template


def test_the_streak_of_every_channel_counts_its_days_below_up_to_now() -> None:
    history = roi_history(meta="abb.b", baidu="bbbba", email=".....", tmall="bbbbb")

    def streaks_on(last: date) -> pl.DataFrame:
        days = roi_days(history, closed_through=last, thresholds=Thresholds())
        return streak_below(days, history["channel"])

    streaks = streaks_on(june(5))
    assert streaks.rows() == [("baidu", 0), ("email", 0), ("meta", 3), ("tmall", 5)]
    earlier = streaks_on(june(4))
    assert dict(earlier.rows())["baidu"] == 4


def test_the_streak_calendar_names_what_every_day_was() -> None:
    days = roi_days(
        roi_history(meta="ab0.bb"), closed_through=june(5), thresholds=Thresholds(), completeness={june(5): 0.1}
    )
    assert days["status"].to_list() == ["above", "below", "no_spend", "no_spend", "immature", "not_closed"]


def shares_of(days: pl.DataFrame, through: int, **limits: object) -> tuple[list[Case], list]:
    return concentration_cases(days, closed_through=june(through), thresholds=Thresholds(**limits))  # type: ignore[arg-type]


def test_a_share_above_forty_per_cent_over_seven_days_is_a_case() -> None:
    days = traffic_history(tmall=[46] * 8, meta=[30] * 8, wecom=[24] * 8)
    (case,), notes = shares_of(days, 8)
    assert (case.channel, case.state, case.value, case.limit) == ("tmall", "open", 0.46, 0.4)
    assert (case.first_day, case.last_day, notes) == (june(7), june(8), [])
    assert case.sentence.english() == "tmall carries 0.46 of traffic (limit 0.4) since 2026-06-07."
    assert case.evidence.select("day", "amount", "total").rows() == [(june(7), 322, 700), (june(8), 322, 700)]


def test_exactly_forty_per_cent_is_a_warning_and_exactly_thirty_five_is_none() -> None:
    (case,), _ = shares_of(traffic_history(a=[40] * 7, b=[35] * 7, c=[25] * 7), 7)
    assert (case.channel, case.state, case.severity, case.limit) == ("a", "warning", "low", 0.35)
    assert case.sentence.english() == "a carries 0.4 of traffic, close to the limit of 0.4."


def test_fewer_than_seven_closed_days_are_said_so() -> None:
    cases, (note,) = shares_of(traffic_history(a=[9] * 6, b=[1] * 6, c=[1] * 6), 6)
    assert cases == []
    assert note.english() == "The concentration rule is not applied: fewer than 7 closed days of data."


def test_with_two_active_channels_the_rule_is_not_applied_and_says_so() -> None:
    cases, (note,) = shares_of(traffic_history(a=[9] * 7, b=[1] * 7, c=[0] * 7), 7)
    assert cases == []
    assert "it needs 3 active channels or more; active now: 2" in note.english()


def test_direct_counts_in_the_total_but_is_no_case_and_not_active() -> None:
    days = traffic_history(a=[1] * 7, b=[1] * 7, c=[1] * 7).with_columns(revenue=pl.lit(10.0))
    direct = days.filter(channel="a").with_columns(
        channel=pl.lit("(direct)"), touches=pl.lit(0, pl.Int64), revenue=pl.lit(70.0)
    )
    both = pl.concat([days, direct]).sort("day", "channel")
    assert shares_of(both, 7, share_basis="revenue", share_warning=0.05, share_limit=0.09)[0][0].value == pytest.approx(
        0.1
    )
    assert shares_of(both.filter(pl.col("channel") != "c"), 7, share_basis="revenue")[1][0].values["active"] == 2


def test_a_spell_fires_once_calms_to_a_warning_and_recovers() -> None:
    """The 7-day share of a: 50 % … then other channels grow."""
    others = [25] * 7 + [55] * 21
    days = traffic_history(a=[50] * 28, b=others, c=others)
    (calmed,), _ = shares_of(days, 9)
    assert (calmed.state, calmed.first_day, calmed.severity) == ("open", june(7), "medium")
    (warned,), _ = shares_of(days, 11)
    assert (warned.state, warned.fired_on, warned.limit) == ("warning", june(7), 0.4)
    (over,), _ = shares_of(days, 28)
    assert (over.state, over.value, over.actions) == ("recovered", 0.5, ())
    assert over.recovered_on == over.last_day + timedelta(days=1)


def test_concentration_actions_lead_back_to_the_limit_in_this_workspaces_numbers() -> None:
    days = traffic_history(tmall=[50] * 7, meta=[30] * 7, wecom=[20] * 7).with_columns(
        revenue=pl.when(pl.col("channel") == "wecom")
        .then(40.0)
        .when(pl.col("channel") == "meta")
        .then(5.0)
        .otherwise(20.0)
    )
    (case,), _ = shares_of(days, 7)
    move, grow, stake, *receivers = case.actions
    assert (move.values["moved"], move.values["part_percent"]) == (70, pytest.approx(0.2))
    assert (350 - 70) / 700 == 0.4
    assert grow.values["grown"] == 175
    assert 350 / (700 + 175) == 0.4
    assert stake.values["revenue_money"] == 140.0
    assert [(r.values["channel"], r.values["roi_percent"], r.values["share_percent"]) for r in receivers] == [
        ("wecom", 3.0, 0.2)
    ]


def test_concentration_of_money_is_told_in_money() -> None:
    days = traffic_history(a=[1] * 7, b=[1] * 7, c=[1] * 7).with_columns(
        spend=pl.when(pl.col("channel") == "a").then(60.0).otherwise(20.0)
    )
    (case,), _ = shares_of(days, 7, share_basis="spend")
    assert case.sentence.english() == "a carries 0.6 of spend (limit 0.4) since 2026-06-07."
    assert case.severity == "high"
    assert case.actions[0].values["moved_money"] == pytest.approx(420 - 0.4 * 700)


def test_all_rules_together_put_what_is_urgent_first() -> None:
    days = pl.concat(
        [
            traffic_history(tmall=[46] * 20, wecom=[38] * 20),
            roi_history(meta="b" * 20, baidu="b" * 7 + "a" * 13).with_columns(touches=pl.lit(8, pl.Int64)),
        ]
    ).sort("day", "channel")
    result = run_rules(days, june(20))
    assert [(case.rule, case.channel, case.state) for case in result.cases] == [
        ("roi_streak", "meta", "open"),
        ("concentration", "tmall", "open"),
        ("concentration", "wecom", "warning"),
        ("roi_streak", "baidu", "recovered"),
    ]
    assert [case.channel for case in result.open_cases] == ["meta", "tmall"]
    assert [case.channel for case in result.warnings] == ["wecom"]


def test_an_empty_workspace_has_no_cases() -> None:
    assert run_rules(roi_history(), june(1)).cases == ()


def test_thresholds_survive_json() -> None:
    limits = Thresholds(share_limit=0.5, roi_threshold_by_channel={"meta": 0.2}, share_basis="revenue")
    assert Thresholds.from_mapping(json.loads(json.dumps(limits.to_mapping()))) == limits
    assert Thresholds.from_mapping({}) == Thresholds()
    assert (limits.roi_threshold_of("meta"), limits.roi_threshold_of("baidu")) == (0.2, 0.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"share_limit": 1.4}, r"share_limit is 1.4; expected a share between 0 and 1"),
        ({"share_warning": 0.5}, r"warning 0.5 lies above the share limit 0.4"),
        ({"roi_days": 0}, r"roi_days is 0; expected a whole number of at least 1"),
        ({"roi_days": 2.5}, r"roi_days is 2.5"),
        ({"roi_threshold": "low"}, r"roi_threshold is 'low'; expected a number"),
        ({"roi_threshold_by_channel": {"meta": None}}, r"roi_threshold_by_channel\[meta\] is None"),
        ({"roi_threshold_by_channel": 0.2}, r"must give one number per channel"),
        ({"share_basis": "persons"}, r"share_basis is 'persons'; expected traffic, revenue or spend"),
        ({"share_maximum": 0.4}, r"share_maximum is unknown; known are by_channel, cac_to_ltv_limit"),
    ],
)
def test_impossible_thresholds_are_refused_with_field_and_value(values: dict, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Thresholds.from_mapping(values)

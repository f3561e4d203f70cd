"""Notes on days: kept and taken away, shown in charts, and heard by the rules."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from omnidash.charts.day_notes import draw_in_calendar, draw_notes, draw_notes_in_panels
from omnidash.charts.roi_panels import Panels, roi_multiples
from omnidash.charts.theme import ChannelColors, figure
from omnidash.cli.main import main
from omnidash.engine.day_notes import DayNote, keep, notes, promotion_days, withdraw
from omnidash.health.run import Feeds, run_rules
from omnidash.health.share_days import with_shares
from omnidash.health.silence import SOURCE_DAYS
from omnidash.metrics.channel_day import CHANNEL_DAY
from omnidash.model.errors import BadInput
from omnidash.store import Workspace
from tests.made_once import workspace_with

FIRST = date(2026, 2, 25)  # a Wednesday; no holiday for the next five weeks
COLORS = ChannelColors.of(["douyin"])


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def note(kind: str, first: int, last: int | None = None, *channels: str) -> DayNote:
    return DayNote(kind=kind, first_day=day(first), last_day=day(first if last is None else last), channels=channels)


def history(
    *, touches: list[int] | None = None, revenue: list[float] | None = None, spend: float = 0.0, days: int = 40
) -> pl.DataFrame:
    """One channel, ``baidu``: 200 touches a day (and 400 of three others together), sales of 20 a day."""
    rows = [
        (day(i), channel, count, spend if channel == "baidu" else 0.0, 0, 0, spend > 0 and channel == "baidu",
         1.0, income, 0.0, False)
        for i in range(days)
        for channel, count, income in [
            ("baidu", touches[i] if touches else 200, revenue[i] if revenue else 20.0),
            ("douyin", 130, 10.0), ("email", 140, 10.0), ("wechat", 130, 10.0),
        ]
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=CHANNEL_DAY, orient="row").sort("day", "channel")


def found(table: pl.DataFrame, *noted: DayNote) -> set[tuple[str, str]]:
    cases = run_rules(table, table["day"].max(), noted=noted).cases  # type: ignore[arg-type]
    return {(case.rule, case.channel) for case in cases}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return workspace_with(tmp_path / "w", {})


def test_notes_come_back_latest_first_until_they_are_taken_away(workspace):
    before = workspace.version
    keep(workspace, note("promotion", 3, 5, "douyin"))
    number = keep(workspace, DayNote(kind="other", first_day=day(9), last_day=day(9), text=" shop closed ", by="Ana"))
    assert workspace.version != before  # what the rules say is computed anew
    later, earlier = notes(workspace)
    assert (later.text, later.by, later.channels) == ("shop closed", "Ana", ())
    assert (earlier.first_day, earlier.last_day, earlier.channels) == (day(3), day(5), ("douyin",))
    withdraw(workspace, number)
    assert notes(workspace) == (earlier,)
    assert keep(workspace, note("promotion", 1)) > number  # a number that was given is that of its note for good


def test_an_address_in_a_note_is_not_kept(workspace):
    told = {"text": "ask ana@shop.example", "by": "ana@shop.example"}
    keep(workspace, DayNote(kind="other", first_day=FIRST, last_day=FIRST, **told))
    assert (notes(workspace)[0].text, notes(workspace)[0].by) == ("ask ***", "***")


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "party"},
        {"kind": "other"},
        {"kind": "promotion", "last_day": day(-1)},
        {"kind": "promotion", "last_day": day(400)},
        {"kind": "promotion", "text": "a" * 301},
    ],
)
def test_notes_that_cannot_be_are_refused(wrong):
    with pytest.raises(BadInput):
        DayNote(**{"first_day": FIRST, "last_day": FIRST, **wrong})


def test_a_note_about_an_unknown_channel_is_refused(workspace):
    with pytest.raises(BadInput):
        keep(workspace, note("promotion", 1, 2, "nobody"))
    assert notes(workspace) == ()


def test_promotion_days_are_those_of_the_channels_asked_for(workspace):
    keep(workspace, note("promotion", 3, 4, "douyin"))
    keep(workspace, note("promotion", 6))
    keep(workspace, note("price_change", 8))
    assert promotion_days(workspace, ["douyin", "email"]) == {
        (day(3), "douyin"), (day(4), "douyin"), (day(6), "douyin"), (day(6), "email")
    }  # fmt: skip


def test_the_command_line_adds_lists_and_takes_away(workspace, capsys):
    folder = ["--workspace", str(workspace.folder), "notes"]
    assert main([*folder, "--add", "618", "--kind", "promotion", "--from", "2026-06-16", "--to", "2026-06-20"]) == 0
    assert main([*folder, "--add", "pixel", "--kind", "tracking_broken"]) == 2  # which day?
    (kept,) = notes(workspace)
    assert (kept.kind, kept.text, kept.first_day, kept.last_day) == (
        "promotion", "618", date(2026, 6, 16), date(2026, 6, 20)
    )  # fmt: skip
    assert main([*folder, "--withdraw", str(kept.note_id)]) == 0
    assert notes(workspace) == ()
    capsys.readouterr()


def test_a_fall_on_days_of_broken_tracking_is_no_drop():
    touches = [200] * 35 + [60] * 3 + [200] * 2
    assert ("traffic_drop", "baidu") in found(history(touches=touches))
    assert ("traffic_drop", "baidu") in found(history(touches=touches), note("tracking_broken", 35, 37, "douyin"))
    assert ("traffic_drop", "baidu") not in found(history(touches=touches), note("tracking_broken", 35, 37))


def test_a_silence_that_was_noted_is_no_news():
    touches = [200] * 35 + [0] * 5
    assert ("feed_silent", "baidu") in found(history(touches=touches))
    assert found(history(touches=touches), note("tracking_broken", 35, 39, "baidu")) == set()


def test_nobody_converting_while_all_tracking_was_broken_is_no_news():
    sold = history(days=40).with_columns(
        conversions=pl.when(pl.col("day") >= day(35)).then(0.0).otherwise(4.0), revenue=pl.lit(0.0)
    )
    assert ("no_conversions", "") in found(sold)
    assert ("no_conversions", "") in found(sold, note("tracking_broken", 35, 37))  # of five days, three are explained
    assert found(sold, note("tracking_broken", 35, 39)) == set()


def test_a_feed_without_touches_is_known_to_be_silent_where_all_tracking_was_broken():
    orders = pl.DataFrame(
        [("shop", day(i), 20, [], True) for i in range(35)], schema=SOURCE_DAYS, orient="row"
    )  # orders belong to no channel

    def silent(*noted: DayNote) -> list[str]:
        feeds = Feeds(source_days=orders, data_until=day(39))
        cases = run_rules(history(), day(39), feeds=feeds, noted=noted).cases
        return [case.source for case in cases if case.rule == "feed_silent"]

    assert silent() == ["shop"]
    assert silent(note("tracking_broken", 35, 39, "baidu")) == ["shop"]
    assert silent(note("tracking_broken", 35, 39)) == []


def test_a_loss_on_days_of_broken_tracking_makes_no_streak():
    revenue = [40.0] * 30 + [1.0] * 7 + [40.0] * 3
    assert ("roi_streak", "baidu") in found(history(revenue=revenue, spend=20.0))
    broken = note("tracking_broken", 33, 33, "baidu")
    assert ("roi_streak", "baidu") not in found(history(revenue=revenue, spend=20.0), broken)


def test_a_share_is_not_taken_on_a_day_when_another_channel_was_not_counted():
    table = history().with_columns(
        touches=pl.when((pl.col("channel") != "baidu") & (pl.col("day") >= day(33))).then(40).otherwise("touches")
    )
    assert ("concentration", "baidu") in found(table)
    noted = [note("tracking_broken", 33, 39, "douyin", "email", "wechat")]
    assert ("concentration", "baidu") not in found(table, *noted)
    assert with_shares(table, noted)["day"].max() == day(32)


def test_what_a_promotion_brought_is_not_missed_when_it_is_over():
    rng = np.random.default_rng(4)
    touches = rng.poisson([200] * 41 + [500] * 26 + [210] * 4).tolist()
    table = history(touches=touches, days=len(touches))
    assert ("traffic_drop", "baidu") in found(table)
    assert ("traffic_drop", "baidu") not in found(table, note("promotion", 41, 66, "baidu"))


def test_a_fall_in_a_promotion_is_still_a_drop():
    touches = [200] * 35 + [60] * 5
    assert ("traffic_drop", "baidu") in found(history(touches=touches), note("promotion", 35, 39))


def test_charts_show_the_notes_of_their_days_with_their_text():
    chart = figure(COLORS, height=200)
    noted = [note("promotion", 3, 5), note("price_change", 3), note("tracking_broken", 20), note("promotion", 60)]
    draw_notes(chart, noted, first_day=day(0), last_day=day(30), say=lambda n: f"<{n.kind}>", colors=COLORS)
    marks = [(mark.x.date(), mark.text, mark.hovertext) for mark in chart.layout.annotations]
    assert marks == [(day(3), "¤★", "<price_change><br><promotion>"), (day(20), "✕", "<tracking_broken>")]
    assert len(chart.layout.shapes) == 3


def test_a_calendar_marks_the_square_of_the_day():
    chart = figure(COLORS, height=200)
    draw_in_calendar(
        chart, [note("promotion", 7, 8)], first_day=FIRST, last_day=day(7), say=lambda n: n.kind, colors=COLORS
    )
    (marks,) = chart.data  # FIRST is a Wednesday: the square a week later stands in the second column, third row
    assert (list(marks.x), list(marks.y), list(marks.text)) == ([1], [4], ["★"])


def test_a_small_chart_among_several_gets_the_note_in_its_own_panel():
    daily = history(spend=20.0).filter(pl.col("channel").is_in(["baidu", "email"])).sort("channel", "day")
    panels = Panels(channels=("baidu", "email"), first_day=FIRST, last_day=day(30))
    chart = roi_multiples(
        daily.filter(pl.col("day") <= day(30)).select("day", "channel", roi=pl.lit(0.5), status=pl.lit("above")),
        panels, thresholds={"baidu": 0.0, "email": 0.0}, colors=COLORS, names={"baidu": "Baidu", "email": "E-mail"},
        dates=("first", "last"), percent_format=".0%", date_format="%d",
    )  # fmt: skip
    draw_notes_in_panels(chart, panels, [[], [note("promotion", 3)]], say=lambda n: n.kind, colors=COLORS)
    (band,) = chart.layout.shapes
    (bars,) = [trace for trace in chart.data if trace.type == "bar"]
    (place,) = [
        x for x, told in zip(bars.x, bars.customdata, strict=True) if tuple(told[::2]) == (str(day(3)), "E-mail")
    ]
    assert (band.x0 + band.x1) / 2 == pytest.approx(place, abs=1e-4)
    assert band.x1 - band.x0 == pytest.approx(1 / panels.days)
    assert (band.y0, band.y1) == (panels.floor(1), panels.floor(1) + 1)

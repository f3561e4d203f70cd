"""Charts say what they are given, and keep the room for what they write, so that a browser draws them once."""

import json
from datetime import date, timedelta

import polars as pl
import pytest

from omnidash.charts.health import share_over_time
from omnidash.charts.roi_panels import Panels, roi_multiples
from omnidash.charts.theme import ChannelColors, house_layout, text_width, ticks, ticks_between
from omnidash.locale.formats import Formats

FIRST = date(2026, 6, 1)
COLORS = ChannelColors.of(["meta", "baidu", "email"])


def day(k: int) -> date:
    """The day k days after the first."""
    return FIRST + timedelta(days=k)


def panels_of(daily: pl.DataFrame, *channels: str, limit: float = 0.0):
    """The panels of these channels over ten days, and where they stand."""
    panels = Panels(channels=channels, first_day=FIRST, last_day=day(9))
    chart = roi_multiples(
        daily, panels, thresholds=dict.fromkeys(channels, limit), colors=COLORS, names={c: c for c in channels},
        dates=("1 Jun", "10 Jun"), percent_format=".0%", date_format="%d",
    )  # fmt: skip
    return panels, chart


def roi(channel: str, *values: float | None, status: str = "above") -> pl.DataFrame:
    """One row a day."""
    return pl.DataFrame(
        {"day": [day(k) for k in range(len(values))], "channel": channel, "roi": list(values), "status": status},
        schema_overrides={"roi": pl.Float64},
    )


def test_bars_of_a_channel_stay_in_its_panel_and_begin_at_the_threshold():
    daily = pl.concat([roi("meta", 0.5, -0.5, 90.0, *[0.4] * 7), roi("baidu", -1.0, None, -0.2), roi("email", 2.0)])
    panels, chart = panels_of(daily, "meta", "baidu", "email", limit=0.1)
    (bars,) = [trace for trace in chart.data if trace.type == "bar"]
    assert len(bars.x) == 13  # a day without ROI has no bar
    for x, y, base, (told, value, channel) in zip(bars.x, bars.y, bars.base, bars.customdata, strict=True):
        panel = panels.channels.index(channel)
        left, floor = panels.left(panel), panels.floor(panel)
        assert x == pytest.approx(left + ((date.fromisoformat(told) - FIRST).days + 0.5) / 10)
        assert floor < base < floor + 1 and floor <= base + y <= floor + 1 + 1e-4
        assert (y < 0) == (value < 0.1)
    colours = {
        told[2]: colour for told, colour in zip(bars.customdata, bars.marker.color, strict=True) if told[1] < 0.1
    }
    assert set(colours.values()) == {COLORS.alert}


def test_panels_stand_side_by_side_and_one_below_another_without_touching():
    panels = Panels(channels=("a", "b", "c"), first_day=FIRST, last_day=FIRST)
    assert panels.left(1) > panels.left(0) + 1 and panels.width == panels.left(1) + 1
    assert panels.floor(0) == panels.floor(1) == 0 and panels.floor(2) + 1 < 0
    assert panels.rows == 2


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(-0.06, 1.06, [0.0, 0.5, 1.0]), (-1.2, 0.3, [-1.0, -0.5, 0.0]), (0.0, 0.04, [0.0, 0.01, 0.02, 0.03, 0.04])],
)
def test_an_axis_is_marked_at_round_values(low, high, expected):
    assert ticks_between(low, high, most=4) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("language", "written"), [("en", ["¥0", "¥50K", "¥100K", "¥150K"]), ("zh_CN", ["¥0", "¥5万", "¥10万", "¥15万"])]
)
def test_the_amounts_of_an_axis_are_short_and_in_the_readers_language(language, written):
    formats = Formats(language)
    axis = ticks(0.0, 166_000.0, lambda amount: formats.money_tick(amount, "CNY"), most=4)
    assert axis["tickvals"] == [0, 50_000, 100_000, 150_000]
    assert axis["ticktext"] == written
    assert [formats.money_tick(amount, "CNY") for amount in (500, -2000, 0.5)] == ["¥500", "−\u2060¥2,000", "¥0.50"]


def test_an_axis_without_reach_has_one_tick():
    assert ticks(0.0, 0.0, str, most=4)["tickvals"] == [0.0]


def test_lines_in_grey_are_one_line_that_still_says_whose_day_it_is():
    channels = ["meta", "baidu", "email", "a", "b", "c"]
    shares = pl.DataFrame(
        [(day(k), c, 0.3 - 0.04 * n) for n, c in enumerate(channels) for k in range(3)],
        schema=["day", "channel", "share"], orient="row",
    )  # fmt: skip
    chart = share_over_time(
        shares, limit=0.4, limit_label="limit", colors=COLORS, name=str.upper, tick_format=".0%", date_format="%d"
    )
    grey, *foremost, ends = chart.data
    assert [line.name for line in foremost] == ["A", "EMAIL", "BAIDU", "META"]
    assert [text.strip() for text in ends.text] == ["META", "BAIDU", "EMAIL", "A"]
    told = [(x, y, whose) for x, y, whose in zip(grey.x, grey.y, grey.customdata, strict=True) if x]
    assert told == [(str(day(k)), pytest.approx(y), c) for c, y in (("B", 0.14), ("C", 0.10)) for k in range(3)]
    assert grey.x[3] is None  # the two do not run into each other


def test_a_figure_keeps_the_room_of_its_longest_label():
    narrow, wide = (house_layout(COLORS, height=100, beside=["A", label]) for label in ("B", "Xiaohongshu"))
    assert wide["margin"]["l"] - narrow["margin"]["l"] == text_width("Xiaohongshu") - text_width("B")
    assert text_width("小红书") == 3 * 13


def test_a_figure_holds_nothing_that_cannot_be_compared_by_value():
    _panels, chart = panels_of(roi("meta", 0.5, 0.2), "meta")
    spec = json.loads(chart.to_json())
    assert "bdata" not in chart.to_json() and "template" not in spec["layout"]
    assert spec["layout"]["datarevision"]

"""ROI of each channel day by day, in small charts of their own scale that stand in one pair of axes.

A pair of axes for each of ten channels cost the browser as much as the rest of the page. Here every panel is a unit
square in a grid: day and value are scaled to it, and all bars are one trace, all lines one, all texts one.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import plotly.graph_objects as go
import polars as pl

from omnidash.charts.theme import TEXT_SIZE, ChannelColors, house_layout, ticks_between

_ROW_PIXELS = 122
_GAP_ACROSS, _GAP_DOWN = 0.58, 0.55  # of a panel: room for the scale of the next one; for its dates and name
_MOST_TICKS = 4
_BAR = 0.85  # of a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """Where the panel of each channel stands, from left to right and from the top down; each is 1 wide and 1 high."""

    channels: tuple[str, ...]
    first_day: date
    last_day: date
    columns: int = 2

    @property
    def rows(self) -> int:
        """How many stand one below another."""
        return max(1, -(-len(self.channels) // self.columns))

    @property
    def width(self) -> float:
        """From the left edge of the first column to the right edge of the last."""
        return self.columns + _GAP_ACROSS * (self.columns - 1)

    def left(self, panel: int) -> float:
        """The left edge of a panel: the beginning of the first day."""
        return (panel % self.columns) * (1 + _GAP_ACROSS)

    def floor(self, panel: int) -> float:
        """The lower edge of a panel; the first row stands from 0 to 1."""
        return -(panel // self.columns) * (1 + _GAP_DOWN)

    def across(self, panel: int, moment: datetime) -> float:
        """Where a moment stands."""
        begin = datetime.combine(self.first_day, datetime.min.time())
        return self.left(panel) + (moment - begin) / timedelta(days=self.days)

    @property
    def days(self) -> int:
        """Days in every panel."""
        return (self.last_day - self.first_day).days + 1


def roi_multiples(
    daily: pl.DataFrame,
    panels: Panels,
    *,
    thresholds: dict[str, float],
    colors: ChannelColors,
    names: dict[str, str],
    dates: tuple[str, str],
    percent_format: str,
    date_format: str,
) -> go.Figure:
    """One small bar chart per channel: daily ROI, red below the channel's threshold, lighter where the day is
    immature. ``daily``: day, channel, roi, status; ``dates``: first and last day as they are written."""
    bars: dict[str, list[Any]] = {"x": [], "y": [], "base": [], "color": [], "opacity": [], "told": []}
    ticks, limits, texts = _Lines(), _Lines(), _Texts()
    of_channel = daily.drop_nulls("roi").partition_by("channel", as_dict=True)
    scales = []
    for panel, channel in enumerate(panels.channels):
        line = of_channel.get((channel,), daily.clear())
        limit, left, floor = thresholds[channel], panels.left(panel), panels.floor(panel)
        low, high = readable_range(line["roi"], limit)
        base = floor + (limit - low) / (high - low)
        for day, roi, status in line.select("day", "roi", "status").iter_rows():
            bars["x"].append(round(left + ((day - panels.first_day).days + 0.5) / panels.days, 5))
            bars["y"].append(round(floor + min(max((roi - low) / (high - low), 0.0), 1.0) - base, 4))
            bars["base"].append(round(base, 4))
            bars["color"].append(colors.alert if roi < limit else colors.of_channel(channel))
            bars["opacity"].append(0.35 if status in ("immature", "too_few") else 1.0)
            bars["told"].append((day.isoformat(), round(roi, 4), names[channel]))
        for value in ticks_between(low, high, most=_MOST_TICKS):
            height = floor + (value - low) / (high - low)
            ticks.add(left, height)
            scales.append(f"{value:,.0%}")
            texts.add(left, height, f"{value:,.0%} ", "middle left")
        limits.add(left, base)
        texts.add(left + 0.5, floor + 1, f"<b>{names[channel]}</b>", "top center")
        texts.add(left, floor, dates[0], "bottom right")
        texts.add(left + 1, floor, dates[1], "bottom left")
    layout = house_layout(colors, height=62 + _ROW_PIXELS * panels.rows, beside=scales, is_labelled_below=False)
    lowest = panels.floor(len(panels.channels) - 1)
    layout["xaxis"] = {"visible": False, "fixedrange": True, "range": [0, panels.width]}
    layout["yaxis"] = {"visible": False, "fixedrange": True, "range": [lowest, 1]}
    layout |= {"dragmode": False, "margin": {**layout["margin"], "t": 26, "b": 24}}
    skipped = {"type": "scatter", "hoverinfo": "skip", "cliponaxis": False}
    return go.Figure(
        [
            {**skipped, "mode": "lines", "x": ticks.x, "y": ticks.y, "line": {"color": colors.faint, "width": 1}},
            {
                "type": "bar",
                "x": bars["x"],
                "y": bars["y"],
                "base": bars["base"],
                "width": _BAR / panels.days,
                "marker": {"color": bars["color"], "opacity": bars["opacity"], "line": {"width": 0}},
                "customdata": bars["told"],
                "hovertemplate": f"%{{customdata[0]|{date_format}}} · %{{customdata[1]:{percent_format}}}"
                "<extra>%{customdata[2]}</extra>",
            },
            {**skipped, "mode": "lines", "x": limits.x, "y": limits.y, "line": {"color": colors.ink, "width": 1}},
            {
                **skipped, "mode": "text", "x": texts.x, "y": texts.y, "text": texts.text,
                "textposition": texts.position, "textfont": {"size": TEXT_SIZE, "color": colors.ink},
            },
        ],
        layout,
    )  # fmt: skip


class _Lines:
    """Level lines across panels as one broken line."""

    def __init__(self) -> None:
        self.x: list[float | None] = []
        self.y: list[float | None] = []

    def add(self, left: float, height: float) -> None:
        self.x += [left, left + 1, None]
        self.y += [height, height, None]


class _Texts:
    """Texts as one trace."""

    def __init__(self) -> None:
        self.x: list[float] = []
        self.y: list[float] = []
        self.text: list[str] = []
        self.position: list[str] = []

    def add(self, x: float, y: float, text: str, position: str) -> None:
        self.x.append(x)
        self.y.append(y)
        self.text.append(text)
        self.position.append(position)


def readable_range(values: pl.Series, limit: float) -> tuple[float, float]:
    """The scale of one channel: single days far above the rest run out of it rather than flatten all others. The
    threshold, where the bars begin, and zero are always on it."""
    usual, highest, lowest = (
        (float(v) for v in np.quantile(values.to_numpy(), [0.95, 1, 0])) if len(values) else (limit,) * 3
    )
    top = max(min(highest, limit + 1.6 * max(usual - limit, 0.1)), limit, 0.0)
    bottom = min(lowest, limit, 0.0)
    room = 0.06 * (top - bottom or 1.0)
    return bottom - room, top + room

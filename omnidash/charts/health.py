"""Charts of the health screen: share of traffic with its limit, and the ROI of each channel against its threshold."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import plotly.graph_objects as go
import polars as pl

from omnidash.charts.theme import ChannelColors, faded, figure

_LABELLED = 4  # lines drawn in colour with a label at their end; the rest stay grey


def share_over_time(
    shares: pl.DataFrame,
    *,
    limit: float,
    limit_label: str,
    colors: ChannelColors,
    name: Callable[[str], str],
    tick_format: str,
    date_format: str,
    height: int = 330,
) -> go.Figure:
    """Lines of each channel's trailing share. ``shares``: day Date, channel String, share Float64 (0…1)."""
    chart = figure(colors, height=height)
    latest = (
        shares.sort("day")
        .group_by("channel")
        .agg(pl.col("share").last())
        .sort("share", "channel", descending=[True, False])
    )
    foremost = latest["channel"].to_list()[:_LABELLED]
    ends = _spread([float(s) for s in latest["share"].to_list()[:_LABELLED]], gap=0.035)
    for channel in [c for c in latest["channel"] if c not in foremost] + foremost[::-1]:
        line = shares.filter(pl.col("channel") == channel).sort("day")
        is_foremost = channel in foremost
        color = colors.of_channel(channel) if is_foremost else colors.rest
        chart.add_scatter(
            x=line["day"],
            y=line["share"].to_numpy(),
            mode="lines",
            line={"color": color, "width": 2.4 if is_foremost else 1.1},
            opacity=1 if is_foremost else 0.7,
            name=name(channel),
            hovertemplate="%{x|" + date_format + "} · %{y:" + tick_format + "}<extra>" + name(channel) + "</extra>",
        )
        if is_foremost:
            chart.add_annotation(
                x=line["day"][-1],
                y=ends[foremost.index(channel)],
                text=name(channel),
                xanchor="left",
                xshift=6,
                showarrow=False,
                font={"color": color, "size": 13},
            )
    chart.add_hline(y=limit, line={"color": colors.alert, "dash": "dash", "width": 1.4})
    chart.add_annotation(
        xref="paper",
        x=0,
        y=limit,
        text=limit_label,
        xshift=4,
        xanchor="left",
        yanchor="bottom",
        showarrow=False,
        bgcolor=faded(colors.paper, 0.85),  # readable where a line passes behind it
        font={"color": colors.alert, "size": 13},
    )
    chart.update_yaxes(tickformat=tick_format, rangemode="tozero")
    days = shares["day"].unique().sort()
    # Four days are few enough for a telephone, where Plotly would turn more on their side and into each other.
    ticks = [days[round(at * (len(days) - 1) / 3)] for at in range(4)] if len(days) > 3 else days.to_list()
    chart.update_xaxes(tickformat=date_format, tickvals=ticks, tickangle=0, range=[days[0], days[-1]])
    chart.update_layout(margin={"r": 104, "l": 8, "t": 12, "b": 8})
    return chart


def roi_multiples(
    daily: pl.DataFrame,
    *,
    thresholds: dict[str, float],
    colors: ChannelColors,
    name: Callable[[str], str],
    columns: int = 2,
    tick_format: str,
    date_format: str,
) -> go.Figure:
    """One small bar chart per channel: daily ROI, red below the channel's threshold, lighter where the day is
    immature. ``daily``: day, channel, roi, status.

    The figure is put together as plain values and checked once: grown panel by panel, Plotly checks the whole of it
    again with every axis and line, which took a second for ten channels.
    """
    channels = list(dict.fromkeys(daily["channel"].to_list()))
    axis_format = date_format.replace("月", "/").replace("日", "")  # panels are narrow on a telephone
    rows = max(1, -(-len(channels) // columns))
    chart = figure(colors, height=70 + 122 * rows)
    layout: dict[str, Any] = {"margin": {"l": 40, "r": 8, "t": 30, "b": 28}, "bargap": 0.15}
    layout["shapes"], layout["annotations"] = [], []
    traces = []
    for index, channel in enumerate(channels):
        across, down = _panel(index, rows=rows, columns=columns)
        axis = "" if index == 0 else str(index + 1)
        line = daily.filter(pl.col("channel") == channel).drop_nulls("roi").sort("day")
        limit = thresholds[channel]
        below = (line["roi"] < limit).to_list()
        traces.append(
            {
                "type": "bar",
                "xaxis": f"x{axis}",
                "yaxis": f"y{axis}",
                "x": line["day"].to_list(),
                "y": line["roi"].to_numpy() - limit,
                "base": limit,
                "marker": {
                    "color": [colors.alert if b else colors.of_channel(channel) for b in below],
                    "opacity": [0.35 if status in ("immature", "too_few") else 1.0 for status in line["status"]],
                    "line": {"width": 0},
                },
                "hovertemplate": f"%{{x|{date_format}}} · %{{customdata:{tick_format}}}<extra>{name(channel)}</extra>",
                "customdata": line["roi"].to_numpy(),
            }
        )
        layout[f"xaxis{axis}"] = {
            "domain": across,
            "anchor": f"y{axis}",
            "showgrid": False,
            "zeroline": False,
            "tickformat": axis_format,
            "nticks": 3,
            "tickangle": 0,
            "linecolor": colors.faint,
        }
        layout[f"yaxis{axis}"] = {
            "domain": down,
            "anchor": f"x{axis}",
            "range": _readable_range(line["roi"], limit),
            "gridcolor": colors.faint,
            "zeroline": False,
            "tickformat": tick_format,
            "nticks": 4,
            "automargin": True,
        }
        threshold = {"xref": f"x{axis} domain", "x0": 0, "x1": 1, "yref": f"y{axis}", "y0": limit, "y1": limit}
        layout["shapes"].append({"type": "line", **threshold, "line": {"color": colors.ink, "width": 1}})
        title = {"xref": "paper", "x": sum(across) / 2, "yref": "paper", "y": down[1], "yshift": 2}
        look = {"xanchor": "center", "yanchor": "bottom", "showarrow": False, "font": {"size": 13}}
        layout["annotations"].append({"text": f"<b>{name(channel)}</b>", **title, **look})
    return go.Figure(traces, chart.layout.to_plotly_json() | layout)


def _panel(index: int, *, rows: int, columns: int) -> tuple[list[float], list[float]]:
    """Where the panel of that number stands, from left to right and from the top down: its span across and up."""
    row, column = divmod(index, columns)
    gap_across, gap_down = 0.16, 0.34 / rows
    width = (1 - gap_across * (columns - 1)) / columns
    height = (1 - gap_down * (rows - 1)) / rows
    left, top = column * (width + gap_across), 1 - row * (height + gap_down)
    return [left, min(left + width, 1.0)], [max(top - height, 0.0), top]


def contributions(
    names: Sequence[str], changes: Sequence[float], texts: Sequence[str], *, colors: ChannelColors, unit: str
) -> go.Figure:
    """What each channel added to or took from the change of a total: bars to the right and left of zero."""
    chart = figure(colors, height=40 + 31 * len(names))
    widest = max((abs(change) for change in changes), default=1.0) or 1.0
    chart.add_bar(
        y=list(names),
        x=list(changes),
        orientation="h",
        text=list(texts),
        textposition="outside",
        cliponaxis=False,
        marker={"color": [colors.good if change >= 0 else colors.alert for change in changes]},
        hovertemplate="%{y}: " + unit + "%{x:,.0f}<extra></extra>",
    )
    chart.add_vline(x=0, line={"color": colors.ink, "width": 1})
    chart.update_yaxes(autorange="reversed", showgrid=False, type="category")
    # Room for the amounts beside the bars, on the side of losses only where there are any.
    loss = max(0.0, -min(changes, default=0.0))
    chart.update_xaxes(visible=False, range=[-(loss + 0.45 * widest) if loss else 0, 1.6 * widest])
    return chart


def case_over_time(
    days: pl.Series,
    values: pl.Series,
    *,
    fired_on: date,
    fired_label: str,
    limit: float | None,
    expected: pl.Series | None,
    lower: pl.Series | None,
    is_bad_above: bool,
    colors: ChannelColors,
    expected_label: str,
    tick_format: str,
    date_format: str,
    height: int = 300,
) -> go.Figure:
    """The days of a case as bars, bad ones red, with the limit or what was expected, and the alarm marked."""
    chart = figure(colors, height=height)
    line = limit
    bad = [False] * len(values)
    if lower is not None:
        bad = [low is not None and value < low for value, low in zip(values, lower, strict=True)]
    elif line is not None:
        bad = [value > line if is_bad_above else value < line for value in values]
    chart.add_bar(
        x=days,
        y=values.to_numpy(),
        marker={"color": [colors.alert if b else colors.accent for b in bad], "line": {"width": 0}},
        hovertemplate="%{x|" + date_format + "} · %{y:" + tick_format + "}<extra></extra>",
    )
    if expected is not None:
        chart.add_scatter(
            x=days,
            y=expected.to_numpy(),
            mode="lines",
            line={"color": colors.ink, "width": 1.6, "dash": "dot"},
            name=expected_label,
            hovertemplate=expected_label + " %{y:" + tick_format + "}<extra></extra>",
        )
    if limit is not None:
        chart.add_hline(y=limit, line={"color": colors.ink, "width": 1.2, "dash": "dash"})
    chart.add_shape(
        type="line", x0=fired_on, x1=fired_on, yref="paper", y0=0, y1=1, line={"color": colors.ink, "width": 1.2}
    )
    chart.add_annotation(
        x=fired_on,
        yref="paper",
        y=1,
        text=fired_label,
        xanchor="right",
        yanchor="bottom",
        showarrow=False,
        font={"size": 13},
    )
    chart.update_yaxes(tickformat=tick_format)
    chart.update_xaxes(tickformat=date_format, nticks=8)
    chart.update_layout(margin={"t": 26, "l": 8, "r": 8, "b": 8})
    return chart


def alarms_per_month(
    limits: Sequence[str], per_month: Sequence[float], *, chosen: int, colors: ChannelColors
) -> go.Figure:
    """Alarms a month under each limit; the chosen one stands out."""
    chart = figure(colors, height=230)
    chart.add_bar(
        x=list(limits),
        y=list(per_month),
        text=[f"{value:.1f}" for value in per_month],
        textposition="outside",
        cliponaxis=False,
        marker={"color": [colors.accent if i == chosen else colors.rest for i in range(len(limits))]},
        hovertemplate="%{x}: %{y:.2f}<extra></extra>",
    )
    chart.update_xaxes(type="category")
    chart.update_yaxes(visible=False, range=[0, 1.25 * max([*per_month, 0.1])])
    return chart


def streak_calendar(
    days: pl.DataFrame,
    *,
    status_text: Callable[[str], str],
    weekdays: Sequence[str],
    month: Callable[[int], str],
    colors: ChannelColors,
) -> go.Figure:
    """One square per day, weeks from left to right: red below the threshold, hatched where the day cannot be judged.
    ``days``: [day, roi, status] of one channel (``roi_streak.roi_days``), without gaps."""
    ordered = days.sort("day")
    first: date = ordered["day"][0]
    place = [(day - first).days + first.weekday() for day in ordered["day"]]
    chart = figure(colors, height=230)
    looks = {
        "below": (colors.alert, ""),
        "above": (colors.good, ""),
        "no_spend": (faded(colors.rest, 0.25), ""),
        "spread": (faded(colors.rest, 0.35), "/"),
        "missing": (faded(colors.rest, 0.35), "x"),
        "immature": (faded(colors.good, 0.3), "/"),
        "too_few": (faded(colors.rest, 0.35), ""),
        "not_closed": (faded(colors.rest, 0.12), "."),
    }
    for status, (color, shape) in looks.items():
        rows = [i for i, value in enumerate(ordered["status"]) if value == status]
        if not rows:
            continue
        rois = [ordered["roi"][i] for i in rows]
        chart.add_bar(
            x=[place[i] // 7 for i in rows],
            y=[0.86] * len(rows),
            base=[6 - place[i] % 7 - 0.43 for i in rows],
            width=0.86,
            marker={
                "color": color,
                "line": {"width": 0},
                "pattern": {"shape": shape, "fgcolor": colors.ink, "size": 4},
            },
            customdata=[
                [ordered["day"][i].strftime("%Y-%m-%d"), "–" if roi is None else f"{roi:.0%}"]
                for i, roi in zip(rows, rois, strict=True)
            ],
            hovertemplate="%{customdata[0]} · " + status_text(status) + " · ROI %{customdata[1]}<extra></extra>",
            name=status_text(status),
        )
    weeks = range(0, place[-1] // 7 + 1)
    months = [
        (week, first + timedelta(days=7 * week - first.weekday()))
        for week in weeks
        if (first + timedelta(days=7 * week - first.weekday())).day <= 7
    ]
    chart.update_layout(
        barmode="overlay",
        showlegend=True,
        legend={"orientation": "h", "y": -0.2, "x": 0, "font": {"size": 13}},
        margin={"t": 8, "l": 8, "r": 8, "b": 8},
    )
    chart.update_yaxes(
        tickvals=[6, 4, 2, 0], ticktext=[weekdays[i] for i in (0, 2, 4, 6)], showgrid=False, range=[-0.6, 6.6]
    )
    chart.update_xaxes(
        tickvals=[week for week, _day in months],
        ticktext=[month(day.month) for _week, day in months],
        tickangle=0,
        range=[-0.6, max(place[-1] // 7, 11) + 0.6],
    )
    return chart


def _readable_range(values: pl.Series, limit: float) -> list[float] | None:
    """The axis of one channel: single days far above the rest run out of it rather than flatten all others. The
    threshold, where the bars begin, and zero are always on it."""
    if values.is_empty():
        return None
    usual, highest, lowest = (float(v) for v in np.quantile(values.to_numpy(), [0.95, 1, 0]))
    top = max(min(highest, limit + 1.6 * max(usual - limit, 0.1)), limit, 0.0)
    bottom = min(lowest, limit, 0.0)
    room = 0.06 * (top - bottom or 1.0)
    return [bottom - room, top + room]


def _spread(heights: list[float], *, gap: float) -> list[float]:
    """Label heights (highest first) moved apart so that no two overlap."""
    placed: list[float] = []
    for height in heights:
        placed.append(min(height, placed[-1] - gap) if placed else height)
    return placed

"""Charts of the health screen: share of traffic with its limit, and the ROI of each channel against its threshold."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go
import polars as pl

from omnidash.charts.theme import (
    EDGE,
    TEXT_SIZE,
    ChannelColors,
    amount_written,
    beside_bars,
    faded,
    few_days,
    figure,
    house_layout,
    text_width,
)

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
    latest = (
        shares.sort("day")
        .group_by("channel")
        .agg(pl.col("share").last())
        .sort("share", "channel", descending=[True, False])
    )
    foremost, rest = latest["channel"].to_list()[:_LABELLED], latest["channel"].to_list()[_LABELLED:]
    lines = {
        str(channel): line.sort("day") for (channel,), line in shares.partition_by("channel", as_dict=True).items()
    }
    hover = f"%{{x|{date_format}}} · %{{y:{tick_format}}}<extra>"
    traces = (
        [
            _grey_lines([lines[channel] for channel in rest], colors, name)
            | {"hovertemplate": f"{hover}%{{customdata}}</extra>"}
        ]
        if rest
        else []
    )
    for channel in foremost[::-1]:
        traces.append(
            {
                "x": [day.isoformat() for day in lines[channel]["day"]],
                "y": lines[channel]["share"].to_list(),
                "line": {"color": colors.of_channel(channel), "width": 2.4},
                "name": name(channel),
                "hovertemplate": f"{hover}{name(channel)}</extra>",
            }
        )
    days = shares["day"].unique().sort()
    tints = [colors.of_channel(channel) for channel in foremost]
    ends = {
        "mode": "text",
        "x": [lines[channel]["day"][-1].isoformat() for channel in foremost],
        "y": _spread([float(s) for s in latest["share"].to_list()[:_LABELLED]], gap=0.035),
        "text": [f" {name(channel)}" for channel in foremost],
        "textposition": "middle right",
        "textfont": {"color": tints, "size": TEXT_SIZE},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    highest = max(float(shares["share"].max() or 0.0), limit)  # type: ignore[arg-type]
    layout = house_layout(colors, height=height, beside=[f"{highest:.0%}"])
    right = EDGE + max(text_width(f" {name(channel)}") for channel in foremost)
    layout["margin"] |= {"r": right, "t": 12}
    layout["shapes"] = [
        {
            "type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": limit, "y1": limit,
            "line": {"color": colors.alert, "dash": "dash", "width": 1.4},
        }
    ]  # fmt: skip
    layout["annotations"] = [
        {
            "xref": "paper", "x": 0, "y": limit, "text": limit_label, "xshift": 4, "xanchor": "left",
            "yanchor": "bottom", "showarrow": False, "font": {"color": colors.alert, "size": TEXT_SIZE},
            "bgcolor": faded(colors.paper, 0.85),  # readable where a line passes behind it
        }
    ]  # fmt: skip
    layout["yaxis"] |= {"tickformat": tick_format, "rangemode": "tozero"}
    layout["xaxis"] |= {
        "type": "date", "tickformat": date_format, "tickvals": few_days(days.to_list()), "tickangle": 0,
        "range": [days[0].isoformat(), days[-1].isoformat()],
    }  # fmt: skip
    return go.Figure([{"type": "scatter", "mode": "lines", **trace} for trace in [*traces, ends]], layout)


def _grey_lines(lines: Sequence[pl.DataFrame], colors: ChannelColors, name: Callable[[str], str]) -> dict[str, Any]:
    """Lines of one colour as one broken line."""
    x: list[str | None] = []
    y: list[float | None] = []
    told: list[str] = []
    for line in lines:
        x += [*(day.isoformat() for day in line["day"]), None]
        y += [*line["share"].to_list(), None]
        told += [name(line["channel"][0])] * (len(line) + 1)
    return {
        "x": x,
        "y": y,
        "line": {"color": colors.rest, "width": 1.1},
        "opacity": 0.7,
        "customdata": told,
    }


def contributions(
    names: Sequence[str], changes: Sequence[float], texts: Sequence[str], *, colors: ChannelColors, unit: str
) -> go.Figure:
    """What each channel added to or took from the change of a total: bars to the right and left of zero."""
    chart = figure(colors, height=40 + 31 * len(names), beside=names, is_labelled_below=False)
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
    # Room for the amounts beside the bars; on the side of losses only where there are any.
    loss, gain = max(0.0, -min(changes, default=0.0)), max(0.0, *changes, 0.0)
    right = beside_bars([text for change, text in zip(changes, texts, strict=True) if change >= 0])
    left = beside_bars([text for change, text in zip(changes, texts, strict=True) if change < 0]) if loss else 0
    chart.update_yaxes(ticklabelstandoff=left + 6)
    chart.update_xaxes(visible=False, range=[-loss, gain or widest])
    chart.update_layout(margin={"l": chart.layout.margin.l + left, "r": right})
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
    highest = max((abs(value) for value in values if value is not None), default=0.0)
    longest = amount_written(highest, is_percent=tick_format.endswith("%"))
    chart = figure(colors, height=height, beside=[longest])
    line = limit
    bad = [False] * len(values)
    if lower is not None:
        bad = [low is not None and value < low for value, low in zip(values, lower, strict=True)]
    elif line is not None:
        bad = [value > line if is_bad_above else value < line for value in values]
    chart.add_bar(
        x=[day.isoformat() for day in days],
        y=values.to_list(),
        marker={"color": [colors.alert if b else colors.accent for b in bad], "line": {"width": 0}},
        hovertemplate="%{x|" + date_format + "} · %{y:" + tick_format + "}<extra></extra>",
    )
    if expected is not None:
        chart.add_scatter(
            x=[day.isoformat() for day in days],
            y=expected.to_list(),
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
    chart.update_xaxes(type="date", tickformat=date_format, tickvals=few_days(days.to_list()), tickangle=0)
    chart.update_layout(margin={"t": 26})
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
    """One square per day, weeks from left to right: red below the threshold, blue at or above it (not green, which
    many cannot tell from red), hatched where the day cannot be judged.
    ``days``: [day, roi, status] of one channel (``roi_streak.roi_days``), without gaps."""
    ordered = days.sort("day")
    first: date = ordered["day"][0]
    place = [(day - first).days + first.weekday() for day in ordered["day"]]
    chart = figure(colors, height=230, beside=weekdays)
    looks = {
        "below": (colors.alert, ""),
        "below_window": (faded(colors.alert, 0.6), ""),
        "above": (colors.accent, ""),
        "above_window": (faded(colors.accent, 0.6), ""),
        "no_spend": (faded(colors.rest, 0.25), ""),
        "spread": (faded(colors.rest, 0.35), "/"),
        "missing": (faded(colors.rest, 0.35), "x"),
        "immature": (faded(colors.accent, 0.3), "/"),
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
        margin={"b": 56},  # months, and the legend below them
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


def _spread(heights: list[float], *, gap: float) -> list[float]:
    """Label heights (highest first) moved apart so that no two overlap."""
    placed: list[float] = []
    for height in heights:
        placed.append(min(height, placed[-1] - gap) if placed else height)
    return placed

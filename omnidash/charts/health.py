"""Charts of the health screen: share of traffic with its limit, and the ROI of each channel against its threshold."""

from collections.abc import Callable, Sequence

import numpy as np
import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from omnidash.charts.theme import ChannelColors, figure

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
        font={"color": colors.alert, "size": 13},
    )
    chart.update_yaxes(tickformat=tick_format, rangemode="tozero")
    chart.update_xaxes(tickformat=date_format, nticks=7, range=[shares["day"].min(), shares["day"].max()])
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
    """One small bar chart per channel: daily ROI, red below the channel's threshold. ``daily``: day, channel, roi."""
    channels = list(dict.fromkeys(daily["channel"].to_list()))
    rows = max(1, -(-len(channels) // columns))
    chart = make_subplots(
        rows=rows,
        cols=columns,
        subplot_titles=[f"<b>{name(c)}</b>" for c in channels],
        shared_xaxes=False,
        vertical_spacing=0.34 / rows,
        horizontal_spacing=0.16,
    )
    chart.update_layout(figure(colors, height=70 + 122 * rows).layout)
    for index, channel in enumerate(channels):
        row, column = divmod(index, columns)
        line = daily.filter(pl.col("channel") == channel).drop_nulls("roi").sort("day")
        limit = thresholds[channel]
        below = (line["roi"] < limit).to_list()
        chart.add_bar(
            x=line["day"],
            y=line["roi"].to_numpy() - limit,
            base=limit,
            marker={"color": [colors.alert if b else colors.of_channel(channel) for b in below], "line": {"width": 0}},
            hovertemplate="%{x|"
            + date_format
            + "} · %{customdata:"
            + tick_format
            + "}<extra>"
            + name(channel)
            + "</extra>",
            customdata=line["roi"].to_numpy(),
            row=row + 1,
            col=column + 1,
        )
        chart.update_yaxes(range=_readable_range(line["roi"], limit), row=row + 1, col=column + 1)
        chart.add_hline(y=limit, line={"color": colors.ink, "width": 1}, row=row + 1, col=column + 1)
    chart.update_xaxes(showgrid=False, tickformat=date_format, nticks=3, linecolor=colors.faint)
    chart.update_yaxes(gridcolor=colors.faint, zeroline=False, tickformat=tick_format, nticks=4, automargin=True)
    chart.update_annotations(font={"size": 13}, yshift=2)
    chart.update_layout(margin={"l": 40, "r": 8, "t": 30, "b": 28}, bargap=0.15)
    return chart


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
    chart.update_xaxes(visible=False, range=[-(loss + 0.45 * widest) if loss else 0, 1.4 * widest])
    return chart


def _readable_range(values: pl.Series, limit: float) -> list[float] | None:
    """The axis of one channel: single days far above the rest run out of it rather than flatten all others."""
    if values.is_empty():
        return None
    usual, highest, lowest = (float(v) for v in np.quantile(values.to_numpy(), [0.95, 1, 0]))
    top = min(highest, limit + 1.6 * max(usual - limit, 0.1))
    bottom = min(lowest, limit)
    room = 0.06 * (top - bottom or 1.0)
    return [bottom - room, top + room]


def _spread(heights: list[float], *, gap: float) -> list[float]:
    """Label heights (highest first) moved apart so that no two overlap."""
    placed: list[float] = []
    for height in heights:
        placed.append(min(height, placed[-1] - gap) if placed else height)
    return placed

"""Charts of the attribution screen: models side by side, last touch against a model, matrix of pairs, geo test."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import polars as pl

from omnidash.charts.theme import TEXT_SIZE, ChannelColors, add_band, faded, few_days, figure, house_layout, scrolled

_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "hexagon", "triangle-down", "x")
_ROW = 0.62  # of the distance between two channels, for the models of one channel
_ROOM, _PER_MODEL = 22, 13  # pixels between two channels
_CAP_PIXELS = 3


def models_side_by_side(
    channels: Sequence[str],
    credit: Mapping[str, Mapping[str, tuple[float, float, float]]],
    *,
    titles: Mapping[str, str],
    chosen: str,
    colors: ChannelColors,
    name: Callable[[str], str],
    tick_format: str,
) -> go.Figure:
    """One line per channel, one dot per model, whiskers from low to high. ``credit``: model → channel → (value, low,
    high). The chosen model is filled, the others are outlined."""
    count = max(len(credit), 1)
    labels = [name(channel) for channel in channels]
    tints = [colors.of_channel(channel) for channel in channels]
    traces, whiskers = [], []
    cap = _CAP_PIXELS / (_ROOM + _PER_MODEL * count)
    for index, (model, of_channel) in enumerate(credit.items()):
        is_chosen = model == chosen
        symbol = _SYMBOLS[index % len(_SYMBOLS)]
        points = [of_channel.get(channel, (0.0, 0.0, 0.0)) for channel in channels]
        offset = (index - (count - 1) / 2) * _ROW / count
        ends = f"%{{customdata[1]:{tick_format}}} … %{{customdata[2]:{tick_format}}}"
        whiskers.append(
            {
                "type": "path",
                "path": "".join(
                    _whisker(low, high, place + offset, cap) for place, (_, low, high) in enumerate(points)
                ),
                "line": {"color": faded(colors.ink, 0.45), "width": 1.2},
                "layer": "between",
                "legendgroup": model,  # so that they go where the legend puts the model away
            }
        )
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "legendgroup": model,
                "x": [point[0] for point in points],
                "y": [place + offset for place in range(len(channels))],
                "name": titles[model],
                "marker": {
                    "color": tints,
                    "size": 12 if is_chosen else 9,
                    "symbol": symbol if is_chosen else f"{symbol}-open",
                    "line": {"width": 2, "color": tints},
                },
                "customdata": [(label, low, high) for label, (_, low, high) in zip(labels, points, strict=True)],
                "hovertemplate": f"%{{customdata[0]}}: %{{x:{tick_format}}} ({ends})<extra>{titles[model]}</extra>",
                "showlegend": True,
            }
        )
    layout = house_layout(colors, height=96 + (_ROOM + _PER_MODEL * count) * len(channels), beside=labels)
    layout["margin"] |= {"r": 16, "t": 40}
    layout["showlegend"] = True
    layout["legend"] = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "itemsizing": "constant"}
    between = "".join(f"M0,{place - 0.5}L1,{place - 0.5}" for place in range(1, len(channels)))
    line = {"type": "path", "xref": "paper", "path": between, "line": {"color": colors.faint, "width": 1}}
    layout["shapes"] = [line, *whiskers] if between else whiskers
    layout["xaxis"] |= {
        "tickformat": tick_format, "showgrid": True, "gridcolor": colors.faint, "rangemode": "tozero",
    }  # fmt: skip
    layout["yaxis"] |= {
        "tickvals": list(range(len(channels))), "ticktext": labels, "range": [len(channels) - 0.5, -0.5],
        "showgrid": False,
    }  # fmt: skip
    return go.Figure(traces, layout)


def _whisker(low: float, high: float, at: float, cap: float) -> str:
    """A line with a stroke at either end: error bars would be drawn one by one, which is felt with fifty of them."""
    ends = "".join(f"M{end},{at - cap}L{end},{at + cap}" for end in (low, high))
    return f"M{low},{at}L{high},{at}{ends}"


def _whiskers(points: Sequence[tuple[float, float, float]], colors: ChannelColors) -> dict[str, Any]:
    """Error bars of (value, low, high)."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(high - value, 0.0) for value, _, high in points],
        "arrayminus": [max(value - low, 0.0) for value, low, _ in points],
        "color": faded(colors.ink, 0.45),
        "thickness": 1.2,
        "width": 3,
    }


def against_last_touch(
    labels: Sequence[str],
    relative: Sequence[tuple[float, float, float]],
    texts: Sequence[str],
    *,
    colors: ChannelColors,
) -> go.Figure:
    """Bars to the right where last touch undervalues a channel, to the left where it overvalues it; (value, low, high)
    as shares of the model's credit."""
    values = [value for value, _, _ in relative]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": list(labels),
        "x": values,
        "marker": {"color": [colors.accent if value >= 0 else colors.rest for value in values]},
        "width": 0.55,
        "error_x": _whiskers(relative, colors),
        "customdata": list(texts),
        "hovertemplate": "%{y}: %{customdata}<extra></extra>",
    }
    layout = house_layout(colors, height=60 + 34 * len(labels), beside=labels)
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1}
    layout["shapes"] = [{**zero, "line": {"color": colors.ink, "width": 1}}]
    layout["xaxis"] |= {"tickformat": "+.0%", "showgrid": True, "gridcolor": colors.faint}
    layout["yaxis"] |= {"autorange": "reversed", "showgrid": False, "type": "category"}
    return go.Figure([bars], layout)


def pair_matrix(
    channels: Sequence[str],
    values: Mapping[tuple[str, str], float],
    hover: Mapping[tuple[str, str], str],
    *,
    colors: ChannelColors,
    name: Callable[[str], str],
    text: Callable[[float], str],
) -> go.Figure:
    """A triangle: each pair of channels once, the darker the more the two bring together."""
    size = len(channels)
    grid = np.full((size, size), np.nan)
    told = np.full((size, size), "", dtype=object)
    shown = np.full((size, size), "", dtype=object)
    for row, a in enumerate(channels):
        for column, b in enumerate(channels[:row]):
            pair = (a, b) if (a, b) in values else (b, a)
            if pair in values:
                grid[row, column], told[row, column] = values[pair], hover[pair]
                shown[row, column] = text(values[pair])
    labels = [name(channel) for channel in channels]
    chart = figure(colors, height=110 + 36 * size, beside=labels[1:])
    chart.add_heatmap(
        z=grid[1:, :-1].tolist(),
        x=labels[:-1],
        y=labels[1:],
        customdata=told[1:, :-1].tolist(),
        text=shown[1:, :-1].tolist(),
        texttemplate="%{text}",
        textfont={"size": TEXT_SIZE, "color": colors.ink},
        hovertemplate="%{customdata}<extra></extra>",
        hoverongaps=False,
        colorscale=[[0, faded(colors.accent, 0.04)], [1, faded(colors.accent, 0.6)]],
        showscale=False,
        xgap=2,
        ygap=2,
    )
    chart.update_xaxes(type="category", tickangle=-35)
    chart.update_yaxes(type="category", autorange="reversed", showgrid=False)
    return scrolled(chart)


def geo_test(
    days: pl.DataFrame,
    *,
    colors: ChannelColors,
    observed: str,
    expected: str,
    date_format: str,
) -> go.Figure:
    """Treated regions day by day beside what the control leads to expect, with its band; the test is shaded."""
    chart = figure(colors, height=300)
    at = [day.isoformat() for day in days["day"]]
    add_band(chart, at, days["low"].to_list(), days["high"].to_list(), faded(colors.rest, 0.25))
    chart.add_scatter(
        x=at,
        y=days["expected"].to_list(),
        mode="lines",
        name=expected,
        line={"color": colors.rest, "width": 2, "dash": "dash"},
    )
    chart.add_scatter(
        x=at, y=days["observed"].to_list(), mode="lines", name=observed, line={"color": colors.accent, "width": 2}
    )
    tested = days.filter("is_test")["day"]
    if len(tested):
        chart.add_vrect(x0=tested[0], x1=tested[-1], fillcolor=faded(colors.accent, 0.08), line_width=0)
    chart.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    chart.update_xaxes(
        tickformat=date_format, hoverformat="%Y-%m-%d", tickvals=few_days(days["day"].to_list()), tickangle=0
    )
    chart.update_yaxes(tickformat="~s", rangemode="tozero")
    return chart

"""Charts of A/B tests: each variant against the control, and the difference day by day."""

from collections.abc import Sequence

import plotly.graph_objects as go
import polars as pl

from omnidash.charts.theme import ChannelColors, add_band, faded, few_days, figure, house_layout

_ROW = 54


def against_control(
    labels: Sequence[str],
    points: Sequence[tuple[float, float, float]],
    texts: Sequence[str],
    is_good: Sequence[bool | None],
    *,
    colors: ChannelColors,
    tick_format: str,
) -> go.Figure:
    """One dot per variant with its interval, (difference, low, high), around the line of no difference. ``is_good``:
    None where it may be chance."""
    tints = [colors.rest if good is None else colors.good if good else colors.alert for good in is_good]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [value for value, _, _ in points],
        "y": list(labels),
        "marker": {"size": 13, "color": tints},
        "customdata": list(texts),
        "hovertemplate": "%{y}: %{customdata}<extra></extra>",
    }
    bars = [
        {"type": "line", "x0": low, "x1": high, "y0": place, "y1": place, "line": {"color": tint, "width": 3}}
        for place, ((_, low, high), tint) in enumerate(zip(points, tints, strict=True))
    ]
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1}
    layout = house_layout(colors, height=70 + _ROW * len(labels), beside=labels)
    layout["shapes"] = [{**zero, "line": {"color": colors.ink, "width": 1}}, *bars]
    lowest, highest = min(0.0, *(low for _, low, _ in points)), max(0.0, *(high for _, _, high in points))
    edge = 0.06 * (highest - lowest or 1.0)
    layout["xaxis"] |= {
        "tickformat": tick_format, "showgrid": True, "gridcolor": colors.faint,
        "range": [lowest - edge, highest + edge],
    }  # fmt: skip
    layout["yaxis"] |= {"autorange": "reversed", "showgrid": False, "type": "category"}
    layout["margin"] |= {"r": 20}
    return go.Figure([dots], layout)


def difference_by_day(
    days: pl.DataFrame, *, colors: ChannelColors, texts: Sequence[str], tick_format: str, date_format: str
) -> go.Figure:
    """The difference of one variant as it would have been read on each day, with its interval. ``days``: [day,
    difference, low, high]."""
    chart = figure(colors, height=280)
    at = [day.isoformat() for day in days["day"]]
    add_band(chart, at, days["low"].to_list(), days["high"].to_list(), faded(colors.accent, 0.18))
    chart.add_scatter(
        x=at,
        y=days["difference"].to_list(),
        mode="lines",
        line={"color": colors.accent, "width": 2.5},
        customdata=list(texts),
        hovertemplate="%{x|" + date_format + "}: %{customdata}<extra></extra>",
    )
    chart.add_hline(y=0, line={"color": colors.ink, "width": 1})
    chart.update_xaxes(tickformat=date_format, tickvals=few_days(days["day"].to_list()), tickangle=0)
    chart.update_yaxes(tickformat=tick_format)
    return chart

"""Charts of the budget screen: spend before and after, and the response curve of one channel with its uncertainty."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from omnidash.charts.theme import TITLE_HEIGHT, ChannelColors, faded, figure, house_layout, text_width, ticks


def before_after(
    names: Sequence[str],
    today: Sequence[float],
    new: Sequence[float],
    tints: Sequence[str],
    texts: Sequence[str],
    *,
    today_label: str,
    new_label: str,
    unit: str,
    written: Callable[[float], str],
    colors: ChannelColors,
) -> go.Figure:
    """Two bars per channel: today (pale) and the new allocation (full), with the change beside them.
    ``written``: how an amount is written on the axis, here and below."""

    def bars(label: str, values: Sequence[float], paint: Sequence[str]) -> dict[str, Any]:
        hover = "%{y}: " + unit + "%{x:,.0f}<extra>" + label + "</extra>"
        axes = {"type": "bar", "orientation": "h", "y": list(names), "x": list(values)}
        return {**axes, "name": label, "marker": {"color": list(paint)}, "hovertemplate": hover, "showlegend": False}

    layout = house_layout(colors, height=70 + 46 * len(names), beside=names)
    layout |= {"barmode": "group", "bargroupgap": 0.08}
    layout["yaxis"] |= {"autorange": "reversed", "showgrid": False, "type": "category"}
    widest = max([*today, *new], default=1.0) or 1.0
    layout["xaxis"] |= {
        **ticks(0.0, widest * 1.3, written, most=4), "range": [0, widest * 1.3], "showgrid": True,
        "gridcolor": colors.faint,
    }  # fmt: skip
    beside = {"text": list(texts), "textposition": "outside", "cliponaxis": False}
    return go.Figure(
        [bars(today_label, today, [faded(t, 0.35) for t in tints]), bars(new_label, new, tints) | beside], layout
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoints:
    """A response curve sampled for drawing; all arrays have one entry per spend."""

    spend: np.ndarray
    revenue: np.ndarray
    low: np.ndarray
    high: np.ndarray
    is_seen: np.ndarray


def response_curve(
    points: CurvePoints,
    *,
    today: tuple[float, float],
    new: tuple[float, float],
    color: str,
    labels: dict[str, str],
    unit: str,
    written: Callable[[float], str],
    colors: ChannelColors,
) -> go.Figure:
    """Solid where spend was seen, dashed outside; the band holds 80 % of what is likely. ``labels``: today, new,
    spend, revenue, break_even."""
    hover = unit + "%{x:,.0f} → " + unit + "%{y:,.0f}<extra>"
    spend, widest, seen = points.spend.tolist(), float(points.spend[-1]), points.is_seen
    line = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    traces = [
        line | {
            "x": [*spend, *spend[::-1]], "y": [*points.high.tolist(), *points.low[::-1].tolist()],
            "fill": "toself", "fillcolor": faded(color, 0.16), "line": {"width": 0},
        },
        {
            "type": "scatter", "mode": "lines", "x": spend, "y": points.revenue.tolist(),
            "line": {"color": color, "width": 1.6, "dash": "dash"}, "hovertemplate": hover + "</extra>",
        },
        line | {
            "x": points.spend[seen].tolist(), "y": points.revenue[seen].tolist(), "line": {"color": color, "width": 3},
        },
        line | {"x": [0, widest], "y": [0, widest], "line": {"color": colors.rest, "width": 1, "dash": "dot"}},
    ]  # fmt: skip
    places = ((today, labels["today"], colors.paper), (new, labels["new"], color))
    for (x, y), label, inside in places[: 1 if today == new else 2]:
        marker = {"size": 12, "color": inside, "line": {"color": color, "width": 2.5}}
        traces.append(
            {
                "type": "scatter", "mode": "markers+text", "x": [x], "y": [y], "text": [label],
                "textposition": "top left", "cliponaxis": False, "marker": marker,
                "hovertemplate": hover + label + "</extra>",
            }
        )  # fmt: skip
    upright = ticks(0.0, max(float(points.high.max()), widest), written, most=6)
    layout = house_layout(colors, height=330, beside=upright["ticktext"])
    layout["margin"] |= {"l": layout["margin"]["l"] + TITLE_HEIGHT, "b": layout["margin"]["b"] + TITLE_HEIGHT}
    small = {"size": 13}
    below = {"text": labels["spend"], "font": small, "standoff": 6}
    layout["xaxis"] |= {**ticks(0.0, widest, written, most=4), "title": below, "range": [0, widest]}
    beside = {"text": labels["revenue"], "font": small, "standoff": 14}
    layout["yaxis"] |= {**upright, "title": beside, "rangemode": "tozero"}
    layout["annotations"] = [
        {
            # Above the end of the rising line, which would strike it through.
            "x": widest, "y": widest, "text": labels["break_even"], "xanchor": "right", "yanchor": "bottom",
            "yshift": 3, "showarrow": False, "font": {**small, "color": faded(colors.ink, 0.75)},
        }
    ]  # fmt: skip
    return go.Figure(traces, layout)


def scenario_bars(
    names: Sequence[str],
    scenarios: Sequence[tuple[str, Sequence[float]]],
    *,
    unit: str,
    written: Callable[[float], str],
    colors: ChannelColors,
) -> go.Figure:
    """A group of bars per channel, one bar per scenario, told apart by shade (hues are channels').
    From the fifth on shades repeat."""
    chart = figure(colors, height=90 + (14 + 13 * len(scenarios)) * len(names), beside=names)
    shades = (colors.accent, faded(colors.accent, 0.35), colors.ink, colors.rest)
    for k, (title, spend) in enumerate(scenarios):
        chart.add_bar(
            y=list(names),
            x=list(spend),
            orientation="h",
            name=title,
            marker={"color": shades[k % len(shades)]},
            hovertemplate="%{y}: " + unit + "%{x:,.0f}<extra>" + title + "</extra>",
        )
    chart.update_layout(barmode="group", showlegend=len(scenarios) > 1, legend={"orientation": "h", "y": 1.08})
    chart.update_yaxes(autorange="reversed", showgrid=False, type="category")
    widest = max((max(spend, default=0.0) for _title, spend in scenarios), default=0.0)
    chart.update_xaxes(**ticks(0.0, widest, written, most=4), showgrid=True, gridcolor=colors.faint)
    return chart


def moves_by_view(
    names: Sequence[str],
    changes: Sequence[tuple[str, Sequence[float | None], bool]],
    tints: Sequence[str],
    *,
    colors: ChannelColors,
) -> go.Figure:
    """One line per channel, one dot per view at the change it asks for; to the left of the middle the channel gives, to
    the right it takes. ``changes``: a view's title, its change by channel (None: it has no curve there) and whether it
    is of another basis, which is drawn as a diamond."""
    layout = house_layout(colors, height=110 + 34 * len(names))
    views = len(changes)
    traces = []
    for k, (title, change, is_other) in enumerate(changes):
        hover = "%{customdata}: %{x:+.0%}<extra>" + title + "</extra>"
        marker: dict[str, Any] = {"color": list(tints), "size": 8, "opacity": 0.75}
        if is_other:
            marker = {"size": 11, "symbol": "diamond", "color": colors.paper, "line": {"color": colors.ink, "width": 2}}
        traces.append(
            {
                "type": "scatter", "mode": "markers", "name": title, "x": list(change), "customdata": list(names),
                "y": [place + 0.4 * (k + 0.5 - views / 2) / views for place in range(len(names))],
                "marker": marker, "hovertemplate": hover,
            }
        )  # fmt: skip
    widest = max((abs(x) for _, change, _ in changes for x in change if x is not None), default=0.0) or 0.1
    layout["xaxis"] |= {
        "tickformat": "+.0%", "nticks": 5, "tickangle": 0, "range": [-1.12 * widest, 1.12 * widest], "showgrid": True,
        "gridcolor": colors.faint, "zeroline": True, "zerolinecolor": colors.rest, "zerolinewidth": 2,
    }  # fmt: skip
    layout["yaxis"] |= {
        "tickvals": list(range(len(names))), "ticktext": list(names), "range": [len(names) - 0.5, -0.5],
        "showgrid": False,
    }  # fmt: skip
    return go.Figure(traces, layout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one channel brings of something: today (None: not shown), under the plan, and the plan's interval."""

    name: str
    today: float | None
    plan: float | None
    low: float | None
    high: float | None
    tint: str


def readings(
    rows: Sequence[Reading],
    *,
    today_label: str,
    plan_label: str,
    prefix: str,
    tick_format: str,
    written: Callable[[float], str],
    colors: ChannelColors,
) -> go.Figure:
    """One line per channel: today as a ring, the plan as a dot, and a whisker over what is likely under the plan."""
    ends_of = [end for row in rows for end in (row.today, row.plan, row.low, row.high) if end is not None]
    lowest, highest = min([0.0, *ends_of]), max([0.0, *ends_of])
    layout = house_layout(colors, height=90 + 34 * len(rows))
    places, value = list(range(len(rows))), prefix + "%{x:" + tick_format + "}"
    whisker = {
        "type": "data", "symmetric": False, "color": faded(colors.ink, 0.45), "thickness": 1.4, "width": 4,
        "array": [_reach(row.plan, row.high) for row in rows],
        "arrayminus": [_reach(row.low, row.plan) for row in rows],
    }  # fmt: skip
    ends = prefix + "%{customdata[0]:" + tick_format + "} … " + prefix + "%{customdata[1]:" + tick_format + "}"
    tints = [row.tint for row in rows]
    dot = {"type": "scatter", "mode": "markers", "y": places, "text": [row.name for row in rows]}
    ring = {"size": 10, "color": colors.paper, "line": {"width": 2, "color": tints}}
    traces = [
        dot | {
            "x": [row.plan for row in rows], "name": plan_label, "error_x": whisker,
            "marker": {"size": 11, "color": tints}, "customdata": [(row.low, row.high) for row in rows],
            "hovertemplate": "%{text}: " + value + " (" + ends + ")<extra>" + plan_label + "</extra>",
        },
        dot | {
            "x": [row.today for row in rows], "name": today_label, "marker": ring,
            "hovertemplate": "%{text}: " + value + "<extra>" + today_label + "</extra>",
        },
    ]  # fmt: skip
    layout["xaxis"] |= {
        **ticks(lowest, highest, written, most=4), "showgrid": True,
        "gridcolor": colors.faint, "zeroline": True, "zerolinecolor": colors.rest, "rangemode": "tozero",
    }  # fmt: skip
    layout["yaxis"] |= {
        "tickvals": places, "ticktext": [row.name for row in rows], "range": [len(rows) - 0.5, -0.5],
        "showgrid": False,
    }  # fmt: skip
    return go.Figure(traces, layout)


def _reach(low: float | None, high: float | None) -> float:
    """From one end to the other, 0 where one is not known or they have changed places."""
    return 0.0 if low is None or high is None else max(high - low, 0.0)


def weekly_bars(
    weeks: Sequence[str],
    channels: Sequence[tuple[str, Sequence[float], str]],
    *,
    unit: str,
    written: Callable[[float], str],
    colors: ChannelColors,
) -> go.Figure:
    """One stacked bar per week; ``channels``: name, money per week, colour."""
    bars = [
        {
            "type": "bar", "x": list(weeks), "y": list(money), "name": name, "marker": {"color": color},
            "hovertemplate": "%{x} · " + name + ": " + unit + "%{y:,.0f}<extra></extra>",
        }
        for name, money, color in channels
    ]  # fmt: skip
    most = max((sum(week) for week in zip(*(money for _n, money, _c in channels), strict=True)), default=0.0)
    upright = ticks(0.0, most, written, most=6)
    layout = house_layout(colors, height=360, beside=upright["ticktext"]) | {"barmode": "stack", "showlegend": True}
    # Two names side by side on a telephone, six on a desk; below, where they take nothing off the bars.
    layout["legend"] = {
        "orientation": "h", "y": -0.16, "yanchor": "top", "x": -0.1, "traceorder": "normal",
        "entrywidth": max((text_width(name) for name, _money, _color in channels), default=0) + 8,
    }  # fmt: skip
    layout["height"] += 22 * -(-len(channels) // 2)
    layout["margin"]["b"] += 22 * -(-len(channels) // 2)
    layout["xaxis"] |= {"type": "category"}
    layout["yaxis"] |= upright
    return go.Figure(bars, layout)

"""Charts of the budget screen: spend before and after, and the response curve of one channel with its uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from omnidash.charts.theme import ChannelColors, faded, figure


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
    colors: ChannelColors,
) -> go.Figure:
    """Two bars per channel: today (pale) and the new allocation (full), with the change written beside them."""
    chart = figure(colors, height=70 + 46 * len(names))
    chart.add_bar(
        y=list(names),
        x=list(today),
        orientation="h",
        name=today_label,
        marker={"color": [faded(t, 0.35) for t in tints]},
        hovertemplate="%{y}: " + unit + "%{x:,.0f}<extra>" + today_label + "</extra>",
        showlegend=False,
    )
    chart.add_bar(
        y=list(names),
        x=list(new),
        orientation="h",
        name=new_label,
        marker={"color": list(tints)},
        text=list(texts),
        textposition="outside",
        cliponaxis=False,
        showlegend=False,
        hovertemplate="%{y}: " + unit + "%{x:,.0f}<extra>" + new_label + "</extra>",
    )
    widest = max([*today, *new], default=1.0) or 1.0
    chart.update_layout(barmode="group", bargroupgap=0.08)
    chart.update_yaxes(autorange="reversed", showgrid=False, type="category")
    chart.update_xaxes(
        range=[0, widest * 1.3], tickprefix=unit, tickformat=",.0f", nticks=5, showgrid=True, gridcolor=colors.faint
    )
    return chart


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
    colors: ChannelColors,
) -> go.Figure:
    """Solid where spend was seen, dashed outside; the band holds 80 % of what is likely. ``labels``: today, new,
    spend, revenue, break_even."""
    chart = figure(colors, height=330)
    chart.add_scatter(
        x=np.concatenate([points.spend, points.spend[::-1]]),
        y=np.concatenate([points.high, points.low[::-1]]),
        fill="toself",
        fillcolor=faded(color, 0.16),
        line={"width": 0},
        hoverinfo="skip",
    )
    chart.add_scatter(
        x=points.spend,
        y=points.revenue,
        mode="lines",
        line={"color": color, "width": 1.6, "dash": "dash"},
        hovertemplate=unit + "%{x:,.0f} → " + unit + "%{y:,.0f}<extra></extra>",
    )
    chart.add_scatter(
        x=points.spend[points.is_seen],
        y=points.revenue[points.is_seen],
        mode="lines",
        line={"color": color, "width": 3},
        hoverinfo="skip",
    )
    widest = float(points.spend[-1])
    chart.add_scatter(
        x=[0, widest],
        y=[0, widest],
        mode="lines",
        line={"color": colors.rest, "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )
    chart.add_annotation(
        x=widest,
        y=widest,
        text=labels["break_even"],
        xanchor="right",
        yanchor="top",
        showarrow=False,
        font={"color": colors.rest, "size": 13},
    )
    for (x, y), label, filled in ((today, labels["today"], False), (new, labels["new"], True)):
        chart.add_scatter(
            x=[x],
            y=[y],
            mode="markers+text",
            text=[label],
            textposition="top left",
            cliponaxis=False,
            marker={"size": 12, "color": color if filled else colors.paper, "line": {"color": color, "width": 2.5}},
            hovertemplate=unit + "%{x:,.0f} → " + unit + "%{y:,.0f}<extra>" + label + "</extra>",
        )
        if today == new:
            break
    chart.update_xaxes(
        title={"text": labels["spend"], "font": {"size": 13}},
        tickprefix=unit,
        tickformat=",.0f",
        range=[0, widest],
        nticks=6,
    )
    chart.update_yaxes(
        title={"text": labels["revenue"], "font": {"size": 13}},
        tickprefix=unit,
        tickformat=",.0f",
        rangemode="tozero",
        nticks=6,
    )
    return chart


def scenario_bars(
    names: Sequence[str], scenarios: Sequence[tuple[str, Sequence[float]]], *, unit: str, colors: ChannelColors
) -> go.Figure:
    """A group of bars per channel, one bar per scenario, told apart by shade (hues are channels')."""
    chart = figure(colors, height=90 + (14 + 13 * len(scenarios)) * len(names))
    for k, (title, spend) in enumerate(scenarios):
        chart.add_bar(
            y=list(names),
            x=list(spend),
            orientation="h",
            name=title,
            marker={"color": faded(colors.accent, 1.0 - 0.24 * k)},
            hovertemplate="%{y}: " + unit + "%{x:,.0f}<extra>" + title + "</extra>",
        )
    chart.update_layout(barmode="group", showlegend=len(scenarios) > 1, legend={"orientation": "h", "y": 1.08})
    chart.update_yaxes(autorange="reversed", showgrid=False, type="category")
    chart.update_xaxes(tickprefix=unit, tickformat=",.0f", nticks=5, showgrid=True, gridcolor=colors.faint)
    return chart

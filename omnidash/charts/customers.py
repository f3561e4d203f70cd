"""Charts of the customers screen: identifiers per person, the band between levels, one person's story."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import plotly.graph_objects as go

from omnidash.charts.theme import TICKS, TITLE_HEIGHT, ChannelColors, figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One event of a story. ``at``: local clock; ``lane``: label of its channel; ``credit``: conversions earned."""

    at: datetime
    lane: str
    color: str
    credit: float
    is_conversion: bool
    text: str


def sizes_columns(
    sizes: Sequence[int], persons: Sequence[int], texts: Sequence[str], *, colors: ChannelColors, axis: str
) -> go.Figure:
    """One column per number of identifiers, its count above it."""
    chart = figure(colors, height=250)
    chart.update_layout(margin={"b": TICKS + TITLE_HEIGHT})
    chart.add_bar(
        x=[str(size) for size in sizes],
        y=list(persons),
        text=list(texts),
        textposition="outside",
        cliponaxis=False,
        marker={"color": colors.accent},
        hovertemplate="%{x} " + axis + ": %{y:,}<extra></extra>",
    )
    chart.update_yaxes(visible=False, range=[0, max(persons, default=1) * 1.18])
    chart.update_xaxes(title={"text": axis, "font": {"size": 13}}, type="category")
    return chart


def level_band(
    levels: Sequence[str], values: Sequence[float | None], texts: Sequence[str], chosen: int, *, colors: ChannelColors
) -> go.Figure:
    """A line from the lowest to the highest value with a dot per level; the chosen one is filled. A level without a
    value has its text and no dot."""
    known = [value for value in values if value is not None]
    lowest, highest = min(known, default=0.0), max(known, default=0.0)
    chart = figure(colors, height=36 + 38 * len(levels), beside=levels, is_labelled_below=False)
    ends = [lowest, highest, None] if known else [None] * 3
    chart.add_scatter(
        x=ends * len(levels),
        y=[place for level in levels for place in (level, level, None)],
        mode="lines",
        line={"color": colors.faint, "width": 4},
        hoverinfo="skip",
    )
    is_chosen = [index == chosen for index in range(len(levels))]
    chart.add_scatter(
        x=list(values),
        y=list(levels),
        mode="markers",
        marker={
            "size": [15 if this else 12 for this in is_chosen],
            "color": [colors.accent if this else colors.paper for this in is_chosen],
            "line": {"color": colors.accent, "width": 2.5},
        },
        hoverinfo="skip",
    )
    for this, level, value, text in zip(is_chosen, levels, values, texts, strict=True):
        is_left = value is None or value < (lowest + highest) / 2
        chart.add_annotation(
            x=lowest if value is None else value,
            y=level,
            text=f"<b>{text}</b>" if this else text,
            xanchor="left" if is_left else "right",
            xshift=12 if is_left else -12,
            bgcolor=colors.paper,
            showarrow=False,
            font={"size": 13, "color": colors.ink},
        )
    room = 0.06 * (highest - lowest or 1.0)
    chart.update_xaxes(visible=False, range=[lowest - room, highest + room])
    chart.update_yaxes(autorange="reversed", showgrid=False, type="category")
    return chart


def story_strip(moments: Sequence[Moment], *, colors: ChannelColors, date_format: str) -> go.Figure:
    """Time to the right, one lane per channel in the order of first contact; larger dots earned more credit,
    diamonds are conversions with a line through all lanes."""
    lanes = list(dict.fromkeys(moment.lane for moment in moments))
    chart = figure(colors, height=64 + 34 * len(lanes), beside=lanes)
    for moment in moments:
        if moment.is_conversion:
            chart.add_vline(x=moment.at.isoformat(), line={"color": colors.good, "width": 1, "dash": "dot"})
    chart.add_scatter(
        x=[moment.at.isoformat() for moment in moments],
        y=[moment.lane for moment in moments],
        mode="markers",
        marker={
            "color": [colors.good if moment.is_conversion else moment.color for moment in moments],
            "size": [15 if moment.is_conversion else 9 + 12 * min(moment.credit, 1.0) for moment in moments],
            "symbol": ["diamond" if moment.is_conversion else "circle" for moment in moments],
            "opacity": [1 if moment.is_conversion or moment.credit else 0.55 for moment in moments],
            "line": {"width": 1, "color": colors.paper},
        },
        text=[moment.text for moment in moments],
        hovertemplate="%{text}<extra></extra>",
    )
    chart.update_yaxes(type="category", categoryorder="array", categoryarray=lanes[::-1], showgrid=True)
    chart.update_xaxes(tickformat=date_format, nticks=6, type="date")
    return chart

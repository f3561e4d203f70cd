"""Charts of the customers screen: identifiers per person, the band between levels, one person's story."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import plotly.graph_objects as go

from omnidash.charts.theme import EDGE, TEXT_SIZE, TICKS, TITLE_HEIGHT, ChannelColors, figure, house_layout

_TITLE_HEIGHT, _LEVEL_HEIGHT = 3 * TEXT_SIZE, 32  # pixels of a group's title and of a row below it


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
        constraintext="none",
        textangle=0,
        textfont={"size": 11},
        marker={"color": colors.accent},
        hovertemplate="%{x} " + axis + ": %{y:,}<extra></extra>",
    )
    chart.update_yaxes(visible=False, range=[0, max(persons, default=1) * 1.18])
    chart.update_xaxes(title={"text": axis, "font": {"size": 13}}, type="category")
    return chart


def level_bands(
    levels: Sequence[str],
    groups: Sequence[tuple[str, Sequence[float | None], Sequence[str]]],
    chosen: int,
    *,
    colors: ChannelColors,
) -> go.Figure:
    """One figure below the other, ``groups`` of (title, values, texts): a line from the lowest to the highest value
    with a dot per level; the chosen one is filled. A level without a value has its text and no dot."""
    per_group = _TITLE_HEIGHT + _LEVEL_HEIGHT * len(levels)
    whole = per_group * len(groups)
    layout = house_layout(colors, height=2 * EDGE + whole, beside=levels, is_labelled_below=False)
    annotations: list[dict[str, Any]] = []
    traces: list[dict[str, Any]] = []
    for number, (title, values, texts) in enumerate(groups):
        axis = str(number + 1) if number else ""
        top, bottom = 1 - number * per_group / whole, 1 - (number + 1) * per_group / whole
        known = [value for value in values if value is not None]
        lowest, highest = min(known, default=0.0), max(known, default=0.0)
        room = 0.06 * (highest - lowest or 1.0)
        layout[f"xaxis{axis}"] = {"visible": False, "range": [lowest - room, highest + room], "anchor": f"y{axis}"}
        layout[f"yaxis{axis}"] = {
            **layout["yaxis"],
            "autorange": "reversed",
            "showgrid": False,
            "type": "category",
            "anchor": f"x{axis}",
            "domain": [max(bottom, 0.0), top - _TITLE_HEIGHT / whole],
        }
        annotations.append(
            {
                "text": title, "x": 0, "y": top - _TITLE_HEIGHT / whole, "xref": "paper", "yref": "paper",
                "xanchor": "left", "yanchor": "bottom", "showarrow": False,
            }
        )  # fmt: skip
        ends = [lowest, highest, None] if known else [None] * 3
        where = {"type": "scatter", "xaxis": f"x{axis}", "yaxis": f"y{axis}", "hoverinfo": "skip"}
        traces.append(
            {
                **where,
                "x": ends * len(levels),
                "y": [place for level in levels for place in (level, level, None)],
                "mode": "lines",
                "line": {"color": colors.faint, "width": 4},
            }
        )
        traces.append({**where, **_dots(levels, values, chosen, colors)})
        annotations += [
            {**said, "xref": f"x{axis}", "yref": f"y{axis}", "bgcolor": colors.paper, "showarrow": False}
            for said in _written(levels, values, texts, chosen, lowest=lowest, middle=(lowest + highest) / 2)
        ]
    layout["annotations"] = annotations
    return go.Figure(traces, layout)


def _dots(levels: Sequence[str], values: Sequence[float | None], chosen: int, colors: ChannelColors) -> dict[str, Any]:
    is_chosen = [index == chosen for index in range(len(levels))]
    return {
        "x": list(values),
        "y": list(levels),
        "mode": "markers",
        "marker": {
            "size": [15 if this else 12 for this in is_chosen],
            "color": [colors.accent if this else colors.paper for this in is_chosen],
            "line": {"color": colors.accent, "width": 2.5},
        },
    }


def _written(
    levels: Sequence[str],
    values: Sequence[float | None],
    texts: Sequence[str],
    chosen: int,
    *,
    lowest: float,
    middle: float,
) -> list[dict[str, Any]]:
    """What the dots stand for, beside them: to the inner side of the line."""
    rows = []
    for index, (level, value, text) in enumerate(zip(levels, values, texts, strict=True)):
        is_left = value is None or value < middle
        rows.append(
            {
                "x": lowest if value is None else value,
                "y": level,
                "text": f"<b>{text}</b>" if index == chosen else text,
                "xanchor": "left" if is_left else "right",
                "xshift": 12 if is_left else -12,
            }
        )
    return rows


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

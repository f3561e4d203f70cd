"""Charts of the funnel: bars that can be clicked, rates by group, time to convert, trend, where the lost went."""

from collections.abc import Sequence
from datetime import date

import plotly.graph_objects as go

from omnidash.charts.theme import (
    TICKS,
    TITLE_HEIGHT,
    ChannelColors,
    add_band,
    amount_written,
    beside_bars,
    faded,
    few_days,
    figure,
)


def funnel_steps(
    labels: Sequence[str],
    reached: Sequence[int],
    still_open: Sequence[int],
    texts: Sequence[str],
    *,
    colors: ChannelColors,
    names: tuple[str, str, str],
    chosen: tuple[str, int] | None = None,
) -> go.Figure:
    """One bar per step: who reached it, and of those who reached the step before, who is still open and who is lost.

    ``still_open[k]``: open after step k + 1. Each piece carries ``[kind, step]`` as its custom data, the step at which
    its persons stand. ``names`` of the pieces: reached, still open, lost. ``chosen``: the piece that is outlined.
    """
    steps = list(range(len(labels)))
    open_before = [0, *still_open[: len(labels) - 1]]
    lost_before = [0, *(reached[k - 1] - reached[k] - open_before[k] for k in steps[1:])]
    chart = figure(colors, height=70 + 62 * len(labels), beside=labels)
    pieces = (
        ("reached", list(reached), colors.accent, [["reached", k + 1] for k in steps]),
        ("open", open_before, faded(colors.accent, 0.4), [["open", k] for k in steps]),
        ("lost", lost_before, faded(colors.accent, 0.13), [["lost", k] for k in steps]),
    )
    for (kind, values, color, data), name in zip(pieces, names, strict=True):
        chart.add_bar(
            y=steps,
            x=values,
            orientation="h",
            width=0.62,
            marker={"color": color, "line": {"color": colors.ink, "width": [2 * (tuple(d) == chosen) for d in data]}},
            unselected={"marker": {"opacity": 1}},
            customdata=data,
            name=name,
            hovertemplate="%{x:,} " + name + "<extra></extra>",
            showlegend=kind != "open" or any(open_before),
        )
    ends = [reached[max(k - 1, 0)] for k in steps]
    chart.add_scatter(
        y=steps,
        x=ends,
        mode="text",
        text=[f" {text}" for text in texts],
        textposition="middle right",
        cliponaxis=False,
        textfont={"size": 13, "color": colors.ink},
        unselected={"textfont": {"color": colors.ink}},
        hoverinfo="skip",
        showlegend=False,
    )
    chart.update_layout(
        barmode="stack",
        margin={"r": beside_bars(texts), "t": 30, "b": 4},
        showlegend=True,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    )
    chart.update_yaxes(
        tickvals=steps, ticktext=[f"<b>{label}</b>" for label in labels], autorange="reversed", showgrid=False
    )
    chart.update_xaxes(visible=False, range=[0, max(reached, default=1) or 1])
    return chart


def group_rates(
    keys: Sequence[str],
    rates: Sequence[float],
    intervals: Sequence[tuple[float, float]],
    texts: Sequence[str],
    bar_colors: Sequence[str],
    *,
    colors: ChannelColors,
    data: Sequence[str] = (),
) -> go.Figure:
    """Conversion rate of each group as horizontal bars with its interval; ``data``: what a click on a bar gives."""
    chart = figure(colors, height=50 + 34 * len(keys), beside=keys, is_labelled_below=False)
    places = list(range(len(keys)))
    chart.add_bar(
        y=places,
        x=list(rates),
        orientation="h",
        customdata=list(data) or None,
        marker={"color": list(bar_colors)},
        unselected={"marker": {"opacity": 1}},
        error_x={
            "type": "data",
            "array": [high - rate for rate, (_low, high) in zip(rates, intervals, strict=True)],
            "arrayminus": [rate - low for rate, (low, _high) in zip(rates, intervals, strict=True)],
            "color": colors.ink,
            "thickness": 1.2,
            "width": 3,
        },
        hoverinfo="skip",
    )
    furthest = max((high for _low, high in intervals), default=1.0) or 1.0
    chart.add_scatter(
        y=places,
        x=[max(rate, high) for rate, (_low, high) in zip(rates, intervals, strict=True)],
        mode="text",
        text=[f"  {text}" for text in texts],
        textposition="middle right",
        cliponaxis=False,
        textfont={"size": 13, "color": colors.ink},
        unselected={"textfont": {"color": colors.ink}},
        hoverinfo="skip",
    )
    chart.update_yaxes(tickvals=places, ticktext=list(keys), autorange="reversed", showgrid=False)
    chart.update_xaxes(visible=False, range=[0, furthest])
    chart.update_layout(margin={"r": beside_bars(texts, gap=12)})
    return chart


def time_histogram(
    from_days: Sequence[float],
    widths: Sequence[float],
    persons: Sequence[int],
    texts: Sequence[str],
    *,
    colors: ChannelColors,
    unit: str,
) -> go.Figure:
    """Converters by time to convert; ``from_days`` and ``widths`` in the unit the axis names."""
    chart = figure(colors, height=260, beside=[amount_written(max(persons, default=0))])
    chart.update_layout(margin={"b": TICKS + TITLE_HEIGHT})
    chart.add_bar(
        x=[start + width / 2 for start, width in zip(from_days, widths, strict=True)],
        y=list(persons),
        width=list(widths),
        marker={"color": colors.accent, "line": {"width": 1, "color": colors.paper}},
        customdata=list(texts),
        hovertemplate="%{customdata}: %{y:,}<extra></extra>",
    )
    chart.update_xaxes(title={"text": unit, "font": {"size": 13}}, rangemode="tozero")
    chart.update_yaxes(tickformat=",", rangemode="tozero")
    return chart


def rate_trend(
    days: Sequence[date],
    rates: Sequence[float | None],
    low: Sequence[float | None],
    high: Sequence[float | None],
    unfinished: Sequence[float | None],
    *,
    colors: ChannelColors,
    names: tuple[str, str],
    date_format: str,
) -> go.Figure:
    """Conversion by entry day with its interval; days whose windows are not over stand apart as hollow grey points."""
    chart = figure(colors, height=260, beside=["100%"])
    add_band(chart, days, low, high, faded(colors.accent, 0.15))
    marks = {"size": 5} if len(days) <= 60 else {"size": 3}
    chart.add_scatter(
        x=list(days),
        y=list(rates),
        mode="lines+markers",
        line={"color": colors.accent, "width": 2},
        marker=marks,
        hovertemplate="%{x|" + date_format + "}: %{y:.1%} " + names[0] + "<extra></extra>",
    )
    chart.add_scatter(
        x=list(days),
        y=list(unfinished),
        mode="markers",
        marker={"size": 7, "color": colors.paper, "line": {"width": 1.5, "color": colors.rest}},
        hovertemplate="%{x|" + date_format + "}: %{y:.1%} " + names[1] + "<extra></extra>",
    )
    chart.update_yaxes(tickformat=".0%", rangemode="tozero")
    chart.update_xaxes(tickformat=date_format, tickvals=few_days(days), tickangle=0)
    return chart


def two_rates(
    labels: Sequence[str],
    here: Sequence[float],
    there: Sequence[float],
    texts: Sequence[str],
    *,
    colors: ChannelColors,
    names: tuple[str, str],
) -> go.Figure:
    """Share of step 1 at each later step, of both sides, with the difference in words."""
    chart = figure(colors, height=80 + 62 * len(labels), beside=labels)
    places = list(range(len(labels)))
    for name, rates, color in ((names[0], here, colors.accent), (names[1], there, colors.rest)):
        chart.add_bar(
            y=places,
            x=list(rates),
            orientation="h",
            name=name,
            marker={"color": color},
            hovertemplate="%{x:.1%} " + name + "<extra></extra>",
        )
    furthest = max([*here, *there], default=1.0) or 1.0
    chart.add_scatter(
        y=places,
        x=[max(pair) for pair in zip(here, there, strict=True)],
        mode="text",
        text=[f"  {text}" for text in texts],
        textposition="middle right",
        cliponaxis=False,
        textfont={"size": 13, "color": colors.ink},
        hoverinfo="skip",
        showlegend=False,
    )
    chart.update_layout(
        barmode="group",
        showlegend=True,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        margin={"r": beside_bars(texts, gap=12), "t": 30, "b": 4},
    )
    chart.update_yaxes(tickvals=places, ticktext=list(labels), autorange="reversed", showgrid=False)
    chart.update_xaxes(visible=False, range=[0, furthest])
    return chart

"""Models side by side: one line per channel, one dot per model."""

from collections.abc import Callable, Mapping, Sequence

import plotly.graph_objects as go

from omnidash.charts.theme import ChannelColors, figure

_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "hexagon", "triangle-down")


def models_side_by_side(
    channels: Sequence[str],
    shares: Mapping[str, Mapping[str, float]],
    *,
    titles: Mapping[str, str],
    chosen: str,
    colors: ChannelColors,
    name: Callable[[str], str],
    tick_format: str,
) -> go.Figure:
    """``shares``: model → channel → share of the credit (0…1). The chosen model is filled, the others are outlined."""
    chart = figure(colors, height=90 + 44 * len(channels))
    labels = [name(channel) for channel in channels]
    for channel, label in zip(channels, labels, strict=True):
        values = [model_shares.get(channel, 0.0) for model_shares in shares.values()]
        chart.add_scatter(
            x=[min(values), max(values)],
            y=[label, label],
            mode="lines",
            line={"color": colors.faint, "width": 7},
            hoverinfo="skip",
            showlegend=False,
        )
    for index, (model, model_shares) in enumerate(shares.items()):
        tints = [colors.of_channel(channel) for channel in channels]
        is_chosen = model == chosen
        symbol = _SYMBOLS[index % len(_SYMBOLS)]
        chart.add_scatter(
            x=[model_shares.get(channel, 0.0) for channel in channels],
            y=labels,
            mode="markers",
            name=titles[model],
            marker={
                "color": tints,
                "size": 13 if is_chosen else 10,
                "symbol": symbol if is_chosen else f"{symbol}-open",
                "line": {"width": 2, "color": tints},
            },
            hovertemplate="%{y}: %{x:" + tick_format + "}<extra>" + titles[model] + "</extra>",
            showlegend=True,
        )
    chart.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    chart.update_xaxes(tickformat=tick_format, showgrid=True, gridcolor=colors.faint, rangemode="tozero")
    chart.update_yaxes(autorange="reversed", showgrid=False, type="category")
    return chart

"""Horizontal bars with a text behind each."""

from collections.abc import Sequence

import plotly.graph_objects as go

from omnidash.charts.theme import ChannelColors, beside_bars, figure


def labelled_bars(
    labels: Sequence[str],
    values: Sequence[float],
    texts: Sequence[str],
    bar_colors: Sequence[str],
    *,
    colors: ChannelColors,
) -> go.Figure:
    """Values as horizontal bars, in the given order; texts of two lines leave the bars room on a phone."""
    chart = figure(colors, height=40 + 38 * len(labels), beside=labels, is_labelled_below=False)
    places = list(range(len(labels)))  # two labels may be the same
    chart.add_bar(
        y=places,
        x=list(values),
        orientation="h",
        text=list(texts),
        textposition="outside",
        cliponaxis=False,
        marker={"color": list(bar_colors)},
        hoverinfo="skip",
    )
    chart.update_yaxes(tickvals=places, ticktext=list(labels), autorange="reversed", showgrid=False)
    chart.update_xaxes(visible=False, range=[0, max(values, default=1) or 1])
    chart.update_layout(margin={"r": beside_bars(texts)})
    return chart

"""The journey map: stage × channel, every cell with its volume, who went on and how soon."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from omnidash.charts.theme import ChannelColors, faded, figure, scrolled


def stage_matrix(
    stages: Sequence[str],
    channels: Sequence[str],
    texts: Sequence[Sequence[str]],
    against_others: np.ndarray,
    details: Sequence[Sequence[str]],
    *,
    colors: ChannelColors,
) -> go.Figure:
    """Rows: channels; columns: stages in order. ``against_others`` float64[channels, stages]: share that goes on less
    that of the other channels (-1 … 1; NaN: nothing to compare): amber where it is lower, green where higher."""
    reach = float(np.nanmax(np.abs(against_others), initial=0.0)) if np.isfinite(against_others).any() else 0.0
    limit = max(reach, 0.05)  # a difference of a point or two must not look like a fire
    chart = figure(colors, height=80 + 46 * len(channels), beside=channels, is_labelled_below=False)
    cells = {
        "x": list(stages),
        "y": list(channels),
        "xgap": 3,
        "ygap": 3,
        "showscale": False,
        "text": [list(row) for row in texts],
        "texttemplate": "%{text}",
        "textfont": {"size": 13, "color": colors.ink},
        "customdata": [list(row) for row in details],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    chart.add_heatmap(
        z=np.where(np.isfinite(against_others), against_others, 0.0).tolist(),
        zmin=-limit,
        zmax=limit,
        colorscale=[
            [0, faded(colors.warning, 0.55)],
            [0.5, faded(colors.rest, 0.1)],
            [1, faded(colors.good, 0.45)],
        ],
        **cells,
    )
    chart.update_xaxes(side="top", type="category", ticks="", showline=False, tickfont={"size": 14})
    chart.update_yaxes(autorange="reversed", type="category", showgrid=False, ticks="", showline=False)
    return scrolled(chart)

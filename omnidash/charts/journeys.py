"""Charts of the journeys screen: Sankey of paths, overlap matrix."""

from collections.abc import Callable, Sequence

import numpy as np
import plotly.graph_objects as go
import polars as pl

from omnidash.charts.theme import ChannelColors, faded, figure, scrolled

_ENDS = ("(conversion)", "(null)", "(nothing)")


def path_sankey(
    links: pl.DataFrame,
    *,
    colors: ChannelColors,
    name: Callable[[str], str],
    hover: str,
    height: int = 470,
    align: str = "justify",
) -> go.Figure:
    """Flow of the top paths. ``links``: step, source, target, paths; a node is a channel at a step, and one end node
    takes in every path, however long it was. ``align`` 'right': paths stand together at their ends."""
    nodes: dict[tuple[int, str], int] = {}
    for step, source, target, _count in links.rows():
        nodes.setdefault(_node(step, source), len(nodes))
        nodes.setdefault(_node(step + 1, target), len(nodes))
    chart = figure(colors, height=height)
    tints = [colors.of_channel(channel) for _step, channel in nodes]
    chart.add_sankey(
        arrangement="snap",
        node={
            "label": [name(channel) for _step, channel in nodes],
            "color": tints,
            "align": align,
            "pad": 18,  # so that the names of thin nodes stay apart
            "thickness": 14,
            "line": {"width": 0},
            "hovertemplate": "%{label}: %{value:,} " + hover + "<extra></extra>",
        },
        link={
            "source": [nodes[_node(step, source)] for step, source, _t, _c in links.rows()],
            "target": [nodes[_node(step + 1, target)] for step, _s, target, _c in links.rows()],
            "value": links[links.columns[-1]].to_list(),
            "color": [faded(colors.of_channel(source), 0.28) for source in links["source"]],
            "hovertemplate": "%{source.label} → %{target.label}: %{value:,} " + hover + "<extra></extra>",
        },
        textfont={"size": 13, "color": colors.ink},
    )
    return chart


def _node(step: int, name: str) -> tuple[int, str]:
    return (0, name) if name in _ENDS else (step, name)


def overlap_matrix(
    labels: Sequence[str], share_of_row: np.ndarray, persons: np.ndarray, *, colors: ChannelColors, hover: str
) -> go.Figure:
    """Matrix of the share of the row's persons that the column reaches too; the diagonal is left empty."""
    size = len(labels)
    shown = share_of_row.astype(float).copy()
    np.fill_diagonal(shown, np.nan)
    text = [["" if i == j or np.isnan(shown[i, j]) else f"{shown[i, j]:.0%}" for j in range(size)] for i in range(size)]
    chart = figure(colors, height=110 + 38 * size, beside=labels, is_labelled_below=False)
    chart.add_heatmap(
        z=shown.tolist(),
        x=list(labels),
        y=list(labels),
        text=text,
        texttemplate="%{text}",
        textfont={"color": colors.ink, "size": 13},
        customdata=persons.tolist(),
        colorscale=[[0, faded(colors.accent, 0.02)], [1, faded(colors.accent, 0.55)]],
        showscale=False,
        xgap=2,
        ygap=2,
        zmin=0,
        zmax=float(np.nanmax(shown)) if size > 1 and np.isfinite(shown).any() else 1.0,
        hovertemplate="%{y} → %{x}: %{text} · %{customdata:,} " + hover + "<extra></extra>",
    )
    chart.update_yaxes(autorange="reversed", showgrid=False, type="category")
    chart.update_xaxes(type="category", side="top", tickangle=-30 if size > 6 else 0, ticks="")
    chart.update_yaxes(ticks="")
    return scrolled(chart)

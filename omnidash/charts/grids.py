"""Grids of shaded cells: weekday × hour, hours by channel, cohorts, what comes next."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from omnidash.charts.theme import TEXT_SIZE, ChannelColors, faded, figure, scrolled


def hour_grid(
    rows: Sequence[str], values: np.ndarray, details: Sequence[Sequence[str]], *, colors: ChannelColors, tint: str
) -> go.Figure:
    """Rows (weekdays or channels) × 24 hours. ``values`` float64[rows, 24]; ``details``: what the pointer reads."""
    chart = figure(colors, height=70 + 38 * len(rows), beside=rows, is_labelled_below=False)
    chart.add_heatmap(
        z=values.tolist(),
        x=[f"{hour:02d}" for hour in range(24)],
        y=list(rows),
        customdata=[list(row) for row in details],
        hovertemplate="%{customdata}<extra></extra>",
        colorscale=[[0, faded(tint, 0.04)], [1, faded(tint, 0.9)]],
        zmin=0,
        zmax=float(values.max(initial=0.0)) or 1.0,
        showscale=False,
        xgap=2,
        ygap=2,
    )
    chart.update_xaxes(type="category", side="top", ticks="", showline=False, tickangle=0)
    chart.update_yaxes(autorange="reversed", type="category", showgrid=False, ticks="", showline=False)
    return scrolled(chart)


def cohort_grid(
    rows: Sequence[str],
    cells: Sequence[str],
    rates: np.ndarray,
    unfinished: np.ndarray,
    texts: Sequence[Sequence[str]],
    details: Sequence[Sequence[str]],
    *,
    few: np.ndarray,
    colors: ChannelColors,
    axis: str,
) -> go.Figure:
    """Cohorts × weeks or months. ``rates`` float64[rows, cells], NaN where not finished; ``unfinished`` bool: begun but
    not over, drawn in grey; cells that have not begun stay empty. ``few`` bool: rates of too few customers, written in
    grey and without a colour, which only the others share among them."""
    chart = figure(colors, height=96 + 34 * len(rows), beside=rows, is_labelled_below=False)
    shared = {
        "x": list(cells),
        "y": list(rows),
        "xgap": 2,
        "ygap": 2,
        "showscale": False,
        "customdata": [list(row) for row in details],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    grey = faded(colors.rest, 0.28)
    chart.add_heatmap(z=np.where(unfinished, 1.0, np.nan).tolist(), colorscale=[[0, grey], [1, grey]], **shared)
    colored = np.where(few, np.nan, rates)
    highest = float(np.nanmax(colored)) if np.isfinite(colored).any() else 0.0
    pale = faded(colors.accent, 0.0)
    chart.add_heatmap(
        z=np.where(few & np.isfinite(rates), 0.0, np.nan).tolist(),
        text=_where(few, texts),
        texttemplate="%{text}",
        textfont={"size": 12, "color": faded(colors.ink, 0.65)},
        colorscale=[[0, pale], [1, pale]],
        **shared,
    )
    chart.add_heatmap(
        z=colored.tolist(),
        text=_where(~few, texts),
        texttemplate="%{text}",
        textfont={"size": 13, "color": colors.ink},
        colorscale=[[0, faded(colors.accent, 0.05)], [1, faded(colors.accent, 0.6)]],
        zmin=0,
        zmax=highest or 1.0,
        **shared,
    )
    chart.update_xaxes(
        type="category",
        side="top",
        ticks="",
        showline=False,
        title={"text": axis, "standoff": 4, "font": {"size": TEXT_SIZE}},
    )
    chart.update_yaxes(autorange="reversed", type="category", showgrid=False, ticks="", showline=False)
    return scrolled(chart)


def _where(chosen: np.ndarray, texts: Sequence[Sequence[str]]) -> list[list[str]]:
    """The texts of some cells: Plotly writes a text into a cell without a value too."""
    return [
        [text if this else "" for this, text in zip(row, of_row, strict=True)]
        for row, of_row in zip(chosen.tolist(), texts, strict=True)
    ]


def next_grid(
    rows: Sequence[str],
    columns: Sequence[str],
    share: np.ndarray,
    details: Sequence[Sequence[str]],
    *,
    colors: ChannelColors,
) -> go.Figure:
    """Where a touch stands (rows) × what comes next (columns): shares of the row, small ones left without a number."""
    text = [["" if cell < 0.005 else f"{cell:.0%}" for cell in row] for row in share.tolist()]
    chart = figure(colors, height=120 + 34 * len(rows), beside=rows, is_labelled_below=False)
    chart.add_heatmap(
        z=share.tolist(),
        x=list(columns),
        y=list(rows),
        text=text,
        texttemplate="%{text}",
        textfont={"size": 13, "color": colors.ink},
        customdata=[list(row) for row in details],
        hovertemplate="%{customdata}<extra></extra>",
        colorscale=[[0, faded(colors.accent, 0.02)], [1, faded(colors.accent, 0.6)]],
        zmin=0,
        showscale=False,
        xgap=2,
        ygap=2,
    )
    chart.update_yaxes(autorange="reversed", type="category", showgrid=False, ticks="", showline=False)
    angle = -30 if len(columns) > 6 else 0
    chart.update_xaxes(type="category", side="top", tickangle=angle, ticks="", showline=False)
    return scrolled(chart)

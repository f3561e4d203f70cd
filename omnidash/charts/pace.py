"""Spend of the month against plan: spent, expected at the end with its interval, and the plan as a mark."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from omnidash.budget.pace import Pace
from omnidash.charts.theme import ChannelColors, faded, figure


def pace_bars(
    names: Sequence[str], rows: Sequence[Pace], *, labels: Mapping[str, str], colors: ChannelColors
) -> go.Figure:
    """One bar per row in per cent of the month's plan. ``labels``: plan, spent, forecast."""
    chart = figure(colors, height=70 + 38 * len(rows), beside=names)

    def share(value: float, row: Pace) -> float:
        return value / row.planned_end if row.planned_end > 0 else 0.0

    spent = [share(row.spent_so_far, row) for row in rows]
    rest = [share(row.forecast_end - row.spent_so_far, row) for row in rows]
    tint = [colors.alert if row.state == "over" else colors.accent for row in rows]
    hover = "%{y}: %{x:.0%}<extra>"
    chart.add_bar(
        y=list(names),
        x=spent,
        orientation="h",
        marker={"color": tint},
        hovertemplate=hover + labels["spent"] + "</extra>",
    )
    chart.add_bar(
        y=list(names),
        x=rest,
        orientation="h",
        marker={"color": [faded(color, 0.35) for color in tint]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [share(row.high - row.forecast_end, row) for row in rows],
            "arrayminus": [share(row.forecast_end - row.low, row) for row in rows],
            "color": colors.ink,
            "thickness": 1.2,
        },
        text=[f"{share(row.forecast_end, row):.0%}" for row in rows],
        textposition="none",
        hovertemplate=hover + labels["forecast"] + "</extra>",
    )
    chart.add_vline(x=1.0, line={"color": colors.ink, "width": 1.5, "dash": "dot"})
    chart.add_annotation(
        x=1.0, y=1.0, yref="paper", text=labels["plan"], showarrow=False, yanchor="bottom", font={"size": 13}
    )
    chart.update_layout(barmode="stack", margin={"t": 26})
    chart.update_yaxes(autorange="reversed", showgrid=False, type="category")
    chart.update_xaxes(tickformat=".0%", rangemode="tozero", gridcolor=colors.faint, showgrid=True)
    return chart

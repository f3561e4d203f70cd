"""Reach that is a channel's alone, and the money of collisions."""

from collections.abc import Sequence

import plotly.graph_objects as go

from omnidash.charts.theme import ChannelColors, beside_bars, faded, figure, scrolled


def reach_split(
    labels: Sequence[str],
    alone: Sequence[int],
    shared: Sequence[int],
    texts: Sequence[str],
    tints: Sequence[str],
    *,
    colors: ChannelColors,
    words: tuple[str, str],
) -> go.Figure:
    """One bar per channel: persons of it alone (full colour), then those others reach too (faint). ``words``: what the
    two parts are called."""
    chart = figure(colors, height=60 + 34 * len(labels), beside=labels, is_labelled_below=False)
    for counts, shades, word in ((alone, list(tints), words[0]), (shared, [faded(t, 0.25) for t in tints], words[1])):
        chart.add_bar(
            y=list(labels),
            x=list(counts),
            orientation="h",
            marker={"color": shades},
            hovertemplate="%{y} · " + word + ": %{x:,}<extra></extra>",
        )
    for label, a, s, text in zip(labels, alone, shared, texts, strict=True):
        chart.add_annotation(x=a + s, y=label, text=text, showarrow=False, xanchor="left", xshift=5)
    highest = max((a + s for a, s in zip(alone, shared, strict=True)), default=1)
    chart.update_layout(barmode="stack", margin={"r": beside_bars(texts)})
    chart.update_yaxes(autorange="reversed", showgrid=False, type="category")
    chart.update_xaxes(visible=False, range=[0, highest or 1])
    return scrolled(chart)


def money_bars(
    labels: Sequence[str], amounts: Sequence[float], texts: Sequence[str], *, colors: ChannelColors
) -> go.Figure:
    """Horizontal bars, largest first as given, each with its text; labels of two lines leave room on a phone."""
    chart = figure(colors, height=50 + 42 * len(labels), beside=labels, is_labelled_below=False)
    chart.add_bar(
        y=list(labels),
        x=list(amounts),
        orientation="h",
        text=list(texts),
        textposition="outside",
        cliponaxis=False,
        marker={"color": colors.accent},
        hoverinfo="skip",
    )
    chart.update_yaxes(autorange="reversed", showgrid=False, type="category")
    chart.update_xaxes(visible=False, range=[0, max(amounts, default=1.0) or 1])
    chart.update_layout(margin={"r": beside_bars(texts)})
    return scrolled(chart)

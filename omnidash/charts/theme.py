"""One look for every chart: one colour per channel everywhere, grey for the rest, red and amber for alerts only.

And one way to be drawn once. Plotly in the browser draws a figure again from the start where an axis asks for more
margin than the figure gave it, and where Streamlit hands it the same figure a second time, as it does with every chart.
So a figure keeps the room that its labels take (``house_layout``), and everything in it can be compared by value: no
template, plain lists rather than packed arrays, and one ``datarevision`` (a chart of other data is a new element).
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio

# Ten hues that stay apart for the common colour deficiencies (checked in tests), none of them red or amber.
_LIGHT = (
    "#3366cc", "#dd7a2e", "#12936f", "#8a55c7", "#1898b3", "#b93a8e", "#5b7083", "#7d8a00", "#274b8f", "#a5738c",
)  # fmt: skip
_DARK = (
    "#6f9bff", "#f2a15f", "#3cc79c", "#b48cf0", "#4cc4dd", "#ea7fc4", "#9db2c6", "#c0cc48", "#86a8e8", "#d6a3bc",
)  # fmt: skip
FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"


TEXT_SIZE = 13
TITLE_HEIGHT = 20  # pixels of an axis title in one line
TICKS = 37  # pixels below a plot whose axis is labelled in one line
EDGE = 8
_FROM_PLOT = {"x": 4, "y": 6}  # pixels between a plot and the labels of its axis
_BESIDE = 14 + _FROM_PLOT["y"]  # pixels between the edge and the plot, beside the labels
_OVERHANG = 26  # pixels that the last label of the axis below may stand out to the right; Plotly hides it otherwise
_WIDE, _NARROW = "MWmw%@&—…", "iljtfrI1.,:;'|()[]! "

pio.templates.default = None  # the house layout says it all


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelColors:
    """The colour of each channel and the few other colours charts may use."""

    by_channel: dict[str, str]
    rest: str
    alert: str
    warning: str
    good: str
    ink: str
    faint: str
    accent: str
    paper: str

    @classmethod
    def of(cls, channels: list[str], *, dark: bool = False) -> "ChannelColors":
        """Colours for the channels in display order; from the eleventh on they share the grey of the rest."""
        palette = _DARK if dark else _LIGHT
        return cls(
            by_channel=dict(zip(channels, palette, strict=False)),
            rest="#7f8a9b" if dark else "#a3acb9",
            alert="#ff7a70" if dark else "#c8322b",
            warning="#ffb057" if dark else "#b25e00",
            good="#4fd19a" if dark else "#0d7a4f",
            ink="#e7ebf3" if dark else "#1a2233",
            faint="#2c3444" if dark else "#e6e9ef",
            accent="#7ea2ff" if dark else "#2457d6",
            paper="#12161f" if dark else "#ffffff",
        )

    def of_channel(self, channel: str) -> str:
        """The colour of one channel."""
        return self.by_channel.get(channel, self.rest)


def figure(
    colors: ChannelColors, *, height: int, beside: Iterable[str] = (), is_labelled_below: bool = True
) -> go.Figure:
    """An empty figure in the house style; see ``house_layout``."""
    return go.Figure(layout=house_layout(colors, height=height, beside=beside, is_labelled_below=is_labelled_below))


def scrolled(chart: go.Figure) -> go.Figure:
    """The chart without zoom: one that is wider than a phone is moved by a finger, which zooming would catch."""
    return chart.update_layout(dragmode=False)


def house_layout(
    colors: ChannelColors, *, height: int, beside: Iterable[str] = (), is_labelled_below: bool = True
) -> dict[str, Any]:
    """The layout of the house style as plain values, for figures that are put together at once: Plotly checks the
    whole figure again with every update, which is felt where a picture follows a slider.

    ``beside``: the labels of the upright axis, or its longest; ``is_labelled_below``: the other axis has labels below
    it. Their room is kept; labels that take more still get it.
    """
    axis = {"zeroline": False, "automargin": True, "ticks": ""}
    return {
        "height": height,
        "margin": {
            "l": max((_BESIDE + text_width(label) for label in beside), default=EDGE),
            "r": _OVERHANG if is_labelled_below else EDGE,
            "t": EDGE,
            "b": TICKS if is_labelled_below else EDGE,
        },
        "font": {"family": FONT, "size": TEXT_SIZE, "color": colors.ink},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {"font": {"family": FONT, "size": TEXT_SIZE}, "align": "left"},
        "bargap": 0.25,
        "autotypenumbers": "strict",
        "datarevision": 1,
        "xaxis": {**axis, "showgrid": False, "linecolor": colors.faint, "ticklabelstandoff": _FROM_PLOT["x"]},
        "yaxis": {**axis, "gridcolor": colors.faint, "ticklabelstandoff": _FROM_PLOT["y"]},
    }


def amount_written(highest: float, *, unit: str = "", is_percent: bool = False) -> str:
    """About the longest label of an axis that ends at ``highest``."""
    if is_percent:
        return f"{highest:,.0%}"
    return unit + (f"{highest:,.0f}" if highest >= 10 else "0.00")


def ticks_between(low: float, high: float, *, most: int) -> list[float]:
    """Round values on an axis from ``low`` to ``high``: steps of 1, 2 or 5 times a power of ten, the finest that fit
    into ``most`` parts."""
    least = (high - low) / most
    if not least > 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(least))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)
    return [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def ticks(low: float, high: float, written: Callable[[float], str], *, most: int) -> dict[str, Any]:
    """The ticks of an axis whose numbers are written in the reader's language (¥50K, ¥5万), as axis settings.
    Across the page ``most`` should be what a telephone has room for: 4 amounts."""
    places = ticks_between(low, high, most=most)
    return {"tickvals": places, "ticktext": [written(place) for place in places], "tickangle": 0}


def text_width(text: str, *, size: int = TEXT_SIZE) -> int:
    """About how many pixels a line of text takes in the fonts of ``FONT``, rather too many than too few; of several
    lines the longest."""
    if "<br>" in text:
        return max(text_width(line, size=size) for line in text.split("<br>"))
    ems = sum(
        1.0 if letter > "\u2e7f" or letter in _WIDE
        else 0.4 if letter in _NARROW
        else 0.75 if letter.isupper()
        else 0.59
        for letter in text
    )  # fmt: skip
    return round(ems * size)


def few_days(days: Sequence[date]) -> list[str]:
    """The days that an axis names: four at most, which a telephone has room for side by side; Plotly would turn more on
    their side, or write them into each other."""
    chosen = [days[round(at * (len(days) - 1) / 3)] for at in range(4)] if len(days) > 3 else days
    return [day.isoformat() for day in chosen]


def add_band(chart: go.Figure, at: Sequence[Any], low: Sequence[Any], high: Sequence[Any], color: str) -> None:
    """The ground between two lines, as of an interval over time; without a name, and nothing to point at."""
    line = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    chart.add_scatter(x=list(at), y=list(high), **line)
    chart.add_scatter(x=list(at), y=list(low), fill="tonexty", fillcolor=color, **line)


def beside_bars(texts: Iterable[str], *, gap: int = 6) -> int:
    """The right margin in which the texts at the ends of bars stand: bars fill what is left, on a phone as well."""
    return EDGE + gap + max(map(text_width, texts), default=0)


def faded(color: str, alpha: float) -> str:
    """``#rrggbb`` as rgba with the given opacity."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"

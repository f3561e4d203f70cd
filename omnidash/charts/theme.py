"""One look for every chart: one colour per channel everywhere, grey for the rest, red and amber for alerts only."""

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

# Ten hues that stay apart for the common colour deficiencies (checked in tests), none of them red or amber.
_LIGHT = (
    "#3366cc", "#dd7a2e", "#12936f", "#8a55c7", "#1898b3", "#b93a8e", "#5b7083", "#7d8a00", "#274b8f", "#a5738c",
)  # fmt: skip
_DARK = (
    "#6f9bff", "#f2a15f", "#3cc79c", "#b48cf0", "#4cc4dd", "#ea7fc4", "#9db2c6", "#c0cc48", "#86a8e8", "#d6a3bc",
)  # fmt: skip
FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"


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


def figure(colors: ChannelColors, *, height: int) -> go.Figure:
    """An empty figure in the house style."""
    return go.Figure(layout=house_layout(colors, height=height))


def house_layout(colors: ChannelColors, *, height: int) -> dict[str, Any]:
    """The layout of the house style as plain values, for figures that are put together at once: Plotly checks the
    whole figure again with every update, which is felt where a picture follows a slider."""
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "font": {"family": FONT, "size": 13, "color": colors.ink},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {"font": {"family": FONT, "size": 13}},
        "bargap": 0.25,
        "xaxis": {"showgrid": False, "zeroline": False, "linecolor": colors.faint, "automargin": True},
        "yaxis": {"gridcolor": colors.faint, "zeroline": False, "automargin": True},
    }


def faded(color: str, alpha: float) -> str:
    """``#rrggbb`` as rgba with the given opacity."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"

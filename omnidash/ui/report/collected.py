"""What the page in front of the reader shows, collected by the cards as they draw themselves.

One mechanism for every page: ``frame`` starts a collection per run, the cards of ``ui/cards.py`` add to it under their
key. A fragment is a ``part``: when it runs again, what it shows now stands where its pieces of before stood, so the
order stays that of the screen and nothing stays that is no longer shown.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from omnidash.charts.theme import ChannelColors
from omnidash.locale import Translator

_KEY = "collected_for_report"
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number with its label; ``change`` against the comparison period, ``is_good`` None where neither."""

    label: str
    value: str
    change: str = ""
    is_good: bool | None = None
    meaning: str = ""
    series: Sequence[float | None] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A line that stands by itself: an alert, a remark. ``color`` of its dot, if it has one."""

    text: str
    color: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A card: its finding, what it means (Markdown), its table and its charts."""

    title: str
    explanation: str
    table: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart of the card with this key, and what it says in words."""

    card: str
    figure: go.Figure
    words: str


Piece = Figure | Sentence | Evidence | Chart


@dataclass(slots=True, kw_only=True)
class Collected:
    """One run of one page."""

    page: str
    page_title: str
    words: Translator
    colors: ChannelColors
    title: str = ""
    about: tuple[str, ...] = ()  # workspace, period, channels, model, freshness
    pieces: dict[str, Piece] = field(default_factory=dict)
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)  # which keys each fragment added


def start(page: str, page_title: str, words: Translator, colors: ChannelColors) -> Collected:
    """Begin anew: the page is being drawn from its top."""
    begun = Collected(page=page, page_title=page_title, words=words, colors=colors)
    st.session_state[_KEY] = begun
    return begun


def add(key: str, piece: Piece) -> None:
    """Add what stands under this key, or replace what stood there. Without a collection (a test) nothing happens."""
    current = st.session_state.get(_KEY)
    if current is not None:
        current.pieces[key] = piece


def add_table(key: str, title: str, table: pl.DataFrame) -> None:
    """A card that is its title and its table, and needs no explanation."""
    add(key, Evidence(title=title, explanation="", table=table))


def part(draw: Callable[P, R]) -> Callable[P, R]:
    """For a fragment that draws cards, below ``st.fragment``: its pieces of before give way to those of now."""
    name = f"{draw.__module__}.{draw.__qualname__}"

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        current: Collected | None = st.session_state.get(_KEY)
        if current is None:
            return draw(*args, **kwargs)
        before, keys = current.parts.get(name, ()), list(current.pieces)
        place = min((keys.index(key) for key in before), default=len(keys))
        below = {key: current.pieces.pop(key) for key in keys[place:]}
        try:
            return draw(*args, **kwargs)
        finally:
            current.parts[name] = tuple(current.pieces)[place:]
            current.pieces |= {key: below[key] for key in below if key not in before}

    return drawn


def add_title(text: str) -> None:
    """The finding of the page."""
    current = st.session_state.get(_KEY)
    if current is not None:
        current.title = text


def add_about(*lines: str) -> None:
    """What the numbers are of: workspace, period, channels, model, freshness."""
    current = st.session_state.get(_KEY)
    if current is not None:
        current.about = lines

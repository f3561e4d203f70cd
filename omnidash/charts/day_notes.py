"""Notes on days, drawn into any chart over days: a pale band over the days, a mark above them, its text on hover.

Marks are annotations of the chart's frame, so neither axis nor data changes. Notes whose marks would stand on one
another share a mark, and its text says both. Notes outside the days shown are not drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import plotly.graph_objects as go

from omnidash.charts.roi_panels import Panels
from omnidash.charts.theme import ChannelColors, faded
from omnidash.engine.day_notes import OTHER, PRICE_CHANGE, PROMOTION, TRACKING_BROKEN, DayNote

MARKS = {PROMOTION: "★", PRICE_CHANGE: "¤", TRACKING_BROKEN: "✕", OTHER: "✎"}
_MARKS_SIDE_BY_SIDE = 40  # more than so many do not fit beside each other
_HALF_DAY = timedelta(hours=12)


def draw_notes(
    chart: go.Figure,
    notes: Sequence[DayNote],
    *,
    first_day: date,
    last_day: date,
    say: Callable[[DayNote], str],
    colors: ChannelColors,
) -> go.Figure:
    """Draw the notes that touch ``first_day`` … ``last_day`` and return the chart. ``say``: a note in the reader's
    language (some HTML would be read)."""
    place = _Place(across=lambda moment: moment, floor=0, top=1, yref="y domain")
    return _drawn(chart, [_bands_and_marks(notes, first_day, last_day, say, colors, place)])


def draw_notes_in_panels(
    chart: go.Figure,
    panels: Panels,
    notes: Sequence[Sequence[DayNote]],
    *,
    say: Callable[[DayNote], str],
    colors: ChannelColors,
) -> go.Figure:
    """The same for small charts in one pair of axes: the notes of each panel, in their order."""
    return _drawn(
        chart,
        [
            _bands_and_marks(of_panel, panels.first_day, panels.last_day, say, colors, _place_in(panels, panel))
            for panel, of_panel in enumerate(notes)
        ],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a chart's days stand: ``across``: of a moment on the x axis; ``floor`` and ``top`` on ``yref``."""

    across: Callable[[datetime], Any]
    floor: float
    top: float
    yref: str


def _place_in(panels: Panels, panel: int) -> _Place:
    floor = panels.floor(panel)
    # The first day of a panel begins at its edge, while bars on an axis of dates stand around their midnight.
    return _Place(across=lambda moment: panels.across(panel, moment + _HALF_DAY), floor=floor, top=floor + 1, yref="y")


def _drawn(chart: go.Figure, panels: Sequence[tuple[list[dict[str, Any]], list[dict[str, Any]]]]) -> go.Figure:
    bands = [band for of_panel, _marks in panels for band in of_panel]
    marks = [mark for _bands, of_panel in panels for mark in of_panel]
    if bands:  # all at once: Plotly checks the whole figure again with every single one
        chart.update_layout(
            shapes=[*chart.layout.shapes, *bands], annotations=[*chart.layout.annotations, *marks], overwrite=True
        )
    return chart


def _bands_and_marks(
    notes: Sequence[DayNote],
    first_day: date,
    last_day: date,
    say: Callable[[DayNote], str],
    colors: ChannelColors,
    place: _Place,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Shapes and annotations of one panel."""
    shown = sorted(
        (note for note in notes if note.last_day >= first_day and note.first_day <= last_day),
        key=lambda note: (note.first_day, note.last_day, note.note_id or 0),
    )
    axes = {"xref": "x", "yref": place.yref}
    bands: list[dict[str, Any]] = []
    room = max(1.0, ((last_day - first_day).days + 1) / _MARKS_SIDE_BY_SIDE)
    groups: list[tuple[date, list[DayNote]]] = []
    for note in shown:
        begins = max(note.first_day, first_day)
        ends = min(note.last_day, last_day)
        across = {"x0": place.across(_noon(begins) - timedelta(days=1)), "x1": place.across(_noon(ends))}
        band = {**across, "y0": place.floor, "y1": place.top}
        look = {"fillcolor": faded(_color(note, colors), 0.13), "line": {"width": 0}, "layer": "below"}
        bands.append({"type": "rect", **axes, **band, **look})
        if groups and (begins - groups[-1][0]).days < room:
            groups[-1][1].append(note)
        else:
            groups.append((begins, [note]))
    marks = [
        {
            **axes,
            "x": place.across(datetime.combine(begins, time())),
            "y": place.top,
            "text": "".join(dict.fromkeys(MARKS[note.kind] for note in together)),
            "hovertext": "<br>".join(say(note) for note in together),
            "showarrow": False,
            "yanchor": "top",
            "font": {"size": 14, "color": _color(together[0], colors)},
            "bgcolor": faded(colors.paper, 0.75),
            "captureevents": True,
        }
        for begins, together in groups
    ]
    return bands, marks


def draw_in_calendar(
    chart: go.Figure,
    notes: Sequence[DayNote],
    *,
    first_day: date,
    last_day: date,
    say: Callable[[DayNote], str],
    colors: ChannelColors,
) -> go.Figure:
    """A mark in every noted square of ``health.streak_calendar``, whose first square is ``first_day``."""
    noted: dict[date, list[DayNote]] = {}
    for note in sorted(notes, key=lambda note: note.note_id or 0):
        for day in note.days():
            if first_day <= day <= last_day:
                noted.setdefault(day, []).append(note)
    if noted:
        place = {day: (day - first_day).days + first_day.weekday() for day in noted}
        chart.add_scatter(
            x=[place[day] // 7 for day in noted],
            y=[6 - place[day] % 7 for day in noted],
            mode="text",
            text=["".join(dict.fromkeys(MARKS[note.kind] for note in together)) for together in noted.values()],
            textfont={"size": 11, "color": colors.ink},
            hovertext=["<br>".join(say(note) for note in together) for together in noted.values()],
            hovertemplate="%{hovertext}<extra></extra>",
            showlegend=False,
        )
    return chart


def _noon(day: date) -> datetime:
    """The end of a day's bar: bars of days stand around their midnight."""
    return datetime.combine(day, time()) + _HALF_DAY


def _color(note: DayNote, colors: ChannelColors) -> str:
    return {PROMOTION: colors.good, PRICE_CHANGE: colors.accent, TRACKING_BROKEN: colors.alert}.get(
        note.kind, colors.ink
    )

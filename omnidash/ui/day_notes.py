"""Notes on days in the app: drawn into the charts, entered in a small form, listed and taken away."""

from datetime import date

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from omnidash.charts.day_notes import MARKS, draw_in_calendar, draw_notes, draw_notes_in_panels
from omnidash.charts.roi_panels import Panels
from omnidash.engine.day_notes import KIND_TITLES, KINDS, LONGEST_TEXT, TRACKING_BROKEN, DayNote, keep, withdraw
from omnidash.model.errors import OmniDashError
from omnidash.model.period import Period
from omnidash.ui import compute, workspaces
from omnidash.ui.fragment import dialog
from omnidash.ui.i18n import _, fmt, words
from omnidash.ui.screen import Screen
from omnidash.ui.tables import table
from omnidash.ui.text import escaped, plain

_WHO = "who_am_i"  # the name is asked once a session


def with_notes(
    screen: Screen,
    chart: go.Figure,
    first_day: date,
    last_day: date,
    *,
    channel: str = "",
) -> go.Figure:
    """The chart with the notes on its days; ``channel``: only those that hold for it."""
    return draw_notes(
        chart,
        [note for note in compute.notes(screen.workspace) if not channel or note.is_about(channel)],
        first_day=first_day,
        last_day=last_day,
        say=lambda note: escaped(sentence(screen, note)),
        colors=screen.colors,
    )


def with_notes_in_panels(screen: Screen, chart: go.Figure, panels: Panels) -> go.Figure:
    """The same for small charts in one figure, each with the notes that hold for its channel."""
    notes = compute.notes(screen.workspace)
    return draw_notes_in_panels(
        chart,
        panels,
        [[note for note in notes if note.is_about(channel)] for channel in panels.channels],
        say=lambda note: escaped(sentence(screen, note)),
        colors=screen.colors,
    )


def sentence(screen: Screen, note: DayNote) -> str:
    """A note in one line: kind, days, channels, text, who."""
    channels = fmt().listing([screen.name(c) for c in note.channels]) if note.channels else _("all channels")
    parts = [
        _(KIND_TITLES[note.kind]),
        fmt().period(Period(first_day=note.first_day, last_day=note.last_day)),
        channels,
    ]
    said = f"{note.text} ({note.by})" if note.text and note.by else note.text or note.by
    return " · ".join([*parts, said] if said else parts)


def with_notes_in_calendar(
    screen: Screen, chart: go.Figure, first_day: date, last_day: date, channel: str
) -> go.Figure:
    """The calendar of a channel's days with a mark in the squares that notes are about."""
    return draw_in_calendar(
        chart,
        [note for note in compute.notes(screen.workspace) if note.is_about(channel)],
        first_day=first_day,
        last_day=last_day,
        say=lambda note: escaped(sentence(screen, note)),
        colors=screen.colors,
    )


def note_button(screen: Screen, *, key: str, channel: str = "") -> None:
    """The way to the form, beside a chart over days."""
    if not screen.workspace.settings.is_read_only and st.button(
        _("Note something about a day"), icon=":material/edit_note:", key=f"day_note_{key}", type="tertiary"
    ):
        dialog(_form, _("Note something about a day"))(screen, channel)


def show_notes(screen: Screen) -> None:
    """All notes with the form: the section of the data page."""
    with st.container(border=True, key="card_note_form"):
        st.markdown(f"#### {_('Note something about a day')}")
        if screen.workspace.settings.is_read_only:
            workspaces.say_if_read_only(screen.workspace)
        else:
            _form(screen, "")
    found = compute.notes(screen.workspace)
    if not found:
        st.caption(_("Nothing has been noted yet."))
        return
    with st.container(border=True, key="card_notes"):
        table(_as_table(screen, found), key="notes_table")
        if not screen.workspace.settings.is_read_only:
            _take_away(screen, found)


def notes_title(screen: Screen | None) -> str:
    """What the section found."""
    count = len(compute.notes(screen.workspace)) if screen else 0
    return _("Notes on days: {count}", count=fmt().integer(count)) if count else _("Notes on days")


def _as_table(screen: Screen, found: tuple[DayNote, ...]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            _("Kind"): [f"{MARKS[note.kind]} {_(KIND_TITLES[note.kind])}" for note in found],
            _("From"): [note.first_day for note in found],
            _("To"): [note.last_day for note in found],
            _("Channels"): [
                fmt().listing([screen.name(c) for c in note.channels]) if note.channels else _("all channels")
                for note in found
            ],
            _("What happened"): [note.text for note in found],
            _("Who"): [note.by for note in found],
        }
    )


def _take_away(screen: Screen, found: tuple[DayNote, ...]) -> None:
    with st.popover(_("Take a note away"), icon=":material/delete:", key="pop_note_away"):
        chosen = st.selectbox(
            _("Note"), found, format_func=lambda note: sentence(screen, note), key="note_away", width=420
        )
        if st.button(_("Take it away"), key="note_away_now") and chosen is not None:
            withdraw(screen.workspace, chosen.note_id or 0)
            st.rerun()


def _form(screen: Screen, channel: str) -> None:
    """The form; what is kept shows at once, in the charts and in what the rules say."""
    with st.form("note_form", border=False):
        kind = st.radio(
            _("What was it?"),
            KINDS,
            format_func=lambda kind: f"{MARKS[kind]} {_(KIND_TITLES[kind])}",
            horizontal=True,
            key="note_kind",
        )
        last = screen.span.closed_through
        days = st.date_input(_("First and last day"), (last, last), key="note_days")
        channels = st.multiselect(
            _("Channels (none chosen: all)"),
            list(screen.names),
            default=[channel] if channel in screen.names else [],
            format_func=screen.name,
            key="note_channels",
        )
        text = st.text_input(_("What happened"), max_chars=LONGEST_TEXT, key="note_text")
        by = st.text_input(_("Your name"), value=st.session_state.get(_WHO, ""), max_chars=60, key="note_by")
        st.caption(
            _(
                "Days with broken tracking are not judged by any alert rule; the traffic of a promotion is no measure "
                "for other days."
            )
        )
        if not st.form_submit_button(_("Keep the note"), type="primary"):
            return
    if not isinstance(days, tuple) or not days:
        st.error(_("Give the first and the last day."))
        return
    st.session_state[_WHO] = by
    try:
        keep(
            screen.workspace,
            DayNote(
                kind=kind or TRACKING_BROKEN,
                first_day=days[0],
                last_day=days[-1],
                channels=tuple(channels),
                text=text,
                by=by,
            ),
        )
    except OmniDashError as error:
        st.error(plain(words().render(error.message)))
        return
    st.rerun()

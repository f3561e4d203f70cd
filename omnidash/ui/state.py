"""The shared filter bar's state: one value per session, mirrored in the address so that a link reproduces the screen.

The state is our own, not a widget's: widgets are filled from it on every run and write to it in their callbacks.
So it survives page changes and language switches, and a page's address is enough to restore it.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

import streamlit as st

from omnidash.model.filters import DAILY_MODELS, DEFAULT_MODEL, Filters
from omnidash.model.period import Period
from omnidash.model.presets import PRESETS, Span, a_year_before, opening_preset
from omnidash.model.presets import period_of as days_of_preset
from omnidash.store.settings import IDENTITY_LEVELS
from omnidash.ui import not_found
from omnidash.ui.i18n import _, current_language
from omnidash.ui.workspaces import chosen_workspace, pinned

PREVIOUS, YEAR = "previous", "year"
COMPARISONS = (PREVIOUS, YEAR)
_KEY = "filter_state"
_MIRRORED = "filter_mirrored"  # what we last wrote into the address
LEVEL, SEGMENT = "oneid", "persons"  # names of the two in the address
_FILTERS = ("period", "channels", "model", "compare", LEVEL, SEGMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What the reader chose: a preset (or a custom period), channels, model, what it is compared with, the identity
    level ('' for the workspace's own) and the saved segment of persons ('' for everybody)."""

    preset: str
    custom: Period | None = None
    channels: tuple[str, ...] = ()
    model: str = DEFAULT_MODEL
    compare: str = PREVIOUS
    level: str = ""
    segment: str = ""


def bar(span: Span, channels: list[str], segments: Collection[str] = ()) -> Bar:
    """The bar of this session, from the address on first sight; values that no longer exist fall back to defaults.
    ``segments``: the names of the saved ones."""
    if _KEY not in st.session_state or _was_moved():
        st.session_state[_KEY] = asked = _from_address(span)
        _note_unknown(asked, channels, segments)
    state: Bar = st.session_state[_KEY]
    kept = tuple(c for c in state.channels if c in channels)
    segment = state.segment if state.segment in segments else ""
    return replace(state, channels=kept, segment=segment)


def change(**changed: object) -> None:
    """Change fields of the bar (a widget's callback)."""
    st.session_state[_KEY] = replace(st.session_state[_KEY], **changed)  # type: ignore[arg-type]
    not_found.forget()


def filters(state: Bar, span: Span) -> Filters:
    """The filters a bar stands for on data of this span."""
    return Filters(period=period_of(state, span), channels=state.channels, model=state.model)


def period_of(state: Bar, span: Span) -> Period:
    """The period a preset means: relative to the last closed day of the data, never to the wall clock."""
    if state.preset == "custom" and state.custom is not None:
        return state.custom
    return days_of_preset(state.preset, span)


def compared_with(state: Bar, period: Period) -> Period:
    """The period that ``period`` is compared with: the one before it, or the same weekdays 52 weeks before."""
    return a_year_before(period) if state.compare == YEAR else period.previous()


def mirror(state: Bar) -> None:
    """Write the bar into the address."""
    address = {"lang": current_language(), "ws": chosen_workspace(), "period": state.preset, "model": state.model}
    if state.preset == "custom" and state.custom is not None:
        address["period"] = f"{state.custom.first_day}..{state.custom.last_day}"
    if state.channels:
        address["channels"] = ",".join(state.channels)
    if state.compare != PREVIOUS:
        address["compare"] = state.compare
    if state.level:
        address[LEVEL] = state.level
    if state.segment:
        address[SEGMENT] = state.segment
    if pinned():
        address["at"] = pinned()
    others = {k: v for k, v in st.query_params.items() if k not in {*address, *_FILTERS, "at"}}
    wanted = {**others, **address}
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)
    st.session_state[_MIRRORED] = _filters_in_address()


def mirror_workspace() -> None:
    """Write the workspace into the address where it has no data, and so no filters, yet."""
    wanted = {"lang": current_language(), "ws": chosen_workspace()}
    if any(st.query_params.get(name) != value for name, value in wanted.items()):
        st.query_params.update(wanted)


def address_of(state: Bar | None) -> dict[str, str]:
    """The query parameters a link to another page carries."""
    if state is None:
        return {"lang": current_language(), "ws": chosen_workspace()}
    mirror(state)
    return {k: v for k, v in st.query_params.items() if k in {"lang", "ws", "at", *_FILTERS}}


def _was_moved() -> bool:
    """Whether the address now says something else than we wrote: Back, Forward, or an edited link."""
    return _MIRRORED in st.session_state and st.session_state[_MIRRORED] != _filters_in_address()


def _filters_in_address() -> dict[str, str]:
    return {name: st.query_params[name] for name in _FILTERS if name in st.query_params}


def _from_address(span: Span) -> Bar:
    asked = st.query_params
    model = asked.get("model", DEFAULT_MODEL)
    channels = tuple(c for c in asked.get("channels", "").split(",") if c)
    default = opening_preset(span)
    preset, custom = asked.get("period", default), None
    if ".." in preset:
        preset, custom = "custom", _within(_period(preset), span)
    if preset not in PRESETS or (preset == "custom" and custom is None):
        preset = default
    compare = asked.get("compare", PREVIOUS)
    return Bar(
        preset=preset,
        custom=custom,
        channels=channels,
        model=model if model in DAILY_MODELS else DEFAULT_MODEL,
        compare=compare if compare in COMPARISONS else PREVIOUS,
        level=asked[LEVEL] if asked.get(LEVEL) in IDENTITY_LEVELS else "",
        segment=asked.get(SEGMENT, ""),
    )


def _note_unknown(taken: Bar, channels: Collection[str], segments: Collection[str]) -> None:
    """Note what the address asked for and the bar could not take."""
    asked = st.query_params
    for channel in taken.channels:
        if channel not in channels:
            not_found.note(_("channel"), channel)
    if taken.segment and taken.segment not in segments:
        not_found.note(_("segment"), taken.segment)
    if asked.get("period", taken.preset) != taken.preset and taken.preset != "custom":
        not_found.note(_("period"), asked["period"])
    if asked.get("model", taken.model) != taken.model:
        not_found.note(_("attribution model"), asked["model"])
    if asked.get("compare", taken.compare) != taken.compare:
        not_found.note(_("comparison"), asked["compare"])
    if asked.get(LEVEL, taken.level) != taken.level:
        not_found.note(_("identity level"), asked[LEVEL])


def _within(period: Period | None, span: Span) -> Period | None:
    """The part of a period that the data covers; None where it covers none of it."""
    if period is None or period.last_day < span.first_day or period.first_day > span.last_day:
        return None
    return Period(first_day=max(period.first_day, span.first_day), last_day=min(period.last_day, span.last_day))


def _period(text: str) -> Period | None:
    first, _dots, last = text.partition("..")
    try:
        return Period(first_day=date.fromisoformat(first), last_day=date.fromisoformat(last))
    except ValueError:
        return None

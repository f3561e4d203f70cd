"""The builder: steps one below the other, the window, what it is broken down by, and the finer choices folded away."""

import streamlit as st

from omnidash.ui.funnel import choice as state
from omnidash.ui.funnel import results
from omnidash.ui.funnel.choice import Choice
from omnidash.ui.funnel.wording import COUNTS, GROUPS, HELD, MODES, SOON, UNITS, step_title
from omnidash.ui.i18n import _, fmt
from omnidash.ui.labels import COMPARISON_TITLES
from omnidash.ui.persons import segments
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain


def show_builder(screen: Screen, chosen: Choice) -> None:
    """Draw it; every change is kept at once."""
    _steps(screen, chosen)
    _window(chosen)
    saved = list(segments(screen.workspace))
    _select("funnel_by", _("Breakdown"), [g for g in GROUPS if g != "segment" or saved], chosen.by, "by", GROUPS)
    _compare(screen, chosen, saved)
    with st.expander(_("Order, attempts, exclusions"), key="funnel_finer"):
        _finer(screen, chosen)


def _steps(screen: Screen, chosen: Choice) -> None:
    offered = state.options(screen)
    for place, row in enumerate(chosen.rows):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", wrap=False):
            key = f"funnel_step_{place}"
            st.session_state[key] = row.what
            st.selectbox(
                _("Step {number}", number=place + 1),
                offered,
                key=key,
                format_func=step_title,
                on_change=lambda place=place, key=key: state.change_row(place, what=st.session_state[key]),
            )
            with st.popover(
                "",
                icon=":material/tune:",
                key=f"funnel_step_more_{place}",
                help=_("Channels, time limit, order of step {number}", number=place + 1),
            ):
                _step_details(screen, chosen, place)
        about = _about(screen, chosen, place)
        if about:
            st.caption(plain(about))
    st.button(
        _("Add a step"),
        icon=":material/add:",
        key="funnel_add",
        disabled=not offered or len(chosen.rows) >= state.MAX_STEPS,
        on_click=state.add_row,
        args=(next((o for o in offered if o not in [row.what for row in chosen.rows]), next(iter(offered), "")),),
    )


def _step_details(screen: Screen, chosen: Choice, place: int) -> None:
    row = chosen.rows[place]
    where = f"funnel_step_channels_{place}"
    st.session_state[where] = list(row.channels)
    st.multiselect(
        _("In channels (none chosen: any)"),
        list(screen.names),
        key=where,
        format_func=screen.name,
        placeholder=_("Any channel"),
        on_change=lambda: state.change_row(place, channels=tuple(st.session_state[where])),
    )
    if place and chosen.mode != "any":
        soon = f"funnel_step_soon_{place}"
        st.session_state[soon] = row.within_seconds
        st.selectbox(
            _("After the step before, within"),
            list(SOON),
            key=soon,
            format_func=lambda seconds: _(SOON[seconds]),
            on_change=lambda: state.change_row(place, within_seconds=st.session_state[soon]),
        )
    with st.container(horizontal=True):
        if place:
            st.button(
                _("Earlier"),
                icon=":material/arrow_upward:",
                key=f"funnel_up_{place}",
                on_click=state.swap_rows,
                args=(place,),
            )
        st.button(
            _("Remove"),
            icon=":material/delete:",
            key=f"funnel_drop_{place}",
            disabled=len(chosen.rows) < 2,
            on_click=state.drop_row,
            args=(place,),
        )


def _about(screen: Screen, chosen: Choice, place: int) -> str:
    row, said = chosen.rows[place], []
    if row.channels:
        said.append(_("in {channels}", channels=fmt().listing([screen.name(c) for c in row.channels])))
    if place and row.within_seconds and chosen.mode != "any":
        said.append(_("within {time} of the step before", time=_(SOON[row.within_seconds])))
    return " · ".join(said)


def _window(chosen: Choice) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", wrap=False):
        st.session_state["funnel_window"] = chosen.window
        st.number_input(
            _("Window"),
            min_value=1,
            max_value=state.MAX_WINDOW_SECONDS // chosen.unit,
            step=1,
            key="funnel_window",
            on_change=lambda: state.change(window=int(st.session_state["funnel_window"])),
            help=_("From the first step to the last; up to 90 days. Its end counts in."),
        )
        st.session_state["funnel_unit"] = chosen.unit
        st.selectbox(
            _("Unit"),
            list(UNITS),
            key="funnel_unit",
            format_func=lambda unit: _(UNITS[unit]),
            on_change=lambda: _take_unit(chosen),
        )


def _take_unit(chosen: Choice) -> None:
    unit = int(st.session_state["funnel_unit"])
    state.change(unit=unit, window=min(chosen.window, state.MAX_WINDOW_SECONDS // unit))


def _compare(screen: Screen, chosen: Choice, saved: list[str]) -> None:
    offered = ["none", "previous", *(f"segment:{name}" for name in saved)]
    titles = {"none": _("Nothing"), "previous": _(COMPARISON_TITLES[screen.bar.compare])}
    key = "funnel_compare"
    st.session_state[key] = chosen.compare if chosen.compare in offered else "none"
    st.selectbox(
        _("Compare with"),
        offered,
        key=key,
        format_func=lambda name: titles.get(name) or name.partition(":")[2],
        on_change=lambda: state.change(compare=st.session_state[key]),
    )


def _finer(screen: Screen, chosen: Choice) -> None:
    _radio("funnel_mode", _("Order of the steps"), list(MODES), chosen.mode, "mode", MODES)
    _radio("funnel_count", _("What is counted"), list(COUNTS), chosen.count, "count", COUNTS)
    if len(chosen.rows) > 1:
        st.session_state["funnel_shares"] = chosen.shares
        st.toggle(
            _("One event may make several steps"),
            key="funnel_shares",
            on_change=lambda: state.change(shares=bool(st.session_state["funnel_shares"])),
            help=_(
                "Matters where an event fits several steps, as in “bought, bought again”. Off: each step takes an "
                "event of its own, so the second purchase has to be another one."
            ),
        )
    held = ["none", *results.holdable(screen.workspace)]
    _select("funnel_hold", _("The same in all steps"), held, chosen.hold, "hold", HELD)
    if len(chosen.rows) < 2:
        return
    key = "funnel_excluded"
    st.session_state[key] = list(chosen.excluded)
    st.multiselect(
        _("Must not come in between"),
        state.options(screen),
        key=key,
        format_func=step_title,
        placeholder=_("Nothing excluded"),
        on_change=lambda: state.change(excluded=tuple(st.session_state[key])),
    )
    if chosen.excluded and chosen.mode == "ordered" and len(chosen.rows) > 2:
        last = len(chosen.rows)
        before = chosen.before if 1 < chosen.before <= last else last
        between = f"funnel_between_{last}"  # it keeps its own ends: only a default of two makes it a range
        st.select_slider(
            _("Between steps"),
            list(range(1, last + 1)),
            value=(min(chosen.after, before - 1), before),
            key=between,
            on_change=lambda: _take_between(st.session_state[between]),
        )


def _take_between(ends: tuple[int, int]) -> None:
    if ends[0] < ends[1]:
        state.change(after=ends[0], before=ends[1])


def _select(key: str, label: str, offered: list[str], value: str, field: str, titles: dict[str, str]) -> None:
    st.session_state[key] = value if value in offered else offered[0]
    st.selectbox(
        label,
        offered,
        key=key,
        format_func=lambda name: _(titles[name]),
        on_change=lambda: state.change(**{field: st.session_state[key], "part": None}),
    )


def _radio(key: str, label: str, offered: list[str], value: str, field: str, titles: dict[str, str]) -> None:
    st.session_state[key] = value
    st.radio(
        label,
        offered,
        key=key,
        format_func=lambda name: _(titles[name]),
        on_change=lambda: state.change(**{field: st.session_state[key], "part": None}),
    )

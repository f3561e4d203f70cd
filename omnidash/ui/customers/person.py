"""One person: the box that takes an identifier and forgets it at once, examples, and all that is known of one.

An identifier typed here is hashed in the callback; the session keeps ids only, and the address keeps nothing.
"""

from dataclasses import dataclass

import streamlit as st

from omnidash.identity.examples import LONGEST_PATH, MOST_CHANNELS, Example
from omnidash.identity.lookup import readings
from omnidash.store import Workspace
from omnidash.ui.cards import figure
from omnidash.ui.customers import cached
from omnidash.ui.customers.chain import show_chain
from omnidash.ui.customers.contested import show_contradictions
from omnidash.ui.customers.privacy import show_bulk_requests, show_privacy
from omnidash.ui.customers.proposal import is_proposed, show_proposal, withdraw
from omnidash.ui.customers.story import show_story
from omnidash.ui.customers.wording import SHARED_TITLES, identifier_text, type_title
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.screen import Screen
from omnidash.ui.text import escaped, plain

_KEY, _BOX, _MISSED = "customer_person", "customer_box", "customer_missed"
_READING, _KEPT = "customer_reading", "customer_kept_reading"  # the widget, and what it was last set to


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Who is looked at. ``readings``: type and id of all that the typed text can be, the likeliest first."""

    workspace_id: str
    readings: tuple[tuple[str, int], ...]


def person_title(screen: Screen) -> str:
    """Who is looked at, or the question."""
    identifier = _looked_at(screen)
    if identifier is None:
        return _("Whose story do you want to see?")
    if _why_nobody(screen, identifier):
        return _("This identifier is nobody's")
    story = cached.story(screen.workspace, identifier, screen.filters.model)
    channels = len({event.channel for event in story.events if event.channel})
    identifiers = n_("{count} identifier", "{count} identifiers", len(story.identifiers))
    met = n_("met on {count} channel", "met on {count} channels", channels)
    return _("One person behind {identifiers}, {met}", identifiers=identifiers, met=met)


def show_person(screen: Screen) -> None:
    """Draw the section."""
    _box(screen)
    identifier = _looked_at(screen)
    if identifier is None:
        _examples(screen)
    else:
        _person(screen, identifier)
    show_bulk_requests(screen.workspace)


def look_at(workspace: Workspace, identifier_type: str, identifier_id: int) -> None:
    """Look at the person of an identifier from now on; another screen that lists persons calls this."""
    _look_at(workspace, ((identifier_type, identifier_id),))


def _person(screen: Screen, identifier: int) -> None:
    _other_readings()
    reason = _why_nobody(screen, identifier)
    story = cached.story(screen.workspace, identifier, screen.filters.model)
    if reason is None:
        chips = "".join(f'<span class="od-chip">{escaped(identifier_text(i))}</span>' for i in story.identifiers)
        st.html(f'<div class="od-chips">{chips}</div>')
    else:
        st.warning(
            _(
                "{why}. Its events belong to no person, so there is no story to tell. It stands in the list of shared "
                "identifiers in the section Identity.",
                why=_(SHARED_TITLES[reason]),
            ),
            icon=":material/group_off:",
        )
    if is_proposed(screen, "person"):
        show_proposal(screen)
    if reason is None:
        show_contradictions(screen, identifier)
        _facts(story)
        left, right = st.columns([0.44, 0.56])
        with left:
            show_chain(screen, identifier)
            show_privacy(screen, identifier)
        with right:
            show_story(screen, story)


def _facts(story: cached.Timeline) -> None:
    purchases = [event for event in story.events if event.is_conversion]
    touches = sum(event.is_touch for event in story.events)
    days = (story.events[-1].day - story.events[0].day).days + 1 if story.events else 0
    with st.grid(4, min_column_width=120):
        for label, value, meaning in (
            (_("Identifiers"), len(story.identifiers), _("Different identifiers that rows join to this person.")),
            (_("Touches"), touches, _("Contacts that count as marketing; refunds, services and the like are not.")),
            (_("Conversions"), len(purchases), _("Events that are the goal of this workspace.")),
            (_("Days from first to last event"), days, None),
        ):
            figure(label, fmt().integer(value), help=meaning, border=True, height="stretch")


def _box(screen: Screen) -> None:
    workspace = screen.workspace
    form = st.form("customer_lookup", clear_on_submit=True, border=False)
    with form, st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            _("Phone number, e-mail address, member number or any other identifier"),
            key=_BOX,
            autocomplete="off",
            help=_("It is hashed at once. Neither the page, its address nor the workspace keeps what you type."),
        )
        st.form_submit_button(
            _("Look up"),
            type="primary",
            icon=":material/person_search:",
            key="customer_look_up",
            on_click=lambda: _look_up(workspace),
        )
    missed = st.session_state.pop(_MISSED, None)
    if missed == "blank":
        st.info(_("Type an identifier first."), icon=":material/info:")
    elif missed:
        st.warning(
            _(
                "No imported file names this identifier. Phone numbers may be written in any way; ids of platforms "
                "must be written exactly as in the export."
            ),
            icon=":material/search_off:",
        )


def _look_up(workspace: Workspace) -> None:
    """Hash what was typed, keep the ids, and empty the box."""
    typed = str(st.session_state.get(_BOX, ""))
    st.session_state[_BOX] = ""
    if not typed.strip():
        st.session_state[_MISSED] = "blank"
        return
    known = readings(workspace, [typed]).filter("is_known")
    if known.is_empty():
        st.session_state[_MISSED] = "unknown"
        _leave()
        return
    _look_at(workspace, tuple(known.select("type", "identifier_id").rows()))


def _look_at(workspace: Workspace, found: tuple[tuple[str, int], ...]) -> None:
    _leave()
    st.session_state[_KEY] = _Found(workspace_id=workspace.workspace_id, readings=found)


def _leave() -> None:
    """Look at nobody any more."""
    withdraw()
    for key in (_KEY, _KEPT, "story_all"):
        st.session_state.pop(key, None)


def _looked_at(screen: Screen) -> int | None:
    found: _Found | None = st.session_state.get(_KEY)
    if found is None or found.workspace_id != screen.workspace.workspace_id:
        return None
    chosen = st.session_state.get(_KEPT, 0)
    identifier = found.readings[min(chosen, len(found.readings) - 1)][1]
    if cached.is_known(screen.workspace, identifier):
        return identifier
    _leave()  # forgotten since, or the import that named it was undone
    return None


def _other_readings() -> None:
    found: _Found = st.session_state[_KEY]
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(found.readings) > 1:
            titles = {place: type_title(kind) for place, (kind, _id) in enumerate(found.readings)}
            st.session_state[_READING] = st.session_state.get(_KEPT, 0)
            st.segmented_control(
                _("Read as"),
                list(titles),
                key=_READING,
                required=True,
                format_func=titles.__getitem__,
                on_change=lambda: st.session_state.update({_KEPT: st.session_state[_READING]}),
            )
        st.button(_("Look at somebody else"), icon=":material/close:", key="customer_leave", on_click=_leave)


def _why_nobody(screen: Screen, identifier: int) -> str | None:
    """Why a weak or blocked identifier belongs to no person; None where it does."""
    if cached.is_of_person(screen.workspace, identifier):
        return None
    summary = cached.identities(screen.workspace).summary
    for why, listed in (
        ("blocked", summary.blocked),
        ("decision", summary.blocked_by_decision),
        ("hub", summary.hubs),
        ("contested", summary.contested),
    ):
        if any(row["identifier_id"] == identifier for row in listed):
            return why
    return "hub"


def _examples(screen: Screen) -> None:
    found = cached.chosen_examples(screen.workspace)
    if not found:
        return
    st.markdown(f"### {_('Or begin with one of these')}")
    with st.grid(3, min_column_width=230):
        for example in found:
            with st.container(border=True, height="stretch", key=f"example_{example.why}", gap="small"):
                st.markdown(f"**{_example_title(example)}**")
                st.caption(plain(identifier_text(example.hint)))
                st.markdown(_example_counts(example))
                st.space("stretch")
                st.button(
                    _("See the story"),
                    icon=":material/timeline:",
                    key=f"example_open_{example.why}",
                    width="stretch",
                    on_click=_look_at,
                    args=(screen.workspace, ((example.hint.split(" ")[0], example.identifier_id),)),
                )


def _example_title(example: Example) -> str:
    if example.why == MOST_CHANNELS:
        return _("Met on most channels")
    if example.why == LONGEST_PATH:
        return _("Longest way to the first purchase")
    return _("Most identifiers joined")


def _example_counts(example: Example) -> str:
    return " · ".join(
        [
            n_("{count} channel", "{count} channels", example.channels),
            n_("{count} identifier", "{count} identifiers", example.identifiers),
            n_("{count} event", "{count} events", example.events),
        ]
    )

"""Persons whose identifiers contradict each other: the list of them, and how one of them is parted in two."""

from collections.abc import Callable, Mapping

import polars as pl
import streamlit as st

from omnidash.identity.contested_persons import ContestedPerson, ContestedPersons
from omnidash.identity.preview import Proposal
from omnidash.model.errors import OmniDashError
from omnidash.ui.cards import evidence_card
from omnidash.ui.customers import cached
from omnidash.ui.customers.proposal import propose
from omnidash.ui.customers.wording import identifier_text, told_apart, type_title
from omnidash.ui.i18n import _, fmt, n_, words
from omnidash.ui.screen import Screen
from omnidash.ui.tables import rows_high
from omnidash.ui.text import plain

_MOST_NAMED = 3


def show_contested_persons(found: ContestedPersons, open_person: Callable[[str, int], None]) -> None:
    """The card on the section Identity; ``open_person`` gets type and id of an identifier of the row chosen."""
    title = n_(
        "{count} person holds numbers that contradict each other",
        "{count} persons hold numbers that contradict each other",
        found.count,
    )
    rows = _table(found)
    with evidence_card(
        title if found.count else _("No person holds two member numbers or customer numbers"),
        rows,
        key="contested_persons",
        explanation=_(
            "Rows join what people have one of: two member numbers, two unionids, or two customer numbers of one "
            "system. Somebody may have registered twice, or two people gave one phone number. Nothing is parted "
            "unasked: look at the rows, and part them where they are two."
        ),
    ):
        if not found.count:
            st.caption(_("Several phone numbers or e-mail addresses of one person are ordinary and are not counted."))
            return
        event = st.dataframe(
            rows,
            hide_index=True,
            key="contested_persons_rows",
            on_select="rerun",
            selection_mode="single-row",
            height=rows_high(rows.height, most=8),
        )
        picked = event["selection"]["rows"]
        if st.button(
            _("Look at this person"),
            icon=":material/person_search:",
            key="contested_look",
            disabled=not picked,
            help=_("Select a person in the list first."),
        ):
            person = found.listed[picked[0]]
            open_person(person.type, person.identifier_id)
            st.rerun()


def _table(found: ContestedPersons) -> pl.DataFrame:
    return pl.DataFrame(
        {
            _("Contradicting"): [type_title(person.type) for person in found.listed],
            _("Values"): [len(person.values) for person in found.listed],
            _("Identifier"): [_hints(person) for person in found.listed],
            _("Identifiers in all"): [person.identifiers for person in found.listed],
        },
        schema_overrides={_("Values"): pl.Int64, _("Identifiers in all"): pl.Int64, _("Identifier"): pl.String},
    )


def _hints(person: ContestedPerson) -> str:
    return fmt().listing([hint for _id, hint in _values(person)[:_MOST_NAMED]]) + (
        " …" if len(person.values) > _MOST_NAMED else ""
    )


def _values(person: ContestedPerson) -> list[tuple[int, str]]:
    """Its contradicting identifiers and their masks, those that look alike told apart."""
    return list(told_apart(dict(person.values)).items())


def show_contradictions(screen: Screen, identifier: int) -> None:
    """On a person: what contradicts itself, and the way to part it."""
    for person in cached.contradictions_of(screen.workspace, identifier):
        st.warning(
            _(
                "Two people, perhaps: {count} values of {type} are one person here ({hints}). The rows below say why.",
                count=fmt().integer(len(person.values)),
                type=type_title(person.type),
                hints=plain(_hints(person)),
            ),
            icon=":material/call_split:",
        )
        (a, hint), (b, other) = _values(person)[:2]
        if st.button(
            _("See how to part {a} and {b}", a=plain(hint), b=plain(other)),
            icon=":material/call_split:",
            key=f"part_{person.type}",
        ):
            _propose_parting(screen, {a: f"{person.type} {hint}", b: f"{person.type} {other}"}, a, b)
        if st.button(_("They are one person"), icon=":material/person_check:", key=f"one_{person.type}"):
            first, *others = (value for value, _hint in person.values)
            propose(
                screen,
                "person",
                Proposal(ones=tuple((first, value) for value in others)),
                _("One person after all: {hints}", hints=plain(_hints(person))),
            )
            st.rerun()


def part_two(screen: Screen, ends: Mapping[int, str]) -> None:
    """Choose any two identifiers of a person (id -> type and mask) to be two persons."""
    with st.popover(_("Part two identifiers"), icon=":material/call_split:", key="pop_part"):
        st.markdown(
            _("For two people in one: the links of the fewest files are cut so that these two are two persons.")
        )
        titles = {end: identifier_text(hint) for end, hint in ends.items()}
        one, other = (
            st.selectbox(
                label,
                list(ends),
                index=place,
                format_func=lambda end: titles.get(end, str(end)),
                key=f"part_choice_{place}",
            )
            for place, label in enumerate((_("One identifier"), _("The other")))
        )
        if (
            one is not None
            and other is not None
            and st.button(
                _("See what would change"), icon=":material/preview:", key="part_preview", disabled=one == other
            )
        ):
            _propose_parting(screen, ends, one, other)


def _propose_parting(screen: Screen, ends: Mapping[int, str], a: int, b: int) -> None:
    try:
        with st.spinner(_("Looking for the rows that join them …")):
            cuts = cached.parting_of(screen.workspace, a, b)
    except OmniDashError as error:
        st.error(plain(words().render(error.message)), icon=":material/error:")
        return
    title = n_(
        "Part {a} and {b}: cut {count} link",
        "Part {a} and {b}: cut {count} links",
        len(cuts),
        a=identifier_text(ends[a]),
        b=identifier_text(ends[b]),
    )
    propose(screen, "person", Proposal(cuts=cuts), title)
    st.rerun()

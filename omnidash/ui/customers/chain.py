"""Why several identifiers are one person: the rows they stood on, and the ways to part them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl
import streamlit as st

from omnidash.identity.preview import Proposal
from omnidash.identity.why import Link
from omnidash.ui.cards import evidence_card
from omnidash.ui.customers import cached
from omnidash.ui.customers.contested import part_two
from omnidash.ui.customers.proposal import propose
from omnidash.ui.customers.wording import identifier_text, link_text, told_apart
from omnidash.ui.i18n import _, n_
from omnidash.ui.screen import Screen

_MOST_IN_SIGHT = 12


def show_chain(screen: Screen, identifier: int) -> None:
    """The card of the chain."""
    links = cached.chain_of_rows(screen.workspace, identifier)
    ends = told_apart({link.a_id: link.a for link in links} | {link.b_id: link.b for link in links})
    links = [replace(link, a=ends[link.a_id], b=ends[link.b_id]) for link in links]
    with evidence_card(
        _title(links),
        _table(links),
        key="chain",
        explanation=_(
            "Two identifiers on one row are joined by that row. Of all rows that join this person's identifiers, as "
            "many are told as are needed to get from one to every other; anybody can look them up in the files. If one "
            "of them joins two people, cut it: the link then counts no more, on whatever rows it stands. Two with one "
            "mask are told apart by the beginning of their code, such as #c57f."
        ),
    ):
        for place, link in enumerate(links[:_MOST_IN_SIGHT], start=1):
            _link(screen, place, link)
        if len(links) > _MOST_IN_SIGHT:
            st.caption(_("The rest is behind the three dots."))
        if links:
            with st.container(horizontal=True):
                _block(screen, ends)
                part_two(screen, ends)


def _title(links: Sequence[Link]) -> str:
    """How many rows there are: one may join several pairs."""
    rows = len({(link.batch_id, link.row_number) for link in links if link.row_number is not None})
    alike = sum(link.row_number is None for link in links)
    if not links:
        return _("Known by one identifier; nothing was joined")
    if not alike:
        return n_("{count} row makes this one person", "{count} rows make this one person", rows)
    pairs = n_("{count} pair of records alike", "{count} pairs of records alike", alike)
    if not rows:
        return _("One person by {pairs}", pairs=pairs)
    return _("One person by {rows} and {pairs}", rows=n_("{count} row", "{count} rows", rows), pairs=pairs)


def _link(screen: Screen, place: int, link: Link) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"link_{place}", wrap=False):
        st.markdown(f"{place}. {link_text(link)}", width="stretch")
        if st.button(
            "",
            icon=":material/content_cut:",
            key=f"cut_{place}",
            type="tertiary",
            help=_("Cut this link: see first what would change"),
        ):
            title = _("Cut the link of {a} and {b}", a=identifier_text(link.a), b=identifier_text(link.b))
            propose(screen, "person", Proposal(cuts=((link.a_id, link.b_id),)), title)
            st.rerun()


def _block(screen: Screen, ends: Mapping[int, str]) -> None:
    """Block one identifier: none of its links counts any more."""
    with st.popover(_("Block an identifier"), icon=":material/block:", key="pop_block"):
        st.markdown(_("For a phone or device that several people share: no link of it counts any more."))
        titles = {end: identifier_text(hint) for end, hint in ends.items()}
        chosen = st.selectbox(
            _("Identifier"), list(ends), format_func=lambda end: titles.get(end, str(end)), key="block_choice"
        )
        if chosen is not None and st.button(_("See what would change"), icon=":material/preview:", key="block_preview"):
            title = _("Block {identifier}", identifier=identifier_text(ends[chosen]))
            propose(screen, "person", Proposal(blocks=(chosen,)), title)
            st.rerun()


def _table(links: Sequence[Link]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            _("One identifier"): [identifier_text(link.a) for link in links],
            _("The other"): [identifier_text(link.b) for link in links],
            _("File"): [link.file for link in links],
            _("Row"): [link.row_number for link in links],
            _("Files in all"): [link.imports for link in links],
            _("Import"): [link.batch_id for link in links],
            _("Weight"): [link.weight for link in links],
        },
        schema_overrides={_("Row"): pl.Int64, _("Import"): pl.Int64, _("Weight"): pl.Float64},
    )

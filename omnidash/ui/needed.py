"""What a page needs that the workspace has not: which kind of export, who has it, where, and which columns it takes.

Known from what is in the workspace (``compute.Facts``) and from the profiles of the exports we can read, so a platform
that is learnt is listed without further work.
"""

from collections.abc import Callable, Sequence

import polars as pl
import streamlit as st

from omnidash.ingest.meaning.fields import FIELDS
from omnidash.ingest.meaning.profiles import HOUSE, Profile, profiles
from omnidash.model.messages import N_
from omnidash.store import Workspace
from omnidash.ui import state
from omnidash.ui.compute import Facts
from omnidash.ui.i18n import _, current_language, fmt, sentences
from omnidash.ui.import_labels import FIELD_TITLES
from omnidash.ui.tables import rows_high
from omnidash.ui.text import plain

SPEND, TOUCHES, CONVERSIONS = "spend", "touches", "conversions"
_NEEDS = {
    "overview": (SPEND, TOUCHES, CONVERSIONS),
    "alerts": (SPEND, TOUCHES, CONVERSIONS),
    "channel": (SPEND, TOUCHES, CONVERSIONS),
    "journeys": (TOUCHES, CONVERSIONS),
    "attribution": (TOUCHES, CONVERSIONS, SPEND),
    "budget": (SPEND, CONVERSIONS),
    "customers": (TOUCHES, CONVERSIONS),
}
_TITLES = {
    SPEND: N_("Spend: what each channel cost, day by day"),
    TOUCHES: N_("Touchpoints or events: who met which channel, and when"),
    CONVERSIONS: N_("Orders, or events with conversions: who bought what, and when"),
}
_IN_SHORT = {SPEND: N_("spend"), TOUCHES: N_("touchpoints"), CONVERSIONS: N_("orders")}
_FILLS = {
    SPEND: N_("Fills ROI, CAC, budget plans and the alerts about money."),
    TOUCHES: N_("Fills channel shares, journeys, funnels and attribution."),
    CONVERSIONS: N_("Fills net revenue, conversion rates, new customers and attribution."),
}
_KIND = {SPEND: "spend", TOUCHES: "events", CONVERSIONS: "orders"}
_USEFUL = {  # beside those a file cannot be read without
    SPEND: ("channel", "campaign"),
    TOUCHES: ("channel", "customer_id", "phone", "email", "member_id", "action"),
    CONVERSIONS: ("revenue", "customer_id", "phone", "email", "member_id"),
}


def missing_for(page: str, facts: Facts, goal: str) -> tuple[str, ...]:
    """What the page needs and the workspace has nothing of, the most important first."""
    if page not in _NEEDS:
        return ()
    there = {
        SPEND: facts.fresh.spend_last_day is not None,
        TOUCHES: facts.has_touches,
        CONVERSIONS: goal in facts.actions["action"].to_list(),
    }
    return tuple(kind for kind in _NEEDS[page] if not there[kind])


def show_missing(page: str, workspace: Workspace, facts: Facts) -> None:
    """The card above a page that lacks something; nothing where all it needs is there."""
    missing = missing_for(page, facts, workspace.settings.goal)
    if not missing:
        return
    with st.container(border=True, key="card_missing", gap="small"):
        head = st.container(horizontal=True, vertical_alignment="center")
        kinds = fmt().listing([_(_IN_SHORT[kind]) for kind in missing])
        sentence = _("To fill this page: upload {kinds}", kinds=kinds)
        head.markdown(f":material/upload_file: **{sentence}**", width="stretch")
        with head:
            to_upload()
        with st.expander(_("Which exports, and where they are found"), on_change="rerun", key="missing_more") as more:
            if more.open:
                show_exports(missing)


def empty_state(text: str) -> None:
    """A card or a page that an upload would fill: what to upload, and the way there."""
    st.info(text)
    to_upload()


def to_upload() -> None:
    """The way to the drop zone."""
    st.page_link(
        "pages/data.py",
        label=_("Upload files"),
        icon=":material/upload_file:",
        query_params={**state.address_of(None), "section": "import"},
    )


def show_exports(kinds: Sequence[str]) -> None:
    """For each kind: what it fills, the columns it takes, and the platforms that have it."""
    language = current_language()
    for kind in kinds:
        st.markdown(f"**{_(_TITLES[kind])}**")
        st.caption(sentences(_(_FILLS[kind]), _columns(kind)))
        known = [profile for profile in profiles() if profile.kind == _KIND[kind] and profile.platform != HOUSE]
        if known:
            table = pl.DataFrame(
                [
                    {
                        _("Export"): profile.title_in(language),
                        _("Where it is found"): profile.found_at_in(language),
                    }
                    for profile in sorted(known, key=_by_language(language))
                ],
                schema={_("Export"): pl.String, _("Where it is found"): pl.String},
            )
            st.dataframe(
                table.to_arrow(), hide_index=True, placeholder="–", height=rows_high(len(table), most=6),
                key=f"exports_{kind}",
            )  # fmt: skip
        st.caption(_("Any other CSV or Excel file with these columns works too, whatever they are called."))


def _columns(kind: str) -> str:
    """The columns a file of this kind cannot do without, and those that make it useful."""
    needed = [_(FIELD_TITLES[field.name]) for field in FIELDS[_KIND[kind]] if field.needed]
    useful = [_(FIELD_TITLES[name]) for name in _USEFUL[kind]]
    return plain(
        _("Needed columns: {needed}; useful: {useful}.", needed=fmt().listing(needed), useful=fmt().listing(useful))
    )


def _by_language(language: str) -> Callable[[Profile], tuple[bool, str]]:
    """Exports in the reader's language first."""
    return lambda profile: (
        not any(language.startswith(own) for own in profile.languages),
        profile.title_in(language),
    )

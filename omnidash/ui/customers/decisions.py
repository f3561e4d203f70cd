"""What people decided about who is who: in force, taken back, and when persons were forgotten."""

import polars as pl
import streamlit as st

from omnidash.identity.decisions import RESTORE, Decision, decisions, forgettings
from omnidash.identity.preview import Proposal
from omnidash.identity.shared_by_forgotten import SHARED_WITH_FORGOTTEN
from omnidash.ui import workspaces
from omnidash.ui.cards import evidence_card
from omnidash.ui.customers.proposal import is_proposed, propose, show_proposal
from omnidash.ui.customers.wording import DECISION_TITLES, decision_text
from omnidash.ui.data.wording import local_time
from omnidash.ui.i18n import _, n_
from omnidash.ui.screen import Screen
from omnidash.ui.tables import table
from omnidash.ui.text import plain


def decisions_title(screen: Screen) -> str:
    """How many count."""
    in_force = sum(decision.is_in_force for decision in decisions(screen.workspace))
    if not in_force:
        return _("Who is who follows from the rows alone: no decision is in force")
    return n_("{count} decision is in force", "{count} decisions are in force", in_force)


def show_decisions(screen: Screen) -> None:
    """Draw the section."""
    workspaces.say_if_read_only(screen.workspace)
    history = decisions(screen.workspace)
    if is_proposed(screen, "decisions"):
        show_proposal(screen)
    in_force = [decision for decision in history if decision.is_in_force]
    if in_force:
        with st.container(border=True, key="card_in_force", gap="small"):
            st.markdown(f"## {_('In force')}")
            for decision in in_force:
                _decision(screen, decision)
    rows = _table(screen, history)
    with evidence_card(
        n_("{count} entry in the history", "{count} entries in the history", rows.height),
        rows,
        key="decision_history",
        explanation=_(
            "The history is only added to: taking a decision back is an entry of its own. A decision holds for rows "
            "that come later, too. Of forgotten persons the history keeps when, by whom, why and how many identifiers "
            "are kept out; who they were is gone, and what had been decided about them is emptied."
        ),
    ):
        if rows.is_empty():
            st.info(
                _(
                    "Nobody has decided anything. Look up one person to cut a link that joins two people, or to block "
                    "an identifier that several share; every decision shows first what it would change."
                ),
                icon=":material/gavel:",
            )
        else:
            table(rows, key="decision_history_rows")


def _decision(screen: Screen, decision: Decision) -> None:
    subject = decision_text(decision.kind, decision.a, decision.b)
    with st.container(horizontal=True, vertical_alignment="center", key=f"decision_{decision.decision_id}"):
        st.markdown(
            f"**{decision.decision_id} · {_(DECISION_TITLES[decision.kind])}**: {plain(subject)}  \n"
            + plain(_reason(decision.reason)),
            width="stretch",
        )
        if decision.a is not None and st.button(
            _("Take it back …"), icon=":material/undo:", key=f"restore_{decision.decision_id}"
        ):
            title = _(
                "Take back decision {number}: {what}",
                number=decision.decision_id,
                what=f"{_(DECISION_TITLES[decision.kind])}, {subject}",
            )
            propose(screen, "decisions", Proposal(restores=(decision.decision_id,)), title)
            st.rerun()


def _table(screen: Screen, history: list[Decision]) -> pl.DataFrame:
    made = [
        (
            decision.decided_at,
            decision.decision_id,
            _(DECISION_TITLES[decision.kind]),
            _state(decision),
            _reason(decision.reason),
            decision.decided_by or "",
            decision_text(decision.kind, decision.a, decision.b),
        )
        for decision in history
    ]
    forgotten = [
        (
            one.moment,
            None,
            _("Forgotten"),
            _("for good"),
            one.reason,
            one.by,
            n_("{count} identifier", "{count} identifiers", one.identifiers),
        )
        for one in forgettings(screen.workspace)
    ]
    rows = sorted([*made, *forgotten], key=lambda row: row[0], reverse=True)
    return pl.DataFrame(
        [(local_time(moment, screen.workspace), *rest) for moment, *rest in rows],
        schema={
            _("When"): pl.Datetime,
            _("No."): pl.Int64,
            _("Decision"): pl.String,
            _("State"): pl.String,
            _("Reason"): pl.String,
            _("Who"): pl.String,
            _("About"): pl.String,
        },
        orient="row",
    )


def _reason(said: str) -> str:
    """What somebody said, or what forgetting says itself, in the reader's language."""
    return _(SHARED_WITH_FORGOTTEN) if said == SHARED_WITH_FORGOTTEN else said


def _state(decision: Decision) -> str:
    if decision.kind == RESTORE:
        return _("takes back {number}", number=decision.restores)
    if decision.restored_by is not None:
        return _("taken back by {number}", number=decision.restored_by)
    return _("in force")

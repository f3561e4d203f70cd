"""The plan on the screen, kept in the address of the page (``?plan=``): a reload, a server that was started anew and a
link sent to a colleague find it as it was, with one step to take back.

The address is written while the page is drawn anyway, never by a run of its own, and a move is no step of the browser's
history (``style.py``): Back leaves the page. It is followed only where it names what this session did not write
itself: whatever is pressed before the browser has the newest address brings an older one along, which is an echo, not
a wish. A plan for other channels, money, days, model or basis is put on nothing; the page says so.

Who changes the filters or the basis begins at today's split, and finds the plan of before where they are chosen again.
"""

from dataclasses import dataclass, field

import streamlit as st

from omnidash.model.messages import N_, Message
from omnidash.ui.budget.plan_code import OtherPlan, Unreadable, about, read, written
from omnidash.ui.budget.plan_state import PlanState

_ADDRESS, _KEY = "plan", "plan_in_address"
_MOST_KEPT = 50
_OTHER = N_(
    "The plan in the link is not shown: it was made for another period, other channels, another model or basis, or "
    "other spend. You see today's split."
)
_UNREADABLE = N_("The plan in the link cannot be read. You see today's split.")
_LEFT = N_(
    "The plan you made belongs to the period, channels, model, basis and data before; choose them again and it is "
    "back. Here you see today's split."
)


@dataclass(slots=True)
class _Kept:
    """One per session. ``known``: what it wrote into the address or found there, the latest last; ``drafts``: what a
    plan is about → its text; ``state``: the plan that was looked at last."""

    known: list[str] = field(default_factory=list)
    drafts: dict[str, str] = field(default_factory=dict)
    state: PlanState | None = None

    def know(self, text: str) -> None:
        if text not in self.known:
            self.known = [*self.known[1 - _MOST_KEPT :], text]


def take_kept_plan(state: PlanState, *named: str) -> bool:
    """Put on the screen what the address says, or what this session had for the same; whether the address did.

    ``named``: the model and the basis.
    """
    kept: _Kept = st.session_state.setdefault(_KEY, _Kept())
    asked, what_for, before = st.query_params.get(_ADDRESS, ""), _what_for(state, named), kept.state
    is_known, is_new = asked in kept.known, before is not state
    kept.state = state
    if asked and (is_new or not is_known):
        kept.know(asked)
        try:
            state.take(read(asked, state.today, what_for))
        except OtherPlan:
            state.notice = None if is_known else Message(_OTHER, {})
        except Unreadable:
            state.notice = Message(_UNREADABLE, {})
        else:
            return True
    if is_new and what_for in kept.drafts:
        state.take(read(kept.drafts[what_for], state.today, what_for))
    elif is_new and before is not None and state.notice is None and _is_made(before):
        state.notice = Message(_LEFT, {})
    return False


def keep_plan(state: PlanState, *named: str) -> None:
    """Write the plan into the address where it says something else; nothing for a plan that is as every plan begins."""
    kept: _Kept = st.session_state[_KEY]
    what_for = _what_for(state, named)
    text = written(state.draft, state.today, what_for)
    if not text and "move_from" in st.query_params:
        text = f"{what_for}~f"  # else a reload would take the linked move once more
    if text:
        kept.drafts = {**{k: v for k, v in kept.drafts.items() if k != what_for}, what_for: text}
        kept.know(text)
    else:
        kept.drafts.pop(what_for, None)
    if st.query_params.get(_ADDRESS, "") == text:
        return
    if text:
        st.query_params[_ADDRESS] = text
    else:
        del st.query_params[_ADDRESS]


def _what_for(state: PlanState, named: tuple[str, ...]) -> str:
    return about(state.today, state.first_day, state.reference_days, *named)


def _is_made(state: PlanState) -> bool:
    return dict(state.allocation) != dict(state.today) or bool(state.locked or state.rules.limits)

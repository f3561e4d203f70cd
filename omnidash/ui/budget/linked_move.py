"""A move of money that a link brings along, as a case of an alert does:
``?move_from=<channel>&move_to=<channel>&amount=<money over the reference period>``.

Taken once per link; more than the channel spends is as much as it spends. Without ``move_to`` the other channels share
it in proportion to their spend, without ``amount`` it is half of the channel's spend. A link that names a channel
without spend changes nothing.
"""

import math

import streamlit as st

from omnidash.budget.pool import GIVES_UP
from omnidash.budget.redistribute import redistribute
from omnidash.budget.what_if import Allocation
from omnidash.ui.budget.plan_state import PlanState
from omnidash.ui.i18n import _
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_TAKEN = "linked_move_taken"


def take_linked_move(state: PlanState, days: int, *, is_in_plan: bool = False) -> None:
    """Put the move of the address on the screen, if there is one and it was not taken before. ``is_in_plan``: the
    address brought the whole plan along, of which the move is a part already."""
    asked = {name: st.query_params.get(name, "") for name in ("move_from", "move_to", "amount")}
    if not asked["move_from"] or st.session_state.get(_TAKEN) == asked:
        return
    st.session_state[_TAKEN] = asked
    if is_in_plan:
        return
    giving, taking = asked["move_from"], asked["move_to"]
    if giving not in state.allocation or giving == taking:
        return
    spends = state.allocation[giving]
    money = min(_money(asked["amount"], days) or spends * GIVES_UP, spends)
    if taking in state.allocation:
        spend = dict(state.allocation)
        state.move(Allocation({**spend, giving: spends - money, taking: spend[taking] + money}))
    elif len(state.allocation) > 1:
        state.move(redistribute(state.allocation, giving, spends - money, total_fixed=True))


def said_of_linked_move(screen: Screen, state: PlanState) -> None:
    """One line that says where the move on the screen came from."""
    asked = st.session_state.get(_TAKEN)
    is_still = dict(state.allocation) == dict(state.today)
    if not asked or is_still or asked["move_from"] != st.query_params.get("move_from", ""):
        return
    giving, taking = screen.name(asked["move_from"]), asked["move_to"]
    if taking:
        said = _(
            "As the alert's case proposes: money moves from {giving} to {taking}.",
            giving=giving,
            taking=screen.name(taking),
        )
    else:
        said = _("As the alert's case proposes: money moves from {giving} to the other channels.", giving=giving)
    st.caption(f":material/link: {plain(said)}")


def _money(text: str, days: int) -> float | None:
    """Money per day, of a number over the days of the period; None where it is no positive number."""
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return value / days if math.isfinite(value) and value > 0 else None

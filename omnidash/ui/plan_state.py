"""The plan a manager is working on: what each channel gets, what is locked, and the way back. One per session.

Callbacks of the budget screen change it; a move that cannot be made leaves it as it was and says why in ``problem``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.plan import best_plan, default_bounds
from omnidash.budget.redistribute import highest_spend, redistribute
from omnidash.budget.what_if import Allocation
from omnidash.model.errors import OmniDashError, WrongUse
from omnidash.model.messages import N_

NOTHING = 0.005  # money: less than a cent is not moved
_KEY = "plan_state"
_STEPS_BACK = 50


@dataclass(slots=True)
class PlanState:
    """Spend per day by channel. ``key``: the data and filters it belongs to."""

    key: object
    allocation: Allocation
    past: list[Allocation]
    locked: set[str]
    problem: OmniDashError | None = None

    def move(self, allocation: Allocation) -> None:
        """Take a new allocation and remember the old one for undo."""
        self.past = [*self.past[1 - _STEPS_BACK :], self.allocation]
        self.allocation, self.problem = allocation, None

    def undo(self) -> None:
        """Take the last move back."""
        if self.past:
            self.allocation, self.problem = self.past.pop(), None

    def slide(self, channel: str, slider_key: str, keep_total: bool, days: int) -> None:
        """Give a channel what its slider says (over ``days``); with ``keep_total`` the others give or take."""
        locked, wanted = frozenset(self.locked), st.session_state[slider_key] / days
        if keep_total:  # more than the others can give is as much as they can give
            wanted = min(wanted, highest_spend(self.allocation, channel, locked=locked))
        try:
            self.move(redistribute(self.allocation, channel, wanted, total_fixed=keep_total, locked=locked))
        except OmniDashError as error:
            self.problem = error

    def lock(self, channel: str, toggle_key: str) -> None:
        """Lock or unlock a channel as its toggle says."""
        if st.session_state[toggle_key]:
            self.locked.add(channel)
        else:
            self.locked.discard(channel)

    def take_best(self, curves: tuple[ChannelCurve, ...], margin: Mapping[str, float]) -> None:
        """The best split of the present total within ±50 % of today and 1.5 times what was ever seen."""
        lower, upper = default_bounds(curves, self.allocation.total, locked=frozenset(self.locked))
        for channel in self.locked:
            lower[channel] = upper[channel] = self.allocation[channel]
        try:
            # With the total given, most revenue × margin is most profit; all of it is placed.
            best = best_plan(
                curves, self.allocation.total, lower=lower, upper=upper, objective="revenue", margin=margin
            ).allocation
            if max(abs(best[channel] - self.allocation[channel]) for channel in best) < NOTHING:
                raise WrongUse(
                    N_("Nothing can be moved within the limits and locks; unlock a channel or change the total.")
                )
            self.move(best)
        except OmniDashError as error:
            self.problem = error


def plan_of_session(key: object, curves: tuple[ChannelCurve, ...]) -> PlanState:
    """The plan of this session; it starts anew from today when the data, the period or the model changes under it."""
    state: PlanState | None = st.session_state.get(_KEY)
    if state is None or state.key != key:
        state = PlanState(key=key, allocation=Allocation.today(curves), past=[], locked=set())
        st.session_state[_KEY] = state
    return state

"""The plan a manager is working on: what each channel gets, what is locked and limited, the rules, and the way back.

One per session. Callbacks of the budget screen change it; a move that cannot be made leaves it as it was and says why
in ``problem``, limits that contradict each other in ``conflict``, what is left of a target out of reach in
``attainable``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import streamlit as st

from omnidash.budget.attainable import nearest_target
from omnidash.budget.conflict import Conflict, conflict
from omnidash.budget.curve import ChannelCurve
from omnidash.budget.limits import RESERVE, Brief
from omnidash.budget.moves import Move
from omnidash.budget.nothing_moved import STILL, moved_share, why_nothing_moved
from omnidash.budget.phasing import Phasing
from omnidash.budget.planner import BestPlan, make_plan
from omnidash.budget.redistribute import highest_spend, redistribute
from omnidash.budget.rule_price import rule_price
from omnidash.budget.task import Unreachable
from omnidash.budget.what_if import Allocation
from omnidash.model.errors import OmniDashError, WrongUse
from omnidash.model.messages import N_, Message
from omnidash.model.period import Period
from omnidash.ui.budget.plan_code import Draft
from omnidash.ui.budget.rules import Rules
from omnidash.ui.budget.told import Told

NOTHING = 0.005  # money: less than a cent is not moved
ATTAINABLE_ROOM = 1e-4  # relative: a target exactly at the edge is out of reach by rounding
_BELOW_NOTHING = N_("Nothing below 0 can be spent; the plan stays as it was.")
_KEY = "plan_state"
_STEPS_BACK = 50


@dataclass(slots=True)
class PlanState:
    """Spend per day by channel. ``key``: the data, settings, filters and basis it belongs to, ``data`` the same without
    settings; ``curves``, ``margin`` and ``top`` (the channels that convert best) are what plans are made with;
    ``first_day`` and ``reference_days`` of the reference period. ``held``: money per day that the flexible reserve
    keeps back. ``horizon_days`` the plan is for (None: as many as the reference period has), ``phasing``: how its money
    falls into their weeks; ``reserve_share``: of the total, held back where that rule is on. ``moves``: what all models
    and bases say of the best plan's moves under ``moves_for``; ``judged`` of what is asked now. ``generation`` rises
    where locks and limits change otherwise than in their table, which then begins anew; ``told``: what the controls
    were told to show. ``notice``: why the plan of a link, or of before, is not here."""

    key: object
    data: object
    curves: tuple[ChannelCurve, ...]
    margin: Mapping[str, float]
    top: tuple[str, ...]
    first_day: date
    reference_days: int
    allocation: Allocation
    held: float = 0.0
    past: list[tuple[Allocation, float]] = field(default_factory=list)
    locked: set[str] = field(default_factory=set)
    rules: Rules = field(default_factory=Rules)
    problem: OmniDashError | None = None
    conflict: Conflict | None = None
    attainable: float | None = None
    best: BestPlan | None = None
    still: tuple[Message, ...] = ()
    moves: tuple[Move, ...] | None = None
    moves_for: Brief | None = None
    prices: dict[str, float | None] = field(default_factory=dict)
    horizon_days: int | None = None
    phasing: Phasing = "even"
    reserve_share: float = RESERVE
    generation: int = 0
    told: Told = field(default_factory=Told)
    notice: Message | None = None

    @property
    def today(self) -> Allocation:
        """What the channels spent per day in the reference period."""
        return Allocation.today(self.curves)

    @property
    def asked(self) -> Brief:
        """What the best plan on the screen was asked; without one, what it would be."""
        return self.brief() if self.best is None else self.best.brief

    @property
    def judged(self) -> tuple[Move, ...] | None:
        """What all models and bases say of the moves that are asked for now (None: they have not been asked this)."""
        if self.moves is None or self.moves_for is None or not _asks_the_same(self.asked, self.moves_for):
            return None
        return self.moves

    def is_about(self, data: object, curves: tuple[ChannelCurve, ...]) -> bool:
        """Whether the plan is of this data: the same channels with the same spend today."""
        now = {curve.channel: curve.spend_today for curve in curves}
        return self.data == data and now == dict(self.today)

    def plans_with(
        self, curves: tuple[ChannelCurve, ...], margin: Mapping[str, float], top: tuple[str, ...], reserve_share: float
    ) -> bool:
        """Whether the proofs still hold: plans were made with these very curves and rules."""
        known = {curve.channel: curve for curve in self.curves}
        at = np.array([0.5, 2.0])
        are_same = len(curves) == len(known) and all(
            np.array_equal(curve.draws.revenue(at), known[curve.channel].draws.revenue(at)) for curve in curves
        )
        return are_same and (self.margin, self.top, self.reserve_share) == (margin, top, reserve_share)

    def move(self, allocation: Allocation, held: float = 0.0) -> None:
        """Take a new allocation and remember the old one for undo. What was proven of the old one is forgotten."""
        self.past = [*self.past[1 - _STEPS_BACK :], (self.allocation, self.held)]
        self.allocation, self.held = allocation, held
        self.forget_proofs()

    def undo(self) -> None:
        """Take the last move back."""
        if self.past:
            self.allocation, self.held = self.past.pop()
            self.forget_proofs()

    def reset(self) -> None:
        """Back to today, without locks, limits and rules."""
        self.move(self.today)
        self.locked, self.rules, self.prices = set(), Rules(), {}
        self.generation += 1

    def slide(self, channel: str, widget_key: str, days: int) -> None:
        """Give a channel what its slider or number box says (over ``days``); with a kept total the others give or
        take."""
        locked, wanted = frozenset(self.locked), st.session_state[widget_key] / days
        if wanted < 0:
            self.problem = WrongUse(_BELOW_NOTHING)
            return
        kept = self.rules.keep_total
        if kept:  # more than the others can give is as much as they can give
            wanted = min(wanted, highest_spend(self.allocation, channel, locked=locked))
        try:
            self.move(redistribute(self.allocation, channel, wanted, total_fixed=kept, locked=locked), self.held)
        except OmniDashError as error:
            self.problem = error

    def set_total(self, widget_key: str, days: int) -> None:
        """Another total: the unlocked channels grow or shrink alike; from nothing they grow to today's split."""
        if st.session_state[widget_key] < 0:
            self.problem = WrongUse(_BELOW_NOTHING)
            return
        shares = {c: x for c, x in self.allocation.items() if c not in self.locked}
        held = self.allocation.total - sum(shares.values())
        wanted = st.session_state[widget_key] / days - held
        if sum(shares.values()) < NOTHING:
            shares = {c: self.today[c] for c in shares}
        free = sum(shares.values())
        if free <= 0 or wanted < 0:
            self.problem = WrongUse(N_("The locked channels leave no other total; unlock one."))
            return
        self.move(Allocation({**self.allocation, **{c: x * wanted / free for c, x in shares.items()}}))

    def restrict(self, channels: Sequence[str], edited: Mapping[int, Mapping[str, Any]], days: int) -> None:
        """Lock, unlock and limit channels as their table says: row number → locked, least, most (over ``days``; None:
        no limit). What says nothing new changes nothing."""
        limits, locked = dict(self.rules.limits), set(self.locked)
        for row, cells in edited.items():
            channel = channels[row]
            if "locked" in cells:
                (locked.add if cells["locked"] else locked.discard)(channel)
            low, high = self.limits_of(channel)
            if "least" in cells:
                low = None if cells["least"] is None else cells["least"] / days
            if "most" in cells:
                high = None if cells["most"] is None else cells["most"] / days
            if (low, high) != self.limits_of(channel):
                limits[channel] = (low, high)
        if locked != self.locked:
            self.locked = locked
            self.forget_proofs()
        if limits != self.rules.limits:
            self.change_rules(limits=limits)

    def limits_of(self, channel: str) -> tuple[float | None, float | None]:
        """Least and most per day (None: no limit)."""
        return self.rules.limits.get(channel, (None, None))

    def change_rules(self, **changed: object) -> None:
        """Change fields of the rules; the house rules are priced anew."""
        self.rules = replace(self.rules, **changed)  # type: ignore[arg-type]
        self.forget_proofs()
        self.price_rules()

    def price_rules(self) -> None:
        """What the reserve and the 70/30 rule cost per day, as things stand."""
        brief = self.brief()
        self.prices = {
            rule: rule_price(self.curves, brief, rule, self.top, reserve=self.reserve_share)
            for rule in ("reserve", "top")
        }

    def brief(self) -> Brief:
        """What is asked of the best plan: the present total, rules, limits and locks."""
        rules = self.rules
        kept = rules.keep_total
        low = {c: pair[0] for c, pair in rules.limits.items() if pair[0] is not None and c not in self.locked}
        high = {c: pair[1] for c, pair in rules.limits.items() if pair[1] is not None and c not in self.locked}
        is_target = rules.objective.startswith("target")
        return Brief(
            total=self.allocation.total + self.held if kept else self.today.total,
            chooses_total=not kept,
            objective=rules.objective,
            target=rules.target if is_target else None,
            margin=self.margin,
            # With the total given, all of it is placed; a target or a free total says itself how much is right.
            spend_all=kept and not is_target,
            change=rules.change,
            least=low,
            most=high,
            locked={c: self.allocation[c] for c in self.locked},
            only_extra=rules.only_extra,
            reserve=self.reserve_share if rules.reserve else None,
            top=self.top if rules.top else (),
        )

    def take_best(self) -> None:
        """Move to the best plan under the rules, with its proof; or say why nothing moved, or which limits conflict."""
        before = self.allocation
        try:
            brief = self.brief()
            found = make_plan(self.curves, brief)
        except Unreachable as error:
            self.forget_proofs()
            self.conflict = conflict(self.curves, brief)
            if self.conflict is None:
                self.attainable = nearest_target(self.curves, brief)
                self.problem = error if self.attainable is None else None
            return
        except OmniDashError as error:
            self.problem = error
            return
        still = why_nothing_moved(found, before)
        if not still:
            self.move(found.allocation, found.unspent if brief.reserve else 0.0)
        else:
            self.forget_proofs()
            self.problem = WrongUse(
                N_(
                    "Within the limits and locks no split is better than this one; to move more, unlock a channel, "
                    "widen a limit or change the total."
                )
            )
        self.best, self.still = found, still
        self.price_rules()

    def take_nearest(self) -> None:
        """Move to the plan that breaks the limits as little as possible."""
        if self.conflict is not None:
            self.move(self.conflict.nearest)

    def take_attainable(self) -> None:
        """Ask for the nearest target that can be reached instead, and move to its best plan."""
        if self.attainable is not None:
            gives = ATTAINABLE_ROOM if self.rules.objective == "target_cac" else -ATTAINABLE_ROOM
            self.change_rules(target=self.attainable + gives * abs(self.attainable))
            self.take_best()

    def forget_proofs(self) -> None:
        """What was said of the plan before (proof, prices of limits, conflicts) holds no longer."""
        self.problem, self.conflict, self.best, self.still, self.attainable = None, None, None, (), None
        self.notice = None

    @property
    def draft(self) -> Draft:
        """What is kept of the plan beyond the session."""
        return Draft(
            allocation=self.allocation,
            held=self.held,
            before=self.past[-1] if self.past else None,
            locked=frozenset(self.locked),
            rules=self.rules,
            horizon_days=self.horizon_days,
            phasing=self.phasing,
            is_best=self.best is not None,
        )

    def take(self, draft: Draft) -> None:
        """Put a plan that was kept on the screen, with one step to take back, and prove anew what was proven of it."""
        for allocation, held in [*([draft.before] if draft.before else []), (draft.allocation, draft.held)]:
            if (dict(allocation), held) != (dict(self.allocation), self.held):
                self.move(allocation, held)
        self.forget_proofs()
        self.locked, self.rules, self.prices = set(draft.locked), draft.rules, {}
        self.horizon_days, self.phasing = draft.horizon_days, draft.phasing
        self.generation += 1
        if draft.is_best:
            self._prove()
        if draft.is_best or draft.rules != Rules():
            self.price_rules()

    def _prove(self) -> None:
        """The proof that the plan on the screen is the best one; none where it is not."""
        try:
            found = make_plan(self.curves, self.brief())
        except OmniDashError:
            return
        if moved_share(found, self.allocation) <= STILL:
            self.best = found
            is_same = all(abs(found.allocation[c] - x) < NOTHING for c, x in self.allocation.items())
            self.still = () if is_same else why_nothing_moved(found, self.allocation)


def _asks_the_same(brief: Brief, other: Brief) -> bool:
    """Whether nothing but rounding of the total tells two briefs apart: a slider moves money, not what is asked."""
    return replace(brief, total=other.total) == other and abs(brief.total - other.total) < NOTHING


def plan_of_session(
    key: object,
    data: object,
    curves: tuple[ChannelCurve, ...],
    margin: Mapping[str, float],
    top: Callable[[], tuple[str, ...]],
    reference: Period,
    reserve_share: float,
) -> PlanState:
    """The plan of this session; it starts anew from today when the data, the period, the model or the basis changes."""
    state: PlanState | None = st.session_state.get(_KEY)
    if state is not None and state.key != key and state.is_about(data, curves):
        # Settings, notes or saved scenarios have changed, not the money: what was moved on the screen stays moved.
        now_top = top()
        is_same = state.plans_with(curves, margin, now_top, reserve_share)
        state.key, state.curves, state.margin, state.top = key, curves, margin, now_top
        state.reserve_share = reserve_share
        state.moves = None
        if not is_same:
            state.prices = {}  # of another margin, it may be
            state.forget_proofs()
    elif state is None or state.key != key:
        rules = Rules() if state is None else replace(state.rules, limits={})
        state = PlanState(
            key=key,
            data=data,
            curves=curves,
            margin=margin,
            top=top(),
            first_day=reference.first_day,
            reference_days=reference.days,
            allocation=Allocation.today(curves),
            rules=rules,
            reserve_share=reserve_share,
            horizon_days=None if state is None else state.horizon_days,
            phasing="even" if state is None else state.phasing,
            generation=0 if state is None else state.generation + 1,
            told=Told() if state is None else state.told,  # the browser still has the controls of the plan before
        )
        st.session_state[_KEY] = state
    return state

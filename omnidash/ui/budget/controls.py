"""The left side of the budget screen: presets, the total, aim and rules with their price, and the channels."""

import polars as pl
import streamlit as st

from omnidash.budget.attainable import out_of_reach
from omnidash.budget.what_if import Allocation, WhatIf
from omnidash.model.messages import N_
from omnidash.ui.budget.channel_row import channel_row
from omnidash.ui.budget.limits_table import limits_table
from omnidash.ui.budget.plan_state import PlanState
from omnidash.ui.budget.rules import CHANGES
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

OBJECTIVES = {
    "profit": N_("Most profit"),
    "revenue": N_("Most revenue"),
    "conversions": N_("Most conversions"),
    "target_roi": N_("Reach an ROI"),
    "target_marginal_roi": N_("Spend until the next unit earns"),
    "target_cac": N_("Reach a CAC"),
}
_HORIZONS = (28, 56, 91, 182)


def controls(screen: Screen, state: PlanState, answer: WhatIf, channel_days: pl.DataFrame) -> None:
    """Everything that moves money."""
    days = answer.days
    state.told.begin()
    with st.container(horizontal=True):
        st.button(
            _("Best plan"),
            icon=":material/auto_awesome:",
            type="primary",
            key="plan_best",
            on_click=state.take_best,
        )
        st.button(_("Today"), icon=":material/restart_alt:", key="plan_today", on_click=state.move, args=(state.today,))
        st.button(_("Undo"), icon=":material/undo:", key="plan_undo", disabled=not state.past, on_click=state.undo)
        with st.popover(_("More"), icon=":material/tune:", key="plan_more"):
            _presets(state, channel_days)
    _total(screen, state, days)
    _rules(screen, state, answer)
    limits_table(screen, state, days)
    with st.container():  # always there: what comes and goes must not move the rows, whose sliders would lose the focus
        _problem(screen, state)
        if any(move.verdict != "still" for move in state.judged or ()):
            st.caption(
                _(
                    "Robust, contested, unsure: whether the best plan moves a channel the same way under every "
                    "attribution model and the media mix. More under Robust moves."
                )
            )
    for curve in state.curves:
        channel_row(screen, curve, state, answer, days)
    state.told.end()


def _presets(state: PlanState, channel_days: pl.DataFrame) -> None:
    st.button(
        _("Like the month before"),
        key="plan_last_month",
        on_click=lambda: state.move(_month_before(state, channel_days)),
        help=_("The split of the 30 days before the chosen period, with the present total."),
    )
    st.button(_("Equal parts"), key="plan_equal", on_click=lambda: state.move(_equal(state)))
    st.button(
        _("Reset everything"),
        key="plan_reset",
        on_click=state.reset,
        help=_("Today's split, without locks, limits and rules."),
    )


def _month_before(state: PlanState, channel_days: pl.DataFrame) -> Allocation:
    last = state.first_day
    before = channel_days.filter(pl.col("day").is_between(pl.lit(last).dt.offset_by("-30d"), last, closed="left"))
    sums = dict(before.group_by("channel").agg(pl.col("spend").sum()).iter_rows())
    spend = {c: max(float(sums.get(c, 0.0)), 0.0) for c in state.allocation}
    return _scaled(spend, state)


def _equal(state: PlanState) -> Allocation:
    return _scaled(dict.fromkeys(state.allocation, 1.0), state)


def _scaled(weights: dict[str, float], state: PlanState) -> Allocation:
    """The present total in proportion to ``weights``; locked channels stay."""
    free = [c for c in weights if c not in state.locked]
    money, weight = sum(state.allocation[c] for c in free), sum(weights[c] for c in free)
    if weight <= 0:
        return state.allocation
    return Allocation({c: weights[c] * money / weight if c in free else state.allocation[c] for c in weights})


def _total(screen: Screen, state: PlanState, days: int) -> None:
    left, right = st.columns([0.5, 0.5], vertical_alignment="bottom")
    key = "plan_total"
    state.told.tell(key, round(state.allocation.total * days, 2))
    with left:
        st.number_input(
            _("Total in {days} days ({unit})", days=days, unit=fmt().symbol(screen.currency)),
            key=key,
            format="%.0f",
            on_change=state.told.by_hand(key, state.set_total, key, days),
        )
        _horizon(state, days)
    kept = "plan_keep_total"
    state.told.tell(kept, state.rules.keep_total)
    with right:
        st.toggle(
            _("Keep the total"),
            key=kept,
            help=_("Other channels give or take in proportion to what they spend."),
            on_change=state.told.by_hand(kept, lambda: state.change_rules(keep_total=st.session_state[kept])),
        )


def _horizon(state: PlanState, days: int) -> None:
    """For how many days the plan is."""
    key = "plan_horizon"
    state.told.tell(key, days)

    def chosen() -> None:
        state.horizon_days = st.session_state[key]

    st.selectbox(
        _("Horizon"),
        sorted({days, state.reference_days, *_HORIZONS}),
        key=key,
        format_func=lambda count: _("{days} days", days=count),
        help=_("All money on this page is for so many days; the weeks stand under Week by week."),
        on_change=state.told.by_hand(key, chosen),
    )


def _aim(screen: Screen, state: PlanState, answer: WhatIf) -> None:
    """What the best plan aims at. A target begins at what is reached today, so that it means something at once."""
    rules, now, key = state.rules, answer.total, "plan_rule_objective"
    reached = {"target_roi": now.roi_today or 0.0, "target_marginal_roi": 0.0, "target_cac": now.cac_today or 1.0}
    state.told.tell(key, rules.objective)

    def chosen() -> None:
        aim = st.session_state[key]
        state.change_rules(objective=aim, target=reached.get(aim))

    st.selectbox(
        _("Aim"),
        list(OBJECTIVES),
        key=key,
        format_func=lambda name: _(OBJECTIVES[name]),
        on_change=state.told.by_hand(key, chosen),
    )
    if rules.target is None:
        return
    is_money = rules.objective == "target_cac"
    scale, target = 1.0 if is_money else 100.0, "plan_target"
    state.told.tell(target, round(rules.target * scale, 2))
    st.number_input(
        _("Target ({unit})", unit=fmt().symbol(screen.currency) if is_money else "%"),
        min_value=0.01 if is_money else -100.0,
        key=target,
        on_change=state.told.by_hand(target, lambda: state.change_rules(target=st.session_state[target] / scale)),
    )


def _rules(screen: Screen, state: PlanState, answer: WhatIf) -> None:
    """What the best plan aims at and keeps to; drawn only where it is opened."""
    key = "plan_rules"
    st.session_state[key] = bool(st.session_state.get(key))  # the title changes, what is open stays open
    title = f"{_('Aim and rules')}: {_(OBJECTIVES[state.rules.objective])}"
    with st.expander(title, key=key, on_change="rerun") as behind:
        if not behind.open:
            return
        _aim(screen, state, answer)
        _choice(
            state,
            "change",
            _("A channel may move by"),
            list(CHANGES),
            lambda share: _("any amount") if share is None else f"± {fmt().chosen_percent(share)}",
        )
        _switch(state, "only_extra", _("Place only what is more than today"))
        money = lambda name: _priced(screen, state, name, answer.days)  # noqa: E731
        _switch(
            state,
            "reserve",
            _("Hold {share} back as flexible reserve", share=fmt().chosen_percent(state.reserve_share))
            + money("reserve"),
            _("The money waits for the week's best use; the price is what it would have brought at once."),
        )
        names = fmt().listing([screen.name(c) for c in state.top])
        _switch(
            state,
            "top",
            _("70% to the three channels that convert best") + money("top"),
            plain(_("At present: {channels}. At most 30% goes to all others, as tests.", channels=names)),
        )


def _choice(state: PlanState, name: str, title: str, options: list, show) -> None:  # type: ignore[no-untyped-def, type-arg]
    key = f"plan_rule_{name}"
    state.told.tell(key, getattr(state.rules, name))
    st.selectbox(
        title,
        options,
        key=key,
        format_func=show,
        on_change=state.told.by_hand(key, lambda: state.change_rules(**{name: st.session_state[key]})),
    )


def _switch(state: PlanState, name: str, title: str, meaning: str | None = None) -> None:
    key = f"plan_rule_{name}"
    state.told.tell(key, getattr(state.rules, name))
    st.toggle(
        title,
        key=key,
        help=meaning,
        on_change=state.told.by_hand(key, lambda: state.change_rules(**{name: st.session_state[key]})),
    )


def _priced(screen: Screen, state: PlanState, rule: str, days: int) -> str:
    """What a house rule costs, once plans were compared with and without it; only in money."""
    price = state.prices.get(rule)
    if price is None or state.rules.objective not in ("profit", "revenue", "target_roi"):
        return ""
    return " · " + _("costs {price}", price=fmt().money_compact(price * days, screen.currency))


def _problem(screen: Screen, state: PlanState) -> None:
    if state.problem is not None:
        st.warning(plain(screen.say(state.problem.message)))
    if state.attainable is not None:
        _out_of_reach(screen, state, state.attainable)
    if state.conflict is None:
        return
    with st.container(border=True, key="plan_conflict"):
        st.markdown(f"**{_('These limits contradict each other')}**")
        for limit in state.conflict.limits:
            st.markdown(f"- {plain(screen.say(limit.label))}")
        gives = [
            f"{plain(screen.say(one.limit.label))} → "
            + (fmt().money(one.instead, screen.currency) if one.share is None else fmt().chosen_percent(one.share))
            for one in state.conflict.yields
        ]
        if gives:
            st.caption(_("Nearest possible: {changes}", changes="; ".join(gives)))
        st.button(_("Take the nearest plan"), key="plan_nearest", on_click=state.take_nearest)


def _out_of_reach(screen: Screen, state: PlanState, attainable: float) -> None:
    """A target that the limits do not allow, and the nearest that they do."""
    with st.container(border=True, key="plan_out_of_reach"):
        st.markdown(f"**{plain(screen.say(out_of_reach(state.brief(), attainable)))}**")
        st.button(_("Plan for what can be reached"), key="plan_attainable", on_click=state.take_attainable)

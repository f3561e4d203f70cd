"""The left side of the budget screen: presets, rules with their price; slider, box, lock and limits per channel."""

import numpy as np
import polars as pl
import streamlit as st

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.what_if import Allocation, WhatIf
from omnidash.model.messages import N_
from omnidash.ui.i18n import _, fmt
from omnidash.ui.plan_state import PlanState
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_SLIDER_STEPS = 200
OBJECTIVES = {
    "profit": N_("Most profit"),
    "revenue": N_("Most revenue"),
    "conversions": N_("Most conversions"),
    "target_roi": N_("Reach an ROI"),
    "target_marginal_roi": N_("Spend until the next unit earns"),
    "target_cac": N_("Reach a CAC"),
}
_CHANGES: tuple[float | None, ...] = (0.1, 0.2, 0.3, 0.5, 1.0, None)


def controls(screen: Screen, state: PlanState, answer: WhatIf, channel_days: pl.DataFrame) -> None:
    """Everything that moves money."""
    days = answer.days
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
    _rules(screen, state, days)
    _problem(screen, state)
    for curve in state.curves:
        _channel_row(screen, curve, state, answer, days)


def _presets(state: PlanState, channel_days: pl.DataFrame) -> None:
    st.button(
        _("Like the month before"),
        key="plan_last_month",
        on_click=state.move,
        args=(_month_before(state, channel_days),),
        help=_("The split of the 30 days before the chosen period, with the present total."),
    )
    st.button(_("Equal parts"), key="plan_equal", on_click=state.move, args=(_equal(state),))
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
    st.session_state[key] = round(state.allocation.total * days, 2)
    with left:
        st.number_input(
            _("Total in {days} days ({unit})", days=days, unit=fmt().symbol(screen.currency)),
            min_value=0.0,
            key=key,
            format="%.0f",
            on_change=state.set_total,
            args=(key, days),
        )
    kept = "plan_keep_total"
    st.session_state[kept] = state.rules.keep_total
    with right:
        st.toggle(
            _("Keep the total"),
            key=kept,
            help=_("Other channels give or take in proportion to what they spend."),
            on_change=lambda: state.change_rules(keep_total=st.session_state[kept]),
        )


def _rules(screen: Screen, state: PlanState, days: int) -> None:
    """What the best plan aims at and keeps to."""
    rules = state.rules
    with st.expander(f"{_('Aim and rules')}: {_(OBJECTIVES[rules.objective])}", key="plan_rules"):
        _choice(state, "objective", _("Aim"), list(OBJECTIVES), lambda name: _(OBJECTIVES[name]))
        if rules.objective.startswith("target"):
            is_money = rules.objective == "target_cac"
            key = "plan_target"
            st.session_state[key] = (rules.target or 0.0) * (1 if is_money else 100)
            st.number_input(
                _("Target ({unit})", unit=fmt().symbol(screen.currency) if is_money else "%"),
                key=key,
                on_change=lambda: state.change_rules(target=st.session_state[key] / (1 if is_money else 100)),
            )
        _choice(
            state,
            "change",
            _("A channel may move by"),
            list(_CHANGES),
            lambda share: _("any amount") if share is None else f"± {fmt().percent(share, 0)}",
        )
        _switch(state, "only_extra", _("Place only what is more than today"))
        money = lambda name: _priced(screen, state, name, days)  # noqa: E731
        _switch(
            state,
            "reserve",
            _("Hold 30% back as flexible reserve") + money("reserve"),
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
    st.session_state[key] = getattr(state.rules, name)
    st.selectbox(
        title,
        options,
        key=key,
        format_func=show,
        on_change=lambda: state.change_rules(**{name: st.session_state[key]}),
    )


def _switch(state: PlanState, name: str, title: str, meaning: str | None = None) -> None:
    key = f"plan_rule_{name}"
    st.session_state[key] = getattr(state.rules, name)
    st.toggle(
        title,
        key=key,
        help=meaning,
        on_change=lambda: state.change_rules(**{name: st.session_state[key]}),
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
    if state.conflict is None:
        return
    with st.container(border=True, key="plan_conflict"):
        st.markdown(f"**{_('These limits contradict each other')}**")
        for limit in state.conflict.limits:
            st.markdown(f"- {plain(screen.say(limit.label))}")
        gives = [
            f"{plain(screen.say(one.limit.label))} → {fmt().money(one.instead, screen.currency)}"
            for one in state.conflict.yields
            if one.limit.share is None
        ]
        if gives:
            st.caption(_("Nearest possible: {changes}", changes="; ".join(gives)))
        st.button(_("Take the nearest plan"), key="plan_nearest", on_click=state.take_nearest)


def _channel_row(screen: Screen, curve: ChannelCurve, state: PlanState, answer: WhatIf, days: int) -> None:
    channel, now = curve.channel, state.allocation[curve.channel] * days
    today = curve.spend_today * days
    ceiling = max(today * 2, curve.spend_high * days, now)
    key, lock = f"spend_{channel}", f"lock_{channel}"
    step = _nice_step(ceiling)
    st.session_state[key] = min(round(now, 2), ceiling)
    st.session_state[lock] = channel in state.locked
    is_locked = channel in state.locked
    with st.container(key=f"row_{channel}", gap="xxsmall"):
        change = f" ({fmt().signed_percent(now / today - 1)})" if abs(now / today - 1) > 0.0005 else ""
        said = plain(f"{screen.name(channel)} · {fmt().money(now, screen.currency)}{change}")
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.markdown(
                f"**{said}**", width="stretch", help=None if curve.reason is None else plain(screen.say(curve.reason))
            )
            _limits(screen, channel, state, days)
            st.toggle(":material/lock:", key=lock, on_change=state.lock, args=(channel, lock))
        slider, box = st.columns([0.66, 0.34], vertical_alignment="center", wrap=False)
        with slider:
            st.slider(
                said,
                min_value=0.0,
                max_value=float(max(np.ceil(ceiling / step), 1) * step),
                step=step,
                key=key,
                format="%.0f",
                disabled=is_locked or ceiling <= 0,
                label_visibility="collapsed",
                on_change=state.slide,
                args=(channel, key, days),
            )
        with box:
            number = f"box_{channel}"
            st.session_state[number] = round(now, 2)
            st.number_input(
                said,
                min_value=0.0,
                key=number,
                format="%.0f",
                step=step,
                disabled=is_locked,
                label_visibility="collapsed",
                on_change=state.slide,
                args=(channel, number, days),
            )
        st.caption(plain(_next_unit(screen, answer, channel)))


def _limits(screen: Screen, channel: str, state: PlanState, days: int) -> None:
    low, high = state.rules.limits.get(channel, (None, None))
    has_limits = low is not None or high is not None
    low_key, high_key = f"least_{channel}", f"most_{channel}"
    st.session_state[low_key] = None if low is None else round(low * days, 2)
    st.session_state[high_key] = None if high is None else round(high * days, 2)
    icon = ":material/fit_width:" if has_limits else ":material/width:"
    with st.popover("", icon=icon, help=_("At least, at most"), type="tertiary", key=f"limits_{channel}"):
        for title, key in ((_("At least"), low_key), (_("At most"), high_key)):
            st.number_input(
                f"{title} ({fmt().symbol(screen.currency)})",
                min_value=0.0,
                key=key,
                format="%.0f",
                placeholder=_("no limit"),
                on_change=state.limit,
                args=(channel, low_key, high_key, days),
            )


def _next_unit(screen: Screen, answer: WhatIf, channel: str) -> str:
    outcome = answer[channel]
    if outcome.marginal_roi is None or not np.isfinite(outcome.marginal_roi):
        return _("Nothing is spent here.")
    unit, brings = 1000.0, 1000 * (1 + outcome.marginal_roi)
    return _(
        "The next {unit} bring {brings} of gross profit",
        unit=fmt().money(unit, screen.currency),
        brings=fmt().money(brings, screen.currency),
    )


def _nice_step(ceiling: float) -> float:
    """A round step that cuts the slider into about two hundred parts."""
    raw = max(ceiling / _SLIDER_STEPS, 0.01)
    magnitude = 10 ** np.floor(np.log10(raw))
    return float(next(m for m in (1, 2, 5, 10) if m * magnitude >= raw) * magnitude)

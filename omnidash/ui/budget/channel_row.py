"""One channel of the plan: its slider and box, lock, least and most, and what the next money in it brings."""

import numpy as np
import streamlit as st

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.what_if import WhatIf
from omnidash.ui.budget.moves import mark
from omnidash.ui.budget.plan_state import PlanState
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_SLIDER_STEPS = 200


def channel_row(screen: Screen, curve: ChannelCurve, state: PlanState, answer: WhatIf, days: int) -> None:
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
        # Beside − and + the box has room for seven digits, on a phone too.
        slider, box = st.columns([0.56, 0.44], vertical_alignment="center", wrap=False)
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
        judged = mark(next((move for move in state.judged or () if move.channel == channel), None))
        st.caption(plain(_next_unit(screen, answer, channel)) + (f" · {judged}" if judged else ""))


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

"""One channel of the plan: what it gets, what holds it, and what the next money in it brings; its slider and box."""

import numpy as np
import streamlit as st

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.what_if import WhatIf
from omnidash.ui.budget.moves import mark
from omnidash.ui.budget.plan_state import PlanState
from omnidash.ui.budget.said import change_of
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_SLIDER_STEPS = 200
_BOX_PIXELS = 168  # beside − and + the box has room for seven digits, on a phone too


def channel_row(screen: Screen, curve: ChannelCurve, state: PlanState, answer: WhatIf, days: int) -> None:
    """As few elements as say it: ten channels of nine elements each were half of the page's time."""
    channel, now = curve.channel, state.allocation[curve.channel] * days
    today = curve.spend_today * days
    ceiling = max(today * 2, curve.spend_high * days, now)
    slider, box = f"spend_{channel}", f"box_{channel}"
    step = _nice_step(ceiling)
    state.told.tell(slider, min(round(now, 2), ceiling))
    state.told.tell(box, round(now, 2))
    is_locked = channel in state.locked
    doubt = curve.reason or curve.level_doubt
    change = change_of(now, today)
    said = plain(f"{screen.name(channel)} · {fmt().money(now, screen.currency)}{f' ({change})' if change else ''}")
    with st.container(key=f"row_{channel}", gap="xxsmall"):
        st.markdown(
            f"**{said}**{' :material/lock:' if is_locked else ''}  \n"
            f":small[{_beside(screen, channel, state, answer, days)}]",
            help=None if doubt is None else plain(screen.say(doubt)),
        )
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.slider(
                said,
                min_value=0.0,
                max_value=float(max(np.ceil(ceiling / step), 1) * step),
                step=step,
                key=slider,
                format="%.0f",
                disabled=is_locked or ceiling <= 0,
                label_visibility="collapsed",
                on_change=state.told.by_hand(slider, state.slide, channel, slider, days),
            )
            st.number_input(
                said,
                key=box,  # its own least would leave what is refused in the box, in English
                format="%.0f",
                step=step,
                width=_BOX_PIXELS,
                disabled=is_locked,
                label_visibility="collapsed",
                on_change=state.told.by_hand(box, state.slide, channel, box, days),
            )


def _beside(screen: Screen, channel: str, state: PlanState, answer: WhatIf, days: int) -> str:
    """What the next money brings, the channel's limits, and what all models say of its move."""
    low, high = (None if end is None else fmt().money(end * days, screen.currency) for end in state.limits_of(channel))
    limits = [
        *([] if low is None else [_("at least {money}", money=low)]),
        *([] if high is None else [_("at most {money}", money=high)]),
    ]
    judged = mark(next((move for move in state.judged or () if move.channel == channel), None))
    return " · ".join(
        [*(plain(text) for text in (_next_unit(screen, answer, channel), *limits)), *filter(None, [judged])]
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

"""The budget what-if: one slider per channel, and at once what it would change, with its uncertainty."""

from collections.abc import Mapping

import numpy as np
import polars as pl
import streamlit as st

from omnidash.budget.channel_curves import channel_curves
from omnidash.budget.curve import CAVEAT, ChannelCurve
from omnidash.budget.what_if import Allocation, WhatIf, what_if
from omnidash.charts.budget import CurvePoints, before_after, response_curve
from omnidash.metrics.of_workspace import margins_of
from omnidash.metrics.roi import margin_of
from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.cards import chart_card
from omnidash.ui.i18n import _, fmt
from omnidash.ui.plan_state import NOTHING, PlanState, plan_of_session
from omnidash.ui.screen import Screen
from omnidash.ui.text import escaped, plain

_SLIDER_STEPS = 200
_CURVE_POINTS = 80


def show_budget(screen: Screen) -> None:
    """Draw the page."""
    curves = _curves(compute.version_of(screen.workspace), screen.workspace, screen.filters.model, _reference(screen))
    shown = (curve for curve in curves if screen.filters.includes(curve.channel))
    curves = tuple(sorted(shown, key=lambda curve: (-curve.spend_today, curve.channel)))
    if not curves:
        st.title(_("No spend in this period"))
        st.info(_("Upload a spend export, or choose a period with spend, to plan a budget."))
        return
    _what_if(screen, curves)


@st.fragment
def _what_if(screen: Screen, curves: tuple[ChannelCurve, ...]) -> None:
    days = _reference(screen).days
    state = plan_of_session((compute.version_of(screen.workspace), screen.filters), curves)
    margin = {c.channel: margin_of(c.channel, margins_of(screen.workspace)) for c in curves}
    answer = what_if(curves, state.allocation, margin=margin, days=days)
    st.title(plain(_headline(screen, answer)))
    _totals(screen, answer)
    left, right = st.columns([0.46, 0.54], gap="large")
    with left:
        _controls(screen, curves, state, margin, days)
    with right:
        _before_after(screen, answer)
        _curve(screen, curves, answer, days)
    st.caption(
        f":material/info: {plain(screen.say(CAVEAT))} "
        + _("The plan is about channels with spend; revenue of other channels and (direct) is not part of it.")
    )


def _headline(screen: Screen, answer: WhatIf) -> str:
    total = answer.total
    moved = sum(abs(o.spend_new - o.spend_today) for o in answer.channels)
    if total.p_better is None or moved < NOTHING:
        return _("Move a slider: what would another split of the budget bring?")
    change = total.profit_change
    return _(
        "This plan changes profit by {median} in {days} days (80%: {low} … {high}), better than today with {p} "
        "probability",
        median=_signed_money(screen, change.median),
        low=_signed_money(screen, change.low),
        high=_signed_money(screen, change.high),
        days=answer.days,
        p=_probability(total.p_better),
    )


def _totals(screen: Screen, answer: WhatIf) -> None:
    total, currency = answer.total, screen.currency
    compared = _("vs today's split")
    with st.grid(4, min_column_width=150):
        st.metric(
            _("Spend in {days} days", days=answer.days),
            fmt().money_compact(total.spend_new, currency),
            delta=_delta(total.spend_new, total.spend_today),
            delta_color="off",
            delta_description=compared if _is_moved(answer) else None,
            border=True,
        )
        st.metric(
            _("Expected net revenue"),
            fmt().money_compact(total.revenue_new, currency),
            delta=_delta(total.revenue_new, total.revenue_today),
            delta_description=compared if _is_moved(answer) else None,
            border=True,
            help=_(
                "80% interval of the change: {low} … {high}",
                low=_signed_money(screen, total.revenue_change.low),
                high=_signed_money(screen, total.revenue_change.high),
            ),
        )
        points = None
        if total.roi_new is not None and total.roi_today is not None:
            points = round((total.roi_new - total.roi_today) * 100, 1) + 0.0
        st.metric(
            _("Expected ROI"),
            fmt().percent(total.roi_new),
            delta=_("{points} pts", points=f"{'+' if points > 0 else ''}{fmt().decimal(points, 1)}")
            if points
            else None,
            delta_description=compared if points else None,
            border=True,
        )
        st.metric(
            _("Expected profit"),
            fmt().money_compact(total.profit_new, currency),
            delta=_delta(total.profit_new, total.profit_today),
            delta_description=compared if _is_moved(answer) else None,
            border=True,
        )


def _controls(
    screen: Screen, curves: tuple[ChannelCurve, ...], state: PlanState, margin: Mapping[str, float], days: int
) -> None:
    kept = st.toggle(
        _("Keep the total"),
        value=True,
        key="plan_keep_total",
        help=_("Other channels give or take in proportion to what they spend."),
    )
    with st.container(horizontal=True):
        st.button(
            _("Best split"),
            icon=":material/auto_awesome:",
            type="primary",
            key="plan_best",
            on_click=state.take_best,
            args=(curves, margin),
        )
        st.button(
            _("Today"),
            icon=":material/restart_alt:",
            key="plan_today",
            on_click=state.move,
            args=(Allocation.today(curves),),
        )
        st.button(_("Undo"), icon=":material/undo:", key="plan_undo", disabled=not state.past, on_click=state.undo)
    if state.problem is not None:
        st.warning(plain(screen.say(state.problem.message)))
    for curve in curves:
        _channel_row(screen, curve, state, kept, days)


def _channel_row(screen: Screen, curve: ChannelCurve, state: PlanState, kept: bool, days: int) -> None:
    channel, now = curve.channel, state.allocation[curve.channel] * days
    today = curve.spend_today * days
    ceiling = max(today * 2, curve.spend_high * days, now)
    key, lock = f"spend_{channel}", f"lock_{channel}"
    step = _nice_step(ceiling)
    st.session_state[key] = min(round(now, 2), ceiling)
    st.session_state[lock] = channel in state.locked
    slider, locker = st.columns([0.86, 0.14], vertical_alignment="bottom", wrap=False)
    change = f" ({fmt().signed_percent(now / today - 1)})" if abs(now / today - 1) > 0.0005 else ""
    money = fmt().money(now, screen.currency)
    with slider:
        st.slider(
            plain(f"{screen.name(channel)} · {money}{change}"),
            min_value=0.0,
            max_value=float(max(np.ceil(ceiling / step), 1) * step),
            step=step,
            key=key,
            format="%.0f",
            disabled=channel in state.locked or ceiling <= 0,
            help=None if curve.reason is None else plain(screen.say(curve.reason)),
            on_change=state.slide,
            args=(channel, key, kept, days),
        )
    with locker:
        st.toggle(":material/lock:", key=lock, on_change=state.lock, args=(channel, lock))


def _before_after(screen: Screen, answer: WhatIf) -> None:
    rows = sorted(answer.channels, key=lambda o: (-o.spend_today, o.channel or ""))
    names = [screen.name(o.channel or "") for o in rows]
    chart = before_after(
        [escaped(name) for name in names],
        [o.spend_today for o in rows],
        [o.spend_new for o in rows],
        [screen.colors.of_channel(o.channel or "") for o in rows],
        [_delta(o.spend_new, o.spend_today) or "" for o in rows],
        today_label=_("Today"),
        new_label=_("New"),
        unit=fmt().symbol(screen.currency),
        colors=screen.colors,
    )
    table = pl.DataFrame(
        [
            {
                _("Channel"): name,
                _("Spend today"): o.spend_today,
                _("New spend"): o.spend_new,
                _("Net revenue today"): o.revenue_today,
                _("Expected net revenue"): o.revenue_new,
                _("ROI today"): o.roi_today,
                _("Expected ROI"): o.roi_new,
                _("Marginal ROI"): o.marginal_roi,
            }
            for name, o in zip(names, rows, strict=True)
        ]
    )
    chart_card(
        _("Spend by channel in {days} days, today and new", days=answer.days),
        chart,
        table,
        key="before_after",
        explanation=_(
            "Today is the chosen period's real spend. Marginal ROI says what the next unit of money in this channel "
            "brings: 0 means it just earns itself back."
        ),
    )


def _curve(screen: Screen, curves: tuple[ChannelCurve, ...], answer: WhatIf, days: int) -> None:
    by_name = {c.channel: c for c in curves}
    focus = st.query_params.get("focus", "")
    if "curve_channel" not in st.session_state or st.session_state.curve_channel not in by_name:
        moved = max(answer.channels, key=lambda o: abs(o.spend_new - o.spend_today))
        st.session_state.curve_channel = focus if focus in by_name else moved.channel
    curve = by_name[st.session_state.curve_channel]
    outcome = answer[curve.channel]
    spend = np.linspace(0, max(curve.spend_high, curve.spend_today * 2, outcome.spend_new / days) * 1.05, _CURVE_POINTS)
    low, high = curve.revenue_interval(spend)
    points = CurvePoints(
        spend=spend * days,
        revenue=curve.revenue(spend) * days,
        low=low * days,
        high=high * days,
        is_seen=(spend >= curve.spend_low) & (spend <= curve.spend_high),
    )
    chart = response_curve(
        points,
        today=(outcome.spend_today, outcome.revenue_today),
        new=(outcome.spend_new, outcome.revenue_new),
        color=screen.colors.of_channel(curve.channel),
        unit=fmt().symbol(screen.currency),
        colors=screen.colors,
        labels={
            "today": _("today"),
            "new": _("new"),
            "break_even": _("revenue = spend"),
            "spend": _("Spend in {days} days", days=days),
            "revenue": _("Net revenue in {days} days", days=days),
        },
    )
    table = pl.DataFrame({"spend": points.spend, "revenue": points.revenue, "low": points.low, "high": points.high})

    def choice() -> None:
        st.selectbox(
            _("Channel"), list(by_name), key="curve_channel", format_func=screen.name, label_visibility="collapsed"
        )
        if curve.reason is not None:
            st.caption(f":material/help: {_('Not identified from history')}: {plain(screen.say(curve.reason))}")

    chart_card(
        _curve_title(screen, curve, outcome.marginal_roi),
        chart,
        table,
        key="curve",
        explanation=_(
            "A concave curve through today's point: revenue = today's revenue × (spend / today's spend) ^ elasticity. "
            "The elasticity is estimated from {days} days of this channel and a prior; the band holds 80% of what is "
            "likely. Solid where such spend was seen, dashed outside.",
            days=curve.days,
        ),
        controls=choice,
    )


def _curve_title(screen: Screen, curve: ChannelCurve, marginal_roi: float | None) -> str:
    if marginal_roi is None:
        return _("Response of {channel}", channel=screen.name(curve.channel))
    brings = fmt().money(1000 * (1 + marginal_roi), screen.currency)
    return _(
        "{channel}: the next {unit} bring {brings} of gross profit",
        channel=screen.name(curve.channel),
        unit=fmt().money(1000, screen.currency),
        brings=brings,
    )


@st.cache_resource(show_spinner=False, max_entries=16)
def _curves(
    version: compute.Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    model: str,
    reference: Period,
) -> tuple[ChannelCurve, ...]:
    return channel_curves(compute.channel_days(_workspace, model), reference)


def _reference(screen: Screen) -> Period:
    """The chosen period as far as spend was delivered: no delivery must not look like no spend."""
    period, until = screen.filters.period, screen.facts.fresh.spend_last_day
    if until is None or until >= period.last_day or until < period.first_day:
        return period
    return Period(first_day=period.first_day, last_day=until)


def _nice_step(ceiling: float) -> float:
    """A round step that cuts the slider into about two hundred parts."""
    raw = max(ceiling / _SLIDER_STEPS, 0.01)
    magnitude = 10 ** np.floor(np.log10(raw))
    return float(next(m for m in (1, 2, 5, 10) if m * magnitude >= raw) * magnitude)


def _probability(share: float) -> str:
    """Nothing is certain: a share of draws of 0 or 1 is shown as a bound."""
    if share > 0.99:
        return f">{fmt().percent(0.99, 0)}"
    return f"<{fmt().percent(0.01, 0)}" if share < 0.01 else fmt().percent(share, 0)


def _is_moved(answer: WhatIf) -> bool:
    return sum(abs(o.spend_new - o.spend_today) for o in answer.channels) >= NOTHING


def _delta(new: float, today: float) -> str | None:
    if today == 0 or abs(new / today - 1) < 0.0005:
        return None
    return fmt().signed_percent(new / today - 1).replace("−", "-")


def _signed_money(screen: Screen, value: float) -> str:
    sign = "+" if value > 0 else ""
    return sign + fmt().money_compact(value, screen.currency)

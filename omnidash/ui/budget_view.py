"""The budget what-if: one slider per channel, and at once what it would change, with its uncertainty."""

import numpy as np
import polars as pl
import streamlit as st

from omnidash.budget.bases import BASES, top_converting
from omnidash.budget.curve import CAVEAT, ChannelCurve
from omnidash.budget.mix_curves import MODEL
from omnidash.budget.what_if import WhatIf, what_if
from omnidash.charts.budget import CurvePoints, before_after, response_curve
from omnidash.metrics.of_workspace import margins_of
from omnidash.metrics.roi import margin_of
from omnidash.model.messages import N_
from omnidash.ui import compute
from omnidash.ui.budget_controls import controls
from omnidash.ui.budget_curves import attributed, chosen_basis, media_mix, reference_of, wait_for
from omnidash.ui.budget_moves import robust_moves
from omnidash.ui.budget_scenarios import scenario_section
from omnidash.ui.budget_week import flexible_pool, pace_of_month
from omnidash.ui.budget_why import why_this_plan
from omnidash.ui.cards import chart_card
from omnidash.ui.i18n import _, fmt
from omnidash.ui.plan_state import NOTHING, PlanState, plan_of_session
from omnidash.ui.screen import Screen
from omnidash.ui.sections import choice, chosen
from omnidash.ui.text import escaped, plain

SECTIONS = {
    "scenarios": (N_("Scenarios"), ":material/bookmarks:"),
    "moves": (N_("Robust moves"), ":material/verified:"),
    "pool": (N_("Weekly pool"), ":material/savings:"),
    "pace": (N_("Pace"), ":material/speed:"),
}
_CURVE_POINTS = 80
_BASIS_TITLES = {"attributed": N_("Attributed revenue"), "total": N_("Total revenue (media mix)")}


def show_budget(screen: Screen) -> None:
    """Draw the page."""
    curves = _curves(screen)
    if curves is None:
        return
    shown = (curve for curve in curves if screen.filters.includes(curve.channel))
    curves = tuple(sorted(shown, key=lambda curve: (-curve.spend_today, curve.channel)))
    if not curves:
        st.title(_("No spend in this period"))
        st.info(_("Upload a spend export, or choose a period with spend, to plan a budget."))
        return
    _what_if(screen, curves)


def _curves(screen: Screen) -> tuple[ChannelCurve, ...] | None:
    """The curves on the chosen basis; None while they are being fitted (the page then says how far that is)."""
    if chosen_basis() == "attributed":
        return attributed(screen, screen.filters.model)
    job = media_mix(screen)
    if not job.is_done:
        st.title(_("How much do all channels together add to sales?"))
        _basis_choice()
        wait_for(job)
        return None
    if job.error is not None:
        raise job.error
    return job.curves


def _basis_choice() -> None:
    key = "choice_basis"
    st.session_state[key] = chosen_basis()
    st.segmented_control(
        _("Basis of the curves"),
        list(BASES),
        key=key,
        required=True,
        format_func=lambda basis: _(_BASIS_TITLES[basis]),
        label_visibility="collapsed",
        on_change=lambda: st.query_params.update(basis=st.session_state[key]),
        help=_(
            "Attributed: the revenue that the chosen model credits to a channel. Total: what each channel adds to all "
            "sales, found by one model of all channels, trend, weekday and season."
        ),
    )


@st.fragment
def _what_if(screen: Screen, curves: tuple[ChannelCurve, ...]) -> None:
    reference = reference_of(screen)
    margin = {c.channel: margin_of(c.channel, margins_of(screen.workspace)) for c in curves}
    table = compute.channel_days(screen.workspace, screen.filters.model)
    state = plan_of_session(
        (compute.version_of(screen.workspace), screen.filters, chosen_basis()),
        curves,
        margin,
        lambda: top_converting(table, reference, [c.channel for c in curves]),
        reference.first_day,
    )
    answer = what_if(curves, state.allocation, margin=margin, days=reference.days)
    st.title(plain(_headline(screen, answer)))
    _basis_choice()
    _totals(screen, answer)
    left, right = st.columns([0.46, 0.54], gap="large")
    with left:
        controls(screen, state, answer, table)
    with right:
        _before_after(screen, answer)
        why_this_plan(screen, state, answer.days)
        _curve(screen, curves, answer, answer.days)
    _sections(screen, state, table, answer)
    st.caption(
        f":material/info: {plain(screen.say(CAVEAT))} "
        + _("The plan is about channels with spend; revenue of other channels and (direct) is not part of it.")
    )


def _sections(screen: Screen, state: PlanState, table: pl.DataFrame, answer: WhatIf) -> None:
    """What else belongs to a plan; only the open section is computed."""
    section = chosen("budget", SECTIONS)
    choice("budget", SECTIONS, section)
    if section == "moves":
        robust_moves(screen, state)
    elif section == "pool":
        flexible_pool(screen, state, table)
    elif section == "pace":
        pace_of_month(screen, state, table)
    else:
        scenario_section(screen, state, table, answer.days)


def _headline(screen: Screen, answer: WhatIf) -> str:
    total = answer.total
    moved = sum(abs(o.spend_new - o.spend_today) for o in answer.channels)
    if total.p_better is None or moved < NOTHING:
        return _("Move a slider: what would another split of the budget bring?")
    change = total.profit_change
    if not answer.is_advised and change.low < 0 < change.high:
        return _(
            "Too unsure to act on: this plan changes profit by {median} in {days} days (80%: {low} … {high}), better "
            "than today with {p} probability",
            median=_signed_money(screen, change.median),
            low=_signed_money(screen, change.low),
            high=_signed_money(screen, change.high),
            days=answer.days,
            p=_probability(total.p_better),
        )
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
    points = None
    if total.roi_new is not None and total.roi_today is not None:
        points = round((total.roi_new - total.roi_today) * 100, 1) + 0.0
    with st.grid(5, min_column_width=140):
        st.metric(
            _("Spend in {days} days", days=answer.days),
            fmt().money_compact(total.spend_new, currency),
            delta=_delta(total.spend_new, total.spend_today),
            delta_color="off",
            border=True,
        )
        st.metric(
            _("Expected net revenue"),
            fmt().money_compact(total.revenue_new, currency),
            delta=_delta(total.revenue_new, total.revenue_today),
            border=True,
        )
        st.metric(
            _("Expected profit"),
            fmt().money_compact(total.profit_new, currency),
            delta=_delta(total.profit_new, total.profit_today),
            border=True,
        )
        st.metric(
            _("Expected ROI"),
            fmt().percent(total.roi_new),
            delta=_("{points} pts", points=f"{'+' if points > 0 else ''}{fmt().decimal(points, 1)}")
            if points
            else None,
            border=True,
        )
        if total.cac_new is not None and total.cac_today is not None:
            st.metric(
                _("Expected CAC"),
                fmt().money_compact(total.cac_new, currency),
                delta=_delta(total.cac_new, total.cac_today),
                delta_color="inverse",
                border=True,
            )
    st.caption(plain(_intervals(screen, answer)))


def _intervals(screen: Screen, answer: WhatIf) -> str:
    """How sure the cards are: 80 % intervals of the changes against today, and of the ratios."""
    total, currency = answer.total, screen.currency
    parts = []
    if _is_moved(answer):
        parts.append(
            _(
                "net revenue {low} … {high} against today",
                low=_signed_money(screen, total.revenue_change.low),
                high=_signed_money(screen, total.revenue_change.high),
            )
        )
    if total.roi_interval is not None:
        low, high = fmt().percent(total.roi_interval.low, 0), fmt().percent(total.roi_interval.high, 0)
        parts.append(_("ROI {low} … {high}", low=low, high=high))
    if total.cac_interval is not None:
        low = fmt().money_compact(total.cac_interval.low, currency)
        high = fmt().money_compact(total.cac_interval.high, currency)
        parts.append(_("CAC {low} … {high}", low=low, high=high))
    return _("80% intervals: {parts}. Changes are against today's split.", parts=" · ".join(parts))


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
                _("CAC today"): o.cac_today,
                _("Expected CAC"): o.cac_new,
                _("Change of profit, low (80%)"): o.profit_change.low,
                _("Change of profit, high (80%)"): o.profit_change.high,
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

    def channel_choice() -> None:
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
        explanation=_explanation(curve),
        controls=channel_choice,
    )


def _explanation(curve: ChannelCurve) -> str:
    if curve.model == MODEL:
        return _(
            "One model of {days} days of total revenue: every channel's spend with carry-over and a saturating, maybe "
            "S-shaped curve, beside trend, weekday and season; all channels are estimated together and none can have a "
            "negative effect. The band holds 80% of what is likely. Solid where such spend was seen, dashed outside.",
            days=curve.days,
        )
    return _(
        "A concave curve through today's point: revenue = today's revenue × (spend / today's spend) ^ elasticity. "
        "The elasticity is estimated from {days} days of this channel and a prior; the band holds 80% of what is "
        "likely. Solid where such spend was seen, dashed outside.",
        days=curve.days,
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

"""The two pictures of the budget screen: spend before and after, and the response curve of one channel."""

import numpy as np
import polars as pl
import streamlit as st

from omnidash.budget.curve import ChannelCurve
from omnidash.budget.mix_curves import MODEL
from omnidash.budget.what_if import WhatIf
from omnidash.charts.budget import CurvePoints, before_after, response_curve
from omnidash.ui.budget.said import change_of
from omnidash.ui.cards import chart_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen
from omnidash.ui.text import chart_labels, plain

_CURVE_POINTS = 80


def spend_before_after(screen: Screen, answer: WhatIf) -> None:
    rows = sorted(answer.channels, key=lambda o: (-o.spend_today, o.channel or ""))
    names = [screen.name(o.channel or "") for o in rows]
    chart = before_after(
        chart_labels(names),
        [o.spend_today for o in rows],
        [o.spend_new for o in rows],
        [screen.colors.of_channel(o.channel or "") for o in rows],
        [change_of(o.spend_new, o.spend_today) or "" for o in rows],
        today_label=_("Today"),
        new_label=_("New"),
        unit=fmt().symbol(screen.currency),
        written=screen.money_tick,
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
        origin=Origin(addends=("spend", "net_revenue")),
        key="before_after",
        explanation=_(
            "Today is the chosen period's real spend. Marginal ROI says what the next unit of money in this channel "
            "brings: 0 means it just earns itself back."
        ),
    )


def curve_of_channel(screen: Screen, curves: tuple[ChannelCurve, ...], answer: WhatIf, days: int) -> None:
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
        written=screen.money_tick,
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
        if curve.level_doubt is not None:
            st.caption(f":material/straighten: {_('Level uncertain')}: {plain(screen.say(curve.level_doubt))}")
        st.caption(_judged_on_later_days(curve.r2_cv))

    chart_card(
        _curve_title(screen, curve, outcome.marginal_roi),
        chart,
        table,
        origin=Origin(addends=("spend", "net_revenue")),
        key="curve",
        explanation=_explanation(curve),
        controls=channel_choice,
    )


def _judged_on_later_days(r2: float | None) -> str:
    """How well the model foresees days that it was not fitted to."""
    if r2 is None:
        return _("Too few days to judge the model on days it had not seen.")
    if round(r2, 2) <= 0:
        return _(
            "On later days, which it had not seen, the model does no better than a flat line (R² {r2}).",
            r2=fmt().decimal(r2, 2),
        )
    return _(
        "On later days, which it had not seen, the model explains {share} of the ups and downs of revenue (R²).",
        share=fmt().percent(r2, 0),
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

"""What a plan would change, in one sentence and five cards, each with how sure it is."""

import streamlit as st

from omnidash.budget.what_if import WhatIf
from omnidash.metrics.registry import METRICS
from omnidash.ui.budget.plan_state import NOTHING
from omnidash.ui.budget.said import delta_of, is_moved, probability, signed_money
from omnidash.ui.cards import figure
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt
from omnidash.ui.metric_words import definition
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_ORIGIN = Origin(addends=("spend", "net_revenue"))  # what the curves were drawn from


def headline(screen: Screen, answer: WhatIf) -> str:
    total = answer.total
    moved = sum(abs(o.spend_new - o.spend_today) for o in answer.channels)
    if total.p_better is None or moved < NOTHING:
        return _("Move a slider: what would another split of the budget bring?")
    change = total.profit_change
    if not answer.is_advised and change.low < 0 < change.high:
        return _(
            "Too unsure to act on: this plan changes profit by {expected} on average in {days} days "
            "(80%: {low} … {high}), better than today with {p} probability",
            expected=signed_money(screen, total.profit_new - total.profit_today),
            low=signed_money(screen, change.low),
            high=signed_money(screen, change.high),
            days=answer.days,
            p=probability(total.p_better),
        )
    return _(
        "This plan changes profit by {expected} on average in {days} days (80%: {low} … {high}), better than today "
        "with {p} probability",
        expected=signed_money(screen, total.profit_new - total.profit_today),
        low=signed_money(screen, change.low),
        high=signed_money(screen, change.high),
        days=answer.days,
        p=probability(total.p_better),
    )


def totals(screen: Screen, answer: WhatIf) -> None:
    total, currency = answer.total, screen.currency
    points, digits = None, 1
    if total.roi_new is not None and total.roi_today is not None:
        points = round((total.roi_new - total.roi_today) * 100, 1) + 0.0
        digits = 0 if abs(points) >= 10 or points.is_integer() else 1
    with st.grid(5, min_column_width=140):
        figure(
            _("Spend in {days} days", days=answer.days),
            fmt().money_compact(total.spend_new, currency),
            delta=delta_of(total.spend_new, total.spend_today),
            delta_color="off",
            key="plan_spend",
            origin=_ORIGIN,
            help=_("What the plan spends, beside today's spend in as many days."),
            border=True,
        )
        figure(
            _("Expected net revenue"),
            fmt().money_compact(total.revenue_new, currency),
            delta=delta_of(total.revenue_new, total.revenue_today),
            key="plan_revenue",
            origin=_ORIGIN,
            help=_("Net revenue on the response curves at the plan's spend, beside today's."),
            border=True,
        )
        figure(
            _("Expected profit"),
            fmt().money_compact(total.profit_new, currency),
            delta=delta_of(total.profit_new, total.profit_today),
            key="plan_profit",
            origin=_ORIGIN,
            help=_(
                "Net revenue × margin − spend, on the response curves at the plan's spend, on average over all the "
                "curves that fit the data. The change in the title is this figure less today's."
            ),
            border=True,
        )
        figure(
            _("Expected ROI"),
            fmt().percent(total.roi_new),
            delta=_("{points} pts", points=f"{'+' if points > 0 else ''}{fmt().decimal(points, digits)}")
            if points
            else None,
            key="plan_roi",
            origin=_ORIGIN,
            help=definition(METRICS["roi"]),
            border=True,
        )
        if total.cac_new is not None and total.cac_today is not None:
            figure(
                _("Expected CAC"),
                fmt().money_compact(total.cac_new, currency),
                delta=delta_of(total.cac_new, total.cac_today),
                delta_color="inverse",
                key="plan_cac",
                origin=_ORIGIN,
                help=definition(METRICS["cac"]),
                border=True,
            )
    st.caption(plain(_intervals(screen, answer)))


def _intervals(screen: Screen, answer: WhatIf) -> str:
    """How sure the cards are: 80 % intervals of the changes against today, and of the ratios."""
    total, currency = answer.total, screen.currency
    parts = []
    if is_moved(answer):
        parts.append(
            _(
                "net revenue {low} … {high} against today",
                low=signed_money(screen, total.revenue_change.low),
                high=signed_money(screen, total.revenue_change.high),
            )
        )
    if total.roi_interval is not None:
        low, high = fmt().percent(total.roi_interval.low, 0), fmt().percent(total.roi_interval.high, 0)
        parts.append(_("ROI {low} … {high}", low=low, high=high))
    if total.cac_interval is not None:
        low = fmt().money_compact(total.cac_interval.low, currency)
        high = fmt().money_compact(total.cac_interval.high, currency)
        parts.append(_("CAC {low} … {high}", low=low, high=high))
    elif total.cac_new is not None:
        parts.append(_("CAC n/a, as there may be no new customer"))
    return _("80% intervals: {parts}. Changes are against today's split.", parts=" · ".join(parts))

"""What the plan would change in every channel, and how sure that is: spend, revenue, profit, ROI and CAC."""

import polars as pl
import streamlit as st

from omnidash.budget.curve import Interval
from omnidash.budget.what_if import Outcome, WhatIf
from omnidash.charts.budget import Reading, readings
from omnidash.model.messages import N_
from omnidash.ui.budget.said import is_moved, signed_money
from omnidash.ui.cards import chart_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt
from omnidash.ui.one_of import one_of
from omnidash.ui.screen import Screen

_MEASURES = {
    "profit": N_("Change of profit"),
    "revenue": N_("Net revenue"),
    "roi": N_("ROI"),
    "cac": N_("CAC"),
}


def by_channel(screen: Screen, answer: WhatIf) -> None:
    """Every channel today and under the plan with 80 % intervals, one measure at a time; all of them in the table."""
    moved = is_moved(answer)
    # Where nothing is moved no profit changes: what the channels bring is all there is to see.
    measures = _MEASURES if moved else {name: title for name, title in _MEASURES.items() if name != "profit"}
    key = "choice_by_channel" if moved else "choice_by_channel_today"
    measure = st.session_state.setdefault(key, next(iter(measures)))
    rows = sorted(answer.channels, key=lambda one: (-one.spend_today, one.channel or ""))
    chart = readings(
        [_reading(screen, one, measure) for one in rows],
        today_label=_("Today"),
        plan_label=_("New"),
        prefix="" if measure == "roi" else fmt().symbol(screen.currency),
        tick_format=",.0%" if measure == "roi" else ",.0f",
        written=(lambda ratio: fmt().percent(ratio, 0)) if measure == "roi" else screen.money_tick,
        colors=screen.colors,
    )
    chart_card(
        _title(screen, answer),
        chart,
        pl.DataFrame([_numbers(screen, one) for one in (*rows, answer.total)]),
        origin=Origin(addends=("spend", "net_revenue")),
        key="by_channel",
        explanation=_(
            "Over {days} days: the ring is today, the dot the plan, the whisker what 80 of 100 times lies around it. "
            "Profit is shown as its change against today. An interval of a channel that is not moved is about what it "
            "brings today. Without spend there is no ROI, without new customers no CAC; a CAC without a whisker has no "
            "upper end, as there may be no new customer.",
            days=answer.days,
        ),
        controls=lambda: one_of(_("Measure"), measures, key=key, shows_label=False),
    )


def _reading(screen: Screen, one: Outcome, measure: str) -> Reading:
    """What the chart shows of a channel."""
    today, plan, interval = _values(one, measure)
    return Reading(
        name=screen.label(one.channel or ""),
        today=today,
        plan=plan,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        tint=screen.colors.of_channel(one.channel or ""),
    )


def _values(one: Outcome, measure: str) -> tuple[float | None, float | None, Interval | None]:
    """``(today, under the plan, 80 % interval)`` of a measure; a change has no today."""
    return {
        "profit": (None, one.profit_new - one.profit_today, one.profit_change),
        "revenue": (one.revenue_today, one.revenue_new, one.revenue_interval),
        "roi": (one.roi_today, one.roi_new, one.roi_interval),
        "cac": (one.cac_today, one.cac_new, one.cac_interval),
    }[measure]


def _title(screen: Screen, answer: WhatIf) -> str:
    if not is_moved(answer):
        return _("What every channel brings today in {days} days", days=answer.days)
    gains = {one.channel or "": one.profit_new - one.profit_today for one in answer.channels}
    most, least = max(gains, key=lambda c: gains[c]), min(gains, key=lambda c: gains[c])
    if most == least:  # there is no other channel to compare it with
        return _(
            "{channel}: {change} of profit in {days} days",
            channel=screen.name(most),
            change=signed_money(screen, gains[most]),
            days=answer.days,
        )
    if gains[most] < 0:
        template = N_("{least} loses most ({loss} of profit), {most} least ({gain})")
    else:
        template = N_("{most} gains most ({gain} of profit), {least} least ({loss})")
    return _(
        template,
        most=screen.name(most),
        gain=signed_money(screen, gains[most]),
        least=screen.name(least),
        loss=signed_money(screen, gains[least]),
    )


def _name(screen: Screen, one: Outcome) -> str:
    return _("All together") if one.channel is None else screen.name(one.channel)


def _numbers(screen: Screen, one: Outcome) -> dict[str, str | float | None]:
    """The same as numbers, for downloads."""
    row: dict[str, str | float | None] = {
        _("Channel"): _name(screen, one),
        _("Spend today"): round(one.spend_today, 2),
        _("New spend"): round(one.spend_new, 2),
    }
    figures = (
        ("revenue", *_values(one, "revenue")),
        ("money", one.profit_today, one.profit_new, None),
        *((measure, *_values(one, measure)) for measure in ("profit", "roi", "cac")),
    )
    for measure, today, new, interval in figures:
        title = _("Profit") if measure == "money" else _(_MEASURES[measure])
        if measure != "profit":  # a change has no today
            row[_("{figure}, today", figure=title)] = today
        row[_("{figure}, plan", figure=title)] = new
        if measure != "money":  # what is uncertain of it stands with its change
            row[_("{figure}, low (80%)", figure=title)] = None if interval is None else interval.low
            row[_("{figure}, high (80%)", figure=title)] = None if interval is None else interval.high
    row[_("Probability to be better than today")] = one.p_better
    return row

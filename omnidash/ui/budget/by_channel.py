"""What the plan would change in every channel, and how sure that is: spend, revenue, profit, ROI and CAC."""

from collections.abc import Callable

import polars as pl

from omnidash.budget.curve import Interval
from omnidash.budget.what_if import Outcome, WhatIf
from omnidash.ui.budget.said import is_moved, signed_money
from omnidash.ui.cards import evidence_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt
from omnidash.ui.screen import Screen
from omnidash.ui.tables import table as show_table

_ROW_PIXELS = 35


def by_channel(screen: Screen, answer: WhatIf) -> None:
    """Every channel and the total, today and under the plan, with 80 % intervals."""
    outcomes = (*answer.channels, answer.total)
    with evidence_card(
        _title(screen, answer),
        pl.DataFrame([_numbers(screen, one) for one in outcomes]),
        origin=Origin(addends=("spend", "net_revenue")),
        key="by_channel",
        explanation=_(
            "Today and under the plan, over {days} days. In brackets what holds 80 of 100 times: of net revenue, ROI "
            "and CAC under the plan, of profit its change against today. An interval of a channel that is not moved is "
            "about what it brings today.",
            days=answer.days,
        ),
    ):
        said = pl.DataFrame([_said(screen, one) for one in outcomes])
        show_table(said, key="by_channel_said", height=_ROW_PIXELS * (len(said) + 1) + 3)


def _title(screen: Screen, answer: WhatIf) -> str:
    if not is_moved(answer):
        return _("What every channel brings today in {days} days", days=answer.days)
    gains = {one.channel or "": one.profit_new - one.profit_today for one in answer.channels}
    most, least = max(gains, key=lambda c: gains[c]), min(gains, key=lambda c: gains[c])
    return _(
        "{most} gains most ({gain} of profit), {least} least ({loss})",
        most=screen.name(most),
        gain=signed_money(screen, gains[most]),
        least=screen.name(least),
        loss=signed_money(screen, gains[least]),
    )


def _name(screen: Screen, one: Outcome) -> str:
    return _("All together") if one.channel is None else screen.name(one.channel)


def _said(screen: Screen, one: Outcome) -> dict[str, str]:
    def money(value: float) -> str:
        return fmt().money_compact(value, screen.currency)

    revenue = f"{money(one.revenue_today)} → {money(one.revenue_new)}{_within(one.revenue_interval, money)}"
    profit = f"{money(one.profit_today)} → {money(one.profit_new)}"
    if one.spend_new != one.spend_today or one.channel is None:
        low, high = one.profit_change.low, one.profit_change.high
        profit += f" ({signed_money(screen, low)} … {signed_money(screen, high)})"
    return {
        _("Channel"): _name(screen, one),
        _("Spend"): f"{money(one.spend_today)} → {money(one.spend_new)}",
        _("Net revenue"): revenue,
        _("Profit"): profit,
        "ROI": _ratio(one.roi_today, one.roi_new, one.roi_interval, lambda value: fmt().percent(value, 0)),
        "CAC": _ratio(one.cac_today, one.cac_new, one.cac_interval, money),
    }


def _ratio(today: float | None, new: float | None, interval: Interval | None, show: Callable[[float], str]) -> str:
    """Null is said as n/a: nothing was divided by."""
    both = " → ".join(_("n/a") if value is None else show(value) for value in (today, new))
    return both + _within(interval, show)


def _within(interval: Interval | None, show: Callable[[float], str]) -> str:
    return "" if interval is None else f" ({show(interval.low)} … {show(interval.high)})"


def _numbers(screen: Screen, one: Outcome) -> dict[str, str | float | None]:
    """The same as numbers, for downloads."""
    row: dict[str, str | float | None] = {
        _("Channel"): _name(screen, one),
        _("Spend today"): round(one.spend_today, 2),
        _("New spend"): round(one.spend_new, 2),
    }
    pairs = (
        (_("Net revenue"), one.revenue_today, one.revenue_new, one.revenue_interval),
        (_("Profit"), one.profit_today, one.profit_new, None),
        (_("Change of profit"), None, one.profit_new - one.profit_today, one.profit_change),
        ("ROI", one.roi_today, one.roi_new, one.roi_interval),
        ("CAC", one.cac_today, one.cac_new, one.cac_interval),
    )
    for title, today, new, interval in pairs:
        if today is not None or title in ("ROI", "CAC"):
            row[_("{figure}, today", figure=title)] = today
        row[_("{figure}, plan", figure=title)] = new
        if title != _("Profit"):
            row[_("{figure}, low (80%)", figure=title)] = None if interval is None else interval.low
            row[_("{figure}, high (80%)", figure=title)] = None if interval is None else interval.high
    row[_("Probability to be better than today")] = one.p_better
    return row

"""Is the month on plan? Spend of the running month against a saved scenario or the plan on screen."""

import polars as pl
import streamlit as st

from omnidash.budget.pace import MonthPace, Pace, month_pace
from omnidash.budget.scenario import scenarios
from omnidash.charts.pace import pace_bars
from omnidash.model.messages import N_
from omnidash.ui.budget.plan_state import PlanState
from omnidash.ui.budget.said import names_apart
from omnidash.ui.cards import chart_card
from omnidash.ui.explain.origin import Origin
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.screen import Screen

_MOST_NAMED = 3
_STATES = {"over": N_("over plan"), "under": N_("under plan"), "on plan": N_("on plan")}


def pace_of_month(screen: Screen, state: PlanState, table: pl.DataFrame) -> None:
    """Spend of the running month against a saved scenario or the plan on screen."""
    last = screen.facts.fresh.spend_last_day
    if last is None:
        return
    saved = scenarios(screen.workspace)
    options = [0, *(s.scenario_id for s in saved if s.scenario_id is not None)]
    names = names_apart(saved) | {0: _("The plan on screen")}
    key = "pace_against"
    chosen = st.selectbox(_("Against"), options, key=key, format_func=lambda number: names[number])
    plan = next((s.per_day for s in saved if s.scenario_id == chosen), dict(state.allocation))
    found = month_pace(table, plan, last)
    rows = [found.total, *found.channels]
    shown = pl.DataFrame(
        [
            {
                _("Channel"): _("All channels") if row.channel is None else screen.name(row.channel),
                _("Planned so far"): row.planned_so_far,
                _("Spent so far"): row.spent_so_far,
                _("Planned for the month"): row.planned_end,
                _("Expected at the end"): row.forecast_end,
                _("Low (80%)"): row.low,
                _("High (80%)"): row.high,
                _("State"): _(_STATES[row.state]),
            }
            for row in rows
        ]
    )
    chart_card(
        _pace_title(screen, found),
        pace_bars(
            [_("All channels") if row.channel is None else screen.label(row.channel) for row in rows],
            rows,
            labels={"plan": _("plan"), "spent": _("spent"), "forecast": _("expected")},
            colors=screen.colors,
        ),
        shown,
        origin=Origin(addends=("spend", "net_revenue")),
        key="pace",
        explanation=_(
            "Expected at the end: spent so far plus, for every day left, the average of that weekday over the last "
            "four weeks. The 80% interval takes days as independent. Over or under: the plan lies outside the interval."
        ),
    )


def _pace_title(screen: Screen, found: MonthPace) -> str:
    """How the sum ends, and which channels are off plan: they may cancel out in the sum."""
    off = sorted((one for one in found.channels if one.state != "on plan"), key=lambda one: -abs(_off_by(one)))
    if not off:
        return _title_of_sum(screen, found.total)
    named = [f"{screen.name(one.channel or '')} {_signed_share(one)}" for one in off[:_MOST_NAMED]]
    if len(off) > _MOST_NAMED:
        named.append(n_("{count} more", "{count} more", len(off) - _MOST_NAMED))
    return _("{sum}; off plan: {channels}", sum=_title_of_sum(screen, found.total), channels=fmt().listing(named))


def _off_by(one: Pace) -> float:
    """Money by which a channel is expected to end off its plan."""
    return one.forecast_end - one.planned_end


def _signed_share(one: Pace) -> str:
    """The same as a share of the plan; in words where nothing was planned."""
    if one.planned_end <= 0:
        return _("(nothing planned)")
    return fmt().signed_percent(_off_by(one) / one.planned_end, 0)


def _title_of_sum(screen: Screen, total: Pace) -> str:
    share = total.forecast_end / total.planned_end - 1 if total.planned_end > 0 else 0.0
    ends = fmt().money_compact(total.forecast_end, screen.currency)
    if total.state == "on plan":
        return _("The month is on plan: it is expected to end at {money}", money=ends)
    if total.state == "over":
        return _(
            "The month is expected to end at {money}, {share} over plan", money=ends, share=fmt().percent(share, 0)
        )
    return _("The month is expected to end at {money}, {share} under plan", money=ends, share=fmt().percent(-share, 0))

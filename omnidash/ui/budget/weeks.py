"""The plan week by week: what each channel gets in which week of the horizon, evenly or with the season."""

from datetime import timedelta

import polars as pl
import streamlit as st

from omnidash.budget.phasing import REACH, WeeklyPlan, weekly_plan
from omnidash.charts.budget import weekly_bars
from omnidash.model.messages import N_
from omnidash.ui.budget.curves import reference_of
from omnidash.ui.budget.plan_state import PlanState
from omnidash.ui.cards import chart_card
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.one_of import one_of
from omnidash.ui.screen import Screen
from omnidash.ui.text import chart_labels

_PHASINGS = {"even": N_("The same every day"), "season": N_("With last year's season")}


def plan_by_week(screen: Screen, state: PlanState, table: pl.DataFrame, days: int) -> WeeklyPlan:
    """The plan on the screen over its horizon, which begins on the day after the reference period."""
    first = reference_of(screen).last_day + timedelta(days=1)
    return weekly_plan(state.curves, state.allocation, first, days, phasing=state.phasing, channel_day=table)


def weekly_phasing(screen: Screen, state: PlanState, table: pl.DataFrame, days: int) -> None:
    """The weeks as bars and as a table, to be taken away as CSV or XLSX."""
    key = "plan_phasing"
    st.session_state[key] = state.phasing

    def chosen() -> None:
        state.phasing = st.session_state[key]

    one_of(_("How the money falls into the weeks"), _PHASINGS, key=key, on_change=chosen)
    found = plan_by_week(screen, state, table, days)
    if state.phasing == "season" and not found.knows_season:
        st.info(_("These weeks of last year are not in the data, so every day gets the same."))
    names = [screen.name(channel) for channel in found.channels]
    labels = [fmt().day(week.first_day) for week in found.weeks]
    rows = pl.DataFrame(
        [
            {_("Week from"): label, _("Number of days"): week.days}
            | dict(zip(names, spend.tolist(), strict=True))
            | {_("Total"): float(spend.sum()), _("Expected net revenue"): float(revenue.sum())}
            for label, week, spend, revenue in zip(labels, found.weeks, found.spend, found.revenue, strict=True)
        ]
    )
    chart_card(
        _title(screen, found),
        weekly_bars(
            labels,
            [
                (label, found.spend[:, c].tolist(), screen.colors.of_channel(channel))
                for c, (label, channel) in enumerate(zip(chart_labels(names), found.channels, strict=True))
            ],
            unit=fmt().symbol(screen.currency),
            written=screen.money_tick,
            colors=screen.colors,
        ),
        rows,
        key="weeks",
        explanation=_(
            "The horizon begins after the chosen period; weeks begin on Monday. With last year's season, a channel's "
            "money follows the net revenue of the same weekdays a year ago, until the next unit earns the same in each "
            "week, by at most {reach} from even. Each channel's total stays what the plan says.",
            reach=fmt().percent(REACH, 0),
        ),
    )


def _title(screen: Screen, found: WeeklyPlan) -> str:
    last = found.weeks[-1]
    ends = fmt().day(last.first_day + timedelta(days=last.days - 1), with_year=True)
    return n_(
        "{money} from {first_day} to {last_day}, {count} calendar week",
        "{money} from {first_day} to {last_day}, {count} calendar weeks",
        len(found.weeks),
        money=fmt().money_compact(float(found.spend.sum()), screen.currency),
        first_day=fmt().day(found.weeks[0].first_day),
        last_day=ends,
    )

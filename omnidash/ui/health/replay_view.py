"""Alerts → Rules and replay: when a rule would have fired on this history, under any limit, in the period looked at."""

from dataclasses import replace

import polars as pl
import streamlit as st

from omnidash.charts.health import alarms_per_month
from omnidash.health.cases import Case
from omnidash.health.of_workspace import rules_of
from omnidash.health.replay import LIMIT_OF_RULE, Replay, fired_between, replayed, with_limit
from omnidash.health.thresholds import RULES, Thresholds
from omnidash.model.messages import N_
from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.cards import chart_card, evidence_card
from omnidash.ui.fragment import fragment
from omnidash.ui.health.case_view import RULE_TITLES
from omnidash.ui.i18n import _, fmt, n_
from omnidash.ui.report import collected
from omnidash.ui.screen import Screen
from omnidash.ui.tables import rows_high

LIMITS: dict[str, tuple[str, float, float, float]] = {  # title, least, most, step; in percent
    "roi_streak": (N_("ROI threshold, %"), -90.0, 300.0, 5.0),
    "concentration": (N_("Concentration limit, %"), 10.0, 100.0, 1.0),
    "traffic_drop": (N_("Drop of traffic, %"), 5.0, 95.0, 5.0),
    "cac_to_ltv": (N_("CAC of LTV, %"), 5.0, 300.0, 5.0),
    "conversion_volatility": (N_("Volatility limit, % of the mean"), 10.0, 300.0, 10.0),
}
_CANDIDATES = {
    "roi_streak": (-0.5, -0.25, 0.0, 0.25, 0.5, 1.0, 1.5),
    "concentration": (0.25, 0.30, 0.35, 0.40, 0.45, 0.50, 0.60),
    "traffic_drop": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
    "cac_to_ltv": (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0),
    "conversion_volatility": (0.25, 0.5, 0.75, 1.0, 1.5),
}
_ABOUT_DELIVERY = ("feed_silent", "spend_without_events", "no_conversions")  # what they find, the others pass over
_SPANS = {"all": N_("Whole history"), "period": N_("Chosen period")}


@fragment
@collected.part
def show_replay(screen: Screen, limits: Thresholds) -> None:
    """Choose a rule, a limit and the days; how often, when, and about whom it would have fired."""
    chosen, span = st.columns(2, vertical_alignment="bottom")
    rule = chosen.selectbox(
        _("Replay a rule with other limits"),
        RULES,
        RULES.index("traffic_drop"),
        key="replay_rule",
        format_func=lambda r: _(RULE_TITLES[r]),
    )
    over = span.radio(
        _("Over"), list(_SPANS), key="replay_span", horizontal=True, format_func=lambda name: _(_SPANS[name])
    )
    days = _days(screen, whole=over == "all")
    if days is None:
        st.info(_("No day of the chosen period is closed yet."))
        return
    limit = _limit(rule, limits)
    by_limit = {
        candidate: found_with(screen, rule, candidate)
        for candidate in (sorted({limit, *_CANDIDATES[rule]}) if limit is not None else [None])
    }
    records = {
        candidate: replayed(cases, first_day=days.first_day, last_day=days.last_day)
        for candidate, cases in by_limit.items()
    }
    if limit is not None:
        _of_limits(screen, records, limit)  # type: ignore[arg-type]
    _of_dates(screen, fired_between(by_limit[limit], days.first_day, days.last_day), records[limit], days)


def _days(screen: Screen, *, whole: bool) -> Period | None:
    """The closed days that are replayed."""
    first, last = screen.span.first_day, screen.span.closed_through
    if not whole:
        first, last = max(first, screen.filters.period.first_day), min(last, screen.filters.period.last_day)
    return Period(first_day=first, last_day=last) if first <= last else None


def _limit(rule: str, limits: Thresholds) -> float | None:
    """Any limit, the workspace's to begin with; None for a rule that has none."""
    if rule not in LIMITS:
        return None
    title, least, most, step = LIMITS[rule]
    own = float(getattr(limits, LIMIT_OF_RULE[rule])) * 100
    entered = st.number_input(_(title), min(least, own), max(most, own), own, step, "%g", key=f"replay_{rule}")
    return round(float(entered) / 100, 6)


def _of_limits(screen: Screen, records: dict[float, Replay], chosen: float) -> None:
    """How often under each limit."""
    candidates = list(records)
    replay = records[chosen]
    chart_card(
        _(
            "At {limit}: {per_month} alarms a month in {days} days of history",
            limit=fmt().chosen_percent(chosen),
            per_month=fmt().decimal(replay.per_month, 1),
            days=fmt().integer(replay.days),
        ),
        alarms_per_month(
            [fmt().chosen_percent(limit) for limit in candidates],
            [record.per_month for record in records.values()],
            chosen=candidates.index(chosen),
            colors=screen.colors,
        ),
        pl.DataFrame(
            {
                _("Limit"): [fmt().chosen_percent(limit) for limit in candidates],
                _("Alarms"): [record.fired for record in records.values()],
                _("Alarms a month"): [record.per_month for record in records.values()],
                _("Days until over (median)"): [record.median_days for record in records.values()],
                _("Still open"): [record.still_open for record in records.values()],
            }
        ),
        key="replay",
        explanation=_(
            "Every closed day of the history is replayed with each limit, on today's data; limits of single "
            "channels stay."
        ),
    )


def _of_dates(screen: Screen, fired: list[Case], record: Replay, days: Period) -> None:
    """When, about whom, and what followed."""
    table = pl.DataFrame(
        {
            _("Fired on"): pl.Series([case.fired_on for case in fired], dtype=pl.Date),
            _("Channel"): [screen.name(case.channel) if case.channel else None for case in fired],
            _("Over on"): pl.Series([case.recovered_on for case in fired], dtype=pl.Date),
            _("Days until over"): pl.Series(
                [None if case.recovered_on is None else (case.recovered_on - case.fired_on).days for case in fired],
                dtype=pl.Int64,
            ),
            _("What it said"): [screen.say(case.sentence) for case in fired],
        }
    )
    title = n_(
        "It would have fired {count} time, {period}",
        "It would have fired {count} times, {period}",
        record.fired,
        period=fmt().period(days),
    )
    with evidence_card(
        title,
        table,
        key="replay_dates",
        explanation=_("One row per alarm, the newest first; what is not over is still open on the last closed day."),
    ):
        if table.is_empty():
            st.caption(_("Not once under this limit."))
            return
        st.dataframe(
            table.drop(_("What it said")).to_arrow(),  # whole sentences stand in the table behind the button
            hide_index=True,
            key="replay_dates_table",
            placeholder="–",
            column_config={_(title): st.column_config.DateColumn(width=105) for title in ("Fired on", "Over on")},
            height=rows_high(table.height, most=9),
        )


def found_with(screen: Screen, rule: str, limit: float | None) -> tuple[Case, ...]:
    """Every case of a rule under a limit, its rows left out. A rule that is switched off is replayed all the same."""
    version = compute.version_of(screen.workspace)
    return _found(version, screen.workspace, screen.filters.model, rule, limit)


@st.cache_resource(show_spinner=False, max_entries=64)
def _found(
    version: compute.Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    model: str,
    rule: str,
    limit: float | None,
) -> tuple[Case, ...]:
    days, fresh = compute.channel_days(_workspace, model), compute.facts(_workspace).fresh
    limits = Thresholds.from_mapping(_workspace.settings.thresholds)
    only = replace(limits, rules_off=tuple(other for other in RULES if other not in (rule, *_ABOUT_DELIVERY)))
    wanted = only if limit is None else with_limit(only, rule, limit)
    ltv = compute.ltv(_workspace) if rule == "cac_to_ltv" else None
    result = rules_of(_workspace, days, fresh, ltv=ltv, thresholds=wanted)
    cases = result.cases if result else ()
    return tuple(replace(case, evidence=pl.DataFrame(), actions=()) for case in cases if case.rule == rule)

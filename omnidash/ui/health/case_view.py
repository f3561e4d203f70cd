"""One case: its sentence, the chart with the moment marked, its rows, the plan, the decision, and its history."""

from datetime import UTC, timedelta

import polars as pl
import streamlit as st

from omnidash.charts.health import case_over_time
from omnidash.health.case_book import Standing
from omnidash.health.cases import Case
from omnidash.health.decisions import Decision
from omnidash.health.roi_streak import roi_days
from omnidash.health.silence import FEED_SILENT, SPEND_WITHOUT_EVENTS, answer_by
from omnidash.metrics.of_workspace import margins_of
from omnidash.model.messages import N_
from omnidash.model.period import Period
from omnidash.ui import compute
from omnidash.ui.cards import chart_card
from omnidash.ui.day_notes import note_button, with_notes
from omnidash.ui.explain.origin import Origin
from omnidash.ui.health.evidence import named
from omnidash.ui.health.known import SHARED, known_decisions, limits_of
from omnidash.ui.health.migration_view import show_migration
from omnidash.ui.health.today import acknowledge, budget_link
from omnidash.ui.i18n import _, date_format, fmt
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

RULE_TITLES = {
    "roi_streak": N_("ROI below its threshold"),
    "concentration": N_("Too much on one channel"),
    "traffic_drop": N_("Sudden drop of traffic"),
    "cac_to_ltv": N_("Customers too dear for what they bring"),
    "conversion_volatility": N_("Unsteady conversion rate"),
    "spend_without_events": N_("Money flows, no touches arrive"),
    "no_conversions": N_("Touches, but no conversions"),
    "feed_silent": N_("A feed is silent"),
}
KIND_TITLES = {
    "acknowledged": N_("acknowledged"),
    "noted": N_("noted"),
    "snoozed": N_("snoozed"),
    "woken": N_("woken"),
    "closed": N_("closed"),
    "reopened": N_("reopened"),
    "told": N_("notification sent"),
    "told_recovered": N_("recovery notice sent"),
    "decided": N_("decided"),
    "scored": N_("scored"),
}
OUTCOMES = {
    "better": N_("better since"),
    "worse": N_("worse since"),
    "unclear": N_("no clear change"),
    "incomparable": N_("nothing to compare with"),
}
_VALUE_OF = {
    "roi_streak": "roi",
    "concentration": "share",
    "traffic_drop": "touches",
    "cac_to_ltv": "cac_to_ltv",
    "conversion_volatility": "volatility",
    "spend_without_events": "touches",
    "no_conversions": "conversions",
}
_ADDENDS = {
    "roi_streak": ("gross_profit", "spend"),
    "traffic_drop": ("touches",),
    "cac_to_ltv": ("spend", "new_customers"),
    "conversion_volatility": ("conversions", "touches"),
    "spend_without_events": ("spend", "touches"),
    "no_conversions": ("conversions", "touches"),
}
_ABOUT_MONEY = ("roi_streak", "cac_to_ltv", "concentration")
_PERCENT = {"roi", "share", "cac_to_ltv"}
_CONTEXT_DAYS = 28


def show_case(screen: Screen, standing: Standing) -> None:
    """Evidence on the left, what to do on the right."""
    case = standing.case
    left, right = st.columns([0.5, 0.5], gap="medium")
    with left:
        _evidence(screen, standing)
        _history(screen, standing)
    with right, st.container(border=True, key="case_plan"):
        st.markdown(f"## {_('What to do')}")
        has_plan = case.rule == "traffic_drop" and case.state == "open"
        for action in case.actions:
            st.markdown(f"- {plain(screen.say(action))}")
        if has_plan:
            show_migration(screen, case, compute.channel_days(screen.workspace, screen.filters.model))
        if case.rule in (FEED_SILENT, SPEND_WITHOUT_EVENTS) and case.state == "open":
            _answer_clock(screen, case)
        if not case.actions and case.state == "recovered":
            st.write(_("It is over; nothing needs to be done."))
        with st.container(horizontal=True, vertical_alignment="center"):
            if (
                case.rule in ("roi_streak", "cac_to_ltv", "concentration")
                and case.channel
                and case.state != "recovered"
            ):
                budget_link(screen, case.channel)
            acknowledge(screen, standing, "detail")


def _answer_clock(screen: Screen, case: Case) -> None:
    """Until when the feed is back or replaced, and where a fall-back source is named if there is none."""
    by = answer_by(case.fired_on, screen.workspace.settings.timezone)
    local = by.replace(tzinfo=UTC).astimezone(screen.workspace.settings.zone)
    st.caption(
        _(
            "2-hour clock: by {time} on {day} the feed is back, or its fall-back source is in use.",
            time=f"{local:%H:%M}",
            day=fmt().day(local.date()),
        )
    )
    if case.channel and not limits_of(screen).fallback_sources.get(case.channel):
        st.caption(
            _(
                "No fall-back source is set for {channel}: name one on Alerts → Rules and replay.",
                channel=plain(screen.name(case.channel)),
            )
        )


def _evidence(screen: Screen, standing: Standing) -> None:
    case = standing.case
    column = _VALUE_OF.get(case.rule, "rows" if "rows" in case.evidence.columns else "touches")
    rows = case.evidence.drop_nulls(column).sort("day")
    if column == "touches":
        rows = _with_days_before(screen, standing, rows)
    elif column == "roi":
        rows = pl.concat([_roi_before(screen, standing), rows.select("day", "roi")])
    is_percent = column in _PERCENT
    chart = None
    if not rows.is_empty():
        chart = case_over_time(
            rows["day"],
            rows[column],
            fired_on=case.fired_on,
            fired_label=_("warning since {day}", day=fmt().day(case.fired_on))
            if case.state == "warning"
            else _("alarm on {day}", day=fmt().day(case.fired_on)),
            limit=case.limit if is_percent or column == "volatility" else None,
            expected=rows["expected"] if "expected" in rows.columns else None,
            lower=rows["expected"] * (1 + case.limit) if "expected" in rows.columns else None,
            is_bad_above=case.rule in ("concentration", "cac_to_ltv", "conversion_volatility"),
            colors=screen.colors,
            expected_label=_("expected"),
            tick_format=",.0%" if is_percent else ",.2~f",
            date_format=date_format(),
        )
        with_notes(screen, chart, rows["day"].min(), rows["day"].max(), channel=case.channel)  # type: ignore[arg-type]
    chart_card(
        screen.say(case.sentence),
        chart,
        named(screen, case.evidence) if "channel" in case.evidence.columns else case.evidence,
        key="case",
        explanation=_(
            "{rule}. The rows below are those the rule rests on; the first one is the first day of the condition.",
            rule=_(RULE_TITLES[case.rule]),
        ),
        empty=_("The last deliveries stand in the table behind the button."),
        more=lambda: note_button(screen, key="case", channel=case.channel),
        origin=_origin(screen, case, rows),
    )


def _origin(screen: Screen, case: Case, rows: pl.DataFrame) -> Origin:
    """What the case rests on: the sums its rule compares, on the days shown."""
    days = rows["day"].to_list()
    addends = {**_ADDENDS, "concentration": (SHARED[limits_of(screen).share_basis],)}
    return Origin(
        addends=addends.get(case.rule, ("events",)),
        channels=(case.channel,) if case.channel else (),
        period=Period(first_day=min(days), last_day=max(days)) if days else None,
    )


def _with_days_before(screen: Screen, standing: Standing, rows: pl.DataFrame) -> pl.DataFrame:
    """The channel's touches of the four weeks before as well, so that one sees where it fell from."""
    case = standing.case
    days = compute.channel_days(screen.workspace, screen.filters.model)
    first = case.first_day - timedelta(days=_CONTEXT_DAYS)
    until = rows["day"].min() if len(rows) else case.first_day
    before = days.filter(
        (pl.col("channel") == case.channel) & (pl.col("day") >= first) & (pl.col("day") < until)
    ).select("day", "touches")
    return pl.concat([before, rows], how="diagonal_relaxed").sort("day")


def _roi_before(screen: Screen, standing: Standing) -> pl.DataFrame:
    """The channel's ROI of the four weeks before."""
    case = standing.case
    days = compute.channel_days(screen.workspace, screen.filters.model)
    before = (pl.col("day") < case.first_day) & (pl.col("day") >= case.first_day - timedelta(days=_CONTEXT_DAYS))
    return (
        roi_days(
            days.filter((pl.col("channel") == case.channel) & before),
            closed_through=screen.span.closed_through,
            thresholds=limits_of(screen),
            margin=margins_of(screen.workspace),
        )
        .drop_nulls("roi")
        .select("day", "roi")
    )


def outcome_words(screen: Screen, decision: Decision) -> str:
    """What became of a decision, in words."""
    if decision.outcome is None:
        return _("its outcome can be told a week later")
    said = f"{_(OUTCOMES[decision.outcome.judged])}: {screen.say(decision.outcome.sentence)}"
    return _("{outcome} (kept)", outcome=said) if decision.is_kept else said


def _history(screen: Screen, standing: Standing) -> None:
    """What happened to the case, newest first."""
    case = standing.case
    of_entry = {id(decision.entry): decision for decision in known_decisions(screen, [standing])}
    lines = [
        f"- {fmt().day(entry.at.date())} · {_(KIND_TITLES[entry.kind])} · {plain(entry.by)}"
        + (f" · {plain(entry.note)}" if entry.note else "")
        + (f" · {_('until {day}', day=fmt().day(entry.until))}" if entry.until else "")
        + (f" · **{plain(outcome_words(screen, of_entry[id(entry)]))}**" if id(entry) in of_entry else "")
        for entry in reversed(standing.entries)
        if entry.kind != "scored"  # said beside its decision
    ]
    if case.recovered_on is not None:
        lines.insert(0, f"- {fmt().day(case.recovered_on)} · {_('recovered')}")
    lines.append(f"- {fmt().day(case.fired_on)} · {_('warning') if case.state == 'warning' else _('alarm')}")
    lines.append(f"- {fmt().day(case.first_day)} · {_('first day of the condition')}")
    st.markdown(f"**{_('History')}**\n\n" + "\n".join(lines))

"""The page of one channel: its numbers, its days, the verdict with its reasons, overlap, cases, and what it would
cost to lose it."""

from collections.abc import Sequence

import polars as pl
import streamlit as st

from omnidash.charts.health import share_over_time, streak_calendar
from omnidash.health.concentration import trailing_shares
from omnidash.health.day_windows import BELOW, COUNTED
from omnidash.health.roi_streak import streak_below
from omnidash.metrics.of_workspace import margins_of
from omnidash.metrics.registry import METRICS
from omnidash.metrics.summary import channel_table, costed_through, daily
from omnidash.model.defaults import DIRECT, UNKNOWN
from omnidash.model.messages import N_
from omnidash.model.period import Period
from omnidash.ui import compute, not_found, state
from omnidash.ui.cards import Card, chart_card, definition, evidence_card, finding, kpi_cards
from omnidash.ui.day_notes import note_button, with_notes, with_notes_in_calendar
from omnidash.ui.explain.origin import Origin
from omnidash.ui.fragment import fragment
from omnidash.ui.health.channels import VERDICTS
from omnidash.ui.health.evidence import chart_window
from omnidash.ui.health.known import (
    SHARED,
    all_standings,
    channel_facts,
    days_with_shares,
    judged_days,
    limits_of,
    overlaps,
)
from omnidash.ui.health.kpi import changes_against
from omnidash.ui.health.losing import losing
from omnidash.ui.health.today import case_line
from omnidash.ui.i18n import _, date_format, fmt, n_
from omnidash.ui.labels import BASIS_TITLES
from omnidash.ui.needed import empty_state
from omnidash.ui.report import collected
from omnidash.ui.screen import Screen
from omnidash.ui.tables import STATUS_TITLES
from omnidash.ui.text import plain

_CARDS = ("revenue", "spend", "roi", "cac", "touches", "conversions", "new_customers", "conversion_rate")
_METRIC_OF = {"revenue": "net_revenue"}
_CALENDAR_DAYS = 182
_OVERLAP_DAYS = 7
_WORTH_SAYING = 3  # days below the threshold; single days come and go
_VERDICT_SENTENCES = {
    "add": N_("{channel}: earns its money and brings customers of its own: add"),
    "hold": N_("{channel}: hold"),
    "fix": N_("{channel}: does not earn its money but is needed: fix"),
    "leave": N_("{channel}: neither earns nor is needed: leave"),
}


def show_channel(screen: Screen) -> None:
    """Draw the page of the channel named in the address."""
    channels = [c for c in screen.names if c not in (DIRECT, UNKNOWN)]
    channel = st.query_params.get("channel", "")
    if channel not in channels:
        is_unknown = channel not in ("", *screen.names)
        if is_unknown:
            not_found.note_and_say("channel", _("channel"), channel)
        channel = channels[0] if channels else ""
        if is_unknown and channel:
            st.query_params["channel"] = channel
    if not channel:
        st.title(_("No channel yet"))
        empty_state(_("Upload touchpoints or spend to see a channel here."))
        return
    days = compute.channel_days(screen.workspace, screen.filters.model)
    finding(_headline(screen, days, channel))
    _switch(screen, channels, channel)
    _cases(screen, channel)
    _cards(screen, days, channel)
    left, right = st.columns([0.55, 0.45], gap="medium")
    with left:
        _calendar(screen, channel)
        _share(screen, days, channel)
        _stress(screen, days, channel)
    with right:
        _verdict(screen, channel)
        _overlap(screen, channel)


def _headline(screen: Screen, days: pl.DataFrame, channel: str) -> str:
    alarm = next((s.case for s in all_standings(screen) if s.case.channel == channel and s.case.is_open), None)
    if alarm is not None:
        return screen.say(alarm.sentence).rstrip("。.")
    streaks = streak_below(judged_days(screen), days["channel"])
    below = dict(streaks.iter_rows()).get(channel, 0)
    if below >= _WORTH_SAYING:
        return n_(
            "{channel} has been below its ROI threshold for {count} day",
            "{channel} has been below its ROI threshold for {count} days",
            below,
            channel=screen.name(channel),
        )
    judgement = channel_facts(screen).judgements.get(channel)
    template = _VERDICT_SENTENCES[judgement.verdict if judgement else "hold"]
    return _(template, channel=screen.name(channel))


def _switch(screen: Screen, channels: Sequence[str], channel: str) -> None:
    key = "channel_shown"
    st.session_state[key] = channel
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            _("Channel"),
            list(channels),
            key=key,
            format_func=screen.name,
            width=260,
            on_change=lambda: st.query_params.update(channel=st.session_state[key]),
        )
        address = state.address_of(screen.bar)
        st.page_link("app.py", label=_("All channels"), icon=":material/arrow_back:", query_params=address)
        st.page_link(
            "pages/budget.py",
            label=_("Response curve and budget"),
            icon=":material/tune:",
            query_params={**address, "focus": channel},
        )
        st.page_link(
            "pages/journeys.py",
            label=_("Journeys of those it reached"),
            icon=":material/route:",
            query_params={**address, "channels": channel},
        )


def _cases(screen: Screen, channel: str) -> None:
    own = [s for s in all_standings(screen) if s.case.channel == channel]
    last_day = screen.span.closed_through
    for index, standing in enumerate(s for s in own if s.stage(last_day) in ("open", "warning", "acknowledged")):
        case_line(screen, standing, f"{index}")
    past = [s for s in own if s.stage(last_day) in ("recovered", "closed", "snoozed")]
    if past:
        with st.expander(n_("{count} case before", "{count} cases before", len(past))):
            for standing in past:
                st.markdown(f"- {plain(screen.say(standing.case.sentence))}")


def _cards(screen: Screen, days: pl.DataFrame, channel: str) -> None:
    period = screen.filters.period

    def row(chosen: Period) -> dict[str, float | None]:
        if chosen.first_day < screen.span.first_day and chosen is not period:
            return {}
        reach, _all = compute.reached(screen.workspace, chosen)
        table = channel_table(days, chosen, margin=margins_of(screen.workspace), reach=reach)
        found = table.filter(channel=channel).to_dicts()
        return found[0] if found else {}

    now, before = row(period), row(screen.compared)
    series = daily(days, period, margin=margins_of(screen.workspace), channels=[channel])
    kpi_cards(
        [
            Card(
                metric=_METRIC_OF.get(name, name),
                value=now.get(name),
                before=before.get(name),
                series=series[name].to_list() if name in series.columns else (),
            )
            for name in _CARDS
        ],
        currency=screen.currency,
        compared_with="",
        columns=4,
        channels=(channel,),
        costed_through=costed_through(days),
    )
    if before:
        st.caption(changes_against(screen))


def _calendar(screen: Screen, channel: str) -> None:
    table = judged_days(screen).filter(channel=channel).tail(_CALENDAR_DAYS)
    counted = table.filter(pl.col("status").is_in(COUNTED))
    below = counted.filter(pl.col("status").is_in(BELOW)).height
    title = _("No day with spend to judge")
    if counted.height:
        title = _(
            "{below} of {days} days with spend were below the threshold",
            below=fmt().integer(below),
            days=fmt().integer(counted.height),
        )
    chart_card(
        title,
        with_notes_in_calendar(
            screen,
            streak_calendar(
                table,
                status_text=lambda status: _(STATUS_TITLES[status]),
                weekdays=[fmt().weekday(i) for i in range(7)],
                month=fmt().month,
                colors=screen.colors,
            ),
            table["day"].min(),  # type: ignore[arg-type]
            table["day"].max(),  # type: ignore[arg-type]
            channel,
        )
        if counted.height
        else None,
        table.select("day", "spend", "gross_profit", "roi", "status", "over_days", "window_roi"),
        key="calendar",
        explanation=_(
            "One square per day. Days that cannot be judged (nothing delivered, not complete, only the share of a "
            "longer "
            "range) are hatched or grey: they neither break nor extend a streak. {definition}",
            definition=definition(METRICS["roi"]),
        ),
        empty=_("Upload a spend export of this channel to see its ROI day by day."),
        is_filled_by_upload=True,
        more=lambda: note_button(screen, key="calendar", channel=channel),
        origin=Origin(metrics=("roi",), channels=(channel,), period=_days_of(table)),
    )


def _days_of(table: pl.DataFrame) -> Period | None:
    """The days that a table shows; None where it is empty."""
    days = table["day"].to_list()
    return Period(first_day=min(days), last_day=max(days)) if days else None


def _share(screen: Screen, days: pl.DataFrame, channel: str) -> None:
    limits = limits_of(screen).of(channel)
    window = chart_window(screen)
    shares = (
        trailing_shares(days_with_shares(screen, days), closed_through=window.last_day, thresholds=limits)
        .filter((pl.col("channel") == channel) & (pl.col("day") >= window.first_day))
        .drop_nulls("share")
    )
    title = _(BASIS_TITLES[limits.share_basis])
    if len(shares):
        share = fmt().percent(shares["share"][-1])
        is_traffic = limits.share_basis == "traffic"
        title = _("It carries {share} of the traffic", share=share) if is_traffic else f"{title}: {share}"
    chart_card(
        title,
        with_notes(
            screen,
            share_over_time(
                shares.select("day", "channel", "share"),
                limit=limits.share_limit,
                limit_label=_("limit {share}", share=fmt().percent(limits.share_limit, 0)),
                colors=screen.colors,
                name=screen.label,
                tick_format=".0%",
                date_format=date_format(),
                height=240,
            ),
            shares["day"].min(),  # type: ignore[arg-type]
            shares["day"].max(),  # type: ignore[arg-type]
            channel=channel,
        )
        if len(shares)
        else None,
        shares.select("day", "amount", "total", "share"),
        key="channel_share",
        explanation=definition(METRICS["share"]),
        empty=_("No touches in this period. Upload touchpoints or events to fill this chart."),
        is_filled_by_upload=True,
        more=lambda: note_button(screen, key="channel_share", channel=channel),
        origin=Origin(addends=(SHARED[limits.share_basis],), channels=(channel,), period=window),
    )


def _verdict(screen: Screen, channel: str) -> None:
    known = channel_facts(screen)
    judgement, points = known.judgements.get(channel), known.scores.get(channel)
    if judgement is None or points is None:
        return
    with st.container(border=True, key="card_verdict"):
        st.markdown(
            "## "
            + plain(
                _(
                    "Verdict: {verdict} · priority {priority} of {count} · health {score} of 100",
                    verdict=_(VERDICTS[judgement.verdict]),
                    priority=known.priority.get(channel, 0),
                    count=len(known.priority),
                    score=points.total,
                )
            )
        )
        marks = (judgement.earns, judgement.is_incremental, judgement.builds_brand)
        icons = {True: ":material/check_circle:", False: ":material/cancel:", None: ":material/help:"}
        for mark, reason in zip(marks, judgement.reasons, strict=True):
            st.markdown(f"{icons[mark]} {plain(screen.say(reason))}")
        st.caption(
            _(
                "Health: profit {profit} of 40, steadiness {steadiness} of 20, weight {weight} of 20, calm {calm} "
                "of 20.",
                profit=round(points.profit),
                steadiness=round(points.steadiness),
                weight=round(points.weight),
                calm=round(points.calm),
            )
        )


def _overlap(screen: Screen, channel: str) -> None:
    shared = overlaps(screen.workspace, screen.filters.period, _OVERLAP_DAYS).frame()
    rows = shared.filter(pl.col("a") == channel).sort("share_of_a", "b", descending=[True, False]).head(8)
    if rows.is_empty():
        return
    top = rows.row(0, named=True)
    title = _(
        "{share} of its persons are reached by {channel} within {days} days as well",
        share=fmt().percent(top["share_of_a"], 0),
        channel=screen.name(top["b"]),
        days=_OVERLAP_DAYS,
    )
    table = pl.DataFrame(
        {
            "channel": [screen.name(c) for c in rows["b"]],
            "persons": rows["persons"],
            "share": rows["share_of_a"],
        }
    )
    with evidence_card(
        title,
        table,
        key="channel_overlap",
        explanation=_("Persons reached by both / persons reached by this channel."),
        origin=Origin(addends=("persons",), channels=(channel,)),
    ):
        st.dataframe(
            table.with_columns(pl.col("share") * 100),
            hide_index=True,
            key="overlap_table",
            column_config={
                "channel": st.column_config.TextColumn(_("Channel")),
                "persons": st.column_config.NumberColumn(_("Persons"), format="localized"),
                "share": st.column_config.ProgressColumn(_("Overlap"), format="%.0f%%", min_value=0.0, max_value=100.0),
            },
        )


@fragment
@collected.part
def _stress(screen: Screen, days: pl.DataFrame, channel: str) -> None:
    """What losing part of the channel would cost, with and without the others stepping in."""
    with st.container(border=True, key="card_stress"):
        place = st.empty()
        loss = st.slider(_("It loses this part of its traffic, %"), 10, 100, 50, 10, key="stress_loss") / 100
        found, plan = losing(screen, days, channel, loss=loss)
        back, spend = plan.revenue_back(found.likely)

        def money(value: float) -> str:
            return fmt().money(value, screen.currency)

        place.markdown(
            "## "
            + plain(
                _(
                    "Losing {loss} of it puts about {likely} a day at risk, {left} with migration",
                    loss=fmt().percent(loss, 0),
                    likely=money(found.likely),
                    left=money(found.with_migration),
                )
            )
        )
        st.caption(
            _(
                "At least {least} (buyers nobody else touched), at most {most} (all it is credited with). Receivers "
                "bring {back} of it back for {spend} more a day, within what they have spent before.",
                least=money(found.least),
                most=money(found.most),
                back=money(back),
                spend=money(spend),
            )
        )
        if found.is_single_point:
            st.warning(
                _(
                    "Single point of failure: {share} of all net revenue hangs on it.",
                    share=fmt().percent(found.share_of_all, 0),
                )
            )

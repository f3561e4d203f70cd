"""The morning page of the growth team: what needs you today, what changed, and how each channel does."""

import polars as pl
import streamlit as st

from omnidash.health.case_book import Standing
from omnidash.health.roi_of_weeks import BELOW_OVER_WEEKS
from omnidash.model.messages import Message
from omnidash.model.period import Period
from omnidash.ui import compute, first_sight
from omnidash.ui.cards import finding
from omnidash.ui.health.channels import channels_card
from omnidash.ui.health.evidence import changes_card, roi_card, share_card
from omnidash.ui.health.known import all_standings
from omnidash.ui.health.kpi import kpi_rows
from omnidash.ui.health.today import for_today, open_cases
from omnidash.ui.i18n import _, n_
from omnidash.ui.report import collected
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain


def show_health(screen: Screen) -> None:
    """Draw the page."""
    days = compute.channel_days(screen.workspace, screen.filters.model)
    found = all_standings(screen)
    today = [s for s in for_today(found, screen) if not s.case.channel or screen.filters.includes(s.case.channel)]
    finding(_headline(screen, today))
    open_cases(screen, today)
    _notes(screen, found)
    chosen = days.filter(pl.col("channel").is_in(list(screen.filters.channels))) if screen.filters.channels else days
    kpi_rows(screen, days)
    first_sight.let_it_draw()
    channels_card(screen)
    left, right = st.columns(2)
    with left:
        share_card(screen, days)
        changes_card(screen, chosen)
    with right:
        roi_card(screen, chosen)


def _headline(screen: Screen, today: list[Standing]) -> str:
    alarms = [standing for standing in today if standing.case.is_open]
    if alarms:
        return n_("{count} thing needs you today", "{count} things need you today", len(alarms))
    if today:
        return n_(
            "No alarm; {count} channel is close to a limit",
            "No alarm; {count} channels are close to a limit",
            len(today),
        )
    losing = _below_over_weeks(screen)
    if losing:
        return n_(
            "No alarm, but {count} paid channel is below its ROI threshold over four weeks",
            "No alarm, but {count} paid channels are below their ROI threshold over four weeks",
            len(losing),
        )
    paid = _paid(compute.channel_days(screen.workspace, screen.filters.model), screen.filters.period)
    paid = [channel for channel in paid if screen.filters.includes(channel)]
    return n_(
        "No alarm: {count} paid channel within its limits",
        "No alarm: {count} paid channels within their limits",
        len(paid),
    )


def _notes(screen: Screen, found: tuple[Standing, ...]) -> None:
    """What the rules could not say, and what is being dealt with already."""
    last_day = screen.span.closed_through
    stages = [standing.stage(last_day) for standing in found]
    acknowledged, snoozed = stages.count("acknowledged"), stages.count("snoozed")
    if acknowledged or snoozed:
        parts = [
            n_("{count} acknowledged", "{count} acknowledged", acknowledged) if acknowledged else "",
            n_("{count} snoozed", "{count} snoozed", snoozed) if snoozed else "",
        ]
        st.caption(f":material/done_all: {_('Being dealt with:')} {', '.join(part for part in parts if part)}")
    result = compute.rules(screen.workspace, screen.filters.model)
    losing = _below_over_weeks(screen)
    for note in result.notes if result else ():
        if note.template != BELOW_OVER_WEEKS:
            st.caption(f":material/info: {plain(screen.say(note))}")
        elif note in losing:
            sentence = screen.say(note)
            st.markdown(f":material/trending_down: {plain(sentence)}")
            collected.add(f"below:{note.values['channel']}", collected.Sentence(text=sentence))


def _below_over_weeks(screen: Screen) -> list[Message]:
    """What is said of the channels of the filter that lose without an alarm."""
    result = compute.rules(screen.workspace, screen.filters.model)
    return [
        note
        for note in (result.notes if result else ())
        if note.template == BELOW_OVER_WEEKS and screen.filters.includes(str(note.values["channel"]))
    ]


def _paid(days: pl.DataFrame, period: Period) -> list[str]:
    spent = days.filter(pl.col("day").is_between(period.first_day, period.last_day) & (pl.col("spend") > 0))
    return spent["channel"].unique().to_list()

"""The story of one person: every event over all channels in order, with stage and what each touch earned."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import polars as pl
import streamlit as st

from omnidash.charts.customers import Moment, story_strip
from omnidash.engine.timeline import Timeline, TimelineEvent
from omnidash.model.defaults import UNKNOWN
from omnidash.ui.cards import draw, evidence_card
from omnidash.ui.customers.wording import identifier_text
from omnidash.ui.data.wording import local_time
from omnidash.ui.day_notes import with_notes
from omnidash.ui.funnel.wording import action_title
from omnidash.ui.i18n import _, date_format, fmt, n_
from omnidash.ui.labels import MODEL_TITLES, STAGE_TITLES
from omnidash.ui.screen import Screen
from omnidash.ui.text import escaped

_FIRST_SIGHT = 30
_LONG_PAUSE = timedelta(days=1)


def show_story(screen: Screen, story: Timeline) -> None:
    """The card: a strip of all events, and below it one line per event."""
    events = story.events
    with evidence_card(
        _title(screen, events),
        _table(screen, events),
        key="story",
        explanation=_(
            "All events of all identifiers of this person, in the workspace's local time. Credit: the share of a "
            "conversion that a touch earns under the chosen attribution model ({model}) within {days}; larger "
            "dots earned more, diamonds are conversions.",
            model=_(MODEL_TITLES[screen.filters.model]),
            days=n_("{count} day", "{count} days", screen.workspace.settings.lookback_days),
        ),
    ):
        if not events:
            st.info(_("This person has no event: its identifiers stood only on rows that are not in use any more."))
            return
        draw(
            with_notes(
                screen,
                story_strip(
                    [_moment(screen, event) for event in events],
                    colors=screen.colors,
                    date_format=date_format(),
                ),
                events[0].day,
                events[-1].day,
            ),
            card="story",
            words=_title(screen, events),
        )
        shows_all = len(events) <= _FIRST_SIGHT or st.session_state.get("story_all", False)
        shown = events if shows_all else events[:_FIRST_SIGHT]
        st.html(f'<div class="od-story">{"".join(_lines(screen, shown))}</div>')
        if len(events) > _FIRST_SIGHT:
            st.toggle(
                _("Show all {count} events, not only the first {shown}", count=len(events), shown=_FIRST_SIGHT),
                key="story_all",
            )


def _title(screen: Screen, events: Sequence[TimelineEvent]) -> str:
    conversions = [place for place, event in enumerate(events) if event.is_conversion]
    if not conversions:
        return n_("{count} event so far, and no conversion", "{count} events so far, and no conversion", len(events))
    before = [event for event in events[: conversions[0]] if event.is_touch]
    sales = n_("{count} conversion in all", "{count} conversions in all", len(conversions))
    if not before:
        return _("Converted without a touch before; {sales}", sales=sales)
    days = (events[conversions[0]].day - before[0].day).days
    return _(
        "From {first} to the first conversion in {days} over {touches}; {sales}",
        first=_channel(screen, before[0]),
        days=n_("{count} day", "{count} days", days) if days else _("less than a day"),
        touches=n_("{count} touch", "{count} touches", len(before)),
        sales=sales,
    )


def _channel(screen: Screen, event: TimelineEvent) -> str:
    return screen.name(event.channel or UNKNOWN)


def _clock(moment: datetime) -> str:
    return f"{fmt().day(moment.date())} {moment:%H:%M}"


def _stage(event: TimelineEvent) -> str:
    if event.stage is None:
        return ""
    return _(STAGE_TITLES[event.stage]) if event.stage in STAGE_TITLES else event.stage


def _earned(screen: Screen, event: TimelineEvent) -> str:
    """ "25% of a conversion, ¥70", what a conversion was worth, or nothing."""
    if event.revenue is not None and (event.is_conversion or event.revenue):
        return fmt().money(float(event.revenue), event.currency or screen.currency)
    if not event.credit:
        return ""
    return _(
        "earned {share} · {money}",
        share=fmt().percent(event.credit, 0),
        money=fmt().money(event.credited_revenue, screen.currency),
    )


def _moment(screen: Screen, event: TimelineEvent) -> Moment:
    at = local_time(event.ts, screen.workspace)
    parts = [_clock(at), _channel(screen, event), action_title(event.action), _stage(event), _earned(screen, event)]
    return Moment(
        at=at,
        lane=screen.label(event.channel or UNKNOWN),
        color=screen.colors.of_channel(event.channel or UNKNOWN),
        credit=event.credit,
        is_conversion=event.is_conversion,
        text=escaped(" · ".join(part for part in parts if part)),
    )


def _lines(screen: Screen, events: Sequence[TimelineEvent]) -> Iterator[str]:
    """HTML of the list; a pause of more than a day is said between two events."""
    before: datetime | None = None
    for event in events:
        at = local_time(event.ts, screen.workspace)
        if before is not None and at - before > _LONG_PAUSE:
            pause = n_("{count} day later", "{count} days later", (at.date() - before.date()).days)
            yield f'<div class="od-pause">{escaped(pause)}</div>'
        before = at
        about = " · ".join(part for part in (_stage(event), event.campaign or "", event.page or "") if part)
        kind = "od-event od-goal" if event.is_conversion else "od-event"
        color = screen.colors.good if event.is_conversion else screen.colors.of_channel(event.channel or UNKNOWN)
        yield (
            f'<div class="{kind}" style="--od-channel: {color}"><span class="od-when">{escaped(_clock(at))}</span>'
            f'<span class="od-what"><b>{screen.label(event.channel or UNKNOWN)}</b> '
            f'{escaped(action_title(event.action))}<span class="od-about">{escaped(about)}</span></span>'
            f'<span class="od-earned">{escaped(_earned(screen, event))}</span></div>'
        )


def _table(screen: Screen, events: Sequence[TimelineEvent]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            _("Time"): [local_time(event.ts, screen.workspace) for event in events],
            "channel": [_channel(screen, event) for event in events],
            _("Action"): [action_title(event.action) for event in events],
            _("Stage"): [_stage(event) for event in events],
            _("Campaign"): [event.campaign for event in events],
            _("Order number"): [event.order_id for event in events],
            _("Revenue"): [None if event.revenue is None else float(event.revenue) for event in events],
            _("Currency"): [event.currency for event in events],
            _("Credit"): [event.credit for event in events],
            _("Credited net revenue"): [event.credited_revenue for event in events],
            _("Identifier"): [identifier_text(event.identifier) for event in events],
            _("File"): [event.file for event in events],
            _("Row"): [event.row_number for event in events],
        },
        schema_overrides={
            _("Time"): pl.Datetime,
            _("Campaign"): pl.String,
            _("Order number"): pl.String,
            _("Revenue"): pl.Float64,
            _("Currency"): pl.String,
        },
    )

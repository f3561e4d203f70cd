"""Alerts → Drill: practise a sudden drop on a copy of the daily table. Nothing of it happened, and nothing is kept."""

from datetime import date, timedelta

import polars as pl
import streamlit as st

from omnidash.charts.health import case_over_time
from omnidash.engine.day_notes import PROMOTION, noted_days
from omnidash.health.cases import Case
from omnidash.health.drill import DRILL_DAYS, drilled
from omnidash.health.traffic_drop import RULE
from omnidash.model.defaults import DIRECT, UNKNOWN
from omnidash.ui import compute
from omnidash.ui.cards import chart_card
from omnidash.ui.fragment import fragment
from omnidash.ui.health.evidence import named
from omnidash.ui.health.known import limits_of, missing_of
from omnidash.ui.health.migration_view import show_migration
from omnidash.ui.i18n import _, date_format, fmt
from omnidash.ui.report import collected
from omnidash.ui.screen import Screen
from omnidash.ui.text import plain

_CONTEXT_DAYS = 28
_LOSS = 60  # per cent, to begin with


@fragment
@collected.part
def show_drill(screen: Screen) -> None:
    """Choose a channel and how much of it is lost; the case, its plan and the clock as they would be."""
    st.warning(
        _(
            "Drill: nothing of this happened. It is played on a copy of the daily table in memory; no case is opened, "
            "nobody is notified, nothing is stored."
        ),
        icon=":material/exercise:",
    )
    days = compute.channel_days(screen.workspace, screen.filters.model)
    closed = screen.span.closed_through
    channels = _channels(screen, days)
    if not channels:
        st.info(_("Upload touchpoints or spend to see a channel here."))
        return
    left, right = st.columns(2)
    first = _first_that_fires(
        compute.version_of(screen.workspace), screen, screen.filters.model, tuple(channels), closed
    )
    channel = left.selectbox(
        _("Channel that drops"), channels, index=channels.index(first), format_func=screen.name, key="drill_channel"
    )
    percent = right.slider(_("It loses this part of its traffic, %"), 10, 90, _LOSS, 10, key="drill_loss")
    table, case = _drilled(screen, days, str(channel), percent / 100, closed)
    if case is None:
        st.info(
            _(
                "The rule would not have fired: {channel} loses {loss} for {days} days, and the limit is {limit} below "
                "what is expected and beyond its usual errors. Choose a larger loss or another channel.",
                channel=screen.name(str(channel)),
                loss=fmt().percent(percent / 100, 0),
                days=DRILL_DAYS,
                limit=fmt().percent(limits_of(screen).of(str(channel)).drop_limit, 0),
            ),
            icon=":material/exercise:",
        )
        return
    seen, plan = st.columns(2, gap="medium")
    with seen:
        before = table.filter(
            (pl.col("channel") == channel)
            & (pl.col("day") < case.first_day)
            & (pl.col("day") >= case.first_day - timedelta(days=_CONTEXT_DAYS))
        ).select("day", "touches")
        rows = pl.concat([before, case.evidence.sort("day")], how="diagonal_relaxed")
        chart_card(
            _("Drill: {sentence}", sentence=screen.say(case.sentence)),
            case_over_time(
                rows["day"],
                rows["touches"],
                fired_on=case.fired_on,
                fired_label=_("alarm on {day}", day=fmt().day(case.fired_on)),
                limit=None,
                expected=rows["expected"],
                lower=rows["expected"] * (1 + case.limit),
                is_bad_above=False,
                colors=screen.colors,
                expected_label=_("expected"),
                tick_format=",.2~f",
                date_format=date_format(),
            ),
            named(screen, case.evidence),
            key="drill",
            explanation=_(
                "A drill: the last {days} closed days with a part of the touches taken away.", days=DRILL_DAYS
            ),
        )
    with plan, st.container(border=True, key="drill_plan"):
        st.markdown(f"## {_('Drill: what to do')}")
        for action in case.actions:
            st.markdown(f"- {plain(screen.say(action))}")
        show_migration(screen, case, table, key="_drill")


def _drilled(
    screen: Screen, days: pl.DataFrame, channel: str, loss: float, closed: date
) -> tuple[pl.DataFrame, Case | None]:
    """The drill by what the rule knows of the workspace: its limits, what did not arrive, and noted promotions."""
    return drilled(
        days,
        channel,
        loss,
        closed_through=closed,
        thresholds=limits_of(screen),
        undelivered=missing_of(screen).of_channels,
        promotions=noted_days(compute.notes(screen.workspace), PROMOTION, days["channel"].unique().to_list()),
    )


def _channels(screen: Screen, days: pl.DataFrame) -> list[str]:
    """Those with traffic, most first, but for those that truly are in a drop now: there is nothing to practise."""
    closed = screen.span.closed_through
    recent = days.filter((pl.col("day") <= closed) & (pl.col("day") > closed - timedelta(days=_CONTEXT_DAYS)))
    usual = recent.group_by("channel").agg(pl.col("touches").median())
    usual = usual.sort("touches", "channel", descending=[True, False])
    result = compute.rules(screen.workspace, screen.filters.model)
    dropped = {case.channel for case in (result.open_cases if result else ()) if case.rule == RULE}
    left_out = {DIRECT, UNKNOWN, *dropped}
    return [channel for channel, touches in usual.iter_rows() if touches > 0 and channel not in left_out]


@st.cache_resource(show_spinner=False, max_entries=12)
def _first_that_fires(
    version: compute.Version,  # noqa: ARG001  (the cache key)
    _screen: Screen,
    model: str,
    channels: tuple[str, ...],
    closed: date,
) -> str:
    """The largest channel whose drop would be found: after a sale the traffic of some has nothing to fall from."""
    days = compute.channel_days(_screen.workspace, model)
    for channel in channels:
        _table, case = _drilled(_screen, days, channel, _LOSS / 100, closed)
        if case is not None:
            return channel
    return channels[0]

"""Alerts → Stress test: what a policy change or a throttled account would put at risk, channel by channel, and which
channels hold part of the business alone."""

import polars as pl
import streamlit as st

from omnidash.health.migration import MigrationPlan
from omnidash.health.plans import OVERLAP_DAYS
from omnidash.health.single_points import STAGE_SHARE, Holding, holdings
from omnidash.health.stress import SINGLE_POINT_SHARE, Stress
from omnidash.journeys.stage_map import StageMap, stage_map
from omnidash.model.defaults import DIRECT, UNKNOWN
from omnidash.model.messages import N_
from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.cards import evidence_card
from omnidash.ui.fragment import fragment
from omnidash.ui.health.known import overlaps
from omnidash.ui.health.losing import losing
from omnidash.ui.i18n import _, fmt
from omnidash.ui.labels import STAGE_TITLES
from omnidash.ui.report import collected
from omnidash.ui.screen import Screen
from omnidash.ui.tables import to_cents

HOLDS = {
    "revenue_alone": N_("revenue of buyers it alone reached"),
    "revenue_begun": N_("revenue it began"),
    "persons_alone": N_("persons reached only through it"),
}


def show_stress(screen: Screen) -> None:
    """The stress test of every channel, and the map of single points of failure."""
    days = compute.channel_days(screen.workspace, screen.filters.model)
    _losses(screen, days)
    _map(screen)


@fragment
@collected.part
def _losses(screen: Screen, days: pl.DataFrame) -> None:
    period = screen.filters.period
    recent = days.filter(pl.col("day").is_between(period.first_day, period.last_day) & (pl.col("touches") > 0))
    channels = [c for c in recent["channel"].unique().sort().to_list() if c not in (DIRECT, UNKNOWN)]
    if not channels:
        st.info(_("No touches in this period. Upload touchpoints or events to fill this chart."))
        return
    percent = st.slider(_("A channel loses this part of its traffic, %"), 10, 100, 50, 10, key="stress_all_loss")
    found = [losing(screen, days, channel, loss=percent / 100) for channel in channels]
    found.sort(key=lambda pair: (-pair[0].likely, pair[0].channel))
    unit = fmt().symbol(screen.currency)
    table = pl.DataFrame(
        {
            _("Channel"): [screen.name(one.channel) for one, _plan in found],
            f"{_('At risk a day')} ({unit})": [round(one.likely) for one, _plan in found],
            f"{_('With migration')} ({unit})": [round(one.with_migration) for one, _plan in found],
            f"{_('More spend a day')} ({unit})": [round(plan.revenue_back(one.likely)[1]) for one, plan in found],
            _("Brought back, %"): [
                None if one.likely <= 0 else round(100 * (1 - one.with_migration / one.likely)) for one, _plan in found
            ],
            f"{_('At least')} ({unit})": [round(one.least) for one, _plan in found],
            f"{_('At most')} ({unit})": [round(one.most) for one, _plan in found],
            _("Best receiver"): [
                screen.name(plan.receivers[0].channel) if plan.receivers else "" for _one, plan in found
            ],
        }
    )
    with evidence_card(
        _loss_title(screen, *found[0], percent),
        table,
        key="stress_all",
        explanation=_(
            "At least: revenue of buyers nobody else touched. At most: all that is credited to the channel by the "
            "chosen model. At risk: what would be missing without it by a Markov chain, within those bounds. With "
            "migration: less what others bring back by their response curves within what they have spent before (not "
            "on holidays and sale days), persons they reach anyway taken off, and the money that takes."
        ),
    ):
        st.dataframe(
            to_cents(table),
            hide_index=True,
            key="stress_all_table",
            column_config={
                name: st.column_config.NumberColumn(format="localized")
                for name, kind in table.schema.items()
                if kind.is_numeric()
            },
        )


def _loss_title(screen: Screen, worst: Stress, plan: MigrationPlan, percent: int) -> str:
    return _(
        "Losing {loss} of {channel} would cost most: about {likely} a day, or {left} with {spend} more spent elsewhere",
        loss=fmt().percent(percent / 100, 0),
        channel=screen.name(worst.channel),
        likely=fmt().money_compact(worst.likely, screen.currency),
        left=fmt().money_compact(worst.with_migration, screen.currency),
        spend=fmt().money_compact(plan.revenue_back(worst.likely)[1], screen.currency),
    )


def _map(screen: Screen) -> None:
    period = screen.filters.period
    _reach, persons = compute.reached(screen.workspace, period)
    found = holdings(
        compute.path_table(screen.workspace, period, collapse=True).frame,
        overlaps(screen.workspace, period, OVERLAP_DAYS),
        persons=persons,
        stages=_stages(compute.version_of(screen.workspace), screen.workspace, period),
    )
    if not found:
        return
    table = pl.DataFrame(
        {
            _("Channel"): [screen.name(one.channel) for one in found],
            _("Revenue alone, %"): [_percent(one.revenue_alone) for one in found],
            _("Revenue begun, %"): [_percent(one.revenue_begun) for one in found],
            _("Persons alone, %"): [_percent(one.persons_alone) for one in found],
            _("Stages held"): [_held(one) for one in found],
            _("Single point: what"): [_points(one) for one in found],
        }
    )
    with evidence_card(
        _map_title(screen, found),
        table,
        key="single_points",
        explanation=_(
            "What each channel holds that no other does, in the chosen period. Revenue alone: of conversions no other "
            "channel touched in the lookback. Revenue begun: of conversions whose path it began. Persons alone: "
            "reached through no other channel. Stages held: the part of those who reached a stage with it as their "
            "latest channel. A single point of failure: more than {share} of revenue or persons, more than {stage} of "
            "a stage.",
            share=fmt().percent(SINGLE_POINT_SHARE, 0),
            stage=fmt().percent(STAGE_SHARE, 0),
        ),
    ):
        bar = {"format": "%.0f%%", "min_value": 0.0, "max_value": 100.0, "width": 118}
        shares = (_("Revenue alone, %"), _("Revenue begun, %"), _("Persons alone, %"))
        st.dataframe(
            table,
            hide_index=True,
            key="single_points_table",
            placeholder="–",
            column_config={name: st.column_config.ProgressColumn(name, **bar) for name in shares},  # type: ignore[arg-type]
        )


def _map_title(screen: Screen, found: tuple[Holding, ...]) -> str:
    points = [one for one in found if one.points]
    if not points:
        return _("No channel is a single point of failure")
    worst = points[0]
    return _("{channel} is a single point of failure: {what}", channel=screen.name(worst.channel), what=_points(worst))


def _points(one: Holding) -> str:
    stages = [_("stage {stage}", stage=_(STAGE_TITLES[stage])) for stage in one.single_stages]
    return fmt().listing([*[_(HOLDS[name]) for name in one.points if name in HOLDS], *stages]) if one.points else ""


def _held(one: Holding) -> str:
    held = sorted(one.stages.items(), key=lambda pair: -pair[1])[:2]
    return " · ".join(f"{_(STAGE_TITLES[stage])} {fmt().percent(share, 0)}" for stage, share in held)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


@st.cache_resource(show_spinner=False, max_entries=12)
def _stages(version: compute.Version, _workspace: Workspace, period: Period) -> StageMap:  # noqa: ARG001
    return stage_map(compute.journeys(_workspace), lookback_days=_workspace.settings.lookback_days, period=period)

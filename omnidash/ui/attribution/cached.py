"""What the attribution screen computes, kept by (data version, settings version) and what was asked; see ui/compute."""

from dataclasses import dataclass
from typing import Literal

import polars as pl
import streamlit as st

from omnidash.attribution.comparison import Comparison, compare, path_table_of
from omnidash.attribution.order_choice import OrderChoice, choose_order
from omnidash.attribution.synergy import synergy
from omnidash.engine import rollup
from omnidash.journeys.single_paths import single_paths
from omnidash.metrics.credited_economics import credited_economics
from omnidash.metrics.of_workspace import margins_of
from omnidash.model.period import Period
from omnidash.store import Workspace
from omnidash.ui import compute
from omnidash.ui.compute import Version, version_of
from omnidash.ui.journeys.results import of_the_segment
from omnidash.ui.persons import chosen_segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the reader asks: days of lookback, channels or campaigns, order of the Markov chain (0: the data choose)."""

    lookback_days: int
    by: Literal["channel", "campaign"] = "channel"
    order: int = 1


def comparison(workspace: Workspace, period: Period, asked: Asked) -> Comparison:
    """All models over the conversions of the period, of the persons looked at."""
    order = asked.order or order_choice(workspace, period, asked).order
    return _comparison(
        version_of(workspace), workspace, chosen_segment(workspace), period, asked.lookback_days, asked.by, order
    )


def order_choice(workspace: Workspace, period: Period, asked: Asked) -> OrderChoice:
    """The order that foretells unseen journeys best."""
    return _order_choice(
        version_of(workspace), workspace, chosen_segment(workspace), period, asked.lookback_days, asked.by
    )


def economics(workspace: Workspace, period: Period, asked: Asked) -> pl.DataFrame:
    """[model, channel, …credits, spend, roi, cac …] over the days of the period with spend delivered, of
    everybody: spend has no segment."""
    order = asked.order or order_choice(workspace, period, asked).order
    return _economics(version_of(workspace), workspace, period, asked.lookback_days, asked.by, order)


def pairs(workspace: Workspace, period: Period, asked: Asked) -> pl.DataFrame | None:
    """Synergy of every pair; None where there are too many channels."""
    return _pairs(version_of(workspace), workspace, chosen_segment(workspace), period, asked)


@st.cache_resource(show_spinner=False, max_entries=12)
def _comparison(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    segment: str,
    period: Period,
    lookback_days: int,
    by: Literal["channel", "campaign"],
    order: int,
) -> Comparison:
    return compare(
        of_the_segment(_workspace, segment),
        goal=_workspace.settings.goal,
        lookback_days=lookback_days,
        period=period,
        by=by,
        order=order,
    )


@st.cache_resource(show_spinner=False, max_entries=12)
def _order_choice(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    segment: str,
    period: Period,
    lookback_days: int,
    by: Literal["channel", "campaign"],
) -> OrderChoice:
    found = single_paths(
        of_the_segment(_workspace, segment),
        goal=_workspace.settings.goal,
        lookback_days=lookback_days,
        period=period,
        by=by,
    )
    return choose_order(path_table_of(found), fold=found.person)


@st.cache_resource(show_spinner=False, max_entries=12)
def _economics(
    version: Version,
    _workspace: Workspace,
    period: Period,
    lookback_days: int,
    by: Literal["channel", "campaign"],
    order: int,
) -> pl.DataFrame:
    days = compute.spend_days(_workspace) if by == "channel" else rollup.campaign_spend_days(_workspace)
    last = days["day"].max()
    costed = period
    if last is not None and period.first_day <= last < period.last_day:  # type: ignore[operator]  # dates
        costed = Period(first_day=period.first_day, last_day=last)  # type: ignore[arg-type]
    credit = _comparison(version, _workspace, "", costed, lookback_days, by, order).frame()
    spent = days.filter(pl.col("day").is_between(costed.first_day, costed.last_day))
    spend = dict(spent.group_by(by).agg(pl.col("spend").sum()).iter_rows())
    return credited_economics(credit, spend, margin=margins_of(_workspace))


@st.cache_resource(show_spinner=False, max_entries=12)
def _pairs(
    version: Version,  # noqa: ARG001  (the cache key)
    _workspace: Workspace,
    segment: str,  # noqa: ARG001  (the cache key)
    period: Period,
    asked: Asked,
) -> pl.DataFrame | None:
    found = comparison(_workspace, period, asked)
    return None if found.sets is None else synergy(found.sets, found.resampled)

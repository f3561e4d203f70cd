"""What the verdict rests on and the weekly order of the channels, from paths, overlap and the channel-day table.

The screens keep what goes in between looks, the command line computes it once; what comes of it is the same.
"""

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from omnidash.attribution.markov import markov
from omnidash.attribution.path_table import PathTable
from omnidash.engine.surveys import answers
from omnidash.health.priority import priorities
from omnidash.health.thresholds import Thresholds
from omnidash.health.verdict import Evidence, Judgement, judgements
from omnidash.journeys.overlap import OverlapResult, overlap
from omnidash.journeys.paths import paths
from omnidash.journeys.reach import reach
from omnidash.journeys.table import Journeys
from omnidash.metrics.conversion_rate_volatility import conversion_rate_volatility
from omnidash.metrics.of_workspace import margins_of
from omnidash.metrics.promoters import Promoters, promoters
from omnidash.metrics.roi import Margin
from omnidash.metrics.summary import channel_table
from omnidash.model.defaults import DIRECT, UNKNOWN
from omnidash.model.period import Period
from omnidash.store import Workspace

EVIDENCE_DAYS, RANKED_DAYS = 90, 28
OVERLAP_DAYS = 30


def judged_of(
    workspace: Workspace, journeys: Journeys, channel_days: pl.DataFrame, *, closed: date
) -> tuple[dict[str, Judgement], dict[str, int]]:
    """Verdict and priority (1 = first) of every channel of a workspace, as of the last closed day."""
    settings, margin, period = workspace.settings, margins_of(workspace), Period.ending(closed, days=EVIDENCE_DAYS)
    found = paths(
        journeys, goal=settings.goal, lookback_days=settings.lookback_days, period=period, collapse=True
    ).frame
    kinds = dict(workspace.rows("select channel, kind from channel"))
    asked = promoters(answers(workspace), journeys, period, lookback_days=settings.lookback_days)
    evidence = evidence_of(found, overlap(journeys, window_days=OVERLAP_DAYS, period=period), kinds, asked)
    thresholds = Thresholds.from_mapping(settings.thresholds)
    judged = judgements(channel_days, closed_through=closed, thresholds=thresholds, evidence=evidence, margin=margin)
    reached = reach(journeys, period=Period.ending(closed, days=RANKED_DAYS))
    by_channel = dict(zip(reached.channels, reached.persons.tolist(), strict=True))
    table = ranked_channels(channel_days, judged, closed=closed, margin=margin, reach=by_channel)
    return judged, dict(table.select("channel", "priority").iter_rows())


def ranked_channels(
    channel_days: pl.DataFrame, judged: Iterable[str], *, closed: date, margin: Margin, reach: Mapping[str, int]
) -> pl.DataFrame:
    """The channel table of the last ``RANKED_DAYS`` closed days for the channels that were judged, with ``volatility``
    Float64 and ``priority`` Int64. ``reach``: persons per channel in these days."""
    table = channel_table(channel_days, Period.ending(closed, days=RANKED_DAYS), margin=margin, reach=reach).filter(
        pl.col("channel").is_in(list(judged)) & ~pl.col("channel").is_in([DIRECT, UNKNOWN])
    )
    volatility = conversion_rate_volatility(channel_days, closed, window_days=RANKED_DAYS)
    table = table.join(volatility.select("channel", "volatility"), on="channel", how="left")
    ranked = priorities(table.select("channel", "conversion_rate", "unit_traffic_cost", "volatility"))
    return table.join(ranked.select("channel", "priority"), on="channel", how="left")


def evidence_of(
    paths: pl.DataFrame, shared: OverlapResult, kinds: Mapping[str, str | None], asked: Promoters
) -> Evidence:
    """``paths``: of the evidence days (``journeys.paths``, repeats collapsed); ``shared``: overlap in them; ``kinds``:
    paid, owned or earned per channel; ``asked``: what surveys say."""
    sole = (
        paths.with_columns(channels=pl.col("path").list.unique(), n=pl.col("path").list.n_unique())
        .explode("channels")
        .group_by("channels")
        .agg(
            alone=pl.col("conversions").filter(pl.col("n") == 1).sum(),
            all=pl.col("conversions").sum(),
        )
        .filter((pl.col("all") > 0) & (pl.col("channels") != DIRECT))
    )
    touched = paths.filter(pl.col("path").list.first() != DIRECT)
    alone_of_all = int(touched.filter(pl.col("path").list.n_unique() == 1)["conversions"].sum())
    conversions = int(touched["conversions"].sum())
    effects: dict[str, float] = {}
    removal_effect: dict[str, float] = {}
    if conversions:
        removal = markov(PathTable.from_frame(paths)).frame.filter(pl.col("channel") != DIRECT)
        removal_effect = dict(removal.select("channel", "removal_effect").iter_rows())
        total = float(removal["removal_effect"].sum())
        effects = {c: effect / total for c, effect in removal_effect.items()} if total else {}
    own = {c for c in shared.channels if kinds.get(c) in ("owned", "earned")}
    onward: dict[str, float] = {}
    for place, channel in enumerate(shared.channels):
        others = [i for i, other in enumerate(shared.channels) if other in own and other != channel]
        if shared.reach[place] and others:
            onward[channel] = min(1.0, float(shared.both[place, others].max() / shared.reach[place]))
    return Evidence(
        effect_share=effects,
        sole_share={c: alone / everything for c, alone, everything in sole.iter_rows()},
        sole_share_of_all=alone_of_all / conversions if conversions else 0.0,
        onward_share=onward,
        persons=dict(zip(shared.channels, shared.reach.tolist(), strict=True)),
        removal_effect=removal_effect,
        promoters=asked,
    )

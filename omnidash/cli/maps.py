"""``breakpoints``, ``stages``, ``rhythm``, ``cohorts``, ``collisions``: the journey screens, without a browser."""

import argparse
from datetime import datetime, time, timedelta
from typing import Any

import polars as pl

from omnidash.cli.answer import Answer
from omnidash.cli.arguments import add_period, days, period
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.engine.stages import set_stages, stage_table
from omnidash.journeys.breakpoints import breakpoints
from omnidash.journeys.cohorts import cohorts
from omnidash.journeys.collisions import collisions
from omnidash.journeys.rhythm import rhythm
from omnidash.journeys.stage_map import stage_map
from omnidash.metrics.channel_day import knows_spend
from omnidash.model.errors import WrongUse
from omnidash.model.filters import DEFAULT_MODEL
from omnidash.model.messages import N_


def _window_and_period(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--window", type=days, default=7.0, metavar="7d", help="default: 7d")
    add_period(parser)


def _breakpoints(arguments: Any, desk: Desk) -> Answer:
    settings = desk.workspace.settings
    midnight = datetime.combine(desk.closed + timedelta(days=1), time(), tzinfo=settings.zone)
    found = stage_map(
        desk.journeys,
        window_days=arguments.window,
        lookback_days=settings.lookback_days,
        period=period(arguments, desk.whole),
        last_seen_us=int(midnight.timestamp() * 1_000_000),
    )
    cells = found.frame().to_dicts()
    ranked = breakpoints(found).to_dicts()
    return Answer(data={"rows": ranked, "cells": cells}, tables={"": ranked, "stages and channels": cells})


def _stages_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("changes", nargs="*", metavar="ACTION=STAGE", help="give an action another stage; ACTION= none")


def _stages(arguments: Any, desk: Desk) -> Answer:
    known = stage_table(desk.workspace)
    changes = {}
    for change in arguments.changes:
        action, equals, stage = change.partition("=")
        if not equals or action not in known:
            raise WrongUse(
                N_("'{change}' is not ACTION=STAGE with an action of the workspace; there are: {known}"),
                change=change,
                known=", ".join(known),
            )
        changes[action] = stage
    if changes:
        set_stages(desk.workspace, changes)
    rows = [{"action": action, "stage": stage} for action, stage in stage_table(desk.workspace).items()]
    return Answer(data={"rows": rows, "changed": sorted(changes)}, tables={"": rows})


def _rhythm(arguments: Any, desk: Desk) -> Answer:
    settings = desk.workspace.settings
    found = rhythm(
        desk.journeys,
        zone=settings.zone,
        goal=settings.goal,
        lookback_days=settings.lookback_days,
        period=period(arguments, desk.whole),
    )
    rows = found.frame().to_dicts()
    return Answer(data={"rows": rows, "timezone": settings.timezone}, tables={"": rows})


def _cohorts_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--unit", choices=("week", "month"), default="month", help="default: month")
    parser.add_argument(
        "--acquired-by", choices=("first", "last"), default="first", help="which touch names the channel"
    )
    parser.add_argument("--by", choices=("channel",), help="one row per channel of acquisition")
    add_period(parser)


def _cohorts(arguments: Any, desk: Desk) -> Answer:
    settings = desk.workspace.settings
    found = cohorts(
        desk.journeys,
        closed_through=desk.closed,
        unit=arguments.unit,
        acquired_by=arguments.acquired_by,
        goal=settings.goal,
        lookback_days=settings.lookback_days,
        period=period(arguments, desk.whole),
    )
    rows = found.frame(by_channel=arguments.by == "channel").to_dicts()
    return Answer(data={"rows": rows}, tables={"": rows})


def _collisions(arguments: Any, desk: Desk) -> Answer:
    span = period(arguments, desk.whole)
    paid = [c for (c,) in desk.workspace.rows("select channel from channel where kind = 'paid' order by channel")]
    found = collisions(desk.journeys, paid=paid, window_days=arguments.window, period=span)
    sums = (
        desk.channel_day(DEFAULT_MODEL)
        .filter(pl.col("day").is_between(span.first_day, span.last_day), knows_spend())
        .group_by("channel")
        .agg(pl.col("spend").sum(), pl.col("touches").sum(), pl.col("has_spend").any())
        .filter(pl.col("has_spend"), pl.col("touches") > 0)
    )
    cost = dict(sums.select("channel", pl.col("spend") / pl.col("touches")).rows())
    rows, pairs = found.of_channels(cost).to_dicts(), found.of_pairs(cost).to_dicts()
    data = {"rows": rows, "pairs": pairs, "persons": found.persons}
    return Answer(data=data, tables={"": rows, "pairs": pairs})


COMMANDS = (
    Command(name="breakpoints", arguments=_window_and_period, run=_breakpoints),
    Command(name="stages", arguments=_stages_arguments, run=_stages),
    Command(name="rhythm", arguments=add_period, run=_rhythm),
    Command(name="cohorts", arguments=_cohorts_arguments, run=_cohorts),
    Command(name="collisions", arguments=_window_and_period, run=_collisions),
)

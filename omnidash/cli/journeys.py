"""``paths``, ``overlap``: how customers travel."""

import argparse
from pathlib import Path
from typing import Any

import polars as pl

from omnidash.cli.answer import Answer
from omnidash.cli.arguments import add_period, count, days, lookback, period
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.journeys.overlap import overlap
from omnidash.journeys.paths import PathTable, paths
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_


def _paths_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--goal", metavar="ACTION", help="the conversion (default: the workspace's goal, purchase)")
    add_lookback(parser)
    parser.add_argument("--collapse", action="store_true", help="fold consecutive repeats of a channel into one")
    parser.add_argument("--top", type=count, metavar="N", help="only the N most frequent converting paths")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write all of them as CSV, as 'attribution --paths' reads it"
    )
    add_period(parser)


def _paths(arguments: Any, desk: Desk) -> Answer:
    table = _path_table(arguments, desk, collapse=arguments.collapse)
    if arguments.out is not None:
        written = table.frame.with_columns(pl.col("path").list.join(" > "))
        written.write_csv(arguments.out)
    rows = (table.frame if arguments.top is None else table.frame.head(arguments.top)).to_dicts()
    total = {
        "paths": table.frame.height,
        "conversions": table.conversions,
        "value": table.value,
        "nulls": table.nulls,
    }
    return Answer(data={"rows": rows, "totals": total}, tables={"": rows, "totals": [total]})


def _overlap_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--window", type=days, default=7.0, metavar="7d", help="how near two touches must be (default: 7d)"
    )
    add_period(parser)


def _overlap(arguments: Any, desk: Desk) -> Answer:
    result = overlap(desk.journeys, window_days=arguments.window, period=period(arguments, desk.whole))
    rows = result.frame().to_dicts()
    return Answer(data={"rows": rows}, tables={"": rows})


def add_lookback(parser: argparse.ArgumentParser) -> None:
    """``--lookback``."""
    parser.add_argument(
        "--lookback",
        type=lookback,
        metavar="30d",
        help="how old a touch may be (default: the workspace's, 30d; at most 180d)",
    )


def lookback_of(arguments: Any, desk: Desk) -> float:
    """Days of lookback asked for, else the workspace's."""
    return float(arguments.lookback or desk.workspace.settings.lookback_days)


def goal_of(arguments: Any, desk: Desk) -> str:
    """The goal action asked for, else the workspace's, which need not have happened yet. Raises WrongUse where one was
    asked for that no event has."""
    asked = getattr(arguments, "goal", None)
    goal = str(asked or desk.workspace.settings.goal)
    if asked and goal not in desk.journeys.actions:
        raise WrongUse(
            N_("No event has the action {name}; there are: {known}."),
            name=repr(goal),
            known=", ".join(desk.journeys.actions),
        )
    return goal


def _path_table(arguments: Any, desk: Desk, *, collapse: bool = False) -> PathTable:
    return paths(
        desk.journeys,
        goal=goal_of(arguments, desk),
        lookback_days=lookback_of(arguments, desk),
        collapse=collapse,
        period=period(arguments, desk.whole),
    )


COMMANDS = (
    Command(name="paths", arguments=_paths_arguments, run=_paths),
    Command(name="overlap", arguments=_overlap_arguments, run=_overlap),
)

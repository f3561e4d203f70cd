"""``hold-out``: what a test brought that left some persons out of a channel, from the totals of both groups."""

import argparse
from typing import Any

from omnidash.cli.answer import Answer
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.metrics.hold_out import Group, read_hold_out
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_

_COUNTS = ("PERSONS", "CONVERSIONS", "REVENUE")


def _arguments(parser: argparse.ArgumentParser) -> None:
    for name, who in (("--exposed", "those who could be reached"), ("--held-out", "those left out")):
        parser.add_argument(
            name,
            required=True,
            nargs="+",
            type=float,
            metavar=" ".join(_COUNTS),
            help=f"{who}: how many persons, how many of them converted, and (if known) what they brought",
        )
    parser.add_argument("--spend", type=float, help="what the test spent on the exposed, for the iROAS")
    parser.add_argument("--level", type=float, default=0.9, help="of the intervals (default: 0.9)")
    parser.add_argument(
        "--order-spread", type=float, default=1.0, help="standard deviation of an order / mean order (default: 1)"
    )


def _group(counts: list[float]) -> Group:
    is_whole = len(counts) in (2, 3) and all(count == int(count) for count in counts[:2])
    if not is_whole:
        raise WrongUse(N_("Give each group as persons, conversions and, if known, revenue: 9000 310 45000."))
    return Group(
        persons=int(counts[0]), conversions=int(counts[1]), revenue=counts[2] if len(counts) == len(_COUNTS) else None
    )


def _run(arguments: Any, _desk: Desk) -> Answer:
    found = read_hold_out(
        _group(arguments.exposed),
        _group(arguments.held_out),
        spend=arguments.spend,
        level=arguments.level,
        order_spread=arguments.order_spread,
    )
    figures = {
        "incremental_conversions": (found.conversions, found.conversions_interval),
        "incremental_revenue": (found.revenue, found.revenue_interval),
        "iroas": (found.iroas, found.iroas_interval),
    }
    data: dict[str, Any] = {"level": found.level, "lift": found.lift, "is_clear": found.is_clear}
    rows = [{"figure": "lift", "value": found.lift, "low": None, "high": None}]
    for name, (value, interval) in figures.items():
        low, high = interval or (None, None)
        data |= {name: value, f"{name}_low": low, f"{name}_high": high}
        rows.append({"figure": name, "value": value, "low": low, "high": high})
    return Answer(data=data, tables={"": rows})


COMMANDS = (Command(name="hold-out", arguments=_arguments, run=_run),)

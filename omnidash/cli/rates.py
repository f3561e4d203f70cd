"""``rates``: the currency rates of a workspace; set some, import a file of them, list them."""

import argparse
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from omnidash.cli.answer import Answer
from omnidash.cli.arguments import day
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.ingest.rows.rates import known_rates, set_rates
from omnidash.ingest.rows.rates_file import Rate, rates_of_file
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="columns date, currency, rate (end_date)")
    parser.add_argument(
        "--set", nargs="+", action="extend", type=_rate, default=[], metavar="USD=7.2",
        help="value of one unit in the workspace's currency, for the days from --from to --to",
    )  # fmt: skip
    parser.add_argument("--from", dest="first_day", type=day, metavar="D", help="first day of --set")
    parser.add_argument("--to", dest="last_day", type=day, metavar="D", help="last day of --set (default: --from)")


def _run(arguments: Any, desk: Desk) -> Answer:
    workspace = desk.workspace
    rates = rates_of_file(workspace, arguments.file) if arguments.file is not None else []
    rates += _set(arguments)
    stored = set_rates(workspace, rates)
    rows = [
        {"currency": currency, "first_day": first, "last_day": last, "rate": rate}
        for currency, first, last, rate in known_rates(workspace)
    ]
    data = {"own_currency": workspace.settings.currency, "stored": stored, "rates": rows}
    return Answer(data=data, tables={"": rows})


def _set(arguments: Any) -> list[Rate]:
    if not arguments.set:
        return []
    first, last = arguments.first_day, arguments.last_day or arguments.first_day
    if first is None or last < first:
        raise WrongUse(N_("--set needs the days the rate is for: --from D, or --from D --to D"))
    days: list[date] = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [(currency, each, rate) for currency, rate in arguments.set for each in days]


def _rate(text: str) -> tuple[str, Decimal]:
    currency, _, rate = text.partition("=")
    try:
        return currency.strip().upper(), Decimal(rate)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"'{text}' is not CURRENCY=RATE") from None


COMMANDS = (Command(name="rates", arguments=_arguments, run=_run),)

"""``metrics``: what each number means, as the app's "what is this number?" says it."""

import argparse
from typing import Any

from omnidash.cli.answer import Answer
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.metrics.registry import METRICS
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_


def _metrics_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="one metric only")


def _metrics(arguments: Any, desk: Desk) -> Answer:
    if arguments.name is not None and arguments.name not in METRICS:
        raise WrongUse(
            N_("There is no metric {name}; there are: {known}."), name=arguments.name, known=", ".join(METRICS)
        )
    chosen = METRICS.values() if arguments.name is None else [METRICS[arguments.name]]
    rows = [
        {
            "name": metric.name,
            "title": desk.words.text(metric.title),
            "unit": metric.unit,
            "definition": desk.words.text(metric.definition),
            "formula": desk.words.text(metric.formula),
        }
        for metric in chosen
    ]
    lines = [f"{r['name']} · {r['title']} ({r['unit']})\n  {r['definition']}\n  = {r['formula']}" for r in rows]
    return Answer(data={"metrics": rows}, lines=tuple(lines))


COMMANDS = (Command(name="metrics", arguments=_metrics_arguments, run=_metrics),)

"""``persons`` and ``why``: what OneID has found. Identifiers are given raw, hashed at once and never written down."""

import argparse
from typing import Any

from omnidash.cli.answer import Answer
from omnidash.cli.command import Command, no_arguments
from omnidash.cli.desk import Desk
from omnidash.identity.persons import persons
from omnidash.identity.why import why


def _persons(arguments: Any, desk: Desk) -> Answer:  # noqa: ARG001  (one signature for all commands)
    found = persons(desk.workspace)
    hubs, blocked = [dict(h) for h in found.hubs], [dict(b) for b in found.blocked]
    counts = {"identifiers": found.identifiers, "persons": found.persons}
    tables: dict[str, list[dict[str, Any]]] = {"": [counts]}
    if hubs:
        tables["hubs: shared identifiers that no longer link"] = hubs
    if blocked:
        tables["blocked values"] = blocked
    return Answer(data={**counts, "hubs": hubs, "blocked": blocked}, tables=tables)


def _why_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("identifier", metavar="IDENTIFIER", help="a phone number, e-mail address, member id, …")


def _why(arguments: Any, desk: Desk) -> Answer:
    chain = [
        {"a": link.a, "b": link.b, "file": link.file, "row_number": link.row_number}
        for link in why(desk.workspace, arguments.identifier)
    ]
    return Answer(data={"chain": chain}, tables={"": chain})


COMMANDS = (
    Command(name="persons", arguments=no_arguments, run=_persons),
    Command(name="why", arguments=_why_arguments, run=_why),
)

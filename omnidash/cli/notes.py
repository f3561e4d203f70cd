"""``notes``: what people noted about days: list, add, withdraw."""

import argparse
import os
from typing import Any

from omnidash.cli.answer import Answer
from omnidash.cli.arguments import count, day
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.engine.day_notes import KINDS, OTHER, DayNote, keep, notes, withdraw
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--add", metavar="TEXT", help="note something; needs --from")
    parser.add_argument("--kind", choices=KINDS, default=OTHER, help=f"of --add (default: {OTHER})")
    parser.add_argument("--from", dest="first_day", type=day, metavar="D", help="first day of --add")
    parser.add_argument("--to", dest="last_day", type=day, metavar="D", help="last day of --add (default: --from)")
    parser.add_argument("--channel", action="append", default=[], metavar="ID", help="of --add; may be repeated")
    parser.add_argument("--by", default="", metavar="NAME", help="who notes it (default: $USER)")
    parser.add_argument("--withdraw", type=count, metavar="ID", help="take a note away")


def _run(arguments: Any, desk: Desk) -> Answer:
    workspace = desk.workspace
    if arguments.add is not None:
        if arguments.first_day is None:
            raise WrongUse(N_("--add needs the days it is about: --from D, or --from D --to D"))
        keep(
            workspace,
            DayNote(
                kind=arguments.kind,
                first_day=arguments.first_day,
                last_day=arguments.last_day or arguments.first_day,
                channels=tuple(arguments.channel),
                text=arguments.add,
                by=arguments.by or os.environ.get("USER", ""),
            ),
        )
    if arguments.withdraw is not None:
        withdraw(workspace, arguments.withdraw)
    rows = [
        {
            "id": note.note_id,
            "kind": note.kind,
            "first_day": note.first_day,
            "last_day": note.last_day,
            "channels": list(note.channels),
            "text": note.text,
            "by": note.by,
        }
        for note in notes(workspace)
    ]
    return Answer(data={"notes": rows}, tables={"": rows})


COMMANDS = (Command(name="notes", arguments=_arguments, run=_run),)

"""Read the command line, run the command, show its answer, and turn errors into one line and an exit code."""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from omnidash import __version__
from omnidash.cli.answer import Answer, as_json, as_text
from omnidash.cli.arguments import Parser
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk, note
from omnidash.locale import nearest_language, translator
from omnidash.model.errors import BadInput, OmniDashError
from omnidash.store.location import own_workspace

# Command -> module that holds it, and what it does. A module is imported when its command is asked for: the numeric
# libraries behind them take one to two seconds to load, which a cron job should not pay for a list of batches.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "make or refresh the sample workspace"),
    "import": ("imports", "import exports: spend, events, orders"),
    "profiles": ("batches", "the export formats that are recognised"),
    "batches": ("batches", "what was imported"),
    "rollback": ("batches", "undo an import"),
    "rejects": ("batches", "rows an import set aside, with their reasons"),
    "rates": ("rates", "currency rates: set, import, list"),
    "labels": ("labels", "what exports call their channels, and which channel that means here"),
    "visit": ("labels", "which channel an address belongs to, and why"),
    "channels": ("health", "the channel table: spend, revenue, ROI, share, per channel"),
    "alerts": ("health", "run the rules: what needs attention"),
    "notes": ("notes", "what happened on which days: promotions, price changes, broken tracking"),
    "webhooks": ("notify", "where alerts are sent"),
    "digest": ("digest", "the week in one page, as HTML or Markdown"),
    "funnel": ("funnel", "how many persons go through given steps, and how fast"),
    "segments": ("funnel", "saved segments of persons, and who belongs to them"),
    "paths": ("journeys", "the sequences of channels that lead to the goal"),
    "attribution": ("attribution", "credit per channel under a model, and how sure it is"),
    "evidence": ("attribution", "what tests found channels to bring: list, add, withdraw"),
    "hold-out": ("hold_out", "what a hold-out test brought, with its interval"),
    "experiment": ("experiment", "an A/B test, from imported exposures or a file, safe to read any day"),
    "overlap": ("journeys", "which channels reach the same persons"),
    "collisions": ("maps", "where paid channels meet at the same persons, and the money in it"),
    "breakpoints": ("maps", "where a channel loses more persons on their way than the others"),
    "stages": ("maps", "which action belongs to which stage: list, change"),
    "rhythm": ("maps", "touches and conversions by weekday and hour"),
    "cohorts": ("maps", "who comes back and buys again, by week or month of the first purchase"),
    "curves": ("budget", "response curve per channel, with its uncertainty"),
    "plan": ("budget", "the best split of a budget, and what it would gain"),
    "persons": ("people", "how many persons the identifiers belong to"),
    "why": ("people", "why several identifiers are one person"),
    "identity": ("people", "level, cut, block, restore, decisions: which identifiers are linked"),
    "timeline": ("record", "one person's events over all channels, with stage and credit"),
    "export-person": ("record", "everything known about one person"),
    "forget": ("record", "forget a person, or a list of them, for good"),
    "metrics": ("definitions", "what each number means"),
    "backup": ("safety", "write the workspace to one file"),
    "restore": ("safety", "bring a workspace back from a backup"),
    "check": ("safety", "verify that the workspace is whole"),
    "new-key": ("safety", "begin a new secret key where the old one is lost"),
}


def main(words: Sequence[str] | None = None) -> int:
    """Run one command (default: the process's arguments) and return its exit code."""
    words = sys.argv[1:] if words is None else words
    arguments = _parser(words).parse_args(words)
    command: Command = arguments.command
    desk = Desk(arguments.workspace or own_workspace(), translator(nearest_language(os.environ.get("OMNIDASH_LANG"))))
    try:
        answer = command.run(arguments, desk)
        text = as_json(answer) if arguments.json else as_text(answer, desk.words.formats)
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OmniDashError as error:
        return _failed(command.name, desk.say(error.message), error.exit_code, as_object=arguments.json)
    except BrokenPipeError:  # the reader (head, less) has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:  # a file or folder of the user's that cannot be read or written
        said = f"{error.filename or ''}: {error.strerror or error}"
        return _failed(command.name, said, BadInput.exit_code, as_object=arguments.json)
    except KeyboardInterrupt:
        return 130
    if answer.afterwards is not None:
        with contextlib.suppress(OmniDashError, OSError, KeyboardInterrupt):
            answer.afterwards()
    return answer.exit_code


def _failed(command: str, said: str, exit_code: int, *, as_object: bool) -> int:
    """One line for people on stderr, and an object on stdout for the program that waits for one."""
    note(f"omnidash {command}: {said}")
    if as_object:
        sys.stdout.write(as_json(Answer(data={"error": said})) + "\n")
    return exit_code


def _parser(words: Sequence[str]) -> Parser:
    parser = Parser(prog="omnidash", description="Channel health, journeys and budget, without a browser.")
    _add_shared(parser, workspace=None, json=False)
    # The same options after the command, where one that is not given must not undo one given before it.
    again = Parser(add_help=False)
    _add_shared(again, workspace=argparse.SUPPRESS, json=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"omnidash {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for name, (module, summary) in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary, parents=[again])
        if name in words:
            command = _command(name, module)
            command.arguments(sub)
            sub.set_defaults(command=command)
    return parser


def _add_shared(parser: argparse.ArgumentParser, *, workspace: str | None, json: str | bool) -> None:
    where = "folder of the workspace (default: $OMNIDASH_WORKSPACE, else the user's own)"
    parser.add_argument("--workspace", type=Path, default=workspace, metavar="DIR", help=where)
    parser.add_argument("--json", action="store_true", default=json, help="one JSON object on stdout, nothing else")


def _command(name: str, module: str) -> Command:
    commands: tuple[Command, ...] = import_module(f"omnidash.cli.{module}").COMMANDS
    return next(command for command in commands if command.name == name)

"""``demo``: make or refresh the sample workspace, through the ordinary import of the sample exports.

It goes to --workspace, else to ``$OMNIDASH_WORKSPACE`` as every command does, else to a place apart from one's own.
Without options it imports the committed files. Another number of persons or another seed makes new files first.
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from omnidash.cli.answer import Answer
from omnidash.cli.arguments import count
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.identity.persons import persons
from omnidash.journeys.warm import warm
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_, Message
from omnidash.store import Workspace
from omnidash.store.location import is_own_named, own_workspace, sample_workspace
from sample_data import DEFAULT_PERSONS, DEFAULT_SEED
from sample_data.build import EXPORTS, build_workspace
from sample_data.exports import write_exports
from sample_data.world import make_world


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--persons", type=count, default=DEFAULT_PERSONS, metavar="N", help=f"default: {DEFAULT_PERSONS}"
    )
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, metavar="S", help=f"default: {DEFAULT_SEED}")


def _demo(arguments: Any, desk: Desk) -> Answer:
    started = time.perf_counter()
    folder = arguments.workspace or (own_workspace() if is_own_named() else sample_workspace())
    _refuse_to_replace_own_data(folder)
    with tempfile.TemporaryDirectory(prefix="omnidash-demo-") as scratch:
        exports = EXPORTS
        if (arguments.persons, arguments.seed) != (DEFAULT_PERSONS, DEFAULT_SEED):
            exports = Path(scratch)
            write_exports(_world(arguments), exports)
        build_workspace(folder, exports=exports, progress=desk.progress())
    warm()  # so that the app's first screen waits for no compiler
    workspace = Workspace.open(folder)
    events, spend_rows = workspace.rows("select (select count(*) from event), (select count(*) from spend)")[0]
    data = {
        "events": events,
        "spend_rows": spend_rows,
        "persons": persons(workspace).persons,
        "seconds": round(time.perf_counter() - started, 2),
        "workspace": str(folder),
    }
    look = N_("Look at it with: omnidash --workspace {folder} channels")
    lines = () if folder == own_workspace() else (desk.say(Message(look, {"folder": str(folder)})),)
    return Answer(data=data, tables={"": [data]}, lines=lines)


def _world(arguments: Any) -> Any:
    try:
        return make_world(arguments.persons, arguments.seed)
    except ValueError as problem:
        raise WrongUse(N_("This sample cannot be made: {reason}."), reason=str(problem)) from problem


def _refuse_to_replace_own_data(folder: Path) -> None:
    """The sample replaces what stands in its folder, so that may only be an earlier sample."""
    is_sample = Workspace.exists(folder) and Workspace.open(folder).settings.is_sample
    if folder == own_workspace() and not is_own_named():
        raise WrongUse(
            N_("{folder} is for your own data; name another folder with --workspace, or none for the sample's own."),
            folder=str(folder),
        )
    if folder.exists() and any(folder.iterdir()) and not is_sample:
        raise WrongUse(
            N_("{folder} is not a sample workspace and would be replaced; name an empty folder with --workspace."),
            folder=str(folder),
        )


COMMANDS = (Command(name="demo", arguments=_demo_arguments, run=_demo),)

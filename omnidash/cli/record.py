"""One person's record on the command line: all events, export of everything that is known, and forgetting."""

import argparse
import json
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from omnidash.cli.account import account
from omnidash.cli.answer import Answer
from omnidash.cli.arguments import lookback
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.cli.identifier import IDENTIFIER, given
from omnidash.engine.timeline import timeline
from omnidash.identity.forget import forget, forget_all
from omnidash.identity.normalise import TYPES
from omnidash.identity.person_record import export_person
from omnidash.identity.requests import identifiers_in
from omnidash.ingest.meaning.identifier_columns import identifier_columns
from omnidash.journeys.credit import MODELS
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_
from omnidash.store.backup import kept_copies


def _add_type(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--type", choices=TYPES, help="as what it is meant, where a text is an identifier of several persons"
    )


def _timeline_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("identifier", metavar="IDENTIFIER", help=IDENTIFIER)
    _add_type(parser)
    parser.add_argument("--model", choices=tuple(MODELS), default="linear", help="rule of the credit (default: linear)")
    parser.add_argument("--lookback", type=lookback, metavar="30d", help="default: the workspace's")


def _timeline(arguments: Any, desk: Desk) -> Answer:
    found = timeline(
        desk.workspace,
        given(arguments.identifier),
        kind=arguments.type,
        model=arguments.model,
        lookback_days=arguments.lookback,
    )
    events = [asdict(event) for event in found.events]
    keys = ("ts", "channel", "action", "stage", "revenue", "credit", "credited_revenue", "identifier", "file")
    data = {
        "identifiers": list(found.identifiers),
        "events": events,
        "credits": found.credits.to_dicts(),
        "direct": list(found.direct),
        "model": arguments.model,
    }
    return Answer(data=data, tables={", ".join(found.identifiers): [{key: e[key] for key in keys} for e in events]})


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("identifier", metavar="IDENTIFIER", help=IDENTIFIER)
    _add_type(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write it: one JSON file, or tables as CSV where FILE ends in .zip"
    )


def _export(arguments: Any, desk: Desk) -> Answer:
    record = export_person(desk.workspace, given(arguments.identifier), kind=arguments.type)
    if arguments.out is not None:
        arguments.out.touch(mode=0o600)
        arguments.out.chmod(0o600)  # one that was there
        if arguments.out.suffix.lower() == ".zip":
            with zipfile.ZipFile(arguments.out, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, text in record.as_csv().items():
                    archive.writestr(name, text.encode("utf-8-sig"))
        else:
            arguments.out.write_text(record.as_json(), encoding="utf-8")
    data = json.loads(record.as_json())
    sizes = [{"table": name, "rows": len(rows)} for name, rows in record.tables.items()]
    return Answer(data=data, tables={"": sizes})


def _forget_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("identifier", metavar="IDENTIFIER", nargs="?", help=IDENTIFIER)
    parser.add_argument("--file", type=Path, metavar="FILE", help="a list: one identifier per line, or any export")
    parser.add_argument("--column", metavar="NAME", help="which column of the list holds the identifiers")
    _add_type(parser)
    parser.add_argument("--reason", default="", metavar="TEXT", help="kept in the history of decisions; no names")


def _forget(arguments: Any, desk: Desk) -> Answer:
    if (arguments.identifier is None) == (arguments.file is None):
        raise WrongUse(N_("Give an identifier, or a list of them with --file."))
    if arguments.file is not None:
        asked = identifiers_in(
            arguments.file, columns=[arguments.column] if arguments.column else (), called=identifier_columns
        )
        done = forget_all(desk.workspace, asked, kind=arguments.type, by=account(), reason=arguments.reason)
    else:
        done = forget(
            desk.workspace,
            given(arguments.identifier),
            kind=arguments.type,
            by=account(),
            reason=arguments.reason,
        )
    parts = {name: value for name, value in asdict(done).items() if name != "left_copies"}
    removed = sum(parts[name] for name in ("identifiers", "events", "order_lines", "links", "rejects", "decisions"))
    row = {"removed": removed, **parts, "copies": [str(path) for path in kept_copies(desk.folder)]}
    left = [str(path) for path in done.left_copies]
    heading = "could not be removed and may still hold the person: delete these files"
    return Answer(
        data={**row, "left_copies": left},
        tables={
            "": [{**row, "copies": len(row["copies"])}],
            **({heading: [{"file": path} for path in left]} if left else {}),
        },
    )


COMMANDS = (
    Command(name="timeline", arguments=_timeline_arguments, run=_timeline),
    Command(name="export-person", arguments=_export_arguments, run=_export),
    Command(name="forget", arguments=_forget_arguments, run=_forget),
)

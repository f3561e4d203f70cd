"""``profiles``, ``batches``, ``rollback``, ``rejects``: known formats, what came in, undo, rows set aside."""

import argparse
from pathlib import Path
from typing import Any

from omnidash.cli.answer import Answer
from omnidash.cli.arguments import count
from omnidash.cli.command import Command, no_arguments
from omnidash.cli.desk import Desk, patiently
from omnidash.cli.imports import COUNTS, numbers_of
from omnidash.ingest.meaning.profiles import profile, profiles
from omnidash.ingest.run import history, reject_file, rejects, rollback


def _profiles_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="one format, with its columns")


def _profiles(arguments: Any, desk: Desk) -> Answer:
    language = desk.words.language
    chosen = profiles() if arguments.name is None else (profile(arguments.name),)
    rows: list[dict[str, Any]] = [
        {
            "name": p.name,
            "title": p.title_in(language),
            "platform": p.platform,
            "kind": p.kind,
            "languages": list(p.languages),
        }
        for p in chosen
    ]
    if arguments.name is None:
        return Answer(data={"profiles": rows}, tables={"": rows})
    known = chosen[0]
    meanings = {column: field.removesuffix("+") for column, field in known.columns.items()}
    row = known.row_in(language)
    rows[0] |= {"row": row, "requires": list(known.requires), "columns": meanings, "figures": dict(known.figures)}
    columns = [{"column": column, "field": field} for column, field in meanings.items()]
    columns += [{"column": column, "field": rule} for column, rule in known.figures.items()]
    return Answer(data={"profiles": rows}, tables={f"{known.title_in(language)}: {row}": columns})


def _batches(arguments: Any, desk: Desk) -> Answer:  # noqa: ARG001
    rows = []
    for batch in history(desk.workspace):
        warnings = [desk.say(warning) for warning in batch["warnings"]]
        sums = numbers_of(batch.pop("sums"), batch.pop("sums_by_currency"))
        answers = [desk.say(answer) for answer in batch["answers"]]
        rows.append({**batch, **sums, "warnings": warnings, "answers": answers})
    keys = ("batch_id", "state", "file", "profile", "kind", *COUNTS, "mended", "first_day", "last_day")
    return Answer(data={"batches": rows}, tables={"": [{key: row[key] for key in keys} for row in rows]})


def _batch_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("batch", type=count, metavar="BATCH", help="its number in 'batches'")


def _rollback_arguments(parser: argparse.ArgumentParser) -> None:
    _batch_argument(parser)
    parser.add_argument(
        "--wait", type=count, default=0, metavar="SECONDS", help="how long to wait for another writer (default: not)"
    )


def _rollback(arguments: Any, desk: Desk) -> Answer:
    undone = patiently(lambda: rollback(desk.workspace, arguments.batch, wait_seconds=arguments.wait), arguments.wait)
    data = {"batch_id": undone.batch_id, "removed": undone.removed, "brought_back": undone.brought_back}
    return Answer(data=data, tables={"": [data]})


def _rejects_arguments(parser: argparse.ArgumentParser) -> None:
    _batch_argument(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write them as CSV, to be mended and imported again")


def _rejects(arguments: Any, desk: Desk) -> Answer:
    rows = [{**row, "reason": desk.say(row["reason"])} for row in rejects(desk.workspace, arguments.batch)]
    if arguments.out is not None:
        text = reject_file(desk.workspace, arguments.batch, desk.say)
        arguments.out.write_text(text, encoding="utf-8-sig", newline="")
    return Answer(data={"rows": rows}, tables={"": rows})


COMMANDS = (
    Command(name="profiles", arguments=_profiles_arguments, run=_profiles),
    Command(name="batches", arguments=no_arguments, run=_batches),
    Command(name="rollback", arguments=_rollback_arguments, run=_rollback),
    Command(name="rejects", arguments=_rejects_arguments, run=_rejects),
)

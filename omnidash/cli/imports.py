"""``import``, ``profiles``, ``batches``, ``rollback``, ``rejects``: bring exports in, see what came, undo it."""

import argparse
import csv
import glob
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from omnidash.cli.answer import Answer
from omnidash.cli.arguments import count
from omnidash.cli.command import Command, no_arguments
from omnidash.cli.desk import Desk, note
from omnidash.ingest.meaning.fields import KINDS
from omnidash.ingest.meaning.mapping import DATE_ORDERS, Mapping
from omnidash.ingest.meaning.profiles import profile, profiles
from omnidash.ingest.run import (
    BatchResult,
    DryRun,
    Inspection,
    commit,
    corrected,
    dry_run,
    history,
    inspect,
    rejects,
    rollback,
)
from omnidash.model.errors import BadInput, OmniDashError, WorkspaceProblem
from omnidash.model.messages import N_
from omnidash.store import Settings, Workspace

SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
_COUNTS = ("rows_read", "added", "restated", "duplicates", "rejected", "skipped_totals")


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="exports; also folders and patterns like 'spend_*.csv'"
    )
    parser.add_argument("--profile", metavar="NAME", help="the export format (default: recognised by its header)")
    parser.add_argument("--kind", choices=KINDS, help="what one row is (default: recognised or guessed)")
    parser.add_argument(
        "--map", nargs="+", action="extend", type=_correction, default=[], metavar="COLUMN=FIELD",
        help="what a column means; with nothing after the = it is left out",
    )  # fmt: skip
    parser.add_argument("--channel", metavar="NAME", help="the channel of every row")
    parser.add_argument("--timezone", metavar="TZ", help="of times written without offset (default: the workspace's)")
    parser.add_argument("--currency", metavar="C", help="of amounts that name none (default: the workspace's)")
    parser.add_argument("--date-order", choices=DATE_ORDERS, help="how 03/04/2026 is to be read")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when rows were set aside")


def _import(arguments: Any, desk: Desk) -> Answer:
    files = _files(arguments.files)
    workspace = _workspace(arguments, desk)
    batches, failed = [], 0
    for file in files:
        try:
            batches.append(_one(workspace, file, arguments, desk))
        except WorkspaceProblem:
            raise
        except OmniDashError as error:
            failed = max(failed, error.exit_code)
            if len(files) == 1:
                raise
            note(f"omnidash import: {desk.say(error.message)}")
    rejected = sum(batch["rejected"] for batch in batches)
    shown = [{k: b[k] for k in ("file", "batch_id", "profile", "kind", *_COUNTS) if k in b} for b in batches]
    return Answer(
        data={"batches": batches},
        tables={"": shown},
        lines=tuple(f"{batch['file']}: {warning}" for batch in batches for warning in batch["warnings"]),
        exit_code=failed or (1 if arguments.strict and rejected else 0),
    )


def _one(workspace: Workspace, file: Path, arguments: Any, desk: Desk) -> dict[str, Any]:
    seen = inspect(workspace, file, profile=arguments.profile, kind=arguments.kind)
    mapping = corrected(
        seen.mapping,
        columns=dict(arguments.map),
        channel=arguments.channel,
        timezone=arguments.timezone,
        currency=arguments.currency,
    )
    mapping = replace(mapping, date_order=arguments.date_order or mapping.date_order)
    _require_answers(seen, mapping)
    if arguments.dry_run:
        return _forecast(dry_run(workspace, file, mapping), seen, mapping, desk)
    result = commit(workspace, file, mapping, progress=desk.progress(f"{seen.name}: "))
    return {**_plain(result, desk), "file": result.file, "batch_id": result.batch_id, "profile": result.profile}


def _require_answers(seen: Inspection, mapping: Mapping) -> None:
    """What only the file's owner knows must be given, never guessed in silence."""
    missing = mapping.missing_fields()
    for question in seen.questions:
        if question.field == "date_order" and mapping.date_order is None:
            raise BadInput(N_("{file}: {question} Add --date-order."), file=seen.name, question=question.text)
        if question.field == "channel" and "channel" in missing:
            raise BadInput(N_("{file}: {question} Add --channel NAME."), file=seen.name, question=question.text)
        if question.field in missing:
            raise BadInput(
                N_("{file}: no profile fits and {question} Add --map COLUMN={field}; its columns are {columns}."),
                file=seen.name,
                question=question.text,
                field=question.field,
                columns=", ".join(seen.header),
            )


def _forecast(would: DryRun, seen: Inspection, mapping: Mapping, desk: Desk) -> dict[str, Any]:
    samples = [{**sample, "reason": desk.say(sample["reason"])} for sample in would.reject_samples]
    return {
        "file": seen.name,
        "batch_id": None,
        "profile": mapping.profile,
        **_plain(would, desk),
        "kind": mapping.kind,
        "reject_samples": samples,
        "new_labels": [{"field": u.field, "label": u.label, "made": u.made, "rows": u.rows} for u in would.unmapped],
        "mapping": dict(mapping.columns),
    }


def _plain(result: BatchResult | DryRun, desk: Desk) -> dict[str, Any]:
    """The fields two kinds of result share, with sums as numbers and warnings as sentences."""
    plain = {field.name: getattr(result, field.name) for field in fields(result)}
    plain = {name: value for name, value in plain.items() if name not in ("reject_samples", "unmapped")}
    plain["sums"] = {name: float(total) for name, total in result.sums.items()}
    plain["warnings"] = [desk.say(warning) for warning in result.warnings]
    return plain


def _workspace(arguments: Any, desk: Desk) -> Workspace:
    """The workspace; the first import makes it, in the currency and timezone the command names."""
    if Workspace.exists(desk.folder):
        return desk.workspace
    given = {"currency": arguments.currency, "timezone": arguments.timezone}
    settings = {name: value for name, value in given.items() if value}
    Settings(**settings)  # refuse a wrong one before anything is made
    return Workspace.create(desk.folder, **settings)


def _files(words: Sequence[str]) -> list[Path]:
    """The files meant: as given, all exports of a folder, or what a pattern finds; each once, in that order."""
    found: dict[Path, None] = {}
    for word in words:
        path = Path(word)
        if path.is_dir():
            matches = sorted(p for p in path.iterdir() if p.name.lower().endswith(SUFFIXES))
        elif path.exists() or not glob.has_magic(word):
            matches = [path]
        else:
            matches = [Path(name) for name in sorted(glob.glob(word, recursive=True)) if Path(name).is_file()]  # noqa: PTH207
        if not matches:
            raise BadInput(
                N_("{file}: no export there; expected files ending in {endings}"),
                file=word,
                endings=", ".join(SUFFIXES),
            )
        found.update(dict.fromkeys(matches))
    return list(found)


def _correction(text: str) -> tuple[str, str]:
    column, equals, field = text.rpartition("=")
    if not equals or not column:
        raise argparse.ArgumentTypeError(f"'{text}' is not COLUMN=FIELD")
    return column, field


def _profiles_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="one format, with its columns")


def _profiles(arguments: Any, desk: Desk) -> Answer:  # noqa: ARG001  (one signature for all commands)
    chosen = profiles() if arguments.name is None else (profile(arguments.name),)
    rows: list[dict[str, Any]] = [
        {"name": p.name, "title": p.title, "platform": p.platform, "kind": p.kind, "languages": list(p.languages)}
        for p in chosen
    ]
    if arguments.name is None:
        return Answer(data={"profiles": rows}, tables={"": rows})
    known = chosen[0]
    rows[0] |= {"row": known.row, "requires": list(known.requires), "columns": dict(known.columns)}
    columns = [{"column": column, "field": field} for column, field in known.columns.items()]
    return Answer(data={"profiles": rows}, tables={f"{known.title}: {known.row}": columns})


def _batches(arguments: Any, desk: Desk) -> Answer:  # noqa: ARG001
    rows = []
    for batch in history(desk.workspace):
        warnings = [desk.say(warning) for warning in batch["warnings"]]
        rows.append({**batch, "sums": {k: float(v) for k, v in batch["sums"].items()}, "warnings": warnings})
    keys = ("batch_id", "state", "file", "profile", "kind", *_COUNTS, "first_day", "last_day")
    return Answer(data={"batches": rows}, tables={"": [{key: row[key] for key in keys} for row in rows]})


def _batch_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("batch", type=count, metavar="BATCH", help="its number in 'batches'")


def _rollback(arguments: Any, desk: Desk) -> Answer:
    undone = rollback(desk.workspace, arguments.batch)
    data = {"batch_id": undone.batch_id, "removed": undone.removed, "brought_back": undone.brought_back}
    return Answer(data=data, tables={"": [data]})


def _rejects_arguments(parser: argparse.ArgumentParser) -> None:
    _batch_argument(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="write them as CSV, to be mended and imported again")


def _rejects(arguments: Any, desk: Desk) -> Answer:
    rows = [{**row, "reason": desk.say(row["reason"])} for row in rejects(desk.workspace, arguments.batch)]
    if arguments.out is not None:
        with arguments.out.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, ("row_number", "column", "reason", "raw"))
            writer.writeheader()
            writer.writerows(rows)
    return Answer(data={"rows": rows}, tables={"": rows})


COMMANDS = (
    Command(name="import", arguments=_import_arguments, run=_import),
    Command(name="profiles", arguments=_profiles_arguments, run=_profiles),
    Command(name="batches", arguments=no_arguments, run=_batches),
    Command(name="rollback", arguments=_batch_argument, run=_rollback),
    Command(name="rejects", arguments=_rejects_arguments, run=_rejects),
)

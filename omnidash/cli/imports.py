"""``import``: bring exports in: files, folders, archives; one batch per table, fit for a nightly job.

A file that fails is told of and does not stop the others; the exit code is that of the worst failure.
"""

import argparse
import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from omnidash.cli.account import account
from omnidash.cli.answer import Answer
from omnidash.cli.arguments import count, day
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk, note, patiently
from omnidash.cli.exports import Export, exports
from omnidash.cli.import_answers import currency_sentence, given_period, require_answers, state_currency, with_period
from omnidash.identity.normalise import known_countries
from omnidash.ingest.known import known_import
from omnidash.ingest.meaning.decimal_sign import COMMA, SIGNS
from omnidash.ingest.meaning.fields import KINDS
from omnidash.ingest.meaning.mapping import AMOUNT_LEVELS, DATE_ORDERS, GUESSED, Mapping
from omnidash.ingest.other_account import SAME
from omnidash.ingest.reading.parts import Part, parts
from omnidash.ingest.run import (
    DryRun,
    Inspection,
    commit,
    corrected,
    dry_run,
    inspect,
)
from omnidash.ingest.vanished import KEEP, REPLACE
from omnidash.model.errors import BadInput, OmniDashError, WorkspaceProblem
from omnidash.model.messages import N_, Message
from omnidash.store import Settings, Workspace

COUNTS = ("rows_read", "added", "restated", "duplicates", "rejected", "skipped_totals")


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
    parser.add_argument(
        "--country", choices=known_countries(), type=str.upper, metavar="CC",
        help="the country of phone numbers without a code, ISO 3166, if this import makes the workspace (default: CN)",
    )  # fmt: skip
    parser.add_argument("--date-order", choices=DATE_ORDERS, help="how 03/04/2026 is to be read")
    parser.add_argument(
        "--account",
        metavar="NAME",
        help="of which of several accounts or shops the files are; 'same': they correct what is there",
    )
    parser.add_argument(
        "--ids-of",
        metavar="NAME",
        help="whose numbers the customer ids are, where other files have the same: any name, or 'own' for those of the"
        " house (default: the platform's)",
    )
    parser.add_argument(
        "--missing-campaigns",
        choices=(KEEP, REPLACE),
        help="campaigns that earlier files have on the same days and this one has not: they stay, or were renamed",
    )
    parser.add_argument(
        "--other-sales",
        action="store_true",
        help="purchases with the time and amount of another source's are other sales: both count",
    )
    parser.add_argument(
        "--amounts",
        choices=AMOUNT_LEVELS,
        help="whose the amount on each line of an order is: the whole order's, or the line's own",
    )
    parser.add_argument("--decimal", choices=SIGNS, help="the decimal sign of its numbers, where they do not tell")
    parser.add_argument("--day", type=day, metavar="D", help="the day of files whose rows name none")
    parser.add_argument("--from", dest="first_day", type=day, metavar="D", help="the first day such a file covers")
    parser.add_argument("--to", dest="last_day", type=day, metavar="D", help="the last day such a file covers")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
    parser.add_argument(
        "--again", action="store_true", help="import files that are in use already again: what they say counts anew"
    )
    parser.add_argument("--strict", action="store_true", help="exit with 1 when rows were set aside")
    parser.add_argument(
        "--wait", type=count, default=0, metavar="SECONDS", help="how long to wait for another writer (default: not)"
    )


def _import(arguments: Any, desk: Desk) -> Answer:
    period = given_period(arguments)
    found = exports(arguments.files)
    for path in found.others:
        note(desk.say(Message(N_("{file}: no export; left out"), {"file": str(path)})))
    with _workspace(arguments, desk) as (workspace, is_new):
        stated = None if arguments.currency or not is_new else state_currency(workspace, found.files, arguments)
        run = _Run(workspace=workspace, arguments=arguments, period=period, desk=desk)
        for export in found.files:
            if not run.file(export, is_only=len(found.files) == 1):
                break
        if run.batches and is_new and arguments.currency is None:
            note(desk.say(currency_sentence(workspace, stated)))
    batches = run.batches
    shown = [{k: b[k] for k in ("file", "batch_id", "profile", "kind", *COUNTS) if k in b} for b in batches]
    return Answer(
        data={"batches": batches, **({"failed": run.failures} if run.failures else {})},
        tables={"": shown},
        lines=tuple(
            f"{b['file']}: {line}"
            for b in batches
            for line in (*b.get("headlines", ()), *_set_aside(b, desk), *b["warnings"])
        ),
        exit_code=run.failed or (1 if arguments.strict and run.rejected else 0),
        afterwards=None if arguments.dry_run or not batches else lambda: _ready_to_look_at(desk.workspace),
    )


def _ready_to_look_at(workspace: Workspace) -> None:
    """Count what the app's first screen shows, so that its next start is quick; only where that would take a while."""
    from omnidash.overview.fill import fill, has_many_events  # not with every import: kernels take a second to load

    if has_many_events(workspace):
        fill(workspace)


def _set_aside(batch: AnyMapping[str, Any], desk: Desk) -> list[str]:
    """Where to read why rows were not taken."""
    if not batch.get("rejected") or batch.get("batch_id") is None:
        return []
    text = N_("rows set aside: {count}; see: omnidash rejects {batch}")
    return [desk.say(Message(text, {"count": batch["rejected"], "batch": str(batch["batch_id"])}))]


class _Run:
    """One ``import`` command over its files, one after the other: a file that fails does not stop the others."""

    def __init__(self, *, workspace: Workspace, arguments: Any, period: dict[str, str], desk: Desk) -> None:
        self.workspace, self.arguments, self.period, self.desk = workspace, arguments, period, desk
        self.batches: list[dict[str, Any]] = []
        self.failures: list[dict[str, str]] = []
        self.failed = 0
        self.rejected = 0  # in imports of now: rows that an earlier night set aside are old news

    def file(self, export: Export, *, is_only: bool) -> bool:
        """Import every part of a file; False where going on is of no use, for the workspace is locked or damaged."""
        try:
            with parts(self.workspace, export.path) as found:
                for part in found:
                    if not self._part(part, export, is_only=is_only and len(found) == 1):
                        return False
        except OmniDashError as error:
            return self._failed(error, export, is_known=False, is_only=is_only)
        return True

    def _part(self, part: Part, export: Export, *, is_only: bool) -> bool:
        is_known = False
        try:
            seen = patiently(lambda: self._inspected(part), self.arguments.wait)
            is_known = seen.profile != GUESSED
            self.batches.append(patiently(lambda: self._imported(part, seen), self.arguments.wait))
        except OmniDashError as error:
            return self._failed(error, export, is_known=is_known, is_only=is_only)
        return True

    def _failed(self, error: OmniDashError, export: Export, *, is_known: bool, is_only: bool) -> bool:
        """Tell of a failure; raises where there is nothing else to tell of. False where going on is of no use.

        A note among the exports of a folder is no failure.
        """
        if export.may_be_note and not is_known and isinstance(error, BadInput):
            note(self.desk.say(Message(N_("{file}: no export; left out"), {"file": str(export.path)})))
            return True
        is_stopped = isinstance(error, WorkspaceProblem)
        if is_only or (is_stopped and not self.batches):
            raise error
        self.failed = max(self.failed, error.exit_code)
        said = self.desk.say(error.message)
        self.failures.append({"file": str(export.path), "error": said})
        note(f"omnidash import: {said}")
        return not is_stopped

    def _inspected(self, part: Part) -> Inspection:
        asked = self.arguments
        return inspect(self.workspace, part.path, name=part.name, profile=asked.profile, kind=asked.kind)

    def _imported(self, part: Part, seen: Inspection) -> dict[str, Any]:
        arguments, desk = self.arguments, self.desk
        mapping = corrected(
            seen.mapping,
            columns=dict(arguments.map),
            channel=arguments.channel,
            timezone=arguments.timezone,
            currency=arguments.currency,
        )
        mapping = replace(mapping, date_order=arguments.date_order or mapping.date_order)
        mapping = replace(
            mapping,
            amount_level=arguments.amounts or mapping.amount_level,
            missing_campaigns=arguments.missing_campaigns,
            is_other_sales=arguments.other_sales,
            account=SAME if arguments.account == "same" else arguments.account,
        )
        if arguments.ids_of is not None:
            mapping = replace(mapping, ids_of=arguments.ids_of)
        if arguments.decimal is not None:
            mapping = replace(mapping, decimal_comma=arguments.decimal == COMMA)
        mapping = with_period(mapping, self.period)
        require_answers(seen, mapping)
        around = [desk.say(warning) for warning in part.warnings]
        is_again = arguments.again or arguments.missing_campaigns == REPLACE
        known = None if is_again else known_import(self.workspace, part.path, mapping, name=part.name)
        if known is not None:
            return {
                **known.to_json(),
                **numbers_of(known.sums, known.sums_by_currency),
                "warnings": around + _said(known.warnings, desk),
            }
        if arguments.dry_run:
            would = dry_run(self.workspace, part.path, mapping, name=part.name)
            self.rejected += would.rejected
            return _forecast(would, seen, mapping, desk, around)
        result = commit(
            self.workspace,
            part.path,
            mapping,
            name=part.name,
            progress=desk.progress(f"{part.name}: "),
            wait_seconds=arguments.wait,
            imported_by=account(),
        )
        self.rejected += result.rejected
        return {
            **result.to_json(),
            **numbers_of(result.sums, result.sums_by_currency),
            "warnings": around + _said(result.warnings, desk),
        }


def _forecast(would: DryRun, seen: Inspection, mapping: Mapping, desk: Desk, around: Sequence[str]) -> dict[str, Any]:
    """The line of ``batches`` as it would be, and what the dry run knows beyond it."""
    shared = ("rows_read", "added", "restated", "duplicates", "rejected", "skipped_totals", "first_day", "last_day")
    return {
        "file": seen.name,
        "batch_id": None,
        "profile": mapping.profile,
        "kind": mapping.kind,
        **{name: getattr(would, name) for name in shared},
        **numbers_of(would.sums, would.sums_by_currency),
        "warnings": [*around, *dict.fromkeys(_said((*seen.warnings, *would.warnings), desk))],
        "headlines": _said(would.headlines, desk),
        "reject_samples": [{**sample, "reason": desk.say(sample["reason"])} for sample in would.reject_samples],
        "new_labels": [{"field": u.field, "label": u.label, "made": u.made, "rows": u.rows} for u in would.unmapped],
        "statuses": [{"status": s.status, "taken_as": s.meaning, "orders": s.orders} for s in would.statuses],
        "mapping": dict(mapping.columns),
    }


def numbers_of(
    sums: AnyMapping[str, str], by_currency: AnyMapping[str, AnyMapping[str, str]]
) -> dict[str, dict[str, float]]:
    """``sums`` of an import as numbers: one for each measure; of money in several currencies also what each of them
    comes to, as ``cost_USD``."""
    apart = {
        f"{name}_{code}": of for name, parts in by_currency.items() if len(parts) > 1 for code, of in parts.items()
    }
    return {"sums": {name: float(total) for name, total in {**sums, **apart}.items()}}


def _said(messages: Iterable[Message], desk: Desk) -> list[str]:
    return [desk.say(message) for message in messages]


@contextlib.contextmanager
def _workspace(arguments: Any, desk: Desk) -> Iterator[tuple[Workspace, bool]]:
    """The workspace, and whether it is new: the first import makes it, in the currency and timezone the command names.
    A dry run without a workspace looks at one that is gone afterwards."""
    if Workspace.exists(desk.folder):
        workspace = patiently(lambda: desk.workspace, arguments.wait)
        if arguments.country not in (None, workspace.settings.country):
            raise BadInput(
                N_("the workspace reads phone numbers without a code as those of {country}; change it in its settings"),
                country=workspace.settings.country,
            )
        yield workspace, False
        return
    given = {"currency": arguments.currency, "timezone": arguments.timezone, "country": arguments.country}
    settings = {name: value for name, value in given.items() if value}
    Settings(**settings)  # refuse a wrong one before anything is made
    if not arguments.dry_run:
        yield Workspace.create(desk.folder, **settings), True
        return
    with tempfile.TemporaryDirectory(prefix="omnidash-") as folder:
        workspace = Workspace.create(Path(folder) / "workspace", **settings)
        yield workspace, True
        workspace.close()


def _correction(text: str) -> tuple[str, str]:
    column, equals, field = text.rpartition("=")
    if not equals or not column:
        raise argparse.ArgumentTypeError(f"'{text}' is not COLUMN=FIELD")
    return column, field


COMMANDS = (Command(name="import", arguments=_import_arguments, run=_import),)

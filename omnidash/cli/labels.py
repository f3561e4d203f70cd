"""``labels`` and ``visit``: which channel a raw label means, and which one an address belongs to, and why."""

import argparse
from typing import Any

from omnidash.cli.answer import Answer
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.ingest.channels import assign, labels, preview, suggest
from omnidash.ingest.traffic import explain
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_, Message


def _labels_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="LABEL=CHANNEL", dest="assigned",
        help="let a label mean a channel, for all rows there are and all imports to come",
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="say what --set would change and change nothing")


def _labels(arguments: Any, desk: Desk) -> Answer:
    wanted = dict(map(_assignment, arguments.assigned))
    if wanted and arguments.dry_run:
        would = preview(desk.workspace, wanted)
        moves, after = would.labels.to_dicts(), would.channels.to_dicts()
        return Answer(
            data={"labels": moves, "channels": after, "rows": would.rows}, tables={"": moves, "channels": after}
        )
    moved = assign(desk.workspace, wanted).rows if wanted else 0
    rows = labels(desk.workspace).to_dicts()
    for row in rows:
        found = suggest(desk.workspace, row["label"], most=1) if row["is_guessed"] else []
        row["suggested"] = found[0].channel if found else None
    keys = ("label", "channel", "is_guessed", "suggested", "rows", "spend", "revenue", "first_day", "last_day")
    done = (desk.say(Message(N_("{count} rows changed their channel"), {"count": moved})),) if wanted else ()
    return Answer(
        data={"labels": rows, "moved": moved},
        tables={"": [{key: row[key] for key in keys} for row in rows]},
        lines=done,
    )


def _assignment(text: str) -> tuple[str, str]:
    label, sign, channel = text.rpartition("=")
    if not sign or not label.strip() or not channel.strip():
        raise WrongUse(N_("'{text}' is no assignment; expected LABEL=CHANNEL"), text=text)
    return label, channel.strip()


def _visit_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="the address of the page, with its tags")
    parser.add_argument("--referrer", metavar="URL", help="the address one came from")
    parser.add_argument("--source", metavar="NAME", help="source, where a column of its own names it")
    parser.add_argument("--medium", metavar="NAME", help="medium, likewise")


def _visit(arguments: Any, desk: Desk) -> Answer:
    verdict = explain(desk.workspace, arguments.url, arguments.referrer, arguments.source, arguments.medium)
    rule = verdict.rule
    said = {
        "source": verdict.source,
        "medium": verdict.medium,
        "campaign": verdict.campaign,
        "channel": verdict.channel,
        "continues": verdict.continues,
        "rule": None if rule is None else {
            "field": rule.field, "pattern": rule.pattern, "medium": rule.medium, "channel": rule.channel,
        },
        "label": verdict.label,
    }  # fmt: skip
    return Answer(data=said, tables={"": [said]})


COMMANDS = (
    Command(name="labels", arguments=_labels_arguments, run=_labels),
    Command(name="visit", arguments=_visit_arguments, run=_visit),
)

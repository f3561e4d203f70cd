"""``webhooks``, and what ``alerts --notify`` sends: alarms nobody has been told of, and recoveries of those told."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from omnidash.cli.account import account
from omnidash.cli.answer import Answer
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.health.case_book import Kind, Standing, record
from omnidash.health.thresholds import Thresholds
from omnidash.health.webhooks import FORMS, Delivery, Notice, Webhook, read_webhooks, send, send_all, write_webhooks
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_, Message


def notify(desk: Desk, standings: Sequence[Standing], *, now: datetime | None = None) -> list[dict[str, Any]]:
    """Send every webhook what it is to be told, and note with each case which of them have taken it: the others are
    sent it the next time. Returns one row per case and webhook. Raises WrongUse where there is no webhook."""
    webhooks = read_webhooks(desk.folder)
    if not webhooks:
        raise WrongUse(N_("There is no webhook yet; add one with: omnidash webhooks --add NAME --form FORM --url URL"))
    moment = now or datetime.now(UTC).replace(tzinfo=None)
    limits = Thresholds.from_mapping(desk.workspace.settings.thresholds)
    due: dict[str, list[tuple[Standing, Kind]]] = {webhook.name: [] for webhook in webhooks}
    for standing in standings:
        for name, listed in due.items():
            if standing.is_due(moment, renotify_days=limits.renotify_days, today=desk.closed, receiver=name):
                listed.append((standing, "told"))
            elif standing.recovery_is_due(name):
                listed.append((standing, "told_recovered"))
    notices = {
        webhook: [notice(desk, standing, is_recovery=kind == "told_recovered") for standing, kind in due[webhook.name]]
        for webhook in webhooks
    }
    deliveries = send_all(notices.items(), deliver=send)
    made = [
        (standing, kind, delivery)
        for name, listed in due.items()
        for (standing, kind), delivery in zip(listed, deliveries[name], strict=True)
    ]
    for standing in standings:
        for kind in ("told", "told_recovered"):
            taken = [d.name for s, k, d in made if s is standing and k == kind and not d.problem]
            if taken:
                record(
                    desk.workspace,
                    standing.case,
                    kind,
                    by=account() or "omnidash",
                    details={"receivers": taken},
                    now=moment,
                    wait_seconds=30,
                )
    return [_row(standing, delivery, is_recovery=kind == "told_recovered") for standing, kind, delivery in made]


def notice(desk: Desk, standing: Standing, *, is_recovery: bool) -> Notice:
    """A case in words and figures."""
    case = standing.case
    heading = Message(N_("Recovered") if is_recovery else N_("Alert"), {})
    actions = [desk.say(action) for action in case.actions]
    return Notice(
        title=f"OmniDash · {desk.say(heading)}",
        text="\n".join([desk.say(case.sentence), *(f"- {action}" for action in actions)]),
        figures={
            "event": "recovery" if is_recovery else "alert",
            "rule": case.rule,
            "channel": case.channel,
            "source": case.source,
            "severity": case.severity,
            "since": case.first_day,
            "fired_on": case.fired_on,
            "recovered_on": case.recovered_on,
            "value": case.value,
            "limit": case.limit,
            "actions": actions,
        },
    )


def _row(standing: Standing, delivery: Delivery, *, is_recovery: bool) -> dict[str, Any]:
    return {
        "webhook": delivery.name,
        "event": "recovery" if is_recovery else "alert",
        "rule": standing.case.rule,
        "channel": standing.case.channel or standing.case.source,
        "attempts": delivery.attempts,
        "problem": delivery.problem,
    }


def _webhooks_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--add", metavar="NAME", help="add a receiver, or change the one of that name")
    parser.add_argument("--form", choices=FORMS, default="json", help="how the receiver wants to be written to")
    parser.add_argument("--url", metavar="URL", help="its address")
    parser.add_argument("--secret", metavar="TEXT", default="", help="signing secret of a DingTalk or Feishu robot")
    parser.add_argument("--remove", metavar="NAME", help="forget a receiver")
    parser.add_argument("--test", metavar="NAME", help="send a test notice to a receiver")


def _webhooks(arguments: Any, desk: Desk) -> Answer:
    folder = desk.workspace.folder
    known = {webhook.name: webhook for webhook in read_webhooks(folder)}
    if arguments.add:
        if not arguments.url:
            raise WrongUse(N_("Say where to: --url https://…"))
        added = Webhook(name=arguments.add, form=arguments.form, url=arguments.url, secret=arguments.secret)
        known[added.name] = added
        write_webhooks(folder, list(known.values()))
    for name in filter(None, (arguments.remove, arguments.test)):
        if name not in known:
            raise WrongUse(
                N_("There is no webhook {name}; known are {known}."), name=name, known=", ".join(known) or "–"
            )
    if arguments.remove:
        del known[arguments.remove]
        write_webhooks(folder, list(known.values()))
    lines = []
    problem = ""
    if arguments.test:
        hello = Notice(
            title="OmniDash", text=desk.say(Message(N_("This is a test notice."), {})), figures={"event": "test"}
        )
        delivery = send(known[arguments.test], hello)
        problem = delivery.problem
        lines.append(f"{delivery.name}: {problem or 'ok'}")
    rows = [{"name": w.name, "form": w.form, "address": w.shown, "signed": bool(w.secret)} for w in known.values()]
    return Answer(data={"webhooks": rows}, tables={"": rows}, lines=tuple(lines), exit_code=1 if problem else 0)


COMMANDS = (Command(name="webhooks", arguments=_webhooks_arguments, run=_webhooks),)

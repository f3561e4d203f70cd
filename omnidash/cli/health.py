"""``channels``, ``alerts``: are the channels healthy, and what needs attention."""

import argparse
from datetime import date
from typing import Any

import polars as pl

from omnidash.cli.answer import Answer
from omnidash.cli.arguments import add_period, day, period
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.cli.notify import notify
from omnidash.health.case_book import read_book, standings
from omnidash.health.cases import Case
from omnidash.health.decisions import Decision, decisions, keep_scores
from omnidash.health.house_rules import Backtest, backtest
from omnidash.health.of_workspace import rules_of
from omnidash.health.plans import with_plans
from omnidash.health.ranked import judged_of
from omnidash.health.roi_streak import roi_days, streak_below
from omnidash.health.run import RulesResult
from omnidash.health.thresholds import Thresholds
from omnidash.journeys.reach import reach
from omnidash.metrics.cac_to_ltv import cac_to_ltv
from omnidash.metrics.hhi import hhi
from omnidash.metrics.summary import channel_table, totals
from omnidash.model.defaults import DIRECT, UNKNOWN
from omnidash.model.filters import DAILY_MODELS, DEFAULT_MODEL


def add_model(parser: argparse.ArgumentParser) -> None:
    """``--model``: the rule that credits conversions to channels."""
    parser.add_argument(
        "--model", choices=DAILY_MODELS, default=DEFAULT_MODEL, help="attribution model (default: last)"
    )


def _channels_arguments(parser: argparse.ArgumentParser) -> None:
    add_period(parser)
    add_model(parser)
    bases = ("traffic", "persons", "revenue", "spend")
    parser.add_argument("--basis", choices=bases, default="traffic", help="what 'share' is a share of")


def _channels(arguments: Any, desk: Desk) -> Answer:
    chosen = period(arguments, desk.whole)
    table = desk.channel_day(arguments.model)
    reached = reach(desk.journeys, period=chosen)
    by_channel = dict(zip(reached.channels, reached.persons.tolist(), strict=True))
    rows = channel_table(table, chosen, margin=desk.margin, reach=by_channel, basis=arguments.basis)
    rows = rows.join(_streaks(table, desk), on="channel", how="left", maintain_order="left")
    worth = desk.ltv
    judged, priority = judged_of(desk.workspace, desk.journeys, table, closed=desk.closed)
    verdicts = {channel: found.verdict for channel, found in judged.items() if channel not in (DIRECT, UNKNOWN)}
    rows = rows.with_columns(
        verdict=pl.Series([verdicts.get(c) for c in rows["channel"]], dtype=pl.String),
        priority=pl.Series([priority.get(c) for c in rows["channel"]], dtype=pl.Int64),
        ltv=pl.Series([worth.get(c) for c in rows["channel"]], dtype=pl.Float64),
        cac_to_ltv=pl.Series(
            [cac_to_ltv(cac, worth.get(c)) for c, cac in rows.select("channel", "cac").iter_rows()], dtype=pl.Float64
        ),
    )
    total = dict(totals(table, chosen, margin=desk.margin))
    concentration = hhi(rows["share"])
    data = {
        "rows": rows.to_dicts(),
        "totals": {**total, "persons": reached.total_persons},
        "hhi": concentration,
        "first_day": chosen.first_day,
        "last_day": chosen.last_day,
        "closed_through": desk.closed,
        "currency": desk.workspace.settings.currency,
        "model": arguments.model,
    }
    return Answer(data=data, tables={"": rows.to_dicts(), "totals": [{**total, "hhi": concentration}]})


def _streaks(table: pl.DataFrame, desk: Desk) -> pl.DataFrame:
    result = rules_of(desk.workspace, table, desk.fresh)
    assert result is not None  # the desk's data is not empty
    days = roi_days(
        table,
        closed_through=desk.closed,
        thresholds=Thresholds.from_mapping(desk.workspace.settings.thresholds),
        closed_through_by_channel=desk.fresh.spend_last_day_by_channel,
        completeness=result.completeness,
        missing=result.missing,
        margin=desk.margin,
    )
    return streak_below(days, table["channel"])


def _alerts_arguments(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument("--as-of", type=day, metavar="DAY", help="what was known on the evening of that day")
    parser.add_argument("--replay", action="store_true", help="also the cases that have recovered: the whole history")
    parser.add_argument("--backtest", action="store_true", help="what the house rules would have cost or gained")
    parser.add_argument("--fail", action="store_true", help="exit with 1 when an alert is open")
    parser.add_argument(
        "--notify",
        action="store_true",
        help="send what is new to the webhooks, and keep outcomes that are final (for cron)",
    )


def _alerts(arguments: Any, desk: Desk) -> Answer:
    closed = min(desk.closed, arguments.as_of or desk.closed)
    result = rules_of(
        desk.workspace, desk.channel_day(arguments.model), desk.fresh, as_of=arguments.as_of, ltv=desk.ltv
    )
    assert result is not None  # the desk's data is not empty
    result = with_plans(desk.workspace, lambda: desk.journeys, desk.channel_day(arguments.model), result, closed)
    found = standings(result.cases, read_book(desk.workspace))
    decided = decisions(found, desk.channel_day(arguments.model), closed_through=closed, margin=desk.margin)
    if arguments.notify:
        keep_scores(desk.workspace, decided, wait_seconds=30)
    stage_of = {id(standing.case): standing.stage(closed) for standing in found}
    sent = notify(desk, found) if arguments.notify else []
    cases = [case for case in result.cases if arguments.replay or case.state != "recovered"]
    notes = [desk.say(message) for message in result.notes]
    rows = [
        {"rule": c.rule, "channel": c.channel, "state": stage_of[id(c)], "since": c.first_day, "fired_on": c.fired_on}
        for c in cases
    ]
    tested = _backtest(result, desk, arguments.model, closed) if arguments.backtest else []
    sentences = ["\n  · ".join([_sentence(case, desk), *_actions(case, desk)]) for case in cases]
    return Answer(
        data={
            "alerts": [{**_case(case, desk), "stage": stage_of[id(case)]} for case in cases],
            "notes": notes,
            "decisions": [_decided(one, desk) for one in decided],
            "closed_through": result.closed_through,
            "notified": sent,
            **({"backtest": tested} if tested else {}),
        },
        tables={"": rows, **({"notified": sent} if sent else {}), **({"backtest": tested} if tested else {})},
        lines=(*sentences, *notes),
        exit_code=1 if (arguments.fail and result.open_cases) or any(row["problem"] for row in sent) else 0,
    )


def _decided(one: Decision, desk: Desk) -> dict[str, Any]:
    case, outcome = one.standing.case, one.outcome
    return {
        "decided_on": one.decided_on,
        "by": one.entry.by,
        "note": one.entry.note,
        "rule": case.rule,
        "channel": case.channel,
        "outcome": outcome.judged if outcome else None,
        "before": outcome.before if outcome else None,
        "after": outcome.after if outcome else None,
        "days_after": outcome.days_after if outcome else None,
        "sentence": desk.say(outcome.sentence) if outcome else None,
        "kept": one.is_kept,
    }


def _backtest(result: RulesResult, desk: Desk, model: str, closed: date) -> list[dict[str, Any]]:
    found = backtest(
        desk.channel_day(model),
        closed_through=closed,
        thresholds=Thresholds.from_mapping(desk.workspace.settings.thresholds),
        ltv=desk.ltv,
        margin=desk.margin,
        missing=result.missing,
        completeness=result.completeness,
    )
    return [_priced(rule) for rule in found]


def _priced(rule: Backtest) -> dict[str, Any]:
    return {
        "rule": rule.rule,
        "says": rule.says,
        "days": rule.days,
        "left_out": rule.left_out,
        "moved": round(rule.moved, 2),
        "unspent": round(rule.unspent, 2),
        "average": round(rule.average, 2),
        "cautious": round(rule.cautious, 2),
        "low": None if rule.low is None else round(rule.low, 2),
        "high": None if rule.high is None else round(rule.high, 2),
    }


def _case(case: Case, desk: Desk) -> dict[str, Any]:
    return {
        "rule": case.rule,
        "channel": case.channel,
        "source": case.source,
        "state": case.state,
        "severity": case.severity,
        "since": case.first_day,
        "fired_on": case.fired_on,
        "last_day": case.last_day,
        "recovered_on": case.recovered_on,
        "value": case.value,
        "limit": case.limit,
        "sentence": desk.say(case.sentence),
        "evidence": case.evidence.to_dicts(),
        "actions": _actions(case, desk),
    }


def _sentence(case: Case, desk: Desk) -> str:
    about = desk.names.get(case.channel, case.channel)  # a silent source is named in its own sentence
    return f"{about}: {desk.say(case.sentence)}" if about else desk.say(case.sentence)


def _actions(case: Case, desk: Desk) -> list[str]:
    return [desk.say(action) for action in case.actions]


COMMANDS = (
    Command(name="channels", arguments=_channels_arguments, run=_channels),
    Command(name="alerts", arguments=_alerts_arguments, run=_alerts),
)

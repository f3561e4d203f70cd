"""``attribution``, ``evidence``: which channel deserves the credit, how sure that is, and what tests found."""

import argparse
from pathlib import Path
from typing import Any

import polars as pl

from omnidash.attribution.comparison import compare, path_table_of
from omnidash.attribution.evidence import Evidence, evidence, withdraw
from omnidash.attribution.evidence_file import keep_file
from omnidash.attribution.models import MODELS, attribute
from omnidash.attribution.order_choice import choose_order
from omnidash.attribution.path_file import read_path_file
from omnidash.attribution.path_table import PathTable
from omnidash.attribution.redraw import redrawn_intervals
from omnidash.attribution.shapley import WORTHS
from omnidash.cli.answer import Answer
from omnidash.cli.arguments import add_period, count, period
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.cli.journeys import add_lookback, goal_of, lookback_of
from omnidash.journeys.credit import MODELS as ON_JOURNEYS
from omnidash.journeys.credit import credit_by_day
from omnidash.journeys.paths import paths
from omnidash.journeys.single_paths import single_paths
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message

AUTO = "auto"


def _attribution_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", required=True, choices=tuple(MODELS))
    parser.add_argument(
        "--order",
        type=_order,
        default=1,
        metavar="K",
        help="order of the Markov chain, 1 to 4, or 'auto': the one that foretells unseen journeys best",
    )
    parser.add_argument(
        "--worth", choices=WORTHS, default=WORTHS[0], help="what the Shapley value shares out (default: conversions)"
    )
    parser.add_argument("--by", choices=("channel", "campaign"), default="channel", help="credit channels or campaigns")
    parser.add_argument("--paths", type=Path, metavar="FILE", help="credit the aggregated paths of a file instead")
    parser.add_argument(
        "--bootstrap", type=count, metavar="N", help="draw persons anew N times for 90 %% intervals (200 is usual)"
    )
    add_lookback(parser)
    add_period(parser)


def _order(text: str) -> int | str:
    return AUTO if text == AUTO else count(text)


def _attribution(arguments: Any, desk: Desk) -> Answer:
    if arguments.paths is not None:
        table = read_path_file(arguments.paths)
        order = choose_order(table).order if arguments.order == AUTO else arguments.order
        return _credits(table, arguments, order, redraws=arguments.bootstrap)
    order = _order_of(arguments, desk)
    if arguments.bootstrap is not None:
        return _with_intervals(arguments, desk, order)
    if _is_shared_out_touch_by_touch(arguments):
        return _touch_by_touch(arguments, desk)
    frame = paths(desk.journeys, **_asked(arguments, desk)).frame
    return _credits(PathTable.from_frame(frame), arguments, order)


def _asked(arguments: Any, desk: Desk) -> dict[str, Any]:
    return {
        "goal": goal_of(arguments, desk),
        "lookback_days": lookback_of(arguments, desk),
        "period": period(arguments, desk.whole),
        "by": arguments.by,
    }


def _order_of(arguments: Any, desk: Desk) -> int:
    if arguments.order != AUTO:
        return int(arguments.order)
    if arguments.model != "markov":
        return 1
    found = single_paths(desk.journeys, **_asked(arguments, desk))
    return choose_order(path_table_of(found), fold=found.person).order


def _is_shared_out_touch_by_touch(arguments: Any) -> bool:
    return arguments.model in ON_JOURNEYS and arguments.worth == WORTHS[0]


def _touch_by_touch(arguments: Any, desk: Desk) -> Answer:
    frame = credit_by_day(desk.journeys, model=arguments.model, **_asked(arguments, desk)).frame()
    credit = (
        frame.group_by("channel")
        .agg(pl.col("conversions").sum(), value=pl.col("revenue").sum())
        .sort("conversions", "channel", descending=[True, False])
    )
    total = None
    if MODELS[arguments.model].adds_up:
        total = {name: credit[name].sum() for name in ("conversions", "value")}
    return _answer(credit.to_dicts(), total, arguments, 1)


def _with_intervals(arguments: Any, desk: Desk, order: int) -> Answer:
    found = compare(desk.journeys, order=order, draws=arguments.bootstrap, **_asked(arguments, desk))
    model = "shapley_rate" if (arguments.model, arguments.worth) == ("shapley", WORTHS[1]) else arguments.model
    if model not in found.models:
        raise BadInput(N_("Above 15 channels this Shapley value is sampled and has no bootstrap; group channels."))
    credited = found.models[model]
    frame = found.frame().filter(pl.col("model") == model)
    if credited.effects is not None:
        effects = pl.DataFrame({"channel": list(found.channels), "removal_effect": credited.effects})
        frame = frame.join(effects, on="channel", how="left", maintain_order="left")
    more = ["removal_effect"] if credited.effects is not None else []
    rows = frame.select(
        "channel",
        "conversions",
        "value",
        *more,
        low="conversions_low",
        high="conversions_high",
        value_low="value_low",
        value_high="value_high",
        new_customers="new_customers",
    ).to_dicts()
    total = None
    if MODELS[arguments.model].adds_up:
        total = {"conversions": float(credited.amounts[0].sum()), "value": float(credited.amounts[1].sum())}
    groups = found.alike(model)
    lines = [
        desk.say(Message(N_("{channels} cannot be told apart."), {"channels": ", ".join(group)})) for group in groups
    ]
    return _answer(rows, total, arguments, order, lines=tuple(lines), cannot_be_told_apart=groups)


def _credits(table: PathTable, arguments: Any, order: int, *, redraws: int | None = None) -> Answer:
    options = {"order": order, "worth": arguments.worth}
    credited = attribute(table, arguments.model, **options)
    rows = credited.frame.to_dicts()
    if redraws is not None:
        ends = redrawn_intervals(table, arguments.model, draws=redraws, **options)
        names = ("low", "high", "value_low", "value_high")
        rows = [row | dict(zip(names, ends[row["channel"]], strict=True)) for row in rows]
    total = None
    if credited.conversions_total is not None:
        total = {"conversions": credited.conversions_total, "value": credited.value_total}
    return _answer(rows, total, arguments, order)


def _answer(
    rows: list[dict[str, Any]],
    total: dict[str, Any] | None,
    arguments: Any,
    order: int,
    *,
    lines: tuple[str, ...] = (),
    **more: Any,
) -> Answer:
    data = {"rows": rows, "totals": total, "model": arguments.model, **more}
    if arguments.model == "markov":
        data["order"] = order
    if arguments.model == "shapley":
        data["worth"] = arguments.worth
    tables = {"": rows} if total is None else {"": rows, "totals": [total]}
    return Answer(data=data, tables=tables, lines=lines)


def _evidence_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--add", type=Path, metavar="FILE", help="keep the findings of a CSV file")
    parser.add_argument("--withdraw", type=count, metavar="ID", help="forget a finding")


def _evidence(arguments: Any, desk: Desk) -> Answer:
    workspace = desk.workspace
    said: tuple[str, ...] = ()
    more: dict[str, int] = {}
    if arguments.add is not None:
        taken = keep_file(workspace, arguments.add.read_bytes(), name=arguments.add.name)
        more = {"added": taken.added, "known": taken.known}
        if taken.known:
            said = (
                desk.words.plural(
                    "{count} finding is kept already and was passed over.",
                    "{count} findings are kept already and were passed over.",
                    taken.known,
                ),
            )
    if arguments.withdraw is not None:
        withdraw(workspace, arguments.withdraw)
    known = [_finding(found) for found in evidence(workspace)]
    return Answer(data={"evidence": known, **more}, tables={"": known}, lines=said)


def _finding(found: Evidence) -> dict[str, Any]:
    return {
        "id": found.evidence_id,
        "channel": found.channel,
        "method": found.method,
        "first_day": found.first_day,
        "last_day": found.last_day,
        "incremental_revenue": found.incremental_revenue,
        "low": found.low,
        "high": found.high,
        "level": found.level,
        "spend": found.spend,
        "iroas": found.iroas,
        "source": found.source,
    }


COMMANDS = (
    Command(name="attribution", arguments=_attribution_arguments, run=_attribution),
    Command(name="evidence", arguments=_evidence_arguments, run=_evidence),
)

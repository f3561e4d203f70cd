"""``curves`` and ``plan``: where the next unit of budget should go, and how sure that is."""

import argparse
from typing import Any

from omnidash.budget import ChannelCurve, best_plan, channel_curves, what_if
from omnidash.budget.curve import CAVEAT
from omnidash.cli.answer import Answer
from omnidash.cli.arguments import add_period, money, period, whole_days
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.cli.health import add_model

_REFERENCE = "the last 30 closed days with spend; a short history whole"


def _curves_arguments(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    add_period(parser, _REFERENCE)


def _curves(arguments: Any, desk: Desk) -> Answer:
    rows = [_curve(curve, desk) for curve in _fitted(arguments, desk)]
    shown = [
        {
            "channel": row["channel"],
            "identified": row["identified"],
            "elasticity": row["params"]["elasticity"],
            "low": row["low"],
            "high": row["high"],
            "spend_today": row["params"]["spend_today"],
            "revenue_today": row["params"]["revenue_today"],
            "marginal_roi": row["params"]["marginal_roi"],
            "r2_cv": row["r2_cv"],
        }
        for row in rows
    ]
    lines = [f"{desk.names.get(row['channel'], row['channel'])}: {row['reason']}" for row in rows if row["reason"]]
    caveat = desk.say(CAVEAT)
    return Answer(data={"curves": rows, "caveat": caveat}, tables={"": shown}, lines=(*lines, caveat))


def _fitted(arguments: Any, desk: Desk) -> tuple[ChannelCurve, ...]:
    return channel_curves(desk.channel_day(arguments.model), period(arguments, desk.recent))


def _curve(curve: ChannelCurve, desk: Desk) -> dict[str, Any]:
    """``low``, ``high``: 80 % interval of the elasticity; spend and revenue are per day."""
    margin = desk.margin.get(curve.channel, desk.margin["*"])
    return {
        "channel": curve.channel,
        "model": curve.model,
        "identified": curve.identified,
        "reason": None if curve.reason is None else desk.say(curve.reason),
        "params": {
            "elasticity": curve.elasticity,
            "carryover": curve.carryover,
            "spend_today": curve.spend_today,
            "revenue_today": curve.revenue_today,
            "spend_low": curve.spend_low,
            "spend_high": curve.spend_high,
            "marginal_roi": float(curve.marginal_roi(curve.spend_today, margin)[0]),
        },
        "r2_cv": curve.r2_cv,
        "low": curve.elasticity_interval.low,
        "high": curve.elasticity_interval.high,
    }


def _plan_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--budget", type=money, required=True, metavar="B", help="money for the whole horizon")
    parser.add_argument("--horizon", type=whole_days, default=28, metavar="28d", help="default: 28d")
    parser.add_argument(
        "--objective",
        choices=("profit", "revenue"),
        default="profit",
        help="profit leaves money unspent that would return less than it costs; revenue places all",
    )
    add_model(parser)
    add_period(parser, _REFERENCE)


def _plan(arguments: Any, desk: Desk) -> Answer:
    curves = _fitted(arguments, desk)
    days = arguments.horizon
    plan = best_plan(curves, arguments.budget / days, objective=arguments.objective, margin=desk.margin)
    outcome = what_if(curves, plan.allocation, margin=desk.margin, days=days)
    rows = [
        {
            "channel": row.channel,
            "current": row.spend_today * days,
            "planned": row.spend_planned * days,
            "expected": row.revenue_planned * days,
            "marginal_roi": row.marginal_roi,
            "binding": row.binding,
        }
        for row in plan.channels
    ]
    change = outcome.total.profit_change
    gain = {"median": change.median, "low": change.low, "high": change.high, "p_better": outcome.total.p_better}
    data = {
        "rows": rows,
        "expected_gain": gain,
        "optimality_gap": plan.optimality_gap,
        "unspent": plan.unspent * days,
        "conflicts": [],  # limits that cannot be met together end in an error that names them
        "horizon_days": days,
        "objective": plan.objective,
        "caveat": desk.say(CAVEAT),
    }
    summary = {**gain, "unspent": plan.unspent * days, "optimality_gap": plan.optimality_gap}
    return Answer(data=data, tables={"": rows, "expected gain (profit)": [summary]}, lines=(desk.say(CAVEAT),))


COMMANDS = (
    Command(name="curves", arguments=_curves_arguments, run=_curves),
    Command(name="plan", arguments=_plan_arguments, run=_plan),
)

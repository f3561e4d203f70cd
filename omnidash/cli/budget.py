"""``curves`` and ``plan``: where the next unit of budget should go, and how sure that is."""

import argparse
import json
import math
from pathlib import Path
from typing import Any

from omnidash.budget import ChannelCurve, what_if
from omnidash.budget.attainable import nearest_target, out_of_reach
from omnidash.budget.bases import BASES, curves_of, top_converting
from omnidash.budget.conflict import Conflict, conflict
from omnidash.budget.curve import CAVEAT
from omnidash.budget.limits import Brief, measured_anew
from omnidash.budget.nothing_moved import why_unspent
from omnidash.budget.planner import BestPlan, make_plan
from omnidash.budget.task import Unreachable
from omnidash.cli.answer import Answer
from omnidash.cli.arguments import add_period, money, period, whole_days
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.cli.health import add_model
from omnidash.health.thresholds import Thresholds
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

_OBJECTIVES = ("profit", "revenue", "conversions", "target_roi", "target_marginal_roi", "target_cac")
_PRICED_IN = {
    "profit": "profit",
    "revenue": "revenue",
    "conversions": "conversions",
    "target_roi": "revenue",
    "target_marginal_roi": "profit",
    "target_cac": "new customers",
}
_SCENARIO: dict[str, type | tuple[type, ...]] = {
    "objective": str,
    "target": (int, float),
    "change": (int, float),
    "only_extra": bool,
    "reserve": bool,
    "top3": bool,
}
_REFERENCE = "the last 30 closed days with spend; a short history whole"


_CHANGE = (
    "most a channel moves from today (default 0.5: ± 50 %%); from today's split scaled to the total where that does "
    "not fit, and the answer says so"
)


def _curves_arguments(parser: argparse.ArgumentParser) -> None:
    _add_basis(parser)
    add_period(parser, _REFERENCE)


def _curves(arguments: Any, desk: Desk) -> Answer:
    curves = _fitted(arguments, desk)
    rows = [_curve(curve, desk) for curve in curves]
    shown = [
        {
            "channel": row["channel"],
            "verdict": row["verdict"],
            "return_today": row["params"]["return_today"],
            "return_low": row["params"]["return_low"],
            "return_high": row["params"]["return_high"],
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
    lines = [
        f"{desk.names.get(row['channel'], row['channel'])}: {row[why]}"
        for row in rows
        for why in ("reason", "level_doubt")
        if row[why]
    ]
    caveat = desk.say(curves[0].caveat if curves else CAVEAT)
    return Answer(data={"curves": rows, "caveat": caveat}, tables={"": shown}, lines=(*lines, caveat))


def _add_basis(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument(
        "--basis",
        choices=BASES,
        default="attributed",
        help="attributed: revenue credited by the model; total: what channels add to all revenue (media mix)",
    )


def _fitted(arguments: Any, desk: Desk) -> tuple[ChannelCurve, ...]:
    days = desk.channel_day(arguments.model)
    return curves_of(desk.workspace, arguments.basis, days, period(arguments, desk.recent))


def _curve(curve: ChannelCurve, desk: Desk) -> dict[str, Any]:
    """``low``, ``high``: 80 % interval of the elasticity; spend and revenue are per day; ``return_…``: revenue per unit
    of spend today, expected and its 80 % interval."""
    returned, likely = curve.return_today
    margin = desk.margin.get(curve.channel, desk.margin["*"])
    return {
        "channel": curve.channel,
        "model": curve.model,
        "identified": curve.identified,
        "verdict": curve.verdict,
        "reason": None if curve.reason is None else desk.say(curve.reason),
        "level_doubt": None if curve.level_doubt is None else desk.say(curve.level_doubt),
        "params": {
            "elasticity": curve.elasticity,
            "carryover": curve.carryover,
            "spend_today": curve.spend_today,
            "revenue_today": curve.revenue_today,
            "return_today": returned,
            "return_low": likely.low,
            "return_high": likely.high,
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
        choices=_OBJECTIVES,
        default="profit",
        help="profit leaves money unspent that would return less than it costs; revenue and conversions place all; "
        "the targets need --target",
    )
    parser.add_argument("--target", type=float, metavar="T", help="ROI (0.5 = 50 %%), marginal ROI or CAC to reach")
    parser.add_argument("--change", type=float, default=0.5, metavar="0.5", help=_CHANGE)
    for name, what in (("min", "at least"), ("max", "at most"), ("lock", "exactly")):
        parser.add_argument(
            f"--{name}",
            action="append",
            type=_channel_money,
            default=[],
            metavar="CHANNEL=MONEY",
            help=f"the channel gets {what} this much over the horizon; may be given several times",
        )
    parser.add_argument("--only-extra", action="store_true", help="today's spend stays; place only what is more")
    parser.add_argument("--reserve", action="store_true", help="hold the flexible reserve back (30 %% of the budget)")
    parser.add_argument("--top3", action="store_true", help="70 %% or more to the three channels that convert best")
    parser.add_argument(
        "--scenario",
        metavar="FILE.json",
        help='aim, rules and limits from a file: {"objective": "revenue", "reserve": true, "min": {"douyin": 900}}',
    )
    _add_basis(parser)
    add_period(parser, _REFERENCE)


def _with_scenario(arguments: Any) -> Any:
    """The arguments with what a scenario file says in their place. Raises BadInput where it says else."""
    if arguments.scenario is None:
        return arguments
    try:
        said = json.loads(Path(arguments.scenario).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(N_("{file} is no JSON file: {reason}"), file=arguments.scenario, reason=str(error)) from None
    for name, value in said.items() if isinstance(said, dict) else [("", said)]:
        if name in ("min", "max", "lock") and isinstance(value, dict):
            wrong = next((channel for channel, amount in value.items() if not _is_money(amount)), None)
            if wrong is not None:
                raise BadInput(
                    N_("{file}: {name} of {channel} must be an amount of money; it is {value}"),
                    file=arguments.scenario,
                    name=name,
                    channel=wrong,
                    value=json.dumps(value[wrong]),
                )
            setattr(arguments, name, [*getattr(arguments, name), *((c, float(x)) for c, x in value.items())])
        elif name == "objective" and value not in _OBJECTIVES:
            raise BadInput(
                N_("{file}: the objective is one of {known}"), file=arguments.scenario, known=", ".join(_OBJECTIVES)
            )
        elif name in _SCENARIO and _is_of(value, _SCENARIO[name]):
            setattr(arguments, name, value)
        elif name in _SCENARIO:
            raise BadInput(
                N_("{file}: {name} cannot be {value}"), file=arguments.scenario, name=name, value=json.dumps(value)
            )
        else:
            known = ", ".join([*_SCENARIO, "min", "max", "lock"])
            raise BadInput(
                N_("{file}: '{name}' is not something a scenario can say; it can say {known}"),
                file=arguments.scenario,
                name=name,
                known=known,
            )
    return arguments


def _is_of(value: object, kind: type | tuple[type, ...]) -> bool:
    """Whether JSON's value is of the kind asked for; true and false are no numbers, and NaN is none."""
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, kind) and not (isinstance(value, float) and not math.isfinite(value))


def _is_money(value: object) -> bool:
    return _is_of(value, (int, float)) and 0 <= float(value) < float("inf")  # type: ignore[arg-type]


def _channel_money(text: str) -> tuple[str, float]:
    channel, sign, amount = text.rpartition("=")
    try:
        value = float(amount.replace(",", ""))
    except ValueError:
        value = -1.0
    if not sign or not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a channel and its money; write it as douyin=1200")
    return channel, value


def _plan(arguments: Any, desk: Desk) -> Answer:
    arguments = _with_scenario(arguments)
    curves = _fitted(arguments, desk)
    days = arguments.horizon
    per_day = {name: {c: money / days for c, money in getattr(arguments, name)} for name in ("min", "max", "lock")}
    known = [curve.channel for curve in curves]
    table = desk.channel_day(arguments.model)
    brief = Brief(
        total=arguments.budget / days,
        objective=arguments.objective,
        target=arguments.target,
        margin=desk.margin,
        change=arguments.change,
        least=per_day["min"],
        most=per_day["max"],
        locked=per_day["lock"],
        only_extra=arguments.only_extra,
        reserve=_limits(desk).reserve_share if arguments.reserve else None,
        top=top_converting(table, period(arguments, desk.recent), known) if arguments.top3 else (),
    )
    try:
        plan = make_plan(curves, brief)
    except Unreachable:
        found = conflict(curves, brief)
        if found is not None:
            return _conflicting(found, days, desk)
        attainable = nearest_target(curves, brief)
        if attainable is None:
            raise
        return _out_of_reach(attainable, brief, days, desk)
    outcome = what_if(curves, plan.allocation, margin=desk.margin, days=days)
    rows = _planned(plan, curves, days)
    change = outcome.total.profit_change
    gain = {"median": change.median, "low": change.low, "high": change.high, "p_better": outcome.total.p_better}
    notes = [desk.say(said) for said in (measured_anew(brief, curves), why_unspent(plan, days)) if said is not None]
    prices = [
        {
            "limit": desk.say(one.limit.label),
            "price": one.price,
            "wider": "less" if one.is_lower else "more",
            "of": _PRICED_IN[brief.objective],
        }
        for one in plan.binding
    ]
    data = {
        "rows": rows,
        "expected_gain": gain,
        "optimality_gap": plan.gap,
        "unspent": plan.unspent * days,
        "conflicts": [],
        "prices": prices,
        "notes": notes,
        "horizon_days": days,
        "objective": brief.objective,
        "basis": arguments.basis,
        "caveat": desk.say(curves[0].caveat),
    }
    summary = {**gain, "unspent": plan.unspent * days, "optimality_gap": plan.gap}
    tables = {"": rows, "expected gain (profit)": [summary]}
    if prices:
        tables["what one unit of each limit, more or less, would add"] = prices
    return Answer(data=data, tables=tables, lines=(*notes, desk.say(curves[0].caveat)))


def _limits(desk: Desk) -> Thresholds:
    return Thresholds.from_mapping(desk.workspace.settings.thresholds)


def _planned(plan: BestPlan, curves: tuple[ChannelCurve, ...], days: int) -> list[dict[str, Any]]:
    """One row per channel; ``binding``: the kind of limit that stops it (the dearest), null where none does."""
    binding: dict[str | None, str] = {}
    for one in plan.binding:
        binding.setdefault(one.limit.channel, one.limit.kind)
    return [
        {
            "channel": curve.channel,
            "current": curve.spend_today * days,
            "planned": float(spend) * days,
            "expected": float(curve.revenue(spend)[0]) * days,
            "marginal_roi": float(marginal) - 1 if spend > 0 else None,
            "binding": binding.get(curve.channel),
        }
        for curve, spend, marginal in zip(curves, plan.spend, plan.marginal, strict=True)
    ]


def _out_of_reach(attainable: float, brief: Brief, days: int, desk: Desk) -> Answer:
    """A target that the limits do not allow, and the nearest that they do; exit code 1: somebody has to decide."""
    conflicts = [desk.say(out_of_reach(brief, attainable))]
    return Answer(
        data={"rows": [], "conflicts": conflicts, "attainable_target": attainable, "horizon_days": days},
        lines=tuple(conflicts),
        exit_code=1,
    )


def _conflicting(found: Conflict, days: int, desk: Desk) -> Answer:
    """The limits that contradict each other, and the nearest plan; exit code 1: somebody has to decide."""
    conflicts = [desk.say(limit.label) for limit in found.limits]
    nearest = [{"channel": channel, "planned": spend * days} for channel, spend in found.nearest.items()]
    gives = [{"limit": desk.say(one.limit.label), "by": one.by * days} for one in found.yields]
    return Answer(
        data={"rows": [], "conflicts": conflicts, "nearest": nearest, "gives_way": gives, "horizon_days": days},
        tables={
            "these limits contradict each other": [{"limit": text} for text in conflicts],
            "the nearest plan": nearest,
            "limits it breaks": gives,
        },
        exit_code=1,
    )


COMMANDS = (
    Command(name="curves", arguments=_curves_arguments, run=_curves),
    Command(name="plan", arguments=_plan_arguments, run=_plan),
)

"""``funnel`` and ``segments``: who goes through given steps, who does not, and those persons under a name."""

import argparse
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from omnidash.cli.answer import Answer, Row
from omnidash.cli.arguments import add_period, funnel_steps, period, window
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.engine.held import parts_of
from omnidash.engine.segments import drop_segment, identifiers_of, members_of, save_segment, saved_segments
from omnidash.journeys.arrays import Bools
from omnidash.journeys.funnel import Exclusion, FunnelQuery, FunnelResult, Step, funnel
from omnidash.journeys.funnel_groups import by_first_entry, groups, segment_groups, trend, went_next
from omnidash.journeys.funnel_query import HOLDABLE
from omnidash.journeys.segments import FunnelSegment
from omnidash.metrics.funnel_comparison import compared, with_interval
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_

_WEEK = 7.0 * 86_400
_PARTS = ("reached", "lost", "open")


def _funnel_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--steps",
        required=True,
        metavar='"A>B>C"',
        help="actions or stages in order; a step may name channels: 'click@meta'",
    )
    parser.add_argument("--window", type=window, default=_WEEK, metavar="7d", help="default: 7d, at most 90d")
    parser.add_argument(
        "--within",
        type=_within,
        action="append",
        default=[],
        metavar="STEP=1d",
        help="how soon a step must follow the one before it; may be given for several steps",
    )
    parser.add_argument("--mode", choices=("ordered", "strict", "any"), default="ordered")
    parser.add_argument("--entry", choices=("best", "first"), default="best", help="which attempt of a person counts")
    parser.add_argument(
        "--count", choices=("persons", "entries"), default="persons", help="each person once, or each entry"
    )
    parser.add_argument(
        "--shared-events", action="store_true", help="one event may make several steps (default: one step each)"
    )
    parser.add_argument(
        "--exclude", metavar='"A>B"', help="none of these may come between the steps, as --steps names them"
    )
    parser.add_argument(
        "--between", type=_between, metavar="1-3", help="the steps an exclusion lies between (default: all)"
    )
    parser.add_argument("--hold", choices=HOLDABLE, help="all steps carry the same value of this")
    parser.add_argument(
        "--by", choices=("channel", "campaign", "segment"), help="break down by channel, campaign or saved segment"
    )
    parser.add_argument(
        "--of", choices=("first", "last"), default="first", help="of the first step or of the last one reached"
    )
    parser.add_argument("--segment", metavar="NAME", help="only persons of this saved segment")
    parser.add_argument("--compare", metavar="previous|NAME", help="with the period before, or with a saved segment")
    parser.add_argument("--trend", action="store_true", help="conversion by day of entry")
    parser.add_argument("--next", type=int, metavar="STEP", help="what those lost after a step did next")
    parser.add_argument("--part", type=_part, metavar="lost:2", help="the persons to save: reached:2, lost:2 or open:2")
    parser.add_argument("--save", metavar="NAME", help="save the persons of --part as a segment")
    add_period(parser)


def _funnel(arguments: Any, desk: Desk) -> Answer:
    query = _query(arguments, desk)
    segment = None if arguments.segment is None else _saved(desk, arguments.segment)
    persons = None if segment is None else members_of(desk.workspace, desk.journeys, segment)
    result = _count(desk, query, persons)
    rows: list[Row] = list(result.steps.drop("step").rename({"label": "step"}).to_dicts())
    breakdown = None if result.breakdown is None else result.breakdown.to_dicts()
    data: dict[str, Any] = {
        "steps": rows,
        "still_open": result.still_open,
        "lost": result.lost,
        "breakdown": breakdown,
    }
    tables: dict[str, list[Row]] = {
        "": rows,
        "open and lost": [{"still_open": result.still_open, "lost": result.lost}],
    }
    for name, frame in _asked_for(arguments, desk, result, persons).items():
        data[name] = frame.to_dicts()
        tables[f"by {arguments.by}" if name == "groups" else name] = data[name]
    lines: tuple[str, ...] = ()
    if arguments.save is not None:
        saved = save_segment(desk.workspace, arguments.save, _segment(arguments, query, segment))
        data["saved"], lines = saved, (f"saved as segment: {saved}",)
    return Answer(data=data, tables=tables, lines=lines)


def _asked_for(arguments: Any, desk: Desk, result: FunnelResult, persons: Bools | None) -> dict[str, pl.DataFrame]:
    """What is compared is of entries whose window is over; groups are empty where there are none."""
    found = {}
    over = result.query.of_entries_over(desk.closed)
    final = result if over is None else _count(desk, over, persons)
    if arguments.by == "segment":
        saved = saved_segments(desk.workspace)
        if not saved:
            raise WrongUse(N_("No segment is saved yet; --part lost:2 --save NAME saves one."))
        members = {name: members_of(desk.workspace, desk.journeys, segment) for name, segment in saved.items()}
        found["groups"] = with_interval(_if_over(segment_groups(final, members), over))
    elif arguments.by is not None:
        found["groups"] = with_interval(_if_over(groups(final), over))
    if arguments.compare == "previous":
        assert result.query.period is not None and final.query.period is not None  # as _query makes it
        before = result.query.period.previous().first(final.query.period.days)
        found["compared"] = compared(final, _count(desk, replace(final.query, period=before), persons))
    elif arguments.compare is not None:
        other = members_of(desk.workspace, desk.journeys, _saved(desk, arguments.compare))
        found["compared"] = compared(final, _count(desk, final.query, other))
    if arguments.trend:
        found["trend"] = trend(_count(desk, by_first_entry(result.query), persons))
    if arguments.next is not None:
        found["next"] = went_next(result, arguments.next)
    return found


def _if_over(found: pl.DataFrame, over: FunnelQuery | None) -> pl.DataFrame:
    return found.clear() if over is None else found


def _query(arguments: Any, desk: Desk) -> FunnelQuery:
    known = {"actions": desk.journeys.actions, "channels": desk.journeys.channels}
    steps = list(funnel_steps(arguments.steps, **known))
    for step, soon in arguments.within:
        if not 2 <= step <= len(steps):
            raise WrongUse(
                N_("Step {step} has no step before it; there are {count} steps."), step=step, count=len(steps)
            )
        steps[step - 1] = replace(steps[step - 1], within_seconds=soon)
    after, before = arguments.between or (1, None)
    excluded: tuple[Step, ...] = funnel_steps(arguments.exclude, **known) if arguments.exclude else ()
    return FunnelQuery(
        steps=tuple(steps),
        window_seconds=arguments.window,
        mode=arguments.mode,
        entry=arguments.entry,
        count=arguments.count,
        shares_events=arguments.shared_events,
        exclusions=tuple(Exclusion(event=event, after=after, before=before) for event in excluded),
        hold=arguments.hold,
        period=period(arguments, desk.whole),
        by=None if arguments.by == "segment" else arguments.by,
        of=arguments.of,
        last_seen_us=_complete_until_us(desk),
    )


def _count(desk: Desk, query: FunnelQuery, persons: Bools | None) -> FunnelResult:
    parts = None if query.hold is None else parts_of(desk.workspace, desk.journeys, query.hold)
    return funnel(desk.journeys, query, persons=persons, parts=parts)


def _complete_until_us(desk: Desk) -> int:
    """The end of the last closed local day, as the app has it."""
    midnight = datetime.combine(desk.closed + timedelta(days=1), time(), tzinfo=desk.workspace.settings.zone)
    return int(midnight.timestamp() * 1_000_000) - 1  # what happens at midnight sharp is not seen yet


def _segment(arguments: Any, query: FunnelQuery, within: FunnelSegment | None) -> FunnelSegment:
    if arguments.part is None:
        raise WrongUse(N_("Say which persons to save: --part reached:2, lost:2 or open:2."))
    kind, step = arguments.part
    if step > len(query.steps):
        raise WrongUse(N_("The funnel has {count} steps; there is no step {step}."), count=len(query.steps), step=step)
    return FunnelSegment(
        query=query,
        from_step=step,
        to_step=len(query.steps) if kind == "reached" else step,
        outcome="any" if kind == "reached" else kind,
        within=within,
    )


def _saved(desk: Desk, name: str) -> FunnelSegment:
    saved = saved_segments(desk.workspace)
    if name not in saved:
        raise WrongUse(
            N_("There is no segment {name}; there are: {known}."), name=repr(name), known=", ".join(saved) or "-"
        )
    return saved[name]


def _segments_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="a saved segment: its persons, masked (default: list all segments)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the persons as CSV")
    parser.add_argument("--drop", action="store_true", help="delete the segment; its persons stay what they are")


def _segments(arguments: Any, desk: Desk) -> Answer:
    if arguments.name is None:
        rows = [
            {"segment": name, "persons": int(members_of(desk.workspace, desk.journeys, segment).sum())}
            for name, segment in saved_segments(desk.workspace).items()
        ]
        return Answer(data={"segments": rows}, tables={"": rows})
    segment = _saved(desk, arguments.name)
    if arguments.drop:
        drop_segment(desk.workspace, arguments.name)
        return Answer(data={"dropped": arguments.name}, lines=(f"deleted segment: {arguments.name}",))
    chosen = members_of(desk.workspace, desk.journeys, segment)
    persons = identifiers_of(desk.workspace, desk.journeys.person_ids[chosen]).select("person", "type", "hint")
    if arguments.out is not None:
        persons.write_csv(arguments.out)
    rows = persons.to_dicts()
    return Answer(data={"rows": rows}, tables={"": rows[:50]}, lines=(f"persons: {len(rows)}",))


def _within(text: str) -> tuple[int, float]:
    step, _, soon = text.partition("=")
    if not step.strip().isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is not a step and a length of time; write it as 2=1d")
    return int(step), window(soon)


def _between(text: str) -> tuple[int, int]:
    after, _, before = text.partition("-")
    if not (after.strip().isdecimal() and before.strip().isdecimal()):
        raise argparse.ArgumentTypeError(f"'{text}' is not a pair of steps; write it as 1-3")
    return int(after), int(before)


def _part(text: str) -> tuple[str, int]:
    kind, _, step = text.partition(":")
    if kind not in _PARTS or not step.isdecimal() or int(step) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no part of a funnel; write it as reached:2, lost:2 or open:2")
    return kind, int(step)


COMMANDS = (
    Command(name="funnel", arguments=_funnel_arguments, run=_funnel),
    Command(name="segments", arguments=_segments_arguments, run=_segments),
)

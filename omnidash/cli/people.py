"""OneID on the command line: who is one person and why, and decisions about it."""

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from omnidash.cli.account import account
from omnidash.cli.answer import Answer
from omnidash.cli.arguments import add_period, count, period
from omnidash.cli.command import Command
from omnidash.cli.desk import Desk
from omnidash.cli.identifier import IDENTIFIER, given
from omnidash.engine.identity_effects import Effects, effects, figures_by_level
from omnidash.engine.rollup import actions
from omnidash.identity.contested_persons import contested_persons
from omnidash.identity.decisions import decisions
from omnidash.identity.likeness import DEFAULT_WEIGHT, forget_likeness, link_alike
from omnidash.identity.lookup import identifier_of
from omnidash.identity.parting import parting, still_joined
from omnidash.identity.persons import identifiers_per_person, match_rates, persons
from omnidash.identity.preview import Preview, Proposal, apply, preview, refuse_decided, still_in_force
from omnidash.identity.resolve import set_rules
from omnidash.identity.why import Link, chain, why, why_alone
from omnidash.journeys.credit import MODELS
from omnidash.journeys.funnel import FunnelQuery, Step
from omnidash.journeys.funnel_query import standard_actions
from omnidash.model.errors import BadInput, WrongUse
from omnidash.model.messages import N_, Message
from omnidash.store.settings import IDENTITY_LEVELS

_LISTED = 20  # of each kind of shared identifiers on the screen; there may be thousands


def _persons_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--by-level", action="store_true", help="also the figures at the strict, normal and loose level"
    )
    parser.add_argument("--all", action="store_true", help=f"every shared identifier, not {_LISTED} of each kind")
    add_period(parser)


def _persons(arguments: Any, desk: Desk) -> Answer:
    found = persons(desk.workspace)
    settings = desk.workspace.settings
    counts = {"identifiers": found.identifiers, "persons": found.persons}
    rules = {"level": settings.identity_level, "hub_limit": settings.hub_limit}
    data: dict[str, Any] = {**counts, **rules}
    tables: dict[str, list[dict[str, Any]]] = {"": [{**counts, **rules}]}
    more: list[str] = []
    for key, heading, rows in (
        ("hubs", "hubs: shared identifiers that no longer link", found.hubs),
        (
            "contested",
            "contested: devices and order contacts that would join persons who contradict each other",
            found.contested,
        ),
        ("blocked", "blocked values", found.blocked),
        ("blocked_by_decision", "blocked by decision", found.blocked_by_decision),
    ):
        data[key] = [_shown(row) for row in rows]
        if rows:
            tables[heading] = data[key] if arguments.all else data[key][:_LISTED]
            left = len(rows) - len(tables[heading])
            if left:
                more.append(desk.say(Message(N_("{kind}: and {count} more; --all"), {"kind": key, "count": left})))
    doubted = contested_persons(desk.workspace)
    data["contested_persons"] = {
        "count": doubted.count,
        "listed": [
            {
                "identifier": _code(person.identifier_id),
                "type": person.type,
                "values": [hint for _id, hint in person.values],
                "identifiers": person.identifiers,
            }
            for person in doubted.listed
        ],
    }
    if doubted.count:
        tables["contested persons: perhaps two people, look with 'why', part with 'identity part'"] = [
            {**row, "values": ", ".join(row["values"])} for row in data["contested_persons"]["listed"]
        ]
    data["channels"] = match_rates(desk.workspace).to_dicts()
    data["identifiers_per_person"] = identifiers_per_person(desk.workspace).to_dicts()
    tables["matched, by channel"] = data["channels"]
    tables["identifiers per person"] = data["identifiers_per_person"]
    if arguments.by_level:
        chosen = period(arguments, desk.whole)
        data["by_level"] = [
            {"level": level, **asdict(of)} for level, of in figures_by_level(desk.workspace, period=chosen).items()
        ]
        tables["by level"] = data["by_level"]
    return Answer(data=data, tables=tables, lines=tuple(more))


def _why_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("identifier", metavar="IDENTIFIER", help=IDENTIFIER)
    parser.add_argument(
        "other", metavar="OTHER", nargs="?", help="another one: only the shortest chain between the two"
    )


def _why(arguments: Any, desk: Desk) -> Answer:
    identifier = given(arguments.identifier)
    if arguments.other is None:
        steps = why(desk.workspace, identifier)
    else:
        steps = chain(desk.workspace, identifier, given(arguments.other))
    rows = [_step(link) for link in steps]
    if rows:
        return Answer(data={"chain": rows}, tables={"": rows})
    alone = desk.say(why_alone(desk.workspace, identifier))
    return Answer(data={"chain": []}, lines=(alone,))


_WORDS = {
    "level": (0, 1), "cut": (2, 2), "part": (2, 2), "block": (1, 1), "one": (2, 2), "restore": (1, 1),
    "decisions": (0, 0), "alike": (1, 1), "unalike": (1, 1),
}  # fmt: skip
"""What ``identity`` can do, and how many words each takes."""


def _identity_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=tuple(_WORDS),
        help="level [strict|normal|loose]: show or set it; cut IDENTIFIER OTHER: their link counts no more;"
        " part IDENTIFIER OTHER: cut the links of the fewest files so that they are two persons;"
        " block IDENTIFIER: none of its links does; one IDENTIFIER OTHER: they contradict each other"
        " and are one person; restore DECISION: take one back; decisions: the history;"
        " alike FILE: link records (CSV) that look alike, for the loose level; unalike FILE: drop those links again",
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help="what it is about; - reads from standard input")
    parser.add_argument("--hub-limit", type=count, metavar="K", help="strong neighbours one may have and still link")
    parser.add_argument("--column", metavar="NAME", help="alike: which column of the file holds the identifiers")
    parser.add_argument(
        "--threshold",
        type=float,
        default=DEFAULT_WEIGHT,
        metavar="W",
        help="alike: least match weight, log2 of the odds",
    )
    parser.add_argument("--reason", default="", help="why; every decision needs one")
    parser.add_argument("--by", metavar="NAME", help="who decides (default: the user of this machine)")
    parser.add_argument("--preview", action="store_true", help="what it would change; nothing is written")
    parser.add_argument("--model", choices=tuple(MODELS), default="linear", help="rule of the credit in a preview")


def _identity(arguments: Any, desk: Desk) -> Answer:
    workspace, words = desk.workspace, arguments.words
    fewest, most = _WORDS[arguments.what]
    if not fewest <= len(words) <= most:
        raise WrongUse(N_("{what} takes {number} words after it"), what=arguments.what, number=most)
    if arguments.what == "level":
        if words and words[0] not in IDENTITY_LEVELS:
            raise WrongUse(N_("identity level '{level}' is unknown; expected strict, normal or loose"), level=words[0])
        if words or arguments.hub_limit is not None:
            set_rules(workspace, level=words[0] if words else None, hub_limit=arguments.hub_limit)
        row = {
            "level": workspace.settings.identity_level,
            "hub_limit": workspace.settings.hub_limit,
            "persons": persons(workspace).persons,
        }
        return Answer(data=row, tables={"": [row]})
    if arguments.what == "decisions":
        rows = [asdict(decision) for decision in decisions(workspace)]
        return Answer(data={"decisions": rows}, tables={"": rows})
    if arguments.what == "alike":
        return _alike(arguments, desk)
    if arguments.what == "unalike":
        row = {
            "dropped": forget_likeness(workspace, Path(words[0]).name),
            "persons": persons(workspace).persons,
        }
        return Answer(data=row, tables={"": [row]})
    proposal = _proposal(arguments, desk)
    with workspace.reading() as cursor:
        refuse_decided(cursor, proposal)
    would = preview(workspace, proposal)
    left = [
        {
            "chain": [_step(link) for link in pair.chain],
            "cut_beside": [{"a": _code(a), "b": _code(b)} for a, b in pair.beside],
        }
        for pair in still_joined(workspace, proposal, would)
    ]
    if arguments.preview:
        found = effects(workspace, would, model=arguments.model, query=_standard_funnel(desk))
        return _told(would, found, left)
    made = apply(workspace, proposal, reason=arguments.reason, by=arguments.by or account())
    row = {
        "decision_id": made[0],
        "decisions": len(made),
        "persons_before": would.persons_before,
        "persons_after": would.persons_after,
        "regrouped": would.regrouped.height,
    }
    holds = N_("decision {decision} says the same and still holds")
    same = [decision for restored in proposal.restores for decision in still_in_force(workspace, restored)]
    return Answer(
        data={**row, "still_joined": left, "still_in_force": same},
        tables={"": [row], **_still_one(left)},
        lines=tuple(desk.say(Message(holds, {"decision": decision})) for decision in same),
    )


def _standard_funnel(desk: Desk) -> FunnelQuery:
    """The funnel that the page shows of a decision, too; of all days, as the figures are."""
    settings = desk.workspace.settings
    steps = standard_actions(actions(desk.workspace).select("action", "stage").rows(), settings.goal)
    return FunnelQuery(steps=tuple(Step(action=name) for name in steps), window_seconds=settings.lookback_days * 86_400)


def _still_one(left: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The chain that joins the two all the same, under a heading that says so."""
    heading = "still one person through these rows; 'identity part' cuts them as well"
    return {heading: [step for pair in left for step in pair["chain"]]} if left else {}


def _alike(arguments: Any, desk: Desk) -> Answer:
    if arguments.column is None:
        raise WrongUse(N_("Say with --column which column holds the identifiers."))
    file = Path(arguments.words[0])
    try:
        records = pl.read_csv(file.read_bytes(), infer_schema=False)
    except pl.exceptions.PolarsError:  # which quotes the cell that it stumbled over
        raise BadInput(N_("{file} cannot be read as CSV in UTF-8 with a header"), file=file.name) from None
    links = link_alike(
        desk.workspace,
        records,
        identifier=arguments.column,
        file_name=file.name,
        threshold=arguments.threshold,
    )
    row = {"links": links, "level": desk.workspace.settings.identity_level, "persons": persons(desk.workspace).persons}
    return Answer(data=row, tables={"": [row]})


def _proposal(arguments: Any, desk: Desk) -> Proposal:
    words = arguments.words
    if arguments.what == "restore":
        if not words[0].isdecimal():
            raise WrongUse(N_("restore takes the number of a decision"))
        return Proposal(restores=(int(words[0]),))
    ids = [identifier_of(desk.workspace, given(word)) for word in words]
    if arguments.what == "part":
        return Proposal(cuts=parting(desk.workspace, ids[0], ids[1]))
    if arguments.what == "one":
        return Proposal(ones=((ids[0], ids[1]),))
    return Proposal(blocks=(ids[0],)) if arguments.what == "block" else Proposal(cuts=((ids[0], ids[1]),))


def _told(would: Preview, found: Effects, left: list[dict[str, Any]]) -> Answer:
    regrouped = would.regrouped.rename({"identifier_id": "identifier"}).to_dicts()
    for row in regrouped:
        for name in ("identifier", "person_before", "person_after"):
            row[name] = None if row[name] is None else _code(row[name])
    before, after, credit = asdict(found.before), asdict(found.after), found.credit.to_dicts()
    steps = [] if found.funnel is None else found.funnel.drop("step").rename({"label": "step"}).to_dicts()
    data = {
        "persons_before": would.persons_before,
        "persons_after": would.persons_after,
        "regrouped": regrouped,
        "still_joined": left,
        "before": before,
        "after": after,
        "funnel_window_days": found.window_days,
        "funnel": steps,
        "credit": credit,
    }
    figures = [{"figure": name, "before": before[name], "after": after[name]} for name in before]
    tables = {
        "": figures,
        "identifiers of the persons that change": regrouped,
        f"funnel within {found.window_days:g} days" if found.window_days else "funnel": steps,
        "credit": credit,
        **_still_one(left),
    }
    return Answer(data=data, tables=tables)


def _step(link: Link) -> dict[str, Any]:
    return {
        "a": link.a,
        "b": link.b,
        "file": link.file,
        "row_number": link.row_number,
        "imports": link.imports,
        "batch_id": link.batch_id,
        "weight": link.weight,
    }


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"identifier": _code(row["identifier_id"]), **{k: v for k, v in row.items() if k != "identifier_id"}}


def _code(identifier_id: int) -> str:
    """An identifier's id as files of set-aside rows write it; a number of 60 bits is more than JSON readers keep."""
    return f"#{identifier_id:015x}"


COMMANDS = (
    Command(name="persons", arguments=_persons_arguments, run=_persons),
    Command(name="why", arguments=_why_arguments, run=_why),
    Command(name="identity", arguments=_identity_arguments, run=_identity),
)

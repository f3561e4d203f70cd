"""Why several identifiers are one person: the rows they stood on together, as chains.

A chain goes over links that count only: not over those that were cut, those of blocked identifiers, or hubs. Its steps
name file, row and import, so that anybody can look the rows up; the links themselves hold no more than that.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from omnidash.identity.decisions import overrides_in_force
from omnidash.identity.graph import LINKS, Cursor
from omnidash.identity.lookup import identifier_of
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One step of a chain: the row of a file on which two identifiers stood.

    ``a``, ``b``: type and masked hint; ``a_id``, ``b_id``: their ids, to cut the link by. A link by likeness has a
    ``weight`` (log2 of the odds that its records match) and no row.
    """

    a: str
    b: str
    a_id: int
    b_id: int
    file: str
    row_number: int | None
    batch_id: int | None
    weight: float | None = None


def why(ws: Workspace, raw_identifier: str) -> list[Link]:
    """The rows that make all identifiers of this person one, nearest to ``raw_identifier`` first.

    A spanning tree of the person's links: with it any two identifiers are joined by a chain. Empty for a person of one
    identifier. Raises BadInput where the identifier is unknown.
    """
    start = identifier_of(ws, raw_identifier)
    with ws.reading() as cursor:
        return list(_tree(_links_of(ws, cursor, start), start).values())


def why_of(ws: Workspace, identifier_id: int) -> list[Link]:
    """The same for an identifier given by its id, as lists and pages have it."""
    with ws.reading() as cursor:
        return list(_tree(_links_of(ws, cursor, identifier_id), identifier_id).values())


def chain(ws: Workspace, raw_identifier: str, raw_other: str) -> list[Link]:
    """The shortest chain of rows from one identifier to another. Raises BadInput where one of them is unknown, or they
    are not one person."""
    return chain_of(ws, identifier_of(ws, raw_identifier), identifier_of(ws, raw_other))


def chain_of(ws: Workspace, identifier_id: int, other_id: int) -> list[Link]:
    """The same for identifiers given by their ids."""
    with ws.reading() as cursor:
        reached = _tree(_links_of(ws, cursor, identifier_id), identifier_id)
    if identifier_id != other_id and other_id not in reached:
        raise BadInput(N_("these two identifiers are not one person"))
    steps: list[Link] = []
    here = other_id
    while here != identifier_id:
        steps.append(reached[here])
        here = reached[here].a_id
    return steps[::-1]


def _links_of(ws: Workspace, cursor: Cursor, identifier_id: int) -> Sequence[Mapping[str, Any]]:
    """The links that count within the person of an identifier, each pair once with the first row it stood on."""
    probable = ws.settings.identity_level == "loose"
    by_likeness = "union all select a, b, file_name, null, null, weight from probable_link" if probable else ""
    rows = cursor.execute(
        f"""
        with {LINKS},
        members as (
            select identifier_id from person
            where person_id in (select person_id from person where identifier_id = $start)),
        found as (
            select a, b, file_name as file, row_number, batch_id, null as weight
            from counting join batch using (batch_id)
            {by_likeness})
        select a, b, arg_min(file, (batch_id, row_number)), arg_min(row_number, (batch_id, row_number)), min(batch_id),
            case when min(batch_id) is null then max(weight) end, any_value(file)
        from found
        where a in (select identifier_id from members) and b in (select identifier_id from members)
        group by a, b order by min(batch_id) nulls last, min(row_number), a, b
        """,  # noqa: S608  (named steps of our own)
        {"start": identifier_id, **overrides_in_force(cursor).params},
    ).fetchall()
    ids = sorted({end for a, b, *_ in rows for end in (a, b)})
    hints = dict(
        cursor.execute(
            "select identifier_id, type || ' ' || hint from identifier where list_contains($ids, identifier_id)",
            {"ids": ids},
        ).fetchall()
    )
    return [
        {
            "ends": {a: hints[a], b: hints[b]},
            "file": file if batch is not None else any_file,
            "row_number": row,
            "batch_id": batch,
            "weight": weight,
        }
        for a, b, file, row, batch, weight, any_file in rows
    ]


def _tree(links: Sequence[Mapping[str, Any]], start: int) -> dict[int, Link]:
    """Identifier -> the step that reaches it first, going outwards from ``start``; nearest first."""
    neighbours: dict[int, list[tuple[int, Mapping[str, Any]]]] = {}
    for link in links:
        a, b = link["ends"]
        neighbours.setdefault(a, []).append((b, link))
        neighbours.setdefault(b, []).append((a, link))
    reached: dict[int, Link] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there, link in neighbours.get(here, []):
            if there != start and there not in reached:
                said = {name: link[name] for name in ("file", "row_number", "batch_id", "weight")}
                ends = link["ends"]
                reached[there] = Link(a=ends[here], b=ends[there], a_id=here, b_id=there, **said)
                queue.append(there)
    return reached

"""What OneID has found, for people: how many persons, which hubs, and why several identifiers are one person.

Raw identifiers come in only to be hashed at once; nothing here writes or logs them.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from omnidash.identity.hashing import identifier_id, pads
from omnidash.identity.normalise import STRONG_TYPES, TYPES, normalised, prepared, trimmed
from omnidash.identity.resolve import HUBS
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Persons:
    """Counts, and the listed exceptions. ``hubs`` and ``blocked``: type, hint and count of what they touch."""

    identifiers: int
    persons: int
    hubs: tuple[Mapping[str, Any], ...]
    blocked: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One step of the chain: the row of a file on which two identifiers stood."""

    a: str
    b: str
    file: str
    row_number: int


def persons(ws: Workspace) -> Persons:
    """Summary of the workspace's identities."""
    counts = ws.rows("select (select count(*) from identifier), (select count(distinct person_id) from person)")[0]
    hubs = ws.frame(
        "select i.type, i.hint, h.strong_neighbours as count"  # noqa: S608  (a constant of resolve.py)
        f" from ({HUBS}) h join identifier i using (identifier_id) order by count desc, i.identifier_id",
        {"hub_limit": ws.settings.hub_limit},
    )
    blocked = ws.frame(
        "select i.type, i.hint, count(e.event_id) as count from identifier i"
        " left join event e on e.identifier_id = i.identifier_id where i.blocked"
        " group by i.identifier_id, i.type, i.hint order by count desc, i.identifier_id"
    )
    return Persons(
        identifiers=counts[0], persons=counts[1], hubs=tuple(hubs.to_dicts()), blocked=tuple(blocked.to_dicts())
    )


def identifier_ids(ws: Workspace, raw_identifier: str) -> list[int]:
    """Ids of known identifiers that ``raw_identifier`` can be, over all types; strong types first."""
    found = []
    for identifier_type in TYPES:
        ready = prepared(identifier_type, "bare")
        value = normalised(identifier_type, "ready", ws.settings.country)
        rows = ws.rows(
            f"""
            with given as (select {trimmed("cast($raw as varchar)")} as bare),
            ready as (select {ready} as ready from given),
            value as (select {value} as value from ready)
            select identifier_id from identifier
            where identifier_id = (select {identifier_id(identifier_type, "value")} from value)
            """,  # noqa: S608  (expressions of normalise.py)
            {"raw": raw_identifier, "hmac_inner": pads(ws.key)["hmac_inner"]},
        )
        found += [row[0] for row in rows]
    return found


def why(ws: Workspace, raw_identifier: str) -> list[Link]:
    """The rows that make all identifiers of this person one, nearest to ``raw_identifier`` first.

    A spanning tree of the person's links: with it any two identifiers are joined by a chain. Empty for a person of one
    identifier. Raises BadInput where the identifier is unknown.
    """
    start = identifier_ids(ws, raw_identifier)
    if not start:
        raise BadInput(N_("this identifier occurs in no imported file"))
    links = ws.rows(
        """
        with person_of as (select person_id from person where identifier_id = $start),
        members as (select identifier_id from person where person_id in (select person_id from person_of))
        select l.a, l.b, arg_min(b.file_name, (l.batch_id, l.row_number)) as file,
            arg_min(l.row_number, (l.batch_id, l.row_number)) as row_number
        from link l join batch b using (batch_id)
        where l.a in (select identifier_id from members) and l.b in (select identifier_id from members)
        group by l.a, l.b order by min(l.batch_id), min(l.row_number), l.a, l.b
        """,
        {"start": start[0]},
    )
    hints = dict(ws.rows("select identifier_id, type || ' ' || hint from identifier"))
    neighbours: dict[int, list[tuple[int, str, int]]] = {}
    for a, b, file, row_number in links:
        neighbours.setdefault(a, []).append((b, file, row_number))
        neighbours.setdefault(b, []).append((a, file, row_number))
    chain, seen, queue = [], {start[0]}, deque([start[0]])
    while queue:
        here = queue.popleft()
        for there, file, row_number in neighbours.get(here, []):
            if there not in seen:
                seen.add(there)
                queue.append(there)
                chain.append(Link(a=hints[here], b=hints[there], file=file, row_number=row_number))
    return chain


def trust_of(identifier_type: str) -> str:
    """'strong' or 'weak'."""
    return "strong" if identifier_type in STRONG_TYPES else "weak"

"""Why several identifiers are one person: the rows they stood on together, as chains.

A chain goes over links that count only: not over those that were cut, those of blocked identifiers, or hubs. Its steps
name file, row and import of the first row that says so, and in how many imports one does, so that anybody can look
them up; the links themselves hold no more than that.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from omnidash.identity.at_level import Seen
from omnidash.identity.decisions import BLOCK, overrides_in_force, same_in_force
from omnidash.identity.graph import LINKS, Cursor, Overrides
from omnidash.identity.lookup import identifier_of
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message, counted
from omnidash.store.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One step of a chain: the row of a file on which two identifiers stood.

    ``a``, ``b``: type and masked hint; ``a_id``, ``b_id``: their ids, to cut the link by. ``imports``: in how many
    imports they stand together; the one named is the first. A link by likeness has a ``weight`` (log2 of the odds
    that its records match) and no row.
    """

    a: str
    b: str
    a_id: int
    b_id: int
    file: str
    row_number: int | None
    batch_id: int | None
    weight: float | None = None
    imports: int = 1

    def seen_from(self, identifier_id: int) -> "Link":
        """The same link with this end first."""
        if self.a_id == identifier_id:
            return self
        return replace(self, a=self.b, b=self.a, a_id=self.b_id, b_id=self.a_id)


def why(ws: Workspace, raw_identifier: str) -> list[Link]:
    """The rows that make all identifiers of this person one, nearest to ``raw_identifier`` first.

    A spanning tree of the person's links: with it any two identifiers are joined by a chain. Empty for a person of one
    identifier. Raises BadInput where the identifier is unknown.
    """
    start = identifier_of(ws, raw_identifier)
    return why_of(ws, start)


def why_alone(ws: Workspace, raw_identifier: str) -> Message:
    """Why an identifier without any link is joined with nobody. Raises BadInput where it is unknown."""
    identifier = identifier_of(ws, raw_identifier)
    of = {"of": identifier}
    ((is_blocked, trust),) = ws.rows("select blocked, trust from identifier where identifier_id = $of", of)
    if is_blocked:
        return Message(N_("this value is a placeholder that many strangers give: it links nobody"), {})
    with ws.reading() as cursor:
        for decision in same_in_force(cursor, BLOCK, identifier):
            return Message(N_("decision {decision} blocks this identifier: it links nobody"), {"decision": decision})
    shared = ws.rows("select neighbours from shared_identifier where identifier_id = $of", of)
    if shared:
        one = N_("this identifier stands beside {count} other and links nobody: it is several persons'")
        many = N_("this identifier stands beside {count} others and links nobody: it is several persons'")
        return counted(one, many, int(shared[0][0]))
    if trust == "weak" and ws.settings.identity_level == "strict":
        return Message(N_("at the strict level devices, cookies and the contacts of orders link nobody"), {})
    return Message(N_("this identifier is linked with no other"), {})


def why_of(ws: Seen, identifier_id: int) -> list[Link]:
    """The same for an identifier given by its id, as lists and pages have it."""
    with ws.reading() as cursor:
        return list(_tree(_links_of(ws, cursor, identifier_id), identifier_id).values())


def chain(ws: Workspace, raw_identifier: str, raw_other: str) -> list[Link]:
    """The shortest chain of rows from one identifier to another. Raises BadInput where one of them is unknown, or they
    are not one person."""
    return chain_of(ws, identifier_of(ws, raw_identifier), identifier_of(ws, raw_other))


def chain_of(ws: Seen, identifier_id: int, other_id: int) -> list[Link]:
    """The same for identifiers given by their ids."""
    with ws.reading() as cursor:
        links = _links_of(ws, cursor, identifier_id)
    steps = path(links, identifier_id, other_id)
    if steps is None:
        raise BadInput(N_("these two identifiers are not one person"))
    return steps


def path(links: Iterable[Link], start: int, end: int) -> list[Link] | None:
    """The shortest chain over these links; None where none leads there."""
    reached = _tree(links, start)
    if start != end and end not in reached:
        return None
    steps: list[Link] = []
    while end != start:
        steps.append(reached[end])
        end = reached[end].a_id
    return steps[::-1]


def links_among(
    cursor: Cursor, members: Sequence[int], overrides: Overrides, *, with_probable: bool = False
) -> list[Link]:
    """The links among these identifiers that count under ``overrides``, each pair once, in the order of imports;
    ``with_probable``: those by likeness, too (at the loose level)."""
    by_likeness = "union all select a, b, file_name, null, null, weight from probable_link" if with_probable else ""
    rows = cursor.execute(
        f"""
        with {LINKS},
        member as (select unnest($members) as identifier_id),
        found as (
            select a, b, file_name as file, row_number, batch_id, null as weight
            from counting join batch using (batch_id)
            {by_likeness}),
        pair as (
            select a, b, coalesce(arg_min(file, (batch_id, row_number)), any_value(file)) as file,
                arg_min(row_number, (batch_id, row_number)) as row_number, min(batch_id) as batch_id,
                case when min(batch_id) is null then max(weight) end as weight,
                greatest(count(distinct batch_id), 1) as imports
            from found semi join member m on m.identifier_id = a where b in (select identifier_id from member)
            group by a, b)
        select i.type || ' ' || i.hint, j.type || ' ' || j.hint, a, b, file, row_number, batch_id, weight, imports
        from pair join identifier i on i.identifier_id = a join identifier j on j.identifier_id = b
        order by batch_id nulls last, row_number, a, b
        """,  # noqa: S608  (named steps of our own)
        {"members": list(members), **overrides.params},
    ).fetchall()
    names = ("a", "b", "a_id", "b_id", "file", "row_number", "batch_id", "weight", "imports")
    return [Link(**dict(zip(names, row, strict=True))) for row in rows]


def _links_of(ws: Seen, cursor: Cursor, identifier_id: int) -> list[Link]:
    """The links that count within the person of an identifier."""
    members = cursor.execute(
        """
        select identifier_id from person
        where person_id in (select person_id from person where identifier_id = $start)
        """,
        {"start": identifier_id},
    ).fetchall()
    return links_among(
        cursor,
        [row[0] for row in members],
        overrides_in_force(cursor),
        with_probable=ws.settings.identity_level == "loose",
    )


def _tree(links: Iterable[Link], start: int) -> dict[int, Link]:
    """Identifier -> the step that reaches it first, going outwards from ``start``; nearest first."""
    neighbours: dict[int, list[tuple[int, Link]]] = {}
    for link in links:
        neighbours.setdefault(link.a_id, []).append((link.b_id, link))
        neighbours.setdefault(link.b_id, []).append((link.a_id, link))
    reached: dict[int, Link] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there, link in neighbours.get(here, []):
            if there != start and there not in reached:
                reached[there] = link.seen_from(here)
                queue.append(there)
    return reached

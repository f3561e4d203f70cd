"""Persons whose identifiers contradict each other: rows join them, and yet they may be two people.

A device that would join people who contradict each other joins nobody (partition.py). Where strong identifiers do it,
such as two member numbers on one phone, the rows are believed: somebody may have registered twice. Such a person is
*contested*: it holds two values of a type of which people have one, and is listed for somebody to look at and to part.

    customer_id   two of one source (what delivers the file); shops of different systems each have their own numbers
    member_id     two of the house, or of one account where accounts have numbers of their own
    unionid       two
    phone, email  never: people have several, and change them

Whose values somebody said to be one person's (a decision, ``one``) is listed no more, until that is taken back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from omnidash.identity.at_level import Seen
from omnidash.identity.decisions import ones_in_force

ONE_EACH = ("customer_id", "member_id", "unionid")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestedPerson:
    """``type``: of which identifiers there are too many; ``values``: their ids and hints, ascending by id;
    ``identifier_id``, ``hint``: the first of them and its type and mask; ``identifiers``: of the person in all."""

    identifier_id: int
    hint: str
    type: str
    values: tuple[tuple[int, str], ...]
    identifiers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestedPersons:
    """``count``: how many there are, per person and type; ``listed``: those with most values of a type first."""

    count: int
    listed: tuple[ContestedPerson, ...]


_CONTESTED = """
    with few as (
        select p.person_id, i.type, i.identifier_id, i.hint
        from identifier i join person p using (identifier_id)
        where list_contains($one_each, i.type) {only}),
    repeated as (select person_id, type from few group by all having count(*) > 1),
    spaced as (  -- a mask begins with whose number it is
        select few.*, max(length(s.space)) filter (few.type = 'member_id') as space
        from few join repeated using (person_id, type)
        left join customer_space s on s.space <> '' and starts_with(few.hint, s.space || ' ')
        group by few.person_id, few.type, few.identifier_id, few.hint),
    several as (
        select person_id, type from spaced group by person_id, type, space, left(hint, coalesce(space, 0))
        having count(*) > 1),
    doubted as (select few.* from few join several using (person_id, type)),
    source as (  -- of which systems a customer's number is
        select d.identifier_id, b.source
        from doubted d join link l on l.a = d.identifier_id join batch b using (batch_id) where d.type = 'customer_id'
        union
        select d.identifier_id, b.source
        from doubted d join link l on l.b = d.identifier_id join batch b using (batch_id) where d.type = 'customer_id'),
    clash as (
        select person_id, type from several where type <> 'customer_id'
        union
        select d.person_id, d.type from doubted d join source using (identifier_id)
        group by d.person_id, d.type, source.source having count(distinct d.identifier_id) > 1),
    size as (
        select person_id, count(*) as identifiers from person
        where person_id in (select person_id from clash) group by person_id)
    select d.type, list({{'id': d.identifier_id, 'hint': d.hint}} order by d.identifier_id) as found,
        any_value(identifiers) as identifiers
    from clash join doubted d using (person_id, type) join size using (person_id)
    group by d.person_id, d.type
    order by len(found) desc, identifiers desc, d.person_id, d.type
"""


def contested_persons(ws: Seen, *, most: int = 500) -> ContestedPersons:
    """All of a workspace, at the level of ``ws``; at most so many are listed."""
    found = _doubted(ws, ws.frame(_CONTESTED.format(only=""), {"one_each": list(ONE_EACH)}))
    return ContestedPersons(count=len(found), listed=tuple(found[:most]))


def contested_of(ws: Seen, identifier_id: int) -> tuple[ContestedPerson, ...]:
    """What contradicts itself in the person of one identifier: one entry per type."""
    own = "and p.person_id in (select person_id from person where identifier_id = $of)"
    return tuple(_doubted(ws, ws.frame(_CONTESTED.format(only=own), {"one_each": list(ONE_EACH), "of": identifier_id})))


def _doubted(ws: Seen, found: pl.DataFrame) -> list[ContestedPerson]:
    """Without those all of whose values somebody has said to be one person's."""
    with ws.reading() as cursor:
        ones = ones_in_force(cursor)
    return [person for person in map(_person, found.to_dicts()) if not _are_one(person, ones)]


def _are_one(person: ContestedPerson, ones: Sequence[tuple[int, int]]) -> bool:
    left = {identifier for identifier, _ in person.values}
    reached = {person.identifier_id}
    pairs = [pair for pair in ones if left.issuperset(pair)]
    while more := {end for pair in pairs if reached.intersection(pair) for end in pair} - reached:
        reached |= more
    return reached == left


def _person(row: Mapping[str, Any]) -> ContestedPerson:
    values = tuple((int(value["id"]), str(value["hint"])) for value in row["found"])
    return ContestedPerson(
        identifier_id=values[0][0],
        hint=f"{row['type']} {values[0][1]}",
        type=row["type"],
        values=values,
        identifiers=row["identifiers"],
    )

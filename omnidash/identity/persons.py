"""What OneID has found, for people: how many persons, which identifiers are shared, and how well channels are matched.

Every count is of the persons at the level of what is given: a workspace has its own, ``at_level`` looks at another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from omnidash.identity.at_level import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Persons:
    """Counts, and the listed exceptions, each with ``identifier_id``, ``type``, ``hint`` and ``count``. Of
    ``identifiers`` blocked values are none: they name nobody.

    ``hubs``: identifiers with more strong neighbours (``count``) than the limit, which join nobody. ``contested``: weak
    ones that would join persons who contradict each other, at the normal level. ``blocked``: values such as *unknown*,
    and how many events name them, in whatever column. ``blocked_by_decision``: what people blocked, with its strong
    neighbours (``count``) and the decision's number.
    """

    identifiers: int
    persons: int
    hubs: tuple[Mapping[str, Any], ...]
    contested: tuple[Mapping[str, Any], ...]
    blocked: tuple[Mapping[str, Any], ...]
    blocked_by_decision: tuple[Mapping[str, Any], ...]


_SHARED = """
    select s.identifier_id, i.type, i.hint, s.neighbours as count
    from shared_identifier s join identifier i using (identifier_id)
    where s.why = $why order by count desc, s.identifier_id
"""
_BLOCKED = """
    with value as (select identifier_id, type, hint from identifier where blocked),
    named as (
        select event_id, identifier_id from event semi join value using (identifier_id)
        union select event_id, identifier_id from blocked_beside semi join event using (event_id))
    select i.identifier_id, i.type, i.hint, count(e.event_id) as count
    from value i left join named e on e.identifier_id = i.identifier_id
    group by i.identifier_id, i.type, i.hint order by count desc, i.identifier_id
"""
_BLOCKED_BY_DECISION = """
    with block as (
        select a as identifier_id, max(decision_id) as decision_id from identity_decision
        where kind = 'block' and a is not null
            and decision_id not in (select restores from identity_decision where restores is not null)
        group by a),
    beside as (
        select a as identifier_id, b as other from link semi join block on a = block.identifier_id
        union select b, a from link semi join block on b = block.identifier_id),
    strong as (
        select b.identifier_id, count(*) as neighbours
        from beside b join identifier i on i.identifier_id = b.other
        where i.trust = 'strong' and not i.blocked group by b.identifier_id)
    select b.identifier_id, i.type, i.hint, coalesce(s.neighbours, 0) as count, b.decision_id
    from block b join identifier i using (identifier_id) left join strong s using (identifier_id)
    order by count desc, b.identifier_id
"""
# events: rows of the channel; matched: of a person. Elsewhere: the person is seen on another channel, too.
_MATCH_RATES = """
    with seen as (
        select coalesce(e.channel, '(unknown)') as channel, e.identifier_id, p.person_id
        from event e left join person p on p.identifier_id = e.identifier_id),
    reached as (select distinct channel, person_id from seen where person_id is not null),
    spread as (select person_id, count(*) as channels from reached group by person_id),
    persons as (
        select r.channel, count(*) as persons, count(*) filter (s.channels > 1) as persons_elsewhere
        from reached r join spread s using (person_id) group by r.channel)
    select s.channel, count(*) as events, count(s.identifier_id) as identified, count(s.person_id) as matched,
        cast(count(s.person_id) as double) / count(*) as match_rate, coalesce(any_value(p.persons), 0) as persons,
        coalesce(any_value(p.persons_elsewhere), 0) as persons_elsewhere,
        case when any_value(p.persons) > 0
             then cast(any_value(p.persons_elsewhere) as double) / any_value(p.persons) end as elsewhere_rate
    from seen s left join persons p on p.channel = s.channel
    group by s.channel order by events desc, s.channel
"""
_DISTRIBUTION = """
    with sized as (select count(*) as identifiers from person group by person_id)
    select identifiers, count(*) as persons from sized group by identifiers order by identifiers
"""
_TYPES = """
    select i.type, any_value(i.trust) as trust, count(*) as identifiers, count(p.person_id) as with_person,
        count(*) filter (i.blocked) as blocked
    from identifier i left join person p using (identifier_id)
    group by i.type order by identifiers desc, i.type
"""


def persons(ws: Seen) -> Persons:
    """Summary of the workspace's identities."""
    counts = ws.rows(
        """
        select (select count(*) from identifier where not blocked), (select count(distinct person_id) from person)
        """
    )[0]
    return Persons(
        identifiers=counts[0],
        persons=counts[1],
        hubs=_listed(ws, _SHARED, why="hub"),
        contested=_listed(ws, _SHARED, why="contested"),
        blocked=_listed(ws, _BLOCKED),
        blocked_by_decision=_listed(ws, _BLOCKED_BY_DECISION),
    )


def match_rates(ws: Seen) -> pl.DataFrame:
    """Per channel, most events first: [channel String, events, identified, matched Int64, match_rate Float64, persons,
    persons_elsewhere Int64, elsewhere_rate Float64].

    ``identified``: events with any identifier; ``matched``: events that belong to a person; ``match_rate`` = matched /
    events. ``persons_elsewhere``: of the channel's persons those also seen on another channel; ``elsewhere_rate`` is
    null where the channel has no person.
    """
    return ws.frame(_MATCH_RATES)


def identifiers_per_person(ws: Seen) -> pl.DataFrame:
    """[identifiers, persons Int64]: how many persons have how many identifiers, ascending."""
    return ws.frame(_DISTRIBUTION)


def identifier_types(ws: Seen) -> pl.DataFrame:
    """[type, trust String, identifiers, with_person, blocked Int64] per type, most identifiers first."""
    return ws.frame(_TYPES)


def _listed(ws: Seen, query: str, **params: Any) -> tuple[Mapping[str, Any], ...]:
    return tuple(ws.frame(query, params).to_dicts())

"""What a person who is forgotten shared with others: a device that two persons contest, a hub.

With the person's links its history goes, and what is left would make it the other one's alone, with all of its traffic.
So it is blocked, as a decision that can be taken back. Once all who shared it are forgotten, it is forgotten with the
last of them. At the loose level what two persons contest is of one person anyway, who is forgotten with it.

Both functions read temp table ``member(identifier_id, person_id, hash, type)``: what is to be forgotten.
"""

from omnidash.identity.decisions import BLOCK, overrides_in_force, record
from omnidash.identity.graph import Cursor
from omnidash.identity.partition import Rules
from omnidash.identity.resolve import shared_under
from omnidash.model.messages import N_

SHARED_WITH_FORGOTTEN = N_("shared with somebody who was forgotten")
"""Reason of a decision of our own, as it is stored; shown in the reader's language."""

_NEIGHBOUR = """
    neighbour as (
        select b as identifier_id, a as of from link semi join member on a = member.identifier_id
        union select a, b from link semi join member on b = member.identifier_id)
"""


def add_left_alone(cursor: Cursor) -> None:
    """Add to ``member`` the weak identifiers that belong to nobody because they were shared, and that nobody else than
    those to be forgotten ever shared; as one of theirs."""
    cursor.execute(
        f"""
        insert into member (identifier_id, person_id, hash, type)
        with {_NEIGHBOUR},
        shared as (
            select identifier_id from shared_identifier
            union select a from identity_decision where kind = 'block' and reason = $reason and a is not null),
        candidate as (
            select distinct identifier_id from neighbour semi join shared using (identifier_id)
            anti join member using (identifier_id)),
        pair as (
            select a as identifier_id, b as other from link semi join candidate on a = candidate.identifier_id
            union select b, a from link semi join candidate on b = candidate.identifier_id),
        alone as (
            select p.identifier_id, min(coalesce(m.person_id, -m.identifier_id)) as person_id
            from pair p left join member m on m.identifier_id = p.other
            group by p.identifier_id having bool_and(m.identifier_id is not null))
        select identifier_id, person_id, hash, type
        from identifier join alone using (identifier_id) where trust = 'weak' and not blocked
        """,  # noqa: S608  (a step of ours)
        {"reason": SHARED_WITH_FORGOTTEN},
    )


def keep_shared(cursor: Cursor, rules: Rules, by: str) -> list[int]:
    """Block the rest of what they shared, at the normal level also where the workspace's is strict; returns what is
    blocked now and was not before."""
    cursor.execute("create or replace temp table shared as select identifier_id from shared_identifier")
    if rules.level == "strict":  # where devices belong to nobody: as it would be at the normal level
        normal = Rules(level="normal", hub_limit=rules.hub_limit)
        cursor.register("omnidash_shared", shared_under(cursor, normal, overrides_in_force(cursor)))
        cursor.execute("insert into shared select identifier_id from omnidash_shared")
        cursor.unregister("omnidash_shared")
    shared = cursor.execute(
        f"""
        with {_NEIGHBOUR}
        select distinct identifier_id from neighbour semi join shared using (identifier_id)
        anti join member using (identifier_id) order by identifier_id
        """  # noqa: S608  (a step of ours)
    ).fetchall()
    before = overrides_in_force(cursor).blocks
    blocked = [identifier for (identifier,) in shared if identifier not in before]
    for identifier in blocked:
        record(cursor, BLOCK, a=identifier, by=by or None, reason=SHARED_WITH_FORGOTTEN)
    return blocked

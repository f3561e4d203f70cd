"""What forgetting remembers of rows that are also somebody else's, so that imports take no more away than it did.

A row belongs to its main identifier, and forgetting makes those rows anonymous whose main one is the person's. Others
may name the person beside somebody else: a customer's row with the number of the call centre, two people whom a cut has
parted. What imports must know of that is kept in hashes:

    forgotten.is_shared   the identifier was not one person's own: a hub, blocked by a decision, or parted by cuts from
                          others. A row that names it beside its main identifier is not the person's for that
    forgotten_beside      pairs of one of the person's and one of somebody else that stood on one row

So a row that names an *own* strong identifier is the person's, whatever else it names, unless that stood beside it
before (ingest/keep_out.py). Example: C1 is forgotten, who once gave the number of the call centre. Of a later row with
C1 and an unknown M9 nothing is known to be somebody else's: both go. On a row of the call centre's number that names
C1, C1 goes.
"""

from omnidash.identity.decisions import overrides_in_force
from omnidash.identity.graph import Cursor
from omnidash.identity.hashing import hash_hex
from omnidash.identity.partition import HUB


def note_beside(cursor: Cursor, key_pads: dict[str, bytes]) -> None:
    """Fill ``forgotten_beside``, and temp table ``member_shared(identifier_id)`` with those of ``member`` that are
    shared. Call it while their links still stand."""
    cursor.execute(
        """
        create or replace temp table beside as
        with pair as (
            select a, b from link union select a, b from link_restated),
        side as (
            select a as identifier_id, b as other from pair union select b, a from pair)
        select s.identifier_id, s.other, m.hash, i.hash as other_hash, i.trust = 'strong' as is_strong
        from side s join member m using (identifier_id) join identifier i on i.identifier_id = s.other
        where s.other not in (select identifier_id from member) and not i.blocked
        """
    )
    cursor.execute(
        f"""
        create or replace temp table member_shared as
        with joins_nobody as (
            select identifier_id from shared_identifier where why = '{HUB}' union select unnest($blocks))
        select identifier_id from member where identifier_id in (select identifier_id from joins_nobody)
        union
        select identifier_id from beside
        where is_strong and other not in (select identifier_id from joins_nobody)
        """,  # noqa: S608  (a word of ours)
        {"blocks": sorted(overrides_in_force(cursor).blocks)},
    )
    cursor.execute(
        f"""
        insert into forgotten_beside
        select distinct unhex({beside_hex("hash", "other_hash")}) as token from beside
        where token not in (select hash from forgotten_beside)
        """,  # noqa: S608  (an expression of ours)
        key_pads,
    )


def beside_hex(own: str, other: str) -> str:
    """SQL: what a pair of hashes (SQL expressions) is known by, 64 hex digits. Binds the key's pads."""
    return hash_hex("beside", f"hex({own}) || hex({other})")

"""From an identifier as people write it to the ids the workspace knows it by. It is hashed at once, never written."""

from collections.abc import Sequence

import polars as pl

from omnidash.identity.hashing import hash_hex, identifier_id, pads
from omnidash.identity.normalise import TYPES, normalised, prepared, trimmed
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace


def readings(ws: Workspace, raw_identifiers: Sequence[str]) -> pl.DataFrame:
    """All that the texts can be as identifiers: a phone number is one in any spelling; any text may be a member's
    number. [position UInt32 (in ``raw_identifiers``), type String, identifier_id Int64, hash Binary, is_known,
    is_blocked Boolean], by position, then strong types first. Blank texts have no row."""
    given = pl.DataFrame({"position": range(len(raw_identifiers)), "raw": list(raw_identifiers)}).cast(
        {"position": pl.UInt32, "raw": pl.String}
    )
    by_type = " union all ".join(
        f"""
        select position, {place} as place, '{t}' as type, {identifier_id(t, "value")} as identifier_id,
            unhex({hash_hex(t, "value")}) as hash
        from (select position, {normalised(t, "ready", ws.settings.country)} as value
              from (select position, {prepared(t, "bare")} as ready from bare)) where value is not null
        """  # noqa: S608  (our type names and expressions)
        for place, t in enumerate(TYPES)
    )
    with ws.reading() as cursor:
        cursor.register("given", given)
        try:
            return cursor.sql(
                f"""
                with bare as (
                    select position, bare from (select position, {trimmed("raw")} as bare from given) where bare <> ''),
                hashed as ({by_type})
                select h.position, h.type, h.identifier_id, h.hash, i.identifier_id is not null as is_known,
                    coalesce(i.blocked, false) as is_blocked
                from hashed h left join identifier i on i.identifier_id = h.identifier_id and i.type = h.type
                order by h.position, h.place
                """,  # noqa: S608  (our type names and expressions)
                params=pads(ws.key),
            ).pl()
        finally:
            cursor.unregister("given")


def identifier_ids(ws: Workspace, raw_identifier: str) -> list[int]:
    """Ids of known identifiers that ``raw_identifier`` can be, over all types; strong types first."""
    return readings(ws, [raw_identifier]).filter("is_known")["identifier_id"].to_list()


def identifier_of(ws: Workspace, raw_identifier: str) -> int:
    """The first of them. Raises BadInput where the identifier occurs in no imported file."""
    found = identifier_ids(ws, raw_identifier)
    if not found:
        raise BadInput(N_("this identifier occurs in no imported file"))
    return found[0]


def is_of_a_person(ws: Workspace, identifier_id: int) -> bool | None:
    """Whether a known identifier belongs to a person; None where it is known no more. Shared weak ones and blocked
    values belong to nobody."""
    found = ws.rows(
        """
        select identifier_id in (select identifier_id from person where identifier_id = $of)
        from identifier where identifier_id = $of
        """,
        {"of": identifier_id},
    )
    return bool(found[0][0]) if found else None

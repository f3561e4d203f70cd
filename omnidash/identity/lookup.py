"""From an identifier as people write it to the ids the workspace knows it by. It is hashed at once, never written."""

from dataclasses import dataclass

from omnidash.identity.hashing import hash_hex, identifier_id, pads
from omnidash.identity.normalise import TYPES, normalised, prepared, trimmed
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text is as an identifier of one type. ``is_known``: it occurs in an imported file."""

    type: str
    identifier_id: int
    hash: bytes
    is_known: bool


def readings(ws: Workspace, raw_identifier: str) -> list[Reading]:
    """All that ``raw_identifier`` can be, strong types first. A phone number is one in any spelling; any text may be a
    member's number."""
    parts: list[str] = []
    for identifier_type in TYPES:
        value = normalised(identifier_type, "ready", ws.settings.country)
        parts.append(
            f"""
            select {len(parts)} as place, '{identifier_type}' as type, {value} as value
            from (select {prepared(identifier_type, "bare")} as ready
                  from (select {trimmed("cast($raw as varchar)")} as bare))
            """  # noqa: S608  (our type names and expressions)
        )
    by_type = " ".join(
        f"when '{t}' then {{'id': {identifier_id(t, 'value')}, 'hex': {hash_hex(t, 'value')}}}" for t in TYPES
    )
    rows = ws.rows(
        f"""
        with value as ({" union all ".join(parts)}),
        hashed as (select place, type, case type {by_type} end as made from value where value is not null)
        select h.type, made.id, unhex(made.hex), i.identifier_id is not null
        from hashed h left join identifier i on i.identifier_id = made.id and i.type = h.type
        order by place
        """,  # noqa: S608  (our type names and expressions)
        {"raw": raw_identifier, **pads(ws.key)},
    )
    return [Reading(type=t, identifier_id=i, hash=bytes(h), is_known=known) for t, i, h, known in rows]


def identifier_ids(ws: Workspace, raw_identifier: str) -> list[int]:
    """Ids of known identifiers that ``raw_identifier`` can be, over all types; strong types first."""
    return [reading.identifier_id for reading in readings(ws, raw_identifier) if reading.is_known]


def identifier_of(ws: Workspace, raw_identifier: str) -> int:
    """The first of them. Raises BadInput where the identifier occurs in no imported file."""
    found = identifier_ids(ws, raw_identifier)
    if not found:
        raise BadInput(N_("this identifier occurs in no imported file"))
    return found[0]

"""From an identifier as people write it to the ids the workspace knows it by. It is hashed at once, never written."""

import re
from collections.abc import Sequence

import polars as pl

from omnidash.identity.domains import ENCODED, readable, with_readable
from omnidash.identity.hashing import hash_hex, identifier_id, in_space, pads
from omnidash.identity.normalise import TYPES, normalised, prepared, trimmed
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace

OF_SPACES = ("customer_id", "member_id", "openid")  # what two systems may give alike
OWN_SPACE = "own"  # what people call the house's own customer numbers (ingest/customer_spaces.py)


def readings(ws: Workspace, raw_identifiers: Sequence[str]) -> pl.DataFrame:
    """All that the texts can be as identifiers: a phone number is one in any spelling; any text may be a member's
    number. [position UInt32 (in ``raw_identifiers``), type String, identifier_id Int64, hash Binary, is_known,
    is_blocked Boolean], by position, then strong types first. Blank texts have no row."""
    given = pl.DataFrame({"position": range(len(raw_identifiers)), "raw": list(raw_identifiers)}).cast(
        {"position": pl.UInt32, "raw": pl.String}
    )
    domains = readable({found for text in raw_identifiers for found in re.findall(ENCODED, text)})
    country = ws.settings.country
    steps: dict[tuple[str, str, str], str] = {}  # types that are read alike share one: half of the statement
    by_type = " union all ".join(_hashed(place, t, steps.setdefault(_reading(t, country), f"value{place}"))
                                 for place, t in enumerate(TYPES))  # fmt: skip
    values = ", ".join(f"{name} as ({_values(*reading)})" for reading, name in steps.items())
    spaces = [space for (space,) in ws.rows("select distinct space from customer_space where space <> '' order by all")]
    with ws.reading() as cursor:
        cursor.register("given", given)
        try:
            return cursor.sql(
                f"""
                with bare as (
                    select position, bare
                    from (select position, {with_readable(trimmed("raw"), "$encoded", "$read")} as bare from given)
                    where bare <> ''),
                space as (select '' as space, $own as name union all select unnest($spaces), unnest($spaces)),
                of_space as (  -- a number as it is, or behind the name of the system that gave it: CRM:1001
                    select position, space, unnest(list_distinct([bare, case
                        when starts_with(lower(bare), lower(name) || ':') then trim(bare[len(name) + 2:])
                        else bare end])) as bare
                    from bare, space),
                {values},
                hashed as ({by_type})
                select h.position, h.type, h.identifier_id, h.hash, i.identifier_id is not null as is_known,
                    coalesce(i.blocked, false) as is_blocked
                from hashed h left join identifier i on i.identifier_id = h.identifier_id and i.type = h.type
                order by h.position, h.place
                """,  # noqa: S608  (our type names and expressions)
                params={**pads(ws.key), "spaces": spaces, "own": OWN_SPACE, **_lists(domains)},
            ).pl()
        finally:
            cursor.unregister("given")


def _lists(domains: dict[str, str]) -> dict[str, list[str]]:
    return {"encoded": list(domains) or [""], "read": list(domains.values()) or [""]}


def _reading(identifier_type: str, country: str) -> tuple[str, str, str]:
    """The step with the texts that may be identifiers of a type; SQL of a text made ready, and of its one spelling."""
    texts = "of_space" if identifier_type in OF_SPACES else "bare"
    return texts, prepared(identifier_type, "bare"), normalised(identifier_type, "ready", country)


def _values(texts: str, ready: str, value: str) -> str:
    """SQL: the texts of a step as they are hashed."""
    space = ", space" if texts == "of_space" else ""
    whole = f"(case when space = '' then value else {in_space('value', 'space')} end)" if space else "value"
    return f"""
        select position, {whole} as value
        from (select position{space}, {value} as value from (select position{space}, {ready} as ready from {texts}))
        where value is not null
    """  # noqa: S608  (our expressions)


def _hashed(place: int, identifier_type: str, values: str) -> str:
    """SQL: the values of a step as identifiers of a type."""
    return f"""
        select position, {place} as place, '{identifier_type}' as type,
            {identifier_id(identifier_type, "value")} as identifier_id,
            unhex({hash_hex(identifier_type, "value")}) as hash
        from {values}
    """  # noqa: S608  (our type names and expressions)


def identifier_ids(ws: Workspace, raw_identifier: str) -> list[int]:
    """Ids of known identifiers that ``raw_identifier`` can be, over all types; strong types first."""
    return readings(ws, [raw_identifier]).filter("is_known")["identifier_id"].to_list()


def identifier_of(ws: Workspace, raw_identifier: str) -> int:
    """The first of them. Raises BadInput where the identifier occurs in no imported file, and where it is first of all
    a number that several systems or shops gave."""
    found = readings(ws, [raw_identifier]).filter("is_known")
    if found.is_empty():
        raise BadInput(N_("this identifier occurs in no imported file; see what was imported (omnidash batches)"))
    first = found["type"].to_list()[:2]
    if len(first) == 2 and first[0] == first[1]:  # only of those there are several
        raise of_several_systems(ws)
    return int(found["identifier_id"][0])


def of_several_systems(ws: Workspace) -> BadInput:
    """What is said of a number that several systems gave: how to write whose it is, by their names."""
    known = ws.rows("select distinct space from customer_space order by space = '', space")
    names = [f"{space or OWN_SPACE}:…" for (space,) in known]
    return BadInput(
        N_("several systems or shops gave this number; write in front of it whose it is: {names}"),
        names=", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else ""),
    )


_NAMED = 8

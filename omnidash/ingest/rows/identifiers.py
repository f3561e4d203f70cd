"""The identifiers of a file, each hashed in full once: staging table ``identifier``.

Rows carry the id of an identifier; what else is known of it (the whole hash, the mask, whether it is blocked) is made
of the values that ``parsed`` still holds, and the values are then forgotten.
"""

from omnidash.identity.hashing import hash_hex
from omnidash.identity.normalise import is_blocked, masked
from omnidash.ingest.rows.plan import Identified
from omnidash.store.workspace import Staging


def collect_identifiers(staging: Staging, identified: list[Identified], key_pads: dict[str, bytes]) -> None:
    """Table ``identifier``: every identifier of a row that was taken.

    A blocked value is shown as it is: it is a word that many strangers share, and its owner wants to see which.
    """
    staging.cursor.execute(
        "create or replace table identifier"
        " (identifier_id bigint, type varchar, hash blob, hint varchar, blocked boolean)"
    )
    for i in identified:
        known = any(i.type == before.type for before in identified[: i.position])
        unknown = "where identifier_id not in (select identifier_id from identifier)" if known else ""
        staging.cursor.execute(
            f"""
            insert into identifier
            with seen as (
                select id{i.position} as identifier_id, any_value(value{i.position}) as value from parsed
                where value{i.position} is not null group by id{i.position}),
            hashed as (
                select identifier_id, {hash_hex(i.type, "value")} as hex, {masked(i.type, "value")} as mask,
                    {is_blocked("value")} as blocked, value
                from seen {unknown})
            select identifier_id, '{i.type}', unhex(hex), case when blocked then value else mask end, blocked
            from hashed
            """,  # noqa: S608  (our type names, column numbers)
            key_pads,
        )
        staging.cursor.execute(f"alter table parsed drop column value{i.position}")

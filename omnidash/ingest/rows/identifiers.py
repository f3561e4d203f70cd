"""The identifiers of a file, each hashed in full once: staging table ``identifier``.

Rows carry the id of an identifier; what else is known of it (the whole hash, the mask, whether it is blocked) is made
of the values that ``parsed`` still holds, and the values are then forgotten.
"""

from omnidash.identity.hashing import hash_hex
from omnidash.identity.normalise import is_blocked, masked
from omnidash.ingest.rows.plan import TOTAL, Identified
from omnidash.store.workspace import Staging, Workspace


def collect_identifiers(staging: Staging, identified: list[Identified], key_pads: dict[str, bytes]) -> None:
    """Table ``identifier``: every identifier of a row that can be read, also of one that is set aside.

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


def recall_identifiers(ws: Workspace, staging: Staging, identified: list[Identified]) -> None:
    """What the workspace knows of identifiers that returning rows name by their id; a row that names an unknown one is
    a fault (``token``) of that column."""
    for i in identified:
        named = staging.cursor.execute(
            f"select distinct id{i.position} from parsed where id{i.position} is not null"  # noqa: S608  (a number)
            f" and id{i.position} not in (select identifier_id from identifier)"
        ).fetchall()
        known = ws.frame(
            """
            with known as (
                select identifier_id, type, hash, hint, blocked from identifier
                union
                select identifier_id, type, hash, hint, blocked from reject_identifier)
            select * from known where type = $type and list_contains($named, identifier_id)
            """,
            {"type": i.type, "named": [row[0] for row in named]},
        )
        staging.cursor.register("known_identifier", known)
        staging.cursor.execute("insert into identifier select * from known_identifier")
        staging.cursor.unregister("known_identifier")
        staging.cursor.execute(
            f"""
            update parsed set problem = 'token', culprit = '{i.type}', culprit_text = null
            where problem is null and id{i.position} is not null
                and id{i.position} not in (select identifier_id from identifier)
            """  # noqa: S608  (our type names, a number)
        )


def separate_identifiers_set_aside(staging: Staging, identified: list[Identified]) -> None:
    """Table ``reject_identifier``: identifiers of rows set aside; those of no other row leave ``identifier``, for
    nobody is a person by a row that was not taken."""
    of_rejects = " union ".join(
        f"select id{i.position} as identifier_id from parsed where problem not in ('{TOTAL}', 'cells')"  # noqa: S608
        for i in identified
    )
    of_taken = " union ".join(
        f"select id{i.position} as identifier_id from parsed where problem is null"  # noqa: S608
        for i in identified
    )
    staging.cursor.execute("create table reject_identifier as select * from identifier limit 0")
    if identified:
        aside = f"identifier semi join ({of_rejects}) using (identifier_id)"
        staging.cursor.execute(f"insert into reject_identifier select * from {aside}")  # noqa: S608
        staging.cursor.execute(
            f"delete from identifier where identifier_id in (select identifier_id from reject_identifier)"  # noqa: S608
            f" and identifier_id not in (select identifier_id from ({of_taken}) where identifier_id is not null)"
        )

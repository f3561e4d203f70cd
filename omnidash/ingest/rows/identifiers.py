"""The identifiers of a file, each distinct value hashed once: staging tables ``hashed0`` … and ``identifier``.

Rows carry the id of an identifier; what else is known of it (the whole hash, the mask, whether it is blocked) is made
of the values, which stand in no table that is kept.
"""

from omnidash.identity.hashing import hash_hex, identifier_id
from omnidash.identity.normalise import is_blocked, masked
from omnidash.ingest.rows.plan import TOTAL, Identified
from omnidash.ingest.work import Work
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Staging, Workspace


def hash_identifiers(staging: Staging, identified: list[Identified], key_pads: dict[str, bytes], work: Work) -> None:
    """Tables ``hashed0`` …: the distinct values of each identifier column of ``parsed`` with their ids; and
    ``identifier``: all of them without the values. Also of rows that are set aside.

    A blocked value is shown as it is: it is a word that many strangers share, and its owner wants to see which.
    """
    staging.cursor.execute(
        "create or replace table identifier"
        " (identifier_id bigint, type varchar, hash blob, hint varchar, blocked boolean)"
    )
    for i in identified:
        value, hashed = f"value{i.position}", f"hashed{i.position}"
        work.run(
            staging.cursor,
            f"""
            create or replace table {hashed} as
            with seen as (select distinct {value} as value from parsed where {value} is not null),
            judged as (select value, {is_blocked("value")} as blocked from seen)
            select value, blocked, {identifier_id(i.type, "value")} as identifier_id,
                {hash_hex(i.type, "value")} as hex,
                case when blocked then value else {masked(i.type, "value")} end as hint
            from judged
            """,  # noqa: S608  (our type names, column numbers)
            key_pads,
            start=0.4 + 0.15 * i.position / len(identified),
            end=0.4 + 0.15 * (i.position + 1) / len(identified),
            message=Message(N_("recognising persons")),
        )
        known = any(i.type == before.type for before in identified[: i.position])
        unknown = "where identifier_id not in (select identifier_id from identifier)" if known else ""
        staging.cursor.execute(
            f"insert into identifier select identifier_id, '{i.type}', unhex(hex), hint, blocked"  # noqa: S608
            f" from {hashed} {unknown}"
        )


def recall_identifiers(ws: Workspace, staging: Staging, identified: list[Identified]) -> None:
    """What the workspace knows of identifiers that returning rows name by their id; a row that names an unknown one is
    a fault (``token``) of that column."""
    for i in identified:
        named = staging.cursor.execute(
            f"select distinct token{i.position} from parsed where token{i.position} is not null"  # noqa: S608  (a number)
            f" and token{i.position} not in (select identifier_id from identifier)"
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
            where problem is null and token{i.position} is not null
                and token{i.position} not in (select identifier_id from identifier)
            """  # noqa: S608  (our type names, a number)
        )


def separate_identifiers_set_aside(staging: Staging, identified: list[Identified]) -> None:
    """Table ``reject_identifier``: identifiers of rows set aside; those of no other row leave ``identifier``, for
    nobody is a person by a row that was not taken."""
    staging.cursor.execute("create table reject_identifier as select * from identifier limit 0")
    aside = f"problem not in ('{TOTAL}', 'cells')"
    if not identified or not staging.cursor.execute(f"select 1 from parsed where {aside} limit 1").fetchall():  # noqa: S608
        return
    of_rejects, of_taken = (
        " union ".join(f"select id{i.position} as identifier_id from with_ids where {rows}" for i in identified)  # noqa: S608
        for rows in (aside, "problem is null")
    )
    staging.cursor.execute(
        f"insert into reject_identifier select * from identifier semi join ({of_rejects}) using (identifier_id)"  # noqa: S608
    )
    staging.cursor.execute(
        f"delete from identifier where identifier_id in (select identifier_id from reject_identifier)"  # noqa: S608
        f" and identifier_id not in (select identifier_id from ({of_taken}) where identifier_id is not null)"
    )

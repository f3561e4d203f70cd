"""The identifiers of a file, each spelling looked at once: staging tables ``hashed0`` … and ``identifier``.

A spelling is trimmed, normalised and hashed; rows meet the id of theirs by a join. Spellings stand in no table that is
kept: beside the id only the whole hash, the mask, and whether the value is blocked.
"""

from collections.abc import Mapping as AnyMapping
from typing import Any

from omnidash.identity.domains import ENCODED, readable, with_readable
from omnidash.identity.hashing import hash_hex, identifier_id, in_space
from omnidash.identity.normalise import is_blocked, masked, normalised, prepared, quick, shown
from omnidash.identity.personal import unpersonal_sql
from omnidash.ingest.customer_spaces import Spaces
from omnidash.ingest.rows.plan import OF_ACCOUNT, TOTAL, Identified, Plan
from omnidash.ingest.rows.returned import token_id, unguarded_sql
from omnidash.ingest.work import Work
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Staging, Workspace


def hash_identifiers(staging: Staging, plan: Plan, key_pads: dict[str, bytes], work: Work, spaces: Spaces) -> None:
    """Tables ``hashed0`` …: the distinct spellings of each identifier column of ``parsed`` with their ids (null: this
    identifies nobody); and ``identifier``: each identifier once. Also of rows that are set aside. ``id_text``: the id
    as the rows' keys have it, written once for all rows of a spelling.

    ``spaces``: whose they are (``ingest.customer_spaces``); where the account of each row says so, a spelling is looked
    at once per account, and table ``row_space`` lists whose there are. A blocked value is shown as
    ``nobody.shown`` says.
    """
    staging.cursor.execute(
        "create or replace table identifier"
        " (identifier_id bigint, type varchar, hash blob, hint varchar, blocked boolean)"
    )
    staging.cursor.execute("create or replace table row_space (space varchar)")
    for i in plan.identified:
        _hash_column(staging, plan, i, key_pads, work, spaces, domains={})
        if i.type == "email" and (domains := _encoded_domains(staging, i)):
            _hash_column(staging, plan, i, key_pads, work, spaces, domains=domains)
        _collect(staging, i)
        if i.type in spaces.by_row:
            of_file = spaces.of.get(i.type, "")
            staging.cursor.execute(
                f"insert into row_space select distinct {_space_of_row(of_file)} from hashed{i.position}",  # noqa: S608
                {"space": of_file} if of_file else {},
            )


def _hash_column(
    staging: Staging,
    plan: Plan,
    i: Identified,
    key_pads: dict[str, bytes],
    work: Work,
    spaces: Spaces,
    *,
    domains: AnyMapping[str, str],
) -> None:
    """Table ``hashed<position>`` of one column. ``domains``: those in Punycode and what they read."""
    value = f"value{i.position}"
    bare = unguarded_sql("trimmed(value)") if plan.returned else "trimmed(value)"
    bare = with_readable(bare, "$encoded", "$read") if domains else bare
    of_file, by_row = spaces.of.get(i.type, ""), i.type in spaces.by_row
    of_space, account = of_file != "", ""
    whole, space = (in_space("told", "$space"), "$space") if of_space else ("told", "")
    if by_row:
        account, space = ", of_account", _space_of_row(of_file)
        whole = f"(case when {space} = '' then told else {in_space('told', space)} end)"
    params: dict[str, Any] = {"space": of_file} if of_space else {}
    params |= {"encoded": list(domains), "read": list(domains.values())} if domains else {}
    token = token_id("bare") if plan.returned else "cast(null as bigint)"
    work.run(
        staging.cursor,
        f"""
        create or replace table hashed{i.position} as
        with seen as (
            select distinct {value} as value{f", {OF_ACCOUNT} as of_account" if by_row else ""}
            from parsed where {value} is not null),
        bared as (select value{account}, {bare} as bare from seen),
        looked as (select *, {token} as token, {quick(i.type, "bare", plan.country)} as quick from bared),
        given as (select *, case when quick is null then {prepared(i.type, "bare")} end as given from looked),
        told as (
            select value{account}, token, case when token is null
                then coalesce(quick, {normalised(i.type, "given", plan.country)}) end as told from given),
        judged as (select *, {is_blocked("told")} as blocked from told)
        select value{account}, coalesce(token, {identifier_id(i.type, whole)}) as identifier_id,
            {plan.id_text(i, "identifier_id")} as id_text, unhex({hash_hex(i.type, whole)}) as hash, blocked,
            case when blocked then {shown("told")} when told is not null
                then {f"ltrim({space} || ' ') || " if space else ""}{masked(i.type, "told")} end as hint
        from judged
        """,  # noqa: S608  (our type names, column numbers)
        {**key_pads, **params},
        start=0.4 + 0.15 * i.position / len(plan.identified),
        end=0.4 + 0.15 * (i.position + 1) / len(plan.identified),
        message=Message(N_("recognising persons")),
    )


def _space_of_row(of_file: str) -> str:
    """SQL: within what the identifier of a row says who somebody is: the file's space, the row's account, or both."""
    return f"concat_ws(' / ', {'$space, ' if of_file else ''}{_named_account('of_account')})"


def _named_account(account: str) -> str:
    """SQL: the account of a row as it may be kept; null where it names none."""
    return f"nullif(trim({unpersonal_sql(account)}), '')"


def _encoded_domains(staging: Staging, i: Identified) -> dict[str, str]:
    """The domains in Punycode of a column and what they read. Asked of its spellings, for those are few."""
    found = staging.cursor.execute(
        f"select distinct regexp_extract(value, $domain) from hashed{i.position}"  # noqa: S608  (a number)
        " where contains(value, 'xn--') or contains(value, 'XN--')",
        {"domain": ENCODED},
    ).fetchall()
    return readable(domain for (domain,) in found if domain)


def _collect(staging: Staging, i: Identified) -> None:
    """The identifiers of a column, once each: several spellings may be one, and another column may have it, too."""
    known = staging.cursor.execute("select 1 from identifier where type = $type limit 1", {"type": i.type}).fetchall()
    many = staging.cursor.execute(
        f"select 1 from hashed{i.position} group by identifier_id having count(identifier_id) > 1 limit 1"  # noqa: S608
    ).fetchall()
    unknown = "and identifier_id not in (select identifier_id from identifier)" if known else ""
    first = "qualify row_number() over (partition by identifier_id order by value) = 1" if many else ""
    staging.cursor.execute(
        f"insert into identifier select identifier_id, '{i.type}', hash, hint, blocked"  # noqa: S608  (our words)
        f" from hashed{i.position} where hash is not null {unknown} {first}"
    )


def recall_identifiers(ws: Workspace, staging: Staging, identified: list[Identified]) -> None:
    """What the workspace knows of identifiers that returning rows name by their id; a row that names an unknown one is
    a fault (``token``) of that column."""
    for i in identified:
        hashed = f"hashed{i.position}"
        named = staging.cursor.execute(
            f"select distinct identifier_id from {hashed} where hash is null and identifier_id is not null"  # noqa: S608
            " and identifier_id not in (select identifier_id from identifier)"
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
            where problem is null and value{i.position} in (
                select value from {hashed}
                where identifier_id is not null and identifier_id not in (select identifier_id from identifier))
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

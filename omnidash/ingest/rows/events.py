"""Rows of events: one thing one identifier did.

The id of an event is the hash of what its row says, plus an ordinal where one file says the same twice (two identical
rows are two events; the same file again adds nothing, in any order of import). A source with its own event ids is
keyed by those, and a changed row then replaces the old one; of two rows with one id in a file, the last counts.
"""

import polars as pl

from omnidash.identity.normalise import STRONG_TYPES
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.lean_event import DEFAULT_ACTION, LeanEvent, action, code_labels
from omnidash.ingest.rows.parse import Identified, hash_64
from omnidash.ingest.rows.rates import file_currency, require_rates, stage_rates
from omnidash.ingest.rows.traffic import CameFrom, reads_traffic
from omnidash.ingest.work import Work
from omnidash.model.defaults import GOAL_ACTION, REFUND_ACTION
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Staging, Workspace

SUMS = ("revenue",)
SCORE = "score"  # of an answer to a survey
EXPERIMENT, VARIANT = "experiment", "variant"  # seen by the person of the row
_IDS_AT_ONCE = 8_000_000  # 64 MB
_FEW_BLOCKED = 16


def stage_events(
    ws: Workspace, staging: Staging, mapping: Mapping, identified: list[Identified], name: str, work: Work
) -> None:
    """Staging view ``event`` over table ``event_row``, ``repeated`` and, for sources with own ids, ``slot``. What a
    refund gives back is below zero, however the file writes it. Raises BadInput on a missing currency rate."""
    stage_rates(ws, staging)
    has_own_ids = "event_id" in mapping.columns.values()
    main, joins = main_identifier(staging, identified)
    ids = "".join(f", id{i.position}" for i in identified)
    converted, rates = "case when t.currency = $own then revenue end", ""
    if _has_rows(staging, "rate"):
        worth = "cast(cast(revenue as decimal(28, 4)) * rate.rate as decimal(18, 4))"
        converted = f"case when t.currency = $own then revenue else {worth} end"
        rates = "left join rate on rate.currency = t.currency and rate.day = t.day"
    came_from = CameFrom(reads=reads_traffic(mapping) and _has_rows(staging, "visit"))
    own_id = ", event_id is not null as has_own_id" if has_own_ids else ""
    besides = "".join(f"{name}, " for name in _said_besides(mapping))
    conversion_is_touch = "true" if mapping.conversion_is_touch else "false"
    code_labels(staging)
    properties = came_from.properties(_own_properties(mapping))
    lean = LeanEvent.of(
        staging,
        mapping,
        came_from=came_from,
        identifier_id=main if joins else None,
        values={"currency": "t.currency", "revenue_base": converted, "properties": properties},
    )
    statement = f"""
        create table event_row as
        with taken as (
            select s.key as event_id {own_id.replace(", ", ", s.")}, s.n as row_number, time as ts, day,
                {main} as identifier_id, {came_from.taken}, s.action as raw_action,
                case when s.conversion_flag then {action(GOAL_ACTION)}
                     when a.action is not null then a.action
                     when s.revenue > 0 then {action(GOAL_ACTION)} else {action(DEFAULT_ACTION)} end as action,
                coalesce(a.is_touch, true) as action_is_touch, {besides}content_id, page, store_id, order_id,
                cast(revenue as decimal(18, 4)) as revenue,
                case when revenue is not null then coalesce(s.currency, $of_file) end as currency {ids}
            from with_ids s
            {came_from.joins}
            left join action_map a on a.label = s.action
            {joins}
            where problem is null),
        reached as (
            select * replace (
                    case when action = {action(REFUND_ACTION)} then -abs(revenue) else revenue end as revenue),
                case when action = {action(GOAL_ACTION)} then {conversion_is_touch}
                     else action_is_touch end as is_contact,
                {came_from.channel} as channel
            from taken),
        touching as (
            select *, {came_from.is_touch} and (action <> {action(GOAL_ACTION)} or channel is not null) as is_touch
            from reached)
        select event_id, row_number, ts, t.day, {lean.columns}, is_touch {ids} {", has_own_id" if has_own_ids else ""}
        from touching t
        {rates}
    """  # noqa: S608  (column numbers, our words and expressions)
    params = {"own": ws.settings.currency, "of_file": file_currency(ws, mapping)}
    work.run(
        staging.cursor,
        statement,
        {place: value for place, value in params.items() if f"${place}" in statement},
        start=0.58,
        end=0.68,
        message=Message(N_("checking rows")),
    )
    _number_repeats(staging, has_own_ids=has_own_ids)
    staging.cursor.execute(lean.view(main, ids))
    require_rates(staging, name, ws.settings.currency, "event")
    if has_own_ids:
        staging.cursor.execute(
            "create table slot as select event_id as subject, event_id, 1 as lines, true as is_spoken from event"
        )


def _own_properties(mapping: Mapping) -> str:
    """SQL: what stays of a row beside its columns, as JSON: the action in the file's own words where ours are others,
    the score of a survey's answer, and which variant of which experiment was seen. Null where there is nothing."""
    found = "case when raw_action <> action then json_object('action', raw_action) end"
    told = _said_besides(mapping)
    for is_told, condition, more in (
        (SCORE in told, f"{SCORE} is null", f"'{SCORE}', cast({SCORE} as double)"),
        (
            EXPERIMENT in told and VARIANT in told,
            f"{EXPERIMENT} is null or {VARIANT} is null",
            f"'{EXPERIMENT}', {EXPERIMENT}, '{VARIANT}', {VARIANT}",
        ),
    ):
        if is_told:
            patched = f"json_merge_patch(coalesce({found}, '{{}}'), json_object({more}))"
            found = f"case when {condition} then {found} else {patched} end"
    return found


def _said_besides(mapping: Mapping) -> list[str]:
    """Fields of the file that have no column of their own in the event table."""
    return [name for name in (SCORE, EXPERIMENT, VARIANT) if name in mapping.columns.values()]


def main_identifier(staging: Staging, identified: list[Identified]) -> tuple[str, str]:
    """SQL of a row's main identifier and the joins it needs: the first strong one, else the first weak one, else a
    blocked one (which belongs to nobody, but is counted)."""
    identified = [i for i in identified if i.contact is None]
    if not identified:
        return "cast(null as bigint)", ""
    by_trust = sorted(identified, key=lambda i: (i.type not in STRONG_TYPES, i.position))
    ids = [f"id{i.position}" for i in by_trust]
    blocked = [
        number
        for (number,) in staging.cursor.execute(
            f"select distinct identifier_id from identifier where blocked order by all limit {_FEW_BLOCKED + 1}"  # noqa: S608
        ).fetchall()
    ]
    if not blocked:
        return f"coalesce({', '.join(ids)})", ""
    if len(blocked) <= _FEW_BLOCKED:  # a look at a short list costs less than a join
        honest = [f"case when not list_contains({blocked}, {place}) then {place} end" for place in ids]
        return f"coalesce({', '.join(honest + ids)})", ""
    joins = " ".join(
        f"left join (select distinct identifier_id from identifier where blocked) b{i.position}"  # noqa: S608  (numbers)
        f" on b{i.position}.identifier_id = id{i.position}"
        for i in identified
    )
    honest = [f"case when b{i.position}.identifier_id is null then id{i.position} end" for i in by_trust]
    return f"coalesce({', '.join(honest + ids)})", joins


def _number_repeats(staging: Staging, *, has_own_ids: bool) -> None:
    """Rows that say the same get ids of their own by their ordinal; of rows with one id of the source's the last stays.
    Table ``repeated(place, nth)``: that ordinal, or 0 for a row that does not stay."""
    many = _ids_of_many(staging)
    nth = "row_number() over (partition by event_id order by row_number)"
    if has_own_ids:
        is_last = "row_number() over (partition by event_id order by row_number desc) = 1"
        nth = f"case when not has_own_id then {nth} when {is_last} then 1 else 0 end"
    repeat_id = hash_64("cast(event_id as varchar) || '#' || cast(nth as varchar)")
    staging.cursor.register("many", many.to_frame("event_id").to_arrow())
    staging.cursor.execute(
        f"""
        create table repeated as
        select rowid as place, {nth} as nth from event_row where event_id in (select event_id from many)
        """  # noqa: S608  (our column names)
    )
    staging.cursor.unregister("many")
    if len(many):
        staging.cursor.execute("delete from event_row where rowid in (select place from repeated where nth = 0)")
        staging.cursor.execute(
            f"update event_row set event_id = {repeat_id} from repeated where place = event_row.rowid and nth > 1"  # noqa: S608
        )
    if has_own_ids:
        staging.cursor.execute("alter table event_row drop column has_own_id")


def _ids_of_many(staging: Staging) -> pl.Series:
    """The event ids that more than one row has. Sorting the bare numbers, a bounded slice of them at a time, takes a
    tenth of the time of grouping them in SQL, and nearly always there are none."""
    rows = int(staging.cursor.execute("select count(*) from event_row").fetchall()[0][0])
    slices = rows // _IDS_AT_ONCE + 1
    found = []
    for part in range(slices):
        taken = staging.cursor.execute(
            "select event_id from event_row where event_id % $slices = $part", {"slices": slices, "part": part}
        ).fetchnumpy()["event_id"]
        ids = pl.Series(taken, dtype=pl.UInt64).sort()
        found.append(ids.filter(ids == ids.shift(1)).unique())
    return pl.concat(found)


def _has_rows(staging: Staging, table: str) -> bool:
    return bool(staging.cursor.execute(f"select 1 from {table} limit 1").fetchall())  # noqa: S608  (our table names)

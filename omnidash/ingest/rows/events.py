"""Rows of events: one thing one identifier did.

The id of an event is the hash of what its row says, plus an ordinal where one file says the same twice (two identical
rows are two events; the same file again adds nothing, in any order of import). A source with its own event ids is
keyed by those, and a changed row then replaces the old one; of two rows with one id in a file, the last counts.
"""

from omnidash.identity.normalise import STRONG_TYPES
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.cells import zone_params
from omnidash.ingest.rows.parse import Identified, hash_64
from omnidash.ingest.rows.rates import file_currency, require_rates, stage_rates
from omnidash.ingest.rows.traffic import CameFrom, reads_traffic
from omnidash.model.defaults import GOAL_ACTION
from omnidash.store.workspace import Staging, Workspace

SUMS = ("revenue",)
DEFAULT_ACTION = "visit"


def stage_events(ws: Workspace, staging: Staging, mapping: Mapping, identified: list[Identified], name: str) -> None:
    """Staging tables ``event`` and, for sources with own ids, ``slot``. Raises BadInput on a missing currency rate."""
    stage_rates(ws, staging)
    has_own_ids = "event_id" in mapping.columns.values()
    _number_repeats(staging, has_own_ids=has_own_ids)
    main, joins = main_identifier(identified)
    ids = "".join(f", id{i.position}" for i in identified)
    came_from = CameFrom(reads=reads_traffic(mapping))
    own_id = hash_64("$namespace || chr(31) || s.event_id")
    repeat_id = hash_64("cast(s.key as varchar) || '#' || cast(nth as varchar)")
    event_id = own_id if has_own_ids else f"case when nth > 1 then {repeat_id} else s.key end"
    params = {
        "namespace": "event" + mapping.constants.get("channel", ""),
        "file_currency": file_currency(ws, mapping),
        "own": ws.settings.currency,
        "conversion_is_touch": mapping.conversion_is_touch,
        "goal": GOAL_ACTION,
        "default_action": DEFAULT_ACTION,
        **zone_params("day_zone", ws.settings.timezone),
    }
    statement = f"""
        create table event as
        with taken as (
            select {event_id} as event_id, s.n as row_number, time as ts,
                cast(wall_of_utc(time, $day_zone, $day_zone_fixed_from, $day_zone_fixed_offset) as date) as day,
                {main} as identifier_id, {came_from.taken}, s.action as raw_action,
                case when s.conversion_flag then $goal
                     when a.action is not null then a.action
                     when s.revenue > 0 then $goal else $default_action end as action,
                coalesce(a.is_touch, true) as action_is_touch, content_id, page, store_id, order_id,
                cast(revenue as decimal(18, 4)) as revenue,
                case when revenue is not null then coalesce(s.currency, $file_currency) end as currency {ids}
            from numbered s
            left join repeated on repeated.n = s.n
            {came_from.joins}
            left join action_map a on a.label = s.action
            {joins}
            where problem is null and coalesce(nth, 1) > 0),
        reached as (
            select *, case when action = $goal then $conversion_is_touch else action_is_touch end as is_contact,
                {came_from.channel} as channel
            from taken),
        touching as (
            select *, {came_from.is_touch} and (action <> $goal or channel is not null) as is_touch from reached)
        select event_id, row_number, ts, t.day, identifier_id, channel, raw_channel, campaign, action, is_touch,
            content_id, page, store_id, order_id, revenue, t.currency,
            case when t.currency = $own then revenue
                 else cast(revenue * rate.rate as decimal(18, 4)) end as revenue_base,
            {came_from.properties("case when raw_action <> action then json_object('action', raw_action) end")}
                as properties {ids}
        from touching t left join rate on rate.currency = t.currency and rate.day = t.day
        """  # noqa: S608  (column numbers, our expressions)
    staging.cursor.execute(statement, {k: v for k, v in params.items() if f"${k}" in statement})
    require_rates(staging, name, ws.settings.currency, "event")
    if has_own_ids:
        staging.cursor.execute("create table slot as select event_id as subject, event_id, 1 as lines from event")


def main_identifier(identified: list[Identified]) -> tuple[str, str]:
    """SQL of a row's main identifier and the joins it needs: the first strong one, else the first weak one, else a
    blocked one (which belongs to nobody, but is counted)."""
    if not identified:
        return "cast(null as bigint)", ""
    joins = " ".join(
        f"left join (select identifier_id from identifier where blocked) b{i.position}"  # noqa: S608  (numbers)
        f" on b{i.position}.identifier_id = id{i.position}"
        for i in identified
    )
    by_trust = sorted(identified, key=lambda i: (i.type not in STRONG_TYPES, i.position))
    honest = [f"case when b{i.position}.identifier_id is null then id{i.position} end" for i in by_trust]
    return f"coalesce({', '.join(honest + [f'id{i.position}' for i in by_trust])})", joins


def _number_repeats(staging: Staging, *, has_own_ids: bool) -> None:
    """Table ``repeated(n, nth)`` of rows that occur more than once: ordinal of a row's content, or 0 for a row whose
    own id comes again further down. Only the repeated rows are sorted, which are few."""
    key, nth = ("event_id", "0") if has_own_ids else ("key", "row_number() over (partition by key order by n)")
    last = "qualify row_number() over (partition by event_id order by n desc) > 1" if has_own_ids else ""
    staging.cursor.execute(
        f"""
        create table repeated as
        with many as (select {key} from numbered where problem is null group by {key} having count(*) > 1)
        select n, {nth} as nth from numbered join many using ({key}) where problem is null {last}
        """  # noqa: S608  (our column names)
    )

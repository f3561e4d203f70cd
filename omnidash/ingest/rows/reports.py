"""Rows of reports: a platform's own figures of an item over some days.

Keyed by (section, day, last day, channel, item); several rows of one file with the same key are kept apart by their
ordinal in the order of their figures. They are claims: never added to events, orders or spend.
"""

from omnidash.ingest.meaning.fields import REPORTS
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.rows.parse import hash_64
from omnidash.ingest.rows.rates import file_currency
from omnidash.model.messages import Message
from omnidash.store.workspace import Staging, Workspace

STANDARD = tuple(f.name for f in REPORTS if f.value in ("amount", "count") and f.name != "day_number")
SUMS = STANDARD
_KEY = (
    "section || chr(31) || cast(o.day as varchar) || chr(31) || cast(last_day as varchar) || chr(31)"
    " || coalesce(base, '') || chr(31) || coalesce(item, '') || chr(31) || cast(nth as varchar)"
)


def stage_reports(ws: Workspace, staging: Staging, mapping: Mapping) -> list[Message]:
    """Staging table ``report`` from ``numbered`` and ``channel_map``."""
    names = ", ".join(f"'{name}'" for name in STANDARD)
    values = ", ".join(STANDARD)
    staging.cursor.execute(
        f"""
        create table report as
        with taken as (
            select n as row_number,
                case when day_number is null then date else date + cast(day_number as integer) end as day,
                case when day_number is null then coalesce(end_date, date)
                     else date + cast(day_number as integer) end as last_day,
                m.channel, s.channel as raw_channel, m.base, coalesce(section, $section) as section, item,
                coalesce(s.currency, $file_currency) as currency,
                map_concat(
                    map_from_entries(list_filter(list_zip([{names}], [{values}]), lambda e: e[2] is not null)),
                    coalesce(figures, map([]::varchar[], []::decimal(24, 6)[]))) as figures
            from numbered s left join channel_map m on m.label = s.channel
            where problem is null),
        ordered as (
            select *, row_number() over (
                partition by section, day, last_day, base, item
                order by cast(figures as varchar), row_number) as nth
            from taken)
        select {hash_64(_KEY)} as report_id, row_number, day, last_day, channel, raw_channel, section, item, currency,
            figures
        from ordered o order by row_number
        """,  # noqa: S608  (our field names)
        {"file_currency": file_currency(ws, mapping), "section": mapping.profile},
    )
    return []

"""Rows of reports: a platform's own figures of an item over some days.

Keyed by (section, day, last day, channel, account, item); several rows of one file with the same key are kept apart by
their ordinal in the order of their figures. A report of the same section, channel, account and days that comes again
with fewer items says that the others are no more. Reports are claims: never added to events, orders or spend; their
money stays in the currency of the export.

The days of a row: its own date, or from first to last day, or (``day_number``, GA4's 'Nth day') so many days after the
first day of the report. The section is what the profile calls the table, else the names of its columns.
"""

from omnidash.ingest.meaning.fields import REPORTS
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.meaning.profiles import header_section, profiles
from omnidash.ingest.rows.parse import hash_64
from omnidash.ingest.rows.rates import file_currency
from omnidash.store.workspace import Staging, Workspace

STANDARD = tuple(f.name for f in REPORTS if f.value in ("amount", "count") and f.name != "day_number")
SUMS = STANDARD
_KEY = (
    "section || chr(31) || cast(o.day as varchar) || chr(31) || cast(last_day as varchar) || chr(31)"
    " || coalesce(base, '') || chr(31) || coalesce(item, '') || chr(31) || cast(nth as varchar)"
    " || coalesce(chr(31) || account, '')"
)


def stage_reports(ws: Workspace, staging: Staging, mapping: Mapping) -> None:
    """Staging table ``report`` from ``numbered`` and ``channel_map``."""
    below = "select coalesce(max(refund) <= 0, false) from parsed where problem is null"
    staging.cursor.execute(f"update parsed set refund = -refund where ({below})")  # noqa: S608  # returns as -20
    names = ", ".join(f"'{name}'" for name in STANDARD)
    values = ", ".join(f"cast({name} as decimal(24, 6))" for name in STANDARD)
    staging.cursor.execute(
        f"""
        create table report as
        with taken as (
            select n as row_number, date + cast(coalesce(day_number, 0) as integer) as day,
                case when day_number is null then coalesce(end_date, date)
                     else date + cast(day_number as integer) end as last_day,
                m.channel, s.channel as raw_channel, m.base, coalesce(section, $section) as section, item,
                coalesce(account, $account) as account,
                coalesce(s.currency, $file_currency) as currency,
                list_sort(list_concat(
                    list_transform(list_filter(list_zip([{names}], [{values}]), lambda e: e[2] is not null),
                        lambda e: {{'key': e[1], 'value': e[2]}}),
                    coalesce(map_entries(figures), []))) as entries  -- whatever the order of the columns
            from numbered s left join channel_map m on m.label = s.channel
            where problem is null),
        ordered as (
            select *, row_number() over (
                partition by section, day, last_day, base, account, item
                order by cast(entries as varchar), row_number) as nth
            from taken)
        select {hash_64(_KEY)} as report_id, row_number, day, last_day, channel, raw_channel, section, item, currency,
            map_from_entries(entries) as figures, account
        from ordered o order by row_number
        """,  # noqa: S608  (our field names)
        {
            "file_currency": file_currency(ws, mapping),
            "section": _section(mapping),
            "account": mapping.account or None,
        },
    )


def _section(mapping: Mapping) -> str:
    """Of tables whose rows and profile do not name one."""
    if mapping.profile in {known.name for known in profiles()}:
        return mapping.profile
    return header_section([*mapping.columns, *mapping.figures])

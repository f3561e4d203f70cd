"""Rows of reports: a platform's own figures of an item over some days.

Keyed by (section, day, last day, channel, account, item); several rows of one file with the same key are kept apart by
their ordinal in the order of their figures. A report of the same section, channel, account and days that comes again
with fewer items says that the others are no more. What an earlier import kept without an account is met by the account
that a column states for it first, and stays under its key (``_meet_known``). Reports are claims: never added to events,
orders or spend; their money stays in the currency of the export.

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

# Of the rows nobody meets by their key: those of the same account first, then those of none, alike ones in the order of
# their figures.
_MET = """
    with free as (
        select report_id, section, day, last_day, channel, item, account,
            cast(map_entries(figures) as varchar) as said
        from report
        where (section, day, last_day) in (select (section, day, last_day) from report_of_file)
            and report_id not in (select report_id from report_of_file)),
    new as (select * from report_of_file where report_id not in (select report_id from report)),
    free_of_account as (
        select *, row_number() over (
            partition by section, day, last_day, channel, item, account order by said, report_id) as nth
        from free where account is not null),
    new_of_account as (
        select *, row_number() over (
            partition by section, day, last_day, channel, item, account order by said, row_number) as nth
        from new),
    of_account as (
        select n.report_id, f.report_id as known_id
        from new_of_account n join free_of_account f using (section, day, last_day, account, nth)
        where n.channel is not distinct from f.channel and n.item is not distinct from f.item),
    free_of_none as (
        select *, row_number() over (partition by section, day, last_day, channel, item order by said, report_id) as nth
        from free where account is null),
    new_of_none as (
        select *, row_number() over (
            partition by section, day, last_day, channel, item order by said, row_number) as nth
        from new where report_id not in (select report_id from of_account))
    select * from of_account
    union all
    select n.report_id, f.report_id as known_id
    from new_of_none n join free_of_none f using (section, day, last_day, nth)
    where n.channel is not distinct from f.channel and n.item is not distinct from f.item
"""


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
    if "account" in mapping.columns.values():
        _meet_known(ws, staging)


def _meet_known(ws: Workspace, staging: Staging) -> None:
    """Give rows of an account the keys under which the workspace has them from a time when nothing read the column.

    An account given for the whole file says that it is another one's; its rows meet none without an account.
    """
    columns = "report_id, row_number, section, day, last_day, channel, item, account"
    rows = staging.cursor.sql(
        f"select {columns}, cast(map_entries(figures) as varchar) as said from report where account is not null"  # noqa: S608
    ).to_arrow_table()
    with ws.reading() as reading:
        reading.register("report_of_file", rows)
        try:
            met = reading.sql(_MET).to_arrow_table()
        finally:
            reading.unregister("report_of_file")
    staging.cursor.register("met_report", met)
    staging.cursor.execute(
        "update report set report_id = known_id from met_report m where m.report_id = report.report_id"
    )
    staging.cursor.unregister("met_report")


def _section(mapping: Mapping) -> str:
    """Of tables whose rows and profile do not name one."""
    if mapping.profile in {known.name for known in profiles()}:
        return mapping.profile
    return header_section([*mapping.columns, *mapping.figures])

"""Day columns that name more than a day: ``2026-06-01 ~ 2026-06-07``, a month, or the first day of a week.

    range   two days in one cell              2026-06-01 至 2026-06-07, 6/1/2026 - 6/7/2026
    month   a month, or its first day         2026-06, 2026年6月, 202606, Jun 2026, 2026-06-01
    week    the first day of a week           2026-06-01

Such a row covers the days from the first to the last; the two functions give them as text, as SQL. A cell of a range
column that holds one day is that day.
"""

from omnidash.ingest.meaning.columns import RANGE

_YEAR_AND_MONTH = r"^(\d{4})[-/.年]?\s?(\d{1,2})"


def first_day(span: str, text: str) -> str:
    """SQL: the first day that a cell names, as text."""
    if span == "range":
        return f"regexp_replace({text}, '^{RANGE}$', '\\1')"
    if span == "month":
        return f"coalesce(cast({_month(text)} as varchar), {text})"
    return text


def last_day(span: str, text: str) -> str:
    """SQL: the last day that a cell names, as text; null where it names none beside the first."""
    if span == "range":
        return f"case when regexp_full_match({text}, '{RANGE}') then regexp_replace({text}, '^{RANGE}$', '\\2') end"
    if span == "month":
        return f"cast(last_day({_month(text)}) as varchar)"
    return f"cast(try_cast(regexp_replace({text}, '[/.]', '-', 'g') as date) + 6 as varchar)"


def _month(text: str) -> str:
    year, month = (f"try_cast(regexp_extract({text}, '{_YEAR_AND_MONTH}', {i}) as integer)" for i in (1, 2))
    named = f"cast(try_strptime('1 ' || replace({text}, '.', ''), ['%d %b %Y', '%d %B %Y']) as date)"
    return f"case when {month} between 1 and 12 then make_date({year}, {month}, 1) else {named} end"

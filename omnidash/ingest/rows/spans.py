"""Day columns that name more than a day: ``2026-06-01 ~ 2026-06-07``, a week, a month or a quarter.

    range     two days in one cell            2026-06-01 至 2026-06-07, 6/1/2026 - 6/7/2026, Jun 8 - 14, 2026
              or two hours                    2026-06-01 08:00 - 2026-06-01 08:59
    week      a week, or its first day        2026-W27 (ISO 8601: from Monday), 2026年第27周, 2026-06-29
    month     a month, or its first day       2026-06, 2026年6月, 202606, Jun 2026, 2026-06-01
    quarter   a quarter of a year             2026Q1, Q1 2026, 2026年第一季度

Such a row covers the days from the first to the last; the two functions give them as text, as SQL. A cell of a range
column that holds one day is that day.
"""

from omnidash.ingest.meaning.columns import LAST_HOUR, QUARTER, RANGE, SHORT_RANGE, WEEK

_YEAR_AND_MONTH = r"^(\d{4})[-/.年]?\s?(\d{1,2})"


def first_day(span: str, text: str) -> str:
    """SQL: the first day that a cell names, as text."""
    if span == "range":
        short = f"regexp_replace({text}, '^{SHORT_RANGE}$', '\\1 \\2, \\5')"
        return (
            f"case when regexp_full_match({text}, '{SHORT_RANGE}') then {short}"
            f" when regexp_full_match({text}, '{LAST_HOUR}') then regexp_replace({text}, '^{LAST_HOUR}$', '\\1')"
            f" else regexp_replace({text}, '^{RANGE}$', '\\1') end"
        )
    if span == "month":
        return f"coalesce(cast({_month(text)} as varchar), {text})"
    if span == "quarter":
        return f"coalesce(cast({_quarter(text)} as varchar), {text})"
    return f"coalesce(cast({_monday(text)} as varchar), {text})"


def last_day(span: str, text: str) -> str:
    """SQL: the last day that a cell names, as text; null where it names none beside the first."""
    if span == "range":
        first, last = (f"regexp_extract({text}, '{SHORT_RANGE}', {place})" for place in (1, 3))
        month = f"coalesce(nullif({last}, ''), {first})"
        short = f"{month} || regexp_replace({text}, '^{SHORT_RANGE}$', ' \\4, \\5')"
        return (
            f"case when regexp_full_match({text}, '{RANGE}') then regexp_replace({text}, '^{RANGE}$', '\\2')"
            f" when regexp_full_match({text}, '{LAST_HOUR}') then regexp_replace({text}, '^{LAST_HOUR}$', '\\1')"
            f" when regexp_full_match({text}, '{SHORT_RANGE}') then {short} end"
        )
    if span == "month":
        return f"cast(last_day({_month(text)}) as varchar)"
    if span == "quarter":
        return f"cast(cast({_quarter(text)} + interval 3 months as date) - 1 as varchar)"
    first = f"coalesce({_monday(text)}, try_cast(regexp_replace({text}, '[/.]', '-', 'g') as date))"
    return f"cast({first} + 6 as varchar)"


def _month(text: str) -> str:
    year, month = (f"try_cast(regexp_extract({text}, '{_YEAR_AND_MONTH}', {i}) as integer)" for i in (1, 2))
    named = f"cast(try_strptime('1 ' || replace({text}, '.', ''), ['%d %b %Y', '%d %B %Y']) as date)"
    return f"case when {month} between 1 and 12 then make_date({year}, {month}, 1) else {named} end"


def _monday(text: str) -> str:
    year, week = (f"regexp_extract({text}, '^{WEEK}$', {i})" for i in (1, 2))
    return f"cast(try_strptime({year} || '-W' || lpad({week}, 2, '0') || '-1', '%G-W%V-%u') as date)"


def _quarter(text: str) -> str:
    year = f"try_cast(regexp_extract({text}, '(\\d{{4}})', 1) as integer)"
    digits, place = f"translate({text}, '一二三四', '1234')", r"(?:[Qq第年 ]|\d{4})([1-4])(?:$|季|[-/ ]|\d{4}$)"
    number = f"try_cast(regexp_extract({digits}, '{place}', 1) as integer)"
    return f"case when regexp_full_match({text}, '{QUARTER}') then make_date({year}, 3 * {number} - 2, 1) end"

"""What people write in cells, as SQL: numbers, amounts, days, times, blanks.

``install`` defines temporary macros on a DuckDB cursor, so that the statements of the import read like sentences:

    cell(text)                     trimmed, ="…" taken off, '' and '--' are null
    amount(text, decimal_comma)    decimal(24, 6) or null:   1,234.50   ¥1,234   (12.30)   1.2万   US$3.38   2.81%
    instant(text, zone, order)     naive UTC timestamp or null; a text without offset is local time of ``zone``
    local_time(text, order)        naive timestamp or null, as it stands on the wall
    is_true(text)                  1, yes, true, 是

Null means: not readable. Whether the cell was blank is asked of ``cell`` first. A number is never made out of half a
text, and a grouping comma that groups nothing (``3,5`` where points are decimal) is refused, not read as 35.
``order`` is 'dmy' or 'mdy' and only decides dates such as 03/04/2026; outside 1990-2100 a date is taken as unreadable.
"""

from typing import Protocol


class Cursor(Protocol):
    """The part of a DuckDB cursor that is needed here."""

    def execute(self, query: str, parameters: object = None) -> object:
        """Run one statement."""


_CURRENCY = r"(?:[A-Za-z]{0,3}[$€£¥￥₹₽₩₺৳฿₫₴₪]|[A-Z]{3}|Rs\.?|kr\.?|元)"
_NUMBER = (
    r"^[(]?\s*[-+]?\s*" + _CURRENCY + r"?\s*[-+]?\s*"
    r"(?:\d[\d.,''’ \x{a0}\x{202f}]*|[.,]\d+)\s*(?:万|亿|%)?\s*" + _CURRENCY + r"?\s*[)]?$"
)
_BLANKS = "('', '-', '--', '---', '—', '–', 'n/a', '#n/a', 'null', 'none', 'nan', '(not set)', '\\n')"
_OFFSET = r"\d(?::\d\d)(?::\d\d(?:\.\d+)?)?\s*(?:Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)$"
_ISO = (
    r"\d{4}[-/]\d{1,2}[-/]\d{1,2}"
    r"(?:[ T]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?"
)
_MORNING = "上午|早上|凌晨"
_EVENING = "下午|晚上"

_DATE_WORDS = [
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%B %d %Y",
    "%d-%b-%y",  # before %Y, which would take 26 for the year 26
    "%d-%b-%Y",
    "%a, %d %b %Y",
    "%a, %b %d, %Y",
    "%A, %B %d, %Y",
    "%A, %d %B %Y",
    "%a %d %b %Y",
]
_CLOCKS = ["", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %I:%M %p", ", %I:%M:%S %p", ", %H:%M"]
_WORD_FORMATS = [date + clock for clock in _CLOCKS for date in _DATE_WORDS]


def _sql_list(formats: list[str]) -> str:
    return "[" + ", ".join(f"'{f}'" for f in formats) + "]"


_MACROS = (
    "trimmed(text) as trim(text, ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(12288) || chr(65279))",
    """unprotected(text) as
        case when starts_with(text, '="') and ends_with(text, '"') then trimmed(text[3:-2]) else text end""",
    f"cell(text) as case when lower(trimmed(text)) in {_BLANKS} then null else unprotected(trimmed(text)) end",
    """folded(text) as
        translate(text, '０１２３４５６７８９．，－＋％（）／：　−', '0123456789.,-+%()/: -')""",
    # -- numbers
    f"looks_like_amount(text) as regexp_full_match(text, '{_NUMBER}')",
    """plain_digits(text, decimal_comma) as
        case when not decimal_comma then case
                when regexp_full_match(text, '\\d{1,3}(,\\d{2,3})*,\\d{3}(\\.\\d*)?') then replace(text, ',', '')
                when regexp_full_match(text, '\\d*\\.?\\d*') then text end
             else case
                when regexp_full_match(text, '\\d{1,3}(\\.\\d{3})+(,\\d*)?')
                    then replace(replace(text, '.', ''), ',', '.')
                when regexp_full_match(text, '\\d*,?\\d*') then replace(text, ',', '.') end
        end""",
    """amount_size(text) as
        case when contains(text, '亿') then 100000000 when contains(text, '万') then 10000
             when contains(text, '%') then 0.01 else 1 end
        * case when contains(text, '-') or starts_with(text, '(') then -1 else 1 end""",
    """written_amount(text, decimal_comma) as
        case when looks_like_amount(text) then cast(
            try_cast(plain_digits(regexp_replace(regexp_replace(text, '(Rs|kr)\\.', ''), '[^0-9.,]', '', 'g'),
                                  decimal_comma) as decimal(24, 6))
            * amount_size(text) as decimal(24, 6)) end""",
    # the cast is the fast way and reads nearly every cell; digits first, for it also reads 0x1F, 1_000 and infinity
    """amount(text, decimal_comma) as
        case when decimal_comma then written_amount(folded(text), true)
             else coalesce(
                case when not contains(text, '_') then try_cast(text as decimal(24, 6)) end,
                written_amount(folded(text), false)) end""",
    # -- times
    f"has_offset(text) as regexp_matches(text, '{_OFFSET}')",
    "sane(moment) as case when moment >= timestamp '1990-01-01' and moment < timestamp '2100-01-01' then moment end",
    # the whole text must fit: the cast alone takes ' PM' for a timezone and drops it
    f"iso_time(text) as case when regexp_full_match(text, '{_ISO}') then try_cast(text as timestamp) end",
    f"""plain_clock(text) as
        trim(regexp_replace(regexp_replace(regexp_replace(text,
            '({_MORNING})\\s*(\\d{{1,2}}:\\d\\d(:\\d\\d)?)', ' \\2 AM'),
            '({_EVENING})\\s*(\\d{{1,2}}:\\d\\d(:\\d\\d)?)', ' \\2 PM'), '\\s+', ' ', 'g'))""",
    """iso_days_first(text, day_order) as
        case when day_order = 'mdy'
             then regexp_replace(text, '^(\\d{1,2})[-/.](\\d{1,2})[-/.](\\d{4})', '\\3-\\1-\\2')
             else regexp_replace(text, '^(\\d{1,2})[-/.](\\d{1,2})[-/.](\\d{4})', '\\3-\\2-\\1') end""",
    "long_year(text) as regexp_replace(text, '^(\\d{1,2}[-/.]\\d{1,2}[-/.])(\\d\\d)($|[ ,])', '\\120\\2\\3')",
    """chinese_date(text) as
        regexp_replace(regexp_replace(text, '^(\\d{4})年\\s*(\\d{1,2})月\\s*(\\d{1,2})日?\\s*', '\\1-\\2-\\3 '),
                       '(\\d{1,2})[时点](\\d{1,2})分?(?:(\\d{1,2})秒?)?', '\\1:\\2:0\\3')""",
    """clocked(text) as coalesce(
        iso_time(text),
        try_strptime(text, ['%Y-%m-%d %I:%M:%S %p', '%Y-%m-%d %I:%M %p', '%Y-%m-%d, %I:%M:%S %p',
                            '%Y-%m-%d, %I:%M %p', '%Y-%m-%d, %H:%M:%S', '%Y-%m-%d, %H:%M', '%Y-%m-%d %H']))""",
    f"""written_time(text, day_order) as
        case when regexp_full_match(text, '\\d{{8}}') then try_strptime(text, '%Y%m%d')
             when regexp_full_match(text, '\\d{{10}}') then try_strptime(text, '%Y%m%d%H')
             when regexp_full_match(text, '\\d{{14}}') then try_strptime(text, '%Y%m%d%H%M%S')
             when regexp_matches(text, '^\\d{{8}} ')
                then try_strptime(text, ['%Y%m%d %H:%M:%S', '%Y%m%d %H:%M', '%Y%m%d %H'])
             when contains(text, '年') then clocked(trim(chinese_date(text)))
             when regexp_matches(text, '^\\d{{4}}[-/.]\\d{{1,2}}[-/.]\\d{{1,2}}')
                then clocked(regexp_replace(text, '^(\\d{{4}})[-/.](\\d{{1,2}})[-/.](\\d{{1,2}})', '\\1-\\2-\\3'))
             when regexp_matches(text, '^\\d{{1,2}}[-/.]\\d{{1,2}}[-/.]\\d{{2,4}}')
                then clocked(iso_days_first(long_year(text), day_order))
             else try_strptime(text, {_sql_list(_WORD_FORMATS)}) end""",
    """local_time(text, day_order) as
        sane(coalesce(iso_time(text), written_time(plain_clock(folded(text)), day_order)))""",
    # ' +0500' and ' UTC' are not what the cast reads; seconds since 1970 are UTC by definition
    """offset_time(text) as
        timezone('UTC', try_cast(regexp_replace(regexp_replace(text, '\\s*(UTC|GMT)$', 'Z'),
                                                '\\s+([+-]\\d\\d)', '\\1') as timestamptz))""",
    """epoch_time(text) as
        case when length(text) = 10 then make_timestamp(cast(text as bigint) * 1000000)
             else make_timestamp(cast(text as bigint) * 1000) end""",
    "is_epoch(text) as regexp_full_match(text, '1\\d{9}|1\\d{12}')",
    """instant(text, zone, day_order) as sane(
        case when has_offset(text) then offset_time(text)
             when is_epoch(text) then epoch_time(text)
             else timezone('UTC', timezone(zone, local_time(text, day_order))) end)""",
    "is_true(text) as coalesce(lower(text) in ('1', '1.0', 'true', 't', 'yes', 'y', '是'), false)",
)


def install(cursor: Cursor) -> None:
    """Define the macros above on ``cursor`` (temporary: they live as long as its connection)."""
    for macro in _MACROS:
        cursor.execute(f"create or replace temp macro {macro}")

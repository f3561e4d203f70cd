"""What people write in cells, as SQL: numbers, amounts, days, times, blanks.

``install`` defines temporary macros on a DuckDB cursor, and ``STEPS`` says which of them, one after the other, make a
value of a text that ``told(trimmed(cell))`` has freed of blanks, ="…" and the words for nothing ('--', 'n/a', …):

    amount, count    decimal(24, 6)        1,234.50   ¥1,234   (12.30)   12.30-   1.2万   3.4k   US$3.38   2.81%   １２
    time             naive UTC timestamp   a text without offset is local time of ``$zone``; Unix time is UTC
    day              date                  as it is written
    flag             boolean               1, yes, true, 是
    currency, text   varchar
    id               varchar: 1001.0 is 1001 (a column of numbers with gaps), 0012 stays 0012

Null means: not readable. Whether the cell was blank is asked of ``told`` first. A number is never made out of half a
text, and a grouping comma that groups nothing (``3,5`` where points are decimal) is refused, not read as 35.
``day_order`` ('dmy', 'mdy', or another word: such a date is unreadable) only decides dates such as 03/04/2026; years
outside 1990-2099 are unreadable.
The common shapes come first and by LIKE: a regular expression costs eight times as much.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from omnidash.identity.normalise import whole_id


class Cursor(Protocol):
    """The part of a DuckDB cursor that is needed here."""

    def execute(self, query: str, parameters: object = None) -> object:
        """Run one statement."""


_CURRENCY = r"(?:[A-Za-z]{0,3}[$€£¥￥₹₽₩₺৳฿₫₴₪]|[A-Z]{3}|Rs\.?|kr\.?|元)"
_NUMBER = (
    r"^[(]?\s*[-+]?\s*" + _CURRENCY + r"?\s*[-+]?\s*"
    r"(?:\d[\d.,''’ \x{a0}\x{202f}]*|[.,]\d+)\s*(?:万|亿|%|[kKM])?\s*" + _CURRENCY + r"?\s*-?[)]?$"
)
# No IN lists: DuckDB turns them into joins, which are slow here and give up the order of the file.
_BLANK = r"(?i)|-{1,3}|—|–|n/a|#n/a|null|none|nan|\(not set\)|\\n"
_LONGEST_BLANK = 9
_BOUND = r"[<>≤≥]\s*\d[\d.,]*\s*%?"  # '< 10%' says less than it seems: it is no number
_OFFSET = r"[ T]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:Z|z|UTC|GMT|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)"
_YEAR = r"(?:199\d|20\d\d)"
_ISO = _YEAR + r"[-/]\d{1,2}[-/]\d{1,2}(?:[ T]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?"
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
_ISO_FORMATS = [*(f"%Y-%m-%d{clock}" for clock in _CLOCKS if clock), "%Y-%m-%d %H"]
_WORD_FORMATS = [date + clock for clock in _CLOCKS for date in _DATE_WORDS]


def _sql_list(formats: list[str]) -> str:
    return "[" + ", ".join(f"'{f}'" for f in formats) + "]"


_MACROS = (
    """is_padded(text) as
        ord(text) <= 32 or ord(text) = 160 or ord(text) = 12288 or ord(text) = 65279 or suffix(text, ' ')
        or suffix(text, chr(9)) or suffix(text, chr(13)) or suffix(text, chr(160)) or suffix(text, chr(12288))""",
    """trimmed(text) as
        case when is_padded(text)
             then trim(text, ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(12288) || chr(65279))
             else text end""",
    """unprotected(text) as
        case when starts_with(text, '="') and ends_with(text, '"') then trimmed(text[3:-2])
             when regexp_full_match(text, '\\[\\d+\\]') then text[2:-2]
             when starts_with(text, chr(39)) and regexp_full_match(text, chr(39) || '[+-]?\\d[^\\s]*') then text[2:]
             else text end""",
    # of a trimmed text, so that the trimming is done once
    f"""told(text) as
        case when length(text) <= {_LONGEST_BLANK} and regexp_full_match(text, '{_BLANK}|{_BOUND}') then null
             else unprotected(text) end""",
    """folded(text) as
        case when strlen(text) = length(text) then text
             else translate(text, '０１２３４５６７８９．，－＋％（）／：　−', '0123456789.,-+%()/: -') end""",
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
             when contains(text, '%') then 0.01
             when regexp_matches(text, '\\d\\s*[kK]') then 1000 when regexp_matches(text, '\\d\\s*M') then 1000000
             else 1 end
        * case when contains(text, '-') or starts_with(text, '(') then -1 else 1 end""",
    # -- times. The whole text must fit before it is cast: the cast takes ' PM' for a timezone and drops it
    f"is_iso(text) as regexp_full_match(text, '{_ISO}')",
    f"has_offset(text) as regexp_full_match(text, '{_YEAR}[-/]\\d{{1,2}}[-/]\\d{{1,2}}{_OFFSET}')",
    """quick_time(text) as
        case when text like '20__-__-__ __:__:__' or text like '20__-__-__' then try_cast(text as timestamp) end""",
    f"""plain_clock(text) as
        trim(regexp_replace(regexp_replace(regexp_replace(text,
            '({_MORNING})\\s*(\\d{{1,2}}:\\d\\d(:\\d\\d)?)', ' \\2 AM'),
            '({_EVENING})\\s*(\\d{{1,2}}:\\d\\d(:\\d\\d)?)', ' \\2 PM'), '\\s+', ' ', 'g'))""",
    """days_first(text, day_order) as
        case when day_order = 'mdy'
             then regexp_replace(text, '^(\\d{1,2})[-/.](\\d{1,2})[-/.](\\d{4})', '\\3-\\1-\\2')
             when day_order = 'dmy'
             then regexp_replace(text, '^(\\d{1,2})[-/.](\\d{1,2})[-/.](\\d{4})', '\\3-\\2-\\1') end""",
    "long_year(text) as regexp_replace(text, '^(\\d{1,2}[-/.]\\d{1,2}[-/.])(\\d\\d)($|[ ,])', '\\120\\2\\3')",
    """chinese_date(text) as
        trim(regexp_replace(
            regexp_replace(text, '^(\\d{4})年\\s*(\\d{1,2})月\\s*(\\d{1,2})日?\\s*', '\\1-\\2-\\3 '),
            '(\\d{1,2})[时点](\\d{2})分?', '\\1:\\2'))""",
    """year_first(text, day_order) as
        case when contains(text, '年') then chinese_date(text)
             when regexp_matches(text, '^\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}')
                then regexp_replace(text, '^(\\d{4})[-/.](\\d{1,2})[-/.](\\d{1,2})', '\\1-\\2-\\3')
             when regexp_matches(text, '^\\d{1,2}[-/.]\\d{1,2}[-/.]\\d{2,4}')
                then days_first(long_year(text), day_order)
             else text end""",
    f"""clocked(text) as
        case when is_iso(text) then try_cast(text as timestamp)
             -- a spreadsheet's own days since 1899-12-30 (Lotus' leap day of 1900 in them), 1990 to 2099
             when regexp_full_match(text, '[3-7]\\d{{4}}(\\.\\d+)?') and cast(text as double) between 32874 and 73050
                then timestamp '1899-12-30' + to_seconds(round(cast(text as double) * 86400))
             when regexp_matches(text, '^{_YEAR}-')
                then try_strptime(text, {_sql_list(_ISO_FORMATS)})
             when regexp_full_match(text, '{_YEAR}\\d{{4}}') then try_strptime(text, '%Y%m%d')
             when regexp_full_match(text, '{_YEAR}\\d{{6}}') then try_strptime(text, '%Y%m%d%H')
             when regexp_full_match(text, '{_YEAR}\\d{{10}}') then try_strptime(text, '%Y%m%d%H%M%S')
             when regexp_matches(text, '^{_YEAR}\\d{{4}} ')
                then try_strptime(text, ['%Y%m%d %H:%M:%S', '%Y%m%d %H:%M', '%Y%m%d %H'])
             when regexp_matches(text, '{_YEAR}|[- ]\\d\\d$') then try_strptime(text, {_sql_list(_WORD_FORMATS)})
        end""",
    # ' +0500' and ' UTC' are not what the cast reads; seconds since 1970 are UTC by definition
    """offset_time(text) as
        timezone('UTC', try_cast(regexp_replace(regexp_replace(text, '\\s*(UTC|GMT)$', 'Z'),
                                                '\\s+([+-]\\d\\d)', '\\1') as timestamptz))""",
    """utc_time(text) as
        case when text like '20__-__-__T__:__:__Z' then try_cast(text as timestamp)
             when has_offset(text) then offset_time(text)
             when regexp_full_match(text, '1\\d{12}') then make_timestamp(cast(text as bigint) * 1000)
             when regexp_full_match(text, '1\\d{9}') and not starts_with(text, '199')
                then make_timestamp(cast(text as bigint) * 1000000) end""",
    # the zone database is asked only for days on which the zone still changed its clocks: five times faster
    """utc_of_wall(wall, zone, fixed_from, fixed_offset) as
        case when wall >= fixed_from then wall - fixed_offset else timezone('UTC', timezone(zone, wall)) end""",
    """wall_of_utc(moment, zone, fixed_from, fixed_offset) as
        case when moment >= fixed_from then moment + fixed_offset
             else timezone(zone, timezone('UTC', moment)) end""",
    "is_true(text) as coalesce(regexp_full_match(text, '(?i)1(\\.0+)?|true|t|yes|y|是'), false)",
)

# How the text {x}_text becomes the value {x}: one projection per step, for a macro writes its argument out wherever it
# uses it, and nested macros grow beyond what DuckDB plans in reasonable time. Steps of rare spellings work on null in
# all other rows.
_AMOUNT = (
    "case when not $decimal_comma and not contains({x}_text, '_')"
    " then try_cast({x}_text as decimal(24, 6)) end as {x}_cast",
    "case when {x}_cast is null then regexp_replace(folded({x}_text), '(Rs|kr)\\.', '') end as {x}_plain",
    "case when looks_like_amount({x}_plain) then regexp_replace({x}_plain, '[^0-9.,]', '', 'g') end as {x}_signs",
    "plain_digits({x}_signs, $decimal_comma) as {x}_digits",
    "coalesce({x}_cast,"
    " cast(try_cast({x}_digits as decimal(24, 6)) * amount_size({x}_plain) as decimal(24, 6))) as {x}",
)
_WALL = (
    "case when {x}_quick is null and {x}_utc is null then plain_clock(folded({x}_text)) end as {x}_clock",
    "year_first({x}_clock, $day_order) as {x}_iso",
    "coalesce({x}_quick, clocked({x}_iso)) as {x}_wall",
)
STEPS: dict[str, tuple[str, ...]] = {
    "amount": _AMOUNT,
    "count": _AMOUNT,
    "time": (
        "quick_time({x}_text) as {x}_quick",
        "case when {x}_quick is null then utc_time({x}_text) end as {x}_utc",
        *_WALL,
        "coalesce({x}_utc, utc_of_wall({x}_wall, $zone, $zone_fixed_from, $zone_fixed_offset)) as {x}",
    ),
    "day": (
        # the day as it is written: an offset does not move it
        "quick_time({x}_text) as {x}_quick",
        "case when {x}_quick is null and has_offset({x}_text) then try_cast({x}_text as timestamp) end as {x}_utc",
        *_WALL,
        "cast(coalesce({x}_utc, {x}_wall) as date) as {x}",
    ),
    "flag": ("is_true({x}_text) as {x}",),
    "currency": ("upper({x}_text) as {x}",),
    "text": ("{x}_text as {x}",),
    "id": (f"{whole_id('{x}_text')} as {{x}}",),
}
STEP_COUNT = max(map(len, STEPS.values()))


def joined(texts: Sequence[str]) -> str:
    """SQL: the texts of a row as one, between unit separators, for ``is_plain``."""
    return f"concat_ws(chr(31), '', {''.join(f'{cell}, ' for cell in texts)}'')"


def is_plain(joined_cells: str) -> str:
    """SQL: whether no cell of a row needs a closer look: ``told(trimmed(x))`` is x for each of its texts.
    ``joined_cells``: a column of what ``joined`` says.

    Nine in ten import rows are plain, and this question costs a third of asking every cell. It may say no where yes
    would do, never the other way round: a text that begins with a blank, a dash, a bracket, a bound, or as null and N/A
    do, is looked at closely, and so is a row with a rare kind of blank anywhere.
    """
    begins = r"\x1f[\x00-\x1e\x20-\x2dnN<=>\[\\—–≤≥\x{a0}\x{3000}\x{feff}]"  # the separator first: found quickly
    rare = ("chr(9)", "chr(13)", "chr(160)", "chr(12288)", "chr(65279)", "' ' || chr(31)")
    found = [f"contains({joined_cells}, {mark})" for mark in rare]
    return f"not coalesce({' or '.join(found)} or regexp_matches({joined_cells}, '{begins}'), false)"


def zone_params(name: str, zone: str) -> dict[str, object]:
    """``$<name>``, ``$<name>_fixed_from``, ``$<name>_fixed_offset``: a zone and since when its offset never changes.

    A zone that changes its clocks every year has ``fixed_from`` beyond every readable date.
    """
    info = ZoneInfo(zone)
    fixed_from, offset = datetime(2101, 1, 1), timedelta(0)
    for year in range(2099, 1989, -1):
        offsets = {info.utcoffset(datetime(year, month, day)) for month in range(1, 13) for day in (1, 15)}
        offsets |= {info.utcoffset(datetime(year, 12, 31))}
        if len(offsets) > 1 or (fixed_from.year < 2101 and offsets != {offset}):
            break
        fixed_from, offset = datetime(year, 1, 2), offsets.pop() or timedelta(0)  # a day's margin for either direction
    return {name: zone, f"{name}_fixed_from": fixed_from, f"{name}_fixed_offset": offset}


def install(cursor: Cursor) -> None:
    """Define the macros above on ``cursor`` (temporary: they live as long as its connection)."""
    for macro in _MACROS:
        cursor.execute(f"create or replace temp macro {macro}")

"""What people write in cells, as SQL: numbers, amounts, days, times, blanks.

``install`` defines temporary macros on a DuckDB cursor, and ``STEPS`` says which of them, one after the other, make a
value of a text that ``told(trimmed(cell))`` has freed of blanks, ="…" and the words for nothing ('--', 'n/a', …). In
them ``{x}`` is the field, ``{type}`` the type beyond which an amount is unreadable, ``{kept}`` that of the value:

    amount           decimal(24, 6)        1,234.50   ¥1,234   (12.30)   12.30-   1.2万   3.4k   US$3.38   １２
    count            decimal(24, 6)        the same, rounded to whole numbers: 1,234   1.2w   100+   12.7
    time             naive UTC timestamp   a text without offset is local time of ``$zone``; Unix time is UTC
    day              date                  as it is written
    flag             boolean               1, yes, true, 是
    currency, text   varchar
    id               varchar: 1001.0 is 1001 (a column of numbers with gaps), 0012 stays 0012

Null means: not readable. Whether the cell was blank is asked of ``told`` first. A number is never made out of half a
text, and a grouping comma that groups nothing (``3,5`` where points are decimal) is refused, not read as 35; so is a
percentage, which is no amount and no count. What stands around the digits is a currency that we know (``{x}_mark``
keeps it: a code, or the sign of a family), behind them a size and then a currency: ``100 MXN`` is a hundred. An amount
beyond what its column keeps is unreadable as well.
``day_order`` ('dmy', 'mdy', 'ymd', or another word: such a date is unreadable) only decides dates such as 03/04/2026
and 26-07-01; dotted ones (01.07.2026) begin with the day everywhere. Years outside 1990-2099 are unreadable.
The common shapes come first and by LIKE: a regular expression costs eight times as much.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo

from omnidash.identity.normalise import whole_id
from omnidash.ingest.meaning.money import marks, names_of_currencies
from omnidash.ingest.reading.period import MONTH_OF


class Cursor(Protocol):
    """The part of a DuckDB cursor that is needed here."""

    def execute(self, query: str, parameters: object = None) -> object:
        """Run one statement."""


_WORD = r"[^\d\s.,()+%\-]{1,5}"
_NUMBER = (
    r"^([(]?\s*[-+]?)\s*(" + _WORD + r")?\.?\s*([-+]?)\s*"
    r"(\d[\d.,]*|\d{1,3}(?:[''’ \x{a0}\x{202f}]\d{3})+(?:[.,]\d*)?|[.,]\d+)"
    r"\s*(" + _WORD + r"(?:\s" + _WORD + r")?)?\.?\s*([-+]?)[)]?$"
)
_NUMBER_PARTS = "['minus', 'before', 'sign', 'number', 'behind', 'after']"
_SIZES = {
    "k": "1000", "K": "1000", "千": "1000", "万": "10000", "萬": "10000", "w": "10000", "W": "10000",
    "M": "1000000", "mn": "1000000", "Mio": "1000000", "百万": "1000000", "千万": "10000000", "亿": "100000000",
    "億": "100000000", "B": "1000000000", "bn": "1000000000", "Mrd": "1000000000",
}  # fmt: skip
_SIZED = "^(" + "|".join(sorted(_SIZES, key=len, reverse=True)) + r")\s*(.*)$"
# No IN lists: DuckDB turns them into joins, which are slow here and give up the order of the file.
_BLANK = r"(?i)|-{1,3}|—|–|n/a|#n/a|null|none|nan|\(not set\)|\\n"
_LONGEST_BLANK = 9
_BOUND = r"[<>≤≥]\s*\d[\d.,]*\s*%?"  # '< 10%' says less than it seems: it is no number
_OFFSET = r"[ T]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:Z|z|UTC|GMT|[+-](?:0\d|1[0-4])(?::?(?:00|15|30|45))?)"
_YEAR = r"(?:199\d|20\d\d)"
_ISO = _YEAR + r"[-/]\d{1,2}[-/]\d{1,2}(?:[ T]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?"
# an hour from its first minute to its last, 00:00-00:59, begins with the first
_TO_CLOCK = r"( \d{1,2}:\d\d(?::\d\d)?)\s*[-–—~～至]\s*\d{1,2}:\d\d(?::\d\d)?$"
_ZONE_BEHIND = r"(:\d\d(?: ?[AaPp][Mm])?) ?(?:[PME][SD]T|CDT|JST|CES?T|AE[SD]T)$"  # meaning.stated reads it
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
    "%b-%d-%y",
    "%b-%d-%Y",
    "%a, %d %b %Y",
    "%a, %b %d, %Y",
    "%A, %B %d, %Y",
    "%A, %d %B %Y",
    "%a %d %b %Y",
    "%a %b %d %Y",
]
_CLOCKS = ["", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", ", %I:%M %p", ", %I:%M:%S %p", ", %H:%M"]
_ISO_FORMATS = [*(f"%Y-%m-%d{clock}" for clock in _CLOCKS if clock), "%Y-%m-%d %H"]
_WORD_FORMATS = [date + clock for clock in _CLOCKS for date in _DATE_WORDS]
# Codes mean themselves: with them in the map, which a macro writes out wherever it is used, planning takes longer than
# reading a small file.
_CODES = ",".join(["", *(word for word, mark in marks().items() if word == mark), ""])
_OTHER_MARKS = {word: mark for word, mark in marks().items() if word != mark}
_OTHER_NAMES = {name: code for name, code in names_of_currencies().items() if name != code}


def _sql_list(formats: Iterable[str]) -> str:
    return "[" + ", ".join("'" + text.replace("'", "''") + "'" for text in formats) + "]"


def _sql_map(words: Mapping[str, str]) -> str:
    """A constant map; its words are ours."""
    return f"map({_sql_list(words)}, {_sql_list(words.values())})"


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
    # null first, everywhere: most cells are read by the cast, and nothing is asked of them again
    f"""currency_mark(word) as
        case when word is null or word = '' then word
             when contains('{_CODES}', ',' || upper(word) || ',') then upper(word)
             else {_sql_map(_OTHER_MARKS)}[upper(word)] end""",
    f"named_currency(word) as coalesce({_sql_map(_OTHER_NAMES)}[word], word)",
    f"size_named(word) as case when word <> '' then cast({_sql_map(_SIZES)}[word] as decimal(12, 2)) end",
    """plain_digits(text, decimal_comma) as
        case when not decimal_comma then case
                when regexp_full_match(text, '\\d{1,3}(,\\d{2,3})*,\\d{3}(\\.\\d*)?') then replace(text, ',', '')
                when regexp_full_match(text, '\\d*\\.?\\d*') then text end
             else case
                when regexp_full_match(text, '\\d{1,3}(\\.\\d{3})+(,\\d*)?')
                    then replace(replace(text, '.', ''), ',', '.')
                when regexp_full_match(text, '\\d*,?\\d*') then replace(text, ',', '.') end
        end""",
    """is_minus(parts) as
        starts_with(parts.minus, '(') or contains(concat(parts.minus, parts.sign, parts.after), '-')""",
    # -- times. The whole text must fit before it is cast: the cast takes ' PM' for a timezone and drops it
    f"is_iso(text) as regexp_full_match(text, '{_ISO}')",
    f"has_offset(text) as regexp_full_match(text, '{_YEAR}[-/]\\d{{1,2}}[-/]\\d{{1,2}}{_OFFSET}')",
    """quick_time(text) as
        case when text like '20__-__-__ __:__:__' or text like '20__-__-__' then try_cast(text as timestamp) end""",
    f"""plain_clock(text) as
        trim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
            regexp_replace(text, '{_ZONE_BEHIND}', '\\1'), '{_TO_CLOCK}', '\\1'),
            '({_MORNING})\\s*(\\d{{1,2}}:\\d\\d(:\\d\\d)?)', ' \\2 AM'),
            '({_EVENING})\\s*(\\d{{1,2}}:\\d\\d(:\\d\\d)?)', ' \\2 PM'), '\\s+', ' ', 'g'))""",
    """days_first(text, day_order) as
        case when day_order = 'ymd' and regexp_matches(text, '^\\d{1,2}([-/.])\\d{1,2}[-/.]\\d{1,2}($|[ ,])')
             then regexp_replace(text, '^(\\d{1,2})[-/.](\\d{1,2})[-/.](\\d{1,2})', '20\\1-\\2-\\3')
             when regexp_matches(text, '^\\d{1,2}\\.\\d{1,2}\\.\\d{4}')
             then regexp_replace(text, '^(\\d{1,2})\\.(\\d{1,2})\\.(\\d{4})', '\\3-\\2-\\1')
             when day_order = 'mdy'
             then regexp_replace(text, '^(\\d{1,2})[-/.](\\d{1,2})[-/.](\\d{4})', '\\3-\\1-\\2')
             when day_order = 'dmy'
             then regexp_replace(text, '^(\\d{1,2})[-/.](\\d{1,2})[-/.](\\d{4})', '\\3-\\2-\\1') end""",
    "long_year(text) as regexp_replace(text, '^(\\d{1,2}[-/.]\\d{1,2}[-/.])(\\d\\d)($|[ ,])', '\\120\\2\\3')",
    """chinese_date(text) as
        trim(regexp_replace(
            regexp_replace(text, '^(\\d{4})年\\s*(\\d{1,2})月\\s*(\\d{1,2})日?\\s*', '\\1-\\2-\\3 '),
            '(\\d{1,2})[时点](\\d{2})分?', '\\1:\\2'))""",
    # '1. Juli 2026', '14 août 2026', '3 de mayo de 2026'
    f"""worded_date(text) as
        regexp_replace(text, '^(\\d{{1,2}})(?:er)?\\.? (?:de )?[^\\d\\s.]+\\.? (?:de )?(\\d{{4}})',
            '\\2-' || {_sql_map({word: f"{month:02}" for word, month in MONTH_OF.items()})}[
                lower(regexp_extract(text, '^\\d{{1,2}}(?:er)?\\.? (?:de )?([^\\d\\s.]+)', 1))] || '-\\1')""",
    """year_first(text, day_order) as
        case when contains(text, '年') then chinese_date(text)
             when regexp_matches(text, '^\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}')
                then regexp_replace(text, '^(\\d{4})[-/.](\\d{1,2})[-/.](\\d{1,2})\\.?', '\\1-\\2-\\3')
             when regexp_matches(text, '^\\d{1,2}[-/.]\\d{1,2}[-/.]\\d{1,4}')
                then days_first(
                    case when day_order = 'dmy' or day_order = 'mdy' then long_year(text) else text end, day_order)
             when regexp_matches(text, '^\\d{1,2}(er)?\\.? [^\\d]{3,16} \\d{4}') then coalesce(worded_date(text), text)
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
    """named_offset_time(text) as
        timezone('UTC', try_strptime(regexp_replace(text, '(?:GMT|UTC)?([+-]\\d{4})( \\(.*\\))?$', '\\1'),
                                     ['%a %b %d %Y %H:%M:%S %z', '%a, %d %b %Y %H:%M:%S %z']))""",
    """without_offset(text) as
        case when text like '___ %' or text like '___, %'
             then regexp_replace(text, ' ?(?:GMT|UTC)?[+-]\\d{4}( \\(.*\\))?$', '') else text end""",
    """utc_time(text) as
        case when text like '20__-__-__T__:__:__Z' then try_cast(text as timestamp)
             when has_offset(text) then offset_time(text)
             when text like '___ ___ __ ____ __:__:__ %' or text like '___, % ____ __:__:__ %'
                then named_offset_time(text)
             when regexp_full_match(text, '1\\d{15}') then make_timestamp(cast(text as bigint))
             when regexp_full_match(text, '1\\d{18}') then make_timestamp(cast(text as bigint) // 1000)
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
    "case when not contains({x}_text, '_') and not ($decimal_comma and contains({x}_text, '.'))"
    " then try_cast({x}_text as {type}) end as {x}_cast",
    f"case when {{x}}_cast is null and {{x}}_text is not null"
    f" then regexp_extract(folded({{x}}_text), '{_NUMBER}', {_NUMBER_PARTS}) end"
    " as {x}_parts",
    "currency_mark({x}_parts.before) as {x}_before, currency_mark({x}_parts.behind) as {x}_behind,"
    " case when {x}_parts is not null then regexp_replace({x}_parts.number, '[^0-9.,]', '', 'g') end as {x}_signs,"
    f" case when {{x}}_parts is not null then regexp_extract({{x}}_parts.behind, '{_SIZED}', ['size', 'currency']) end"
    " as {x}_sized",
    "case when {x}_signs is not null then plain_digits({x}_signs, $decimal_comma) end as {x}_digits,"
    " case when {x}_behind is null then size_named({x}_sized.size) else 1.00 end as {x}_size,"
    " coalesce({x}_behind, currency_mark({x}_sized.currency)) as {x}_last",
    # of '$5 CAD' the code counts; two codes that differ are no amount
    "case when length({x}_last) = 3 or {x}_before = '' then {x}_last else {x}_before end as {x}_mark,"
    " case when {x}_before is null or {x}_last is null"
    " or (length({x}_before) = 3 and length({x}_last) = 3 and {x}_before <> {x}_last) then null"
    " else try_cast({x}_digits as decimal(24, 10)) * {x}_size * case when is_minus({x}_parts) then -1 else 1 end"
    " end as {x}_written",
)
_WALL = (
    "case when {x}_quick is null and {x}_utc is null then plain_clock(folded({x}_text)) end as {x}_clock",
    "year_first({x}_clock, $day_order) as {x}_iso",
    "coalesce({x}_quick, clocked({x}_iso)) as {x}_wall",
)
STEPS: dict[str, tuple[str, ...]] = {
    "amount": (
        *_AMOUNT,
        "cast(try_cast(coalesce({x}_cast, {x}_written) as {type}) as {kept}) as {x}",
    ),
    "count": (
        *_AMOUNT,
        # platforms that estimate count parts of clicks, which are rounded; but 1.234 is more likely a thousand and more
        "case when {x}_cast <> trunc({x}_cast) and regexp_full_match({x}_text, '\\d{1,3}\\.\\d{3}') then null"
        " when {x}_cast is not null then {x}_cast"
        " when {x}_written <> trunc({x}_written) and {x}_size = 1 and regexp_full_match({x}_signs, '\\d+[.,]\\d{3}')"
        " then null else try_cast({x}_written as decimal(24, 6)) end as {x}_number",
        "cast(try_cast(round({x}_number) as {type}) as {kept}) as {x}",
    ),
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
        _WALL[0].replace("{x}_text", "without_offset({x}_text)"),
        *_WALL[1:],
        "cast(coalesce({x}_utc, {x}_wall) as date) as {x}",
    ),
    "flag": ("is_true({x}_text) as {x}",),
    "currency": (
        "upper({x}_text) as {x}_code",
        "case when {x}_code like '___' and {x}_code between 'AAA' and 'ZZZ' and {x}_code <> 'RMB' then {x}_code"
        " else named_currency({x}_code) end as {x}",
    ),
    "text": ("{x}_text as {x}",),
    "id": (f"{whole_id('{x}_text')} as {{x}}",),
}
STEP_COUNT = max(map(len, STEPS.values()))


def day_and_clock(day: str, clock: str) -> str:
    """SQL: a moment whose day and clock stand in two columns, as one text; midnight beside the day says nothing."""
    bare = f"regexp_replace({day}, '[ T]0?0:00(:00(\\.0+)?)?$', '')"
    return f"case when {day} is not null then concat_ws(' ', {bare}, {clock}) end"


def zone_params(name: str, zone: str) -> dict[str, object]:
    """``$<name>``, ``$<name>_fixed_from``, ``$<name>_fixed_offset``: a zone and since when its offset never changes.

    A zone that changes its clocks every year has ``fixed_from`` beyond every readable date.
    """
    fixed_from, offset = _fixed_since(zone)
    return {name: zone, f"{name}_fixed_from": fixed_from, f"{name}_fixed_offset": offset}


@cache  # three thousand questions to the catalogue of zones
def _fixed_since(zone: str) -> tuple[datetime, timedelta]:
    info = ZoneInfo(zone)
    fixed_from, offset = datetime(2101, 1, 1), timedelta(0)
    for year in range(2099, 1989, -1):
        offsets = {info.utcoffset(datetime(year, month, day)) for month in range(1, 13) for day in (1, 15)}
        offsets |= {info.utcoffset(datetime(year, 12, 31))}
        if len(offsets) > 1 or (fixed_from.year < 2101 and offsets != {offset}):
            break
        fixed_from, offset = datetime(year, 1, 2), offsets.pop() or timedelta(0)  # a day's margin for either direction
    return fixed_from, offset


def install(cursor: Cursor) -> None:
    """Define the macros above on ``cursor`` (temporary: they live as long as its connection)."""
    for macro in _MACROS:
        cursor.execute(f"create or replace temp macro {macro}")

"""Which days does this export speak of? Reads the period that a preamble or a file name states.

A file whose rows carry no day says its days above the header (``July 8, 2025 - July 31, 2025``, ``# Start date:
20230101``, ``统计日期：2026-06-01 至 2026-06-30``) or in its name (``Devices(2026.02.05-2026.02.10).csv``). What may be
read in two ways (``03/04/2026 - 05/04/2026``) is not guessed: the answer is then None, and the owner is asked. The
moment at which an export was made is no period.

>>> period_of(["Campaign report", "8 - 31 July 2025"])
(datetime.date(2025, 7, 8), datetime.date(2025, 7, 31))
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

Period = tuple[date, date]

_MONTHS = {
    1: "january jan januar jänner janvier janv enero ene gennaio",
    2: "february feb februar février févr fév febrero febbraio",
    3: "march mar märz mär maerz mars marzo",
    4: "april apr avril avr abril abr aprile",
    5: "may mai mayo maggio",
    6: "june jun juni juin junio giugno",
    7: "july jul juli juillet juil julio luglio",
    8: "august aug août aout agosto ago",
    9: "september sep sept septembre septiembre setiembre settembre",
    10: "october oct oktober okt octobre octubre ottobre",
    11: "november nov novembre noviembre",
    12: "december dec dezember dez décembre déc diciembre dic dicembre",
}
MONTH_OF = {word: month for month, words in _MONTHS.items() for word in words.split()}
_MONTH = "(?:" + "|".join(sorted(MONTH_OF, key=len, reverse=True)) + r")(?![^\W\d_])\.?"
_YEAR, _TO = r"(?:19|20)\d\d", r"(?:-|~|to|至|到|bis|au|a|al)"

# A whole date; the groups y, m, d are numbers, w is a month's name, p and q are two numbers of unknown order.
_DATES = (
    rf"(?<!\d)(?P<y1>{_YEAR})\s?[-/.年_]\s?(?P<m1>\d{{1,2}})\s?[-/.月_]\s?(?P<d1>\d{{1,2}})(?!\d)日?",
    rf"(?<!\d)(?P<y2>{_YEAR})(?P<m2>0[1-9]|1[0-2])(?P<d2>0[1-9]|[12]\d|3[01])(?!\d)",
    rf"(?<!\d)(?P<d3>\d{{1,2}})(?:st|nd|rd|th|er|\.)?[\s-](?:de |of )?(?P<w3>{_MONTH})"
    rf"[\s,-]+(?:de |of )?(?P<y3>{_YEAR})(?!\d)",
    rf"(?<![^\W\d_])(?P<w4>{_MONTH})[\s_-]?(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?[\s_-](?P<y4>{_YEAR})(?!\d)",
    rf"(?<!\d)(?P<p5>\d{{1,2}})[-/.](?P<q5>\d{{1,2}})[-/.](?P<y5>{_YEAR})(?!\d)",
)
_DATE = re.compile("|".join(_DATES))

# A first date that borrows its year (and month) from the last one, or the other way round; {…} are the parts of both.
_SHORT_RANGES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d)(?P<d1>\d{{1,2}})(?:st|nd|rd|th|\.)?\s?(?P<w1>{_MONTH})?\s?{_TO}\s?"
        rf"(?P<d2>\d{{1,2}})(?:st|nd|rd|th|\.)?\s(?:de |of )?(?P<w2>{_MONTH}),?\s(?:de |of )?(?P<y2>{_YEAR})(?!\d)",
        rf"(?<![^\W\d_])(?P<w1>{_MONTH})\s?(?P<d1>\d{{1,2}})\s?{_TO}\s?(?P<w2>{_MONTH})?\s?(?P<d2>\d{{1,2}}),?\s"
        rf"(?P<y2>{_YEAR})(?!\d)",
        rf"(?<!\d)(?P<y1>{_YEAR})年(?P<m1>\d{{1,2}})月(?P<d1>\d{{1,2}})日?\s?{_TO}\s?"
        r"(?:(?P<m2>\d{1,2})月)?(?P<d2>\d{1,2})日",
        rf"(?<!\d)(?P<y1>{_YEAR})([-/.])(?P<m1>\d{{1,2}})\2(?P<d1>\d{{1,2}})\s?(?:-|~|至|到)\s?"
        r"(?P<m2>\d{1,2})\2(?P<d2>\d{1,2})(?![\d/.-])",
    )
)
_WHOLE_MONTHS = (
    re.compile(rf"(?<![\d-])(?P<y>{_YEAR})\s?(?:年|[-/._])\s?(?P<m>1[0-2]|0?[1-9])(?:月份?|(?![-/._]?\d))"),
    re.compile(rf"(?<![^\W\d_])(?P<w>{_MONTH})[\s_-]+(?P<y>{_YEAR})(?!\d)"),
)

_MADE_AT = re.compile(
    r"生成时间|导出时间|下载时间|更新时间|制表|创建时间|generated|exported|downloaded|created|updated|printed|erstellt"
    r"|last completed|compared? |对比|环比"
)
_CLOCK = re.compile(
    r",?\s*t?\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?\s*(?:[ap]\.?m\.?)?(?:\s*(?:utc|gmt|z)?(?:[+-]\d\d:?\d\d)?)?"
)
_WEEKDAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?"
_BETWEEN = re.compile(
    rf"[\s\"'()\[\],;_:#]*(?:-+|~|>|→|\.\.+|_|to|until|till|through|thru|and|bis|au|al|a|hasta|至|到|和)?"
    rf"[\s\"'()\[\],;_:#]*(?:{_WEEKDAY})?\s*"
)
_START = re.compile(r"\b(start|from|begin|since|von|du|desde)|起始|开始|startdatum")
_END = re.compile(r"\b(end|to|until|through|bis|au|hasta)|截止|结束|终止|enddatum")
_LABEL = re.compile(
    r"时间范围|日期范围|统计(日期|时间|周期)|数据(日期|时间|周期)|查询(日期|时间)|报告(日期|周期)|时间段|周期|日期|时间"
    r"|\b(date|day|period|month|range|report time|zeitraum|période|periodo|datum)\b"
)


def period_of(lines: Sequence[str], name: str = "") -> Period | None:
    """First and last day that the ``lines`` of a preamble state, else those in the file ``name``; None where nothing
    states them without doubt."""
    plain = [text for line in lines if not _MADE_AT.search(text := _plain(line))]
    for read in (_stated_range, _start_and_end, _stated_day_or_month):
        found = read(plain)
        if found is not None:
            return found
    return _stated_range([_plain(name)]) or _month_of_name(_plain(name))


def _plain(line: str) -> str:
    text = unicodedata.normalize("NFKC", line).casefold()
    return re.sub(r"[‐‑‒–—―−]", "-", re.sub(r"\s+", " ", text)).strip()


@dataclass(frozen=True, slots=True)
class _Date:
    """A date in a line: what it may mean (one day, or two where day and month are in doubt: dmy, mdy)."""

    days: tuple[date | None, ...]
    start: int
    end: int


def _dates(text: str) -> list[_Date]:
    found = []
    for match in _DATE.finditer(text):
        parts = {key[0]: value for key, value in match.groupdict().items() if value is not None}
        year = int(parts["y"])
        if "p" in parts:
            p, q = int(parts["p"]), int(parts["q"])
            days = (_day(year, q, p), _day(year, p, q))
        else:
            month = MONTH_OF[parts["w"].rstrip(".")] if "w" in parts else int(parts["m"])
            days = (_day(year, month, int(parts["d"])),) * 2
        if any(days):
            found.append(_Date(days, match.start(), match.end()))
    return found


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _range(first: _Date, last: _Date) -> Period | None:
    """The one reading in which both are days and the first is not after the last; None where there are two."""
    readings = {
        (a, b) for a, b in zip(first.days, last.days, strict=True) if a is not None and b is not None and a <= b
    }
    return readings.pop() if len(readings) == 1 else None


def _stated_range(lines: Sequence[str]) -> Period | None:
    for line in lines:
        bare = _CLOCK.sub("", line)
        for first, last in pairwise(_dates(bare)):
            between = bare[first.end : last.start]
            is_labelled = _END.search(between) is not None and _START.search(bare[: first.start]) is not None
            if _BETWEEN.fullmatch(between) or is_labelled:
                return _range(first, last)
        short = _short_range(bare)
        if short is not None:
            return short
    return None


def _short_range(text: str) -> Period | None:
    for pattern in _SHORT_RANGES:
        found = pattern.search(text)
        if found is None:
            continue
        parts = found.groupdict()
        year = int(parts.get("y1") or parts.get("y2") or 0)
        months = [
            MONTH_OF[word.rstrip(".")] if (word := parts.get(f"w{i}")) else int(parts.get(f"m{i}") or 0) for i in (1, 2)
        ]
        first_month, last_month = months[0] or months[1], months[1] or months[0]
        last = _day(year, last_month, int(parts["d2"]))
        # December - January: the one year written is that of the side it stands at
        first_year = year - 1 if first_month > last_month and parts.get("y2") else year
        first = _day(first_year, first_month, int(parts["d1"]))
        if first and last and first <= last:
            return first, last
    return None


def _start_and_end(lines: Sequence[str]) -> Period | None:
    """``Start date: …`` on one line and ``End date: …`` on another."""
    first = last = None
    for line in lines:
        dates = _dates(_CLOCK.sub("", line))
        if len(dates) == 1:
            label = line[: dates[0].start]
            if first is None and _START.search(label):
                first = dates[0]
            elif first is not None and last is None and _END.search(label):
                last = dates[0]
    return _range(first, last) if first and last else None


def _stated_day_or_month(lines: Sequence[str]) -> Period | None:
    """``Date: 2026-06-01``, ``统计周期：2026年6月``, or a line that is a date and nothing else."""
    for line in lines:
        dates = _dates(line)
        label = line[: dates[0].start] if dates else line
        is_all = (
            len(dates) == 1 and not line[: dates[0].start].strip("\"' ") and not line[dates[0].end :].strip("\"' ,;")
        )
        if len(dates) == 1 and (
            is_all or (_LABEL.search(label) and not _START.search(label) and not _END.search(label))
        ):
            return _range(dates[0], dates[0])
        month = _month(line) if not dates else None
        if month is not None and (_LABEL.search(line) or len(line) <= 20):
            return month
    return None


def _month_of_name(name: str) -> Period | None:
    """A month in a file's name; a day there is more often that of the download."""
    return None if _dates(name) else _month(name)


def _month(text: str) -> Period | None:
    for pattern in _WHOLE_MONTHS:
        found = list(pattern.finditer(text))
        if len(found) == 1:
            parts = found[0].groupdict()
            month = MONTH_OF[parts["w"].rstrip(".")] if "w" in parts else int(parts["m"])
            first = date(int(parts["y"]), month, 1)
            return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return None

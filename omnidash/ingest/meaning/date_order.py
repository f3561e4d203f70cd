"""Which of the numbers of 03/04/2026, or of 26-07-01, is the day?

Three orders are possible: ``dmy``, ``mdy`` and, where years have two digits, ``ymd``. Those remain in which every date
of the column (of all rows) is one, not beyond the next year, and which the rest of the file allows, by what is known
best first:

    the column     13/04/2026 is no mdy; a dotted date never is; with years of two digits an order in which the dates
                   fall into five years or more is none where another keeps them within two; of 13.01.26 the reading
                   is taken whose dates are all of the last ten years, then that of fewer years
    other columns  dates of the same table that nothing has mapped and that can be read in one way only
    lines above    a date that can be read in one way only, or the days that they say the file covers
    the platform   how it usually writes, where its profile says so

Where more than one remains it is asked. 01.07.2026 begins with the day and needs no order.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from omnidash.ingest.meaning.columns import cells_of
from omnidash.ingest.meaning.fields import field_of
from omnidash.ingest.meaning.mapping import DATE_ORDERS, Mapping
from omnidash.ingest.meaning.questions import Question
from omnidash.ingest.reading.period import period_of
from omnidash.ingest.reading.reader import Source, distinct, is_all_in_sample
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Workspace

_SHORT = r"\d{1,2}[-/.]\d{1,2}[-/.]\d{1,4}"  # a date that does not begin with a whole year
_FIRST = re.compile(rf"^\s*({_SHORT})(?!\d)")
_LAST = re.compile(rf"(?:-|–|—|~|～|至|到|to)\s*({_SHORT})\s*$")
_FIRST_OF_CELL = f"regexp_extract({{cell}}, '^\\s*({_SHORT})(?:$|[^\\d])', 1)"
_LAST_OF_CELL = f"regexp_extract({{cell}}, '(?:-|–|—|~|～|至|到|to)\\s*({_SHORT})\\s*$', 1)"
_DATE_IN_LINE = re.compile(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?![\d/.-])")
_FEW_YEARS, _MANY_YEARS, _LATE_YEARS = 2, 5, 10
_DAY_OR_MONTH = N_("is '{example}' in column '{column}' day/month/year (dmy) or month/day/year (mdy)?")
_DAY_OR_YEAR = N_("is '{example}' in column '{column}' day/month/year (dmy) or year/month/day (ymd)?")
_ANY_ORDER = N_(
    "is '{example}' in column '{column}' day/month/year (dmy), month/day/year (mdy) or year/month/day (ymd)?"
)
_TEXTS: dict[tuple[str, ...], str] = {("dmy", "mdy"): _DAY_OR_MONTH, ("dmy", "ymd"): _DAY_OR_YEAR}


@dataclass(frozen=True, slots=True)
class _Parts:
    """A date as it is written: three numbers, the last as text, for two digits are not four."""

    one: int
    two: int
    three: str
    is_dotted: bool

    @property
    def has_long_year(self) -> bool:
        return len(self.three) == 4

    def read(self, order: str) -> date | None:
        """The date in that order, or None where it is none."""
        if order == "ymd":
            parts = (2000 + self.one, self.two, int(self.three)) if not self.has_long_year else None
        else:
            year = int(self.three) if self.has_long_year else 2000 + int(self.three) if len(self.three) == 2 else 0
            parts = (year, self.one, self.two) if order == "mdy" else (year, self.two, self.one)
        if parts is None or (order == "mdy" and self.is_dotted) or not 1990 <= parts[0] <= 2099:
            return None
        try:
            return date(*parts)
        except ValueError:
            return None


def with_date_order(
    ws: Workspace, source: Source, mapping: Mapping, *, is_answered: bool = False
) -> tuple[Mapping, list[Question]]:
    """The mapping with the order of its dates as the file decides it; a question where nothing does.

    ``is_answered``: the mapping's order is a person's answer, which stands unless the column disproves it; else it is
    what the platform usually writes.
    """
    mapped = [(c, field_of(mapping.kind, m)) for c, m in mapping.columns.items() if c in source.dialect.header]
    times = [column for column, field in mapped if field and field.value in ("time", "day")]
    written = {c: _dates_of(ws, source, c, is_range=mapping.span == "range") for c in times}
    told = [parts for dates in written.values() for text in sorted(dates) if (parts := _parts(text)) is not None]
    if not told:
        return mapping, []
    orders = _possible(told, datetime.now(UTC).year)
    if is_answered and mapping.date_order in orders:
        return mapping, []
    if len(orders) > 1:
        orders = _allowed_by_others(source, times, orders)
    if len(orders) > 1:
        orders = _allowed_by_lines(source, told, orders)
    if len(orders) > 1 and mapping.date_order in orders:
        orders = (mapping.date_order,)
    if len(orders) == 1:
        return replace(mapping, date_order=orders[0]), []
    column, example = next(
        (c, text) for c, dates in written.items() for text in [*cells_of(source, c), *sorted(dates)] if _parts(text)
    )
    text = _TEXTS.get(orders, _ANY_ORDER)
    message = Message(text, {"example": example, "column": column})
    return replace(mapping, date_order=None), [Question(field="date_order", text=message, options=orders)]


def year_first(line: str, order: str | None) -> str:
    """A line whose dates such as 1/5/2026 are written year first, where the order of day and month is known."""
    if order not in ("dmy", "mdy"):
        return line

    def turned(found: re.Match[str]) -> str:
        one, two, year = (int(found.group(i)) for i in (1, 3, 4))
        month, day = (one, two) if order == "mdy" else (two, one)
        return f"{year:04}-{month:02}-{day:02}" if month <= 12 else found.group()

    return _DATE_IN_LINE.sub(turned, line)


def _dates_of(ws: Workspace, source: Source, column: str, *, is_range: bool) -> set[str]:
    """The distinct dates of a column that may need an order; both of a cell that names two."""
    cells = cells_of(source, column)
    patterns = [(_FIRST, _FIRST_OF_CELL), *([(_LAST, _LAST_OF_CELL)] if is_range else [])]
    dates = {found[1] for pattern, _ in patterns for cell in cells if (found := pattern.search(cell))}
    if dates and not is_all_in_sample(source):
        for _, expression in patterns:
            dates |= distinct(ws, source, column, expression)
    return dates


def _parts(text: str) -> _Parts | None:
    """None where the text begins with no such date, or with one that needs no order."""
    found = _FIRST.match(text)
    if found is None:
        return None
    one, two, three = re.split(r"[-/.]", found[1])
    is_dotted = re.fullmatch(r"\d+\.\d+\.\d+", found[1]) is not None
    if len(three) == 3 or (is_dotted and len(three) == 4):
        return None
    return _Parts(int(one), int(two), three, is_dotted)


def _possible(told: Sequence[_Parts], this_year: int) -> tuple[str, ...]:
    """The orders in which all dates are dates; those that are none in any order do not count."""
    read = {order: [parts.read(order) for parts in told] for order in DATE_ORDERS}
    later = {order: [d if d and d.year <= this_year + 1 else None for d in days] for order, days in read.items()}
    for days in (later, read):
        any_order = [any(days[order][i] for order in DATE_ORDERS) for i in range(len(told))]
        fitting = [o for o in DATE_ORDERS if all(d or not is_one for d, is_one in zip(days[o], any_order, strict=True))]
        if fitting and any(any_order):
            near = _within_few_years(fitting, days)
            return _of_dotted(near, days, this_year) if all(parts.is_dotted for parts in told) else near
    return ("dmy", "mdy") if any(parts.has_long_year for parts in told) else DATE_ORDERS


def _within_few_years(orders: Sequence[str], read: dict[str, list[date | None]]) -> tuple[str, ...]:
    years = {order: len({day.year for day in read[order] if day}) for order in orders}
    has_few = min(years.values()) <= _FEW_YEARS
    return tuple(order for order in orders if not (has_few and years[order] >= _MANY_YEARS))


def _of_dotted(orders: Sequence[str], read: dict[str, list[date | None]], this_year: int) -> tuple[str, ...]:
    """Those of ``orders`` in which dates such as 13.01.26, day first in half of the world and year first in East Asia,
    are of late, and of these the ones that fall into the fewest years."""
    years = {order: {day.year for day in read[order] if day} for order in orders}
    late = [order for order in orders if min(years[order]) > this_year - _LATE_YEARS] or [*orders]
    fewest = min(len(years[order]) for order in late)
    return tuple(order for order in late if len(years[order]) == fewest)


def _allowed_by_others(source: Source, times: Sequence[str], orders: tuple[str, ...]) -> tuple[str, ...]:
    """That of ``orders`` which another column of dates decides: who writes 15/07 there writes 03/04 alike."""
    for column in source.dialect.header:
        told = [_parts(cell) for cell in cells_of(source, column)] if column not in times else []
        if told and all(told):
            proven = _possible([parts for parts in told if parts], datetime.now(UTC).year)
            if len(proven) == 1 and proven[0] in orders:
                return proven
    return orders


def _allowed_by_lines(source: Source, told: Sequence[_Parts], orders: tuple[str, ...]) -> tuple[str, ...]:
    """Those of ``orders`` that the lines above the table allow: by a date of their own, or by the days they state."""
    preamble = source.dialect.preamble
    order = _order_written(preamble)
    if order in orders:
        return (order,)
    period = period_of(preamble, source.name)
    if period is None:
        return orders
    first, last = period
    fitting = tuple(o for o in orders if all((day := one.read(o)) is not None and first <= day <= last for one in told))
    return fitting or orders


def _order_written(lines: Iterable[str]) -> str | None:
    """The order that a date within the lines decides: a number above 12 is a day."""
    written = [(int(found.group(1)), int(found.group(3))) for line in lines for found in _DATE_IN_LINE.finditer(line)]
    day_first, month_first = any(one > 12 for one, _ in written), any(two > 12 for _, two in written)
    if day_first == month_first:
        return None
    return "dmy" if day_first else "mdy"

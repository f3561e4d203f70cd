"""How does this file write its days, and which days does it cover?

A file of spend or figures whose rows carry no day covers the days that its preamble or its name state. A day column may
name two days, a month or a week in a cell (``mapping.span``). A date such as 03/04/2026 is read as another date of its
column decides, else as the platform always writes it (where its profile says so), else as a date in the lines above
decides, or as the days that they state allow; else it is a question, never a silent guess.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from omnidash.ingest.meaning.columns import MONTH, RANGE, cells_of
from omnidash.ingest.meaning.fields import field_of, header_key
from omnidash.ingest.meaning.mapping import DATE_ORDERS, Mapping
from omnidash.ingest.meaning.questions import Question
from omnidash.ingest.reading.period import period_of
from omnidash.ingest.reading.reader import RawTable, Source, may_be_straight, opened
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Workspace

_SHORT_DATE = re.compile(r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})\b")
_DATE_IN_LINE = re.compile(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?![\d/.-])")
_OF_MONTH = re.compile(r"\b(month|monat|mois|mes|mese)\b|月")
_OF_WEEK = re.compile(r"\b(week|woche|semaine|semana|settimana)\b|周")


def with_period(source: Source, mapping: Mapping) -> Mapping:
    """The days that the file states as a whole, where its rows carry none."""
    if mapping.kind not in ("spend", "reports") or "date" in {*mapping.columns.values(), *mapping.constants}:
        return mapping
    lines = [_unambiguous(line, mapping.date_order) for line in source.dialect.preamble]
    period = period_of(lines, source.name)
    if period is None:
        return mapping
    first, last = period
    days = {"date": first.isoformat()} | ({"end_date": last.isoformat()} if _has_end(mapping) else {})
    return replace(mapping, constants={**mapping.constants, **days})


def with_span(source: Source, mapping: Mapping) -> Mapping:
    """Whether the cells of the day column name more than a day each."""
    column = mapping.column_of("date")
    if mapping.kind not in ("spend", "reports") or column not in source.dialect.header or not _has_end(mapping):
        return mapping if mapping.span is None else replace(mapping, span=None)
    cells = cells_of(source, column)
    key = header_key(column)
    span = None
    if _most(cells, RANGE):
        span = "range"
    elif _most(cells, MONTH) or (_OF_MONTH.search(key) and _most(cells, r"\d{4}[-/.年]\d{1,2}[-/.月]0?1日?")):
        span = "month"
    elif _OF_WEEK.search(key):
        span = "week"
    return replace(mapping, span=span)


def _most(cells: list[str], pattern: str) -> bool:
    return sum(1 for cell in cells if re.fullmatch(pattern, cell)) > 0.6 * len(cells)


def _has_end(mapping: Mapping) -> bool:
    return not {"end_date", "day_number"} & set(mapping.columns.values())


def _unambiguous(line: str, date_order: str | None) -> str:
    """A line whose dates such as 1/5/2026 are written year first, where the order of day and month is known."""
    if date_order is None:
        return line

    def year_first(found: re.Match[str]) -> str:
        one, two, year = (int(found.group(i)) for i in (1, 3, 4))
        month, day = (one, two) if date_order == "mdy" else (two, one)
        return f"{year:04}-{month:02}-{day:02}" if month <= 12 else found.group()

    return _DATE_IN_LINE.sub(year_first, line)


def with_date_order(ws: Workspace, source: Source, mapping: Mapping) -> tuple[Mapping, list[Question]]:
    """The mapping with the order of day and month as the file decides it; a question where nothing does."""
    columns = {meaning: column for column, meaning in mapping.columns.items() if column in source.dialect.header}
    times = [c for m, c in columns.items() if (field := field_of(mapping.kind, m)) and field.value in ("time", "day")]
    short = [c for c in times if any(_SHORT_DATE.match(value) for value in cells_of(source, c))]
    if not short:
        return mapping, []
    cells = [value for column in short for value in cells_of(source, column)]
    order = (
        _date_order(ws, source, short)
        or _order_written(cells)  # the last day of a range may tell
        or mapping.date_order
        or _order_of_lines(source, cells)
    )
    if order is not None:
        return replace(mapping, date_order=order), []
    example = next(value for value in cells_of(source, short[0]) if _SHORT_DATE.match(value))
    text = Message(
        N_("is '{example}' in column '{column}' day/month/year (dmy) or month/day/year (mdy)?"),
        {"example": example, "column": short[0]},
    )
    return mapping, [Question(field="date_order", text=text, options=DATE_ORDERS)]


def _order_written(lines: Sequence[str]) -> str | None:
    """The order that a date within the lines decides: a number above 12 is a day."""
    written = [(int(found.group(1)), int(found.group(3))) for line in lines for found in _DATE_IN_LINE.finditer(line)]
    day_first, month_first = any(one > 12 for one, _ in written), any(two > 12 for _, two in written)
    if day_first == month_first:
        return None
    return "dmy" if day_first else "mdy"


def _order_of_lines(source: Source, cells: list[str]) -> str | None:
    """The order that the lines above the table decide: by a date of their own, or by the days they say it covers."""
    preamble = source.dialect.preamble
    period = period_of(preamble, source.name)
    if (order := _order_written(preamble)) is not None or period is None:
        return order
    dates = [found for value in cells if (found := _SHORT_DATE.match(value))]
    fitting = [order for order in DATE_ORDERS if all(_is_within(one, order, period) for one in dates)]
    return fitting[0] if len(fitting) == 1 else None


def _is_within(cell: re.Match[str], order: str, period: tuple[date, date]) -> bool:
    one, two, year = (int(part) for part in cell.groups())
    month, day = (one, two) if order == "mdy" else (two, one)
    try:
        return period[0] <= date(year if year > 99 else 2000 + year, month, day) <= period[1]
    except ValueError:
        return False


def covers_several_days(source: Source, mapping: Mapping) -> bool:
    """Whether rows are of more than one day each."""
    if mapping.span is not None:
        return True
    start, end = mapping.column_of("date"), mapping.column_of("end_date")
    if start is not None and end is not None:
        return cells_of(source, start) != cells_of(source, end)
    first, last = mapping.constants.get("date"), mapping.constants.get("end_date")
    return first is not None and last is not None and first != last


def _date_order(ws: Workspace, source: Source, columns: list[str]) -> str | None:
    """dmy where a first number passes 12, mdy where a second one does; the whole column is asked, not the sample."""
    with ws.staging() as staging, opened(ws, staging, source, mend=not may_be_straight(source)) as raw:
        first, second = _largest_parts(staging.cursor, raw, [source.dialect.header.index(c) for c in columns])
    if first > 12 and second <= 12:
        return "dmy"
    if second > 12 and first <= 12:
        return "mdy"
    return None


def _largest_parts(cursor, raw: RawTable, positions: list[int]) -> tuple[int, int]:  # type: ignore[no-untyped-def]
    first, second = 0, 0
    for position in positions:
        part = "max(try_cast(regexp_extract(c{}, '^\\s*(\\d{{1,2}})[-/.](\\d{{1,2}})[-/.]', {}) as integer))"
        row = cursor.execute(
            f"select {part.format(position, 1)}, {part.format(position, 2)} from {raw.relation}",  # noqa: S608  (numbers)
            raw.params,
        ).fetchall()[0]
        first, second = max(first, row[0] or 0), max(second, row[1] or 0)
    return first, second

"""Which days does this file cover, and does a cell of its day column name more than a day?

A file of spend or figures whose rows carry no day covers the days that its preamble or its name state. A day column may
name two days, a week, a month or a quarter in a cell (``mapping.span``). The order of day and month: ``date_order``.
"""

import re
from dataclasses import replace

from omnidash.ingest.meaning.columns import LAST_HOUR, MONTH, QUARTER, RANGE, SHORT_RANGE, WEEK, cells_of
from omnidash.ingest.meaning.date_order import year_first
from omnidash.ingest.meaning.fields import header_key
from omnidash.ingest.meaning.mapping import Mapping
from omnidash.ingest.reading.period import period_of
from omnidash.ingest.reading.reader import Source

_OF_MONTH = re.compile(r"\b(month|monat|mois|mes|mese)\b|月")
_OF_WEEK = re.compile(r"\b(week|woche|semaine|semana|settimana)\b|周")


def with_period(source: Source, mapping: Mapping) -> Mapping:
    """The days that the file states as a whole, where its rows carry none."""
    if mapping.kind not in ("spend", "reports") or "date" in {*mapping.columns.values(), *mapping.constants}:
        return mapping
    lines = [year_first(line, mapping.date_order) for line in source.dialect.preamble]
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
    if _most(cells, f"{RANGE}|{SHORT_RANGE}|{LAST_HOUR}"):
        span = "range"
    elif _most(cells, MONTH) or (_OF_MONTH.search(key) and _most(cells, r"\d{4}[-/.年]\d{1,2}[-/.月]0?1日?")):
        span = "month"
    elif _most(cells, QUARTER):
        span = "quarter"
    elif _most(cells, WEEK) or _OF_WEEK.search(key):
        span = "week"
    return replace(mapping, span=span)


def _most(cells: list[str], pattern: str) -> bool:
    return sum(1 for cell in cells if re.fullmatch(pattern, cell)) > 0.6 * len(cells)


def _is_longer_than_a_day(cell: str) -> bool:
    days = re.fullmatch(RANGE, cell)
    if days is None:
        return re.fullmatch(SHORT_RANGE, cell) is not None
    return days[1] != days[2]


def _has_end(mapping: Mapping) -> bool:
    return not {"end_date", "day_number"} & set(mapping.columns.values())


def covers_several_days(source: Source, mapping: Mapping) -> bool:
    """Whether rows are of more than one day each."""
    if mapping.span == "range":  # one of hours may stay within its day
        return any(map(_is_longer_than_a_day, cells_of(source, mapping.column_of("date") or "")))
    if mapping.span is not None:
        return True
    start, end = mapping.column_of("date"), mapping.column_of("end_date")
    if start is not None and end is not None:
        return cells_of(source, start) != cells_of(source, end)
    first, last = mapping.constants.get("date"), mapping.constants.get("end_date")
    return first is not None and last is not None and first != last

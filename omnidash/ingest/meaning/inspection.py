"""A first look at an export, for its owner to confirm: how it is written, what its columns mean, what is unclear.

Order of belief: the profile or kind that was asked for, a mapping confirmed earlier for this header, a known profile,
the guess. A file of spend or figures whose rows carry no day covers the days that its preamble or its name state; else
they are asked for. A date such as 03/04/2026 is read as the platform always writes it (where its profile says so), as
another date of its column or of the lines above decides, or as the stated days allow; else it is a question, never a
silent guess.
"""

import re
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from omnidash.ingest.meaning.columns import MONTH, RANGE
from omnidash.ingest.meaning.fields import field_of, header_currency, header_key, is_ratio
from omnidash.ingest.meaning.formula import AVERAGE, is_formula
from omnidash.ingest.meaning.guess import guess, has_decimal_commas, suggested_channels
from omnidash.ingest.meaning.mapping import DATE_ORDERS, GUESSED, REMEMBERED, Mapping, currencies, remembered
from omnidash.ingest.meaning.profiles import profile as profile_named
from omnidash.ingest.meaning.profiles import profiles, recognised
from omnidash.ingest.reading.dialect import clean_cell
from omnidash.ingest.reading.period import period_of
from omnidash.ingest.reading.reader import RawTable, Source, look, may_be_straight, opened
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_, Message
from omnidash.store.workspace import Workspace

_SHORT_DATE = re.compile(r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})\b")
_DATE_IN_LINE = re.compile(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?![\d/.-])")
_OF_MONTH = re.compile(r"\b(month|monat|mois|mes|mese)\b|月")
_OF_WEEK = re.compile(r"\b(week|woche|semaine|semana|settimana)\b|周")
_DATE_IN_NAME = re.compile(r"(?<!\d)(20\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?!\d)")
# the signs that can only be one currency; '$' and '¥' are the workspace's where its currency is written so
_SIGNS = {
    "US$": "USD", "HK$": "HKD", "NT$": "TWD", "A$": "AUD", "C$": "CAD", "CA$": "CAD", "S$": "SGD", "R$": "BRL",
    "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₫": "VND", "৳": "BDT", "₽": "RUB", "₺": "TRY", "฿": "THB",
    "元": "CNY",
}  # fmt: skip
_DOLLARS = ("USD", "AUD", "CAD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP")
_YENS = ("CNY", "JPY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something only the owner knows. ``field``: date_order, or the field that nothing provides (date: the first and
    last day the file covers, constants date and end_date). ``options``: what is likely, any other may be right."""

    field: str
    text: Message
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """``sample`` holds raw cells and lives in memory only. ``confidence``: source column -> 0..1."""

    name: str
    encoding: str
    delimiter: str
    preamble: tuple[str, ...]
    header: tuple[str, ...]
    header_row: int
    sample: tuple[tuple[str, ...], ...]
    kind: str
    profile: str
    mapping: Mapping
    confidence: AnyMapping[str, float]
    questions: tuple[Question, ...]
    warnings: tuple[Message, ...]


def inspect(
    ws: Workspace, path: Path | str, *, name: str | None = None, profile: str | None = None, kind: str | None = None
) -> Inspection:
    """Look at an export. Raises BadInput where it is no readable table, or ``profile`` does not fit its header."""
    source = look(path, name=name)
    header, sample = source.dialect.header, source.dialect.sample
    mapping, confidence = _mapping(ws, source, profile, kind)
    mapping = _with_span(source, mapping)
    mapping, questions = _with_number_and_date_style(ws, source, mapping)
    mapping = _with_period(source, mapping)
    questions += [_question(ws, source, field) for field in mapping.missing_fields()]
    return Inspection(
        name=source.name,
        encoding=source.scan.encoding,
        delimiter=source.dialect.delimiter,
        preamble=source.dialect.preamble,
        header=header,
        header_row=source.dialect.header_row,
        sample=sample[:20],
        kind=mapping.kind,
        profile=mapping.profile,
        mapping=mapping,
        confidence=confidence,
        questions=tuple(questions),
        warnings=(*source.scan.warnings, *_warnings(source, mapping)),
    )


def _mapping(
    ws: Workspace, source: Source, profile: str | None, kind: str | None
) -> tuple[Mapping, AnyMapping[str, float]]:
    header, sample, preamble = source.dialect.header, source.dialect.sample, source.dialect.preamble
    if profile is not None:
        wanted = profile_named(profile)
        if not wanted.fits(header):
            raise BadInput(
                N_("{file} does not look like '{profile}': expected the columns {columns}"),
                file=source.name,
                profile=profile,
                columns=", ".join(wanted.requires),
            )
        return _sure(wanted.mapping(header), header)
    kept = remembered(ws, header)
    if kept is not None and kind in (None, kept.kind) and _still_fits(kept, source):
        return _sure(replace(kept, profile=kept.profile if kept.profile not in (GUESSED,) else REMEMBERED), header)
    known = recognised(header, sample, preamble)
    if known is not None and kind in (None, known.kind):
        return _sure(known.mapping(header), header)
    guessed = guess(header, sample, kind, has_period=period_of(preamble, source.name) is not None)
    return guessed.mapping, guessed.confidence


def _still_fits(kept: Mapping, source: Source) -> bool:
    """A mapping that came from a profile is not remembered for a table of the same columns that is another export."""
    dialect = source.dialect
    known = next((p for p in profiles() if p.name == kept.profile), None)
    return known is None or known.fits(dialect.header, dialect.sample, dialect.preamble)


def _sure(mapping: Mapping, header: tuple[str, ...]) -> tuple[Mapping, AnyMapping[str, float]]:
    """A confirmed or declared mapping, with the currency its header states."""
    return mapping, {column: 1.0 for column in mapping.columns if column in header}


def _with_number_and_date_style(ws: Workspace, source: Source, mapping: Mapping) -> tuple[Mapping, list[Question]]:
    """The mapping with currency, decimal sign and date order as the columns show them; a question if they do not."""
    columns = {meaning: column for column, meaning in mapping.columns.items() if column in source.dialect.header}
    money = [c for m, c in columns.items() if (field := field_of(mapping.kind, m)) and field.value == "amount"]
    stated = {header_currency(c) for c in money} & currencies()
    if len(stated) == 1 and "currency" not in columns:
        constants = {k: v for k, v in mapping.constants.items() if k != "currency"}
        mapping = replace(mapping, currency=stated.pop(), constants=constants)
    numbers = [value for c in money for value in _cells(source, c)]
    counted = [c for c, rule in mapping.figures.items() if not is_formula(rule) and rule != AVERAGE]
    if "currency" not in columns and not mapping.currency and "currency" not in mapping.constants:
        mapping = replace(mapping, currency=_written_currency(numbers, ws.settings.currency))
    numbers += [value for c in counted if c in source.dialect.header for value in _cells(source, c)]
    others = [cell for row in source.dialect.sample for cell in row]
    mapping = replace(mapping, decimal_comma=has_decimal_commas(numbers, others))
    return _with_date_order(ws, source, mapping)


def _with_period(source: Source, mapping: Mapping) -> Mapping:
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


def _with_span(source: Source, mapping: Mapping) -> Mapping:
    """Whether the cells of the day column name more than a day each."""
    column = mapping.column_of("date")
    if mapping.kind not in ("spend", "reports") or column not in source.dialect.header or not _has_end(mapping):
        return mapping if mapping.span is None else replace(mapping, span=None)
    cells = _cells(source, column)
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


def _with_date_order(ws: Workspace, source: Source, mapping: Mapping) -> tuple[Mapping, list[Question]]:
    columns = {meaning: column for column, meaning in mapping.columns.items() if column in source.dialect.header}
    times = [c for m, c in columns.items() if (field := field_of(mapping.kind, m)) and field.value in ("time", "day")]
    short = [c for c in times if any(_SHORT_DATE.match(value) for value in _cells(source, c))]
    if not short:
        return mapping, []
    cells = [value for column in short for value in _cells(source, column)]
    order = (
        _date_order(ws, source, short)
        or _order_written(cells)  # the last day of a range may tell
        or mapping.date_order
        or _order_of_lines(source, cells)
    )
    if order is not None:
        return replace(mapping, date_order=order), []
    example = next(value for value in _cells(source, short[0]) if _SHORT_DATE.match(value))
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


def settled(ws: Workspace, source: Source, mapping: Mapping) -> Mapping:
    """A mapping whose date order is decided, by its owner or by the column's own dates. Raises BadInput otherwise."""
    decided, questions = _with_date_order(ws, source, mapping)
    if questions:
        raise BadInput(N_("{file}: {question}"), file=source.name, question=questions[0].text)
    return decided


def _written_currency(amounts: list[str], workspace_currency: str) -> str | None:
    """The one currency that the amounts are written in (US$3.38, 12 EUR), or None where they name none or several."""
    found = set()
    for amount in amounts:
        sign = re.sub(r"[\d.,'’\s()+%万亿-]", "", amount)
        if sign == "$":
            found.add(workspace_currency if workspace_currency in _DOLLARS else "USD")
        elif sign in ("¥", "￥"):
            found.add(workspace_currency if workspace_currency in _YENS else "CNY")
        elif sign in _SIGNS or sign in currencies():
            found.add(_SIGNS.get(sign, sign))
    return found.pop() if len(found) == 1 else None


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


def _cells(source: Source, column: str) -> list[str]:
    position = source.dialect.header.index(column)
    return [clean_cell(row[position]) for row in source.dialect.sample if position < len(row) and row[position].strip()]


def _question(ws: Workspace, source: Source, field: str) -> Question:
    if field == "channel":
        own = {
            name: channel
            for channel, *names in ws.rows("select channel, name_en, name_zh from channel")
            for name in names
        }
        text = Message(N_("which channel is this file about?"))
        return Question(field=field, text=text, options=suggested_channels(source.name, own))
    if field == "date":
        return Question(field=field, text=Message(N_("which days does this file cover?")))
    if field == "time":
        text = Message(
            N_("when did this happen? name the column, or one moment for all rows (when the list was taken)")
        )
        return Question(field=field, text=text, options=_dates_in_name(source.name))
    return Question(field=field, text=Message(N_("which column holds the {field}?"), {"field": field}))


def _dates_in_name(name: str) -> tuple[str, ...]:
    days = ["-".join(found.groups()) for found in _DATE_IN_NAME.finditer(name)]
    return tuple(dict.fromkeys(day for day in days if _is_day(day)))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _warnings(source: Source, mapping: Mapping) -> list[Message]:
    """What a careful reader would point out before the import."""
    warnings = []
    used = {*mapping.columns, *mapping.figures, *mapping.totals}
    left_out = [c for c in source.dialect.header if c not in used and not is_ratio(c)]
    if left_out:
        text = N_("{count} columns are not used: {columns}")
        warnings.append(Message(text, {"count": len(left_out), "columns": ", ".join(left_out[:12])}))
    if mapping.kind == "spend" and _covers_several_days(source, mapping):
        warnings.append(Message(N_("rows cover several days; their cost is spread evenly over them")))
    return warnings


def _covers_several_days(source: Source, mapping: Mapping) -> bool:
    if mapping.span is not None:
        return True
    start, end = mapping.column_of("date"), mapping.column_of("end_date")
    if start is not None and end is not None:
        return _cells(source, start) != _cells(source, end)
    first, last = mapping.constants.get("date"), mapping.constants.get("end_date")
    return first is not None and last is not None and first != last

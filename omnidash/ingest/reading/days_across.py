"""Tables whose days stand across: a column for each day. Turned, they are tables as any other, one row per day.

    渠道     2026-07-01   2026-07-02   合计            渠道    日期          花费
    抖音     100          200          300     ──►     抖音    2026-07-01    100
    微信     10           20           30              抖音    2026-07-02    200  …

Where the last column of words names what is counted (花费, Clicks), each of its words becomes a column; else a line
above the table or the name of the file must say what its numbers are (7月花费). Days must have their year, all other
cells of the days must be numbers or blank, and columns of totals beside them are left out: a table of which any of this
cannot be said is not turned. A blank cell is no row: it is no zero.
"""

import csv
import re
from collections.abc import Sequence

from omnidash.ingest.meaning.fields import FIELDS, header_key, is_ratio
from omnidash.ingest.reading.dialect import DELIMITERS
from omnidash.ingest.reading.header import clean_cell, is_blank, is_value, width_of
from omnidash.ingest.reading.totals import names_total

_DAY = re.compile(
    r"(?:19|20)\d\d[-/.年]\s?\d{1,2}(?:[-/.月]\s?\d{1,2}日?|月)?(?: 0?0:00(?::00)?)?|(?:19|20)\d{6}"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d)"
)
_NOTHING = re.compile(r"(?i)-{0,3}|—|–|n/a|null")
_LEAST_DAYS, _MOST_LABELS = 3, 4
_SEARCHED_ROWS = 60
Row = Sequence[str]


def turned_text(text: str, name: str) -> list[list[str]] | None:
    """``turned`` of a text with whichever delimiter makes such a table of it."""
    for delimiter in DELIMITERS:
        try:
            table = turned(list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter)), name)
        except csv.Error:  # a cell without end
            continue
        if table is not None:
            return table
    return None


def turned(rows: Sequence[Row], name: str = "") -> list[list[str]] | None:
    """The table with one row per day, its lines above before it; None where it is no table of days across. ``name``:
    that of the file, which may say what its numbers are."""
    for at, row in enumerate(rows[:_SEARCHED_ROWS]):
        labels, days = _heading(row)
        if labels and days:
            body = _body(rows[at + 1 :], labels, days)
            told = [*rows[:at], [re.sub(r"[\W_]+", " ", name)]]
            table = None if body is None else _turned(told, row, body, labels, days)
            return None if table is None else [*map(list, rows[:at]), *table]
    return None


def _heading(row: Row) -> tuple[int, int]:
    """How many columns of words a header has, and how many of days behind them; zeros where it is none."""
    cells = [clean_cell(cell) for cell in row[: width_of(row)]]
    labels = next((i for i, cell in enumerate(cells) if _DAY.fullmatch(cell)), 0)
    days = next((i for i, cell in enumerate(cells[labels:]) if not _DAY.fullmatch(cell)), len(cells) - labels)
    told, others = cells[labels : labels + days], cells[labels + days :]
    is_header = (
        1 <= labels <= _MOST_LABELS
        and days >= _LEAST_DAYS
        and len(set(told)) == days
        and not any(is_value(cell) for cell in cells[:labels])
        and all(names_total(cell) or not cell for cell in others)
    )
    return (labels, days) if is_header else (0, 0)


def _body(rows: Sequence[Row], labels: int, days: int) -> list[list[str]] | None:
    """The rows below with their words and numbers, a word that is merged over several rows in each of them; None where
    one does not fit."""
    body: list[list[str]] = []
    for row in rows:
        if is_blank(row):
            continue
        cells = [clean_cell(cell) for cell in row] + [""] * (labels + days)
        words, numbers = cells[:labels], cells[labels : labels + days]
        if body and labels > 1 and not words[0] and words[-1]:
            words = [word or above for word, above in zip(words, body[-1], strict=False)]
        are_numbers = all(_NOTHING.fullmatch(cell) or (is_value(cell) and not _DAY.fullmatch(cell)) for cell in numbers)
        if not all(words) or any(is_value(word) for word in words) or not are_numbers:
            return None
        body.append([*words, *numbers])
    return body or None


def _turned(above: Sequence[Row], header: Row, body: list[list[str]], labels: int, days: int) -> list[list[str]] | None:
    names = [clean_cell(cell) for cell in header[:labels]]
    told = [clean_cell(cell) for cell in header[labels : labels + days]]
    is_chinese = any("\u4e00" <= letter <= "\u9fff" for row in (names, *body) for letter in "".join(row))
    day = "日期" if is_chinese else "Date"
    if _name_measures(row[labels - 1] for row in body):
        return _by_measure(names[:-1], day, told, body, labels)
    measure = _measure_above(above)
    if measure is None:
        return None
    rows = [
        [*row[:labels], date, number]
        for row in body
        for date, number in zip(told, row[labels:], strict=True)
        if not _NOTHING.fullmatch(number)
    ]
    return [[*names, day, measure], *rows]


def _by_measure(names: list[str], day: str, told: list[str], body: list[list[str]], labels: int) -> list[list[str]]:
    """Each measure a column: one row for each day of the other words."""
    measures = list(dict.fromkeys(row[labels - 1] for row in body))
    cells: dict[tuple[str, ...], dict[str, str]] = {}
    for row in body:
        for date, number in zip(told, row[labels:], strict=True):
            cells.setdefault((*row[: labels - 1], date), {})[row[labels - 1]] = number
    rows = [[*key, *(of.get(measure, "") for measure in measures)] for key, of in cells.items()]
    return [[*names, day, *measures], *(row for row in rows if not all(map(_NOTHING.fullmatch, row[len(names) + 1 :])))]


def _name_measures(words: object) -> bool:
    """Whether most words of a column name what platforms count, or a rate of it, and one of them surely does."""
    told = list(dict.fromkeys(words))  # type: ignore[call-overload]  # an iterable of words
    known = [word for word in told if header_key(word) in _measures()]
    return bool(known) and 2 * sum(1 for word in told if word in known or is_ratio(word)) > len(told)


def _measure_above(rows: Sequence[Row]) -> str | None:
    """What the lines above say the numbers are: the only known word of theirs for an amount or a count."""
    said = header_key(" ".join(cell for row in rows for cell in row))
    found = {word for word in _measures() if len(word) > 1 and re.search(_whole(word), said)}
    longest = {word for word in found if not any(word != other and word in other for other in found)}
    return longest.pop() if len(longest) == 1 else None


def _whole(word: str) -> str:
    return rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word)


def _measures() -> frozenset[str]:
    return frozenset(
        header_key(word)
        for kind in ("spend", "reports")
        for field in FIELDS[kind]
        if field.value in ("amount", "count") and field.name != "day_number"
        for word in field.words
    )

"""Which row names the columns? Finds the header among titles, ``Key: value`` lines, data and totals.

A header is a row of words (no number, amount or date among them) with rows below it that have as many cells. Of several
such rows the one counts whose table is the widest and longest; where a narrow table begins with labels of its own
(``Account,Shop`` above ``Day,Cost``), the last row of words before the values start. Below a wider header words may be
units.

>>> heading_of([["Report"], [], ["Day", "Cost"], ["2026-07-01", "5"]]).at
2
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_SEARCHED_ROWS = 60  # filled rows among which a header is looked for
_JUDGED_ROWS = 50  # rows below a header that are compared with it
_TYPED_SHARE = 0.8
_UNLIKELY = 0.3
_GOOD_ENOUGH = 0.7  # of the best score: the first header of several tables, not the widest

Row = Sequence[str]

_AMOUNT = re.compile(
    r"[<>≤≥~]?\s*[(\[]?[-+]?\s*(?:[A-Z]{1,3}[$€£¥]|[A-Z]{3}\s|[^\w\s])?"
    r"\s*[-+]?\d[\d.,'’ \u00a0]*\s*(?:[%万亿元]|[€$£¥])?[)\]]?"
)
_DATE = re.compile(
    r"(?<!\d)\d{4}[-/.年]\d{1,2}[-/.月]\d|(?<!\d)\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d)(?!\d)|^\d{4}[-/.年]\d{1,2}月?$"
    r"|^\d{1,2}:\d\d|\b\d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d\b|\b\d{1,2}[ -][A-Za-z]{3,9}[ -](?:20)?\d\d\b"
    r"|^[A-Z][a-z]{2}-\d\d?-(?:20)?\d\d\b"
)
_DASHES = ("-", "--")
_NOTHING = re.compile(r"(?i)-{1,3}|—|–|n/a|#n/a|null|none|nan|\(not set\)|\\n")
_LABEL = re.compile(
    r"(?i)(report|account|property|customer|client|advertiser|agency|currency|period|from|to|start|end|since|until|"
    r"generated|created|exported|downloaded|date range|dates?|time ?zone|filters?|segments?|view|user|shop|store|title|"
    r"language|attribution|version|aggregation|level|last completed|rows|potential|"
    r"报表|报告|账户|账号|店铺|时间|日期|币种|统计|数据|导出|生成|开始|结束|筛选|单位)\b.*|.*(时间|日期|范围|周期|账户|名称)[:：]?"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """The header: its place ``at`` in the rows, its number of named columns ``width``, the positions of the columns
    that hold values (numbers, dates) below it, and a score by which readings with other delimiters compare.
    ``is_sure``: every row below it fits and some column holds values, however short the table is."""

    at: int
    width: int
    typed: frozenset[int]
    score: float
    is_sure: bool


def heading_of(rows: Sequence[Row]) -> Heading | None:
    """The header of the first table in ``rows`` (blank lines are empty rows); None where no row can be one."""
    found = [heading for i in _places(rows) if (heading := _heading(rows, i)) is not None]
    if not found:
        return None
    enough = _GOOD_ENOUGH * max(heading.score for heading in found)
    first = next(heading for heading in found if heading.is_sure or heading.score >= enough)
    return _last_before_values(rows, first, found)


def is_heading(row: Row) -> bool:
    """Words, not values: no cell that is a number, an amount or a date, and not most of the names repeat."""
    told = [cell for cell in row if cell.strip()]
    if any(_kind(cell) == "value" or clean_cell(cell) in _DASHES for cell in told):
        return False
    words = list(map(clean_cell, told))
    if not any(map(_has_letter, words)):
        return False
    return len(set(words)) >= 0.5 * len(words) and max(map(len, words)) < 200


def is_comment(row: Row) -> bool:
    """``# Start date: 20230101``; a header may begin with '#' as well, but then has names beside it."""
    first = row[0].lstrip() if row else ""
    return first.startswith("#") and (filled(row) <= 1 or ":" in first)


def is_blank(row: Row) -> bool:
    """No cell says anything."""
    return not any(cell.strip() for cell in row)


def is_label_block(rows: Sequence[Row]) -> bool:
    """Lines ``Account,Shop`` / ``From,2026-07-01``: at least half of the first cells are words of a preamble."""
    told = [row for row in rows if not is_blank(row)]
    labels = sum(1 for row in told if width_of(row) <= 2 and _LABEL.fullmatch(clean_cell(row[0])))
    return bool(told) and 2 * labels >= len(told)


def filled(row: Row) -> int:
    """How many cells say something."""
    return sum(1 for cell in row if cell.strip())


def width_of(row: Row) -> int:
    """Number of cells up to the last one that says something."""
    return next((i for i in range(len(row), 0, -1) if row[i - 1].strip()), 0)


def clean_cell(text: str) -> str:
    """A cell without blanks, tabs, byte order marks and the ``="…"`` that protects ids from spreadsheets."""
    text = re.sub(r"\s+", " ", text.strip(" \t\r\n\u00a0\u3000\ufeff"))
    return text[2:-1] if len(text) > 3 and text.startswith('="') and text.endswith('"') else text


def fits(row: Row, width: int) -> float:
    """How well a row belongs to a table of ``width`` columns: 1 its cells are as many (blank ones may follow)."""
    told = width_of(row)
    if told <= width <= len(row):
        return 1.0
    return 0.25 if told > 1 and width > 1 else 0.0


def is_value(word: str) -> bool:
    """Whether a clean cell is a number, an amount, a date, an address of a mail, or the dash of 'no value'."""
    plain = unicodedata.normalize("NFKC", word)
    return (
        plain in _DASHES
        or _AMOUNT.fullmatch(plain) is not None
        or _DATE.search(plain) is not None
        or re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", plain) is not None
    )


def typed_columns(rows: Sequence[Row], width: int) -> frozenset[int]:
    """Positions of the columns whose told cells are values, nearly all of them: one may be a unit, or a word."""
    typed = set()
    for position in range(width):
        kinds = [_kind(row[position]) for row in rows if position < len(row)]
        values, words = kinds.count("value"), kinds.count("word")
        if values and (words <= 1 < values or values >= _TYPED_SHARE * (values + words)):
            typed.add(position)
    return frozenset(typed)


@lru_cache(maxsize=1 << 15)  # a cell is compared with every row that may be its header
def _kind(cell: str) -> str:
    word = clean_cell(cell)
    if not word or _NOTHING.fullmatch(word) is not None:
        return "nothing"
    return "value" if is_value(word) else "word"


def _has_letter(word: str) -> bool:
    return any(character.isalpha() for character in word)


def _places(rows: Sequence[Row]) -> list[int]:
    told = [i for i, row in enumerate(rows) if not is_blank(row)][:_SEARCHED_ROWS]
    return [i for i in told if not is_comment(rows[i]) and is_heading(rows[i])]


def _heading(rows: Sequence[Row], at: int) -> Heading | None:
    width = width_of(rows[at])
    if filled(rows[at]) < max(min(2, width), 0.6 * width):
        return None
    below = _below(rows, at)
    fitting = [row for row in below if fits(row, width) == 1.0]
    fit = sum(fits(row, width) for row in below)
    if fit == 0 or _has_data_above(rows, at, width):
        return None
    typed = typed_columns(fitting, width)
    score = fit / len(below) * (1 + math.log2(width)) * math.sqrt(min(fit, 16))
    is_likely = bool(typed) and not (width == 2 and is_label_block(below))
    is_sure = is_likely and width > 1 and fit == len(below)
    return Heading(at, width, typed, score if is_likely else _UNLIKELY * score, is_sure)


def _below(rows: Sequence[Row], at: int) -> list[Row]:
    """The told rows below, up to the first gap."""
    below: list[Row] = []
    for row in rows[at + 1 :]:
        is_gap = is_blank(row) or is_comment(row)
        if (is_gap and below) or len(below) == _JUDGED_ROWS:
            break
        if not is_gap:
            below.append(row)
    return below


def _has_data_above(rows: Sequence[Row], at: int, width: int) -> bool:
    """Rows of this very table above its header would be lost: then it is a row of words in a table without header.

    Narrow tables may stand below ``Account,Shop`` lines of their own width.
    """
    above = [row for row in rows[:at] if width_of(row) == width and any(_kind(cell) == "value" for cell in row)]
    return len(above) > (0 if width >= 4 else 5)


def _last_before_values(rows: Sequence[Row], first: Heading, found: Sequence[Heading]) -> Heading:
    """Of the rows of words that stand directly below each other, the one after which the values start."""
    if first.width > 2:
        return first
    run, told = [first], [i for i in range(first.at, len(rows)) if not is_blank(rows[i])]
    for heading in found:
        following = told[len(run)] if len(run) < len(told) else None
        if heading.at == following and heading.width == first.width:
            run.append(heading)
    return max(run, key=lambda heading: (_values_begin(rows, heading), -heading.at))


def _values_begin(rows: Sequence[Row], heading: Heading) -> int:
    """In how many of its columns of values the row below the header has one."""
    below = _below(rows, heading.at)[:1]
    return sum(1 for row in below for i in heading.typed if i < len(row) and _kind(row[i]) == "value")

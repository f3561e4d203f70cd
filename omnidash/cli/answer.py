"""What a command hands back, and how it is shown: one JSON object for programs, aligned tables for people.

A table's headings are the JSON keys, so that what one reads is what a script gets. Numbers in tables are rounded for
reading; JSON has them in full. Unknown is ``–`` in a table and null in JSON, never 0.
"""

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from omnidash.locale import Formats

Row = Mapping[str, Any]

PERCENT_KEYS = {
    "share",
    "roi",
    "conversion_rate",
    "from_previous",
    "from_first",
    "removal_effect",
    "removal_effect_value",
    "share_of_a",
    "marginal_roi",
    "r2_cv",
    "p_better",
    "loss_rate",
    "others_loss_rate",
    "retention",
    "repurchase_rate",
}
_WIDEST_CELL = 60
_WHOLE_KEYS = {"path", "sha256", "file", "reason"}  # of no use when cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``data``: the JSON object. ``tables``: rows to show, each list under a heading line (may be empty). ``lines``:
    sentences below the tables. ``afterwards``: what is done once the answer has been read, and of no weight to it."""

    data: Mapping[str, Any]
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    exit_code: int = 0
    afterwards: Callable[[], None] | None = None


def as_json(answer: Answer) -> str:
    """One JSON object, UTF-8, indented; dates as ISO text, decimals as numbers, NaN and infinity as null."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(answer.data, default=_plain, option=options).decode()


def as_text(answer: Answer, formats: Formats) -> str:
    """The tables and lines of an answer for a person."""
    parts = []
    for heading, rows in answer.tables.items():
        text = _table(rows, formats)
        parts.append(f"{heading}\n{text}" if heading else text)
    parts.extend(answer.lines)
    return "\n".join(part for part in parts if part)


def _table(rows: Sequence[Row], formats: Formats) -> str:
    if not rows:
        return formats.missing
    keys = list(rows[0])
    cells = [[_shown(row.get(key), key, formats) for key in keys] for row in rows]
    right = [all(_is_number(row.get(key)) for row in rows) for key in keys]
    widths = [max(_width(key), *(_width(line[i]) for line in cells)) for i, key in enumerate(keys)]
    lines = [_line(keys, widths, right), _line(["─" * width for width in widths], widths, right)]
    return "\n".join([*lines, *(_line(line, widths, right) for line in cells)])


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = []
    for cell, width, is_right in zip(cells, widths, right, strict=True):
        gap = " " * (width - _width(cell))
        padded.append(gap + cell if is_right else cell + gap)
    return "  ".join(padded).rstrip()


def _shown(value: Any, key: str, formats: Formats) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return formats.missing
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        text = (" > " if key == "path" else ", ").join(str(part) for part in value)
    elif isinstance(value, Mapping):
        text = ", ".join(f"{name}={_shown(part, name, formats)}" for name, part in value.items())
    elif isinstance(value, float | Decimal):
        return formats.percent(float(value)) if key in PERCENT_KEYS else formats.decimal(float(value))
    elif isinstance(value, int):
        return formats.integer(value) if abs(value) >= 10_000 else str(value)
    else:
        text = str(value)
    return (
        text
        if len(text) <= _WIDEST_CELL or (key in _WHOLE_KEYS and isinstance(value, str))
        else text[: _WIDEST_CELL - 1] + "…"
    )


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool))


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)

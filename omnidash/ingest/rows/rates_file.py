"""A file of currency rates: columns ``date``, ``currency``, ``rate`` and, for a rate over several days, ``end_date``.

``rate`` is the value of one unit in the workspace's currency. Headers may be English or Chinese (日期, 币种, 汇率,
结束日期); any encoding and delimiter an export may have.

    date,currency,rate            date,end_date,currency,rate
    2026-07-01,USD,7.1586         2026-07-01,2026-07-31,USD,7.16
"""

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from omnidash.ingest.meaning.decimal_sign import evidence_of
from omnidash.ingest.meaning.fields import header_key
from omnidash.ingest.reading.reader import Source, count_flaws, distinct, look, may_be_straight, opened
from omnidash.ingest.rows.cells import STEP_COUNT, STEPS, install
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_
from omnidash.store.workspace import Workspace

Rate = tuple[str, date, Decimal]
LONGEST_RANGE_DAYS = 3660
_COLUMNS = {
    "date": ("date", "day", "start date", "first day", "日期", "开始日期"),
    "end_date": ("end date", "last day", "结束日期", "截止日期"),
    "currency": ("currency", "currency code", "币种", "货币"),
    "rate": ("rate", "exchange rate", "汇率"),
}
_VALUES = {"date": "day", "end_date": "day", "currency": "currency", "rate": "amount"}
_TYPE = "decimal(24, 10)"


def rates_of_file(ws: Workspace, path: Path | str, *, name: str | None = None) -> list[Rate]:
    """(currency, day, rate) of every day of the file. Raises BadInput, naming file and row, on what cannot be read, and
    where nothing tells whether ``1,380`` is a thousand or has three decimals."""
    source = look(path, name=name)
    header = [header_key(column) for column in source.dialect.header]
    place = {field: next((header.index(w) for w in words if w in header), None) for field, words in _COLUMNS.items()}
    missing = next((field for field in ("date", "currency", "rate") if place[field] is None), None)
    if missing is not None:
        raise BadInput(
            N_("{file} has no column '{column}'; a file of rates has date, currency and rate"),
            file=source.name,
            column=missing,
        )
    written = distinct(ws, source, source.dialect.header[place["rate"] or 0], "{cell}")
    has_comma = evidence_of(written).has_decimal_comma()
    if has_comma is None:
        raise BadInput(
            N_(
                "{file}: is the rate '{rate}' above a thousand, or has it three decimals? Write it as 1380 or as 1.3800"
            ),
            file=source.name,
            rate=next(text for text in sorted(written) if re.search(r"\d[.,]\d{3}", text)),
        )
    rows = _read(ws, source, place, has_decimal_comma=has_comma)
    return [rate for row in rows for rate in _rates_of_row(source.name, row)]


def _read(
    ws: Workspace, source: Source, place: dict[str, int | None], *, has_decimal_comma: bool
) -> list[dict[str, Any]]:
    """The rows with number ``n`` and, of each column, its value and its text."""
    for mend in (not may_be_straight(source), True):
        with ws.staging() as staging, opened(ws, staging, source, mend=mend) as raw:
            install(staging.cursor)
            number = "row_number" if raw.is_mended else f"row_number() over () + {raw.first_row} - 1"
            cells = {
                f: f"told(trimmed(c{at}))" if at is not None else "cast(null as varchar)" for f, at in place.items()
            }
            texts = ", ".join(f"{cell} as {field}_text" for field, cell in cells.items())
            names = ", ".join(f"{field}, {field}_text" for field in _COLUMNS)
            cursor = staging.cursor.execute(
                f"with step0 as (select {number} as n, {texts} from {raw.relation}), {_steps()}"  # noqa: S608
                f" select n, {names} from step{STEP_COUNT} order by n",
                {**raw.params, "decimal_comma": has_decimal_comma, "day_order": "undecided"},
            )
            names_of_columns = [column[0] for column in cursor.description]
            rows = [dict(zip(names_of_columns, row, strict=True)) for row in cursor.fetchall()]
            if mend or count_flaws(staging) == 0:
                break
    return [row for row in rows if any(row[f"{field}_text"] for field in _COLUMNS)]


def _steps() -> str:
    steps: list[list[str]] = [["*"] for _ in range(STEP_COUNT)]
    for field, value in _VALUES.items():
        for at, step in enumerate(STEPS[value]):
            steps[at].append(step.replace("{x}", field).replace("{type}", _TYPE).replace("{kept}", _TYPE))
    return ", ".join(f"step{at} as (select {', '.join(s)} from step{at - 1})" for at, s in enumerate(steps, start=1))  # noqa: S608


def _rates_of_row(file: str, row: dict[str, Any]) -> list[Rate]:
    number, first, last = row["n"], row["date"], row["end_date"] if row["end_date_text"] else row["date"]
    for day, text in ((first, row["date_text"]), (last, row["end_date_text"])):
        if day is None:
            raise BadInput(
                N_("{file} row {row}: '{text}' is no day; write it as 2026-07-31"),
                file=file,
                row=number,
                text=text or "",
            )
    days = (last - first).days + 1
    if not 1 <= days <= LONGEST_RANGE_DAYS:
        raise BadInput(
            N_("{file} row {row}: {first} to {last} is no range of days"),
            file=file,
            row=number,
            first=row["date_text"],
            last=row["end_date_text"],
        )
    if row["rate"] is None:
        raise BadInput(
            N_("{file} row {row}: rate '{rate}' is no number"), file=file, row=number, rate=row["rate_text"] or ""
        )
    return [(row["currency"] or "", first + timedelta(days=n), row["rate"]) for n in range(days)]

"""A file of currency rates: columns ``date``, ``currency``, ``rate`` and, for a rate over several days, ``end_date``.

``rate`` is the value of one unit in the workspace's currency. Headers may be English or Chinese (日期, 币种, 汇率,
结束日期); any encoding and delimiter an export may have.

    date,currency,rate            date,end_date,currency,rate
    2026-07-01,USD,7.1586         2026-07-01,2026-07-31,USD,7.16
"""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from omnidash.ingest.meaning.fields import header_key
from omnidash.ingest.reading.reader import look, may_be_straight, opened
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
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")


def rates_of_file(ws: Workspace, path: Path | str, *, name: str | None = None) -> list[Rate]:
    """(currency, day, rate) of every day of the file. Raises BadInput, naming file and row, on what cannot be read."""
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
    wanted = ", ".join(f"c{place[f]}" if place[f] is not None else "null" for f in _COLUMNS)
    for mend in (not may_be_straight(source), True):
        with ws.staging() as staging, opened(ws, staging, source, mend=mend) as raw:
            number = "row_number" if raw.is_mended else f"row_number() over () + {raw.first_row} - 1"
            rows = staging.cursor.execute(
                f"select {number}, {wanted} from {raw.relation}",  # noqa: S608  (column numbers)
                raw.params,
            ).fetchall()
            flaws = 0 if mend else staging.cursor.execute("select count(*) from reject_errors").fetchall()[0][0]
        if not flaws:
            break
    return [rate for row in rows if any(row[1:]) for rate in _rates_of_row(source.name, *row)]


def _rates_of_row(
    file: str, row: int, first: str | None, last: str | None, currency: str | None, rate: str | None
) -> list[Rate]:
    first_day = _day(file, row, first)
    last_day = _day(file, row, last) if (last or "").strip() else first_day
    days = (last_day - first_day).days + 1
    if not 1 <= days <= LONGEST_RANGE_DAYS:
        raise BadInput(
            N_("{file} row {row}: {first} to {last} is no range of days"), file=file, row=row, first=first, last=last
        )
    text = unicodedata.normalize("NFKC", rate or "").strip()
    try:
        value = Decimal(text.replace(",", ".") if re.fullmatch(r"\d+,\d+", text) else text)
    except InvalidOperation as error:
        raise BadInput(N_("{file} row {row}: rate '{rate}' is no number"), file=file, row=row, rate=text) from error
    code = (currency or "").strip().upper()
    return [(code, first_day + timedelta(days=n), value) for n in range(days)]


def _day(file: str, row: int, text: str | None) -> date:
    plain = unicodedata.normalize("NFKC", text or "").strip()
    found = _DAY.fullmatch(plain.split(" ")[0])
    try:
        if found is None:
            raise ValueError(plain)
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as error:
        raise BadInput(
            N_("{file} row {row}: '{text}' is no day; write it as 2026-07-31"), file=file, row=row, text=plain
        ) from error

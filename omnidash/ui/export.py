"""Tables as files that open right in Excel and cannot run as a formula: CSV (UTF-8 with BOM) and XLSX."""

import io
import math
import re
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA_STARTS = r"^[=+\-@\t\r＝＋－＠]"
_FORMATS = {
    "percent": "0.0%",
    "whole": "#,##0",
    "number": "#,##0.00",
    "day": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
}
_MOST_ROWS = 1_048_576  # of a sheet, the title row among them
_LONGEST_TEXT = 32_767  # of a cell


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """The frame as CSV. Text that a spreadsheet would take for a formula gets a leading apostrophe."""
    plain = _spelled(frame)
    safe = plain.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA_STARTS)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name, kind in plain.schema.items()
        if kind == pl.String
    )
    titles = {name: f"'{name}" for name in safe.columns if re.match(_FORMULA_STARTS, name)}
    return b"\xef\xbb\xbf" + safe.rename(titles).write_csv().encode()


def xlsx_bytes(frame: pl.DataFrame, *, above: Sequence[str] = (), percents: Collection[str] = ()) -> bytes:
    """The frame as a workbook of one sheet: ``above`` as lines of text, bold titles that stay in sight, numbers as
    numbers. ``percents``: columns that hold shares. Text is stored as text, whatever it begins with.
    """
    import xlsxwriter  # when a file is asked for: the first screen does not wait for it

    made = io.BytesIO()
    settings = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(made, settings) as book:
        looks = {name: book.add_format({"num_format": pattern}) for name, pattern in _FORMATS.items()}
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet = book.add_worksheet("OmniDash")
        for number, line in enumerate(above):
            sheet.write_string(number, 0, line[:_LONGEST_TEXT])
        top = len(above) + bool(above)
        plain = _spelled(frame).head(_MOST_ROWS - top - 1)
        for column, name in enumerate(plain.columns):
            sheet.write_string(top, column, name, bold)
            look = looks.get(_look(name, plain.schema[name], percents))
            for row, value in enumerate(plain[name], start=top + 1):
                _write(sheet, row, column, value, look)
        sheet.freeze_panes(top + 1, 0)
        sheet.autofit()
    return made.getvalue()


def _look(name: str, kind: pl.DataType, percents: Collection[str]) -> str:
    if name in percents:
        return "percent"
    if kind == pl.Date:
        return "day"
    if kind == pl.Datetime:
        return "moment"
    if kind.is_integer():
        return "whole"
    return "number" if kind.is_numeric() else ""


def _write(sheet: Any, row: int, column: int, value: object, look: object) -> None:
    if isinstance(value, bool | str):
        sheet.write_string(row, column, str(value)[:_LONGEST_TEXT])
    elif isinstance(value, int | float):
        if math.isfinite(value):
            sheet.write_number(row, column, value, look)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.replace(tzinfo=None), look)  # a sheet knows no time zones
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, look)
    elif value is not None:
        sheet.write_string(row, column, str(value)[:_LONGEST_TEXT])


def _spelled(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists as text: a path reads ``a > b``."""
    return frame.with_columns(
        pl.col(name).list.join(" > ") for name, kind in frame.schema.items() if kind == pl.List(pl.String)
    )

"""Tables as files: CSV that opens right in Excel (UTF-8 with BOM) and cannot run as a formula."""

import re

import polars as pl

_FORMULA_STARTS = r"^[=+\-@\t\r＝＋－＠]"


def csv_bytes(frame: pl.DataFrame) -> bytes:
    """The frame as CSV. Text that a spreadsheet would take for a formula gets a leading apostrophe."""
    plain = frame.with_columns(
        pl.col(name).list.join(" > ") for name, kind in frame.schema.items() if kind == pl.List(pl.String)
    )
    safe = plain.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA_STARTS)).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name, kind in plain.schema.items()
        if kind == pl.String
    )
    titles = {name: f"'{name}" for name in safe.columns if re.match(_FORMULA_STARTS, name)}
    return b"\xef\xbb\xbf" + safe.rename(titles).write_csv().encode()

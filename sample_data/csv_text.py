"""Small pieces of every export: columns by header, money and ratios as platforms print them, local times."""

from datetime import datetime, time

import polars as pl

from sample_data.draws import Ints
from sample_data.season import SIMULATED_FIRST_DAY

UTF8_BOM = "utf-8-sig"
CLOCK = "%Y-%m-%d %H:%M:%S"
_START = datetime.combine(SIMULATED_FIRST_DAY, time())


Columns = dict[str, pl.Expr | str]


def table(frame: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """The frame under the export's own headers: each an expression, or a text that is the same in every row."""
    return frame.select(
        (pl.lit(value) if isinstance(value, str) else value).alias(header) for header, value in columns.items()
    )


def encoded(frame: pl.DataFrame, encoding: str, *, before: str = "", after: str = "") -> bytes:
    """CSV bytes with what stands before the header and after the rows; empty texts are empty cells."""
    blank = frame.with_columns(pl.col(pl.String).replace("", None))
    return (before + blank.write_csv() + after).encode(encoding)


def yuan(column: str) -> pl.Expr:
    """Whole cents as yuan with two decimals, exactly."""
    cents = pl.col(column)
    return pl.format("{}.{}", cents // 100, (cents % 100).cast(pl.String).str.zfill(2))


def two_decimals(value: pl.Expr) -> pl.Expr:
    """A number rounded to two decimals, as text."""
    hundredths = (value * 100).round(0).cast(pl.Int64)
    return pl.format("{}.{}", hundredths // 100, (hundredths % 100).cast(pl.String).str.zfill(2))


def per(part: str, whole: str, factor: float = 1.0) -> pl.Expr:
    """part x factor / whole with two decimals; 0.00 where there is nothing to divide by, as platforms print it."""
    return two_decimals(pl.when(pl.col(whole) > 0).then(pl.col(part) * factor / pl.col(whole)).otherwise(0.0))


def percent(part: str, whole: str) -> pl.Expr:
    """part / whole as a percentage text such as 2.81%."""
    return pl.format("{}%", per(part, whole, 100))


def local_times(at: Ints) -> pl.Series:
    """Seconds since the simulated start as local datetimes."""
    return (pl.Series(at) * 1_000_000).cast(pl.Duration("us")) + pl.Series([_START]).cast(pl.Datetime("us"))

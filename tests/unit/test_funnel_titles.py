"""What a funnel's titles say where nobody converts: nobody is best, and nothing "holds"."""

from datetime import date

import polars as pl

from omnidash.ui.funnel.groups import _title
from omnidash.ui.funnel.times import _trend_title


def groups(*rates: float) -> pl.DataFrame:
    return pl.DataFrame({"rate": list(rates), "low": [0.0] * len(rates), "high": [0.3] * len(rates)})


def days(*converted: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"day": [date(2026, 6, 1 + i) for i in range(len(converted))],
         "converted": list(converted)}
    ).with_columns(is_over=pl.lit(True), entered=pl.lit(50))  # fmt: skip


def test_where_nobody_converts_no_group_is_best() -> None:
    assert "best" not in _title(groups(0.0, 0.0), ["Douyin", "Meta"])
    assert "best" in _title(groups(0.1, 0.0), ["Douyin", "Meta"])


def test_where_nobody_converts_nothing_holds() -> None:
    assert "holds" not in _trend_title(days(0, 0, 0, 0))
    assert "holds" in _trend_title(days(5, 5, 5, 5))

"""The dense channel-day table."""

from datetime import date

import polars as pl
import pytest

from omnidash.metrics.channel_day import CHANNEL_DAY, UNKNOWN, channel_day


def day(number: int) -> date:
    return date(2026, 6, number)


def spend_days(*rows: tuple) -> pl.DataFrame:
    schema = {"day": pl.Date, "channel": pl.String, "spend": pl.Float64, "impressions": pl.Int64, "clicks": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def touch_days(*rows: tuple) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"day": pl.Date, "channel": pl.String, "touches": pl.Int64}, orient="row")


def credits_of(*rows: tuple) -> pl.DataFrame:
    schema = {"day": pl.Date, "channel": pl.String, "conversions": pl.Float64, "revenue": pl.Float64}
    return pl.DataFrame(rows, schema=schema | {"new_customers": pl.Float64}, orient="row")


def row(table: pl.DataFrame, number: int, channel: str) -> dict:
    return table.filter(day=day(number), channel=channel).row(0, named=True)


TABLE = channel_day(
    spend_days((day(1), "meta", 40.0, 900, 30), (day(3), "meta", 0.0, 0, 0)),
    touch_days((day(1), "meta", 12), (day(4), "wecom", 5)),
    credits_of((day(2), "(direct)", 1.0, 80.0, 1.0), (day(3), "meta", 0.5, -6.0, 0.0)),
)


def test_every_day_has_every_channel_in_order() -> None:
    assert TABLE.select("day", "channel").rows() == [
        (day(d), channel) for d in (1, 2, 3, 4) for channel in ("(direct)", "meta", "wecom")
    ]


def test_columns_and_types_are_those_of_the_contract() -> None:
    assert dict(TABLE.schema) == CHANNEL_DAY


def test_missing_spend_is_not_zero_spend() -> None:
    assert (row(TABLE, 2, "meta")["spend"], row(TABLE, 2, "meta")["has_spend"]) == (0.0, False)
    assert (row(TABLE, 3, "meta")["spend"], row(TABLE, 3, "meta")["has_spend"]) == (0.0, True)


def test_values_stand_on_their_day_and_channel() -> None:
    assert row(TABLE, 1, "meta") | {"day": None, "channel": None} == {
        "day": None,
        "channel": None,
        "touches": 12,
        "spend": 40.0,
        "impressions": 900,
        "clicks": 30,
        "has_spend": True,
        "conversions": 0.0,
        "revenue": 0.0,
        "new_customers": 0.0,
        "is_spread": False,
    }
    assert row(TABLE, 3, "meta")["revenue"] == -6.0


def test_several_rows_of_one_day_and_channel_are_added_up() -> None:
    table = channel_day(
        spend_days((day(1), "meta", 1.5, 10, 1), (day(1), "meta", None, None, 2)),
        touch_days((day(1), "meta", 2), (day(1), "meta", 3)),
        credits_of(),
    )
    assert table.height == 1
    assert row(table, 1, "meta")["spend"] == 1.5
    assert row(table, 1, "meta")["touches"] == 5
    assert row(table, 1, "meta")["has_spend"]


def test_a_spend_row_without_an_amount_was_not_delivered() -> None:
    table = channel_day(spend_days((day(1), "meta", None, None, None)), touch_days(), credits_of())
    assert not row(table, 1, "meta")["has_spend"]


def test_a_day_is_spread_only_where_all_of_its_spend_is() -> None:
    spread = spend_days(*((day(d), "meta", 1.0, 1, 1) for d in (1, 1, 2, 2, 3))).with_columns(
        is_spread=pl.Series([True, True, True, False, False])
    )
    assert channel_day(spread, touch_days((day(4), "meta", 1)), credits_of())["is_spread"].to_list() == [
        True, False, False, False,
    ]  # fmt: skip


def test_rows_without_a_channel_are_kept_apart() -> None:
    table = channel_day(spend_days(), touch_days((day(1), None, 4), (day(1), "meta", 1)), credits_of())
    assert row(table, 1, UNKNOWN)["touches"] == 4


def test_nothing_in_gives_an_empty_table_of_the_same_columns() -> None:
    table = channel_day(spend_days(), touch_days(), credits_of())
    assert table.is_empty()
    assert dict(table.schema) == CHANNEL_DAY


def test_an_input_without_its_column_is_refused() -> None:
    with pytest.raises(pl.exceptions.ColumnNotFoundError, match="touches"):
        channel_day(spend_days(), touch_days().drop("touches"), credits_of())

"""Reading a geo experiment: what was put in comes out, and what cannot be read is said in words."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from scipy import stats

from omnidash.attribution.geo_lift import one_per_day, read_geo_lift, repeated
from omnidash.model.errors import WrongUse
from omnidash.model.period import Period

FIRST = date(2026, 3, 2)
BEFORE = Period.ending(FIRST + timedelta(days=27), days=28)
TEST = Period(first_day=FIRST + timedelta(days=28), last_day=FIRST + timedelta(days=41))


def experiment(effect: float = 30.0, *, noise: float = 0.0, seed: int = 1, cost: float = 15.0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    rows = []
    for n in range(42):
        base = 100 + 20 * (n % 7) + n
        is_test = n >= 28
        day = FIRST + timedelta(days=n)
        rows += [
            (day, "north", base, 0.0),
            (day, "south", base / 2 + 3, 0.0),
            (day, "east", 2 * base + 5 + random.normal(0, 1) * noise + effect * is_test, cost * is_test),
        ]
    return pl.DataFrame(rows, schema=["day", "geo", "revenue", "cost"], orient="row")


def read(rows: pl.DataFrame, **changed: object):
    return read_geo_lift(rows, **{"treated": {"east"}, "before": BEFORE, "test": TEST, **changed})


def test_what_was_put_in_comes_out() -> None:
    found = read(experiment())
    assert (found.incremental, found.spend, found.iroas) == pytest.approx((14 * 30, 14 * 15, 2.0))
    assert found.r2 == pytest.approx(1)
    days = found.days.filter("is_test")
    assert (days["observed"] - days["expected"]).to_list() == pytest.approx([30] * 14)


def test_the_interval_is_that_of_a_regression_with_one_unknown_for_the_effect_of_the_whole_test() -> None:
    """Oracle: ordinary least squares with a dummy for every test day; the sum of their coefficients and its error."""
    rows = experiment(noise=8)
    found = read(rows)
    y = rows.filter(pl.col("geo") == "east")["revenue"].to_numpy()
    x = rows.filter(pl.col("geo") != "east").group_by("day").agg(pl.col("revenue").sum()).sort("day")["revenue"]
    design = np.column_stack([np.ones(42), x.to_numpy(), np.vstack([np.zeros((28, 14)), np.eye(14)])])
    inverse = np.linalg.inv(design.T @ design)
    fitted = inverse @ design.T @ y
    noise = ((y - design @ fitted) ** 2).sum() / 26
    which = np.array([0, 0, *[1] * 14])
    half = stats.t.ppf(0.95, 26) * np.sqrt(noise * which @ inverse @ which)
    assert found.incremental == pytest.approx(which @ fitted)
    assert (found.low, found.high) == pytest.approx((which @ fitted - half, which @ fitted + half))


def test_nine_intervals_in_ten_cover_the_truth_and_nothing_is_found_where_nothing_is() -> None:
    readings = [read(experiment(0.0, noise=10, seed=seed)) for seed in range(200)]
    covered = sum(found.low <= 0 <= found.high for found in readings)
    assert 0.84 <= covered / 200 <= 0.96


def test_without_cost_there_is_no_iroas() -> None:
    found = read(experiment().drop("cost"))
    assert (found.spend, found.iroas, found.iroas_interval) == (None, None, None)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"treated": {"mars"}}, "treated"),
        ({"treated": {"north", "south", "east"}}, "control"),
        ({"before": Period(first_day=FIRST, last_day=TEST.first_day)}, "begin after"),
        ({"before": Period.ending(BEFORE.last_day, days=13)}, "13 days"),
        ({"test": Period(first_day=date(2027, 1, 1), last_day=date(2027, 1, 9))}, "No row lies"),
    ],
)
def test_what_cannot_be_read_is_said(changed: dict, words: str) -> None:
    with pytest.raises(WrongUse, match=words):
        read(experiment(), **changed)


def test_a_control_that_never_varies_is_refused() -> None:
    flat = experiment().with_columns(pl.when(pl.col("geo") == "east").then("revenue").otherwise(5.0).alias("revenue"))
    with pytest.raises(WrongUse, match="same every day"):
        read(flat)


def test_a_region_with_several_rows_on_a_day_is_refused_and_named() -> None:
    rows = experiment()
    twice = pl.concat([rows, rows.filter(pl.col("geo") == "south").tail(1)])
    with pytest.raises(WrongUse, match="south has several rows on 2026-04-12"):
        read(twice)
    found = repeated(twice.with_row_index("row", offset=2))
    assert found.select("row", "first_row", "geo", "is_copy").rows() == [(128, 126, "south", True)]
    assert read(one_per_day(twice, adds=False)).incremental == pytest.approx(read(rows).incremental)
    added = one_per_day(twice, adds=True).filter((pl.col("geo") == "south") & (pl.col("day") == TEST.last_day))
    assert added["revenue"].to_list() == [2 * rows.filter(pl.col("geo") == "south")["revenue"][-1]]

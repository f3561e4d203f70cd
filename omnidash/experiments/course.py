"""A test day by day: the difference that would have been read at the end of each day, from what was known by then."""

from datetime import timedelta

import numpy as np
import polars as pl

from omnidash.experiments.reading import Asked, read_experiment
from omnidash.model.errors import BadInput

_MOST_DAYS = 60


def course(
    persons: pl.DataFrame, outcomes: pl.DataFrame, asked: Asked, *, is_share: bool, within_days: int | None = None
) -> pl.DataFrame:
    """[day Date, variant String, persons Int64, difference, low, high Float64], per day and variant, after each of at
    most 60 days (spread evenly, the last one always among them).

    ``persons``: [person, variant, day Date (first seen), before Float64?]; ``outcomes``: [person, day Date, value
    Float64], each after the person's first sight; ``is_share``: whether a person had any; ``within_days``: who
    had fewer days by then is left out. Days on which a variant has nobody yet are left out.
    """
    days = persons["day"].unique().sort()
    if outcomes.height:
        days = pl.concat([days, outcomes["day"]]).unique().sort()
    chosen = days.gather(np.unique(np.linspace(0, len(days) - 1, min(len(days), _MOST_DAYS)).round().astype(np.int64)))
    rows = []
    for day in chosen.to_list():
        seen = persons.filter(pl.col("day") <= day - timedelta(days=within_days or 0))
        known = with_outcome(seen, outcomes.filter(pl.col("day") <= day), is_share=is_share)
        try:
            found = read_experiment(known, asked)
        except BadInput:  # only one variant so far
            continue
        if not found.is_enough:
            continue
        for arm, one in zip(found.arms[1:], found.differences, strict=True):
            rows.append((day, one.variant, arm.persons + found.control.persons, one.absolute, *one.interval))
    return pl.DataFrame(
        rows,
        schema={
            "day": pl.Date, "variant": pl.String, "persons": pl.Int64,
            "difference": pl.Float64, "low": pl.Float64, "high": pl.Float64,
        },
        orient="row",
    )  # fmt: skip


def with_outcome(persons: pl.DataFrame, outcomes: pl.DataFrame, *, is_share: bool) -> pl.DataFrame:
    """``persons`` with [value Float64]: the sum of the person's outcomes, or 1 for any where ``is_share``."""
    each = outcomes.group_by("person").agg(value=pl.col("value").sum())
    joined = persons.join(each, on="person", how="left", maintain_order="left")
    value = pl.col("value").is_not_null().cast(pl.Float64) if is_share else pl.col("value").fill_null(0.0)
    return joined.with_columns(value=value)

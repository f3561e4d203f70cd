"""Two funnels side by side: the same steps in two periods, or of two groups of persons.

Only attempts whose window was over when the data ended are compared, converted or not: a younger attempt can still
convert, and would make the later period look worse than it is. Rates are of step 1.
"""

import numpy as np
import polars as pl

from omnidash.journeys.funnel import FunnelResult
from omnidash.journeys.funnel_groups import finished
from omnidash.metrics.conversion_rate import wilson_interval
from omnidash.metrics.difference_of_rates import newcombe_interval


def compared(one: FunnelResult, other: FunnelResult) -> pl.DataFrame:
    """Frame [step, label, persons, rate, other_persons, other_rate, difference, low, high], a row per step.

    ``low`` and ``high``: 95 % interval of the difference, as all rates in 0 … 1; null where a side has nobody. Raises
    ValueError where the funnels have other steps.
    """
    if one.query.steps != other.query.steps:
        raise ValueError("two funnels of different steps cannot be compared")
    counts, others = reached_and_over(one), reached_and_over(other)
    rows = []
    for k, step in enumerate(one.query.steps):
        rate, other_rate = _share(counts[k], counts[0]), _share(others[k], others[0])
        interval = newcombe_interval(counts[k], counts[0], others[k], others[0]) if k else None
        low, high = interval or (None, None)
        difference = rate - other_rate if k and rate is not None and other_rate is not None else None
        rows.append((k + 1, step.label, counts[k], rate, others[k], other_rate, difference, low, high))
    schema = {
        "step": pl.Int64,
        "label": pl.String,
        "persons": pl.Int64,
        "rate": pl.Float64,
        "other_persons": pl.Int64,
        "other_rate": pl.Float64,
        "difference": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def reached_and_over(result: FunnelResult) -> list[int]:
    """Attempts that reached each step, among those whose window was over when the data ended."""
    found, steps = result.attempts, len(result.query.steps)
    by_depth = np.bincount(found.reached[finished(result)], minlength=steps + 1)
    counts: list[int] = by_depth[::-1].cumsum()[::-1][1:].tolist()
    return counts


def with_interval(groups: pl.DataFrame) -> pl.DataFrame:
    """The groups of a funnel with their conversion ``rate`` (null where nobody entered) and its 95 % interval ``low``,
    ``high``. Final where the funnel is one of entries whose windows are over (``FunnelQuery.of_entries_over``)."""
    pairs = groups.select("converted", "entered").rows()
    intervals = [wilson_interval(converted, entered) or (None, None) for converted, entered in pairs]
    return groups.with_columns(
        rate=pl.when(pl.col("entered") > 0).then(pl.col("converted") / pl.col("entered")),
        low=pl.Series([low for low, _ in intervals], dtype=pl.Float64),
        high=pl.Series([high for _, high in intervals], dtype=pl.Float64),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None

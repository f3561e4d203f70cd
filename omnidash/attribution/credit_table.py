"""What every attribution model returns: credit per channel, and the totals it adds up to."""

from dataclasses import dataclass, field

import polars as pl

from omnidash.attribution.path_table import Codes, Floats, PathTable, sums_by


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CreditTable:
    """Credits of one model.

    ``frame``: [channel String, conversions Float64, value Float64 (money)] and, for Markov, removal_effect and
    removal_effect_value (Float64, 0 … 1); for sampled Shapley conversions_error and value_error (half a 95 %
    interval). Sorted by conversions (most first), then channel; every channel of the paths has a row.
    ``conversions_total``, ``value_total``: what was observed and the credits add up to; None for participation, whose
    credits count a conversion once per channel and have no meaningful total.
    """

    model: str
    frame: pl.DataFrame = field(repr=False)
    conversions_total: float | None
    value_total: float | None


def credit_table(
    model: str, paths: PathTable, conversions: Floats, value: Floats, *, adds_up: bool = True, **more: Floats
) -> CreditTable:
    """Credits in the order of ``paths.channels`` (float64[C]) as a CreditTable; ``more`` are further columns."""
    frame = pl.DataFrame(
        {"channel": pl.Series(paths.channels, dtype=pl.String), "conversions": conversions, "value": value, **more}
    )
    return CreditTable(
        model=model,
        frame=frame.sort("conversions", "channel", descending=[True, False]),
        conversions_total=float(paths.conversions.sum()) if adds_up else None,
        value_total=float(paths.value.sum()) if adds_up else None,
    )


def credit_of_touches(paths: PathTable, channel: Codes, path: Codes, weight: Floats) -> tuple[Floats, Floats]:
    """Conversions and value credited to each channel when touch t gets ``weight[t]`` of its path's.

    ``channel``, ``path`` int64[T], ``weight`` float64[T]; returns two float64[C].
    """
    size = len(paths.channels)
    conversions = sums_by(channel, weight * paths.conversions[path], size)
    return conversions, sums_by(channel, weight * paths.value[path], size)

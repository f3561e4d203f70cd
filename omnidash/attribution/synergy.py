"""Synergy: what two channels bring together beyond what each brings without the other.

The Shapley interaction index (Grabisch & Roubens 1999) of a pair is its mean joint contribution
v(S + both) − v(S + one) − v(S + other) + v(S) over all coalitions S of the other channels, weighted by
|S|! (n − |S| − 2)! / (n − 1)!. With v(S) = conversions of the paths whose channels all lie in S, a path over t channels
adds its conversions / (t − 1) to each of its pairs: exact, for any number of channels, and never negative. It says how
many conversions the pair shares, not that either channel was needed: with this v a path converts with all its channels
or not at all.

Paths with both may still convert worse than paths with one of them. So each pair also carries conversion rates:
of paths with both, of paths with the first and not the second, and the other way round. ``expected`` is the rate if
the two worked independently, 1 − (1 − rate first alone)(1 − rate second alone); ``lift`` = rate together / expected,
above 1: more than the sum of the parts. Longer paths convert more often whatever is on them, so a lift is a hint
where to test, no proof.

Example: a > b converts 6 of 10 times, a alone 1 of 10, b alone 2 of 10: index 6; expected 1 − 0.9 x 0.8 = 28 %,
together 60 %, lift 2.1.
"""

import numpy as np
import polars as pl

from omnidash.attribution.bootstrap import Resampling, interval
from omnidash.attribution.channel_sets import ChannelSets
from omnidash.attribution.linear_algebra import one_thread
from omnidash.attribution.path_table import Codes, Floats


def synergy(sets: ChannelSets, resampled: Resampling | None = None) -> pl.DataFrame:
    """One row per pair of channels that occurs on a converting path, by index (largest first), then names.

    Returns [a, b String (a before b in alphabetical order), conversions Float64 (the index), share (of all
    conversions), both, rate_both, rate_a, rate_b, expected, lift Float64 (null where a rate is undefined or expected
    0), and with ``resampled`` conversions_low, conversions_high, lift_low, lift_high]. ``both``: paths with both.
    """
    counts = sets.outcomes
    size = len(sets.channels)
    touched = (sets.members[:, None] >> np.arange(size) & 1).astype(np.float64)
    first, second = np.triu_indices(size, 1)
    index, figures = _pairs(touched, counts, first, second)
    columns = dict(zip(("both", "rate_both", "rate_a", "rate_b", "expected", "lift"), figures, strict=True))
    total = counts[:, 0].sum()
    if resampled is not None:
        with one_thread():
            redrawn = sets.redrawn(resampled.of_fewer_blocks(len(sets.of_blocks)))
            drawn = [_pairs(touched, outcomes, first, second) for outcomes in redrawn]
        ends = {
            "conversions": interval(np.array([one for one, _ in drawn])),
            "lift": interval(np.array([figures[-1] for _, figures in drawn])),
        }
        for name, (low, high) in ends.items():
            columns |= {f"{name}_low": low, f"{name}_high": high}
    names = np.array(sets.channels, dtype=object)
    return (
        pl.DataFrame(
            {
                "a": pl.Series(names[first].tolist(), dtype=pl.String),
                "b": pl.Series(names[second].tolist(), dtype=pl.String),
                "conversions": index,
                "share": index / total if total else np.zeros(len(index)),
                **columns,
            }
        )
        .with_columns(pl.col(pl.Float64).fill_nan(None))
        .filter(pl.col("conversions") > 0)
        .sort("conversions", "a", "b", descending=[True, False, False])
    )


def interaction_index(members: Codes, conversions: Floats, size: int) -> Floats:
    """float64[C, C]: the index of every pair, symmetric, 0 on the diagonal, under v(S) = conversions within S."""
    touched = (members[:, None] >> np.arange(size) & 1).astype(np.float64)
    return _index(touched, conversions)


def _index(touched: Floats, conversions: Floats) -> Floats:
    others = touched.sum(axis=1) - 1
    weight = np.divide(conversions, others, out=np.zeros_like(conversions), where=others > 0)
    index = (touched * weight[:, None]).T @ touched
    np.fill_diagonal(index, 0.0)
    return np.asarray(index)


def _pairs(touched: Floats, counts: Floats, first: Codes, second: Codes) -> tuple[Floats, list[Floats]]:
    """The index of each pair; paths with both; the three rates, the expected one, the lift (NaN: undefined)."""
    conversions, persons = counts[:, 0], counts[:, 2]
    won = (touched * conversions[:, None]).T @ touched
    seen = (touched * persons[:, None]).T @ touched
    with np.errstate(divide="ignore", invalid="ignore"):
        both = won[first, second] / seen[first, second]
        one = (won[first, first] - won[first, second]) / (seen[first, first] - seen[first, second])
        other = (won[second, second] - won[first, second]) / (seen[second, second] - seen[first, second])
        expected = 1.0 - (1.0 - one) * (1.0 - other)
        lift = np.where(expected > 0, both / expected, np.nan)
    return _index(touched, conversions)[first, second], [seen[first, second], both, one, other, expected, lift]

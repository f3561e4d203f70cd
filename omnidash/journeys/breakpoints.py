"""Breakpoints (断点): where a channel loses more of the persons it brings to a stage than the other channels do.

For stage s and channel c, of the entries whose window has ended (see ``stage_map``):

    loss_rate        = lost / mature                         persons who did not reach a later stage in time
    others_loss_rate = the same over all other channels at s (ratio of sums)
    excess_lost      = mature × (loss_rate - others_loss_rate)      persons lost beyond what the others would lose
    lost_value       = excess_lost × value of moving on from s      what ranks them; null where that value is unknown

The frame has every cell that loses more than the others. ``is_breakpoint`` says which of them may be spoken of:

    enough persons    at least 30 whose time is over in the cell, and as many through the others: a share of fewer is
                      an anecdote
    not chance        ``excess_low`` > 0: the lower end of the 95 % interval of excess_lost (Newcombe's interval of a
                      difference of two shares, 1998, method 10), corrected for the number of cells with enough persons
                      (Bonferroni): of many cells looked at, one would stand out by chance alone
    worth a look      excess_lost >= 1 person, and lost_value > 0. Where no stage has a value above 0 the data has no
                      money: lost_value is null, and persons alone decide

A stage that one channel alone leads to has no others to be compared with and is left out, as is the last stage.

Worked example: 100 persons reached interest through meta and 40 were lost; the others lost 20 of 100. Excess 20
persons (at least 4.5, as three cells were tested); with a value of moving on of 30 that is 600.
"""

from math import sqrt
from statistics import NormalDist

import numpy as np
import polars as pl

from omnidash.journeys.stage_map import StageMap

FEWEST = 30  # persons whose time is over, on either side of a comparison
CONFIDENCE = 0.95  # of all cells together

COLUMNS: dict[str, pl.DataType] = {
    "stage": pl.String(),
    "channel": pl.String(),
    "reached": pl.Int64(),
    "mature": pl.Int64(),
    "lost": pl.Int64(),
    "loss_rate": pl.Float64(),
    "others_loss_rate": pl.Float64(),
    "excess_lost": pl.Float64(),
    "excess_low": pl.Float64(),
    "is_breakpoint": pl.Boolean(),
    "value_of_moving_on": pl.Float64(),
    "lost_value": pl.Float64(),
}


def breakpoints(found: StageMap) -> pl.DataFrame:
    """The cells that lose more than the others, ranked: breakpoints first, then by lost value, then by persons.

    Columns as in ``COLUMNS``.
    """
    mature, lost = found.mature[:-1], found.lost[:-1]
    others = mature.sum(axis=1, keepdims=True) - mature
    others_lost = lost.sum(axis=1, keepdims=True) - lost
    is_large = (mature >= FEWEST) & (others >= FEWEST)
    z = quantile(int(is_large.sum()))
    has_money = bool((np.nan_to_num(found.value_of_moving_on[:-1]) > 0).any())
    rows = []
    for s, c in np.argwhere((mature > 0) & (others > 0) & (lost * others > others_lost * mature)).tolist():
        of, gone, of_others, gone_others = (int(n[s, c]) for n in (mature, lost, others, others_lost))
        excess = of * (gone / of - gone_others / of_others)
        low = of * difference_low(gone, of, gone_others, of_others, z=z)
        value = float(found.value_of_moving_on[s])
        worth = value if has_money and value >= 0 else None
        is_breakpoint = bool(is_large[s, c]) and low > 0 and excess >= 1 and (not has_money or value > 0)
        rows.append(
            (found.stages[s], found.channels[c], int(found.reached[s, c]), of, gone, gone / of,
             gone_others / of_others, excess, low, is_breakpoint, worth, None if worth is None else excess * worth)
        )  # fmt: skip
    frame = pl.DataFrame(rows, schema=COLUMNS, orient="row")
    return frame.sort(
        ["is_breakpoint", "lost_value", "excess_lost", "stage", "channel"],
        descending=[True, True, True, False, False],
        nulls_last=True,
    )


def quantile(tests: int) -> float:
    """Standard errors either side of ``tests`` intervals that hold all together with 95 % (1.96 for one)."""
    return NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / (2 * max(tests, 1)))


def wilson(hits: int, of: int, z: float) -> tuple[float, float]:
    """Interval of a share, ``z`` standard errors wide to either side (Wilson 1927)."""
    share, spread = hits / of, z * sqrt(hits * (of - hits) / of + z**2 / 4) / (of + z**2)
    centre = (hits + z**2 / 2) / (of + z**2)
    return min(centre - spread, share), max(centre + spread, share)


def difference_low(a: int, of_a: int, b: int, of_b: int, *, z: float) -> float:
    """Lower end of the interval of a / of_a - b / of_b."""
    share_a, share_b = a / of_a, b / of_b
    low_a, high_b = wilson(a, of_a, z)[0], wilson(b, of_b, z)[1]
    return share_a - share_b - sqrt((share_a - low_a) ** 2 + (high_b - share_b) ** 2)

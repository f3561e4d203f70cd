"""Breakpoints (断点): where a channel loses more of the persons it brings to a stage than the other channels do.

For stage s and channel c, of the entries whose window has ended (see ``stage_map``):

    loss_rate        = lost / mature                         persons who did not reach a later stage in time
    others_loss_rate = the same over all other channels at s (ratio of sums)
    excess_lost      = mature × (loss_rate - others_loss_rate)      persons lost beyond what the others would lose
    lost_value       = excess_lost × value of moving on from s      what ranks them; null where that value is unknown

Only cells that lose more than the others are listed. ``excess_low`` is the lower end of the 95 % interval of
excess_lost (Newcombe's interval of a difference of two shares, 1998, method 10); where it is not above 0 the
difference may be chance, and ``is_certain`` is false. A stage that one channel alone leads to has no others to be
compared with and is left out, as is the last stage.

Worked example: 100 persons reached interest through meta and 40 were lost; the others lost 20 of 100. Excess 20
persons (5 … 35); with a value of moving on of 30 that is 600.
"""

from math import isnan, sqrt

import polars as pl

from omnidash.journeys.stage_map import StageMap

Z_95 = 1.959963984540054

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
    "is_certain": pl.Boolean(),
    "value_of_moving_on": pl.Float64(),
    "lost_value": pl.Float64(),
}


def breakpoints(found: StageMap) -> pl.DataFrame:
    """The cells that lose more than the others, ranked: certain ones first, then by lost value, then by persons.

    Columns as in ``COLUMNS``.
    """
    rows = []
    for s, stage in enumerate(found.stages[:-1]):
        all_mature, all_lost = int(found.mature[s].sum()), int(found.lost[s].sum())
        value = float(found.value_of_moving_on[s])
        for c, channel in enumerate(found.channels):
            mature, lost = int(found.mature[s, c]), int(found.lost[s, c])
            other_mature, other_lost = all_mature - mature, all_lost - lost
            if mature == 0 or other_mature == 0 or lost * other_mature <= other_lost * mature:
                continue
            rate, others = lost / mature, other_lost / other_mature
            low = mature * difference_low(lost, mature, other_lost, other_mature)
            excess = mature * (rate - others)
            worth = None if isnan(value) else value
            rows.append(
                (stage, channel, int(found.reached[s, c]), mature, lost, rate, others, excess, low, low > 0, worth,
                 None if worth is None else excess * worth)
            )  # fmt: skip
    frame = pl.DataFrame(rows, schema=COLUMNS, orient="row")
    return frame.sort(
        ["is_certain", "lost_value", "excess_lost", "stage", "channel"],
        descending=[True, True, True, False, False],
        nulls_last=True,
    )


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    share, spread = hits / of, Z_95 * sqrt(hits * (of - hits) / of + Z_95**2 / 4) / (of + Z_95**2)
    centre = (hits + Z_95**2 / 2) / (of + Z_95**2)
    return min(centre - spread, share), max(centre + spread, share)


def difference_low(a: int, of_a: int, b: int, of_b: int) -> float:
    """Lower end of the 95 % interval of a / of_a - b / of_b."""
    share_a, share_b = a / of_a, b / of_b
    low_a, high_b = wilson(a, of_a)[0], wilson(b, of_b)[1]
    return share_a - share_b - sqrt((share_a - low_a) ** 2 + (high_b - share_b) ** 2)

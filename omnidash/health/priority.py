"""The weekly order in which channels deserve attention and money: conversion rate, cost of traffic, steadiness.

Each channel gets a rank for its conversion rate (highest first), its unit traffic cost (spend per touch, lowest
first) and the volatility of its conversion rate (lowest first), over the same days; the priority is the order of the
mean rank. What cannot be told (no spend, too few days) ranks in the middle: it speaks neither for nor against. Equal
means: the higher conversion rate first, then the name.

Example: ranks (1, 3, 2) and (2, 1, 1) -> means 2.0 and 1.33: the second channel is priority 1.
"""

import polars as pl


def priorities(channels: pl.DataFrame) -> pl.DataFrame:
    """``channels``: [channel, conversion_rate, unit_traffic_cost, volatility]. Returns [channel String, priority
    Int64 (1 = first), mean_rank Float64, rank_rate, rank_cost, rank_volatility Float64], in order of priority."""
    middle = (len(channels) + 1) / 2
    ranked = channels.select(
        "channel",
        "conversion_rate",
        rank_rate=pl.col("conversion_rate").rank("average", descending=True).fill_null(middle),
        rank_cost=pl.col("unit_traffic_cost").rank("average").fill_null(middle),
        rank_volatility=pl.col("volatility").rank("average").fill_null(middle),
    ).with_columns(mean_rank=pl.mean_horizontal("rank_rate", "rank_cost", "rank_volatility"))
    return (
        ranked.sort("mean_rank", "conversion_rate", "channel", descending=[False, True, False], nulls_last=True)
        .with_row_index("priority", offset=1)
        .select("channel", pl.col("priority").cast(pl.Int64), "mean_rank", "rank_rate", "rank_cost", "rank_volatility")
    )

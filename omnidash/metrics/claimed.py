"""Claimed vs real: what a platform claims it brought, beside what it is credited with; the over-claim ratio.

Platforms count a conversion when one of their ads was seen or clicked, so several of them claim the same order. Here
every order counts once and a rule shares it out. Claims come from the spend exports (``claimed_conversions``,
``claimed_revenue``) and are never added to orders, to revenue or to each other's credit.

Formula: over-claim = claimed conversions / credited conversions; the same for revenue. Both sides are summed over the
same days: per channel from its first to its last day with a claim within the period, for on days without a delivered
export nothing could be claimed. Claimed revenue is converted at the rate of its day.
Null and zero: null where nothing is credited (or less than nothing: refunds above revenue), and where nothing is
claimed on any day (no claim is not a claim of zero).

Example: 30 conversions claimed, 20 credited -> 1.5: half as many again as there were.
"""

import polars as pl

from omnidash.metrics.metric import Metric, ratio
from omnidash.model.messages import N_
from omnidash.model.period import Period

_CLAIMS = {"conversions": "claimed_conversions", "revenue": "claimed_revenue"}


def claimed(
    spend_days: pl.DataFrame, channel_day: pl.DataFrame, period: Period, *, touched_day: pl.DataFrame | None = None
) -> pl.DataFrame:
    """One row per channel that claims anything in the period, most claimed conversions first, then by channel.

    ``spend_days``: ``engine.rollup.spend_days`` [day, channel, claimed_conversions, claimed_revenue]. ``channel_day``:
    the channel-day table under the chosen model [day, channel, conversions, revenue]. Returns [channel String,
    claimed_conversions, conversions, over_claim_conversions, claimed_revenue, revenue, over_claim_revenue Float64].
    A measure that is not claimed on any day has null for claim and ratio. With ``touched_day``, the same table under
    participation, also touched Float64: the orders of those days that the channel touched, whoever closed them.
    """
    claims = spend_days.filter(pl.col("day").is_between(period.first_day, period.last_day)).filter(
        pl.any_horizontal(pl.col(name).is_not_null() for name in _CLAIMS.values())
    )
    parts = [_beside(claims, channel_day, real=real, claim=claim) for real, claim in _CLAIMS.items()]
    if touched_day is not None:
        touched = _beside(claims, touched_day, real="conversions", claim="claimed_conversions")
        parts.append(touched.select("channel", touched="conversions"))
    table = claims.select(pl.col("channel").unique())
    for part in parts:
        table = table.join(part, on="channel", how="left")
    return table.sort("claimed_conversions", "channel", descending=[True, False], nulls_last=True)


def _beside(claims: pl.DataFrame, channel_day: pl.DataFrame, *, real: str, claim: str) -> pl.DataFrame:
    """[channel, ``claim``, ``real``, over_claim_…] over the days from the first claim to the last one."""
    made = claims.filter(pl.col(claim).is_not_null())
    spans = made.group_by("channel").agg(pl.col(claim).sum(), first=pl.col("day").min(), last=pl.col("day").max())
    credited = (
        channel_day.select("day", "channel", real)
        .join(spans, on="channel")
        .filter(pl.col("day").is_between(pl.col("first"), pl.col("last")))
        .group_by("channel")
        .agg(pl.col(real).sum())
    )
    return (
        spans.select("channel", claim)
        .join(credited, on="channel", how="left")
        .with_columns(pl.col(real).fill_null(0.0))
        .with_columns(ratio(pl.col(claim), pl.when(pl.col(real) > 0).then(pl.col(real))).alias(f"over_claim_{real}"))
    )


METRIC = Metric(
    name="claimed",
    title=N_("Over-claim"),
    unit="ratio",
    better="neutral",
    definition=N_(
        "What the platform claims to have brought, per unit it is credited with. Claims are never added to orders."
    ),
    formula=N_("claimed conversions / credited conversions"),
    made_of=("claimed_conversions", "conversions"),
)

"""On which basis curves are read: revenue as an attribution model credits it, or total revenue by the media mix.

A fit takes seconds and is made of its input alone. So the last ones are remembered by what they were made of: whoever
changes a setting changes the version of the data, and mostly not a figure that a curve is drawn from.
"""

import hashlib
import io
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from omnidash.attribution.evidence import evidence
from omnidash.budget.channel_curves import DRAWS, channel_curves
from omnidash.budget.curve import ChannelCurve
from omnidash.budget.media_mix import Lift
from omnidash.budget.mix_curves import day_number, mix_curves
from omnidash.engine.day_notes import promotion_days
from omnidash.model.defaults import TOP_CHANNELS
from omnidash.model.period import Period
from omnidash.store import Workspace

Basis = Literal["attributed", "total"]
BASES: tuple[Basis, ...] = ("attributed", "total")

_REMEMBERED = 16  # all models and the media mix of two periods
_fits: dict[bytes, tuple[ChannelCurve, ...]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What people said that a curve cannot read from spend and revenue. ``promotions``: (day, channel) on which
    something else than spend lifted sales; ``lifts``: experiments by channel that say how sure they are."""

    promotions: frozenset[tuple[date, str]] = frozenset()
    lifts: tuple[tuple[str, Lift], ...] = ()


NOTHING_KNOWN = Known()


def known_of(workspace: Workspace, channels: Collection[str]) -> Known:
    """The promotions noted in the workspace and the experiments kept in it: every curve of it is drawn with them."""
    return Known(
        promotions=promotion_days(workspace, channels),
        lifts=tuple(
            (
                found.channel,
                Lift(
                    channel=0,
                    first_day=day_number(found.first_day),
                    last_day=day_number(found.last_day),
                    revenue=found.incremental_revenue,
                    standard_error=found.standard_error,
                ),
            )
            for found in evidence(workspace)
            if found.standard_error is not None and found.standard_error > 0
        ),
    )


def curves_of(
    workspace: Workspace, basis: Basis, channel_day: pl.DataFrame, reference: Period, *, draws: int = DRAWS
) -> tuple[ChannelCurve, ...]:
    """The curves of a workspace's channels, with what is known of it (``known_of``): the same for every caller."""
    known = known_of(workspace, channel_day["channel"].unique().to_list())
    return curves_on(basis, channel_day, reference, known=known, draws=draws)


def curves_on(
    basis: Basis,
    channel_day: pl.DataFrame,
    reference: Period,
    *,
    known: Known = NOTHING_KNOWN,
    draws: int = DRAWS,
    progress: Callable[[float], None] | None = None,
) -> tuple[ChannelCurve, ...]:
    """The curves of all channels with spend in the reference period. ``draws``: of the curves of credited revenue."""
    made_of = _digest(basis, channel_day, reference, known, draws)
    fitted = _fits.get(made_of)
    if fitted is None:
        fitted = _fit(basis, channel_day, reference, known=known, draws=draws, progress=progress)
        while len(_fits) >= _REMEMBERED:
            _fits.pop(next(iter(_fits)), None)
        _fits[made_of] = fitted
    return fitted


def _digest(basis: Basis, channel_day: pl.DataFrame, reference: Period, known: Known, draws: int) -> bytes:
    """The same for the same input, row by row."""
    rows = io.BytesIO()
    channel_day.rechunk().write_ipc_stream(rows, compat_level=pl.CompatLevel.oldest())
    said = (basis, reference, sorted(known.promotions), known.lifts, draws)
    return hashlib.sha256(repr(said).encode() + rows.getbuffer()).digest()


def _fit(
    basis: Basis,
    channel_day: pl.DataFrame,
    reference: Period,
    *,
    known: Known,
    draws: int,
    progress: Callable[[float], None] | None,
) -> tuple[ChannelCurve, ...]:
    if basis == "total":
        # A promotion of any channel lifts total sales, which is what the media mix explains.
        promoted = {day for day, _channel in known.promotions}
        return mix_curves(channel_day, reference, lifts=known.lifts, promotions=promoted, progress=progress)
    by_channel: dict[str, set[date]] = {}
    for day, channel in known.promotions:
        by_channel.setdefault(channel, set()).add(day)
    return channel_curves(channel_day, reference, draws=draws, promotions=by_channel)


def top_converting(channel_day: pl.DataFrame, reference: Period, among: Collection[str]) -> tuple[str, ...]:
    """The channels with the highest conversion rate (conversions / touches) in the period, best first; at most three.

    A channel without touches has no rate and is not among them.
    """
    rates = (
        channel_day.filter(
            pl.col("day").is_between(reference.first_day, reference.last_day), pl.col("channel").is_in(list(among))
        )
        .group_by("channel")
        .agg(pl.col("conversions").sum(), pl.col("touches").sum())
        .filter(pl.col("touches") > 0)
        .with_columns(rate=pl.col("conversions") / pl.col("touches"))
        .sort("rate", "channel", descending=[True, False])
    )
    return tuple(rates["channel"].head(TOP_CHANNELS).to_list())

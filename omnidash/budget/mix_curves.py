"""Response curves on the basis of total revenue: what each channel adds to all sales, whoever gets the credit.

One joint fit of ``MediaMix`` to the days of the channel-day table up to the end of the reference period: total net
revenue of a day (all channels and direct) on the spend of all channels with spend in the period. The anchor, "today",
is the reference period: its average spend and the revenue its days' carried-over spend brought, draw by draw.

A curve is *not identified*, and says why, where history has told no more than the prior: a channel that hardly varied,
one that moved together with another, too few days, or sales too noisy. Its draws are then the prior's, around the
average return of all channels: wide. An identified one says so where its *level is uncertain* (``identification``).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import clone
from sklearn.metrics import r2_score
from sklearn.model_selection import TimeSeriesSplit

from omnidash.budget.curve import MIX_CAVEAT, ChannelCurve, HillDraws, Interval
from omnidash.budget.identification import (
    MIN_DAYS,
    is_told_by_experiments,
    level_uncertain,
    not_identified,
    sensitivities,
)
from omnidash.budget.media_drift import relative_effect
from omnidash.budget.media_mix import Lift, MediaMix
from omnidash.budget.media_sampler import remembered
from omnidash.model.period import Period

Floats = npt.NDArray[np.float64]

MODEL = "media mix"
PATTERN_POINTS = 6
CV_FOLDS = 3


def mix_curves(
    channel_day: pl.DataFrame,
    reference: Period,
    *,
    lifts: Sequence[tuple[str, Lift]] = (),
    promotions: Collection[date] = (),
    estimator: MediaMix | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[ChannelCurve, ...]:
    """One curve per channel with spend in ``reference``, by name; () without spend or days.

    ``lifts``: experiments by channel (the channel number inside ``Lift`` is set here). ``promotions``: days on which
    something else than spend lifted all sales.
    """
    history = channel_day.filter(pl.col("day") <= reference.last_day)
    days, channels, spend, revenue = series(history, reference)
    if not channels:
        return ()
    known = [replace(lift, channel=channels.index(name)) for name, lift in lifts if name in channels]
    prototype = MediaMix(delayed=True) if estimator is None else estimator
    features = np.column_stack([days, spend])
    promoted = np.isin(days, [day_number(day) for day in promotions])
    if promoted.any() and not promoted.all():
        features = np.column_stack([features, promoted])
        prototype = clone(prototype).set_params(promotions=1)
    fitted = clone(prototype).fit(features, revenue, lifts=known, progress=progress)
    in_period = (days >= day_number(reference.first_day)) & (days <= day_number(reference.last_day))
    totals = channel_day.filter(pl.col("day").is_between(reference.first_day, reference.last_day)).sum()
    sold = float(totals["revenue"][0])
    counts = [
        float(totals[name][0]) / sold if sold > 0 and name in totals.columns else 0.0
        for name in ("conversions", "new_customers")
    ]
    media = fitted.media(features)
    relative = relative_effect(fitted, media, features, revenue, in_period)
    unseen = sensitivities(fitted, media, features, revenue)
    r2 = _r2_later(prototype, features, revenue)
    curves = []
    for c, channel in enumerate(channels):
        level = media[:, in_period, c].mean(axis=1) * relative[:, c]
        draws, today = _draws(fitted, level, spend[:, c], in_period, c)
        ones = np.ones(1)
        elasticity = draws.slope(ones)[0] / np.maximum(draws.revenue(ones)[0], 1e-12)
        reason = not_identified(fitted, spend, c, channels, len(days))
        own = [lift for lift in known if lift.channel == c]
        is_told = is_told_by_experiments(media[:, :, c].mean(axis=0), days, own)
        doubt = None if reason is not None else level_uncertain(level / today, None if is_told else unseen[c], channels)
        seen = spend[:, c][spend[:, c] > 0]
        curves.append(
            ChannelCurve(
                channel=channel,
                model=MODEL,
                identified=reason is None,
                reason=reason,
                level_doubt=doubt,
                spend_low=float(seen.min()),
                spend_high=float(seen.max()),
                spend_today=today,
                revenue_today=float(level.mean()),
                elasticity=float(elasticity.mean()),
                elasticity_interval=Interval.of(elasticity),
                carryover=_lasting(fitted, c),
                r2_cv=r2,
                days=len(days),
                draws=draws,
                conversions_today=counts[0] * float(level.mean()),
                new_customers_today=counts[1] * float(level.mean()),
                caveat=MIX_CAVEAT,
            )
        )
    return tuple(curves)


def series(history: pl.DataFrame, reference: Period) -> tuple[npt.NDArray[np.int64], list[str], Floats, Floats]:
    """Days (since 1970), channels with spend in the period, their daily spend [days, channels], total revenue.

    Begins with the first day on which any spend was delivered: before it, no spend and no knowledge look alike.
    """
    paid = history.filter(pl.col("has_spend"))
    if paid.is_empty():
        return np.zeros(0, dtype=np.int64), [], np.zeros((0, 0)), np.zeros(0)
    first, last = paid["day"].min(), paid["day"].max()
    inside = history.filter(pl.col("day").is_between(first, last))
    recent = inside.filter(pl.col("day") >= reference.first_day).group_by("channel").agg(pl.col("spend").sum())
    channels = sorted(recent.filter(pl.col("spend") > 0)["channel"].to_list())
    total = inside.group_by("day").agg(pl.col("revenue").sum()).sort("day")
    wide = inside.filter(pl.col("channel").is_in(channels)).pivot("channel", index="day", values="spend").sort("day")
    table = total.join(wide, on="day", how="left").sort("day").fill_null(0.0)
    if len(table) < 2 or not channels:
        return np.zeros(0, dtype=np.int64), [], np.zeros((0, 0)), np.zeros(0)
    days = table["day"].to_physical().cast(pl.Int64).to_numpy()
    return days, channels, table.select(channels).to_numpy().clip(min=0.0), table["revenue"].to_numpy()


def _draws(
    fitted: MediaMix, level: Floats, spend: Floats, in_period: npt.NDArray[np.bool_], c: int
) -> tuple[HillDraws, float]:
    """The channel's equally likely curves around the period, and its spend per day there. ``level``: revenue per day
    that the period's days brought, float64 [draws]."""
    today = float(spend[in_period].mean())
    memory = [float(known[:, c].mean()) for known in (fitted.carryover_, fitted.delay_, fitted.earlier_)]
    felt = np.sort(remembered(spend, *memory)[in_period])
    # Each day counts for as much, however many there are: parts of unequal size would draw the pattern up.
    pattern = np.repeat(felt, PATTERN_POINTS).reshape(PATTERN_POINTS, len(felt)).mean(axis=1) / today
    half, shape = fitted.half_[:, c] / today, fitted.shape_[:, c]
    return HillDraws(level=level, half=half, shape=shape, pattern=pattern), today


def _lasting(fitted: MediaMix, c: int) -> float:
    """Share of the effect that lasts to the next day; a delayed memory counts as the geometric one of equal length."""
    theta = fitted.carryover_[:, c]
    second = theta * fitted.delay_[:, c] ** 2
    days = theta / (1 - theta) + second / (1 - second)
    return float((days / (1 + days)).mean())


def _r2_later(prototype: MediaMix, features: Floats, revenue: Floats) -> float | None:
    """R² on later days of fits to earlier days (time-ordered); None with too few days. Fewer draws do for a mean."""
    if len(features) < 4 * MIN_DAYS // 2 or not revenue.std() > 0:
        return None
    quick = clone(prototype).set_params(draws=60, warm_up=60, thin=1)
    predicted, observed = [], []
    for earlier, later in TimeSeriesSplit(n_splits=CV_FOLDS).split(features):
        predicted.append(clone(quick).fit(features[earlier], revenue[earlier]).predict(features[later]))
        observed.append(revenue[later])
    return float(r2_score(np.concatenate(observed), np.concatenate(predicted)))


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return int(np.datetime64(str(day), "D").astype(int))

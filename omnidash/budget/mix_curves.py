"""Response curves on the basis of total revenue: what each channel adds to all sales, whoever gets the credit.

One joint fit of ``MediaMix`` to the days of the channel-day table up to the end of the reference period: total net
revenue of a day (all channels and direct) on the spend of all channels with spend in the period. The anchor, "today",
is the reference period: its average spend and the revenue its days' carried-over spend brought, draw by draw.

A curve is *not identified*, and says why, where history has told no more than the prior: a channel that hardly varied,
one that moved together with another, too few days, or sales too noisy. Its draws are then the prior's, around the
average return of all channels: wide.
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
from omnidash.budget.media_drift import relative_effect
from omnidash.budget.media_mix import Lift, MediaMix
from omnidash.budget.media_sampler import remembered, saturate
from omnidash.model.messages import N_, Message
from omnidash.model.period import Period

Floats = npt.NDArray[np.float64]

MODEL = "media mix"
MIN_DAYS = 56
INFORMATIVE = 0.75  # spread of a channel's return below this share of that over channels: history has told something
CONSTANT = 0.03  # coefficient of variation of spend
TOGETHER = 0.9  # correlation of two channels' spend from which their effects can hardly be told apart
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
    relative = relative_effect(fitted, features, revenue, in_period)
    r2 = _r2_later(prototype, features, revenue)
    curves = []
    for c, channel in enumerate(channels):
        draws, today = _draws(fitted, spend[:, c], in_period, c, relative[:, c])
        level = float(draws.level.mean())
        ones = np.ones(1)
        elasticity = draws.slope(ones)[0] / np.maximum(draws.revenue(ones)[0], 1e-12)
        reason = _reason(fitted, spend, c, channels, len(days))
        seen = spend[:, c][spend[:, c] > 0]
        curves.append(
            ChannelCurve(
                channel=channel,
                model=MODEL,
                identified=reason is None,
                reason=reason,
                spend_low=float(seen.min()),
                spend_high=float(seen.max()),
                spend_today=today,
                revenue_today=level,
                elasticity=float(elasticity.mean()),
                elasticity_interval=Interval.of(elasticity),
                carryover=_lasting(fitted, c),
                r2_cv=r2,
                days=len(days),
                draws=draws,
                conversions_today=counts[0] * level,
                new_customers_today=counts[1] * level,
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
    fitted: MediaMix, spend: Floats, in_period: npt.NDArray[np.bool_], c: int, relative: Floats
) -> tuple[HillDraws, float]:
    """The channel's equally likely curves around the period, and its spend per day there."""
    today = float(spend[in_period].mean())
    memory = float(fitted.carryover_[:, c].mean()), float(fitted.delay_[:, c].mean())
    felt = remembered(spend, *memory)[in_period]
    pattern = np.array([part.mean() for part in np.array_split(np.sort(felt), PATTERN_POINTS) if len(part)])
    pattern = pattern / today
    half, shape = fitted.half_[:, c], fitted.shape_[:, c]
    reached = np.mean([saturate(today * u, half, shape, "hill") for u in pattern], axis=0)
    return HillDraws(
        level=fitted.effect_[:, c] * reached * relative, half=half / today, shape=shape, pattern=pattern
    ), today


def _lasting(fitted: MediaMix, c: int) -> float:
    """Share of the effect that lasts to the next day; a delayed memory counts as the geometric one of equal length."""
    theta = fitted.carryover_[:, c]
    second = theta * fitted.delay_[:, c] ** 2
    days = theta / (1 - theta) + second / (1 - second)
    return float((days / (1 + days)).mean())


def _reason(fitted: MediaMix, spend: Floats, c: int, channels: Sequence[str], days: int) -> Message | None:
    """Why history cannot tell the channel's return; None where it can."""
    spread = float(np.log(fitted.return_[:, c]).std())
    if days < MIN_DAYS // fitted.step_:
        return Message(
            N_("Only {days} days with spend; at least {needed} are needed."), {"days": days, "needed": MIN_DAYS}
        )
    if spread < INFORMATIVE * float(np.sqrt(np.mean(fitted.return_spread_**2))):
        return None
    own = spend[:, c]
    if own.std() < CONSTANT * own.mean():
        return Message(N_("Spend hardly varied apart from weekday and trend, so its effect cannot be seen."), {})
    with np.errstate(invalid="ignore", divide="ignore"):
        likeness = np.nan_to_num(np.atleast_2d(np.corrcoef(spend.T))[c])
    likeness[c] = 0.0
    if likeness.max() > TOGETHER:
        template = N_("Spend moved together with {channel}, so the two effects cannot be told apart.")
        return Message(template, {"channel": channels[int(np.argmax(likeness))]})
    return Message(N_("Revenue varies too much from day to day to see the effect of spend."), {})


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

"""Response curves of all paid channels, from the channel-day table.

The elasticity is read from every day of the table up to the end of the reference period (the longer the better); the
anchor, "today", is the reference period: its spend and credited net revenue divided by its number of days, so that
today × days is what the overview shows for the period. A channel without spend in the period has no curve: there is
no point to anchor it at.

How sure the level is comes from weeks of the reference period drawn with replacement (circular block bootstrap,
Politis & Romano 1992). The same weeks are drawn for every channel, so channels that rise and fall together do so in
the draws too. All draws follow from ``seed`` and the channel's name; neither the order of rows nor other channels
matter.
"""

import zlib
from collections.abc import Collection, Mapping
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import clone
from sklearn.metrics import r2_score
from sklearn.model_selection import TimeSeriesSplit

from omnidash.budget.curve import ChannelCurve, Draws, Interval
from omnidash.budget.regression import controls
from omnidash.budget.response import MIN_DAYS, ResponseCurve, log_spend_residual
from omnidash.model.messages import N_, Message
from omnidash.model.period import Period

Floats = npt.NDArray[np.float64]

DRAWS = 400
BLOCK_DAYS = 7  # resample whole weeks, so that a draw has every weekday
COLLINEAR = 0.95  # correlation of two channels' spend, beyond which their effects cannot be told apart
CV_FOLDS = 4


def channel_curves(
    channel_day: pl.DataFrame,
    reference: Period,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    estimator: ResponseCurve | None = None,
    promotions: Mapping[str, Collection[date]] | None = None,
) -> tuple[ChannelCurve, ...]:
    """One curve per channel with spend in ``reference``, in the order of the channels' names.

    ``channel_day``: the frame of ``metrics.channel_day``; columns ``day, channel, spend, has_spend, revenue`` are
    used, days after ``reference`` are not. ``estimator`` is cloned per channel (default ``ResponseCurve()``).
    ``promotions``: by channel, days on which something else than spend lifted its sales.
    """
    history = channel_day.filter(pl.col("day") <= reference.last_day).sort("channel", "day")
    prototype = ResponseCurve() if estimator is None else estimator
    spend_paths = _spend_paths(history)
    in_period = history.filter(pl.col("day") >= reference.first_day)
    curves = []
    for (channel,), rows in in_period.partition_by("channel", as_dict=True, maintain_order=True).items():
        spend_today = float(rows["spend"].sum()) / reference.days
        if not spend_today > 0:
            continue
        delivered = history.filter((pl.col("channel") == channel) & pl.col("has_spend"))
        fitted, r2_cv = _fit(_with_promotions(prototype, (promotions or {}).get(str(channel), ())), delivered)
        expected = delivered.select("day", expected=fitted.predict(_features(delivered)))
        reason = fitted.reason_ or _collinear_with(str(channel), spend_paths)
        if reason is not None and fitted.reason_ is None:
            fitted = _forget(fitted)
        # Refunds of the period can exceed its sales; a revenue below zero cannot be anchored.
        revenue_today = max(float(rows["revenue"].sum()) / reference.days, 0.0)
        if revenue_today == 0:
            reason = Message(N_("No revenue was credited to this channel in the period."), {})
        surprise = _surprise(rows, reference, expected)
        elasticity = fitted.draw_elasticities(draws, np.random.default_rng([seed, zlib.crc32(str(channel).encode())]))
        seen = spend_paths[str(channel)][1]
        curves.append(
            ChannelCurve(
                channel=str(channel),
                identified=reason is None,
                reason=reason,
                spend_low=float(seen.min()),
                spend_high=float(seen.max()),
                spend_today=spend_today,
                revenue_today=revenue_today,
                elasticity=float(elasticity.mean()),
                elasticity_interval=Interval.of(elasticity),
                carryover=fitted.carryover_,
                r2_cv=r2_cv,
                days=len(seen),
                conversions_today=_per_day(rows, "conversions", reference),
                new_customers_today=_per_day(rows, "new_customers", reference),
                draws=Draws(
                    level=_levels(surprise, revenue_today, draws, np.random.default_rng([seed, 1])),
                    elasticity=elasticity,
                ),
            )
        )
    return tuple(curves)


def _with_promotions(prototype: ResponseCurve, days: Collection[date]) -> ResponseCurve:
    """The estimator that knows on which days something else than spend lifted a channel's sales."""
    numbers = frozenset((day - date(1970, 1, 1)).days for day in days)
    return clone(prototype).set_params(promotions=numbers) if numbers else prototype


def _per_day(rows: pl.DataFrame, column: str, reference: Period) -> float:
    """A count's daily average over the period; 0 where the table does not have it."""
    return float(rows[column].sum()) / reference.days if column in rows.columns else 0.0


def _fit(prototype: ResponseCurve, rows: pl.DataFrame) -> tuple[ResponseCurve, float | None]:
    """A clone fitted to one channel's delivered days, and its R² on later days (time-ordered, never shuffled)."""
    features = _features(rows)
    revenue = rows["revenue"].fill_null(0.0).to_numpy()
    fitted = clone(prototype).fit(features, revenue)
    if len(rows) < (CV_FOLDS + 1) * MIN_DAYS // 2:
        return fitted, None
    predicted, observed = [], []
    for earlier, later in TimeSeriesSplit(n_splits=CV_FOLDS).split(features):
        predicted.append(clone(prototype).fit(features[earlier], revenue[earlier]).predict(features[later]))
        observed.append(revenue[later])
    truth = np.concatenate(observed)
    if not truth.std() > 0:
        return fitted, None
    return fitted, float(r2_score(truth, np.concatenate(predicted)))


def _spend_paths(history: pl.DataFrame) -> dict[str, tuple[npt.NDArray[np.int64], Floats]]:
    """Days and spend of each channel on days it spent anything."""
    spent = history.filter(pl.col("has_spend") & (pl.col("spend") > 0))
    return {
        str(channel): (rows["day"].to_physical().cast(pl.Int64).to_numpy(), rows["spend"].to_numpy())
        for (channel,), rows in spent.partition_by("channel", as_dict=True, maintain_order=True).items()
    }


def _collinear_with(channel: str, spend_paths: dict[str, tuple[npt.NDArray[np.int64], Floats]]) -> Message | None:
    """The channel whose spend always moved together with this one's, if there is one."""
    day, spend = spend_paths[channel]
    for other, (other_day, other_spend) in spend_paths.items():
        common, mine, theirs = np.intersect1d(day, other_day, return_indices=True)
        if other == channel or len(common) < MIN_DAYS:
            continue
        control = controls(common, first_day=int(common[0]), last_day=int(common[-1]))
        a = log_spend_residual(spend[mine], control)
        b = log_spend_residual(other_spend[theirs], control)
        size = float(np.sqrt((a @ a) * (b @ b)))
        if size > 0 and float(a @ b) / size > COLLINEAR:
            template = N_("Spend moved together with {channel}, so the two effects cannot be told apart.")
            return Message(template, {"channel": other})
    return None


def _forget(fitted: ResponseCurve) -> ResponseCurve:
    """The same estimator with the prior in place of what it learned from spend that proves nothing."""
    unlearned = clone(fitted).set_params(min_days=np.iinfo(np.int64).max)
    return unlearned.fit([[0.0, 0.0]], [0.0])


def _features(rows: pl.DataFrame) -> Floats:
    # A correction of the platform can leave a day below zero; such a day spent nothing.
    return np.column_stack([rows["day"].to_physical().cast(pl.Float64), rows["spend"].clip(lower_bound=0.0)])


def _surprise(rows: pl.DataFrame, reference: Period, expected: pl.DataFrame) -> Floats:
    """Credited revenue of every day of the period less what weekday, trend and spend explain, float64 [days].

    Only the unexplained part says how far the level may be off. Days without a spend delivery have no explanation
    and are compared with the period's average.
    """
    days = pl.DataFrame({"day": list(reference)}, schema={"day": pl.Date})
    revenue = days.join(rows, on="day", how="left").join(expected, on="day", how="left").sort("day")
    daily = revenue["revenue"].fill_null(0.0).to_numpy()
    return daily - revenue["expected"].fill_null(float(daily.mean())).to_numpy()


def _levels(surprise: Floats, revenue_today: float, draws: int, rng: np.random.Generator) -> Floats:
    """Equally likely levels of revenue per day, float64 [draws], whose mean is ``revenue_today``."""
    days = len(surprise)
    block = min(BLOCK_DAYS, max(days // 4, 1))
    blocks = -(-days // block)
    starts = rng.integers(0, days, size=(draws, blocks))
    if revenue_today == 0 or days == 1:
        return np.full(draws, revenue_today)
    index = (starts[:, :, None] + np.arange(block)) % days
    means = surprise[index].mean(axis=(1, 2))
    # k blocks from which level, trend and elasticity were fitted vary too little by (k − 3) / k.
    shifts = (means - means.mean()) * np.sqrt(blocks / max(blocks - 3, 1))
    levels = np.maximum(revenue_today + shifts, 0.0)
    return np.asarray(levels * (revenue_today / levels.mean()), dtype=np.float64)

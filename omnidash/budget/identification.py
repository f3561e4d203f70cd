"""What history tells of a channel's return in the media mix: one of three verdicts.

*Not identified*: no more than the prior told. *Level uncertain*: history has told something, but a plan's direction can
be trusted more than any figure of the channel, for one of three reasons. (1) The middle 80 % of what is likely for the
return reach further than ± 15 % around its expectation. (2) The return moves by more than chance where the base may
bend every month: a driver that comes and goes slowly moved spend and sales alike (a specification test, Hausman 1978).
Where most of that comes through another channel, with which this one moved in part, that channel is named. (3) Days of
spend and sales cannot show every such driver (Chan & Perry 2017); one with a large effect, which explains 26 % (Cohen
1988) of the ups and downs that are left over of both, would move the return by 15 % or more (robustness value, Cinelli
& Hazlett 2020). Where experiments alone tell the return within ± 15 %, (2) and (3) cannot touch it. *Identified*: none
of them.

Told is the reason that explains most. (2) comes first where a channel's own spend went with the driver beyond all
chance (3 standard errors): then the model is wrong, and the interval that it gives as well. Else of (1) and (2) the one
that reaches further, as what touches one channel spreads over all that move together with it. (3) is about what may be
and not about what was seen: it is told only where neither holds.

How often a verdict is right is measured on companies with a driver nobody sees (benchmarks/budget_unseen.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from omnidash.budget.curve import Interval
from omnidash.budget.media_drift import less_day_before
from omnidash.budget.media_mix import Lift, MediaMix
from omnidash.model.messages import N_, Message

Floats = npt.NDArray[np.float64]

MIN_DAYS = 56
INFORMATIVE = 0.75  # spread of a channel's return below this share of that over channels: history has told something
CONSTANT = 0.03  # coefficient of variation of spend
TOGETHER = 0.9  # correlation of two channels' spend from which their effects can hardly be told apart
LARGE_EFFECT = 0.26  # share of variance that an effect called large explains (Cohen 1988)
SHIFTED = 2.0  # standard errors
BEYOND_CHANCE = 3.0  # the same, hardly ever by chance though every channel is tested
BEND_DAYS = 28  # between the bends of a base that may move freely
ALONE = 1e-9  # share of a channel's square below which nothing of it is its own but rounding
LEVEL_KNOWN = 0.15  # half of the 80 % interval of a return whose level is known, relative to its expectation
MIDDLE_80 = 1.2816  # standard errors on either side of the middle 80 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """``robustness``: the share of the unexplained variance of both spend and sales that an unseen driver must explain
    to move a return by ``LEVEL_KNOWN`` (the robustness value of Cinelli & Hazlett 2020), 0 … 1. ``shift``: by how many
    standard errors of the difference the return moves where the base may bend every month (Hausman 1978), ``moved``: by
    which share of it. ``led_by``: the number of the channel through which most of that comes; None: it is its own."""

    robustness: float
    shift: float
    moved: float = 0.0
    led_by: int | None = None


def not_identified(fitted: MediaMix, spend: Floats, c: int, channels: Sequence[str], days: int) -> Message | None:
    """Why history cannot tell the return of channel number ``c``; None where it can."""
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


def level_uncertain(returned: Floats, sensitivity: Sensitivity | None, channels: Sequence[str] = ()) -> Message | None:
    """Why a channel's return, float64 [draws] of revenue per unit of spend, is not known well; None where it is.

    ``sensitivity``: how far something unseen could move it; None where experiments alone tell it. ``channels``: all, in
    the order in which it numbers them.
    """
    expected, likely = float(returned.mean()), Interval.of(returned)
    reach = (likely.high - likely.low) / 2 / expected
    values = {"low": likely.low, "high": likely.high, "expected": expected, "bound_percent": LEVEL_KNOWN}
    is_wide = reach > LEVEL_KNOWN
    is_shifted = sensitivity is not None and sensitivity.shift > SHIFTED
    if sensitivity is not None and is_shifted and (not is_wide or _explains_more(sensitivity, reach)):
        if sensitivity.led_by is not None:
            return Message(
                N_(
                    "1 spent brings {expected} (80%: {low} to {high}), but another figure when sales without media may "
                    "move more freely: something that nobody recorded seems to have moved sales and the spend of "
                    "{channel}, with which this one moved in part. Trust the direction of a move more than the "
                    "figure; a lift test would tell the level."
                ),
                {**values, "channel": channels[sensitivity.led_by]},
            )
        return Message(
            N_(
                "1 spent brings {expected} (80%: {low} to {high}), but another figure when sales without media may "
                "move more freely: something that nobody recorded seems to have moved spend and sales alike. Trust "
                "the direction of a move more than the figure; a lift test would tell the level."
            ),
            values,
        )
    if is_wide:
        return Message(
            N_(
                "1 spent brings {expected}, but {low} to {high} is likely (80%), more than ± {bound_percent}. Trust "
                "the direction of a move more than the figure; a lift test would tell the level."
            ),
            values,
        )
    if sensitivity is not None and sensitivity.robustness < LARGE_EFFECT:
        return Message(
            N_(
                "1 spent brings {expected} (80%: {low} to {high}) if nothing unseen moved spend and sales alike; what "
                "explains {share_percent} of the unexplained ups and downs of both would move that by {bound_percent}. "
                "A lift test would tell the level."
            ),
            {**values, "share_percent": sensitivity.robustness},
        )
    return None


def _explains_more(shift: Sensitivity, reach: float) -> bool:
    """Whether a shift is the reason rather than an interval of ± ``reach``, a share of the return."""
    return (shift.led_by is None and shift.shift > BEYOND_CHANCE) or shift.moved > reach


def is_told_by_experiments(brought: Floats, days: npt.NDArray[np.int64], lifts: Sequence[Lift]) -> bool:
    """Whether experiments alone tell a channel's level within ± ``LEVEL_KNOWN``, as its middle 80 %.

    ``brought``: the channel's expected revenue on each of ``days`` (since 1970); ``lifts``: its experiments. One that
    is unsure tells little, and one from outside those days nothing.
    """
    during = [(days >= lift.first_day) & (days <= lift.last_day) for lift in lifts]
    certainty = sum((float(brought[d].sum()) / lift.standard_error) ** 2 for d, lift in zip(during, lifts, strict=True))
    return certainty * LEVEL_KNOWN**2 >= MIDDLE_80**2


def sensitivities(fitted: MediaMix, media: Floats, features: Floats, revenue: Floats) -> list[Sensitivity]:
    """How far something unseen could move each channel's return. ``features``, ``revenue``: X and y as fitted;
    ``media``: what ``fitted.media`` says of them.

    Both are judged on least squares with the expected curves: every channel's contribution is one column, so that a
    coefficient is a multiple of its return.
    """
    rho = fitted.autocorrelation_
    rows, base = less_day_before(media.mean(axis=0), rho), fitted.base(features)[0]
    day = features[:, 0]
    bends = np.maximum(day[:, None] - np.arange(day[0], day[-1], BEND_DAYS)[None, 1:-1], 0.0) / BEND_DAYS
    plain, freer = less_day_before(base, rho), less_day_before(np.column_stack([base, bends]), rho)
    sales = less_day_before(revenue, rho)
    found = [_sensitivity(np.delete(rows, c, axis=1), rows[:, c], sales, plain, freer) for c in range(rows.shape[1])]
    moved, variance = np.array([one[1] for one in found]), max(one[2] for one in found)
    own = _own_shifts(_unexplained(rows, plain), _unexplained(rows, freer), moved, variance)
    return [replace(one, led_by=_leading(c, one.shift, own)) for c, (one, *_rest) in enumerate(found)]


def _leading(c: int, shift: float, own: Floats) -> int | None:
    """The channel through which most of a return's shift comes; None where it is the channel's own."""
    others = np.where(np.arange(len(own)) == c, 0.0, own)
    leads = int(np.argmax(others))
    return leads if own[c] < shift / 2 and others[leads] > max(SHIFTED, own[c]) else None


def _own_shifts(plain: Floats, freer: Floats, moved: Floats, variance: float) -> Floats:
    """Standard errors by which each channel's own spend goes with what moved the returns, float64 [channels].

    Coefficients of channels that move together share what touches one of them: (X'X)⁻¹ spreads it. So their
    difference is taken back, (X'X) · difference, to where it came in (``plain``, ``freer``: X beside either base).
    """
    size = np.maximum(np.linalg.norm(plain, axis=0), 1e-300)
    before, after = ((x / size).T @ (x / size) for x in (plain, freer))
    spread = before @ (np.linalg.pinv(after, ALONE, hermitian=True) - np.linalg.pinv(before, ALONE, hermitian=True))
    certain = variance * np.diag(spread @ before)
    came_in = np.abs(before @ (moved * size))
    return np.asarray(np.where(certain > 0, came_in / np.sqrt(np.maximum(certain, 1e-300)), 0.0))


def _sensitivity(
    others: Floats, own: Floats, sales: Floats, plain: Floats, freer: Floats
) -> tuple[Sensitivity, float, float]:
    """Of one channel; with the signed move of its return and the variance of what is left beside the freer base."""
    spend, sold = _unexplained(np.column_stack([own, sales]), np.column_stack([plain, others])).T
    strength = float(spend @ spend)
    if strength <= ALONE * float(own @ own):
        return Sensitivity(robustness=0.0, shift=0.0), 0.0, 0.0
    effect = float(spend @ sold) / strength
    left = sold - effect * spend
    # Their ½ (√(f⁴ + 4 f²) − f²) with 1 / f² put in, which no size of f can overflow.
    robustness = 2 / (1 + np.sqrt(1 + 4 * float(left @ left) / (LEVEL_KNOWN**2 * strength)))
    explained = np.column_stack([freer, others])
    spend, sold = _unexplained(np.column_stack([own, sales]), explained).T
    freer_strength = float(spend @ spend)
    if freer_strength <= ALONE * float(own @ own):
        return Sensitivity(robustness=float(robustness), shift=0.0), 0.0, 0.0
    freer_effect = float(spend @ sold) / freer_strength
    left = sold - freer_effect * spend
    noise = float(left @ left) / max(len(left) - explained.shape[1] - 1, 1)
    variance, moved = noise * (1 / freer_strength - 1 / strength), freer_effect - effect
    shift = abs(moved) / np.sqrt(max(variance, 1e-300)) if variance > 0 else 0.0
    return Sensitivity(robustness=float(robustness), shift=float(shift), moved=abs(moved)), moved, noise


def _unexplained(series: Floats, explained_by: Floats) -> Floats:
    return np.asarray(series - explained_by @ np.linalg.lstsq(explained_by, series, rcond=None)[0])

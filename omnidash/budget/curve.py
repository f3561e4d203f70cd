"""What one channel is expected to bring at any spend per day, as a set of equally likely curves.

Each draw is a whole curve of one of two families: ``level · (spend / spend_today) ^ elasticity`` (``Draws``), or a
saturating Hill curve (``HillDraws``), which may be S-shaped. Expected values are means over the draws and intervals are
their quantiles, so every number on the screen comes from the same set: at today's spend the mean is today's revenue,
exactly. All curves are zero at zero spend and rising; the mean of concave curves is concave.

Spend is the daily average; another average means every day's spend scaled by the same factor.

Worked example: 100 spent and 300 earned a day with elasticity 0.5: 400 spent brings 600, and the next unit at 100
brings 0.5 · 300 / 100 = 1.5, a marginal ROI of 0.5 at full margin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from omnidash.model.messages import N_, Message

Floats = npt.NDArray[np.float64]
Verdict = Literal["identified", "level uncertain", "not identified"]

CAVEAT = Message(
    N_(
        "Credited revenue shows what came after the spend, not what the spend caused. Move budgets in small steps "
        "and check the outcome."
    ),
    {},
)

MIX_CAVEAT = Message(
    N_(
        "The media mix takes what moved with spend, apart from trend, weekday and season, for its effect; something "
        "else that moved at the same time looks the same. Move budgets in small steps and check the outcome."
    ),
    {},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The middle 80 % of what may happen (unless stated otherwise) around its median."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, draws: Floats, coverage: float = 0.8) -> "Interval":
        """The central interval of equally likely values, float64 [draws]."""
        return cls.of_each(draws[None, :], coverage)[0]

    @classmethod
    def of_each(cls, draws: Floats, coverage: float = 0.8) -> list["Interval"]:
        """One interval per row of float64 [rows, draws]; all rows at once, since a quantile call is mostly overhead."""
        tail = (1 - coverage) / 2
        low, median, high = np.quantile(draws, [tail, 0.5, 1 - tail], axis=1).tolist()
        return [cls(low=a, median=b, high=c) for a, b, c in zip(low, median, high, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """Equally likely curves: revenue per day at today's spend (``level``) and ``elasticity``, both float64 [draws]."""

    level: Floats
    elasticity: Floats

    def __post_init__(self) -> None:
        if self.level.shape != self.elasticity.shape or self.level.ndim != 1 or not len(self.level):
            raise ValueError(f"level {self.level.shape} and elasticity {self.elasticity.shape} must be equal 1-d")
        if (self.level < 0).any():
            raise ValueError("level must not be negative")
        if (self.elasticity <= 0).any() or (self.elasticity >= 1).any():
            raise ValueError("elasticity must lie strictly between 0 and 1")

    def revenue(self, ratio: Floats) -> Floats:
        """Revenue per day of every draw at multiples of today's spend, float64 [ratios, draws]."""
        return self.level * ratio[:, None] ** self.elasticity

    def slope(self, ratio: Floats) -> Floats:
        """Derivative of ``revenue`` by the multiple, float64 [ratios, draws]; infinite at 0 where anything sells."""
        with np.errstate(divide="ignore", invalid="ignore"):
            power = ratio[:, None] ** (self.elasticity - 1)
            return np.where(self.level > 0, self.level * self.elasticity * power, 0.0)

    def expected(self, ratio: Floats) -> tuple[Floats, Floats]:
        """Means over the draws of ``revenue`` and ``slope`` at multiples above 0, each float64 [ratios]; one power for
        both."""
        revenue = self.revenue(ratio)
        return revenue.mean(axis=1), revenue @ self.elasticity / len(self.elasticity) / ratio


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HillDraws:
    """Equally likely saturating curves: ``level · H(ratio) / H(1)`` with
    ``H(r) = mean_p (r u_p)^s / (h^s + (r u_p)^s)``.

    ``level``: revenue per day at today's spend; ``half`` (h): multiple of today's spend at which half of the ceiling is
    reached; ``shape`` (s): above 1 the curve is S-shaped; each float64 [draws]. ``pattern`` (u): the days' carried-over
    spend relative to their average, float64 [points], since bursts saturate sooner than even spend does.
    """

    level: Floats
    half: Floats
    shape: Floats
    pattern: Floats

    def __post_init__(self) -> None:
        if not self.level.shape == self.half.shape == self.shape.shape or self.level.ndim != 1 or not len(self.level):
            raise ValueError(
                f"level {self.level.shape}, half {self.half.shape}, shape {self.shape.shape} must be equal"
            )
        if (self.level < 0).any() or (self.half <= 0).any() or (self.shape <= 0).any() or (self.pattern < 0).any():
            raise ValueError("level and pattern must not be negative, half and shape must be positive")

    def revenue(self, ratio: Floats) -> Floats:
        """Revenue per day of every draw at multiples of today's spend, float64 [ratios, draws]."""
        return self.level / self._height(np.ones(1)) * self._height(ratio)

    def slope(self, ratio: Floats) -> Floats:
        """Derivative of ``revenue`` by the multiple, float64 [ratios, draws]; infinite at 0 where shape is below 1."""
        total = np.zeros((len(ratio), len(self.level)))
        with np.errstate(divide="ignore", invalid="ignore"):
            for point in self.pattern:
                felt = ratio[:, None] * point
                power = (felt / self.half) ** self.shape
                each = point * self.shape / self.half * (felt / self.half) ** (self.shape - 1) / (1 + power) ** 2
                total += np.where(point > 0, each, 0.0)
        return self.level / self._height(np.ones(1)) * total / len(self.pattern)

    def expected(self, ratio: Floats) -> tuple[Floats, Floats]:
        """Means over the draws of ``revenue`` and ``slope`` at multiples above 0, each float64 [ratios].

        One exponential serves both, in half the time: with p = (r u / h) ^ s the height is p / (1 + p), and its
        derivative s p / (1 + p)² / r.
        """
        height = np.zeros((len(ratio), len(self.level)))
        rise = np.zeros_like(height)
        along = np.log(ratio)[:, None] - np.log(self.half)
        for point in self.pattern[self.pattern > 0]:
            # Beyond ± 300 the share is 0 or 1 to the last digit, and the exponential would overflow.
            reached = 1 / (1 + np.exp(np.clip(-self.shape * (along + np.log(point)), -300.0, 300.0)))
            height += reached
            rise += reached * (1 - reached)
        scale = self.level / len(self.pattern) / self._height(np.ones(1))[0] / len(self.level)
        return height @ scale, rise @ (scale * self.shape) / ratio

    def _height(self, ratio: Floats) -> Floats:
        total = np.zeros((len(ratio), len(self.level)))
        for point in self.pattern:
            power = (ratio[:, None] * point / self.half) ** self.shape
            total += power / (1 + power)
        return total / len(self.pattern)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChannelCurve:
    """The response curve of one channel. Money is workspace currency per day.

    ``identified`` is False, with a ``reason``, where history could not tell the elasticity and the curve is the
    prior's; an identified curve has a ``level_doubt`` where its return is not known well enough to rely on the figure
    (media mix; credited revenue is counted, not estimated); ``spend_low … spend_high`` are the smallest and largest
    daily spend seen (draw the curve dashed outside); ``r2_cv`` is the share of day-to-day revenue variance explained on
    later days by fits to earlier days (below 0: worse than a flat line; None: too few days to say). ``carryover`` is
    the share of spend's effect that lasts to the next day. ``elasticity`` is the one at today's spend.
    ``conversions_today`` and ``new_customers_today`` (per day, credited) move with revenue: the value of an order and
    the share of new customers stay. ``caveat`` always holds.
    """

    channel: str
    model: str = "power"
    identified: bool
    reason: Message | None
    spend_low: float
    spend_high: float
    spend_today: float
    revenue_today: float
    elasticity: float
    elasticity_interval: Interval
    carryover: float
    r2_cv: float | None
    days: int
    draws: Draws | HillDraws
    conversions_today: float = 0.0
    new_customers_today: float = 0.0
    level_doubt: Message | None = None
    caveat: Message = CAVEAT

    def __post_init__(self) -> None:
        if not self.spend_today > 0:
            raise ValueError(f"spend_today must be positive; it is {self.spend_today}")
        if self.revenue_today < 0:
            raise ValueError(f"revenue_today must not be negative; it is {self.revenue_today}")
        if self.identified != (self.reason is None):
            raise ValueError("a curve that is not identified needs a reason, an identified one has none")
        if self.reason is not None and self.level_doubt is not None:
            raise ValueError("the level of a curve that is not identified is in doubt already")

    @property
    def verdict(self) -> Verdict:
        """What history tells of the curve."""
        if not self.identified:
            return "not identified"
        return "identified" if self.level_doubt is None else "level uncertain"

    @property
    def return_today(self) -> tuple[float, Interval]:
        """Revenue per unit of spend today: expected, and the middle 80 % of what is likely."""
        returned = self.revenue_draws(self.spend_today)[0] / self.spend_today
        return float(returned.mean()), Interval.of(returned)

    def revenue_draws(self, spend: npt.ArrayLike) -> Floats:
        """Revenue per day of every draw at every spend, float64 [spends, draws]."""
        return self.draws.revenue(_not_negative(spend) / self.spend_today)

    def revenue(self, spend: npt.ArrayLike) -> Floats:
        """Expected revenue per day, float64 [spends] (a single spend gives one element)."""
        return self.revenue_draws(spend).mean(axis=1)

    def revenue_interval(self, spend: npt.ArrayLike, coverage: float = 0.8) -> tuple[Floats, Floats]:
        """Low and high end of the central interval of revenue per day, each float64 [spends]."""
        tail = (1 - coverage) / 2
        low, high = np.quantile(self.revenue_draws(spend), [tail, 1 - tail], axis=1)
        return low, high

    def marginal_revenue(self, spend: npt.ArrayLike) -> Floats:
        """Expected revenue of one more unit of spend, float64 [spends]; infinite at zero spend if anything sells."""
        ratio = _not_negative(spend) / self.spend_today
        return self.draws.slope(ratio).mean(axis=1) / self.spend_today

    def marginal_roi(self, spend: npt.ArrayLike, margin: float = 1.0) -> Floats:
        """ROI of one more unit of spend: marginal revenue × margin − 1, float64 [spends]."""
        return self.marginal_revenue(spend) * margin - 1

    def outside_seen_range(self, spend: float) -> bool:
        """Has the channel never been seen at this daily spend?"""
        return not self.spend_low <= spend <= self.spend_high


def by_channel(curves: Sequence[ChannelCurve]) -> dict[str, ChannelCurve]:
    """Curves by channel name. Raises ValueError when a channel has two."""
    named = {curve.channel: curve for curve in curves}
    if len(named) != len(curves):
        raise ValueError("every channel must have one curve")
    return named


def _not_negative(spend: npt.ArrayLike) -> Floats:
    values = np.atleast_1d(np.asarray(spend, dtype=np.float64))
    if not (values >= 0).all():
        raise ValueError(f"spend must not be negative; it is {values.min()}")
    return values

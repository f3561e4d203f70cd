"""How many persons a test needs, so that the smallest effect worth finding would most likely be found.

Shares (did it or not), per group, two-sided (Fleiss, Levin, Paik 2003, without continuity correction; the same as the
calculators of test tools): n = ( z(1−α/2) √(2 p q) + z(power) √(p q + p' q') )² / (p' − p)², with p' the share to be
found and q = 1 − p. Amounts: n = 2 (z(1−α/2) + z(power))² σ² / d². Several variants against one control: α is divided
among them (Bonferroni), as the reading does by Holm's rule at its strictest. Where the test is read any day, z(1−α/2)
is what its interval reaches at the planned size (``sequential``), 3.03 instead of 1.96: the effect is then found by
that day, often before; and the first root is that of the second, for it takes each group by its own spread.

Example: 20 % today, 5 points more or less worth finding, 5 % level, 80 % power: 1,031 persons in each group
(1,030.2 before rounding up).
"""

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

from omnidash.experiments.reading import FEWEST_LEVEL
from omnidash.experiments.sequential import stretch_as_planned
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How sure the test must be: ``level`` of its intervals, ``power`` to find the effect, ``variants`` beside the
    control; ``is_any_day``: it will be read by confidence sequences, planned for just this size. Raises BadInput
    where that cannot be."""

    level: float = 0.95
    power: float = 0.80
    variants: int = 1
    is_any_day: bool = False

    def __post_init__(self) -> None:
        if not FEWEST_LEVEL <= self.level < 1 or not 0 < self.power < 1:
            raise BadInput(N_("Level and power lie between 50 and 100 %; 95 % and 80 % are usual."))
        if self.variants < 1:
            raise BadInput(N_("A test compares at least one variant with the control."))

    @property
    def reach(self) -> tuple[float, float]:
        """How many standard errors the interval reaches, and the effect must lie beyond its end for the power."""
        alpha = (1 - self.level) / self.variants
        own = stretch_as_planned(level=1 - alpha) if self.is_any_day else NormalDist().inv_cdf(1 - alpha / 2)
        return own, NormalDist().inv_cdf(self.power)


def persons_for_share(share: float, effect: float, wanted: Wanted | None = None) -> int:
    """Persons per group to find that a share (0 … 1) changes by ``effect`` (absolute, either sign). Raises BadInput."""
    if not 0 < share < 1 or effect == 0 or not 0 < share + effect < 1:
        raise BadInput(N_("The share today and the share to be found lie between 0 and 100 %, and differ."))
    wanted = wanted or Wanted()
    level, power = wanted.reach
    other = share + effect
    both = sqrt(share * (1 - share) + other * (1 - other))
    # Pearson's test takes both groups to be alike, a confidence sequence takes each by its own spread
    spread = level * (both if wanted.is_any_day else sqrt(2 * share * (1 - share))) + power * both
    return ceil((spread / effect) ** 2)


def persons_for_amount(deviation: float, effect: float, wanted: Wanted | None = None) -> int:
    """Persons per group to find that a mean with standard deviation ``deviation`` changes by ``effect``."""
    if not deviation > 0 or effect == 0:
        raise BadInput(N_("The spread of the amounts is above 0, and so is the change to be found."))
    level, power = (wanted or Wanted()).reach
    return ceil(2 * ((level + power) * deviation / effect) ** 2)

"""An A/B test read: what each variant brought per person, how far it is from the control, and whether that is chance.

The mean of a person's outcome (1 or 0 for shares, an amount or a count otherwise) is compared between each variant and
the control. Read once at the planned end: for shares Newcombe's interval and Pearson's chi-squared, else Welch's t.
Read any day (``is_any_day``): confidence sequences (``sequential``), which stay true however often one looks. Several
variants: p-values are Holm's, and *clear* means clear after that.

CUPED (Deng, Xu, Kohavi, Walker 2013): with each person's value ``before`` the test, y − θ (x − mean x) has the same
expected difference and less noise; θ = cov(x, y) / var(x), pooled within variants. Cap: values above that quantile of
the positive ones count as that much (winsorised), so that one buyer does not decide a test.

Example: 100 of 1,000 in the control and 130 of 1,000 in the variant: +3.0 points (95 %: +0.2 … +5.8), p = 0.035.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import exp, isnan, sqrt
from statistics import NormalDist

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from omnidash.experiments import sequential
from omnidash.experiments.sample_ratio import SampleRatio, sample_ratio
from omnidash.metrics.difference_of_rates import newcombe_interval
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

Floats = NDArray[np.float64]
Interval = tuple[float, float]

FEWEST_LEVEL = 0.5
FEWEST_PERSONS = 30
FEWEST_OUTCOMES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a test is read. ``control``: its variant, the first by name where None; ``is_any_day``: by confidence
    sequences, narrowest at ``planned`` persons; ``cap``: quantile (0 … 1) above which values are cut, None: none;
    ``uses_before``: CUPED; ``weights``: intended shares by variant, equal where None. Raises BadInput."""

    control: str | None = None
    level: float = 0.95
    is_any_day: bool = True
    planned: int = sequential.PLANNED_PERSONS
    cap: float | None = None
    uses_before: bool = False
    weights: tuple[tuple[str, float], ...] | None = None

    def __post_init__(self) -> None:
        if not FEWEST_LEVEL <= self.level < 1:
            raise BadInput(N_("The level of an interval lies between 50 and 100 %; 95 % is usual."))
        if self.planned < 1:
            raise BadInput(N_("The planned number of persons is at least 1."))
        if self.cap is not None and not 0 < self.cap < 1:
            raise BadInput(N_("Values are cut above a quantile between 0 and 100 %, such as 99.9 %."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One variant: its persons, how many had any outcome, the mean outcome per person and its spread; mean and spread
    as they are compared, so after the cap and, with CUPED, less what was known before."""

    variant: str
    persons: int
    with_outcome: int
    mean: float
    deviation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A variant against the control, per person. ``relative``: null where the control's mean is not above 0, its
    interval also where the variant's is not; ``p_value`` already adjusted for several variants (Holm)."""

    variant: str
    absolute: float
    interval: Interval
    relative: float | None
    relative_interval: Interval | None
    p_value: float
    is_clear: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """``arms``: the control first; ``differences``: the others in their order. ``is_share``: outcomes are 1 or 0;
    ``variance_kept``: variance after CUPED / before it, None without; ``is_enough``: false where a variant has under 30
    persons or all together under 10 outcomes, and no difference is called clear."""

    arms: tuple[Arm, ...]
    differences: tuple[Difference, ...]
    sample_ratio: SampleRatio
    asked: Asked
    is_share: bool
    is_enough: bool
    variance_kept: float | None = field(default=None)

    @property
    def control(self) -> Arm:
        """What the others are compared with."""
        return self.arms[0]


def variants_of(rows: pl.DataFrame, control: str | None) -> list[str]:
    """The variants, the control first, then by name. Raises BadInput where there are fewer than two, or no such
    control."""
    names = rows["variant"].drop_nulls().unique().sort().to_list()
    if len(names) < 2:
        raise BadInput(N_("A test has at least two variants; here is {count}."), count=len(names))
    if control is None:
        control = usual_control(names)
    if control not in names:
        raise BadInput(
            N_("No person is in variant {name}; there are {names}."), name=repr(control), names=", ".join(names)
        )
    return [control, *(name for name in names if name != control)]


def usual_control(names: Sequence[str]) -> str:
    """The variant that is the control by its name, else the first by name."""
    words = ("control", "baseline", "original", "holdout", "hold-out", "no e-mail", "对照", "原版", "空白")
    return next((name for word in words for name in names if word in name.casefold()), min(names))


def read_experiment(rows: pl.DataFrame, asked: Asked | None = None) -> Reading:
    """Read a test. ``rows``: [variant String, value Float64, before Float64 (where CUPED is asked for)], one per
    person. Raises BadInput where there is nothing to compare."""
    asked = asked or Asked()
    names = variants_of(rows, asked.control)
    whole = {name: _values(rows, name, "value") for name in names}
    values = whole if asked.cap is None else _capped(whole, asked.cap)
    is_share = all(bool(np.isin(of_one, (0.0, 1.0)).all()) for of_one in values.values())
    adjusted, kept = values, None
    if asked.uses_before:
        adjusted, kept = _without_before(values, {name: _values(rows, name, "before") for name in names})
    arms = tuple(_arm(name, of_one, int(np.count_nonzero(whole[name]))) for name, of_one in adjusted.items())
    is_enough = (
        min(arm.persons for arm in arms) >= FEWEST_PERSONS and sum(arm.with_outcome for arm in arms) >= FEWEST_OUTCOMES
    )
    is_counted = is_share and kept is None
    compared = [_compare(name, adjusted[name], adjusted[names[0]], asked, is_counted) for name in names[1:]]
    weights = None if asked.weights is None else dict(asked.weights)
    return Reading(
        arms=arms,
        differences=_adjusted(compared, asked.level, is_enough=is_enough),
        sample_ratio=sample_ratio(
            [arm.persons for arm in arms], None if weights is None else [weights.get(name, 0.0) for name in names]
        ),
        asked=asked,
        is_share=is_share,
        is_enough=is_enough,
        variance_kept=kept,
    )


def _values(rows: pl.DataFrame, variant: str, column: str) -> Floats:
    return rows.filter(pl.col("variant") == variant)[column].cast(pl.Float64).fill_null(0.0).to_numpy()


def _capped(values: dict[str, Floats], quantile: float) -> dict[str, Floats]:
    """Values above a quantile of all persons' positive ones are that quantile: of all values it could be 0."""
    every = np.concatenate(list(values.values()))
    if not (every > 0).any():
        return values
    most = float(np.quantile(every[every > 0], quantile))
    return {name: np.minimum(of_one, most) for name, of_one in values.items()}


def _arm(name: str, values: Floats, with_outcome: int) -> Arm:
    return Arm(
        variant=name,
        persons=len(values),
        with_outcome=with_outcome,
        mean=float(values.mean()),
        deviation=float(values.std(ddof=1)) if len(values) > 1 else 0.0,
    )


def _without_before(values: dict[str, Floats], before: dict[str, Floats]) -> tuple[dict[str, Floats], float | None]:
    """The values less what each person's ``before`` foretells, and the part of the variance that is left."""
    inside = [(values[name] - values[name].mean(), before[name] - before[name].mean()) for name in values]
    spread = sum(float(x @ x) for _, x in inside)
    whole = sum(float(y @ y) for y, _ in inside)
    if spread == 0.0 or whole == 0.0:
        return values, 1.0
    theta = sum(float(x @ y) for y, x in inside) / spread
    usual = float(np.concatenate(list(before.values())).mean())
    left = sum(float((y - theta * x) @ (y - theta * x)) for y, x in inside)
    return {name: values[name] - theta * (before[name] - usual) for name in values}, left / whole


def _compare(name: str, values: Floats, control: Floats, asked: Asked, is_counted: bool) -> Difference:
    """A variant against the control by itself: its p-value is not adjusted and nothing is called clear yet."""
    one, base = len(values), len(control)
    mean, usual = float(values.mean()), float(control.mean())
    own, other = _error_squared(values), _error_squared(control)
    error, persons = sqrt(own + other), one + base
    difference = mean - usual
    if asked.is_any_day:
        reach = sequential.half_width(error, persons, level=asked.level, planned=asked.planned)
        interval = (difference - reach, difference + reach)
        p_value = sequential.p_value(difference, error, persons, level=asked.level, planned=asked.planned)
        stretch = reach / error if error else 0.0
    elif is_counted:
        counts = int(values.sum()), one, int(control.sum()), base
        interval = newcombe_interval(*counts, confidence=asked.level) or (difference, difference)
        p_value = _chi_squared(*counts)
        stretch = NormalDist().inv_cdf((1 + asked.level) / 2)
    else:
        stretch, p_value = _welch(difference, own, other, one, base, asked.level)
        interval = (difference - stretch * error, difference + stretch * error)
    relative, relative_interval = None, None
    if usual > 0:
        relative = difference / usual
        if mean > 0:
            # of the logarithm of the ratio (Katz et al. 1978): it agrees with the difference on whether 0 is inside
            reach = stretch * sqrt(own / mean**2 + other / usual**2)
            relative_interval = (mean / usual * exp(-reach) - 1, mean / usual * exp(reach) - 1)
    return Difference(
        variant=name,
        absolute=difference,
        interval=interval,
        relative=relative,
        relative_interval=relative_interval,
        p_value=p_value,
        is_clear=False,
    )


def _error_squared(values: Floats) -> float:
    return float(values.var(ddof=1)) / len(values) if len(values) > 1 else 0.0


def _welch(difference: float, own: float, other: float, persons: int, others: int, level: float) -> tuple[float, float]:
    """(quantile of Student's t for the interval, p-value) with Welch's degrees of freedom."""
    error = sqrt(own + other)
    if error == 0.0:
        return 0.0, 1.0 if difference == 0.0 else 0.0
    freedom = (own + other) ** 2 / (own**2 / max(persons - 1, 1) + other**2 / max(others - 1, 1))
    return float(stats.t.ppf((1 + level) / 2, freedom)), float(2 * stats.t.sf(abs(difference) / error, freedom))


def _chi_squared(successes: int, trials: int, others: int, other_trials: int) -> float:
    pooled = (successes + others) / (trials + other_trials)
    error = sqrt(pooled * (1 - pooled) * (1 / trials + 1 / other_trials))
    if error == 0.0:
        return 1.0
    return float(stats.chi2.sf(((successes / trials - others / other_trials) / error) ** 2, 1))


def _adjusted(compared: Sequence[Difference], level: float, *, is_enough: bool) -> tuple[Difference, ...]:
    """Holm 1979: the smallest of m p-values times m, the next times m − 1 …, never falling."""
    order = sorted(range(len(compared)), key=lambda place: compared[place].p_value)
    p_values, highest = [1.0] * len(compared), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, compared[place].p_value * (len(compared) - rank)))
        p_values[place] = highest
    return tuple(
        replace(
            one,
            p_value=p,
            is_clear=is_enough and not isnan(p) and p < 1 - level and not one.interval[0] <= 0 <= one.interval[1],
        )
        for one, p in zip(compared, p_values, strict=True)
    )

"""Sample ratio: were persons shared out among the variants as they should have been?

A test in which one variant lost more persons on the way (slower page, tracking that fails, a redirect) compares
different people, and no reading mends that. Pearson's chi-squared of the persons against the intended shares; below
0.001 the groups are not what was planned (Fabijan et al. 2019, "Diagnosing Sample Ratio Mismatch", KDD).

Example: 821,588 and 815,482 persons of an intended half each: chi-squared 22.8, p = 0.0000018: a mismatch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

MISMATCH_BELOW = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatio:
    """``shares``: intended share of each variant, in the order given; ``chi_squared`` with its ``p_value``."""

    shares: tuple[float, ...]
    chi_squared: float
    p_value: float

    @property
    def is_mismatch(self) -> bool:
        """Whether chance alone would hardly have made groups of these sizes."""
        return self.p_value < MISMATCH_BELOW


def sample_ratio(persons: Sequence[int], weights: Sequence[float] | None = None) -> SampleRatio:
    """Persons per variant against the intended ``weights`` (any scale; equal where left out). Raises BadInput where a
    weight is not above 0 or their number differs."""
    wanted = np.ones(len(persons)) if weights is None else np.asarray(weights, dtype=np.float64)
    if len(wanted) != len(persons) or not (wanted > 0).all() or not np.isfinite(wanted).all():
        raise BadInput(
            N_("Give each of the {count} variants the share of persons it was meant to get, above 0."),
            count=len(persons),
        )
    shares = wanted / wanted.sum()
    found = stats.chisquare(np.asarray(persons, dtype=np.float64), shares * sum(persons))
    return SampleRatio(shares=tuple(shares.tolist()), chi_squared=float(found.statistic), p_value=float(found.pvalue))

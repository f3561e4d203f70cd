"""True response curves: how much of a channel's traffic, and so of its incremental revenue, a day's spend buys."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueCurve:
    """Response relative to the reference spend: concave, 0 at 0, 1 at 1.

    power: x^beta.  hill: (1 + k) x / (k + x), a saturating curve (Hill with exponent 1, Michaelis-Menten).
    fixed: 1 for any spend above zero (rent, tools: the money opens the door and more of it does nothing).
    """

    form: str
    parameter: float = 0.0

    def __post_init__(self) -> None:
        if self.form not in ("power", "hill", "fixed"):
            raise ValueError(f"form {self.form!r} is none of power, hill, fixed")
        if self.form == "power" and not 0 < self.parameter < 1:
            raise ValueError(f"power parameter {self.parameter} is not between 0 and 1")
        if self.form == "hill" and self.parameter <= 0:
            raise ValueError(f"hill parameter {self.parameter} is not above 0")

    def relative(self, spend_to_reference: NDArray[np.float64]) -> NDArray[np.float64]:
        """Response as a multiple of the response at the reference spend; any shape in, the same shape out."""
        x = np.asarray(spend_to_reference, dtype=np.float64)
        if self.form == "power":
            return x**self.parameter
        if self.form == "hill":
            return (1 + self.parameter) * x / (self.parameter + x)
        return (x > 0).astype(np.float64)

    def elasticity(self, spend_to_reference: float = 1.0) -> float:
        """Percent more response for one percent more spend, at this spend."""
        if self.form == "power":
            return self.parameter
        if self.form == "hill":
            return self.parameter / (self.parameter + spend_to_reference)
        return 0.0

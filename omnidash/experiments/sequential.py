"""Intervals that hold however often one looks: asymptotic confidence sequences.

An ordinary 95 % interval is wrong once in twenty readings; whoever looks every morning and stops at the first clear one
is wrong far more often. A confidence sequence covers the truth at all sizes at once, at the price of being wider.

Formula (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024, "Time-uniform central limit theory", Annals of
Statistics 52(6), theorem 2.2, two-sided): after n persons, with the standard error s of the estimate,
half width = s · √( 2 (nρ² + 1) / (nρ²) · ln( √(nρ² + 1) / α ) ). ρ sets where it is narrowest, at about ``planned``
persons: ρ² = (−2 ln α + ln(−2 ln α) + 1) / planned.
P-value: the smallest α whose interval leaves out 0, ρ being kept; it only ever means what it says at any look.

Example: 10,000 persons, an estimate 2.0 standard errors from zero, planned 5,000: the usual p-value is 0.046, the one
that may be looked at daily 0.65.
"""

from math import exp, log, sqrt

PLANNED_PERSONS = 5_000


def _rho_squared(alpha: float, planned: int) -> float:
    return (-2.0 * log(alpha) + log(-2.0 * log(alpha)) + 1.0) / planned


def half_width(error: float, persons: int, *, level: float, planned: int = PLANNED_PERSONS) -> float:
    """Half the interval of ``level`` (0 … 1) around an estimate with standard error ``error`` from ``persons``."""
    alpha = 1.0 - level
    reach = persons * _rho_squared(alpha, planned)
    return error * sqrt(2.0 * (reach + 1.0) / reach * log(sqrt(reach + 1.0) / alpha))


def stretch_as_planned(*, level: float) -> float:
    """How many standard errors half the interval is where exactly as many came as were planned; the same for any."""
    return half_width(1.0, PLANNED_PERSONS, level=level, planned=PLANNED_PERSONS)


def p_value(estimate: float, error: float, persons: int, *, level: float, planned: int = PLANNED_PERSONS) -> float:
    """The chance of an estimate so far from 0 at this or any earlier look where there is no effect; at most 1."""
    if error == 0.0:
        return 1.0 if estimate == 0.0 else 0.0
    reach = persons * _rho_squared(1.0 - level, planned)
    exponent = (estimate / error) ** 2 * reach / (2.0 * (reach + 1.0))
    return min(1.0, sqrt(reach + 1.0) * exp(-exponent))

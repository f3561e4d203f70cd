"""How far apart two conversion rates are, with the interval that their sizes allow.

Formula: rate of one - rate of the other, with Newcombe's hybrid score interval (Newcombe 1998, method 10): the Wilson
intervals of both rates, joined. It stays inside -1 … 1 and is right for small samples, where the textbook interval is
not. Where it holds 0, the two may well be equal.
Null and zero: null where either side has nobody.

Published example (Newcombe 1998, table II a): 56 of 70 against 48 of 80 -> 0.2000, interval 0.0524 … 0.3339.
"""

from math import sqrt

from omnidash.metrics.conversion_rate import wilson_interval


def newcombe_interval(
    successes: int, trials: int, other_successes: int, other_trials: int, *, confidence: float = 0.95
) -> tuple[float, float] | None:
    """(low, high) of ``successes / trials - other_successes / other_trials``; None where either has no trials.

    Raises ValueError as ``wilson_interval`` does.
    """
    one = wilson_interval(successes, trials, confidence=confidence)
    other = wilson_interval(other_successes, other_trials, confidence=confidence)
    if one is None or other is None:
        return None
    rate, other_rate = successes / trials, other_successes / other_trials
    difference = rate - other_rate
    below = sqrt((rate - one[0]) ** 2 + (other[1] - other_rate) ** 2)
    above = sqrt((one[1] - rate) ** 2 + (other_rate - other[0]) ** 2)
    return difference - below, difference + above

"""Shapley-value attribution (Shapley 1953): a channel's average marginal contribution over all orders of arrival.

The characteristic function decides what that means, so it is named:

* ``conversions`` (default): v(S) = conversions of the paths whose channels all lie in S. Each path is a unanimity game,
  so the exact value is an equal split of its conversions over its distinct channels, whatever the number of channels.
* ``conversion_rate``: v(S) = conversions / (conversions + nulls) of the paths within S, 0 where there are none. Exact
  up to 15 channels through all subsets; above, the mean over seeded random orders of arrival (Castro et al. 2009)
  with half a 95 % interval per channel. A channel that lowers the rate gets a negative credit. Paths of ``(direct)``
  alone, conversions without any touch, stay out of the game: nobody without a touch is known who did not convert, so
  their rate would be 100 % whatever the channels do. ``(direct)`` is credited with what they brought, no more, and the
  others play for the outcomes and persons of the touched paths.

Invariant: values add up to v(N), the observed total; no channel is dropped.

Example: a converts 4 times, a > b 6 times: a 4 + 3 = 7, b 3 (conversions).
"""

from math import factorial

import numpy as np

from omnidash.attribution.channel_sets import channel_sets
from omnidash.attribution.credit_table import CreditTable, credit_of_touches, credit_table
from omnidash.attribution.path_table import Codes, Floats, PathTable
from omnidash.model.defaults import DIRECT
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_

EXACT_UP_TO_CHANNELS = 15

WORTHS = ("conversions", "conversion_rate")


def shapley(paths: PathTable, *, worth: str = "conversions", orders: int = 2_000, seed: int = 0) -> CreditTable:
    """Credits under the characteristic function ``worth``; ``orders`` and ``seed`` serve sampling only.

    A sampled table has conversions_error and value_error besides. Raises WrongUse for another ``worth``, ValueError
    for fewer than two orders.
    """
    if worth not in WORTHS:
        raise WrongUse(
            N_("Shapley worth {worth} is unknown; choose {known}."), worth=repr(worth), known=" / ".join(WORTHS)
        )
    if worth == "conversions":
        return _equal_split(paths)
    if len(paths.channels) <= EXACT_UP_TO_CHANNELS:
        return _exact_rate(paths)
    return _sampled_rate(paths, orders, np.random.default_rng(seed))


def _equal_split(paths: PathTable) -> CreditTable:
    path, channel = paths.distinct_touches()
    share = 1.0 / np.bincount(path, minlength=len(paths.conversions))[path]
    return credit_table("shapley", paths, *credit_of_touches(paths, channel, path, share))


def _exact_rate(paths: PathTable) -> CreditTable:
    sets = channel_sets(paths)
    assert sets is not None  # at most 15 channels here
    conversions, value = rate_credits(sets.channels, sets.members, sets.outcomes[:, :3])
    return credit_table("shapley", paths, conversions, value)


def equal_split(members: Codes, outcomes: Floats, size: int) -> Floats:
    """float64[R, C]: exact Shapley values of v(S) = outcomes of the sets within S, for ``outcomes`` float64[M, R]."""
    touched = (members[:, None] >> np.arange(size) & 1).astype(np.float64)
    return np.asarray((outcomes / touched.sum(axis=1)[:, None]).T @ touched)


def rate_credits(channels: tuple[str, ...], members: Codes, outcomes: Floats) -> Floats:
    """float64[R, C]: exact credits by ``conversion_rate``, sets of ``(direct)`` alone credited outside the game.

    ``outcomes`` float64[M, R + 1] of the sets ``members``, persons last. Only channels of the other sets enter the
    subsets, whose number doubles with each.
    """
    credited = np.zeros((outcomes.shape[1] - 1, len(channels)))
    plays = np.ones(len(members), dtype=bool)
    if DIRECT in channels:
        direct = channels.index(DIRECT)
        plays = members != 1 << direct
        credited[:, direct] = outcomes[~plays, :-1].sum(axis=0)
    playing = members[plays]
    players = [c for c in range(len(channels)) if (playing >> c & 1).any()]
    renumbered = np.zeros(len(playing), np.int64)
    for place, channel in enumerate(players):
        renumbered |= (playing >> channel & 1) << place
    if players:
        credited[:, players] += rate_values(renumbered, outcomes[plays], len(players))
    return credited


def rate_values(members: Codes, outcomes: Floats, size: int) -> Floats:
    """float64[R, C]: exact Shapley values of v(S) = outcomes per person of the sets within S, times all persons.

    ``outcomes`` float64[M, R + 1] of the sets ``members``, persons last.
    """
    worth = _worth_of_subsets(members, outcomes, size)
    sets = np.arange(2**size)
    count = np.bitwise_count(sets)
    weight = np.array([factorial(m) * factorial(size - m - 1) / factorial(size) for m in range(size)])
    values = np.zeros((outcomes.shape[1] - 1, size))
    for c in range(size):
        without = sets[sets >> c & 1 == 0]
        values[:, c] = weight[count[without]] @ (worth[without | 1 << c] - worth[without])
    return values * outcomes[:, -1].sum()


def _worth_of_subsets(members: Codes, outcomes: Floats, size: int) -> Floats:
    """float64[2^C, R]: outcomes per person of the sets within each subset of channels."""
    of_set = np.zeros((2**size, outcomes.shape[1]))
    np.add.at(of_set, members, outcomes)
    return _rate(_sums_over_subsets(of_set, size))


def _sums_over_subsets(of_set: Floats, size: int) -> Floats:
    """Zeta transform: row S becomes the sum of the rows of all subsets of S, in size x 2^size steps."""
    sums = of_set.copy()
    for c in range(size):
        halves = sums.reshape(-1, 2, 2**c, sums.shape[1])
        halves[:, 1] += halves[:, 0]
    return sums


def _sampled_rate(paths: PathTable, orders: int, random: np.random.Generator) -> CreditTable:
    if orders < 2:
        raise ValueError(f"orders {orders} leave no estimate of the error; expected at least 2")
    size = len(paths.channels)
    path, channel = paths.distinct_touches()
    is_direct = np.array([name == DIRECT for name in paths.channels], dtype=bool)
    plays = np.bincount(path, ~is_direct[channel], len(paths.conversions)) > 0
    observed = _outcomes(paths)
    # Paths that do not play bring nothing to any coalition, and nobody.
    outcomes = np.where(plays[:, None], observed, 0.0)
    people = float(outcomes[:, -1].sum())
    first_of_path = np.searchsorted(path, np.arange(len(paths.conversions)))
    mean, squares = np.zeros((size, 2)), np.zeros((size, 2))
    for sampled in range(1, orders + 1):
        arrival = random.permutation(size)
        # A path comes into S when the last of its channels arrives.
        complete_at = np.maximum.reduceat(arrival[channel], first_of_path)
        arriving = np.column_stack([np.bincount(complete_at, column, size) for column in outcomes.T])
        worth = _rate(np.cumsum(arriving, axis=0))
        marginal = np.diff(worth, axis=0, prepend=0.0)[arrival]
        # Welford's update: mean and sum of squared deviations in one pass.
        step = marginal - mean
        mean += step / sampled
        squares += step * (marginal - mean)
    half_width = 1.96 * np.sqrt(squares / (orders - 1) / orders) * people
    credited = mean.T * people
    credited[:, is_direct] += observed[~plays, :-1].sum(axis=0)[:, None]
    conversions, value = credited
    return credit_table(
        "shapley", paths, conversions, value, conversions_error=half_width[:, 0], value_error=half_width[:, 1]
    )


def _outcomes(paths: PathTable) -> Floats:
    """float64[N, 3]: conversions, value, persons of each path."""
    return np.column_stack([paths.conversions, paths.value, paths.conversions + paths.nulls])


def _rate(outcomes: Floats) -> Floats:
    """Each outcome per person (the last column), [..., R + 1] -> [..., R]; 0 where there is nobody."""
    amounts, persons = outcomes[:, :-1], outcomes[:, -1:]
    return np.divide(amounts, persons, out=np.zeros_like(amounts), where=persons > 0)

"""Steps of paths between states, counted: all that a Markov chain needs to know of millions of paths.

A state of order k is the last k channels of a path (fewer at its beginning). Steps are counted by *block* of persons,
so that re-weighting persons (bootstrap) is a product with these counts and walks no path again.

Example: a > b with 3 conversions worth 30.0 and 2 nulls, order 1: states a, b; a starts 5 times and is followed by b 5
times, b ends in a conversion 3 times (30.0) and in null twice.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from omnidash.attribution.path_table import Codes, Floats, PathTable, sums_by
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_

MAX_ORDER = 4

_NUMBERED_BY_TABLE_UP_TO = 2**26
_SUMMED_BY_TABLE_UP_TO = 2**16
_LARGEST_COUNTS = 2**25
_FEWEST_BLOCKS = 50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepCounts:
    """S states, E steps from state to state, R measures; F = S x (3 + R) + E counts for each of B blocks.

    ``grams`` int64[S, k]: the channels of a state, newest first, −1 where the path had not begun; ``contains``
    bool[S, C]; ``source``, ``target`` int64[E]; ``of_blocks`` float64[B, F]: the counts, laid out as the slices
    ``start``, ``visits``, ``nulls`` (S each), ``rewards`` (R x S: conversions, value, and new customers where known)
    and ``flow`` (E).
    """

    measures: int
    grams: Codes
    contains: np.ndarray
    source: Codes
    target: Codes
    start: slice
    visits: slice
    nulls: slice
    rewards: slice
    flow: slice
    of_blocks: Floats = field(repr=False)


def count_steps(
    paths: PathTable,
    *,
    order: int = 1,
    block: Codes | None = None,
    blocks: int = 1,
    new_customers: Floats | None = None,
) -> StepCounts:
    """Count the steps of all paths, each conversions + nulls times, by ``block`` int64[N] of each path (None: one).

    Where the counts would not fit a few hundred megabytes, blocks are joined (block modulo a smaller number, at least
    50). ``new_customers`` float64[N] is a third measure beside conversions and value. Raises WrongUse where the order
    is not 1 … 4.
    """
    if not 1 <= order <= MAX_ORDER:
        raise WrongUse(
            N_("Markov order {order} is not possible; choose 1 to {highest}."), order=order, highest=MAX_ORDER
        )
    times, lengths = paths.conversions + paths.nulls, np.diff(paths.offsets)
    grams, state = _states(paths, order)
    first, last = paths.offsets[:-1], paths.offsets[1:] - 1
    size = len(grams)
    # From each touch to the next in the table; the last of a path leads nowhere, which its weight of 0 says.
    weight = np.repeat(times, lengths)
    weight[last] = 0.0
    weight = weight[:-1]
    key = state[:-1] * size + state[1:]
    pairs, flow = _summed(key, weight, size * size)
    measures = [paths.conversions, paths.value] + ([] if new_customers is None else [new_customers])
    layout = _layout(size, len(measures), len(pairs))
    features = layout["flow"].stop
    blocks = max(min(blocks, _LARGEST_COUNTS // max(features, 1)), min(blocks, _FEWEST_BLOCKS))
    of_path = None if block is None else block % blocks
    counts = np.zeros((blocks, features))

    def fill(place: slice, block_of: Codes | None, index: Codes, weight: Floats, width: int) -> None:
        cell = index if block_of is None else block_of * width + index
        counts[:, place] = np.bincount(cell, weight, blocks * width).reshape(blocks, width)

    fill(layout["start"], of_path, state[first], times, size)
    ends = state[last]
    fill(layout["nulls"], of_path, ends, paths.nulls, size)
    for number, measure in enumerate(measures):
        fill(_part(layout["rewards"], number, size), of_path, ends, measure, size)
    if of_path is None:
        counts[0, layout["flow"]] = flow
    elif len(pairs):
        taken = np.flatnonzero(weight)
        step = _number_in(pairs, key[taken], size * size)
        fill(layout["flow"], np.repeat(of_path, lengths)[taken], step, weight[taken], len(pairs))
    # Whoever is at a state started there or came from another: whole numbers, so the sum is exact.
    target = pairs % max(size, 1)
    into = sparse.csr_matrix((np.ones(len(pairs)), target, np.arange(len(pairs) + 1)), (len(pairs), size))
    counts[:, layout["visits"]] = counts[:, layout["start"]] + counts[:, layout["flow"]] @ into
    contains = np.zeros((size, len(paths.channels)), dtype=bool)
    rows, columns = np.nonzero(grams >= 0)
    contains[rows, grams[rows, columns]] = True
    return StepCounts(
        measures=len(measures),
        grams=grams,
        contains=contains,
        source=pairs // max(size, 1),
        target=target,
        of_blocks=counts,
        **layout,
    )


def _layout(size: int, measures: int, steps: int) -> dict[str, slice]:
    widths = {"start": size, "visits": size, "nulls": size, "rewards": measures * size, "flow": steps}
    ends = np.cumsum(list(widths.values())).tolist()
    return {name: slice(end - width, end) for (name, width), end in zip(widths.items(), ends, strict=True)}


def _part(whole: slice, number: int, width: int) -> slice:
    return slice(whole.start + number * width, whole.start + (number + 1) * width)


def _states(paths: PathTable, order: int) -> tuple[Codes, Codes]:
    """The distinct states, int64[S, k] (newest channel first, −1 before the path began), and each touch's, int64[T]."""
    base = len(paths.channels) + 1
    if base**order > 2**63:
        raise ValueError(f"{len(paths.channels)} channels at order {order} do not fit the key of a state")
    # One integer per state, base C + 1 and 0 for "not begun": sorting rows of channels instead is ten times slower.
    key = paths.codes + 1
    if order > 1:
        rank = np.arange(len(paths.codes)) - np.repeat(paths.offsets[:-1], np.diff(paths.offsets))
        for back in range(1, order):
            reaches = np.flatnonzero(rank >= back)
            key[reaches] += (paths.codes[reaches - back] + 1) * base**back
    keys, state = _numbered(key, base**order)
    return np.column_stack([keys // base**back % base - 1 for back in range(order)]), state


def _summed(key: Codes, weight: Floats, bound: int) -> tuple[Codes, Floats]:
    """The distinct keys whose weights add up to more than 0, ascending, and those sums; keys are 0 … bound − 1."""
    if bound <= _SUMMED_BY_TABLE_UP_TO:
        keys, sums = np.arange(bound, dtype=np.int64), sums_by(key, weight, bound)
    else:
        keys, number = _numbered(key, bound)
        sums = sums_by(number, weight, len(keys))
    taken = np.flatnonzero(sums)
    return keys[taken], sums[taken]


def _numbered(key: Codes, bound: int) -> tuple[Codes, Codes]:
    """The distinct keys, ascending, and each key's number among them; keys are 0 … bound − 1."""
    if bound > _NUMBERED_BY_TABLE_UP_TO:
        keys, number = np.unique(key, return_inverse=True)
        return keys, number
    occurs = np.zeros(bound, dtype=bool)
    occurs[key] = True
    keys = np.flatnonzero(occurs)
    return keys, _number_in(keys, key, bound)


def _number_in(keys: Codes, key: Codes, bound: int) -> Codes:
    """Where each key stands among ``keys``, which are distinct, ascending, and hold them all."""
    if len(keys) and keys[-1] - keys[0] == len(keys) - 1:
        return key - keys[0]
    if bound > _NUMBERED_BY_TABLE_UP_TO:
        return np.searchsorted(keys, key)
    # A look-up table instead of a sort: ten times faster where it fits.
    number_of_key = np.zeros(bound, dtype=np.int64)
    number_of_key[keys] = np.arange(len(keys))
    return number_of_key[key]

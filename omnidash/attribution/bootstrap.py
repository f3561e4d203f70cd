"""How sure a credit is: block bootstrap over persons (Efron 1979; Künsch 1989 for blocks).

Persons are dealt at random into blocks of equal size; a draw takes as many blocks as there are, with replacement, so
it re-weights whole persons with everything they did. Every model is a function of sums over persons, so a draw is a
product of block weights with those sums and reads no journey again. With fewer persons than blocks each person is a
block of their own.

Intervals are percentiles of the draws. Two channels *cannot be told apart* where the interval of the difference of
their credits spans 0. Everything follows from the seed: the same data gives the same answer every time.
"""

import warnings
from dataclasses import dataclass

import numpy as np

from omnidash.attribution.path_table import Floats

BLOCKS = 500
DRAWS = 200
LEVEL = 0.90
SEED = 20260101


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resampling:
    """``block`` int32[P]: the block 0 … B − 1 of each person; ``weights`` float64[draws, B]: how often each draw
    takes each block (rows add up to B)."""

    block: np.ndarray
    weights: Floats

    @property
    def blocks(self) -> int:
        """Number of blocks, B."""
        return int(self.weights.shape[1])

    def of_fewer_blocks(self, blocks: int) -> Floats:
        """float64[draws, blocks]: weights where blocks are joined modulo ``blocks``, drawn anew from the same seed."""
        if blocks == 0:
            return np.zeros((len(self.weights), 0))
        return self.weights if blocks == self.blocks else draw_weights(blocks, len(self.weights))


def resampling(persons: int, *, blocks: int = BLOCKS, draws: int = DRAWS, seed: int = SEED) -> Resampling:
    """Deal ``persons`` into blocks and draw from them. Raises ValueError where there is nothing to deal or draw."""
    if persons < 1 or blocks < 1 or draws < 1:
        raise ValueError(f"{persons} persons, {blocks} blocks and {draws} draws are each at least 1")
    random = np.random.default_rng(seed)
    dealt = random.permutation(persons).astype(np.int32) % np.int32(min(blocks, persons))
    return Resampling(block=dealt, weights=draw_weights(min(blocks, persons), draws, seed=seed))


def draw_weights(blocks: int, draws: int, *, seed: int = SEED) -> Floats:
    """float64[draws, blocks]: multinomial counts."""
    random = np.random.default_rng([seed, blocks])
    return random.multinomial(blocks, np.full(blocks, 1.0 / blocks), size=draws).astype(np.float64)


def interval(drawn: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Lower and upper end of the central interval over the first axis; NaN draws are left out."""
    if not drawn.size:
        return np.zeros(drawn.shape[1:]), np.zeros(drawn.shape[1:])
    tail = (1.0 - level) / 2.0
    with warnings.catch_warnings():  # a column that is NaN in every draw has no interval: NaN
        warnings.simplefilter("ignore", RuntimeWarning)
        low, high = np.nanquantile(drawn, [tail, 1.0 - tail], axis=0)
    return low, high


def cannot_be_told_apart(drawn: Floats, level: float = LEVEL) -> np.ndarray:
    """bool[C, C]: whether the interval of the difference of two columns of ``drawn`` [draws, C] spans 0."""
    low, high = interval(drawn[:, :, None] - drawn[:, None, :], level)
    return np.asarray((low <= 0) & (high >= 0))


def groups(is_alike: np.ndarray, order: list[int]) -> list[list[int]]:
    """The longest runs of two and more columns, in the order given, all of which are alike among each other.

    Runs may overlap (a like b, b like c, a unlike c); a run within another is left out.
    """
    runs: list[list[int]] = []
    reached = 0
    for begin in range(len(order)):
        end = begin + 1
        while end < len(order) and all(is_alike[order[end], other] for other in order[begin:end]):
            end += 1
        if end - begin >= 2 and end > reached:
            runs.append(order[begin:end])
            reached = end
    return runs

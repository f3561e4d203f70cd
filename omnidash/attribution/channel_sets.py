"""What paths bring by the *set* of channels they touch: all that Shapley values and synergies need to know.

Order and repeats within a path do not matter to them, so millions of paths become a few hundred sets. Sets are kept
with their counts by block of persons, so that re-weighting persons is a product.

Example: a > b > a and b > a, once each, are the set {a, b} twice.
"""

from dataclasses import dataclass, field

import numpy as np

from omnidash.attribution.path_table import Codes, Floats, PathTable

MOST_CHANNELS = 62

_LARGEST_COUNTS = 2**25
_FEWEST_BLOCKS = 50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChannelSets:
    """M distinct sets of the C ``channels``: ``members`` int64[M], bit c set where channel c is in it.

    ``of_blocks`` float64[B, M, 4]: conversions, value, persons (conversions + nulls) and new customers by block.
    """

    channels: tuple[str, ...]
    members: Codes = field(repr=False)
    of_blocks: Floats = field(repr=False)

    @property
    def outcomes(self) -> Floats:
        """float64[M, 4] of all persons."""
        return np.asarray(self.of_blocks.sum(axis=0))

    def redrawn(self, weights: Floats) -> Floats:
        """float64[draws, M, 4]: the outcomes where each draw takes the blocks ``weights`` (float64[draws, B]) times."""
        blocks, size, measures = self.of_blocks.shape
        return np.asarray(weights @ self.of_blocks.reshape(blocks, size * measures)).reshape(
            len(weights), size, measures
        )


def channel_sets(
    paths: PathTable, *, block: Codes | None = None, blocks: int = 1, new_customers: Floats | None = None
) -> ChannelSets | None:
    """The sets of the paths, counted by ``block`` int64[N] of each path (None: one block).

    None where there are more than 62 channels, which fit no set. Where the counts would not fit a few hundred
    megabytes, blocks are joined (block modulo a smaller number, at least 50).
    """
    if len(paths.channels) > MOST_CHANNELS:
        return None
    path, channel = paths.distinct_touches()
    first = np.searchsorted(path, np.arange(len(paths.conversions)))
    bits = np.left_shift(np.int64(1), channel)
    of_path = np.bitwise_or.reduceat(bits, first) if len(path) else np.empty(0, np.int64)
    members, number = np.unique(of_path, return_inverse=True)
    blocks = max(min(blocks, _LARGEST_COUNTS // max(4 * len(members), 1)), min(blocks, _FEWEST_BLOCKS))
    place = number if block is None else block % blocks * len(members) + number
    new = np.zeros(len(number)) if new_customers is None else new_customers
    outcomes = np.column_stack(
        [
            np.bincount(place, weight, blocks * len(members))
            for weight in (paths.conversions, paths.value, paths.conversions + paths.nulls, new)
        ]
    )
    by_block = outcomes.reshape(blocks, len(members), 4).astype(np.float64)
    return ChannelSets(channels=paths.channels, members=members, of_blocks=by_block)

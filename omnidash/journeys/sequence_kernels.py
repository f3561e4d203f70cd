"""Group equal sequences of codes exactly: how paths of millions of persons become a table of distinct paths."""

import numpy as np
from numba import njit

from omnidash.journeys.arrays import Int64s, UInt32s, UInt64s


@njit(nogil=True, cache=True)
def sequence_hashes(codes: UInt32s, bounds: Int64s) -> UInt64s:
    """A 64-bit hash of each sequence ``codes[bounds[s]:bounds[s + 1]]`` (FNV-1a by code, then mixed)."""
    hashes = np.empty(bounds.size - 1, np.uint64)
    for s in range(bounds.size - 1):
        h = np.uint64(14695981039346656037)
        for i in range(bounds[s], bounds[s + 1]):
            h = (h ^ np.uint64(codes[i])) * np.uint64(1099511628211)
        h ^= h >> np.uint64(32)
        hashes[s] = h * np.uint64(0x9E3779B97F4A7C15)
    return hashes


@njit(nogil=True, cache=True)
def group_sequences(codes: UInt32s, bounds: Int64s, hashes: UInt64s) -> tuple[Int64s, Int64s]:
    """``(group_of int64[sequences], representative int64[groups])``: equal sequences share a group.

    Open addressing with linear probing. A hash only says where to look: sequences are compared code by code, so the
    grouping is exact whatever the hashes are.
    """
    sequences = bounds.size - 1
    size = 16
    while size < 2 * sequences:
        size *= 2
    slot_group = np.full(size, -1, np.int64)
    group_of = np.empty(sequences, np.int64)
    representative = np.empty(sequences, np.int64)
    groups = 0
    for s in range(sequences):
        slot = np.int64(hashes[s] >> np.uint64(1)) & (size - 1)
        while True:
            group = slot_group[slot]
            if group < 0:
                slot_group[slot] = groups
                representative[groups] = s
                group_of[s] = groups
                groups += 1
                break
            other = representative[group]
            if hashes[other] == hashes[s] and _equal(codes, bounds, s, other):
                group_of[s] = group
                break
            slot = (slot + 1) & (size - 1)
    return group_of, representative[:groups].copy()


@njit(nogil=True, cache=True)
def _equal(codes: UInt32s, bounds: Int64s, a: int, b: int) -> bool:
    length = bounds[a + 1] - bounds[a]
    if bounds[b + 1] - bounds[b] != length:
        return False
    for i in range(length):  # noqa: SIM110  (numba compiles loops, not generator expressions)
        if codes[bounds[a] + i] != codes[bounds[b] + i]:
            return False
    return True

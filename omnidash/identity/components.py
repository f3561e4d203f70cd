"""Connected components over identifier ids: numbered densely, found by SciPy, named by their smallest id.

Ids are 60-bit keyed hashes, evenly spread. So the place of an id among the sorted ones is looked up by its leading bits
in a table of as many buckets as there are ids: about one step per id, where sorting all ends of all links, or a binary
search for each, costs several times what finding the components does. Ids that are not spread are searched for.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Places = NDArray[np.int32]

_LONGEST_BUCKET = 32
_CHUNK = 1 << 19  # ids looked up at a time: what is compared stays in the processor's cache


def distinct_ids(*columns: Ids) -> Ids:
    """All ids of the columns, ascending, each once."""
    ids = np.sort(np.concatenate(columns))
    if not len(ids):
        return ids
    is_first = np.ones(len(ids), np.bool_)
    np.not_equal(ids[1:], ids[:-1], out=is_first[1:])
    return ids[is_first]


def places_of(ids: Ids, *columns: Ids, threads: int = 2) -> tuple[Places, ...]:
    """Where each id of ``columns`` stands in ``ids`` (ascending, distinct, not negative). Raises KeyError or
    IndexError where one does not stand there."""
    table = _buckets(ids)
    if table is None:
        return tuple(np.searchsorted(ids, column).astype(np.int32) for column in columns)
    shift, start = table
    found = tuple(np.empty(len(column), np.int32) for column in columns)

    def look(job: tuple[Ids, Places]) -> None:
        wanted, place = job
        np.take(start, wanted >> shift, out=place)
        missed = np.flatnonzero(ids[place] != wanted)
        for _ in range(_LONGEST_BUCKET):
            if not missed.size:
                break
            place[missed] += 1
            missed = missed[ids[place[missed]] != wanted[missed]]
        if missed.size:
            raise KeyError(int(wanted[missed[0]]))

    jobs = [
        (column[at : at + _CHUNK], place[at : at + _CHUNK])
        for column, place in zip(columns, found, strict=True)
        for at in range(0, len(column), _CHUNK)
    ]
    with ThreadPoolExecutor(threads) as pool:  # NumPy releases the GIL in all of this
        list(pool.map(look, jobs))
    return found


def labels_of(size: int, a: Places, b: Places) -> Places:
    """The number of the component of each of ``size`` nodes joined by the edges a-b."""
    from scipy.sparse import csr_array  # here, for the app's first screen resolves nobody and SciPy takes its time
    from scipy.sparse.csgraph import connected_components

    graph = csr_array((np.ones(len(a)), (a, b)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    return np.asarray(labels, np.int32)


def named(ids: Ids, labels: Places) -> Ids:
    """The smallest id of each node's component; ``ids`` ascend."""
    smallest = np.empty(int(labels.max()) + 1 if len(labels) else 0, np.int64)
    smallest[labels[::-1]] = ids[::-1]  # of several writes to one place the last counts: that of the smallest id
    return smallest[labels]


def components_of(a: Ids, b: Ids) -> tuple[Ids, Ids]:
    """Every id of the edges a-b, ascending, and the smallest id of its component."""
    ids = distinct_ids(a, b)
    return ids, named(ids, labels_of(len(ids), *places_of(ids, a, b)))


def _buckets(ids: Ids) -> tuple[int, Places] | None:
    """Shift and first place per bucket of the ids' leading bits; None where a bucket would hold too many."""
    if not len(ids) or ids[0] < 0:
        return None
    shift = max(0, int(ids[-1]).bit_length() - (2 * len(ids)).bit_length())
    bucket = ids >> shift
    is_first = np.ones(len(ids), np.bool_)
    np.not_equal(bucket[1:], bucket[:-1], out=is_first[1:])
    first = np.flatnonzero(is_first)
    if np.diff(first, append=len(ids)).max() > _LONGEST_BUCKET:
        return None
    start = np.zeros(int(bucket[-1]) + 1, np.int32)
    start[bucket[first]] = first
    return shift, start

"""Connected components of millions of links: ours on 60-bit ids, and SciPy's alone on the same edges, in one run.

    python -m benchmarks.identity_components [--edges 6000000] [--rounds 5]

The edges join identifiers of one person, four of them on average, in random order. Our side gets what the workspace
holds, the sorted ids of all identifiers and two columns of ids, and numbers them, finds the components and names each
by its smallest id. The peer gets the same edges as places that are numbered already and does
``connected_components(csr_array(...), directed=False)``. Rounds alternate, the medians are compared. Fails (exit code
1) where the components differ or ours takes more than twice as long.
"""

import argparse
import sys
import time
from statistics import median
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from omnidash.identity.components import labels_of, named, places_of

REQUIRED_RATIO = 2.0
IDENTIFIERS_PER_PERSON = 4


def edges_of(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sorted ids, and both ends of every edge as places among them."""
    rng = np.random.default_rng(seed)
    size = count // 2
    ids = np.unique(rng.integers(0, 1 << 60, size))
    member = rng.permutation(len(ids)).astype(np.int32)  # persons are spread over all ids
    a = rng.integers(0, len(ids), count)
    b = a // IDENTIFIERS_PER_PERSON * IDENTIFIERS_PER_PERSON + rng.integers(0, IDENTIFIERS_PER_PERSON, count)
    return ids, member[a], member[np.minimum(b, len(ids) - 1)]


def main() -> int:
    """Run the comparison; the exit code says whether it holds."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--edges", type=int, default=6_000_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seed", type=int, default=20260101)
    chosen = options.parse_args()
    ids, a, b = edges_of(chosen.edges, chosen.seed)
    id_a, id_b = ids[a], ids[b]

    def ours() -> np.ndarray:
        return named(ids, labels_of(len(ids), *places_of(ids, id_a, id_b)))

    def theirs() -> np.ndarray:
        graph = csr_array((np.ones(len(a)), (a, b)), shape=(len(ids), len(ids)))
        return np.asarray(connected_components(graph, directed=False)[1])

    rounds = []
    for _ in range(chosen.rounds):
        rounds.append((_timed(theirs), _timed(ours)))
        print(f"SciPy {rounds[-1][0][0]:.2f} s  ours {rounds[-1][1][0]:.2f} s")
    (_, labels), (_, persons) = rounds[-1]
    peer, own = (median(r[side][0] for r in rounds) for side in (0, 1))
    print(f"{len(a):,} edges, {len(ids):,} identifiers, {len(np.unique(persons)):,} persons")
    print(f"ratio of the medians {own / peer:.2f} (required: at most {REQUIRED_RATIO:.0f})")
    if len(np.unique(persons)) != int(labels.max()) + 1 or not np.array_equal(named(ids, labels), persons):
        print("FAILED: the components differ")
        return 1
    if own > REQUIRED_RATIO * peer:
        print("FAILED: not fast enough")
        return 1
    return 0


def _timed(work: Any) -> tuple[float, np.ndarray]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    sys.exit(main())

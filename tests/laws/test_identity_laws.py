"""Laws of linking: order does not matter, links only join, and a stricter level never joins more."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.identity.resolve import components_of

EDGES = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)).filter(lambda e: e[0] != e[1]), max_size=60)
NO_HUBS = np.array([], dtype=np.int64)


def persons(edges: list[tuple[int, int]], hubs: tuple[int, ...] = ()) -> dict[int, int]:
    """identifier -> person."""
    a = np.array([e[0] for e in edges], dtype=np.int64)
    b = np.array([e[1] for e in edges], dtype=np.int64)
    found = components_of(a, b, np.array(hubs, dtype=np.int64))
    return dict(zip(found["identifier_id"].to_list(), found["person_id"].to_list(), strict=True))


def by_hand(edges: list[tuple[int, int]], hubs: tuple[int, ...] = ()) -> dict[int, int]:
    """The same by merging labels until nothing changes."""
    kept = [(a, b) for a, b in edges if a not in hubs and b not in hubs]
    label = {node: node for edge in kept for node in edge}
    changed = True
    while changed:
        changed = False
        for a, b in kept:
            low = min(label[a], label[b])
            if label[a] != low or label[b] != low:
                label[a] = label[b] = low
                changed = True
    return label


@settings(deadline=None, derandomize=True)
@given(EDGES, st.lists(st.integers(1, 30), max_size=3))
def test_components_are_those_found_by_hand(edges: list[tuple[int, int]], hubs: list[int]) -> None:
    assert persons(edges, tuple(hubs)) == by_hand(edges, tuple(hubs))


@settings(deadline=None, derandomize=True)
@given(EDGES, st.randoms(use_true_random=False))
def test_neither_order_nor_direction_of_links_matters(edges: list[tuple[int, int]], random: object) -> None:
    shuffled = [(b, a) for a, b in edges]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert persons(shuffled) == persons(edges)


@settings(deadline=None, derandomize=True)
@given(EDGES, EDGES)
def test_more_links_never_separate_anybody(strict: list[tuple[int, int]], weak: list[tuple[int, int]]) -> None:
    few, many = persons(strict), persons(strict + weak)
    for one in few:
        for other in few:
            assert few[one] != few[other] or many[one] == many[other]


def test_no_links_give_an_empty_table_of_the_same_shape() -> None:
    empty = components_of(NO_HUBS, NO_HUBS, NO_HUBS)
    assert empty.schema == {"identifier_id": pl.Int64, "person_id": pl.Int64} and empty.is_empty()

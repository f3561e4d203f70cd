"""Laws of linking: order does not matter, a looser level never separates, and no level joins more than its rule says.

The oracle is plain Python: sets that are merged until nothing changes.
"""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from omnidash.identity.components import components_of, places_of
from omnidash.identity.normalise import STRONG_TYPES, TYPES
from omnidash.identity.partition import EXCLUSIVE, NOBODY, Graph, Rules, partition

LAWS = settings(deadline=None, derandomize=True, max_examples=400)
IDS = st.integers(1, 14)
EDGES = st.lists(st.tuples(IDS, IDS).filter(lambda e: e[0] < e[1]), max_size=30, unique=True)
KINDS = st.lists(st.sampled_from(("phone", "email", "openid", "device_id", "cookie")), min_size=14, max_size=14)

Edges = list[tuple[int, int]]


def graph(edges: Edges, kinds: list[str], apart: tuple[int, ...] = (), probable: Edges = ()) -> Graph:  # type: ignore[assignment]
    """Identifiers 1 … 14 of these types."""
    ids = np.arange(1, len(kinds) + 1, dtype=np.int64)
    columns = [np.array([e[side] for e in pairs], dtype=np.int64) for pairs in (edges, probable) for side in (0, 1)]
    return Graph(
        ids=ids,
        kind=np.array([TYPES.index(k) for k in kinds], dtype=np.int8),
        apart=np.isin(ids, apart),
        a=columns[0],
        b=columns[1],
        probable_a=columns[2],
        probable_b=columns[3],
    )


def persons(of: Graph, level: str, hub_limit: int = 3) -> dict[int, int]:
    found = partition(of, Rules(level=level, hub_limit=hub_limit))
    return dict(zip(of.ids.tolist(), found.person.tolist(), strict=True))


def merged(nodes: list[int], edges: Edges) -> dict[int, int]:
    """node -> smallest node it is joined with, by merging labels until nothing changes."""
    label = {node: node for node in nodes}
    changed = True
    while changed:
        changed = False
        for a, b in edges:
            low = min(label[a], label[b])
            if label[a] != low or label[b] != low:
                label[a] = label[b] = low
                changed = True
    return label


def by_hand(edges: Edges, kinds: list[str], level: str, hub_limit: int = 3) -> dict[int, int]:
    """The rules as the module's docstring says them, one identifier after the other."""
    nodes = list(range(1, len(kinds) + 1))
    strong = {n for n in nodes if kinds[n - 1] in STRONG_TYPES}
    beside = {n: {b if a == n else a for a, b in edges if n in (a, b)} for n in nodes}
    hubs = {n for n in nodes if len(beside[n] & strong) > hub_limit}
    free = [(a, b) for a, b in edges if not {a, b} & hubs]
    strict_edges = [(a, b) for a, b in free if {a, b} <= strong]
    strict = merged(nodes, strict_edges)
    kinds_of = {
        p: {kinds[n - 1] for n in strong if strict[n] == p and kinds[n - 1] in EXCLUSIVE} for p in strict.values()
    }

    def clash(owners: set[int]) -> bool:
        return any(kinds_of[p] & kinds_of[q] for p in owners for q in owners if p < q)

    def clashing_in(used: Edges) -> set[int]:
        label = merged(nodes, used)
        return {n for n in nodes if clash({strict[m] for m in strong if label[m] == label[n]})}

    def owners(weak: int) -> set[int]:
        return {strict[n] for n in beside[weak] & strong if n not in hubs}

    if level == "strict":
        used = strict_edges
    elif level == "loose":
        used = free
    else:
        clashing = clashing_in(free)
        links = {n: [e for e in free if n in e] for n in nodes}
        strays = {strict[n] for n in strong if len(links[n]) == 1 and list(strict.values()).count(strict[n]) == 1}
        contested, alone = set(), set()
        for w in clashing - strong:
            claims = owners(w)
            if clash(claims - strays) or (clash(claims) and claims <= strays):
                contested.add(w)
            alone |= {p for p in claims & strays if any(clash({p, q}) for q in claims - {p})}
        used = [
            (a, b) for a, b in free
            if not {a, b} & contested and not ({a, b} - strong and {strict[n] for n in {a, b} & strong} & alone)
        ]  # fmt: skip
        still = clashing_in(used) - contested
        loose_ends = {w for w in still if w not in strong}
        contested |= {w for w in loose_ends if len(owners(w) - alone) != 1}
        used = [
            (a, b) for a, b in used
            if not {a, b} & contested and not ({a, b} & loose_ends and not {a, b} & strong)
        ]  # fmt: skip
    found = merged(nodes, used)
    return {n: NOBODY if n in hubs and n not in strong else found[n] for n in nodes}


@LAWS
@given(EDGES, KINDS, st.sampled_from(("strict", "normal", "loose")))
def test_persons_are_those_found_by_hand(edges: Edges, kinds: list[str], level: str) -> None:
    assert persons(graph(edges, kinds), level) == by_hand(edges, kinds, level)


@LAWS
@given(EDGES, KINDS)
def test_who_is_one_person_at_a_stricter_level_is_one_at_every_looser_one(edges: Edges, kinds: list[str]) -> None:
    of = graph(edges, kinds)
    strict, normal, loose = (persons(of, level) for level in ("strict", "normal", "loose"))
    for stricter, looser in ((strict, normal), (normal, loose)):
        for one in stricter:
            for other in stricter:
                if stricter[one] == stricter[other] != NOBODY:
                    assert looser[one] == looser[other] != NOBODY
    assert {n for n, p in strict.items() if p == NOBODY} == {n for n, p in loose.items() if p == NOBODY}


@LAWS
@given(EDGES, KINDS)
def test_no_weak_identifier_joins_persons_with_two_phones_at_the_normal_level(edges: Edges, kinds: list[str]) -> None:
    of = graph(edges, kinds)
    strict, normal = persons(of, "strict"), persons(of, "normal")
    owners: dict[int, dict[str, set[int]]] = {}
    for node, kind in enumerate(kinds, start=1):
        if kind in EXCLUSIVE:
            owners.setdefault(normal[node], {}).setdefault(kind, set()).add(strict[node])
    assert all(len(stricter) == 1 for kinds_of in owners.values() for stricter in kinds_of.values())


@LAWS
@given(EDGES, KINDS, EDGES)
def test_links_by_likeness_count_at_the_loose_level_only(edges: Edges, kinds: list[str], probable: Edges) -> None:
    of, without = graph(edges, kinds, probable=probable), graph(edges, kinds)
    assert persons(of, "normal") == persons(without, "normal")
    looser, loose = persons(of, "loose"), persons(without, "loose")
    assert all(looser[a] == looser[b] for a in loose for b in loose if loose[a] == loose[b] != NOBODY)


@LAWS
@given(EDGES, KINDS, st.sets(IDS, max_size=4))
def test_who_is_set_apart_joins_nobody(edges: Edges, kinds: list[str], apart: set[int]) -> None:
    found = persons(graph(edges, kinds, apart=tuple(apart)), "loose")
    for node in apart:
        alone = [n for n in found if found[n] == found[node]] == [node]
        assert alone if kinds[node - 1] in STRONG_TYPES else found[node] == NOBODY


@LAWS
@given(EDGES, KINDS, st.randoms(use_true_random=False))
def test_the_order_of_links_does_not_matter(edges: Edges, kinds: list[str], random: Any) -> None:
    shuffled = list(edges)
    random.shuffle(shuffled)
    for level in ("strict", "normal", "loose"):
        assert persons(graph(shuffled, kinds), level) == persons(graph(edges, kinds), level)


@LAWS
@given(st.lists(st.tuples(st.integers(0, 1 << 60), st.integers(0, 1 << 60)), max_size=40), st.integers(0, 60))
def test_components_of_ids_of_any_size_are_those_found_by_hand(pairs: Edges, shift: int) -> None:
    edges = [(a >> shift, b >> shift) for a, b in pairs]  # spread ids, and ids crowded into a few buckets
    a, b = (np.array([e[side] for e in edges], dtype=np.int64) for side in (0, 1))
    ids, found = components_of(a, b)
    assert dict(zip(ids.tolist(), found.tolist(), strict=True)) == merged(sorted({n for e in edges for n in e}), edges)


def test_an_id_that_is_not_there_is_refused() -> None:
    ids = np.array([1 << 20, 1 << 40, (1 << 40) + 5, 1 << 59], dtype=np.int64)
    for missing in ((1 << 40) + 3, 7):
        try:
            places_of(ids, np.array([missing], dtype=np.int64))
        except (KeyError, IndexError):
            continue
        raise AssertionError(f"{missing} was found")

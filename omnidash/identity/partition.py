"""Which identifiers are one person, at each level: pure arithmetic on arrays, the rules of OneID in one place.

A *link* is a pair of identifiers that stood on one row. Links of blocked identifiers and links that were cut do not
count. An identifier with more than ``hub_limit`` distinct strong neighbours is a *hub* (a shop's tablet, a switchboard)
at every level, and no link of it counts. What is left joins

    strict   strong identifiers with strong ones
    normal   all of that, and weak identifiers, but for those that are *contested*
    loose    all of that, contested identifiers too, and probable links where there are any

A weak identifier (a device, a cookie) is contested when it would join persons of the strict level who contradict each
other: two phone numbers, two e-mail addresses, two members (``EXCLUSIVE``). A person's own phone and e-mail that meet
on a device are joined by it; a family's tablet joins nobody at the normal level, and the family at the loose one.

    1  a weak identifier whose own strong neighbours contradict each other is contested; but where all that contradicts
       the rest are *strays* (a single identifier that no other link knows, such as a mistyped number), it stays with
       the rest, and the strays stay alone
    2  where persons who contradict each other are still joined, over several weak identifiers, all of these that do not
       belong to exactly one of the persons are contested

Invariant: hubs are the same at every level, and strict links ⊆ normal links ⊆ loose links; so who is one person at a
stricter level is one at every looser one. None of it depends on the order of rows, links or imports.

A hub or an identifier somebody blocked is a person of its own if it is strong, and nobody's if it is weak. A person's
id is the smallest identifier id of the component, so it stays while the component does.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from omnidash.identity.components import Ids, Places, labels_of, named, places_of
from omnidash.identity.normalise import STRONG_TYPES, TYPES
from omnidash.store.settings import IDENTITY_LEVELS, Settings

EXCLUSIVE = ("customer_id", "member_id", "phone", "email", "unionid")
"""Types of which two values, never seen together, speak for two persons. One person has many openids, and sends
parcels to many contacts."""

NOBODY = -1
HUB, CONTESTED = "hub", "contested"

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """``level``: strict, normal or loose; ``hub_limit``: K, at least 1. Raises ValueError on others."""

    level: str = "normal"
    hub_limit: int = 5

    def __post_init__(self) -> None:
        if self.level not in IDENTITY_LEVELS:
            raise ValueError(f"level '{self.level}' is not one of {', '.join(IDENTITY_LEVELS)}")
        if self.hub_limit < 1:
            raise ValueError(f"hub_limit {self.hub_limit} is not at least 1")

    @classmethod
    def of(cls, settings: Settings) -> "Rules":
        """What a workspace is set to."""
        return cls(level=settings.identity_level, hub_limit=settings.hub_limit)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Graph:
    """Identifiers that are not blocked values, and their links.

    ``ids`` int64[N] ascending; ``kind`` int8[N]: place of the type in ``TYPES``; ``apart`` bool[N]: it joins nobody
    (somebody blocked it, or it is a hub whose links are not all here). ``a``, ``b`` int64[E]: links that count, each
    once, without those that were cut and those of blocked identifiers; ``probable_a``, ``probable_b``: by likeness.
    """

    ids: Ids = field(repr=False)
    kind: NDArray[np.int8] = field(repr=False)
    apart: Flags = field(repr=False)
    a: Ids = field(repr=False)
    b: Ids = field(repr=False)
    probable_a: Ids = field(repr=False)
    probable_b: Ids = field(repr=False)

    @property
    def strong(self) -> Flags:
        """bool[N]: whether an identifier is strong."""
        return _IS_STRONG[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Partition:
    """``person`` int64[N]: id of the person, ``NOBODY`` for none; ``hub``, ``contested`` bool[N]; ``neighbours``
    int64[N]: distinct strong neighbours. In the order of ``Graph.ids``."""

    person: Ids = field(repr=False)
    hub: Flags = field(repr=False)
    contested: Flags = field(repr=False)
    neighbours: NDArray[np.int64] = field(repr=False)


def partition(graph: Graph, rules: Rules) -> Partition:
    """The persons of a graph. An identifier with ``apart`` gets its person as a hub does."""
    strong = graph.strong
    size = len(graph.ids)
    a, b = places_of(graph.ids, graph.a, graph.b)
    fit = ~(graph.apart[a] | graph.apart[b]) if graph.apart.any() else None
    neighbours = np.zeros(size, np.int64)
    for one, other in ((a, b), (b, a)):
        counted = strong[other]
        neighbours += np.bincount(one if counted.all() else one[counted], minlength=size)
    hub = neighbours > rules.hub_limit
    if hub.any():
        free = ~(hub[a] | hub[b])
        fit = free if fit is None else fit & free
    if fit is not None:
        a, b = a[fit], b[fit]
    apart = graph.apart | hub
    is_strict = strong[a] & strong[b]
    contested = np.zeros(size, np.bool_)
    if is_strict.all() and rules.level != "loose":
        label = labels_of(size, a, b)
    elif rules.level == "strict":
        label = labels_of(size, a[is_strict], b[is_strict])
    elif rules.level == "normal":
        label, contested = _normal(graph, a, b, is_strict)
    else:
        probable = [places_of(graph.ids, ends)[0] for ends in (graph.probable_a, graph.probable_b)]
        fits = ~(apart[probable[0]] | apart[probable[1]])
        label = labels_of(size, np.append(a, probable[0][fits]), np.append(b, probable[1][fits]))
    person = named(graph.ids, label)
    person[apart & ~strong] = NOBODY
    return Partition(person=person, hub=hub, contested=contested, neighbours=neighbours)


_IS_STRONG = np.array([t in STRONG_TYPES for t in TYPES])
_IS_EXCLUSIVE = np.array([t in EXCLUSIVE for t in TYPES])


def _normal(graph: Graph, a: Places, b: Places, is_strict: Flags) -> tuple[Places, Flags]:
    """Labels at the normal level, and who is contested.

    Whom nobody can contradict is one person however it is joined: only components that hold two values of an exclusive
    type, few as a rule, are looked at closely, as a graph of their own.
    """
    whole = labels_of(len(graph.ids), a, b)
    contested = np.zeros(len(graph.ids), np.bool_)
    doubtful = _with_two_of_a_kind(graph.kind, whole)[whole]
    if not doubtful.any():
        return whole, contested
    nodes = np.flatnonzero(doubtful)
    place = np.zeros(len(graph.ids), np.int32)
    place[nodes] = np.arange(len(nodes), dtype=np.int32)
    here = doubtful[a]  # and so is the other end
    inner, contested[nodes] = _undisputed(
        graph.kind[nodes], place[a[here]], place[b[here]], is_strict[here], whole[nodes]
    )
    label = whole.copy()
    label[nodes] = whole.max() + 1 + inner
    return label, contested


def _with_two_of_a_kind(kind: NDArray[np.int8], whole: Places) -> Flags:
    """bool per component of ``whole``: whether two identifiers in it are of the same exclusive type."""
    found = np.zeros(int(whole.max(initial=-1)) + 1, np.bool_)
    for exclusive in np.flatnonzero(_IS_EXCLUSIVE):
        found |= np.bincount(whole[kind == exclusive], minlength=len(found)) > 1
    return found


def _undisputed(kind: NDArray[np.int8], a: Places, b: Places, is_strict: Flags, whole: Places) -> tuple[Places, Flags]:
    """Labels at the normal level of the nodes with type ``kind`` and component ``whole``, and who is contested."""
    size = len(kind)
    strict = labels_of(size, a[is_strict], b[is_strict])
    contested = np.zeros(size, np.bool_)
    clashing = _clashing(kind, strict, whole)
    if not clashing.any():
        return whole, contested

    # the links with a weak end, there where persons clash
    weak_link = ~is_strict & clashing[whole[a]]
    one, other = a[weak_link], b[weak_link]
    strong = _IS_STRONG[kind]
    weak = np.concatenate([one[~strong[one] & strong[other]], other[~strong[other] & strong[one]]])
    owner = strict[np.concatenate([other[~strong[one] & strong[other]], one[~strong[other] & strong[one]]])]
    owners = pl.DataFrame({"weak": weak, "strict": owner}).unique()

    stray = (np.bincount(strict)[strict] == 1) & (np.bincount(a, minlength=size) + np.bincount(b, minlength=size) == 1)
    own_stray = pl.Series(np.bincount(strict, weights=stray) > 0)  # a stray is all there is of its strict person
    kinds = _kinds_of_persons(kind, strict, np.isin(strict, owners["strict"].to_numpy()))
    claims = owners.with_columns(stray=own_stray.gather(owners["strict"]))
    clashes = (
        claims.join(kinds, on="strict")
        .with_columns(settled=(~pl.col("stray")).sum().over("weak", "kind"), claims=pl.len().over("weak", "kind"))
        .filter(pl.col("claims") > 1)
    )
    no_rest = claims.group_by("weak").agg(pl.col("stray").all()).filter("stray")["weak"].implode()
    contested[clashes.filter((pl.col("settled") > 1) | pl.col("weak").is_in(no_rest))["weak"].unique().to_numpy()] = (
        True
    )
    is_left_out = np.zeros(size, np.bool_)
    is_left_out[clashes.filter("stray")["strict"].unique().to_numpy()] = True  # by label of the strict person

    kept = ~(contested[a] | contested[b] | (~is_strict & (is_left_out[strict[a]] | is_left_out[strict[b]])))
    nearer = labels_of(size, a[kept], b[kept])
    clashing = _clashing(kind, strict, nearer)
    if clashing.any():
        where = clashing[nearer] & ~strong & ~contested
        belongs = np.zeros(size, np.bool_)
        left = owners.filter(~pl.Series(is_left_out[owners["strict"].to_numpy()]))
        alone = left.group_by("weak").len().filter(pl.col("len") == 1)["weak"].to_numpy()
        belongs[alone] = True
        contested |= where & ~belongs
        # one that belongs to a single person stays with it, and leads to no other weak one
        between_weak = ~strong[a] & ~strong[b] & (where[a] | where[b])
        kept &= ~(contested[a] | contested[b]) & ~between_weak
        nearer = labels_of(size, a[kept], b[kept])
    return nearer, contested


def _kinds_of_persons(kind: NDArray[np.int8], strict: Places, wanted: Flags) -> pl.DataFrame:
    """strict, kind: of which exclusive types each person of the strict level has an identifier."""
    chosen = wanted & _IS_EXCLUSIVE[kind]
    return pl.DataFrame({"strict": strict[chosen], "kind": kind[chosen]}).unique()


def _clashing(kind: NDArray[np.int8], strict: Places, whole: Places) -> Flags:
    """bool per component of ``whole``: whether two persons of the strict level in it have a type in common."""
    clashing = np.zeros(int(whole.max()) + 1, np.bool_)
    chosen = _IS_EXCLUSIVE[kind]
    persons = np.zeros(int(strict.max()) + 1, np.int32)
    persons[strict[chosen]] = whole[chosen]
    is_person = np.zeros(len(persons), np.bool_)
    is_person[strict[chosen]] = True
    several = np.bincount(persons[is_person], minlength=len(clashing)) > 1  # of most there is one: nothing to compare
    kinds = _kinds_of_persons(kind, strict, several[whole])
    found = kinds.with_columns(whole=persons[kinds["strict"].to_numpy()]).group_by("whole", "kind").len()
    clashing[found.filter(pl.col("len") > 1)["whole"].to_numpy()] = True
    return clashing

"""How two identifiers are made two persons: what still joins them after a cut, and what else would have to be cut.

A cut ends one link; where other rows join the same two by another way, they stay one person. ``parting`` finds the
links that contradict the fewest files and part the two: a minimum cut (Ford and Fulkerson 1956) between them, over the
links that count within their person, each as heavy as imports say it. At the normal level a cut may set a contested
device free, so that it joins them anew; then what it joins is cut as well, until they are two.

    still_joined(ws, Proposal(cuts=((a, b),)))    the chains that are left, and what to cut beside
    parting(ws, a, b)                             for two that never stood on one row, too
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from omnidash.identity.at_level import Seen
from omnidash.identity.preview import SAME, Preview, Proposal, overrides_under, preview
from omnidash.identity.why import Link, links_among, path
from omnidash.model.errors import BadInput
from omnidash.model.messages import N_

Pair = tuple[int, int]

_MOST_ROUNDS = 12
_HEAVIEST = 1 << 20  # a link is no heavier than this: flows are 32-bit sums


@dataclass(frozen=True, slots=True, kw_only=True)
class StillJoined:
    """Two identifiers that a proposal cuts and that would stay one person. ``chain``: the rows that still join them,
    by the shortest way; ``beside``: the further pairs to cut so that they are two persons, none where none were found
    that do so."""

    a: int
    b: int
    chain: tuple[Link, ...]
    beside: tuple[Pair, ...]


def still_joined(ws: Seen, proposal: Proposal, would: Preview | None = None) -> tuple[StillJoined, ...]:
    """The pairs that ``proposal`` cuts in vain. ``would``: its preview, where it is at hand."""
    would = would or preview(ws, proposal)
    found = []
    for a, b in proposal.cuts:
        links = _links_between(ws, proposal, would, a, b)
        chain = path(links, a, b) if links else None
        if chain:
            beside = _parting(ws, replace(proposal, cuts=((a, b),)), a, b) or ()
            found.append(
                StillJoined(a=a, b=b, chain=tuple(chain), beside=tuple(c for c in beside if c != _ordered((a, b))))
            )
    return tuple(found)


def parting(ws: Seen, a: int, b: int) -> tuple[Pair, ...]:
    """The pairs to cut so that two identifiers of one person are two. Raises BadInput where they are not one, and where
    so many devices join them that no such pairs were found."""
    if a == b:
        raise BadInput(SAME)
    cuts = _parting(ws, Proposal(), a, b)
    if cuts is None:
        raise BadInput(
            N_(
                "these two identifiers were not parted: each cut sets another device free that joins them; block such"
                " devices"
            )
        )
    if not cuts:
        raise BadInput(N_("these two identifiers are not one person"))
    return cuts


def _parting(ws: Seen, proposal: Proposal, a: int, b: int) -> tuple[Pair, ...] | None:
    """The proposal's cuts and those to make beside; None where they do not part the two after ``_MOST_ROUNDS``."""
    cuts = {_ordered(pair) for pair in proposal.cuts}
    for _ in range(_MOST_ROUNDS):
        proposed = replace(proposal, cuts=tuple(sorted(cuts)))
        links = _links_between(ws, proposed, preview(ws, proposed), a, b)
        if not links:
            return tuple(sorted(cuts))
        cuts |= lightest_cut(links, a, b)
    return None


def _links_between(ws: Seen, proposal: Proposal, would: Preview, a: int, b: int) -> list[Link]:
    """The links within the person whom both would belong to; none where they would be two persons, or nobody's."""
    members = would.members_of(a)
    if b not in members:
        return []
    with ws.reading() as cursor:
        return links_among(
            cursor,
            members,
            overrides_under(cursor, proposal),
            with_probable=(proposal.level or ws.settings.identity_level) == "loose",
        )


def lightest_cut(links: list[Link], a: int, b: int) -> set[Pair]:
    """The links of the fewest files without which no chain leads from a to b; of several such, those nearest to a."""
    ids = np.unique(np.array([end for link in links for end in (link.a_id, link.b_id)], np.int64))
    one, other = (np.searchsorted(ids, [getattr(link, end) for link in links]) for end in ("a_id", "b_id"))
    weight = np.minimum([link.imports for link in links], _HEAVIEST).astype(np.int32)
    ends = (np.concatenate([one, other]), np.concatenate([other, one]))
    capacity = csr_array((np.concatenate([weight, weight]), ends), shape=(len(ids), len(ids)))
    source, sink = (int(np.searchsorted(ids, end)) for end in (a, b))
    left = csr_array(capacity - maximum_flow(capacity, source, sink).flow)
    left.eliminate_zeros()
    on_this_side = np.zeros(len(ids), np.bool_)
    on_this_side[breadth_first_order(left, source, return_predecessors=False)] = True
    crossing = on_this_side[one] != on_this_side[other]
    return {_ordered((link.a_id, link.b_id)) for link, crosses in zip(links, crossing, strict=True) if crosses}


def _ordered(pair: Pair) -> Pair:
    return min(pair), max(pair)

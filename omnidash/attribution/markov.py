"""Markov-chain attribution with removal effects (Anderl et al. 2016), solved exactly.

States are the last k channels of a path (fewer at its beginning), besides start, conversion and null; paths that do
not convert are in. With Q the transitions among states, h = (I − Q)⁻¹ r, r the step into conversion, is each state's
probability to convert, read off the fundamental matrix (Kemeny & Snell 1960) without simulation.

Removing a channel sends the inflow of every state that contains it to null, which is the same equation without
those states. Removal effect = 1 − P(conv without c) / P(conv); credit = effect / sum of effects x observed total.
Conversions and value are separate: for value, r is the expected money of the step into conversion.

Invariants: P(conv) equals observed conversions / paths, at every order; credits add up to what was observed.

Example: a > b converts once, b is once a null: b converts half the time, P(conv) = 1/2. Without b it is 0, without a
1/2 x 1/2; the effects are 1 and 1/2, so b gets 2/3 and a 1/3 of the conversion.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from omnidash.attribution.credit_table import CreditTable, credit_table
from omnidash.attribution.path_table import Codes, Floats, PathTable, sums_by
from omnidash.model.errors import WrongUse
from omnidash.model.messages import N_

MAX_ORDER = 4

SOLVE_UP_TO_STATES = 500

_NEGLIGIBLE = 1e-15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chain:
    """S transient states; probabilities and rewards per step.

    ``start`` float64[S]: first state of a path; ``between`` sparse [S, S]: Q; ``converts``, ``nulls`` float64[S]: step
    out; ``reward`` float64[S]: expected money of the step out; ``contains`` bool [S, C]: channels of each state;
    ``grams`` int64[S, k]: the state's last k channels, newest first, −1 where the path had not begun.
    """

    start: Floats
    between: sparse.csr_matrix
    converts: Floats
    nulls: Floats
    reward: Floats
    contains: np.ndarray
    grams: Codes


def markov(paths: PathTable, *, order: int = 1) -> CreditTable:
    """Credits by removal effect, order 1 … 4; the frame has removal_effect and removal_effect_value besides.

    Raises WrongUse for another order. Without any conversion all effects and credits are 0.
    """
    chain = transition_chain(paths, order=order)
    conversions_effect, value_effect = removal_effects(chain)
    return credit_table(
        "markov",
        paths,
        _credits(conversions_effect, paths.conversions.sum()),
        _credits(value_effect, paths.value.sum()),
        removal_effect=conversions_effect,
        removal_effect_value=value_effect,
    )


def transition_chain(paths: PathTable, *, order: int = 1) -> Chain:
    """The chain of order ``order`` fitted to the paths, each counted conversions + nulls times."""
    if not 1 <= order <= MAX_ORDER:
        raise WrongUse(
            N_("Markov order {order} is not possible; choose 1 to {highest}."), order=order, highest=MAX_ORDER
        )
    times = paths.conversions + paths.nulls
    grams, state = _states(paths, order)
    size = len(grams)
    first, last = paths.offsets[:-1], paths.offsets[1:] - 1
    visits = sums_by(state, times[paths.path_of_touch], size)
    has_next = np.ones(len(state), dtype=bool)
    has_next[last] = False
    source, target = state[has_next], state[np.flatnonzero(has_next) + 1]
    # A path nobody went leaves states without visits; their rows stay empty and harm nothing.
    per_visit = np.divide(1.0, visits, out=np.zeros(size), where=visits > 0)
    flow = times[paths.path_of_touch][has_next] * per_visit[source]
    start = sums_by(state[first], times, size)
    contains = np.zeros((size, len(paths.channels)), dtype=bool)
    rows, columns = np.nonzero(grams >= 0)
    contains[rows, grams[rows, columns]] = True
    return Chain(
        start=start / start.sum() if start.any() else start,
        between=sparse.coo_matrix((flow, (source, target)), shape=(size, size)).tocsr(),
        converts=sums_by(state[last], paths.conversions, size) * per_visit,
        nulls=sums_by(state[last], paths.nulls, size) * per_visit,
        reward=sums_by(state[last], paths.value, size) * per_visit,
        contains=contains,
        grams=grams,
    )


def conversion_probability(chain: Chain) -> float:
    """P(conv) of a path from start; equals observed conversions / paths."""
    return float(expected_outcomes(chain, np.ones((len(chain.start), 1), dtype=bool))[0, 0])


def removal_effects(chain: Chain) -> tuple[Floats, Floats]:
    """float64[C] each: the part of conversions and of value that is lost when a channel is removed."""
    everything = np.ones((len(chain.start), 1), dtype=bool)
    outcomes = expected_outcomes(chain, np.hstack([everything, ~chain.contains]))
    kept = np.divide(outcomes[1:], outcomes[0], out=np.ones_like(outcomes[1:]), where=outcomes[0] != 0)
    return 1.0 - kept[:, 0], 1.0 - kept[:, 1]


def expected_outcomes(chain: Chain, keep: np.ndarray, *, solve_up_to_states: int = SOLVE_UP_TO_STATES) -> Floats:
    """Expected conversions and value of one path, float64[W, 2], in each of W worlds.

    ``keep`` bool [S, W]: the states that world has; the inflow of the others goes to null. Small chains are solved by
    sparse LU. Its fill grows out of hand in large ones (16,000 states: 22 s), which are summed up as the Neumann
    series of the same matrix until the probability still under way, a strict bound of the error, is below 1e-15.
    """
    # A state that follows itself is left at once in the chain of real moves, which has the same outcomes.
    stay = chain.between.diagonal()
    leave = sparse.diags(1.0 / (1.0 - stay))
    moves = (leave @ (chain.between - sparse.diags(stay))).tocsr()
    ends = leave @ np.column_stack([chain.converts, chain.reward])
    if len(chain.start) <= solve_up_to_states:
        return np.array([_solved(chain.start, moves, ends, np.flatnonzero(world)) for world in keep.T])
    return _summed_up(chain.start, moves, ends, keep)


def _solved(start: Floats, moves: sparse.csr_matrix, ends: Floats, states: Codes) -> Floats:
    if not len(states):
        return np.zeros(2)
    leaving = sparse.identity(len(states), format="csc") - moves[states][:, states].tocsc()
    return start[states] @ splu(leaving).solve(ends[states])


def _summed_up(start: Floats, moves: sparse.csr_matrix, ends: Floats, keep: np.ndarray) -> Floats:
    forward = moves.T.tocsr()
    under_way = start[:, None] * keep
    outcomes = under_way.T @ ends
    while under_way.sum(axis=0).max() > _NEGLIGIBLE:
        under_way = (forward @ under_way) * keep
        outcomes += under_way.T @ ends
    return outcomes


def _states(paths: PathTable, order: int) -> tuple[Codes, Codes]:
    """The distinct states, int64[S, k] (newest channel first, −1 before the path began), and each touch's, int64[T]."""
    base = len(paths.channels) + 1
    if base**order > 2**63:
        raise ValueError(f"{len(paths.channels)} channels at order {order} do not fit the key of a state")
    # One integer per state, base C + 1 and 0 for "not begun": sorting rows of channels instead is ten times slower.
    rank = np.arange(len(paths.codes)) - paths.offsets[:-1][paths.path_of_touch]
    key = np.zeros(len(paths.codes), dtype=np.int64)
    for back in range(order):
        reaches = np.flatnonzero(rank >= back)
        key[reaches] += (paths.codes[reaches - back] + 1) * base**back
    keys, state = np.unique(key, return_inverse=True)
    return np.column_stack([keys // base**back % base - 1 for back in range(order)]), state


def _credits(effects: Floats, observed: float) -> Floats:
    total = effects.sum()
    return effects * (observed / total) if total else np.zeros_like(effects)

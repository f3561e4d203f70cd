"""Markov-chain attribution with removal effects (Anderl et al. 2016), solved exactly.

States are the last k channels of a path (fewer at its beginning), besides start, conversion and null; paths that do
not convert are in (``omnidash.attribution.steps`` counts them). With Q the transitions among states, N = (I − Q)⁻¹ is
the fundamental matrix (Kemeny & Snell 1960): h = N r, r the step into conversion, is each state's probability to
convert, read off without simulation.

Removing a channel sends the inflow of every state that contains it to null. Its effect is what those paths would have
brought: a path first meets the states J of the channel with the probabilities f = s_J N_JJ⁻¹ (s = start N, the visits),
and from there converts with h_J; so removal effect = 1 − P(conv without c) / P(conv) = f h_J / P(conv).
Credit = effect / sum of effects x observed total. Conversions, value and new customers are separate: for value, r is
the expected money of the step into conversion.

Invariants: P(conv) equals observed conversions / paths, at every order; credits add up to what was observed.

Example: a > b converts once, b is once a null: b converts half the time, P(conv) = 1/2. Without b it is 0, without a
1/2 x 1/2; the effects are 1 and 1/2, so b gets 2/3 and a 1/3 of the conversion.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from omnidash.attribution.credit_table import CreditTable, credit_table
from omnidash.attribution.linear_algebra import one_thread
from omnidash.attribution.path_table import Codes, Floats, PathTable
from omnidash.attribution.steps import StepCounts, count_steps

INVERT_UP_TO_STATES = 500

_NEGLIGIBLE = 1e-15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chain:
    """S transient states; probabilities and rewards per step.

    ``start`` float64[S]: first state of a path; ``between`` sparse [S, S]: Q; ``converts``, ``nulls`` float64[S]: step
    out; ``rewards`` float64[S, R]: expected amount of the step out of each of R measures, ``converts`` the first, value
    the second; ``contains`` bool [S, C]: channels of each state; ``grams`` int64[S, k]: the state's last k channels,
    newest first, −1 where the path had not begun.
    """

    start: Floats
    between: sparse.csr_matrix
    converts: Floats
    nulls: Floats
    rewards: Floats
    contains: np.ndarray
    grams: Codes


def markov(paths: PathTable, *, order: int = 1) -> CreditTable:
    """Credits by removal effect, order 1 … 4; the frame has removal_effect and removal_effect_value besides.

    Raises WrongUse for another order. Without any conversion all effects and credits are 0.
    """
    effects = removal_effects(transition_chain(paths, order=order))
    observed = np.array([paths.conversions.sum(), paths.value.sum()])
    conversions, value = credits_of_effects(effects, observed)
    return credit_table("markov", paths, conversions, value, removal_effect=effects[0], removal_effect_value=effects[1])


def transition_chain(paths: PathTable, *, order: int = 1) -> Chain:
    """The chain of order ``order`` fitted to the paths, each counted conversions + nulls times."""
    counts = count_steps(paths, order=order)
    return chain_of(counts, counts.of_blocks[0])


def chain_of(steps: StepCounts, counts: Floats) -> Chain:
    """The chain of the steps where each was counted ``counts`` (float64[F], laid out as ``steps`` says) times."""
    size, flow = len(steps.grams), counts[steps.flow]
    visits = counts[steps.visits]
    # A path nobody went leaves states without visits; their rows stay empty and harm nothing.
    per_visit = np.divide(1.0, visits, out=np.zeros(size), where=visits > 0)
    start = counts[steps.start]
    between = (flow * per_visit[steps.source], (steps.source, steps.target))
    rewards = counts[steps.rewards].reshape(steps.measures, size).T * per_visit[:, None]
    return Chain(
        start=start / start.sum() if start.any() else start,
        between=sparse.coo_matrix(between, shape=(size, size)).tocsr(),
        converts=rewards[:, 0],
        nulls=counts[steps.nulls] * per_visit,
        rewards=rewards,
        contains=steps.contains,
        grams=steps.grams,
    )


def conversion_probability(chain: Chain) -> float:
    """P(conv) of a path from start; equals observed conversions / paths."""
    return float(expected_outcomes(chain)[0][0])


def removal_effects(chain: Chain) -> Floats:
    """float64[R, C]: the part of each measure (conversions, value, …) that is lost when a channel is removed."""
    whole, without = expected_outcomes(chain)
    kept = np.divide(without, whole, out=np.ones_like(without), where=whole != 0)
    return (1.0 - kept).T


def expected_outcomes(chain: Chain, *, invert_up_to_states: int = INVERT_UP_TO_STATES) -> tuple[Floats, Floats]:
    """Expected amounts of one path: ``(float64[R] with all channels, float64[C, R] without each channel)``.

    Small chains are read off the fundamental matrix. Its size grows out of hand in large ones (16,000 states: 2 GB),
    which are summed up as the Neumann series of the same matrix until the probability still under way, a strict bound
    of the error, is below 1e-15.
    """
    if len(chain.start) <= invert_up_to_states:
        with one_thread():
            return _read_off(chain)
    return _summed_up(chain)


def credits_of_effects(effects: Floats, observed: Floats) -> Floats:
    """float64[R, C]: each measure's observed total (float64[R]) shared out in proportion to its effects."""
    total = effects.sum(axis=1, keepdims=True)
    return np.divide(effects * observed[:, None], total, out=np.zeros_like(effects), where=total != 0)


def _read_off(chain: Chain) -> tuple[Floats, Floats]:
    size, channels = chain.contains.shape
    fundamental = np.linalg.inv(np.eye(size) - chain.between.toarray())
    visits = chain.start @ fundamental
    onward = fundamental @ chain.rewards
    whole = chain.start @ onward
    lost = np.zeros((channels, chain.rewards.shape[1]))
    for channel in range(channels):
        states = np.flatnonzero(chain.contains[:, channel])
        first_met = np.linalg.solve(fundamental[np.ix_(states, states)].T, visits[states])
        lost[channel] = first_met @ onward[states]
    return whole, whole - lost


def _summed_up(chain: Chain) -> tuple[Floats, Floats]:
    # A state that follows itself is left at once in the chain of real moves, which has the same outcomes.
    stay = chain.between.diagonal()
    leave = sparse.diags(1.0 / (1.0 - stay))
    forward = (leave @ (chain.between - sparse.diags(stay))).T.tocsr()
    ends = leave @ chain.rewards
    keep = np.hstack([np.ones((len(chain.start), 1), dtype=bool), ~chain.contains])
    under_way = chain.start[:, None] * keep
    outcomes = under_way.T @ ends
    while under_way.sum(axis=0).max() > _NEGLIGIBLE:
        under_way = (forward @ under_way) * keep
        outcomes += under_way.T @ ends
    return outcomes[0], outcomes[1:]

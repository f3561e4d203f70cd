"""Which order of the Markov chain the data bear: the one that foretells journeys it has not seen.

Persons are dealt into five folds. For each order the chain is fitted without a fold and asked how likely the steps of
that fold are: the next channel, conversion or null, given the last k channels. A step is foretold with the add-half
rule (Krichevsky & Trofimov 1981), p = (times seen + 1/2) / (visits + (C + 2) / 2), so that what was never seen is
unlikely and not impossible. The score is the mean log-likelihood per path. Higher orders know more and have seen less;
where the best is not better than a lower order by more than one standard error over the folds, the lower one is taken.

Example: where the next channel depends on the last one alone, orders 2 … 4 score no better than 1, and 1 is chosen.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from omnidash.attribution.path_table import Codes, Floats, PathTable
from omnidash.attribution.steps import MAX_ORDER, StepCounts, count_steps

FOLDS = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrderChoice:
    """``order``: the one to take. ``scores``: [order Int64, log_likelihood Float64 (mean per path, out of sample),
    below_best, error Float64 (how far below the best order, and the standard error of that over the folds)]."""

    order: int
    scores: pl.DataFrame


def choose_order(paths: PathTable, *, fold: Codes | None = None, seed: int = 0) -> OrderChoice:
    """The order for these paths. ``fold`` int64[N]: any number of each path's person, the same for all paths of a
    person; without it (aggregated paths) single journeys are dealt. Order 1 where there are too few paths to deal."""
    if fold is None:
        paths, fold = _dealt(paths, np.random.default_rng(seed))
    fold = fold % FOLDS
    times = np.bincount(fold, paths.conversions + paths.nulls, FOLDS)
    if (times == 0).any():
        return OrderChoice(order=1, scores=pl.DataFrame())
    by_fold = np.array(
        [
            _scores(count_steps(paths, order=order, block=fold, blocks=FOLDS), len(paths.channels)) / times
            for order in range(1, MAX_ORDER + 1)
        ]
    )
    means = by_fold.mean(axis=1)
    below = by_fold[means.argmax()] - by_fold
    error = below.std(axis=1, ddof=1) / np.sqrt(FOLDS)
    within = np.flatnonzero(below.mean(axis=1) <= error)
    scores = {
        "order": np.arange(1, MAX_ORDER + 1),
        "log_likelihood": means,
        "below_best": below.mean(axis=1),
        "error": error,
    }
    return OrderChoice(order=int(within[0]) + 1, scores=pl.DataFrame(scores))


def _scores(steps: StepCounts, channels: int) -> Floats:
    """float64[folds]: log-likelihood of each fold's steps under the chain fitted to the other folds."""
    size = len(steps.grams)
    conversions = steps.of_blocks[:, steps.rewards][:, :size]
    every = np.hstack([steps.of_blocks[:, steps.flow], conversions, steps.of_blocks[:, steps.nulls]])
    state = np.concatenate([steps.source, np.arange(size), np.arange(size)])
    visits = steps.of_blocks[:, steps.visits]
    scores = np.empty(len(every))
    for fold in range(len(every)):
        seen = every.sum(axis=0) - every[fold]
        visited = visits.sum(axis=0) - visits[fold]
        foretold = (seen + 0.5) / (visited[state] + 0.5 * (channels + 2))
        scores[fold] = every[fold] @ np.log(foretold)
    return scores


def _dealt(paths: PathTable, random: np.random.Generator) -> tuple[PathTable, Codes]:
    """Each path once per fold, its conversions and nulls dealt at random among the folds."""
    chances = np.full(FOLDS, 1.0 / FOLDS)
    conversions = random.multinomial(paths.conversions.round().astype(np.int64), chances).T.ravel()
    nulls = random.multinomial(paths.nulls.round().astype(np.int64), chances).T.ravel()
    lengths = np.tile(np.diff(paths.offsets), FOLDS)
    dealt = PathTable(
        channels=paths.channels,
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        codes=np.tile(paths.codes, FOLDS),
        conversions=conversions.astype(np.float64),
        value=np.zeros(len(conversions)),
        nulls=nulls.astype(np.float64),
    )
    return dealt, np.repeat(np.arange(FOLDS), len(paths.conversions))

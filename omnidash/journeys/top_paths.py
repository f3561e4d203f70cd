"""The most frequent paths with what one wants to know of each, and the rest as one sum: instant at any number of paths.

What a path is, ``paths`` says. Of millions of persons most have a path of their own, so only the ``top`` ones are
spelled out; ``rest`` holds the sums of all others, and nothing is lost: conversions, value and nulls of ``frame`` and
``rest`` together are those observed.

Paths are ranked by conversions, or (``rank_by='all'``) by conversions and null paths together; equal ones in the order
of their words. ``median_seconds`` is the median time from the first touch of a path to its conversion, over its
conversions; null where it has none, and for ``(direct)``.

>>> found = top_paths(journeys({"ana": "search@1 email@3 purchase@4=20", "bo": "email@2"}), top=1)
>>> found.frame.rows(), (found.rest.paths, found.rest.conversions, found.rest.nulls)
([(['search', 'email'], 1, 20.0, 0, 259200.0)], (1, 0, 1))
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
import pyarrow as pa

from omnidash.journeys.arrays import Bools, Floats, Int64s, UInt32s
from omnidash.journeys.medians import grouped_medians
from omnidash.journeys.paths import OTHER, PATH_COLUMNS, PathTable
from omnidash.journeys.sequence_kernels import group_sequences, sequence_hashes
from omnidash.journeys.single_paths import SinglePaths, single_paths
from omnidash.journeys.table import Journeys
from omnidash.model.defaults import GOAL_ACTION
from omnidash.model.period import Period

_KEY_WORDS = 4  # words of a path that are compared at once, as one number


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Sums of the paths that are not spelled out; ``paths`` counts the distinct ones."""

    paths: int
    conversions: int
    value: float
    nulls: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TopPaths:
    """``frame``: [path List(String), conversions Int64, value Float64, nulls Int64, median_seconds Float64]."""

    frame: pl.DataFrame
    rest: Rest

    @property
    def conversions(self) -> int:
        """All conversions observed."""
        return int(self.frame["conversions"].sum()) + self.rest.conversions

    @property
    def nulls(self) -> int:
        """All null paths observed."""
        return int(self.frame["nulls"].sum()) + self.rest.nulls

    @property
    def paths(self) -> int:
        """All distinct paths."""
        return self.frame.height + self.rest.paths

    def with_rest(self) -> PathTable:
        """The paths and the rest as one more path ``(other)``, for ``paths.sankey_links``."""
        columns = self.frame.select(list(PATH_COLUMNS))
        if not self.rest.paths:
            return PathTable(frame=columns)
        row = ([OTHER], self.rest.conversions, self.rest.value, self.rest.nulls)
        return PathTable(frame=pl.concat([columns, pl.DataFrame([row], schema=PATH_COLUMNS, orient="row")]))


def top_paths(
    journeys: Journeys,
    *,
    top: int,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    collapse: bool = False,
    period: Period | None = None,
    through: Collection[str] = (),
    rank_by: Literal["conversions", "all"] = "conversions",
    threads: int = 2,
) -> TopPaths:
    """The ``top`` paths of all persons; with ``through`` only paths that touch one of these channels.

    Same result for any number of threads. Raises ValueError where top < 1 or lookback_days <= 0.
    """
    if top < 1:
        raise ValueError(f"top {top} is at least 1")
    found = single_paths(
        journeys, goal=goal, lookback_days=lookback_days, collapse=collapse, period=period, threads=threads
    )
    chosen = _touching(found, through)
    group, representative = group_sequences(found.codes, found.bounds, sequence_hashes(found.codes, found.bounds))
    groups = representative.size
    converted = found.converted & chosen
    conversions = np.bincount(group[converted], minlength=groups)
    nulls = np.bincount(group[~found.converted & chosen], minlength=groups)
    value = np.bincount(group[converted], weights=found.value[converted], minlength=groups)
    occurring = np.flatnonzero(conversions + nulls)
    weight = conversions if rank_by == "conversions" else conversions + nulls
    first = _ranked(found, representative, occurring, weight, top)
    frame = pl.DataFrame(
        {
            "path": _words(found, representative[first]),
            "conversions": conversions[first].astype(np.int64),
            "value": value[first],
            "nulls": nulls[first].astype(np.int64),
            "median_seconds": _medians(found, group, first, converted),
        },
        schema={**PATH_COLUMNS, "median_seconds": pl.Float64()},
    ).with_columns(pl.col("median_seconds").fill_nan(None))
    rest = Rest(
        paths=occurring.size - first.size,
        conversions=int(conversions.sum() - conversions[first].sum()),
        value=float(np.delete(value, first).sum()),
        nulls=int(nulls.sum() - nulls[first].sum()),
    )
    return TopPaths(frame=frame, rest=rest)


def _touching(found: SinglePaths, through: Collection[str]) -> Bools:
    if not through or not found.converted.size:
        return np.ones(found.converted.size, np.bool_)
    wanted = np.array([label in set(through) for label in found.labels], np.bool_)
    return np.asarray(np.logical_or.reduceat(wanted[found.codes], found.bounds[:-1]))


def _ranked(found: SinglePaths, representative: Int64s, occurring: Int64s, weight: Int64s, top: int) -> Int64s:
    """The ``top`` of the occurring groups: heaviest first, equal ones word by word.

    Only what may be among the top is compared word by word: sorting a million paths of one person each would take
    longer than finding them.
    """
    if not occurring.size:
        return occurring
    weights = weight[occurring]
    least = np.partition(weights, -top)[-top] if top < occurring.size else weights.min()
    certain, tied = occurring[weights > least], occurring[weights == least]
    places = top - certain.size
    place_of = np.argsort(np.argsort([label.encode() for label in found.labels])).astype(np.int64)
    if places < tied.size:
        key = _first_words(found, representative[tied], place_of)
        tied = tied[key <= np.partition(key, places - 1)[places - 1]]

    def words(group: int) -> tuple[int, ...]:
        one = representative[group]
        return tuple(place_of[found.codes[found.bounds[one] : found.bounds[one + 1]]].tolist())

    in_order = sorted([*certain.tolist(), *tied.tolist()], key=lambda group: (-weight[group], words(group)))
    return np.array(in_order[:top], np.int64)


def _first_words(found: SinglePaths, chosen: Int64s, place_of: Int64s) -> Int64s:
    """A number per path that sorts as its first words do; 0 stands for no word."""
    key = np.zeros(chosen.size, np.int64)
    low, high = found.bounds[chosen], found.bounds[chosen + 1]
    base = len(found.labels) + 1
    words = min(_KEY_WORDS, int(62 // np.log2(base))) if base > 1 else _KEY_WORDS
    for word in range(words):
        at = low + word
        inside = at < high
        place = np.where(inside, place_of[found.codes[np.where(inside, at, 0)]] + 1, 0)
        key = key * base + place
    return key


def _words(found: SinglePaths, chosen: Int64s) -> pl.Series:
    """The chosen sequences as a list column of labels."""
    low, high = found.bounds[chosen], found.bounds[chosen + 1]
    parts = [found.codes[a:b] for a, b in zip(low.tolist(), high.tolist(), strict=True)]
    codes: UInt32s = np.concatenate([np.empty(0, np.uint32), *parts])
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(high - low)])
    words = pl.Series(found.labels, dtype=pl.String).gather(codes)
    listed = pa.LargeListArray.from_arrays(pa.array(offsets), words.to_arrow())
    return pl.Series("path", pl.from_arrow(listed))


def _medians(found: SinglePaths, group: Int64s, first: Int64s, converted: Bools) -> Floats:
    place = np.full(int(group.max(initial=-1)) + 1, -1, np.int64)
    place[first] = np.arange(first.size)
    of = place[group] if group.size else group
    counted = (of >= 0) & converted & (found.lag_us >= 0)
    return grouped_medians(of[counted], found.lag_us[counted], first.size) / 1e6

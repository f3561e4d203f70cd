"""Paths: the sequence of channels a person touched before converting, and how often each sequence occurs.

* A path belongs to one conversion (an event of the goal action): the channels of the person's touches since their
  previous conversion that are at most ``lookback_days`` × 24 h older than the conversion, both ends included, in
  journey order. A row that is both touch and conversion ends its own path. No such touch: ``('(direct)',)``.
* A person whose touches after the last conversion (or at all) led to none gives one null path: those touches that
  are at most the lookback older than the person's last touch. So a null path is cut exactly as if the person had
  converted at the last touch, and does not depend on where the data ends.
* A period takes conversions by their local day, and null paths by the local day of their last touch. Touches before
  the period still belong to the path. Whether a touch led to a conversion is judged on all data, also after the
  period: touches of June that lead to a purchase in July are no null path of June.
* ``collapse`` folds consecutive repeats of a channel into one; kept apart by default.

Sums: conversions and value of all paths are those observed in the period; nulls are the persons with a null path.

>>> table = paths(journeys({"ana": "search@1 email@3 purchase@4=20", "bo": "email@2"}))
>>> table.frame.rows()
[(['search', 'email'], 1, 20.0, 0), (['email'], 0, 0.0, 1)]
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
import pyarrow as pa

from omnidash.journeys.arrays import Int64s, UInt32s
from omnidash.journeys.sequence_kernels import group_sequences, sequence_hashes
from omnidash.journeys.single_paths import single_paths
from omnidash.journeys.table import Journeys
from omnidash.model.defaults import GOAL_ACTION
from omnidash.model.period import Period

START, CONVERSION, NULL, OTHER = "(start)", "(conversion)", "(null)", "(other)"
"""States beside the channels in transitions and Sankey links."""

PATH_COLUMNS: dict[str, pl.DataType] = {
    "path": pl.List(pl.String()),
    "conversions": pl.Int64(),
    "value": pl.Float64(),
    "nulls": pl.Int64(),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PathTable:
    """Distinct paths: frame [path List(String), conversions Int64, value Float64, nulls Int64].

    Sorted by conversions descending, then path. ``value`` is revenue of the conversions in workspace currency.
    """

    frame: pl.DataFrame

    @property
    def conversions(self) -> int:
        """Conversions observed."""
        return int(self.frame["conversions"].sum())

    @property
    def value(self) -> float:
        """Revenue of the conversions observed, in workspace currency."""
        return float(self.frame["value"].sum())

    @property
    def nulls(self) -> int:
        """Persons with touches that led to no conversion."""
        return int(self.frame["nulls"].sum())

    def converting(self) -> "PathTable":
        """Only the paths that converted, without the null paths of the same shape."""
        won = self.frame.filter(pl.col("conversions") > 0)
        return PathTable(frame=won.with_columns(nulls=pl.lit(0, dtype=pl.Int64)))


def paths(
    journeys: Journeys,
    *,
    goal: str = GOAL_ACTION,
    lookback_days: float = 30,
    collapse: bool = False,
    period: Period | None = None,
    by: Literal["channel", "campaign"] = "channel",
    threads: int = 2,
) -> PathTable:
    """Group the paths of all persons; ``by='campaign'`` names the campaigns of the touches instead of their channels.

    Same result for any number of threads. ValueError where lookback_days <= 0.
    """
    found = single_paths(
        journeys,
        goal=goal,
        lookback_days=lookback_days,
        collapse=collapse,
        period=period,
        by=by,
        threads=threads,
    )
    codes, bounds = found.codes, found.bounds
    if not found.converted.size:
        return PathTable(frame=pl.DataFrame(schema=PATH_COLUMNS))
    group, representative = group_sequences(codes, bounds, sequence_hashes(codes, bounds))
    groups = representative.size
    conversions = np.bincount(group[found.converted], minlength=groups)
    frame = pl.DataFrame(
        {
            "path": _words(codes, bounds, representative, found.labels),
            "conversions": conversions.astype(np.int64),
            "value": np.bincount(group, weights=found.value, minlength=groups),
            "nulls": (np.bincount(group, minlength=groups) - conversions).astype(np.int64),
        },
        schema=PATH_COLUMNS,
    )
    return PathTable(frame=_sorted(frame))


def _words(codes: UInt32s, bounds: Int64s, chosen: Int64s, labels: tuple[str, ...]) -> pl.Series:
    """The chosen sequences as a list column of labels."""
    lengths = bounds[chosen + 1] - bounds[chosen]
    ends = np.cumsum(lengths)
    offsets = np.concatenate([np.zeros(1, np.int64), ends])
    position = np.arange(ends[-1] if ends.size else 0) + np.repeat(bounds[chosen] - offsets[:-1], lengths)
    words = pl.Series(labels, dtype=pl.String).gather(codes[position])
    listed = pa.LargeListArray.from_arrays(pa.array(offsets), words.to_arrow())
    return pl.Series("path", pl.from_arrow(listed))


def _sorted(frame: pl.DataFrame) -> pl.DataFrame:
    """By conversions descending, then path word by word (NUL sorts before every letter of a longer word)."""
    spelled = frame.with_columns(spelled=pl.col("path").list.join("\x00"))
    return spelled.sort(["conversions", "spelled"], descending=[True, False]).drop("spelled")


def transitions(table: PathTable) -> pl.DataFrame:
    """First-order transitions: frame [source, target String, paths Int64], sorted by source, target.

    Every path goes (start) → its channels → (conversion) or (null) and counts once per occurrence, so what enters a
    channel equals what leaves it.
    """
    steps = [
        (pl.lit([START]), pl.lit([CONVERSION]), "conversions"),
        (pl.lit([START]), pl.lit([NULL]), "nulls"),
    ]
    walks = [
        table.frame.filter(pl.col(times) > 0).select(walk=pl.concat_list(start, "path", end), paths=times)
        for start, end, times in steps
    ]
    return _links(pl.concat(walks)).group_by("source", "target").agg(pl.col("paths").sum()).sort("source", "target")


def sankey_links(
    table: PathTable, *, top: int, max_steps: int, anchor: Literal["start", "end"] = "start"
) -> pl.DataFrame:
    """Links of a Sankey diagram: frame [step Int64, source String, target String, paths Int64], sorted by all three.

    ``step`` is the column (from 1) the source stands in; a touch's target stands in the next column. The ``top`` paths
    of the table are drawn, the others as one node ``(other)``. A path of more than ``max_steps`` channels shows its
    first ``max_steps - 1`` and then ``(other)``. Every path ends in ``(conversion)`` or ``(null)``, so the links into
    these two add up to all paths. With ``anchor='end'`` paths stand together at their ends instead: the last touch of
    each is in column ``max_steps``, and a longer path shows its last ``max_steps - 1`` after ``(other)``. Raises
    ValueError where top or max_steps < 1.
    """
    if top < 1 or max_steps < 1:
        raise ValueError(f"top {top} and max_steps {max_steps} are at least 1")
    path, other = pl.col("path"), pl.lit([OTHER])
    cut = pl.concat_list(path.list.head(max_steps - 1), other)
    if anchor == "end":
        cut = pl.concat_list(other, path.list.tail(max_steps - 1))
    ranked = table.frame.with_row_index("rank").with_columns(
        nodes=pl.when(pl.col("rank") >= top).then(other).when(path.list.len() > max_steps).then(cut).otherwise(path)
    )
    walks = [
        ranked.filter(pl.col(times) > 0).select(walk=pl.concat_list("nodes", pl.lit([end])), paths=times)
        for end, times in ((CONVERSION, "conversions"), (NULL, "nulls"))
    ]
    key = ["step", "source", "target"]
    return (
        _links(pl.concat(walks), last_step=max_steps if anchor == "end" else None)
        .group_by(key)
        .agg(pl.col("paths").sum())
        .sort(key)
    )


def _links(walks: pl.DataFrame, *, last_step: int | None = None) -> pl.DataFrame:
    """Neighbours of each walk: frame [step Int64, source, target, paths] from [walk List(String), paths]. Steps count
    from 1, or so that the last link of every walk is ``last_step``."""
    last = pl.col("walk").list.len() - 1
    length = last.cast(pl.Int64)
    first = pl.lit(1, pl.Int64) if last_step is None else last_step + 1 - length
    return walks.select(
        step=pl.int_ranges(first, first + length),
        source=pl.col("walk").list.head(last),
        target=pl.col("walk").list.tail(last),
        paths="paths",
    ).explode("step", "source", "target")
